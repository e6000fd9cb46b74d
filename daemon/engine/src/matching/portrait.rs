use dsp::{Fft, HalfWindows, hann, k_weighting, power_to_db, response_db};

use crate::render::{BLOCK_FRAMES, RenderError};
use crate::stream::Source;

/// Bands of the portrait: twelfths of an octave, of which this one is at 1 kHz.
const AT_1_KHZ: usize = 64;
/// From 24.8 Hz to 20.2 kHz.
pub(crate) const BANDS: usize = 117;
/// Bands of an octave.
pub(crate) const PER_OCTAVE: f64 = 12.0;
/// Bins are about this wide, in hertz.
const BIN_HZ: f64 = 3.0;
/// Loudness is kept in steps of this many LU, from the absolute gate up.
const STEP_LU: f64 = 0.5;
const STEPS: usize = 180;
/// BS.1770-5: below this nothing counts, and then nothing that is so far below the mean of the rest.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;
const RELATIVE_GATE_LU: f64 = -10.0;
/// Passages so far below the gated loudness are none of the loud ones; in between they count by share.
const FADE_LU: f64 = 6.0;
const LUFS_OFFSET_DB: f64 = -0.691;
/// A fall of this many dB within a quarter of an octave, above this frequency, is a codec's or a converter's wall.
const WALL_DB: f64 = 25.0;
const WALL_FROM_HZ: f64 = 8_000.0;

/// Centre of a band in hertz.
pub(crate) fn centre_hz(band: usize) -> f64 {
    1_000.0 * libm::exp2((band as f64 - AT_1_KHZ as f64) / PER_OCTAVE)
}

/// Power per band.
pub(crate) type Bands = [f64; BANDS];

/// What music sounds like on the whole: the power of mid and side in twelfths of an octave, by loudness.
///
/// Made in one pass and of one size, however long the music is. Music in one channel has no side; of more than two,
/// all channels together are the middle.
#[derive(Debug, Clone)]
pub struct Portrait {
    rate_hz: u32,
    /// What mid and side count for in loudness: both channels are in each.
    share: f64,
    /// From the absolute gate up; what is louder than the last is in the last.
    steps: Vec<Step>,
    /// K-weighting of each band, as a factor of power.
    weights: Box<Bands>,
    /// Above this there is nothing, in hertz.
    top_hz: f64,
    /// What a meter read.
    metered_lufs: Option<f64>,
}

/// All moments of one loudness.
#[derive(Debug, Clone)]
struct Step {
    windows: f64,
    mid: Box<Bands>,
    side: Box<Bands>,
}

impl Step {
    fn new() -> Self {
        Self {
            windows: 0.0,
            mid: Box::new([0.0; BANDS]),
            side: Box::new([0.0; BANDS]),
        }
    }
}

/// Mid and side, as gains of power per band.
pub(crate) struct Moved<'a> {
    pub(crate) mid: &'a Bands,
    pub(crate) side: &'a Bands,
}

impl Portrait {
    /// Listens to a stream from its first frame to its last.
    ///
    /// # Errors
    /// A stream that cannot be read, or with no channels or more than 64.
    pub fn of(source: &mut dyn Source) -> Result<Self, RenderError> {
        let spec = source.spec();
        if !(1..=64).contains(&spec.channels) {
            return Err(RenderError::Channels {
                channels: spec.channels,
            });
        }
        source.rewind()?;
        let mut listener = Listener::new(spec.rate_hz, spec.channels);
        let mut buffers = vec![vec![0.0; BLOCK_FRAMES]; spec.channels];
        loop {
            let frames = source.read(&mut buffers)?;
            if frames == 0 {
                break;
            }
            listener.feed(&buffers, frames);
        }
        Ok(listener.finish())
    }

    /// Its integrated loudness in LUFS; windows of a third of a second half overlapped and steps of loudness make it
    /// differ from a meter's by up to 0.2 LU. None for silence.
    pub fn lufs(&self) -> Option<f64> {
        self.lufs_moved(&Moved {
            mid: &[1.0; BANDS],
            side: &[1.0; BANDS],
        })
    }

    /// The same portrait with the loudness that a meter read of the same music.
    #[must_use]
    pub fn with_metered(self, integrated_lufs: Option<f64>) -> Self {
        Self {
            metered_lufs: integrated_lufs,
            ..self
        }
    }

