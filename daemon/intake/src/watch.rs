//! Watching the dropboxes: every file that comes to rest is handed out once, opened.
//!
//! The kernel's events are hints and nothing more: in freshly made folders many never come, a
//! folder moved in gives one, an overflow loses the rest. A full look at every dropbox at the start,
//! every [`WatchConfig::rescan`] and whenever events were lost finds the same files.
//!
//! ```text
//!             first seen, or changed
//!  (nothing) ───────────────────────► quiet time ──► asked: who writes? any hole? ──► handed out
//!                                         ▲                     │
//!                                         └───── waits ◄────────┘ yes (see [`Why`])
//! ```
//!
//! Coming to rest says only when to look. An aborted copy comes to rest as well: that the mix is
//! whole is found out by decoding it to its last frame. Nothing here moves, changes or deletes a file.

mod events;
mod look;
mod rounds;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::folder::{Facts, Folder};
use crate::{Hint, IntakeError};
use events::Inbox;
use rounds::Rounds;

/// Folders within folders that are looked into, counted from the dropbox.
pub const MAX_DEPTH: usize = 16;

/// Files and folders of one dropbox that are looked at; beyond it, it is reported and the rest waits.
pub const MAX_ENTRIES: usize = 100_000;

/// How the dropboxes are watched.
#[derive(Debug, Clone)]
pub struct WatchConfig {
    /// The folder that holds one folder per login; new ones may appear at any time.
    pub dropboxes: PathBuf,
    /// How long a file must stay unchanged.
    pub quiet: Duration,
    /// How often everything is looked at anew, events or not.
    pub rescan: Duration,
    /// How long something may wait before a person is told.
    pub held_after: Duration,
    /// How long an empty file may wait for its content before it is handed out as it is, so that
    /// its client is told.
    pub empty_after: Duration,
    /// Whether the file system sends events.
    pub events: Events,
}

impl WatchConfig {
    /// Kernel events, 2 s of quiet, a full look every 60 s, a word to a person after 10 minutes,
    /// an empty file after 20 s.
    #[must_use]
    pub fn new(dropboxes: PathBuf) -> Self {
        Self {
            dropboxes,
            quiet: Duration::from_secs(2),
            rescan: Duration::from_secs(60),
            held_after: Duration::from_secs(600),
            // A copy over the network makes the name first and fills it within seconds.
            empty_after: Duration::from_secs(20),
            events: Events::Kernel,
        }
    }
}

/// Whether the file system of the dropboxes sends events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// A local disk: inotify hints what to look at.
    Kernel,
    /// A network mount that sends none: a full look this often.
    Poll(Duration),
}

/// A file as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sighting {
    /// The login whose dropbox it lies in.
    pub dropbox: String,
    /// The file, relative to the dropbox.
    pub path: PathBuf,
    /// Device, inode, size and modification time in nanoseconds, as one text.
    pub fingerprint: String,
}

/// Whether a file has been taken before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It was taken as it is now: nothing to do.
    Taken,
    /// It is new, or it has changed since it was taken.
    New,
}

/// Asks whether a file has been taken. May block: it runs on the watcher's own thread.
pub type IsKnown = Arc<dyn Fn(&Sighting) -> Known + Send + Sync>;

/// What the watcher asks of the studio.
#[derive(Clone)]
pub struct WatchHooks {
    /// Whether a file has been taken before.
    pub is_known: IsKnown,
}

/// How a file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Our own FTP server finished it.
    Ftp,
    /// It appeared in the folder: over SMB, or by hand.
    Folder,
}

/// A file at rest, open for reading.
///
/// It is copied from `file`, whatever becomes of its name meanwhile. A client may still go on with
/// it until it is known as taken: compare with [`is_unchanged`](Self::is_unchanged) after copying.
#[derive(Debug)]
pub struct Arrival {
    /// The login whose dropbox it lies in.
    pub dropbox: String,
    /// The file, relative to the dropbox.
    pub path: PathBuf,
    /// The file itself: a plain file, read-only, at its first byte.
    pub file: File,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its modification time in Unix milliseconds; some clients set one of long ago.
    pub modified_ms: i64,
    /// Device, inode, size and modification time in nanoseconds, as one text.
    pub fingerprint: String,
    /// How it came.
    pub source: Source,
}

