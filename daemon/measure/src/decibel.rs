//! Levels as numbers and as decibels, through the pinned `libm` so that every machine agrees.

/// 20·log10; `None` for silence.
pub(crate) fn db(amplitude: f64) -> Option<f64> {
    (amplitude > 0.0).then(|| 20.0 * libm::log10(amplitude))
}

/// 10·log10 of a mean square; `None` for silence.
pub(crate) fn power_db(power: f64) -> Option<f64> {
    (power > 0.0).then(|| 10.0 * libm::log10(power))
}

/// The amplitude of a level in dB.
pub(crate) fn amplitude(level_db: f64) -> f64 {
    libm::pow(10.0, level_db / 20.0)
}

/// The power of a level in dB.
pub(crate) fn power(level_db: f64) -> f64 {
    libm::pow(10.0, level_db / 10.0)
}
