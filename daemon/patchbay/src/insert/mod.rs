//! An insert: sound goes out to gear and comes back, through a JACK server or through the loopback engine.
//!
//! Send and return are two clients (one alone would hear everything a period late) that count by the server's
//! clock. Rings lie between them and the thread that runs a pass; nothing here holds up the audio thread, and
//! nothing waits for a server that does not answer.

mod clients;
mod cost;
mod guard;
mod shared;
mod sides;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use gear::Mark;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::freewheel::Pace;
use crate::insert::clients::{Order, Server, hold};
pub use crate::insert::cost::CallCosts;
pub(crate) use crate::insert::guard::Guard;
use crate::insert::shared::{Report, Shared};
use crate::insert::sides::{MOST_CHANNELS, ReturnSide, SendSide};
use crate::loopback::{Loopback, LoopbackSettings};

/// Longest time that opening takes.
const OPEN_DEADLINE: Duration = Duration::from_secs(10);
/// A server that calls no more is dead after this, or after so many periods where that is longer.
const SILENCE: Duration = Duration::from_millis(250);
const SILENT_PERIODS: u32 = 8;
/// The same while it freewheels: there it may wait for a disk.
const FREEWHEEL_SILENCE: Duration = Duration::from_secs(15);
/// Seconds that each ring holds: what a disk may take for itself.
const RING_S: usize = 4;
/// Frames moved at a time.
const BLOCK: usize = 2_048;
/// Reports that may wait.
const REPORTS: usize = 1_024;

/// Gear behind the ports of a JACK server.
#[derive(Clone, Debug, PartialEq)]
pub struct JackInsert {
    /// Beginning of the clients' names: `NAME-send` and `NAME-return`.
    pub name: String,
    /// Ports that lead to the gear, by their full names, channel after channel.
    pub send: Vec<String>,
    /// Ports that lead back from it, as many.
    pub back: Vec<String>,
    /// Refuses a server that runs at another rate.
    pub rate_hz: Option<u32>,
    /// In the world's time, or as fast as software can.
    pub pace: Pace,
    /// Level of 5 ms on the return above which everything falls silent, in dBFS root mean square; 0 is a square
    /// wave at full scale.
    pub ceiling_dbfs: f64,
}

/// Where the gear is.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertTarget {
    /// Behind a JACK server's ports.
    Jack(JackInsert),
    /// In the loopback engine.
    Loopback(LoopbackSettings),
}

/// Why an insert does not work, or works no more.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// No server can be used.
    #[error("no JACK server can be used: {why}; start it, or name it by JACK_DEFAULT_SERVER")]
    NoServer {
        /// Why, in plain words.
        why: String,
    },
    /// The server hangs, or a client of it does.
    #[error("the JACK server is there but does not answer; end the client that holds it up")]
    NotAnswering,
    /// As many ports out as in, and not too many.
    #[error("an insert has 1 to {MOST_CHANNELS} sends and as many returns, not {send} and {back}")]
    Channels {
        /// Sends given.
        send: usize,
        /// Returns given.
        back: usize,
    },
    /// Another rate.
    #[error(
        "the JACK server runs at {server_hz} Hz and this is {wanted_hz} Hz: restart the server at {wanted_hz} Hz, or convert to {server_hz} Hz first"
    )]
    OtherRate {
        /// The server's.
        server_hz: u32,
        /// What was asked for.
        wanted_hz: u32,
    },
    /// A port that is not there, or of the wrong kind.
    #[error(
        "{from} could not be connected to {to}: {why}; `lacquer insert list` shows the ports there are"
    )]
    Connection {
        /// Port that sound comes out of.
        from: String,
        /// Port that it goes into.
        to: String,
        /// What JACK said.
        why: String,
    },
    /// The server ended, or calls no more.
    #[error("the JACK server has ended or stands still; start it again and repeat this")]
    Gone,
    /// A port vanished, or somebody pulled a connection.
    #[error("a port of this insert is gone or was disconnected; patch it again and repeat this")]
    PortsLost,
    /// The guard fell.
    #[error(
        "the return stood above {ceiling_dbfs:.1} dBFS, {seconds:.2} s in: the loop feeds back or is far too loud; sends are silent, look at the patch and turn it down"
    )]
    Feedback {
        /// Frame of the pass.
        frame: u64,
        /// The same in seconds.
        seconds: f64,
        /// What it stood above.
        ceiling_dbfs: f64,
    },
    /// What is to be sent could not be read.
    #[error("what is to be sent could not be read")]
    Source(#[source] io::Error),
    /// What came back could not be kept.
    #[error("what came back could not be written")]
    Sink(#[source] io::Error),
}

/// What a pass moves: interleaved samples from `source` out, what comes back into `sink`.
pub struct Pass<'a> {
    /// Frames that are sent and recorded.
    pub frames: u64,
    /// Fills a block, whole frames; silence is its own business.
    pub source: &'a mut dyn FnMut(&mut [f32]) -> io::Result<()>,
    /// Takes a block, whole frames, in order and without gaps: lost frames are silence and marked.
    pub sink: &'a mut dyn FnMut(&[f32]) -> io::Result<()>,
    /// Told what slipped, as it is heard; frames are those of the pass.
    pub marks: &'a mut dyn FnMut(Mark),
}

