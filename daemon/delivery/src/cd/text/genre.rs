//! Genres that CD-Text has numbers for.

use serde::{Deserialize, Serialize};

/// A genre: its number, and words of one's own behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genre {
    /// The number; 0 is none, 1 one that is not in the list.
    pub code: u16,
    /// Words behind it, in ASCII; may be empty.
    pub words: Vec<u8>,
}

/// Names of the numbers, from 0.
const NAMES: [&str; 28] = [
    "none",
    "undefined",
    "Adult Contemporary",
    "Alternative Rock",
    "Children's Music",
    "Classical",
    "Contemporary Christian",
    "Country",
    "Dance",
    "Easy Listening",
    "Erotic",
    "Folk",
    "Gospel",
    "Hip Hop",
    "Jazz",
    "Latin",
    "Musical",
    "New Age",
    "Opera",
    "Operetta",
    "Pop",
    "Rap",
    "Reggae",
    "Rock",
    "Rhythm & Blues",
    "Sound Effects",
    "Spoken Word",
    "World Music",
];

impl Genre {
    /// The genre of this name; one that has no number keeps its words under *undefined*.
    pub fn named(name: &str) -> Self {
        let known = (0u16..).zip(NAMES);
        let mut same = known.filter(|(_, known)| known.eq_ignore_ascii_case(name.trim()));
        match same.next() {
            Some((code, _)) => Self {
                code,
                words: Vec::new(),
            },
            None => Self {
                code: 1,
                words: name.trim().as_bytes().to_vec(),
            },
        }
    }

    /// The name of its number.
    pub fn name(&self) -> Option<&'static str> {
        NAMES.get(usize::from(self.code)).copied()
    }
}
