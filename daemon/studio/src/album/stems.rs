//! Stems of a song in which something is replaced: those that are the replacing alternate sound there, and the others do not.

use std::collections::{BTreeMap, BTreeSet};

use engine::programme::Brought;
use engine::{Source, residual};
use mastering::programme::{AlternateRole, Disc, Programme, Song, SongSource, Time, What};
use renderer::{BLOCK_FRAMES, WavSource};

use super::alternates::AlternateBrought;
use super::reading::Reading;
use super::{AlbumFile, NoAlbum};

/// More stems than a desk has groups are no song's.
const MOST_STEMS: usize = 64;
/// Below this share of the loudest stem's power one is silent: it tells nothing, and nothing depends on it.
const SILENT: f64 = 1e-12;

/// Which stems of a song sound where an alternate replaces something in it.
#[derive(Debug, Clone)]
pub(super) struct Follow {
    /// The disc, from 0, and the track on it.
    at: (usize, u32),
    /// What the alternate is called among the files.
    with: String,
    /// Their places among the song's alternates.
    sounding: BTreeSet<usize>,
}

/// Whether a stem sounds where an alternate replaces something; none where nothing is known of it.
pub(super) fn sounds(
    follows: &[Follow],
    at: (usize, u32),
    (with, place): (&str, usize),
) -> Option<bool> {
    let mut known = follows.iter();
    let known = known.find(|known| known.at == at && known.with == with)?;
    Some(known.sounding.contains(&place))
}

/// Finds them for each song that has stems and something replaced.
pub(super) fn follow(
    programme: &Programme,
    files: &BTreeMap<String, AlbumFile>,
    brought: &[AlternateBrought],
) -> Result<Vec<Follow>, NoAlbum> {
    let mut all: Vec<Follow> = Vec::new();
    for (number, disc) in programme.discs.iter().enumerate() {
        for (track, song) in disc.songs() {
            let stems = stems_of(song);
            for (with, from) in replaced(song).filter(|_| !stems.is_empty()) {
                let at = (number, track);
                if all.iter().any(|known| known.at == at && known.with == with) {
                    continue;
                }
                let its_own = stems
                    .iter()
                    .find(|place| song.alternates[**place].file == with);
                let sounding = match its_own {
                    Some(place) => BTreeSet::from([*place]),
                    None => parts_of(song, (with, from), &stems, (files, brought))?,
                };
                all.push(Follow {
                    at,
                    with: with.to_owned(),
                    sounding,
                });
            }
        }
    }
    Ok(all)
}

/// The same of the masters: `raw` is the programme of the mixes, `placed` that of their masters.
pub(super) fn of_masters(
    follows: Vec<Follow>,
    (raw, placed): (&Programme, &Programme),
) -> Vec<Follow> {
    let song_at = |programme: &Programme, (disc, track): (usize, u32)| {
        let mut songs = programme.discs.get(disc).into_iter().flat_map(Disc::songs);
        let found = songs.find(|(number, _)| *number == track);
        found.map(|(_, song)| song.clone())
    };
    let renamed = |follow: Follow| {
        let (mix, master) = (song_at(raw, follow.at)?, song_at(placed, follow.at)?);
        let mut pairs = replaced(&mix).zip(replaced(&master));
        let (_, (with, _)) = pairs.find(|((raw, _), _)| *raw == follow.with)?;
        let with = with.to_owned();
        Some(Follow { with, ..follow })
    };
    follows.into_iter().filter_map(renamed).collect()
}

/// What replaces something in a song, and where.
fn replaced(song: &Song) -> impl Iterator<Item = (&str, Time)> {
    song.edits.iter().filter_map(|edit| match &edit.what {
        What::Replace { with } => Some((with.as_str(), edit.from)),
        What::Cut | What::Mute | What::Reverse | What::Repeat { .. } | What::RadioFade { .. } => {
            None
        }
    })
}

fn stems_of(song: &Song) -> Vec<usize> {
    let all = song.alternates.iter().enumerate();
    let stems = all.filter(|(_, other)| other.role == AlternateRole::Stem);
    stems.map(|(place, _)| place).collect()
}

