//! NULL, wrong text, wrong sizes, wrong numbers: an error each, never more.

use std::ffi::CStr;
use std::ptr;

use super::support::{Phone, c_text, last_message, ok};
use crate::account::{AccountConfig, sipua_account_add};
use crate::audio::{sipua_audio_format, sipua_audio_read, sipua_audio_write};
use crate::call::{
    CallInfo, sipua_call_answer, sipua_call_get_info, sipua_call_hangup, sipua_call_redirect,
    sipua_call_reject, sipua_dial,
};
use crate::config::Config;
use crate::error::sipua_last_error;
use crate::event::{
    SIPUA_EVENT_REGISTRATION_FAILED, sipua_event_fd, sipua_event_free, sipua_event_header,
    sipua_event_json, sipua_next_event,
};
use crate::library::{sipua_abi_version, sipua_has_feature, sipua_version};
use crate::media::{sipua_call_play, sipua_call_record, sipua_call_stats};
use crate::request::sipua_response_free;
use crate::sized::Sized32;
use crate::status::{
    SIPUA_ERROR_INVALID_ARGUMENT, SIPUA_ERROR_IO, SIPUA_ERROR_LIMIT, SIPUA_ERROR_NOT_FOUND,
    SIPUA_ERROR_NOT_UTF8, SIPUA_ERROR_NULL, SIPUA_ERROR_STRUCT_SIZE, sipua_status_text,
};
use crate::text::{Header, Setting};
use crate::ua::{sipua_ua_create, sipua_ua_listener};

#[test]
fn null_is_an_error_everywhere() {
    let phone = Phone::new();
    let (ua, text, none) = (phone.ua, c"x".as_ptr(), usize::MAX);
    let nobody = ptr::null_mut();
    let mut call = 0;
    let statuses = unsafe {
        vec![
            sipua_ua_create(ptr::null(), ptr::null_mut()),
            sipua_ua_listener(ua, 0, ptr::null_mut(), 0, ptr::null_mut()),
            sipua_next_event(nobody, 0, &mut ptr::null_mut()),
            sipua_next_event(ua, 0, ptr::null_mut()),
            sipua_event_fd(ua, ptr::null_mut()),
            sipua_event_header(ptr::null(), text, none, 0, ptr::null_mut()),
            sipua_account_add(ua, ptr::null(), &raw mut call),
            sipua_account_add(ua, &AccountConfig::zeroed(), ptr::null_mut()),
            sipua_dial(ua, 0, ptr::null(), none, ptr::null(), &raw mut call),
            sipua_dial(ua, 0, text, none, ptr::null(), ptr::null_mut()),
            sipua_dial(nobody, 0, text, none, ptr::null(), &raw mut call),
            sipua_call_get_info(ua, 1, ptr::null_mut()),
            sipua_call_redirect(ua, 1, ptr::null(), none),
            sipua_call_play(ua, 1, ptr::null(), none, 0, ptr::null_mut()),
            sipua_call_record(ua, 1, ptr::null(), none, 0),
            sipua_call_stats(ua, 1, 0, ptr::null_mut()),
            sipua_audio_read(ua, 1, ptr::null_mut(), 1, &mut 0),
            sipua_audio_read(ua, 1, ptr::null_mut(), 1, ptr::null_mut()),
            sipua_audio_write(ua, 1, ptr::null(), 1, &mut 0),
            sipua_audio_format(nobody, 1, 8_000, 0),
        ]
    };
    assert!(statuses.iter().all(|&status| status == SIPUA_ERROR_NULL), "{statuses:?}");
    assert!(unsafe { sipua_event_json(ptr::null()) }.is_null());
    assert!(!unsafe { sipua_has_feature(ptr::null()) });
    unsafe {
        sipua_event_free(ptr::null_mut());
        sipua_response_free(ptr::null_mut());
    }
}

#[test]
fn text_has_to_be_utf8_and_as_long_as_it_says() {
    let phone = Phone::new();
    let mut call = 0;
    let dial = |text: &[u8], length, place| unsafe {
        sipua_dial(phone.ua, 0, text.as_ptr().cast(), length, ptr::null(), place)
    };
    let place = &raw mut call;
    assert_eq!(dial(b"sip:\xff@b\0", usize::MAX, place), SIPUA_ERROR_NOT_UTF8);
    assert_eq!(dial(b"sip:a@b\0", usize::MAX - 1, place), SIPUA_ERROR_INVALID_ARGUMENT);
    assert_eq!(dial(b"", 0, place), SIPUA_ERROR_INVALID_ARGUMENT);
    for wrong in ["nobody", "sip:", "sip:a@", "sip:a\r\nb@c", "sip:a\0b@c"] {
        let status = dial(wrong.as_bytes(), wrong.len(), place);
        assert_eq!(status, SIPUA_ERROR_INVALID_ARGUMENT, "{wrong:?}");
        assert!(last_message().contains("sip:bob@example.com"), "{}", last_message());
    }
    assert_eq!(call, 0);
}

