//! What a session shows of itself.

use dsp::Audition;

use crate::session::levels::{Fallen, LevelNow};
use crate::session::loudness::lufs;
use crate::session::{Dim, Listen, Run, Session, SourceLevel};

/// How a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It sounds, or could.
    Sounds,
    /// A unit's round trip is being measured.
    Measures {
        /// From 1.
        unit: usize,
    },
    /// The guard fell for what came back from a unit.
    Feedback {
        /// From 1.
        unit: usize,
    },
    /// A port of it is gone or was disconnected.
    PortsLost,
    /// The server ended or stands still; the session can be resumed.
    Gone,
}

/// One unit's way out and back.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundTrip {
    /// Frames of each channel; `None` until it was given or measured.
    pub delays_frames: Option<Vec<f64>>,
    /// Trims of send and return, in dB.
    pub trims_db: [f64; 2],
    /// What is heard of it.
    pub heard: Audition,
    /// What goes out.
    pub send: LevelNow,
    /// What comes back.
    pub returned: LevelNow,
}

/// A session at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionNow {
    /// How it is.
    pub state: SessionState,
    /// Whether the song goes on.
    pub run: Run,
    /// The frame of the song that is heard.
    pub frame: u64,
    /// The passage it goes round in.
    pub round: Option<(u64, u64)>,
    /// 0 is the programme, from 1 on the sources.
    pub slot: usize,
    /// How loud other sources are.
    pub source_level: SourceLevel,
    /// What is heard of the whole chain.
    pub heard: Audition,
    /// What is heard of the channels.
    pub listen: Listen,
    /// Whether the monitors are softer.
    pub dim: Dim,
    /// Share of the chain beside the mix, 0 to 1.
    pub wet: f64,
    /// Frames from the song's head to the monitors: processors, and every round trip.
    pub latency_frames: u64,
    /// The server's rate, or the loopback's.
    pub rate_hz: u32,
    /// Each unit, in the chain's order.
    pub units: Vec<RoundTrip>,
    /// The mix as it goes in.
    pub source: LevelNow,
    /// What is heard.
    pub monitors: LevelNow,
    /// Short-term loudness of what is heard, in LUFS.
    pub short_term_lufs: Option<f64>,
    /// Times at which the server says that sound was lost.
    pub xruns: u64,
    /// Samples that came back and were none.
    pub non_finite: u64,
}

impl Session {
    /// What it is now; [`Session::tend`] brings it up to date.
    pub fn now(&self) -> SessionNow {
        let last = &self.last;
        let state = match (&self.link, &self.measuring, last.fallen) {
            (None, _, _) => SessionState::Gone,
            (Some(_), _, Fallen::At(way)) => SessionState::Feedback { unit: way + 1 },
            (Some(_), Some(measuring), Fallen::No) => SessionState::Measures {
                unit: measuring.way + 1,
            },
            (Some(link), None, Fallen::No) if link.player.are_ports_lost() => {
                SessionState::PortsLost
            }
            (Some(_), None, Fallen::No) => SessionState::Sounds,
        };
        let unit = |(at, way): (usize, &super::WaySettings)| RoundTrip {
            delays_frames: way.delays_frames.clone(),
            trims_db: [way.send_trim_db, way.return_trim_db],
            heard: self.wanted.ways[at],
            send: last.sends[at].level(),
            returned: last.returns[at].level(),
        };
        let frame = |frame: i64| u64::try_from(frame).unwrap_or(0);
        let heard = self.wanted.heard;
        let xruns = self.link.as_ref().map_or(0, |link| link.player.xruns());
        SessionNow {
            state,
            run: last.run,
            frame: frame(last.place),
            round: self.wanted.round.map(|(a, b)| (frame(a), frame(b))),
            slot: heard.slot,
            source_level: heard.level,
            heard: self.wanted.whole,
            listen: heard.listen,
            dim: if heard.dim_db < 0.0 {
                Dim::Dimmed
            } else {
                Dim::Full
            },
            wet: self.settings.wet,
            latency_frames: self.link.as_ref().map_or(0, |link| link.latency_frames),
            rate_hz: self.settings.rate_hz,
            units: self.settings.ways.iter().enumerate().map(unit).collect(),
            source: last.source.level(),
            monitors: last.monitors.level(),
            short_term_lufs: lufs(last.short_term),
            xruns: self.xruns_before + xruns,
            non_finite: last.non_finite,
        }
    }
}
