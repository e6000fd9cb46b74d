//! What is to be made of a programme, in words that people write: `wav-24`, `flac-16@44100`, `mp3`, `ddp`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Word length of a song's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bits {
    /// 16-bit integers.
    Int16,
    /// 24-bit integers, which are the usual.
    Int24,
    /// 32-bit floating point.
    Float32,
}

impl Bits {
    fn word(self) -> &'static str {
        match self {
            Self::Int16 => "16",
            Self::Int24 => "24",
            Self::Float32 => "32f",
        }
    }

    /// Bits of a sample.
    pub fn count(self) -> u16 {
        match self {
            Self::Int16 => 16,
            Self::Int24 => 24,
            Self::Float32 => 32,
        }
    }
}

/// Samples that a lossless file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Samples {
    /// Their word length.
    pub bits: Bits,
    /// Their rate in hertz; none for the songs' own.
    pub rate_hz: Option<u32>,
}

/// A kind of file that holds samples as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lossless {
    /// Broadcast WAV; RF64 beyond 4 GiB.
    Wav,
    /// Broadcast WAV of 64-bit sizes (ITU-R BS.2088), whatever its length.
    Bw64,
    /// FLAC.
    Flac,
    /// AIFF.
    Aiff,
}

impl Lossless {
    fn word(self) -> &'static str {
        match self {
            Self::Bw64 => "bw64",
            Self::Wav | Self::Flac | Self::Aiff => self.extension(),
        }
    }

    /// The ending of its names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav | Self::Bw64 => "wav",
            Self::Flac => "flac",
            Self::Aiff => "aiff",
        }
    }
}

/// A kind of file that holds nearly a song's samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lossy {
    /// MP3 at 320 kbit/s.
    Mp3,
    /// Opus at 192 kbit/s and 48 kHz, its one rate.
    Opus,
    /// AAC by an encoder that the studio installs, which also says how many bits.
    Aac,
}

impl Lossy {
    /// The ending of its names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Aac => "m4a",
        }
    }

    /// Its name, as it stands on folders and reports.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mp3 => "MP3",
            Self::Opus => "Opus",
            Self::Aac => "AAC",
        }
    }

    /// What stands in a file's name for it.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Mp3 => "320",
            Self::Opus => "Opus 192",
            Self::Aac => "AAC",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Aac => "aac",
        }
    }
}

/// What is made of a whole disc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfDisc {
    /// A DDP 2.00 fileset.
    Ddp,
    /// One file of samples with a CUE sheet.
    CueBin,
    /// A WAV a track with a CUE sheet.
    CueWavs,
    /// The PQ sheet as PDF and CSV.
    Pq,
}

/// How the words of a song are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LyricsAs {
    /// As plain text.
    Txt,
    /// As LRC, with the time of each line.
    Lrc,
    /// As TTML, with the time of each line.
    Ttml,
}

impl LyricsAs {
    /// The ending of its names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Lrc => "lrc",
            Self::Ttml => "ttml",
        }
    }
}

/// How a session is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionAs {
    /// As a folder.
    Folder,
    /// As an ISO 9660 image, to be burnt or mounted.
    Iso,
}

/// One thing to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Wish {
    /// A file of each song that holds its samples.
    Song(Lossless, Samples),
    /// A lossy file of each song; the rate where the songs' own is not meant, or none that the format knows.
    Lossy(Lossy, Option<u32>),
    /// A WAV of each disc or side in one piece.
    Whole(Samples),
    /// An audio CD.
    Disc(OfDisc),
    /// A DDEX message with its resources.
    Ddex,
    /// The text of each disc's label.
    Label,
    /// The words of each song that has some.
    Lyrics(LyricsAs),
    /// The booklet that goes along.
    Booklet,
    /// The videos of its songs.
    Video,
    /// The programme with everything that it is made of.
    Session(SessionAs),
}

/// A word that names nothing that can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\u{201c}{0}\u{201d} is nothing that can be made; write wav, bw64, flac, aiff or whole with their bits and rate (wav-24, wav-32f, flac-16@44100), mp3, opus, aac, ddp, cue-bin, cue-wavs, pq, ddex, label, lyrics-txt, lyrics-lrc, lyrics-ttml, booklet, video, session, session-iso"
)]
pub struct NotAWish(pub String);

/// Rates of the trade, in hertz.
const RATES_HZ: [u32; 8] = [
    44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 352_800, 384_000,
];

impl FromStr for Wish {
    type Err = NotAWish;

    fn from_str(text: &str) -> Result<Self, NotAWish> {
        read(text.trim()).ok_or_else(|| NotAWish(text.chars().take(40).collect()))
    }
}

