//! What belongs to an event, by its type. Fields are only ever appended.

use crate::sized::Sized32;
use crate::text::{Bytes, Text};

use super::kind::{Direction, DtmfVia, Ender, FailureKind};

/// The state of a registration.
#[repr(C)]
#[derive(Debug)]
pub struct Registration {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// The SIP status code; 200 for `registered`, 0 when there was no answer.
    pub code: i32,
    /// Why it failed.
    pub failure: FailureKind,
    /// Seconds the registrar keeps it; 0 for `registration_failed`.
    pub expires_s: u32,
    /// Milliseconds until it is tried again by itself; -1: it is not.
    pub retry_in_ms: i64,
    /// The reason phrase, or what happened; empty for `registered`.
    pub reason: Text,
}

/// Who calls whom. Header fields of the INVITE: `sipua_event_header`.
#[repr(C)]
#[derive(Debug)]
pub struct IncomingCall {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// Who is called (To), as a URI.
    pub local: Text,
    /// Who calls (From), as a URI.
    pub remote: Text,
    /// The name the caller gives; empty without.
    pub display_name: Text,
}

/// A response that moved a call.
#[repr(C)]
#[derive(Debug)]
pub struct CallResponse {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// The SIP status code.
    pub code: i32,
    /// 1: audio can be heard before the answer.
    pub early_media: i32,
}

/// All that is known of a call when it is over. Times are milliseconds since the user agent started; -1
/// for what did not happen.
#[repr(C)]
#[derive(Debug)]
pub struct CallRecord {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// Who placed it.
    pub direction: Direction,
    /// Who ended it.
    pub ended_by: Ender,
    /// The kind of failure; 0 when it was answered and ended normally.
    pub failure: FailureKind,
    /// The SIP status code: of the refusal, 200 after a BYE, 0 when no message said it.
    pub code: i32,
    /// The Q.850 cause; -1 without.
    pub q850: i32,
    /// When it was placed or arrived.
    pub started_ms: i64,
    /// When the called side was first alerted.
    pub ringing_ms: i64,
    /// When it was answered.
    pub answered_ms: i64,
    /// When it ended.
    pub ended_ms: i64,
    /// From answer to end; 0 for a call that was not answered.
    pub duration_ms: i64,
    /// Our side's URI.
    pub local: Text,
    /// The other side's URI.
    pub remote: Text,
    /// The other side's name; empty without.
    pub display_name: Text,
    /// The reason phrase, or the text of the Reason header.
    pub reason: Text,
    /// The last codec, by its name in SDP; empty without media.
    pub codec: Text,
    /// How the media was encrypted; empty when it was in the clear.
    pub encryption: Text,
    /// The media's statistics; NULL when there was no media.
    pub stats: *const Stats,
}

/// What was agreed for the audio of a call.
#[repr(C)]
#[derive(Debug)]
pub struct Media {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// Milliseconds of audio in a packet that we send.
    pub ptime_ms: u32,
    /// The codec's name in SDP.
    pub codec: Text,
    /// `sendrecv`, `sendonly`, `recvonly` or `inactive`, as seen from here.
    pub direction: Text,
    /// Where we send it, as address and port.
    pub remote: Text,
}

/// A place in what was written.
#[repr(C)]
#[derive(Debug)]
pub struct AudioMark {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// The number given to `sipua_audio_mark`.
    pub id: u64,
}

/// A source that was being played.
#[repr(C)]
#[derive(Debug)]
pub struct Playback {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// 1: it was played to its end; 0: it was stopped, replaced, or the call ended.
    pub completed: i32,
    /// The id that `sipua_call_play` gave.
    pub id: u64,
}

/// A key the peer pressed.
#[repr(C)]
#[derive(Debug)]
pub struct Dtmf {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// `0` to `9`, `*`, `#`, `A` to `D`, or `!` for flash, as an ASCII character.
    pub digit: i32,
    /// For how long.
    pub duration_ms: u32,
    /// How it came.
    pub via: DtmfVia,
}

/// Who holds a call.
#[repr(C)]
#[derive(Debug)]
pub struct Hold {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// 1: this side holds it.
    pub local: i32,
    /// 1: the other side holds it.
    pub remote: i32,
}

