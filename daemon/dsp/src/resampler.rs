use crate::lanes::{Aligned, Kernels, LANES};
use crate::window::{kaiser, kaiser_beta, sinc};

/// Stop band of the filter.
const ATTENUATION_DB: f64 = 162.0;
/// End of the pass band as a share of the lower rate's Nyquist frequency: 20.5 kHz of 22.05 kHz.
const PASS_SHARE: f64 = 0.932;
/// Filters for at most this many phases are tabulated exactly; finer ratios interpolate between
/// the rows of a table of [`FINE_PHASES`].
const MOST_EXACT_PHASES: u64 = 1280;
/// Cubic interpolation between so many rows errs below −230 dB.
const FINE_PHASES: u64 = 1024;
/// Outputs of one phase that are computed together: more of them read each tap less often.
const TWINS: usize = 4;
const LOWEST_RATE_HZ: u32 = 1_000;
const HIGHEST_RATE_HZ: u32 = 768_000;

/// How a converter's filter turns the phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConversionPhase {
    /// Not at all: every frequency in place, ringing before and after an edge.
    #[default]
    Linear,
    /// As little as its magnitude allows: all ringing after the edge, the treble a little later than the bass.
    Minimum,
}

/// A rate the converter does not work at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResamplerError {
    /// The rate in hertz.
    pub rate_hz: u32,
}

impl core::fmt::Display for ResamplerError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "sample rates from 1 kHz to 768 kHz can be converted, not {} Hz",
            self.rate_hz
        )
    }
}

impl core::error::Error for ResamplerError {}

/// The sample-rate converter: linear phase, any ratio of whole rates, streaming.
///
/// A polyphase windowed sinc (Kaiser; J. O. Smith, "Digital Audio Resampling", and R. Crochiere and
/// L. Rabiner, "Multirate Digital Signal Processing", 1983) in f64 with one fixed order of sums. Flat to 93.2 % of the
/// lower Nyquist frequency, stopped at it by 160 dB, so nothing folds back. The delay is
/// taken out: output frame j lies at input time j · in / out exactly, and a stream of n frames gives
/// ⌈n · out / in⌉.
#[derive(Debug, Clone)]
pub struct Resampler {
    kernels: Kernels,
    /// Output frames per `step` input frames.
    phases: u64,
    step: u64,
    taps: usize,
    conversion: ConversionPhase,
    bank: Bank,
    /// Per channel: what the next outputs need of the padded input, from frame `first` on.
    history: Vec<Aligned>,
    /// A multiple of [`LANES`].
    first: u64,
    filled: usize,
    /// Window of the next output in the padded input, and its phase.
    at: u64,
    phase: u64,
    taken: u64,
    given: u64,
    non_finite: u64,
    max_frames: usize,
}

/// Where an output lies: its window in the history, and its phase.
#[derive(Debug, Clone, Copy)]
struct Place {
    window: usize,
    phase: u64,
}

#[derive(Debug, Clone)]
enum Bank {
    /// One row per phase.
    Exact(ExactRows),
    /// Rows at 1/1024 steps with one more on the left and two on the right, and room for one made row.
    Fine { rows: Vec<f64>, made: Vec<f64> },
}

/// Rows that are read whole registers at a time.
///
/// Where a period is a multiple of the lanes, a phase's windows all begin in the same lane: its row has so many zeros
/// before it, and both are read from where a register begins.
#[derive(Debug, Clone)]
struct ExactRows {
    rows: Aligned,
    length: usize,
    /// Per phase: the lane in which its windows begin.
    lanes: Vec<usize>,
}

impl ExactRows {
    /// Puts the rows of `taps` taps, phase after phase, where they are read best.
    fn new(taps: usize, (phases, step): (u64, u64), row: impl Fn(u64) -> Vec<f64>) -> Self {
        let whole = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let mut lanes = vec![0; whole(phases)];
        let is_even = step.is_multiple_of(LANES as u64);
        if is_even {
            for output in 0..phases {
                let at = output * step;
                lanes[whole(at % phases)] = whole(at / phases) % LANES;
            }
        }
        let length = if is_even { taps + LANES } else { taps };
        let mut rows = Aligned::zero(length * lanes.len());
        for (phase, (to, lane)) in (0..).zip(rows.chunks_exact_mut(length).zip(&lanes)) {
            to[*lane..lane + taps].copy_from_slice(&row(phase));
        }
        Self {
            rows,
            length,
            lanes,
        }
    }

