//! Packets, commands and time for a whole endpoint.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_core::fuzzing::endpoint(data));