    /// The loudness that a meter read, or else its own.
    pub(crate) fn level_lufs(&self) -> Option<f64> {
        self.metered_lufs.or(self.lufs())
    }

    /// Highest frequency with music in hertz: 20 kHz, or where the rate or a codec ended it.
    pub fn top_hz(&self) -> f64 {
        self.top_hz
    }

    /// Sample rate in hertz.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// The loudness it would have with its bands moved.
    pub(crate) fn lufs_moved(&self, moved: &Moved<'_>) -> Option<f64> {
        let steps: Vec<(f64, f64)> = self
            .steps
            .iter()
            .filter(|step| step.windows > 0.0)
            .map(|step| {
                let mut power = 0.0;
                for band in 0..BANDS {
                    power += self.weights[band]
                        * (step.mid[band] * moved.mid[band] + step.side[band] * moved.side[band]);
                }
                (self.share * power / step.windows, step.windows)
            })
            .collect();
        let mean_above = |gate: f64| {
            let above = steps.iter().filter(|(power, _)| lufs_of(*power) >= gate);
            let (sum, count) = above.fold((0.0, 0.0), |(sum, count), (power, windows)| {
                (sum + power * windows, count + windows)
            });
            (count > 0.0).then(|| lufs_of(sum / count))
        };
        mean_above(mean_above(ABSOLUTE_GATE_LUFS)? + RELATIVE_GATE_LU)
    }

    /// Mean power of mid and side in the loud passages: those at and above the gated loudness count fully, those below it
    /// less and less. None for silence.
    pub(crate) fn loud(&self) -> Option<(Bands, Bands)> {
        let gate = self.lufs()?;
        let (mut mid, mut side) = ([0.0; BANDS], [0.0; BANDS]);
        let mut windows = 0.0;
        for (index, step) in self.steps.iter().enumerate() {
            let below = gate - (ABSOLUTE_GATE_LUFS + (index + 1) as f64 * STEP_LU);
            let share = (1.0 - below / FADE_LU).clamp(0.0, 1.0);
            windows += share * step.windows;
            for band in 0..BANDS {
                mid[band] += share * step.mid[band];
                side[band] += share * step.side[band];
            }
        }
        if windows == 0.0 {
            return None;
        }
        for power in mid.iter_mut().chain(&mut side) {
            *power /= windows;
        }
        Some((mid, side))
    }
}

fn lufs_of(power: f64) -> f64 {
    LUFS_OFFSET_DB + power_to_db(power.max(1e-30))
}

/// Cuts a stream into windows and sorts their spectra by loudness.
struct Listener {
    rate_hz: u32,
    fft: Fft,
    window: Vec<f64>,
    cut: HalfWindows,
    heard: bool,
    re: Vec<f64>,
    im: Vec<f64>,
    edges: Vec<[f64; 2]>,
    /// From squares of the transform to mean power.
    scale: f64,
    portrait: Portrait,
}

impl Listener {
    fn new(rate_hz: u32, channels: usize) -> Self {
        let rate = f64::from(rate_hz);
        let fft = Fft::new(libm::ceil(libm::log2(rate / BIN_HZ)) as u32);
        let length = fft.length();
        let window: Vec<f64> = (0..length).map(|i| hann(i, length)).collect();
        let energy: f64 = window.iter().map(|w| w * w).sum();
        let half = libm::exp2(0.5 / PER_OCTAVE);
        let per_bin = length as f64 / rate;
        let edges = (0..BANDS).map(|band| {
            let hz = centre_hz(band);
            [hz / half, hz * half].map(|edge| (edge * per_bin).min(length as f64 / 2.0))
        });
        let sections = k_weighting(rate_hz);
        let mut weights = Box::new([0.0; BANDS]);
        for (band, weight) in weights.iter_mut().enumerate() {
            let hz = centre_hz(band).min(0.49 * rate);
            *weight = dsp::db_to_power(response_db(&sections, hz, rate_hz));
        }
        Self {
            rate_hz,
            edges: edges.collect(),
            scale: 2.0 / (energy * length as f64),
            cut: HalfWindows::new(length, channels),
            heard: false,
            re: vec![0.0; length],
            im: vec![0.0; length],
            window,
            fft,
            portrait: Portrait {
                rate_hz,
                share: if channels == 2 { 2.0 } else { 1.0 },
                steps: vec![Step::new(); STEPS],
                weights,
                top_hz: 0.0,
                metered_lufs: None,
            },
        }
    }

