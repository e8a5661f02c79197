//! PCM through the C functions, over real sockets.

use std::ptr;

use super::support::{Phone, Taken, ok};
use crate::audio::{
    sipua_audio_buffered, sipua_audio_clear, sipua_audio_format, sipua_audio_mark,
    sipua_audio_read, sipua_audio_write,
};
use crate::call::{sipua_call_answer, sipua_call_hangup};
use crate::event::{
    SIPUA_EVENT_AUDIO_MARK, SIPUA_EVENT_CALL_CONFIRMED, SIPUA_EVENT_PLAYBACK_FINISHED,
    SIPUA_EVENT_RECORDING_STOPPED, sipua_next_event,
};
use crate::media::{
    SIPUA_RECORD_STEREO, sipua_call_mute, sipua_call_play, sipua_call_record,
    sipua_call_stop_playing, sipua_call_stop_recording, sipua_call_unmute,
};
use crate::status::{
    SIPUA_ERROR_CALL_ENDED, SIPUA_ERROR_GONE, SIPUA_ERROR_INVALID_ARGUMENT, SIPUA_ERROR_IO,
    SIPUA_ERROR_WRONG_STATE, SIPUA_OK,
};

/// Two phones in a call with their audio open.
struct Pair {
    caller: Phone,
    callee: Phone,
    out: u64,
    inn: u64,
}

impl Pair {
    fn new(rate: u32) -> Self {
        let (caller, callee) = (Phone::new(), Phone::new());
        let (out, inn) = caller.dial(&callee, ptr::null_mut());
        ok(unsafe { sipua_audio_format(caller.ua, out, rate, 4_000) });
        ok(unsafe { sipua_audio_format(callee.ua, inn, rate, 4_000) });
        ok(unsafe { sipua_call_answer(callee.ua, inn, 0) });
        caller.expect(SIPUA_EVENT_CALL_CONFIRMED);
        callee.expect(SIPUA_EVENT_CALL_CONFIRMED);
        Self { caller, callee, out, inn }
    }

    /// What the callee has received.
    fn heard(&self, samples: &mut Vec<i16>) -> i32 {
        let mut chunk = [0; 333];
        loop {
            let mut taken = 0;
            let place = &raw mut taken;
            let chunk_place = chunk.as_mut_ptr();
            let status =
                unsafe { sipua_audio_read(self.callee.ua, self.inn, chunk_place, 333, place) };
            if status != SIPUA_OK || taken == 0 {
                return status;
            }
            samples.extend_from_slice(&chunk[..taken]);
        }
    }
}

/// Waits for an event or a little time, whichever comes first.
fn moment(phone: &Phone) {
    let mut event = ptr::null_mut();
    if unsafe { sipua_next_event(phone.ua, 10, &raw mut event) } == SIPUA_OK {
        drop(Taken(event));
    }
}

/// Noise in the band of telephony, so that only the right alignment fits.
fn speech(count: usize) -> Vec<i16> {
    let (mut state, mut low) = (1_u32, 0.0_f32);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        low += (f32::from((state >> 16) as u16 as i16) - low) * 0.3;
        (low * 0.6) as i16
    };
    (0..count).map(|_| next()).collect()
}

/// The best normalised correlation of `part` with any place in `whole`.
fn likeness(part: &[i16], whole: &[i16]) -> f64 {
    let energy = |samples: &[i16]| samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>();
    let own = energy(part);
    whole
        .windows(part.len())
        .map(|window| {
            let product: f64 =
                window.iter().zip(part).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
            product / (own * energy(window)).sqrt().max(1.0)
        })
        .fold(0.0, f64::max)
}

#[test]
fn what_one_side_writes_the_other_side_reads() {
    let pair = Pair::new(8_000);
    let said = speech(8_000);
    let (mut written, mut heard) = (0, Vec::new());
    while heard.len() < 16_000 {
        let rest = &said[written..];
        let mut taken = 0;
        let place = &raw mut taken;
        let (data, count) = (rest.as_ptr(), rest.len());
        ok(unsafe { sipua_audio_write(pair.caller.ua, pair.out, data, count, place) });
        written += taken;
        assert_eq!(pair.heard(&mut heard), SIPUA_OK);
        moment(&pair.callee);
    }
    assert_eq!(written, said.len());
    for part in said[800..7_200].chunks_exact(1_600) {
        let likeness = likeness(part, &heard);
        assert!(likeness >= 0.95, "{likeness}");
    }
}

#[test]
fn a_mark_is_told_when_played_and_clear_says_what_was_not() {
    let pair = Pair::new(16_000);
    let (mut taken, mut dropped) = (0, 0);
    let samples = speech(1_600);
    let ua = pair.caller.ua;
    ok(unsafe { sipua_audio_write(ua, pair.out, samples.as_ptr(), 1_600, &raw mut taken) });
    ok(unsafe { sipua_audio_mark(ua, pair.out, 7) });
    let mark = pair.caller.expect(SIPUA_EVENT_AUDIO_MARK);
    assert_eq!((mark.call, unsafe { (*mark.mark).id }), (pair.out, 7));

    let samples = speech(32_000);
    ok(unsafe { sipua_audio_write(ua, pair.out, samples.as_ptr(), 32_000, &raw mut taken) });
    assert_eq!(taken, 32_000);
    let (mut readable, mut unplayed, mut writable) = (0, 0, 0);
    let (a, b, c) = (&raw mut readable, &raw mut unplayed, &raw mut writable);
    ok(unsafe { sipua_audio_buffered(ua, pair.out, a, b, c) });
    assert!(unplayed > 16_000 && writable >= 30_000, "{unplayed} {writable}");
    ok(unsafe { sipua_audio_clear(ua, pair.out, &raw mut dropped) });
    assert!(dropped > 16_000 && dropped <= unplayed, "{dropped} of {unplayed}");
    let nothing = ptr::null_mut();
    ok(unsafe { sipua_audio_buffered(ua, pair.out, nothing, &raw mut unplayed, nothing) });
    assert_eq!(unplayed, 0);
}

