//! What the live room shows.

use mastering::{MixId, OrderNumber, TrackId, UnixMs};
use patchbay::LevelNow;
use rack::RackChain;
use serde::Serialize;

use super::words::{LiveHeard, LiveListen, LiveSourceLevel};
use crate::house::rack::RackView;

/// A song before a session is opened for it.
#[derive(Debug, Clone)]
pub struct LiveRack {
    /// The song's title.
    pub title: String,
    /// Its mix.
    pub mix: MixId,
    /// Its length in seconds; 0 where its mix could not be decoded.
    pub duration_seconds: f64,
    /// The chains there are.
    pub chains: Vec<RackView<RackChain>>,
}

/// Something that can be heard at a place of the song.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveSource {
    /// How it is asked for: 0 is the programme.
    pub source: usize,
    /// What it is called.
    pub name: String,
}

/// A knob of a built-in processor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveKnob {
    /// The setting's name in a chain's file.
    pub setting: String,
    /// Which band, from 1, where it has some.
    pub band: Option<usize>,
    /// The least and the most.
    pub range: [f64; 2],
    /// Where it stands.
    pub value: f64,
}

/// A built-in processor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveStage {
    /// From 1, numbered through the chain.
    pub stage: usize,
    /// How many units stand before it.
    pub behind_units: usize,
    /// Its name in a chain's file.
    pub name: &'static str,
    /// What is heard of it.
    pub heard: LiveHeard,
    /// What turns on it.
    pub knobs: Vec<LiveKnob>,
}

/// A unit of hardware.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveUnit {
    /// From 1, in the chain's order.
    pub unit: usize,
    /// What the rack knows it by.
    pub id: String,
    /// What the studio calls it.
    pub name: String,
    /// Its round trip in frames, each channel; none until it is measured.
    pub delays_frames: Option<Vec<f64>>,
    /// Before its send, in dB.
    pub send_db: f64,
    /// Behind its return, in dB.
    pub return_db: f64,
    /// What is heard of it.
    pub heard: LiveHeard,
}

/// The room, but for what moves all the time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveView {
    /// The order.
    pub order: OrderNumber,
    /// The song.
    pub track: TrackId,
    /// Its title.
    pub title: String,
    /// The chain, by what the rack knows it by.
    pub chain: String,
    /// Who works.
    pub by: String,
    /// Since when.
    pub since: UnixMs,
    /// `waits`, `opens`, `ready`, `measures`, `feedback`, `ports_lost`, `gone`, `ended`.
    pub standing: &'static str,
    /// The same in a sentence, with the next step.
    pub words: String,
    /// What came of the last thing that went wrong; empty where nothing did.
    pub said: String,
    /// `jack`, or `loopback` where no audio server runs.
    pub place: &'static str,
    /// Frames per second.
    pub rate_hz: u32,
    /// Frames from the song's head to the monitors.
    pub latency_frames: u64,
    /// Length of the song in seconds.
    pub duration_seconds: f64,
    /// `playing` or `stopped`.
    pub run: &'static str,
    /// The passage it goes round in, in seconds.
    pub loop_seconds: Option<[f64; 2]>,
    /// What is heard: 0 is the programme.
    pub source: usize,
    /// What can be heard.
    pub sources: Vec<LiveSource>,
    /// How loud other sources are.
    pub source_level: LiveSourceLevel,
    /// What is heard of the whole chain.
    pub heard: LiveHeard,
    /// What is heard of the channels.
    pub listen: LiveListen,
    /// Whether the monitors are softer.
    pub is_dimmed: bool,
    /// Share of the chain beside the mix, in per cent.
    pub blend_percent: f64,
    /// The units, in the chain's order.
    pub units: Vec<LiveUnit>,
    /// The built-in processors.
    pub stages: Vec<LiveStage>,
    /// What has to be patched by hand.
    pub patch_steps: Vec<String>,
}

impl LiveView {
    /// Whether the session is over; another one may be opened.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.standing == "ended"
    }
}

/// A level, in tenths of a dB.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct LiveLevel {
    /// Highest sample, in dBFS; none for silence.
    pub peak_dbfs: Option<f64>,
    /// Root mean square, in dBFS; none for silence.
    pub rms_dbfs: Option<f64>,
}

/// What moves all the time.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LiveMoment {
    /// The place of the song that is heard, in seconds.
    pub seconds: f64,
    /// The mix as it goes in.
    pub source: LiveLevel,
    /// What goes out to each unit.
    pub sends: Vec<LiveLevel>,
    /// What comes back of each.
    pub returns: Vec<LiveLevel>,
    /// What is heard.
    pub monitors: LiveLevel,
    /// Short-term loudness of what is heard.
    pub short_term_lufs: Option<f64>,
    /// Times at which sound was lost.
    pub xruns: u64,
}

/// The room at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveNow {
    /// What stays for a while.
    pub view: LiveView,
    /// What moves.
    pub moment: LiveMoment,
}

/// A tenth of a dB is all that anybody sees.
pub(super) fn tenths(db: Option<f64>) -> Option<f64> {
    db.map(|db| (db * 10.0).round() / 10.0)
}

impl From<LevelNow> for LiveLevel {
    fn from(level: LevelNow) -> Self {
        Self {
            peak_dbfs: tenths(level.peak_dbfs),
            rms_dbfs: tenths(level.rms_dbfs),
        }
    }
}
