use crate::GRID_FRAMES;
use crate::biquad::{Biquad, Cascade};
use crate::decibel::{db_to_gain, power_to_db};
use crate::k_weighting::k_weighting;
use crate::processor::Spec;

/// Time constant of the averages: short-term loudness (BS.1771).
const AVERAGE_SECONDS: f64 = 3.0;
/// Silence of this length is the end of a song: what was learnt is forgotten.
const FORGET_SECONDS: f64 = 8.0;
/// Most make-up of a compressor in dB.
const MOST_DB: f64 = 24.0;

/// Gives back the loudness that a processor takes: K-weighted power before and after, averaged alike, sets a gain
/// that moves from grid line to grid line.
#[derive(Debug, Clone)]
pub(crate) struct AutoMakeup {
    weighting: [Biquad; 2],
    before: Cascade,
    after: Cascade,
    scratch: Vec<f64>,
    /// Powers of the stretch at hand, before and after, per channel: one order of sums for any block size.
    sums: [Vec<f64>; 2],
    averages: [f64; 2],
    stretches: f64,
    least_share: f64,
    silent: f64,
    forget: f64,
    /// The least and the most gain in dB.
    range_db: (f64, f64),
    from: f64,
    to: f64,
}

impl AutoMakeup {
    /// Gives back what was taken, and never takes.
    pub(crate) fn new(spec: Spec) -> Self {
        Self::within(spec, (0.0, MOST_DB))
    }

    /// Makes what comes after as loud as what came before, whichever way.
    pub(crate) fn matching(spec: Spec, most_db: f64) -> Self {
        Self::within(spec, (-most_db, most_db))
    }

    fn within(spec: Spec, range_db: (f64, f64)) -> Self {
        let per_second = f64::from(spec.rate_hz) / GRID_FRAMES as f64;
        let mut new = Self {
            weighting: k_weighting(spec.rate_hz),
            before: Cascade::default(),
            after: Cascade::default(),
            scratch: vec![0.0; GRID_FRAMES as usize],
            sums: [vec![0.0; spec.channels], vec![0.0; spec.channels]],
            averages: [0.0; 2],
            stretches: 0.0,
            least_share: 1.0 / (AVERAGE_SECONDS * per_second),
            silent: 0.0,
            forget: FORGET_SECONDS * per_second,
            range_db,
            from: 1.0,
            to: 1.0,
        };
        new.before.prepare(2, spec.channels);
        new.after.prepare(2, spec.channels);
        new
    }

    pub(crate) fn reset(&mut self) {
        self.before.reset();
        self.after.reset();
        self.sums.iter_mut().for_each(|sums| sums.fill(0.0));
        self.averages = [0.0; 2];
        (self.stretches, self.silent, self.from, self.to) = (0.0, 0.0, 1.0, 1.0);
    }

    /// Hears the signal before the processor.
    pub(crate) fn before<S: AsRef<[f64]>>(&mut self, block: &[S], range: core::ops::Range<usize>) {
        let (weighting, scratch) = (&self.weighting, &mut self.scratch);
        let heard = (block, range);
        hear(
            &mut self.before,
            weighting,
            scratch,
            heard,
            &mut self.sums[0],
        );
    }

    /// Hears it after the processor.
    pub(crate) fn after<S: AsRef<[f64]>>(&mut self, block: &[S], range: core::ops::Range<usize>) {
        let (weighting, scratch) = (&self.weighting, &mut self.scratch);
        let heard = (block, range);
        hear(
            &mut self.after,
            weighting,
            scratch,
            heard,
            &mut self.sums[1],
        );
    }

    /// Turns a stretch up.
    pub(crate) fn apply(
        &self,
        block: &mut [&mut [f64]],
        range: &core::ops::Range<usize>,
        start: u64,
    ) {
        for channel in block.iter_mut() {
            for (frame, x) in (start..).zip(&mut channel[range.clone()]) {
                *x *= self.gain_at(frame);
            }
        }
    }

    /// The gain of one frame of the stretch at hand.
    pub(crate) fn gain_at(&self, frame: u64) -> f64 {
        let t = (frame % GRID_FRAMES) as f64 / GRID_FRAMES as f64;
        self.from + (self.to - self.from) * t
    }

    /// Called on the grid in place of [`Self::tidy`] while nothing is heard: the gain stays where it was going.
    pub(crate) fn rest(&mut self) {
        self.from = self.to;
    }

    /// Called on the grid only.
    pub(crate) fn tidy(&mut self) {
        self.before.tidy();
        self.after.tidy();
        let [before, after] = self.sums.each_mut().map(|sums| {
            let sum: f64 = sums.iter().sum();
            sums.fill(0.0);
            sum
        });
        self.from = self.to;
        if before == 0.0 && after == 0.0 {
            self.silent += 1.0;
            if self.silent > self.forget {
                self.averages = [0.0; 2];
                (self.stretches, self.from, self.to) = (0.0, 1.0, 1.0);
            }
            return;
        }
        self.silent = 0.0;
        self.stretches += 1.0;
        let share = (1.0 / self.stretches).max(self.least_share);
        for (average, sum) in self.averages.iter_mut().zip([before, after]) {
            *average += (sum - *average) * share;
        }
        let [before, after] = self.averages;
        if before > 1e-20 && after > 1e-20 {
            let makeup_db = power_to_db(before / after).clamp(self.range_db.0, self.range_db.1);
            self.to = db_to_gain(makeup_db);
        }
    }
}

/// Adds the K-weighted power of a stretch to each channel's sum.
fn hear<S: AsRef<[f64]>>(
    cascade: &mut Cascade,
    weighting: &[Biquad; 2],
    scratch: &mut [f64],
    (block, range): (&[S], core::ops::Range<usize>),
    sums: &mut [f64],
) {
    let scratch = &mut scratch[..range.len()];
    for (channel, (samples, sum)) in block.iter().zip(sums).enumerate() {
        scratch.copy_from_slice(&samples.as_ref()[range.clone()]);
        cascade.run_channel(weighting, channel, scratch);
        for x in scratch.iter() {
            *sum += x * x;
        }
    }
}
