//! Which song a file name means.

/// Words that name a version of the file, not the song.
const VERSION_WORDS: [&str; 8] = [
    "final", "master", "mix", "print", "reprint", "bounce", "fixed", "new",
];

fn stem(file_name: &str) -> &str {
    match file_name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 5 => stem,
        _ => file_name,
    }
}

fn is_order_number(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.strip_prefix("lq").is_some_and(|digits| {
        let digits = digits.trim_start_matches('-');
        digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The number of `v2` or `(2)`.
fn version_number(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let digits = word
        .strip_prefix('v')
        .or_else(|| word.strip_prefix('(').and_then(|w| w.strip_suffix(')')))?;
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

fn is_version_mark(word: &str) -> bool {
    version_number(word).is_some() || VERSION_WORDS.contains(&word.to_lowercase().as_str())
}

fn without_track_number(mut words: Vec<String>) -> Vec<String> {
    while let Some(first) = words.first() {
        let bare = first.trim_end_matches(['.', '-', ')']);
        // "99 Luftballons" is a title; a track number shows itself by a zero or a separator.
        let is_marked = bare.starts_with('0')
            || bare.len() < first.len()
            || words.get(1).is_some_and(|w| w == "-");
        let is_track_number =
            is_marked && (1..=2).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit());
        if (is_track_number || first == "-") && words.len() > 1 {
            words.remove(0);
        } else {
            break;
        }
    }
    words
}

/// Cleans `LQ-1001` and its spellings with a space or underscore out of a name.
fn words(file_name: &str) -> Vec<String> {
    let spaced = stem(file_name).replace('_', " ");
    let mut words: Vec<String> = Vec::new();
    let mut parts = spaced.split_whitespace().peekable();
    while let Some(word) = parts.next() {
        if is_order_number(word) {
            continue;
        }
        // "LQ 1001" comes apart at the space.
        if word.eq_ignore_ascii_case("lq")
            && parts
                .peek()
                .is_some_and(|w| w.len() >= 4 && w.bytes().all(|b| b.is_ascii_digit()))
        {
            parts.next();
            continue;
        }
        words.push(word.to_owned());
    }
    words
}

/// The song's title as far as a file name tells it: without order number, track number and extension.
///
/// It is a proposal; the client and the studio may correct it without reopening anything.
#[must_use]
pub fn title_from_file_name(file_name: &str) -> String {
    let mut words = without_track_number(words(file_name));
    while words.len() > 1 && words.last().is_some_and(|w| is_version_mark(w) || w == "-") {
        words.pop();
    }
    if words.is_empty() {
        return stem(file_name).trim().to_owned();
    }
    words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

/// What the names of a song's mixes in one folder have in common, and which version this one is.
///
/// `Song (2).wav` and `Song_v2.wav` are version 2 of `Song.wav`. Words such as *final* or *new*
/// rank nothing, so they stay part of the key: whether `Song final` replaces `Song` is a person's
/// decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackKey {
    /// Folder and name without numbers of order, track and version, in lower case.
    pub key: String,
    /// The version, 1 where the name states none.
    pub version: u32,
}

/// Reads the key of a dropped file from its path in the dropbox (`/` between folders).
#[must_use]
pub fn track_key(path: &str) -> TrackKey {
    let (folder, file_name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut words = words(file_name);
    let mut version = 1;
    while words.len() > 1 {
        let Some(number) = words.last().and_then(|w| version_number(w)) else {
            break;
        };
        version = version.max(number);
        words.pop();
    }
    let name = without_track_number(words).join(" ").to_lowercase();
    TrackKey {
        key: format!("{}/{name}", folder.to_lowercase()),
        version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file_name: &str, title: &str) {
        assert_eq!(title_from_file_name(file_name), title, "{file_name}");
    }

    #[test]
    fn a_title_is_read_from_a_file_name() {
        check("Song.wav", "Song");
        check("LQ-1001 01 First Light.wav", "First Light");
        check("lq_1001_First_Light_v2.wav", "First Light");
        check("03 - Rain (2).aiff", "Rain");
        check("99 Luftballons.wav", "99 Luftballons");
        check("1999.wav", "1999");
        check("7.wav", "7");
        check("Mix.wav", "Mix");
        check("Dr. Who final mix.wav", "Dr. Who");
        check("LQ-1001.wav", "LQ-1001");
        check("no extension", "no extension");
    }

    #[test]
    fn a_reprint_is_the_same_song_in_a_later_version() {
        let same = |a: &str, b: &str| track_key(a).key == track_key(b).key;
        assert!(same("in/Rain.wav", "in/LQ-1001 Rain (2).flac"));
        assert!(same("Rain.wav", "rain_v3.wav"));
        assert!(!same("Rain.wav", "Rain instrumental.wav"));
        assert!(!same("Rain.wav", "Rain final.wav"));
        assert!(!same("a/Rain.wav", "b/Rain.wav"));
        assert_eq!(track_key("rain_v3.wav").version, 3);
        assert_eq!(track_key("Rain.wav").version, 1);
        assert_eq!(track_key("v2.wav").version, 1);
    }
}
