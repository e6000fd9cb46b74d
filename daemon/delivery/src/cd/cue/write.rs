//! A sheet as text, in the order of commands that every reader takes.

use super::{CueIndex, CueSheet, CueTexts, CueTrack};
use crate::cd::{Copying, Emphasis, PqTime};

/// Characters of a line that every reader takes.
const MAX_LINE: usize = 254;

/// How a sheet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CueEncoding {
    /// ISO 8859-1, which programs that burn expect.
    Latin1,
    /// UTF-8 without a mark, for players.
    Utf8,
}

/// Why a sheet cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CueRefusal {
    /// A character that ISO 8859-1 does not have.
    #[error("CUE: {text:?} holds {character:?}, which ISO 8859-1 does not have; spell it without")]
    Character {
        /// The line.
        text: String,
        /// The character.
        character: char,
    },
    /// A line that some readers would cut.
    #[error("CUE: the line {0:?} is longer than 254 characters")]
    LongLine(String),
}

/// Writes a sheet with CRLF at the end of each line. A double quote in a text becomes a single
/// one, because a sheet has no way to write it; line ends and tabs become spaces.
///
/// # Errors
/// A character that the encoding does not have, a line that is too long.
pub fn write(sheet: &CueSheet, encoding: CueEncoding) -> Result<Vec<u8>, CueRefusal> {
    let mut lines = Lines::default();
    for remark in &sheet.remarks {
        lines.push(0, &format!("REM {}", plain(remark)));
    }
    if let Some(catalog) = &sheet.catalog {
        lines.push(0, &format!("CATALOG {}", plain(catalog)));
    }
    if let Some(name) = &sheet.cd_text_file {
        lines.quoted(0, "CDTEXTFILE", name);
    }
    lines.texts(0, &sheet.texts);
    let mut file = None;
    for (number, track) in (1..).zip(&sheet.tracks) {
        lines.file_of(track.indexes.first(), sheet, &mut file);
        lines.push(1, &format!("TRACK {number:02} AUDIO"));
        lines.track(track, sheet, &mut file);
    }
    lines.encode(encoding)
}

fn plain(text: &str) -> String {
    let line = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(line).collect::<String>().replace('"', "'")
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn push(&mut self, depth: usize, line: &str) {
        self.0.push(format!("{}{line}", "  ".repeat(depth)));
    }

    fn quoted(&mut self, depth: usize, command: &str, text: &str) {
        self.push(depth, &format!("{command} \"{}\"", plain(text)));
    }

    fn texts(&mut self, depth: usize, texts: &CueTexts) {
        let all = [
            ("PERFORMER", &texts.performer),
            ("TITLE", &texts.title),
            ("SONGWRITER", &texts.songwriter),
        ];
        for (command, text) in all.into_iter().filter(|(_, text)| !text.is_empty()) {
            self.quoted(depth, command, text);
        }
    }

    /// Names the file of the next index where it is another than before.
    fn file_of(&mut self, index: Option<&CueIndex>, sheet: &CueSheet, file: &mut Option<usize>) {
        let Some(no) = index
            .map(|index| index.file)
            .filter(|no| *file != Some(*no))
        else {
            return;
        };
        *file = Some(no);
        if let Some(named) = sheet.files.get(no) {
            let (name, word) = (plain(&named.name), named.kind.word());
            self.push(0, &format!("FILE \"{name}\" {word}"));
        }
    }

    fn track(&mut self, track: &CueTrack, sheet: &CueSheet, file: &mut Option<usize>) {
        self.texts(2, &track.texts);
        let flags = [
            (track.copying == Copying::Permitted, " DCP"),
            (track.emphasis == Emphasis::Fifty15, " PRE"),
            (track.copying == Copying::Once, " SCMS"),
        ];
        let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
        let flags: String = flags.map(|(_, word)| word).collect();
        if !flags.is_empty() {
            self.push(2, &format!("FLAGS{flags}"));
        }
        if let Some(isrc) = &track.isrc {
            self.push(2, &format!("ISRC {}", isrc.as_str()));
        }
        let silence =
            |name: &str, length: Option<PqTime>| length.map(|length| format!("{name} {length}"));
        if let Some(line) = silence("PREGAP", track.pregap) {
            self.push(2, &line);
        }
        for index in &track.indexes {
            self.file_of(Some(index), sheet, file);
            self.push(2, &format!("INDEX {:02} {}", index.number, index.at));
        }
        if let Some(line) = silence("POSTGAP", track.postgap) {
            self.push(2, &line);
        }
    }

    fn encode(self, encoding: CueEncoding) -> Result<Vec<u8>, CueRefusal> {
        let mut out = Vec::new();
        for line in self.0 {
            if line.chars().count() > MAX_LINE {
                return Err(CueRefusal::LongLine(line));
            }
            match encoding {
                CueEncoding::Utf8 => out.extend(line.bytes()),
                CueEncoding::Latin1 => {
                    for character in line.chars() {
                        let byte = u8::try_from(character).map_err(|_| CueRefusal::Character {
                            text: line.trim().to_owned(),
                            character,
                        })?;
                        out.push(byte);
                    }
                }
            }
            out.extend(b"\r\n");
        }
        Ok(out)
    }
}