impl std::fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass")
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

/// An open insert. Dropping it closes its clients, and waits for nobody.
#[derive(Debug)]
pub struct Insert {
    rate_hz: u32,
    channels: usize,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Jack(Box<Jack>),
    Loopback(Box<Loopback>),
}

#[derive(Debug)]
struct Jack {
    shared: Arc<Shared>,
    period: Duration,
    ceiling_dbfs: f64,
    pace: Pace,
    sends: Producer<f32>,
    returns: Consumer<f32>,
    /// Of the send and of the return.
    reports: [Consumer<Report>; 2],
    orders: SyncSender<Order>,
    /// Nothing is ever sent: it is disconnected when the clients are closed.
    closed: Receiver<()>,
}

impl Insert {
    /// Opens an insert on the server named by `JACK_DEFAULT_SERVER` (else `default`), or in the loopback engine.
    ///
    /// Sends are silent until a pass runs. Starts no server, and touches nobody else's connections.
    ///
    /// # Errors
    /// No server, one that does not answer or runs at another rate, no such ports.
    pub fn open(target: InsertTarget) -> Result<Self, InsertError> {
        match target {
            InsertTarget::Jack(settings) => Self::on_jack(settings),
            InsertTarget::Loopback(settings) => Ok(Self {
                rate_hz: settings.rate_hz,
                channels: settings.channels.len(),
                way: Way::Loopback(Box::new(Loopback::with(&settings))),
            }),
        }
    }