/// A recording.
#[repr(C)]
#[derive(Debug)]
pub struct Recording {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// The file.
    pub path: Text,
    /// Why it failed; else empty.
    pub reason: Text,
    /// Its length, of `recording_stopped`.
    pub duration_ms: u64,
    /// Frames that came faster than the disk took them, and were left out.
    pub dropped_frames: u64,
}

/// A call's media in numbers, from its first packet on.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// The size of this struct: `SIPUA_STATS_INIT` sets it.
    pub size: u32,
    /// Mean opinion score of what we hear, 1.0 to 4.5 (ITU-T G.107); 0 before anything was received.
    pub mos: f32,
    /// The newest round trip time; -1 before the peer reported.
    pub round_trip_ms: f64,
    /// Valid RTP packets received.
    pub received_packets: u64,
    /// Their payload, in bytes.
    pub received_bytes: u64,
    /// Packets that never came (RFC 3550 A.3); duplicates can make it negative.
    pub received_lost: i64,
    /// Packets that came too late to be played, or when there was no room.
    pub received_discarded: u64,
    /// Packets that came more than once.
    pub received_duplicates: u64,
    /// Packets that came after one that was sent later.
    pub received_reordered: u64,
    /// Datagrams refused: not RTP, an unknown payload type, a stranger's.
    pub received_rejected: u64,
    /// Interarrival jitter (RFC 3550 A.8).
    pub received_jitter_ms: f64,
    /// What is buffered now and not yet played.
    pub buffered_ms: f64,
    /// The delay the jitter buffer aims at.
    pub target_delay_ms: f64,
    /// Time that was filled by concealment.
    pub concealed_ms: f64,
    /// Time that was played from packets.
    pub played_ms: f64,
    /// RTP packets sent.
    pub sent_packets: u64,
    /// Their payload, in bytes.
    pub sent_bytes: u64,
    /// Packets lost on the way, by the peer's last report.
    pub sent_lost: i64,
    /// The share lost, 0.0 to 1.0, in the interval of the peer's last report.
    pub sent_fraction_lost: f64,
    /// Interarrival jitter at the peer, by its last report.
    pub sent_jitter_ms: f64,
}

// SAFETY: repr(C), begins with its size, numbers only.
unsafe impl Sized32 for Stats {
    const NAME: &'static str = "sipua_stats";
}

impl From<&sipua::Statistics> for Stats {
    fn from(numbers: &sipua::Statistics) -> Self {
        let sipua::Statistics { received, sent, round_trip, mos } = numbers;
        let millis = |duration: std::time::Duration| duration.as_secs_f64() * 1_000.0;
        Self {
            size: Self::SIZE,
            mos: mos.unwrap_or(0.0),
            round_trip_ms: round_trip.map_or(-1.0, millis),
            received_packets: received.packets,
            received_bytes: received.bytes,
            received_lost: received.lost,
            received_discarded: received.discarded,
            received_duplicates: received.duplicates,
            received_reordered: received.reordered,
            received_rejected: received.rejected,
            received_jitter_ms: millis(received.jitter),
            buffered_ms: millis(received.buffered),
            target_delay_ms: millis(received.target_delay),
            concealed_ms: millis(received.concealed),
            played_ms: millis(received.played),
            sent_packets: sent.packets,
            sent_bytes: sent.bytes,
            sent_lost: sent.lost,
            sent_fraction_lost: sent.fraction_lost.into(),
            sent_jitter_ms: millis(sent.jitter),
        }
    }
}

/// A request that arrived inside a call, and was answered with 200. Its header fields:
/// `sipua_event_header`.
#[repr(C)]
#[derive(Debug)]
pub struct Info {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// The method, `INFO` as a rule.
    pub method: Text,
    /// The type of the body; empty without.
    pub content_type: Text,
    /// The body.
    pub body: Bytes,
}

/// Something went wrong that ends nothing.
#[repr(C)]
#[derive(Debug)]
pub struct Warning {
    /// The size of this struct, as the library knows it.
    pub size: u32,
    /// What, in one line.
    pub text: Text,
}
