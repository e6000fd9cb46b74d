//! Release data held against the programme and against their standards.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::sheet::{ReleaseSheet, SongSheet};
use super::{Credits, Release, ReleaseDate, ReleaseSong, RightsLine, Translation};
use crate::cd::text::language_code;
use crate::lyrics::SongLyrics;
use crate::{Ean, Isrc};

/// One song as the programme knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SongFacts {
    /// Its disc, from 1.
    pub disc: u32,
    /// Its track there, from 1.
    pub track: u32,
    /// The title that the programme gives it.
    pub name: String,
    /// The same with the version that its edits make.
    pub title: String,
}

/// What the programme says by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgrammeFacts {
    /// Its title.
    pub title: String,
    /// The artist.
    pub artist: Option<String>,
    /// Its songs in order.
    pub songs: Vec<SongFacts>,
    /// Titles that songs of other editions have.
    pub other_names: Vec<String>,
}

/// One thing that cannot be said so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{about}: {why}")]
pub struct Objection {
    /// The song with its place, or the release.
    pub about: String,
    /// What is wrong, and what to do.
    pub why: String,
}

/// Everything that is wrong with release data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotARelease(pub Vec<Objection>);

impl std::error::Error for NotARelease {}

impl fmt::Display for NotARelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Most characters of a title or a name.
const MOST_CHARS: usize = 500;

/// Collects what is wrong with one thing.
struct Judge<'o> {
    about: String,
    said: &'o mut Vec<Objection>,
}

impl Judge<'_> {
    fn object(&mut self, why: impl fmt::Display) {
        self.said.push(Objection {
            about: self.about.clone(),
            why: why.to_string(),
        });
    }

    /// Reads what was given; what is empty was not given.
    fn read<T, E: fmt::Display>(
        &mut self,
        given: Option<&String>,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = given
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())?;
        read(text).map_err(|why| self.object(why)).ok()
    }

    fn line(&mut self, what: &str, given: Option<&String>) -> Option<String> {
        self.read(given, |text| {
            if text.chars().any(char::is_control) {
                return Err(format!("{what} goes over several lines; write it in one"));
            }
            if text.chars().count() > MOST_CHARS {
                return Err(format!("{what} has more than {MOST_CHARS} characters"));
            }
            Ok(text.to_owned())
        })
    }

    /// A title never carries the warning: players and shops show their own.
    fn title(&mut self, given: Option<&String>) -> Option<String> {
        let title = self.line("the title", given)?;
        let small = title.to_lowercase();
        if small.contains("(explicit") || small.contains("[explicit") {
            self.object(format!(
                "the title \u{201c}{title}\u{201d} carries a warning; take it out and write explicit = \"yes\""
            ));
        }
        Some(title)
    }

    fn names(&mut self, what: &str, given: &[String]) -> Vec<String> {
        let names = given.iter();
        names
            .filter_map(|name| self.line(what, Some(name)))
            .collect()
    }

    /// The file with a song's words; an instrumental has none.
    fn lyrics_file(&mut self, sheet: &SongSheet) -> Option<String> {
        if sheet.instrumental && sheet.lyrics.is_some() {
            self.object("it is said to be instrumental and to have words; take `instrumental` or `lyrics` away");
        }
        sheet.lyrics.clone()
    }

    fn language(&mut self, given: Option<&String>) -> Option<String> {
        self.read(given, |text| {
            let is_code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase());
            if is_code {
                Ok(text.to_owned())
            } else {
                Err(format!("\u{201c}{text}\u{201d} is no language: write its code of two small letters, such as en"))
            }
        })
    }
}

impl ReleaseSheet {
    /// Holds the data against the programme they belong to.
    ///
    /// # Errors
    /// All that is wrong: codes that are none, songs that are not there, one ISRC twice, each with its song.
    pub fn complete(&self, programme: &ProgrammeFacts) -> Result<Release, NotARelease> {
        let mut said = Vec::new();
        self.check_names(programme, &mut said);
        let mut release = self.head(programme, &mut said);
        release.songs = programme
            .songs
            .iter()
            .map(|facts| self.song(facts, &release, &mut said))
            .collect();
        release.translations = self.translations(programme, &mut said);
        check_isrcs(&release.songs, &mut said);
        if said.is_empty() {
            Ok(release)
        } else {
            Err(NotARelease(said))
        }
    }

