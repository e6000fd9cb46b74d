//! What is sent when, so that one pass through the gear answers everything.

use crate::signals::{MultiSine, Sweep, burst, tone};

/// Silence ahead of the first signal, in seconds: sends ramp up in it.
const LEAD_S: f64 = 0.15;
/// A tone sounds this long before it is looked at, in seconds: detectors settle.
const SETTLE_S: f64 = 0.25;
/// Silence between signals, in seconds; answers die away in it.
const GAP_S: f64 = 0.5;
/// Frequency of the tones that distortion is measured at, in hertz.
pub(crate) const TONE_HZ: f64 = 997.0;

/// How thorough a measurement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Everything, three times: for a unit's history.
    Full,
    /// The same figures over shorter signals, twice: before a print.
    Short,
}

/// What is to be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanSettings {
    /// Frames per second.
    pub rate_hz: u32,
    /// Channels of the send and of the return, 1 to 32.
    pub channels: usize,
    /// How thorough.
    pub form: Form,
    /// Peak of sweep, multi-sine and burst, in dBFS.
    pub level_dbfs: f64,
    /// Peaks of the tones that distortion is measured at.
    pub tone_levels_dbfs: Vec<f64>,
    /// Longest round trip that is looked for, in frames.
    pub longest_delay_frames: usize,
    /// Band that delay and response are stated over, in hertz.
    pub band_hz: [f64; 2],
}

impl PlanSettings {
    /// The house's: −12 dBFS, tones at −20 and −6 dBFS, a second of round trip, 20 Hz to 0.42 of the rate.
    pub fn new(rate_hz: u32, channels: usize, form: Form) -> Self {
        Self {
            rate_hz,
            channels,
            form,
            level_dbfs: -12.0,
            tone_levels_dbfs: match form {
                Form::Full => vec![-20.0, -6.0],
                Form::Short => vec![-6.0],
            },
            longest_delay_frames: rate_hz as usize,
            band_hz: [20.0, 0.42 * f64::from(rate_hz)],
        }
    }
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The sample rate.
    #[error("gear is measured at 32 000 to 384 000 Hz, not {0}")]
    Rate(u32),
    /// The number of channels.
    #[error("gear of 1 to 32 channels is measured, not of {0}")]
    Channels(usize),
    /// A level.
    #[error("test signals stand between -80 and 0 dBFS, not at {0}")]
    Level(f64),
    /// A round trip.
    #[error("round trips of up to 20 seconds are looked for")]
    Delay,
    /// The band.
    #[error("the band lies between 20 Hz and 0.45 of the rate and holds two octaves")]
    Band,
}

/// One signal of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// A sweep on one channel.
    Sweep { channel: usize },
    /// Periods of the multi-sine on all channels; the first one settles.
    MultiSine,
    /// A tone on all channels at one of the levels, behind its settling.
    Tone { level: usize },
    /// The burst on all channels.
    Burst,
    /// Nothing.
    Silence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) signal: Signal,
    /// First frame that is looked at, in the send.
    pub(crate) at: usize,
    /// Frames that are looked at.
    pub(crate) frames: usize,
}

/// Everything that is sent, and what it is.
#[derive(Clone, Debug)]
pub struct Plan {
    settings: PlanSettings,
    sent: Vec<Vec<f64>>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) sweep: Sweep,
    pub(crate) multi: MultiSine,
    /// Frames of one look at a tone, and its cycles in them.
    pub(crate) tone: (usize, usize),
    pub(crate) gap: usize,
}

impl Plan {
    /// Lays the signals out.
    pub fn new(settings: PlanSettings) -> Result<Self, PlanError> {
        check(&settings)?;
        let rate = f64::from(settings.rate_hz);
        let (seconds, repeats, second) = match settings.form {
            Form::Full => (2.5, 3, (rate / 48_000.0).max(1.0)),
            Form::Short => (1.25, 2, (rate / 96_000.0).max(0.5)),
        };
        // A multi-sine period of about 0.7 s or half of it, whole powers of two.
        let exponent = 15 + second.log2().round() as i32;
        let exponent = u32::try_from(exponent).unwrap_or(15);
        let sweep = Sweep {
            rate_hz: settings.rate_hz,
            frames: (seconds * rate) as usize,
            level_dbfs: settings.level_dbfs,
        };
        let multi = MultiSine::new(
            settings.rate_hz,
            exponent,
            settings.band_hz,
            settings.level_dbfs,
        );
        let window = 1_usize << (exponent - 1);
        let (_, cycles) = tone(settings.rate_hz, TONE_HZ, window, 0.0);
        let mut plan = Self {
            sent: vec![Vec::new(); settings.channels],
            segments: Vec::new(),
            sweep,
            multi,
            tone: (window, cycles),
            gap: (GAP_S * rate) as usize,
            settings,
        };
        plan.lay_out(repeats, rate);
        Ok(plan)
    }

