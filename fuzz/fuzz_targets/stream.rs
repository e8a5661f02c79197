//! A stream cut anywhere: the framing finds the same messages.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_core::fuzzing::stream(data));
