//! What the layer below every owner does by itself.
#![expect(clippy::disallowed_methods, reason = "a test starts its own virtual clock")]

use super::*;
use crate::transport::Protocol;

/// What a step sends goes out; the rest waits in its order, behind what waited already.
#[test]
fn what_waits_keeps_its_order() {
    let mut stack = Stack::new(Config::default(), StdRng::seed_from_u64(1), Instant::now());
    let at = "192.0.2.1:5060".parse().unwrap();
    let flow = Flow { protocol: Protocol::Udp, local: at, remote: at };
    let numbers = ["1", "2", "3", "4", "5", "6"];
    let response = |number: &str| {
        let response = Response::new(StatusCode::OK, Some(number));
        TransactionOutput::StrayResponse { response, flow }
    };
    for step in numbers.chunks(2) {
        stack.drive(|_, _, out| {
            for number in step {
                let data = Bytes::copy_from_slice(number.as_bytes());
                out.push_back(TransactionOutput::Transmit { flow, data });
                out.push_back(response(number));
            }
        });
    }
    let sent = std::iter::from_fn(|| stack.poll_output()).map(|output| match output {
        Output::Transmit { data, .. } => String::from_utf8(data.to_vec()).unwrap(),
        other => unreachable!("{other:?}"),
    });
    assert_eq!(sent.collect::<Vec<_>>(), numbers);
    let waiting = std::iter::from_fn(|| stack.poll_inbox()).map(|output| match output {
        TransactionOutput::StrayResponse { response, .. } => response.reason().into_owned(),
        other => unreachable!("{other:?}"),
    });
    assert_eq!(waiting.collect::<Vec<_>>(), numbers);
}

#[test]
fn a_contact_has_no_scope() {
    let local = SocketAddr::V6(std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 5060, 0, 3));
    for (protocol, end) in [(Protocol::Udp, ">"), (Protocol::Tcp, ";transport=tcp>")] {
        let text = contact(Some("bob"), Flow { protocol, local, remote: local });
        assert_eq!(text, format!("<sip:bob@[fe80::1]:5060{end}"));
    }
}
