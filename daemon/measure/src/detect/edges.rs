//! Beginning, end, silence and fades.

use std::collections::VecDeque;

use crate::blocks::BLOCKS_PER_SECOND;
use crate::decibel;
use crate::detect::Block;
use crate::finding::SpanList;
use crate::thresholds::EdgeThresholds;

/// The head's shape is judged over its first 300 ms.
const HEAD_BLOCKS: usize = 30;
/// A fade is looked for in the last 20 s.
const FADE_WINDOW_SECONDS: usize = 20;
/// The last half second by blocks of 10 ms, for a decay that goes on to the last sample.
const TAIL_BLOCKS: usize = 50;
/// One value per second of a possible fade.
const SECOND_BLOCKS: u32 = 100;

/// Exact zeros of the silence that is going on: where the present run began, and the longest one.
#[derive(Clone, Copy, Debug, Default)]
struct Zeros {
    since: Option<u64>,
    longest_start: u64,
    longest_frames: u64,
}

impl Zeros {
    fn block(&mut self, block: &Block<'_>) {
        let is_zero = |frame: usize| block.samples.iter().all(|c| c[frame] == 0.0);
        let end = block.start_frame + block.frames() as u64;
        if block.peak() == 0.0 {
            let start = *self.since.get_or_insert(block.start_frame);
            self.keep(start, end);
            return;
        }
        if let Some(start) = self.since.take() {
            let more = (0..block.frames()).take_while(|&f| is_zero(f)).count();
            self.keep(start, block.start_frame + more as u64);
        }
        let trailing = (0..block.frames())
            .rev()
            .take_while(|&f| is_zero(f))
            .count();
        if trailing > 0 {
            self.since = Some(end - trailing as u64);
        }
    }

    fn keep(&mut self, start: u64, end: u64) {
        if end - start > self.longest_frames {
            (self.longest_start, self.longest_frames) = (start, end - start);
        }
    }

    /// Forgets the runs that are over; one that has just begun goes on.
    fn next_silence(&mut self) {
        self.longest_frames = 0;
    }
}

/// Follows the level of the whole file.
#[derive(Clone, Debug)]
pub(crate) struct EdgeWatch {
    rate_hz: f64,
    silence: f64,
    inner_seconds: f64,
    zeros_seconds: f64,
    first_sample: f64,
    head_squares: f64,
    head_frames: usize,
    head: Vec<f64>,
    /// Frame of the first and the last sample louder than silence.
    pub(crate) first_sound: Option<u64>,
    pub(crate) last_sound: u64,
    pub(crate) frames: u64,
    silent_since: Option<u64>,
    zeros: Zeros,
    pub(crate) inner_silence: SpanList,
    /// Mean squares of the last blocks that held anything but zeros.
    recent: [f64; 3],
    /// Many more of them, the last one left out: data may end within it.
    tail: VecDeque<f64>,
    pub(crate) end_of_data: u64,
    second_square: f64,
    second_blocks: u32,
    seconds: VecDeque<f64>,
}

