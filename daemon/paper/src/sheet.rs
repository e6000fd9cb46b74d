//! A sheet with letterhead, facts, rows and totals, as PDF on A4.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::TextDirection;
use krilla::{Document, SerializeSettings};

use crate::font::Type;

/// A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);
/// Space left at the sides.
const MARGIN: f32 = 56.0;
/// Below this nothing of the rows stands.
const BOTTOM: f32 = 770.0;
/// Right edges of the columns after the words.
const COLUMNS: [f32; 3] = [360.0, 450.0, 539.0];
/// Width of the words of a row.
const WORDS: f32 = 250.0;
const TEXT: f32 = 9.5;
const LINE: f32 = 14.0;

/// Why a sheet could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The built-in typeface cannot be read.
    #[error("the typeface of printed sheets cannot be read")]
    Font,
    /// The PDF could not be written.
    #[error("the sheet could not be written as PDF: {0}")]
    Pdf(String),
    /// The spreadsheet could not be written.
    #[error("the spreadsheet could not be written")]
    Spreadsheet(#[from] rust_xlsxwriter::XlsxError),
}

/// One row: words, how many, what one costs, what all cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub words: String,
    /// How many; may be empty.
    pub count: String,
    /// What one costs; may be empty.
    pub each: String,
    /// What all cost.
    pub sum: String,
}

/// What stands on a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// The letterhead; its first line is the name.
    pub letterhead: Vec<String>,
    /// Whom it is for.
    pub recipient: Vec<String>,
    /// What it is: `Invoice INV-0001`.
    pub title: String,
    /// Names and values below the title: date, order.
    pub facts: Vec<(String, String)>,
    /// Heads of the columns.
    pub heads: Option<Row>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Names and amounts below the rows; the last is the one that counts.
    pub totals: Vec<(String, String)>,
    /// What else is to be said.
    pub notes: Vec<String>,
    /// At the foot of each page.
    pub foot: String,
}

/// Writes a sheet as PDF.
///
/// # Errors
/// A typeface or text that the PDF cannot hold.
pub fn pdf(sheet: &Sheet) -> Result<Vec<u8>, PaperError> {
    let press = Press {
        regular: Type::regular()?,
        semibold: Type::semibold()?,
    };
    let pages = press.lay_out(sheet);
    let mut document = Document::new_with(SerializeSettings::default());
    let metadata = Metadata::new()
        .title(sheet.title.clone())
        .authors(sheet.letterhead.first().cloned().into_iter().collect());
    document.set_metadata(metadata);
    let count = pages.len();
    for (no, marks) in (1..).zip(pages) {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).expect("A4 has a size");
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in &marks {
            press.draw(&mut surface, mark);
        }
        let foot = if count > 1 {
            format!("{}  {no} / {count}", sheet.foot)
        } else {
            sheet.foot.clone()
        };
        press.draw(&mut surface, &Mark::text(MARGIN, 806.0, 8.0, &foot));
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| PaperError::Pdf(format!("{error:?}")))
}

/// One thing on a page.
enum Mark {
    Text {
        x: f32,
        y: f32,
        size: f32,
        weight: Weight,
        text: String,
    },
    /// A thin line across the page at this height.
    Rule { y: f32 },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Regular,
    Semibold,
}

impl Mark {
    fn text(x: f32, y: f32, size: f32, text: &str) -> Self {
        Self::Text {
            x,
            y,
            size,
            weight: Weight::Regular,
            text: text.to_owned(),
        }
    }

    fn semibold(x: f32, y: f32, size: f32, text: &str) -> Self {
        Self::Text {
            x,
            y,
            size,
            weight: Weight::Semibold,
            text: text.to_owned(),
        }
    }
}

/// Pages being filled from top to bottom.
struct Pages {
    done: Vec<Vec<Mark>>,
    marks: Vec<Mark>,
    y: f32,
}

impl Pages {
    /// Makes sure that `height` is free, on a new page if need be.
    fn make_room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.done.push(std::mem::take(&mut self.marks));
            self.y = MARGIN + LINE;
        }
    }
}

struct Press {
    regular: Type,
    semibold: Type,
}