/// The stems that add up to an alternate: those that it holds most of, if nothing else is in it.
fn parts_of(
    song: &Song,
    (with, from): (&str, Time),
    stems: &[usize],
    (files, brought): (&BTreeMap<String, AlbumFile>, &[AlternateBrought]),
) -> Result<BTreeSet<usize>, NoAlbum> {
    let SongSource::File(own) = &song.source else {
        return Ok(BTreeSet::new());
    };
    let refused = |why: &str| {
        Err(NoAlbum::Failed(format!(
            "the stems of \u{201c}{}\u{201d} cannot follow it at {from}, where {with} replaces all of them: {why}; bring stems that are {with}, mute there, or take the stems away",
            song.title
        )))
    };
    if stems.len() > MOST_STEMS {
        return refused("there are too many to tell which of them it is");
    }
    let open = |name: &str| -> Result<Brought<'_>, NoAlbum> {
        let frames = WavSource::open(Reading::new(&files[own].canonical));
        let frames = frames.map_err(NoAlbum::failed)?.frames();
        let source = WavSource::open(Reading::new(&files[name].canonical));
        let source = Box::new(source.map_err(NoAlbum::failed)?);
        let lies = brought.iter().find(|known| known.is_of(own, name));
        let lies = lies.expect("each alternate was brought to its song");
        Brought::new(source, &lies.alignment(), frames)
            .map_err(|e| NoAlbum::failed(engine::RenderError::from(e)))
    };
    let mut whole = open(with)?;
    let mut parts = Vec::new();
    for place in stems {
        parts.push(open(&song.alternates[*place].file)?);
    }
    let shares = shares(&mut whole, &mut parts)
        .map_err(|e| NoAlbum::failed(engine::RenderError::from(e)))?;
    let chosen = stems.iter().zip(&shares).zip(parts);
    let chosen = chosen.filter(|((_, share), _)| **share > 0.5);
    let (mut places, mut sounding) = (BTreeSet::new(), Vec::<Box<dyn Source + '_>>::new());
    for ((place, _), part) in chosen {
        places.insert(*place);
        sounding.push(Box::new(part));
    }
    let left = residual(&mut whole, &mut sounding).map_err(NoAlbum::failed)?;
    match left.rms_dbfs {
        Some(rms) if !left.is_sum() => refused(&format!(
            "it is none of them, and no choice of them adds up to it ({rms:.1} dBFS RMS are left over)"
        )),
        Some(_) | None => Ok(places),
    }
}

/// How much of each part a whole holds, by least squares.
fn shares(
    whole: &mut Brought<'_>,
    parts: &mut [Brought<'_>],
) -> Result<Vec<f64>, engine::SourceError> {
    let channels = whole.spec().channels;
    let count = parts.len();
    let rows = || vec![vec![0.0; BLOCK_FRAMES]; channels];
    let (mut of_whole, mut of_parts) = (rows(), vec![rows(); count]);
    // Products of each part with each, and with the whole in the last column.
    let mut products = vec![vec![0.0; count + 1]; count];
    whole.rewind()?;
    for part in parts.iter_mut() {
        part.rewind()?;
    }
    loop {
        let frames = whole.read(&mut of_whole)?;
        if frames == 0 {
            break;
        }
        for (part, rows) in parts.iter_mut().zip(&mut of_parts) {
            let mut room: Vec<Vec<f64>> = vec![vec![0.0; frames]; rows.len()];
            let read = part.read(&mut room)?;
            for (row, from) in rows.iter_mut().zip(&room) {
                row[..read].copy_from_slice(&from[..read]);
                row[read..frames].fill(0.0);
            }
        }
        for (line, one) in products.iter_mut().zip(&of_parts) {
            let others = of_parts.iter().chain(std::iter::once(&of_whole));
            for (product, other) in line.iter_mut().zip(others) {
                let rows = one.iter().zip(other);
                let samples = rows.flat_map(|(a, b)| a[..frames].iter().zip(&b[..frames]));
                *product += samples.map(|(a, b)| a * b).sum::<f64>();
            }
        }
    }
    Ok(solved(products))
}

/// Solves for the shares; what is silent, or the same as another, has none.
fn solved(mut lines: Vec<Vec<f64>>) -> Vec<f64> {
    let count = lines.len();
    let loudest = (0..count).map(|k| lines[k][k]).fold(0.0, f64::max);
    let mut pivots = vec![None; count];
    let mut free: BTreeSet<usize> = (0..count).collect();
    for (column, pivot) in pivots.iter_mut().enumerate() {
        let best = free.iter().copied().max_by(|a, b| {
            let (a, b) = (lines[*a][column].abs(), lines[*b][column].abs());
            a.total_cmp(&b)
        });
        let Some(best) = best.filter(|line| lines[*line][column].abs() > loudest * SILENT) else {
            continue;
        };
        free.remove(&best);
        *pivot = Some(best);
        let own = lines[best].clone();
        for (_, line) in lines.iter_mut().enumerate().filter(|(at, _)| *at != best) {
            let times = line[column] / own[column];
            for (to, from) in line.iter_mut().zip(&own) {
                *to -= times * from;
            }
        }
    }
    let shares = pivots.iter().enumerate();
    shares
        .map(|(column, pivot)| pivot.map_or(0.0, |line| lines[line][count] / lines[line][column]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_found_though_parts_are_alike() {
        // Three parts, the second silent, the first and third alike by half: the whole is the first and twice the third.
        let lines = vec![
            vec![1.0, 0.0, 0.5, 2.0],
            vec![0.0, 0.0, 0.0, 0.0],
            vec![0.5, 0.0, 1.0, 2.5],
        ];
        let shares = solved(lines);
        assert!((shares[0] - 1.0).abs() < 1e-12);
        assert!(shares[1].abs() < f64::EPSILON);
        assert!((shares[2] - 2.0).abs() < 1e-12);
    }
}
