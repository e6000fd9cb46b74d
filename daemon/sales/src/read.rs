//! A table read into a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tables::{Cell, NoTable, Row};

use crate::columns::{self, Heads, Part};
use crate::earned::Earned;
use crate::figures::{self, Decimals, Written};
use crate::month::{self, DateOrder, Dates, Month};
use crate::quarter::Quarter;
use crate::report::{LeftOut, Line, MOST_LINES, MOST_NAMED, Report, SaleKind, Song};

/// Largest table, in bytes.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What is known of a table before it is read; what is left out is found in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The quarter it reports.
    pub quarter: Quarter,
    /// Heads of columns that are not found by themselves.
    #[serde(default)]
    pub columns: BTreeMap<Part, String>,
    /// The currency where the table names none.
    #[serde(default)]
    pub currency: Option<String>,
    /// How decimals are written, where the table leaves it open.
    #[serde(default)]
    pub decimals: Option<Decimals>,
    /// How dates are written, where the table leaves it open.
    #[serde(default)]
    pub dates: Option<DateOrder>,
}

impl From<NoTable> for Trouble {
    fn from(none: NoTable) -> Self {
        match none {
            NoTable::Unreadable => Self::NoTable,
            NoTable::OldSpreadsheet => Self::OldSpreadsheet,
            NoTable::DamagedSpreadsheet => Self::DamagedSpreadsheet,
            NoTable::TooManyRows => Self::TooManyRows,
        }
    }
}

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It is none.
    #[error(
        "this is no table; save the report as CSV or as a spreadsheet (xlsx) and send it again"
    )]
    NoTable,
    /// A spreadsheet of before 2007.
    #[error(
        "this is a spreadsheet of the old kind (xls); save it as xlsx or CSV and send it again"
    )]
    OldSpreadsheet,
    /// It cannot be opened.
    #[error("the spreadsheet is damaged or locked with a password; save it anew and send it again")]
    DamagedSpreadsheet,
    /// Too large.
    #[error("the table has more than a million rows; split it by months")]
    TooManyRows,
    /// Too much of it.
    #[error("the table has more than 200000 different lines; split it by months")]
    TooManyLines,
    /// Its columns are not known.
    #[error("no column was recognised as {missing}; its columns are {seen}; say which one it is")]
    Columns {
        /// What was not found, in words.
        missing: String,
        /// What there is.
        seen: String,
    },
    /// Nothing under the heads.
    #[error("the table has heads and no rows under them")]
    Empty,
    /// No currency.
    #[error("nothing in the table names a currency; say which it is")]
    NoCurrency,
    /// Two readings a thousandfold apart.
    #[error(
        "\u{201c}{example}\u{201d} can be read in two ways; say whether a point or a comma stands before the decimals"
    )]
    Decimals {
        /// One of them.
        example: String,
    },
    /// Figures that contradict each other.
    #[error(
        "some amounts have a point before their decimals and some a comma; save the report anew with one of them"
    )]
    MixedDecimals,
    /// Two readings of the dates.
    #[error(
        "\u{201c}{example}\u{201d} can be read in two ways; say whether its day or its month comes first"
    )]
    Dates {
        /// One of them.
        example: String,
    },
    /// More than can be kept.
    #[error("the amounts add up to more than Lacquer keeps books for")]
    TooLarge,
}

/// Reads a table: CSV, text between tabs, semicolons or bars, in UTF-8, UTF-16 or Windows-1252, or an
/// xlsx spreadsheet. Rows may stand above the heads, and totals under the lines; a total that is not
/// what the lines add up to is noted.
///
/// # Errors
/// What is no table, what cannot be told from it, or too much of it.
pub fn read(bytes: &[u8], ask: &Ask) -> Result<Report, Trouble> {
    let rows = tables::rows(bytes)?;
    let heads =
        columns::find(&rows, &ask.columns).map_err(|nearest| unknown(&rows, nearest, ask))?;
    let body = &rows[heads.row + 1..];
    if body.iter().all(Row::is_empty) {
        return Err(Trouble::Empty);
    }
    let mut reading = Reading::new(&heads, body, ask)?;
    for (place, row) in body.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
        reading.take(row, heads.row + place + 2)?;
    }
    let head = |column: usize| rows[heads.row].get(column).map_or("", |cell| cell.text);
    let named = |(part, column): (&Part, &usize)| (*part, head(*column).to_owned());
    reading.end(heads.at.iter().map(named).collect())
}

