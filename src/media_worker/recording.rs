//! The thread that writes recordings, so that a slow disk touches neither media nor signalling.

use std::fs::File;
use std::io::{self, BufWriter};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use sipua_media::recorder::RecordReader;
use sipua_media::wav::Writer;

use crate::call_shared::CallShared;

/// How often what was recorded is taken to the file: well within the recorder's buffer.
const PERIOD: Duration = Duration::from_millis(100);
const BLOCK: usize = 4_096;

/// A recording to write.
pub(crate) struct RecordingFile {
    pub(crate) call: Arc<CallShared>,
    pub(crate) path: Arc<str>,
    pub(crate) reader: RecordReader,
    pub(crate) writer: Writer<BufWriter<File>>,
}

impl std::fmt::Debug for RecordingFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RecordingFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What became of a recording.
#[derive(Debug)]
pub(crate) struct RecordingReport {
    /// Its labels outlive it: a recording is complete a moment after its call has ended.
    pub(crate) call: Arc<CallShared>,
    pub(crate) path: Arc<str>,
    /// Milliseconds written and frames left out, or why it broke off.
    pub(crate) outcome: Result<(u64, u64), Arc<str>>,
}

/// The thread, started with the first recording. Dropping it waits until every file is complete.
#[derive(Debug)]
pub(crate) struct RecordingThread {
    files: Option<Sender<RecordingFile>>,
    join: Option<JoinHandle<()>>,
}

impl RecordingThread {
    pub(crate) fn start(
        reports: tokio::sync::mpsc::UnboundedSender<RecordingReport>,
    ) -> io::Result<Self> {
        let (files, queue) = channel();
        let join = std::thread::Builder::new()
            .name("sipua-recording".to_owned())
            .spawn(move || run(&queue, &reports))?;
        Ok(Self { files: Some(files), join: Some(join) })
    }

    pub(crate) fn write(&self, file: RecordingFile) {
        if let Some(files) = &self.files {
            let _ = files.send(file);
        }
    }
}

impl Drop for RecordingThread {
    fn drop(&mut self) {
        self.files = None;
        if let Some(join) = self.join.take() {
            let _ = join.join();
        }
    }
}

fn run(
    queue: &Receiver<RecordingFile>,
    reports: &tokio::sync::mpsc::UnboundedSender<RecordingReport>,
) {
    let mut open: Vec<Progress> = Vec::new();
    let mut closing = false;
    while !(closing && open.is_empty()) {
        if closing {
            std::thread::sleep(PERIOD);
        } else {
            match queue.recv_timeout(PERIOD) {
                Ok(file) => open.push(Progress { file, samples: 0 }),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => closing = true,
            }
        }
        let mut index = 0;
        while let Some(progress) = open.get_mut(index) {
            match progress.advance() {
                Ok(true) => index += 1,
                Ok(false) => report(reports, open.swap_remove(index).finish()),
                Err(error) => {
                    let file = open.swap_remove(index).file;
                    let outcome = Err(Arc::from(error.to_string()));
                    report(reports, RecordingReport { call: file.call, path: file.path, outcome });
                }
            }
        }
    }
}

fn report(reports: &tokio::sync::mpsc::UnboundedSender<RecordingReport>, report: RecordingReport) {
    // The signalling loop reads these as they come; when it has gone, nobody is left to be told.
    let _ = reports.send(report);
}

struct Progress {
    file: RecordingFile,
    samples: u64,
}

impl Progress {
    /// Takes what was recorded to the file; false when nothing will follow.
    fn advance(&mut self) -> io::Result<bool> {
        let mut block = [0; BLOCK];
        let mut wrote = false;
        loop {
            let finished = self.file.reader.is_finished();
            let count = self.file.reader.read(&mut block);
            if count > 0 {
                self.file.writer.write(&block[..count])?;
                self.samples += count as u64;
                wrote = true;
            } else if finished {
                return Ok(false);
            } else {
                break;
            }
        }
        if wrote {
            self.file.writer.flush()?;
        }
        Ok(true)
    }

    fn finish(self) -> RecordingReport {
        let RecordingFile { call, path, reader, writer } = self.file;
        let per_second = u64::from(reader.rate()) * reader.channels() as u64;
        let duration_ms = self.samples * 1_000 / per_second.max(1);
        let outcome = writer
            .finish()
            .map(|_| (duration_ms, reader.dropped()))
            .map_err(|error| Arc::from(error.to_string()));
        RecordingReport { call, path, outcome }
    }
}
