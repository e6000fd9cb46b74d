//! A live session: a song through processors and units of hardware to the monitors, while an engineer turns knobs.
//!
//! Everything that sounds is one client on one clock: the song, what goes out, what comes back, what is heard. Gear
//! that is a program on the same server comes back a period later for that; the measured round trip holds it. What
//! is heard of other sources, and of the mix where something is bypassed, waits as long as the sound through the
//! gear takes, so that everything is heard at one place of the song.

mod board;
mod fade;
mod levels;
mod loudness;
mod measuring;
mod monitor;
mod place;
mod settings;
mod source;
mod state;
mod transport;
mod way;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use dsp::Audition;
use rtrb::{Consumer, Producer, RingBuffer};

pub use self::board::Section;
use self::board::{Audio, Board, BoardPlan, Command, Probe};
pub use self::levels::LevelNow;
use self::levels::{Fallen, Snapshot};
use self::measuring::Measuring;
use self::monitor::Heard;
pub use self::monitor::{Listen, SourceLevel};
use self::place::Player;
pub use self::place::{LOOPBACK_PERIOD, SessionPlace, WayPorts};
pub use self::settings::{Dim, MakeSections, SessionError, SessionSettings};
use self::settings::{SHORTEST_LOOP_MS, check};
pub use self::source::{OtherRate, Source, SourceError};
pub use self::state::{RoundTrip, SessionNow, SessionState};
pub use self::transport::Run;
pub use self::way::{Carries, WaySettings};
use crate::live::{LiveError, LiveServer};

/// Commands that may wait for the audio thread: it looks at them with every period.
const COMMANDS: usize = 256;
/// A server that calls no more is dead after this, or after so many periods where that is longer.
const SILENCE: Duration = Duration::from_millis(250);
const SILENT_PERIODS: u32 = 8;
/// By how much dimmed is softer.
const DIM_DB: f64 = -20.0;
/// Trims and what they may be.
const TRIM_DB: f64 = 24.0;
/// Longest time that everything takes to fade away.
const LEAVE: Duration = Duration::from_millis(400);

/// Where every switch stands, for a board that is made anew.
#[derive(Clone, Debug)]
struct Wanted {
    heard: Heard,
    whole: Audition,
    ways: Vec<Audition>,
    round: Option<(i64, i64)>,
}

/// The control side's ends of everything that goes to and from the audio thread.
#[derive(Debug)]
struct Link {
    player: Player,
    commands: Producer<Command>,
    boards: Producer<Box<Board>>,
    old: Consumer<Box<Board>>,
    probes: Consumer<Box<Probe>>,
    snapshots: Consumer<Snapshot>,
    latency_frames: u64,
    frames: u64,
    called: Instant,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board")
            .field("latency_frames", &self.latency_frames())
            .finish_non_exhaustive()
    }
}

/// A live session. Dropping it lets the server go at once; [`Session::close`] fades away first.
pub struct Session {
    settings: SessionSettings,
    make: MakeSections,
    wanted: Wanted,
    link: Option<Link>,
    measuring: Option<Measuring>,
    last: Snapshot,
    xruns_before: u64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("settings", &self.settings)
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Opens a session; nothing plays until [`Session::play`]. Sends begin muted and ramp up.
    ///
    /// # Errors
    /// What cannot be a session; the server, its rate and its ports; what `make` said.
    pub fn open(settings: SessionSettings, make: MakeSections) -> Result<Self, SessionError> {
        check(&settings)?;
        let wanted = Wanted {
            heard: Heard::default(),
            whole: Audition::Processed,
            ways: vec![Audition::Processed; settings.ways.len()],
            round: None,
        };
        let mut session = Self {
            settings,
            make,
            wanted,
            link: None,
            measuring: None,
            last: Snapshot::default(),
            xruns_before: 0,
        };
        session.link = Some(session.connect()?);
        Ok(session)
    }

