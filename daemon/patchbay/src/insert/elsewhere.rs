//! A return on another server than the send's, held by a process of its own.
//!
//! libjack keeps one set of globals a process and knows one server in it, so the return's client lives in a child that is
//! told when to record and pipes what it hears. Its frames are its own: nothing tells how many lie between what the
//! send's server played and what this one recorded but what is sent.

use std::ffi::OsString;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use gear::Mark;

use crate::insert::ends::OPEN_DEADLINE;
use crate::insert::returns::{Heard, Returns, feedback};
use crate::insert::shared::Shared;
use crate::insert::told::{Asked, Told, Word};
use crate::insert::{InsertError, JackInsert};

/// Messages that may wait for the disk: seconds of sound.
const WAITING: usize = 1_024;
/// Longest time for a word to be answered.
const ANSWER: Duration = Duration::from_secs(3);

/// The server that a return is on, and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnServer {
    /// Its name, as in `JACK_DEFAULT_SERVER`.
    pub server: String,
    /// What holds it there.
    pub command: ReturnCommand,
}

/// A program that calls [`crate::serve_return`] when it is started with these arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// The process, and what it tells.
#[derive(Debug)]
pub(super) struct Elsewhere {
    server: String,
    rate_hz: u32,
    channels: usize,
    words: ChildStdin,
    told: Receiver<Told>,
    watched: Arc<Watched>,
    /// Disconnected when the process has ended.
    ended: Receiver<()>,
}

/// The send, once it is open: it falls silent when the return is gone or feeds back.
#[derive(Debug, Default)]
struct Watched(OnceLock<Arc<Shared>>);

impl Watched {
    fn mute(&self) {
        if let Some(send) = self.0.get() {
            send.is_muted.store(true, Ordering::Release);
        }
    }
}

impl Elsewhere {
    /// Starts the process and waits until its client runs.
    pub(super) fn open(other: &ReturnServer, settings: &JackInsert) -> Result<Self, InsertError> {
        let refused = |why: String| InsertError::Elsewhere {
            server: other.server.clone(),
            why,
        };
        let started = |error: io::Error| {
            refused(format!(
                "the process for it could not be started ({error}); restart the service"
            ))
        };
        let mut child = Command::new(&other.command.program)
            .args(&other.command.arguments)
            .env("JACK_DEFAULT_SERVER", &other.server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(started)?;
        let (words, out) = (child.stdin.take(), child.stdout.take());
        let (Some(mut words), Some(out)) = (words, out) else {
            return Err(started(io::ErrorKind::BrokenPipe.into()));
        };
        let (tell, told) = mpsc::sync_channel(WAITING);
        let (running, ended) = mpsc::sync_channel::<()>(0);
        let watched = Arc::new(Watched::default());
        let theirs = Arc::clone(&watched);
        let named = thread::Builder::new().name("patchbay-elsewhere".to_owned());
        named
            .spawn(move || {
                hear(out, &tell, &theirs);
                finish(child);
                drop(running);
            })
            .map_err(started)?;
        Asked::of(settings).write(&mut words).map_err(started)?;
        let opened = match told.recv_timeout(OPEN_DEADLINE) {
            Ok(opened) => opened,
            Err(_) => return Err(refused("it does not answer; see that it runs".to_owned())),
        };
        match opened {
            Told::Opened { rate_hz, .. } => Ok(Self {
                server: other.server.clone(),
                rate_hz,
                channels: settings.back.len(),
                words,
                told,
                watched,
                ended,
            }),
            Told::Ended(why) => Err(refused(why)),
            _ => Err(refused(
                "it speaks out of turn; restart the service".to_owned(),
            )),
        }
    }

    /// The send that falls silent with the return.
    pub(super) fn watch_over(&self, send: &Arc<Shared>) {
        // There is one send.
        let _ = self.watched.0.set(Arc::clone(send));
    }

    /// Frames per second.
    pub(super) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    fn gone(&self) -> InsertError {
        self.refused("the process that held it has ended; repeat this".to_owned())
    }

    fn refused(&self, why: String) -> InsertError {
        InsertError::Elsewhere {
            server: self.server.clone(),
            why,
        }
    }

    /// Begins to record, and returns once it does.
    pub(super) fn begin(&mut self) -> Result<(), InsertError> {
        self.say(Word::Begin)?;
        let asked = Instant::now();
        loop {
            let left = ANSWER.saturating_sub(asked.elapsed());
            match self.told.recv_timeout(left) {
                Ok(Told::Began) => return Ok(()),
                Ok(Told::Ended(why)) => return Err(self.refused(why)),
                // Of the pass before.
                Ok(_) => (),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.refused("it does not answer; see that it runs".to_owned()));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.gone()),
            }
        }
    }

    /// Records no more; who does not hear it is gone, which the next pass says.
    pub(super) fn end(&mut self) {
        let _ = self.say(Word::End);
    }

    fn say(&mut self, word: Word) -> Result<(), InsertError> {
        let written = self.words.write_all(&[word.byte()]);
        written
            .and_then(|()| self.words.flush())
            .map_err(|_| self.gone())
    }

    /// Moves on what was told next; true where there was something.
    pub(super) fn drain(
        &mut self,
        returns: &mut Returns,
        heard: &mut Heard<'_>,
        (rate_hz, ceiling_dbfs): (u32, f64),
    ) -> Result<bool, InsertError> {
        match self.told.try_recv() {
            Ok(Told::Sound(samples)) => {
                (heard.sink)(&samples).map_err(InsertError::Sink)?;
                returns.count((samples.len() / self.channels) as u64);
            }
            Ok(Told::Xrun { frame }) => (heard.marks)(Mark::Xrun { frame }),
            Ok(Told::Lost { frame, frames }) => (heard.marks)(Mark::LostFrames { frame, frames }),
            Ok(Told::Feedback { frame }) => return Err(feedback(frame, rate_hz, ceiling_dbfs)),
            Ok(Told::Ended(why)) => return Err(self.refused(why)),
            Ok(Told::Opened { .. } | Told::Began) => (),
            Err(TryRecvError::Empty) => return Ok(false),
            Err(TryRecvError::Disconnected) => return Err(self.gone()),
        }
        Ok(true)
    }

    /// Lets the process end and waits for that, but no longer than this; true where it did.
    pub(super) fn close(self, patience: Duration) -> bool {
        drop(self.words);
        drop(self.told);
        self.ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }
}

/// Reads what the process tells, until it ends; what cannot wait is done at once.
fn hear(out: ChildStdout, tell: &mpsc::SyncSender<Told>, watched: &Watched) {
    let mut out = BufReader::new(out);
    while let Ok(Some(told)) = Told::read(&mut out) {
        if matches!(told, Told::Feedback { .. } | Told::Ended(_)) {
            watched.mute();
        }
        if tell.send(told).is_err() {
            break;
        }
    }
    watched.mute();
}

/// Sees the process out: its pipe is closed, so it ends by itself.
fn finish(mut child: Child) {
    // Nobody waits for this thread.
    let _ = child.wait();
}
