//! How often reading a message asks for memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use bytes::Bytes;
use sipua_core::message::Message;

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator unchanged; the counter is a thread-local
// without a destructor, and touching it allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static INVITE: &[u8] = include_bytes!("messages/invite.sip");

fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.get();
    work();
    COUNT.get() - before
}

#[test]
fn the_invite_is_the_one_that_others_were_measured_with() {
    assert_eq!(INVITE.len(), 739);
    let message = Message::parse_datagram(Bytes::from_static(INVITE)).unwrap();
    assert_eq!(message.validate(), []);
    assert_eq!(message.body().len(), 240);
    assert_eq!(message.to_bytes(), INVITE);
}

/// At most four: the receive buffer's copy and its counter, and the list of headers.
#[test]
fn reading_an_invite_allocates_at_most_four_times() {
    assert!(allocations(|| drop(black_box(vec![1]))) > 0, "the counter counts");
    let count = allocations(|| {
        let data = Bytes::copy_from_slice(black_box(INVITE));
        drop(black_box(Message::parse_datagram(data)));
    });
    assert!(count <= 4, "{count} allocations");
}

#[test]
fn typing_the_usual_headers_does_not_allocate() {
    let message = Message::parse_datagram(Bytes::from_static(INVITE)).unwrap();
    let headers = message.headers();
    let count = allocations(|| {
        assert!(black_box(headers.via()).is_ok());
        assert!(black_box(headers.from()).is_ok() && black_box(headers.to()).is_ok());
        assert!(black_box(headers.call_id()).is_ok() && black_box(headers.cseq()).is_ok());
        assert!(black_box(headers.contact()).is_ok());
        assert_eq!(black_box(headers.max_forwards()), Ok(Some(70)));
        assert_eq!(black_box(headers.content_length()), Ok(Some(240)));
        assert!(headers.content_type().unwrap().unwrap().is("application", "sdp"));
    });
    assert_eq!(count, 0);
}
