//! Clicks: one or two samples that stand out of the high frequencies before and after them.
//!
//! Pops are the same at a lower rate: see `pops`.
//!
//! A drum's attack stands out too, but what follows it is louder than what was before; the edges
//! of a saw-tooth or of clipped peaks stand out, but come back within 60 ms.

use std::collections::VecDeque;

use crate::decibel;
use crate::detect::Block;
use crate::finding::SpanList;
use crate::thresholds::FaultThresholds;

/// A block of 10 ms is looked at in four cells.
const CELLS_PER_BLOCK: usize = 4;
/// Cells looked at on each side, 5 ms: what is farther away, such as the next stroke of a hi-hat,
/// neither hides a click nor makes it the beginning of a sound.
const SIDE_CELLS: usize = 2;
/// A click's neighbours in time, for repeated edges.
const ALONE_SECONDS: f64 = 0.06;
/// The same in cells, four of which make a block of 10 ms.
const ALONE_CELLS: u64 = 24;
/// Samples on each side of the largest difference that hold a click, at 48 kHz ...
const CORE_SAMPLES: usize = 2;
/// ... and those that belong to it with whatever rings around it.
const OWN_SAMPLES: usize = 12;
/// Share of a click's energy in its core; a wooden stick rings on.
const CORE_SHARE: f64 = 0.95;
/// Share of a cell's energy that its largest difference holds, where there is a click.
const PEAK_SHARE: f64 = 0.15;
/// What follows a click is at most this much louder than what was before it.
const LOUDER_AFTER: f64 = 3.0;
/// The same of the high frequencies alone: a sampled sound that starts without an attack under
/// others makes them louder at once and the whole hardly.
const BRIGHTER_AFTER: f64 = 4.0;
/// Highs this far below the smallest click that is looked for are no sound.
const HIGHS_FLOOR_SHARE: f64 = 0.01;
/// A click leaves the slope as it was; where it changes by more than this, a new sound begins.
const LARGEST_KINK: f64 = 0.5;
/// A stray sample leaves the wave where it was going; an edit or a start leaves a step of a half and more.
const LARGEST_STEP: f64 = 0.2;
/// Edges at least this share of a click's size make it one of many, ...
const LIKE_SHARE: f64 = 0.3;
/// ... where they are as compact as this; the attack of a drum is no edge.
const LIKE_CORE: f64 = 0.7;

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    frames: f64,
    /// Energy of the second difference, with and without the surroundings of its maximum.
    curve: f64,
    curve_rest: f64,
    /// Sum and energy of the signal.
    sum: f64,
    energy: f64,
    largest: f64,
    at_frame: u64,
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    /// How far the wave stands off its way after it, relative to the largest difference.
    step: f64,
    /// How much the slope changed across the place, relative to the largest difference.
    kink: f64,
    /// Share of the energy around the place that its core holds.
    core: f64,
}

/// A click that stands alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Click {
    pub(crate) frame: u64,
    /// Its largest second difference.
    pub(crate) size: f64,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    cell: u64,
    frame: u64,
    size: f64,
    core: f64,
    is_click: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Click,
    Edge,
}

fn energy(part: &[f64]) -> f64 {
    part.iter().map(|v| v * v).sum()
}

/// Follows one channel.
#[derive(Clone, Debug)]
pub(crate) struct ClickWatch {
    rate_hz: f64,
    /// Samples at this rate for one at 48 kHz: a click that was converted up is wider.
    scale: usize,
    ratio: f64,
    floor: f64,
    alone_cells: u64,
    last: [f64; 2],
    cells: VecDeque<Cell>,
    cell_count: u64,
    candidates: VecDeque<Candidate>,
    differences: Vec<f64>,
    /// Differences of all cells looked at, and the frame of the first.
    tape: VecDeque<f64>,
    tape_start: u64,
    pub(crate) spans: SpanList,
    pub(crate) largest: f64,
    pub(crate) first_frame: Option<u64>,
}

impl ClickWatch {
    pub(crate) fn new(rate_hz: f64, limits: &FaultThresholds) -> Self {
        Self {
            rate_hz,
            scale: (rate_hz / 50_000.0) as usize + 1,
            ratio: decibel::amplitude(limits.click_ratio_db),
            floor: decibel::amplitude(limits.click_floor_dbfs),
            alone_cells: ALONE_CELLS,
            last: [0.0; 2],
            cells: VecDeque::with_capacity(2 * SIDE_CELLS + 2),
            cell_count: 0,
            candidates: VecDeque::new(),
            differences: Vec::new(),
            tape: VecDeque::new(),
            tape_start: 0,
            spans: SpanList::default(),
            largest: 0.0,
            first_frame: None,
        }
    }