    fn connect(&self) -> Result<Link, SessionError> {
        let (commands, commanded) = RingBuffer::new(COMMANDS);
        let (boards, next) = RingBuffer::new(1);
        let (gone, old) = RingBuffer::new(2);
        let (through, probes) = RingBuffer::new(1);
        let (tell, snapshots) = RingBuffer::new(64);
        let (said, late) = mpsc::channel();
        let parts = self.parts();
        let channels = self.channels();
        let player = Player::open(&self.settings.place, channels, move |server| {
            let board = parts.board(server)?;
            // The opener waits for the answer that follows.
            let _ = said.send(board.latency_frames());
            let mut audio = Audio {
                board: Box::new(board),
                commands: commanded,
                next,
                old: gone,
                probes: through,
                snapshots: tell,
                every_frames: Audio::every_frames(server.rate_hz),
                since: 0,
                is_leaving: false,
            };
            Ok(Box::new(move |returned, out| audio.process(returned, out)))
        })?;
        Ok(Link {
            player,
            commands,
            boards,
            old,
            probes,
            snapshots,
            latency_frames: late.try_recv().unwrap_or(0),
            frames: 0,
            called: Instant::now(),
        })
    }

    fn parts(&self) -> Parts {
        Parts {
            settings: self.settings.clone(),
            wanted: self.wanted.clone(),
            make: Arc::clone(&self.make),
            place: self.last.place,
        }
    }

    fn channels(&self) -> usize {
        self.settings
            .sources
            .first()
            .map_or(0, |mix| mix.channels())
    }

