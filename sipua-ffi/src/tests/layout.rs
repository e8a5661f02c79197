//! The promise of the ABI: sizes, offsets and numbers as they were released. A failure here is a break of
//! the ABI, unless a field was appended or a number added; then the golden file grows.

use std::fmt::Write as _;
use std::mem::{align_of, offset_of, size_of};

use crate::account::AccountConfig;
use crate::call::{CallInfo, CallOptions};
use crate::config::Config;
use crate::error::ErrorDetail;
use crate::event::{
    AudioMark, CallRecord, CallResponse, Dtmf, Event, Hold, IncomingCall, Info, Media, Playback,
    Recording, Registration, Stats, Warning,
};
use crate::request::{Request, Response, ResponseHeader};
use crate::text::{Bytes, Header, Setting, Text};

/// As on every 64-bit system that we build for.
const GOLDEN: &str = include_str!("layout.txt");

macro_rules! layout {
    ($out:ident, $($name:ident { $($field:ident),* $(,)? })*) => {
        $(
            let (size, align) = (size_of::<$name>(), align_of::<$name>());
            writeln!($out, "{} {size} {align}", stringify!($name)).unwrap();
            $( writeln!($out, "  {} {}", stringify!($field), offset_of!($name, $field)).unwrap(); )*
        )*
    };
}

fn layouts() -> String {
    let mut out = String::new();
    layout! { out,
        Text { data, length }
        Bytes { data, length }
        Header { name, value }
        Setting { name, value }
        ErrorDetail { size, status, message, sip_code, reason }
        Config {
            size, max_calls, listen, local_ip, codecs, user_agent, rtp_port_low, rtp_port_high,
            ptime_ms, no_media, ring_timeout_ms, quality_every_ms, settings, setting_count,
        }
        AccountConfig {
            size, no_register, aor, display_name, auth_user, password, server, tag, userdata,
            headers, header_count, settings, setting_count,
        }
        CallOptions {
            size, ring_timeout_ms, display_name, dtmf, tag, userdata, headers, header_count,
        }
        CallInfo { size, state, direction, account, userdata }
        Event {
            size, kind, seq, time_ms, account, call, account_userdata, call_userdata, call_id, tag,
            name, registration, incoming_call, response, record, media, mark, playback, dtmf, hold,
            recording, stats, info, warning,
        }
        Registration { size, code, failure, expires_s, retry_in_ms, reason }
        IncomingCall { size, local, remote, display_name }
        CallResponse { size, code, early_media }
        CallRecord {
            size, direction, ended_by, failure, code, q850, started_ms, ringing_ms, answered_ms,
            ended_ms, duration_ms, local, remote, display_name, reason, codec, encryption, stats,
        }
        Media { size, ptime_ms, codec, direction, remote }
        AudioMark { size, id }
        Playback { size, completed, id }
        Dtmf { size, digit, duration_ms, via }
        Hold { size, local, remote }
        Recording { size, path, reason, duration_ms, dropped_frames }
        Stats {
            size, mos, round_trip_ms, received_packets, received_bytes, received_lost,
            received_discarded, received_duplicates, received_reordered, received_rejected,
            received_jitter_ms, buffered_ms, target_delay_ms, concealed_ms, played_ms,
            sent_packets, sent_bytes, sent_lost, sent_fraction_lost, sent_jitter_ms,
        }
        Info { size, method, content_type, body }
        Warning { size, text }
        Request { size, method, content_type, body, body_length, headers, header_count }
        ResponseHeader { name, value }
        Response { size, code, reason, headers, header_count }
    }
    out
}

/// The numbers as the sources define them.
fn numbers() -> String {
    let sources = [
        include_str!("../status.rs"),
        include_str!("../library.rs"),
        include_str!("../event/kind.rs"),
        include_str!("../call.rs"),
        include_str!("../media.rs"),
    ];
    let mut out = String::new();
    for line in sources.iter().flat_map(|source| source.lines()) {
        let constant = line.strip_prefix("pub const SIPUA_").and_then(|line| line.split_once(": "));
        if let Some((name, rest)) = constant {
            let (_, value) = rest.split_once(" = ").unwrap();
            writeln!(out, "SIPUA_{name} {}", value.trim_end_matches(';')).unwrap();
        }
    }
    out
}

#[test]
#[cfg(target_pointer_width = "64")]
fn sizes_offsets_and_numbers_are_as_released() {
    let now = layouts() + &numbers();
    if std::env::var_os("SIPUA_WRITE_LAYOUT").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/layout.txt");
        std::fs::write(path, &now).unwrap();
    }
    assert!(now == GOLDEN, "the layout of the ABI has changed:\n{now}");
}

#[test]
fn every_number_is_used_once_in_its_group() {
    let mut seen = std::collections::HashMap::new();
    for line in numbers().lines() {
        let (name, value) = line.split_once(' ').unwrap();
        let group = name.split('_').nth(1).unwrap();
        let earlier = seen.insert((group.to_owned(), value.to_owned()), name.to_owned());
        assert_eq!(earlier, None, "{name} has the number of another");
    }
    assert!(seen.len() > 60);
}

#[test]
fn the_header_is_of_these_numbers() {
    let header = include_str!("../../../include/sipua.h");
    for line in numbers().lines() {
        assert!(header.contains(&format!("#define {line}\n")), "the header lacks {line}");
    }
}
