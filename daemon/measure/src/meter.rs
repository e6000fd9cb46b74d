//! The meter: every figure of a mix or a master in one pass.

use serde::{Deserialize, Serialize};

use crate::blocks::Blocks;
use crate::decibel::{db, power_db};
use crate::levels::{BlockLevel, Levels};
use crate::loudness::Loudness;
use crate::true_peak::TruePeakMeter;

/// Lowest rate the meter takes, in Hz.
pub const LOWEST_RATE_HZ: u32 = 8_000;
/// Highest rate the meter takes, in Hz.
pub const HIGHEST_RATE_HZ: u32 = 384_000;
/// Most channels the meter takes.
pub const MOST_CHANNELS: u32 = 32;
/// A sine at full scale has this much less RMS than peak; AES17 calls it 0 dBFS.
pub(crate) const AES17_DB: f64 = 3.010_299_956_639_812;

/// Why something cannot be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// The rate is outside 8 to 384 kHz.
    #[error("cannot measure at {rate_hz} Hz, only from 8,000 to 384,000 Hz")]
    Rate {
        /// The rate asked for.
        rate_hz: u32,
    },
    /// No channel, or more than 32.
    #[error("cannot measure {channels} channels, only 1 to 32")]
    Channels {
        /// The channels asked for.
        channels: u32,
    },
}

/// Figures of one channel. Levels are `None` for digital silence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelMeasurements {
    /// True peak, 16-fold oversampled.
    pub true_peak_dbtp: Option<f64>,
    /// Where the true peak is.
    pub true_peak_seconds: Option<f64>,
    /// Largest sample.
    pub sample_peak_dbfs: Option<f64>,
    /// RMS over the whole; a sine at full scale is 0 dBFS (AES17).
    pub rms_aes17_dbfs: Option<f64>,
    /// Mean of all samples, full scale 1.0.
    pub dc: f64,
}

/// The channels as a count, where rate and channels can be measured.
pub(crate) fn can_measure(rate_hz: u32, channels: u32) -> Result<usize, MeasureError> {
    if !(LOWEST_RATE_HZ..=HIGHEST_RATE_HZ).contains(&rate_hz) {
        return Err(MeasureError::Rate { rate_hz });
    }
    if !(1..=MOST_CHANNELS).contains(&channels) {
        return Err(MeasureError::Channels { channels });
    }
    Ok(usize::try_from(channels).expect("32 fits"))
}

/// One octave of the spectrum, over the whole piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OctaveMeasurements {
    /// Where it begins.
    pub low_hz: f64,
    /// Where it ends: an octave higher, or at half the rate.
    pub high_hz: f64,
    /// RMS of all channels; a sine at full scale is 0 dBFS (AES17).
    pub rms_aes17_dbfs: Option<f64>,
    /// Power of the side signal against the middle's; two channels only.
    pub side_to_mid_db: Option<f64>,
    /// Correlation of left and right; two channels only.
    pub correlation: Option<f64>,
}

