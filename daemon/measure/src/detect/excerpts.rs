//! Moments kept for a closer look at the end: bright and steady ones, spread over the whole piece.
//!
//! The piece is cut into slots of one length, each of which keeps its best moment; when there are
//! too many slots, two become one. So the memory is the same for a minute and for a day.

use crate::detect::Block;

/// Length of an excerpt: a frame of 2,048 samples at each of 1,024 places, and some places beside.
pub(crate) const EXCERPT_FRAMES: usize = 3_096;
/// Most excerpts kept.
const MOST: usize = 32;
/// An excerpt is as bright as the darkest of its parts: what is steady was coded in one long frame.
const PARTS: usize = 6;
/// Channels kept: of more than two the first pair speaks for all.
const CHANNELS: usize = 2;

/// One moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excerpt {
    /// Absolute frame of the first sample.
    pub(crate) start_frame: u64,
    /// One or two channels of [`EXCERPT_FRAMES`] samples.
    pub(crate) channels: Vec<Vec<f64>>,
    /// Mean energy of the second difference in its darkest part.
    pub(crate) brightness: f64,
}

/// Keeps the excerpts of a stream.
#[derive(Clone, Debug)]
pub(crate) struct ExcerptWatch {
    staged: Excerpt,
    kept: Vec<Excerpt>,
    moments: u64,
    moments_per_slot: u64,
}

impl ExcerptWatch {
    pub(crate) fn new(channels: usize) -> Self {
        let staged = vec![Vec::with_capacity(EXCERPT_FRAMES); channels.min(CHANNELS)];
        Self {
            staged: Excerpt {
                channels: staged,
                ..Excerpt::default()
            },
            kept: Vec::with_capacity(MOST),
            moments: 0,
            moments_per_slot: 1,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        let mut from = 0;
        while from < block.frames() {
            let held = self.staged.channels[0].len();
            let to = block.frames().min(from + EXCERPT_FRAMES - held);
            if held == 0 {
                self.staged.start_frame = block.start_frame + from as u64;
            }
            for (staged, samples) in self.staged.channels.iter_mut().zip(block.samples) {
                staged.extend_from_slice(&samples[from..to]);
            }
            if held + to - from == EXCERPT_FRAMES {
                self.moment();
            }
            from = to;
        }
    }

    /// The excerpts that hold any sound, in order of time.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Excerpt> {
        self.kept.iter().filter(|e| e.brightness > 0.0)
    }

    fn moment(&mut self) {
        self.staged.brightness = brightness(&self.staged.channels);
        if self.moments / self.moments_per_slot == MOST as u64 {
            self.halve();
        }
        let slot = (self.moments / self.moments_per_slot) as usize;
        match self.kept.get_mut(slot) {
            None => self.kept.push(self.staged.clone()),
            Some(kept) if kept.brightness < self.staged.brightness => {
                std::mem::swap(kept, &mut self.staged);
            }
            Some(_) => (),
        }
        self.staged.channels.iter_mut().for_each(Vec::clear);
        self.moments += 1;
    }

    /// Makes one slot of each two.
    fn halve(&mut self) {
        for pair in 0..MOST / 2 {
            let best = if self.kept[2 * pair].brightness < self.kept[2 * pair + 1].brightness {
                2 * pair + 1
            } else {
                2 * pair
            };
            self.kept.swap(pair, best);
        }
        self.kept.truncate(MOST / 2);
        self.moments_per_slot *= 2;
    }
}

fn brightness(channels: &[Vec<f64>]) -> f64 {
    let mut darkest = f64::INFINITY;
    for part in 0..PARTS {
        let length = EXCERPT_FRAMES / PARTS;
        let range = part * length..(part + 1) * length;
        let energy: f64 = channels
            .iter()
            .flat_map(|c| c[range.clone()].windows(3))
            .map(|w| w[2] - 2.0 * w[1] + w[0])
            .map(|d| d * d)
            .sum();
        darkest = darkest.min(energy / (length * channels.len()) as f64);
    }
    darkest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_keeps_no_more_excerpts_than_a_minute_and_the_brightest_of_each_stretch() {
        let mut watch = ExcerptWatch::new(1);
        for moment in 0..1_000_u64 {
            // Every tenth moment is brighter than the rest.
            let size = if moment % 10 == 7 { 0.2 } else { 0.1 };
            let wave = (0..EXCERPT_FRAMES).map(|n| if n % 2 == 0 { size } else { -size });
            watch.block(&Block {
                samples: &[wave.collect()],
                levels: &[],
                start_frame: moment * EXCERPT_FRAMES as u64,
            });
        }
        let starts: Vec<u64> = watch.kept().map(|e| e.start_frame).collect();
        assert!(
            (MOST / 2..=MOST).contains(&starts.len()),
            "{}",
            starts.len()
        );
        assert!(starts.is_sorted());
        let is_bright = |start: &u64| start / EXCERPT_FRAMES as u64 % 10 == 7;
        assert!(starts[..starts.len() - 1].iter().all(is_bright));
    }
}