    fn on_jack(settings: JackInsert) -> Result<Self, InsertError> {
        let (channels, back) = (settings.send.len(), settings.back.len());
        if !(1..=MOST_CHANNELS).contains(&channels) || back != channels {
            return Err(InsertError::Channels {
                send: channels,
                back,
            });
        }
        let shared = Arc::new(Shared::default());
        let (opened, answer) = mpsc::sync_channel(1);
        let (ends, made) = mpsc::sync_channel(1);
        let (orders, ordered) = mpsc::sync_channel(4);
        let (open, closed) = mpsc::sync_channel(0);
        let (theirs, ceiling_dbfs, pace) =
            (Arc::clone(&shared), settings.ceiling_dbfs, settings.pace);
        let make = {
            let shared = Arc::clone(&shared);
            move |server: Server| {
                let rate = server.rate_hz;
                let room = RING_S * rate as usize * channels;
                let (sends, to_send) = RingBuffer::new(room);
                let (returned, returns) = RingBuffer::new(room);
                let (say_sent, sent) = RingBuffer::new(REPORTS);
                let (say_back, back) = RingBuffer::new(REPORTS);
                // The asker waits for the answer that follows.
                let _ = ends.try_send((sends, returns, [sent, back]));
                let guard = Guard::new(rate, channels, ceiling_dbfs);
                (
                    SendSide::new(Arc::clone(&shared), (to_send, say_sent), channels, rate),
                    ReturnSide::new(shared, (returned, say_back), channels, guard),
                )
            }
        };
        let named = thread::Builder::new().name("patchbay-insert".to_owned());
        named
            .spawn(move || {
                hold(&settings, Box::new(make), &theirs, (&opened, &ordered));
                drop::<SyncSender<()>>(open);
            })
            .map_err(|error| InsertError::NoServer {
                why: format!("no thread could be started for it: {error}"),
            })?;
        let server = match answer.recv_timeout(OPEN_DEADLINE) {
            Ok(server) => server?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(InsertError::NotAnswering);
            }
        };
        let (sends, returns, reports) = made.try_recv().map_err(|_| InsertError::NotAnswering)?;
        let rate = f64::from(server.rate_hz);
        let jack = Jack {
            shared,
            period: Duration::from_secs_f64(f64::from(server.period_frames) / rate),
            ceiling_dbfs,
            pace,
            sends,
            returns,
            reports,
            orders,
            closed,
        };
        Ok(Self {
            rate_hz: server.rate_hz,
            channels,
            way: Way::Jack(Box::new(jack)),
        })
    }

    /// Closes it and waits until that is done, but no longer than this; true where it was. A process that ends
    /// without it may leave a server that freewheels standing still.
    pub fn close(self, patience: Duration) -> bool {
        match self.way {
            Way::Loopback(_) => true,
            Way::Jack(jack) => {
                let Jack { orders, closed, .. } = *jack;
                drop(orders);
                closed.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
            }
        }
    }

    /// Counts from now on what the clients' calls cost; it makes two system calls of each, so it is for benchmarks.
    pub fn count_costs(&self) {
        if let Way::Jack(jack) = &self.way {
            jack.shared.send_cost.begin();
            jack.shared.return_cost.begin();
        }
    }

    /// What the calls of the send and of the return cost since; none through the loopback engine.
    pub fn costs(&self) -> Option<[CallCosts; 2]> {
        match &self.way {
            Way::Jack(jack) => Some([
                jack.shared.send_cost.costs(),
                jack.shared.return_cost.costs(),
            ]),
            Way::Loopback(_) => None,
        }
    }

    /// Frames per second.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Channels of the send, and of the return.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Runs one pass; frame 0 of what comes back was recorded as frame 0 of what is sent went out.
    ///
    /// # Errors
    /// The server, the ports, a loop that feeds back; a source or sink that fails. Sends are silent then.
    pub fn run(&mut self, pass: &mut Pass<'_>) -> Result<(), InsertError> {
        let (channels, rate_hz) = (self.channels, self.rate_hz);
        match &mut self.way {
            Way::Jack(jack) => jack.run(pass, channels, rate_hz),
            Way::Loopback(engine) => through(engine, pass, channels),
        }
    }
}

/// A pass through the loopback engine, as fast as it goes.
fn through(engine: &mut Loopback, pass: &mut Pass<'_>, channels: usize) -> Result<(), InsertError> {
    engine.reset();
    let mut interleaved = vec![0.0_f32; BLOCK * channels];
    let mut rows = vec![vec![0.0; BLOCK]; channels];
    let mut back = rows.clone();
    let mut left = pass.frames;
    while left > 0 {
        let frames = left.min(BLOCK as u64) as usize;
        let block = &mut interleaved[..frames * channels];
        (pass.source)(block).map_err(InsertError::Source)?;
        for (n, frame) in block.chunks_exact(channels).enumerate() {
            for (row, x) in rows.iter_mut().zip(frame) {
                row[n] = f64::from(*x);
            }
        }
        let sent: Vec<&[f64]> = rows.iter().map(|row| &row[..frames]).collect();
        let mut heard: Vec<&mut [f64]> = back.iter_mut().map(|row| &mut row[..frames]).collect();
        engine.process(&sent, &mut heard);
        for (n, frame) in block.chunks_exact_mut(channels).enumerate() {
            for (row, x) in back.iter().zip(frame) {
                *x = row[n] as f32;
            }
        }
        (pass.sink)(block).map_err(InsertError::Sink)?;
        left -= frames as u64;
    }
    Ok(())
}

