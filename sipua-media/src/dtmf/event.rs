//! The payload of a telephone-event packet (RFC 4733 2.3).

/// One report of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Which: 0 to 15 are the DTMF digits, 16 a hook flash.
    pub event: u8,
    /// Whether this is its end.
    pub end: bool,
    /// Its power below 0 dBm0, in dB: 0 to 63.
    pub volume: u8,
    /// How long it has lasted, in units of the RTP clock.
    pub duration: u16,
}

/// RFC 4733 3.2, table 3: the digits in the order of their event codes, then the flash.
const DIGITS: &[u8; 17] = b"0123456789*#ABCD!";

impl TelephoneEvent {
    /// Reads a payload; of several events in one (RFC 4733 2.5.1.5 lets none begin together) the
    /// first. `None` if it is shorter than one.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (&[event, flags, d0, d1], _) = payload.split_first_chunk()?;
        Some(Self {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([d0, d1]),
        })
    }

    /// The payload.
    pub fn to_bytes(self) -> [u8; 4] {
        let [d0, d1] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume & 0x3f, d0, d1]
    }

    /// The digit an event code stands for; `!` is the hook flash. `None` for other tones.
    pub fn digit_of(event: u8) -> Option<char> {
        DIGITS.get(usize::from(event)).map(|&digit| char::from(digit))
    }

    /// The event code of a digit; letters of either case.
    pub fn code_of(digit: char) -> Option<u8> {
        let digit = digit.to_ascii_uppercase();
        DIGITS.iter().position(|&other| char::from(other) == digit).map(|code| code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_laid_out_as_in_figure_1() {
        let event = TelephoneEvent { event: 11, end: true, volume: 10, duration: 1280 };
        assert_eq!(event.to_bytes(), [11, 0x8a, 0x05, 0x00]);
        assert_eq!(TelephoneEvent::parse(&[11, 0x8a, 0x05, 0x00]), Some(event));
        // The reserved bit is ignored (2.3.3), and so is what follows.
        assert_eq!(TelephoneEvent::parse(&[11, 0xca, 0x05, 0x00, 9]), Some(event));
        assert_eq!(TelephoneEvent::parse(&[11, 0x8a, 0x05]), None);
    }

    #[test]
    fn digits_have_the_codes_of_table_3() {
        let codes: Vec<_> = "0159*#AD!".chars().map(TelephoneEvent::code_of).collect();
        assert_eq!(codes, [0, 1, 5, 9, 10, 11, 12, 15, 16].map(Some));
        assert_eq!(TelephoneEvent::code_of('d'), Some(15));
        assert_eq!(TelephoneEvent::code_of('x'), None);
        assert_eq!(TelephoneEvent::digit_of(16), Some('!'));
        assert_eq!(TelephoneEvent::digit_of(17), None);
    }
}