/// Everything the meter says of a piece. Levels are `None` where there is nothing to measure
/// (digital silence, or shorter than the window).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurements {
    /// Frames per second.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// Frames measured.
    pub frames: u64,
    /// Their duration.
    pub duration_seconds: f64,
    /// Integrated loudness, BS.1770-5 with both gates.
    pub integrated_lufs: Option<f64>,
    /// Loudness range, Tech 3342.
    pub lra_lu: Option<f64>,
    /// The top of that range: what the loudest twentieth of the gated short-term values lies above.
    #[serde(default)]
    pub range_top_lufs: Option<f64>,
    /// Loudest 400 ms, every 10 ms.
    pub max_momentary_lufs: Option<f64>,
    /// Where those 400 ms begin.
    pub max_momentary_seconds: Option<f64>,
    /// Loudest 3 s, every 10 ms.
    pub max_short_term_lufs: Option<f64>,
    /// Where those 3 s begin.
    pub max_short_term_seconds: Option<f64>,
    /// True peak of all channels, 16-fold oversampled at every rate.
    pub true_peak_dbtp: Option<f64>,
    /// Where the true peak is.
    pub true_peak_seconds: Option<f64>,
    /// Largest sample of all channels.
    pub sample_peak_dbfs: Option<f64>,
    /// True peak less integrated loudness.
    pub plr_lu: Option<f64>,
    /// Smallest difference of sample peak and loudness over any 3 s louder than -40 LUFS.
    pub psr_min_lu: Option<f64>,
    /// Sample peak less plain RMS; a sine has 3.01 dB.
    pub crest_db: Option<f64>,
    /// RMS of all channels over the whole; a sine at full scale is 0 dBFS (AES17).
    pub rms_aes17_dbfs: Option<f64>,
    /// Correlation of left and right over the whole; two channels only.
    pub correlation: Option<f64>,
    /// Lowest correlation of any second that is louder than -60 dBFS.
    pub worst_correlation: Option<f64>,
    /// Where that second begins.
    pub worst_correlation_seconds: Option<f64>,
    /// Power of the side signal against the middle's; two channels only.
    pub side_to_mid_db: Option<f64>,
    /// RMS of the quietest 100 ms that is not digital silence (plain RMS).
    pub noise_floor_dbfs: Option<f64>,
    /// Bits in use, where the inspection knows how the samples are stored.
    pub effective_bit_depth: Option<u32>,
    /// Spectrum and stereo width by octaves from 31.5 Hz up, where the inspection looked (at every
    /// third window of about 85 ms); empty for a shorter piece.
    #[serde(default)]
    pub octaves: Vec<OctaveMeasurements>,
    /// Samples that are no numbers; they were measured as silence.
    pub non_finite_samples: u64,
    /// Figures of each channel, in file order.
    pub per_channel: Vec<ChannelMeasurements>,
}

/// Measures a stream of planar samples in constant memory.
#[derive(Clone, Debug)]
pub struct Meter {
    blocks: Blocks,
    core: MeterCore,
}

impl Meter {
    /// A meter for 8 to 384 kHz and 1 to 32 channels.
    pub fn new(rate_hz: u32, channels: u32) -> Result<Self, MeasureError> {
        let core = MeterCore::new(rate_hz, channels)?;
        Ok(Self {
            blocks: Blocks::new(rate_hz, core.peaks.len()),
            core,
        })
    }

    /// Takes one slice per channel, all of one length, full scale 1.0.
    ///
    /// The result does not depend on how the stream is cut up.
    pub fn feed(&mut self, planar: &[&[f64]]) {
        let core = &mut self.core;
        self.blocks.feed(planar, |block| {
            core.block(block);
        });
    }

    /// The figures of everything fed.
    #[must_use]
    pub fn finish(mut self) -> Measurements {
        self.core.rest(self.blocks.rest());
        let (frames, non_finite) = (self.blocks.frames(), self.blocks.non_finite.samples);
        self.core.finish(frames, non_finite)
    }
}

/// The meter behind the blocks, shared with the inspection.
#[derive(Clone, Debug)]
pub(crate) struct MeterCore {
    rate_hz: u32,
    loudness: Loudness,
    levels: Levels,
    peaks: Vec<TruePeakMeter>,
    block_levels: Vec<BlockLevel>,
}

impl MeterCore {
    pub(crate) fn new(rate_hz: u32, channels: u32) -> Result<Self, MeasureError> {
        let count = can_measure(rate_hz, channels)?;
        Ok(Self {
            rate_hz,
            loudness: Loudness::new(rate_hz, count),
            levels: Levels::new(rate_hz, count),
            peaks: vec![TruePeakMeter::new(); count],
            block_levels: Vec::with_capacity(count),
        })
    }

    /// Takes a whole block of 10 ms; returns its levels, which the findings look at too.
    pub(crate) fn block(&mut self, block: &[Vec<f64>]) -> &[BlockLevel] {
        self.rest(block);
        let peak = self
            .block_levels
            .iter()
            .fold(0.0_f64, |a, l| a.max(l.peak()));
        self.loudness.block(block, peak);
        &self.block_levels
    }

