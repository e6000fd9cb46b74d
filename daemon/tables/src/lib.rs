//! A table's bytes as rows of cells: text between marks in any usual coding, or a spreadsheet.
//!
//! What the cells mean is other crates' business. Nothing here opens a file; the studio has the bytes read in its
//! sandboxed worker.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Most rows that are read.
const MOST_ROWS: usize = 1_000_000;
/// Most columns.
const MOST_COLUMNS: usize = 300;
/// Longest cell that is kept, in characters.
const CELL_MAX: usize = 300;
/// How much of a text is looked at for its marks, in bytes.
const LOOKED_AT: usize = 65_536;

/// Why bytes are no table that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTable {
    /// Neither text nor a spreadsheet, or nothing at all.
    #[error("this is no table")]
    Unreadable,
    /// A spreadsheet of before 2007.
    #[error("this is a spreadsheet of the old kind (xls)")]
    OldSpreadsheet,
    /// It cannot be opened.
    #[error("the spreadsheet is damaged or locked with a password")]
    DamagedSpreadsheet,
    /// Too large.
    #[error("the table has more than a million rows")]
    TooManyRows,
}

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'r> {
    /// What stands in it.
    pub text: &'r str,
    /// A spreadsheet's own number: written with a point, whatever the rest of the column does.
    pub is_number: bool,
}

/// The mark of a number, beside where its text ends.
const NUMBER: u32 = 1 << 31;

/// A row, its cells in one piece: a report may have millions of them.
#[derive(Debug, Clone, Default)]
pub struct Row {
    text: Box<str>,
    ends: Box<[u32]>,
}

impl Row {
    fn of<'c>(cells: impl Iterator<Item = (&'c str, bool)>) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for (cell, is_number) in cells.take(MOST_COLUMNS) {
            let plain = cell.trim().chars().filter(|c| !c.is_control());
            text.extend(plain.take(CELL_MAX));
            let end = u32::try_from(text.len()).unwrap_or(0);
            ends.push(if is_number { end | NUMBER } else { end });
        }
        Self {
            text: text.into(),
            ends: ends.into(),
        }
    }

    /// The cell of a column, from 0; none behind the row's last.
    #[must_use]
    pub fn get(&self, column: usize) -> Option<Cell<'_>> {
        let end = *self.ends.get(column)?;
        let before = column
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] & !NUMBER);
        let place = |end: u32| usize::try_from(end).unwrap_or(0);
        Some(Cell {
            text: &self.text[place(before)..place(end & !NUMBER)],
            is_number: end & NUMBER != 0,
        })
    }

    /// Its cells, from the left.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.ends.len()).filter_map(|column| self.get(column))
    }

    /// Whether nothing stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// The rows of a table, with nothing left out; the first is row 1. Text may be in any usual coding, its cells between tabs,