impl Arrival {
    /// True if nobody has written to the file since it came to rest.
    pub fn is_unchanged(&self) -> io::Result<bool> {
        Ok(Facts::of_open(&self.file)?.fingerprint() == self.fingerprint)
    }
}

/// What keeps a file, or a whole dropbox, from being handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It changed a moment ago.
    NotQuiet,
    /// Some program still has it open for writing.
    BeingWritten,
    /// Part of it has never been written, as in a copy that reserved its space and broke off.
    HasHole,
    /// It is empty, and may still be filled.
    Empty,
    /// The studio has as much in hand as it can take; it comes as soon as there is room.
    Queue,
    /// We may not read it.
    NotReadable,
    /// It lies more than 16 folders deep.
    TooDeep,
    /// The dropbox holds more than 100,000 files and folders; the rest is not seen.
    TooMany,
}

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The login whose dropbox it lies in.
    pub dropbox: String,
    /// The file or folder, relative to the dropbox; empty for the dropbox itself.
    pub path: PathBuf,
    /// What it waits for.
    pub why: Why,
    /// Since when it has been there, in Unix milliseconds.
    pub since_ms: i64,
}

/// What comes out of the dropboxes.
#[derive(Debug)]
pub enum FromDropbox {
    /// A file came to rest.
    Arrived(Arrival),
    /// Something waits for so long that a person should look. Said once per file and reason.
    Held(Waiting),
}

/// Watches the dropboxes on a thread of its own until stopped or dropped.
#[derive(Debug)]
pub struct Watcher {
    inbox: Arc<Inbox>,
    waiting: Arc<Mutex<Vec<Waiting>>>,
    stopping: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts watching. Must be called within a Tokio runtime.
    ///
    /// Files come out of `out` in the order in which they were first seen. When it is full they
    /// wait, and nothing is lost. `hints` tells of files that FTP has finished: they need no quiet time.
    pub fn start(
        config: WatchConfig,
        hooks: WatchHooks,
        hints: mpsc::Receiver<Hint>,
        out: mpsc::Sender<FromDropbox>,
    ) -> Result<Self, IntakeError> {
        let top = Folder::open(&config.dropboxes).map_err(|source| IntakeError::Folder {
            path: config.dropboxes.clone(),
            source,
        })?;
        let inbox = Arc::new(Inbox::default());
        let waiting = Arc::new(Mutex::new(Vec::new()));
        let stopping = CancellationToken::new();
        tokio::spawn(pass_on(hints, Arc::clone(&inbox), stopping.clone()));
        let kernel = events::subscribe(&config, &inbox);
        let mut rounds = Rounds::new(top, config, hooks, out, Arc::clone(&waiting));
        let thread = std::thread::Builder::new()
            .name("dropboxes".to_owned())
            .spawn({
                let inbox = Arc::clone(&inbox);
                move || {
                    rounds.run(&inbox);
                    drop(kernel);
                }
            })
            .map_err(IntakeError::Thread)?;
        Ok(Self {
            inbox,
            waiting,
            stopping,
            thread: Some(thread),
        })
    }

    /// What waits in the dropboxes and why, oldest first; at most a second old.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting> {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Hands a file out as it is, hole or not: a person has looked at it. A program that is
    /// still writing to it keeps it waiting all the same.
    pub fn take_anyway(&self, dropbox: &str, path: &Path) {
        self.inbox.take_anyway(dropbox.to_owned(), path.to_owned());
    }

    /// Looks at everything now, as after lost events.
    pub fn look_again(&self) {
        self.inbox.look_again();
    }

    /// Stops and waits for the thread; blocks for as long as one look at the disk takes.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stopping.cancel();
        self.inbox.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that watches the dropboxes had failed");
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.end();
    }
}

async fn pass_on(mut hints: mpsc::Receiver<Hint>, inbox: Arc<Inbox>, stopping: CancellationToken) {
    loop {
        tokio::select! {
            hint = hints.recv() => match hint {
                Some(hint) => inbox.finished(hint),
                None => return,
            },
            () = stopping.cancelled() => return,
        }
    }
}
