//! Tonal balance: the mix's long-term third-octave spectrum against a smooth target.

use dsp::power_to_db;

use crate::analysis::Spectrum;
use crate::intensity::Limits;
use crate::stages::{BandKind, EqualiserBand};
use crate::style::Tone;

/// Third-octave centres the balance is judged at (IEC 61260 nominal frequencies).
pub const BANDS_HZ: [f64; 27] = [
    40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0,
    1_000.0, 1_250.0, 1_600.0, 2_000.0, 2_500.0, 3_150.0, 4_000.0, 5_000.0, 6_300.0, 8_000.0,
    10_000.0, 12_500.0, 16_000.0,
];

/// Corners of the target curve: frequency in hertz, third-octave level in dB.
const TARGET: [(f64, f64); 9] = [
    (40.0, -2.5),
    (63.0, 0.0),
    (100.0, -0.5),
    (250.0, -4.5),
    (1_000.0, -9.5),
    (4_000.0, -15.0),
    (8_000.0, -19.5),
    (12_500.0, -24.0),
    (16_000.0, -29.0),
];

/// Share of what exceeds the tolerance that is corrected.
const SHARE: f64 = 0.5;
/// Moves smaller than this are left out.
const SMALLEST_MOVE_DB: f64 = 0.3;
/// A region so far below the target holds no music to raise (a solo voice has no bass).
const NOTHING_THERE_DB: f64 = -20.0;

/// The target's third-octave level in dB at `frequency_hz`, relative; straight between its corners over the
/// logarithm of frequency.
///
/// Popular recordings of six decades fall by about 5 dB per octave in density between 100 Hz and
/// 4 kHz and faster above (P. Pestana, Z. Ma, J. Reiss, A. Barbosa, D. Black, "Spectral Characteristics of Popular
/// Commercial Recordings 1950–2010", AES 135, 2013); a third-octave's width grows by 3 dB per octave,
/// so its level falls by 2 to 3 dB.
pub fn tonal_target_db(frequency_hz: f64) -> f64 {
    let (first, last) = (TARGET[0], TARGET[TARGET.len() - 1]);
    if frequency_hz <= first.0 {
        return first.1;
    }
    for pair in TARGET.windows(2) {
        let ((f0, l0), (f1, l1)) = (pair[0], pair[1]);
        if frequency_hz <= f1 {
            return l0 + (l1 - l0) * libm::log2(frequency_hz / f0) / libm::log2(f1 / f0);
        }
    }
    last.1
}

/// A region of the spectrum and the band that moves it.
struct Region {
    name: &'static str,
    from_hz: f64,
    to_hz: f64,
    kind: BandKind,
    frequency_hz: f64,
    q: f64,
}

const REGIONS: [Region; 4] = [
    Region {
        name: "bass",
        from_hz: 40.0,
        to_hz: 110.0,
        kind: BandKind::LowShelf,
        frequency_hz: 110.0,
        q: 0.707,
    },
    Region {
        name: "low mids",
        from_hz: 180.0,
        to_hz: 520.0,
        kind: BandKind::Bell,
        frequency_hz: 300.0,
        q: 0.7,
    },
    Region {
        name: "presence",
        from_hz: 1_900.0,
        to_hz: 5_200.0,
        kind: BandKind::Bell,
        frequency_hz: 3_200.0,
        q: 0.7,
    },
    Region {
        name: "treble",
        from_hz: 7_500.0,
        to_hz: 16_500.0,
        kind: BandKind::HighShelf,
        frequency_hz: 8_000.0,
        q: 0.707,
    },
];

/// What one region sounds like and what is done about it.
pub(crate) struct RegionMove {
    pub(crate) name: &'static str,
    /// Mix minus target, in dB.
    pub(crate) deviation_db: f64,
    pub(crate) band: Option<EqualiserBand>,
}

/// Compares a spectrum with the target of its style, region by region; empty for a mix too short for a spectrum.
pub(crate) fn judge(
    spectrum: &Spectrum,
    rate_hz: u32,
    tone: &Tone,
    limits: &Limits,
) -> Vec<RegionMove> {
    let deviations = deviations(spectrum, rate_hz, tone);
    let moves = REGIONS.iter().filter_map(|region| {
        let inside = |hz: f64| (region.from_hz..=region.to_hz).contains(&hz);
        let deviation_db = mean(deviations.iter().filter(|(hz, _)| inside(*hz)))?;
        let excess = (deviation_db.abs() - tone.tolerance_db).max(0.0) * SHARE;
        let gain_db = (excess.min(limits.tonal_db)).copysign(-deviation_db);
        // Rounded to a tenth: a plan is read and edited by people.
        let gain_db = libm::round(gain_db * 10.0) / 10.0;
        let is_worth_it = gain_db.abs() >= SMALLEST_MOVE_DB && deviation_db > NOTHING_THERE_DB;
        let band = is_worth_it.then_some(EqualiserBand::new(
            region.kind,
            region.frequency_hz,
            gain_db,
            region.q,
        ));
        Some(RegionMove {
            name: region.name,
            deviation_db,
            band,
        })
    });
    moves.collect()
}

/// Mix minus target per third-octave, aligned so that the mean from 100 Hz to 8 kHz is zero.
fn deviations(spectrum: &Spectrum, rate_hz: u32, tone: &Tone) -> Vec<(f64, f64)> {
    let edge = libm::exp2(1.0 / 6.0);
    let mut found: Vec<(f64, f64)> = Vec::with_capacity(BANDS_HZ.len());
    for hz in BANDS_HZ {
        let power = spectrum.power_between(hz / edge, hz * edge);
        if hz * edge < f64::from(rate_hz) / 2.0 && power > 0.0 {
            found.push((
                hz,
                power_to_db(power) - tonal_target_db(hz) - tone.offset_db(hz),
            ));
        }
    }
    let middle = found
        .iter()
        .filter(|(hz, _)| (100.0..=8_000.0).contains(hz));
    let Some(offset) = mean(middle) else {
        return Vec::new();
    };
    found
        .iter()
        .map(|(hz, level)| (*hz, level - offset))
        .collect()
}

fn mean<'a>(values: impl Iterator<Item = &'a (f64, f64)>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for (_, value) in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}
