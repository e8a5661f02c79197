//! What is played into, recorded from and measured in a call.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ffi::c_char;

use sipua::Source;

use crate::agents;
use crate::call::entry;
use crate::error::Problem;
use crate::event::Stats;
use crate::guard::guard;
use crate::inbox::patience;
use crate::sized::{give, room};
use crate::status::Status;
use crate::text::text;
use crate::ua::Ua;

/// What a recording holds.
pub type RecordMode = i32;

/// Both directions in one channel.
pub const SIPUA_RECORD_MIXED: RecordMode = 0;
/// Two channels: received left, sent right.
pub const SIPUA_RECORD_STEREO: RecordMode = 1;
/// Only what is received.
pub const SIPUA_RECORD_RECEIVED: RecordMode = 2;

/// # What is played, recorded and measured
///
/// Plays a source into a call: the path of a WAV file, `tone:HZ` or `silence`; mixed with what is written
/// to its audio. One playing before is replaced.
///
/// A file is read whole, in the calling thread. `looped` 1 plays it again and again. `playback` (may be
/// NULL) gets the id in `playback_finished`, which follows. Any thread. Errors: `IO` and `AUDIO_FILE` for
/// the file, `INVALID_ARGUMENT` for a tone, `WRONG_STATE` after the call's end, `NO_MEDIA`, `GONE`,
/// `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_play(
    ua: *mut Ua,
    call: u64,
    source: *const c_char,
    source_length: usize,
    looped: i32,
    playback: *mut u64,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let source = unsafe { text("source", source, source_length) }?;
        let entry = entry(ua, call)?;
        let source = Source::parse(source)?;
        let source = if looped == 0 { source } else { source.repeated() };
        let playing = entry.call.play(&source)?;
        if !playback.is_null() {
            // SAFETY: not NULL, and the caller's promise.
            unsafe { playback.write(playing.id) };
        }
        Ok(())
    })
}

/// Stops what is playing; `playback_finished` follows.
///
/// Any thread. Errors: `WRONG_STATE` after the call's end, `NO_MEDIA`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_stop_playing(ua: *mut Ua, call: u64) -> Status {
    guard(|| Ok(entry(ua, call)?.call.stop_playing()?))
}

/// Records a call into a WAV file, 16 bit at 8 kHz; `mode` is one of `SIPUA_RECORD_…`. A recording made
/// before ends.
///
/// The file is created in the calling thread and written on a thread of the library. `recording_started`
/// follows, and when it is complete `recording_stopped`, or `recording_failed`. Any thread. Errors: `IO`
/// when it cannot be created, `INVALID_ARGUMENT` for the mode, `WRONG_STATE` after the call's end,
/// `NO_MEDIA`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_record(
    ua: *mut Ua,
    call: u64,
    path: *const c_char,
    path_length: usize,
    mode: RecordMode,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let path = unsafe { text("path", path, path_length) }?;
        let entry = entry(ua, call)?;
        let mode = match mode {
            SIPUA_RECORD_MIXED => sipua::RecordMode::Mixed,
            SIPUA_RECORD_STEREO => sipua::RecordMode::Stereo,
            SIPUA_RECORD_RECEIVED => sipua::RecordMode::Received,
            _ => return Err(Problem::invalid(format!("there is no record mode {mode}"))),
        };
        Ok(entry.call.record(path, mode)?)
    })
}

/// Ends the recording; `recording_stopped` follows when the file is complete.
///
/// Any thread. Errors: `WRONG_STATE` after the call's end, `NO_MEDIA`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_stop_recording(ua: *mut Ua, call: u64) -> Status {
    guard(|| Ok(entry(ua, call)?.call.stop_recording()?))
}

/// Sends silence instead of what is written or played.
///
/// Any thread. Errors: `WRONG_STATE` after the call's end, `NO_MEDIA`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_mute(ua: *mut Ua, call: u64) -> Status {
    guard(|| Ok(entry(ua, call)?.call.mute()?))
}

/// Ends what `sipua_call_mute` began.
///
/// Any thread. Errors: `WRONG_STATE` after the call's end, `NO_MEDIA`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_unmute(ua: *mut Ua, call: u64) -> Status {
    guard(|| Ok(entry(ua, call)?.call.unmute()?))
}

/// Presses keys in an answered call: `0` to `9`, `*`, `#`, `A` to `D`, `!` for flash; a space or comma is
/// a pause. They are queued after those that are still being sent.
///
/// Any thread. Errors: `INVALID_ARGUMENT` for another character, `WRONG_STATE`, `NO_MEDIA`, `GONE`,
/// `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_send_dtmf(
    ua: *mut Ua,
    call: u64,
    digits: *const c_char,
    digits_length: usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let digits = unsafe { text("digits", digits, digits_length) }?;
        // The end of the last digit is of no interest here.
        drop(entry(ua, call)?.call.send_dtmf(digits)?);
        Ok(())
    })
}

/// Asks the media thread for a call's numbers, and waits for them up to `timeout_ms` (negative: as long
/// as it takes), as a rule less than a millisecond.
///
/// `stats` begins with `SIPUA_STATS_INIT`. Any thread. Errors: `NO_MEDIA` before and after there is media,
/// `TIMED_OUT`, `STRUCT_SIZE`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_call_stats(
    ua: *mut Ua,
    call: u64,
    timeout_ms: i32,
    stats: *mut Stats,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe { room(stats) }?;
        let agent = agents::get(ua)?;
        let call = agent.calls.get(call)?.call.clone();
        let numbers = agent.wait(patience(timeout_ms), async move { call.stats().await })?;
        let numbers = numbers.ok_or_else(Problem::timed_out)?;
        // SAFETY: the caller's promise.
        unsafe { give(stats, &Stats::from(&numbers)) }
    })
}
