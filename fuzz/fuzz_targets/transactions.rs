//! Packets and time for the transaction machines.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_core::fuzzing::transactions(data));
