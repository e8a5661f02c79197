use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use proptest::prelude::*;

use super::*;
use crate::dsp::Tone;

/// A chunk with its padding.
fn chunk(id: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut bytes = id.to_vec();
    bytes.extend((contents.len() as u32).to_le_bytes());
    bytes.extend(contents);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let frame = channels * bits / 8;
    let mut bytes = Vec::new();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(frame)).to_le_bytes());
    bytes.extend(frame.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let contents = [b"WAVE".to_vec(), chunks.concat()].concat();
    chunk(b"RIFF", &contents)
}

fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    file(&[chunk(b"fmt ", &format(tag, channels, rate, bits)), chunk(b"data", data)])
}

fn read_8k(bytes: &[u8]) -> Result<Vec<i16>, WavError> {
    read(bytes, 8_000, &Limits::default())
}

fn tone(hz: f32, rate: u32, samples: usize) -> Vec<i16> {
    let mut samples = vec![0; samples];
    Tone::new(hz, rate, 16_000).fill(&mut samples);
    samples
}

#[test]
fn every_kind_of_sample_is_understood() {
    let halves: [i16; 4] = [0, 16_384, -16_384, -32_768];
    let shorts: Vec<u8> = halves.iter().flat_map(|s| s.to_le_bytes()).collect();
    let three: Vec<u8> =
        halves.iter().flat_map(|s| [&[7][..], &s.to_le_bytes()].concat()).collect();
    let four: Vec<u8> =
        halves.iter().flat_map(|s| [&[7, 7][..], &s.to_le_bytes()].concat()).collect();
    let float: Vec<u8> = [0.0f32, 0.5, -0.5, -1.0].iter().flat_map(|s| s.to_le_bytes()).collect();
    let double: Vec<u8> = [0.0f64, 0.5, -0.5, -1.0].iter().flat_map(|s| s.to_le_bytes()).collect();
    for (tag, bits, data) in [
        (1, 8, &[128, 192, 64, 0][..]),
        (1, 16, &shorts),
        (1, 24, &three),
        (1, 32, &four),
        (3, 32, &float),
        (3, 64, &double),
    ] {
        assert_eq!(read_8k(&wav(tag, 1, 8_000, bits, data)).unwrap(), halves, "{tag}, {bits} bits");
    }
}

#[test]
fn floats_out_of_range_are_clipped_and_what_is_no_number_is_silence() {
    let values = [2.0f32, -3.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1.0];
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let (max, min) = (i16::MAX, i16::MIN);
    assert_eq!(read_8k(&wav(3, 1, 8_000, 32, &data)).unwrap(), [max, min, max, min, 0, max]);
}

#[test]
fn companded_files_are_understood() {
    // ITU-T G.711 tables 1a and 2a: silence, the smallest and the greatest values of both signs.
    let alaw = [0xD5, 0x55, 0xAA, 0x2A];
    assert_eq!(read_8k(&wav(6, 1, 8_000, 8, &alaw)).unwrap(), [8, -8, 32_256, -32_256]);
    let ulaw = [0xFF, 0x7F, 0x80, 0x00];
    assert_eq!(read_8k(&wav(7, 1, 8_000, 8, &ulaw)).unwrap(), [0, 0, 32_124, -32_124]);
}

#[test]
fn channels_are_averaged() {
    let frames: [[i16; 3]; 3] = [[3, 6, 9], [-30_000, -30_000, -30_000], [i16::MAX; 3]];
    let data: Vec<u8> = frames.iter().flatten().flat_map(|s| s.to_le_bytes()).collect();
    assert_eq!(read_8k(&wav(1, 3, 8_000, 16, &data)).unwrap(), [6, -30_000, i16::MAX]);
}

#[test]
fn other_chunks_are_passed_over() {
    let bytes = file(&[
        chunk(b"LIST", b"INFOodd"),
        chunk(b"JUNK", &[]),
        chunk(b"fmt ", &[format(1, 1, 8_000, 16), vec![0, 0]].concat()),
        chunk(b"fact", &[1, 0, 0, 0]),
        chunk(b"data", &[1, 0, 2, 0]),
        chunk(b"id3 ", b"title"),
    ]);
    assert_eq!(read_8k(&bytes).unwrap(), [1, 2]);
}

