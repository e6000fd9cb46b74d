//! What an alternate is to its song, as far as file names tell.

use crate::mix::{Mix, MixRole};
use crate::programme::AlternateRole;
use crate::project::Project;
use crate::track_name::{title_from_file_name, track_key};

/// Which version of a song an alternate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlternateKind {
    /// Without the lead vocals.
    Instrumental,
    /// The vocals alone.
    ACappella,
    /// Without lead vocals, with backing vocals, for playback on television.
    Tv,
    /// Shortened or otherwise fit for radio.
    Radio,
    /// With words muted or replaced, same length.
    Clean,
    /// The name does not tell.
    Other,
}

/// Words that tell the kind, longest first where one holds another.
const WORDS: [(&str, AlternateKind); 26] = [
    ("instrumental", AlternateKind::Instrumental),
    ("instr", AlternateKind::Instrumental),
    ("inst", AlternateKind::Instrumental),
    ("karaoke", AlternateKind::Instrumental),
    ("playback", AlternateKind::Instrumental),
    ("acappella", AlternateKind::ACappella),
    ("acapella", AlternateKind::ACappella),
    ("cappella", AlternateKind::ACappella),
    ("capella", AlternateKind::ACappella),
    ("acap", AlternateKind::ACappella),
    ("pella", AlternateKind::ACappella),
    ("vocals", AlternateKind::ACappella),
    ("vox", AlternateKind::ACappella),
    ("tv", AlternateKind::Tv),
    ("radio", AlternateKind::Radio),
    ("promo", AlternateKind::Radio),
    ("short", AlternateKind::Radio),
    ("edit", AlternateKind::Radio),
    ("edited", AlternateKind::Radio),
    ("extended", AlternateKind::Radio),
    ("clean", AlternateKind::Clean),
    ("censored", AlternateKind::Clean),
    ("explicit", AlternateKind::Clean),
    ("dirty", AlternateKind::Clean),
    ("alternate", AlternateKind::Other),
    ("alt", AlternateKind::Other),
];

/// Words that belong to those and tell nothing by themselves.
const FILLERS: [&str; 8] = ["a", "mix", "version", "track", "only", "up", "down", "lead"];

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn kind_of_word(word: &str) -> Option<AlternateKind> {
    WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, kind)| *kind)
}

/// The kind that a file's name states, and the words of the song's title that are left.
fn read(file_name: &str) -> (AlternateKind, Vec<String>) {
    let all = words(&title_from_file_name(file_name));
    // The kind stands behind the title: "Radio Silence (Instrumental)" is an instrumental.
    let last = all.iter().rposition(|word| kind_of_word(word).is_some());
    let Some(last) = last.filter(|&place| place > 0) else {
        return (AlternateKind::Other, all);
    };
    let kind = kind_of_word(&all[last]).unwrap_or(AlternateKind::Other);
    let mut end = last;
    while end > 1 && (FILLERS.contains(&&*all[end - 1]) || kind_of_word(&all[end - 1]).is_some()) {
        end -= 1;
    }
    (kind, all[..end].to_vec())
}

/// The kind of alternate that a file's name states.
#[must_use]
pub fn alternate_kind(file_name: &str) -> AlternateKind {
    read(file_name).0
}

/// What a file's name states that it is to its song, and what it is called where that says more.
#[must_use]
pub(crate) fn named_role(file_name: &str) -> (Option<AlternateRole>, Option<String>) {
    let all = words(&title_from_file_name(file_name));
    let says = |given: &[&str]| {
        all.iter()
            .skip(1)
            .any(|word| given.contains(&word.as_str()))
    };
    if says(&["stem", "stems"]) {
        return (Some(AlternateRole::Stem), stem_name(file_name));
    }
    let role = match alternate_kind(file_name) {
        AlternateKind::Instrumental => Some(AlternateRole::Instrumental),
        AlternateKind::ACappella if says(&["backing", "backings", "bv", "bvs"]) => {
            Some(AlternateRole::ACappellaBacking)
        }
        AlternateKind::ACappella if says(&["lead"]) => Some(AlternateRole::ACappellaLead),
        AlternateKind::ACappella => Some(AlternateRole::ACappella),
        AlternateKind::Tv => Some(AlternateRole::Tv),
        AlternateKind::Clean if says(&["clean", "censored"]) => Some(AlternateRole::Radio),
        // An edit has places of its own: it is another song of the programme.
        AlternateKind::Radio | AlternateKind::Clean | AlternateKind::Other => None,
    };
    (role, None)
}

