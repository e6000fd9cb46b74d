//! A disc that keeps the rules of the Red Book and of the plant.

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;

use super::text::{self, TextRefusal};
use super::{DiscPlan, PqTime};
use crate::Isrc;

/// Most tracks of a disc (IEC 60908).
pub(super) const MAX_TRACKS: usize = 99;
/// Highest index of a track.
const MAX_INDEX: usize = 99;
/// Shortest track: four seconds.
const SHORTEST_TRACK: PqTime = PqTime::from_sectors(300).expect("four seconds fit on a disc");
/// Characters of a master id in a DDP.
const MASTER_ID_WIDTH: usize = 48;

/// What a plant accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantRules {
    /// The latest lead-out.
    pub longest: PqTime,
}

impl Default for PlantRules {
    /// 79:57:74, which most plants press; some stop at 79:30:00 or 78:00:00.
    fn default() -> Self {
        let longest = PqTime::from_msf(79, 57, 74).expect("a time of a disc");
        Self { longest }
    }
}

/// Why something cannot be a disc.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscRefusal {
    /// No track at all.
    #[error("a disc has at least one track")]
    NoTracks,
    /// More than 99.
    #[error("{0} tracks are more than the 99 of a disc")]
    TooManyTracks(usize),
    /// Track 1 without index 00 at the first sector.
    #[error("track 1: its pregap (index 00) begins at 00:00:00, the first sector of the image")]
    PregapNotFirst,
    /// Less than two seconds before track 1.
    #[error("track 1: index 01 at {at} is too early; the first track starts at 00:02:00 or later")]
    PregapShort {
        /// Its index 01.
        at: PqTime,
    },
    /// A mark at or before the one before it.
    #[error(
        "track {track}, index {index:02} at {at} does not come after the mark before it at {before}"
    )]
    Backwards {
        /// The track.
        track: usize,
        /// The index.
        index: usize,
        /// Where it stands.
        at: PqTime,
        /// Where the mark before it stands.
        before: PqTime,
    },
    /// A lead-out at or before the last mark.
    #[error("the disc ends at {end}, not after its last mark at {before}")]
    EndsEarly {
        /// The lead-out.
        end: PqTime,
        /// The last mark.
        before: PqTime,
    },
    /// An index behind 99.
    #[error("track {track}: {count} index marks after index 01 are more than the 98 of a track")]
    TooManyIndexes {
        /// The track.
        track: usize,
        /// How many there are.
        count: usize,
    },
    /// Shorter than four seconds.
    #[error("track {track}: from {from} to {to} it is {length} long; a track has 00:04:00 or more")]
    TooShort {
        /// The track.
        track: usize,
        /// Its index 01.
        from: PqTime,
        /// The next track's first mark.
        to: PqTime,
        /// From there to here.
        length: PqTime,
    },
    /// Longer than the plant's limit.
    #[error("the disc ends at {end}, after the plant's limit of {longest}")]
    TooLong {
        /// The lead-out.
        end: PqTime,
        /// The limit.
        longest: PqTime,
    },
    /// One ISRC on two tracks, which is one recording under two numbers or a slip of the pen.
    #[error("tracks {first} and {second} have one ISRC, {isrc}; each recording has its own")]
    IsrcTwice {
        /// A track.
        first: usize,
        /// A later one.
        second: usize,
        /// The code.
        isrc: Isrc,
    },
    /// A master id that no DDP can hold.
    #[error("the master id {0:?} is not up to 48 characters of plain ASCII")]
    MasterId(String),
    /// CD-Text that cannot be written.
    #[error(transparent)]
    Text(#[from] TextRefusal),
}

/// Everything that keeps a plan from being a disc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADisc(pub Vec<DiscRefusal>);

impl std::error::Error for NotADisc {}

impl fmt::Display for NotADisc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (no, refusal) in self.0.iter().enumerate() {
            let between = if no == 0 { "" } else { "; " };
            write!(f, "{between}{refusal}")?;
        }
        Ok(())
    }
}

