//! The waveform that pages draw: at most 2,000 bins, however long the piece.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// Most bins an overview ever has.
pub const MOST_BINS: usize = 2_000;
/// Frames of a bin at first; pairs of bins merge when there are too many.
const FIRST_BIN_FRAMES: u64 = 64;

/// Lowest and highest sample of each bin, full scale ±32,767.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewLane {
    /// Lowest sample of each bin.
    pub min: Vec<i16>,
    /// Highest sample of each bin.
    pub max: Vec<i16>,
}

/// The waveform of a piece: two lanes for stereo, otherwise one over all channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Frames per second.
    pub rate_hz: u32,
    /// Frames of the whole piece.
    pub frames: u64,
    /// Frames of each bin; the last may hold fewer.
    pub frames_per_bin: u64,
    /// Left and right, or all channels together.
    pub lanes: Vec<OverviewLane>,
}

impl Overview {
    /// Duration of the piece in seconds.
    #[must_use]
    pub fn duration_seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate_hz.max(1))
    }

    /// The waveform as a self-contained SVG that needs no script.
    #[must_use]
    pub fn svg(&self, width: u32, height: u32) -> String {
        self.svg_with_marks(width, height, &[])
    }

    /// The waveform with spans (start and length in seconds) marked behind it.
    #[must_use]
    pub fn svg_with_marks(&self, width: u32, height: u32, marks: &[(f64, f64)]) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\">"
        );
        let seconds = self.duration_seconds();
        for &(start, length) in marks {
            let x = start / seconds.max(1.0e-9) * f64::from(width);
            let w = (length / seconds.max(1.0e-9) * f64::from(width)).max(2.0);
            let _ = write!(
                svg,
                "<rect x=\"{x:.1}\" y=\"0\" width=\"{w:.1}\" height=\"{height}\" \
                 fill=\"#c0392b\" fill-opacity=\"0.35\"/>"
            );
        }
        let lane_height = f64::from(height) / self.lanes.len().max(1) as f64;
        for (index, lane) in self.lanes.iter().enumerate() {
            lane.path(&mut svg, width, lane_height, index as f64 * lane_height);
        }
        svg.push_str("</svg>");
        svg
    }
}

impl OverviewLane {
    fn path(&self, svg: &mut String, width: u32, height: f64, top: f64) {
        if self.min.is_empty() || width == 0 {
            return;
        }
        let columns = usize::try_from(width)
            .expect("a width fits")
            .min(self.min.len());
        let y = |value: i16| top + height * (0.5 - f64::from(value) / 65_534.0);
        let bins = |column: usize| {
            let from = column * self.min.len() / columns;
            from..((column + 1) * self.min.len() / columns).max(from + 1)
        };
        let x = |column: usize| f64::from(width) * (column as f64 + 0.5) / columns as f64;
        svg.push_str(
            "<path fill=\"currentColor\" stroke=\"currentColor\" stroke-width=\"0.5\" d=\"",
        );
        for column in 0..columns {
            let high = bins(column).map(|b| self.max[b]).max().unwrap_or(0);
            let step = if column == 0 { 'M' } else { 'L' };
            let _ = write!(svg, "{step}{:.1} {:.1}", x(column), y(high));
        }
        for column in (0..columns).rev() {
            let low = bins(column).map(|b| self.min[b]).min().unwrap_or(0);
            let _ = write!(svg, "L{:.1} {:.1}", x(column), y(low));
        }
        svg.push_str("Z\"/>");
    }
}

/// Builds an [`Overview`] from a stream whose length is not known.
#[derive(Clone, Debug)]
pub struct OverviewBuilder {
    rate_hz: u32,
    frames: u64,
    frames_per_bin: u64,
    filled: u64,
    bins: Vec<Vec<(f64, f64)>>,
}

const EMPTY: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

fn wider(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}

impl OverviewBuilder {
    /// A builder for that many channels.
    #[must_use]
    pub fn new(rate_hz: u32, channels: u32) -> Self {
        let lanes = if channels == 2 { 2 } else { 1 };
        Self {
            rate_hz,
            frames: 0,
            frames_per_bin: FIRST_BIN_FRAMES,
            filled: 0,
            bins: vec![Vec::with_capacity(MOST_BINS); lanes],
        }
    }

    /// Takes one slice per channel, all of one length.
    pub fn feed<C: AsRef<[f64]>>(&mut self, planar: &[C]) {
        let length = planar.first().map_or(0, |c| c.as_ref().len());
        let mut from = 0;
        while from < length {
            if self.filled == 0 {
                self.open_bin();
            }
            let room = usize::try_from(self.frames_per_bin - self.filled).unwrap_or(usize::MAX);
            let take = room.min(length - from);
            for (channel, samples) in planar.iter().enumerate() {
                let lane = if self.bins.len() == 2 { channel } else { 0 };
                let part =
                    samples.as_ref()[from..from + take]
                        .iter()
                        .fold(EMPTY, |(low, high), &v| {
                            (
                                if v < low { v } else { low },
                                if v > high { v } else { high },
                            )
                        });
                let bin = self.bins[lane].last_mut().expect("a bin is open");
                *bin = wider(*bin, part);
            }
            from += take;
            self.frames += take as u64;
            self.filled += take as u64;
            if self.filled == self.frames_per_bin {
                self.filled = 0;
            }
        }
    }

    fn open_bin(&mut self) {
        if self.bins[0].len() == MOST_BINS {
            for lane in &mut self.bins {
                for pair in 0..MOST_BINS / 2 {
                    lane[pair] = wider(lane[2 * pair], lane[2 * pair + 1]);
                }
                lane.truncate(MOST_BINS / 2);
            }
            self.frames_per_bin *= 2;
        }
        for lane in &mut self.bins {
            lane.push(EMPTY);
        }
    }

    /// The waveform of everything fed.
    #[must_use]
    pub fn finish(self) -> Overview {
        // Beyond full scale a drawing shows full scale.
        let scale = |v: f64| (v.clamp(-1.0, 1.0) * 32_767.0) as i16;
        Overview {
            rate_hz: self.rate_hz,
            frames: self.frames,
            frames_per_bin: self.frames_per_bin,
            lanes: self
                .bins
                .iter()
                .map(|bins| OverviewLane {
                    min: bins.iter().map(|b| scale(b.0)).collect(),
                    max: bins.iter().map(|b| scale(b.1)).collect(),
                })
                .collect(),
        }
    }
}