    /// A phase's row, and the lane in which its taps begin.
    fn of(&self, phase: u64) -> (&[f64], usize) {
        let phase = usize::try_from(phase).unwrap_or(usize::MAX);
        let row = &self.rows[phase * self.length..(phase + 1) * self.length];
        (row, self.lanes[phase])
    }
}

impl Resampler {
    /// A converter of linear phase for blocks of up to `max_frames` input frames.
    pub fn new(
        from_hz: u32,
        to_hz: u32,
        channels: usize,
        max_frames: usize,
    ) -> Result<Self, ResamplerError> {
        Self::with_phase(
            ConversionPhase::Linear,
            (from_hz, to_hz),
            channels,
            max_frames,
        )
    }

    /// A converter from the first rate to the second one.
    ///
    /// At minimum phase nothing comes before its time: the impulse response begins where the linear one has
    /// its middle.
    pub fn with_phase(
        conversion: ConversionPhase,
        (from_hz, to_hz): (u32, u32),
        channels: usize,
        max_frames: usize,
    ) -> Result<Self, ResamplerError> {
        for rate_hz in [from_hz, to_hz] {
            if !(LOWEST_RATE_HZ..=HIGHEST_RATE_HZ).contains(&rate_hz) {
                return Err(ResamplerError { rate_hz });
            }
        }
        let divisor = greatest_common_divisor(from_hz, to_hz);
        let (phases, step) = (u64::from(to_hz / divisor), u64::from(from_hz / divisor));
        let filter = Filter::new(from_hz, to_hz);
        let taps = filter.taps;
        let bank = if conversion == ConversionPhase::Minimum {
            filter.minimum_bank((phases, step))
        } else if phases <= MOST_EXACT_PHASES {
            let row = |p: u64| filter.row(p as f64 / phases as f64);
            Bank::Exact(ExactRows::new(taps, (phases, step), row))
        } else {
            let rows = (0..FINE_PHASES + 3)
                .flat_map(|p| filter.row((p as f64 - 1.0) / FINE_PHASES as f64));
            Bank::Fine {
                rows: rows.collect(),
                made: vec![0.0; taps],
            }
        };
        let step_frames = usize::try_from(step / phases).unwrap_or(usize::MAX);
        // A row begins up to so many lanes early and ends as many late.
        let room = taps + max_frames.max(1) + step_frames + 1 + 2 * LANES;
        let mut new = Self {
            kernels: Kernels::for_this_cpu(),
            phases,
            step,
            taps,
            conversion,
            bank,
            history: vec![Aligned::zero(room); channels],
            first: 0,
            filled: 0,
            at: 0,
            phase: 0,
            taken: 0,
            given: 0,
            non_finite: 0,
            max_frames: max_frames.max(1),
        };
        new.reset();
        Ok(new)
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        self.history
            .iter_mut()
            .for_each(|channel| channel.fill(0.0));
        // The stream is preceded by silence up to the centre of the first window, or all of it but one.
        self.filled = match self.conversion {
            ConversionPhase::Linear => self.taps / 2 - 1,
            ConversionPhase::Minimum => self.taps - 1,
        };
        (self.first, self.at, self.phase) = (0, 0, 0);
        (self.taken, self.given, self.non_finite) = (0, 0, 0);
    }

    /// Most frames one call of `process` or `finish` gives.
    pub fn max_output_frames(&self) -> usize {
        let frames = (self.max_frames + self.taps) as u64 * self.phases / self.step + 2;
        usize::try_from(frames).unwrap_or(usize::MAX)
    }

    /// Frames the whole stream will give for `frames` of input.
    pub fn output_frames(&self, frames: u64) -> u64 {
        let whole = u128::from(frames) * u128::from(self.phases);
        u64::try_from(whole.div_ceil(u128::from(self.step))).unwrap_or(u64::MAX)
    }

    /// Samples that were NaN or infinite and became silence.
    pub fn non_finite_samples(&self) -> u64 {
        self.non_finite
    }

    /// Takes up to `max_frames` input frames and writes what they complete to the beginning of `out`,
    /// whose channels hold [`Self::max_output_frames`]. Returns the frames written.
    pub fn process(&mut self, block: &[&[f64]], out: &mut [&mut [f64]]) -> usize {
        let frames = block.first().map_or(0, |channel| channel.len());
        self.append(frames, Some(block));
        self.taken += frames as u64;
        self.produce(out, u64::MAX)
    }

    /// Ends the stream: call until it returns zero.
    pub fn finish(&mut self, out: &mut [&mut [f64]]) -> usize {
        let total = self.output_frames(self.taken);
        if self.given >= total {
            return 0;
        }
        let mut written = 0;
        while written == 0 {
            self.append(self.max_frames, None);
            written = self.produce(out, total - self.given);
        }
        written
    }

