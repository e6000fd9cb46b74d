//! How loud a sound is, millisecond by millisecond: what two recordings of a song are laid beside each other by, whatever
//! their rates and coders.

/// Values a second.
pub const ENVELOPE_HZ: u32 = 1_000;
/// Steps to the decibel; a byte holds down to -127 dBFS.
const STEPS: f64 = 2.0;

/// A sound's power in decibels, a byte the millisecond: 254 is full scale, each step below half a decibel.
#[derive(Debug, Clone)]
pub struct Envelope {
    values: Vec<u8>,
    rate_hz: u32,
    /// Samples so far.
    frames: u64,
    power: f64,
    /// Samples that `power` is of.
    count: u32,
    most: usize,
}

impl Envelope {
    /// An empty one of a sound of this rate, which holds no more than `most_seconds`.
    pub fn new(rate_hz: u32, most_seconds: u32) -> Self {
        let most = u64::from(most_seconds) * u64::from(ENVELOPE_HZ);
        Self {
            values: Vec::new(),
            rate_hz: rate_hz.max(1),
            frames: 0,
            power: 0.0,
            count: 0,
            most: usize::try_from(most).unwrap_or(usize::MAX),
        }
    }

    /// Takes the next samples, channel by channel; what is beyond the longest is left out.
    pub fn feed(&mut self, planar: &[Vec<f64>]) {
        let frames = planar.first().map_or(0, Vec::len);
        for frame in 0..frames {
            if self.values.len() >= self.most {
                return;
            }
            let samples = planar.iter().filter_map(|channel| channel.get(frame));
            self.power += samples.map(|sample| sample * sample).sum::<f64>();
            self.count += 1;
            self.frames += 1;
            // A rate that is no multiple of a thousand gives milliseconds of now more, now fewer samples.
            let rate = u64::from(self.rate_hz);
            if self.frames * u64::from(ENVELOPE_HZ) / rate > self.values.len() as u64 {
                let per_sample = self.power / f64::from(self.count * channels(planar));
                self.values.push(byte(per_sample));
                self.power = 0.0;
                self.count = 0;
            }
        }
    }

    /// What was taken so far.
    pub fn into_values(self) -> Vec<u8> {
        self.values
    }
}

fn channels(planar: &[Vec<f64>]) -> u32 {
    u32::try_from(planar.len()).unwrap_or(1).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held within a byte before"
)]
fn byte(power: f64) -> u8 {
    // Not a number, from a file that holds one, is silence.
    let db = if power > 0.0 {
        10.0 * power.log10()
    } else {
        f64::NEG_INFINITY
    };
    (254.0 + STEPS * db).clamp(0.0, 255.0) as u8
}