    fn lay_out(&mut self, repeats: usize, rate: f64) {
        self.rest((LEAD_S * rate) as usize);
        let sweep = self.sweep.samples();
        // The first one of each channel is looked for as far as round trips go, and nothing else may come back there.
        let longest = self.settings.longest_delay_frames + self.gap;
        let first_gap = self.gap.max(longest.saturating_sub(sweep.len()));
        for repeat in 0..repeats {
            for channel in 0..self.settings.channels {
                self.add(Signal::Sweep { channel }, &sweep, 0);
                self.rest(if repeat == 0 { first_gap } else { self.gap });
            }
        }
        let period = self.multi.period.clone();
        let periods = period.repeat(repeats + 2);
        self.add(Signal::MultiSine, &periods, period.len());
        self.rest(self.gap);
        let window = self.tone.0;
        let settle = (SETTLE_S * rate) as usize;
        // Whole windows, so that the look begins at the same phase as the tone.
        let settle = settle.div_ceil(window) * window;
        for level in 0..self.settings.tone_levels_dbfs.len() {
            let peak = self.settings.tone_levels_dbfs[level];
            let (one, _) = tone(self.settings.rate_hz, TONE_HZ, window, peak);
            let windows = settle / window + repeats;
            self.add(Signal::Tone { level }, &one.repeat(windows), settle);
            self.rest(self.gap);
        }
        let programme = burst((0.6 * rate) as usize, self.settings.level_dbfs);
        for _ in 0..repeats {
            self.add(Signal::Burst, &programme, 0);
            self.rest(self.gap);
        }
        let quiet = repeats * self.multi.period.len();
        self.segments.push(Segment {
            signal: Signal::Silence,
            at: self.sent_frames(),
            frames: quiet,
        });
        self.rest(quiet);
    }

    fn rest(&mut self, frames: usize) {
        for channel in &mut self.sent {
            channel.resize(channel.len() + frames, 0.0);
        }
    }

    fn add(&mut self, signal: Signal, samples: &[f64], settle: usize) {
        self.segments.push(Segment {
            signal,
            at: self.sent_frames() + settle,
            frames: samples.len() - settle,
        });
        for (c, channel) in self.sent.iter_mut().enumerate() {
            match signal {
                Signal::Sweep { channel: only } if only != c => {
                    channel.resize(channel.len() + samples.len(), 0.0);
                }
                _ => channel.extend_from_slice(samples),
            }
        }
    }

    /// What it was made for.
    pub fn settings(&self) -> &PlanSettings {
        &self.settings
    }

    /// What is sent, a row for each channel.
    pub fn sent(&self) -> &[Vec<f64>] {
        &self.sent
    }

    /// Frames that are sent.
    pub fn sent_frames(&self) -> usize {
        self.sent.first().map_or(0, Vec::len)
    }

    /// Frames that are recorded, from the first frame sent.
    pub fn recorded_frames(&self) -> usize {
        self.sent_frames() + self.settings.longest_delay_frames
    }
}

fn check(settings: &PlanSettings) -> Result<(), PlanError> {
    let rate = f64::from(settings.rate_hz);
    if !(32_000..=384_000).contains(&settings.rate_hz) {
        return Err(PlanError::Rate(settings.rate_hz));
    }
    if !(1..=32).contains(&settings.channels) {
        return Err(PlanError::Channels(settings.channels));
    }
    let levels = settings.tone_levels_dbfs.iter().copied();
    let mut levels = levels.chain([settings.level_dbfs]);
    if let Some(level) = levels.find(|level| !(-80.0..=0.0).contains(level)) {
        return Err(PlanError::Level(level));
    }
    if settings.longest_delay_frames as f64 > 20.0 * rate {
        return Err(PlanError::Delay);
    }
    let [low, high] = settings.band_hz;
    if !(low >= 20.0 && high <= 0.45 * rate && high >= 4.0 * low) {
        return Err(PlanError::Band);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_measurement_is_short() {
        let seconds = |form| {
            let plan = Plan::new(PlanSettings::new(48_000, 2, form)).unwrap();
            plan.sent_frames() as f64 / 48_000.0
        };
        assert!(seconds(Form::Short) < 14.0, "{}", seconds(Form::Short));
        assert!(seconds(Form::Full) < 35.0, "{}", seconds(Form::Full));
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let with = |change: fn(&mut PlanSettings)| {
            let mut settings = PlanSettings::new(44_100, 2, Form::Full);
            change(&mut settings);
            Plan::new(settings).map(|_| ()).unwrap_err()
        };
        assert_eq!(with(|s| s.rate_hz = 8_000), PlanError::Rate(8_000));
        assert_eq!(with(|s| s.channels = 0), PlanError::Channels(0));
        assert_eq!(with(|s| s.level_dbfs = 1.0), PlanError::Level(1.0));
        assert_eq!(with(|s| s.band_hz = [20.0, 21_000.0]), PlanError::Band);
        assert_eq!(
            with(|s| s.longest_delay_frames = 1_000_000),
            PlanError::Delay
        );
    }
}
