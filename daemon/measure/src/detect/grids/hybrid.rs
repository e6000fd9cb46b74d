//! The hybrid filter bank of MPEG audio layer III, at every place its granules may begin.
//!
//! ISO/IEC 11172-3: 32 bands of a polyphase bank (3-C.1.3), each cut again by a transform of 36
//! samples, and butterflies against the aliases between bands (2.4.3.4.10). As an encoder does it.

use std::f64::consts::PI;

use super::{Emptiness, FARTHEST, sharp, views};
use crate::detect::excerpts::Excerpt;

/// Frames of a granule, and lines.
pub(super) const HOP: usize = 576;
const BANDS: usize = 32;
const LINES: usize = 18;
/// Bands that are looked at: 6 to 16.5 kHz at 48 kHz; one more on each side only lends its aliases.
const LOW: usize = 8;
const HIGH: usize = 22;
const KEPT: usize = HIGH - LOW + 2;
const TAPS: usize = 512;
/// Slots of 32 frames that all places of one granule need.
const SLOTS: usize = 3 * LINES;
const PLACES: usize = HOP + 2 * FARTHEST;

/// First half of the polyphase bank's low-pass, times 65,536; the second half mirrors it. The tables
/// of ISO/IEC 11172-3 (3-B.3, 3-C.1) turn the sign of every second 64, which belongs to the wave.
#[rustfmt::skip]
const WINDOW: [i32; 257] = [
    0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5, -5, -6, -7, -7, -8, -9, -10, -11,
    -13, -14, -16, -17, -19, -21, -24, -26, -29, -31, -35, -38, -41, -45, -49, -53, -58, -63, -68,
    -73, -79, -85, -91, -97, -104, -111, -117, -125, -132, -139, -147, -154, -161, -169, -176, -183,
    -190, -196, -202, -208, -213, -218, -222, -225, -227, -228, -228, -227, -224, -221, -215, -208,
    -200, -189, -177, -163, -146, -127, -106, -83, -57, -29, 2, 36, 72, 111, 153, 197, 244, 294,
    347, 401, 459, 519, 581, 645, 711, 779, 848, 919, 991, 1_064, 1_137, 1_210, 1_283, 1_356, 1_428,
    1_498, 1_567, 1_634, 1_698, 1_759, 1_817, 1_870, 1_919, 1_962, 2_001, 2_032, 2_057, 2_075,
    2_085, 2_087, 2_080, 2_063, 2_037, 2_000, 1_952, 1_893, 1_822, 1_739, 1_644, 1_535, 1_414,
    1_280, 1_131, 970, 794, 605, 402, 185, -45, -288, -545, -814, -1_095, -1_388, -1_692, -2_006,
    -2_330, -2_663, -3_004, -3_351, -3_705, -4_063, -4_425, -4_788, -5_153, -5_517, -5_879, -6_237,
    -6_589, -6_935, -7_271, -7_597, -7_910, -8_209, -8_491, -8_755, -8_998, -9_219, -9_416, -9_585,
    -9_727, -9_838, -9_916, -9_959, -9_966, -9_935, -9_863, -9_750, -9_592, -9_389, -9_139, -8_840,
    -8_492, -8_092, -7_640, -7_134, -6_574, -5_959, -5_288, -4_561, -3_776, -2_935, -2_037, -1_082,
    -70, 998, 2_122, 3_300, 4_533, 5_818, 7_154, 8_540, 9_975, 11_455, 12_980, 14_548, 16_155,
    17_799, 19_478, 21_189, 22_929, 24_694, 26_482, 28_289, 30_112, 31_947, 33_791, 35_640, 37_489,
    39_336, 41_176, 43_006, 44_821, 46_617, 48_390, 50_137, 51_853, 53_534, 55_178, 56_778, 58_333,
    59_838, 61_289, 62_684, 64_019, 65_290, 66_494, 67_629, 68_692, 69_679, 70_590, 71_420, 72_169,
    72_835, 73_415, 73_908, 74_313, 74_630, 74_856, 74_992, 75_038,
];

/// The butterflies' coefficients (table 3-B.9).
const ALIASES: [f64; 8] = [
    -0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037,
];

/// Looks at excerpts as the encoder of an MP3.
#[derive(Clone, Debug)]
pub(super) struct Hybrid {
    window: Vec<f64>,
    /// For each kept band the wave of 64 folded samples.
    waves: Vec<[f64; 64]>,
    /// For each line the wave of 36 slots, window included.
    lines: Vec<[f64; 2 * LINES]>,
    aliases: [(f64, f64); 8],
}

impl Hybrid {
    pub(super) fn new() -> Self {
        let wave = |band: usize| {
            std::array::from_fn(|n| {
                let turn = (2 * band + 1) as f64 * (n as f64 - 16.0) * PI / 64.0;
                libm::cos(turn)
            })
        };
        let line = |k: usize| {
            std::array::from_fn(|n| {
                let shape = libm::sin(PI / 36.0 * (n as f64 + 0.5));
                shape * libm::cos(PI / 72.0 * ((2 * n + 19) * (2 * k + 1)) as f64)
            })
        };
        Self {
            window: (0..TAPS)
                .map(|n| f64::from(WINDOW[n.min(TAPS - n)]) / 65_536.0)
                .collect(),
            waves: (LOW - 1..=HIGH).map(wave).collect(),
            lines: (0..LINES).map(line).collect(),
            aliases: ALIASES.map(|c| {
                let norm = libm::sqrt(1.0 + c * c);
                (1.0 / norm, c / norm)
            }),
        }
    }

