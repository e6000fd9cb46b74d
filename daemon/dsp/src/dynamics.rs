use crate::decibel::{db_to_power, power_to_db};
use crate::processor::Spec;

/// Averaging time of the RMS detector.
const RMS_MS: f64 = 10.0;
/// Averaging time of the loudness detector: BS.1771's momentary loudness.
const MOMENTARY_MS: f64 = 400.0;
/// How much more slowly sustained compression lets go.
const SLOW_FACTOR: f64 = 5.0;
/// Compression below this many dB is none: the signal then passes bit for bit.
pub(crate) const SNAP_DB: f64 = 1e-9;

/// What a compressor listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// The largest sample of all channels.
    Peak,
    /// The mean power of all channels, averaged over about 10 ms.
    Rms,
    /// Momentary loudness: K-weighted power, summed over the channels, averaged over about 400 ms (ITU-R
    /// BS.1770-5). The threshold is then in LUFS.
    Loudness,
}

/// How a compressor lets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// By the programme: fast after short peaks, up to five times more slowly after sustained compression.
    Programme,
    /// Always with the same time constant.
    Fixed,
}

/// Which side of its threshold a curve works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Turns down what is above.
    Compress,
    /// Turns down what is below.
    Expand,
}

/// The static curve, kept ready for the levels it is asked about most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Curve {
    direction: Direction,
    threshold_db: f64,
    /// dB of reduction per dB beyond the threshold.
    slope: f64,
    knee_db: f64,
    /// On the other side of this power nothing happens.
    idle: f64,
    /// Most reduction in dB.
    most_db: f64,
}

impl Curve {
    pub(crate) fn new(threshold_db: f64, ratio: f64, knee_db: f64) -> Self {
        let knee_db = knee_db.max(0.0);
        Self {
            direction: Direction::Compress,
            threshold_db,
            slope: 1.0 - 1.0 / ratio.max(1.0),
            knee_db,
            idle: db_to_power(threshold_db - knee_db / 2.0),
            most_db: f64::INFINITY,
        }
    }

    /// For a detector that hears what is compressed already: with this slope the whole follows the same ratio.
    pub(crate) fn feed_back(threshold_db: f64, ratio: f64, knee_db: f64) -> Self {
        Self {
            slope: ratio.max(1.0) - 1.0,
            ..Self::new(threshold_db, ratio, knee_db)
        }
    }

    /// Downward expansion: `ratio` dB out per dB in below the threshold.
    pub(crate) fn expand(threshold_db: f64, ratio: f64, knee_db: f64) -> Self {
        let knee_db = knee_db.max(0.0);
        Self {
            direction: Direction::Expand,
            slope: ratio.max(1.0) - 1.0,
            idle: db_to_power(threshold_db + knee_db / 2.0),
            ..Self::new(threshold_db, ratio, knee_db)
        }
    }

    /// The same curve with at most so much reduction.
    pub(crate) fn limited(self, most_db: f64) -> Self {
        Self { most_db, ..self }
    }

    pub(crate) fn reduction_db(&self, power: f64) -> f64 {
        let beyond = match self.direction {
            Direction::Compress if power <= self.idle => return 0.0,
            Direction::Compress => power_to_db(power) - self.threshold_db,
            Direction::Expand if power >= self.idle => return 0.0,
            Direction::Expand => self.threshold_db - power_to_db(power.max(1e-40)),
        };
        let half = self.knee_db / 2.0;
        let reduction_db = if beyond >= half {
            self.slope * beyond
        } else {
            let into = beyond + half;
            self.slope * into * into / (2.0 * self.knee_db)
        };
        reduction_db.min(self.most_db)
    }
}

/// Ballistics as factors per frame.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    /// Share of a new power in the average; 1 for peaks.
    average: f64,
    attack: f64,
    release_keep: f64,
    slow_charge: f64,
    slow_keep: f64,
    hold: u32,
}

fn keep(ms: f64, spec: Spec) -> f64 {
    libm::exp(-1.0 / (ms.max(0.01) * 0.001 * f64::from(spec.rate_hz)).max(0.1))
}

impl Times {
    /// An RMS detector and a release by the programme.
    pub(crate) fn new(attack_ms: f64, release_ms: f64, spec: Spec) -> Self {
        Self {
            average: 1.0 - keep(RMS_MS / 2.0, spec),
            attack: 1.0 - keep(attack_ms, spec),
            release_keep: keep(release_ms, spec),
            slow_charge: 1.0 - keep(release_ms * SLOW_FACTOR, spec),
            slow_keep: keep(release_ms * SLOW_FACTOR, spec),
            hold: 0,
        }
    }

    pub(crate) fn for_detector(self, detector: Detector, spec: Spec) -> Self {
        let average = match detector {
            Detector::Peak => 1.0,
            Detector::Rms => self.average,
            Detector::Loudness => 1.0 - keep(MOMENTARY_MS / 2.0, spec),
        };
        Self { average, ..self }
    }

    pub(crate) fn for_release(self, release: Release) -> Self {
        match release {
            Release::Programme => self,
            Release::Fixed => Self {
                slow_charge: 0.0,
                ..self
            },
        }
    }

    pub(crate) fn with_hold(self, hold_ms: f64, spec: Spec) -> Self {
        let frames = (hold_ms.max(0.0) * 0.001 * f64::from(spec.rate_hz)).min(1e9);
        Self {
            hold: frames as u32,
            ..self
        }
    }
}

/// Level and reduction of one detector (D. Giannoulis, M. Massberg, J. Reiss, "Digital Dynamic Range
/// Compressor Design", JAES 60(6), 2012: smooth branching after the gain computer, in dB).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct State {
    power: f64,
    reduction_db: f64,
    slow_db: f64,
    held: u32,
    max_db: f64,
    sum_db: f64,
}

impl State {
    /// What a long silence leads to.
    pub(crate) fn at_rest(curve: &Curve) -> Self {
        Self {
            reduction_db: curve.reduction_db(0.0),
            ..Self::default()
        }
    }

    #[inline]
    pub(crate) fn next(&mut self, power: f64, curve: &Curve, times: &Times) -> f64 {
        self.power = if times.average == 1.0 {
            power
        } else {
            self.power + (power - self.power) * times.average
        };
        let wanted = curve.reduction_db(self.power);
        if wanted > self.reduction_db {
            self.reduction_db += (wanted - self.reduction_db) * times.attack;
            self.held = times.hold;
        } else if self.held > 0 {
            self.held -= 1;
        } else {
            let floor = self.slow_db.max(wanted).min(self.reduction_db);
            self.reduction_db = floor + (self.reduction_db - floor) * times.release_keep;
        }
        if wanted > self.slow_db {
            self.slow_db += (self.reduction_db - self.slow_db).max(0.0) * times.slow_charge;
        } else {
            self.slow_db = wanted + (self.slow_db - wanted) * times.slow_keep;
        }
        self.max_db = self.max_db.max(self.reduction_db);
        self.sum_db += self.reduction_db;
        self.reduction_db
    }

    /// Deepest reduction in dB, and the sum over all frames.
    pub(crate) fn reading(&self) -> (f64, f64) {
        (self.max_db, self.sum_db)
    }

    /// Called on the grid only.
    pub(crate) fn tidy(&mut self) {
        if self.power < 1e-30 || !self.power.is_finite() {
            self.power = 0.0;
        }
        if self.reduction_db < SNAP_DB || !self.reduction_db.is_finite() {
            self.reduction_db = 0.0;
        }
        if self.slow_db < SNAP_DB || !self.slow_db.is_finite() {
            self.slow_db = 0.0;
        }
    }
}
