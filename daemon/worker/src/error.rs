//! How a worker can end without an answer, and what that means for the mix.

use std::io;

use measure::{Finding, file_findings};

use crate::protocol::ProtocolError;

/// Why a worker gave no result.
///
/// Some of these speak about the file ([`WorkerError::finding`] has the sentence for it), the
/// others about this computer: then the work is tried again later.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The file is no mix that can be taken; the finding says why.
    #[error("the file is no mix: {}", .0.engineer)]
    NoMix(Box<Finding>),
    /// The zip is refused as a whole.
    #[error("the zip was not opened: {reason}")]
    ZipRefused {
        /// Why, in plain words.
        reason: String,
    },
    /// A distributor's report that cannot be read.
    #[error("{0}")]
    Sales(sales::Trouble),
    /// The file holds no words of a song that can be read.
    #[error("{0}")]
    NoLyrics(String),
    /// The file is no photograph.
    #[error("{0}")]
    NoPhotograph(String),
    /// The file is no booklet or video.
    #[error("{0}")]
    NotAttached(String),
    /// The child was ended by a signal.
    #[error("the worker was ended by signal {signal}{}", told(.said))]
    Died {
        /// Number of the signal.
        signal: i32,
        /// Last words on its standard error.
        said: String,
    },
    /// The child tried something that no decoder needs.
    #[error("the worker tried a system call that is not allowed and was ended")]
    Forbidden,
    /// The child ran into a fault of its own.
    #[error("the worker failed{}", told(.said))]
    Fault {
        /// Last words on its standard error.
        said: String,
    },
    /// Too slow, by the clock or by the CPU time used.
    #[error("the worker took longer than {seconds} s and was ended")]
    TimedOut {
        /// The limit that was passed.
        seconds: u64,
    },
    /// More memory than allowed.
    #[error("the worker needed more memory than a file may take and was ended")]
    OutOfMemory,
    /// More decoded audio than allowed.
    #[error("the file holds more audio than is taken")]
    OutputTooLarge,
    /// The child said something it should not have.
    #[error("the worker was not understood")]
    Protocol(#[from] ProtocolError),
    /// The child could not be shut in, and so opened nothing.
    #[error("the worker could not be shut in on this computer: {what}")]
    NotConfined {
        /// The wall that failed.
        what: String,
    },
    /// The child could not be started.
    #[error("could not start a worker")]
    Spawn(#[source] io::Error),
    /// The child ended before it had opened anything.
    #[error("a worker ended before it had opened the file")]
    NotStarted(#[source] Box<WorkerError>),
    /// One of our own files failed, such as the canonical audio on a full disk.
    #[error("could not {step}")]
    Storage {
        /// What was being done.
        step: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The caller's own handling of a file out of a zip failed.
    #[error("could not keep a file out of the zip")]
    Keep(#[source] io::Error),
}

fn told(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(" ({said})")
    }
}

impl WorkerError {
    /// What to tell about the file, where the file is to blame; none where this computer is, and
    /// the work should be tried again.
    pub fn finding(&self) -> Option<Finding> {
        match self {
            Self::NoMix(finding) => Some((**finding).clone()),
            Self::ZipRefused { reason } => Some(file_findings::zip_refused(reason)),
            Self::Sales(_)
            | Self::NoLyrics(_)
            | Self::NoPhotograph(_)
            | Self::NotAttached(_)
            | Self::Died { .. }
            | Self::Forbidden
            | Self::Fault { .. }
            | Self::TimedOut { .. }
            | Self::OutOfMemory
            | Self::OutputTooLarge
            | Self::Protocol(_) => Some(file_findings::not_inspected(&self.to_string())),
            Self::NotConfined { .. }
            | Self::Spawn(_)
            | Self::NotStarted(_)
            | Self::Storage { .. }
            | Self::Keep(_) => None,
        }
    }
}
