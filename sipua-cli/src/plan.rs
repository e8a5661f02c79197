//! What is done with every call: play, record, echo.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use sipua::{AudioFormat, Call, RecordMode, Source};

use crate::failure::Failure;
use crate::options::MediaOptions;

/// The rate of echoed audio, and the samples moved at a time: 10 ms.
const ECHO_RATE: u32 = 8_000;
const ECHO_CHUNK: usize = 80;

/// What is done with every call.
#[derive(Debug)]
pub(crate) struct Plan {
    play: Option<Source>,
    recording: Option<Recording>,
    echo: bool,
    record_mode: RecordMode,
}

/// Where calls are recorded.
#[derive(Debug)]
struct Recording {
    path: PathBuf,
    made: u64,
}

impl Plan {
    /// Reads what is to be played, and makes sure that what is to be written can be.
    pub(crate) fn new(options: &MediaOptions) -> Result<Self, Failure> {
        let play = options.play.as_deref().map(Source::parse).transpose()?;
        let play = play.map(|source| if options.repeat { source.repeated() } else { source });
        let recording = options.record.clone().map(|path| Recording { path, made: 0 });
        if let Some(recording) = &recording {
            require_writable(&recording.path)?;
        }
        let record_mode = options.record_mode.into();
        Ok(Self { play, recording, echo: options.echo, record_mode })
    }

    /// Whether there is nothing to do.
    pub(crate) const fn is_empty(&self) -> bool {
        self.play.is_none() && self.recording.is_none() && !self.echo
    }

    pub(crate) const fn record_mode(&self) -> RecordMode {
        self.record_mode
    }

    /// Begins the recording.
    pub(crate) fn record(&mut self, call: &Call) -> sipua::Result<()> {
        match &mut self.recording {
            Some(recording) => call.record(recording.next(), self.record_mode),
            None => Ok(()),
        }
    }

    /// Begins what the other side hears.
    pub(crate) fn speak(&self, call: &Call) -> sipua::Result<()> {
        if let Some(source) = &self.play {
            call.play(source)?;
        }
        if self.echo {
            let audio = call.audio(AudioFormat::new(ECHO_RATE))?;
            tokio::spawn(echo(audio));
        }
        Ok(())
    }
}

impl Recording {
    /// FILE.wav, then FILE-2.wav and so on.
    fn next(&mut self) -> PathBuf {
        self.made += 1;
        if self.made == 1 {
            return self.path.clone();
        }
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let mut name = format!("{stem}-{}", self.made);
        if let Some(extension) = self.path.extension() {
            name = format!("{name}.{}", extension.to_string_lossy());
        }
        self.path.with_file_name(name)
    }
}

/// Sends back what arrives, until the call's media ends.
async fn echo(mut audio: sipua::Audio) {
    let mut samples = [0; ECHO_CHUNK];
    loop {
        let read = audio.read_all(&mut samples).await;
        if read == 0 || audio.write_all(&samples[..read]).await < read {
            return;
        }
    }
}

/// Better to fail before the call than in it.
fn require_writable(path: &Path) -> Result<(), Failure> {
    let existed = path.exists();
    OpenOptions::new().append(true).create(true).open(path).map_err(|error| {
        Failure::failed(format!("cannot record to {}: {error}", path.display()))
    })?;
    if !existed {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_a_file_of_its_own() {
        let mut recording = Recording { path: "a/b.wav".into(), made: 0 };
        let names = [(); 3].map(|()| recording.next());
        assert_eq!(names, ["a/b.wav", "a/b-2.wav", "a/b-3.wav"].map(PathBuf::from));
    }
}
