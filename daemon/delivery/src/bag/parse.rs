//! Reads descriptor lines exactly as RFC 8493 words them.

/// Longest descriptor that is read: a manifest of half a million long lines.
pub const MAX_DESCRIPTOR_BYTES: u64 = 64 * 1024 * 1024;

/// True for the files of a bag's top folder that [`super::judge`] wants to read.
pub fn is_descriptor(name: &str) -> bool {
    matches!(name, "bagit.txt" | "bag-info.txt" | "fetch.txt")
        || Manifest::of_name(name).is_some()
        || Manifest::of_tag_name(name).is_some()
}

/// One manifest as it was read: its algorithm and its entries, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) algorithm: String,
    pub(super) entries: Vec<Entry>,
    /// Lines that are no entry, by their number from 1.
    pub(super) unreadable: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) digest: String,
    pub(super) path: String,
}

impl Manifest {
    /// The algorithm of a payload manifest's name.
    pub(super) fn of_name(name: &str) -> Option<&str> {
        Self::algorithm(name.strip_prefix("manifest-")?)
    }

    /// The algorithm of a tag manifest's name.
    pub(super) fn of_tag_name(name: &str) -> Option<&str> {
        Self::algorithm(name.strip_prefix("tagmanifest-")?)
    }

    fn algorithm(rest: &str) -> Option<&str> {
        let algorithm = rest.strip_suffix(".txt")?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        (!algorithm.is_empty() && algorithm.chars().all(plain)).then_some(algorithm)
    }

    pub(super) fn read(name: &str, algorithm: &str, text: &str) -> Self {
        let mut manifest = Self {
            name: name.to_owned(),
            algorithm: algorithm.to_owned(),
            entries: Vec::new(),
            unreadable: Vec::new(),
        };
        for (index, line) in lines(text).into_iter().enumerate() {
            match entry(line) {
                Some(entry) => manifest.entries.push(entry),
                None => manifest.unreadable.push(index + 1),
            }
        }
        manifest
    }
}

/// Lines end with LF, CR or CRLF; the last may lack its end.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        out.push(&rest[..end]);
        let after = &rest[end..];
        rest = match after.strip_prefix("\r\n") {
            Some(next) => next,
            None => after.get(1..).unwrap_or(""),
        };
    }
    out
}

fn entry(line: &str) -> Option<Entry> {
    let (digest, rest) = line.split_once([' ', '\t'])?;
    let path = rest.trim_start_matches([' ', '\t']);
    let is_hex = digest.bytes().all(|c| c.is_ascii_hexdigit());
    if digest.is_empty() || !is_hex || path.is_empty() {
        return None;
    }
    Some(Entry {
        digest: digest.to_ascii_lowercase(),
        path: decode(path),
    })
}

/// Undoes the three percent codes RFC 8493 2.1.3 defines, and no other.
fn decode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).map(str::to_ascii_uppercase);
        let plain = match code.as_deref() {
            Some("0A") => Some('\n'),
            Some("0D") => Some('\r'),
            Some("25") => Some('%'),
            Some(_) | None => None,
        };
        out.push(plain.unwrap_or('%'));
        rest = &rest[at + if plain.is_some() { 3 } else { 1 }..];
    }
    out.push_str(rest);
    out
}

/// `Label: value` lines with continuation lines joined; `None` names a line that is neither.
pub(super) fn info_lines(text: &str) -> Result<Vec<(String, String)>, usize> {
    let mut out: Vec<(String, String)> = Vec::new();
    for (index, line) in lines(text).into_iter().enumerate() {
        if line.starts_with([' ', '\t']) {
            let (_, value) = out.last_mut().ok_or(index + 1)?;
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        let (label, value) = line.split_once(':').ok_or(index + 1)?;
        let padded = label.is_empty() || label != label.trim();
        if padded || !value.starts_with([' ', '\t']) {
            return Err(index + 1);
        }
        out.push((label.to_owned(), value.trim().to_owned()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_any_of_the_three_ways() {
        assert_eq!(lines("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines("a\n\nb\n"), ["a", "", "b"]);
    }

    #[test]
    fn only_the_three_percent_codes_are_undone() {
        assert_eq!(decode("a%0Ab%0d%25c%20%"), "a\nb\r%c%20%");
        assert_eq!(decode("%2525"), "%25");
        assert_eq!(decode("100%ü"), "100%ü");
    }

    #[test]
    fn long_values_may_be_continued() {
        let text = "External-Description: one\n  two\nA: b\n";
        let read = info_lines(text).unwrap();
        assert_eq!(read[0].1, "one two");
        assert_eq!(info_lines("A : b\n"), Err(1));
        assert_eq!(info_lines(" b\n"), Err(1));
    }

    #[test]
    fn descriptors_are_known_by_their_names() {
        for name in [
            "bagit.txt",
            "fetch.txt",
            "manifest-sha256.txt",
            "tagmanifest-md5.txt",
        ] {
            assert!(is_descriptor(name), "{name}");
        }
        for name in [
            "README.txt",
            "manifest-.txt",
            "manifest-sha256.txt.bak",
            "Bagit.txt",
        ] {
            assert!(!is_descriptor(name), "{name}");
        }
    }
}
