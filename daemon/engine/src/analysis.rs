use dsp::PowerSpectrum;
use measure::{Measurements, Meter};

use crate::character::{Character, Listener};
use crate::plan::PlanError;
use crate::render::BLOCK_FRAMES;
use crate::stream::Source;

/// Bins are about this wide, in hertz: fine enough for third-octaves down to 25 Hz.
const BIN_HZ: f64 = 6.0;

/// What one pass over a mix tells.
pub(crate) struct Analysis {
    pub(crate) measured: Measurements,
    pub(crate) spectrum: Spectrum,
    pub(crate) character: Character,
}

/// Long-term mean power over frequency.
pub(crate) struct Spectrum {
    bins: Vec<f64>,
    bin_hz: f64,
}

impl Spectrum {
    /// Power between two frequencies; bins at the edges count by the share that lies inside.
    pub(crate) fn power_between(&self, low_hz: f64, high_hz: f64) -> f64 {
        let (low, high) = (low_hz / self.bin_hz, high_hz / self.bin_hz);
        let mut power = 0.0;
        let first = libm::floor(low - 0.5).max(0.0) as usize;
        for (k, bin) in self.bins.iter().enumerate().skip(first) {
            let (from, to) = (k as f64 - 0.5, k as f64 + 0.5);
            if from >= high {
                break;
            }
            power += bin * (to.min(high) - from.max(low)).max(0.0);
        }
        power
    }
}

/// Measures a mix in one pass.
pub(crate) fn analyse(source: &mut dyn Source) -> Result<Analysis, PlanError> {
    let spec = source.spec();
    let channels = u32::try_from(spec.channels).unwrap_or(u32::MAX);
    let mut meter = Meter::new(spec.rate_hz, channels)?;
    let exponent = libm::ceil(libm::log2(f64::from(spec.rate_hz) / BIN_HZ)) as u32;
    let mut spectrum = PowerSpectrum::new(exponent, spec.channels);
    let mut listener = Listener::new(spec.rate_hz, spec.channels);
    source.rewind()?;
    let mut buffers = vec![vec![0.0; BLOCK_FRAMES]; spec.channels];
    loop {
        let frames = source.read(&mut buffers)?;
        if frames == 0 {
            break;
        }
        let block: Vec<&[f64]> = buffers.iter().map(|buffer| &buffer[..frames]).collect();
        meter.feed(&block);
        spectrum.feed(&block);
        listener.feed(&block);
    }
    let bin_hz = f64::from(spec.rate_hz) / libm::exp2(f64::from(exponent));
    let spectrum = Spectrum {
        bins: spectrum.mean(),
        bin_hz,
    };
    Ok(Analysis {
        measured: meter.finish(),
        spectrum,
        character: listener.finish(),
    })
}
