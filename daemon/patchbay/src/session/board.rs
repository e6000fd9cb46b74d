//! The whole path on the audio thread: song, processors, units, processors, monitors.

use std::sync::Arc;

use dsp::{Audition, AuditionSwitch, Lesson, Spec};
use rtrb::{Consumer, Producer};

use crate::live::{LiveServer, LiveWork, to_port, with_rows};
use crate::session::Source;
use crate::session::fade::Fade;
use crate::session::levels::{Fallen, Meter, Snapshot};
use crate::session::monitor::{Heard, Listen, Monitor, SourceLevel};
use crate::session::transport::{LatePoints, Point, Run, Transport};
use crate::session::way::{Turn, Way, WayPlace, WaySettings};

/// Time of every fade, in seconds.
const FADE_SECONDS: f64 = 0.02;
/// What rings on behind the song, in seconds.
const RING_SECONDS: i64 = 3;
/// Snapshots in a second.
const SNAPSHOTS: u32 = 20;
/// Most commands of one block; the others wait for the next.
const MOST_COMMANDS: usize = 64;
/// Within this the monitors fall silent with the sends.
const SHUT_SECONDS: f64 = 0.001;

/// Built-in processors, as one place of a session.
pub struct Section {
    /// What they do to a block, in place, on the audio thread; it must not allocate, lock, call the system, log or
    /// panic.
    pub work: LiveWork,
    /// Frames by which what comes out is late.
    pub latency_frames: u64,
}

impl std::fmt::Debug for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Section")
            .field("latency_frames", &self.latency_frames)
            .finish_non_exhaustive()
    }
}

/// A test signal on its way through one unit; made, and freed, elsewhere.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) way: usize,
    pub(crate) sent: Vec<Vec<f32>>,
    /// As long as what is to be recorded.
    pub(crate) returned: Vec<Vec<f32>>,
    pub(crate) at: usize,
}

impl Probe {
    fn is_done(&self) -> bool {
        self.at >= self.returned.first().map_or(0, Vec::len)
    }
}

/// What the control side wants of the audio thread.
#[derive(Debug)]
pub(crate) enum Command {
    Run(Run),
    Locate(i64),
    GoRound(Option<(i64, i64)>),
    Hear(usize),
    Whole(Audition),
    Way(usize, Audition),
    Trim {
        way: usize,
        send: f64,
        back: f64,
    },
    Wet(f64),
    Level(SourceLevel),
    Listen(Listen),
    Dim(f64),
    /// After the guard fell: sends and monitors open again.
    Open,
    /// Everything fades away.
    Leave,
    Probe(Box<Probe>),
}

/// Everything a board is made of and begins with.
pub(crate) struct BoardPlan<'a> {
    pub(crate) sources: &'a [Arc<Source>],
    pub(crate) ways: &'a [WaySettings],
    pub(crate) ceiling_dbfs: f64,
    pub(crate) wet: f64,
    pub(crate) heard: Heard,
    pub(crate) whole: Audition,
    pub(crate) heard_ways: &'a [Audition],
    pub(crate) round: Option<(i64, i64)>,
    pub(crate) place: i64,
}

pub(crate) struct Board {
    mix: Arc<Source>,
    sections: Vec<Section>,
    ways: Vec<Way>,
    transport: Transport,
    late: LatePoints,
    wet: Fade,
    whole: AuditionSwitch,
    turn: Turn,
    monitor: Monitor,
    shut_frames: u32,
    latency: u64,
    /// Frames since anything went out, and as many as that may ring on: what gear hums by itself is no loudness.
    silent_frames: u64,
    rings_frames: u64,
    rows: Vec<Vec<f64>>,
    mix_rows: Vec<Vec<f64>>,
    points: Vec<Point>,
    source: Meter,
    fallen: Fallen,
    probe: Option<Box<Probe>>,
}

