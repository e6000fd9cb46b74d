//! Which column holds what, by the heads that distributors use.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use tables::Row;

/// Heads by what they mean.
const HEADS: &str = include_str!("heads.txt");
/// Currencies that are looked for in heads.
const CURRENCIES: [&str; 11] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN",
];
/// How many rows may stand above the heads.
const LOOKED_AT: usize = 40;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The release's EAN or UPC.
    Ean,
    /// The recording's ISRC.
    Isrc,
    /// The release's catalogue number.
    CatalogueNo,
    /// The song's title.
    Title,
    /// The artist.
    Artist,
    /// The shop.
    Shop,
    /// The country.
    Territory,
    /// Whether it was bought or streamed.
    Kind,
    /// How many.
    Units,
    /// What the studio gets for them.
    Amount,
    /// The amount's currency.
    Currency,
    /// The month.
    Month,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 12] = [
        Self::Ean,
        Self::Isrc,
        Self::CatalogueNo,
        Self::Title,
        Self::Artist,
        Self::Shop,
        Self::Territory,
        Self::Kind,
        Self::Units,
        Self::Amount,
        Self::Currency,
        Self::Month,
    ];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ean => "ean",
            Self::Isrc => "isrc",
            Self::CatalogueNo => "catalogue_no",
            Self::Title => "title",
            Self::Artist => "artist",
            Self::Shop => "shop",
            Self::Territory => "territory",
            Self::Kind => "kind",
            Self::Units => "units",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Month => "month",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ean => "the EAN",
            Self::Isrc => "the ISRC",
            Self::CatalogueNo => "the catalogue number",
            Self::Title => "the title",
            Self::Artist => "the artist",
            Self::Shop => "the shop",
            Self::Territory => "the country",
            Self::Kind => "what was sold",
            Self::Units => "how many",
            Self::Amount => "the amount",
            Self::Currency => "the currency",
            Self::Month => "the month",
        }
    }

    /// Heads that mean it, the surest first.
    fn heads(self) -> impl Iterator<Item = &'static str> {
        let lines = HEADS.lines().filter_map(|line| line.split_once(": "));
        let mine = lines.filter(move |(part, _)| *part == self.code());
        mine.flat_map(|(_, heads)| heads.split_whitespace())
    }
}

/// The heads of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heads {
    /// Which row they are, from 0.
    pub(crate) row: usize,
    /// Which column holds what, from 0.
    pub(crate) at: BTreeMap<Part, usize>,
    /// A currency in the amount's head, such as `Earnings (USD)`.
    pub(crate) currency: Option<String>,
}

/// The letters and digits of a head, small, and a currency that stands in it.
fn plain(head: &str) -> (String, Option<String>) {
    let mut currency = None;
    let words: Vec<&str> = head
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut kept = String::new();
    for word in &words {
        let is_currency = CURRENCIES.contains(word);
        if is_currency && words.len() > 1 {
            currency = Some((*word).to_owned());
        } else {
            kept.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    let signs = [('\u{20ac}', "EUR"), ('$', "USD"), ('\u{a3}', "GBP")];
    let sign = signs.into_iter().find(|(sign, _)| head.contains(*sign));
    let currency = currency.or(sign.map(|(_, code)| code.to_owned()));
    (kept, currency)
}

fn of_row(row: &Row, chosen: &BTreeMap<Part, String>) -> (BTreeMap<Part, usize>, Option<String>) {
    let heads: Vec<(String, Option<String>)> = row.cells().map(|cell| plain(cell.text)).collect();
    let mut at = BTreeMap::new();
    for part in Part::ALL {
        let found = match chosen.get(&part) {
            Some(head) => {
                let wanted = head.trim().to_lowercase();
                row.cells()
                    .position(|cell| cell.text.to_lowercase() == wanted)
            }
            None => part
                .heads()
                .find_map(|name| heads.iter().position(|(head, _)| head == name)),
        };
        if let Some(found) = found {
            at.insert(part, found);
        }
    }
    let currency = at
        .get(&Part::Amount)
        .and_then(|column| heads[*column].1.clone());
    (at, currency)
}

/// Which of these heads are found without being named.
#[must_use]
pub fn usual(columns: &BTreeMap<Part, String>) -> BTreeSet<Part> {
    let is_usual = |(part, head): &(&Part, &String)| {
        let (plain, _) = plain(head);
        part.heads().any(|known| known == plain)
    };
    columns
        .iter()
        .filter(is_usual)
        .map(|(part, _)| *part)
        .collect()
}

/// What is missing for a table to be read: an amount, and a code that says what it is for.
pub(crate) fn missing(at: &BTreeMap<Part, usize>) -> Vec<Part> {
    let mut missing = Vec::new();
    let codes = [Part::Ean, Part::Isrc, Part::CatalogueNo];
    if !codes.iter().any(|code| at.contains_key(code)) {
        missing.push(Part::Isrc);
    }
    if !at.contains_key(&Part::Amount) {
        missing.push(Part::Amount);
    }
    missing
}

/// Finds the heads: the first row with a code and an amount. An error gives the row that came nearest.
pub(crate) fn find(rows: &[Row], chosen: &BTreeMap<Part, String>) -> Result<Heads, Option<usize>> {
    let mut nearest: Option<(usize, usize)> = None;
    for (place, row) in rows.iter().enumerate().take(LOOKED_AT) {
        let (at, currency) = of_row(row, chosen);
        let is_chosen = chosen.keys().all(|part| at.contains_key(part));
        if missing(&at).is_empty() && is_chosen {
            return Ok(Heads {
                row: place,
                at,
                currency,
            });
        }
        let known = at.len();
        if row.cells().nth(1).is_some() && nearest.is_none_or(|(_, most)| known > most) {
            nearest = Some((place, known));
        }
    }
    Err(nearest.map(|(place, _)| place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_heads_and_no_head_means_two_things() {
        let mut seen = std::collections::BTreeSet::new();
        for part in Part::ALL {
            assert!(part.heads().count() > 3, "{}", part.code());
            for head in part.heads() {
                assert_eq!(plain(head).0, head, "a head is letters and digits alone");
                assert!(seen.insert(head), "{head}");
            }
        }
    }
}
