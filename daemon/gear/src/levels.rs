//! What gear adds: noise, hum, distortion.

use core::f64::consts::PI;

use dsp::PowerSpectrum;
use serde::{Deserialize, Serialize};

use crate::complex::{Transform, power};
use crate::spread::Spread;

/// Harmonics of the mains that are looked at.
const HUM_HARMONICS: usize = 10;
/// Highest harmonic of a tone that counts as distortion.
const HARMONICS: usize = 10;
/// A full-scale sine reads 0 dBFS (AES17), so its mean square counts twice.
const AES17: f64 = 2.0;
/// Places to either side of a line that belong to it under the window used.
const LINE: usize = 5;

/// What comes back of silence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseFigures {
    /// Level from 20 Hz to 20 kHz in dBFS, a full-scale sine reading 0.
    pub level_dbfs: Spread,
    /// The same on the unit's side of the converter.
    pub level_dbu: Option<f64>,
    /// Mean value, as a share of full scale.
    pub dc: f64,
    /// Hum, where it stands out of the noise.
    pub hum: Option<Hum>,
}

/// Mains hum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hum {
    /// 50 or 60.
    pub mains_hz: f64,
    /// All harmonics together, in dBFS.
    pub level_dbfs: f64,
    /// Each harmonic from the first, in dBFS.
    pub harmonics_dbfs: Vec<f64>,
}

/// Distortion of one tone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistortionFigures {
    /// Peak of the tone that was sent, in dBFS.
    pub sent_dbfs: f64,
    /// Frequency in hertz.
    pub hz: f64,
    /// Gain of the fundamental in dB.
    pub gain_db: Spread,
    /// Second to tenth harmonic against the fundamental, in dB.
    pub thd_db: Spread,
    /// All but the fundamental, 20 Hz to 20 kHz, against it, in dB.
    pub thd_n_db: Spread,
    /// Each harmonic from the second against the fundamental, in dB, means of the repeats.
    pub harmonics_db: Vec<f64>,
}

/// Figures of a stretch of silence, cut into as many parts as there are repeats.
pub(crate) fn noise(
    silence: &[f64],
    rate_hz: u32,
    repeats: usize,
    full_scale_dbu: Option<f64>,
) -> Option<NoiseFigures> {
    let part = silence.len() / repeats.max(1);
    if part < 64 {
        return None;
    }
    let exponent = part.ilog2();
    let rate = f64::from(rate_hz);
    let spectrum_of = |samples: &[f64]| {
        let mut spectrum = PowerSpectrum::new(exponent, 1);
        spectrum.feed(&[samples]);
        spectrum.mean()
    };
    let bin_hz = rate / f64::from(1_u32 << exponent);
    let level = |samples: &[f64]| {
        let in_band = spectrum_of(samples)
            .into_iter()
            .enumerate()
            .filter(|(bin, _)| (20.0..=20_000.0).contains(&(*bin as f64 * bin_hz)));
        // What is perfectly silent is 24-bit dither's own depth below any converter, and a number.
        let sum: f64 = in_band.map(|(_, p)| p).sum();
        dsp::power_to_db((AES17 * sum).max(1e-20))
    };
    let levels: Vec<f64> = silence.chunks_exact(part).map(level).collect();
    let level_dbfs = Spread::of(&levels)?;
    Some(NoiseFigures {
        level_dbu: full_scale_dbu.map(|dbu| level_dbfs.mean + dbu),
        level_dbfs,
        dc: silence.iter().sum::<f64>() / silence.len() as f64,
        hum: hum(&spectrum_of(silence), bin_hz),
    })
}

