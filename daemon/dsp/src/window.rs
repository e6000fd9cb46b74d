use core::f64::consts::PI;

/// One point of a Kaiser window, `x` from −1 to 1 across its width; zero outside.
///
/// J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function" (1974).
pub fn kaiser(x: f64, beta: f64) -> f64 {
    if x.abs() > 1.0 {
        return 0.0;
    }
    bessel_i0(beta * (1.0 - x * x).sqrt()) / bessel_i0(beta)
}

/// One point of a Hann window of `length` points, periodic, for spectra.
pub fn hann(index: usize, length: usize) -> f64 {
    0.5 - 0.5 * libm::cos(2.0 * PI * index as f64 / length as f64)
}

/// Modified Bessel function of the first kind, order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-18 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// sin(πx) / (πx).
pub(crate) fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    libm::sin(PI * x) / (PI * x)
}

/// Kaiser's β for a stop band `attenuation_db` down.
pub(crate) fn kaiser_beta(attenuation_db: f64) -> f64 {
    0.1102 * (attenuation_db - 8.7)
}
