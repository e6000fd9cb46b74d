//! Level, DC, correlation and noise floor, summed block by block.

use crate::blocks::BLOCKS_PER_SECOND;

/// 100 ms in blocks.
const WINDOW_BLOCKS: usize = 10;
/// 1 s in windows of 100 ms.
const SECOND_WINDOWS: usize = 10;
/// A second whose channels are quieter than this (-60 dBFS RMS) says nothing about correlation.
const CORRELATION_FLOOR: f64 = 1.0e-6;

/// Four running sums, so that the additions do not wait for each other; the order is fixed.
fn lanes(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let mut sum = [0.0; 4];
    let chunks = values.chunks_exact(4);
    let rest: f64 = chunks.remainder().iter().map(|&v| term(v)).sum();
    for chunk in chunks {
        for lane in 0..4 {
            sum[lane] += term(chunk[lane]);
        }
    }
    (sum[0] + sum[1]) + (sum[2] + sum[3]) + rest
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    let mut sum = [0.0; 4];
    let (l4, r4) = (left.chunks_exact(4), right.chunks_exact(4));
    let rest: f64 = l4
        .remainder()
        .iter()
        .zip(r4.remainder())
        .map(|(l, r)| l * r)
        .sum();
    for (l, r) in l4.zip(r4) {
        for lane in 0..4 {
            sum[lane] += l[lane] * r[lane];
        }
    }
    (sum[0] + sum[1]) + (sum[2] + sum[3]) + rest
}

/// One block of one channel in figures; computed once, used by the meter and by the findings.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BlockLevel {
    pub(crate) sum: f64,
    pub(crate) squares: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl BlockLevel {
    pub(crate) fn of(samples: &[f64]) -> Self {
        let mut low = [f64::INFINITY; 4];
        let mut high = [f64::NEG_INFINITY; 4];
        let chunks = samples.chunks_exact(4);
        for &v in chunks.remainder() {
            low[0] = if v < low[0] { v } else { low[0] };
            high[0] = if v > high[0] { v } else { high[0] };
        }
        for chunk in chunks {
            for lane in 0..4 {
                let v = chunk[lane];
                low[lane] = if v < low[lane] { v } else { low[lane] };
                high[lane] = if v > high[lane] { v } else { high[lane] };
            }
        }
        Self {
            sum: lanes(samples, |v| v),
            squares: lanes(samples, |v| v * v),
            min: low.into_iter().fold(f64::INFINITY, f64::min),
            max: high.into_iter().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    pub(crate) fn peak(&self) -> f64 {
        self.max.max(-self.min).max(0.0)
    }
}

/// Sums over the whole of one channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChannelLevel {
    pub(crate) sum: f64,
    pub(crate) squares: f64,
    pub(crate) peak: f64,
}

/// Sums of the products of the first two channels.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StereoSums {
    pub(crate) cross: f64,
    pub(crate) left: f64,
    pub(crate) right: f64,
}

impl StereoSums {
    fn add(&mut self, other: Self) {
        self.cross += other.cross;
        self.left += other.left;
        self.right += other.right;
    }

    /// -1 to +1; `None` where a channel is silent.
    pub(crate) fn correlation(&self) -> Option<f64> {
        let norm = libm::sqrt(self.left) * libm::sqrt(self.right);
        (norm > 0.0).then(|| (self.cross / norm).clamp(-1.0, 1.0))
    }

    /// Power of the side signal against the middle's, in dB.
    pub(crate) fn side_to_mid_db(&self) -> Option<f64> {
        let mid = self.left + self.right + 2.0 * self.cross;
        let side = (self.left + self.right - 2.0 * self.cross).max(0.0);
        if mid <= 0.0 || side <= 0.0 {
            return None;
        }
        crate::decibel::power_db(side / mid)
    }
}

/// Levels of all channels over the whole stream.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    rate_hz: f64,
    pub(crate) channels: Vec<ChannelLevel>,
    pub(crate) stereo: StereoSums,
    second: [StereoSums; SECOND_WINDOWS],
    window: StereoSums,
    window_square: f64,
    window_frames: usize,
    window_blocks: usize,
    windows: usize,
    /// Lowest correlation of any second, and its first second.
    pub(crate) worst_correlation: Option<(f64, f64)>,
    /// Smallest mean square of 100 ms that is not digital silence.
    pub(crate) quietest: Option<f64>,
}

impl Levels {
    pub(crate) fn new(rate_hz: u32, channels: usize) -> Self {
        Self {
            rate_hz: f64::from(rate_hz),
            channels: vec![ChannelLevel::default(); channels],
            stereo: StereoSums::default(),
            second: [StereoSums::default(); SECOND_WINDOWS],
            window: StereoSums::default(),
            window_square: 0.0,
            window_frames: 0,
            window_blocks: 0,
            windows: 0,
            worst_correlation: None,
            quietest: None,
        }
    }

    pub(crate) fn block(&mut self, block: &[Vec<f64>], levels: &[BlockLevel]) {
        for (channel, level) in self.channels.iter_mut().zip(levels) {
            channel.sum += level.sum;
            channel.squares += level.squares;
            channel.peak = channel.peak.max(level.peak());
        }
        if let ([left, right], [l, r]) = (block, levels) {
            let sums = StereoSums {
                cross: product(left, right),
                left: l.squares,
                right: r.squares,
            };
            self.stereo.add(sums);
            self.window.add(sums);
        }
        self.window_square += levels.iter().map(|l| l.squares).sum::<f64>();
        self.window_frames += block[0].len();
        self.window_blocks += 1;
        if self.window_blocks == WINDOW_BLOCKS {
            self.close_window();
        }
    }

    fn close_window(&mut self) {
        let mean = self.window_square / (self.window_frames * self.channels.len()) as f64;
        if mean > 0.0 {
            self.quietest = Some(self.quietest.map_or(mean, |q| q.min(mean)));
        }
        self.second[self.windows % SECOND_WINDOWS] = self.window;
        self.windows += 1;
        if self.windows >= SECOND_WINDOWS {
            self.close_second();
        }
        self.window = StereoSums::default();
        self.window_square = 0.0;
        self.window_frames = 0;
        self.window_blocks = 0;
    }

    fn close_second(&mut self) {
        let mut sums = StereoSums::default();
        for window in self.second {
            sums.add(window);
        }
        if sums.left.min(sums.right) < CORRELATION_FLOOR * self.rate_hz {
            return;
        }
        let Some(correlation) = sums.correlation() else {
            return;
        };
        if self.worst_correlation.is_none_or(|w| correlation < w.0) {
            let start = (self.windows - SECOND_WINDOWS) * WINDOW_BLOCKS;
            self.worst_correlation = Some((correlation, start as f64 / BLOCKS_PER_SECOND as f64));
        }
    }
}
