//! Repeats: a block of samples that comes again, bit for bit, right after itself, as a buffer does
//! that was played twice or got stuck.
//!
//! Recorded sound never repeats itself exactly, but synthetic sound does: a tone of a whole number of
//! samples, a loop. So a repeat counts at once only where it starts with a jump that the first time
//! did not have, and ends soon; one without a jump counts only in a piece that seldom repeats itself,
//! and one that goes on for long only where nothing else does.

use crate::decibel;
use crate::detect::Block;
use crate::finding::SpanList;
use crate::thresholds::FaultThresholds;

/// Samples that must be equal before a lag is followed; what the hash looks back on.
const MATCH: usize = 16;
/// Bits by which the hash moves for each sample: 16 samples later a sample has left it.
const HASH_SHIFT: u32 = 4;
/// Every eighth place is remembered, so that the table of the last 8,192 frames stays small; the
/// shortest block still holds two such places.
const REMEMBER_EVERY: u64 = 8;
const TABLE_BITS: u32 = 12;
/// Positions count from here, so that an empty entry of the table is far in the past.
const FIRST_POSITION: u64 = 1 << 20;
/// Samples drawn on each side of the repeat's start.
const DRAWN: usize = 96;
/// The start of a repeat jumps by this much of the block's own second differences ...
const JUMP_RATIO: f64 = 3.0;
/// ... and of what the same samples did the first time, when they followed what belongs before them.
const JUMP_OVER_FIRST: f64 = 4.0;
/// A repeat that goes on for more times than this may be a tone.
const SHORT_TIMES: u64 = 3;
/// Share of a block's samples that differ from the one before: less is a square wave or held steps.
const LEAST_CHANGES: f64 = 0.25;

/// What was found of one kind of repeat.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats {
    pub(crate) spans: SpanList,
    pub(crate) count: u64,
    /// Frames of the shortest and of the longest block.
    pub(crate) block_frames: Option<(u64, u64)>,
    /// The most times that one block came again.
    pub(crate) most_times: u64,
    pub(crate) largest_step: f64,
    /// The samples around the first one, and where in them it starts.
    pub(crate) first: Option<(Vec<f64>, usize)>,
}

impl Repeats {
    fn add(&mut self, run: Run, length: u64, rate_hz: f64) {
        self.count += 1;
        let lag = run.lag as u64;
        let (low, high) = self.block_frames.unwrap_or((lag, lag));
        self.block_frames = Some((low.min(lag), high.max(lag)));
        self.most_times = self.most_times.max(length / lag);
        self.largest_step = self.largest_step.max(run.step);
        self.spans
            .add(run.start_frame as f64 / rate_hz, length as f64 / rate_hz);
        self.first.get_or_insert(run.drawing);
    }
}

