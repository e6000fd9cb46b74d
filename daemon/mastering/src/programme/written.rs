//! A balance written into a programme's own text: two numbers a song and why, and every other byte as it was.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::balance::BalanceStep;
use super::check::MOST_GAIN_DB;
use super::file::BadProgramme;
use super::order::Programme;

/// Why a balance is not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// The text is no programme.
    #[error(transparent)]
    Unread(#[from] BadProgramme),
    /// Steps of another programme.
    #[error("the balance is of {steps} songs and the programme has {songs}: measure it again")]
    OtherSongs {
        /// Steps there are.
        steps: usize,
        /// Songs in the text.
        songs: usize,
    },
    /// More than a song can be moved.
    #[error("\u{201c}{title}\u{201d} would have {gain_db} dB, and at most {MOST_GAIN_DB} can be")]
    TooFar {
        /// The song.
        title: String,
        /// What it would have.
        gain_db: f64,
    },
    /// A way of writing that is not understood well enough to be changed.
    #[error(
        "\u{201c}{title}\u{201d} is written in a way that is not changed here: write {keys} yourself"
    )]
    Unusual {
        /// The song.
        title: String,
        /// What belongs there.
        keys: String,
    },
}

/// What begins a line that says why.
const WHY: &str = "# balance: ";

/// The text with the steps of a balance in it, on top of what each song has; `edition` is the one that was measured.
///
/// Only `gain_db` and `tilt_db` change, each with its reasons in comments above it where a line of its own allows that; reasons of
/// an earlier balance go. Whatever else the person wrote stays as it is, to the byte.
///
/// # Errors
/// Text that is no programme, steps that do not go with it, a song that is written in an unusual way.
pub fn write_balance(
    text: &str,
    edition: Option<&str>,
    steps: &[BalanceStep],
) -> Result<String, NotWritten> {
    let mut wanted = Programme::read(text)?;
    let is_on =
        |on: &BTreeSet<String>| edition.is_none_or(|name| on.is_empty() || on.contains(name));
    let discs = wanted.discs.iter().enumerate();
    let songs: Vec<(usize, usize)> = discs
        .flat_map(|(disc, own)| {
            let tracks = own.tracks.iter().enumerate();
            let tracks = tracks.filter(|(_, song)| is_on(&song.editions));
            tracks.map(move |(track, _)| (disc, track))
        })
        .collect();
    if songs.len() != steps.len() {
        return Err(NotWritten::OtherSongs {
            steps: steps.len(),
            songs: songs.len(),
        });
    }
    let mut written = text.to_owned();
    for ((disc, track), step) in songs.into_iter().zip(steps) {
        let song = &mut wanted.discs[disc].tracks[track];
        song.gain_db = moved(song.gain_db, step.gain_db);
        song.tilt_db = moved(song.tilt_db, step.tilt_db);
        if song.gain_db.abs() > MOST_GAIN_DB {
            return Err(NotWritten::TooFar {
                title: song.title.clone(),
                gain_db: song.gain_db,
            });
        }
        let keys = [
            ("gain_db", song.gain_db, step.gain_db),
            ("tilt_db", song.tilt_db, step.tilt_db),
        ];
        let keys: Vec<(&str, f64)> = keys
            .into_iter()
            .filter(|(_, _, by)| *by != 0.0)
            .map(|(key, value, _)| (key, value))
            .collect();
        let title = song.title.clone();
        let is_meant =
            |text: &String| Programme::read(text).is_ok_and(|programme| programme == wanted);
        let places = places(&written)?.discs[disc].tracks.swap_remove(track);
        let ways = [Way::Lines, Way::Beside].map(|way| put(&written, &places, &keys, step, way));
        written = ways.into_iter().find(is_meant).ok_or_else(|| {
            let keys = keys.iter().map(|(key, value)| format!("{key} = {value:?}"));
            NotWritten::Unusual {
                title,
                keys: keys.collect::<Vec<_>>().join(" and "),
            }
        })?;
    }
    Ok(written)
}

/// Thousandths of a dB: sums of tenths stay what people wrote.
fn moved(from: f64, by: f64) -> f64 {
    ((from + by) * 1000.0).round() / 1000.0
}

