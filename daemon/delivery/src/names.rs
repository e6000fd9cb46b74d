//! File names that every disk, share and FTP client keeps as they are.

use std::collections::HashSet;

use icu_normalizer::ComposingNormalizerBorrowed;
use sha2::Digest as _;

use crate::bag::clash_key;

/// Longest file name that ext4, APFS, NTFS and SMB servers all store, in UTF-8 bytes.
pub const MAX_NAME_BYTES: usize = 255;

/// What ends the name of the note that stands beside a mix in the dropbox.
pub const NOTE_SUFFIX: &str = ".lacquer.txt";

/// The end of the same note as a page with pictures.
pub const NOTE_PAGE_SUFFIX: &str = ".lacquer.html";

/// How the samples of a final are kept, as its name shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FinalFormat {
    /// WAV with integer samples.
    Wav {
        /// Bits per sample.
        bits: u16,
        /// Frames per second.
        rate_hz: u32,
    },
    /// WAV with 32-bit float samples.
    WavFloat {
        /// Frames per second.
        rate_hz: u32,
    },
    /// FLAC.
    Flac {
        /// Bits per sample.
        bits: u16,
        /// Frames per second.
        rate_hz: u32,
    },
    /// MP3 at a constant bit rate.
    Mp3 {
        /// Kilobits per second.
        kbps: u16,
    },
}

impl FinalFormat {
    /// What stands in brackets: `24-48`, `16-44.1`, `32f-96`, `320`.
    pub fn mark(&self) -> String {
        match self {
            Self::Wav { bits, rate_hz } | Self::Flac { bits, rate_hz } => {
                format!("{bits}-{}", kilohertz(*rate_hz))
            }
            Self::WavFloat { rate_hz } => format!("32f-{}", kilohertz(*rate_hz)),
            Self::Mp3 { kbps } => kbps.to_string(),
        }
    }

    /// The ending without its dot.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Wav { .. } | Self::WavFloat { .. } => "wav",
            Self::Flac { .. } => "flac",
            Self::Mp3 { .. } => "mp3",
        }
    }
}

fn kilohertz(rate_hz: u32) -> String {
    let (whole, rest) = (rate_hz / 1000, rate_hz % 1000);
    let decimals = format!("{rest:03}");
    match decimals.trim_end_matches('0') {
        "" => whole.to_string(),
        decimals => format!("{whole}.{decimals}"),
    }
}

/// What a final's name is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalName<'a> {
    /// The order number, first, so that finals of one order sort together.
    pub order: &'a str,
    /// Place in the programme, from 1.
    pub track_no: u16,
    /// The artist, where the name should show one.
    pub artist: Option<&'a str>,
    /// The song's title as given.
    pub title: &'a str,
    /// The revision, where the name should show it (references, not finals).
    pub revision: Option<u32>,
    /// The format.
    pub format: FinalFormat,
}

/// The names of one folder; gives out each only once, whatever the disk thinks of case.
#[derive(Clone, Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Names a final, such as `LQ-1001 01 Title (24-48).wav`.
    pub fn take_final(&mut self, name: &FinalName<'_>) -> String {
        let artist = name.artist.map(|artist| format!("{artist} - "));
        let head = format!("{} {:02} ", name.order, name.track_no);
        let middle = format!("{}{}", artist.unwrap_or_default(), name.title);
        let revision = name.revision.map(|no| format!(" r{no}"));
        let tail = format!("{} ({})", revision.unwrap_or_default(), name.format.mark());
        self.take_with(&head, &middle, &tail, name.format.extension())
    }

    /// Names any file from free text and an ending without its dot.
    pub fn take(&mut self, text: &str, extension: &str) -> String {
        self.take_with("", text, "", extension)
    }

    /// Only the middle is shortened, so that number and format stay readable.
    fn take_with(&mut self, head: &str, middle: &str, tail: &str, extension: &str) -> String {
        let (head, tail) = (safe_text(head), safe_text(tail));
        let mut middle = safe_text(middle);
        if middle.trim_matches(['.', ' ', '~']).is_empty() {
            middle = "Untitled".to_owned();
        }
        for copy in 1_u32.. {
            let again = if copy == 1 {
                String::new()
            } else {
                format!(" [{copy}]")
            };
            let fixed = [&head, &tail, &again]
                .map(String::len)
                .iter()
                .sum::<usize>();
            // Head, tail and the copy mark are separated by at most two spaces, one dot.
            let room = MAX_NAME_BYTES.saturating_sub(fixed + extension.len() + 4);
            let cut = cut_to(&middle, room).trim_end();
            let stem = [&head, cut, &tail].join(" ");
            let name = format!("{}{again}.{extension}", safe_stem(&stem));
            if self.taken.insert(clash_key(&name)) {
                return name;
            }
        }
        unreachable!("a folder holds fewer than 2^32 files of one name")
    }
}

