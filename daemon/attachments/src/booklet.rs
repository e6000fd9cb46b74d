//! A booklet: a PDF (ISO 32000), read as far as the rules of booklets reach.

mod actions;
mod colour;
mod content;
mod fonts;
mod frame;
mod page;
mod rules;
mod streams;

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use serde::{Deserialize, Serialize};

pub use rules::BookletRules;

use streams::Budget;

/// Most bytes of a PDF that are read at all, to say what is wrong with it.
pub const MOST_BOOKLET_BYTES: u64 = 64 * 1024 * 1024;
/// Most pages that are read.
const MOST_PAGES: usize = 500;

/// A PDF as far as the rules of booklets reach.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Booklet {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its pages, in order.
    pub pages: Vec<BookletPage>,
    /// What is broken in the file, a sentence each.
    pub damage: Vec<String>,
    /// What the document does by itself beside showing pages (scripts, embedded files), each in words.
    pub actions: Vec<String>,
}

/// A page of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BookletPage {
    /// Width as it is shown, turned and scaled as the page says, in millimetres.
    pub width_mm: f64,
    /// Height as it is shown, in millimetres.
    pub height_mm: f64,
    /// Boxes of a printer's that differ from what is shown, each in words.
    pub marks: Vec<String>,
    /// Fonts that do not come with the file.
    pub fonts: Vec<UnembeddedFont>,
    /// Colours that are neither RGB nor grey, each in words with where they are.
    pub colours: Vec<String>,
    /// Pictures where they are placed, coarsest first.
    pub pictures: Vec<PlacedPicture>,
    /// Addresses that it links to.
    pub links: Vec<String>,
    /// What it does beside linking (scripts, programs, films), each in words.
    pub actions: Vec<String>,
}

/// A font that does not come with the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnembeddedFont {
    /// Its name.
    pub name: String,
    /// Whether a letter is written with it; else the page merely names it.
    pub is_written: bool,
}

/// A picture where it is placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacedPicture {
    /// What the page calls it.
    pub name: String,
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// The lower of its two resolutions there, in pixels an inch.
    pub dpi: f64,
}

/// Why a file cannot be read as a booklet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoBooklet {
    /// No PDF.
    #[error("this is no PDF; export the booklet as one")]
    NoPdf,
    /// Locked.
    #[error("the PDF is encrypted; export it again without a password or restrictions")]
    Encrypted,
    /// So broken that no page is found.
    #[error("the PDF is damaged or not whole: no page of it can be read; export it again")]
    Damaged,
    /// Larger than what is read.
    #[error("the PDF has {0} bytes; a booklet has 10 MB at most")]
    TooLarge(u64),
    /// More than a booklet.
    #[error("the PDF has {0} pages; that is no booklet")]
    TooManyPages(usize),
    /// It unpacks, or draws, to more than a booklet holds.
    #[error(
        "the PDF is more intricate than a booklet ({0}); flatten its artwork and export it again"
    )]
    TooIntricate(&'static str),
}

impl Booklet {
    /// Reads a PDF.
    ///
    /// # Errors
    /// What is no PDF, is encrypted, or cannot be read at all.
    pub fn read(bytes: Vec<u8>) -> Result<Self, NoBooklet> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > MOST_BOOKLET_BYTES {
            return Err(NoBooklet::TooLarge(length));
        }
        let mut damage = frame::damage(&bytes)?;
        if frame::is_encrypted(&bytes) {
            return Err(NoBooklet::Encrypted);
        }
        let pdf = Pdf::new(bytes).map_err(|error| match error {
            LoadPdfError::Decryption(DecryptionError::InvalidEncryption)
            | LoadPdfError::Invalid => NoBooklet::Damaged,
            LoadPdfError::Decryption(_) => NoBooklet::Encrypted,
        })?;
        let count = pdf.pages().len();
        if count > MOST_PAGES {
            return Err(NoBooklet::TooManyPages(count));
        }
        let mut budget = Budget::default();
        damage.extend(streams::damage(&pdf, &mut budget)?);
        damage.extend(page::count_differs(&pdf));
        let mut pages = Vec::new();
        for (page, no) in pdf.pages().iter().zip(1..) {
            let mut broken = Vec::new();
            pages.push(page::read(page, &mut budget, &mut broken)?);
            damage.extend(broken.into_iter().map(|what| format!("page {no} {what}")));
        }
        damage.dedup();
        Ok(Self {
            bytes: length,
            pages,
            damage,
            actions: actions::of_document(&pdf),
        })
    }
}
