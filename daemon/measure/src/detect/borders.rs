//! The first and the last milliseconds: a click where the file begins or ends.
//!
//! Clicks inside are found by what surrounds them on both sides; here there is one side and silence.

use crate::decibel;
use crate::detect::Block;
use crate::thresholds::FaultThresholds;

/// Blocks of 10 ms that are looked at on each side; the click is in the outer one.
const BLOCKS: usize = 2;
/// Samples around a click, at 48 kHz, that belong to it.
const OWN_SAMPLES: usize = 12;

/// A click is so many times as large as the sound beside it.
const OVER_SOUND: f64 = 8.0;

/// A step at a border that stands out of what is beside it.
#[derive(Clone, Debug)]
pub(crate) struct BorderClick {
    pub(crate) frame: u64,
    pub(crate) channel: usize,
    pub(crate) size: f64,
    /// The samples around it, and where it is in them.
    pub(crate) samples: Vec<f64>,
    pub(crate) mark: usize,
}

/// Keeps both ends of the stream.
#[derive(Clone, Debug)]
pub(crate) struct BorderWatch {
    ratio: f64,
    floor: f64,
    own: usize,
    head: Vec<Vec<f64>>,
    head_blocks: usize,
    /// The last blocks that held anything but zeros, the newest last, and the frame where each began.
    tail: [(u64, Vec<Vec<f64>>); BLOCKS],
}

#[derive(Clone, Copy)]
enum End {
    Head,
    Tail,
}

impl BorderWatch {
    pub(crate) fn new(rate_hz: f64, channels: usize, limits: &FaultThresholds) -> Self {
        Self {
            ratio: decibel::amplitude(limits.click_ratio_db),
            floor: decibel::amplitude(limits.click_floor_dbfs),
            own: OWN_SAMPLES * ((rate_hz / 50_000.0) as usize + 1),
            head: vec![Vec::new(); channels],
            head_blocks: 0,
            tail: std::array::from_fn(|_| (0, vec![Vec::new(); channels])),
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        if self.head_blocks < BLOCKS {
            self.head_blocks += 1;
            for (head, samples) in self.head.iter_mut().zip(block.samples) {
                head.extend_from_slice(samples);
            }
        }
        if block.peak() > 0.0 {
            self.tail.rotate_left(1);
            let (start, newest) = &mut self.tail[BLOCKS - 1];
            *start = block.start_frame;
            for (kept, samples) in newest.iter_mut().zip(block.samples) {
                kept.clear();
                kept.extend_from_slice(samples);
            }
        }
    }

    /// A click in the first 10 ms.
    pub(crate) fn at_head(&self) -> Option<BorderClick> {
        let channels = self.head.iter().enumerate();
        channels
            .filter_map(|(channel, samples)| self.click(samples, 0, channel, End::Head))
            .reduce(larger)
    }

    /// A click in the last 10 ms before the end or before the zeros there.
    pub(crate) fn at_tail(&self) -> Option<BorderClick> {
        (0..self.head.len())
            .filter_map(|channel| {
                let mut samples: Vec<f64> = self
                    .tail
                    .iter()
                    .flat_map(|(_, blocks)| blocks[channel].iter().copied())
                    .collect();
                let zeros = samples.iter().rev().take_while(|&&v| v == 0.0).count();
                samples.truncate(samples.len() - zeros);
                // A block that was never filled has no samples, so its start does not count.
                let filled = self.tail.iter().find(|(_, blocks)| !blocks[0].is_empty());
                self.click(&samples, filled?.0, channel, End::Tail)
            })
            .reduce(larger)
    }

    fn click(&self, samples: &[f64], start: u64, channel: usize, end: End) -> Option<BorderClick> {
        let length = samples.len();
        // Less than this says nothing about what is usual beside the click.
        if length < 8 * self.own {
            return None;
        }
        let at = |index: i64| {
            let index = usize::try_from(index).ok();
            index.and_then(|i| samples.get(i)).copied().unwrap_or(0.0)
        };
        // Silence lies on the far side of the border: the step out of it and into it counts.
        let curves: Vec<f64> = (0..length as i64 + 2)
            .map(|n| at(n) - 2.0 * at(n - 1) + at(n - 2))
            .collect();
        let outer = match end {
            End::Head => 0..length / 2,
            End::Tail => length / 2 + 2..length + 2,
        };
        // The step at the other end of what was kept is none.
        let known = match end {
            End::Head => 0..length,
            End::Tail => 2..length + 2,
        };
        let place = outer.reduce(|best, n| {
            if curves[n].abs() > curves[best].abs() {
                n
            } else {
                best
            }
        })?;
        let beside = known.filter(|n| n.abs_diff(place) > self.own);
        let (count, energy) = beside.fold((0_usize, 0.0), |(count, sum), n| {
            (count + 1, sum + curves[n] * curves[n])
        });
        let size = curves[place].abs();
        let usual = libm::sqrt(energy / count.max(1) as f64);
        // A drum on the first beat steps too, but it goes on.
        let (sound, kept) = (0..length)
            .filter(|n| n.abs_diff(place) > self.own)
            .fold((0.0, 0_usize), |(sum, count), n| {
                (sum + samples[n] * samples[n], count + 1)
            });
        let loud = libm::sqrt(sound / kept.max(1) as f64);
        if size < self.floor || size < self.ratio * usual || size < OVER_SOUND * loud {
            return None;
        }
        let mark = place.min(length - 1);
        Some(BorderClick {
            frame: start + mark as u64,
            channel,
            size,
            samples: samples[mark.saturating_sub(96)..(mark + 96).min(length)].to_vec(),
            mark: mark.min(96),
        })
    }
}

fn larger(a: BorderClick, b: BorderClick) -> BorderClick {
    if b.size > a.size { b } else { a }
}
