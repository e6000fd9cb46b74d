//! Complex spectra: split parts, one length.

use dsp::Fft;

/// One complex value.
pub(crate) type Value = (f64, f64);

pub(crate) fn times(a: Value, b: Value) -> Value {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// `a` times the conjugate of `b`.
pub(crate) fn times_conjugate(a: Value, b: Value) -> Value {
    (a.0 * b.0 + a.1 * b.1, a.1 * b.0 - a.0 * b.1)
}

pub(crate) fn power(a: Value) -> f64 {
    a.0 * a.0 + a.1 * a.1
}

pub(crate) fn angle(a: Value) -> f64 {
    libm::atan2(a.1, a.0)
}

/// e^(jφ).
pub(crate) fn turn(radians: f64) -> Value {
    (libm::cos(radians), libm::sin(radians))
}

/// Values from zero hertz round to just below the rate.
#[derive(Clone, Debug)]
pub(crate) struct Spectrum {
    pub(crate) re: Vec<f64>,
    pub(crate) im: Vec<f64>,
}

impl Spectrum {
    pub(crate) fn zero(length: usize) -> Self {
        Self {
            re: vec![0.0; length],
            im: vec![0.0; length],
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.re.len()
    }

    pub(crate) fn at(&self, bin: usize) -> Value {
        (self.re[bin], self.im[bin])
    }

    /// Sets a bin and its mirror, as real signals have them.
    pub(crate) fn set(&mut self, bin: usize, (re, im): Value) {
        let length = self.length();
        let mirror = (length - bin) % length;
        if mirror == bin {
            (self.re[bin], self.im[bin]) = (re, 0.0);
            return;
        }
        (self.re[bin], self.im[bin]) = (re, im);
        (self.re[mirror], self.im[mirror]) = (re, -im);
    }
}

/// A Fourier transform of real signals.
#[derive(Clone, Debug)]
pub(crate) struct Transform {
    fft: Fft,
}

impl Transform {
    /// The next power of two that holds `frames`.
    pub(crate) fn holding(frames: usize) -> Self {
        let length = frames.max(2).next_power_of_two();
        Self {
            fft: Fft::new(length.trailing_zeros()),
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.fft.length()
    }

    /// The spectrum of samples, silence behind them.
    pub(crate) fn forward(&self, samples: &[f64]) -> Spectrum {
        let mut spectrum = Spectrum::zero(self.length());
        let kept = samples.len().min(self.length());
        spectrum.re[..kept].copy_from_slice(&samples[..kept]);
        self.fft.forward(&mut spectrum.re, &mut spectrum.im);
        spectrum
    }

    /// The real part of the signal of a spectrum.
    pub(crate) fn inverse(&self, spectrum: Spectrum) -> Vec<f64> {
        let Spectrum { mut re, mut im } = spectrum;
        // The swapped parts make the forward transform an inverse one.
        self.fft.forward(&mut im, &mut re);
        let scale = 1.0 / self.length() as f64;
        re.iter_mut().for_each(|x| *x *= scale);
        re
    }
}
