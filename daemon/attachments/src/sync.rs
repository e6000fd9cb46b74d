//! Whether the sound of a video is a song's, and how far the two lie apart, at its beginning and at its end.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::envelope::ENVELOPE_HZ;

/// Milliseconds to a value of the first search.
const COARSE: usize = 4;
/// Length of a passage, in values of the first search: four seconds.
const PASSAGE: usize = 1_000;
/// How far to either side is looked, in values of the first search: ten seconds.
const REACH: isize = 2_500;
/// How far around the place that all passages say, in values of the first search: 240 ms, of a drift.
const NEAR: isize = 60;
/// Passages over the song.
const PASSAGES: usize = 15;
/// How far around a first find is looked again, in milliseconds.
const AROUND: usize = 12;
/// How alike a passage has to be to count; sounds that have nothing to do with each other stay below half of it.
const LEAST: f64 = 0.45;
/// How far a passage may lie beside the line through the others, in milliseconds.
const BESIDE: f64 = 20.0;
/// Below it a millisecond is silent: -80 dBFS, in half decibels.
const SILENT: u8 = 94;
/// A passage whose loudness changes less tells no place, in half decibels squared.
const STEADY: f32 = 0.5;
/// How many passages more another speed has to place than none.
const MORE_BY_SPEED: usize = 3;
/// Speeds at which films are played by mistake: of 24, 25 and 30 frames a second, and those of American television.
const SPEEDS: [f64; 8] = [
    1.001,
    1.0 / 1.001,
    25.0 / 24.0,
    24.0 / 25.0,
    25.025 / 24.0,
    24.0 / 25.025,
    30.0 / 29.0,
    29.0 / 30.0,
];

/// How a video's sound lies against a song's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Sync {
    /// The song's first moment in the video, in milliseconds; below 0 where the video begins later than the song.
    pub offset_ms: f64,
    /// How much later than that the song's last moment lies than it should, in milliseconds.
    pub drift_ms: f64,
    /// How alike they are, 0 to 1, over the passages that count.
    pub alike: f64,
    /// Passages in which the song sounds.
    pub sounding: usize,
    /// Those of them that lie at one place, or on one line.
    pub agreeing: usize,
}

/// Where a passage of the song lies in the video.
#[derive(Debug, Clone, Copy)]
struct Find {
    /// In the song, in milliseconds.
    at: f64,
    /// How much later in the video.
    later: f64,
    alike: f64,
}

/// Lays a video's envelope beside a song's; none where the song is silent.
pub fn lay_beside(song: &[u8], video: &[u8]) -> Option<Sync> {
    // Nearly every video plays at its own speed, and each other takes as long again to look for.
    let plain = at_speed(song, video, 1.0);
    if plain.is_some_and(|sync| sync.agreeing * 5 >= sync.sounding * 4) {
        return plain;
    }
    let others = SPEEDS
        .iter()
        .filter_map(|speed| at_speed(song, video, *speed));
    let other = others.max_by(|a, b| {
        let by_count = a.agreeing.cmp(&b.agreeing);
        by_count.then(a.alike.total_cmp(&b.alike))
    });
    // Another speed has to place clearly more than none.
    match (plain, other) {
        (Some(plain), Some(other)) if other.agreeing < plain.agreeing + MORE_BY_SPEED => {
            Some(plain)
        }
        (plain, other) => other.or(plain),
    }
}

/// The same where the video plays the song so much slower: around the place that all passages together say, as music repeats
/// itself; else wherever each by itself is found.
fn at_speed(song: &[u8], video: &[u8], speed: f64) -> Option<Sync> {
    let song = stretched(song, speed);
    let coarse = (averaged(&song), averaged(video));
    let together = place_of_all(&coarse.0, &coarse.1);
    let near = together - NEAR..=together + NEAR;
    let wide = -REACH..=REACH;
    let all = [near, wide].into_iter();
    let all =
        all.filter_map(|reach| within((&song, video), (&coarse.0, &coarse.1), (reach, speed)));
    all.max_by(|a, b| {
        let by_count = a.agreeing.cmp(&b.agreeing);
        by_count.then(a.alike.total_cmp(&b.alike))
    })
}

