use std::ops::Range;

use crate::audition::Audition;
use crate::biquad::GRID_FRAMES;

/// What a processor is prepared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Number of channels of every block.
    pub channels: usize,
}

/// A parameter that may change while audio runs. A processor passes over those it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param {
    /// Gain in dB ([`crate::Gain`]).
    GainDb,
    /// Corner in hertz ([`crate::Highpass`]).
    FrequencyHz,
    /// Gain in dB of one band of an equaliser or multiband.
    BandGainDb(usize),
    /// Frequency in hertz of one equaliser band.
    BandFrequencyHz(usize),
    /// Q of one equaliser band.
    BandQ(usize),
    /// Threshold in dBFS of one band ([`crate::Multiband`]).
    BandThresholdDb(usize),
    /// Threshold in dBFS ([`crate::Compressor`]).
    ThresholdDb,
    /// Ratio, at least 1 ([`crate::Compressor`]).
    Ratio,
    /// Share of the processed signal, 0 to 1 ([`crate::Compressor`]).
    Mix,
    /// Make-up gain in dB ([`crate::Compressor`]).
    MakeupDb,
    /// Gain in dB into the curve ([`crate::Saturation`]).
    DriveDb,
    /// Balance in dB ([`crate::ChannelTools`]).
    BalanceDb,
    /// Gain in dB of one channel ([`crate::Trims`]).
    ChannelGainDb(usize),
    /// Gain of the side in one band ([`crate::Stereo`]).
    Width(usize),
    /// Rotation in degrees ([`crate::Stereo`]).
    RotationDegrees,
    /// Ceiling in dBTP ([`crate::Limiter`]).
    CeilingDbtp,
    /// What is heard ([`crate::AuditionSwitch`]); the event's value means nothing.
    Audition(Audition),
}

/// A change of one parameter at an absolute frame, reached over a linear ramp.
///
/// Frames count from the last `reset` or `prepare`, in the processor's own input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParamEvent {
    /// Absolute frame at which the ramp begins.
    pub frame: u64,
    /// What changes.
    pub param: Param,
    /// The value at the end of the ramp, in the parameter's unit.
    pub value: f64,
    /// Length of the ramp in frames; zero jumps.
    pub ramp_frames: u32,
}

/// Samples that were no audio and were zeroed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Samples that were NaN, infinite or beyond [`LARGEST_SAMPLE`].
    pub non_finite_samples: u64,
    /// Absolute frame of the first of them.
    pub first_frame: Option<u64>,
}

/// Samples of this size and beyond are treated like infinity: nothing that fits a 32-bit float
/// reaches it, and squares and filter gains of anything smaller stay finite.
pub const LARGEST_SAMPLE: f64 = 1e60;

/// How far a processor has turned the signal down.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GainReduction {
    /// Deepest reduction so far in dB, not negative.
    pub max_db: f64,
    /// Mean reduction over everything processed so far in dB.
    pub mean_db: f64,
}

/// One step of the chain: a block goes through in place.
///
/// Any block length from one frame to the prepared maximum is legal and the result does not depend
/// on it. `process` takes blocks of the prepared number of channels, all of one length; it does not
/// allocate, lock or fail.
pub trait Processor: Send {
    /// Allocates for `spec` and blocks of up to `max_frames`, computes coefficients, and resets.
    fn prepare(&mut self, spec: Spec, max_frames: usize);

    /// Processes one block in place; `events` are sorted by frame and lie inside this block.
    ///
    /// With a `key` (as long as the block; a single channel stands for all) every detector hears the key in the
    /// block's place, as it stands at that point inside the processor: the block gets the gain that the key would
    /// have got. So blocks that add up to the key become blocks that add up to the processed key, for all that is
    /// linear or a gain. A processor is keyed from its first block to its last, or never. Those that bend the wave
    /// ([`crate::Saturation`], [`crate::SoftClipper`]) have no gain and pass over it.
    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]);

    /// Frames by which the output comes later than the input.
    fn latency_frames(&self) -> u64;

    /// Frames after which the output of silence is silence again (below −180 dBFS), latency included.
    fn tail_frames(&self) -> u64;

    /// Forgets all audio and starts at frame zero with the settings as constructed.
    fn reset(&mut self);

    /// Samples zeroed since the last reset.
    fn faults(&self) -> Faults;

    /// Gain reduction since the last reset; `None` for a processor that never turns down by level.
    fn gain_reduction(&self) -> Option<GainReduction> {
        None
    }
}

/// Zeroes whatever is no audio and notes where.
pub(crate) fn zero_non_finite(block: &mut [&mut [f64]], position: u64, faults: &mut Faults) {
    for channel in block.iter_mut() {
        // Written without an early exit so that it runs in lanes. NaN compares false, hence `!`.
        let bad: u64 = channel.iter().map(|x| u64::from(!is_audio(*x))).sum();
        if bad == 0 {
            continue;
        }
        faults.non_finite_samples += bad;
        for (frame, sample) in (position..).zip(channel.iter_mut()) {
            if !is_audio(*sample) {
                *sample = 0.0;
                faults.first_frame = Some(faults.first_frame.map_or(frame, |f| f.min(frame)));
            }
        }
    }
}

