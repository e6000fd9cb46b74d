//! What a song of a programme is made of besides itself: the file that replaces something in it, the room before it, what goes
//! beside it. In an order's programme those are tracks of the order.

use super::beside::SongAlternate;
use super::edit::{Edit, What};
use super::fault::{Faults, Problem};
use super::order::{Disc, Programme};
use super::song::Song;
use crate::beside::Alternate;
use crate::ids::TrackId;
use crate::project::{Project, Track};
use crate::track_name::track_key;

impl Song {
    /// What it names besides its own source, as it names it.
    pub(crate) fn others(&self) -> impl Iterator<Item = &str> {
        let replacing = self.edits.iter().filter_map(Edit::replacing);
        let tone = self.room_tone.iter().map(|tone| tone.file.as_str());
        let beside = self.alternates.iter().map(|other| other.file.as_str());
        replacing.chain(tone).chain(beside)
    }

    /// Calls all of it otherwise.
    pub(super) fn rename_others(&mut self, name: &mut dyn FnMut(&mut String)) {
        for edit in &mut self.edits {
            match &mut edit.what {
                What::Replace { with } => name(with),
                What::Cut
                | What::Mute
                | What::Reverse
                | What::Repeat { .. }
                | What::RadioFade { .. } => {}
            }
        }
        self.room_tone
            .iter_mut()
            .for_each(|tone| name(&mut tone.file));
        self.alternates
            .iter_mut()
            .for_each(|other| name(&mut other.file));
    }
}

impl Alternate {
    /// It as a programme over masters names it: by its id.
    fn by_id(&self) -> SongAlternate {
        SongAlternate {
            role: self.role,
            file: self.track.id.to_string(),
            name: self.name.clone(),
        }
    }
}

impl Project {
    /// The only song or alternate that this name means: its id, what it is called, or what files of it are called.
    pub(super) fn named_other(&self, name: &str) -> Option<&Track> {
        let all = || self.songs_and_alternates();
        let by_id = all().find(|track| track.id.as_str() == name);
        let key = track_key(&format!("{name}.wav")).key;
        let only = |is_it: &dyn Fn(&Track) -> bool| {
            let mut found = all().filter(|track| is_it(track));
            found.next().filter(|_| found.next().is_none())
        };
        let is_called = |track: &Track| self.called(&track.id).as_deref() == Some(name);
        by_id
            .or_else(|| only(&is_called))
            .or_else(|| only(&|track| track.title == name))
            .or_else(|| only(&|track| track.key == key))
    }

    /// Whether a programme names a song or an alternate anywhere: as a song, in an edit, in a gap.
    #[must_use]
    pub fn programme_names(&self, programme: &Programme, track: &TrackId) -> bool {
        let songs = programme.discs.iter().flat_map(Disc::songs);
        let mut songs = songs.map(|(_, song)| song);
        songs.any(|song| {
            let own = self.track_of(song).map(|own| &own.id);
            let mut others = song.others().filter_map(|name| self.named_other(name));
            own == Some(track) || others.any(|other| &other.id == track)
        })
    }

    /// What goes beside a song of the order, as its programme names it.
    pub(super) fn beside_in_programme(&self, song: &TrackId) -> Vec<SongAlternate> {
        self.alternates_of(song).map(Alternate::by_id).collect()
    }

    /// Calls what a song names besides itself as people do: two of one name by their ids.
    pub(super) fn tell_others(&self, song: &mut Song) {
        song.rename_others(&mut |name| {
            if let Some(told) = self.told_name(name) {
                *name = told;
            }
        });
    }

    /// What an edit or a gap can name besides a song: every song and alternate, as people call it, or by its id where two
    /// are called alike.
    #[must_use]
    pub fn names_for_others(&self) -> Vec<String> {
        let all = self.songs_and_alternates().map(|track| track.id.as_str());
        all.map(|id| self.told_name(id).unwrap_or_else(|| id.to_owned()))
            .collect()
    }

    fn told_name(&self, id: &str) -> Option<String> {
        let track = self.songs_and_alternates().find(|t| t.id.as_str() == id)?;
        let title = self.called(&track.id)?;
        let is_clear = self.named_other(&title).is_some_and(|t| t.id == track.id);
        is_clear.then_some(title)
    }

    /// Faults in the names that people give the order's tracks.
    pub(super) fn tell_faults(&self, mut faults: Faults) -> Faults {
        for fault in &mut faults.0 {
            let told = |file: &mut String| {
                if let Some(told) = self.told_name(file) {
                    *file = format!("\u{201c}{told}\u{201d}");
                }
            };
            match &mut fault.problem {
                Problem::NoFile(file)
                | Problem::NoAlternate(file)
                | Problem::Channels { file, .. }
                | Problem::AlternateRate { file, .. }
                | Problem::AlternateTooShort { file, .. }
                | Problem::AlternateTooLate { file, .. }
                | Problem::BesideRate { file, .. }
                | Problem::ToneRate { file, .. }
                | Problem::BesideChannels { file, .. } => told(file),
                _ => {}
            }
        }
        faults
    }

    /// A text in which tracks stand by their ids, in the names that people give them.
    #[must_use]
    pub fn told_text(&self, text: &str) -> String {
        let all = self.songs_and_alternates();
        all.fold(text.to_owned(), |text, track| {
            let title = self.called(&track.id).unwrap_or_default();
            text.replace(track.id.as_str(), &format!("\u{201c}{title}\u{201d}"))
        })
    }
}
