//! A programme's file: TOML that people write by hand.

use super::order::Programme;

/// A text that is no programme.
#[derive(Debug, thiserror::Error)]
pub enum BadProgramme {
    /// Longer than any programme is.
    #[error("a programme's file has at most {MOST_BYTES} bytes, not {0}")]
    TooLong(usize),
    /// A key that nothing has.
    #[error("line {line}: a programme knows no `{key}` there")]
    UnknownKey {
        /// Its line.
        line: usize,
        /// The key.
        key: String,
        /// What is known there.
        #[source]
        source: toml::de::Error,
    },
    /// No TOML, or a value that cannot be; the source names the line.
    #[error("the programme cannot be read")]
    Unread(#[from] toml::de::Error),
}

/// A hundred discs of a hundred songs with edits stay far below.
const MOST_BYTES: usize = 4 << 20;

impl Programme {
    /// Reads a programme from its file's text.
    ///
    /// # Errors
    /// Text that is no TOML, an unknown key (by name and line), a value of another kind. What is wrong with the
    /// programme itself is said by [`Programme::faults`].
    pub fn read(text: &str) -> Result<Self, BadProgramme> {
        if text.len() > MOST_BYTES {
            return Err(BadProgramme::TooLong(text.len()));
        }
        toml::from_str(text).map_err(|source| with_key(text, source))
    }

    /// The programme as a file that reads back as itself.
    ///
    /// # Panics
    /// Never: everything in it can be written.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a programme holds nothing that TOML cannot say")
    }
}

