//! What label copy would change, one line each, and the choice of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use labelcopy::{LabelCopy, ReleasePart, SongPart};
use mastering::{Project, Release, ReleaseSettings, ReleaseSong, SongEntered, TrackId, Warning};
use serde::Serialize;

use super::meant::{self, Meant};
use super::songs::{Met, Way, full_title, met, plain};

/// Something that label copy would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposed {
    /// What it is chosen by.
    pub key: String,
    /// The song's title, or nothing for the release.
    pub about: String,
    /// What of it.
    pub what: String,
    /// What is said now; empty where nobody has said.
    pub now: String,
    /// What would be said.
    pub then: String,
    /// Where it stands in the file.
    pub at: String,
    /// Whether it fills in what nobody has said, of a song that is meant by its title; or corrects nothing but a spelling.
    pub is_likely: bool,
}

/// Label copy held against its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Laid {
    /// What it would change.
    pub proposed: Vec<Proposed>,
    /// What of it is not proposed, and why, a sentence each.
    pub told: Vec<String>,
}

/// A field of the release.
type OfRelease = (ReleasePart, fn(&mut Release) -> &mut String);
/// A field of a song.
type OfSong = (SongPart, fn(&mut ReleaseSong) -> &mut String);

/// Who makes a song.
const MAKERS: [OfSong; 4] = [
    (SongPart::Composer, |song| &mut song.composer),
    (SongPart::Author, |song| &mut song.author),
    (SongPart::Arranger, |song| &mut song.arranger),
    (SongPart::Producer, |song| &mut song.producer),
];
/// Who writes it: music and words.
const WRITERS: [SongPart; 2] = [SongPart::Composer, SongPart::Author];

/// What is done where a proposal is chosen.
enum Deed {
    Title(TrackId, String),
    Isrc(TrackId, String),
    Credits(TrackId, String),
    Song(TrackId, fn(&mut ReleaseSong) -> &mut String, String),
    Warning(TrackId, Warning),
    Release(fn(&mut Release) -> &mut String, String),
    Year(u16),
    Day(Date),
}

struct Change {
    proposed: Proposed,
    deed: Deed,
}

/// Everything that label copy would change, in its order: the release, then each song.
struct Changes<'p> {
    project: &'p Project,
    settings: &'p ReleaseSettings,
    release: Release,
    all: Vec<Change>,
    told: Vec<String>,
}

/// Holds label copy against its order.
pub(crate) fn laid(copy: &LabelCopy, project: &Project, settings: &ReleaseSettings) -> Laid {
    let changes = Changes::of(copy, project, settings);
    Laid {
        proposed: changes
            .all
            .into_iter()
            .map(|change| change.proposed)
            .collect(),
        told: changes.told,
    }
}

/// What is entered where these proposals are chosen: the release as it then is, and what is said of songs. A key that is none of
/// the proposals is given back.
pub(crate) fn chosen(
    copy: &LabelCopy,
    project: &Project,
    settings: &ReleaseSettings,
    keys: &BTreeSet<String>,
) -> Result<(Release, Vec<SongEntered>), String> {
    let changes = Changes::of(copy, project, settings);
    let known: BTreeSet<&String> = changes
        .all
        .iter()
        .map(|change| &change.proposed.key)
        .collect();
    if let Some(other) = keys.iter().find(|key| !known.contains(key)) {
        return Err(other.clone());
    }
    let mut release = changes.release;
    let mut songs: BTreeMap<TrackId, SongEntered> = BTreeMap::new();
    let taken = changes
        .all
        .into_iter()
        .filter(|change| keys.contains(&change.proposed.key));
    for change in taken {
        change.deed.carry_out(&mut release, &mut songs);
    }
    Ok((release, songs.into_values().collect()))
}

impl Deed {
    fn carry_out(self, release: &mut Release, songs: &mut BTreeMap<TrackId, SongEntered>) {
        let mut entered = |track: TrackId, change: &dyn Fn(&mut SongEntered)| {
            let none = SongEntered {
                track: track.clone(),
                title: None,
                isrc: None,
                credits: None,
            };
            change(songs.entry(track).or_insert(none));
        };
        match self {
            Self::Title(track, title) => entered(track, &|song| song.title = Some(title.clone())),
            Self::Isrc(track, isrc) => entered(track, &|song| song.isrc = Some(isrc.clone())),
            Self::Credits(track, credits) => {
                entered(track, &|song| song.credits = Some(credits.clone()))
            }
            Self::Song(track, field, text) => {
                *field(release.songs.entry(track).or_default()) = text
            }
            Self::Warning(track, warning) => {
                release.songs.entry(track).or_default().warning = Some(warning)
            }
            Self::Release(field, text) => *field(release) = text,
            Self::Year(year) => release.year = Some(year),
            Self::Day(day) => release.released_on = Some(day),
        }
    }
}