fn unknown(rows: &[Row], nearest: Option<usize>, ask: &Ask) -> Trouble {
    let Some(row) = nearest.map(|place| &rows[place]) else {
        return Trouble::NoTable;
    };
    let seen: Vec<String> = row
        .cells()
        .filter(|cell| !cell.text.is_empty())
        .take(40)
        .map(|cell| format!("\u{201c}{}\u{201d}", cell.text))
        .collect();
    let one = std::slice::from_ref(row);
    let found = match columns::find(one, &BTreeMap::new()) {
        Ok(heads) => heads.at,
        Err(_) => BTreeMap::new(),
    };
    let chosen = ask.columns.keys().copied().filter(|part| {
        let named = ask.columns.get(part);
        let is_there =
            |cell: Cell<'_>| named.is_some_and(|n| n.trim().eq_ignore_ascii_case(cell.text));
        !row.cells().any(is_there)
    });
    let mut missing: Vec<&str> = chosen.map(Part::words).collect();
    if missing.is_empty() {
        missing = columns::missing(&found)
            .into_iter()
            .map(Part::words)
            .collect();
    }
    Trouble::Columns {
        missing: missing.join(" or "),
        seen: seen.join(", "),
    }
}

/// What lines are added up by.
type Key = (usize, Option<Month>, String, String, SaleKind, String);

struct Reading<'t> {
    heads: &'t Heads,
    ask: &'t Ask,
    amounts: Decimals,
    counts: Decimals,
    dates: DateOrder,
    songs: BTreeMap<Song, usize>,
    lines: BTreeMap<Key, (i64, Earned)>,
    report: Report,
    rounded_codes: usize,
}

fn cell<'r>(heads: &Heads, row: &'r Row, part: Part) -> Option<Cell<'r>> {
    let cell = row.get(*heads.at.get(&part)?)?;
    (!cell.text.is_empty()).then_some(cell)
}

impl<'t> Reading<'t> {
    fn new(heads: &'t Heads, body: &'t [Row], ask: &'t Ask) -> Result<Self, Trouble> {
        let of = |part: Part| body.iter().filter_map(move |row| cell(heads, row, part));
        let amounts = match (figures::written(of(Part::Amount)), ask.decimals) {
            (Written::As(decimals), _) | (Written::Open, Some(decimals)) => decimals,
            (Written::Open, None) => {
                let example = of(Part::Amount).find(|c| c.text.contains(['.', ',']));
                let example = example.map_or_else(String::new, |cell| cell.text.to_owned());
                return Err(Trouble::Decimals { example });
            }
            (Written::Mixed, _) => return Err(Trouble::MixedDecimals),
        };
        // Counts have no decimals: what marks them marks thousands.
        let counts = match figures::written(of(Part::Units)) {
            Written::As(decimals) => decimals,
            Written::Open | Written::Mixed => {
                let comma = of(Part::Units).any(|c| c.text.contains(','));
                if comma {
                    Decimals::Point
                } else {
                    Decimals::Comma
                }
            }
        };
        let texts = of(Part::Month).map(|cell| cell.text);
        let dates = match (month::dates(texts.clone(), ask.quarter), ask.dates) {
            (Dates::Read(order), _) | (Dates::Open, Some(order)) => order,
            (Dates::Open, None) => {
                let example = texts.clone().next().unwrap_or_default().to_owned();
                return Err(Trouble::Dates { example });
            }
        };
        Ok(Self {
            heads,
            ask,
            amounts,
            counts,
            dates,
            songs: BTreeMap::new(),
            lines: BTreeMap::new(),
            report: Report::default(),
            rounded_codes: 0,
        })
    }

    fn text(&self, row: &Row, part: Part) -> String {
        cell(self.heads, row, part).map_or_else(String::new, |cell| cell.text.to_owned())
    }

    fn leave_out(&mut self, row: usize, why: String) {
        self.report.left_out_count += 1;
        if self.report.left_out.len() < MOST_NAMED {
            self.report.left_out.push(LeftOut { row, why });
        }
    }

    fn song(&mut self, row: &Row) -> Song {
        let ean = self.text(row, Part::Ean);
        let (ean, was_rounded) = ean_of(&ean);
        self.rounded_codes += usize::from(was_rounded);
        Song {
            ean,
            isrc: isrc_of(&self.text(row, Part::Isrc)),
            catalogue_no: code_of(&self.text(row, Part::CatalogueNo)),
            title: self.text(row, Part::Title),
            artist: self.text(row, Part::Artist),
        }
    }

    fn take(&mut self, row: &Row, number: usize) -> Result<(), Trouble> {
        let Some(amount) = cell(self.heads, row, Part::Amount) else {
            self.leave_out(number, "it has no amount".to_owned());
            return Ok(());
        };
        let plain = figures::plain(amount, self.amounts);
        let Some(earned) = plain.as_deref().and_then(Earned::of_decimal) else {
            let why = format!("\u{201c}{}\u{201d} is no amount", amount.text);
            self.leave_out(number, why);
            return Ok(());
        };
        let song = self.song(row);
        if !song.has_code() && self.is_total(row, earned, number)? {
            return Ok(());
        }
        let Some(currency) = self.currency(row) else {
            return Err(Trouble::NoCurrency);
        };
        let month = self.text(row, Part::Month);
        let month = month::month_of(&month, self.dates).unwrap_or_else(|()| {
            let note = format!(
                "Row {number}: \u{201c}{month}\u{201d} is no month; the row counts without one."
            );
            if self.report.notes.len() < 50 {
                self.report.notes.push(note);
            }
            None
        });
        let units = self.units(row);
        let next = self.songs.len();
        let song = *self.songs.entry(song).or_insert(next);
        let kind = SaleKind::of(&self.text(row, Part::Kind));
        let (shop, territory) = (self.text(row, Part::Shop), self.text(row, Part::Territory));
        let key = (song, month, shop, territory, kind, currency);
        let sum = self.lines.entry(key).or_default();
        sum.0 = sum.0.saturating_add(units);
        sum.1 = sum.1.plus(earned).ok_or(Trouble::TooLarge)?;
        self.report.rows += 1;
        if self.lines.len() > MOST_LINES {
            return Err(Trouble::TooManyLines);
        }
        Ok(())
    }