    /// How empty the excerpt is at each place of a granule.
    pub(super) fn look(&self, excerpt: &Excerpt) -> Emptiness {
        let mut found = vec![0.0; PLACES];
        let mut slots: Vec<_> = excerpt.channels.iter().map(|_| Vec::new()).collect();
        let mut lines = vec![vec![0.0; KEPT * LINES]; excerpt.channels.len()];
        for phase in 0..BANDS {
            for (slots, samples) in slots.iter_mut().zip(&excerpt.channels) {
                self.bands(&samples[phase..], SLOTS, slots);
            }
            for first in (0..=LINES).filter(|first| phase + BANDS * first < PLACES) {
                for (slots, lines) in slots.iter().zip(&mut lines) {
                    self.granule(&slots[first..first + 2 * LINES], lines);
                }
                let inner: Vec<&[f64]> = (lines.iter())
                    .map(|l| &l[LINES..(KEPT - 1) * LINES])
                    .collect();
                found[phase + BANDS * first] = views(&inner);
            }
        }
        sharp(&found, excerpt.start_frame)
    }

    /// The polyphase bank over some slots, from the first sample on.
    fn bands(&self, samples: &[f64], count: usize, slots: &mut Vec<[f64; KEPT]>) {
        slots.clear();
        for slot in 0..count {
            let taps = &samples[BANDS * slot..BANDS * slot + TAPS];
            let mut folded = [0.0; 64];
            // The newest sample meets the first tap; every second 64 turn over with the wave.
            for (row, weights) in self.window.chunks_exact(64).enumerate() {
                let sign = if row % 2 == 0 { 1.0 } else { -1.0 };
                for (n, (sum, weight)) in folded.iter_mut().zip(weights).enumerate() {
                    *sum += sign * weight * taps[TAPS - 1 - 64 * row - n];
                }
            }
            slots.push(std::array::from_fn(|band| {
                let wave = &self.waves[band];
                folded.iter().zip(wave).map(|(a, b)| a * b).sum()
            }));
        }
    }

    /// The lines of one granule and the one before it.
    fn granule(&self, slots: &[[f64; KEPT]], out: &mut [f64]) {
        for (band, out) in out.chunks_exact_mut(LINES).enumerate() {
            let is_odd = (band + LOW - 1) % 2 == 1;
            let mut wave = [0.0; 2 * LINES];
            for (n, (v, slot)) in wave.iter_mut().zip(slots).enumerate() {
                // Odd bands run backwards.
                *v = if is_odd && n % 2 == 1 {
                    -slot[band]
                } else {
                    slot[band]
                };
            }
            for (out, line) in out.iter_mut().zip(&self.lines) {
                *out = wave.iter().zip(line).map(|(a, b)| a * b).sum();
            }
        }
        for border in 1..KEPT {
            for (n, (cs, ca)) in self.aliases.iter().enumerate() {
                let (low, high) = (border * LINES - 1 - n, border * LINES + n);
                let (a, b) = (out[low], out[high]);
                out[low] = a * cs + b * ca;
                out[high] = b * cs - a * ca;
            }
        }
    }
}

#[cfg(test)]
impl Hybrid {
    /// A codec of the tests over the kept bands: forward, whatever `change` does to the lines, and
    /// back by the mirror of the way forward.
    pub(super) fn coded(&self, samples: &[f64], change: fn(&mut [f64])) -> Vec<f64> {
        let slots = (samples.len() - TAPS) / BANDS;
        let mut bands = Vec::new();
        self.bands(samples, slots, &mut bands);
        let mut back = vec![[0.0; KEPT]; slots];
        let mut lines = vec![0.0; KEPT * LINES];
        for granule in 0..slots / LINES - 1 {
            let first = granule * LINES;
            self.granule(&bands[first..first + 2 * LINES], &mut lines);
            change(&mut lines);
            self.granule_back(&mut lines, &mut back[first..first + 2 * LINES]);
        }
        let mut out = vec![0.0; samples.len()];
        for (slot, bands) in back.iter().enumerate() {
            for (n, weight) in self.window.iter().enumerate() {
                let sign = if n / 64 % 2 == 0 { 1.0 } else { -1.0 };
                let wave = bands.iter().zip(&self.waves);
                let sum: f64 = wave.map(|(v, wave)| v * wave[n % 64]).sum();
                out[BANDS * slot + TAPS - 1 - n] += sign * weight * sum;
            }
        }
        out
    }

    fn granule_back(&self, lines: &mut [f64], slots: &mut [[f64; KEPT]]) {
        for border in 1..KEPT {
            for (n, (cs, ca)) in self.aliases.iter().enumerate() {
                let (low, high) = (border * LINES - 1 - n, border * LINES + n);
                let (a, b) = (lines[low], lines[high]);
                lines[low] = a * cs - b * ca;
                lines[high] = b * cs + a * ca;
            }
        }
        for (band, lines) in lines.chunks_exact(LINES).enumerate() {
            let is_odd = (band + LOW - 1) % 2 == 1;
            for (n, slot) in slots.iter_mut().enumerate() {
                let sum: f64 = lines
                    .iter()
                    .zip(&self.lines)
                    .map(|(v, line)| v * line[n])
                    .sum();
                let turned = if is_odd && n % 2 == 1 { -sum } else { sum };
                slot[band] += turned / LINES as f64;
            }
        }
    }
}
