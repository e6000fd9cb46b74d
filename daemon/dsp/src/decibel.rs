/// Turns a level in dB into a factor on the amplitude.
pub fn db_to_gain(db: f64) -> f64 {
    libm::exp2(db * (core::f64::consts::LOG2_10 / 20.0))
}

/// Turns a level in dB into a factor on the power.
pub fn db_to_power(db: f64) -> f64 {
    libm::exp2(db * (core::f64::consts::LOG2_10 / 10.0))
}

/// Turns an amplitude into dB; zero is minus infinity.
pub fn gain_to_db(gain: f64) -> f64 {
    libm::log2(gain) * (20.0 * core::f64::consts::LOG10_2)
}

/// Turns a power into dB; zero is minus infinity.
pub fn power_to_db(power: f64) -> f64 {
    libm::log2(power) * (10.0 * core::f64::consts::LOG10_2)
}