    /// Each song that is named is there, once.
    fn check_names(&self, programme: &ProgrammeFacts, said: &mut Vec<Objection>) {
        let mut object = |song: &str, why: &str| {
            said.push(Objection {
                about: format!("the release data of \u{201c}{song}\u{201d}"),
                why: why.to_owned(),
            });
        };
        for (place, sheet) in self.songs.iter().enumerate() {
            let song = sheet.song.as_str();
            let there = programme.songs.iter().filter(|facts| facts.name == song);
            let is_elsewhere = programme.other_names.iter().any(|name| name == song);
            match there.count() {
                0 if is_elsewhere => {}
                0 => object(
                    song,
                    "the programme has no song of this title; write `song` as its `title` there",
                ),
                1 => {}
                _ => object(
                    song,
                    "the programme has several songs of this title; give them titles that differ, and the release's in `title`",
                ),
            }
            if self.songs[..place].iter().any(|other| other.song == song) {
                object(song, "it is written down twice");
            }
        }
    }

    fn head(&self, programme: &ProgrammeFacts, said: &mut Vec<Objection>) -> Release {
        let about = "the release".to_owned();
        let mut judge = Judge { about, said };
        let title = judge.title(Some(self.title.as_ref().unwrap_or(&programme.title)));
        let version = judge.title(self.version.as_ref());
        let title = title.unwrap_or_default();
        Release {
            kind: self.kind,
            title: version.map_or_else(|| title.clone(), |version| format!("{title} ({version})")),
            artist: judge.line(
                "the artist",
                self.artist.as_ref().or(programme.artist.as_ref()),
            ),
            ean: judge.read(self.ean.as_ref(), Ean::parse),
            catalogue_number: judge.line("the catalogue number", self.catalogue_number.as_ref()),
            label: judge.line("the label", self.label.as_ref()),
            genre: judge.line("the genre", self.genre.as_ref()),
            language: judge.language(self.language.as_ref()),
            released_on: judge.read(self.released_on.as_ref(), ReleaseDate::parse),
            p_line: judge.read(self.p_line.as_ref(), RightsLine::parse),
            c_line: judge.read(self.c_line.as_ref(), RightsLine::parse),
            explicit: self.explicit,
            territories: territories(&self.territories, &mut judge),
            price_class: judge.line("the price class", self.price_class.as_ref()),
            cover: judge.line("the cover's name", self.cover.as_ref()),
            cover_checked: judge.line("who looked at the cover", self.cover_checked.as_ref()),
            booklet: judge.line("the booklet's name", self.booklet.as_ref()),
            master_id: judge.line("the master id", self.master_id.as_ref()),
            songs: Vec::new(),
            translations: Vec::new(),
        }
    }