    fn append(&mut self, frames: usize, block: Option<&[&[f64]]>) {
        for (channel, history) in self.history.iter_mut().enumerate() {
            let room = &mut history[self.filled..self.filled + frames];
            let Some(samples) = block.and_then(|block| block.get(channel)) else {
                room.fill(0.0);
                continue;
            };
            for (to, from) in room.iter_mut().zip(samples.iter()) {
                let is_audio = crate::processor::is_audio(*from);
                self.non_finite += u64::from(!is_audio);
                *to = if is_audio { *from } else { 0.0 };
            }
        }
        self.filled += frames;
    }

    fn produce(&mut self, out: &mut [&mut [f64]], most: u64) -> usize {
        let end = self.first + self.filled as u64;
        // Windows that end inside what is there: frame j's begins at `at` plus the whole part of
        // (phase + j · step) / phases.
        let mut written = 0;
        if let Some(room) = end.checked_sub(self.at + self.taps as u64) {
            let ready = ((room + 1) * self.phases - self.phase).div_ceil(self.step);
            written = usize::try_from(ready.min(most)).unwrap_or(usize::MAX);
            self.convolve_all(out, written);
        }
        let gone = self.phase + self.step * written as u64;
        self.at += gone / self.phases;
        self.phase = gone % self.phases;
        let done = (self.at.min(end) - self.first) as usize / LANES * LANES;
        for history in &mut self.history {
            history.copy_within(done..self.filled, 0);
        }
        self.first += done as u64;
        self.filled -= done;
        self.given += written as u64;
        written
    }

    /// Computes `frames` outputs from the current place on. Frames of equal phase share their taps, so
    /// [`TWINS`] of them are taken together; the sums of each stay the same.
    fn convolve_all(&mut self, out: &mut [&mut [f64]], frames: usize) {
        let whole = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX);
        let period = whole(self.phases);
        let stretch = period.saturating_mul(TWINS);
        // Counted on, not divided anew for each frame.
        let (stride, turn) = (whole(self.step / self.phases), self.step % self.phases);
        let mut place = Place {
            window: whole(self.at - self.first),
            phase: self.phase,
        };
        let mut begin = 0;
        while begin < frames {
            let end = begin.saturating_add(stretch).min(frames);
            let middle = end.min(begin.saturating_add(period));
            for frame in begin..middle {
                let count = (end - frame).div_ceil(period);
                self.convolve(out, (frame, period, count), place);
                place.window += stride;
                place.phase += turn;
                if place.phase >= self.phases {
                    place.phase -= self.phases;
                    place.window += 1;
                }
            }
            // The twins are done: past them, as many periods further.
            place.window += whole(self.step) * (TWINS - 1);
            begin = end;
        }
    }

    /// The outputs at `frame` and, a `period` later each, up to `count` of them.
    #[inline]
    fn convolve(
        &mut self,
        out: &mut [&mut [f64]],
        (frame, period, count): (usize, usize, usize),
        Place { window, phase }: Place,
    ) {
        let step = usize::try_from(self.step).unwrap_or(usize::MAX);
        let (taps, lane) = match &mut self.bank {
            Bank::Exact(rows) => rows.of(phase),
            Bank::Fine { rows, made } => {
                interpolate_row(rows, made, phase as f64 / self.phases as f64);
                (&made[..], 0)
            }
        };
        let (length, window) = (taps.len(), window - lane);
        let kernels = self.kernels;
        for (pair, out) in self.history.chunks(2).zip(out.chunks_mut(2)) {
            let ([l, r], [l_out, r_out]) = (pair, &mut *out) else {
                for (history, out) in pair.iter().zip(out) {
                    for twin in 0..count {
                        let window = window + twin * step;
                        let heard = &history[window..window + length];
                        [out[frame + twin * period]] = (kernels.dot_one)(taps, [heard], lane);
                    }
                }
                continue;
            };
            let heard = |twin: usize| {
                let window = window + twin * step;
                let range = window..window + length;
                [&l[range.clone()], &r[range]]
            };
            let mut give = |twin: usize, [x, y]: [f64; 2]| {
                let at = frame + twin * period;
                (l_out[at], r_out[at]) = (x, y);
            };
            if count == TWINS {
                let ([a, b], [c, d]) = (heard(0), heard(1));
                let ([e, f], [g, h]) = (heard(2), heard(3));
                let sums = (kernels.dot_quads)(taps, [a, b, c, d, e, f, g, h], lane);
                let (pairs, _) = sums.as_chunks::<2>();
                pairs
                    .iter()
                    .enumerate()
                    .for_each(|(twin, y)| give(twin, *y));
                continue;
            }
            for twin in (0..count).step_by(2) {
                let [a, b] = heard(twin);
                if twin + 1 < count {
                    let [c, d] = heard(twin + 1);
                    let [w, x, y, z] = (kernels.dot_pairs)(taps, [a, b, c, d], lane);
                    give(twin, [w, x]);
                    give(twin + 1, [y, z]);
                } else {
                    give(twin, (kernels.dot_pair)(taps, [a, b], lane));
                }
            }
        }
    }
}

