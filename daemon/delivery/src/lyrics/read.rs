//! Words of a song in a file: plain text, LRC or TTML, told apart by what stands in it.

use super::song::{LyricLine, MOST_LYRIC_BYTES};
use super::{lrc, ttml};

/// Why a file holds no words that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadLyrics {
    /// Far more than a song has.
    #[error("words of a song have at most {} KiB", MOST_LYRIC_BYTES / 1024)]
    TooLong,
    /// Far more lines than a song has.
    #[error("words of a song have at most {0} lines")]
    TooMany(usize),
    /// In letters that are not those of today.
    #[error("this is no text in UTF-8 or UTF-16; save it as UTF-8 and give it again")]
    NotText,
    /// XML that is broken, with the byte at which that shows.
    #[error("the TTML is broken near line {line}: {what}")]
    Broken {
        /// The line of the file, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// XML of another kind, or TTML without a line.
    #[error("this XML holds no timed text: no line (p) stands in a body of a tt")]
    NoTimedText,
    /// A time that is none.
    #[error(
        "near line {line} of the file {given:?} is no time of TTML, such as 00:01:02.500 or 62.5s"
    )]
    Time {
        /// The line of the file, from 1.
        line: usize,
        /// What stands there.
        given: String,
    },
}

/// Reads words from a file of others; XML is read as TTML, everything else as LRC, of which text without a time is a part.
///
/// # Errors
/// What is no text, or longer than any song's; broken TTML, with its line.
pub fn read(bytes: &[u8]) -> Result<Vec<LyricLine>, UnreadLyrics> {
    let text = text_of(bytes)?;
    if is_xml(&text) {
        ttml::read(&text)
    } else {
        lrc::read(&text)
    }
}

/// Whether a text is XML, which is not opened where it is pasted.
pub fn is_xml(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut letters = text.chars();
    let first = letters.next() == Some('<');
    // A heart and a time of a word begin a line of words.
    first
        && letters
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '?' | '!'))
}

/// Reads words that somebody pasted, with times or without; never as XML.
///
/// # Errors
/// More than any song has.
pub fn read_pasted(text: &str) -> Result<Vec<LyricLine>, UnreadLyrics> {
    if text.len() > MOST_LYRIC_BYTES {
        return Err(UnreadLyrics::TooLong);
    }
    lrc::read(text)
}

fn text_of(bytes: &[u8]) -> Result<String, UnreadLyrics> {
    if bytes.len() > MOST_LYRIC_BYTES {
        return Err(UnreadLyrics::TooLong);
    }
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, []) = bytes.as_chunks::<2>() else {
            return None;
        };
        String::from_utf16(&units.iter().map(|pair| unit(*pair)).collect::<Vec<_>>()).ok()
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        all => String::from_utf8(all.to_vec()).ok(),
    };
    text.filter(|text| !text.contains('\0'))
        .ok_or(UnreadLyrics::NotText)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_are_read_in_three_ways_and_no_other() {
        let words = |bytes: &[u8]| read(bytes).map(|lines| lines[0].text.clone());
        assert_eq!(words("Fluß".as_bytes()).unwrap(), "Fluß");
        assert_eq!(words("\u{feff}Fluß".as_bytes()).unwrap(), "Fluß");
        let units = std::iter::once(0xfeff).chain("Fluß".encode_utf16());
        let little: Vec<u8> = units.clone().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
        assert_eq!(words(&little).unwrap(), "Fluß");
        assert_eq!(words(&big).unwrap(), "Fluß");
        assert_eq!(words(b"Flu\xdf"), Err(UnreadLyrics::NotText));
        assert_eq!(words(&[0; 10]), Err(UnreadLyrics::NotText));
        let long = vec![b'a'; MOST_LYRIC_BYTES + 1];
        assert_eq!(words(&long), Err(UnreadLyrics::TooLong));
    }

    #[test]
    fn a_heart_is_no_xml() {
        assert!(!is_xml("<3 you"));
        assert!(!is_xml("<00:01.00>word"));
        assert!(is_xml("\u{feff} <?xml"));
        assert!(is_xml("<tt>"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            drop(read(&bytes));
        }
    }
}
