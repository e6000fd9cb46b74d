use crate::GRID_FRAMES;
use crate::compressor::{Compressor, CompressorSettings};
use crate::crossover::{Crossover, CrossoverKind};
use crate::decibel::db_to_gain;
use crate::processor::{
    Faults, GainReduction, Param, ParamEvent, Processor, Ramp, Spec, Step, Steps, copy_key,
    frames_of, with_block, with_key, zero_non_finite,
};

/// One band of the multiband.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MultibandBand {
    /// What it is compressed or expanded by; none lets it through. Its look-ahead is the multiband's.
    pub compressor: Option<CompressorSettings>,
    /// Gain in dB.
    pub gain_db: f64,
    /// Where any band is heard alone, the others are not.
    pub is_solo: bool,
}

/// Settings of the multiband.
#[derive(Debug, Clone, PartialEq)]
pub struct MultibandSettings {
    /// How the signal is cut.
    pub crossover: CrossoverKind,
    /// Where it is cut, in hertz, in rising order.
    pub corners_hz: Vec<f64>,
    /// Look-ahead of all bands in milliseconds.
    pub lookahead_ms: f64,
    /// Its bands, lowest first: one more than corners.
    pub bands: Vec<MultibandBand>,
}

/// Cuts the signal into bands, compresses or expands each by itself, and puts them together again.
///
/// A key is cut alike, so that each band listens to its own part of it.
#[derive(Debug, Clone)]
pub struct Multiband {
    settings: MultibandSettings,
    bands: Vec<Band>,
    crossover: Crossover,
    key: Crossover,
    heard: Vec<Vec<f64>>,
    position: u64,
    faults: Faults,
}

#[derive(Debug, Clone)]
struct Band {
    compressor: Option<Compressor>,
    /// Amplitude.
    gain: Ramp,
    is_heard: bool,
}

impl Multiband {
    /// A multiband with these settings; bands without a corner above them and corners without a band are left out.
    pub fn new(mut settings: MultibandSettings) -> Self {
        let bands = settings
            .bands
            .len()
            .min(settings.corners_hz.len() + 1)
            .max(1);
        settings.bands.resize(bands, MultibandBand::default());
        settings.corners_hz.truncate(bands - 1);
        let has_solo = settings.bands.iter().any(|band| band.is_solo);
        let make = |band: &MultibandBand| Band {
            compressor: band.compressor.map(|compressor| {
                Compressor::new(CompressorSettings {
                    lookahead_ms: settings.lookahead_ms,
                    ..compressor
                })
            }),
            gain: Ramp::fixed(db_to_gain(band.gain_db)),
            is_heard: band.is_solo || !has_solo,
        };
        let mut bands: Vec<Band> = settings.bands.iter().map(make).collect();
        if settings.lookahead_ms > 0.0 {
            // A band that only waits for the others.
            let wait = CompressorSettings {
                ratio: 1.0,
                lookahead_ms: settings.lookahead_ms,
                ..CompressorSettings::default()
            };
            for band in &mut bands {
                band.compressor.get_or_insert_with(|| Compressor::new(wait));
            }
        }
        let crossover = Crossover::new(settings.crossover, &settings.corners_hz);
        Self {
            bands,
            key: crossover.clone(),
            crossover,
            heard: Vec::new(),
            settings,
            position: 0,
            faults: Faults::default(),
        }
    }

    fn take(&mut self, event: &ParamEvent, now: u64) {
        match event.param {
            Param::BandGainDb(index) => {
                if let Some(band) = self.bands.get_mut(index) {
                    let amplitude = ParamEvent {
                        value: db_to_gain(event.value),
                        ..*event
                    };
                    band.gain.follow(&amplitude, now);
                }
            }
            Param::GainDb
            | Param::FrequencyHz
            | Param::BandFrequencyHz(_)
            | Param::BandQ(_)
            | Param::BandThresholdDb(_)
            | Param::ThresholdDb
            | Param::Ratio
            | Param::Mix
            | Param::MakeupDb
            | Param::DriveDb
            | Param::BalanceDb
            | Param::Width(_)
            | Param::ChannelGainDb(_)
            | Param::RotationDegrees
            | Param::CeilingDbtp
            | Param::Audition(_) => (),
        }
    }

    fn run(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, step: &Step<'_>) {
        let (range, frames) = (step.range.clone(), step.range.len());
        self.crossover.split(frames, |c| &block[c][range.clone()]);
        if let Some(key) = key {
            copy_key(key, range.clone(), &mut self.heard);
            let heard = &self.heard;
            self.key.split(frames, |c| &heard[c][..frames]);
        }
        for channel in block.iter_mut() {
            channel[range.clone()].fill(0.0);
        }
        let parts = self.crossover.bands().iter_mut().zip(self.key.bands());
        for (index, (band, (rows, heard))) in self.bands.iter_mut().zip(parts).enumerate() {
            if let Some(compressor) = &mut band.compressor {
                let mut event = None;
                for e in step.events {
                    if e.param == Param::BandThresholdDb(index) {
                        event = Some(ParamEvent {
                            param: Param::ThresholdDb,
                            ..*e
                        });
                    }
                }
                let events = event.as_slice();
                with_block(rows, frames, |rows| match key {
                    Some(_) => with_key(heard, frames, |heard| {
                        compressor.process(rows, Some(heard), events);
                    }),
                    None => compressor.process(rows, None, events),
                });
            }
            if !band.is_heard {
                continue;
            }
            for (channel, row) in block.iter_mut().zip(rows.iter()) {
                let samples = &mut channel[range.clone()];
                if band.gain.is_moving(step.start) {
                    for ((frame, x), y) in (step.start..).zip(samples).zip(row) {
                        *x += y * band.gain.at(frame);
                    }
                } else {
                    let gain = band.gain.at(step.start);
                    for (x, y) in samples.iter_mut().zip(row) {
                        *x += y * gain;
                    }
                }
            }
        }
    }
}

impl Processor for Multiband {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.crossover.prepare(spec);
        self.key.prepare(spec);
        self.heard = vec![vec![0.0; GRID_FRAMES as usize]; spec.channels];
        for band in &mut self.bands {
            if let Some(compressor) = &mut band.compressor {
                compressor.prepare(spec, GRID_FRAMES as usize);
            }
        }
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                self.crossover.tidy();
                self.key.tidy();
            }
            for event in step.events {
                self.take(event, step.start);
            }
            self.run(block, key, &step);
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        let compressors = self.bands.iter().filter_map(|b| b.compressor.as_ref());
        let ahead = compressors.map(Compressor::latency_frames).max();
        self.crossover.latency_frames() + ahead.unwrap_or(0)
    }

    fn tail_frames(&self) -> u64 {
        self.latency_frames() + self.crossover.tail_frames()
    }

    fn reset(&mut self) {
        self.crossover.reset();
        self.key.reset();
        for (band, settings) in self.bands.iter_mut().zip(&self.settings.bands) {
            band.compressor.iter_mut().for_each(Compressor::reset);
            band.gain = Ramp::fixed(db_to_gain(settings.gain_db));
        }
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    /// The deepest of all bands, and the mean of the band that works most.
    fn gain_reduction(&self) -> Option<GainReduction> {
        let bands = self.bands.iter().filter_map(|b| b.compressor.as_ref());
        bands
            .filter_map(Compressor::gain_reduction)
            .reduce(|a, b| GainReduction {
                max_db: a.max_db.max(b.max_db),
                mean_db: a.mean_db.max(b.mean_db),
            })
    }
}
