//! Who may send, and how calls are held: RFC 3264 6.1 and 8.4.
#![expect(clippy::unwrap_used, reason = "the helpers of a test are a test too")]

mod peer;

use peer::{description, has, lines, negotiator};
use proptest::prelude::*;
use sipua_media::sdp::Direction::{self, Inactive, RecvOnly, SendOnly, SendRecv};
use sipua_media::sdp::Negotiator;

fn offer(direction: Direction) -> Vec<u8> {
    description(&["m=audio 5000 RTP/AVP 0", &format!("a={direction}")])
}

fn direction(negotiator: &Negotiator) -> Direction {
    negotiator.stream().unwrap().direction
}

/// The direction attribute of a description of ours: there is exactly one.
fn said(description: &[u8]) -> Direction {
    let all: Vec<_> =
        lines(description, "a=").iter().filter_map(|l| Direction::from_name(&l[2..])).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0]
}

/// RFC 3264 6.1, all of it: what is offered, whether we hold, what the answer must be.
const ANSWERS: [(Direction, bool, Direction); 8] = [
    (SendRecv, false, SendRecv),
    (SendRecv, true, SendOnly),
    (SendOnly, false, RecvOnly),
    (SendOnly, true, Inactive),
    (RecvOnly, false, SendOnly),
    (RecvOnly, true, SendOnly),
    (Inactive, false, Inactive),
    (Inactive, true, Inactive),
];

#[test]
fn an_answer_follows_the_table_of_rfc_3264_6_1() {
    for (offered, hold, expected) in ANSWERS {
        let mut callee = negotiator();
        callee.set_hold(hold);
        let answer = callee.answer(&offer(offered)).unwrap();
        assert_eq!(said(&answer), expected, "{offered} offered, hold {hold}");
        assert_eq!(direction(&callee), expected);
        assert_eq!(callee.remote_hold(), !offered.receives());
        assert_eq!(callee.local_hold(), hold);
    }
}

#[test]
fn the_same_table_holds_for_a_new_offer_in_the_call() {
    for first in Direction::ALL {
        for (offered, hold, expected) in ANSWERS {
            let mut callee = negotiator();
            callee.answer(&offer(first)).unwrap();
            callee.set_hold(hold);
            let answer = callee.answer(&offer(offered)).unwrap();
            assert_eq!(said(&answer), expected, "{first}, then {offered}, hold {hold}");
        }
    }
}

/// What each side may do never contradicts the other, whatever the other answers.
#[test]
fn an_answer_of_any_direction_is_narrowed_to_what_was_offered() {
    for hold in [false, true] {
        for answered in Direction::ALL {
            let mut caller = negotiator();
            caller.set_hold(hold);
            let offered = said(&caller.offer());
            assert_eq!(offered, if hold { SendOnly } else { SendRecv });
            caller.accept_answer(&offer(answered)).unwrap();
            let agreed = direction(&caller);
            assert_eq!(agreed.sends(), offered.sends() && answered.receives(), "{answered}");
            assert_eq!(agreed.receives(), offered.receives() && answered.sends(), "{answered}");
            assert_eq!(caller.remote_hold(), !answered.receives());
        }
    }
}

/// Both ends being ours, for every pair of wishes, they agree about each direction.
#[test]
fn both_sides_see_the_same_stream() {
    for (caller_holds, callee_holds) in [(false, false), (false, true), (true, false), (true, true)]
    {
        let (mut caller, mut callee) = (negotiator(), negotiator());
        caller.set_hold(caller_holds);
        callee.set_hold(callee_holds);
        let answer = callee.answer(&caller.offer()).unwrap();
        caller.accept_answer(&answer).unwrap();
        assert_eq!(direction(&caller), direction(&callee).reversed());
        assert_eq!(direction(&caller).receives(), !caller_holds);
        assert_eq!(direction(&callee).receives(), !callee_holds);
        assert_eq!((caller.remote_hold(), callee.remote_hold()), (callee_holds, caller_holds));
    }
}

#[test]
fn we_hold_and_resume() {
    let mut caller = negotiator();
    assert_eq!(said(&caller.offer()), SendRecv);
    caller.accept_answer(&offer(SendRecv)).unwrap();

    caller.set_hold(true);
    assert_eq!(said(&caller.offer()), SendOnly);
    assert_eq!(direction(&caller), SendRecv, "nothing changes before the answer");
    caller.accept_answer(&offer(RecvOnly)).unwrap();
    assert_eq!(
        (direction(&caller), caller.local_hold(), caller.remote_hold()),
        (SendOnly, true, false)
    );

    caller.set_hold(false);
    assert_eq!(said(&caller.offer()), SendRecv);
    caller.accept_answer(&offer(SendRecv)).unwrap();
    assert_eq!((direction(&caller), caller.local_hold()), (SendRecv, false));
}

#[test]
fn the_peer_holds_and_resumes() {
    let mut callee = negotiator();
    callee.answer(&offer(SendRecv)).unwrap();
    for held in [SendOnly, Inactive] {
        let answer = callee.answer(&offer(held)).unwrap();
        assert_eq!(said(&answer), held.reversed());
        assert!(callee.remote_hold() && !direction(&callee).sends());
        let answer = callee.answer(&offer(SendRecv)).unwrap();
        assert_eq!(said(&answer), SendRecv);
        assert!(!callee.remote_hold());
    }
}