/// How far a pass has come.
struct Progress {
    sent: u64,
    heard: u64,
    block: Vec<f32>,
    /// What the return said and has not come to yet.
    waiting: Option<Report>,
    calls: [u64; 2],
    called: Instant,
}

impl Jack {
    fn run(
        &mut self,
        pass: &mut Pass<'_>,
        channels: usize,
        rate_hz: u32,
    ) -> Result<(), InsertError> {
        self.settle()?;
        if self.pace == Pace::Freewheel {
            self.freewheel(Pace::Freewheel)?;
        }
        let done = self.pass(pass, channels, rate_hz);
        // An even number: nothing is sent any more.
        self.shared.phase.fetch_add(1, Ordering::AcqRel);
        if self.pace == Pace::Freewheel {
            match done {
                Ok(()) => self.freewheel(Pace::RealTime)?,
                // Nobody waits for a server that may be dead.
                Err(_) => drop(self.orders.try_send(Order::Pace(Pace::RealTime))),
            }
        }
        done
    }

    /// Waits until both clients have seen that no pass runs, and empties what one left behind.
    fn settle(&mut self) -> Result<(), InsertError> {
        let phase = self.shared.phase.load(Ordering::Acquire);
        let seen = |shared: &Shared| {
            let clients = [&shared.send_seen, &shared.return_seen];
            clients
                .iter()
                .all(|seen| seen.load(Ordering::Acquire) == phase)
                && shared.send_calls.load(Ordering::Acquire) > 0
                && shared.return_calls.load(Ordering::Acquire) > 0
        };
        let began = Instant::now();
        while !seen(&self.shared) {
            self.look()?;
            if began.elapsed() > self.patience() + Duration::from_secs(1) {
                return Err(InsertError::Gone);
            }
            thread::sleep(Duration::from_millis(1));
        }
        self.shared.is_muted.store(false, Ordering::Release);
        for reports in &mut self.reports {
            while reports.pop().is_ok() {}
        }
        if let Ok(chunk) = self.returns.read_chunk(self.returns.slots()) {
            chunk.commit_all();
        }
        Ok(())
    }