#[test]
fn a_struct_has_the_size_it_says() {
    let mut ua = ptr::null_mut();
    let create = |config: &Config, place| unsafe { sipua_ua_create(config, place) };
    let mut config = Config::zeroed();
    assert_eq!(create(&config, &raw mut ua), SIPUA_ERROR_STRUCT_SIZE);
    assert!(last_message().contains("SIPUA_CONFIG_INIT"), "{}", last_message());

    // A program built with a later header, as long as it uses nothing of it.
    #[repr(C)]
    struct Later {
        config: Config,
        new: u64,
    }
    config.size = size_of::<Later>() as u32;
    config.listen = c"udp:127.0.0.1:0".as_ptr();
    let mut later = Later { config, new: 1 };
    let place = &raw mut ua;
    let create = |later: &Later| unsafe { sipua_ua_create((&raw const *later).cast(), place) };
    assert_eq!(create(&later), SIPUA_ERROR_STRUCT_SIZE);
    later.new = 0;
    ok(create(&later));
    let phone = Phone { ua };

    // A program built with an earlier one gets as much as it has room for.
    let callee = Phone::new();
    let (call, _) = phone.dial(&callee, ptr::null_mut());
    let mut info = CallInfo { size: 8, ..CallInfo::zeroed() };
    ok(unsafe { sipua_call_get_info(phone.ua, call, &raw mut info) });
    assert_eq!((info.size, info.direction), (8, 0));
    assert_ne!(info.state, 0);
    let mut short = 0_u32;
    let status = unsafe { sipua_call_get_info(phone.ua, call, (&raw mut short).cast()) };
    assert_eq!(status, SIPUA_ERROR_STRUCT_SIZE);
}

#[test]
fn settings_are_known_by_name() {
    let mut ua = ptr::null_mut();
    let mut attempt = |name: &str, value: &str| {
        let (name, value) = (c_text(name), c_text(value));
        let setting = Setting { name: name.as_ptr(), value: value.as_ptr() };
        let config = Config {
            size: Config::SIZE,
            settings: &raw const setting,
            setting_count: 1,
            ..Config::zeroed()
        };
        unsafe { sipua_ua_create(&raw const config, &raw mut ua) }
    };
    assert_eq!(attempt("colour", "red"), SIPUA_ERROR_NOT_FOUND);
    assert!(last_message().contains("colour"), "{}", last_message());
    assert_eq!(attempt("media_threads", "many"), SIPUA_ERROR_INVALID_ARGUMENT);
    assert_eq!(attempt("event_queue", "-1"), SIPUA_ERROR_INVALID_ARGUMENT);
    assert_eq!(attempt("capture", "/nonexistent/a.pcap"), SIPUA_ERROR_IO);
    assert!(ua.is_null());
}

type Change = fn(&mut Config);

#[test]
fn wrong_settings_of_a_user_agent_say_what_would_be_right() {
    let mut ua = ptr::null_mut();
    let mut attempt = |change: Change| {
        let mut config = Config { size: Config::SIZE, ..Config::zeroed() };
        change(&mut config);
        (unsafe { sipua_ua_create(&raw const config, &raw mut ua) }, last_message())
    };
    let cases: [(Change, &str); 6] = [
        (|config| config.listen = c"carrier:1.2.3.4".as_ptr(), "udp:127.0.0.1:5060"),
        (|config| config.local_ip = c"here".as_ptr(), "IP address"),
        (|config| config.codecs = c"pcmu,opera".as_ptr(), "pcma"),
        (|config| config.ptime_ms = 25, "20"),
        (|config| config.ptime_ms = 65_556, "20"),
        (|config| config.user_agent = c"a\nb".as_ptr(), "control"),
    ];
    for (change, hint) in cases {
        let (status, message) = attempt(change);
        assert_eq!(status, SIPUA_ERROR_INVALID_ARGUMENT, "{message}");
        assert!(message.contains(hint), "{message}");
    }
    let config = Config {
        size: Config::SIZE,
        settings: ptr::dangling(),
        setting_count: usize::MAX,
        ..Config::zeroed()
    };
    let status = unsafe { sipua_ua_create(&raw const config, &raw mut ua) };
    assert_eq!(status, SIPUA_ERROR_LIMIT);
    assert!(ua.is_null());
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = c_text(&format!("udp:{address}"));
    let config = Config { size: Config::SIZE, listen: listen.as_ptr(), ..Config::zeroed() };
    let mut ua = ptr::null_mut();
    let status = unsafe { sipua_ua_create(&raw const config, &raw mut ua) };
    assert_eq!(status, SIPUA_ERROR_IO);
    assert!(last_message().contains(&address.to_string()), "{}", last_message());
}