/// semicolons, commas or bars; of a spreadsheet it is the sheet with the most rows.
///
/// # Errors
/// Why it is no table.
pub fn rows(bytes: &[u8]) -> Result<Vec<Row>, NoTable> {
    if bytes.starts_with(b"PK\x03\x04") {
        return spreadsheet(bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(NoTable::OldSpreadsheet);
    }
    if bytes.starts_with(b"%PDF-") {
        return Err(NoTable::Unreadable);
    }
    // The reader counts a line at its LF, which of CR and LF it sees only with the next row; the last one has none, maybe.
    let text = decoded(bytes)?.replace("\r\n", "\n") + "\n";
    // Every usual mark, the one that makes the most of the first lines.
    let head = text.get(..LOOKED_AT.min(text.len())).unwrap_or(&text);
    let marks = [b'\t', b';', b',', b'|'];
    let best = marks.into_iter().max_by_key(|mark| columns(head, *mark));
    separated(text.as_bytes(), best.unwrap_or(b','))
}

/// A text in whichever usual coding it is: UTF-8, UTF-16 with its mark, or Windows-1252.
///
/// # Errors
/// `Unreadable` where it is no text, or nothing stands in it.
pub fn decoded(bytes: &[u8]) -> Result<String, NoTable> {
    let coding = match Encoding::for_bom(bytes) {
        Some((coding, _)) => coding,
        // Some spreadsheet programs leave the mark out.
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    let (text, _, _) = coding.decode(bytes);
    if text.contains('\0') || text.trim().is_empty() {
        return Err(NoTable::Unreadable);
    }
    Ok(text.into_owned())
}

/// How many columns a mark makes of most of the first rows.
fn columns(head: &str, mark: u8) -> usize {
    let mut counts: Vec<usize> = reader(head.as_bytes(), mark)
        .into_records()
        .take(50)
        .filter_map(|record| record.ok().map(|record| record.len()))
        .filter(|columns| *columns > 1)
        .collect();
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or(0)
}

fn reader(bytes: &[u8], mark: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mark)
        .from_reader(bytes)
}

fn separated(bytes: &[u8], mark: u8) -> Result<Vec<Row>, NoTable> {
    let mut rows = Vec::new();
    let mut reader = reader(bytes, mark);
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|_| NoTable::Unreadable)?
    {
        // The reader leaves empty lines out; people count them. A cell between quotes may hold lines, too.
        let own = record.as_slice().matches('\n').count();
        let behind = usize::try_from(reader.position().line()).unwrap_or(0);
        let line = behind.saturating_sub(1 + own);
        while rows.len() + 1 < line && rows.len() < MOST_ROWS {
            rows.push(Row::default());
        }
        if rows.len() == MOST_ROWS {
            return Err(NoTable::TooManyRows);
        }
        rows.push(Row::of(record.iter().map(|cell| (cell, false))));
    }
    Ok(rows)
}

fn spreadsheet(bytes: &[u8]) -> Result<Vec<Row>, NoTable> {
    let damaged = |_| NoTable::DamagedSpreadsheet;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let names = book.sheet_names();
    // The sheet with the most rows holds the figures; others are covers.
    let mut best: Vec<Row> = Vec::new();
    for name in names {
        let range = book.worksheet_range(&name).map_err(damaged)?;
        let (top, left) = range.start().unwrap_or((0, 0));
        let above = usize::try_from(top).unwrap_or(0);
        if above + range.height() > MOST_ROWS {
            return Err(NoTable::TooManyRows);
        }
        if range.height() <= best.len() {
            continue;
        }
        let before = usize::try_from(left).unwrap_or(0).min(MOST_COLUMNS);
        best = vec![Row::default(); above];
        best.extend(range.rows().map(|row| {
            let empty = std::iter::repeat_n((String::new(), false), before);
            let cells: Vec<(String, bool)> = empty.chain(row.iter().map(cell)).collect();
            Row::of(
                cells
                    .iter()
                    .map(|(text, is_number)| (text.as_str(), *is_number)),
            )
        }));
    }
    Ok(best)
}

/// What a cell of a spreadsheet shows, and whether it is a number.
fn cell(data: &Data) -> (String, bool) {
    match data {
        Data::Int(whole) => (whole.to_string(), true),
        // The shortest digits that are this number: what was typed.
        Data::Float(figure) if figure.is_finite() => (figure.to_string(), true),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            (format!("{year:04}-{month:02}-{day:02}"), false)
        }
        Data::String(text) | Data::DateTimeIso(text) => (text.clone(), false),
        Data::Bool(_) | Data::Empty | Data::Error(_) => (String::new(), false),
        other => (other.to_string(), false),
    }
}

/// The letters and digits of a head, small: what one spelling of it has in common with another.
#[must_use]
pub fn plain(head: &str) -> String {
    let kept = head.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_people_count_them() {
        for end in ["\n", "\r\n"] {
            let text = ["a;b", "", "c;d", "", "", "e;f"].join(end);
            let rows = rows(text.as_bytes()).unwrap();
            let there = |row: usize| rows[row - 1].get(0).map(|cell| cell.text);
            assert_eq!(
                (there(1), there(3), there(6)),
                (Some("a"), Some("c"), Some("e"))
            );
            assert!(rows[1].is_empty() && rows[4].is_empty());
        }
    }
}