    fn song(&self, facts: &SongFacts, release: &Release, said: &mut Vec<Objection>) -> ReleaseSong {
        let none = SongSheet::default();
        let mut own = self.songs.iter().filter(|sheet| sheet.song == facts.name);
        let sheet = own.next().unwrap_or(&none);
        let (disc, track, name) = (facts.disc, facts.track, &facts.name);
        let about = format!("disc {disc}, track {track} \u{201c}{name}\u{201d}");
        let mut judge = Judge { about, said };
        let title = judge.title(Some(sheet.title.as_ref().unwrap_or(&facts.title)));
        ReleaseSong {
            disc,
            track,
            title: title.unwrap_or_default(),
            artist: judge
                .line("the artist", sheet.artist.as_ref())
                .or_else(|| release.artist.clone()),
            credits: Credits {
                composers: judge.names("a composer", &sheet.composers),
                authors: judge.names("an author", &sheet.authors),
                arrangers: judge.names("an arranger", &sheet.arrangers),
                producers: judge.names("a producer", &sheet.producers),
            },
            isrc: judge.read(sheet.isrc.as_ref(), Isrc::parse),
            p_line: judge.read(sheet.p_line.as_ref(), RightsLine::parse),
            explicit: sheet.explicit.or(release.explicit),
            language: judge.language(sheet.language.as_ref()),
            lyrics_file: judge.lyrics_file(sheet),
            lyrics: sheet.instrumental.then_some(SongLyrics::Instrumental),
            copying: sheet.copying.into(),
            emphasis: sheet.emphasis.into(),
            message: judge.line("the message", sheet.message.as_ref()),
            video: judge.line("the video's name", sheet.video.as_ref()),
            video_isrc: judge.read(sheet.video_isrc.as_ref(), Isrc::parse),
        }
    }

    fn translations(
        &self,
        programme: &ProgrammeFacts,
        said: &mut Vec<Objection>,
    ) -> Vec<Translation> {
        let songs = programme.songs.len();
        let all = self.translations.iter().map(|sheet| {
            let about = format!("the titles in \u{201c}{}\u{201d}", sheet.language);
            let mut judge = Judge { about, said: &mut *said };
            if language_code(&sheet.language).is_none() {
                judge.object("CD-Text has no number for this language; take de, en, es, fr, it, nl, pt, sv, ja or zh");
            }
            let titles = if sheet.titles.is_empty() {
                let own = programme.songs.iter().map(|facts| self.translated(facts, &sheet.language, &mut judge));
                own.collect()
            } else {
                judge.names("a title", &sheet.titles)
            };
            if titles.len() != songs {
                judge.object(format!("they are {}, and the release has {songs} songs", titles.len()));
            }
            Translation {
                language: sheet.language.clone(),
                title: judge.title(Some(&sheet.title)).unwrap_or_default(),
                titles,
            }
        });
        all.collect()
    }
}

impl ReleaseSheet {
    /// A song's own title in a further language.
    fn translated(&self, facts: &SongFacts, language: &str, judge: &mut Judge<'_>) -> String {
        let mut own = self.songs.iter().filter(|sheet| sheet.song == facts.name);
        let title = own.next().and_then(|sheet| sheet.translated.get(language));
        let title = judge.title(title);
        title.unwrap_or_else(|| {
            judge.object(format!("\u{201c}{}\u{201d} has none", facts.name));
            String::new()
        })
    }
}

fn territories(given: &[String], judge: &mut Judge<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for text in given {
        let code = text.trim().to_ascii_uppercase();
        if matches!(code.as_str(), "WORLDWIDE" | "WW") {
            all.push("Worldwide".to_owned());
        } else if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
            all.push(code);
        } else {
            judge.object(format!(
                "\u{201c}{text}\u{201d} is no territory: write codes of two letters, such as DE, or worldwide"
            ));
        }
    }
    if all.len() > 1 && all.iter().any(|code| code == "Worldwide") {
        judge.object("it is sold worldwide and in single territories; write one of the two");
    }
    all
}

