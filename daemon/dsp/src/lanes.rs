//! The inner loops, compiled twice on x86-64: for the base set and for AVX.
//!
//! Both come from one source with a fixed number of lanes and a fixed order of sums; the compiler
//! may neither reorder nor fuse them, so the bits are equal whichever runs (tested below).
#![expect(
    unsafe_code,
    reason = "a function compiled for AVX may only be called where AVX exists"
)]

/// Lanes of a dot product; taps come in multiples of this.
pub(crate) const LANES: usize = 8;
/// Taps on each side of the half-way point in [`Kernels::half`].
pub(crate) const HALF_TAPS: usize = 64;

/// Taps and two signals.
pub(crate) type DotPair = fn(&[f64], &[f64], &[f64]) -> (f64, f64);
/// Taps of one side, the signal, the values half-way.
pub(crate) type HalfWay = fn(&[f64; HALF_TAPS], &[f64], &mut [f64]);

/// The inner loops this CPU runs best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernels {
    /// Σ h·x.
    pub(crate) dot: fn(&[f64], &[f64]) -> f64,
    /// Σ h·x for two signals and one set of taps.
    pub(crate) dot_pair: DotPair,
    /// Values half-way between samples by a symmetric filter of 2 × [`HALF_TAPS`] taps:
    /// `out[i]` lies between `x[i + 63]` and `x[i + 64]`.
    pub(crate) half: HalfWay,
}

impl Kernels {
    /// Looks at the CPU once.
    pub(crate) fn for_this_cpu() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx") {
            return Self {
                dot: avx::dot,
                dot_pair: avx::dot_pair,
                half: avx::half,
            };
        }
        Self::plain()
    }

    fn plain() -> Self {
        Self {
            dot,
            dot_pair,
            half,
        }
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

#[inline(always)]
fn dot_pair(h: &[f64], x: &[f64], y: &[f64]) -> (f64, f64) {
    let (mut sum_x, mut sum_y) = ([0.0; LANES], [0.0; LANES]);
    let (h, x, y) = (
        h.as_chunks::<LANES>().0,
        x.as_chunks::<LANES>().0,
        y.as_chunks::<LANES>().0,
    );
    for ((h, x), y) in h.iter().zip(x).zip(y) {
        for lane in 0..LANES {
            sum_x[lane] += h[lane] * x[lane];
        }
        for lane in 0..LANES {
            sum_y[lane] += h[lane] * y[lane];
        }
    }
    (total(sum_x), total(sum_y))
}

#[inline(always)]
fn half(h: &[f64; HALF_TAPS], x: &[f64], out: &mut [f64]) {
    let (chunks, rest) = out.as_chunks_mut::<LANES>();
    for (i, out) in chunks.iter_mut().enumerate() {
        let x: &[f64; 2 * HALF_TAPS + LANES - 1] = x[i * LANES..]
            .first_chunk()
            .expect("the history is as long as the block and the taps");
        let mut sum = [0.0; LANES];
        for k in 0..HALF_TAPS {
            for lane in 0..LANES {
                sum[lane] += h[k] * (x[HALF_TAPS - 1 - k + lane] + x[HALF_TAPS + k + lane]);
            }
        }
        *out = sum;
    }
    let done = chunks.len() * LANES;
    for (i, out) in rest.iter_mut().enumerate() {
        let x = &x[done + i..];
        let mut sum = 0.0;
        for k in 0..HALF_TAPS {
            sum += h[k] * (x[HALF_TAPS - 1 - k] + x[HALF_TAPS + k]);
        }
        *out = sum;
    }
}

#[cfg(target_arch = "x86_64")]
mod avx {
    use super::HALF_TAPS;

    #[target_feature(enable = "avx")]
    fn dot_here(h: &[f64], x: &[f64]) -> f64 {
        super::dot(h, x)
    }

    #[target_feature(enable = "avx")]
    fn dot_pair_here(h: &[f64], x: &[f64], y: &[f64]) -> (f64, f64) {
        super::dot_pair(h, x, y)
    }

    #[target_feature(enable = "avx")]
    fn half_here(h: &[f64; HALF_TAPS], x: &[f64], out: &mut [f64]) {
        super::half(h, x, out);
    }

    pub(super) fn dot(h: &[f64], x: &[f64]) -> f64 {
        // SAFETY: `Kernels::for_this_cpu` hands this function out only where AVX was found.
        unsafe { dot_here(h, x) }
    }

    pub(super) fn dot_pair(h: &[f64], x: &[f64], y: &[f64]) -> (f64, f64) {
        // SAFETY: as in `dot`.
        unsafe { dot_pair_here(h, x, y) }
    }

    pub(super) fn half(h: &[f64; HALF_TAPS], x: &[f64], out: &mut [f64]) {
        // SAFETY: as in `dot`.
        unsafe { half_here(h, x, out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u64) -> Vec<f64> {
        let dither = crate::Dither::new(crate::DitherSeed(seed), 0);
        (0..count as u64).map(|i| dither.at(i)).collect()
    }

    #[test]
    fn every_variant_gives_the_same_bits() {
        let (plain, here) = (Kernels::plain(), Kernels::for_this_cpu());
        for round in 0..200 {
            let (h, x, y) = (
                noise(128, round),
                noise(64, round + 1000),
                noise(64, round + 2000),
            );
            assert_eq!((plain.dot)(&h, &x).to_bits(), (here.dot)(&h, &x).to_bits());
            let (a, b) = (plain.dot_pair)(&h, &x, &y);
            let (c, d) = (here.dot_pair)(&h, &x, &y);
            assert_eq!((a.to_bits(), b.to_bits()), (c.to_bits(), d.to_bits()));
            let taps: [f64; HALF_TAPS] = h[..HALF_TAPS].try_into().unwrap();
            let long = noise(300, round + 3000);
            let (mut p, mut q) = (vec![0.0; 101], vec![0.0; 101]);
            (plain.half)(&taps, &long, &mut p);
            (here.half)(&taps, &long, &mut q);
            assert!(p.iter().zip(&q).all(|(p, q)| p.to_bits() == q.to_bits()));
        }
    }
}