/// The prototype filter in units of input frames.
struct Filter {
    taps: usize,
    /// Cut-off in cycles per input frame, doubled: the sinc's argument per frame.
    cutoff: f64,
    beta: f64,
}

impl Filter {
    fn new(from_hz: u32, to_hz: u32) -> Self {
        // Nyquist of the lower rate as a share of the input's Nyquist.
        let nyquist = f64::from(to_hz.min(from_hz)) / f64::from(from_hz);
        let width = core::f64::consts::PI * (1.0 - PASS_SHARE) * nyquist;
        // Kaiser's length: (A − 7.95) / (2.285 Δω).
        let taps = libm::ceil((ATTENUATION_DB - 7.95) / (2.285 * width)) as usize;
        Self {
            taps: (taps + 1).next_multiple_of(LANES),
            cutoff: nyquist * (1.0 + PASS_SHARE) / 2.0,
            beta: kaiser_beta(ATTENUATION_DB),
        }
    }

    /// The taps for an output `phase` (0 to 1) after the window's centre sample.
    fn row(&self, phase: f64) -> Vec<f64> {
        let half = self.taps as f64 / 2.0;
        let tap = |k: usize| {
            let x = k as f64 - (half - 1.0) - phase;
            sinc(x * self.cutoff) * kaiser(x / half, self.beta)
        };
        let row: Vec<f64> = (0..self.taps).map(tap).collect();
        // Each phase passes DC exactly alike, or the phases would beat.
        let sum: f64 = row.iter().sum();
        row.iter().map(|tap| tap / sum).collect()
    }
}

impl Filter {
    /// All rows at minimum phase; the last tap meets the newest frame.
    fn minimum_bank(&self, (phases, step): (u64, u64)) -> Bank {
        let is_exact = phases <= MOST_EXACT_PHASES;
        let steps = (if is_exact { phases } else { FINE_PHASES }) as usize;
        let half = self.taps as f64 / 2.0;
        let prototype: Vec<f64> = (0..self.taps * steps)
            .map(|i| {
                let x = i as f64 / steps as f64 - half;
                sinc(x * self.cutoff) * kaiser(x / half, self.beta)
            })
            .collect();
        let prototype = crate::minimum_phase::minimum_phase(&prototype);
        // Tap k lies (taps − 1 − k) frames and p steps after the beginning.
        let row = |p: isize| -> Vec<f64> {
            let tap = |k: usize| {
                let at = ((self.taps - 1 - k) * steps).checked_add_signed(p);
                at.and_then(|at| prototype.get(at)).copied().unwrap_or(0.0)
            };
            let row: Vec<f64> = (0..self.taps).map(tap).collect();
            let sum: f64 = row.iter().sum();
            row.iter().map(|tap| tap / sum).collect()
        };
        if is_exact {
            let row = |p: u64| row(p as isize);
            Bank::Exact(ExactRows::new(self.taps, (phases, step), row))
        } else {
            Bank::Fine {
                rows: (-1..steps.cast_signed() + 2).flat_map(row).collect(),
                made: vec![0.0; self.taps],
            }
        }
    }
}

/// Cubic (four-point Lagrange) interpolation between the rows around `phase`.
fn interpolate_row(rows: &[f64], made: &mut [f64], phase: f64) {
    let taps = made.len();
    let place = phase * FINE_PHASES as f64;
    let index = place as usize;
    let t = place - index as f64;
    let weights = [
        -t * (t - 1.0) * (t - 2.0) / 6.0,
        (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
        -(t + 1.0) * t * (t - 2.0) / 2.0,
        (t + 1.0) * t * (t - 1.0) / 6.0,
    ];
    let row = |offset: usize| &rows[(index + offset) * taps..(index + offset + 1) * taps];
    let (a, b, c, d) = (row(0), row(1), row(2), row(3));
    for (k, tap) in made.iter_mut().enumerate() {
        *tap = (weights[0] * a[k] + weights[1] * b[k]) + (weights[2] * c[k] + weights[3] * d[k]);
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
