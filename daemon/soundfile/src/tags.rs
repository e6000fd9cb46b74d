//! What a file says about itself: title, artist, ISRC, and the origin in a broadcast WAV.

use serde::{Deserialize, Serialize};

/// Most characters kept of one tag.
const MAX_TAG_CHARS: usize = 512;

/// The few words of a file that help a person recognise it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// Title of the track.
    pub title: Option<String>,
    /// Artist.
    pub artist: Option<String>,
    /// ISRC as written in the file.
    pub isrc: Option<String>,
    /// The words that are sung, in lines; they help nobody recognise it, and go nowhere with the rest.
    #[serde(skip)]
    pub lyrics: Option<String>,
    /// Origin from a `bext` chunk.
    pub origin: Option<Origin>,
}

/// Who made a broadcast WAV, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Free description.
    pub description: String,
    /// Originator, often the name of the program.
    pub originator: String,
    /// Reference given by the originator.
    pub reference: String,
    /// Date and time as written, `yyyy-mm-dd hh:mm:ss`.
    pub written: String,
    /// Place on the timeline of the session, in frames since midnight.
    pub time_reference_frames: u64,
}

/// Most characters kept of a song's words.
#[cfg(feature = "codecs")]
const MAX_LYRICS_CHARS: usize = 512 * 1024;

/// Words in lines, of bounded length; none if empty.
#[cfg(feature = "codecs")]
pub(crate) fn words(text: &str) -> Option<String> {
    let text: String = text.chars().take(MAX_LYRICS_CHARS).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Text of a tag without control characters, trimmed and of bounded length; none if empty.
pub(crate) fn tidy(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_TAG_CHARS)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Bytes up to the first NUL; UTF-8 where it is, else Latin-1.
fn text(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.split(|&b| b == 0).next().unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => tidy(text),
        Err(_) => tidy(&bytes.iter().map(|&b| char::from(b)).collect::<String>()),
    }
}

impl Tags {
    /// Takes the origin out of a `bext` chunk; one that is too short says nothing.
    pub(crate) fn read_bext(&mut self, bext: &[u8]) {
        let (Some(head), Some(reference)) = (bext.get(..338), bext.get(338..346)) else {
            return;
        };
        let field = |from: usize, to: usize| text(&head[from..to]).unwrap_or_default();
        let mut time = [0; 8];
        time.copy_from_slice(reference);
        self.origin = Some(Origin {
            description: field(0, 256),
            originator: field(256, 288),
            reference: field(288, 320),
            written: format!("{} {}", field(320, 330), field(330, 338))
                .trim()
                .to_owned(),
            time_reference_frames: u64::from_le_bytes(time),
        });
    }

    /// Takes title, artist and ISRC out of a `LIST` chunk of type `INFO`.
    pub(crate) fn read_info(&mut self, list: &[u8]) {
        let Some(mut rest) = list.strip_prefix(b"INFO") else {
            return;
        };
        while let Some((head, body)) = rest.split_at_checked(8) {
            let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            let size = usize::try_from(size).unwrap_or(usize::MAX).min(body.len());
            let value = text(&body[..size]);
            match &head[..4] {
                b"INAM" => self.title = value,
                b"IART" => self.artist = value,
                b"ISRC" => self.isrc = value,
                _ => (),
            }
            rest = body.get(size + size % 2..).unwrap_or_default();
        }
    }
}