fn check_isrcs(songs: &[ReleaseSong], said: &mut Vec<Objection>) {
    let mut seen: HashMap<Isrc, &ReleaseSong> = HashMap::new();
    for song in songs {
        let Some(isrc) = song.isrc else { continue };
        if let Some(first) = seen.get(&isrc) {
            said.push(Objection {
                about: format!("disc {}, track {} \u{201c}{}\u{201d}", song.disc, song.track, song.title),
                why: format!(
                    "its ISRC {isrc} is that of disc {}, track {} \u{201c}{}\u{201d}; each recording has its own",
                    first.disc, first.track, first.title
                ),
            });
        } else {
            seen.insert(isrc, song);
        }
    }
    let mut videos = HashSet::new();
    for song in songs {
        let Some(isrc) = song.video_isrc else {
            continue;
        };
        if seen.contains_key(&isrc) || !videos.insert(isrc) {
            said.push(Objection {
                about: format!(
                    "disc {}, track {} \u{201c}{}\u{201d}",
                    song.disc, song.track, song.title
                ),
                why: format!("the ISRC of its video, {isrc}, is another's; a video has its own"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Explicit;

    fn facts() -> ProgrammeFacts {
        let song = |track, name: &str| SongFacts {
            disc: 1,
            track,
            name: name.to_owned(),
            title: name.to_owned(),
        };
        ProgrammeFacts {
            title: "Northern Lines".into(),
            artist: Some("Ada".into()),
            songs: vec![song(1, "First Light"), song(2, "Rain")],
            other_names: vec!["Encore".into()],
        }
    }

    fn sheet(text: &str) -> ReleaseSheet {
        ReleaseSheet::read(text).unwrap()
    }

    #[test]
    fn what_is_said_is_read_and_what_is_not_stays_unknown() {
        let sheet = sheet(
            "[release]\nversion = \"Deluxe\"\nean = \"036000291452\"\nterritories = [\"ww\"]\nexplicit = \"no\"\n\
             [[release.song]]\nsong = \"Rain\"\nisrc = \"isrc de-a12-26-00002\"\ncomposers = [\"Bo\"]\nexplicit = \"yes\"\n\
             [[release.song]]\nsong = \"Encore\"\n",
        );
        let release = sheet.complete(&facts()).unwrap();
        assert_eq!(release.title, "Northern Lines (Deluxe)");
        assert_eq!(release.ean.unwrap().as_str(), "0036000291452");
        assert_eq!(release.territories, ["Worldwide"]);
        assert_eq!(release.label, None);
        assert_eq!(release.songs[0].isrc, None);
        assert_eq!(release.songs[0].explicit, Some(Explicit::No));
        let rain = &release.songs[1];
        assert_eq!(rain.isrc.unwrap().as_str(), "DEA122600002");
        assert_eq!(rain.artist.as_deref(), Some("Ada"));
        assert_eq!(
            (rain.explicit, &rain.credits.composers[..]),
            (Some(Explicit::Yes), &["Bo".to_owned()][..])
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_with_its_song() {
        let sheet = sheet(
            "[release]\nean = \"4006381333932\"\nreleased_on = \"2026-02-30\"\np_line = \"Laqueur\"\n\
             territories = [\"Germany\"]\nlanguage = \"English\"\n\
             [[release.song]]\nsong = \"First Light\"\ntitle = \"First Light (Explicit)\"\nisrc = \"DEA122600001\"\n\
             [[release.song]]\nsong = \"Rain\"\nisrc = \"DE-A12-26-00001\"\n\
             [[release.song]]\nsong = \"Snow\"\nisrc = \"x\"\n\
             [[release.translation]]\nlanguage = \"de\"\ntitle = \"Linien\"\ntitles = [\"Eins\"]\n",
        );
        let said = sheet.complete(&facts()).unwrap_err().to_string();
        for words in [
            "the release: \"4006381333932\" is not an EAN: after its other digits the last one would be 1",
            "the release: \u{201c}2026-02-30\u{201d} is no date",
            "the release: \u{201c}Laqueur\u{201d} is no (P) or (C) line",
            "\u{201c}Germany\u{201d} is no territory",
            "\u{201c}English\u{201d} is no language",
            "disc 1, track 1 \u{201c}First Light\u{201d}: the title \u{201c}First Light (Explicit)\u{201d} carries a warning",
            "disc 1, track 2 \u{201c}Rain\u{201d}: its ISRC DE-A12-26-00001 is that of disc 1, track 1",
            "the release data of \u{201c}Snow\u{201d}: the programme has no song of this title",
            "the titles in \u{201c}de\u{201d}: they are 1, and the release has 2 songs",
        ] {
            assert!(said.contains(words), "{words} in {said}");
        }
        assert_eq!(said.lines().count(), 9, "{said}");
    }
}