/// A stretch that equals what was `lag` frames before it, while it lasts.
#[derive(Clone, Debug)]
struct Run {
    lag: usize,
    start_frame: u64,
    step: f64,
    kind: Kind,
    drawing: (Vec<f64>, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The block jumps in where it comes again.
    Jumps,
    /// It comes again without a jump.
    Smooth,
    /// Held values and squares.
    Steps,
    /// Next to nothing.
    Silence,
}

/// Follows one channel.
#[derive(Clone, Debug)]
pub(crate) struct RepeatWatch {
    rate_hz: f64,
    shortest: usize,
    longest: usize,
    floor: f64,
    /// The last samples, and the frame of the first of them.
    tape: Vec<f64>,
    tape_start: u64,
    hash: u64,
    /// The upper half of the hash and the position it stood at.
    table: Vec<u64>,
    run: Option<Run>,
    pub(crate) jumping: Repeats,
    /// Those without a jump, and those that go on for long.
    pub(crate) smooth: Repeats,
    pub(crate) stuck: Repeats,
    /// Exact repetitions that are none of the two: the mark of synthetic sound.
    pub(crate) others: u64,
}

impl RepeatWatch {
    pub(crate) fn new(rate_hz: f64, limits: &FaultThresholds) -> Self {
        let longest = usize::try_from(limits.repeat_longest_frames).unwrap_or(usize::MAX);
        // The table and the tape are made for what a driver's buffer can be.
        let longest = longest.clamp(2 * MATCH, 1 << 15);
        let shortest = usize::try_from(limits.repeat_shortest_frames).unwrap_or(longest);
        Self {
            rate_hz,
            shortest: shortest.clamp(2 * MATCH, longest),
            longest,
            floor: decibel::amplitude(limits.repeat_floor_dbfs),
            tape: Vec::new(),
            tape_start: 0,
            hash: 0,
            table: vec![0; 1 << TABLE_BITS],
            run: None,
            jumping: Repeats::default(),
            smooth: Repeats::default(),
            stuck: Repeats::default(),
            others: 0,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>, channel: usize) {
        let samples = &block.samples[channel];
        self.make_room();
        let from = self.tape.len();
        self.tape.extend_from_slice(samples);
        let mut at = from;
        while at < self.tape.len() {
            at = if self.run.is_some() {
                self.follow(at)
            } else {
                self.search(at)
            };
        }
    }

    /// Forgets what no lag reaches any more.
    fn make_room(&mut self) {
        let kept = self.longest + DRAWN + 2 * MATCH;
        if self.tape.len() > 3 * kept {
            let gone = self.tape.len() - kept;
            self.tape.drain(..gone);
            self.tape_start += gone as u64;
        }
    }

    /// Mixes the sample at `at` into the hash and remembers every eighth place.
    fn advance(&mut self, at: usize) -> u64 {
        let mixed = self.tape[at].to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.hash = (self.hash << HASH_SHIFT).wrapping_add(mixed ^ (mixed >> 32));
        let position = FIRST_POSITION + self.tape_start + at as u64;
        let slot = &mut self.table[(self.hash >> (u64::BITS - TABLE_BITS)) as usize];
        let found = *slot;
        if position.is_multiple_of(REMEMBER_EVERY) {
            *slot = (self.hash & !u64::from(u32::MAX)) | (position & u64::from(u32::MAX));
        }
        found
    }

    /// Looks for samples that were there before; returns the next sample to look at.
    fn search(&mut self, from: usize) -> usize {
        for at in from..self.tape.len() {
            let found = self.advance(at);
            if (found ^ self.hash) >> 32 != 0 {
                continue;
            }
            let position = FIRST_POSITION + self.tape_start + at as u64;
            // Positions are kept in 32 bits; the difference is right even where they wrap.
            let lag = (position as u32).wrapping_sub(found as u32) as usize;
            if (self.shortest..=self.longest).contains(&lag) && self.is_repeated(at, lag) {
                self.run = Some(self.open(at, lag));
                return at + 1;
            }
        }
        self.tape.len()
    }

    fn is_repeated(&self, at: usize, lag: usize) -> bool {
        at + 1 >= lag + MATCH
            && (at + 1 - MATCH..=at).all(|index| self.tape[index] == self.tape[index - lag])
    }

    /// Goes back to where the repetition began and looks at what is repeated.
    fn open(&self, at: usize, lag: usize) -> Run {
        let tape = &self.tape;
        let mut start = at + 1 - MATCH;
        while start > lag && tape[start - 1] == tape[start - 1 - lag] {
            start -= 1;
        }
        let curve = |index: usize| tape[index] - 2.0 * tape[index - 1] + tape[index - 2];
        let block = start - lag..start;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &v in &tape[block.clone()] {
            (low, high) = (low.min(v), high.max(v));
        }
        let changes = tape[block.clone()]
            .windows(2)
            .filter(|w| w[0] != w[1])
            .count();
        let mut step = 0.0;
        let mut kind = Kind::Steps;
        if high - low < 2.0 * self.floor {
            kind = Kind::Silence;
        } else if changes as f64 >= LEAST_CHANGES * lag as f64 && start >= lag + 2 {
            let squares: f64 = (block.start + 2..block.end)
                .map(|index| curve(index) * curve(index))
                .sum();
            let usual = libm::sqrt(squares / (lag - 2) as f64);
            step = curve(start).abs();
            let jumps = step >= self.floor
                && step >= JUMP_RATIO * usual
                && step >= JUMP_OVER_FIRST * curve(start - lag).abs();
            kind = if jumps { Kind::Jumps } else { Kind::Smooth };
        }
        let from = start.saturating_sub(DRAWN);
        // What follows has not been heard yet, but it is known: it is the block itself.
        let again = &tape[start - lag..(start - lag + DRAWN).min(start)];
        Run {
            lag,
            start_frame: self.tape_start + start as u64,
            step,
            kind,
            drawing: ([&tape[from..start], again].concat(), start - from),
        }
    }

    /// Goes along with a repetition to its end; returns the next sample to look at.
    fn follow(&mut self, from: usize) -> usize {
        let lag = self.run.as_ref().map_or(0, |run| run.lag);
        for at in from..self.tape.len() {
            self.advance(at);
            if self.tape[at] != self.tape[at - lag] {
                self.close(self.tape_start + at as u64);
                return at + 1;
            }
        }
        self.tape.len()
    }

    fn close(&mut self, end_frame: u64) {
        let Some(run) = self.run.take() else { return };
        let length = end_frame - run.start_frame;
        let lag = run.lag as u64;
        let (is_whole, is_short) = (length >= lag, length < SHORT_TIMES * lag);
        match run.kind {
            Kind::Jumps if is_whole && is_short => {
                self.jumping.add(run, length, self.rate_hz);
            }
            Kind::Jumps if is_whole => self.stuck.add(run, length, self.rate_hz),
            Kind::Smooth if is_whole && is_short => {
                self.smooth.add(run, length, self.rate_hz);
            }
            Kind::Jumps | Kind::Smooth | Kind::Steps => self.others += 1,
            Kind::Silence => {}
        }
    }

    /// Ends the stream.
    pub(crate) fn finish(&mut self) {
        self.close(self.tape_start + self.tape.len() as u64);
    }
}
