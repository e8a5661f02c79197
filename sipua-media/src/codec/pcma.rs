//! PCMA: ITU-T G.711 A-law.

use super::g711::{G711Decoder, G711Encoder, Law};
use super::{Decoder, Encoder};

/// G.711 A-law: 13-bit magnitudes in seven segments, the first twice as long, even bits inverted.
#[derive(Clone, Copy, Debug)]
pub struct Pcma;

impl Pcma {
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

impl Law for Pcma {
    #[inline]
    fn compress(sample: i16) -> u8 {
        COMPRESS[usize::from(sample as u16 >> 4)]
    }

    #[inline]
    fn expand(code: u8) -> i16 {
        Self::expand(code)
    }
}

/// By the upper 12 bits of a sample, in two's complement.
static COMPRESS: [u8; 1 << 12] = {
    let mut table = [0; 1 << 12];
    let mut index = 0;
    while index < table.len() {
        table[index] = compress(((index as u16) << 4) as i16);
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

/// G.711 note to table 1a: even bits are inverted on the line.
const EVEN_BITS: u8 = 0x55;

const fn compress(sample: i16) -> u8 {
    let sign = if sample < 0 { 0 } else { 0x80 };
    let magnitude = if sample < 0 { !sample } else { sample } as u16 >> 4;
    let segment = if magnitude < 32 { magnitude >> 4 } else { magnitude.ilog2() as u16 - 3 };
    let step = (if segment < 2 { magnitude } else { magnitude >> (segment - 1) }) & 0x0f;
    (sign | (segment << 4) as u8 | step as u8) ^ EVEN_BITS
}

const fn expand(code: u8) -> i16 {
    let code = code ^ EVEN_BITS;
    let segment = (code >> 4) & 0x07;
    let step = (code & 0x0f) as i16;
    let middle = (step << 4) + 8;
    let sample = if segment == 0 { middle } else { (middle + 0x100) << (segment - 1) };
    if code & 0x80 != 0 { sample } else { -sample }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.711 table 1a: the decision values x0 to x128 and the values y1 to y128 (the table counts
    /// from one, the code from zero), in the units of its 13-bit magnitudes.
    fn table_1a() -> (Vec<f64>, Vec<f64>) {
        let mut decisions = vec![0.0];
        for n in 0..128u32 {
            let segment = (n / 16).max(1);
            decisions.push(decisions[decisions.len() - 1] + f64::from(1 << segment));
        }
        let values = decisions.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
        (decisions, values)
    }

    #[test]
    fn the_ladder_of_the_test_is_that_of_the_recommendation() {
        let (decisions, values) = table_1a();
        for (n, x) in [(32, 64.0), (48, 128.0), (64, 256.0), (80, 512.0), (96, 1024.0)] {
            assert_eq!(decisions[n], x);
        }
        assert_eq!((decisions[112], decisions[128]), (2048.0, 4096.0));
        assert_eq!((values[0], values[32], values[127]), (1.0, 66.0, 4032.0));
    }

    #[test]
    fn every_sample_gets_the_code_of_its_interval() {
        let (decisions, _) = table_1a();
        for sample in i16::MIN..=i16::MAX {
            let magnitude = f64::from(sample).abs() / 8.0;
            let code = Pcma::compress(sample) ^ EVEN_BITS;
            assert_eq!(code & 0x80 == 0, sample < 0, "sign of {sample}");
            let n = usize::from(code & 0x7f);
            let (low, high) = (decisions[n], decisions[n + 1]);
            let inside = if sample < 0 {
                low < magnitude && magnitude <= high
            } else {
                low <= magnitude && magnitude < high
            };
            assert!(inside, "{sample} became interval {n}: {low} to {high}");
        }
    }

    #[test]
    fn every_code_gets_its_value() {
        let (_, values) = table_1a();
        for code in 0..=255u8 {
            let even = code ^ EVEN_BITS;
            let magnitude = values[usize::from(even & 0x7f)] * 8.0;
            let expected = if even & 0x80 == 0 { -magnitude } else { magnitude };
            assert_eq!(f64::from(Pcma::expand(code)), expected, "code {code:#04x}");
        }
    }

    #[test]
    fn silence_is_d5() {
        let mut payload = Vec::new();
        Pcma::encoder().encode(&[0; 4], &mut payload);
        assert_eq!(payload, [0xd5; 4]);
    }
}
