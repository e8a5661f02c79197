//! PCMU: ITU-T G.711 µ-law.

use super::g711::{G711Decoder, G711Encoder, Law};
use super::{Decoder, Encoder};

/// G.711 µ-law: 14-bit magnitudes in eight segments of sixteen steps, every bit inverted.
#[derive(Clone, Copy, Debug)]
pub struct Pcmu;

impl Pcmu {
    /// A new encoder.
    pub fn encoder() -> impl Encoder {
        G711Encoder::<Self>::new()
    }

    /// A new decoder.
    pub fn decoder() -> impl Decoder {
        G711Decoder::<Self>::new()
    }

    /// A code word to 16-bit linear.
    #[inline]
    pub(crate) fn expand(code: u8) -> i16 {
        EXPAND[usize::from(code)]
    }
}

impl Law for Pcmu {
    #[inline]
    fn compress(sample: i16) -> u8 {
        COMPRESS[usize::from(sample as u16 >> 2)]
    }

    #[inline]
    fn expand(code: u8) -> i16 {
        Self::expand(code)
    }
}

/// By the upper 14 bits of a sample, in two's complement.
static COMPRESS: [u8; 1 << 14] = {
    let mut table = [0; 1 << 14];
    let mut index = 0;
    while index < table.len() {
        table[index] = compress(((index as u16) << 2) as i16);
        index += 1;
    }
    table
};

static EXPAND: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < table.len() {
        table[code] = expand(code as u8);
        code += 1;
    }
    table
};

/// Added to a magnitude so that every segment begins at a power of two (G.711 table 2a: the
/// decision values are 2^n·33 − 33 at the segments' ends).
const BIAS: u16 = 33;

const fn compress(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = if sample < 0 { !sample } else { sample } as u16 >> 2;
    let biased = if magnitude > 8158 { 8191 } else { magnitude + BIAS };
    let segment = biased.ilog2() - 5;
    let step = (biased >> (segment + 1)) & 0x0f;
    !(sign | (segment << 4) as u8 | step as u8)
}

const fn expand(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 0x07;
    let step = (code & 0x0f) as i16;
    let magnitude = (((step << 1) + BIAS as i16) << segment) - BIAS as i16;
    let sample = magnitude << 2;
    if code & 0x80 != 0 { -sample } else { sample }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.711 table 2a: the decision values x0 to x128 and the values y0 to y127, 14-bit.
    fn table_2a() -> (Vec<f64>, Vec<f64>) {
        let mut decisions = vec![0.0, 1.0];
        for segment in 0..8 {
            let steps = if segment == 0 { 15 } else { 16 };
            for _ in 0..steps {
                decisions.push(decisions[decisions.len() - 1] + f64::from(2 << segment));
            }
        }
        let values = (0..128)
            .map(|n| if n == 0 { 0.0 } else { (decisions[n] + decisions[n + 1]) / 2.0 })
            .collect();
        (decisions, values)
    }

    #[test]
    fn the_ladder_of_the_test_is_that_of_the_recommendation() {
        let (decisions, values) = table_2a();
        assert_eq!(decisions.len(), 129);
        // The values at the ends of the segments, as printed in the table.
        for (n, x) in [(16, 31.0), (32, 95.0), (48, 223.0), (64, 479.0), (80, 991.0), (96, 2015.0)]
        {
            assert_eq!(decisions[n], x);
        }
        assert_eq!((decisions[112], decisions[127]), (4063.0, 7903.0));
        assert_eq!((values[0], values[1], values[127]), (0.0, 2.0, 8031.0));
    }

    #[test]
    fn every_sample_gets_the_code_of_its_interval() {
        let (decisions, _) = table_2a();
        for sample in i16::MIN..=i16::MAX {
            let magnitude = f64::from(sample).abs() / 4.0;
            let code = !Pcmu::compress(sample);
            assert_eq!(code & 0x80 != 0, sample < 0, "sign of {sample}");
            let n = usize::from(code & 0x7f);
            let (low, high) = (decisions[n], if n == 127 { 8192.0 } else { decisions[n + 1] });
            let inside = if sample < 0 {
                (low < magnitude || n == 0) && magnitude <= high
            } else {
                low <= magnitude && magnitude < high
            };
            assert!(inside, "{sample} became interval {n}: {low} to {high}");
        }
    }

    #[test]
    fn every_code_gets_its_value() {
        let (_, values) = table_2a();
        for code in 0..=255u8 {
            let inverted = !code;
            let magnitude = values[usize::from(inverted & 0x7f)] * 4.0;
            let expected = if inverted & 0x80 != 0 { -magnitude } else { magnitude };
            assert_eq!(f64::from(Pcmu::expand(code)), expected, "code {code:#04x}");
        }
    }

    #[test]
    fn silence_is_all_ones() {
        let mut payload = Vec::new();
        Pcmu::encoder().encode(&[0; 4], &mut payload);
        assert_eq!(payload, [0xff; 4]);
    }
}