/// Names between strokes are several; the order keeps them between semicolons.
fn names(text: &str) -> String {
    text.split(" / ")
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("; ")
}

impl<'p> Changes<'p> {
    fn of(copy: &LabelCopy, project: &'p Project, settings: &'p ReleaseSettings) -> Self {
        let (songs, told) = met(copy, project);
        let mut changes = Self {
            project,
            settings,
            release: project.release.clone().unwrap_or_default(),
            all: Vec::new(),
            told: Vec::new(),
        };
        for (part, text) in &copy.release {
            changes.of_release(*part, text);
        }
        for song in &songs {
            changes.of_song(song);
        }
        changes.told.extend(told);
        let unread = copy.unread.iter();
        changes.told.extend(
            unread.map(|one| format!("{}: \u{201c}{}\u{201d} was not read.", one.at, one.text)),
        );
        changes
    }

    fn release_field(&mut self, (part, field): OfRelease, then: String) {
        let now = field(&mut self.release).clone();
        self.push(
            (None, part.code(), part.words()),
            now,
            then.clone(),
            Deed::Release(field, then),
        );
    }

    fn release_read(&mut self, field: OfRelease, meant: Meant<String>) {
        if let Some(then) = self.or_tell("", meant) {
            self.release_field(field, then);
        }
    }

