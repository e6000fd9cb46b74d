use std::fmt;

/// A (P) or (C) line without its sign: a year and an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsLine {
    year: String,
    owner: String,
}

/// A text that is no such line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\u{201c}{0}\u{201d} is no (P) or (C) line: write the year and the owner, such as \u{201c}2026 Example Records\u{201d}"
)]
pub struct NotALine(pub String);

/// Signs that people put before it.
const SIGNS: [&str; 6] = ["(p)", "(c)", "\u{2117}", "\u{a9}", "\u{24c5}", "\u{24b8}"];

impl RightsLine {
    /// Reads a line with or without its sign.
    pub fn parse(text: &str) -> Result<Self, NotALine> {
        let refusal = || NotALine(text.chars().take(80).collect());
        let mut rest = text.trim();
        for sign in SIGNS {
            let head = rest.get(..sign.len());
            if head.is_some_and(|head| head.eq_ignore_ascii_case(sign)) {
                rest = rest[sign.len()..].trim_start();
                break;
            }
        }
        let (year, owner) = rest.split_once(char::is_whitespace).ok_or_else(refusal)?;
        let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        let owner = owner.trim();
        if !is_year || owner.is_empty() || owner.chars().any(char::is_control) {
            return Err(refusal());
        }
        Ok(Self {
            year: year.to_owned(),
            owner: owner.to_owned(),
        })
    }

    /// The year, four digits.
    pub fn year(&self) -> &str {
        &self.year
    }

    /// Who owns it.
    pub fn owner(&self) -> &str {
        &self.owner
    }
}

impl fmt::Display for RightsLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.year, self.owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_fall_off_and_a_year_and_an_owner_stay() {
        for text in [
            "2026 Laqueur",
            "(P) 2026  Laqueur",
            "\u{2117} 2026 Laqueur",
            "\u{a9}2026 Laqueur",
        ] {
            assert_eq!(RightsLine::parse(text).unwrap().to_string(), "2026 Laqueur");
        }
        for text in ["", "Laqueur", "2026", "26 Laqueur", "(P) Laqueur 2026"] {
            assert!(RightsLine::parse(text).is_err(), "{text}");
        }
    }
}