/// A disc that keeps every rule; nothing of the plan was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disc(DiscPlan);

impl Disc {
    /// Holds a plan against the rules (IEC 60908) and the plant's own.
    ///
    /// # Errors
    /// Every rule that is broken, with track and time.
    pub fn new(plan: DiscPlan, plant: &PlantRules) -> Result<Self, NotADisc> {
        let refusals = refusals(&plan, plant);
        if refusals.is_empty() {
            Ok(Self(plan))
        } else {
            Err(NotADisc(refusals))
        }
    }
}

impl Deref for Disc {
    type Target = DiscPlan;

    fn deref(&self) -> &DiscPlan {
        &self.0
    }
}

/// What the rules say against a plan.
pub(super) fn refusals(plan: &DiscPlan, plant: &PlantRules) -> Vec<DiscRefusal> {
    let mut said = Vec::new();
    match plan.tracks.len() {
        0 => said.push(DiscRefusal::NoTracks),
        1..=MAX_TRACKS => (),
        count => said.push(DiscRefusal::TooManyTracks(count)),
    }
    if let Some(first) = plan.tracks.first() {
        if first.pregap != Some(PqTime::ZERO) {
            said.push(DiscRefusal::PregapNotFirst);
        }
        if first.start < PqTime::FIRST_PREGAP {
            said.push(DiscRefusal::PregapShort { at: first.start });
        }
    }
    judge_marks(plan, &mut said);
    judge_lengths(plan, &mut said);
    judge_isrcs(plan, &mut said);
    let (end, longest) = (plan.end, plant.longest);
    if end > longest {
        said.push(DiscRefusal::TooLong { end, longest });
    }
    let id = &plan.master_id;
    let printable = id.bytes().all(|b| (0x20..0x7f).contains(&b));
    if !printable || id.len() > MASTER_ID_WIDTH {
        said.push(DiscRefusal::MasterId(id.clone()));
    }
    if (1..=MAX_TRACKS).contains(&plan.tracks.len()) {
        said.extend(text::refusals(&plan.texts, plan.tracks.len()).map(DiscRefusal::Text));
    }
    said
}

fn judge_marks(plan: &DiscPlan, said: &mut Vec<DiscRefusal>) {
    let mut before: Option<PqTime> = None;
    for (track, planned) in (1..).zip(&plan.tracks) {
        let count = planned.indexes.len();
        if count > MAX_INDEX - 1 {
            said.push(DiscRefusal::TooManyIndexes { track, count });
        }
        for (index, at) in planned.marks() {
            if let Some(before) = before.filter(|before| at <= *before) {
                said.push(DiscRefusal::Backwards {
                    track,
                    index,
                    at,
                    before,
                });
            }
            before = Some(at);
        }
    }
    if let Some(before) = before.filter(|before| plan.end <= *before) {
        let end = plan.end;
        said.push(DiscRefusal::EndsEarly { end, before });
    }
}

fn judge_isrcs(plan: &DiscPlan, said: &mut Vec<DiscRefusal>) {
    let mut seen: HashMap<Isrc, usize> = HashMap::new();
    for (second, track) in (1..).zip(&plan.tracks) {
        let Some(isrc) = track.isrc else { continue };
        match seen.get(&isrc) {
            Some(first) => said.push(DiscRefusal::IsrcTwice {
                first: *first,
                second,
                isrc,
            }),
            None => {
                seen.insert(isrc, second);
            }
        }
    }
}

