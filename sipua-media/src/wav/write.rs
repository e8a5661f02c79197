//! Writing: the header is brought up to date as the file grows.

use std::io::{self, Seek, SeekFrom, Write};

/// Bytes before the first sample.
const HEADER: u32 = 44;
/// The most bytes of samples the header can tell, the file's own length included.
const MAX_DATA: u64 = (u32::MAX - HEADER) as u64;
/// Samples turned into bytes at a time.
const BLOCK: usize = 512;

/// Writes 16-bit PCM as a WAV file.
///
/// After each second of audio, and at each [`flush`](Self::flush), a complete file is left behind, so
/// that one whose writer was killed can be read.
///
/// ```
/// use std::io::Cursor;
/// use sipua_media::wav::{self, Limits, Writer};
///
/// let mut writer = Writer::new(Cursor::new(Vec::new()), 8_000, 1)?;
/// writer.write(&[1, -2, 3])?;
/// let file = writer.finish()?.into_inner();
/// assert_eq!(wav::read(file.as_slice(), 8_000, &Limits::default())?, [1, -2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<W: Write + Seek> {
    output: W,
    rate: u32,
    channels: u16,
    /// Bytes of samples written, and how many of them the header in the output tells.
    data: u64,
    told: u64,
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a file with its header, for `rate` samples a second in each of `channels` channels.
    ///
    /// # Errors
    /// When the output cannot be written, or there are no channels, or too many.
    pub fn new(output: W, rate: u32, channels: u16) -> io::Result<Self> {
        if channels == 0 || channels > 64 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "1 to 64 channels"));
        }
        let mut writer = Self { output, rate, channels, data: 0, told: 0 };
        writer.output.write_all(&writer.header())?;
        Ok(writer)
    }

    /// Appends samples, those of the channels interleaved.
    ///
    /// # Errors
    /// When the output cannot be written, or the file would grow past the 4 GiB a WAV can have.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        if self.data + 2 * samples.len() as u64 > MAX_DATA {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a WAV file ends at 4 GiB"));
        }
        for block in samples.chunks(BLOCK) {
            let mut bytes = [0; 2 * BLOCK];
            for (pair, sample) in bytes.chunks_exact_mut(2).zip(block) {
                pair.copy_from_slice(&sample.to_le_bytes());
            }
            let used = bytes.get(..2 * block.len()).unwrap_or_default();
            self.output.write_all(used)?;
            self.data += used.len() as u64;
        }
        let second = 2 * u64::from(self.channels) * u64::from(self.rate);
        if self.data - self.told >= second { self.flush() } else { Ok(()) }
    }

    /// How many samples of each channel have been written.
    pub fn frames(&self) -> u64 {
        self.data / 2 / u64::from(self.channels)
    }

    /// Makes the header true for what has been written so far.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        // The samples first: a header must never promise what is not there.
        self.output.flush()?;
        self.output.seek(SeekFrom::Start(0))?;
        let header = self.header();
        self.output.write_all(&header)?;
        self.output.seek(SeekFrom::End(0))?;
        self.output.flush()?;
        self.told = self.data;
        Ok(())
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.output)
    }

    fn header(&self) -> [u8; HEADER as usize] {
        // `write` keeps the data below what 32 bits can tell.
        let data = u32::try_from(self.data).unwrap_or(u32::MAX - HEADER);
        let frame = 2 * self.channels;
        let fields: [&[u8]; 13] = [
            b"RIFF",
            &(data + HEADER - 8).to_le_bytes(),
            b"WAVE",
            b"fmt ",
            &16u32.to_le_bytes(),
            &1u16.to_le_bytes(),
            &self.channels.to_le_bytes(),
            &self.rate.to_le_bytes(),
            &self.rate.saturating_mul(u32::from(frame)).to_le_bytes(),
            &frame.to_le_bytes(),
            &16u16.to_le_bytes(),
            b"data",
            &data.to_le_bytes(),
        ];
        let mut header = [0; HEADER as usize];
        for (byte, value) in header.iter_mut().zip(fields.into_iter().flatten()) {
            *byte = *value;
        }
        header
    }
}
