//! The intake check: one pass over a mix, all findings, constant memory.

use serde::{Deserialize, Serialize};

use crate::blocks::Blocks;
use crate::detect::Block;
use crate::detect::bits::{BitWatch, SampleKind};
use crate::detect::borders::BorderWatch;
use crate::detect::channels::ChannelWatch;
use crate::detect::clicks::ClickWatch;
use crate::detect::dropouts::DropoutWatch;
use crate::detect::edges::EdgeWatch;
use crate::detect::excerpts::ExcerptWatch;
use crate::detect::flat_tops::FlatTopWatch;
use crate::detect::hum::HumWatch;
use crate::detect::level::PeakDensity;
use crate::detect::pops::PopWatch;
use crate::detect::repeats::RepeatWatch;
use crate::detect::spectrum::SpectrumWatch;
use crate::detect::stereo::StereoWatch;
use crate::finding::Finding;
use crate::meter::{MeasureError, Measurements, MeterCore};
use crate::overview::{Overview, OverviewBuilder};
use crate::picture::History;
use crate::say;
use crate::set::{Fingerprint, Listener};
use crate::thresholds::Thresholds;

/// The format that the client said the mix would have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Frames per second.
    pub rate_hz: u32,
    /// Bits per sample.
    pub bits: u32,
}

/// What is known of a mix before its samples are heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InspectContext {
    /// Frames per second.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// How the samples are stored.
    pub sample: SampleKind,
    /// What the client declared, if anything.
    pub declared: Option<Declared>,
    /// Name of the lossy codec the file itself uses, such as `MP3`.
    pub lossy_source: Option<String>,
    /// Where the findings begin.
    pub thresholds: Thresholds,
}

/// The answer to a mix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The meter's figures.
    pub measurements: Measurements,
    /// What was noticed, the gravest first.
    pub findings: Vec<Finding>,
    /// The waveform for pages.
    pub overview: Overview,
    /// What the other mixes of the set are compared with.
    pub fingerprint: Fingerprint,
}

/// Inspects a stream of planar samples in one pass and constant memory.
#[derive(Debug)]
pub struct Inspector {
    blocks: Blocks,
    watches: Watches,
}

impl Inspector {
    /// An inspection of a mix of 8 to 384 kHz and 1 to 32 channels.
    pub fn new(context: InspectContext) -> Result<Self, MeasureError> {
        let watches = Watches::new(context)?;
        Ok(Self {
            blocks: Blocks::new(watches.context.rate_hz, watches.flat_tops.len()),
            watches,
        })
    }

    /// Takes one slice per channel, all of one length, full scale 1.0.
    ///
    /// The result does not depend on how the stream is cut up.
    pub fn feed(&mut self, planar: &[&[f64]]) {
        let watches = &mut self.watches;
        self.blocks.feed(planar, |block| watches.whole(block));
    }

    /// The figures, the findings and the waveform of everything fed.
    #[must_use]
    pub fn finish(mut self) -> Inspection {
        self.watches.rest(self.blocks.rest());
        self.watches.finish(&self.blocks)
    }
}

/// Everything that looks at the blocks.
#[derive(Debug)]
pub(crate) struct Watches {
    pub(crate) context: InspectContext,
    core: Option<MeterCore>,
    overview: OverviewBuilder,
    start_frame: u64,
    pub(crate) flat_tops: Vec<FlatTopWatch>,
    pub(crate) clicks: Vec<ClickWatch>,
    pub(crate) pops: Vec<PopWatch>,
    pub(crate) dropouts: Vec<DropoutWatch>,
    pub(crate) repeats: Vec<RepeatWatch>,
    pub(crate) hum: HumWatch,
    pub(crate) together: ChannelWatch,
    pub(crate) spectrum: SpectrumWatch,
    pub(crate) excerpts: ExcerptWatch,
    pub(crate) density: PeakDensity,
    pub(crate) edges: EdgeWatch,
    pub(crate) borders: BorderWatch,
    pub(crate) bits: BitWatch,
    pub(crate) stereo: Option<StereoWatch>,
    pub(crate) history: History,
    listener: Listener,
}

