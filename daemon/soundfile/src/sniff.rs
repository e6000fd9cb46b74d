//! What a stream is, by its first bytes. The name is only a hint, and often wrong.

use serde::{Deserialize, Serialize};

use crate::aiff::{Form, form_of};
use crate::wav::is_wav;

/// Bytes of the beginning that are looked at.
pub(crate) const SNIFFED_BYTES: u64 = 4_096;

/// The kind of file around the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// WAV and broadcast WAV.
    Wav,
    /// WAV over 4 GiB.
    Rf64,
    /// WAV over 4 GiB, ITU-R BS.2088.
    Bw64,
    /// AIFF.
    Aiff,
    /// AIFF-C.
    Aifc,
    /// Core Audio.
    Caf,
    /// FLAC.
    Flac,
    /// MPEG-4, `.m4a`.
    Mp4,
    /// MP3.
    Mp3,
    /// Bare AAC.
    Adts,
    /// Ogg.
    Ogg,
}

impl Container {
    /// The name a studio uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Rf64 => "RF64",
            Self::Bw64 => "BW64",
            Self::Aiff => "AIFF",
            Self::Aifc => "AIFF-C",
            Self::Caf => "CAF",
            Self::Flac => "FLAC",
            Self::Mp4 => "M4A",
            Self::Mp3 => "MP3",
            Self::Adts => "AAC",
            Self::Ogg => "Ogg",
        }
    }

    /// What a file name promises, if anything.
    pub fn by_name(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Some(match extension.to_ascii_lowercase().as_str() {
            "wav" | "wave" | "bwf" => Self::Wav,
            "rf64" => Self::Rf64,
            "bw64" => Self::Bw64,
            "aif" | "aiff" => Self::Aiff,
            "aifc" => Self::Aifc,
            "caf" => Self::Caf,
            "flac" | "fla" => Self::Flac,
            "m4a" | "mp4" | "m4b" | "alac" => Self::Mp4,
            "mp3" => Self::Mp3,
            "aac" => Self::Adts,
            "ogg" | "oga" => Self::Ogg,
            _ => return None,
        })
    }

    /// True where a name for one kind is honest for the other.
    pub(crate) fn goes_as(self, named: Self) -> bool {
        let family = |c| match c {
            Self::Wav | Self::Rf64 | Self::Bw64 => 0,
            Self::Aiff | Self::Aifc => 1,
            Self::Caf => 2,
            Self::Flac => 3,
            Self::Mp4 => 4,
            Self::Mp3 => 5,
            Self::Adts => 6,
            Self::Ogg => 7,
        };
        family(self) == family(named)
    }

    /// The extension under which symphonia knows this kind.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Wav | Self::Rf64 | Self::Bw64 => "wav",
            Self::Aiff | Self::Aifc => "aiff",
            Self::Caf => "caf",
            Self::Flac => "flac",
            Self::Mp4 => "m4a",
            Self::Mp3 => "mp3",
            Self::Adts => "aac",
            Self::Ogg => "ogg",
        }
    }
}

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sniffed {
    Sound(Container),
    /// Known, and nothing we open as sound.
    Other(&'static str),
    Unknown,
}

/// Looks at the beginning of a stream; `id3_bytes` of a tag in front have been stepped over.
pub(crate) fn sniff(head: &[u8]) -> Sniffed {
    if is_wav(head) {
        return Sniffed::Sound(match &head[..4] {
            b"RF64" => Container::Rf64,
            b"BW64" => Container::Bw64,
            _ => Container::Wav,
        });
    }
    if let Some(form) = form_of(head) {
        return Sniffed::Sound(match form {
            Form::Aiff => Container::Aiff,
            Form::Aifc => Container::Aifc,
        });
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Sniffed::Sound(Container::Mp4);
    }
    for (magic, container) in [
        (&b"fLaC"[..], Container::Flac),
        (b"caff", Container::Caf),
        (b"OggS", Container::Ogg),
    ] {
        if head.starts_with(magic) {
            return Sniffed::Sound(container);
        }
    }
    match foreign(head) {
        Some(what) => Sniffed::Other(what),
        None => mpeg(head).map_or(Sniffed::Unknown, Sniffed::Sound),
    }
}

/// Files that arrive in dropboxes and are no sound, or sound we do not open.
fn foreign(head: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 18] = [
        (b"PK\x03\x04", "a zip archive"),
        (b"PK\x05\x06", "an empty zip archive"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a picture (PNG)"),
        (b"\xff\xd8\xff", "a picture (JPEG)"),
        (b"\xd0\xcf\x11\xe0", "an Office document"),
        (b"{\\rtf", "a text document (RTF)"),
        (b"wvpk", "WavPack sound"),
        (b"MAC ", "Monkey's Audio sound"),
        (b"DSD ", "DSD sound"),
        (b"FRM8", "DSD sound"),
        (b".snd", "Sun AU sound"),
        (b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
        (b"riff\x2e\x91\xcf\x11", "Sony Wave64 sound"),
    ];
    if head.len() >= 12 && head.starts_with(b"RIFF") && &head[8..12] == b"AVI " {
        return Some("a video (AVI)");
    }
    let known = KNOWN.iter().find(|(magic, _)| head.starts_with(magic));
    known.map(|(_, what)| *what)
}

/// MP3 or bare AAC by the sync word and sane fields of a frame header.
fn mpeg(head: &[u8]) -> Option<Container> {
    let [first, second, third, ..] = *head else {
        return None;
    };
    if first != 0xff || second & 0xe0 != 0xe0 {
        return None;
    }
    let layer = second >> 1 & 3;
    if second & 0xf6 == 0xf0 {
        return Some(Container::Adts);
    }
    let legal = layer != 0 && second >> 3 & 3 != 1 && third >> 4 != 15 && third >> 2 & 3 != 3;
    legal.then_some(Container::Mp3)
}

/// Bytes of an ID3v2 tag that begins here, with its header; 0 if none does.
pub(crate) fn id3v2_bytes(head: &[u8]) -> u64 {
    let Some(head) = head.get(..10).filter(|h| h.starts_with(b"ID3")) else {
        return 0;
    };
    let size = head[6..10]
        .iter()
        .fold(0, |size, b| size << 7 | u64::from(b & 0x7f));
    // A footer repeats the header.
    let footer = if head[5] & 0x10 != 0 { 10 } else { 0 };
    10 + size + footer
}
