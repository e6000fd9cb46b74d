//! A pass through an insert on a JACK server.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use gear::Mark;

use crate::freewheel::Pace;
use crate::insert::clients::Order;
use crate::insert::cost::CallCosts;
use crate::insert::elsewhere::Elsewhere;
use crate::insert::ends::JackEnds;
use crate::insert::returns::{Heard, Returns};
use crate::insert::shared::{Report, Which};
use crate::insert::{BLOCK, InsertError, JackInsert, Pass};

/// How long a server that freewheels may be silent: there it may wait for a disk.
const FREEWHEEL_SILENCE: Duration = Duration::from_secs(15);
/// What comes back by another clock is recorded so long beyond what was sent.
const BEYOND: Duration = Duration::from_millis(500);

/// An insert on a server, or on two.
#[derive(Debug)]
pub(super) struct Jack {
    ends: JackEnds,
    ceiling_dbfs: f64,
    pace: Pace,
    /// Where the return is on another server.
    elsewhere: Option<Elsewhere>,
}

impl Jack {
    pub(super) fn open(settings: JackInsert) -> Result<Self, InsertError> {
        let (ceiling_dbfs, pace) = (settings.ceiling_dbfs, settings.pace);
        let Some(other) = &settings.back_on else {
            return Ok(Self {
                ends: JackEnds::open(settings, Which::Both)?,
                ceiling_dbfs,
                pace,
                elsewhere: None,
            });
        };
        if pace == Pace::Freewheel {
            return Err(InsertError::TwoPaces);
        }
        let elsewhere = Elsewhere::open(other, &settings)?;
        let ends = JackEnds::open(settings, Which::Send)?;
        elsewhere.watch_over(&ends.shared);
        Ok(Self {
            ends,
            ceiling_dbfs,
            pace,
            elsewhere: Some(elsewhere),
        })
    }

    pub(super) fn rate_hz(&self) -> u32 {
        self.ends.server.rate_hz
    }

    pub(super) fn returned_hz(&self) -> Option<u32> {
        self.elsewhere.as_ref().map(Elsewhere::rate_hz)
    }

    pub(super) fn close(self, patience: Duration) -> bool {
        let began = Instant::now();
        let is_closed = self.ends.close(patience);
        let left = patience.saturating_sub(began.elapsed());
        self.elsewhere.is_none_or(|other| other.close(left)) && is_closed
    }

    pub(super) fn count_costs(&self) {
        self.ends.shared.send_cost.begin();
        self.ends.shared.return_cost.begin();
    }

    pub(super) fn costs(&self) -> [CallCosts; 2] {
        let shared = &self.ends.shared;
        [shared.send_cost.costs(), shared.return_cost.costs()]
    }
}

/// How far a pass has come.
struct Progress {
    sent: u64,
    block: Vec<f32>,
    returns: Returns,
    calls: [u64; 2],
    called: Instant,
    /// What came back by another clock before the first frame went out.
    ahead: Option<u64>,
}

impl Jack {
    pub(super) fn run(&mut self, pass: &mut Pass<'_>, channels: usize) -> Result<(), InsertError> {
        self.settle()?;
        if self.pace == Pace::Freewheel {
            self.freewheel(Pace::Freewheel)?;
        }
        let done = self.pass(pass, channels);
        // An even number: nothing is sent any more.
        self.ends.shared.phase.fetch_add(1, Ordering::AcqRel);
        if let Some(other) = &mut self.elsewhere {
            other.end();
        }
        if self.pace == Pace::Freewheel {
            match done {
                Ok(()) => self.freewheel(Pace::RealTime)?,
                // Nobody waits for a server that may be dead.
                Err(_) => {
                    self.ends.order(Order::Pace(Pace::RealTime));
                }
            }
        }
        done
    }

    /// Waits until the clients have seen that no pass runs, and empties what one left behind.
    fn settle(&mut self) -> Result<(), InsertError> {
        let phase = self.ends.shared.phase.load(Ordering::Acquire);
        let began = Instant::now();
        while !self.ends.shared.is_seen(phase) {
            self.ends.look()?;
            if began.elapsed() > self.patience() + Duration::from_secs(1) {
                return Err(InsertError::Gone);
            }
            thread::sleep(Duration::from_millis(1));
        }
        self.ends.shared.is_muted.store(false, Ordering::Release);
        self.ends.empty();
        Ok(())
    }

