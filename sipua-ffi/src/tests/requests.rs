//! Requests outside of and inside calls.

use std::ptr;

use super::support::{PATIENCE, Phone, ok, text};
use crate::call::sipua_call_answer;
use crate::error::sipua_last_error;
use crate::event::{SIPUA_EVENT_CALL_CONFIRMED, SIPUA_EVENT_INFO};
use crate::request::{
    Request, Response, sipua_call_send_request, sipua_response_free, sipua_send_request,
};
use crate::sized::Sized32;
use crate::status::{
    SIPUA_ERROR_INVALID_ARGUMENT, SIPUA_ERROR_REFUSED, SIPUA_ERROR_TIMED_OUT,
    SIPUA_ERROR_WRONG_STATE,
};

fn headers(response: &Response) -> Vec<(String, String)> {
    let headers = unsafe { std::slice::from_raw_parts(response.headers, response.header_count) };
    headers.iter().map(|header| (text(&header.name), text(&header.value))).collect()
}

#[test]
fn options_tells_what_the_other_side_can_do() {
    let (asking, asked) = (Phone::new(), Phone::new());
    let (target, mut response) = (asked.uri(), ptr::null_mut());
    let place = &raw mut response;
    let (target, length) = (target.as_ptr(), usize::MAX);
    let none = ptr::null();
    ok(unsafe { sipua_send_request(asking.ua, 0, target, length, none, PATIENCE, place) });
    let answer = unsafe { &*response };
    assert_eq!((answer.code, text(&answer.reason)), (200, "OK".to_owned()));
    let allow = headers(answer).into_iter().find(|(name, _)| name == "Allow");
    assert!(allow.unwrap().1.contains("INVITE"));
    unsafe { sipua_response_free(response) };
}

#[test]
fn a_refusal_is_an_error_with_its_code() {
    let (asking, asked) = (Phone::new(), Phone::new());
    let (target, mut response) = (asked.uri(), ptr::null_mut());
    let request = Request { size: Request::SIZE, method: c"PUBLISH".as_ptr(), ..Request::zeroed() };
    let status = unsafe {
        sipua_send_request(
            asking.ua,
            0,
            target.as_ptr(),
            usize::MAX,
            &raw const request,
            PATIENCE,
            &raw mut response,
        )
    };
    assert_eq!(status, SIPUA_ERROR_REFUSED);
    assert!(response.is_null());
    let error = unsafe { &*sipua_last_error() };
    assert!((400..700).contains(&error.sip_code), "{}", error.sip_code);
}

#[test]
fn who_does_not_answer_is_not_waited_for_longer_than_asked() {
    let phone = Phone::new();
    // A socket that never answers.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = super::support::c_text(&format!("sip:{}", silent.local_addr().unwrap()));
    let send = |timeout_ms, place| unsafe {
        let target = target.as_ptr();
        sipua_send_request(phone.ua, 0, target, usize::MAX, ptr::null(), timeout_ms, place)
    };
    assert_eq!(send(50, ptr::null_mut()), SIPUA_ERROR_TIMED_OUT);
    // Sent and not waited for.
    let mut response = ptr::dangling_mut();
    ok(send(0, &raw mut response));
    assert!(response.is_null());
}

#[test]
fn an_info_carries_its_body() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, inn) = caller.dial(&callee, ptr::null_mut());
    let body = b"Signal=5\r\nDuration=160\r\n";
    let mut request = Request {
        size: Request::SIZE,
        body: body.as_ptr(),
        body_length: body.len(),
        ..Request::zeroed()
    };
    let send = |request: &Request| unsafe {
        sipua_call_send_request(caller.ua, out, request, PATIENCE, ptr::null_mut())
    };
    assert_eq!(send(&request), SIPUA_ERROR_INVALID_ARGUMENT, "a body needs its type");
    request.content_type = c"application/dtmf-relay".as_ptr();
    assert_eq!(send(&request), SIPUA_ERROR_WRONG_STATE, "the call is not answered");
    ok(unsafe { sipua_call_answer(callee.ua, inn, 0) });
    caller.expect(SIPUA_EVENT_CALL_CONFIRMED);
    ok(send(&request));
    let event = callee.expect(SIPUA_EVENT_INFO);
    let info = unsafe { &*event.info };
    assert_eq!(text(&info.method), "INFO");
    assert_eq!(text(&info.content_type), "application/dtmf-relay");
    let received = unsafe { std::slice::from_raw_parts(info.body.data, info.body.length) };
    assert_eq!(received, body);
}
