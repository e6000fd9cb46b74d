//! Small drawings of the waveform around a place.

use std::collections::VecDeque;
use std::fmt::Write;

use crate::detect::Block;

/// Blocks kept: 200 ms, because a click is only known as one a while after it was heard.
const KEPT_BLOCKS: usize = 20;
/// Frames drawn on each side of the place.
const SIDE_FRAMES: u64 = 96;
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;

/// The last 200 ms of all channels, and the drawings asked for.
#[derive(Debug)]
pub(crate) struct History {
    blocks: VecDeque<Vec<Vec<f64>>>,
    start_frame: u64,
    end_frame: u64,
    is_at_end: bool,
    drawings: Vec<(&'static str, u64, Option<String>)>,
}

impl History {
    pub(crate) fn new(channels: usize) -> Self {
        Self {
            blocks: (0..KEPT_BLOCKS)
                .map(|_| vec![Vec::new(); channels])
                .collect(),
            start_frame: 0,
            end_frame: 0,
            is_at_end: false,
            drawings: Vec::new(),
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        let mut oldest = self.blocks.pop_front().expect("never empty");
        self.start_frame += oldest[0].len() as u64;
        for (kept, samples) in oldest.iter_mut().zip(block.samples) {
            kept.clear();
            kept.extend_from_slice(samples);
        }
        self.blocks.push_back(oldest);
        self.end_frame = block.start_frame + block.frames() as u64;
    }

    /// Draws channel `channel` around `frame` for the first asker of that name, once enough has been heard.
    pub(crate) fn ask(&mut self, name: &'static str, channel: usize, frame: Option<u64>) {
        let Some(frame) = frame else { return };
        let known = self.drawings.iter().position(|d| d.0 == name);
        // A flat top that was forgotten for a higher one needs a new picture.
        let is_done = known.is_some_and(|k| {
            let drawing = &self.drawings[k];
            drawing.1 == frame || (drawing.2.is_some() && frame < drawing.1)
        });
        if is_done || (frame + SIDE_FRAMES > self.end_frame && !self.is_at_end) {
            return;
        }
        if known.is_some() && name != "flat" {
            return;
        }
        let drawing = self.draw(channel, frame);
        match known {
            Some(k) => self.drawings[k] = (name, frame, drawing),
            None => self.drawings.push((name, frame, drawing)),
        }
    }

    /// The stream is over: what is asked for now is drawn with what there is.
    pub(crate) fn finish(&mut self) {
        self.is_at_end = true;
    }

    /// The drawing made under that name.
    pub(crate) fn drawing(&self, name: &str) -> Option<String> {
        self.drawings
            .iter()
            .find(|d| d.0 == name)
            .and_then(|d| d.2.clone())
    }

    fn draw(&self, channel: usize, frame: u64) -> Option<String> {
        let from = frame.saturating_sub(SIDE_FRAMES).max(self.start_frame);
        let to = (frame + SIDE_FRAMES).min(self.end_frame);
        if frame < self.start_frame || to <= from {
            return None;
        }
        let samples: Vec<f64> = self
            .blocks
            .iter()
            .flat_map(|block| block[channel].iter().copied())
            .skip(usize::try_from(from - self.start_frame).ok()?)
            .take(usize::try_from(to - from).ok()?)
            .collect();
        Some(waveform(&samples, (frame - from) as f64))
    }
}

/// A line through the samples, scaled to their peak, with a mark at one of them.
pub(crate) fn waveform(samples: &[f64], mark: f64) -> String {
    let peak = samples.iter().fold(1.0e-9_f64, |a, v| a.max(v.abs()));
    let x = |index: f64| WIDTH * index / (samples.len().max(2) - 1) as f64;
    let y = |v: f64| HEIGHT * (0.5 - 0.46 * v / peak);
    let mut svg = frame_of(WIDTH, HEIGHT);
    let _ = write!(
        svg,
        "<path d=\"M0 {m:.1}H{w}\" stroke=\"#999\" stroke-width=\"0.5\"/>\
         <path d=\"M{k:.1} 0V{h}\" stroke=\"#c0392b\" stroke-width=\"1\"/>\
         <path fill=\"none\" stroke=\"currentColor\" d=\"",
        m = HEIGHT / 2.0,
        w = WIDTH,
        h = HEIGHT,
        k = x(mark),
    );
    for (index, &v) in samples.iter().enumerate() {
        let step = if index == 0 { 'M' } else { 'L' };
        let _ = write!(svg, "{step}{:.1} {:.1}", x(index as f64), y(v));
    }
    svg.push_str("\"/></svg>");
    svg
}

/// A spectrum from 0 Hz to `top_hz` in dBFS, with marks at some multiples of a frequency.
pub(crate) fn spectrum(columns: &[f32], top_hz: f64, base_hz: f64, numbers: &[usize]) -> String {
    const TOP_DB: f64 = 0.0;
    const BOTTOM_DB: f64 = -140.0;
    let mut svg = frame_of(WIDTH, HEIGHT);
    for number in numbers {
        let x = WIDTH * base_hz * *number as f64 / top_hz;
        let _ = write!(
            svg,
            "<path d=\"M{x:.1} 0V{HEIGHT}\" stroke=\"#c0392b\" stroke-opacity=\"0.5\"/>"
        );
    }
    svg.push_str("<path fill=\"none\" stroke=\"currentColor\" d=\"");
    for (index, &level) in columns.iter().enumerate() {
        let x = WIDTH * (index as f64 + 0.5) / columns.len().max(1) as f64;
        let y = HEIGHT * ((TOP_DB - f64::from(level)) / (TOP_DB - BOTTOM_DB)).clamp(0.0, 1.0);
        let step = if index == 0 { 'M' } else { 'L' };
        let _ = write!(svg, "{step}{x:.1} {y:.1}");
    }
    svg.push_str("\"/></svg>");
    svg
}

/// The opening tag of a drawing.
pub(crate) fn frame_of(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">"
    )
}