/// How much later all passages together are most like the video.
fn place_of_all(song: &[f32], video: &[f32]) -> isize {
    let last = song.len().saturating_sub(PASSAGE);
    let mut sums = vec![0.0; 2 * REACH.unsigned_abs() + 1];
    for number in 0..PASSAGES {
        let from = last * number / (PASSAGES - 1);
        let passage = song.get(from..song.len().min(from + PASSAGE));
        let Some(passage) = passage.filter(|passage| sounds(passage)) else {
            continue;
        };
        for (sum, later) in sums.iter_mut().zip(-REACH..=REACH) {
            let begin = from.checked_add_signed(later);
            let there = begin.and_then(|begin| video.get(begin..begin + passage.len()));
            *sum += there.map_or(0.0, |there| alike(passage, there));
        }
    }
    let best = sums.iter().zip(-REACH..=REACH);
    let best = best.max_by(|a, b| a.0.total_cmp(b.0));
    best.map_or(0, |(_, later)| later)
}

/// Passages of the song, each found within a reach, as one line.
fn within(
    (song, video): (&[u8], &[u8]),
    coarse: (&[f32], &[f32]),
    (reach, speed): (RangeInclusive<isize>, f64),
) -> Option<Sync> {
    let last = coarse.0.len().saturating_sub(PASSAGE);
    let mut sounding = 0;
    let mut found = Vec::new();
    for number in 0..PASSAGES {
        let from = last * number / (PASSAGES - 1);
        let passage = coarse.0.get(from..coarse.0.len().min(from + PASSAGE))?;
        if !sounds(passage) {
            continue;
        }
        sounding += 1;
        let Some(near) = best(passage, coarse.1, from, reach.clone()) else {
            continue;
        };
        let fine = song.get(from * COARSE..(from + passage.len()) * COARSE)?;
        let later = near.0 * COARSE.cast_signed();
        let Some((later, alike)) = best_around(fine, video, (from * COARSE, later)) else {
            continue;
        };
        if alike >= LEAST {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of a song")]
            found.push(Find {
                at: (from * COARSE) as f64,
                later: later as f64,
                alike,
            });
        }
    }
    on_a_line(&found, sounding, (song.len(), speed))
}

/// The envelope of the same sound played slower.
fn stretched(values: &[u8], speed: f64) -> Vec<u8> {
    if (speed - 1.0).abs() < 1e-9 {
        return values.to_vec();
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "places within a song, in milliseconds"
    )]
    let at = |place: usize| (place as f64 / speed) as usize;
    let mut out = Vec::new();
    while let Some(value) = values.get(at(out.len())) {
        out.push(*value);
    }
    out
}

fn averaged(values: &[u8]) -> Vec<f32> {
    let blocks = values.chunks_exact(COARSE);
    let of = |block: &[u8]| block.iter().map(|v| f32::from(*v)).sum::<f32>() / 4.0;
    blocks.map(of).collect()
}

fn sounds(passage: &[f32]) -> bool {
    let loud = passage.iter().filter(|value| **value > f32::from(SILENT));
    #[expect(clippy::cast_precision_loss, reason = "the length of a passage")]
    let count = passage.len().max(1) as f32;
    let mean = passage.iter().sum::<f32>() / count;
    let off = passage.iter().map(|value| (value - mean).powi(2));
    2 * loud.count() > passage.len() && off.sum::<f32>() / count > STEADY
}

