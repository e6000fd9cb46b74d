//! Loudness of what is played: K-weighted power, of three seconds and of a whole song.

use dsp::Biquad;

/// K-weighted power of 1 reads this (ITU-R BS.1770-5).
const LUFS_OFFSET_DB: f64 = -0.691;
/// Tenths of a second that short-term loudness is read over (EBU Tech 3341).
const SHORT_TERM: usize = 30;
/// Tenths of a second of one block of gated loudness (BS.1770-5).
const BLOCK: usize = 4;
/// Below this nothing is left of a filter's memory.
const NOTHING: f64 = 1e-30;

/// Power as loudness.
pub(crate) fn lufs(power: f64) -> Option<f64> {
    (power > 1e-10).then(|| LUFS_OFFSET_DB + dsp::power_to_db(power))
}

/// The K-weighting, channel by channel.
#[derive(Clone, Debug)]
struct Weighting {
    filters: [Biquad; 2],
    /// Transposed direct form II.
    memory: Vec<[[f64; 2]; 2]>,
}

impl Weighting {
    fn new(rate_hz: u32, channels: usize) -> Self {
        Self {
            filters: dsp::k_weighting(rate_hz),
            memory: vec![[[0.0; 2]; 2]; channels],
        }
    }

    fn next(&mut self, channel: usize, mut x: f64) -> f64 {
        let Some(memory) = self.memory.get_mut(channel) else {
            return 0.0;
        };
        for (filter, [first, second]) in self.filters.iter().zip(memory) {
            let y = filter.b[0] * x + *first;
            *first = filter.b[1] * x - filter.a[0] * y + *second;
            *second = filter.b[2] * x - filter.a[1] * y;
            if first.abs() < NOTHING && second.abs() < NOTHING {
                (*first, *second) = (0.0, 0.0);
            }
            x = y;
        }
        x
    }
}

/// Short-term loudness as it goes on.
#[derive(Clone, Debug)]
pub(crate) struct ShortTerm {
    weighting: Weighting,
    tenth_frames: u32,
    sum: f64,
    count: u32,
    tenths: [f64; SHORT_TERM],
    at: usize,
    filled: usize,
}

impl ShortTerm {
    pub(crate) fn new(rate_hz: u32, channels: usize) -> Self {
        Self {
            weighting: Weighting::new(rate_hz, channels),
            tenth_frames: (rate_hz / 10).max(1),
            sum: 0.0,
            count: 0,
            tenths: [0.0; SHORT_TERM],
            at: 0,
            filled: 0,
        }
    }

    /// Real-time: true where a tenth of a second is full.
    pub(crate) fn feed(&mut self, frame: impl Iterator<Item = f64>) -> bool {
        for (channel, x) in frame.enumerate() {
            let y = self.weighting.next(channel, x);
            self.sum += y * y;
        }
        self.count += 1;
        if self.count < self.tenth_frames {
            return false;
        }
        self.tenths[self.at] = self.sum / f64::from(self.count);
        self.at = (self.at + 1) % SHORT_TERM;
        self.filled = (self.filled + 1).min(SHORT_TERM);
        (self.sum, self.count) = (0.0, 0);
        true
    }

    /// Real-time: K-weighted power of the last three seconds, or of what there is of them.
    pub(crate) fn power(&self) -> f64 {
        let sum: f64 = self.tenths[..self.filled].iter().sum();
        sum / self.filled.max(1) as f64
    }

    fn last(&self) -> f64 {
        self.tenths[(self.at + SHORT_TERM - 1) % SHORT_TERM]
    }
}

/// K-weighted power of a whole, gated as for integrated loudness; 0 for silence.
pub(crate) fn gated_power(rate_hz: u32, rows: &[Vec<f32>]) -> f64 {
    let mut meter = ShortTerm::new(rate_hz, rows.len());
    let frames = rows.iter().map(Vec::len).min().unwrap_or(0);
    let mut tenths = Vec::new();
    for n in 0..frames {
        if meter.feed(rows.iter().map(|row| f64::from(row[n]))) {
            tenths.push(meter.last());
        }
    }
    let blocks: Vec<f64> = tenths
        .windows(BLOCK)
        .map(|block| block.iter().sum::<f64>() / BLOCK as f64)
        .collect();
    let mean_above = |gate: f64| {
        let heard: Vec<f64> = blocks
            .iter()
            .copied()
            .filter(|power| *power > gate)
            .collect();
        heard.iter().sum::<f64>() / heard.len().max(1) as f64
    };
    // −70 LUFS, and then 10 LU below what stands above it.
    let absolute = dsp::db_to_power(-70.0 - LUFS_OFFSET_DB);
    let relative = mean_above(absolute) * 0.1;
    mean_above(relative.max(absolute))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EBU Tech 3341, case 1: a stereo sine of 1 kHz at −23 dBFS reads −23.0 ±0.1 LUFS.
    #[test]
    fn the_ebus_sine_reads_as_it_is_to() {
        let sine = |n: i32| {
            let angle = 2.0 * std::f64::consts::PI * 1_000.0 * f64::from(n) / 48_000.0;
            (libm::sin(angle) * dsp::db_to_gain(-23.0)) as f32
        };
        let row: Vec<f32> = (0..48_000 * 20).map(sine).collect();
        let mut meter = ShortTerm::new(48_000, 2);
        row.iter().for_each(|x| {
            meter.feed([f64::from(*x); 2].into_iter());
        });
        let read = lufs(meter.power()).unwrap();
        assert!((read + 23.0).abs() < 0.1, "{read}");
        let mut quiet = row.clone();
        quiet.extend(vec![0.0; 48_000 * 20]);
        let whole = lufs(gated_power(48_000, &[quiet.clone(), quiet])).unwrap();
        assert!((whole + 23.0).abs() < 0.1, "{whole}");
        assert_eq!(lufs(gated_power(48_000, &[vec![0.0; 48_000]])), None);
    }
}
