//! What a name in a dropbox says: whose mix it is, what kind, and whether it is one at all.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// The folder at a dropbox's top that holds what the studio hands back.
pub const FINALS: &str = "Finals";

/// The ends of the notes that the studio writes beside a mix: as text, and as a page.
pub const NOTE_ENDINGS: [&str; 2] = [".lacquer.txt", ".lacquer.html"];

/// The longest file name a Linux file system takes, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 255;

/// Names that computers leave behind in passing and that nobody meant to send.
const LITTER_NAMES: [&str; 4] = [".ds_store", "thumbs.db", "desktop.ini", "icon\r"];

/// Endings of files that a program is still writing.
const LITTER_ENDINGS: [&str; 4] = [".filepart", ".tmp", ".part", ".crdownload"];

/// True for the name of one of our own notes.
fn is_note(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    NOTE_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// True for what is never a mix: hidden files, litter of computers, unfinished downloads, our
/// own notes, and everything in `Finals/` at the dropbox's top.
///
/// `path` is relative to the dropbox. A hidden folder makes all that lies in it litter.
#[must_use]
pub fn is_litter(path: &Path) -> bool {
    in_finals(path) || path.components().any(|part| litter_part(part.as_os_str()))
}

fn litter_part(name: &OsStr) -> bool {
    if is_note(name) {
        return true;
    }
    let name = name.to_string_lossy().to_lowercase();
    name.starts_with('.')
        || name.starts_with("~$")
        || LITTER_NAMES.contains(&name.as_str())
        || LITTER_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// True for `Finals` at the dropbox's top and all below it, in any case of letters.
///
/// Case does not count because Samba's clients and macOS do not tell `finals` from `Finals`.
pub(crate) fn in_finals(path: &Path) -> bool {
    path.components().next().is_some_and(|top| {
        top.as_os_str()
            .to_string_lossy()
            .eq_ignore_ascii_case(FINALS)
    })
}

/// True for what a client may read but not change: `Finals/`, our notes, and drafts of them.
pub(crate) fn is_read_only(path: &Path) -> bool {
    in_finals(path)
        || path.file_name().is_some_and(durable::is_draft_name)
        || path.file_name().is_some_and(is_note)
}

/// What a file's folder says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropKind {
    /// A mix to be mastered.
    Mix,
    /// An instrumental, clean or TV mix: it lay in an `Alternate Mixes` folder.
    Alternate,
    /// Music the client wants to sound like; never mastered: it lay in a `References` folder.
    Reference,
    /// A master made elsewhere: it lay in `Masters` at the top of the dropbox.
    Master,
}

const ALTERNATES: [&str; 8] = [
    "alternatemixes",
    "alternatemix",
    "alternates",
    "alternate",
    "altmixes",
    "altmix",
    "alts",
    "alt",
];
const REFERENCES: [&str; 6] = [
    "references",
    "reference",
    "referencetracks",
    "referencetrack",
    "refs",
    "ref",
];
const MASTERS: [&str; 2] = ["masters", "master"];

impl DropKind {
    /// Reads the kind from the folders of `path` (relative to the dropbox); the folder nearest
    /// to the file wins. Letters' case, blanks, dashes and underscores do not count.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let folders: Vec<String> = path.parent().map(spoken_folders).unwrap_or_default();
        for (depth, folder) in folders.iter().enumerate().rev() {
            if ALTERNATES.contains(&folder.as_str()) {
                return Self::Alternate;
            }
            if REFERENCES.contains(&folder.as_str()) {
                return Self::Reference;
            }
            if depth == 0 && MASTERS.contains(&folder.as_str()) {
                return Self::Master;
            }
        }
        Self::Mix
    }
}

