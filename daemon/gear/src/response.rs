//! Frequency and phase response, and whether two clocks agree, from the multi-sine.

use core::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

use crate::complex::{Transform, Value, angle, power, times, times_conjugate, turn};
use crate::signals::MultiSine;
use crate::spread::Spread;

/// The response at one frequency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponsePoint {
    /// Frequency in hertz.
    pub hz: f64,
    /// Gain in dB; the repeats are the periods of the multi-sine.
    pub gain_db: Spread,
    /// Phase in degrees from −180 to 180, the delay taken out, polarity left in.
    pub phase_degrees: f64,
}

/// What each period did to each line.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    rate_hz: u32,
    period: usize,
    lines: Vec<usize>,
    /// Period after period.
    values: Vec<Vec<Value>>,
}

impl Lines {
    /// From whole periods that came back.
    pub(crate) fn of(returned: &[f64], multi: &MultiSine, rate_hz: u32) -> Self {
        let period = multi.period.len();
        let transform = Transform::holding(period);
        let sent = transform.forward(&multi.period);
        let one = |samples: &[f64]| -> Vec<Value> {
            let came = transform.forward(samples);
            let line = |bin: &usize| {
                let sent = sent.at(*bin);
                let (re, im) = times_conjugate(came.at(*bin), sent);
                (re / power(sent), im / power(sent))
            };
            multi.lines.iter().map(line).collect()
        };
        Self {
            rate_hz,
            period,
            lines: multi.lines.clone(),
            values: returned.chunks_exact(period).map(one).collect(),
        }
    }

    fn omega(&self, line: usize) -> f64 {
        TAU * line as f64 / self.period as f64
    }

    /// The response, `late_frames` taken out of the phase.
    pub(crate) fn response(&self, late_frames: f64) -> Vec<ResponsePoint> {
        let point = |(k, line): (usize, &usize)| {
            let db: Vec<f64> = self
                .values
                .iter()
                .map(|period| dsp::power_to_db(power(period[k]).max(1e-30)))
                .collect();
            let sum = self.values.iter().fold((0.0, 0.0), |s, period| {
                (s.0 + period[k].0, s.1 + period[k].1)
            });
            let turned = times(sum, turn(self.omega(*line) * late_frames));
            Some(ResponsePoint {
                hz: *line as f64 * f64::from(self.rate_hz) / self.period as f64,
                gain_db: Spread::of(&db)?,
                phase_degrees: angle(turned) * 180.0 / PI,
            })
        };
        self.lines.iter().enumerate().filter_map(point).collect()
    }

    /// By how many parts in a million the return runs behind the send, from period to period.
    pub(crate) fn drift_ppm(&self) -> Option<Spread> {
        let pairs: Vec<f64> = self
            .values
            .windows(2)
            .map(|pair| self.shift(&pair[0], &pair[1]) / self.period as f64 * 1e6)
            .collect();
        Spread::of(&pairs)
    }

    /// Frames by which the second period comes later than the first.
    fn shift(&self, first: &[Value], second: &[Value]) -> f64 {
        let mut late = 0.0;
        // From the low lines upwards, so that no line has turned by more than half a circle from where it is expected.
        for share in [0.004, 0.016, 0.06, 0.25, 1.0, 1.0] {
            let (mut sum, mut weights) = (0.0, 0.0);
            for ((line, a), b) in self.lines.iter().zip(first).zip(second) {
                let omega = self.omega(*line);
                if omega > share * PI {
                    break;
                }
                let turned = times(times_conjugate(*b, *a), turn(omega * late));
                let weight = power(*a);
                sum -= weight * omega * angle(turned);
                weights += weight * omega * omega;
            }
            if weights > 0.0 {
                late += sum / weights;
            }
        }
        late
    }
}
