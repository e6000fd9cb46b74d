//! What a label, a shop, a plant or a cutter wants: formats, names, figures to keep, data that must be there.

use attachments::{BookletRules, MovieRules};
use serde::Deserialize;

use crate::cd::{NotATime, PlantRules, PqTime};
use crate::ddex::DdexParties;
use crate::lyrics::SongLyrics;
use crate::release::{Release, ReleaseSong};
use crate::upload::Upload;
use crate::wish::Wish;

/// What somebody wants to be given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Who it is for, as it stands on the report.
    pub title: String,
    /// What is made.
    pub formats: Vec<Wish>,
    /// How songs' files are named.
    pub names: NamePattern,
    /// What players are told to turn songs by.
    pub gain_tags: GainTags,
    /// What goes beside songs and is delivered with them.
    pub beside: Beside,
    /// The program that makes AAC files, and its words: `{in}` stands for the WAV it reads, `{out}` for the MP4 file it makes.
    pub aac_encoder: Vec<String>,
    /// What the release has to say.
    pub needs: Vec<Need>,
    /// The figures of songs.
    pub figures: Figures,
    /// The latest end of a disc; the usual limit of plants where it is not said.
    pub longest: Option<DiscLength>,
    /// The licence to use and transfer that goes with the files; none for no such text.
    pub licence: Option<String>,
    /// Who sends a DDEX message, and to whom.
    pub ddex: Option<DdexParties>,
    /// The smallest cover, in pixels a side; 3000 where it is not said.
    pub cover_least_px: Option<u32>,
    /// The recipient's own server, where packages are sent there.
    pub upload: Option<Upload>,
    /// What a booklet has to be.
    pub booklet: BookletRules,
    /// What a video has to be.
    pub video: MovieRules,
    /// What the booklet's file is called, without its ending: `{ean}` and `{album}` are filled in; `Booklet` where it is not said.
    pub booklet_name: Option<String>,
}

/// The figures that songs keep; none where there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    /// The highest true peak in dBTP.
    pub true_peak_max_dbtp: Option<f64>,
    /// The loudest song in LUFS.
    pub loudest_lufs: Option<f64>,
    /// The quietest song in LUFS.
    pub quietest_lufs: Option<f64>,
    /// The highest true peak of lossy files as they are decoded, in dBTP; full scale where it is not said.
    pub lossy_true_peak_max_dbtp: Option<f64>,
}

impl Figures {
    /// The ceiling of lossy files in dBTP.
    pub fn lossy_ceiling_dbtp(&self) -> f64 {
        self.lossy_true_peak_max_dbtp
            .or(self.true_peak_max_dbtp)
            .unwrap_or(0.0)
    }
}

/// Gain tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GainTags {
    /// None.
    #[default]
    None,
    /// ReplayGain 2, of each song and of the whole release; R128 in Opus files.
    ReplayGain,
}

/// What of the files beside songs is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// Nothing.
    #[default]
    Nothing,
    /// Instrumentals, a cappellas and TV mixes.
    Alternates,
    /// Those, and stems.
    AlternatesAndStems,
}

/// The latest end of a disc, as `MM:SS:FF`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DiscLength(pub PqTime);

impl TryFrom<String> for DiscLength {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        PqTime::parse(&text).map(Self)
    }
}

/// The side of the smallest cover that shops take, in pixels.
const LEAST_COVER_PX: u32 = 3000;

/// Something that a release has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// EAN or UPC.
    Ean,
    /// Catalogue number.
    CatalogueNumber,
    /// Label.
    Label,
    /// Artist, of each song too.
    Artist,
    /// Genre.
    Genre,
    /// Language of the titles.
    Language,
    /// The day it comes out.
    ReleasedOn,
    /// The (P) line.
    PLine,
    /// The (C) line.
    CLine,
    /// Whether each song needs a warning.
    Explicit,
    /// Where it is sold.
    Territories,
    /// A cover.
    Cover,
    /// What kind of release it is.
    Kind,
    /// Each song's ISRC.
    Isrc,
    /// Each song's composers.
    Composers,
    /// Each song's authors.
    Authors,
    /// Each song's words, or that it is an instrumental.
    Lyrics,
    /// Those with the time of each line.
    TimedLyrics,
    /// A booklet.
    Booklet,
    /// A video of a song at least.
    Video,
    /// That somebody looked at the cover.
    CoverChecked,
}

/// Something that the release does not say, and what it is needed for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{about}: {what} is missing; write `{key}`")]
pub struct Lack {
    /// The song with its place, or the release.
    pub about: String,
    /// What.
    pub what: &'static str,
    /// Where it is written.
    pub key: &'static str,
}