#[test]
fn the_extensible_format_says_what_it_is_in_its_extension() {
    let mut extended = format(0xFFFE, 1, 8_000, 16);
    extended.extend([22, 0, 16, 0, 4, 0, 0, 0]);
    extended.extend([1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    let bytes = file(&[chunk(b"fmt ", &extended), chunk(b"data", &[1, 0, 2, 0])]);
    assert_eq!(read_8k(&bytes).unwrap(), [1, 2]);
}

#[test]
fn a_file_that_promises_more_than_it_has_is_read_to_its_end() {
    let whole = wav(1, 1, 8_000, 16, &[1, 0, 2, 0, 3, 0]);
    for length in [0u32, 4_000_000, u32::MAX, u32::MAX - 44] {
        let mut bytes = whole.clone();
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        bytes[40..44].copy_from_slice(&length.to_le_bytes());
        assert_eq!(read_8k(&bytes).unwrap(), [1, 2, 3], "{length}");
    }
    assert_eq!(read_8k(&whole[..whole.len() - 1]).unwrap(), [1, 2], "half a sample is none");
}

#[test]
fn what_is_no_usable_file_says_why() {
    let text = |bytes: &[u8]| read_8k(bytes).unwrap_err().to_string();
    assert_eq!(text(b""), "not a WAV file");
    assert_eq!(text(b"RIFF\0\0\0\0AVI \0\0\0\0"), "not a WAV file");
    assert_eq!(text(b"OggS is something else"), "not a WAV file");
    assert_eq!(text(&file(&[])), "the WAV file has no fmt chunk");
    assert_eq!(text(&file(&[chunk(b"fmt ", &[1, 0])])), "the WAV file has no fmt chunk");
    assert_eq!(text(&file(&[chunk(b"data", &[0, 0])])), "the WAV file has no fmt chunk");
    let no_data = file(&[chunk(b"fmt ", &format(1, 1, 8_000, 16))]);
    assert_eq!(text(&no_data), "the WAV file has no data chunk");
    let odd = "WAV format 1 with 12 bits in 1 channels is not supported";
    assert_eq!(text(&wav(1, 1, 8_000, 12, &[])), odd);
    assert!(text(&wav(1, 0, 8_000, 16, &[])).contains("0 channels"));
    assert!(text(&wav(1, 65, 8_000, 16, &[])).contains("65 channels"));
    assert!(text(&wav(0x55, 1, 8_000, 16, &[])).contains("format 85"));
    assert_eq!(text(&wav(1, 1, 0, 16, &[])), "no conversion from 0 to 8000 samples a second");
    assert_eq!(text(&wav(1, 1, 7, 16, &[0, 0])), "no conversion from 7 to 8000 samples a second");
}

#[test]
fn any_usual_rate_becomes_the_one_asked_for_without_delay() {
    for from in [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000] {
        for to in [8_000, 16_000, 24_000, 48_000] {
            let data: Vec<u8> =
                tone(440.0, from, from as usize).iter().flat_map(|s| s.to_le_bytes()).collect();
            let samples = read(&wav(1, 1, from, 16, &data)[..], to, &Limits::default()).unwrap();
            let seconds = samples.len() as f64 / f64::from(to);
            assert!((seconds - 1.0).abs() < 0.001, "{from} to {to}: {seconds} s");
            let expected = tone(440.0, to, to as usize);
            // Within half a sample of time: 440 Hz moves by at most this much meanwhile.
            let step = 16_000.0 * std::f64::consts::TAU * 440.0 / f64::from(to) * 0.6;
            let middle = to as usize / 10..to as usize * 9 / 10;
            for place in middle {
                let off = f64::from(samples[place]) - f64::from(expected[place]);
                assert!(off.abs() < step + 50.0, "{from} to {to}: off by {off} at {place}");
            }
        }
    }
}

/// Gives the same bytes for ever, and counts them.
struct Endless {
    header: Cursor<Vec<u8>>,
    given: u64,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.header.read(buffer)?;
        if count > 0 {
            return Ok(count);
        }
        buffer.fill(0);
        self.given += buffer.len() as u64;
        assert!(self.given < 10_000_000, "it reads without end");
        Ok(buffer.len())
    }
}

#[test]
fn nothing_is_read_without_end() {
    let endless = |header: Vec<u8>| Endless { header: Cursor::new(header), given: 0 };
    let open = |chunks: &[Vec<u8>]| file(chunks);
    let limits = Limits { bytes: 1_000_000, samples: 100_000 };
    let data = [b"data".to_vec(), u32::MAX.to_le_bytes().to_vec()].concat();
    let format = chunk(b"fmt ", &format(1, 1, 8_000, 16));
    let samples = read(endless(open(&[format.clone(), data.clone()])), 8_000, &limits);
    assert!(matches!(samples, Err(WavError::TooLong)));

    let more = Limits { bytes: 1_000_000, samples: usize::MAX };
    let bytes = read(endless(open(&[format, data])), 8_000, &more);
    assert!(matches!(bytes, Err(WavError::TooLong)));

    // CVE-2022-24763, CVE-2022-24792: chunks without length, one after the other.
    assert!(matches!(read(endless(open(&[])), 8_000, &limits), Err(WavError::Missing("fmt"))));
}

#[test]
fn what_just_fits_the_limits_is_read() {
    let bytes = wav(1, 1, 8_000, 16, &[5, 0].repeat(100));
    let exact = Limits { bytes: bytes.len() as u64, samples: 100 };
    assert_eq!(read(&bytes[..], 8_000, &exact).unwrap().len(), 100);
    for limits in [Limits { samples: 99, ..exact }, Limits { bytes: exact.bytes - 1, ..exact }] {
        assert!(matches!(read(&bytes[..], 8_000, &limits), Err(WavError::TooLong)), "{limits:?}");
    }
}

#[test]
fn an_input_that_fails_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unplugged"))
        }
    }
    assert_eq!(read(Broken, 8_000, &Limits::default()).unwrap_err().to_string(), "unplugged");
}

