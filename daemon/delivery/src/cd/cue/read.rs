//! Sheets that somebody else wrote.

use super::{CueFile, CueFileKind, CueIndex, CueSheet, CueTexts, CueTrack};
use crate::Isrc;
use crate::cd::{Copying, Emphasis, PqTime};

/// Most bytes of a sheet that are read.
const MAX_BYTES: usize = 1024 * 1024;
/// Most files of a sheet: one a track, and one a pregap.
const MAX_FILES: usize = 198;
/// Most objections that are listed.
const MAX_OBJECTIONS: usize = 200;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadCue {
    /// The sheet, as far as it can be read.
    pub sheet: CueSheet,
    /// What is wrong with it.
    pub objections: Vec<CueObjection>,
}

/// One thing that is wrong with a sheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("CUE, line {line}: {fault}")]
pub struct CueObjection {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: CueFault,
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CueFault {
    /// A word that no sheet has.
    #[error("{0:?} is no command of a sheet")]
    Command(String),
    /// A command with the wrong number of words.
    #[error("{0} needs something behind it")]
    Bare(&'static str),
    /// A text whose quotes are not closed.
    #[error("the quotes are not closed")]
    Quotes,
    /// A time that is none.
    #[error("{0:?} is no time: MM:SS:FF, seconds to 59 and sectors to 74")]
    Time(String),
    /// A kind of file that is not read.
    #[error("files of the kind {0:?} are not read; WAVE, BINARY and MOTOROLA are")]
    FileKind(String),
    /// A track that is not of sound.
    #[error("a track of the kind {0:?} is not sound")]
    Mode(String),
    /// A number that is not the next.
    #[error("track {found:?} where {expected:02} comes next")]
    TrackNumber {
        /// What stands there.
        found: String,
        /// The next number.
        expected: usize,
    },
    /// An index that is not the next.
    #[error("index {found:?} where {expected:02} comes next")]
    IndexNumber {
        /// What stands there.
        found: String,
        /// The next number.
        expected: u8,
    },
    /// A mark at or before the one before it in the same file.
    #[error("{at} does not come after the mark before it at {before}")]
    Backwards {
        /// The mark.
        at: PqTime,
        /// The one before.
        before: PqTime,
    },
    /// A flag that no track has.
    #[error("{0:?} is no flag of a track")]
    Flag(String),
    /// A flag for four channels, which no player has.
    #[error("four channels are not sound that a player has")]
    FourChannels,
    /// Copies permitted and counted.
    #[error("DCP and SCMS exclude each other")]
    BothCopies,
    /// No ISRC.
    #[error("{0:?} is not an ISRC")]
    Isrc(String),
    /// A command of a track before any.
    #[error("{0} stands before the first track")]
    NoTrack(&'static str),
    /// A mark before any file.
    #[error("INDEX stands before the first FILE")]
    NoFile,
    /// Two ways to make a pregap.
    #[error("a track has PREGAP or INDEX 00, never both")]
    BothPregaps,
    /// A track without a place to start.
    #[error("track {0:02} has no INDEX 01")]
    NoStart(usize),
    /// No track.
    #[error("the sheet has no track")]
    NoTracks,
    /// More than a disc has.
    #[error("more than 99 tracks")]
    TooManyTracks,
    /// More files than a disc has tracks and pregaps.
    #[error("more than {MAX_FILES} files")]
    TooManyFiles,
    /// A file that is far too long.
    #[error("the sheet has {0} bytes; 1 MiB is the most that is read")]
    TooLong(usize),
}

/// Reads a sheet in UTF-8, or in ISO 8859-1 where it is none; what is wrong is said, with the line.
pub fn read(bytes: &[u8]) -> ReadCue {
    let mut reading = Reading::default();
    if bytes.len() > MAX_BYTES {
        reading.object(CueFault::TooLong(bytes.len()));
    }
    let bytes = &bytes[..bytes.len().min(MAX_BYTES)];
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    };
    for line in text.lines() {
        reading.line += 1;
        let line = line.trim();
        if !line.is_empty() {
            reading.take(line);
        }
        if reading.objections.len() >= MAX_OBJECTIONS {
            break;
        }
    }
    if reading.sheet.tracks.is_empty() {
        reading.object(CueFault::NoTracks);
    } else {
        reading.close_track();
    }
    ReadCue {
        sheet: reading.sheet,
        objections: reading.objections,
    }
}

#[derive(Default)]
struct Reading {
    sheet: CueSheet,
    objections: Vec<CueObjection>,
    line: usize,
}

impl Reading {
    fn object(&mut self, fault: CueFault) {
        let line = self.line;
        self.objections.push(CueObjection { line, fault });
    }

    fn take(&mut self, line: &str) {
        let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let taken = match command.to_ascii_uppercase().as_str() {
            "REM" => {
                if self.sheet.tracks.is_empty() {
                    self.sheet.remarks.push(rest.to_owned());
                }
                Ok(())
            }
            "CATALOG" => words(rest, "CATALOG").map(|[text]| self.sheet.catalog = Some(text)),
            "CDTEXTFILE" => {
                words(rest, "CDTEXTFILE").map(|[text]| self.sheet.cd_text_file = Some(text))
            }
            "TITLE" => words(rest, "TITLE").map(|[text]| self.texts().title = text),
            "PERFORMER" => words(rest, "PERFORMER").map(|[text]| self.texts().performer = text),
            "SONGWRITER" => words(rest, "SONGWRITER").map(|[text]| self.texts().songwriter = text),
            // Extensions that players ignore; CD-Text is where they belong.
            "COMPOSER" | "ARRANGER" | "MESSAGE" | "DISC_ID" | "GENRE" | "ISRC_OWNER" => Ok(()),
            "FILE" => self.file(rest),
            "TRACK" => self.track(rest),
            "FLAGS" => self.flags(rest),
            "ISRC" => self.isrc(rest),
            "PREGAP" => self.silence(rest, "PREGAP", |track, length| track.pregap = length),
            "POSTGAP" => self.silence(rest, "POSTGAP", |track, length| track.postgap = length),
            "INDEX" => self.index(rest),
            _ => Err(CueFault::Command(command.chars().take(40).collect())),
        };
        if let Err(fault) = taken {
            self.object(fault);
        }
    }

    fn texts(&mut self) -> &mut CueTexts {
        match self.sheet.tracks.last_mut() {
            Some(track) => &mut track.texts,
            None => &mut self.sheet.texts,
        }
    }

    fn last(&mut self, command: &'static str) -> Result<&mut CueTrack, CueFault> {
        let last = self.sheet.tracks.last_mut();
        last.ok_or(CueFault::NoTrack(command))
    }

    fn file(&mut self, rest: &str) -> Result<(), CueFault> {
        let [name, word] = words(rest, "FILE")?;
        if self.sheet.files.len() >= MAX_FILES {
            return Err(CueFault::TooManyFiles);
        }
        let mut kinds = CueFileKind::ALL.into_iter();
        let kind = kinds.find(|kind| kind.word().eq_ignore_ascii_case(&word));
        // Marks that follow are read against it all the same.
        self.sheet.files.push(CueFile {
            name,
            kind: kind.unwrap_or(CueFileKind::Wave),
        });
        kind.map(|_| ()).ok_or(CueFault::FileKind(word))
    }

    fn track(&mut self, rest: &str) -> Result<(), CueFault> {
        let [found, mode] = words(rest, "TRACK")?;
        if self.sheet.tracks.len() >= 99 {
            return Err(CueFault::TooManyTracks);
        }
        if !self.sheet.tracks.is_empty() {
            self.close_track();
        }
        let expected = self.sheet.tracks.len() + 1;
        self.sheet.tracks.push(CueTrack::default());
        if !mode.eq_ignore_ascii_case("AUDIO") {
            self.object(CueFault::Mode(mode));
        }
        if found.parse() == Ok(expected) {
            Ok(())
        } else {
            Err(CueFault::TrackNumber { found, expected })
        }
    }

    /// What a track must have by its end.
    fn close_track(&mut self) {
        let number = self.sheet.tracks.len();
        let Some(track) = self.sheet.tracks.last() else {
            return;
        };
        let has = |number: u8| track.indexes.iter().any(|index| index.number == number);
        let (no_start, both) = (!has(1), has(0) && track.pregap.is_some());
        if no_start {
            self.object(CueFault::NoStart(number));
        }
        if both {
            self.object(CueFault::BothPregaps);
        }
    }

    fn flags(&mut self, rest: &str) -> Result<(), CueFault> {
        let track = self.last("FLAGS")?;
        let mut both = Ok(());
        for word in rest.split_whitespace() {
            let copying = match word.to_ascii_uppercase().as_str() {
                "PRE" => {
                    track.emphasis = Emphasis::Fifty15;
                    continue;
                }
                "DCP" => Copying::Permitted,
                "SCMS" => Copying::Once,
                "4CH" => return Err(CueFault::FourChannels),
                _ => return Err(CueFault::Flag(word.to_owned())),
            };
            if track.copying != Copying::Prohibited && track.copying != copying {
                both = Err(CueFault::BothCopies);
            }
            track.copying = copying;
        }
        both
    }

    fn isrc(&mut self, rest: &str) -> Result<(), CueFault> {
        let [text] = words(rest, "ISRC")?;
        let track = self.last("ISRC")?;
        track.isrc = Some(Isrc::parse(&text).map_err(|_| CueFault::Isrc(text))?);
        Ok(())
    }

    fn silence(
        &mut self,
        rest: &str,
        command: &'static str,
        put: fn(&mut CueTrack, Option<PqTime>),
    ) -> Result<(), CueFault> {
        let [length] = words(rest, command)?;
        let length = PqTime::parse(&length).map_err(|_| CueFault::Time(length))?;
        put(self.last(command)?, Some(length));
        Ok(())
    }

    fn index(&mut self, rest: &str) -> Result<(), CueFault> {
        let [found, at] = words(rest, "INDEX")?;
        let at = PqTime::parse(&at).map_err(|_| CueFault::Time(at))?;
        let file = self.sheet.files.len().checked_sub(1);
        let file = file.ok_or(CueFault::NoFile)?;
        let marks = self.sheet.tracks.iter().flat_map(|track| &track.indexes);
        let before = marks
            .rev()
            .find(|mark| mark.file == file)
            .map(|mark| mark.at);
        let track = self.last("INDEX")?;
        let expected = match track.indexes.last() {
            Some(last) => last.number.saturating_add(1),
            None if found.parse() == Ok(0u8) => 0,
            None => 1,
        };
        if found.parse() != Ok(expected) || expected > 99 {
            return Err(CueFault::IndexNumber { found, expected });
        }
        track.indexes.push(CueIndex {
            file,
            number: expected,
            at,
        });
        match before.filter(|before| at <= *before) {
            Some(before) => Err(CueFault::Backwards { at, before }),
            None => Ok(()),
        }
    }
}

/// The words of a line: in quotes, or up to the next blank. Where fewer are wanted than are there,
/// the last takes the rest of the line, as players read titles without quotes.
fn words<const N: usize>(rest: &str, command: &'static str) -> Result<[String; N], CueFault> {
    let mut found = Vec::with_capacity(N);
    let mut rest = rest.trim();
    while found.len() < N && !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (word, after) = quoted.split_once('"').ok_or(CueFault::Quotes)?;
            found.push(word.to_owned());
            rest = after.trim_start();
        } else if found.len() + 1 == N {
            found.push(rest.to_owned());
            rest = "";
        } else {
            let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            found.push(word.to_owned());
            rest = after.trim_start();
        }
    }
    found.try_into().map_err(|_| CueFault::Bare(command))
}