fn hum(spectrum: &[f64], bin_hz: f64) -> Option<Hum> {
    let comb = |mains_hz: f64| {
        let mut harmonics = Vec::new();
        let (mut total, mut floors) = (0.0, 0.0);
        for harmonic in 1..=HUM_HARMONICS {
            let bin = (mains_hz * harmonic as f64 / bin_hz).round() as usize;
            let line: f64 = spectrum.get(bin - 2..=bin + 2)?.iter().sum();
            let mut around: Vec<f64> = spectrum.get(bin.saturating_sub(9)..=bin + 9)?.to_vec();
            around.sort_by(f64::total_cmp);
            let floor = 5.0 * around[around.len() / 2];
            total += (line - floor).max(0.0);
            floors += floor;
            harmonics.push(dsp::power_to_db((AES17 * line).max(1e-20)));
        }
        Some((mains_hz, total, floors, harmonics))
    };
    let fifty = comb(50.0)?;
    let sixty = comb(60.0)?;
    let (mains_hz, total, floors, harmonics_dbfs) = if fifty.1 >= sixty.1 { fifty } else { sixty };
    // Noise alone seldom stands twice above its own middle on ten lines together.
    (total > 3.0 * floors && total > 1e-20).then(|| Hum {
        mains_hz,
        level_dbfs: dsp::power_to_db(AES17 * total),
        harmonics_dbfs,
    })
}

/// One look at a tone of `cycles` per `window` frames.
struct Look {
    fundamental: f64,
    harmonics: Vec<f64>,
    rest: f64,
}

fn look(samples: &[f64], cycles: usize, rate_hz: u32) -> Look {
    let transform = Transform::holding(samples.len());
    let length = transform.length();
    // F. J. Harris, "On the use of windows", 1978: four terms, sidelobes 92 dB down.
    let weigh = |n: usize| {
        let x = 2.0 * PI * n as f64 / length as f64;
        0.358_75 - 0.488_29 * libm::cos(x) + 0.141_28 * libm::cos(2.0 * x)
            - 0.011_68 * libm::cos(3.0 * x)
    };
    let weighed: Vec<f64> = samples
        .iter()
        .enumerate()
        .map(|(n, x)| x * weigh(n))
        .collect();
    let spectrum = transform.forward(&weighed);
    let bin_hz = f64::from(rate_hz) / length as f64;
    let top = ((20_000.0_f64.min(0.48 * f64::from(rate_hz))) / bin_hz) as usize;
    let line = |bin: usize| -> f64 {
        (bin.saturating_sub(LINE)..=bin + LINE)
            .map(|k| power(spectrum.at(k)))
            .sum()
    };
    let bottom = (20.0 / bin_hz).ceil() as usize + LINE;
    let all: f64 = (bottom..=top).map(|k| power(spectrum.at(k))).sum();
    let fundamental = line(cycles);
    Look {
        fundamental,
        harmonics: (2..=HARMONICS)
            .map(|h| h * cycles)
            .take_while(|bin| bin + LINE <= top)
            .map(line)
            .collect(),
        rest: (all - fundamental).max(0.0),
    }
}

/// Figures of a tone: the returned samples, whole windows, and one window as it was sent.
pub(crate) fn distortion(
    returned: &[f64],
    (sent, sent_dbfs): (&[f64], f64),
    cycles: usize,
    rate_hz: u32,
) -> Option<DistortionFigures> {
    let reference = look(sent, cycles, rate_hz).fundamental;
    let looks: Vec<Look> = returned
        .chunks_exact(sent.len())
        .map(|window| look(window, cycles, rate_hz))
        .collect();
    let spread = |figure: &dyn Fn(&Look) -> f64| {
        let figures: Vec<f64> = looks
            .iter()
            .map(|look| dsp::power_to_db(figure(look).max(1e-20)))
            .collect();
        Spread::of(&figures)
    };
    let count = looks.first()?.harmonics.len();
    let harmonic = |h: usize| spread(&|look| look.harmonics[h] / look.fundamental);
    Some(DistortionFigures {
        sent_dbfs,
        hz: cycles as f64 * f64::from(rate_hz) / sent.len() as f64,
        gain_db: spread(&|look| look.fundamental / reference)?,
        thd_db: spread(&|look| look.harmonics.iter().sum::<f64>() / look.fundamental)?,
        thd_n_db: spread(&|look| look.rest / look.fundamental)?,
        harmonics_db: (0..count)
            .filter_map(|h| harmonic(h).map(|s| s.mean))
            .collect(),
    })
}
