//! A take on its way to the disk: appended, and synced now and then, by a thread of its own.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use soundfile::{AudioSpec, SampleType, WavWriter, WrittenAudio};

/// How much of a take a killed print may lose.
const SYNC_EVERY: Duration = Duration::from_secs(2);
/// Blocks that may wait for the disk.
const WAITING: usize = 256;
/// What a block of two channels takes; one of more grows once.
const BLOCK_BYTES: usize = 2_048 * 2 * 4;

/// Why a take could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("the take {} could not be {step}", path.display())]
pub struct TakeError {
    /// What was done to it.
    pub step: &'static str,
    /// Where.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Appends blocks to a WAV file of 32-bit floats whose header is true at every sync.
#[derive(Debug)]
pub(crate) struct TakeWriter {
    blocks: SyncSender<Vec<u8>>,
    /// Blocks that were written and can be filled again: the hour's last second needs no more memory than its first.
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<io::Result<WrittenAudio>>,
    path: PathBuf,
}

impl TakeWriter {
    /// A new file; there is none of this name yet.
    pub(crate) fn create(path: &Path, rate_hz: u32, channels: usize) -> Result<Self, TakeError> {
        let at = |step| {
            let path = path.to_owned();
            move |source| TakeError { step, path, source }
        };
        let file = File::options()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(at("created"))?;
        let file = Arc::new(file);
        let spec = AudioSpec {
            rate_hz,
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            sample: SampleType::F32,
        };
        let writer = WavWriter::new(Arc::clone(&file), spec, &[]).map_err(at("begun"))?;
        let (blocks, waiting) = mpsc::sync_channel(WAITING);
        let (give_back, empty) = mpsc::sync_channel(WAITING);
        for _ in 0..WAITING {
            // Written to, so that the system has given it already. Both ends are here.
            let _ = give_back.send(vec![0xA5; BLOCK_BYTES]);
        }
        let named = thread::Builder::new().name("patchbay-take".to_owned());
        let thread = named
            .spawn(move || append(writer, &file, (&waiting, &give_back)))
            .map_err(at("begun"))?;
        Ok(Self {
            blocks,
            empty,
            thread,
            path: path.to_owned(),
        })
    }

    /// Hands a block of interleaved samples over; waits where the disk is far behind.
    pub(crate) fn write(&self, block: &[f32]) -> io::Result<()> {
        // The thread only ends early where the disk failed; `finish` says how.
        let gone = || io::Error::other("the disk does not take the take any more");
        let mut bytes = self.empty.recv().map_err(|_| gone())?;
        bytes.clear();
        bytes.extend(block.iter().flat_map(|x| x.to_le_bytes()));
        self.blocks.send(bytes).map_err(|_| gone())
    }

    /// Completes and syncs the file.
    pub(crate) fn finish(self) -> Result<WrittenAudio, TakeError> {
        drop(self.blocks);
        let ended = self.thread.join();
        let written = ended.unwrap_or_else(|_| Err(io::Error::other("its thread broke off")));
        written.map_err(|source| TakeError {
            step: "written",
            path: self.path,
            source,
        })
    }
}

fn append(
    mut writer: WavWriter<Arc<File>>,
    file: &File,
    (waiting, give_back): (&Receiver<Vec<u8>>, &SyncSender<Vec<u8>>),
) -> io::Result<WrittenAudio> {
    let mut synced = Instant::now();
    while let Ok(block) = waiting.recv() {
        writer.write_raw(&block)?;
        // Nobody fills blocks any more where the take is being finished.
        let _ = give_back.try_send(block);
        if synced.elapsed() >= SYNC_EVERY {
            writer.checkpoint()?;
            file.sync_data()?;
            synced = Instant::now();
        }
    }
    let written = writer.finish()?;
    file.sync_all()?;
    Ok(written)
}
