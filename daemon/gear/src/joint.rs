//! Two takes of one song joined: where that can be done. Noise and compressors do not repeat, so it is offered and
//! never done unasked.

use std::ops::Range;

use crate::watch::Mark;

/// Seconds that a joint keeps away from what slipped, and from the song's ends.
const MARGIN_S: f64 = 0.5;
/// Seconds of the cross-fade between two takes; both are the same song, so their gains add up to one.
const FADE_S: f64 = 0.02;

/// A joint of two takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// The take that it begins with, by its place.
    pub first: usize,
    /// The take that it goes on with.
    pub second: usize,
    /// Frames of the song at which the cross-fade may begin.
    pub within: Range<u64>,
}

/// Frames of the cross-fade.
pub fn fade_frames(rate_hz: u32) -> u64 {
    (f64::from(rate_hz) * FADE_S).round() as u64
}

/// The gains of the first and of the second take at a frame of the cross-fade, which is so many frames long.
pub fn fade_gains(frame: u64, frames: u64) -> [f64; 2] {
    let place = (frame as f64 + 1.0) / (frames as f64 + 1.0);
    let second = 0.5 - 0.5 * libm::cos(std::f64::consts::PI * place);
    [1.0 - second, second]
}

/// Every pair of takes that make one without a slip: the first is clean up to the joint, the second from there on.
/// What changed and stayed changed (a level, a delay) spoils a take as a second one wherever it happened. Widest
/// first; takes are named by their place.
pub fn joints(takes: &[&[Mark]], frames: u64, rate_hz: u32) -> Vec<Joint> {
    let margin = (f64::from(rate_hz) * MARGIN_S).round() as u64;
    let fade = fade_frames(rate_hz);
    let last = frames.saturating_sub(margin + fade);
    let ends: Vec<u64> = takes
        .iter()
        .map(|marks| first_slip(marks, frames))
        .collect();
    let begins: Vec<Option<u64>> = takes.iter().map(|marks| last_slip(marks)).collect();
    let mut found = Vec::new();
    for (first, end) in ends.iter().enumerate() {
        for (second, begin) in begins.iter().enumerate() {
            let Some(begin) = begin.filter(|_| first != second) else {
                continue;
            };
            let within = (begin + margin).max(margin)..end.saturating_sub(margin + fade).min(last);
            if !within.is_empty() {
                found.push(Joint {
                    first,
                    second,
                    within,
                });
            }
        }
    }
    found.sort_by_key(|joint| std::cmp::Reverse(joint.within.end - joint.within.start));
    found
}

/// The first frame that may be wrong.
fn first_slip(marks: &[Mark], frames: u64) -> u64 {
    let begins = marks.iter().map(|mark| reach(mark).start);
    begins.min().unwrap_or(frames)
}

/// The frame from which everything is right; none where a change stayed.
fn last_slip(marks: &[Mark]) -> Option<u64> {
    let stays = |mark: &Mark| matches!(mark, Mark::LevelStep { .. } | Mark::DelayChanged { .. });
    if marks.iter().any(stays) {
        return None;
    }
    let ends = marks.iter().map(|mark| reach(mark).end);
    Some(ends.max().unwrap_or(0))
}

/// The frames that a mark speaks of.
fn reach(mark: &Mark) -> Range<u64> {
    match *mark {
        Mark::Xrun { frame }
        | Mark::LevelStep { frame, .. }
        | Mark::DelayChanged { frame, .. }
        | Mark::Click { frame } => frame..frame + 1,
        Mark::LostFrames { frame, frames } | Mark::Dropout { frame, frames } => {
            frame..frame + frames
        }
        Mark::Over { frame, samples, .. } => frame..frame + samples,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;
    const SONG: u64 = 480_000;

    fn lost(frame: u64) -> Mark {
        Mark::LostFrames { frame, frames: 256 }
    }

    #[test]
    fn a_take_that_slipped_late_goes_before_one_that_slipped_early() {
        let (late, early) = ([lost(300_000)], [lost(100_000)]);
        let found = joints(&[&late, &early], SONG, RATE);
        assert_eq!(
            found,
            [Joint {
                first: 0,
                second: 1,
                within: 124_256..275_040,
            }]
        );
    }

    #[test]
    fn what_stays_changed_is_no_second_take() {
        let stepped = [Mark::LevelStep {
            frame: 10_000,
            db: 1.0,
        }];
        let late = [lost(300_000)];
        assert_eq!(joints(&[&late, &stepped], SONG, RATE), []);
        let changed = [Mark::DelayChanged {
            frame: 300_000,
            by_frames: 3.0,
        }];
        let early = [lost(10_000)];
        let found = joints(&[&early, &changed], SONG, RATE);
        assert_eq!(
            found
                .iter()
                .map(|j| (j.first, j.second))
                .collect::<Vec<_>>(),
            [(1, 0)]
        );
    }

    #[test]
    fn slips_of_both_at_one_place_cannot_be_mended() {
        let takes = [[lost(200_000)], [lost(210_000)]];
        let takes: Vec<&[Mark]> = takes.iter().map(<[Mark; 1]>::as_slice).collect();
        assert_eq!(joints(&takes, SONG, RATE), []);
        let whole = [lost(1_000), lost(479_000)];
        assert_eq!(joints(&[&whole, &[lost(240_000)]], SONG, RATE), []);
    }

    #[test]
    fn the_gains_of_a_joint_are_one_together() {
        let frames = fade_frames(RATE);
        assert_eq!(frames, 960);
        for frame in 0..frames {
            let [first, second] = fade_gains(frame, frames);
            assert!((first + second - 1.0).abs() < 1e-15);
            assert!((0.0..=1.0).contains(&second));
        }
        assert!(fade_gains(0, frames)[1] < 1e-5);
        assert!(fade_gains(frames - 1, frames)[0] < 1e-5);
    }
}