/// The name of the note beside a mix: the mix's own name and [`NOTE_SUFFIX`]. Where both are too
/// long for a file's name, the start of the mix's name and eight digits of its SHA-256: two long
/// names that differ only at the end have a note each.
pub fn note_name(mix_name: &str) -> String {
    beside(mix_name, NOTE_SUFFIX)
}

/// The name of the same note as a page, with [`NOTE_PAGE_SUFFIX`].
pub fn note_page_name(mix_name: &str) -> String {
    beside(mix_name, NOTE_PAGE_SUFFIX)
}

fn beside(mix_name: &str, suffix: &str) -> String {
    if mix_name.len() + suffix.len() <= MAX_NAME_BYTES {
        return format!("{mix_name}{suffix}");
    }
    let sum = hex::encode(&sha2::Sha256::digest(mix_name.as_bytes())[..4]);
    let start = cut_to(mix_name, MAX_NAME_BYTES - suffix.len() - 1 - sum.len());
    format!("{start}~{sum}{suffix}")
}

/// The longest start of `text` that has at most `bytes` bytes and ends between two characters.
fn cut_to(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Replaces what some system forbids in names; the result is composed and on one line.
fn safe_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in ComposingNormalizerBorrowed::new_nfc()
        .normalize(text)
        .chars()
    {
        match c {
            '/' | '\\' | ':' | '|' | '*' => out.push('-'),
            '"' => out.push('\''),
            '<' => out.push('('),
            '>' => out.push(')'),
            '?' => (),
            // Bags must not carry it, see `bag`.
            '%' => out.push_str(" percent"),
            c if is_invisible(c) => (),
            c if c.is_control() || c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    let words = out.split_whitespace().collect::<Vec<_>>();
    words.join(" ")
}

/// Marks that turn the direction of text or join it unseen: a name must look as it is.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{ad}')
}

/// Makes a stem that no system reserves, hides or trims.
fn safe_stem(text: &str) -> String {
    // Windows drops trailing dots and spaces; a leading dot hides, `~$` marks litter.
    let trimmed = text
        .trim_end_matches(['.', ' '])
        .trim_start_matches(['.', ' ', '~']);
    if is_reserved(trimmed) {
        return format!("_{trimmed}");
    }
    trimmed.to_owned()
}

/// Device names that Windows claims in every folder, whatever their ending or case.
fn is_reserved(stem: &str) -> bool {
    let base = stem.split('.').next().unwrap_or("").trim_end();
    let upper = base.to_uppercase();
    if matches!(
        upper.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) {
        return true;
    }
    let port = upper.strip_prefix("COM").or(upper.strip_prefix("LPT"));
    port.is_some_and(|no| {
        let mut letters = no.chars();
        let digit = letters
            .next()
            .is_some_and(|c| matches!(c, '0'..='9' | '¹' | '²' | '³'));
        digit && letters.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bag::BagPath;

    const WAV: FinalFormat = FinalFormat::Wav {
        bits: 24,
        rate_hz: 48_000,
    };

    fn of(title: &str) -> FinalName<'_> {
        FinalName {
            order: "LQ-1001",
            track_no: 1,
            artist: None,
            title,
            revision: None,
            format: WAV,
        }
    }

    #[track_caller]
    fn check(title: &str, expected: &str) {
        assert_eq!(Names::default().take_final(&of(title)), expected);
    }

    #[test]
    fn finals_are_named_by_order_place_title_and_format() {
        check("First Song", "LQ-1001 01 First Song (24-48).wav");
        check("AC/DC: \"Live\"?", "LQ-1001 01 AC-DC- 'Live' (24-48).wav");
        check("tab\tand\nline\u{7}", "LQ-1001 01 tab and line (24-48).wav");
        check("U\u{308}ber", "LQ-1001 01 Über (24-48).wav");
        check("gpj.\u{202e}evil", "LQ-1001 01 gpj.evil (24-48).wav");
        check("100%", "LQ-1001 01 100 percent (24-48).wav");
        check("", "LQ-1001 01 Untitled (24-48).wav");
        check("...", "LQ-1001 01 Untitled (24-48).wav");
        check("日本の歌", "LQ-1001 01 日本の歌 (24-48).wav");
    }

    #[test]
    fn a_reference_shows_artist_and_revision() {
        let name = FinalName {
            artist: Some("The Band"),
            revision: Some(2),
            format: FinalFormat::Flac {
                bits: 24,
                rate_hz: 88_200,
            },
            ..of("Song")
        };
        assert_eq!(
            Names::default().take_final(&name),
            "LQ-1001 01 The Band - Song r2 (24-88.2).flac"
        );
    }

    #[test]
    fn every_format_has_its_mark() {
        let marks = [
            FinalFormat::Wav {
                bits: 16,
                rate_hz: 44_100,
            },
            FinalFormat::WavFloat { rate_hz: 96_000 },
            FinalFormat::Wav {
                bits: 16,
                rate_hz: 11_025,
            },
            FinalFormat::Mp3 { kbps: 320 },
        ]
        .map(|format| format!("{}.{}", format.mark(), format.extension()));
        assert_eq!(
            marks,
            ["16-44.1.wav", "32f-96.wav", "16-11.025.wav", "320.mp3"]
        );
    }

    #[test]
    fn names_that_differ_only_in_case_get_a_number() {
        let mut names = Names::default();
        assert_eq!(names.take("Intro", "wav"), "Intro.wav");
        assert_eq!(names.take("INTRO", "wav"), "INTRO [2].wav");
        assert_eq!(names.take("intro", "wav"), "intro [3].wav");
        assert_eq!(names.take("intro", "mp3"), "intro.mp3");
    }

    #[test]
    fn device_names_of_windows_are_not_given_out() {
        let name = |text| Names::default().take(text, "txt");
        assert_eq!(name("con"), "_con.txt");
        assert_eq!(name("LPT1.final"), "_LPT1.final.txt");
        assert_eq!(name("COM²"), "_COM².txt");
        assert_eq!(name("Conga"), "Conga.txt");
        assert_eq!(name("..hidden"), "hidden.txt");
        assert_eq!(name("~$lock"), "$lock.txt");
    }

    #[test]
    fn a_note_stands_beside_its_mix_even_with_the_longest_name() {
        assert_eq!(note_name("song.wav"), "song.wav.lacquer.txt");
        assert_eq!(note_page_name("song.wav"), "song.wav.lacquer.html");
        let long = "ü".repeat(127);
        assert!(note_name(&long).len() <= 255);
        assert!(note_page_name(&long).len() <= 255);
        assert!(note_name(&long).starts_with(&long[..200]));
        let other = format!("{}x", "ü".repeat(126));
        assert_ne!(note_name(&long), note_name(&other));
        let longest_whole = "s".repeat(255 - NOTE_SUFFIX.len());
        assert_eq!(
            note_name(&longest_whole),
            format!("{longest_whole}{NOTE_SUFFIX}")
        );
    }

    proptest! {
        /// Whatever a client types as a title, the final's name is one that every disk takes.
        #[test]
        fn any_title_makes_a_name_that_every_disk_takes(titles in prop::collection::vec(".{0,300}", 1..5)) {
            let mut names = Names::default();
            let mut keys = HashSet::new();
            for title in &titles {
                let name = names.take_final(&of(title));
                prop_assert!(name.len() <= MAX_NAME_BYTES);
                prop_assert!(name.ends_with("(24-48).wav") || name.ends_with("].wav"), "{name}");
                let forbidden = |c: char| c.is_control() || "<>:\"/\\|?*%".contains(c);
                prop_assert!(!name.contains(forbidden), "{name:?}");
                prop_assert!(BagPath::parse(&name).is_ok(), "{name:?}");
                prop_assert!(keys.insert(clash_key(&name)));
            }
        }

        /// Free text alone never makes a hidden, reserved or trimmed name.
        #[test]
        fn any_text_makes_a_visible_name(text in "[ .~a-cA-C0-9nuloxpr]{0,12}") {
            let name = Names::default().take(&text, "wav");
            prop_assert!(!name.starts_with(['.', ' ', '~']), "{name:?}");
            prop_assert!(!name.ends_with(" .wav") && !name.ends_with("..wav"), "{name:?}");
            prop_assert!(!is_reserved(&name), "{name:?}");
        }
    }
}
