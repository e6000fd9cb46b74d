//! A recording brought back to its source's place, fractions of a sample included.

use dsp::{FractionalDelay, Processor as _, Spec};

/// A delay this near to a whole number is one: what is left nulls some 90 dB down up to 0.4 of the rate, and whole
/// numbers pass every bit unchanged.
const WHOLE: f64 = 1e-5;

/// A whole number where it is as good as one.
pub(crate) fn settled(frames: f64) -> f64 {
    if (frames - frames.round()).abs() <= WHOLE {
        frames.round()
    } else {
        frames
    }
}

/// Takes each channel's delay out of a stream of blocks.
#[derive(Clone, Debug)]
pub struct Aligner {
    line: FractionalDelay,
    skip_frames: u64,
    is_whole: bool,
}

impl Aligner {
    /// Takes out `delays_frames`, one for each channel, from blocks of up to `max_frames`.
    ///
    /// Delays are measured, so a path may come a fraction of a sample early.
    pub fn new(delays_frames: &[f64], rate_hz: u32, max_frames: usize) -> Self {
        let delays: Vec<f64> = delays_frames.iter().map(|delay| settled(*delay)).collect();
        let latest = delays.iter().fold(0.0, |a: f64, b| a.max(b.ceil()));
        let left: Vec<f64> = delays.iter().map(|delay| latest - delay).collect();
        let mut line = FractionalDelay::new(&left);
        let channels = delays.len();
        line.prepare(Spec { rate_hz, channels }, max_frames);
        Self {
            skip_frames: latest as u64 + line.latency_frames(),
            is_whole: left.iter().all(|delay| delay.trunc() == *delay),
            line,
        }
    }

    /// Frames at the beginning of what comes out that lie ahead of the source's first frame; as many more have to go
    /// in behind the last one.
    pub fn skip_frames(&self) -> u64 {
        self.skip_frames
    }

    /// True where every sample passes unchanged.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Works on one block in place.
    pub fn process(&mut self, block: &mut [&mut [f64]]) {
        self.line.process(block, None, &[]);
    }
}

/// A whole recording brought back, as long as it was, silence at its end.
pub fn aligned(recording: &[Vec<f64>], delays_frames: &[f64], rate_hz: u32) -> Vec<Vec<f64>> {
    let frames = recording.iter().map(Vec::len).min().unwrap_or(0);
    let mut aligner = Aligner::new(delays_frames, rate_hz, 8_192);
    let skip = usize::try_from(aligner.skip_frames()).unwrap_or(usize::MAX);
    let mut out: Vec<Vec<f64>> = recording.iter().map(|c| c[..frames].to_vec()).collect();
    for channel in &mut out {
        channel.resize(frames + skip, 0.0);
    }
    let mut at = 0;
    while at < frames + skip {
        let end = (at + 8_192).min(frames + skip);
        let mut block: Vec<&mut [f64]> = out.iter_mut().map(|c| &mut c[at..end]).collect();
        aligner.process(&mut block);
        at = end;
    }
    for channel in &mut out {
        channel.drain(..skip);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_delays_leave_every_bit_and_fractions_leave_ninety_db() {
        let tone = |late: f64| -> Vec<f64> {
            (0..4_000)
                .map(|n| libm::sin(2.56 * (f64::from(n) - late)))
                .collect()
        };
        let back = aligned(&[tone(3.0), tone(10.000_001)], &[3.0, 10.000_001], 44_100);
        let back_fraction = aligned(&[tone(3.0), tone(10.37)], &[3.0, 10.37], 44_100);
        for n in 500..3_500 {
            assert_eq!(back[0][n], tone(3.0)[n + 3]);
            assert_eq!(back_fraction[0][n], tone(3.0)[n + 3]);
            // 18 kHz at 44.1 kHz is 2.56 radians a sample.
            assert!((back_fraction[1][n] - tone(0.0)[n]).abs() < 3e-5);
        }
    }
}
