//! The release's own number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An EAN-13 with its right check digit (GS1 general specifications, section 7.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ean([u8; 13]);

/// Says that a text is no EAN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEan {
    /// Neither 13 digits, nor the 12 of an older UPC.
    #[error("{0:?} is not an EAN: 13 digits, or the 12 of an UPC")]
    Shape(String),
    /// The last digit does not follow from the others.
    #[error("{given:?} is not an EAN: after its other digits the last one would be {right}")]
    CheckDigit {
        /// What was given.
        given: String,
        /// The right check digit.
        right: char,
    },
}

impl Ean {
    /// Reads 13 digits, or 12 of an UPC-A, which get their leading zero; spaces and dashes fall off.
    pub fn parse(text: &str) -> Result<Self, NotAnEan> {
        let shape = || NotAnEan::Shape(text.to_owned());
        let mut plain: Vec<u8> = text.bytes().filter(|c| !matches!(c, b' ' | b'-')).collect();
        if plain.len() == 12 {
            plain.insert(0, b'0');
        }
        if !plain.iter().all(u8::is_ascii_digit) {
            return Err(shape());
        }
        let digits: [u8; 13] = plain.try_into().map_err(|_| shape())?;
        let weights = [1, 3].into_iter().cycle();
        let sum: u32 = digits[..12]
            .iter()
            .zip(weights)
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        let right = char::from_digit((10 - sum % 10) % 10, 10).expect("one digit");
        if char::from(digits[12]) == right {
            Ok(Self(digits))
        } else {
            let given = text.to_owned();
            Err(NotAnEan::CheckDigit { given, right })
        }
    }

    /// The thirteen digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an EAN is checked to be digits")
    }
}

impl TryFrom<String> for Ean {
    type Error = NotAnEan;

    fn try_from(text: String) -> Result<Self, NotAnEan> {
        Self::parse(&text)
    }
}

impl From<Ean> for String {
    fn from(code: Ean) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for Ean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = match Ean::parse(text) {
            Ok(ean) => ean.as_str().to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn eans_and_upcs_come_down_to_thirteen_digits() {
        check("4006381333931", "4006381333931");
        check("4 006381 333931", "4006381333931");
        check("036000291452", "0036000291452");
        check(
            "4006381333932",
            "\"4006381333932\" is not an EAN: after its other digits the last one would be 1",
        );
        let shape = |text: &str| format!("{text:?} is not an EAN: 13 digits, or the 12 of an UPC");
        for text in ["", "40063813339", "40063813339311", "400638133393X"] {
            check(text, &shape(text));
        }
    }
}