    /// Lets everything fade away, then lets the server go.
    pub fn close(mut self) {
        let Some(link) = &mut self.link else { return };
        if link.commands.push(Command::Leave).is_err() {
            return;
        }
        let began = Instant::now();
        let until = link.player.frames() + u64::from(link.player.server().rate_hz) / 25;
        while !link.player.is_gone() && began.elapsed() < LEAVE && link.player.frames() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn send(&mut self, command: Command) -> Result<(), SessionError> {
        let link = self.link.as_mut().ok_or(SessionError::Gone)?;
        link.commands.push(command).map_err(|_| SessionError::Busy)
    }

    /// Plays from where it stands.
    ///
    /// # Errors
    /// The server, a fallen guard, a measurement.
    pub fn play(&mut self) -> Result<(), SessionError> {
        self.tend()?;
        if let Fallen::At(way) = self.last.fallen {
            return Err(self.feedback(way));
        }
        if self.measuring.is_some() {
            return Err(SessionError::Measures);
        }
        self.send(Command::Run(Run::Playing))
    }

    fn feedback(&self, way: usize) -> SessionError {
        SessionError::Feedback {
            way: way + 1,
            ceiling_dbfs: self.settings.ceiling_dbfs,
        }
    }

    /// Stops where it is.
    ///
    /// # Errors
    /// The server.
    pub fn stop(&mut self) -> Result<(), SessionError> {
        self.send(Command::Run(Run::Stopped))
    }

    /// Goes to a frame of the song.
    ///
    /// # Errors
    /// The server.
    pub fn locate(&mut self, frame: u64) -> Result<(), SessionError> {
        let frame = i64::try_from(frame).unwrap_or(i64::MAX);
        self.send(Command::Locate(frame))?;
        self.last.place = frame;
        Ok(())
    }

    /// Goes round between two frames from now on, or no more.
    ///
    /// # Errors
    /// What is no passage of the song; the server.
    pub fn go_round(&mut self, round: Option<(u64, u64)>) -> Result<(), SessionError> {
        let wanted = match round {
            None => None,
            Some((start, end)) => {
                let frames = self.settings.sources.first().map_or(0, |mix| mix.frames()) as u64;
                let shortest = u64::from(self.settings.rate_hz) * SHORTEST_LOOP_MS / 1_000;
                if end > frames || end < start.saturating_add(shortest) {
                    return Err(SessionError::Loop);
                }
                let frame = |frame: u64| i64::try_from(frame).unwrap_or(i64::MAX);
                Some((frame(start), frame(end)))
            }
        };
        self.send(Command::GoRound(wanted))?;
        self.wanted.round = wanted;
        Ok(())
    }

    /// Hears the programme (0), or a source (from 1; 1 is the mix) at the same place.
    ///
    /// # Errors
    /// No such source; the server.
    pub fn hear(&mut self, slot: usize) -> Result<(), SessionError> {
        let there = self.settings.sources.len();
        if slot > there {
            return Err(SessionError::Nothing {
                what: "source",
                number: slot,
                there: format!("there are {there}, the mix is the first"),
            });
        }
        self.send(Command::Hear(slot))?;
        self.wanted.heard.slot = slot;
        Ok(())
    }

    /// What is heard of the whole chain: processed, bypassed at matched loudness, or the difference.
    ///
    /// # Errors
    /// The server.
    pub fn audition(&mut self, heard: Audition) -> Result<(), SessionError> {
        self.send(Command::Whole(heard))?;
        self.wanted.whole = heard;
        Ok(())
    }

    /// The same for one unit, from 1.
    ///
    /// # Errors
    /// No such unit; the server.
    pub fn audition_unit(&mut self, unit: usize, heard: Audition) -> Result<(), SessionError> {
        let at = self.unit(unit)?;
        self.send(Command::Way(at, heard))?;
        self.wanted.ways[at] = heard;
        Ok(())
    }

    fn unit(&self, unit: usize) -> Result<usize, SessionError> {
        let there = self.settings.ways.len();
        unit.checked_sub(1)
            .filter(|at| *at < there)
            .ok_or_else(|| SessionError::Nothing {
                what: "unit",
                number: unit,
                there: format!("there are {there}"),
            })
    }

    /// Trims of one unit, from 1, before its send and behind its return, in dB.
    ///
    /// # Errors
    /// No such unit, a trim beyond 24 dB; the server.
    pub fn trim(
        &mut self,
        unit: usize,
        [send_db, return_db]: [f64; 2],
    ) -> Result<(), SessionError> {
        let at = self.unit(unit)?;
        let may_be = |db: &f64| db.abs() <= TRIM_DB;
        if ![send_db, return_db].iter().all(may_be) {
            return Err(SessionError::Range {
                what: "trims lie between -24 and 24 dB",
            });
        }
        self.send(Command::Trim {
            way: at,
            send: dsp::db_to_gain(send_db),
            back: dsp::db_to_gain(return_db),
        })?;
        let way = &mut self.settings.ways[at];
        (way.send_trim_db, way.return_trim_db) = (send_db, return_db);
        Ok(())
    }

    /// Share of the chain beside the mix itself, 0 to 1.
    ///
    /// # Errors
    /// Another share; the server.
    pub fn blend(&mut self, wet: f64) -> Result<(), SessionError> {
        if !(0.0..=1.0).contains(&wet) {
            return Err(SessionError::Range {
                what: "the chain's share lies between 0 and 100 per cent",
            });
        }
        self.send(Command::Wet(wet))?;
        self.settings.wet = wet;
        Ok(())
    }

    /// How loud other sources are heard.
    ///
    /// # Errors
    /// The server.
    pub fn source_level(&mut self, level: SourceLevel) -> Result<(), SessionError> {
        self.send(Command::Level(level))?;
        self.wanted.heard.level = level;
        Ok(())
    }

    /// Stereo, mono or the side.
    ///
    /// # Errors
    /// The server.
    pub fn listen(&mut self, listen: Listen) -> Result<(), SessionError> {
        self.send(Command::Listen(listen))?;
        self.wanted.heard.listen = listen;
        Ok(())
    }

    /// The monitors 20 dB softer, or as they are.
    ///
    /// # Errors
    /// The server.
    pub fn dim(&mut self, dim: Dim) -> Result<(), SessionError> {
        let db = match dim {
            Dim::Full => 0.0,
            Dim::Dimmed => DIM_DB,
        };
        self.send(Command::Dim(dsp::db_to_gain(db)))?;
        self.wanted.heard.dim_db = db;
        Ok(())
    }

    /// Opens sends and monitors again after the guard fell.
    ///
    /// # Errors
    /// The server.
    pub fn open_again(&mut self) -> Result<(), SessionError> {
        self.send(Command::Open)?;
        self.last.fallen = Fallen::No;
        Ok(())
    }

    /// Opens the server again where it ended, with everything as it stood; the song stands where it was.
    ///
    /// # Errors
    /// The server.
    pub fn resume(&mut self) -> Result<(), SessionError> {
        if self.link.is_none() {
            self.measuring = None;
            self.link = Some(self.connect()?);
            self.last.run = Run::Stopped;
            self.last.fallen = Fallen::No;
        }
        Ok(())
    }

    /// Looks after everything that goes on beside the audio thread; to be called some ten times a second or more.
    ///
    /// # Errors
    /// What came of it: the server that ended, a round trip that could not be measured, the guard.
    pub fn tend(&mut self) -> Result<(), SessionError> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        let was = self.last.fallen;
        while let Ok(told) = link.snapshots.pop() {
            self.last = told;
        }
        while link.old.pop().is_ok() {}
        if !link.is_alive() {
            self.xruns_before += link.player.xruns();
            self.link = None;
            self.measuring = None;
            self.last.run = Run::Stopped;
            return Err(SessionError::Gone);
        }
        if let Ok(probe) = link.probes.pop()
            && let Some(measuring) = self.measuring.take()
        {
            return self.measured(&probe, measuring);
        }
        match (was, self.last.fallen) {
            (Fallen::No, Fallen::At(way)) => Err(self.feedback(way)),
            (Fallen::No | Fallen::At(_), Fallen::No | Fallen::At(_)) => Ok(()),
        }
    }

