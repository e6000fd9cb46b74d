//! What the engineer hears: the programme or another source at the same place, in stereo, mono or the side, dimmed.

use std::sync::Arc;

use crate::session::Source;
use crate::session::fade::{Fade, Switch};
use crate::session::levels::{Meter, Reading};
use crate::session::loudness::ShortTerm;
use crate::session::transport::Point;

/// How loud another source is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SourceLevel {
    /// As loud as the programme.
    #[default]
    Matched,
    /// As loud as it is.
    AsItIs,
}

/// What is heard of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Listen {
    /// Every channel in its place.
    #[default]
    Channels,
    /// Their mean on all of them.
    Mono,
    /// Half the difference of the first two on both.
    Side,
}

pub(crate) struct Monitor {
    sources: Vec<Arc<Source>>,
    /// By how much each source is turned to be as loud as the first, the mix.
    ratios: Vec<f64>,
    /// 0 is the programme, from 1 on the sources.
    slot: Switch<usize>,
    listen: Switch<Listen>,
    /// Share of the match in a source's gain.
    matched: Fade,
    dim: Fade,
    gate: Fade,
    meter: Meter,
    loudness: ShortTerm,
}

/// Where the switches stand when it begins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) slot: usize,
    pub(crate) level: SourceLevel,
    pub(crate) listen: Listen,
    pub(crate) dim_db: f64,
}

fn share_of(level: SourceLevel) -> f64 {
    match level {
        SourceLevel::Matched => 1.0,
        SourceLevel::AsItIs => 0.0,
    }
}

impl Monitor {
    pub(crate) fn new(
        sources: &[Arc<Source>],
        rate_hz: u32,
        fade_frames: u32,
        heard: Heard,
    ) -> Self {
        let ratio = |source: &Arc<Source>| sources.first().map_or(1.0, |mix| source.ratio_to(mix));
        let channels = sources.first().map_or(0, |mix| mix.channels());
        Self {
            ratios: sources.iter().map(ratio).collect(),
            sources: sources.to_vec(),
            slot: Switch::at(heard.slot, fade_frames),
            listen: Switch::at(heard.listen, fade_frames),
            matched: Fade::resting(share_of(heard.level), fade_frames),
            dim: Fade::resting(dsp::db_to_gain(heard.dim_db), fade_frames),
            gate: Fade::resting(0.0, fade_frames),
            meter: Meter::default(),
            loudness: ShortTerm::new(rate_hz, channels),
        }
    }

    /// Real-time.
    pub(crate) fn hear(&mut self, slot: usize) {
        self.slot.go(slot);
    }

    /// Real-time.
    pub(crate) fn level(&mut self, level: SourceLevel) {
        self.matched.go(share_of(level));
    }

    /// Real-time.
    pub(crate) fn listen(&mut self, listen: Listen) {
        self.listen.go(listen);
    }

    /// Real-time.
    pub(crate) fn dim(&mut self, gain: f64) {
        self.dim.go(gain);
    }

    /// Real-time: silence, or sound; a way there.
    pub(crate) fn gate(&mut self, gain: f64) {
        self.gate.go(gain);
    }

    /// Real-time: silence within so many frames.
    pub(crate) fn shut(&mut self, frames: u32) {
        self.gate.hurry(0.0, frames);
    }

    /// Real-time.
    pub(crate) fn is_shut(&self) -> bool {
        self.gate.rests_at() == Some(0.0)
    }

    /// Real-time: `gains` bring the mix to the programme's loudness, frame by frame; `points` say where the song is.
    pub(crate) fn process(&mut self, rows: &mut [Vec<f64>], points: &[Point], gains: &[f64]) {
        for (n, (point, gain)) in points.iter().zip(gains).enumerate() {
            let matched = self.matched.next();
            if !self.slot.rests_at(0) {
                let (from, to, share) = self.slot.next();
                for (channel, row) in rows.iter_mut().enumerate() {
                    let of = |slot: usize| match slot.checked_sub(1) {
                        None => row[n],
                        Some(at) => {
                            let gain = matched * self.ratios[at] * gain + 1.0 - matched;
                            gain * point.of(&self.sources[at], channel)
                        }
                    };
                    row[n] = if from == to {
                        of(to)
                    } else {
                        share * of(to) + (1.0 - share) * of(from)
                    };
                }
            }
            if !self.listen.rests_at(Listen::Channels) {
                self.fold(rows, n);
            }
            let turned = self.dim.next() * self.gate.next();
            for row in rows.iter_mut() {
                row[n] *= turned;
                self.meter.feed(row[n]);
            }
            self.loudness.feed(rows.iter().map(|row| row[n]));
        }
    }

    fn fold(&mut self, rows: &mut [Vec<f64>], n: usize) {
        let (from, to, share) = self.listen.next();
        let sum: f64 = rows.iter().map(|row| row[n]).sum();
        let mono = sum / rows.len() as f64;
        let side = match rows {
            [left, right, ..] => 0.5 * (left[n] - right[n]),
            [_] | [] => 0.0,
        };
        for (channel, row) in rows.iter_mut().enumerate() {
            let of = |listen: Listen| match listen {
                Listen::Channels => row[n],
                Listen::Mono => mono,
                Listen::Side if channel < 2 => side,
                Listen::Side => 0.0,
            };
            row[n] = if from == to {
                of(to)
            } else {
                share * of(to) + (1.0 - share) * of(from)
            };
        }
    }

    /// Real-time: the level, and the K-weighted power of three seconds.
    pub(crate) fn read(&mut self) -> (Reading, f64) {
        (self.meter.read(), self.loudness.power())
    }
}
