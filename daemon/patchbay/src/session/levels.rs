//! What is metered, and what the audio thread tells of itself.

use crate::session::transport::Run;

/// Most units of hardware that a session goes through.
pub(crate) const MOST_WAYS: usize = 8;

/// Level at one place since it was last read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    peak: f64,
    /// Mean over frames and channels.
    power: f64,
}

impl Reading {
    pub(crate) fn level(self) -> LevelNow {
        LevelNow {
            peak_dbfs: (self.peak > 0.0).then(|| dsp::gain_to_db(self.peak)),
            rms_dbfs: (self.power > 0.0).then(|| dsp::power_to_db(self.power)),
        }
    }
}

/// A level of about the last twentieth of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LevelNow {
    /// Highest sample of all channels in dBFS; none for silence.
    pub peak_dbfs: Option<f64>,
    /// Root mean square of all channels in dBFS, 0 for a square wave at full scale; none for silence.
    pub rms_dbfs: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    peak: f64,
    sum: f64,
    count: u32,
}

impl Meter {
    /// Real-time.
    pub(crate) fn feed(&mut self, x: f64) {
        self.peak = self.peak.max(x.abs());
        self.sum += x * x;
        self.count += 1;
    }

    /// Real-time: forgets what it tells.
    pub(crate) fn read(&mut self) -> Reading {
        let read = Reading {
            peak: self.peak,
            power: self.sum / f64::from(self.count.max(1)),
        };
        *self = Self::default();
        read
    }
}

/// Whether the guard has fallen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Fallen {
    #[default]
    No,
    /// For what came back from this unit, from 0.
    At(usize),
}

/// What the audio thread tells some twenty times a second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) run: Run,
    pub(crate) place: i64,
    pub(crate) fallen: Fallen,
    pub(crate) source: Reading,
    pub(crate) sends: [Reading; MOST_WAYS],
    pub(crate) returns: [Reading; MOST_WAYS],
    pub(crate) monitors: Reading,
    /// K-weighted power of three seconds.
    pub(crate) short_term: f64,
    pub(crate) non_finite: u64,
}
