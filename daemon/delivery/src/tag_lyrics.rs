//! The words of a song inside its own file: plain, and with the times of its lines.

use crate::language::iso_639_2;
use crate::lyrics::Lyrics;
use crate::tags::Frames;

/// Words as tags hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagLyrics {
    /// The words alone, a line each.
    pub plain: String,
    /// ISO 639-1 code of what is sung; none where nobody has said.
    pub language: Option<String>,
    /// The lines with their times; none where a line has none.
    pub timed: Option<Lyrics>,
}

/// Times in milliseconds, and words that are sung (ID3v2.3, 4.10).
const IN_MILLISECONDS: u8 = 2;
const SUNG: u8 = 1;
/// What stands for a language that nobody has said: three times this letter (ID3v2.4 structure, 4).
const UNSAID_LETTER: u8 = b'X';

impl TagLyrics {
    /// The lines with their times as LRC.
    pub(crate) fn lrc(&self) -> Option<String> {
        self.timed.as_ref().map(Lyrics::lrc_lines)
    }
}

impl Frames {
    /// `USLT` (ID3v2.3, 4.9) and, where every line has a time, `SYLT` (4.10).
    pub(crate) fn lyrics(&mut self, lyrics: &TagLyrics) {
        let language = lyrics.language.as_deref().and_then(iso_639_2);
        // Encoding, language, and an empty description of what it is.
        let mut head = vec![self.encoding()];
        match language {
            Some(language) => head.extend(language.bytes()),
            None => head.extend([UNSAID_LETTER; 3]),
        }
        let mut plain = head.clone();
        plain.extend(self.encoded(""));
        plain.extend(self.terminator());
        plain.extend(self.encoded(lyrics.plain.replace('\0', " ").trim()));
        self.frame(b"USLT", &plain);
        let Some(timed) = &lyrics.timed else { return };
        let mut body = head;
        body.extend([IN_MILLISECONDS, SUNG]);
        body.extend(self.encoded(""));
        body.extend(self.terminator());
        for (at, text) in timed.moments() {
            body.extend(self.encoded(&text.replace('\0', " ")));
            body.extend(self.terminator());
            body.extend(u32::try_from(at).unwrap_or(u32::MAX).to_be_bytes());
        }
        self.frame(b"SYLT", &body);
    }
}
