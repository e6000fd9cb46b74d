//! Numbers of quotes, invoices and what else a studio numbers without gaps.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::BadId;

/// A row of numbers, each without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// Quotes.
    Quote,
    /// Invoices.
    Invoice,
    /// Receipts of payments.
    Receipt,
    /// Credits given instead of a refund.
    Credit,
    /// Credit notes: refunds and cancelled invoices.
    CreditNote,
}

impl Series {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Quote,
        Self::Invoice,
        Self::Receipt,
        Self::Credit,
        Self::CreditNote,
    ];

    /// The letters before the number.
    #[must_use]
    pub fn letters(self) -> &'static str {
        match self {
            Self::Quote => "Q",
            Self::Invoice => "INV",
            Self::Receipt => "R",
            Self::Credit => "C",
            Self::CreditNote => "CN",
        }
    }

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Invoice => "invoice",
            Self::Receipt => "receipt",
            Self::Credit => "credit",
            Self::CreditNote => "credit_note",
        }
    }
}

/// The number of a document: `INV-0001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNo {
    /// Which row of numbers.
    pub series: Series,
    /// The number in it, from 1.
    pub no: u32,
}

impl fmt::Display for DocumentNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}", self.series.letters(), self.no)
    }
}

impl FromStr for DocumentNo {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId {
            text: text.chars().take(40).collect(),
            what: "the number of a document, such as INV-0001",
        };
        let (letters, digits) = text.split_once('-').ok_or_else(bad)?;
        let series = Series::ALL.into_iter().find(|s| s.letters() == letters);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let no = digits.parse().ok().filter(|no| *no > 0).ok_or_else(bad)?;
        Ok(Self {
            series: series.ok_or_else(bad)?,
            no,
        })
    }
}

impl TryFrom<String> for DocumentNo {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<DocumentNo> for String {
    fn from(no: DocumentNo) -> String {
        no.to_string()
    }
}