impl EdgeWatch {
    pub(crate) fn new(rate_hz: f64, limits: &EdgeThresholds) -> Self {
        Self {
            rate_hz,
            silence: decibel::amplitude(limits.silence_dbfs),
            inner_seconds: limits.inner_silence_seconds,
            zeros_seconds: limits.inner_zeros_seconds,
            first_sample: 0.0,
            head_squares: 0.0,
            head_frames: 0,
            head: Vec::with_capacity(HEAD_BLOCKS),
            first_sound: None,
            last_sound: 0,
            frames: 0,
            silent_since: None,
            zeros: Zeros::default(),
            inner_silence: SpanList::default(),
            recent: [0.0; 3],
            tail: VecDeque::with_capacity(TAIL_BLOCKS + 1),
            end_of_data: 0,
            second_square: 0.0,
            second_blocks: 0,
            seconds: VecDeque::with_capacity(FADE_WINDOW_SECONDS + 1),
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        if self.frames == 0 {
            self.first(block);
        }
        let mean = block.mean_square();
        if self.head.len() < HEAD_BLOCKS {
            self.head.push(mean);
        }
        self.frames = block.start_frame + block.frames() as u64;
        if block.peak() > 0.0 {
            self.tail.push_back(self.recent[2]);
            if self.tail.len() > TAIL_BLOCKS {
                self.tail.pop_front();
            }
            self.recent = [self.recent[1], self.recent[2], mean];
            self.end_of_data = self.frames;
        }
        self.sound(block);
        self.second(mean);
    }

    fn first(&mut self, block: &Block<'_>) {
        let head = (self.rate_hz * 0.005) as usize;
        for samples in block.samples {
            self.first_sample = self.first_sample.max(samples[0].abs());
            self.head_frames += samples.len().min(head);
            self.head_squares += samples.iter().take(head).map(|v| v * v).sum::<f64>();
        }
    }

    fn sound(&mut self, block: &Block<'_>) {
        self.zeros.block(block);
        if block.peak() <= self.silence {
            self.silent_since.get_or_insert(block.start_frame);
            return;
        }
        let is_sound = |frame: &usize| {
            block
                .samples
                .iter()
                .any(|channel| channel[*frame].abs() > self.silence)
        };
        let last = (0..block.frames()).rev().find(is_sound);
        if self.first_sound.is_none() {
            let first = (0..block.frames()).find(is_sound).unwrap_or(0);
            self.first_sound = Some(block.start_frame + first as u64);
        } else if let Some(since) = self.silent_since {
            let seconds = (block.start_frame - since) as f64 / self.rate_hz;
            let zeros = self.zeros.longest_frames as f64 / self.rate_hz;
            if seconds >= self.inner_seconds {
                self.inner_silence.add(since as f64 / self.rate_hz, seconds);
            } else if zeros >= self.zeros_seconds {
                // No room is as silent as that: a hole, or a stop with nothing under it.
                let start = self.zeros.longest_start as f64 / self.rate_hz;
                self.inner_silence.add(start, zeros);
            }
        }
        self.silent_since = None;
        self.zeros.next_silence();
        self.last_sound = block.start_frame + last.unwrap_or(0) as u64;
    }

    fn second(&mut self, mean: f64) {
        self.second_square += mean;
        self.second_blocks += 1;
        if self.second_blocks == SECOND_BLOCKS {
            self.seconds
                .push_back(self.second_square / f64::from(SECOND_BLOCKS));
            if self.seconds.len() > FADE_WINDOW_SECONDS {
                self.seconds.pop_front();
            }
            self.second_square = 0.0;
            self.second_blocks = 0;
        }
    }

    /// Levels of the jump at the first sample and of the first 5 ms, in dBFS.
    pub(crate) fn head_levels(&self) -> Option<(f64, f64)> {
        let mean = self.head_squares / (self.head_frames.max(1)) as f64;
        decibel::db(self.first_sample).zip(decibel::power_db(mean))
    }

    /// True where the sound goes on at the level it starts with; a hit on the first beat dies away.
    pub(crate) fn head_is_sustained(&self) -> bool {
        if self.head.len() < HEAD_BLOCKS {
            return false;
        }
        let mean = |range: &[f64]| range.iter().sum::<f64>() / range.len() as f64;
        mean(&self.head[10..]) > 0.25 * mean(&self.head[..2])
    }

    /// RMS just before the data ends, in dBFS; padding of exact zeros does not hide a cut.
    pub(crate) fn tail_dbfs(&self) -> Option<f64> {
        decibel::power_db(self.recent[1].max(self.recent[2]))
    }

    /// RMS of the first 10 ms, in dBFS.
    pub(crate) fn head_dbfs(&self) -> Option<f64> {
        decibel::power_db(*self.head.first()?)
    }

    /// True where the last 20 ms are far below the last whole second: a decay that has not ended.
    pub(crate) fn tail_is_decaying(&self) -> bool {
        // 6 dB within half a second; hiss stays as it is.
        let tail = self.recent[1].max(self.recent[2]);
        self.seconds
            .back()
            .is_some_and(|&second| second > 4.0 * tail)
    }

    /// True where the level falls through the last half second to its end: a decay, and not the
    /// noise that is left after one.
    pub(crate) fn tail_is_falling(&self) -> bool {
        // 3 dB in all and 1 dB within the last tenth; 50 ms of hiss differ by a few tenths.
        let (in_all, at_last) = (decibel::power(3.0), decibel::power(1.0));
        if self.tail.len() < TAIL_BLOCKS {
            return false;
        }
        let mean = |from: usize, count: usize| {
            let blocks = self.tail.range(from..from + count);
            blocks.sum::<f64>() / count as f64
        };
        let end = mean(TAIL_BLOCKS - 5, 5);
        mean(0, 10) > in_all * end && mean(TAIL_BLOCKS - 15, 5) > at_last * end
    }

    /// Seconds of exact zeros at the end.
    pub(crate) fn tail_zeros_seconds(&self) -> f64 {
        (self.frames - self.end_of_data) as f64 / self.rate_hz
    }

    /// Seconds of silence before the first sound.
    pub(crate) fn head_silence_seconds(&self) -> f64 {
        self.first_sound.unwrap_or(self.frames) as f64 / self.rate_hz
    }

    /// Seconds of silence after the last sound.
    pub(crate) fn tail_silence_seconds(&self) -> f64 {
        (self.frames.saturating_sub(self.last_sound + 1)) as f64 / self.rate_hz
    }

    /// Length in seconds and depth in dB of a steady decline at the end.
    pub(crate) fn fade(&self) -> Option<(f64, f64)> {
        const FLOOR_DBFS: f64 = -90.0;
        const SMALLEST_STEP_DB: f64 = 1.5;
        // Under a fade the music goes on: a second may be a little louder than the one before it,
        // where the next one makes up for it.
        const LARGEST_RISE_DB: f64 = 3.0;
        const SMALLEST_FALL_IN_TWO_DB: f64 = 3.0;
        // A chord that rings out falls faster; the last second of a fade may do so too.
        const LARGEST_STEP_DB: f64 = 12.0;
        let levels: Vec<f64> = self
            .seconds
            .iter()
            .map(|&s| decibel::power_db(s).unwrap_or(FLOOR_DBFS).max(FLOOR_DBFS))
            .collect();
        let end = levels.iter().rposition(|&l| l > FLOOR_DBFS)?;
        let step = |index: usize| levels[index - 1] - levels[index];
        let falls = |index: usize| {
            let in_two = levels[index - 1] - levels[(index + 1).min(end)];
            step(index) >= SMALLEST_STEP_DB
                || (step(index) >= -LARGEST_RISE_DB && in_two >= SMALLEST_FALL_IN_TWO_DB)
        };
        let mut start = end;
        while start > 0 && falls(start) && (start + 1 >= end || step(start) <= LARGEST_STEP_DB) {
            start -= 1;
        }
        let (seconds, depth) = (end - start, levels[start] - levels[end]);
        (seconds >= 5 && depth >= 20.0).then_some((seconds as f64, depth))
    }

    /// Where the last 20 ms of data begin.
    pub(crate) fn tail_start_seconds(&self) -> f64 {
        let hop = 2.0 / BLOCKS_PER_SECOND as f64;
        (self.end_of_data as f64 / self.rate_hz - hop).max(0.0)
    }
}
