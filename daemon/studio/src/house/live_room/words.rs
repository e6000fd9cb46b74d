//! What is said to a live session.

use engine::{Audition, Setting};
use patchbay::{Listen, SourceLevel};
use serde::{Deserialize, Serialize};

/// What is heard of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveHeard {
    /// What comes out of it.
    Processed,
    /// What went in, as loud as what comes out.
    Bypassed,
    /// What it takes away and adds.
    Difference,
}

/// What is heard of the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveListen {
    /// Each in its place.
    Stereo,
    /// Their mean.
    Mono,
    /// Half their difference.
    Side,
}

/// How loud other sources are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveSourceLevel {
    /// As loud as the programme.
    Matched,
    /// As loud as they are.
    AsItIs,
}

/// A word to a live session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case", deny_unknown_fields)]
pub enum LiveWord {
    /// Plays from where it stands.
    Play,
    /// Stops.
    Stop,
    /// Goes to a place of the song.
    At {
        /// In seconds.
        seconds: f64,
    },
    /// Goes round in a passage.
    Loop {
        /// Its beginning, in seconds.
        from_seconds: f64,
        /// Its end.
        to_seconds: f64,
    },
    /// Goes round no more.
    LoopOff,
    /// Hears the programme (0), the mix (1) or another source, in the order in which they are listed.
    Hear {
        /// Which.
        source: usize,
    },
    /// What is heard of the whole chain.
    Chain {
        /// That.
        heard: LiveHeard,
    },
    /// What is heard of a stage of the built-in processors.
    Stage {
        /// From 1, numbered through the chain.
        stage: usize,
        /// That.
        heard: LiveHeard,
    },
    /// What is heard of a unit of hardware.
    Unit {
        /// From 1, in the chain's order.
        unit: usize,
        /// That.
        heard: LiveHeard,
    },
    /// How loud other sources are heard.
    Level {
        /// That.
        level: LiveSourceLevel,
    },
    /// What is heard of the channels.
    Listen {
        /// That.
        listen: LiveListen,
    },
    /// The monitors softer.
    Dim,
    /// The monitors as loud as they are.
    Full,
    /// Turns a knob of a built-in processor.
    Set {
        /// The stage, from 1, numbered through the chain.
        stage: usize,
        /// Which setting.
        setting: Setting,
        /// Which band of it, from 1, where it has some.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        band: Option<usize>,
        /// Where it goes.
        value: f64,
    },
    /// Trims of a unit.
    Trim {
        /// From 1.
        unit: usize,
        /// Before its send, in dB.
        send_db: f64,
        /// Behind its return, in dB.
        return_db: f64,
    },
    /// Share of the chain beside the mix.
    Blend {
        /// In per cent.
        percent: f64,
    },
    /// Measures the round trips.
    Measure,
    /// Opens sends and monitors again after a return was too loud.
    Open,
    /// Takes the session up again when the audio server is back.
    Resume,
    /// Ends the session.
    End,
}

impl From<LiveHeard> for Audition {
    fn from(heard: LiveHeard) -> Self {
        match heard {
            LiveHeard::Processed => Self::Processed,
            LiveHeard::Bypassed => Self::Bypassed,
            LiveHeard::Difference => Self::Difference,
        }
    }
}

impl From<Audition> for LiveHeard {
    fn from(heard: Audition) -> Self {
        match heard {
            Audition::Processed => Self::Processed,
            Audition::Bypassed => Self::Bypassed,
            Audition::Difference => Self::Difference,
        }
    }
}

impl From<LiveListen> for Listen {
    fn from(listen: LiveListen) -> Self {
        match listen {
            LiveListen::Stereo => Self::Channels,
            LiveListen::Mono => Self::Mono,
            LiveListen::Side => Self::Side,
        }
    }
}

impl From<Listen> for LiveListen {
    fn from(listen: Listen) -> Self {
        match listen {
            Listen::Channels => Self::Stereo,
            Listen::Mono => Self::Mono,
            Listen::Side => Self::Side,
        }
    }
}

impl From<LiveSourceLevel> for SourceLevel {
    fn from(level: LiveSourceLevel) -> Self {
        match level {
            LiveSourceLevel::Matched => Self::Matched,
            LiveSourceLevel::AsItIs => Self::AsItIs,
        }
    }
}

impl From<SourceLevel> for LiveSourceLevel {
    fn from(level: SourceLevel) -> Self {
        match level {
            SourceLevel::Matched => Self::Matched,
            SourceLevel::AsItIs => Self::AsItIs,
        }
    }
}