#[test]
fn an_account_has_an_address_and_known_settings() {
    let phone = Phone::new();
    let mut account = 0;
    let mut add = |change: &dyn Fn(&mut AccountConfig)| {
        let mut config = AccountConfig { size: AccountConfig::SIZE, ..AccountConfig::zeroed() };
        change(&mut config);
        unsafe { sipua_account_add(phone.ua, &raw const config, &raw mut account) }
    };
    assert_eq!(add(&|_| {}), SIPUA_ERROR_NULL);
    assert_eq!(add(&|config| config.aor = c"alice".as_ptr()), SIPUA_ERROR_INVALID_ARGUMENT);
    let header = Header { name: c"X".as_ptr(), value: c"a\r\nb".as_ptr() };
    let status = add(&|config| {
        config.aor = c"sip:alice@127.0.0.1".as_ptr();
        (config.headers, config.header_count) = (&raw const header, 1);
    });
    assert_eq!(status, SIPUA_ERROR_INVALID_ARGUMENT, "a header cannot hold a line break");
    let setting = Setting { name: c"ha1".as_ptr(), value: c"123".as_ptr() };
    let status = add(&|config| {
        config.aor = c"sip:alice@127.0.0.1".as_ptr();
        (config.settings, config.setting_count) = (&raw const setting, 1);
    });
    assert_eq!(status, SIPUA_ERROR_INVALID_ARGUMENT, "{}", last_message());
    assert_eq!(account, 0);
}

#[test]
fn a_registration_that_fails_is_an_event_with_the_accounts_userdata() {
    let phone = Phone::new();
    // Nobody answers there: another user agent that refuses REGISTER.
    let registrar = Phone::new();
    let uri = registrar.uri();
    let server = uri.to_str().unwrap().split_once('@').unwrap().1.to_owned();
    let server = c_text(&server);
    let userdata = ptr::without_provenance_mut(77);
    let config = AccountConfig {
        size: AccountConfig::SIZE,
        aor: c"sip:alice@example.invalid".as_ptr(),
        server: server.as_ptr(),
        tag: c"alice".as_ptr(),
        userdata,
        ..AccountConfig::zeroed()
    };
    let mut account = 0;
    ok(unsafe { sipua_account_add(phone.ua, &raw const config, &raw mut account) });
    let failed = phone.expect(SIPUA_EVENT_REGISTRATION_FAILED);
    assert_eq!((failed.account, failed.account_userdata), (account, userdata));
    assert_eq!(super::support::text(&failed.tag), "alice");
    assert_eq!(unsafe { (*failed.registration).code }, 405);
}

#[test]
fn codes_out_of_range_are_refused() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, inn) = caller.dial(&callee, ptr::null_mut());
    let statuses = unsafe {
        [
            sipua_call_answer(callee.ua, inn, 180),
            sipua_call_answer(callee.ua, inn, -1),
            sipua_call_reject(callee.ua, inn, 200),
            sipua_call_reject(callee.ua, inn, i32::MAX),
            sipua_call_hangup(callee.ua, inn, 65_536 + 486, ptr::null(), 0),
            sipua_call_hangup(caller.ua, out, 0, c"why".as_ptr(), 3),
        ]
    };
    assert_eq!(statuses, [SIPUA_ERROR_INVALID_ARGUMENT; 6]);
}

#[test]
fn every_status_has_a_text_of_its_own() {
    let text = |status| unsafe { CStr::from_ptr(sipua_status_text(status)) }.to_str().unwrap();
    let mut texts: Vec<_> = (-100..=0).map(text).filter(|text| *text != text_of_none()).collect();
    assert_eq!(texts.len(), 19);
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 19);
}

fn text_of_none() -> &'static str {
    unsafe { CStr::from_ptr(sipua_status_text(i32::MAX)) }.to_str().unwrap()
}

#[test]
fn the_last_error_is_the_threads_own() {
    assert_eq!(unsafe { sipua_ua_create(ptr::null(), ptr::null_mut()) }, SIPUA_ERROR_NULL);
    assert_eq!(unsafe { (*sipua_last_error()).status }, SIPUA_ERROR_NULL);
    let other = std::thread::spawn(|| unsafe { (*sipua_last_error()).status });
    assert_eq!(other.join().unwrap(), 0);
}

#[test]
fn the_library_says_what_it_is() {
    let version = unsafe { CStr::from_ptr(sipua_version()) }.to_str().unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert_eq!(sipua_abi_version(), 0);
    assert!(unsafe { sipua_has_feature(c"pcmu".as_ptr()) });
    assert!(unsafe { sipua_has_feature(c"rfc4733".as_ptr()) });
    assert!(!unsafe { sipua_has_feature(c"teleportation".as_ptr()) });
}
