//! A plain radix-2 Fourier transform: the same operations in the same order on every machine,
//! which the planners of the usual crates do not promise.

/// A transform of a fixed power of two.
#[derive(Clone, Debug)]
pub(crate) struct Fft {
    /// e^(-2πik/n) for the first half of the circle.
    twiddles: Vec<(f64, f64)>,
    order: Vec<usize>,
}

impl Fft {
    /// `size` is a power of two.
    pub(crate) fn new(size: usize) -> Self {
        assert!(size.is_power_of_two() && size >= 2);
        let bits = size.trailing_zeros();
        let angle = |k: usize| -2.0 * std::f64::consts::PI * k as f64 / size as f64;
        Self {
            twiddles: (0..size / 2)
                .map(|k| (libm::cos(angle(k)), libm::sin(angle(k))))
                .collect(),
            order: (0..size)
                .map(|k| k.reverse_bits() >> (usize::BITS - bits))
                .collect(),
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.order.len()
    }

    /// Transforms complex values in place.
    pub(crate) fn run(&self, values: &mut [(f64, f64)]) {
        assert_eq!(values.len(), self.size());
        for (k, &other) in self.order.iter().enumerate() {
            if k < other {
                values.swap(k, other);
            }
        }
        let mut half = 1;
        while half < values.len() {
            let stride = self.twiddles.len() / half;
            for group in values.chunks_exact_mut(2 * half) {
                let (low, high) = group.split_at_mut(half);
                for ((a, b), w) in low
                    .iter_mut()
                    .zip(high)
                    .zip(self.twiddles.iter().step_by(stride))
                {
                    let t = (b.0 * w.0 - b.1 * w.1, b.0 * w.1 + b.1 * w.0);
                    *b = (a.0 - t.0, a.1 - t.1);
                    *a = (a.0 + t.0, a.1 + t.1);
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fft;

    #[test]
    fn a_tone_stands_in_its_own_bin() {
        let fft = Fft::new(64);
        let mut values: Vec<(f64, f64)> = (0..64)
            .map(|n| {
                (
                    libm::cos(2.0 * std::f64::consts::PI * 5.0 * f64::from(n) / 64.0),
                    0.0,
                )
            })
            .collect();
        fft.run(&mut values);
        for (bin, (re, im)) in values.iter().enumerate() {
            let expected = if bin == 5 || bin == 59 { 32.0 } else { 0.0 };
            assert!(
                (re - expected).abs() < 1.0e-12 && im.abs() < 1.0e-12,
                "bin {bin}"
            );
        }
    }
}
