use super::super::Protocol;
use super::*;

fn flow(local: &str) -> Flow {
    let remote = "192.0.2.2:5060".parse().unwrap();
    Flow { protocol: Protocol::Tcp, local: local.parse().unwrap(), remote }
}

#[test]
fn our_via_says_who_we_are_and_carries_the_token() {
    let value = via_value(&flow("192.0.2.1:5070"), 0xab);
    assert_eq!(value, "SIP/2.0/TCP 192.0.2.1:5070;branch=z9hG4bK00000000000000ab;rport");
    let via = Via::parse(value.as_bytes()).unwrap();
    assert_eq!(branch_of(&via), Some(0xab));
}

#[test]
fn the_scope_of_a_link_local_address_stays_here() {
    let value = via_value(&flow("[fe80::1%3]:5060"), 1);
    assert!(value.starts_with("SIP/2.0/TCP [fe80::1]:5060;"), "{value}");
}

#[test]
fn only_a_branch_that_we_could_have_written_has_a_token() {
    for branch in [
        "",
        ";branch",
        ";branch=z9hG4bK",
        ";branch=00000000000000ab",
        ";branch=z9hG4bK0000000000000ab",
        ";branch=z9hG4bK000000000000000ab",
        ";branch=z9hG4bK+00000000000000a",
        ";branch=z9hG4bK00000000000000xy",
    ] {
        let value = format!("SIP/2.0/UDP 192.0.2.1{branch}");
        let via = Via::parse(value.as_bytes()).unwrap();
        assert_eq!(branch_of(&via), None, "{branch}");
    }
}
