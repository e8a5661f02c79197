//! Files that lie about themselves.

use std::io::Cursor;

use crate::wav::{Limits, Writer, read};

/// Reads a file within small limits; what came out must survive being written and read.
pub fn wav(data: &[u8]) {
    let limits = Limits { bytes: 1 << 20, samples: 1 << 20 };
    let Ok(samples) = read(data, 8_000, &limits) else { return };
    assert!(samples.len() <= limits.samples);
    let written = Writer::new(Cursor::new(Vec::new()), 8_000, 1).and_then(|mut writer| {
        writer.write(&samples)?;
        writer.finish()
    });
    let again = written.ok().and_then(|file| read(file.get_ref().as_slice(), 8_000, &limits).ok());
    assert_eq!(again, Some(samples).filter(|samples| 2 * samples.len() + 44 <= 1 << 20));
}