impl Need {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Ean => ("the EAN", "ean"),
            Self::CatalogueNumber => ("the catalogue number", "catalogue_number"),
            Self::Label => ("the label", "label"),
            Self::Artist => ("the artist", "artist"),
            Self::Genre => ("the genre", "genre"),
            Self::Language => ("the language of the titles", "language"),
            Self::ReleasedOn => ("the day of release (with its day)", "released_on"),
            Self::PLine => ("the (P) line", "p_line"),
            Self::CLine => ("the (C) line", "c_line"),
            Self::Explicit => ("whether it is explicit", "explicit"),
            Self::Territories => ("the territories", "territories"),
            Self::Cover => ("the cover", "cover"),
            Self::Kind => (
                "whether it is a single, an EP, an album or a compilation",
                "kind",
            ),
            Self::Isrc => ("the ISRC", "isrc"),
            Self::Composers => ("the composer", "composers"),
            Self::Authors => ("the author of the words", "authors"),
            Self::Lyrics => ("the words", "lyrics"),
            Self::TimedLyrics => ("the words with the time of each line", "lyrics"),
            Self::Booklet => ("the booklet", "booklet"),
            Self::Video => ("a video of a song", "video"),
            Self::CoverChecked => (
                "that somebody looked at the cover (no address, no advertising, no incitement, other people's pictures with their permission)",
                "cover_checked",
            ),
        }
    }

    fn is_said(self, release: &Release) -> bool {
        match self {
            Self::Ean => release.ean.is_some(),
            Self::CatalogueNumber => release.catalogue_number.is_some(),
            Self::Label => release.label.is_some(),
            Self::Artist => release.artist.is_some(),
            Self::Genre => release.genre.is_some(),
            Self::Language => release.language.is_some(),
            Self::ReleasedOn => release
                .released_on
                .as_ref()
                .is_some_and(|date| date.is_day()),
            Self::PLine => release.p_line.is_some(),
            Self::CLine => release.c_line.is_some(),
            Self::Territories => !release.territories.is_empty(),
            Self::Cover => release.cover.is_some(),
            Self::Kind => release.kind.is_some(),
            Self::Booklet => release.booklet.is_some(),
            Self::Video => release.songs.iter().any(|song| song.video.is_some()),
            Self::CoverChecked => release.cover_checked.is_some(),
            Self::Explicit
            | Self::Isrc
            | Self::Composers
            | Self::Authors
            | Self::Lyrics
            | Self::TimedLyrics => true,
        }
    }

    fn is_said_of(self, song: &ReleaseSong) -> bool {
        match self {
            Self::Artist => song.artist.is_some(),
            Self::Explicit => song.explicit.is_some(),
            Self::Isrc => song.isrc.is_some(),
            Self::Composers => !song.credits.composers.is_empty(),
            Self::Authors => !song.credits.authors.is_empty(),
            Self::Lyrics => song.lyrics.as_ref().is_some_and(SongLyrics::is_said),
            Self::TimedLyrics => song.lyrics.as_ref().is_some_and(SongLyrics::is_timed),
            Self::Ean
            | Self::CatalogueNumber
            | Self::Label
            | Self::Genre
            | Self::Language
            | Self::ReleasedOn
            | Self::PLine
            | Self::CLine
            | Self::Territories
            | Self::Cover
            | Self::Kind
            | Self::Booklet
            | Self::Video
            | Self::CoverChecked => true,
        }
    }
}

impl Release {
    /// What of these it does not say: of the release first, then song by song.
    pub fn lacks(&self, needs: &[Need]) -> Vec<Lack> {
        let lack = |about: String, need: Need| {
            let (what, key) = need.words();
            Lack { about, what, key }
        };
        let own = needs.iter().filter(|need| !need.is_said(self));
        let mut lacks: Vec<Lack> = own
            .map(|need| lack("the release".to_owned(), *need))
            .collect();
        for song in &self.songs {
            let missing = needs.iter().filter(|need| !need.is_said_of(song));
            lacks.extend(missing.map(|need| lack(song.words(), *need)));
        }
        lacks
    }
}

/// How files are named: text with `{place}` (`01`, or `1-01` where there are several discs), `{title}`, `{artist}`,
/// `{isrc}`, `{ean}`, `{album}`, `{disc}`, `{track}` and `{format}` (`24-96`, `320`) in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NamePattern(String);

/// A pattern that cannot name files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "names cannot be written \u{201c}{0}\u{201d}: take {{place}}, {{title}}, {{artist}}, {{isrc}}, {{ean}}, {{album}}, {{disc}}, {{track}}, {{format}}, and {{title}}, {{place}}, {{track}} or {{isrc}} at least"
)]
pub struct NotAPattern(pub String);

/// What can stand in braces.
const FIELDS: [&str; 9] = [
    "place", "title", "artist", "isrc", "ean", "album", "disc", "track", "format",
];
/// Those of them that tell songs apart.
const TELLING: [&str; 4] = ["place", "title", "track", "isrc"];

impl Default for NamePattern {
    fn default() -> Self {
        Self("{place} {title}".to_owned())
    }
}

impl TryFrom<String> for NamePattern {
    type Error = NotAPattern;

    fn try_from(text: String) -> Result<Self, NotAPattern> {
        let fields: Option<Vec<&str>> = text
            .split('{')
            .skip(1)
            .map(|rest| rest.split_once('}').map(|(name, _)| name))
            .collect();
        let is_known = |fields: &Vec<&str>| {
            fields.iter().all(|name| FIELDS.contains(name))
                && fields.iter().any(|name| TELLING.contains(name))
        };
        if fields.as_ref().is_some_and(is_known) && text.len() <= 200 {
            Ok(Self(text))
        } else {
            Err(NotAPattern(text.chars().take(200).collect()))
        }
    }
}

