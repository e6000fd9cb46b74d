//! What a worker is told: which program, which limits, which work.

use std::ffi::OsString;
use std::path::PathBuf;

use measure::{Declared, Thresholds};
use serde::{Deserialize, Serialize};

use crate::decode::Loudness;
use crate::disc::DiscRequest;
use crate::trial::Trial;

/// Bytes of input that are worth one second more, of CPU and of patience.
///
/// Far below what a check does (a 4-minute mix of 66 MB takes under 2 s), so that a slow or
/// busy machine is not mistaken for an attack.
const BYTES_PER_SECOND: u64 = 1_000_000;

/// How the child is started: our own binary and the words that make it a worker.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, such as `worker`.
    pub args: Vec<OsString>,
}

/// What one worker may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerLimits {
    /// Address space, in bytes.
    pub address_space_bytes: u64,
    /// CPU time of the smallest job; a second more for every megabyte of input.
    pub cpu_seconds: u64,
    /// Waiting time of the smallest job; a second more for every megabyte of input.
    pub wall_seconds: u64,
    /// Most bytes of canonical audio.
    pub output_bytes: u64,
    /// Niceness, 0 to 19.
    pub nice: i32,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self {
            address_space_bytes: 512 * 1024 * 1024,
            cpu_seconds: 30,
            wall_seconds: 30,
            output_bytes: 64 * 1024 * 1024 * 1024,
            nice: 10,
        }
    }
}

impl WorkerLimits {
    /// These limits for work of `bytes`.
    pub(crate) fn scaled(mut self, bytes: u64) -> Self {
        let more = bytes / BYTES_PER_SECOND;
        self.cpu_seconds = self.cpu_seconds.saturating_add(more);
        self.wall_seconds = self.wall_seconds.saturating_add(more);
        self
    }
}

/// The one message a worker receives; the files come with it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) version: u32,
    /// The process that waits for the answer.
    pub(crate) parent: i32,
    pub(crate) address_space_bytes: u64,
    pub(crate) cpu_seconds: u64,
    pub(crate) output_bytes: u64,
    pub(crate) nice: i32,
    pub(crate) job: Job,
}

/// What is to be done.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Files: input, canonical audio.
    Inspect {
        name: String,
        declared: Option<Declared>,
        thresholds: Box<Thresholds>,
    },
    /// Files: input, canonical audio.
    Decode { name: String, loudness: Loudness },
    /// File: input.
    Measure { name: String },
    /// File: the zip.
    Unpack,
    /// File: a message that came by mail.
    ReadReturned,
    /// Files: a distributor's report, what it says.
    ReadSales(Box<sales::Ask>),
    /// File: the words of a song.
    ReadLyrics,
    /// Files: a photograph, what is kept of it.
    Photograph,
    /// Tell what a document is; its file comes with it.
    LookAtDocument,
    /// File: label copy.
    ReadLabelCopy,
    /// File: the descriptors of a disc, one behind the other.
    ReadDisc(Box<DiscRequest>),
    /// File: a booklet.
    ReadBooklet,
    /// Files: a video, the envelope of its sound.
    ReadMovie,
    /// No file.
    Try(Trial),
}
