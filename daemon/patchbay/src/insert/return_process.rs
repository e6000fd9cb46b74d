//! The process that holds a return on a server of its own.

use std::io::{self, Read, Write};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use gear::Mark;

use crate::freewheel::Pace;
use crate::insert::ends::JackEnds;
use crate::insert::returns::{Heard, Returns};
use crate::insert::shared::Which;
use crate::insert::told::{Asked, Told, Word};
use crate::insert::{InsertError, JackInsert};

/// How long the process waits for its turn while nothing comes.
const NAP: Duration = Duration::from_micros(500);

/// Holds a return on the server named by `JACK_DEFAULT_SERVER` as somebody asks for on standard input, and tells what comes
/// back on standard output, until that is closed: see [`crate::ReturnServer`].
///
/// # Errors
/// The pipes. What the server does is told on them.
pub fn serve_return() -> io::Result<()> {
    let mut input = io::stdin();
    let asked = Asked::read(&mut input)?;
    let mut out = io::stdout().lock();
    let settings = JackInsert {
        name: asked.name,
        send: Vec::new(),
        back: asked.back,
        back_on: None,
        rate_hz: None,
        pace: Pace::RealTime,
        ceiling_dbfs: asked.ceiling_dbfs,
    };
    let ends = match JackEnds::open(settings, Which::Return) {
        Ok(ends) => ends,
        Err(error) => return Told::Ended(error.to_string()).write(&mut out),
    };
    Told::Opened {
        rate_hz: ends.server.rate_hz,
        period_frames: ends.server.period_frames,
    }
    .write(&mut out)?;
    let (said, words) = mpsc::channel();
    thread::Builder::new()
        .name("patchbay-words".to_owned())
        .spawn(move || {
            // Ends with its asker.
            let mut byte = [0];
            while matches!(input.read(&mut byte), Ok(1)) {
                if Word::of(byte[0]).is_none_or(|word| said.send(word).is_err()) {
                    return;
                }
            }
        })?;
    let ceiling_dbfs = asked.ceiling_dbfs;
    let mut held = HeldReturn {
        ends,
        words,
        ceiling_dbfs,
    };
    if let Err(why) = held.serve(&mut out) {
        // The asker may be gone.
        let _ = why.map(|why| Told::Ended(why.to_string()).write(&mut out));
    }
    held.ends.close(Duration::from_secs(2));
    Ok(())
}

struct HeldReturn {
    ends: JackEnds,
    words: Receiver<Word>,
    ceiling_dbfs: f64,
}

/// Nobody wants it any more, or something is wrong.
type Ended = Option<InsertError>;

impl HeldReturn {
    fn serve(&mut self, out: &mut impl Write) -> Result<(), Ended> {
        loop {
            match self.word()? {
                Some(Word::Begin) => self.record(out)?,
                Some(Word::End) => (),
                None => {
                    self.ends.look()?;
                    thread::sleep(NAP);
                }
            }
        }
    }

    /// What the asker wants; an error where there is none any more.
    fn word(&self) -> Result<Option<Word>, Ended> {
        match self.words.try_recv() {
            Ok(word) => Ok(Some(word)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(None),
        }
    }

    fn record(&mut self, out: &mut impl Write) -> Result<(), Ended> {
        let (mut calls, mut called) = (0, Instant::now());
        self.settle()?;
        let shared = &self.ends.shared;
        shared.frames.store(u64::MAX >> 2, Ordering::Relaxed);
        shared.phase.fetch_add(1, Ordering::AcqRel);
        told(out, &Told::Began)?;
        let mut returns = Returns::new(self.ceiling_dbfs);
        let recorded = loop {
            if self.word()? == Some(Word::End) {
                break Ok(());
            }
            let is_moved = match self.block(&mut returns, out) {
                Ok(is_moved) => is_moved,
                Err(InsertError::Feedback { frame, .. }) => {
                    told(out, &Told::Feedback { frame })?;
                    continue;
                }
                Err(error) => break Err(Some(error)),
            };
            self.ends.look()?;
            let now = self.ends.shared.calls();
            if now != calls {
                (calls, called) = (now, Instant::now());
            } else if called.elapsed() > self.ends.patience() {
                return Err(Some(InsertError::Gone));
            }
            if !is_moved {
                thread::sleep(NAP);
            }
        };
        self.ends.shared.phase.fetch_add(1, Ordering::AcqRel);
        recorded
    }

    /// Waits until the client has seen that no pass runs.
    fn settle(&mut self) -> Result<(), Ended> {
        let phase = self.ends.shared.phase.load(Ordering::Acquire);
        let began = Instant::now();
        while !self.ends.shared.is_seen(phase) {
            self.ends.look()?;
            if began.elapsed() > self.ends.patience() + Duration::from_secs(1) {
                return Err(Some(InsertError::Gone));
            }
            thread::sleep(NAP);
        }
        self.ends.empty();
        Ok(())
    }

    fn block(&mut self, returns: &mut Returns, out: &mut impl Write) -> Result<bool, InsertError> {
        let there = self.ends.returned_frames();
        let mut marks = Vec::new();
        let mut sound = None;
        let drained = returns.drain(
            &mut self.ends,
            there,
            &mut Heard {
                sink: &mut |block| {
                    sound.get_or_insert_with(Vec::new).extend_from_slice(block);
                    Ok(())
                },
                marks: &mut |mark| marks.push(mark),
            },
        );
        let marks = marks.into_iter().filter_map(|mark| match mark {
            Mark::Xrun { frame } => Some(Told::Xrun { frame }),
            Mark::LostFrames { frame, frames } => Some(Told::Lost { frame, frames }),
            _ => None,
        });
        for told in marks.chain(sound.map(Told::Sound)) {
            told.write(out).map_err(InsertError::Sink)?;
        }
        drained
    }
}

fn told(out: &mut impl Write, told: &Told) -> Result<(), Ended> {
    // Nobody listens any more.
    told.write(out).map_err(|_| None)
}
