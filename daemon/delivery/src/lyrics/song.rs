//! A song's words as somebody gave them, before they are held against its sound.

use serde::{Deserialize, Serialize};

/// Longest text with words that is read, in bytes.
pub const MOST_LYRIC_BYTES: usize = 256 * 1024;
/// Most lines of a song.
pub(super) const MOST_LINES: usize = 2_000;

/// A line of a song's words; without a word in it, the gap between two verses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LyricLine {
    /// What is sung.
    pub text: String,
    /// When it begins, in milliseconds from the start of the song; none where nobody has said.
    pub from_ms: Option<u64>,
    /// When it ends; none where the next begins or the song ends.
    pub until_ms: Option<u64>,
}

/// What is known of a song's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SongLyrics {
    /// Nothing is sung.
    Instrumental,
    /// These lines.
    Sung {
        /// In the order in which they are sung.
        lines: Vec<LyricLine>,
        /// Why their times do not count now; none where they do.
        unchecked: Option<String>,
    },
}

impl SongLyrics {
    /// Whether nothing is missing of its words: they are there, or there are none to sing.
    pub fn is_said(&self) -> bool {
        match self {
            Self::Instrumental => true,
            Self::Sung { lines, .. } => lines.iter().any(|line| !line.text.is_empty()),
        }
    }

    /// Whether nothing is missing of their times.
    pub fn is_timed(&self) -> bool {
        self.is_said() && self.why_not_timed().is_none()
    }

    /// What keeps its words from being delivered with times; nothing of an instrumental.
    pub fn why_not_timed(&self) -> Option<String> {
        let Self::Sung { lines, unchecked } = self else {
            return None;
        };
        let sung: Vec<_> = lines.iter().filter(|line| !line.text.is_empty()).collect();
        let open = sung.iter().filter(|line| line.from_ms.is_none()).count();
        match (unchecked, open) {
            (Some(why), _) => Some(why.clone()),
            (None, 0) => None,
            (None, open) if open == sung.len() => Some("no line of it has a time".to_owned()),
            (None, open) => Some(format!("{open} of {} lines have no time", sung.len())),
        }
    }
}

/// The words alone, a line each, with a gap between verses.
pub fn plain(lines: &[LyricLine]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        text.push_str(line.text.trim());
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sung(times: &[Option<u64>], unchecked: Option<&str>) -> SongLyrics {
        let lines = times.iter().map(|from_ms| LyricLine {
            text: "a".to_owned(),
            from_ms: *from_ms,
            until_ms: None,
        });
        SongLyrics::Sung {
            lines: lines.chain([LyricLine::default()]).collect(),
            unchecked: unchecked.map(str::to_owned),
        }
    }

    #[test]
    fn what_keeps_words_from_having_times_is_said() {
        let why = |lyrics: SongLyrics| lyrics.why_not_timed();
        assert_eq!(why(SongLyrics::Instrumental), None);
        assert_eq!(why(sung(&[Some(1), Some(2)], None)), None);
        assert_eq!(
            why(sung(&[Some(1), None], None)).unwrap(),
            "1 of 2 lines have no time"
        );
        assert_eq!(
            why(sung(&[None], None)).unwrap(),
            "no line of it has a time"
        );
        assert_eq!(
            why(sung(&[Some(1)], Some("the master is longer"))).unwrap(),
            "the master is longer"
        );
    }

    #[test]
    fn words_are_said_where_there_are_some_or_none_to_sing() {
        assert!(SongLyrics::Instrumental.is_said() && SongLyrics::Instrumental.is_timed());
        assert!(sung(&[None], None).is_said() && !sung(&[None], None).is_timed());
        assert!(!sung(&[], None).is_said() && !sung(&[], None).is_timed());
    }
}