fn with_key(text: &str, source: toml::de::Error) -> BadProgramme {
    let key = source
        .message()
        .split("unknown field `")
        .nth(1)
        .and_then(|rest| rest.split('`').next())
        .map(str::to_owned);
    let Some(key) = key else {
        return BadProgramme::Unread(source);
    };
    let begin = source.span().map_or(0, |span| span.start);
    let is_there = |line: &str| {
        let rest = line.split(['[', '{', ',', '.']).map(str::trim_start);
        rest.map(|part| part.trim_start_matches('"'))
            .filter_map(|part| part.strip_prefix(key.as_str()))
            .any(|after| {
                after
                    .trim_start_matches(['"', ' '])
                    .starts_with(['=', ']', '.'])
            })
    };
    let before = text.get(..begin).map_or(0, |t| t.matches('\n').count());
    let line = text
        .lines()
        .skip(before)
        .position(is_there)
        .map_or(before, |further| before + further);
    BadProgramme::UnknownKey {
        line: line + 1,
        key,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::{
        AlternateRole, Disc, Grid, Inches, RoomTone, Rpm, Side, Song, SongAlternate, SongChain,
        SongSource, Time,
    };
    use crate::programme::{Because, Blend, Edit, Fade, Gap, Join, MarkAt, Segue, Shape, What};
    use proptest::prelude::*;

    const ALBUM: &str = r#"
title = "Northern Lines"
artist = "Ada"
gap = "2 s"
grid = "cd_frames"
versions_in = "mixes"
editions = ["standard", "deluxe"]

[[disc]]
longest = "79:57:74"

[[disc.track]]
title = "First Light"
file = "mixes/01.wav"
start = "0:00.120"
end = "3:25:40"
indexes = ["1:02.000"]
fade_in = { length = "441 samples", shape = "linear" }
segue = { length = "4 s", shape = "equal_power", mark = "middle" }

[[disc.track]]
title = "Rain"
track = "Rain"
version = 3
gain_db = -0.5

[[disc.track.edit]]
what = "mute"
from = "0:41.200"
to = "0:41.650"
because = "language"

[[disc.track]]
title = "Encore"
file = "mixes/encore.wav"
gap = "150 CD frames"
room_tone = { file = "room.wav", blend = "50 ms" }
editions = ["deluxe"]
"#;

    #[test]
    fn a_programme_is_read_as_it_is_written() {
        let album = Programme::read(ALBUM).unwrap();
        assert_eq!(album.grid, Grid::CdFrames);
        let tracks = &album.discs[0].tracks;
        assert_eq!(tracks[0].start, Some(Time::Milliseconds(120)));
        assert_eq!(
            tracks[1].source,
            SongSource::Version {
                track: "Rain".to_owned(),
                version: Some(3)
            }
        );
        assert_eq!(tracks[1].full_title(), "Rain (Clean Version)");
        let standard = album.edition("standard").unwrap();
        assert_eq!(standard.discs[0].tracks.len(), 2);
        assert!(album.edition("gold").is_err());
        assert_eq!(Programme::read(&album.to_toml()).unwrap(), album);
    }

    #[track_caller]
    fn refused(from: &str, to: &str, words: &str) {
        assert!(ALBUM.contains(from));
        let error = Programme::read(&ALBUM.replacen(from, to, 1)).unwrap_err();
        let mut said = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            said += &format!(": {error}");
            source = error.source();
        }
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn what_nobody_knows_is_refused_by_its_name_and_line() {
        refused(
            "artist =",
            "artists =",
            "line 3: a programme knows no `artists`",
        );
        refused(
            "longest =",
            "length =",
            "line 10: a programme knows no `length`",
        );
        refused("gain_db", "gain", "line 25: a programme knows no `gain`");
        refused(
            "blend = \"50 ms\"",
            "blend = \"50 ms\", loop = true",
            "line 37: a programme knows no `loop`",
        );
        refused(
            "because = \"language\"",
            "reason = \"language\"",
            "`reason`",
        );
        refused("\"2 s\"", "2.0", "line 4");
        refused("\"4 s\"", "\"4 bars\"", "is no time; write it like");
        refused("file = \"mixes/01.wav\"", "", "has no source");
        refused("version = 3", "file = \"a.wav\"", "has two sources");
        refused("\"middle\"", "\"centre\"", "a mark in a segue lies at");
    }

    fn any_time() -> impl Strategy<Value = Time> {
        (0_u64..4_000_000, 0..3).prop_map(|(n, kind)| match kind {
            0 => Time::Milliseconds(n),
            1 => Time::CdFrames(n / 13),
            _ => Time::Samples(n),
        })
    }

    fn any_shape() -> impl Strategy<Value = Shape> {
        prop::sample::select(vec![
            Shape::Linear,
            Shape::Cosine,
            Shape::Exponential,
            Shape::S,
        ])
    }

    fn any_edit() -> impl Strategy<Value = Edit> {
        let what = prop_oneof![
            Just(What::Cut),
            Just(What::Mute),
            (1_u32..9).prop_map(|times| What::Repeat { times }),
            "[a-z]{1,8}".prop_map(|with| What::Replace { with }),
            any_shape().prop_map(|shape| What::RadioFade { shape }),
        ];
        let join = prop_oneof![
            Just(Join::Near),
            Just(Join::Cut),
            any_time().prop_map(Join::Crossfade)
        ];
        (what, any_time(), any_time(), join).prop_map(|(what, from, to, join)| Edit {
            what,
            from,
            to,
            join,
            because: Because::Taste,
        })
    }

    fn any_chain() -> impl Strategy<Value = SongChain> {
        let key = || "[a-z0-9_ ]{1,6}";
        let values = prop::collection::btree_map(key(), -9.0..9.0_f64, 1..3);
        let set = prop::collection::btree_map(key(), values, 0..3);
        ("\\PC{0,8}", set).prop_map(|(name, set)| SongChain {
            name,
            set: set
                .into_iter()
                .map(|(stage, values)| {
                    let values = values.into_iter();
                    (
                        stage,
                        values
                            .map(|(key, x)| (key, toml::Value::Float(x)))
                            .collect(),
                    )
                })
                .collect(),
        })
    }

    prop_compose! {
        fn any_song()(
            title in "\\PC{0,12}", file in "\\PC{0,12}", version in prop::option::of(1_u32..9),
            times in prop::collection::vec(any_time(), 3), gap in prop::option::of(any_time()),
            shape in any_shape(), segue in any::<bool>(), gain in -6.0..6.0_f64,
            chain in prop::option::of(any_chain()), explicit in prop::option::of(any::<bool>()),
            other in prop::option::of("\\PC{0,8}"),
            edits in prop::collection::vec(any_edit(), 0..3),
        ) -> Song {
            let source = match version {
                Some(_) => SongSource::Version { track: file.clone(), version },
                None => SongSource::File(file.clone()),
            };
            Song {
                source,
                start: Some(times[0]),
                gap: gap.map(Gap::new),
                room_tone: segue.then(|| RoomTone { file, start: None, gain_db: gain, blend: times[1] }),
                fade_out: Some(Fade { length: times[2], shape }),
                segue: segue.then_some(Segue {
                    length: times[0],
                    shape: Blend::EqualGain,
                    mark: MarkAt::After(times[2]),
                }),
                indexes: times,
                gain_db: gain,
                edits,
                chain,
                explicit,
                alternates: other.into_iter().map(|name| SongAlternate {
                    role: AlternateRole::Stem,
                    file: name.clone(),
                    name: Some(name),
                }).collect(),
                ..Song::of_file(&title, "")
            }
        }
    }

    proptest! {
        #[test]
        fn a_written_programme_reads_back_as_itself(
            songs in prop::collection::vec(any_song(), 1..5), title in "\\PC{0,20}",
            chain in prop::option::of(any_chain()), ceiling_dbtp in prop::option::of(-6.0..0.0_f64),
        ) {
            let programme = Programme {
                title,
                artist: None,
                gap: None,
                grid: Grid::Samples,
                versions_in: None,
                editions: vec![],
                discs: vec![Disc { title: None, longest: None, side: Some(Side { inches: Inches::Ten, rpm: Rpm::FortyFive, chain, ceiling_dbtp }), hidden: None, tracks: songs }],
            };
            let read = Programme::read(&programme.to_toml());
            prop_assert_eq!(read.unwrap(), programme);
        }

        #[test]
        fn no_text_stops_the_reader(text in "\\PC{0,200}") {
            let _ = Programme::read(&text);
            let _ = Programme::read(&ALBUM.replace("2 s", &text));
        }
    }
}
