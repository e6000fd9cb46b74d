//! A second meter, written by others, asked about the same piece: `lacquer doctor` shows both readings.

use std::f64::consts::TAU;

use ebur128::{EbuR128, Mode};

use crate::meter::Meter;
use crate::selftest::{CaseResult, Tolerance};

const RATE_HZ: u32 = 48_000;
const SECONDS: u32 = 24;
/// The two differ in rounding and in how coefficients are computed, by some thousandths of an LU.
const TOLERANCE: Tolerance = Tolerance {
    below: 0.02,
    above: 0.02,
};

/// Loudness of a swelling, beating chord as the `ebur128` crate and as our meter read it.
pub(crate) fn cases() -> Vec<CaseResult> {
    let (left, right) = piece();
    let mut ours = Meter::new(RATE_HZ, 2).expect("48 kHz stereo can be measured");
    for (l, r) in left.chunks(4096).zip(right.chunks(4096)) {
        ours.feed(&[l, r]);
    }
    let ours = ours.finish();
    let theirs = by_ebur128(&left, &right);
    [
        (
            "second opinion I",
            theirs.as_ref().map(|t| t.0),
            ours.integrated_lufs,
        ),
        (
            "second opinion S",
            theirs.as_ref().map(|t| t.1),
            ours.max_short_term_lufs,
        ),
    ]
    .into_iter()
    .map(|(name, expected, measured)| {
        let expected = expected.unwrap_or(f64::NAN);
        let is_near = measured.is_some_and(|m| (m - expected).abs() <= TOLERANCE.above);
        CaseResult {
            name: name.to_owned(),
            expected,
            measured,
            unit: "LUFS".to_owned(),
            tolerance: TOLERANCE,
            own: None,
            passed: is_near,
        }
    })
    .collect()
}

/// Integrated loudness and the highest short-term loudness; none where the crate refuses.
fn by_ebur128(left: &[f64], right: &[f64]) -> Option<(f64, f64)> {
    let mut meter = EbuR128::new(2, RATE_HZ, Mode::I | Mode::S).ok()?;
    let mut loudest = f64::NEG_INFINITY;
    // A tenth of a second at a time, as our own meter hops.
    for (l, r) in left.chunks(4800).zip(right.chunks(4800)) {
        meter.add_frames_planar_f64(&[l, r]).ok()?;
        loudest = loudest.max(meter.loudness_shortterm().ok()?);
    }
    Some((meter.loudness_global().ok()?, loudest))
}

fn piece() -> (Vec<f64>, Vec<f64>) {
    (0..SECONDS * RATE_HZ)
        .map(|frame| {
            let t = f64::from(frame) / f64::from(RATE_HZ);
            let tone = |hz: f64| libm::sin(TAU * hz * t);
            let swell = 0.55 - 0.45 * libm::cos(TAU * t / 8.0);
            let body = 0.12 * swell * (tone(110.0) + tone(277.2) + tone(329.6) + tone(2_637.0));
            let wide = 0.03 * tone(5_000.0) * swell;
            (body + wide, body - wide)
        })
        .unzip()
}
