//! One datagram: parsed, typed, validated, written and parsed again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_core::fuzzing::message(data));
