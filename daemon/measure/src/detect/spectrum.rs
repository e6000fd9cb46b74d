//! The spectrum of the whole file in bands, and what an encoder or a resampler leaves in it.

use std::fmt::Write;

use crate::decibel::{power, power_db};
use crate::detect::Block;
use crate::detect::images::{ImageWatch, Images};
use crate::fft::Fft;
use crate::picture::frame_of;

/// Bands from 0 Hz to half the rate.
pub(crate) const BANDS: usize = 128;
/// Frames quieter than this say nothing about holes.
const LOUD_DBFS: f64 = -45.0;
/// A band this far above the floor of its depth holds signal.
const SIGNAL_DB: f64 = 10.0;
/// At more than 16 bits a decoder's or resampler's own rounding stays below this, per band.
const EMPTY_DBFS: f64 = -130.0;
/// A hole is a band that falls from this much above the floor into it and comes back ...
const HOLE_DEPTH_DB: f64 = 10.0;
/// ... within so many moments, a quarter of a second, ...
const HOLE_MOMENTS: u8 = 12;
/// ... while the music this many bands below it (0.75 kHz at 48 kHz) ...
const HOLE_BANDS: usize = 4;
/// ... stays as it is, up and down by this: a sound that dies away comes back with a new attack,
/// an encoder that ran out of bits without one.
const HOLE_STEADY_DB: f64 = 15.0;
/// A gap is an empty band this close (0.4 kHz at 48 kHz) to music that stands ...
const GAP_BANDS: usize = 2;
/// ... this much over the floor: dying sound and filters by taste are not so steep.
const GAP_DEPTH_DB: f64 = 25.0;
/// Bands that a wall may take: about 0.6 % of the rate each.
const WALL_BANDS: usize = 4;

/// Bins below a mirror need this to leave an image above the floor of 16 bits.
const IMAGE_LEAST_DBFS: f64 = -118.0;
/// Pairs of bins: some ten moments with highs, of which a stroke of a cymbal has as many.
const IMAGE_LEAST_PAIRS: u64 = 280;

/// Where the spectrum ends and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall {
    pub(crate) edge_hz: f64,
    /// Fall across the edge.
    pub(crate) drop_db: f64,
    /// Holes per loud moment in the bands below the edge.
    pub(crate) holes: f64,
    /// Share of loud moments in which the band below the edge that is worst is a gap.
    pub(crate) gaps: f64,
    /// Mean level above the edge, per band.
    pub(crate) floor_dbfs: f64,
}

/// What one band is doing.
#[derive(Clone, Copy, Debug, Default)]
struct Hole {
    count: u64,
    /// Power of the band below when this one was last music; none where there is nothing to fall.
    beside: f64,
    /// Moments since it fell.
    moments: u8,
}

impl Hole {
    /// Takes the band's power, that of the band below it, and the floor.
    fn moment(&mut self, power: f64, beside: f64, floor: f64) {
        let steady = self::power(HOLE_STEADY_DB);
        let is_steady = beside < self.beside * steady && beside * steady > self.beside;
        if power > floor * self::power(HOLE_DEPTH_DB) {
            if self.moments > 0 && is_steady {
                self.count += 1;
            }
            (self.beside, self.moments) = (beside, 0);
        } else if self.beside > 0.0 {
            let has_fallen = self.moments > 0 || power < floor;
            self.moments += u8::from(has_fallen);
            let has_ended = has_fallen && beside * steady < self.beside;
            if has_ended || self.moments > HOLE_MOMENTS {
                (self.beside, self.moments) = (0.0, 0);
            }
        }
    }
}

/// Follows the spectrum of all channels.
#[derive(Clone, Debug)]
pub(crate) struct SpectrumWatch {
    fft: Fft,
    rate_hz: f64,
    window: Vec<f64>,
    /// 1 / (sum of the window's squares · size): makes all bands together the mean square.
    scale: f64,
    staged: Vec<Vec<f64>>,
    work: Vec<(f64, f64)>,
    sum: [f64; BANDS],
    frames: u64,
    loud_frames: u64,
    images: ImageWatch,
    /// Holes of each band, at 16 bits and at more.
    holes: [[Hole; BANDS]; 2],
    /// Loud moments in which a band is empty right above music, the same way.
    gaps: [[u64; BANDS]; 2],
    floors: [f64; 2],
}