    /// The same for a stream at a lower rate, which comes in cells of `cell_frames`.
    pub(crate) fn slower(rate_hz: f64, cell_frames: usize, limits: &FaultThresholds) -> Self {
        Self {
            ratio: decibel::amplitude(limits.pop_ratio_db),
            alone_cells: (ALONE_SECONDS * rate_hz / cell_frames as f64).ceil() as u64,
            ..Self::new(rate_hz, limits)
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>, channel: usize) {
        let samples = &block.samples[channel];
        let cell_length = samples.len().div_ceil(CELLS_PER_BLOCK).max(1);
        let mut start = block.start_frame;
        for cell in samples.chunks(cell_length) {
            if let Some(click) = self.feed_cell(cell, start) {
                self.keep(click);
            }
            start += cell.len() as u64;
        }
    }

    /// Takes one cell, which begins at frame `start`; gives the click that is sure by now.
    pub(crate) fn feed_cell(&mut self, samples: &[f64], start: u64) -> Option<Click> {
        let cell = self.cell(samples, start);
        self.tape.extend(&self.differences);
        self.push(cell)
    }

    /// Keeps a click as found.
    pub(crate) fn keep(&mut self, click: Click) {
        self.spans
            .add(click.frame as f64 / self.rate_hz, 1.0 / self.rate_hz);
        self.largest = self.largest.max(click.size);
        self.first_frame.get_or_insert(click.frame);
    }

    /// Ends the stream: what is pending has been heard to its end.
    pub(crate) fn finish(&mut self) {
        for click in self.pending() {
            self.keep(click);
        }
    }

    /// The clicks that are sure once nothing follows.
    pub(crate) fn pending(&mut self) -> Vec<Click> {
        let end = Cell {
            frames: 1.0,
            ..Cell::default()
        };
        let cells = SIDE_CELLS as u64 + self.alone_cells + 1;
        (0..cells).filter_map(|_| self.push(end)).collect()
    }

    fn cell(&mut self, samples: &[f64], start: u64) -> Cell {
        let d = &mut self.differences;
        d.clear();
        let [mut before, mut last] = self.last;
        for &v in samples.iter().take(2) {
            d.push(v - 2.0 * last + before);
            (before, last) = (last, v);
        }
        d.extend(samples.windows(3).map(|w| w[2] - 2.0 * w[1] + w[0]));
        if let [.., a, b] = samples {
            self.last = [*a, *b];
        } else if let [b] = samples {
            self.last = [self.last[1], *b];
        }
        let mut cell = Cell {
            frames: samples.len() as f64,
            ..Cell::default()
        };
        for (v, x) in d.iter().zip(samples) {
            cell.curve += v * v;
            cell.sum += x;
            cell.energy += x * x;
            cell.largest = if v.abs() > cell.largest {
                v.abs()
            } else {
                cell.largest
            };
        }
        cell.curve_rest = cell.curve;
        if cell.largest >= LIKE_SHARE * self.floor
            && cell.largest * cell.largest >= PEAK_SHARE * cell.curve
        {
            let at = d.iter().position(|v| v.abs() == cell.largest).unwrap_or(0);
            let own = OWN_SAMPLES * self.scale;
            let own = &d[at.saturating_sub(own)..(at + own + 1).min(d.len())];
            cell.curve_rest = (cell.curve - energy(own)).max(0.0);
            cell.at_frame = start + at as u64;
        }
        cell
    }

    fn push(&mut self, cell: Cell) -> Option<Click> {
        self.cells.push_back(cell);
        self.cell_count += 1;
        if self.cells.len() == 2 * SIDE_CELLS + 1 {
            if let Some(candidate) = self.judge() {
                self.candidates.push_back(candidate);
            }
            if let Some(oldest) = self.cells.pop_front() {
                let gone = (oldest.frames as usize).min(self.tape.len());
                self.tape.drain(..gone);
                self.tape_start += gone as u64;
            }
        }
        self.settle()
    }

    /// Looks at the middle cell with what came before and after it.
    fn judge(&self) -> Option<Candidate> {
        let middle = self.cells[SIDE_CELLS];
        if middle.largest < LIKE_SHARE * self.floor
            || middle.largest * middle.largest < PEAK_SHARE * middle.curve
        {
            return None;
        }
        let side = |mut range: std::ops::Range<usize>, next: usize| {
            let (mut curve, mut sum, mut energy, mut frames) = (0.0, 0.0, 0.0, 0.0);
            for index in range.by_ref() {
                let cell = &self.cells[index];
                // The click may reach over the border into the next cell.
                curve += if index == next {
                    cell.curve_rest
                } else {
                    cell.curve
                };
                sum += cell.sum;
                energy += cell.energy;
                frames += cell.frames;
            }
            // An edit may leave the wave off its centre line; that is no louder sound.
            let mean = sum / frames;
            (curve / frames, (energy / frames - mean * mean).max(0.0))
        };
        let (curve_before, before) = side(0..SIDE_CELLS, SIDE_CELLS - 1);
        let (curve_after, after) = side(SIDE_CELLS + 1..2 * SIDE_CELLS + 1, SIDE_CELLS + 1);
        let around = curve_before
            .max(curve_after)
            .max(middle.curve_rest / middle.frames);
        let stands_out = middle.largest >= self.floor
            && middle.largest * middle.largest >= self.ratio * self.ratio * around;
        let is_onset = after
            > LOUDER_AFTER * LOUDER_AFTER * before + self.floor * self.floor * 0.01
            || curve_after
                > BRIGHTER_AFTER * BRIGHTER_AFTER * curve_before
                    + (HIGHS_FLOOR_SHARE * self.floor) * (HIGHS_FLOOR_SHARE * self.floor);
        let shape = self.shape(middle.at_frame, around)?;
        let is_compact = shape.kink <= LARGEST_KINK && shape.core >= CORE_SHARE;
        // A sound that starts leaves its way for good; a stray sample is a click before a sound too.
        let comes_back = shape.step <= LARGEST_STEP;
        Some(Candidate {
            cell: self.cell_count,
            frame: middle.at_frame,
            size: middle.largest,
            core: shape.core,
            is_click: if stands_out && is_compact && (comes_back || !is_onset) {
                Verdict::Click
            } else {
                Verdict::Edge
            },
        })
    }

    /// The shape around a difference; `None` where the neighbouring cell holds a larger one.
    ///
    /// `around` is the energy per sample of what the click stands in; it is taken off, or a click
    /// just at the limit would be lost in the sum of what is beside it.
    fn shape(&self, frame: u64, around: f64) -> Option<Shape> {
        let at = usize::try_from(frame.checked_sub(self.tape_start)?).ok()?;
        let within = |reach: usize| {
            let to = (at + reach + 1).min(self.tape.len());
            self.tape.range(at.saturating_sub(reach)..to)
        };
        let (own, core) = (OWN_SAMPLES * self.scale, CORE_SAMPLES * self.scale);
        let size = self.tape.get(at)?.abs();
        if within(own).any(|v| v.abs() > size) {
            return None;
        }
        let sum = |reach: usize| {
            let energy: f64 = within(reach).map(|v| v * v).sum();
            (energy - within(reach).count() as f64 * around).max(size * size * 0.1)
        };
        let (mut slope, mut step) = (0.0, 0.0);
        for v in within(core) {
            slope += v;
            step += slope;
        }
        Some(Shape {
            step: f64::abs(step) / size,
            kink: within(core).sum::<f64>().abs() / size,
            core: (sum(core) / sum(own)).min(1.0),
        })
    }

    /// Lets a candidate become a click once 60 ms have passed without another like it.
    fn settle(&mut self) -> Option<Click> {
        let mut found = None;
        // The front is kept for a while after its verdict, as a neighbour of the next ones.
        let ready = self
            .candidates
            .iter()
            .position(|c| c.cell + self.alone_cells == self.cell_count);
        if let Some(index) = ready {
            let candidate = self.candidates[index];
            let is_alone = self.candidates.iter().enumerate().all(|(other, c)| {
                other == index
                    || c.cell.abs_diff(candidate.cell) > self.alone_cells
                    || c.size < LIKE_SHARE * candidate.size
                    || c.core < LIKE_CORE
            });
            if candidate.is_click == Verdict::Click && is_alone {
                found = Some(Click {
                    frame: candidate.frame,
                    size: candidate.size,
                });
            }
        }
        while self
            .candidates
            .front()
            .is_some_and(|c| c.cell + 2 * self.alone_cells < self.cell_count)
        {
            self.candidates.pop_front();
        }
        found
    }
}