/// False for NaN, infinity and beyond [`LARGEST_SAMPLE`].
pub(crate) fn is_audio(sample: f64) -> bool {
    sample.abs() < LARGEST_SAMPLE
}

/// A value on its way to another, computed from the absolute frame so that blocks do not matter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ramp {
    from: f64,
    to: f64,
    start: u64,
    frames: u64,
}

impl Ramp {
    pub(crate) fn fixed(value: f64) -> Self {
        Self {
            from: value,
            to: value,
            start: 0,
            frames: 0,
        }
    }

    pub(crate) fn at(&self, frame: u64) -> f64 {
        let gone = frame.saturating_sub(self.start);
        if gone >= self.frames {
            return self.to;
        }
        self.from + (self.to - self.from) * (gone as f64 / self.frames as f64)
    }

    pub(crate) fn is_moving(&self, frame: u64) -> bool {
        frame < self.start + self.frames
    }

    pub(crate) fn follow(&mut self, event: &ParamEvent, now: u64) {
        if event.value.is_finite() {
            *self = Self {
                from: self.at(now),
                to: event.value,
                start: now,
                frames: u64::from(event.ramp_frames),
            };
        }
    }
}

/// A stretch of a block in which no event begins and no grid line is crossed.
pub(crate) struct Step<'e> {
    /// Absolute frame of the first sample.
    pub(crate) start: u64,
    /// Where the stretch lies in the block.
    pub(crate) range: Range<usize>,
    /// The events that begin here.
    pub(crate) events: &'e [ParamEvent],
}

impl Step<'_> {
    /// True where recursive state is tidied and moving coefficients are computed anew: the grid is
    /// absolute, so these moments are the same for every block size.
    pub(crate) fn is_on_grid(&self) -> bool {
        self.start.is_multiple_of(GRID_FRAMES)
    }
}

/// Cuts a block at its events and at the absolute grid.
pub(crate) struct Steps<'e> {
    first: u64,
    at: u64,
    end: u64,
    events: &'e [ParamEvent],
}

impl<'e> Steps<'e> {
    pub(crate) fn new(position: u64, frames: usize, events: &'e [ParamEvent]) -> Self {
        Self {
            first: position,
            at: position,
            end: position + frames as u64,
            events,
        }
    }
}

impl<'e> Iterator for Steps<'e> {
    type Item = Step<'e>;

    fn next(&mut self) -> Option<Step<'e>> {
        if self.at >= self.end {
            return None;
        }
        let due = self
            .events
            .iter()
            .take_while(|e| e.frame <= self.at)
            .count();
        let (events, later) = self.events.split_at(due);
        self.events = later;
        let grid = (self.at / GRID_FRAMES + 1) * GRID_FRAMES;
        let event = later.first().map_or(u64::MAX, |e| e.frame);
        let next = grid.min(event).min(self.end);
        let offset = |frame: u64| usize::try_from(frame - self.first).unwrap_or(usize::MAX);
        let step = Step {
            start: self.at,
            range: offset(self.at)..offset(next),
            events,
        };
        self.at = next;
        Some(step)
    }
}

/// Copies a stretch of a key into the beginning of the rows; what is no audio is silence there.
pub(crate) fn copy_key(key: &[&[f64]], range: Range<usize>, rows: &mut [Vec<f64>]) {
    for (channel, row) in rows.iter_mut().enumerate() {
        let Some(heard) = key.get(channel).or(key.last()) else {
            return;
        };
        for (to, from) in row.iter_mut().zip(&heard[range.clone()]) {
            *to = if is_audio(*from) { *from } else { 0.0 };
        }
    }
}

/// Frames of a block, zero for a block without channels.
pub(crate) fn frames_of(block: &[&mut [f64]]) -> usize {
    block.first().map_or(0, |channel| channel.len())
}

/// Most channels a block can have.
pub(crate) const MOST_CHANNELS: usize = 64;

/// Calls `work` with the beginnings of rows as a block: slices on the stack, nothing allocated.
pub(crate) fn with_block<T>(
    rows: &mut [Vec<f64>],
    frames: usize,
    work: impl FnOnce(&mut [&mut [f64]]) -> T,
) -> T {
    let mut slots: [&mut [f64]; MOST_CHANNELS] = core::array::from_fn(|_| &mut [][..]);
    let channels = rows.len().min(MOST_CHANNELS);
    for (slot, row) in slots.iter_mut().zip(rows) {
        *slot = &mut row[..frames];
    }
    work(&mut slots[..channels])
}

/// The same for a key, which is only read.
pub(crate) fn with_key<T>(
    rows: &[Vec<f64>],
    frames: usize,
    work: impl FnOnce(&[&[f64]]) -> T,
) -> T {
    let mut slots: [&[f64]; MOST_CHANNELS] = [&[]; MOST_CHANNELS];
    let channels = rows.len().min(MOST_CHANNELS);
    for (slot, row) in slots.iter_mut().zip(rows) {
        *slot = &row[..frames];
    }
    work(&slots[..channels])
}
