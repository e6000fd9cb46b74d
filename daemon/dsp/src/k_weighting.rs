use core::f64::consts::PI;

use crate::biquad::Biquad;
use crate::decibel::db_to_gain;

/// Power of K-weighted audio that reads 0 LUFS: BS.1770's −0.691 dB.
pub(crate) const LUFS_OFFSET_DB: f64 = -0.691;

/// The K-weighting for a rate (ITU-R BS.1770-5, annex 1), from the analogue prototypes whose bilinear transform gives
/// its table of coefficients at 48 kHz.
pub fn k_weighting(rate_hz: u32) -> [Biquad; 2] {
    let rate = f64::from(rate_hz);
    let shelf = {
        let (f0, gain_db, q) = (
            1_681.974_450_955_533,
            3.999_843_853_973_347,
            0.707_175_236_955_419_6,
        );
        let k = libm::tan(PI * f0 / rate);
        let top = db_to_gain(gain_db);
        let middle = libm::pow(top, 0.499_666_774_154_541_6);
        let a0 = 1.0 + k / q + k * k;
        Biquad {
            b: [
                (top + middle * k / q + k * k) / a0,
                2.0 * (k * k - top) / a0,
                (top - middle * k / q + k * k) / a0,
            ],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        }
    };
    let high_pass = {
        let (f0, q) = (38.135_470_876_024_44, 0.500_327_037_323_877_3);
        let k = libm::tan(PI * f0 / rate);
        let a0 = 1.0 + k / q + k * k;
        Biquad {
            b: [1.0, -2.0, 1.0],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        }
    };
    [shelf, high_pass]
}
