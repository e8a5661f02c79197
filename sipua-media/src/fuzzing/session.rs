//! Whole sessions under arbitrary packets, commands and times.

use std::net::SocketAddr;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::packets::{header, some_instant};
use crate::audio::{PortSettings, port};
use crate::codec::CodecId;
use crate::player::{Player, Source};
use crate::sdp::{Direction, PayloadFormat, StreamSettings, TelephoneEvent};
use crate::session::{Config, Event, Outbox, RtpKind, Session};

/// The most bytes that one step may make a session send.
const MOST_SENT: usize = 64 * 1024;

/// Steps of a byte that says what, and what it needs; the rest of the data is packets.
pub fn session(data: &[u8]) {
    let mut now = some_instant();
    let mut session = Session::new(Config::default(), StdRng::seed_from_u64(1), now);
    let Ok((mut audio, engine)) = port(&PortSettings::new(16_000), None) else {
        return;
    };
    session.attach_audio(engine);
    session.configure(&settings(0), now);
    let mut outbox = Outbox::new();
    let mut rest = data;
    let (mut sequence, mut timestamp) = (0u16, 0u32);
    while let Some((&step, after)) = rest.split_first() {
        let (argument, after) =
            after.split_first().map_or((0, after), |(one, after)| (*one, after));
        rest = after;
        let source = SocketAddr::from(([192, 0, 2, argument & 1], 4000));
        match step % 8 {
            0 | 1 => {
                let length = usize::from(argument).min(rest.len());
                let (packet, after) = rest.split_at(length);
                rest = after;
                let kind = if step % 8 == 0 { RtpKind::Rtp } else { RtpKind::Rtcp };
                session.handle_packet(kind, source, packet, now, &mut outbox);
            }
            2 | 3 => {
                sequence = sequence.wrapping_add(u16::from(argument >> 4));
                timestamp = timestamp.wrapping_add(u32::from(argument) * 40);
                let payload_type = if step % 8 == 2 { argument % 2 * 8 } else { 101 };
                let mut packet = Vec::new();
                header(payload_type, sequence, timestamp, u32::from(step >> 6)).write(&mut packet);
                packet.extend_from_slice(rest.get(..usize::from(argument)).unwrap_or(rest));
                session.handle_packet(RtpKind::Rtp, source, &packet, now, &mut outbox);
            }
            4 | 5 => {
                now += Duration::from_millis(u64::from(argument));
                session.handle_timeout(now, &mut outbox);
            }
            6 => session.configure(&settings(argument), now),
            _ => command(&mut session, argument),
        }
        check(&outbox);
        outbox.clear();
        while audio.read(&mut [0; 4096]) > 0 {}
    }
    session.close(now, &mut outbox);
    assert!(session.poll_timeout().is_none());
}

fn command(session: &mut Session, argument: u8) {
    match argument % 4 {
        0 => session.set_muted(argument > 127),
        1 => drop(session.send_dtmf("1,*!", Duration::from_millis(u64::from(argument) * 50))),
        2 => {
            let source = Source::Tone { hz: 440.0, amplitude: 5000 };
            if let Ok(player) = Player::new(source, 8000) {
                session.play(player, u64::from(argument));
            }
        }
        _ => drop(session.stop_playing()),
    }
}

/// What a step leaves is bounded, and made of what there is.
fn check(outbox: &Outbox) {
    let sent: usize = outbox.transmits().map(|transmit| transmit.data.len()).sum();
    assert!(sent <= MOST_SENT, "{sent} bytes");
    for event in outbox.events() {
        if let Event::Dtmf { digit, .. } = event {
            assert!("0123456789*#ABCD!".contains(*digit));
        }
    }
}

fn settings(variant: u8) -> StreamSettings {
    let ptimes = [20, 10, 30, 40, 50, 60];
    let directions =
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
    let codec = if variant & 4 == 0 { CodecId::Pcmu } else { CodecId::Pcma };
    StreamSettings {
        codec,
        payload_type_send: codec.static_payload_type().unwrap_or(96),
        receive: vec![
            PayloadFormat { payload_type: 0, codec: CodecId::Pcmu },
            PayloadFormat { payload_type: 8, codec: CodecId::Pcma },
        ],
        telephone_event: (variant & 8 == 0)
            .then_some(TelephoneEvent { payload_type_send: 101, payload_type_receive: 101 }),
        ptime_ms: ptimes.get(usize::from(variant >> 4) % ptimes.len()).copied().unwrap_or(20),
        direction: directions.get(usize::from(variant & 3)).copied().unwrap_or(Direction::SendRecv),
        remote_rtp: SocketAddr::from(([192, 0, 2, variant & 1], 4000)),
        remote_rtcp: SocketAddr::from(([192, 0, 2, variant & 1], 4001)),
    }
}
