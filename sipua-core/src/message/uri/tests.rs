//! URIs: the figures of RFC 3261 19.1, and what a peer may get wrong.

use super::{Host, Scheme, Uri, UriRef};
use crate::message::UriError;
use crate::message::limits::{MAX_PARAMS, MAX_URI};

fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn rfc_3261_19_1_3_examples_have_their_parts() {
    let full = uri("sip:alice:secretword@atlanta.com:5061;transport=tcp;lr?subject=x&a=b");
    assert_eq!(full.scheme(), Scheme::Sip);
    assert_eq!((full.user(), full.password()), (Some("alice"), Some("secretword")));
    assert_eq!((full.host(), full.port()), (Some(Host::Name("atlanta.com")), Some(5061)));
    assert_eq!((full.transport(), full.has_lr()), (Some("tcp"), true));
    assert_eq!(full.headers(), Some("subject=x&a=b"));
    assert_eq!(full.param("lr"), Some(None));
    assert_eq!(full.param("ttl"), None);

    let phone = uri("sips:+1-212-555-1212:1234@gateway.com;user=phone");
    assert!(phone.is_secure());
    assert_eq!((phone.user(), phone.param("user")), (Some("+1-212-555-1212"), Some(Some("phone"))));
    let bare = uri("sips:1212@gateway.com");
    assert_eq!((bare.port(), bare.headers()), (None, None));
    let semicolon = uri("sip:alice;day=tuesday@atlanta.com");
    assert_eq!(semicolon.user(), Some("alice;day=tuesday"));
    assert!(semicolon.params().is_empty());
    let without_user = uri("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com");
    assert_eq!((without_user.user(), without_user.param("method")), (None, Some(Some("REGISTER"))));
    assert_eq!(uri("sip:%61lice%20b@atlanta.com").unescaped_user().unwrap(), "alice b");
}

#[test]
fn hosts_are_addresses_or_names() {
    let host = |text: &str| uri(text).host().map(|host| host.to_string());
    assert_eq!(host("sip:[2001:DB8::1]:5060").as_deref(), Some("[2001:db8::1]"));
    assert_eq!(uri("sip:a@[::1]:5062;lr").port(), Some(5062));
    assert_eq!(host("sip:a@192.0.2.4").as_deref(), Some("192.0.2.4"));
    assert!(matches!(uri("sip:a@1.example.com").host(), Some(Host::Name(_))));
    assert!(matches!(uri("sip:a@my_host").host(), Some(Host::Name("my_host"))));
}

#[test]
fn telephone_numbers_and_other_schemes_stay_verbatim() {
    let number = uri("tel:+358-(555)-1234567;phone-context=example.com");
    assert_eq!(number.scheme(), Scheme::Tel);
    assert_eq!(number.tel_number(), Some("+358-(555)-1234567"));
    assert_eq!(number.param("phone-context"), Some(Some("example.com")));
    assert_eq!((number.user(), number.host()), (None, None));
    assert_eq!(number.to_string(), "tel:+358-(555)-1234567;phone-context=example.com");
    let other = uri("urn:service:sos");
    assert_eq!(other.scheme(), Scheme::Other("urn"));
    assert_eq!(other.to_string(), "urn:service:sos");
}

#[test]
fn what_is_not_certain_is_refused() {
    let long = format!("sip:{}@example.com", "u".repeat(MAX_URI));
    let many: String = (0..=MAX_PARAMS).map(|n| format!(";p{n}")).collect();
    let many = format!("sip:example.com{many}");
    let cases = [
        ("", UriError::Scheme),
        ("example.com", UriError::Scheme),
        (":a", UriError::Scheme),
        ("1sip:a", UriError::Scheme),
        ("sip:", UriError::Host),
        ("sip:@example.com", UriError::User),
        ("sip:a@", UriError::Host),
        ("sip:a@b@c", UriError::Host),
        ("sip:a@exa mple.com", UriError::Character),
        ("sip:a@<b>", UriError::Character),
        ("sip:a@[::1", UriError::Host),
        ("sip:a@[::g]", UriError::Host),
        ("sip:a@::1", UriError::Host),
        ("sip:a@example.com:", UriError::Port),
        ("sip:a@example.com:65536", UriError::Port),
        ("sip:a@example.com:-1", UriError::Port),
        ("sip:a@example.com:5o60", UriError::Port),
        ("sip:a@example.com;", UriError::Parameter),
        ("sip:a@example.com;;lr", UriError::Parameter),
        ("sip:a@example.com;=x", UriError::Parameter),
        ("sip:a@example.com;lr;x=1;LR=on", UriError::Parameter),
        ("tel:", UriError::User),
        ("tel:12x", UriError::User),
        ("urn:", UriError::User),
        (long.as_str(), UriError::TooLong),
        (many.as_str(), UriError::Parameter),
    ];
    for (text, expected) in cases {
        assert_eq!(UriRef::parse(text).err(), Some(expected), "{text:.60}");
    }
}

#[test]
fn habits_of_peers_are_understood_but_not_correct() {
    for text in ["sip:*21#@example.com", "sip:a%2@example.com", "sip:j\u{f6}rg@example.com"] {
        let uri = uri(text);
        assert!(uri.user().is_some() && uri.as_ref().check().is_err(), "{text}");
    }
    assert_eq!(uri("sip:alice@example.com;a=b?c=d").as_ref().check(), Ok(()));
}

#[test]
fn rfc_3261_19_1_4_what_is_equivalent() {
    let equivalent = [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
        ("tel:+1-212-555-0101;ext=1;isub=2", "TEL:+12125550101;isub=2;EXT=1"),
        ("URN:service:sos", "urn:service:sos"),
    ];
    for (a, b) in equivalent {
        assert!(uri(a).equivalent(&uri(b)) && uri(b).equivalent(&uri(a)), "{a} is {b}");
    }
    let different = [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:bob@biloxi.com", "sip:biloxi.com"),
        // A reserved character is not its escape.
        ("sip:a;b@biloxi.com", "sip:a%3Bb@biloxi.com"),
        ("tel:+12125550101", "tel:12125550101"),
        ("urn:service:sos", "urn:service:SOS"),
    ];
    for (a, b) in different {
        assert!(!uri(a).equivalent(&uri(b)) && !uri(b).equivalent(&uri(a)), "{a} is not {b}");
    }
}

#[test]
fn uris_are_made_from_parts() {
    let host = Host::Name("example.com");
    let made = Uri::sip(Some("a b@c%"), host, Some(5070));
    assert_eq!(made.as_str(), "sip:a%20b%40c%25@example.com:5070");
    assert_eq!(made.unescaped_user().unwrap(), "a b@c%");
    assert_eq!(Uri::sip(Some(""), host, None), uri("sip:example.com"));
    let six = Uri::sip(None, Host::Ip("2001:db8::1".parse().unwrap()), None);
    assert_eq!(six.as_str(), "sip:[2001:db8::1]");
    let extended = uri("sip:a@b?h=v").with_param("transport", Some("tcp")).with_param("lr", None);
    assert_eq!(extended.as_str(), "sip:a@b;transport=tcp;lr?h=v");
    assert_eq!((extended.transport(), extended.headers()), (Some("tcp"), Some("h=v")));
    assert_eq!(extended.without_headers().as_str(), "sip:a@b;transport=tcp;lr");
    assert!(extended.without_headers().has_lr());
    // What was built has the parts that reading it finds.
    for built in [made, six, extended] {
        let read = uri(built.as_str());
        assert_eq!(format!("{:?}", read.parts), format!("{:?}", built.parts));
    }
}