    /// Lets the board that sounds fade away for one that is made as everything stands now.
    ///
    /// # Errors
    /// The server, what the sections' maker said.
    pub fn make_anew(&mut self) -> Result<(), SessionError> {
        let parts = self.parts();
        let link = self.link.as_mut().ok_or(SessionError::Gone)?;
        let board = parts.board(link.player.server());
        let board = board.map_err(|why| LiveError::Work { why })?;
        link.latency_frames = board.latency_frames();
        let sent = link.boards.push(Box::new(board)).is_ok();
        let left = link.commands.push(Command::Leave).is_ok();
        if sent && left {
            Ok(())
        } else {
            Err(SessionError::Busy)
        }
    }
}

impl Link {
    /// A server that lives but calls no more counts as dead.
    fn is_alive(&mut self) -> bool {
        if self.player.is_gone() {
            return false;
        }
        let frames = self.player.frames();
        if frames != self.frames {
            (self.frames, self.called) = (frames, Instant::now());
            return true;
        }
        let server = self.player.server();
        let period = server.max_frames as f64 / f64::from(server.rate_hz.max(1));
        let patience = SILENCE.max(Duration::from_secs_f64(period) * SILENT_PERIODS);
        self.called.elapsed() <= patience
    }
}

/// What a board is made of, wherever that is done.
struct Parts {
    settings: SessionSettings,
    wanted: Wanted,
    make: MakeSections,
    place: i64,
}

impl Parts {
    fn board(&self, server: LiveServer) -> Result<Board, String> {
        let settings = &self.settings;
        if server.rate_hz != settings.rate_hz {
            return Err(format!(
                "the JACK server runs at {} Hz and the mix is at {} Hz: restart the server at {1} Hz, or convert the mix to {0} Hz first",
                server.rate_hz, settings.rate_hz
            ));
        }
        let sections = (self.make)(server)?;
        if sections.len() != settings.ways.len() + 1 {
            return Err(format!(
                "{} units need {} sections of processors, not {}",
                settings.ways.len(),
                settings.ways.len() + 1,
                sections.len()
            ));
        }
        let plan = BoardPlan {
            sources: &settings.sources,
            ways: &settings.ways,
            ceiling_dbfs: settings.ceiling_dbfs,
            wet: settings.wet,
            heard: self.wanted.heard,
            whole: self.wanted.whole,
            heard_ways: &self.wanted.ways,
            round: self.wanted.round,
            place: self.place,
        };
        Board::new(&plan, sections, server).ok_or_else(|| "there is no mix".to_owned())
    }
}
