//! A compound RTCP packet.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_media::fuzzing::rtcp(data));