impl Board {
    /// `sections` are one more than the ways; there is at least one source, the mix.
    pub(crate) fn new(
        plan: &BoardPlan<'_>,
        sections: Vec<Section>,
        server: LiveServer,
    ) -> Option<Self> {
        let mix = Arc::clone(plan.sources.first()?);
        let (rate_hz, max_frames) = (server.rate_hz, server.max_frames);
        let channels = mix.channels();
        let spec = Spec { rate_hz, channels };
        let fade_frames = (f64::from(rate_hz) * FADE_SECONDS) as u32;
        let place = WayPlace {
            spec,
            max_frames,
            fade_frames,
            ceiling_dbfs: plan.ceiling_dbfs,
        };
        let mut ways: Vec<Way> = plan.ways.iter().map(|way| Way::new(way, place)).collect();
        for (way, heard) in ways.iter_mut().zip(plan.heard_ways) {
            if *heard != Audition::Processed {
                way.hear(*heard);
            }
        }
        let late = sections.iter().map(|s| s.latency_frames).sum::<u64>()
            + ways.iter().map(Way::latency_frames).sum::<u64>();
        let longest = plan.sources.iter().map(|s| s.frames()).max().unwrap_or(0);
        let end =
            i64::try_from(longest).unwrap_or(i64::MAX / 2) + RING_SECONDS * i64::from(rate_hz);
        let mut transport = Transport::new(end, fade_frames);
        transport.go_round(plan.round);
        transport.locate(plan.place);
        let mut turn = Turn::new(fade_frames);
        if plan.whole != Audition::Processed {
            turn.to(plan.whole);
        }
        let mut board = Self {
            mix,
            ways,
            transport,
            late: LatePoints::new(usize::try_from(late).unwrap_or(0)),
            wet: Fade::resting(plan.wet, fade_frames),
            whole: AuditionSwitch::new(spec, max_frames, 0),
            turn,
            monitor: Monitor::new(plan.sources, rate_hz, fade_frames, plan.heard),
            shut_frames: (f64::from(rate_hz) * SHUT_SECONDS) as u32,
            latency: late,
            silent_frames: u64::MAX,
            rings_frames: late + u64::from(rate_hz),
            sections,
            rows: vec![vec![0.0; max_frames]; channels],
            mix_rows: vec![vec![0.0; max_frames]; channels],
            points: vec![Point::SILENT; max_frames],
            source: Meter::default(),
            fallen: Fallen::No,
            probe: None,
        };
        board.open();
        Some(board)
    }

    /// Frames by which the monitors are behind the song's head.
    pub(crate) fn latency_frames(&self) -> u64 {
        self.latency
    }

    fn open(&mut self) {
        self.fallen = Fallen::No;
        self.ways.iter_mut().for_each(Way::open_gate);
        self.monitor.gate(1.0);
    }

    /// Real-time.
    pub(crate) fn is_silent(&self) -> bool {
        self.monitor.is_shut() && self.ways.iter().all(Way::is_shut)
    }

    /// Real-time.
    pub(crate) fn command(&mut self, command: Command) {
        match command {
            // While a unit is measured, nothing else goes through it.
            Command::Run(Run::Playing) if self.probe.is_some() || self.fallen != Fallen::No => (),
            Command::Run(run) => self.transport.run(run),
            Command::Locate(frame) => self.transport.locate(frame),
            Command::GoRound(round) => self.transport.go_round(round),
            Command::Hear(slot) => self.monitor.hear(slot),
            Command::Whole(audition) => self.turn.to(audition),
            Command::Way(way, audition) => {
                if let Some(way) = self.ways.get_mut(way) {
                    way.hear(audition);
                }
            }
            Command::Trim { way, send, back } => {
                if let Some(way) = self.ways.get_mut(way) {
                    way.trim(send, back);
                }
            }
            Command::Wet(wet) => self.wet.go(wet),
            Command::Level(level) => self.monitor.level(level),
            Command::Listen(listen) => self.monitor.listen(listen),
            Command::Dim(gain) => self.monitor.dim(gain),
            Command::Open => self.open(),
            Command::Leave => {
                self.transport.run(Run::Stopped);
                self.ways.iter_mut().for_each(Way::close_gate);
                self.monitor.gate(0.0);
            }
            Command::Probe(probe) => {
                self.transport.run(Run::Stopped);
                self.monitor.gate(0.0);
                self.probe = Some(probe);
            }
        }
    }