#[test]
fn after_the_end_the_rest_is_read_and_then_it_is_over() {
    let pair = Pair::new(8_000);
    let mut heard = Vec::new();
    while heard.is_empty() {
        assert_eq!(pair.heard(&mut heard), SIPUA_OK);
        moment(&pair.callee);
    }
    ok(unsafe { sipua_call_hangup(pair.caller.ua, pair.out, 0, ptr::null(), 0) });
    // The call's end is not taken from the callee's queue, so its id stays valid.
    let mut taken = 0;
    let samples = [0; 160];
    while pair.heard(&mut heard) == SIPUA_OK {
        moment(&pair.caller);
    }
    assert_eq!(pair.heard(&mut heard), SIPUA_ERROR_CALL_ENDED);
    let place = &raw mut taken;
    let status =
        unsafe { sipua_audio_write(pair.callee.ua, pair.inn, samples.as_ptr(), 160, place) };
    assert_eq!(status, SIPUA_ERROR_CALL_ENDED);
}

#[test]
fn audio_has_its_rates_and_must_be_opened() {
    let (caller, callee) = (Phone::new(), Phone::new());
    let (out, inn) = caller.dial(&callee, ptr::null_mut());
    let (mut taken, mut samples) = (9, [0; 8]);
    let read = unsafe {
        sipua_audio_read(caller.ua, out, samples.as_mut_ptr(), samples.len(), &raw mut taken)
    };
    assert_eq!((read, taken), (SIPUA_ERROR_WRONG_STATE, 9));
    for rate in [0, 11_025, 44_100, u32::MAX] {
        let status = unsafe { sipua_audio_format(caller.ua, out, rate, 0) };
        assert_eq!(status, SIPUA_ERROR_INVALID_ARGUMENT, "{rate}");
    }
    for rate in [8_000, 16_000, 24_000, 48_000] {
        ok(unsafe { sipua_audio_format(callee.ua, inn, rate, 0) });
    }
    let long = unsafe { sipua_audio_format(caller.ua, out, 8_000, u32::MAX) };
    assert_eq!(long, SIPUA_ERROR_INVALID_ARGUMENT);
    assert_eq!(unsafe { sipua_audio_format(caller.ua, inn, 8_000, 0) }, SIPUA_ERROR_GONE);
}

#[test]
fn a_tone_is_played_stopped_and_recorded() {
    let pair = Pair::new(8_000);
    let (ua, out) = (pair.caller.ua, pair.out);
    let folder = std::env::temp_dir().join(format!("sipua-ffi-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("tone.wav");
    let c_path = super::support::c_text(path.to_str().unwrap());
    let record = |path: &std::ffi::CStr, mode| unsafe {
        sipua_call_record(pair.callee.ua, pair.inn, path.as_ptr(), usize::MAX, mode)
    };
    assert_eq!(record(&c_path, 99), SIPUA_ERROR_INVALID_ARGUMENT);
    assert_eq!(record(c"/nonexistent/a.wav", SIPUA_RECORD_STEREO), SIPUA_ERROR_IO);
    ok(record(&c_path, SIPUA_RECORD_STEREO));
    let play = |source: &std::ffi::CStr, place| unsafe {
        sipua_call_play(ua, out, source.as_ptr(), usize::MAX, 0, place)
    };
    let mut playback = 0;
    assert_eq!(play(c"tone:90000", &raw mut playback), SIPUA_ERROR_INVALID_ARGUMENT);
    assert_eq!(play(c"/nonexistent/a.wav", &raw mut playback), SIPUA_ERROR_IO);
    ok(play(c"tone:440", &raw mut playback));
    let mut heard = Vec::new();
    while heard.iter().filter(|sample: &&i16| sample.abs() > 4_000).count() < 2_000 {
        assert_eq!(pair.heard(&mut heard), SIPUA_OK);
        moment(&pair.callee);
    }
    ok(unsafe { sipua_call_mute(ua, out) });
    ok(unsafe { sipua_call_unmute(ua, out) });
    ok(play(c"silence", ptr::null_mut()));
    let finished = pair.caller.expect(SIPUA_EVENT_PLAYBACK_FINISHED);
    let finished = unsafe { &*finished.playback };
    assert_eq!((finished.id, finished.completed), (playback, 0), "it was replaced");
    ok(unsafe { sipua_call_stop_playing(ua, out) });
    ok(unsafe { sipua_call_stop_recording(pair.callee.ua, pair.inn) });
    let stopped = pair.callee.expect(SIPUA_EVENT_RECORDING_STOPPED);
    let recording = unsafe { &*stopped.recording };
    assert_eq!(super::support::text(&recording.path), path.to_str().unwrap());
    assert!(recording.duration_ms >= 250, "{} ms", recording.duration_ms);
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size >= recording.duration_ms * 32, "{size} bytes");
    std::fs::remove_dir_all(&folder).unwrap();
}
