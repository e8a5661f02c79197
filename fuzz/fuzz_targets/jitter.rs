//! Packets in any order for the jitter buffer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_media::fuzzing::jitter(data));