    /// Real-time: what came back from each unit, and what goes to each and to the monitors, channel after channel.
    pub(crate) fn process(&mut self, returned: &[&[f32]], out: &mut [&mut [f32]]) {
        let frames = out.first().map_or(0, |channel| channel.len());
        let channels = self.rows.len();
        self.guard(returned);
        self.play(frames);
        let lesson = if self.silent_frames <= self.rings_frames {
            Lesson::Learns
        } else {
            Lesson::Rests
        };
        let (mut back, mut out) = (returned.chunks(channels), out.chunks_mut(channels));
        for (at, section) in self.sections.iter_mut().enumerate() {
            with_rows(&mut self.rows, frames, &mut section.work);
            let (Some(way), Some(back)) = (self.ways.get_mut(at), back.next()) else {
                break;
            };
            let Some(out) = out.next() else { break };
            way.send(&mut self.rows, frames, out);
            if let Some(probe) = self.probe.as_mut().filter(|probe| probe.way == at) {
                probe.pass(back, out);
            }
            way.take_back(back, &mut self.rows, (frames, lesson));
        }
        self.finish(frames, lesson);
        if let Some(monitors) = out.next() {
            for (row, port) in self.rows.iter().zip(monitors) {
                to_port(&row[..frames], port);
            }
        }
    }

    /// Behind the last section: the blend with the mix, the switch around it all, and the monitors.
    fn finish(&mut self, frames: usize, lesson: Lesson) {
        if self.wet.rests_at() != Some(1.0) {
            for n in 0..frames {
                let wet = self.wet.next();
                for (row, mix) in self.rows.iter_mut().zip(&self.mix_rows) {
                    row[n] = wet * row[n] + (1.0 - wet) * mix[n];
                }
            }
        }
        self.whole.listen(lesson);
        let due = self.turn.due(frames);
        with_rows(&mut self.mix_rows, frames, |mix| self.whole.keep(mix));
        with_rows(&mut self.rows, frames, |block| {
            self.whole.blend(block, due.as_slice());
        });
        let gains = self.whole.matched_gains();
        self.monitor
            .process(&mut self.rows, &self.points[..frames], gains);
    }

    fn guard(&mut self, returned: &[&[f32]]) {
        let channels = self.rows.len();
        let was = self.fallen;
        for (at, (way, back)) in self
            .ways
            .iter_mut()
            .zip(returned.chunks(channels))
            .enumerate()
        {
            if way.is_too_loud(back) && self.fallen == Fallen::No {
                self.fallen = Fallen::At(at);
            }
        }
        if was == Fallen::No && self.fallen != Fallen::No {
            self.transport.run(Run::Stopped);
            self.ways.iter_mut().for_each(Way::shut_gate);
            self.monitor.shut(self.shut_frames);
        }
    }

    /// The mix as it goes out, and what is heard at the same moment.
    fn play(&mut self, frames: usize) {
        for n in 0..frames {
            let point = self.transport.next();
            let late = self.late.next(point);
            self.points[n] = late;
            self.silent_frames = if point.is_silent() {
                self.silent_frames.saturating_add(1)
            } else {
                0
            };
            for (channel, row) in self.rows.iter_mut().enumerate() {
                row[n] = point.of(&self.mix, channel);
                self.source.feed(row[n]);
                self.mix_rows[channel][n] = late.of(&self.mix, channel);
            }
        }
    }

