//! Identifiers and numbers that name things; each kind is its own type, so that none is mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type UnixMs = i64;

/// Why a text is not the identifier it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{text}\u{201d} is not {what}")]
pub struct BadId {
    /// What was given.
    pub text: String,
    /// What was expected, with its form.
    pub what: &'static str,
}

fn is_lower_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

macro_rules! hex_id {
    ($name:ident, $digits:literal, $what:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The lower-case hexadecimal text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                if is_lower_hex(text, $digits) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadId {
                        text: text.chars().take(80).collect(),
                        what: $what,
                    })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

hex_id!(
    ProjectId,
    32,
    "a project's id (32 lower-case hexadecimal digits)",
    "A project and its order, which are one to one; opaque, 128 bits."
);
hex_id!(
    PersonId,
    32,
    "a person's id (32 lower-case hexadecimal digits)",
    "A person: client or staff; opaque, 128 bits."
);
hex_id!(
    MixId,
    32,
    "a mix's id (32 lower-case hexadecimal digits)",
    "A mix of a project; opaque, 128 bits."
);
hex_id!(
    TrackId,
    32,
    "a track's id (32 lower-case hexadecimal digits)",
    "A song of a project; opaque, 128 bits."
);
hex_id!(
    CommentId,
    32,
    "a comment's id (32 lower-case hexadecimal digits)",
    "A client's or engineer's comment at a time; opaque, 128 bits."
);
hex_id!(
    ObjectSum,
    64,
    "an object's checksum (64 lower-case hexadecimal digits)",
    "SHA-256 of a stored file's bytes: its name in the vault."
);
hex_id!(
    SampleSum,
    64,
    "a checksum of samples (64 lower-case hexadecimal digits)",
    "SHA-256 of the interleaved little-endian samples, without any file around them: what an approval pins."
);

impl MixId {
    /// The track that a first main mix opens gets the mix's own number, so that no second
    /// random number has to be passed in.
    #[must_use]
    pub fn as_track(&self) -> TrackId {
        TrackId(self.0.clone())
    }
}

/// The number people use for an order: `LQ-1001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderNumber(u32);

impl OrderNumber {
    /// The first number a new studio gives out.
    pub const FIRST: Self = Self(1001);

    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LQ-{:04}", self.0)
    }
}

impl FromStr for OrderNumber {
    type Err = BadId;
    /// Takes the spellings found in file names: `LQ-1001`, `lq1001`, `LQ_1001`, `LQ 1001`.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId {
            text: text.chars().take(80).collect(),
            what: "an order number like LQ-1001",
        };
        let upper = text.trim().to_ascii_uppercase();
        let digits = upper.strip_prefix("LQ").ok_or_else(bad)?;
        let digits = digits.strip_prefix(['-', '_', ' ']).unwrap_or(digits);
        if digits.len() < 4 || digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        digits.parse().map(Self).map_err(|_| bad())
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> String {
        number.to_string()
    }
}

/// A revision's number; the first reference is revision 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct RevisionNo(u32);

impl RevisionNo {
    /// Revision 1.
    pub const FIRST: Self = Self(1);

    /// The revision after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for RevisionNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl TryFrom<u32> for RevisionNo {
    type Error = BadId;
    fn try_from(no: u32) -> Result<Self, BadId> {
        if no == 0 {
            return Err(BadId {
                text: no.to_string(),
                what: "a revision's number (1 or more)",
            });
        }
        Ok(Self(no))
    }
}

impl From<RevisionNo> for u32 {
    fn from(no: RevisionNo) -> u32 {
        no.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_number_is_read_in_every_spelling_clients_use() {
        for text in ["LQ-1001", "lq1001", "LQ_1001", "Lq 1001", " LQ-1001 "] {
            assert_eq!(
                text.parse::<OrderNumber>().map(|n| n.to_string()),
                Ok("LQ-1001".to_owned()),
                "{text}"
            );
        }
        for text in ["1001", "LQ-1", "LQ-10a1", "LQ--1001", "", "LQ-9999999999"] {
            assert!(text.parse::<OrderNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_are_lower_case_hexadecimal_of_their_length() {
        assert!(
            "0123456789abcdef0123456789abcdef"
                .parse::<ProjectId>()
                .is_ok()
        );
        for text in [
            "",
            "../../etc/passwd",
            "0123456789ABCDEF0123456789ABCDEF",
            "0123",
        ] {
            assert!(text.parse::<ProjectId>().is_err(), "{text}");
        }
    }
}
