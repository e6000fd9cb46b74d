//! Songs beside songs: loudness, tone and format.

use crate::finding::Finding;
use crate::say::set as say;
use crate::set::judge::{Member, Part};
use crate::set::tone::{BANDS, PER_OCTAVE, middle_hz};
use crate::thresholds::SetThresholds;

/// The tone is compared between these, where every song has something.
const TONE_FROM_HZ: f64 = 60.0;
const TONE_TO_HZ: f64 = 10_000.0;

pub(super) fn judge(members: &[Member<'_>], limits: &SetThresholds, found: &mut [Vec<Finding>]) {
    let songs: Vec<usize> = (0..members.len())
        .filter(|&i| members[i].part == Part::Song)
        .collect();
    formats(members, &songs, limits, found);
    let audible: Vec<usize> = songs
        .into_iter()
        .filter(|&i| members[i].fingerprint.integrated_lufs.is_some())
        .collect();
    if audible.len() < limits.least_songs {
        return;
    }
    loudness(members, &audible, limits, found);
    tone(members, &audible, limits, found);
}

/// The middle value; of two middle ones their mean.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(0.5 * (values[middle - 1] + values[middle])),
    }
}

fn loudness(
    members: &[Member<'_>],
    songs: &[usize],
    limits: &SetThresholds,
    found: &mut [Vec<Finding>],
) {
    let lufs = |i: usize| members[i].fingerprint.integrated_lufs.unwrap_or(f64::NAN);
    let all: Vec<f64> = songs.iter().map(|&i| lufs(i)).collect();
    for (place, &song) in songs.iter().enumerate() {
        let others = songs.iter().filter(|&&other| other != song);
        let Some(usual) = median(others.map(|&i| lufs(i))) else {
            continue;
        };
        let apart = lufs(song) - usual;
        if apart.abs() >= limits.loudness_note_lu {
            found[song].push(say::loudness_apart(lufs(song), usual, &all, place));
        }
    }
}

/// The tone without the loudness: each band against the mean of all.
fn shape(member: &Member<'_>) -> Vec<Option<f64>> {
    let bands = &member.fingerprint.tone_db;
    let is_compared = |band: usize| (TONE_FROM_HZ..=TONE_TO_HZ).contains(&middle_hz(band));
    let heard: Vec<f64> = (0..bands.len())
        .filter(|&b| is_compared(b))
        .filter_map(|b| bands[b])
        .collect();
    let mean = heard.iter().sum::<f64>() / heard.len().max(1) as f64;
    (0..BANDS)
        .map(|b| bands.get(b).copied().flatten().filter(|_| is_compared(b)))
        .map(|level| level.map(|db| db - mean))
        .collect()
}

fn tone(
    members: &[Member<'_>],
    songs: &[usize],
    limits: &SetThresholds,
    found: &mut [Vec<Finding>],
) {
    let shapes: Vec<Vec<Option<f64>>> = songs.iter().map(|&i| shape(&members[i])).collect();
    for (place, &song) in songs.iter().enumerate() {
        let others = || {
            shapes
                .iter()
                .enumerate()
                .filter(move |(other, _)| *other != place)
                .map(|(_, shape)| shape)
        };
        let apart: Vec<Option<f64>> = (0..BANDS)
            .map(|band| {
                let usual = median(others().filter_map(|shape| shape[band]))?;
                Some(shapes[place][band]? - usual)
            })
            .collect();
        // An octave, so that one key's notes are no tone.
        let worst = (0..BANDS + 1 - PER_OCTAVE)
            .filter_map(|band| {
                let octave: Option<Vec<f64>> =
                    apart[band..band + PER_OCTAVE].iter().copied().collect();
                let mean = octave?.iter().sum::<f64>() / PER_OCTAVE as f64;
                Some((band + PER_OCTAVE / 2, mean))
            })
            .reduce(|worst, next| {
                if next.1.abs() > worst.1.abs() {
                    next
                } else {
                    worst
                }
            });
        if let Some((band, db)) = worst
            && db.abs() >= limits.tone_note_db
        {
            found[song].push(say::tone_apart(middle_hz(band), db, &apart));
        }
    }
}

/// The format most songs have, if more than half of them share it.
fn usual<T: Copy + PartialEq>(all: &[T]) -> Option<T> {
    all.iter()
        .copied()
        .find(|&one| 2 * all.iter().filter(|&&other| other == one).count() > all.len())
}

fn formats(
    members: &[Member<'_>],
    songs: &[usize],
    limits: &SetThresholds,
    found: &mut [Vec<Finding>],
) {
    let print = |i: usize| members[i].fingerprint;
    let rates: Vec<u32> = songs.iter().map(|&i| print(i).rate_hz).collect();
    let depths: Vec<u32> = songs.iter().map(|&i| print(i).bits).collect();
    let (rate, depth) = (usual(&rates), usual(&depths));
    for &song in songs {
        let here = print(song);
        // Where no format is the usual one, every song that differs from the first is said so.
        let rate = rate
            .or(rates.first().copied())
            .filter(|&r| r != here.rate_hz);
        let depth = depth
            .or(depths.first().copied())
            .filter(|&d| d != here.bits);
        if rate.is_some() || depth.is_some() {
            let severity = if rate.is_some() {
                limits.rate_severity
            } else {
                crate::finding::Severity::Note
            };
            found[song].push(say::formats_differ(here, rate, depth, severity));
        }
    }
}