    fn freewheel(&mut self, pace: Pace) -> Result<(), InsertError> {
        let is_wanted = pace == Pace::Freewheel;
        if !self.ends.order(Order::Pace(pace)) {
            return Err(InsertError::Gone);
        }
        let began = Instant::now();
        while self.ends.shared.is_freewheeling.load(Ordering::Acquire) != is_wanted {
            self.ends.look()?;
            if began.elapsed() > Duration::from_secs(10) {
                return Err(InsertError::Gone);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        if self.ends.shared.is_freewheeling.load(Ordering::Acquire) {
            FREEWHEEL_SILENCE
        } else {
            self.ends.patience()
        }
    }

    fn pass(&mut self, pass: &mut Pass<'_>, channels: usize) -> Result<(), InsertError> {
        let mut progress = Progress {
            sent: 0,
            block: vec![0.0; BLOCK * channels],
            returns: Returns::new(self.ceiling_dbfs),
            calls: [0; 2],
            called: Instant::now(),
            ahead: None,
        };
        let shared = &self.ends.shared;
        shared.frames.store(pass.frames, Ordering::Relaxed);
        // The ring is full before the first period asks for anything.
        while self.feed(pass, channels, &mut progress)? {}
        if let Some(other) = &mut self.elsewhere {
            other.begin()?;
        }
        let phase = 1 + self.ends.shared.phase.fetch_add(1, Ordering::AcqRel);
        while progress.returns.heard() < self.wanted(pass, phase, &mut progress) {
            let fed = self.feed(pass, channels, &mut progress)?;
            let drained = self.drain(pass, &mut progress)?;
            self.ends.look()?;
            self.listen(&mut progress)?;
            if !fed && !drained {
                thread::sleep(Duration::from_micros(500));
            }
        }
        Ok(())
    }

    /// Frames that the pass records.
    fn wanted(&self, pass: &Pass<'_>, phase: u32, progress: &mut Progress) -> u64 {
        let Some(other) = &self.elsewhere else {
            return pass.frames;
        };
        if progress.ahead.is_none() && self.ends.shared.start_of(phase).is_some() {
            progress.ahead = Some(progress.returns.heard());
        }
        let rate = f64::from(other.rate_hz());
        let seconds = pass.frames as f64 / f64::from(self.rate_hz()) + BEYOND.as_secs_f64();
        let wanted = |ahead: u64| ahead + (seconds * rate) as u64;
        progress.ahead.map_or(u64::MAX, wanted)
    }

    /// A server that lives but calls no more counts as dead.
    fn listen(&self, progress: &mut Progress) -> Result<(), InsertError> {
        let calls = self.ends.shared.calls_of_each();
        if calls[0] != progress.calls[0] && calls[1] != progress.calls[1] {
            progress.calls = calls;
            progress.called = Instant::now();
        } else if progress.called.elapsed() > self.patience() {
            return Err(InsertError::Gone);
        }
        Ok(())
    }

    /// Moves a block towards the send; true where there was room and something to move.
    fn feed(
        &mut self,
        pass: &mut Pass<'_>,
        channels: usize,
        progress: &mut Progress,
    ) -> Result<bool, InsertError> {
        let frames = (pass.frames - progress.sent).min(BLOCK as u64) as usize;
        if frames == 0 || self.ends.sends.slots() < frames * channels {
            return Ok(false);
        }
        let block = &mut progress.block[..frames * channels];
        (pass.source)(block).map_err(InsertError::Source)?;
        if self.ends.sends.push_entire_slice(block).is_err() {
            return Ok(false);
        }
        progress.sent += frames as u64;
        Ok(true)
    }

    /// Moves a block from the return; true where there was one.
    fn drain(&mut self, pass: &mut Pass<'_>, progress: &mut Progress) -> Result<bool, InsertError> {
        let mut heard = Heard {
            sink: pass.sink,
            marks: pass.marks,
        };
        let Some(other) = &mut self.elsewhere else {
            // Counted before the reports are read: what was said about these samples was said before they came.
            let there = self.ends.returned_frames();
            while let Ok(report) = self.ends.reports[0].pop() {
                if let Report::Starved { frame } = report {
                    (heard.marks)(Mark::Xrun { frame });
                }
            }
            return progress.returns.drain(&mut self.ends, there, &mut heard);
        };
        while let Ok(report) = self.ends.reports[0].pop() {
            if let Report::Starved { frame } = report {
                // By the other clock, as near as a pipe tells.
                let sent = frame as f64 / f64::from(self.ends.server.rate_hz);
                let frame = (sent * f64::from(other.rate_hz())) as u64;
                let frame = frame + progress.ahead.unwrap_or(0);
                (heard.marks)(Mark::Xrun { frame });
            }
        }
        let (rate_hz, ceiling_dbfs) = (other.rate_hz(), self.ceiling_dbfs);
        other.drain(&mut progress.returns, &mut heard, (rate_hz, ceiling_dbfs))
    }
}