#[test]
fn holding_a_peer_that_holds_is_inactive_and_each_resumes_for_itself() {
    let mut call = negotiator();
    call.answer(&offer(SendRecv)).unwrap();
    call.answer(&offer(SendOnly)).unwrap();

    // RFC 3264 8.4: what was recvonly is held as inactive.
    call.set_hold(true);
    assert_eq!(said(&call.offer()), Inactive);
    call.accept_answer(&offer(Inactive)).unwrap();
    assert!(call.local_hold() && call.remote_hold());

    // The peer resumes first: it will receive, but we still hold.
    assert_eq!(said(&call.answer(&offer(SendRecv)).unwrap()), SendOnly);
    assert!(call.local_hold() && !call.remote_hold());

    call.set_hold(false);
    assert_eq!(said(&call.offer()), SendRecv);
    call.accept_answer(&offer(SendRecv)).unwrap();
    assert!(!call.local_hold() && !call.remote_hold());
}

#[test]
fn resuming_while_the_peer_still_holds_leaves_its_hold() {
    let mut call = negotiator();
    call.answer(&offer(SendOnly)).unwrap();
    call.set_hold(true);
    call.offer();
    call.accept_answer(&offer(Inactive)).unwrap();
    call.set_hold(false);
    assert_eq!(said(&call.offer()), SendRecv);
    call.accept_answer(&offer(SendOnly)).unwrap();
    assert_eq!((direction(&call), call.remote_hold()), (RecvOnly, true));
}

/// RFC 3264 8.4: the hold of RFC 2543, alone or with a direction beside it. Never answered sendrecv.
#[test]
fn an_offer_from_nowhere_is_a_hold() {
    for nowhere in ["c=IN IP4 0.0.0.0", "c=IN IP6 ::"] {
        for (beside, expected) in [
            ("a=sendrecv", RecvOnly),
            ("a=sendonly", RecvOnly),
            ("a=recvonly", Inactive),
            ("a=inactive", Inactive),
            ("a=ptime:20", RecvOnly),
        ] {
            let mut callee = negotiator();
            callee.answer(&offer(SendRecv)).unwrap();
            let held = description(&["m=audio 5000 RTP/AVP 0", nowhere, beside]);
            let answer = callee.answer(&held).unwrap();
            assert_eq!(said(&answer), expected, "{nowhere} {beside}");
            assert!(has(&answer, "c=IN IP4 192.0.2.1") && has(&answer, "m=audio 4000 RTP/AVP 0"));
            assert_eq!((direction(&callee), callee.remote_hold()), (expected, true));

            callee.answer(&offer(SendRecv)).unwrap();
            assert_eq!((direction(&callee), callee.remote_hold()), (SendRecv, false));
        }
    }
}

#[test]
fn an_answer_from_nowhere_is_a_hold_too() {
    let mut caller = negotiator();
    caller.offer();
    caller.accept_answer(&description(&["m=audio 5000 RTP/AVP 0", "c=IN IP4 0.0.0.0"])).unwrap();
    assert_eq!((direction(&caller), caller.remote_hold()), (RecvOnly, true));
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    /// One side offers, the other answers.
    Exchange {
        first: bool,
    },
    /// One side offers, the other refuses.
    Refuse {
        first: bool,
        for_good: bool,
    },
    Hold {
        first: bool,
        hold: bool,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => any::<bool>().prop_map(|first| Deed::Exchange { first }),
        1 => any::<(bool, bool)>().prop_map(|(first, for_good)| Deed::Refuse { first, for_good }),
        2 => any::<(bool, bool)>().prop_map(|(first, hold)| Deed::Hold { first, hold }),
    ]
}

proptest! {
    /// Whatever two of ours do to each other, after each exchange they agree about everything.
    #[test]
    fn two_sides_never_disagree(deeds in prop::collection::vec(deed(), 1..40)) {
        let mut sides = [negotiator(), negotiator()];
        for deed in deeds {
            let [one, two] = &mut sides;
            match deed {
                Deed::Hold { first, hold } => if first { one } else { two }.set_hold(hold),
                Deed::Refuse { first, for_good } => {
                    let side = if first { one } else { two };
                    let before = side.stream().cloned();
                    side.offer();
                    if for_good { side.abandon() } else { side.rollback() }
                    prop_assert_eq!(side.stream().cloned(), before);
                }
                Deed::Exchange { first } => {
                    let (from, to) = if first { (one, two) } else { (two, one) };
                    let answer = to.answer(&from.offer()).unwrap();
                    from.accept_answer(&answer).unwrap();
                    let (ours, theirs) = (from.stream().unwrap(), to.stream().unwrap());
                    prop_assert_eq!(ours.direction, theirs.direction.reversed());
                    prop_assert_eq!(theirs.codec_for(ours.payload_type_send), Some(ours.codec));
                    prop_assert_eq!(ours.codec_for(theirs.payload_type_send), Some(theirs.codec));
                    // Who holds hears nothing.
                    prop_assert!(!(from.local_hold() && ours.direction.receives()));
                    prop_assert!(!(to.local_hold() && theirs.direction.receives()));
                    // When nobody holds, all is as in a new call: no hold outlives its wish.
                    if !from.local_hold() && !to.local_hold() {
                        prop_assert_eq!(ours.direction, SendRecv);
                        prop_assert!(!from.remote_hold() && !to.remote_hold());
                    }
                    prop_assert!(!to.local_hold() || from.remote_hold() || from.local_hold());
                    prop_assert!(!from.local_hold() || to.remote_hold());
                }
            }
        }
    }
}
