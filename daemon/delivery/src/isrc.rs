//! The recording's own number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ISRC in its twelve characters (ISO 3901): prefix of 5, year of 2, designation of 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Isrc([u8; 12]);

/// Says that a text is no ISRC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISRC: two letters, three letters or digits, seven digits")]
pub struct NotAnIsrc(pub String);

impl Isrc {
    /// Reads any common spelling: `ISRC DE-A12-26-00001`, `dea122600001`.
    pub fn parse(text: &str) -> Result<Self, NotAnIsrc> {
        let refusal = || NotAnIsrc(text.to_owned());
        let upper = text.trim().to_ascii_uppercase();
        let bare = upper.strip_prefix("ISRC").unwrap_or(&upper);
        let letters: Vec<u8> = bare
            .bytes()
            .filter(|c| !matches!(c, b' ' | b'-' | b':'))
            .collect();
        let code: [u8; 12] = letters.try_into().map_err(|_| refusal())?;
        let letters = code[..2].iter().all(u8::is_ascii_uppercase);
        let prefix = code[2..5]
            .iter()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let digits = code[5..].iter().all(u8::is_ascii_digit);
        if letters && prefix && digits {
            Ok(Self(code))
        } else {
            Err(refusal())
        }
    }

    /// The twelve characters without hyphens, as files carry them.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an ISRC is checked to be ASCII")
    }
}

impl TryFrom<String> for Isrc {
    type Error = NotAnIsrc;

    fn try_from(text: String) -> Result<Self, NotAnIsrc> {
        Self::parse(&text)
    }
}

impl From<Isrc> for String {
    fn from(code: Isrc) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for Isrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.as_str();
        write!(
            f,
            "{}-{}-{}-{}",
            &code[..2],
            &code[2..5],
            &code[5..7],
            &code[7..]
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = match Isrc::parse(text) {
            Ok(isrc) => isrc.as_str().to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn common_spellings_come_down_to_twelve_characters() {
        check("DEA122600001", "DEA122600001");
        check("ISRC DE-A12-26-00001", "DEA122600001");
        check("isrc: de-a12-26-00001", "DEA122600001");
        check(" QZ 7VC 26 00042 ", "QZ7VC2600042");
        let no = |text: &str| {
            format!("{text:?} is not an ISRC: two letters, three letters or digits, seven digits")
        };
        for text in [
            "",
            "DEA12260000",
            "DEA1226000011",
            "D1A122600001",
            "DEA12260000X",
            "DÉA12260001",
        ] {
            check(text, &no(text));
        }
    }

    #[test]
    fn people_see_it_with_hyphens() {
        assert_eq!(
            Isrc::parse("DEA122600001").unwrap().to_string(),
            "DE-A12-26-00001"
        );
    }
}
