//! What is wrong with a programme by itself, before any source is opened.

use super::edit::{Edit, What};
use super::fault::{Fault, Problem, Spot};
use super::order::{Disc, Programme};
use super::song::{Song, SongSource};
use super::time::{Gap, Ticks};

/// Tracks that a disc can have (IEC 60908).
const MOST_TRACKS: usize = 99;
/// Indexes from 2 on that a track can have.
const MOST_INDEXES: usize = 98;
const MOST_DISCS: usize = 99;
const MOST_EDITS: usize = 500;
const MOST_ALTERNATES: usize = 64;
const MOST_TIMES: u32 = 64;
pub(super) const MOST_GAIN_DB: f64 = 24.0;
const MOST_TILT_DB: f64 = 6.0;

impl Programme {
    /// All that is wrong with it by itself, in its order; empty where nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut found = Found::default();
        if self.title.trim().is_empty() {
            found.add(&Spot::whole(), Problem::NoTitle);
        }
        found.count(
            &Spot::whole(),
            ("disc", "discs"),
            self.discs.len(),
            MOST_DISCS,
        );
        for (disc, number) in self.discs.iter().zip(1..) {
            self.check_disc(disc, number, &mut found);
        }
        found.faults
    }

    fn check_disc(&self, disc: &Disc, number: u32, found: &mut Found) {
        let spot = Spot::disc(number);
        found.count(&spot, ("track", "tracks"), disc.tracks.len(), MOST_TRACKS);
        let ceiling = disc.side.as_ref().and_then(|side| side.ceiling_dbtp);
        if ceiling.is_some_and(|value| !(-20.0..=0.0).contains(&value)) {
            found.add(&spot, Problem::Ceiling(ceiling.unwrap_or_default()));
        }
        let mut before: Option<&Song> = None;
        for (track, song) in disc.songs() {
            let spot = Spot::track(number, track, &song.title);
            self.check_song(song, &spot, found);
            self.check_gap(song, before, &spot, found);
            before = Some(song);
        }
        if let (Some(last), Some((track, _))) = (before, disc.songs().last())
            && last.segue.is_some()
        {
            found.add(
                &Spot::track(number, track, &last.title),
                Problem::SegueIntoNothing,
            );
        }
    }

    /// The boundary before a song.
    fn check_gap(&self, song: &Song, before: Option<&Song>, spot: &Spot, found: &mut Found) {
        let segue = before.and_then(|song| song.segue);
        if segue.is_some() {
            if song.gap.is_some() {
                found.add(spot, Problem::GapAndSegue);
            }
            if song.fade_in.is_some() {
                found.add(spot, Problem::FadeAndSegue("beginning"));
            }
        }
        let gap = match (song.gap, before) {
            (Some(gap), _) => Some(gap),
            (None, Some(_)) => self.gap,
            (None, None) => Some(Gap::NONE),
        };
        match gap {
            None if segue.is_none() => found.add(spot, Problem::NoGap),
            Some(gap) if gap.is_negative() => {
                found.add(spot, Problem::NegativeGap(gap.to_string()));
            }
            Some(gap) if gap.ticks().is_none() => found.add(spot, Problem::GapInSamples),
            Some(_) | None => {}
        }
        let has_length = |gap: Gap| gap.ticks().is_none_or(|length| length > Ticks::ZERO);
        let is_silent = segue.is_none() && gap.is_some_and(has_length);
        if song.room_tone.is_some() && !is_silent {
            found.add(spot, Problem::ToneWithoutGap);
        }
    }

    fn check_song(&self, song: &Song, spot: &Spot, found: &mut Found) {
        if song.title.trim().is_empty() {
            found.add(spot, Problem::NoTitle);
        }
        for (what, value, most) in [
            ("gain_db", song.gain_db, MOST_GAIN_DB),
            ("tilt_db", song.tilt_db, MOST_TILT_DB),
            (
                "room_tone.gain_db",
                song.room_tone.as_ref().map_or(0.0, |tone| tone.gain_db),
                MOST_GAIN_DB,
            ),
        ] {
            // What is no number is not within either.
            if !(-most..=most).contains(&value) {
                found.add(spot, Problem::Level { what, most, value });
            }
        }
        for edition in &song.editions {
            if !self.editions.contains(edition) {
                found.add(spot, Problem::NoSuchEdition(edition.clone()));
            }
        }
        if matches!(song.source, SongSource::Version { .. }) && self.versions_in.is_none() {
            found.add(spot, Problem::NoFolder);
        }
        if song.fade_out.is_some() && song.segue.is_some() {
            found.add(spot, Problem::FadeAndSegue("end"));
        }
        found.most(spot, "indexes", song.indexes.len(), MOST_INDEXES);
        found.most(spot, "edits", song.edits.len(), MOST_EDITS);
        found.most(spot, "alternates", song.alternates.len(), MOST_ALTERNATES);
        for edit in &song.edits {
            check_edit(edit, spot, found);
        }
    }
}

fn check_edit(edit: &Edit, spot: &Spot, found: &mut Found) {
    if let What::Repeat { times } = edit.what
        && !(1..=MOST_TIMES).contains(&times)
    {
        let most = MOST_TIMES;
        found.add(&spot.at(edit.from), Problem::Times { times, most });
    }
}

#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
}

impl Found {
    fn add(&mut self, spot: &Spot, problem: Problem) {
        self.faults.push(Fault {
            spot: spot.clone(),
            problem,
        });
    }

    fn count(
        &mut self,
        spot: &Spot,
        (one, many): (&'static str, &'static str),
        count: usize,
        most: usize,
    ) {
        if count == 0 {
            self.add(spot, Problem::Empty(one));
        }
        self.most(spot, many, count, most);
    }

    fn most(&mut self, spot: &Spot, what: &'static str, count: usize, most: usize) {
        if count > most {
            self.add(spot, Problem::TooMany { what, count, most });
        }
    }
}