/// Where in a text songs have what a balance moves.
#[derive(Deserialize)]
struct Places {
    #[serde(rename = "disc")]
    discs: Vec<DiscPlaces>,
}

#[derive(Deserialize)]
struct DiscPlaces {
    #[serde(rename = "track")]
    tracks: Vec<SongPlaces>,
}

#[derive(Deserialize)]
struct SongPlaces {
    title: Spanned<String>,
    gain_db: Option<Spanned<f64>>,
    tilt_db: Option<Spanned<f64>>,
}

fn places(text: &str) -> Result<Places, BadProgramme> {
    Ok(toml::from_str(text)?)
}

/// How a key is added that is not there yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// On a line of its own below the title's.
    Lines,
    /// Behind the title, as in an inline table.
    Beside,
}

/// The text with a song's keys in it.
fn put(
    text: &str,
    places: &SongPlaces,
    keys: &[(&str, f64)],
    step: &BalanceStep,
    way: Way,
) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let title = places.title.span();
    let indent = indent_of(text, title.start);
    // From the last place to the first, so that no place moves before it is used.
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    let mut added = String::new();
    let mut first_line = None;
    for (key, value) in keys {
        let there = match *key {
            "gain_db" => places.gain_db.as_ref(),
            _ => places.tilt_db.as_ref(),
        };
        match (there, way) {
            (Some(there), _) => {
                let span = there.span();
                let line = line_start(text, span.start);
                if text[line..].trim_start().starts_with(key) {
                    first_line = Some(first_line.map_or(line, |first: usize| first.min(line)));
                }
                changes.push((span, format!("{value:?}")));
            }
            (None, Way::Lines) => added += &format!("{indent}{key} = {value:?}{end}"),
            (None, Way::Beside) => added += &format!(", {key} = {value:?}"),
        }
    }
    let reasons = step.reasons.iter();
    let reasons: String = reasons
        .map(|why| format!("{indent}{WHY}{why}{end}"))
        .collect();
    let below = text[title.end..]
        .find('\n')
        .map_or(text.len(), |at| title.end + at + 1);
    let is_last = !text[..below].ends_with('\n');
    match (first_line, way) {
        (Some(line), _) => {
            changes.push((reasons_above(text, line)..line, reasons));
            let at = if way == Way::Lines { below } else { title.end };
            changes.push((at..at, added));
        }
        (None, Way::Lines) if !added.is_empty() => {
            let before = if is_last { end } else { "" };
            changes.push((below..below, format!("{before}{reasons}{added}")));
        }
        (None, Way::Lines | Way::Beside) => changes.push((title.end..title.end, added)),
    }
    changes.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    let mut written = text.to_owned();
    for (range, words) in changes {
        written.replace_range(range, &words);
    }
    written
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |before| before + 1)
}

