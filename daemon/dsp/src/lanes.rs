//! The inner loops, compiled three times on x86-64: for the base set, for AVX and for AVX-512.
//!
//! All come from one source with a fixed number of lanes and a fixed order of sums; the compiler
//! may neither reorder nor fuse them, so the bits are equal whichever runs (tested below; and under an
//! emulated CPU without AVX the golden checksums are the same).
#![expect(
    unsafe_code,
    reason = "a function compiled for AVX may only be called on such a CPU"
)]

/// Lanes of a dot product; taps come in multiples of this.
pub(crate) const LANES: usize = 8;
/// Taps on each side of the half-way point in [`Kernels::half`].
pub(crate) const HALF_TAPS: usize = 64;
/// The same in [`Kernels::half_short`].
pub(crate) const SHORT_TAPS: usize = 8;

/// A row of samples that begins where a register's width does in memory: reads across that cost twice.
#[derive(Debug)]
pub(crate) struct Aligned {
    room: Vec<f64>,
    begin: usize,
    length: usize,
}

impl Aligned {
    pub(crate) fn zero(length: usize) -> Self {
        let room = vec![0.0; length + LANES];
        let begin = room.as_ptr().align_offset(LANES * size_of::<f64>());
        Self {
            room,
            begin: begin.min(LANES),
            length,
        }
    }
}

impl Clone for Aligned {
    fn clone(&self) -> Self {
        // Elsewhere in memory the row begins elsewhere.
        let mut new = Self::zero(self.length);
        new.copy_from_slice(self);
        new
    }
}

impl core::ops::Deref for Aligned {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.room[self.begin..self.begin + self.length]
    }
}

impl core::ops::DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.room[self.begin..self.begin + self.length]
    }
}

/// Taps, so many signals, and the lane in which the first tap stands.
pub(crate) type Dots<const SIGNALS: usize> = fn(&[f64], [&[f64]; SIGNALS], usize) -> [f64; SIGNALS];
/// Taps of one side, the signal, the values half-way.
pub(crate) type HalfWay = fn(&[f64; HALF_TAPS], &[f64], &mut [f64]);
/// The same with fewer taps.
pub(crate) type ShortHalfWay = fn(&[f64; SHORT_TAPS], &[f64], &mut [f64]);

/// Sections that run at a time in [`Kernels::quad`], on two channels.
pub(crate) const QUAD: usize = LANES / 2;

/// Coefficients of four sections for two channels: lane 2k is section k on the left, 2k + 1 on the right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuadCoefficients {
    pub(crate) b: [[f64; LANES]; 3],
    pub(crate) a: [[f64; LANES]; 2],
}

/// Coefficients, the two rows of state, and two channels of equal length.
pub(crate) type QuadSections =
    fn(&QuadCoefficients, &mut [[f64; LANES]; 2], &mut [f64], &mut [f64]);

/// Cosines and sines of one stage of a transform, and the two parts of the signal.
pub(crate) type Butterflies = fn([&[f64]; 2], &mut [f64], &mut [f64]);
/// Two complex rows and the one to which their product is added.
pub(crate) type AddProduct = fn([&[f64]; 2], [&[f64]; 2], [&mut [f64]; 2]);

/// The inner loops this CPU runs best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels {
    /// Four second-order sections in series on two channels, in place.
    pub(crate) quad: QuadSections,
    /// Σ h·x.
    pub(crate) dot: fn(&[f64], &[f64]) -> f64,
    /// Σ h·x. The lanes are summed up from the one given: taps with so many zeros before them, and signals likewise,
    /// give the bits that they would give without.
    pub(crate) dot_one: Dots<1>,
    /// The same for two signals and one set of taps.
    pub(crate) dot_pair: Dots<2>,
    /// The same for four.
    pub(crate) dot_pairs: Dots<4>,
    /// The same for eight.
    pub(crate) dot_quads: Dots<8>,
    /// Values half-way between samples by a symmetric filter of 2 × [`HALF_TAPS`] taps:
    /// `out[i]` lies between `x[i + 63]` and `x[i + 64]`.
    pub(crate) half: HalfWay,
    /// The same by 2 × [`SHORT_TAPS`] taps: `out[i]` lies between `x[i + 7]` and `x[i + 8]`.
    pub(crate) half_short: ShortHalfWay,
    /// One stage of [`crate::Fft`].
    pub(crate) butterflies: Butterflies,
    /// to + x·y, bin by bin.
    pub(crate) add_product: AddProduct,
}