    /// Takes what is left at the end, too short to count for loudness (BS.1770 drops it too).
    pub(crate) fn rest(&mut self, block: &[Vec<f64>]) -> &[BlockLevel] {
        self.block_levels.clear();
        if block[0].is_empty() {
            return &self.block_levels;
        }
        self.block_levels
            .extend(block.iter().map(|samples| BlockLevel::of(samples)));
        self.levels.block(block, &self.block_levels);
        for (peak, samples) in self.peaks.iter_mut().zip(block) {
            peak.feed(samples);
        }
        &self.block_levels
    }

    pub(crate) fn finish(self, frames: u64, non_finite_samples: u64) -> Measurements {
        let rate = f64::from(self.rate_hz);
        let peaks: Vec<(f64, f64)> = self
            .peaks
            .into_iter()
            .map(|p| p.finish())
            .map(|(peak, frame)| (peak, frame / rate))
            .collect();
        let per_channel: Vec<ChannelMeasurements> = self
            .levels
            .channels
            .iter()
            .zip(&peaks)
            .map(|(level, &(peak, seconds))| ChannelMeasurements {
                true_peak_dbtp: db(peak),
                true_peak_seconds: (peak > 0.0).then_some(seconds),
                sample_peak_dbfs: db(level.peak),
                rms_aes17_dbfs: mean(level.squares, frames)
                    .and_then(power_db)
                    .map(|v| v + AES17_DB),
                dc: mean(level.sum, frames).unwrap_or(0.0),
            })
            .collect();
        let (true_peak, true_peak_at) = peaks
            .iter()
            .fold((0.0, 0.0), |best, &p| if p.0 > best.0 { p } else { best });
        let peak = self
            .levels
            .channels
            .iter()
            .fold(0.0_f64, |a, c| a.max(c.peak));
        let squares: f64 = self.levels.channels.iter().map(|c| c.squares).sum();
        let rms_db = mean(squares / self.levels.channels.len() as f64, frames).and_then(power_db);
        let loudness = self.loudness.result();
        let true_peak_dbtp = db(true_peak);
        Measurements {
            rate_hz: self.rate_hz,
            channels: u32::try_from(per_channel.len()).expect("at most 32"),
            frames,
            duration_seconds: frames as f64 / rate,
            integrated_lufs: loudness.integrated_lufs,
            lra_lu: loudness.lra_lu,
            range_top_lufs: loudness.range_top_lufs,
            max_momentary_lufs: loudness.momentary.map(|w| w.lufs),
            max_momentary_seconds: loudness.momentary.map(|w| w.start_seconds),
            max_short_term_lufs: loudness.short_term.map(|w| w.lufs),
            max_short_term_seconds: loudness.short_term.map(|w| w.start_seconds),
            true_peak_dbtp,
            true_peak_seconds: (true_peak > 0.0).then_some(true_peak_at),
            sample_peak_dbfs: db(peak),
            plr_lu: loudness
                .integrated_lufs
                .zip(true_peak_dbtp)
                .map(|(i, p)| p - i),
            psr_min_lu: loudness.psr_min_lu,
            crest_db: db(peak).zip(rms_db).map(|(p, r)| p - r),
            rms_aes17_dbfs: rms_db.map(|v| v + AES17_DB),
            correlation: self.levels.stereo.correlation(),
            worst_correlation: self.levels.worst_correlation.map(|w| w.0),
            worst_correlation_seconds: self.levels.worst_correlation.map(|w| w.1),
            side_to_mid_db: self.levels.stereo.side_to_mid_db(),
            noise_floor_dbfs: self.levels.quietest.and_then(power_db),
            effective_bit_depth: None,
            octaves: Vec::new(),
            non_finite_samples,
            per_channel,
        }
    }
}

fn mean(sum: f64, frames: u64) -> Option<f64> {
    (frames > 0).then(|| sum / frames as f64)
}
