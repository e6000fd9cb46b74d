//! A programme as people write it: discs or sides with their songs in order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::edit::Edit;
use super::side::Side;
use super::song::{Song, SongSource};
use super::time::{Gap, Time};

/// Songs in order, on one or several discs; a single is a programme of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its title.
    pub title: String,
    /// The artist, spelled as it must appear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// The gap before each song that has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// Where marks may lie.
    #[serde(default, skip_serializing_if = "is_samples")]
    pub grid: Grid,
    /// The folder in which versions of tracks lie, from the programme's own; needed where songs are named by track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions_in: Option<String>,
    /// The editions there are; songs name those they are on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub editions: Vec<String>,
    /// Discs or sides.
    #[serde(rename = "disc")]
    pub discs: Vec<Disc>,
}

/// Where marks may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grid {
    /// On any sample; nothing is moved.
    #[default]
    Samples,
    /// On borders of CD frames (1/75 s), as a compact disc wants them. A gap is lengthened to the next border; where there
    /// is none the mark lies on the border before. Each move is below 1/75 s, and the timeline says it.
    CdFrames,
}

fn is_samples(grid: &Grid) -> bool {
    *grid == Grid::Samples
}

/// A disc, or a side of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disc {
    /// Its title, such as `Side A`; none for its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The longest it may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<Time>,
    /// The side of a record that it is; none for no record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// A song in the pregap, before the mark of the first track: found by going back from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Song>,
    /// Its songs in order.
    #[serde(rename = "track")]
    pub tracks: Vec<Song>,
}

impl Disc {
    /// Every song on it, the hidden one first (number 0), then the tracks from 1.
    pub fn songs(&self) -> impl Iterator<Item = (u32, &Song)> {
        let hidden = self.hidden.iter().map(|song| (0, song));
        hidden.chain((1..).zip(&self.tracks))
    }

    pub(super) fn songs_mut(&mut self) -> impl Iterator<Item = (u32, &mut Song)> {
        let hidden = self.hidden.iter_mut().map(|song| (0, song));
        hidden.chain((1..).zip(&mut self.tracks))
    }
}

impl Programme {
    /// The programme of one song alone.
    #[must_use]
    pub fn of_song(song: Song) -> Self {
        Self {
            title: song.title.clone(),
            artist: None,
            gap: None,
            grid: Grid::Samples,
            versions_in: None,
            editions: Vec::new(),
            discs: vec![Disc {
                title: None,
                longest: None,
                side: None,
                hidden: None,
                tracks: vec![song],
            }],
        }
    }

    /// The programme of one edition: only its songs, each of them on it.
    ///
    /// # Errors
    /// Gives the name back where there is no such edition.
    pub fn edition(&self, name: &str) -> Result<Self, String> {
        if !self.editions.iter().any(|edition| edition == name) {
            return Err(name.to_owned());
        }
        let is_on = |song: &Song| song.editions.is_empty() || song.editions.contains(name);
        let mut edition = self.clone();
        for disc in &mut edition.discs {
            disc.tracks.retain(&is_on);
            disc.hidden = disc.hidden.take().filter(&is_on);
        }
        edition.discs.retain(|disc| !disc.tracks.is_empty());
        Ok(edition)
    }

    /// The programme of its sides alone; none where it has none.
    #[must_use]
    pub fn sides(&self) -> Option<Self> {
        let mut sides = self.clone();
        sides.discs.retain(|disc| disc.side.is_some());
        (!sides.discs.is_empty()).then_some(sides)
    }

    /// The chains that its songs and sides name.
    #[must_use]
    pub fn chains(&self) -> BTreeSet<String> {
        let songs = self.discs.iter().flat_map(Disc::songs);
        let of_songs = songs.filter_map(|(_, song)| song.chain.as_ref());
        let sides = self.discs.iter().filter_map(|disc| disc.side.as_ref());
        let of_sides = sides.filter_map(|side| side.chain.as_ref());
        let names = of_songs.chain(of_sides).map(|chain| chain.name.clone());
        names.collect()
    }

    /// The files that it is made of, each once, as it names them; those behind versions once they are chosen.
    #[must_use]
    pub fn files(&self) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        for (_, song) in self.discs.iter().flat_map(Disc::songs) {
            if let SongSource::File(file) = &song.source {
                files.insert(file.clone());
            }
            files.extend(song.room_tone.iter().map(|tone| tone.file.clone()));
            files.extend(
                song.edits
                    .iter()
                    .filter_map(Edit::replacing)
                    .map(str::to_owned),
            );
            files.extend(song.alternates.iter().map(|other| other.file.clone()));
        }
        files
    }
}