impl Default for Kernels {
    fn default() -> Self {
        Self::for_this_cpu()
    }
}

impl Kernels {
    /// Looks at the CPU once.
    pub(crate) fn for_this_cpu() -> Self {
        Self::variants()[0]
    }

    /// What this CPU can run, widest first; the last one runs everywhere.
    fn variants() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                all.push(avx512::KERNELS);
            }
            if std::arch::is_x86_feature_detected!("avx") {
                all.push(avx::KERNELS);
            }
        }
        all.push(Self {
            dot,
            dot_one: dots_from,
            dot_pair: dots_from,
            dot_pairs: dots_from,
            dot_quads: dots_from,
            half,
            half_short,
            quad,
            butterflies,
            add_product,
        });
        all
    }
}

#[inline(always)]
fn total(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[inline(always)]
fn dot(h: &[f64], x: &[f64]) -> f64 {
    let mut sum = [0.0; LANES];
    for (h, x) in h
        .as_chunks::<LANES>()
        .0
        .iter()
        .zip(x.as_chunks::<LANES>().0)
    {
        for lane in 0..LANES {
            sum[lane] += h[lane] * x[lane];
        }
    }
    total(sum)
}

/// The total of lanes that begin at one of them and go round.
#[inline(always)]
fn total_from(lanes: [f64; LANES], first: usize) -> f64 {
    // One by one: a register read across the end of what was just written would wait for it.
    total(core::array::from_fn(|lane| lanes[(first + lane) % LANES]))
}

#[inline(always)]
fn dots_from<const SIGNALS: usize>(
    h: &[f64],
    signals: [&[f64]; SIGNALS],
    first: usize,
) -> [f64; SIGNALS] {
    let h = h.as_chunks::<LANES>().0;
    // Cut to the taps' length, so that no bound is checked inside.
    let signals = signals.map(|x| &x.as_chunks::<LANES>().0[..h.len()]);
    let mut sums = [[0.0; LANES]; SIGNALS];
    for (i, h) in h.iter().enumerate() {
        for (sum, x) in sums.iter_mut().zip(&signals) {
            for lane in 0..LANES {
                sum[lane] += h[lane] * x[i][lane];
            }
        }
    }
    sums.map(|sum| total_from(sum, first))
}

#[inline(always)]
fn half_way<const TAPS: usize>(h: &[f64; TAPS], x: &[f64], out: &mut [f64]) {
    let (chunks, rest) = out.as_chunks_mut::<LANES>();
    for (i, out) in chunks.iter_mut().enumerate() {
        // The history is as long as the block and the taps.
        let x = &x[i * LANES..i * LANES + 2 * TAPS + LANES - 1];
        let mut sum = [0.0; LANES];
        for k in 0..TAPS {
            for lane in 0..LANES {
                sum[lane] += h[k] * (x[TAPS - 1 - k + lane] + x[TAPS + k + lane]);
            }
        }
        *out = sum;
    }
    let done = chunks.len() * LANES;
    for (i, out) in rest.iter_mut().enumerate() {
        let x = &x[done + i..];
        let mut sum = 0.0;
        for k in 0..TAPS {
            sum += h[k] * (x[TAPS - 1 - k] + x[TAPS + k]);
        }
        *out = sum;
    }
}

#[inline(always)]
fn half(h: &[f64; HALF_TAPS], x: &[f64], out: &mut [f64]) {
    half_way(h, x, out);
}

#[inline(always)]
fn half_short(h: &[f64; SHORT_TAPS], x: &[f64], out: &mut [f64]) {
    half_way(h, x, out);
}

#[inline(always)]
fn quad(c: &QuadCoefficients, s: &mut [[f64; LANES]; 2], left: &mut [f64], right: &mut [f64]) {
    let frames = left.len().min(right.len());
    let skew = QUAD - 1;
    if frames <= skew {
        (0..QUAD).for_each(|k| one_section(c, s, k, left, right, 0..frames));
        return;
    }
    // Section k works k samples behind the first one; the first samples are run up to that.
    for k in 0..skew {
        one_section(c, s, k, left, right, 0..skew - k);
    }
    let mut y = [0.0; LANES];
    for k in 0..skew {
        (y[2 * k], y[2 * k + 1]) = (left[skew - 1 - k], right[skew - 1 - k]);
    }
    let [mut s0, mut s1] = *s;
    for t in skew..frames {
        let x = [left[t], right[t], y[0], y[1], y[2], y[3], y[4], y[5]];
        for lane in 0..LANES {
            y[lane] = c.b[0][lane] * x[lane] + s0[lane];
        }
        for lane in 0..LANES {
            s0[lane] = (c.b[1][lane] * x[lane] + s1[lane]) - c.a[0][lane] * y[lane];
        }
        for lane in 0..LANES {
            s1[lane] = c.b[2][lane] * x[lane] - c.a[1][lane] * y[lane];
        }
        (left[t - skew], right[t - skew]) = (y[6], y[7]);
    }
    *s = [s0, s1];
    for k in 0..skew {
        (left[frames - 1 - k], right[frames - 1 - k]) = (y[2 * k], y[2 * k + 1]);
    }
    for k in 1..QUAD {
        one_section(c, s, k, left, right, frames - k..frames);
    }
}

/// Section `k` alone over a few samples.
#[inline(always)]
fn one_section(
    c: &QuadCoefficients,
    s: &mut [[f64; LANES]; 2],
    k: usize,
    left: &mut [f64],
    right: &mut [f64],
    range: core::ops::Range<usize>,
) {
    for (lane, channel) in [(2 * k, left), (2 * k + 1, right)] {
        for sample in &mut channel[range.clone()] {
            let x = *sample;
            let y = c.b[0][lane] * x + s[0][lane];
            s[0][lane] = (c.b[1][lane] * x + s[1][lane]) - c.a[0][lane] * y;
            s[1][lane] = c.b[2][lane] * x - c.a[1][lane] * y;
            *sample = y;
        }
    }
}

#[inline(always)]
fn butterflies(turns: [&[f64]; 2], re: &mut [f64], im: &mut [f64]) {
    // The first stages with a length that the compiler knows.
    match turns[0].len() {
        1 => stage_of::<1>(turns, re, im),
        2 => stage_of::<2>(turns, re, im),
        4 => stage_of::<4>(turns, re, im),
        half => {
            let groups = re.chunks_exact_mut(2 * half);
            for (re, im) in groups.zip(im.chunks_exact_mut(2 * half)) {
                let (re, im) = (re.split_at_mut(half), im.split_at_mut(half));
                group(half, turns, [re.0, re.1], [im.0, im.1]);
            }
        }
    }
}

#[inline(always)]
fn stage_of<const HALF: usize>(turns: [&[f64]; 2], re: &mut [f64], im: &mut [f64]) {
    let turns = turns.map(|turns| &turns[..HALF]);
    let groups = re.chunks_exact_mut(2 * HALF);
    for (re, im) in groups.zip(im.chunks_exact_mut(2 * HALF)) {
        let (re, im) = (re.split_at_mut(HALF), im.split_at_mut(HALF));
        group(HALF, turns, [re.0, re.1], [im.0, im.1]);
    }
}

#[inline(always)]
fn group(half: usize, [c, s]: [&[f64]; 2], re: [&mut [f64]; 2], im: [&mut [f64]; 2]) {
    let (c, s) = (&c[..half], &s[..half]);
    let ([re_low, re_high], [im_low, im_high]) = (re, im);
    let (re_low, re_high) = (&mut re_low[..half], &mut re_high[..half]);
    let (im_low, im_high) = (&mut im_low[..half], &mut im_high[..half]);
    for k in 0..half {
        let t = re_high[k] * c[k] - im_high[k] * s[k];
        let u = re_high[k] * s[k] + im_high[k] * c[k];
        (re_high[k], im_high[k]) = (re_low[k] - t, im_low[k] - u);
        (re_low[k], im_low[k]) = (re_low[k] + t, im_low[k] + u);
    }
}

#[inline(always)]
fn add_product([a, b]: [&[f64]; 2], [c, d]: [&[f64]; 2], [re, im]: [&mut [f64]; 2]) {
    let bins = re.len();
    let (a, b, c, d) = (&a[..bins], &b[..bins], &c[..bins], &d[..bins]);
    let im = &mut im[..bins];
    for bin in 0..bins {
        re[bin] += a[bin] * c[bin] - b[bin] * d[bin];
        im[bin] += a[bin] * d[bin] + b[bin] * c[bin];
    }
}

/// The inner loops once more, in the registers of a wider set of instructions. The dot products are
/// spelled out: left to itself the compiler shuffles several signals into one register.
#[cfg(target_arch = "x86_64")]
macro_rules! variant {
    ($name:ident, $feature:literal, $width:literal, $load:ident, $store:ident, $mul:ident, $add:ident, $zero:ident) => {
        mod $name {
            use core::arch::x86_64::{$add, $load, $mul, $store, $zero};

            use super::{
                HALF_TAPS, Kernels, LANES, QuadCoefficients, SHORT_TAPS, total, total_from,
            };

            /// Σ h·x for several signals, every lane as in [`super::dot`].
            #[inline]
            #[target_feature(enable = $feature)]
            fn lanes<const SIGNALS: usize>(
                h: &[f64],
                signals: [&[f64]; SIGNALS],
            ) -> [[f64; LANES]; SIGNALS] {
                const PARTS: usize = LANES / $width;
                let h = h.as_chunks::<LANES>().0;
                let mut sums = [[$zero(); PARTS]; SIGNALS];
                let signals = signals.map(|x| &x.as_chunks::<LANES>().0[..h.len()]);
                for (i, h) in h.iter().enumerate() {
                    for part in 0..PARTS {
                        let at = part * $width;
                        // SAFETY: `at` and the register's width end inside the chunk of `LANES`.
                        let h = unsafe { $load(h.as_ptr().add(at)) };
                        for (sum, x) in sums.iter_mut().zip(&signals) {
                            // SAFETY: as above; the signals have as many chunks as `h`.
                            let x = unsafe { $load(x[i].as_ptr().add(at)) };
                            sum[part] = $add(sum[part], $mul(h, x));
                        }
                    }
                }
                sums.map(|sum| {
                    let mut lanes = [0.0; LANES];
                    for (part, sum) in sum.into_iter().enumerate() {
                        // SAFETY: as above.
                        unsafe { $store(lanes.as_mut_ptr().add(part * $width), sum) };
                    }
                    lanes
                })
            }

            #[target_feature(enable = $feature)]
            fn dots_here<const SIGNALS: usize>(
                h: &[f64],
                signals: [&[f64]; SIGNALS],
                first: usize,
            ) -> [f64; SIGNALS] {
                lanes(h, signals).map(|lanes| total_from(lanes, first))
            }

            #[target_feature(enable = $feature)]
            fn half_here(h: &[f64; HALF_TAPS], x: &[f64], out: &mut [f64]) {
                super::half(h, x, out);
            }

            #[target_feature(enable = $feature)]
            fn dot_here(h: &[f64], x: &[f64]) -> f64 {
                let [lanes] = lanes(h, [x]);
                total(lanes)
            }

            fn dot(h: &[f64], x: &[f64]) -> f64 {
                // SAFETY: `Kernels::variants` hands this function out only where the CPU has the feature.
                unsafe { dot_here(h, x) }
            }

            fn dots_from<const SIGNALS: usize>(
                h: &[f64],
                signals: [&[f64]; SIGNALS],
                first: usize,
            ) -> [f64; SIGNALS] {
                // SAFETY: as in `dot`.
                unsafe { dots_here(h, signals, first) }
            }

            fn dot_quads(h: &[f64], signals: [&[f64]; 8], first: usize) -> [f64; 8] {
                if LANES / $width == 1 {
                    return dots_from(h, signals, first);
                }
                // Narrow registers hold the sums of four.
                let mut sums = [0.0; 8];
                let (fours, _) = signals.as_chunks::<4>();
                for (sums, signals) in sums.as_chunks_mut::<4>().0.iter_mut().zip(fours) {
                    *sums = dots_from(h, *signals, first);
                }
                sums
            }

            fn half(h: &[f64; HALF_TAPS], x: &[f64], out: &mut [f64]) {
                // SAFETY: as in `dot`.
                unsafe { half_here(h, x, out) }
            }

            #[target_feature(enable = $feature)]
            fn half_short_here(h: &[f64; SHORT_TAPS], x: &[f64], out: &mut [f64]) {
                super::half_short(h, x, out);
            }

            fn half_short(h: &[f64; SHORT_TAPS], x: &[f64], out: &mut [f64]) {
                // SAFETY: as in `dot`.
                unsafe { half_short_here(h, x, out) }
            }

            #[target_feature(enable = $feature)]
            fn quad_here(
                c: &QuadCoefficients,
                s: &mut [[f64; LANES]; 2],
                left: &mut [f64],
                right: &mut [f64],
            ) {
                super::quad(c, s, left, right);
            }

            fn quad(
                c: &QuadCoefficients,
                s: &mut [[f64; LANES]; 2],
                left: &mut [f64],
                right: &mut [f64],
            ) {
                // SAFETY: as in `dot`.
                unsafe { quad_here(c, s, left, right) }
            }

            #[target_feature(enable = $feature)]
            fn butterflies_here(turns: [&[f64]; 2], re: &mut [f64], im: &mut [f64]) {
                super::butterflies(turns, re, im);
            }

            fn butterflies(turns: [&[f64]; 2], re: &mut [f64], im: &mut [f64]) {
                // SAFETY: as in `dot`.
                unsafe { butterflies_here(turns, re, im) }
            }

            #[target_feature(enable = $feature)]
            fn add_product_here(x: [&[f64]; 2], y: [&[f64]; 2], to: [&mut [f64]; 2]) {
                super::add_product(x, y, to);
            }

            fn add_product(x: [&[f64]; 2], y: [&[f64]; 2], to: [&mut [f64]; 2]) {
                // SAFETY: as in `dot`.
                unsafe { add_product_here(x, y, to) }
            }

            pub(super) const KERNELS: Kernels = Kernels {
                quad,
                butterflies,
                add_product,
                dot,
                dot_one: dots_from,
                dot_pair: dots_from,
                dot_pairs: dots_from,
                dot_quads,
                half,
                half_short,
            };
        }
    };
}

#[cfg(target_arch = "x86_64")]
variant!(
    avx,
    "avx",
    4,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_mul_pd,
    _mm256_add_pd,
    _mm256_setzero_pd
);
#[cfg(target_arch = "x86_64")]
variant!(
    avx512,
    "avx512f",
    8,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_mul_pd,
    _mm512_add_pd,
    _mm512_setzero_pd
);

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u64) -> Vec<f64> {
        let dither = crate::Dither::new(crate::DitherSeed(seed), 0);
        (0..count as u64).map(|i| dither.at(i)).collect()
    }

    #[test]
    fn every_variant_gives_the_same_bits() {
        let all = Kernels::variants();
        let plain = all[all.len() - 1];
        for (here, round) in all
            .iter()
            .flat_map(|k| (0..200).map(move |round| (k, round)))
        {
            let [h, x, y] = [0, 1000, 2000].map(|seed| noise(128, round + seed));
            let single = (plain.dot)(&h, &x).to_bits();
            assert_eq!(single, (here.dot)(&h, &x).to_bits());
            let other = (plain.dot)(&h, &y).to_bits();
            assert_eq!(other, (here.dot)(&h, &y).to_bits());
            let expected = [single, other, other, single, other, single, other, single];
            for first in 0..LANES {
                let [h, x, y] = [&h, &x, &y].map(|row| {
                    let mut late = Aligned::zero(row.len() + LANES);
                    late[first..first + row.len()].copy_from_slice(row);
                    late
                });
                let quads = (here.dot_quads)(&h, [&x, &y, &y, &x, &y, &x, &y, &x], first);
                assert_eq!(quads.map(f64::to_bits), expected, "from lane {first}");
                let pairs = (here.dot_pairs)(&h, [&x, &y, &y, &x], first);
                assert_eq!(pairs.map(f64::to_bits), [single, other, other, single]);
                let pair = (here.dot_pair)(&h, [&x, &y], first);
                assert_eq!(pair.map(f64::to_bits), [single, other]);
                let one = (here.dot_one)(&h, [&x], first);
                assert_eq!(one.map(f64::to_bits), [single]);
            }
            let taps: [f64; HALF_TAPS] = h[..HALF_TAPS].try_into().unwrap();
            let long = noise(300, round + 3000);
            let (mut p, mut q) = (vec![0.0; 101], vec![0.0; 101]);
            (plain.half)(&taps, &long, &mut p);
            (here.half)(&taps, &long, &mut q);
            assert!(p.iter().zip(&q).all(|(p, q)| p.to_bits() == q.to_bits()));
            let taps: [f64; SHORT_TAPS] = h[..SHORT_TAPS].try_into().unwrap();
            (plain.half_short)(&taps, &long, &mut p);
            (here.half_short)(&taps, &long, &mut q);
            assert!(p.iter().zip(&q).all(|(p, q)| p.to_bits() == q.to_bits()));
        }
    }

    #[test]
    fn transforms_and_products_are_the_same_in_every_variant() {
        let all = Kernels::variants();
        let plain = all[all.len() - 1];
        let same = |p: &[f64], q: &[f64]| p.iter().zip(q).all(|(p, q)| p.to_bits() == q.to_bits());
        let rows = |seed: u64| [noise(64, seed), noise(64, seed + 1)];
        for here in &all {
            for half in [1, 2, 4, 8, 16, 32] {
                let [c, s] = rows(40).map(|row| row[..half].to_vec());
                let ([mut p, mut q], [mut r, mut t]) = (rows(50), rows(50));
                (plain.butterflies)([&c, &s], &mut p, &mut q);
                (here.butterflies)([&c, &s], &mut r, &mut t);
                assert!(same(&p, &r) && same(&q, &t), "stage of {half}");
            }
            let ([a, b], [c, d]) = (rows(60), rows(70));
            let ([mut p, mut q], [mut r, mut t]) = (rows(80), rows(80));
            (plain.add_product)([&a, &b], [&c, &d], [&mut p, &mut q]);
            (here.add_product)([&a, &b], [&c, &d], [&mut r, &mut t]);
            assert!(same(&p, &r) && same(&q, &t));
        }
    }

    #[test]
    fn four_sections_at_a_time_are_four_sections_in_turn() {
        let taps = noise(5 * LANES, 9);
        let lanes = |i: usize| core::array::from_fn(|k| 0.4 * taps[i * LANES + k]);
        let c = QuadCoefficients {
            b: [lanes(0), lanes(1), lanes(2)],
            a: [lanes(3), lanes(4)],
        };
        for frames in [1, 2, 3, 4, 5, 9, 64] {
            let (l, r) = (noise(frames, 1), noise(frames, 2));
            let (mut left, mut right, mut s) = (l.clone(), r.clone(), [[0.1; LANES]; 2]);
            (0..QUAD).for_each(|k| one_section(&c, &mut s, k, &mut left, &mut right, 0..frames));
            for here in Kernels::variants() {
                let (mut p, mut q, mut t) = (l.clone(), r.clone(), [[0.1; LANES]; 2]);
                (here.quad)(&c, &mut t, &mut p, &mut q);
                assert!(p.iter().zip(&left).all(|(a, b)| a.to_bits() == b.to_bits()));
                assert!(
                    q.iter()
                        .zip(&right)
                        .all(|(a, b)| a.to_bits() == b.to_bits())
                );
                assert_eq!(t, s);
            }
        }
    }
}
