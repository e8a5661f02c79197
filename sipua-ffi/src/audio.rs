//! A call's PCM: a plane of its own. The engine never waits for these functions, nor they for it.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ptr::NonNull;
use std::slice;

use sipua::{Audio, AudioFormat};

use crate::call::entry;
use crate::error::{Problem, Result};
use crate::guard::{Out, guard};
use crate::status::{SIPUA_ERROR_CALL_ENDED, SIPUA_ERROR_LIMIT, SIPUA_ERROR_WRONG_STATE, Status};
use crate::ua::Ua;

/// # Audio
///
/// Opens a call's PCM at `rate`: 8000, 16000, 24000 or 48000 samples a second, mono, 16 bit, in the
/// machine's byte order. Works from the start of the call on; one opened before is closed.
///
/// `buffer_ms` is how much received audio is kept for a late reader, and how much written audio is taken
/// ahead of its playing; 0 is the default, at most 60000. Any thread. Errors: `INVALID_ARGUMENT` for the
/// rate, `WRONG_STATE` after the call's end, `NO_MEDIA`, `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_audio_format(
    ua: *mut Ua,
    call: u64,
    rate: u32,
    buffer_ms: u32,
) -> Status {
    guard(|| {
        if buffer_ms > 60_000 {
            return Err(Problem::invalid(format!("buffer_ms {buffer_ms}: is at most 60000")));
        }
        let entry = entry(ua, call)?;
        let mut format = AudioFormat::new(rate);
        if buffer_ms != 0 {
            (format.receive_ms, format.write_ms) = (buffer_ms, buffer_ms);
        }
        let audio = entry.call.audio(format)?;
        let former = entry.audio().replace(audio);
        drop(former);
        Ok(())
    })
}

/// Takes what was received, at most `count` samples; never waits. `taken` gets how many.
///
/// Any thread; one at a time per call, another one waits for the copying. Errors: `CALL_ENDED` when all
/// was read and nothing more will come, `WRONG_STATE` before `sipua_audio_format`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_audio_read(
    ua: *mut Ua,
    call: u64,
    samples: *mut i16,
    count: usize,
    taken: *mut usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(taken, "taken") }?;
        checked(samples, count)?;
        with_audio(ua, call, |audio| {
            // SAFETY: not NULL, aligned, of a possible length; the caller's promise.
            let samples = unsafe { slice::from_raw_parts_mut(place(samples), count) };
            // Asked before the read: what comes between the two is read, not lost.
            let closed = audio.is_closed();
            let read = audio.read(samples);
            if closed && read == 0 && count > 0 {
                return Err(over());
            }
            out.set(read);
            Ok(())
        })
    })
}

/// Gives samples to be sent, at most as many as there is room for; never waits. `taken` gets how many:
/// give the rest later. The engine paces; silence is sent when nothing was written.
///
/// Any thread; one at a time per call, another one waits for the copying. Errors: `CALL_ENDED` when
/// nothing will be sent any more, `WRONG_STATE` before `sipua_audio_format`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_audio_write(
    ua: *mut Ua,
    call: u64,
    samples: *const i16,
    count: usize,
    taken: *mut usize,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(taken, "taken") }?;
        checked(samples.cast_mut(), count)?;
        with_audio(ua, call, |audio| {
            if audio.is_closed() {
                return Err(over());
            }
            // SAFETY: not NULL, aligned, of a possible length; the caller's promise.
            let samples = unsafe { slice::from_raw_parts(place(samples.cast_mut()), count) };
            out.set(audio.write(samples));
            Ok(())
        })
    })
}

/// Drops what was written and is not yet played: the other side hears nothing more of it within one frame.
/// `dropped` (may be NULL) gets how many samples; marks among them are not reported.
///
/// Any thread. Errors: `WRONG_STATE` before `sipua_audio_format`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_audio_clear(ua: *mut Ua, call: u64, dropped: *mut usize) -> Status {
    guard(|| {
        with_audio(ua, call, |audio| {
            let count = audio.clear();
            if !dropped.is_null() {
                // SAFETY: not NULL, and the caller's promise.
                unsafe { dropped.write(count) };
            }
            Ok(())
        })
    })
}

/// Asks for an `audio_mark` event with this id once everything written so far has been played.
///
/// Any thread. Errors: `LIMIT` when too many marks wait, `WRONG_STATE` before `sipua_audio_format`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_audio_mark(ua: *mut Ua, call: u64, id: u64) -> Status {
    guard(|| {
        with_audio(ua, call, |audio| {
            let full = || Problem::new(SIPUA_ERROR_LIMIT, "too many marks wait to be played");
            audio.mark(id).then_some(()).ok_or_else(full)
        })
    })
}

/// Tells how many samples can be read now, wait to be played, and can be written now. Each may be NULL.
///
/// Any thread. Errors: `WRONG_STATE` before `sipua_audio_format`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_audio_buffered(
    ua: *mut Ua,
    call: u64,
    readable: *mut usize,
    unplayed: *mut usize,
    writable: *mut usize,
) -> Status {
    guard(|| {
        let (available, buffered, space) =
            with_audio(ua, call, |audio| Ok((audio.available(), audio.buffered(), audio.space())))?;
        for (place, value) in [(readable, available), (unplayed, buffered), (writable, space)] {
            if !place.is_null() {
                // SAFETY: not NULL, and the caller's promise.
                unsafe { place.write(value) };
            }
        }
        Ok(())
    })
}

fn with_audio<T>(
    ua: *mut Ua,
    call: u64,
    use_it: impl FnOnce(&mut Audio) -> Result<T>,
) -> Result<T> {
    let entry = entry(ua, call)?;
    let mut audio = entry.audio();
    let audio = audio.as_mut().ok_or_else(|| {
        Problem::new(SIPUA_ERROR_WRONG_STATE, "the audio is not open: sipua_audio_format opens it")
    })?;
    use_it(audio)
}

/// Whether samples can be there.
fn checked(samples: *mut i16, count: usize) -> Result<()> {
    if count > 0 && samples.is_null() {
        return Err(Problem::null("samples"));
    }
    if count > 0 && !samples.is_aligned() {
        return Err(Problem::invalid("samples is not aligned for int16_t"));
    }
    if count > isize::MAX as usize / size_of::<i16>() {
        return Err(Problem::invalid("count is more than there can be"));
    }
    Ok(())
}

/// NULL is right for no samples at all.
const fn place(samples: *mut i16) -> *mut i16 {
    if samples.is_null() { NonNull::dangling().as_ptr() } else { samples }
}

fn over() -> Problem {
    Problem::new(SIPUA_ERROR_CALL_ENDED, "the audio is over: the call has ended")
}