fn read(text: &str) -> Option<Wish> {
    let disc = match text {
        "ddp" => Some(OfDisc::Ddp),
        "cue-bin" => Some(OfDisc::CueBin),
        "cue-wavs" => Some(OfDisc::CueWavs),
        "pq" => Some(OfDisc::Pq),
        _ => None,
    };
    if let Some(disc) = disc {
        return Some(Wish::Disc(disc));
    }
    let whole = match text {
        "ddex" => Some(Wish::Ddex),
        "label" => Some(Wish::Label),
        "lyrics-txt" => Some(Wish::Lyrics(LyricsAs::Txt)),
        "lyrics-lrc" => Some(Wish::Lyrics(LyricsAs::Lrc)),
        "lyrics-ttml" => Some(Wish::Lyrics(LyricsAs::Ttml)),
        "booklet" => Some(Wish::Booklet),
        "video" => Some(Wish::Video),
        "session" => Some(Wish::Session(SessionAs::Folder)),
        "session-iso" => Some(Wish::Session(SessionAs::Iso)),
        _ => None,
    };
    if whole.is_some() {
        return whole;
    }
    let (rest, rate_hz) = match text.split_once('@') {
        Some((rest, rate)) => {
            let rate = rate.parse().ok().filter(|rate| RATES_HZ.contains(rate))?;
            (rest, Some(rate))
        }
        None => (text, None),
    };
    let (kind, bits) = match rest.split_once('-') {
        Some((kind, "16")) => (kind, Some(Bits::Int16)),
        Some((kind, "24")) => (kind, Some(Bits::Int24)),
        Some((kind, "32f")) => (kind, Some(Bits::Float32)),
        Some(_) => return None,
        None => (rest, None),
    };
    let lossy = match kind {
        "mp3" => Some(Lossy::Mp3),
        "opus" => Some(Lossy::Opus),
        "aac" => Some(Lossy::Aac),
        _ => None,
    };
    if let Some(kind) = lossy {
        let has_rates = kind != Lossy::Opus;
        let is_rate = |rate: u32| has_rates && matches!(rate, 44_100 | 48_000);
        let is_known = bits.is_none() && rate_hz.is_none_or(is_rate);
        return is_known.then_some(Wish::Lossy(kind, rate_hz));
    }
    let bits = bits.unwrap_or(Bits::Int24);
    let samples = Samples { bits, rate_hz };
    let is_float = bits == Bits::Float32;
    match kind {
        "wav" => Some(Wish::Song(Lossless::Wav, samples)),
        "bw64" => Some(Wish::Song(Lossless::Bw64, samples)),
        "whole" => Some(Wish::Whole(samples)),
        "flac" if !is_float => Some(Wish::Song(Lossless::Flac, samples)),
        "aiff" if !is_float => Some(Wish::Song(Lossless::Aiff, samples)),
        _ => None,
    }
}

impl TryFrom<String> for Wish {
    type Error = NotAWish;

    fn try_from(text: String) -> Result<Self, NotAWish> {
        text.parse()
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, samples) = match self {
            Self::Song(kind, samples) => (kind.word(), *samples),
            Self::Whole(samples) => ("whole", *samples),
            Self::Lossy(kind, None) => return f.write_str(kind.word()),
            Self::Lossy(kind, Some(rate)) => return write!(f, "{}@{rate}", kind.word()),
            Self::Disc(OfDisc::Ddp) => return f.write_str("ddp"),
            Self::Disc(OfDisc::CueBin) => return f.write_str("cue-bin"),
            Self::Disc(OfDisc::CueWavs) => return f.write_str("cue-wavs"),
            Self::Disc(OfDisc::Pq) => return f.write_str("pq"),
            Self::Ddex => return f.write_str("ddex"),
            Self::Label => return f.write_str("label"),
            Self::Lyrics(kind) => return write!(f, "lyrics-{}", kind.extension()),
            Self::Booklet => return f.write_str("booklet"),
            Self::Video => return f.write_str("video"),
            Self::Session(SessionAs::Folder) => return f.write_str("session"),
            Self::Session(SessionAs::Iso) => return f.write_str("session-iso"),
        };
        write!(f, "{kind}-{}", samples.bits.word())?;
        samples.rate_hz.map_or(Ok(()), |rate| write!(f, "@{rate}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_say_what_is_made() {
        for (text, whole) in [
            ("wav", "wav-24"),
            ("wav-32f@96000", "wav-32f@96000"),
            ("flac-16@44100", "flac-16@44100"),
            ("aiff", "aiff-24"),
            ("whole-24", "whole-24"),
            ("mp3", "mp3"),
            ("mp3@48000", "mp3@48000"),
            ("opus", "opus"),
            ("aac@44100", "aac@44100"),
            ("bw64", "bw64-24"),
            ("cue-bin", "cue-bin"),
            ("ddex", "ddex"),
            ("label", "label"),
            ("lyrics-txt", "lyrics-txt"),
            ("lyrics-lrc", "lyrics-lrc"),
            ("lyrics-ttml", "lyrics-ttml"),
            ("booklet", "booklet"),
            ("video", "video"),
            ("session-iso", "session-iso"),
        ] {
            assert_eq!(text.parse::<Wish>().unwrap().to_string(), whole);
        }
        for text in [
            "",
            "wave",
            "wav-20",
            "wav@44101",
            "flac-32f",
            "mp3-24",
            "mp3@96000",
            "opus@44100",
            "aac-16",
            "ddex-5",
            "ddp-2",
            "lyrics",
        ] {
            let said = text.parse::<Wish>().unwrap_err().to_string();
            assert!(said.contains("is nothing that can be made"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn a_wish_reads_back_as_itself(text in "(wav|bw64|flac|aiff|whole|mp3|opus|aac|ddp|ddex|label|lyrics|session)?[-@0-9a-z.]{0,12}") {
            if let Ok(wish) = text.parse::<Wish>() {
                prop_assert_eq!(wish.to_string().parse::<Wish>(), Ok(wish));
            }
        }
    }
}