#[test]
fn what_we_write_others_read() {
    let left_and_right: Vec<i16> = (0..5_000).map(|n| (n * 13 % 60_000 - 30_000) as i16).collect();
    let mut writer = Writer::new(Cursor::new(Vec::new()), 16_000, 2).unwrap();
    for block in left_and_right.chunks(778) {
        writer.write(block).unwrap();
    }
    assert_eq!(writer.frames(), 2_500);
    let bytes = writer.finish().unwrap().into_inner();
    let mut reader = hound::WavReader::new(&bytes[..]).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 16_000, 16));
    let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    assert_eq!(samples, left_and_right);
}

#[test]
fn what_others_write_we_read() {
    let samples = tone(300.0, 16_000, 4_000);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for sample in &samples {
        writer.write_sample(i32::from(*sample) << 8).unwrap();
    }
    writer.finalize().unwrap();
    assert_eq!(read(&bytes.into_inner()[..], 16_000, &Limits::default()).unwrap(), samples);
}

/// A file that remembers what it held each time it was written to.
struct Disk {
    file: Cursor<Vec<u8>>,
    moments: Vec<Vec<u8>>,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.moments.push(self.file.get_ref().clone());
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn a_writer_killed_at_any_moment_leaves_a_readable_file() {
    let mut writer =
        Writer::new(Disk { file: Cursor::default(), moments: vec![] }, 800, 1).unwrap();
    for block in tone(100.0, 800, 4_000).chunks(160) {
        writer.write(block).unwrap();
    }
    let disk = writer.finish().unwrap();
    assert!(disk.moments.len() > 25);
    for (at, bytes) in disk.moments.iter().enumerate() {
        let mut reader = hound::WavReader::new(&bytes[..]).unwrap();
        let there = reader.samples::<i16>().map(Result::unwrap).count();
        let written = (bytes.len() - 44) / 2;
        assert!(there <= written && written - there <= 800 + 160, "{there} of {written} at {at}");
        assert!(read(&bytes[..], 800, &Limits::default()).unwrap().len() >= there);
    }
    let last = disk.moments.last().unwrap();
    assert_eq!(read(&last[..], 800, &Limits::default()).unwrap(), tone(100.0, 800, 4_000));
}

#[test]
fn a_file_needs_channels() {
    assert!(Writer::new(Cursor::new(Vec::new()), 8_000, 0).is_err());
    assert!(Writer::new(Cursor::new(Vec::new()), 8_000, 65).is_err());
}

proptest! {
    #[test]
    fn no_bytes_can_make_it_panic(
        head in prop::sample::select(vec![
            vec![],
            b"RIFF\0\0\0\0WAVE".to_vec(),
            wav(1, 1, 8_000, 16, &[0; 64]),
            wav(3, 2, 44_100, 32, &[0x7F; 64]),
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        tail in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = [head, tail].concat();
        for (at, byte) in changes.iter().filter(|_| !bytes.is_empty()).copied().collect::<Vec<_>>() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let limits = Limits { bytes: 1_000, samples: 5_000 };
        if let Ok(samples) = read(&bytes[..], 8_000, &limits) {
            prop_assert!(samples.len() <= 5_000);
        }
    }
}
