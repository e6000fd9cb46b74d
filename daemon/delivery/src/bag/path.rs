//! The names a bag may hold.

use std::collections::HashMap;
use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Longest single name: what ext4, APFS, NTFS and SMB servers all store.
const MAX_NAME_BYTES: usize = 255;

/// Longest whole path: Windows' classic limit is 260 with drive and final NUL.
const MAX_PATH_BYTES: usize = 1024;

/// A path inside a bag's `data` folder (or of a tag file beside it), `/` between its parts.
///
/// Every value unpacks the same on Linux, macOS and Windows as far as BagIt is concerned:
/// relative, composed Unicode, nothing that the tools in use decode differently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BagPath(String);

/// Why a name cannot stand in a bag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathRefusal {
    /// The path or one of its parts is empty.
    #[error("{0:?} has an empty part")]
    Empty(String),
    /// The path starts at a root, a drive or a home folder.
    #[error("{0:?} is not relative to the bag")]
    NotRelative(String),
    /// A part is `.` or `..`.
    #[error("{0:?} climbs with a dot part")]
    DotPart(String),
    /// LF, CR and `%` are decoded differently by the tools in use; other control characters
    /// and the backslash do not survive every disk.
    #[error("{path:?} holds {character:?}, which bags must not carry")]
    Character {
        /// The name refused.
        path: String,
        /// The first character at fault.
        character: char,
    },
    /// The same text could be spelt with composed characters.
    #[error("{0:?} is not in composed Unicode (NFC)")]
    NotComposed(String),
    /// A part has more than 255 bytes, or the whole more than 1024.
    #[error("{0:?} is too long for every disk")]
    TooLong(String),
}

impl BagPath {
    /// Takes `path` if every disk and every bag tool would give it back unchanged.
    pub fn parse(path: &str) -> Result<Self, PathRefusal> {
        let owned = || path.to_owned();
        let mut letters = path.chars();
        let drive =
            letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && letters.next() == Some(':');
        if path.starts_with(['/', '~']) || drive {
            return Err(PathRefusal::NotRelative(owned()));
        }
        let forbidden = |c: &char| c.is_control() || matches!(c, '%' | '\\');
        if let Some(character) = path.chars().find(forbidden) {
            let path = owned();
            return Err(PathRefusal::Character { path, character });
        }
        if path.split('/').any(str::is_empty) {
            return Err(PathRefusal::Empty(owned()));
        }
        if path.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(PathRefusal::DotPart(owned()));
        }
        let long_part = path.split('/').any(|part| part.len() > MAX_NAME_BYTES);
        if long_part || path.len() > MAX_PATH_BYTES {
            return Err(PathRefusal::TooLong(owned()));
        }
        if !ComposingNormalizerBorrowed::new_nfc().is_normalized(path) {
            return Err(PathRefusal::NotComposed(owned()));
        }
        Ok(Self(owned()))
    }

    /// The path as it stands in a manifest, without `data/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BagPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What two names share when some disk takes them for one: composed and without case.
pub fn clash_key(name: &str) -> String {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    // Upper then lower case also joins pairs such as `ß`/`SS` and the two Greek sigmas.
    nfc.normalize(&name.to_uppercase().to_lowercase())
        .into_owned()
}

/// Finds names, or folders above them, that some disk takes for one, in the order given.
pub(super) fn clashes<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    // A folder whose case differs splits in two on one disk and merges on another.
    let mut seen: HashMap<String, (&str, Role)> = HashMap::new();
    let mut found = Vec::new();
    for name in names {
        let folders = name.match_indices('/').map(|(at, _)| (at, Role::Folder));
        for (end, role) in folders.chain([(name.len(), Role::File)]) {
            let part = &name[..end];
            let before = seen.insert(clash_key(part), (part, role));
            if let Some((other, other_role)) = before
                && (other, other_role, role) != (part, Role::Folder, Role::Folder)
            {
                found.push((other.to_owned(), name.to_owned()));
                break;
            }
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Folder,
    File,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let text = match BagPath::parse(path) {
            Ok(taken) => taken.to_string(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn names_that_some_tool_or_disk_would_change_are_refused() {
        check("mixes/Über Grün.wav", "mixes/Über Grün.wav");
        check("../x.wav", "\"../x.wav\" climbs with a dot part");
        check("a/./x.wav", "\"a/./x.wav\" climbs with a dot part");
        check("/etc/passwd", "\"/etc/passwd\" is not relative to the bag");
        check("~root/x", "\"~root/x\" is not relative to the bag");
        check("C:/x.wav", "\"C:/x.wav\" is not relative to the bag");
        check("a//x.wav", "\"a//x.wav\" has an empty part");
        check("", "\"\" has an empty part");
        check(
            "100%.wav",
            "\"100%.wav\" holds '%', which bags must not carry",
        );
        check("a\nb", "\"a\\nb\" holds '\\n', which bags must not carry");
        check("a\\b", "\"a\\\\b\" holds '\\\\', which bags must not carry");
        check(
            "U\u{308}ber.wav",
            "\"U\\u{308}ber.wav\" is not in composed Unicode (NFC)",
        );
        let long = "x".repeat(256);
        check(&long, &format!("{long:?} is too long for every disk"));
    }

    #[test]
    fn names_that_differ_only_in_case_share_a_key() {
        assert_eq!(clash_key("Take.WAV"), clash_key("take.wav"));
        assert_eq!(clash_key("STRASSE"), clash_key("straße"));
        assert_eq!(clash_key("Σίσυφος"), clash_key("ΣΊΣΥΦΟΣ"));
        assert_ne!(clash_key("take 1"), clash_key("take 2"));
    }
}