/// Where a passage is most like the other sound, so much later than its own place: how much, and how alike.
fn best(
    passage: &[f32],
    other: &[f32],
    from: usize,
    reach: RangeInclusive<isize>,
) -> Option<(isize, f64)> {
    let places = reach.into_iter().filter_map(|later| {
        let begin = from.checked_add_signed(later)?;
        let there = other.get(begin..begin + passage.len())?;
        Some((later, alike(passage, there)))
    });
    places.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The same to the millisecond, around a first find.
fn best_around(
    passage: &[u8],
    other: &[u8],
    (from, later): (usize, isize),
) -> Option<(isize, f64)> {
    let wide = |values: &[u8]| values.iter().map(|v| f32::from(*v)).collect::<Vec<f32>>();
    let begin = from.saturating_add_signed(later).saturating_sub(AROUND);
    let end = (begin + passage.len() + 2 * AROUND).min(other.len());
    let near = wide(other.get(begin..end)?);
    let passage = wide(passage);
    let places = (0..=2 * AROUND).filter_map(|place| {
        let there = near.get(place..place + passage.len())?;
        Some((place, alike(&passage, there)))
    });
    let (place, alike) = places.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(((begin + place).cast_signed() - from.cast_signed(), alike))
}

/// How alike two envelopes are, -1 to 1: Pearson's correlation.
fn alike(a: &[f32], b: &[f32]) -> f64 {
    let (mut sum_a, mut sum_b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
    // In double precision: in single, a steady sound is as like its neighbours as itself.
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        sum_a += a;
        sum_b += b;
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    #[expect(clippy::cast_precision_loss, reason = "the length of a passage")]
    let count = a.len().max(1) as f64;
    let (var_a, var_b) = (aa - sum_a * sum_a / count, bb - sum_b * sum_b / count);
    // What does not change is like nothing.
    if var_a <= count * 0.05 || var_b <= count * 0.05 {
        return 0.0;
    }
    (ab - sum_a * sum_b / count) / (var_a * var_b).sqrt()
}

/// The line that most finds lie on, through each pair of them; a slope beyond a speed's mistake is none.
fn on_a_line(found: &[Find], sounding: usize, (length, speed): (usize, f64)) -> Option<Sync> {
    let Some(first) = found.first() else {
        // Silence is like nothing; what sounds and is found nowhere is something else.
        return (sounding > 0).then_some(Sync {
            sounding,
            ..Sync::default()
        });
    };
    let mut lines = vec![(0.0, first.later)];
    for (one, from) in found.iter().zip(1..) {
        lines.push((0.0, one.later));
        for other in found.iter().skip(from) {
            let slope = (other.later - one.later) / (other.at - one.at);
            if slope.abs() < 0.01 {
                lines.push((slope, one.later - slope * one.at));
            }
        }
    }
    let near = |line: &(f64, f64)| {
        let (slope, from) = *line;
        let beside = found
            .iter()
            .map(move |f| (f, (f.later - from - slope * f.at).abs()));
        beside.filter(|(_, beside)| *beside <= BESIDE)
    };
    let rank = |line: &(f64, f64)| {
        let all: Vec<f64> = near(line).map(|(_, beside)| beside).collect();
        (all.len(), -all.iter().sum::<f64>())
    };
    let best = lines.iter().max_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })?;
    let on: Vec<&Find> = near(best).map(|(find, _)| find).collect();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of passages, and milliseconds"
    )]
    let (count, length) = (on.len() as f64, length as f64);
    let (slope, from) = fitted(&on, count);
    // The song was stretched before: what that moved its end by belongs to the drift.
    let by_speed = length - length / speed;
    Some(Sync {
        offset_ms: from * f64::from(1_000 / ENVELOPE_HZ),
        drift_ms: slope * length + by_speed,
        alike: on.iter().map(|find| find.alike).sum::<f64>() / count,
        sounding,
        agreeing: on.len(),
    })
}

/// The line of least squares; a level one through few places.
fn fitted(on: &[&Find], count: f64) -> (f64, f64) {
    let mean = |of: fn(&Find) -> f64| on.iter().map(|find| of(find)).sum::<f64>() / count;
    let (at, later) = (mean(|find| find.at), mean(|find| find.later));
    let spread: f64 = on.iter().map(|find| (find.at - at).powi(2)).sum();
    let both: f64 = on
        .iter()
        .map(|find| (find.at - at) * (find.later - later))
        .sum();
    let slope = if on.len() > 2 && spread > 0.0 {
        both / spread
    } else {
        0.0
    };
    (slope, later - slope * at)
}

impl Sync {
    /// Whether the song is heard in the video: most of its passages lie on one line.
    pub fn is_the_song(&self) -> bool {
        self.agreeing * 2 > self.sounding && self.alike >= LEAST
    }
}