    fn freewheel(&mut self, pace: Pace) -> Result<(), InsertError> {
        let is_wanted = pace == Pace::Freewheel;
        if self.orders.try_send(Order::Pace(pace)).is_err() {
            return Err(InsertError::Gone);
        }
        let began = Instant::now();
        while self.shared.is_freewheeling.load(Ordering::Acquire) != is_wanted {
            self.look()?;
            if began.elapsed() > Duration::from_secs(10) {
                return Err(InsertError::Gone);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        if self.shared.is_freewheeling.load(Ordering::Acquire) {
            FREEWHEEL_SILENCE
        } else {
            SILENCE.max(self.period * SILENT_PERIODS)
        }
    }

    fn look(&self) -> Result<(), InsertError> {
        if self.shared.is_gone.load(Ordering::Acquire) {
            return Err(InsertError::Gone);
        }
        if self.shared.are_ports_lost.load(Ordering::Acquire) {
            return Err(InsertError::PortsLost);
        }
        Ok(())
    }

    fn pass(
        &mut self,
        pass: &mut Pass<'_>,
        channels: usize,
        rate_hz: u32,
    ) -> Result<(), InsertError> {
        let mut progress = Progress {
            sent: 0,
            heard: 0,
            block: vec![0.0; BLOCK * channels],
            waiting: None,
            calls: [0; 2],
            called: Instant::now(),
        };
        self.shared.frames.store(pass.frames, Ordering::Relaxed);
        // The ring is full before the first period asks for anything.
        while self.feed(pass, channels, &mut progress)? {}
        self.shared.phase.fetch_add(1, Ordering::AcqRel);
        while progress.heard < pass.frames {
            let fed = self.feed(pass, channels, &mut progress)?;
            let drained = self.drain(pass, (channels, rate_hz), &mut progress)?;
            self.look()?;
            self.listen(&mut progress)?;
            if !fed && !drained {
                thread::sleep(Duration::from_micros(500));
            }
        }
        Ok(())
    }

    /// A server that lives but calls no more counts as dead.
    fn listen(&self, progress: &mut Progress) -> Result<(), InsertError> {
        let calls = [&self.shared.send_calls, &self.shared.return_calls];
        let calls = calls.map(|calls| calls.load(Ordering::Relaxed));
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
        if frames == 0 || self.sends.slots() < frames * channels {
            return Ok(false);
        }
        let block = &mut progress.block[..frames * channels];
        (pass.source)(block).map_err(InsertError::Source)?;
        if self.sends.push_entire_slice(block).is_err() {
            return Ok(false);
        }
        progress.sent += frames as u64;
        Ok(true)
    }

    /// Moves a block from the return; true where there was one.
    fn drain(
        &mut self,
        pass: &mut Pass<'_>,
        (channels, rate_hz): (usize, u32),
        progress: &mut Progress,
    ) -> Result<bool, InsertError> {
        // Counted before the reports are read: what was said about these samples was said before they came.
        let there = (self.returns.slots() / channels) as u64;
        while let Ok(report) = self.reports[0].pop() {
            if let Report::Starved { frame } = report {
                (pass.marks)(Mark::Xrun { frame });
            }
        }
        while progress.waiting.is_none() {
            let Ok(report) = self.reports[1].pop() else {
                break;
            };
            match report {
                Report::Xrun { frame } | Report::Starved { frame } => {
                    (pass.marks)(Mark::Xrun { frame });
                }
                Report::Feedback { frame } => {
                    return Err(InsertError::Feedback {
                        frame,
                        seconds: frame as f64 / f64::from(rate_hz),
                        ceiling_dbfs: self.ceiling_dbfs,
                    });
                }
                Report::Lost { frame, frames } => {
                    (pass.marks)(Mark::LostFrames { frame, frames });
                    progress.waiting = Some(report);
                }
            }
        }
        let mut frames = there.min(BLOCK as u64);
        if let Some(Report::Lost {
            frame,
            frames: lost,
        }) = progress.waiting
        {
            if frame <= progress.heard {
                return self.stand_in(pass, channels, lost, progress);
            }
            frames = frames.min(frame - progress.heard);
        }
        if frames == 0 {
            return Ok(false);
        }
        let block = &mut progress.block[..frames as usize * channels];
        if self.returns.pop_entire_slice(block).is_err() {
            return Ok(false);
        }
        (pass.sink)(block).map_err(InsertError::Sink)?;
        progress.heard += frames;
        Ok(true)
    }

    /// Silence for frames that were never recorded, so that all others keep their place.
    fn stand_in(
        &mut self,
        pass: &mut Pass<'_>,
        channels: usize,
        lost: u64,
        progress: &mut Progress,
    ) -> Result<bool, InsertError> {
        progress.waiting = None;
        progress.block.fill(0.0);
        let mut left = lost;
        while left > 0 {
            let frames = left.min(BLOCK as u64);
            let block = &progress.block[..frames as usize * channels];
            (pass.sink)(block).map_err(InsertError::Sink)?;
            left -= frames;
        }
        progress.heard += lost;
        Ok(true)
    }
}
