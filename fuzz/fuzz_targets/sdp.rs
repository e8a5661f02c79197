//! A session description: parsed, written and parsed again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_media::fuzzing::sdp(data));
