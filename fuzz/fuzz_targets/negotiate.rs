//! An offer or an answer from a peer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_media::fuzzing::negotiate(data));