    /// Real-time: a test signal that is through, or that the guard broke off.
    fn probed(&mut self) -> Option<Box<Probe>> {
        let is_over = self.fallen != Fallen::No || self.probe.as_ref()?.is_done();
        if !is_over {
            return None;
        }
        if self.fallen == Fallen::No {
            self.monitor.gate(1.0);
        }
        self.probe.take()
    }

    /// Real-time.
    fn snapshot(&mut self, last: usize) -> Snapshot {
        let late = self.points.get(last).and_then(|point| point.place());
        let (monitors, short_term) = self.monitor.read();
        let mut told = Snapshot {
            run: self.transport.state(),
            place: late.map_or_else(|| self.transport.place(), i64::from),
            fallen: self.fallen,
            source: self.source.read(),
            monitors,
            short_term,
            ..Snapshot::default()
        };
        let places = told.sends.iter_mut().zip(&mut told.returns);
        for (way, (send, back)) in self.ways.iter_mut().zip(places) {
            let (sent, returned, non_finite) = way.read();
            (*send, *back) = (sent, returned);
            told.non_finite += non_finite;
        }
        told
    }
}

impl Probe {
    /// Real-time.
    fn pass(&mut self, back: &[&[f32]], out: &mut [&mut [f32]]) {
        let frames = out.first().map_or(0, |channel| channel.len());
        for (channel, out) in out.iter_mut().enumerate() {
            for (n, to) in out.iter_mut().enumerate() {
                let sent = self.sent.get(channel).and_then(|row| row.get(self.at + n));
                *to = sent.copied().unwrap_or(0.0);
            }
        }
        for (row, back) in self.returned.iter_mut().zip(back) {
            let rest = row.get_mut(self.at..).unwrap_or_default();
            for (to, heard) in rest.iter_mut().zip(*back) {
                *to = if heard.is_finite() { *heard } else { 0.0 };
            }
        }
        self.at += frames;
    }
}

/// The audio thread's ends of all rings, and the board that sounds.
pub(crate) struct Audio {
    pub(crate) board: Box<Board>,
    pub(crate) commands: Consumer<Command>,
    /// Boards arrive complete and travel back to be freed.
    pub(crate) next: Consumer<Box<Board>>,
    pub(crate) old: Producer<Box<Board>>,
    pub(crate) probes: Producer<Box<Probe>>,
    pub(crate) snapshots: Producer<Snapshot>,
    pub(crate) every_frames: u32,
    pub(crate) since: u32,
    /// What is said after a farewell is said to the board that comes.
    pub(crate) is_leaving: bool,
}

impl Audio {
    pub(crate) fn every_frames(rate_hz: u32) -> u32 {
        rate_hz / SNAPSHOTS
    }

    /// Real-time: no allocation, lock, system call, log or panic.
    pub(crate) fn process(&mut self, returned: &[&[f32]], out: &mut [&mut [f32]]) {
        let is_free = self.old.slots() > 0;
        if is_free
            && self.board.is_silent()
            && let Ok(next) = self.next.pop()
        {
            let old = std::mem::replace(&mut self.board, next);
            self.is_leaving = false;
            // There was room, and nobody else fills it.
            let _ = self.old.push(old);
        }
        for _ in 0..MOST_COMMANDS {
            if self.is_leaving && self.next.slots() > 0 {
                break;
            }
            let Ok(command) = self.commands.pop() else {
                break;
            };
            self.is_leaving |= matches!(command, Command::Leave);
            self.board.command(command);
        }
        self.board.process(returned, out);
        if self.probes.slots() > 0
            && let Some(probe) = self.board.probed()
        {
            let _ = self.probes.push(probe);
        }
        let frames = out.first().map_or(0, |channel| channel.len());
        self.since += u32::try_from(frames).unwrap_or(0);
        if self.since >= self.every_frames && self.snapshots.slots() > 0 {
            self.since = 0;
            let told = self.board.snapshot(frames.saturating_sub(1));
            let _ = self.snapshots.push(told);
        }
    }
}