fn judge_lengths(plan: &DiscPlan, said: &mut Vec<DiscRefusal>) {
    for (place, planned) in plan.tracks.iter().enumerate() {
        let (from, to) = (planned.start, plan.end_of(place));
        // Tools measure from index 01 to index 01; up to the next pregap is the stricter reading.
        if let Some(length) = to.since(from).filter(|length| *length < SHORTEST_TRACK) {
            let track = place + 1;
            said.push(DiscRefusal::TooShort {
                track,
                from,
                to,
                length,
            });
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cd::PlannedTrack;

    pub(crate) fn at(text: &str) -> PqTime {
        PqTime::parse(text).unwrap()
    }

    /// Two tracks: 00:02:00 and, after a pregap from 00:12:00, 00:14:00; the end at 00:30:00.
    pub(crate) fn plan() -> DiscPlan {
        let track = |pregap: &str, start: &str| PlannedTrack {
            pregap: Some(at(pregap)),
            start: at(start),
            ..PlannedTrack::default()
        };
        DiscPlan {
            tracks: vec![track("00:00:00", "00:02:00"), track("00:12:00", "00:14:00")],
            end: at("00:30:00"),
            ..DiscPlan::default()
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut DiscPlan), expected: &str) {
        let mut plan = plan();
        change(&mut plan);
        let said = match Disc::new(plan, &PlantRules::default()) {
            Ok(_) => String::new(),
            Err(refusals) => refusals.to_string(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn the_red_book_refuses_with_track_and_time() {
        check(|_| (), "");
        check(|p| p.tracks.clear(), "a disc has at least one track");
        check(
            |p| p.tracks[0].pregap = None,
            "track 1: its pregap (index 00) begins at 00:00:00, the first sector of the image",
        );
        check(
            |p| p.tracks[0].start = at("00:01:74"),
            "track 1: index 01 at 00:01:74 is too early; the first track starts at 00:02:00 or later",
        );
        check(
            |p| p.tracks[1].pregap = Some(at("00:05:74")),
            "track 1: from 00:02:00 to 00:05:74 it is 00:03:74 long; a track has 00:04:00 or more",
        );
        check(
            |p| p.tracks[0].indexes = vec![at("00:12:00")],
            "track 2, index 00 at 00:12:00 does not come after the mark before it at 00:12:00",
        );
        check(
            |p| p.end = at("79:58:00"),
            "the disc ends at 79:58:00, after the plant's limit of 79:57:74",
        );
        check(|p| p.end = at("79:57:74"), "");
        check(
            |p| p.end = at("00:14:00"),
            "the disc ends at 00:14:00, not after its last mark at 00:14:00; \
             track 2: from 00:14:00 to 00:14:00 it is 00:00:00 long; a track has 00:04:00 or more",
        );
        check(
            |p| {
                let isrc = Isrc::parse("DEA122600001").unwrap();
                p.tracks.iter_mut().for_each(|t| t.isrc = Some(isrc));
            },
            "tracks 1 and 2 have one ISRC, DE-A12-26-00001; each recording has its own",
        );
        check(
            |p| p.master_id = "Ü".into(),
            "the master id \"Ü\" is not up to 48 characters of plain ASCII",
        );
    }

    #[test]
    fn a_disc_has_99_tracks_and_a_track_99_indexes() {
        let many = |count: u32| {
            move |p: &mut DiscPlan| {
                let track = |no: u32| PlannedTrack {
                    pregap: (no == 0).then_some(PqTime::ZERO),
                    start: PqTime::from_sectors(150 + no * 300).unwrap(),
                    ..PlannedTrack::default()
                };
                p.tracks = (0..count).map(track).collect();
                p.end = PqTime::from_sectors(150 + count * 300).unwrap();
            }
        };
        check(many(99), "");
        check(many(100), "100 tracks are more than the 99 of a disc");
        let indexes = |count: u32| {
            move |p: &mut DiscPlan| {
                let mark = |no: u32| PqTime::from_sectors(151 + no).unwrap();
                p.tracks[0].indexes = (0..count).map(mark).collect();
            }
        };
        check(indexes(98), "");
        check(
            indexes(99),
            "track 1: 99 index marks after index 01 are more than the 98 of a track",
        );
    }

    #[test]
    fn a_plant_may_be_stricter() {
        let plant = PlantRules {
            longest: at("00:29:74"),
        };
        let said = Disc::new(plan(), &plant).unwrap_err();
        assert_eq!(
            said.to_string(),
            "the disc ends at 00:30:00, after the plant's limit of 00:29:74"
        );
    }
}
