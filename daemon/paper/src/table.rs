//! A table as CSV (RFC 4180) and as a spreadsheet (Office Open XML).

use std::fmt::Write as _;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

use crate::sheet::PaperError;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A whole number.
    Count(i64),
    /// A number with decimals, as its smallest units: 8 000 with 2 decimals is 80.00.
    Decimal {
        /// The smallest units.
        units: i64,
        /// Decimals.
        decimals: u8,
    },
    /// A day, as `2026-11-20`.
    Day(String),
    /// Nothing.
    Empty,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Its width in a spreadsheet, in characters.
    pub width: u16,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name: the sheet's in a spreadsheet.
    pub name: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows, each as long as the columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows, of columns with these heads and widths.
    #[must_use]
    pub fn new(name: &str, columns: &[(&str, u16)]) -> Self {
        let column = |(title, width): &(&str, u16)| Column {
            title: (*title).to_owned(),
            width: *width,
        };
        Self {
            name: name.to_owned(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }
}

/// A number with its decimals, exactly.
fn decimal(units: i64, decimals: u8) -> String {
    let places = usize::from(decimals);
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if units < 0 { "-" } else { "" };
    if part.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

/// Words as a field. What a spreadsheet would take for a formula is set off by an apostrophe, so
/// that a client's name is never carried out.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Writes a table as CSV: commas, UTF-8 with its mark, lines end in CR LF.
#[must_use]
pub fn csv(table: &Table) -> Vec<u8> {
    // Without the mark, spreadsheets take the file for the system's old character set.
    let mut text = String::from("\u{feff}");
    let heads: Vec<String> = table.columns.iter().map(|c| field(&c.title)).collect();
    let _ = write!(text, "{}\r\n", heads.join(","));
    for row in &table.rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Text(words) => field(words),
                Cell::Day(day) => day.clone(),
                Cell::Count(count) => count.to_string(),
                Cell::Decimal { units, decimals } => decimal(*units, *decimals),
                Cell::Empty => String::new(),
            })
            .collect();
        let _ = write!(text, "{}\r\n", cells.join(","));
    }
    text.into_bytes()
}

/// Writes tables as the sheets of one spreadsheet; `made_on` (`2026-11-20`) is what it says of its
/// own making.
///
/// # Errors
/// More rows than a spreadsheet has, or a day that is none.
pub fn xlsx(tables: &[Table], made_on: &str) -> Result<Vec<u8>, PaperError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::parse_from_str(made_on)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let head = Format::new().set_bold();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for table in tables {
        let sheet = book.add_worksheet();
        sheet.set_name(&table.name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (no, column) in (0u16..).zip(&table.columns) {
            sheet.set_column_width(no, f64::from(column.width))?;
            sheet.write_string_with_format(0, no, &column.title, &head)?;
        }
        for (line, row) in (1u32..).zip(&table.rows) {
            for (no, cell) in (0u16..).zip(row) {
                match cell {
                    Cell::Text(words) => sheet.write_string(line, no, words)?,
                    Cell::Count(count) => sheet.write_number(line, no, number(*count, 0))?,
                    Cell::Decimal { units, decimals } => {
                        let places = "0".repeat(usize::from(*decimals));
                        let format = match decimals {
                            0 => "#,##0".to_owned(),
                            _ => format!("#,##0.{places}"),
                        };
                        let format = Format::new().set_num_format(format);
                        sheet.write_number_with_format(
                            line,
                            no,
                            number(*units, *decimals),
                            &format,
                        )?
                    }
                    Cell::Day(text) => {
                        let date = ExcelDateTime::parse_from_str(text)?;
                        sheet.write_datetime_with_format(line, no, &date, &day)?
                    }
                    Cell::Empty => sheet,
                };
            }
        }
    }
    Ok(book.save_to_buffer()?)
}

/// Spreadsheets know only floats: the nearest one to the exact number, which shows the same digits.
fn number(units: i64, decimals: u8) -> f64 {
    decimal(units, decimals).parse().unwrap_or(f64::NAN)
}