fn spoken_folders(folder: &Path) -> Vec<String> {
    let spoken = |name: &OsStr| -> String {
        name.to_string_lossy()
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    folder
        .components()
        .map(|part| spoken(part.as_os_str()))
        .collect()
}

/// Finds an order number such as `LQ-1001` in the file's name or one of its folders.
///
/// The part nearest to the file wins; within one part the first. Written `LQ-1001`, `lq1001`,
/// `LQ_1001` or `Lq 1001`, it comes out as `LQ-1001`. Fewer than four digits are no number, and
/// neither are letters that only end in "lq" (`FLQ1001`).
#[must_use]
pub fn order_number_in(path: &Path) -> Option<String> {
    path.components()
        .rev()
        .find_map(|part| order_number_in_part(&part.as_os_str().to_string_lossy()))
}

fn order_number_in_part(name: &str) -> Option<String> {
    let letters: Vec<char> = name.chars().collect();
    (0..letters.len().saturating_sub(1)).find_map(|at| {
        let starts = letters[at].eq_ignore_ascii_case(&'l')
            && letters[at + 1].eq_ignore_ascii_case(&'q')
            && (at == 0 || !letters[at - 1].is_alphanumeric());
        if !starts {
            return None;
        }
        let rest = &letters[at + 2..];
        let rest = match rest.first() {
            Some('-' | '_' | ' ') => &rest[1..],
            _ => rest,
        };
        let digits: String = rest
            .iter()
            .take_while(|letter| letter.is_ascii_digit())
            .collect();
        (digits.len() >= 4).then(|| format!("LQ-{digits}"))
    })
}

/// The name for the `number`th file of one name: `Song.wav`, `Song (2).wav`, `Song (3).wav`.
///
/// Shortens the stem, at a character's border, where the whole would pass 255 bytes.
#[must_use]
pub fn numbered(name: &str, number: u32) -> String {
    if number < 2 {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.') {
        // A "file ending" of more than this is part of a title.
        Some(dot) if dot > 0 && name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    };
    let tail = format!(" ({number}){ending}");
    let mut room = MAX_NAME_BYTES.saturating_sub(tail.len()).min(stem.len());
    while !stem.is_char_boundary(room) {
        room -= 1;
    }
    format!("{}{tail}", &stem[..room])
}

/// Turns a client's path into one below its dropbox, read as text: `..` at the top stays at the
/// top. `None` when a part can be no file name here.
pub(crate) fn beneath(path: &Path) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    for part in path.components() {
        match part {
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            Component::ParentDir => {
                inside.pop();
            }
            Component::Normal(name) if name.len() <= MAX_NAME_BYTES => inside.push(name),
            Component::Normal(_) => return None,
        }
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_computers_leave_behind_is_no_mix() {
        for path in [
            "._Song.wav",
            ".DS_Store",
            "Album/.DS_Store",
            "Thumbs.db",
            "thumbs.DB",
            "desktop.ini",
            "~$Notes.docx",
            "Song.wav.filepart",
            "Song.wav.tmp",
            "Song.wav.part",
            "Song.wav.crdownload",
            ".lacquer-draft-7f3a",
            "Song.wav.lacquer.txt",
            "Song.wav.lacquer.html",
            "Song.WAV.Lacquer.HTML",
            ".hidden/Song.wav",
            "Finals/LQ-1001/Song.wav",
            "finals/Song.wav",
            ".in.Song.wav.",
        ] {
            assert!(is_litter(Path::new(path)), "{path}");
        }
        for path in [
            "Song.wav",
            "Album/Finals/Song.wav",
            "Song (partial).wav",
            "tmp/Song.wav",
            "a~$b.wav",
            "References/Song.wav",
            "Final.wav",
            "Thumbs.db.wav",
            "\u{1}\"quoted\" name.wav",
        ] {
            assert!(!is_litter(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn the_folder_nearest_to_the_file_says_what_it_is() {
        let check =
            |path: &str, kind: DropKind| assert_eq!(DropKind::of(Path::new(path)), kind, "{path}");
        check("Song.wav", DropKind::Mix);
        check("Alternate Mixes/Song.wav", DropKind::Alternate);
        check("LQ-1001/alternate_mixes/Song.wav", DropKind::Alternate);
        check("ALT MIXES/Song.wav", DropKind::Alternate);
        check("Alternates/Song.wav", DropKind::Alternate);
        check("References/Song.wav", DropKind::Reference);
        check("Album/refs/deep/Song.wav", DropKind::Reference);
        check("References/Alternate Mixes/Song.wav", DropKind::Alternate);
        check("Masters/LQ-1001 Song.wav", DropKind::Master);
        check("Album/Masters/Song.wav", DropKind::Mix);
        check("References.wav", DropKind::Mix);
        check("Reference Mix of a Song/Song.wav", DropKind::Mix);
    }

    #[test]
    fn an_order_number_is_found_nearest_to_the_file() {
        let check = |path: &str, number: Option<&str>| {
            assert_eq!(
                order_number_in(Path::new(path)).as_deref(),
                number,
                "{path}"
            );
        };
        check("LQ-1001 Song.wav", Some("LQ-1001"));
        check("lq1001_Song.wav", Some("LQ-1001"));
        check("Album LQ_20345/Song.wav", Some("LQ-20345"));
        check("LQ-1001/LQ 1002/Song.wav", Some("LQ-1002"));
        check("LQ-1001/Song LQ-1003 v2.wav", Some("LQ-1003"));
        check("LQ-1001 LQ-1002.wav", Some("LQ-1001"));
        check("(Lq-1001).wav", Some("LQ-1001"));
        check("LQ-101 Song.wav", None);
        check("FLQ1001.wav", None);
        check("LQ--1001.wav", None);
        check("Song.wav", None);
        check("LQ", None);
    }

    #[test]
    fn a_second_file_of_one_name_is_numbered_before_its_ending() {
        assert_eq!(numbered("Song.wav", 1), "Song.wav");
        assert_eq!(numbered("Song.wav", 2), "Song (2).wav");
        assert_eq!(numbered("Song", 3), "Song (3)");
        assert_eq!(numbered(".wav", 2), ".wav (2)");
        let long = format!("{}.wav", "ü".repeat(125));
        let second = numbered(&long, 2);
        assert!(
            second.len() <= MAX_NAME_BYTES && second.ends_with("ü (2).wav"),
            "{second}"
        );
    }

    #[test]
    fn a_clients_path_cannot_climb_out() {
        let check = |path: &str, inside: &str| {
            assert_eq!(
                beneath(Path::new(path)).as_deref(),
                Some(Path::new(inside)),
                "{path}"
            );
        };
        check("/a/b", "a/b");
        check("/../../etc/passwd", "etc/passwd");
        check("/a/../../b", "b");
        check("/", "");
        check("/./a//b/", "a/b");
        assert_eq!(beneath(Path::new(&format!("/{}", "x".repeat(256)))), None);
    }
}
