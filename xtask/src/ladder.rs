//! The SIP messages of a capture as a ladder: one column per address, one arrow per message, media in between summed up.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use crate::Result;
use crate::pcap::{self, Packet};
use crate::terminal::say;

/// The distance of two columns.
const WIDTH: usize = 46;

/// Prints the ladder of a capture file.
pub(crate) fn show(capture: &Path) -> Result<()> {
    say(render(&pcap::read(capture)?, &[]).trim_end());
    Ok(())
}

/// What a packet is on the ladder.
enum Rung<'a> {
    Sip { time: f64, from: SocketAddr, to: SocketAddr, label: &'a str, note: String },
    Media { packets: usize, bytes: usize, control: usize },
}

/// Draws the ladder. Addresses in `names` are shown by name.
pub(crate) fn render(packets: &[Packet], names: &[(SocketAddr, &str)]) -> String {
    let rungs = rungs(packets);
    let mut columns: Vec<SocketAddr> = Vec::new();
    for rung in &rungs {
        if let Rung::Sip { from, to, .. } = rung {
            for end in [from, to] {
                if !columns.contains(end) {
                    columns.push(*end);
                }
            }
        }
    }
    let start = packets.first().map_or(0.0, |packet| packet.time);
    let mut text = heading(&columns, names);
    for rung in &rungs {
        match rung {
            Rung::Sip { time, from, to, label, note } => {
                let place = |end| columns.iter().position(|column| *column == end).unwrap_or(0);
                let _ = write!(text, "{:8.3} ", time - start);
                arrow(&mut text, columns.len(), place(*from), place(*to), label);
                let _ = writeln!(text, "  {note}");
            }
            Rung::Media { packets, bytes, control } => {
                let _ = write!(text, "{:9}", "");
                let words = format!("~ {packets} RTP packets, {bytes} bytes; {control} RTCP ~");
                let inner = WIDTH * columns.len().saturating_sub(1).max(1) - 1;
                let _ = writeln!(text, "|{words:^inner$}|");
            }
        }
    }
    text
}

fn heading(columns: &[SocketAddr], names: &[(SocketAddr, &str)]) -> String {
    let mut text = format!("{:>8} ", "seconds");
    for column in columns {
        let name = names.iter().find(|(address, _)| address == column).map(|(_, name)| *name);
        let title = name.map_or_else(|| column.to_string(), |name| format!("{name} {column}"));
        let _ = write!(text, "{title:<WIDTH$}");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// One line from column to column, the label in the middle of it.
fn arrow(text: &mut String, columns: usize, from: usize, to: usize, label: &str) {
    let (left, right) = (from.min(to), from.max(to));
    for column in 0..columns {
        text.push('|');
        if column + 1 == columns {
            break;
        }
        if column == left && left != right {
            let inner = WIDTH * (right - left) - 1;
            let room = inner.saturating_sub(4);
            let label: String = label.chars().take(room).collect();
            let line = format!("{:─^inner$}", format!(" {label} "));
            let shaft: String = line.chars().skip(1).collect();
            match to > from {
                true => text.extend(shaft.chars().chain(['>'])),
                false => text.extend(['<'].into_iter().chain(shaft.chars())),
            }
        } else if column < left || column >= right {
            text.extend(std::iter::repeat_n(' ', WIDTH - 1));
        }
    }
}

fn rungs(packets: &[Packet]) -> Vec<Rung<'_>> {
    let mut rungs = Vec::new();
    for packet in packets {
        if let Some(label) = first_line(&packet.payload) {
            let note = if has_description(&packet.payload) { "SDP".into() } else { String::new() };
            let (from, to) = (packet.source, packet.destination);
            rungs.push(Rung::Sip { time: packet.time, from, to, label, note });
        } else if packet.payload.first().is_some_and(|byte| byte >> 6 == 2) {
            if !matches!(rungs.last(), Some(Rung::Media { .. })) {
                rungs.push(Rung::Media { packets: 0, bytes: 0, control: 0 });
            }
            if let Some(Rung::Media { packets, bytes, control }) = rungs.last_mut() {
                // RFC 5761 4: the packet types of RTCP are 192 to 223.
                if packet.payload.get(1).is_some_and(|byte| (192..=223).contains(byte)) {
                    *control += 1;
                } else {
                    *packets += 1;
                    *bytes += packet.payload.len();
                }
            }
        }
    }
    rungs
}

/// The start line of a SIP message without its version: `INVITE sip:a@b`, `200 OK`.
fn first_line(payload: &[u8]) -> Option<&str> {
    let line = payload.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let line = std::str::from_utf8(line).ok()?;
    line.strip_prefix("SIP/2.0 ").or_else(|| line.strip_suffix(" SIP/2.0"))
}

fn has_description(payload: &[u8]) -> bool {
    payload
        .windows(6)
        .any(|window| window == b"\n\r\nv=0".as_slice() || window == b"\r\nv=0\r".as_slice())
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::pcap::Packet;

    fn packet(time: f64, from: u16, to: u16, payload: &[u8]) -> Packet {
        let address = |port| format!("127.0.0.1:{port}").parse().unwrap();
        Packet { time, source: address(from), destination: address(to), payload: payload.to_vec() }
    }

    #[test]
    fn messages_are_arrows_and_media_is_summed_up() {
        let packets = [
            packet(10.0, 5060, 5070, b"INVITE sip:ivr@x SIP/2.0\r\nA: b\r\n\r\nv=0\r\n"),
            packet(10.25, 5070, 5060, b"SIP/2.0 200 OK\r\n\r\n"),
            packet(10.5, 4000, 4002, &[0x80, 0, 0, 1]),
            packet(10.6, 4001, 4003, &[0x80, 200, 0, 1]),
            packet(11.0, 5060, 5070, b"BYE sip:ivr@x SIP/2.0\r\n\r\n"),
        ];
        let names = [("127.0.0.1:5060".parse().unwrap(), "caller")];
        let text = render(&packets, &names);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(
            lines[0].contains("caller 127.0.0.1:5060") && lines[0].ends_with("127.0.0.1:5070"),
            "{text}"
        );
        assert!(lines[1].contains("INVITE sip:ivr@x") && lines[1].contains(">|  SDP"), "{text}");
        assert!(lines[2].contains("0.250 |<") && lines[2].contains("200 OK"), "{text}");
        assert!(lines[3].contains("1 RTP packets, 4 bytes; 1 RTCP"), "{text}");
        assert!(lines[4].contains("BYE"), "{text}");
    }
}
