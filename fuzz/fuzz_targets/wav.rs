//! A WAV file.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sipua_media::fuzzing::wav(data));