/// What stands in the last brackets or behind the last dash, without the word that says it is a stem.
fn stem_name(file_name: &str) -> Option<String> {
    let title = title_from_file_name(file_name);
    let end = title.trim_end_matches([')', ']']);
    let place = end.rfind(['(', '[', '-'])?;
    let kept = end.get(place + 1..)?.split_whitespace();
    let kept = kept.filter(|word| !["stem", "stems"].contains(&word.to_lowercase().as_str()));
    let name = kept.collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// Whether a name states that the file is a version of a song rather than the song.
///
/// Stricter than [`alternate_kind`]: only words that no song ends with are believed.
#[must_use]
pub fn says_alternate(file_name: &str) -> bool {
    let sure = [
        "instrumental",
        "acappella",
        "acapella",
        "cappella",
        "capella",
    ];
    let stem = file_name
        .rsplit_once('.')
        .map_or(file_name, |(stem, _)| stem);
    let all = words(stem);
    let ends = |with: &[&str]| {
        all.len() > with.len()
            && all[all.len() - with.len()..]
                .iter()
                .zip(with)
                .all(|(a, b)| a == b)
    };
    all.last()
        .is_some_and(|last| all.len() > 1 && sure.contains(&last.as_str()))
        || [
            ["radio", "edit"],
            ["tv", "mix"],
            ["tv", "track"],
            ["clean", "version"],
        ]
        .iter()
        .any(|pair| ends(pair))
        || ends(&["instrumental", "mix"])
        || ends(&["instrumental", "version"])
}

/// The one of `songs` that an alternate is named after, by their file names; `None` where none
/// or several would do.
#[must_use]
pub fn song_named_by(alternate: &str, songs: &[&str]) -> Option<usize> {
    let (_, wanted) = read(alternate);
    let named = |song: &str| words(&title_from_file_name(song));
    let mut same = (0..songs.len()).filter(|&place| named(songs[place]) == wanted);
    match (same.next(), same.next()) {
        (Some(only), None) => return Some(only),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    // "Rain TV mix 3 dB vocal up" still begins with its song; the longest title wins.
    let mut begins: Vec<usize> = (0..songs.len())
        .filter(|&place| {
            let title = named(songs[place]);
            !title.is_empty() && words(&title_from_file_name(alternate)).starts_with(&title)
        })
        .collect();
    begins.sort_by_key(|&place| std::cmp::Reverse(named(songs[place]).len()));
    match begins[..] {
        [only] => Some(only),
        [first, second, ..] if named(songs[first]).len() > named(songs[second]).len() => {
            Some(first)
        }
        _ => None,
    }
}

impl Project {
    /// The main mix of the song that an alternate goes beside; where nobody has said, the one it is named after among those
    /// that count.
    #[must_use]
    pub fn main_of(&self, alternate: &Mix) -> Option<&Mix> {
        let named = alternate.track.as_ref().and_then(|id| self.alternate(id));
        if let Some(song) = named.and_then(|other| self.track(&other.song)) {
            return self.mixes.get(&song.mix);
        }
        let mains: Vec<&Mix> = self
            .main_mixes()
            .filter(|m| m.role == MixRole::Main && m.audio.is_some())
            .collect();
        let version = track_key(&alternate.path).version;
        let names: Vec<&str> = mains.iter().map(|m| m.file_name.as_str()).collect();
        song_named_by(&alternate.file_name, &names)
            .map(|place| mains[place])
            .or_else(|| {
                // Two mains of one title: the one of the same stated version.
                let same = mains.iter().filter(|m| {
                    song_named_by(&alternate.file_name, &[m.file_name.as_str()]).is_some()
                        && track_key(&m.path).version == version
                });
                match same.copied().collect::<Vec<_>>()[..] {
                    [only] => Some(only),
                    _ => None,
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_kind() {
        for (name, kind) in [
            ("01 Rain (Instrumental).wav", AlternateKind::Instrumental),
            ("Rain_Inst.wav", AlternateKind::Instrumental),
            ("LQ-1001 Rain A Cappella.wav", AlternateKind::ACappella),
            ("Rain acapella v2.wav", AlternateKind::ACappella),
            ("Rain TV Mix.wav", AlternateKind::Tv),
            ("Rain - Radio Edit.wav", AlternateKind::Radio),
            ("Rain (clean).wav", AlternateKind::Clean),
            (
                "Radio Silence (Instrumental).wav",
                AlternateKind::Instrumental,
            ),
            ("Radio.wav", AlternateKind::Other),
            ("Rain vocal up.wav", AlternateKind::Other),
        ] {
            assert_eq!(alternate_kind(name), kind, "{name}");
        }
    }

    #[test]
    fn an_alternate_finds_its_song_by_name() {
        let songs = ["01 Rain.wav", "02 Rain Again.wav", "03 Radio.wav"];
        for (name, song) in [
            ("01 Rain (Instrumental).wav", Some(0)),
            ("LQ-1001 Rain_v2 TV mix.wav", Some(0)),
            ("Rain A Cappella.wav", Some(0)),
            ("02 Rain Again (A Cappella).wav", Some(1)),
            ("Radio (Radio Edit).wav", Some(2)),
            ("Rain vocal up.wav", Some(0)),
            ("Somebody else (Instrumental).wav", None),
        ] {
            assert_eq!(song_named_by(name, &songs), song, "{name}");
        }
        assert_eq!(
            song_named_by("Rain inst.wav", &["01 Rain.wav", "Rain.wav"]),
            None
        );
    }

    #[test]
    fn the_name_tells_what_it_is_to_its_song() {
        use AlternateRole::{ACappella, ACappellaBacking, ACappellaLead, Instrumental, Stem, Tv};
        for (name, role, called) in [
            ("Song (Instrumental).wav", Some(Instrumental), None),
            ("Song - Acapella.wav", Some(ACappella), None),
            ("Song (A Cappella Lead).wav", Some(ACappellaLead), None),
            ("Song a cappella backing.wav", Some(ACappellaBacking), None),
            ("Song TV mix.wav", Some(Tv), None),
            ("Song (Drums Stem).wav", Some(Stem), Some("Drums")),
            (
                "Song - Stem Bass and Keys.wav",
                Some(Stem),
                Some("Bass and Keys"),
            ),
            ("Song stem.wav", Some(Stem), None),
            ("Song (Clean Version).wav", Some(AlternateRole::Radio), None),
            ("Song (Explicit).wav", None, None),
            ("Song (Radio Edit).wav", None, None),
            ("Stem.wav", None, None),
            ("Song.wav", None, None),
        ] {
            let told = named_role(name);
            assert_eq!(told, (role, called.map(str::to_owned)), "{name}");
        }
    }

    #[test]
    fn only_sure_words_make_an_alternate_of_a_song() {
        for name in [
            "Rain (Instrumental).wav",
            "Rain a cappella.wav",
            "Rain Radio Edit.wav",
            "Rain TV mix.wav",
        ] {
            assert!(says_alternate(name), "{name}");
        }
        for name in [
            "Instrumental.wav",
            "Radio.wav",
            "Coming Clean.wav",
            "Rain.wav",
            "My TV.wav",
        ] {
            assert!(!says_alternate(name), "{name}");
        }
    }
}