impl Press {
    fn face(&self, weight: Weight) -> &Type {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Semibold => &self.semibold,
        }
    }

    fn draw(&self, surface: &mut Surface<'_>, mark: &Mark) {
        let grey = match mark {
            Mark::Text { .. } => 20,
            Mark::Rule { .. } => 160,
        };
        surface.set_fill(Some(Fill {
            paint: rgb::Color::new(grey, grey, grey).into(),
            ..Fill::default()
        }));
        match mark {
            Mark::Text {
                x,
                y,
                size,
                weight,
                text,
            } => {
                let at = Point::from_xy(*x, *y);
                let font = self.face(*weight).font.clone();
                if !text.is_empty() {
                    surface.draw_text(at, font, *size, text, false, TextDirection::LeftToRight);
                }
            }
            Mark::Rule { y } => {
                let mut path = PathBuilder::new();
                let line = Rect::from_xywh(MARGIN, *y, PAGE.0 - 2.0 * MARGIN, 0.6);
                path.push_rect(line.expect("a rule has a size"));
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
        }
    }

    /// A text that ends at `right`.
    fn ending_at(&self, right: f32, y: f32, weight: Weight, text: &str) -> Mark {
        let x = right - self.face(weight).width(text, TEXT);
        match weight {
            Weight::Regular => Mark::text(x, y, TEXT, text),
            Weight::Semibold => Mark::semibold(x, y, TEXT, text),
        }
    }

    fn lay_out(&self, sheet: &Sheet) -> Vec<Vec<Mark>> {
        let mut pages = Pages {
            done: Vec::new(),
            marks: Vec::new(),
            y: MARGIN + LINE,
        };
        self.head(sheet, &mut pages);
        if let Some(heads) = &sheet.heads {
            self.row(heads, Weight::Semibold, &mut pages);
            pages.marks.push(Mark::Rule { y: pages.y - 9.0 });
            pages.y += 4.0;
        }
        for row in &sheet.rows {
            self.row(row, Weight::Regular, &mut pages);
        }
        self.totals(sheet, &mut pages);
        pages.y += LINE;
        for note in &sheet.notes {
            for line in self.regular.wrap(note, TEXT, PAGE.0 - 2.0 * MARGIN) {
                pages.make_room(LINE);
                pages.marks.push(Mark::text(MARGIN, pages.y, TEXT, &line));
                pages.y += LINE;
            }
            pages.y += 5.0;
        }
        pages.done.push(pages.marks);
        pages.done
    }

    fn head(&self, sheet: &Sheet, pages: &mut Pages) {
        for (no, line) in (0..).zip(&sheet.letterhead) {
            let mark = if no == 0 {
                Mark::semibold(MARGIN, pages.y, 13.0, line)
            } else {
                Mark::text(MARGIN, pages.y, 8.5, line)
            };
            pages.marks.push(mark);
            pages.y += LINE;
        }
        pages.y += 2.0 * LINE;
        for line in &sheet.recipient {
            pages.marks.push(Mark::text(MARGIN, pages.y, 10.5, line));
            pages.y += LINE;
        }
        pages.y += 2.5 * LINE;
        pages
            .marks
            .push(Mark::semibold(MARGIN, pages.y, 17.0, &sheet.title));
        pages.y += 1.7 * LINE;
        for (name, value) in &sheet.facts {
            pages.marks.push(Mark::text(MARGIN, pages.y, TEXT, name));
            let wrapped = self.regular.wrap(value, TEXT, 360.0);
            for line in wrapped {
                pages.marks.push(Mark::text(170.0, pages.y, TEXT, &line));
                pages.y += LINE;
            }
        }
        pages.y += 1.3 * LINE;
    }

    fn row(&self, row: &Row, weight: Weight, pages: &mut Pages) {
        let lines = self.face(weight).wrap(&row.words, TEXT, WORDS);
        let height = f32::from(u16::try_from(lines.len()).unwrap_or(1)) * LINE;
        pages.make_room(height);
        let top = pages.y;
        for (no, line) in (0u16..).zip(&lines) {
            let y = top + f32::from(no) * LINE;
            pages.marks.push(match weight {
                Weight::Regular => Mark::text(MARGIN, y, TEXT, line),
                Weight::Semibold => Mark::semibold(MARGIN, y, TEXT, line),
            });
        }
        for (right, text) in COLUMNS.into_iter().zip([&row.count, &row.each, &row.sum]) {
            pages.marks.push(self.ending_at(right, top, weight, text));
        }
        pages.y += height;
    }

    fn totals(&self, sheet: &Sheet, pages: &mut Pages) {
        if sheet.totals.is_empty() {
            return;
        }
        let count = sheet.totals.len();
        // The totals stay together.
        pages.make_room(f32::from(u16::try_from(count).unwrap_or(1)) * LINE + 12.0);
        pages.marks.push(Mark::Rule { y: pages.y - 6.0 });
        pages.y += 10.0;
        for (no, (name, amount)) in (1..).zip(&sheet.totals) {
            let weight = if no == count {
                Weight::Semibold
            } else {
                Weight::Regular
            };
            pages
                .marks
                .push(self.ending_at(COLUMNS[1], pages.y, weight, name));
            pages
                .marks
                .push(self.ending_at(COLUMNS[2], pages.y, weight, amount));
            pages.y += LINE;
        }
    }
}