/// Floor of TPDF dither at a depth, per band, as power.
fn dither_floor(bits: u32) -> f64 {
    let step = libm::exp2(1.0 - f64::from(bits));
    step * step / 4.0 / BANDS as f64
}

impl SpectrumWatch {
    pub(crate) fn new(rate_hz: f64, channels: usize) -> Self {
        // About 21 ms at every rate: short enough to see an encoder's empty moments.
        let mut size = 2 * BANDS;
        while (size as f64) < rate_hz * 0.016 {
            size *= 2;
        }
        let window: Vec<f64> = (0..size)
            .map(|n| {
                let phase = 2.0 * std::f64::consts::PI * (n as f64 + 0.5) / size as f64;
                0.5 - 0.5 * libm::cos(phase)
            })
            .collect();
        let squares: f64 = window.iter().map(|w| w * w).sum();
        Self {
            fft: Fft::new(size),
            rate_hz,
            scale: 1.0 / (squares * size as f64),
            window,
            staged: vec![Vec::with_capacity(2 * size); channels],
            work: vec![(0.0, 0.0); size],
            sum: [0.0; BANDS],
            frames: 0,
            loud_frames: 0,
            images: ImageWatch::new(rate_hz, size),
            holes: [[Hole::default(); BANDS]; 2],
            gaps: [[0; BANDS]; 2],
            floors: [
                dither_floor(16) * power(SIGNAL_DB),
                dither_floor(24).max(power(EMPTY_DBFS)) * power(SIGNAL_DB),
            ],
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        for (staged, samples) in self.staged.iter_mut().zip(block.samples) {
            staged.extend_from_slice(samples);
        }
        let size = self.fft.size();
        while self.staged[0].len() >= size {
            self.frame();
            for staged in &mut self.staged {
                staged.drain(..size);
            }
        }
    }

    fn frame(&mut self) {
        let size = self.fft.size();
        let mut bands = [0.0; BANDS];
        for pair in self.staged.chunks(2) {
            // Two real channels fit one complex transform.
            let right = pair.get(1);
            for (n, (value, w)) in self.work.iter_mut().zip(&self.window).enumerate() {
                *value = (pair[0][n] * w, right.map_or(0.0, |r| r[n] * w));
            }
            self.fft.run(&mut self.work);
            let per_band = size / 2 / BANDS;
            for (band, sum) in bands.iter_mut().enumerate() {
                for bin in band * per_band..(band + 1) * per_band {
                    let (a, b) = (self.work[bin], self.work[(size - bin) % size]);
                    *sum += a.0 * a.0 + a.1 * a.1 + b.0 * b.0 + b.1 * b.1;
                }
            }
        }
        let scale = self.scale / self.staged.len() as f64;
        let mut total = 0.0;
        for (band, sum) in bands.iter_mut().zip(&mut self.sum) {
            *band *= scale;
            *sum += *band;
            total += *band;
        }
        self.frames += 1;
        if total < power(LOUD_DBFS) {
            return;
        }
        self.loud_frames += 1;
        for (holes, floor) in self.holes.iter_mut().zip(self.floors) {
            for (band, hole) in holes.iter_mut().enumerate().skip(HOLE_BANDS) {
                hole.moment(bands[band], bands[band - HOLE_BANDS], floor);
            }
        }
        let steep = power(GAP_DEPTH_DB);
        for (gaps, floor) in self.gaps.iter_mut().zip(self.floors) {
            for (band, gap) in gaps.iter_mut().enumerate().skip(GAP_BANDS) {
                *gap += u64::from(bands[band] < floor && bands[band - GAP_BANDS] > floor * steep);
            }
        }
        // Of more than two channels the last pair speaks for all.
        let (work, scale) = (&self.work, self.scale / 2.0);
        let bin = |k: usize| {
            let (a, b) = (work[k], work[(size - k) % size]);
            scale * (a.0 * a.0 + a.1 * a.1 + b.0 * b.0 + b.1 * b.1)
        };
        self.images.frame(bin, power(IMAGE_LEAST_DBFS));
    }

    /// The mirror at a lower rate's half that shows most.
    pub(crate) fn images(&self) -> Option<Images> {
        self.images.images(IMAGE_LEAST_PAIRS)
    }

    fn level_db(&self, band: usize) -> f64 {
        power_db(self.sum[band] / self.frames.max(1) as f64).unwrap_or(-300.0)
    }

    /// Mean power between two frequencies, by the share of each band that lies inside.
    pub(crate) fn power_between(&self, low_hz: f64, high_hz: f64) -> f64 {
        let width = self.band_hz();
        let inside = |band: usize| {
            let (from, to) = (band as f64 * width, (band + 1) as f64 * width);
            ((to.min(high_hz) - from.max(low_hz)) / width).max(0.0)
        };
        let power: f64 = (0..BANDS).map(|b| inside(b) * self.sum[b]).sum();
        power / self.frames.max(1) as f64
    }

    fn band_hz(&self) -> f64 {
        self.rate_hz / 2.0 / BANDS as f64
    }

    /// The edge of the spectrum, where there is nothing above it but the floor of `bits`.
    pub(crate) fn wall(&self, bits: Option<u32>, least_drop_db: f64) -> Option<Wall> {
        let depth = usize::from(bits.is_none_or(|b| b > 16));
        let floor = match bits {
            Some(bits) => dither_floor(bits.clamp(16, 24)),
            None => 0.0,
        };
        let floor_db = power_db(floor.max(power(EMPTY_DBFS)))? + SIGNAL_DB;
        let top = (0..BANDS).rposition(|band| self.level_db(band) > floor_db)?;
        // Above it there must be enough to call it empty, below it enough to call it music.
        if self.loud_frames < 50 || top + WALL_BANDS + 1 >= BANDS || top < 3 * WALL_BANDS {
            return None;
        }
        let mean = |range: std::ops::Range<usize>| {
            let length = range.len() as f64;
            range.map(|band| self.level_db(band)).sum::<f64>() / length
        };
        let below = mean(top - WALL_BANDS - 3..top - 3);
        let above = mean(top + 2..(top + 2 + WALL_BANDS).min(BANDS));
        let drop_db = below - above;
        let region = top.saturating_sub(16).max(HOLE_BANDS)..top - 2;
        let region = region.filter(|&band| self.level_db(band) > floor_db);
        let (mut holes, mut gaps) = (0, 0);
        for band in region {
            holes += self.holes[depth][band].count;
            gaps = gaps.max(self.gaps[depth][band]);
        }
        let per_moment = |count: u64| count as f64 / self.loud_frames as f64;
        (drop_db >= least_drop_db).then(|| Wall {
            edge_hz: (top + 1) as f64 * self.band_hz(),
            drop_db,
            holes: per_moment(holes),
            gaps: per_moment(gaps),
            floor_dbfs: above,
        })
    }

    /// The spectrum as a drawing, 0 to -160 dB, with a mark at a frequency.
    pub(crate) fn svg(&self, mark_hz: f64) -> String {
        const WIDTH: f64 = 320.0;
        const HEIGHT: f64 = 96.0;
        let mut svg = frame_of(WIDTH, HEIGHT);
        let x = |band: f64| WIDTH * band / (BANDS - 1) as f64;
        let _ = write!(
            svg,
            "<path d=\"M{:.1} 0V{HEIGHT}\" stroke=\"#c0392b\"/>\
             <path fill=\"none\" stroke=\"currentColor\" d=\"",
            x(mark_hz / self.band_hz())
        );
        for band in 0..BANDS {
            let y = HEIGHT * (self.level_db(band) / -160.0).clamp(0.0, 1.0);
            let step = if band == 0 { 'M' } else { 'L' };
            let _ = write!(svg, "{step}{:.1} {y:.1}", x(band as f64));
        }
        svg.push_str("\"/></svg>");
        svg
    }
}