    fn feed(&mut self, block: &[Vec<f64>], frames: usize) {
        let mut at = 0;
        while self.cut.fill(block, frames, &mut at) {
            self.transform();
            self.cut.slide();
        }
    }

    fn transform(&mut self) {
        self.heard = true;
        let (mut mid, mut side) = ([0.0; BANDS], [0.0; BANDS]);
        if let [left, right] = self.cut.rows() {
            let pairs = left.iter().zip(right).zip(&self.window);
            for (i, ((l, r), w)) in pairs.enumerate() {
                (self.re[i], self.im[i]) = (0.5 * w * (l + r), 0.5 * w * (l - r));
            }
            self.fft.forward(&mut self.re, &mut self.im);
            self.sum(&mut mid, &mut side);
        } else {
            for channel in self.cut.clone().rows() {
                for (i, (x, w)) in channel.iter().zip(&self.window).enumerate() {
                    (self.re[i], self.im[i]) = (x * w, 0.0);
                }
                self.fft.forward(&mut self.re, &mut self.im);
                self.sum(&mut mid, &mut side);
            }
            side = [0.0; BANDS];
        }
        let mut power = 0.0;
        for band in 0..BANDS {
            power += self.portrait.weights[band] * (mid[band] + side[band]);
        }
        let lufs = lufs_of(self.portrait.share * power);
        if lufs < ABSOLUTE_GATE_LUFS {
            return;
        }
        let index = ((lufs - ABSOLUTE_GATE_LUFS) / STEP_LU) as usize;
        let step = &mut self.portrait.steps[index.min(STEPS - 1)];
        step.windows += 1.0;
        for band in 0..BANDS {
            step.mid[band] += mid[band];
            step.side[band] += side[band];
        }
    }

    /// Adds the bands of the two real signals that were transformed as one complex one.
    fn sum(&self, first: &mut Bands, second: &mut Bands) {
        let length = self.fft.length();
        let powers = |k: usize| {
            let (k, n) = (k % length, (length - k) % length);
            let (a, b) = (self.re[k] + self.re[n], self.im[k] - self.im[n]);
            let (c, d) = (self.im[k] + self.im[n], self.re[k] - self.re[n]);
            let scale = 0.25 * self.scale;
            (scale * (a * a + b * b), scale * (c * c + d * d))
        };
        for (band, [low, high]) in self.edges.iter().enumerate() {
            let mut k = libm::floor(low + 0.5) as usize;
            while (k as f64 - 0.5) < *high {
                let inside = (k as f64 + 0.5).min(*high) - (k as f64 - 0.5).max(*low);
                let (one, two) = powers(k);
                first[band] += one * inside.max(0.0);
                second[band] += two * inside.max(0.0);
                k += 1;
            }
        }
    }

    fn finish(mut self) -> Portrait {
        if !self.heard && self.cut.fill_up() {
            self.transform();
        }
        let rate = f64::from(self.rate_hz);
        let top_hz = self.portrait.loud().map_or(0.0, |(mid, side)| {
            let mut whole = mid;
            for (sum, side) in whole.iter_mut().zip(side) {
                *sum += side;
            }
            wall_hz(&whole)
        });
        self.portrait.top_hz = top_hz.min(0.45 * rate);
        self.portrait
    }
}

/// Where the music ends: the band before a fall that is too steep for music and after which nothing comes back.
fn wall_hz(whole: &Bands) -> f64 {
    let density_db = |band: usize| power_to_db(whole[band].max(1e-20) / centre_hz(band));
    let mut highest = f64::NEG_INFINITY;
    let mut top = BANDS - 1;
    // From the top down: where a wall stands, all that is above it lies low.
    for band in (0..BANDS - 3).rev() {
        highest = highest.max(density_db(band + 3));
        if centre_hz(band) < WALL_FROM_HZ {
            break;
        }
        if density_db(band) - highest > WALL_DB {
            top = band;
        }
    }
    // The last band before the fall may hold a part of it.
    if top < BANDS - 1 {
        top -= 1;
    }
    centre_hz(top)
}
