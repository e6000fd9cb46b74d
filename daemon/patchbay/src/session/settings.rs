//! What a session is opened with, and why it does not begin.

use std::sync::Arc;

use crate::live::{LiveError, LiveServer};
use crate::session::levels::MOST_WAYS;
use crate::session::{Section, SessionPlace, Source, WaySettings};

/// Most that sources may take together: 2 GiB.
const MOST_SAMPLES: usize = 512 << 20;
/// Most sources.
const MOST_SOURCES: usize = 32;
/// Shortest loop: longer than the fades at its seam.
pub(crate) const SHORTEST_LOOP_MS: u64 = 100;

/// Makes the built-in processors ready for a server: one section before each unit and one behind the last. It is
/// called again when the server came back or a round trip was measured.
pub type MakeSections = Arc<dyn Fn(LiveServer) -> Result<Vec<Section>, String> + Send + Sync>;

/// What is to be opened.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionSettings {
    /// Where.
    pub place: SessionPlace,
    /// The units, in the order of the chain; as many as the place has.
    pub ways: Vec<WaySettings>,
    /// Share of the chain beside the mix itself, 0 to 1.
    pub wet: f64,
    /// Level of 5 ms on a return above which everything falls silent, in dBFS root mean square.
    pub ceiling_dbfs: f64,
    /// The mix, and what it is compared with; all on one time line.
    pub sources: Vec<Arc<Source>>,
    /// Their rate in hertz.
    pub rate_hz: u32,
}

/// Why a session does not begin, or what in it cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The server.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// No mix, or too many sources.
    #[error("a session plays a mix and up to {} other sources, not {given}", MOST_SOURCES - 1)]
    Sources {
        /// How many were given.
        given: usize,
    },
    /// The sources are too long together.
    #[error("the sources are too long to be held ready together; take fewer of them, or a passage")]
    TooLong,
    /// Sources and ways of another shape.
    #[error("a session has 1 to {most} units with as many ports as the mix has channels; {what}")]
    Shape {
        /// Most units.
        most: usize,
        /// What is otherwise.
        what: String,
    },
    /// There is nothing of that number.
    #[error("there is no {what} {number}; {there}")]
    Nothing {
        /// A source or a unit.
        what: &'static str,
        /// From 1.
        number: usize,
        /// What there is.
        there: String,
    },
    /// A loop that is none.
    #[error("a loop lies in the song and is at least {SHORTEST_LOOP_MS} ms long")]
    Loop,
    /// A value beyond what it may be.
    #[error("{what}")]
    Range {
        /// What it may be.
        what: &'static str,
    },
    /// The audio thread takes no more.
    #[error("the audio server does not take it; try again")]
    Busy,
    /// The server ended, or calls no more.
    #[error("the audio server has ended or stands still; start it again, then resume")]
    Gone,
    /// The guard fell.
    #[error(
        "the return of unit {way} stood above {ceiling_dbfs:.1} dBFS: the loop feeds back or is far too loud; sends and monitors are silent, look at the patch, turn it down, then open them again"
    )]
    Feedback {
        /// From 1.
        way: usize,
        /// What it stood above.
        ceiling_dbfs: f64,
    },
    /// Something is being measured.
    #[error("a round trip is being measured; wait for its end")]
    Measures,
    /// A round trip could not be measured.
    #[error("the round trip of unit {way} could not be measured: {why}")]
    Unmeasured {
        /// From 1.
        way: usize,
        /// In a sentence.
        why: String,
    },
}

/// Whether the monitors are dimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dim {
    /// As loud as they are.
    #[default]
    Full,
    /// 20 dB softer.
    Dimmed,
}

/// Refuses what cannot be a session.
pub(crate) fn check(settings: &SessionSettings) -> Result<(), SessionError> {
    let given = settings.sources.len();
    let mix = settings.sources.first();
    let mix = mix.filter(|_| given <= MOST_SOURCES);
    let mix = mix.ok_or(SessionError::Sources { given })?;
    let samples = settings.sources.iter().map(|s| s.frames() * s.channels());
    if samples.sum::<usize>() > MOST_SAMPLES {
        return Err(SessionError::TooLong);
    }
    let shape = |what: String| SessionError::Shape {
        most: MOST_WAYS,
        what,
    };
    let channels = mix.channels();
    if channels == 0 {
        return Err(shape("the mix has none".to_owned()));
    }
    if let Some(other) = settings.sources.iter().find(|s| s.channels() != channels) {
        let (name, has) = (other.name(), other.channels());
        return Err(shape(format!(
            "{name} has {has} channels, the mix {channels}"
        )));
    }
    let ways = settings.ways.len();
    let (there, ports): (usize, Vec<usize>) = match &settings.place {
        SessionPlace::Jack { ways, .. } => {
            let ports = ways.iter().flat_map(|way| [way.send.len(), way.back.len()]);
            (ways.len(), ports.collect())
        }
        SessionPlace::Loopback { ways, .. } => (
            ways.len(),
            ways.iter().map(|way| way.channels.len()).collect(),
        ),
    };
    if ways != there || ways > MOST_WAYS {
        return Err(shape(format!(
            "{ways} were described, and {there} have ports"
        )));
    }
    if let Some(other) = ports.iter().find(|ports| **ports != channels) {
        return Err(shape(format!(
            "a unit has {other} ports, the mix {channels} channels"
        )));
    }
    let delays = settings
        .ways
        .iter()
        .filter_map(|way| way.delays_frames.as_ref());
    for given in delays {
        let is_delay = |delay: &f64| (0.0..1e6).contains(delay);
        if given.len() != channels || !given.iter().all(is_delay) {
            return Err(shape(
                "a round trip is given for each channel, in frames".to_owned(),
            ));
        }
    }
    Ok(())
}