impl Watches {
    fn new(context: InspectContext) -> Result<Self, MeasureError> {
        let core = MeterCore::new(context.rate_hz, context.channels)?;
        let rate = f64::from(context.rate_hz);
        let channels = usize::try_from(context.channels).expect("at most 32");
        let limits = &context.thresholds;
        let flat = FlatTopWatch::new(rate, context.sample.step(), &limits.level);
        Ok(Self {
            core: Some(core),
            overview: OverviewBuilder::new(context.rate_hz, context.channels),
            start_frame: 0,
            flat_tops: vec![flat; channels],
            clicks: vec![ClickWatch::new(rate, &limits.fault); channels],
            pops: vec![PopWatch::new(rate, &limits.fault); channels],
            dropouts: vec![DropoutWatch::new(rate, context.sample.step(), &limits.fault); channels],
            repeats: vec![RepeatWatch::new(rate, &limits.fault); channels],
            hum: HumWatch::new(rate, channels, &limits.fault),
            together: ChannelWatch::new(rate, channels),
            spectrum: SpectrumWatch::new(rate, channels),
            excerpts: ExcerptWatch::new(channels),
            density: PeakDensity::new(channels),
            edges: EdgeWatch::new(rate, &limits.edges),
            borders: BorderWatch::new(rate, channels, &limits.fault),
            bits: BitWatch::new(context.sample, &limits.numbers),
            stereo: (channels == 2).then(|| StereoWatch::new(rate)),
            history: History::new(channels),
            listener: Listener::new(context.rate_hz),
            context,
        })
    }

    fn whole(&mut self, samples: &[Vec<f64>]) {
        let mut core = self.core.take().expect("taken only while at work");
        let levels = core.block(samples);
        self.watch(&Block {
            samples,
            levels,
            start_frame: self.start_frame,
        });
        self.core = Some(core);
    }

    fn rest(&mut self, samples: &[Vec<f64>]) {
        if samples[0].is_empty() {
            return;
        }
        let mut core = self.core.take().expect("taken only while at work");
        let levels = core.rest(samples);
        self.watch(&Block {
            samples,
            levels,
            start_frame: self.start_frame,
        });
        self.core = Some(core);
    }

    fn watch(&mut self, block: &Block<'_>) {
        self.overview.feed(block.samples);
        for (channel, flat) in self.flat_tops.iter_mut().enumerate() {
            flat.block(block, channel);
        }
        for (channel, clicks) in self.clicks.iter_mut().enumerate() {
            clicks.block(block, channel);
        }
        for (channel, pops) in self.pops.iter_mut().enumerate() {
            pops.block(block, channel);
        }
        for (channel, dropouts) in self.dropouts.iter_mut().enumerate() {
            dropouts.block(block, channel);
        }
        for (channel, repeats) in self.repeats.iter_mut().enumerate() {
            repeats.block(block, channel);
        }
        self.hum.block(block);
        self.together.block(block);
        self.spectrum.block(block);
        self.excerpts.block(block);
        self.density.block(block);
        self.edges.block(block);
        self.borders.block(block);
        self.bits.block(block);
        if let Some(stereo) = &mut self.stereo {
            stereo.block(block);
        }
        self.listener.block(block);
        self.history.block(block);
        self.ask_for_pictures();
        self.start_frame += block.frames() as u64;
    }

    /// Draws the first place of each kind while it is still in the history.
    fn ask_for_pictures(&mut self) {
        let history = &mut self.history;
        for (channel, flat) in self.flat_tops.iter().enumerate() {
            history.ask("clipping", channel, flat.at_full_scale.first_frame);
            history.ask("flat", channel, flat.below.first_frame);
        }
        for (channel, clicks) in self.clicks.iter().enumerate() {
            history.ask("clicks", channel, clicks.first_frame);
        }
        for (channel, pops) in self.pops.iter().enumerate() {
            history.ask("pops", channel, pops.first_frame());
        }
        for (channel, dropouts) in self.dropouts.iter().enumerate() {
            history.ask("dropouts", channel, dropouts.first_frame);
        }
    }

    fn finish(mut self, blocks: &Blocks) -> Inspection {
        for flat in &mut self.flat_tops {
            flat.finish();
        }
        for clicks in &mut self.clicks {
            clicks.finish();
        }
        for pops in &mut self.pops {
            pops.finish();
        }
        for repeats in &mut self.repeats {
            repeats.finish();
        }
        self.together.finish();
        self.history.finish();
        self.ask_for_pictures();
        let core = self.core.take().expect("taken only while at work");
        let mut measurements = core.finish(blocks.frames(), blocks.non_finite.samples);
        measurements.effective_bit_depth = self.bits.effective_bits();
        measurements.octaves = self.together.octaves();
        let overview = self.overview.clone().finish();
        let mut findings = say::everything(&self, &blocks.non_finite, &measurements, &overview);
        // Stable: within one severity they stay in the order of the sections.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let fingerprint = self.listener.finish(
            self.context.sample.bits(),
            self.context.channels,
            blocks.frames(),
            measurements.integrated_lufs,
            &self.spectrum,
        );
        Inspection {
            measurements,
            findings,
            overview,
            fingerprint,
        }
    }
}
