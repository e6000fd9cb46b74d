//! What is known of a unit after one measurement.

use serde::{Deserialize, Serialize};

use crate::delay::{PhaseKind, Polarity};
use crate::levels::{DistortionFigures, NoiseFigures};
use crate::plan::Form;
use crate::response::ResponsePoint;
use crate::spread::Spread;

/// Levels of one channel's converters: dBu for a full-scale sine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What the send puts out.
    pub send_dbu: f64,
    /// What brings the return to full scale.
    pub return_dbu: f64,
}

/// Everything one measurement found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// Frames per second, of the send.
    pub rate_hz: u32,
    /// The return's, where it comes back by another clock: delays then count from the first channel that carries
    /// sound, because nothing tells how long the way is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_hz: Option<u32>,
    /// How thorough it was.
    pub form: Form,
    /// Peak of the sweeps in dBFS.
    pub level_dbfs: f64,
    /// Band that delay and response are stated over, in hertz.
    pub band_hz: [f64; 2],
    /// In the order of the sends.
    pub channels: Vec<ChannelFigures>,
    /// Between channels.
    pub crosstalk: Vec<Crosstalk>,
    /// By how much the return's clock runs behind the send's; `None` where nothing came back.
    pub clock_drift_ppm: Option<Spread>,
}

/// Where a channel's signal came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "route")]
pub enum Route {
    /// On the return of the same number.
    Straight,
    /// On another return, by number from 1.
    Swapped {
        /// That return.
        returned_on: usize,
    },
    /// Nowhere.
    Dead,
}

/// One channel of a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelFigures {
    /// Number from 1.
    pub channel: usize,
    /// Where it came back.
    pub route: Route,
    /// What it did to the sweeps; `None` where nothing came back.
    pub path: Option<PathFigures>,
    /// What came back of silence on this return.
    pub noise: Option<NoiseFigures>,
    /// Tones, softest first as they were asked for; empty where nothing came back.
    pub distortion: Vec<DistortionFigures>,
    /// The response at each line of the multi-sine; empty where nothing came back.
    pub response: Vec<ResponsePoint>,
    /// Samples of the return at or beyond full scale, while it was measured.
    pub over_samples: u64,
}

/// A path that carries sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathFigures {
    /// Pure delay in frames, the phase that its kind explains taken out.
    pub delay_frames: Spread,
    /// By how much it comes later than the first channel that carries sound.
    pub skew_frames: Spread,
    /// What its phase is made of.
    pub phase: PhaseKind,
    /// Phase that neither delay nor kind explains, in radians.
    pub phase_residual_rad: f64,
    /// Whether it turns the signal over.
    pub polarity: Polarity,
    /// Gain round 1 kHz in dB.
    pub gain_db: Spread,
    /// The same between the unit's own plugs, in dB, where the converters' levels are known.
    pub gain_dbu: Option<f64>,
    /// Gain of the burst of programme in dB.
    pub burst_gain_db: Option<Spread>,
    /// By how much bursts differ from the first one, in dB below it; `None` for one burst.
    pub burst_repeat_db: Option<f64>,
    /// Time for 60 dB, in milliseconds.
    pub decay_ms: f64,
    /// Frames that a print has to wait for the end of the sound (90 dB).
    pub tail_frames: u64,
}

/// What of one channel is heard on another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crosstalk {
    /// The channel that was sent, from 1.
    pub from: usize,
    /// The return it is heard on, from 1.
    pub into: usize,
    /// Against the direct path, in the third of an octave round 1 kHz, in dB.
    pub at_1k_db: Spread,
    /// In the worst third of an octave from 100 Hz to 10 kHz, in dB.
    pub worst_db: Spread,
}

impl Measurement {
    /// True where two measurements can be compared: of as many channels, at the same rates.
    pub fn is_like(&self, other: &Self) -> bool {
        let is = |m: &Self| (m.rate_hz, m.returned_hz, m.channels.len());
        is(self) == is(other)
    }

    /// The rates in words: `at 96000 Hz`, or out at one and back at another.
    pub fn rates(&self) -> String {
        let Some(returned_hz) = self.returned_hz else {
            return format!("at {} Hz", self.rate_hz);
        };
        let off = self.clock_drift_ppm.map_or(String::new(), |drift| {
            format!(", which runs {:+.2} parts in a million off", drift.mean)
        });
        format!(
            "out at {} Hz and back at {returned_hz} Hz by another clock{off}; delays count from the first channel",
            self.rate_hz
        )
    }

    /// The channels' delays in frames, where all carry sound where they should.
    pub fn delays_frames(&self) -> Option<Vec<f64>> {
        let delay = |channel: &ChannelFigures| match (channel.route, &channel.path) {
            (Route::Straight, Some(path)) => Some(path.delay_frames.mean),
            (Route::Straight | Route::Swapped { .. } | Route::Dead, _) => None,
        };
        self.channels.iter().map(delay).collect()
    }

    /// Frames that a print has to wait for the end of the sound.
    pub fn tail_frames(&self) -> u64 {
        let paths = self.channels.iter().filter_map(|c| c.path.as_ref());
        paths.map(|path| path.tail_frames).max().unwrap_or(0)
    }
}
