//! Alternates beside their main mixes: the same song, from the same first sample to the same last one.

use crate::finding::{Finding, Severity};
use crate::say::set as say;
use crate::set::align::{Marked, Place, best_lag, place, rhythm};
use crate::set::bits::agreement;
use crate::set::fingerprint::{LEVELS_PER_SECOND, SIGNS_PER_SECOND};
use crate::set::judge::{Member, Part, Shares};
use crate::thresholds::SetThresholds;

/// A stretch agrees with the whole from this correlation on.
const STRETCH_AGREES: f64 = 0.05;
/// What is left of an edited song agrees this well ...
const RUN_CORRELATION: f64 = 0.4;
/// ... in this many stretches of 4 s one after the other.
const RUN_STRETCHES: usize = 3;
/// Stretches that tell a faint stem from chance: half a minute of music ...
const FAINT_STRETCHES: usize = 8;
/// ... in which nearly all agree.
const FAINT_SHARE: f64 = 0.8;
/// Signs of side that must have been compared before left and right are spoken of: 1.5 s.
const LEAST_SIDE_SIGNS: i64 = 6_000;
/// A stretch that lies elsewhere correlates at least so there ...
const MOVED_CORRELATION: f64 = 0.3;
/// ... and this much better than at the place of the whole.
const MOVED_RATIO: f64 = 2.5;
/// Moved by less than this (1 ms) is no edit.
const MOVED_SIGNS: i64 = 4;
/// Levels over the end of the music, in decibels below its loudest, so that a reverb's last breath is none.
const MUSIC_DB: f64 = 40.0;

/// What two mixes are to each other, as far as the wave tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kin {
    Same,
    Other,
    Unclear,
}

/// An alternate with the main mix it is named after.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) main: &'a Member<'a>,
    pub(crate) alternate: &'a Member<'a>,
    pub(crate) shares: Shares,
}