impl NamePattern {
    /// The name of a song's file without its ending; what is unknown is left out.
    pub fn name(&self, release: &Release, song: &ReleaseSong, format: &str) -> String {
        let (disc, track) = (song.disc, song.track);
        let place = if release.discs() > 1 {
            format!("{disc}-{track:02}")
        } else {
            format!("{track:02}")
        };
        let values = [
            place,
            song.title.clone(),
            song.artist.clone().unwrap_or_default(),
            song.isrc
                .map(|isrc| isrc.as_str().to_owned())
                .unwrap_or_default(),
            release.ean.map(|ean| ean.to_string()).unwrap_or_default(),
            release.title.clone(),
            disc.to_string(),
            format!("{track:02}"),
            format.to_owned(),
        ];
        let mut name = String::new();
        // A title that holds a field's name in braces is not filled in again.
        for (at, part) in self.0.split('{').enumerate() {
            let (field, rest) = match part.split_once('}') {
                Some(split) if at > 0 => split,
                _ => ("", part),
            };
            let value = FIELDS.iter().position(|known| *known == field);
            name += value.map_or("", |value| values[value].as_str());
            name += rest;
        }
        name
    }
}

/// A profile that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadProfile {
    /// No TOML, an unknown key, a value that is none; the source names the line.
    #[error("the profile cannot be read")]
    Unread(#[from] toml::de::Error),
    /// Nothing is made by it.
    #[error("the profile makes nothing: write its `formats`")]
    NoFormats,
}

impl Profile {
    /// Reads a profile's file.
    ///
    /// # Errors
    /// Text that is no TOML, keys and words that nobody knows, a profile without formats.
    pub fn read(text: &str) -> Result<Self, BadProfile> {
        let profile: Self = toml::from_str(text)?;
        if profile.formats.is_empty() {
            return Err(BadProfile::NoFormats);
        }
        Ok(profile)
    }

    /// What the booklet's file is called, without its ending.
    pub fn booklet_name(&self, release: &Release) -> String {
        let ean = release.ean.map(|ean| ean.to_string()).unwrap_or_default();
        let pattern = self.booklet_name.as_deref().unwrap_or("Booklet");
        // A title that holds a field's name in braces is not filled in again.
        let parts = pattern.split("{album}");
        let parts: Vec<String> = parts.map(|part| part.replace("{ean}", &ean)).collect();
        parts.join(&release.title)
    }

    /// The smallest cover, in pixels a side.
    pub fn cover_least_px(&self) -> u32 {
        self.cover_least_px.unwrap_or(LEAST_COVER_PX)
    }

    /// What a plant takes.
    pub fn plant(&self) -> PlantRules {
        match self.longest {
            Some(DiscLength(longest)) => PlantRules { longest },
            None => PlantRules::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{ProgrammeFacts, ReleaseSheet, SongFacts};

    fn release(text: &str) -> Release {
        let facts = ProgrammeFacts {
            title: "Lines".into(),
            artist: Some("Ada".into()),
            songs: vec![SongFacts {
                disc: 1,
                track: 1,
                name: "Rain {ean}".into(),
                title: "Rain {ean}".into(),
            }],
            other_names: vec![],
        };
        ReleaseSheet::read(text).unwrap().complete(&facts).unwrap()
    }

    #[test]
    fn what_is_missing_is_said_with_its_key() {
        let said: Vec<String> = release("[release]\nlabel = \"L\"\nreleased_on = \"2026\"\n")
            .lacks(&[Need::Label, Need::ReleasedOn, Need::Isrc, Need::Artist])
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            said,
            [
                "the release: the day of release (with its day) is missing; write `released_on`",
                "disc 1, track 1 \u{201c}Rain {ean}\u{201d}: the ISRC is missing; write `isrc`",
            ]
        );
    }

    #[test]
    fn names_follow_the_pattern() {
        let release = release("[release]\nean = \"4006381333931\"\n");
        let pattern = |text: &str| NamePattern::try_from(text.to_owned());
        let named = pattern("{ean}_{disc}_{track} {title}").unwrap();
        let song = &release.songs[0];
        assert_eq!(
            named.name(&release, song, ""),
            "4006381333931_1_01 Rain {ean}"
        );
        assert_eq!(
            NamePattern::default().name(&release, song, ""),
            "01 Rain {ean}"
        );
        for text in ["", "{artist}", "{name} {title}", "{title", "x"] {
            assert!(pattern(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_profile_that_makes_nothing_or_knows_too_much_is_refused() {
        let profile =
            Profile::read("formats = [\"wav\", \"ddp\"]\nlongest = \"78:00:00\"\n").unwrap();
        assert_eq!(profile.plant().longest.to_string(), "78:00:00");
        assert!(Profile::read("title = \"x\"\n").is_err());
        assert!(Profile::read("formats = [\"wave\"]\n").is_err());
        assert!(Profile::read("formats = [\"wav\"]\nneed = []\n").is_err());
    }
}