    fn units(&self, row: &Row) -> i64 {
        let cell = cell(self.heads, row, Part::Units);
        let plain = cell.and_then(|cell| figures::plain(cell, self.counts));
        let whole = plain.as_deref().and_then(Earned::of_decimal);
        whole.map_or(0, |figure| figure.minor(0))
    }

    fn currency(&self, row: &Row) -> Option<String> {
        let said = self.text(row, Part::Currency).to_uppercase();
        let is_code =
            |code: &String| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
        Some(said)
            .filter(is_code)
            .or_else(|| self.heads.currency.clone())
            .or_else(|| self.ask.currency.clone().filter(is_code))
    }

    /// Whether a row without a code is the sum of those above it, and notes a sum that is not theirs.
    fn is_total(&mut self, row: &Row, earned: Earned, number: usize) -> Result<bool, Trouble> {
        let sum = self
            .lines
            .values()
            .try_fold(Earned::default(), |sum, (_, earned)| sum.plus(*earned));
        let sum = sum.ok_or(Trouble::TooLarge)?;
        let says = |cell: Cell<'_>| {
            let small = cell.text.to_lowercase();
            ["total", "sum", "gesamt", "summe"]
                .iter()
                .any(|word| small.contains(word))
        };
        // What is said is rounded to what it shows.
        let apart = sum
            .plus(-earned)
            .map_or(u64::MAX, |apart| apart.0.unsigned_abs());
        let is_it = apart <= 5_000_000;
        if !row.cells().any(says) && !is_it {
            return Ok(false);
        }
        if !is_it {
            self.report.notes.push(format!(
                "Row {number} says the total is {earned}, and the lines above it add up to {sum}: the table was cut, or holds more than one."
            ));
        }
        Ok(true)
    }

    fn end(self, columns: BTreeMap<Part, String>) -> Result<Report, Trouble> {
        let mut report = self.report;
        report.columns = columns;
        if self.rounded_codes > 0 {
            report.notes.push(format!(
                "In {} rows a spreadsheet program has rounded the EAN away; they are known by their other codes alone.",
                self.rounded_codes
            ));
        }
        let mut songs: Vec<(Song, usize)> = self.songs.into_iter().collect();
        songs.sort_by_key(|(_, place)| *place);
        report.songs = songs.into_iter().map(|(song, _)| song).collect();
        let line = |(key, (units, earned)): (Key, (i64, Earned))| {
            let (song, month, shop, territory, kind, currency) = key;
            Line {
                song,
                month,
                shop,
                territory,
                kind,
                currency,
                units,
                earned,
            }
        };
        report.lines = self.lines.into_iter().map(line).collect();
        if report.rows == 0 && report.left_out_count == 0 {
            return Err(Trouble::Empty);
        }
        report.earned().ok_or(Trouble::TooLarge)?;
        Ok(report)
    }
}

/// 13 digits that carry their check digit (GS1 General Specifications, 7.9), and whether the code was lost in
/// a spreadsheet's rounding.
fn ean_of(text: &str) -> (String, bool) {
    let plain: String = text
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '+' || *c == '.')
        .collect();
    let is_rounded = plain.contains(['E', 'e']) && plain.contains(['+', '.']);
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    if is_rounded || !(8..=14).contains(&digits.len()) || digits.len() != plain.len() {
        return (String::new(), is_rounded);
    }
    // A UPC is an EAN with a nought before it; spreadsheets drop noughts.
    let full = format!("{digits:0>13}");
    let full = full
        .strip_prefix('0')
        .filter(|rest| rest.len() == 13)
        .unwrap_or(&full);
    let sum: u32 = full
        .bytes()
        .enumerate()
        .map(|(at, digit)| u32::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    if full.len() == 13 && sum.is_multiple_of(10) {
        (full.to_owned(), false)
    } else {
        (String::new(), false)
    }
}

/// Twelve characters of an ISRC (ISO 3901): two letters, three characters, seven digits.
fn isrc_of(text: &str) -> String {
    let plain = code_of(text);
    let plain = plain.strip_prefix("ISRC").unwrap_or(&plain);
    let is_whole = plain.len() == 12
        && plain.is_char_boundary(5)
        && plain.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && plain.bytes().skip(5).all(|b| b.is_ascii_digit());
    if is_whole {
        plain.to_owned()
    } else {
        String::new()
    }
}

fn code_of(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_uppercase()).collect()
}