pub(super) fn judge(
    members: &[Member<'_>],
    marked: &[Marked<'_>],
    limits: &SetThresholds,
    found: &mut [Vec<Finding>],
) {
    let songs: Vec<usize> = (0..members.len())
        .filter(|&i| members[i].part == Part::Song)
        .collect();
    for (index, member) in members.iter().enumerate() {
        let Part::Alternate { shares, of } = member.part else {
            continue;
        };
        if marked[index].active_seconds() < limits.least_seconds {
            continue;
        }
        let named = of.or(match songs[..] {
            [only] => Some(only),
            _ => None,
        });
        let of_song = |song: usize| {
            let place = place(&marked[index], &marked[song])?;
            let kin = kin(&place, limits);
            Some((song, place, kin))
        };
        let pair = |song: usize| Pair {
            main: &members[song],
            alternate: member,
            shares,
        };
        let named = named.and_then(of_song);
        if let Some((song, place, Kin::Same)) = &named {
            let both = [&marked[index], &marked[*song]];
            found[index].extend(fits(pair(*song), both, place, limits));
            continue;
        }
        let other = songs
            .iter()
            .filter(|&&song| named.as_ref().is_none_or(|n| n.0 != song))
            .filter_map(|&song| of_song(song))
            .filter(|(_, _, kin)| *kin == Kin::Same)
            .reduce(|best, next| {
                if next.1.correlation.abs() > best.1.correlation.abs() {
                    next
                } else {
                    best
                }
            });
        let is_sure = |place: &Place| place.compared_seconds >= limits.sure_seconds / 2.0;
        match (named, other) {
            (Some((song, _, _)), Some((is, place, _))) if is_sure(&place) => {
                let is = &members[is];
                found[index].push(say::of_another_song(pair(song), is, place.correlation));
            }
            // The name tells no song, and the wave does.
            (None, Some((is, place, _))) => {
                let both = [&marked[index], &marked[is]];
                found[index].extend(fits(pair(is), both, &place, limits));
            }
            (Some((song, place, kin)), _) => {
                found[index].push(strange(pair(song), &place, kin, limits));
            }
            (None, None) => {}
        }
    }
}

fn kin(place: &Place, limits: &SetThresholds) -> Kin {
    let correlation = place.correlation.abs();
    let steady = place.steady_share(STRETCH_AGREES);
    // An edit moves a part of the song; what is left of it agrees strongly, one stretch after the other.
    let is_edited = place.longest_run(RUN_CORRELATION) >= RUN_STRETCHES;
    // In a few seconds one common chord is most of what there is.
    let least = if place.stretches.len() < RUN_STRETCHES {
        2.0 * limits.same_correlation
    } else {
        limits.same_correlation
    };
    // A faint stem agrees little, but all the way through.
    let is_faint = place.stretches.len() >= FAINT_STRETCHES && steady >= FAINT_SHARE;
    if is_faint && correlation > limits.other_correlation {
        return Kin::Same;
    }
    if correlation >= least && (steady >= limits.steady_share || is_edited) {
        Kin::Same
    } else if correlation.min(place.typical().abs()) <= limits.other_correlation {
        Kin::Other
    } else {
        Kin::Unclear
    }
}

/// An alternate whose wave is not that of its main mix: another song, or another performance of it.
fn strange(pair: Pair<'_>, place: &Place, kin: Kin, limits: &SetThresholds) -> Finding {
    let (rhythm, _) = rhythm(pair.alternate.fingerprint, pair.main.fingerprint);
    let is_sure = kin == Kin::Other
        && pair.shares == Shares::Most
        && rhythm <= limits.other_rhythm
        && place.compared_seconds >= limits.sure_seconds;
    if is_sure {
        say::another_song(pair, place.correlation, rhythm)
    } else {
        say::not_aligned(pair, place.correlation, rhythm)
    }
}

/// What does not fit although it is the same song.
fn fits(
    pair: Pair<'_>,
    [alternate, main]: [&Marked<'_>; 2],
    place: &Place,
    limits: &SetThresholds,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let prints = (pair.alternate.fingerprint, pair.main.fingerprint);
    if prints.0.rate_hz != prints.1.rate_hz || prints.0.bits != prints.1.bits {
        findings.push(say::alternate_format(pair));
    }
    let side = agreement(
        alternate.side(),
        main.side(),
        place.lag,
        0,
        alternate.side().signs.len(),
    );
    if side.count >= LEAST_SIDE_SIGNS {
        let correlation = side.correlation() * place.correlation.signum();
        if correlation <= -limits.swapped_correlation {
            findings.push(say::swapped(pair, correlation));
        }
    }
    if place.correlation < 0.0 {
        findings.push(say::inverted(pair, place.correlation));
    }
    let moved = moved(alternate, main, place);
    if let Some(moved) = &moved {
        findings.push(say::edited(pair, moved));
    }
    findings.extend(start(pair, place, limits));
    if moved.is_none() {
        findings.extend(length(pair, place, limits));
    }
    findings
}

/// How far an alternate's music comes from where its main mix has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offset {
    /// Positive where the alternate comes later.
    pub(crate) seconds: f64,
    /// In frames of the alternate.
    pub(crate) frames: i64,
    /// How many frames that may be wrong by; below a half it is exact.
    pub(crate) frames_sigma: f64,
}

fn start(pair: Pair<'_>, place: &Place, limits: &SetThresholds) -> Option<Finding> {
    let rate = f64::from(pair.alternate.fingerprint.rate_hz);
    let offset = Offset {
        seconds: place.seconds,
        frames: libm::round(place.seconds * rate) as i64,
        frames_sigma: place.seconds_sigma * rate,
    };
    let doubt = (3.0 * offset.frames_sigma).max(0.5);
    let least = limits.start_note_frames as f64 - 0.5;
    if (place.seconds * rate).abs() < least.max(doubt) {
        return None;
    }
    let severity = match pair.shares {
        Shares::Most | Shares::Some if place.seconds.abs() >= limits.start_ask_seconds => {
            Severity::Ask
        }
        Shares::Most | Shares::Some | Shares::Edited | Shares::Unknown => Severity::Note,
    };
    Some(say::start(pair, offset, severity))
}

/// The last moment with music, in seconds.
fn music_ends(of: &Member<'_>) -> f64 {
    let lane = &of.fingerprint.mid;
    let floor = lane.loudest_db().unwrap_or(0.0) - MUSIC_DB;
    let last = (0..lane.levels.len())
        .rev()
        .find(|&i| lane.level_db(i).is_some_and(|db| db >= floor));
    last.map_or(0.0, |i| (i + 1) as f64 / LEVELS_PER_SECOND)
}

fn length(pair: Pair<'_>, place: &Place, limits: &SetThresholds) -> Option<Finding> {
    let (alternate, main) = (pair.alternate.fingerprint, pair.main.fingerprint);
    // Where the alternate's end lies in the main mix's time.
    let ends = alternate.seconds() - place.seconds;
    let differs = ends - main.seconds();
    if differs.abs() < limits.length_note_seconds {
        return None;
    }
    let missing = music_ends(pair.main) - ends;
    let severity = match pair.shares {
        Shares::Most if missing >= limits.length_ask_seconds => Severity::Ask,
        Shares::Most | Shares::Some | Shares::Edited | Shares::Unknown => Severity::Note,
    };
    Some(say::length(pair, differs, missing.max(0.0), severity))
}

/// A stretch of an alternate that lies elsewhere in its main mix than the rest does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub(crate) from_seconds: f64,
    pub(crate) length_seconds: f64,
    /// How much later the stretch comes than the rest would have it.
    pub(crate) by_seconds: f64,
}

/// Looks for the first run of stretches that do not agree where the whole does, and for their place.
fn moved(alternate: &Marked<'_>, main: &Marked<'_>, place: &Place) -> Option<Moved> {
    let sign = place.correlation.signum();
    let limit = STRETCH_AGREES.max(0.3 * place.correlation.abs());
    let is_strange: Vec<bool> = place
        .stretches
        .iter()
        .map(|s| s.correlation * sign < limit)
        .collect();
    let mut at = 0;
    while at < is_strange.len() {
        let run = is_strange[at..].iter().take_while(|s| **s).count();
        if run >= 2 {
            let from = place.stretches[at].from;
            let to = place
                .stretches
                .get(at + run)
                .map_or(alternate.mid().signs.len(), |s| s.from);
            if let Some(found) = moved_to(alternate, main, place, (from, to)) {
                return Some(found);
            }
        }
        at += run.max(1);
    }
    None
}

fn moved_to(
    alternate: &Marked<'_>,
    main: &Marked<'_>,
    place: &Place,
    (from, to): (usize, usize),
) -> Option<Moved> {
    let (a, b) = (alternate.mid(), main.mid());
    let (lag, there) = best_lag(a, b, from, to)?;
    let here = agreement(a, b, place.lag, from, to).correlation();
    let sign = place.correlation.signum();
    let found = there.correlation() * sign;
    let is_moved = (lag - place.lag).abs() >= MOVED_SIGNS
        && found >= MOVED_CORRELATION
        && found >= MOVED_RATIO * (here * sign).max(0.0);
    let seconds = |signs: f64| signs / f64::from(SIGNS_PER_SECOND);
    is_moved.then(|| Moved {
        from_seconds: seconds(from as f64),
        length_seconds: seconds((to - from) as f64),
        by_seconds: seconds((lag - place.lag) as f64),
    })
}