    /// Adds a change of the release, unless it is none.
    fn push(
        &mut self,
        (song, code, what): (Option<&Met<'_>>, &str, &str),
        now: String,
        then: String,
        deed: Deed,
    ) {
        if now == then || then.is_empty() {
            return;
        }
        let is_title = matches!(deed, Deed::Title(..));
        let is_met = song.is_none_or(|song| song.way == Way::Title);
        let proposed = Proposed {
            key: song.map_or_else(
                || format!("release.{code}"),
                |song| format!("{}.{code}", song.track.id),
            ),
            about: song.map_or_else(String::new, |song| song.track.title.clone()),
            what: what.to_owned(),
            is_likely: is_met && (now.is_empty() || is_title && plain(&now) == plain(&then)),
            now,
            then,
            at: song.map_or_else(String::new, |song| song.said.at.clone()),
        };
        self.all.push(Change { proposed, deed });
    }

    fn or_tell<T>(&mut self, at: &str, meant: Meant<T>) -> Option<T> {
        match meant {
            Ok(meant) => Some(meant),
            Err(why) if at.is_empty() => {
                self.told
                    .push(format!("{why}; nothing of that is proposed."));
                None
            }
            Err(why) => {
                self.told
                    .push(format!("{at}: {why}; nothing of that is proposed."));
                None
            }
        }
    }

    fn of_release(&mut self, part: ReleasePart, text: &str) {
        let same = |known: &String| plain(known) == plain(text);
        match part {
            ReleasePart::Title if same(&self.project.title) => {}
            ReleasePart::Title => self.told.push(format!(
                "It calls the release \u{201c}{text}\u{201d}; the order is called \u{201c}{}\u{201d}.",
                self.project.title
            )),
            ReleasePart::Artist if self.release.artist.is_empty() && *text == self.project.artist => {}
            ReleasePart::Artist => self.release_field((part, |r| &mut r.artist), text.to_owned()),
            ReleasePart::Version => self.release_field((part, |r| &mut r.version), text.to_owned()),
            ReleasePart::Label => self.release_field((part, |r| &mut r.label), text.to_owned()),
            ReleasePart::CatalogueNo => {
                let plain = text.replace([' ', '-'], "");
                let text = if mastering::is_catalogue_no(&plain) { Ok(plain) } else {
                    Err(format!("\u{201c}{text}\u{201d} is no catalogue number of capital Latin letters and a number from 001, such as LAQ001"))
                };
                self.release_read((part, |r| &mut r.catalogue_no), text);
            }
            ReleasePart::Ean => {
                self.release_read((part, |r| &mut r.ean), meant::ean(text));
            }
            ReleasePart::Genre => {
                let known = self.settings.genres.iter().find(|genre| same(genre)).cloned();
                self.release_field((part, |r| &mut r.genre), known.unwrap_or_else(|| text.to_owned()));
            }
            ReleasePart::PLine => {
                let (year, owner) = meant::rights(text);
                self.release_field((part, |r| &mut r.p_owner), owner);
                if let Some(year) = year {
                    self.year(year);
                }
            }
            ReleasePart::CLine => {
                let (year, owner) = meant::rights(text);
                self.release_field((part, |r| &mut r.c_owner), owner);
                if let Some(year) = year {
                    self.year(year);
                }
            }
            ReleasePart::Year => {
                if let Some(year) = self.or_tell("", meant::year(text)) {
                    self.year(year);
                }
            }
            ReleasePart::ReleasedOn => {
                if let Some(day) = self.or_tell("", meant::day(text)) {
                    let now = self.release.released_on.map_or_else(String::new, |day| day.to_string());
                    self.push((None, part.code(), part.words()), now, day.to_string(), Deed::Day(day));
                }
            }
            ReleasePart::Language => {
                self.release_read((part, |r| &mut r.language), meant::language(text));
            }
        }
    }

    /// The (C) and the (P) line have one year in an order; of two that differ the first is proposed, the other told.
    fn year(&mut self, year: u16) {
        let now = self
            .release
            .year
            .map_or_else(String::new, |year| year.to_string());
        let part = ReleasePart::Year;
        let key = format!("release.{}", part.code());
        match self.all.iter().find(|change| change.proposed.key == key) {
            Some(known) if known.proposed.then != year.to_string() => self.told.push(format!(
                "It names the year {} and the year {year}; the order keeps one for the (P) and the (C) line.",
                known.proposed.then
            )),
            Some(_) => {}
            None => self.push((None, part.code(), part.words()), now, year.to_string(), Deed::Year(year)),
        }
    }

    fn of_song(&mut self, song: &Met<'_>) {
        let (track, title) = (song.track, full_title(song.said));
        let id = || track.id.clone();
        let words = SongPart::Title.words();
        self.push(
            (Some(song), SongPart::Title.code(), words),
            track.title.clone(),
            title.clone(),
            Deed::Title(id(), title),
        );
        for (part, text) in &song.said.said {
            self.song_part(song, *part, text);
        }
    }

    fn song_part(&mut self, song: &Met<'_>, part: SongPart, text: &str) {
        let (track, at) = (song.track, &song.said.at);
        let id = || track.id.clone();
        let named = (Some(song), part.code(), part.words());
        match part {
            SongPart::Number | SongPart::Disc | SongPart::Title | SongPart::Version => {}
            SongPart::Isrc => {
                if let Some(isrc) = self.or_tell(at, meant::isrc(text)) {
                    self.push(
                        named,
                        track.isrc.clone(),
                        isrc.clone(),
                        Deed::Isrc(id(), isrc),
                    );
                }
            }
            SongPart::Credits => self.push(
                named,
                track.credits.clone(),
                text.to_owned(),
                Deed::Credits(id(), text.to_owned()),
            ),
            SongPart::Artist => {
                let of_release =
                    [&self.release.artist, &self.project.artist].map(|artist| plain(artist));
                if !of_release.contains(&plain(text)) {
                    self.song_field(song, (part, |song| &mut song.artist), text.to_owned());
                }
            }
            SongPart::Composer
            | SongPart::Author
            | SongPart::Writer
            | SongPart::Arranger
            | SongPart::Producer => {
                let of =
                    |maker| part == maker || part == SongPart::Writer && WRITERS.contains(&maker);
                for (maker, field) in MAKERS.into_iter().filter(|(maker, _)| of(*maker)) {
                    self.song_field(song, (maker, field), names(text));
                }
            }
            SongPart::Explicit => {
                if let Some(warning) = self.or_tell(at, meant::warning(text)) {
                    let now = self
                        .release
                        .songs
                        .get(&track.id)
                        .and_then(|song| song.warning);
                    let words = |warning: Warning| warning.words().to_owned();
                    self.push(
                        named,
                        now.map_or_else(String::new, words),
                        words(warning),
                        Deed::Warning(id(), warning),
                    );
                }
            }
            SongPart::Language => {
                if let Some(code) = self.or_tell(at, meant::language(text)) {
                    self.song_field(song, (part, |song| &mut song.language), code);
                }
            }
        }
    }

    /// Adds a change of who made a song, unless another line of the same file says it already.
    fn song_field(&mut self, song: &Met<'_>, (part, field): OfSong, then: String) {
        let key = format!("{}.{}", song.track.id, part.code());
        if self.all.iter().any(|change| change.proposed.key == key) {
            return;
        }
        let known = self.release.songs.get(&song.track.id).cloned();
        let now = field(&mut known.unwrap_or_default()).clone();
        let deed = Deed::Song(song.track.id.clone(), field, then.clone());
        self.push((Some(song), part.code(), part.words()), now, then, deed);
    }
}