fn indent_of(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Where the reasons of an earlier balance begin that stand above a line.
fn reasons_above(text: &str, mut line: usize) -> usize {
    while line > 0 {
        let before = line_start(text, line - 1);
        if !text[before..line].trim_start().starts_with(WHY) {
            break;
        }
        line = before;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALBUM: &str = "# Our record.\ntitle = \"Lines\"  # for now\ngap = \"2 s\"\neditions = [\"long\"]\n\n[[disc]]\n\n[[disc.track]]\ntitle = \"First\"   # the single\nfile = \"1.wav\"\n\n[[disc.track]]\n  title = \"Second\"\n  file = \"2.wav\"\n  # A little softer: Ada asked for it.\n  gain_db = -0.5 # by ear\n\n[[disc.track]]\nfile = \"3.wav\"\neditions = [\"long\"]\ntitle = \"Third\"";

    fn step(gain_db: f64, tilt_db: f64) -> BalanceStep {
        BalanceStep {
            title: String::new(),
            gain_db,
            tilt_db,
            left_lu: None,
            reasons: vec!["It is quieter.".to_owned()],
        }
    }

    #[test]
    fn a_balance_stands_beside_what_was_written() {
        let steps = [step(0.0, 0.0), step(0.3, 0.2), step(-1.5, 0.0)];
        let written = write_balance(ALBUM, None, &steps).unwrap();
        let expected = ALBUM
            .replace(
                "  title = \"Second\"\n",
                "  title = \"Second\"\n  tilt_db = 0.2\n",
            )
            .replace(
                "  gain_db = -0.5",
                "  # balance: It is quieter.\n  gain_db = -0.2",
            )
            + "\n# balance: It is quieter.\ngain_db = -1.5\n";
        assert_eq!(written, expected);
        // A second balance takes the place of the first, and says its own reasons.
        let again = BalanceStep {
            reasons: vec!["It is louder.".to_owned(), "It is dark.".to_owned()],
            ..step(0.1, 0.0)
        };
        let steps = [step(0.0, 0.0), again.clone(), again];
        let written = write_balance(&written, None, &steps).unwrap();
        assert!(written.contains(
            "asked for it.\n  # balance: It is louder.\n  # balance: It is dark.\n  gain_db = -0.1 # by ear\n"
        ));
        assert!(written.ends_with(
            "title = \"Third\"\n# balance: It is louder.\n# balance: It is dark.\ngain_db = -1.4\n"
        ));
        assert!(!written.contains("quieter"));
        // Of an edition only its songs count.
        assert!(write_balance(ALBUM, Some("short"), &steps[..2]).is_ok());
        let said = write_balance(ALBUM, None, &steps[..2]).unwrap_err();
        assert_eq!(
            said.to_string(),
            "the balance is of 2 songs and the programme has 3: measure it again"
        );
        let said = write_balance(
            ALBUM,
            None,
            &[step(30.0, 0.0), step(0.0, 0.0), step(0.0, 0.0)],
        );
        assert!(
            said.unwrap_err()
                .to_string()
                .contains("\u{201c}First\u{201d} would have 30 dB")
        );
    }

    #[test]
    fn songs_in_inline_tables_and_windows_lines_are_written_too() {
        let text = "title = \"Lines\"\r\ngap = \"2 s\"\r\n[[disc]]\r\ntrack = [\r\n  { title = \"First\", file = \"1.wav\" },\r\n  { file = \"2.wav\", gain_db = 1, title = \"Second\" }, # last\r\n]\r\n";
        let written = write_balance(text, None, &[step(0.5, -0.1), step(-0.4, 0.3)]).unwrap();
        assert_eq!(
            written,
            "title = \"Lines\"\r\ngap = \"2 s\"\r\n[[disc]]\r\ntrack = [\r\n  { title = \"First\", gain_db = 0.5, tilt_db = -0.1, file = \"1.wav\" },\r\n  { file = \"2.wav\", gain_db = 0.6, title = \"Second\", tilt_db = 0.3 }, # last\r\n]\r\n"
        );
        let blocks = "title = \"Lines\"\r\n[[disc]]\r\n[[disc.track]]\r\ntitle = \"First\"\r\nfile = \"1.wav\"\r\n";
        let written = write_balance(blocks, None, &[step(0.5, 0.0)]).unwrap();
        assert!(
            written.contains("\"First\"\r\n# balance: It is quieter.\r\ngain_db = 0.5\r\nfile")
        );
    }

    proptest! {
        /// Whatever is written, it is the programme with its levels moved, or nothing.
        #[test]
        fn nothing_but_levels_moves(gains in prop::collection::vec(-1.5..1.5_f64, 3), cut in 0..ALBUM.len()) {
            let steps: Vec<BalanceStep> = gains.iter().map(|gain| step((gain * 10.0).round() / 10.0, 0.1)).collect();
            let mut wanted = Programme::read(ALBUM).unwrap();
            for (song, step) in wanted.discs[0].tracks.iter_mut().zip(&steps) {
                song.gain_db = moved(song.gain_db, step.gain_db);
                song.tilt_db = 0.1;
            }
            let written = write_balance(ALBUM, None, &steps).unwrap();
            prop_assert_eq!(Programme::read(&written).unwrap(), wanted);
            let _ = write_balance(&ALBUM[..cut], None, &steps);
        }
    }
}
