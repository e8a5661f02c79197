//! One datagram: parsed, typed, validated, written and parsed again.

use bytes::Bytes;

use crate::message::{
    HeaderName, Message, NameAddr, Report, Response, StatusCode, Uri, UriRef, Via, limits,
};

/// What can be read is written so that it reads the same.
pub fn message(data: &[u8]) {
    values(data);
    let report = Report::of(Bytes::copy_from_slice(data));
    assert!(report.problems.len() <= limits::MAX_PROBLEMS);
    assert!(report.is_valid() == report.problem_texts().is_empty());
    let Ok(first) = &report.message else { return };
    type_everything(first);
    answer(first);
    let written = first.to_bytes();
    if written.len() > limits::MAX_MESSAGE {
        return;
    }
    let again = Message::parse_datagram(written.clone());
    let second = match &again {
        Ok(second) => second,
        // A start line with more than its spaces is written as it should be; all else stays.
        Err(error) => {
            assert!(!report.is_valid(), "valid, but what is written is not: {error}");
            return;
        }
    };
    type_everything(second);
    if report.is_valid() {
        assert!(second.validate().is_empty(), "{:?} {second:?}", second.validate());
        assert!(first.body() == second.body());
        let (one, two) = (first.headers(), second.headers());
        assert!(one.from().is_ok() && one.cseq() == two.cseq() && one.call_id() == two.call_id());
        assert!(second.to_bytes() == written, "written twice, it differs");
    }
}

/// The bytes as single values, where whole messages seldom lead.
fn values(data: &[u8]) {
    let _ = Via::parse(data);
    if let Ok(address) = NameAddr::parse(data) {
        let _ = (address.display_name(), address.tag(), address.expires(), address.q());
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(uri) = UriRef::parse(text) else { return };
    assert!(uri.equivalent(&uri), "not equivalent to itself: {text}");
    let owned = uri.to_uri();
    assert!(owned.without_headers().headers().is_none());
    let extended = owned.with_param("x-fuzz", Some("a;b?c"));
    let read = Uri::parse(extended.as_str()).ok();
    if uri.host().is_some() && extended.as_str().len() <= limits::MAX_URI {
        // A URI that is at the limit of parameters may refuse one more.
        assert!(read.is_none_or(|read| read.param("x-fuzz") == extended.param("x-fuzz")));
    }
    if let Some(host) = uri.host() {
        let user = uri.unescaped_user();
        let built = Uri::sip(user.as_deref(), host, uri.port());
        assert!(built.as_str().len() > limits::MAX_URI || Uri::parse(built.as_str()).is_ok());
    }
}

/// Calls every typed getter; none may panic or run away.
pub(crate) fn type_everything(message: &Message) {
    let headers = message.headers();
    for via in headers.vias().flatten() {
        let _ = (via.transaction_branch(), via.received(), via.rport(), via.maddr(), via.ttl());
    }
    for address in [headers.from(), headers.to(), headers.contact()].into_iter().flatten() {
        let _ = (address.display_name(), address.tag(), address.uri.check(), address.q());
    }
    let lists = [headers.contacts().count(), headers.routes().count(), headers.vias().count()];
    assert!(lists.iter().all(|&count| count <= limits::MAX_LIST_ITEMS));
    let _ = (headers.call_id(), headers.cseq(), headers.rack(), headers.rseq(), headers.expires());
    let _ = (headers.max_forwards(), headers.content_length(), headers.retry_after());
    let _ = (headers.min_expires(), headers.content_type(), headers.has_contact_star());
    let _ = (headers.require().count(), headers.allow().count(), headers.reasons().count());
    let _ = (headers.parameterized(&HeaderName::Event), headers.record_routes().count());
    for header in headers.iter() {
        assert!(!header.name_text().is_empty());
        if let Some(name) = header.name() {
            assert!(header.is(&name) && headers.text(&name).is_some());
        }
    }
}

/// Whatever was asked, the answer is a message.
fn answer(message: &Message) {
    let Message::Request(request) = message else { return };
    let status = request.reject_status().unwrap_or(StatusCode::OK);
    let response = Response::for_request(request, status, None, Some("tag"));
    let read = Message::parse_datagram(response.to_bytes());
    assert!(response.to_bytes().len() > limits::MAX_MESSAGE || read.is_ok(), "{response:?}");
    if request.reject_status().is_none() {
        assert!(response.is_acceptable(), "{:?}", response.validate());
    }
}
