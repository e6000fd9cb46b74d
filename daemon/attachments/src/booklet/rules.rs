//! What shops ask of a booklet, held against what one is.

use serde::{Deserialize, Serialize};

use super::{Booklet, BookletPage};
use crate::finding::Finding;

/// What a recipient takes as a booklet; the figures that shops ask for where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BookletRules {
    /// Fewest pages.
    pub least_pages: usize,
    /// Width of a page in millimetres.
    pub width_mm: f64,
    /// Height of a page in millimetres.
    pub height_mm: f64,
    /// How far a side may be off, in millimetres.
    pub tolerance_mm: f64,
    /// The coarsest picture, in pixels an inch where it is placed.
    pub least_dpi: f64,
    /// The largest file, in megabytes of 1,048,576 bytes.
    pub most_mb: u64,
}

impl Default for BookletRules {
    fn default() -> Self {
        Self {
            least_pages: 4,
            width_mm: 280.0,
            height_mm: 210.0,
            tolerance_mm: 1.0,
            least_dpi: 72.0,
            most_mb: 10,
        }
    }
}

impl Booklet {
    /// Says what of it these rules refuse, and what a person has to look at.
    pub fn judge(&self, rules: &BookletRules) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        for damage in &self.damage {
            found.push(Finding::blocks(format!(
                "The PDF is damaged: {damage}. Export it again."
            )));
        }
        if self.bytes > rules.most_mb.saturating_mul(1 << 20) {
            let tenths = self.bytes.saturating_mul(10) >> 20;
            found.push(Finding::blocks(format!(
                "The booklet has {}.{} MB; at most {} MB are taken. Export its pictures smaller.",
                tenths / 10,
                tenths % 10,
                rules.most_mb
            )));
        }
        let count = self.pages.len();
        if count < rules.least_pages {
            found.push(Finding::blocks(format!(
                "The booklet has {count} {}; at least {} are wanted.",
                if count == 1 { "page" } else { "pages" },
                rules.least_pages
            )));
        }
        for action in &self.actions {
            found.push(Finding::blocks(format!(
                "The document holds more than pages: {action}. Export it without that."
            )));
        }
        self.sizes(rules, &mut found);
        self.by_words(&mut found);
        self.coarse(rules, &mut found);
        self.links(&mut found);
        found
    }

    /// Pages of another size, those of one size in a sentence.
    fn sizes(&self, rules: &BookletRules, found: &mut Vec<Finding>) {
        let is_off = |page: &BookletPage| {
            let off = |is: f64, wanted: f64| (is - wanted).abs() > rules.tolerance_mm;
            off(page.width_mm, rules.width_mm) || off(page.height_mm, rules.height_mm)
        };
        let of = |page: &BookletPage| {
            is_off(page).then(|| format!("{:.1} × {:.1} mm", page.width_mm, page.height_mm))
        };
        for (size, pages) in self.grouped(|page| of(page).into_iter().collect()) {
            let (are, verb) = pages_are(&pages);
            found.push(Finding::blocks(format!(
                "{are} {verb} {size}; {} × {} mm are wanted (to {} mm).",
                rules.width_mm, rules.height_mm, rules.tolerance_mm
            )));
        }
    }

    /// Everything that is told in the same words for several pages.
    fn by_words(&self, found: &mut Vec<Finding>) {
        let fonts = |is_written: bool| {
            self.grouped(move |page| {
                let fonts = page
                    .fonts
                    .iter()
                    .filter(|font| font.is_written == is_written);
                fonts.map(|font| font.name.clone()).collect()
            })
        };
        for (font, pages) in fonts(true) {
            let (are, _) = pages_are(&pages);
            found.push(Finding::blocks(format!(
                "{are}: the font {font} does not come with the file. Embed it, or turn its words into outlines."
            )));
        }
        for (font, pages) in fonts(false) {
            let (are, _) = pages_are(&pages);
            found.push(Finding::ask(format!(
                "{are}: the font {font} is named and does not come with the file; no word is written with it, and a shop's check may refuse it all the same."
            )));
        }
        for (colour, pages) in self.grouped(|page| page.colours.clone()) {
            let (are, _) = pages_are(&pages);
            found.push(Finding::blocks(format!(
                "{are}: {colour}. Export everything as RGB."
            )));
        }
        for (mark, pages) in self.grouped(|page| page.marks.clone()) {
            let (are, _) = pages_are(&pages);
            found.push(Finding::blocks(format!(
                "{are}: {mark}. That is for a printer; export without bleed and marks, at the page's own size."
            )));
        }
        for (action, pages) in self.grouped(|page| page.actions.clone()) {
            let (are, _) = pages_are(&pages);
            found.push(Finding::blocks(format!(
                "{are}: {action}. Export it without that; links alone are allowed."
            )));
        }
    }

    fn coarse(&self, rules: &BookletRules, found: &mut Vec<Finding>) {
        for (page, no) in self.pages.iter().zip(1..) {
            let coarse = page.pictures.iter();
            let coarse = coarse.filter(|picture| picture.dpi < rules.least_dpi);
            for picture in coarse {
                found.push(Finding::blocks(format!(
                    "Page {no}: {} has {} × {} pixels and {:.0} dpi where it is placed; at least {} are wanted. Place a larger picture, not an enlarged one.",
                    picture.name, picture.width_px, picture.height_px, picture.dpi, rules.least_dpi
                )));
            }
        }
    }

    fn links(&self, found: &mut Vec<Finding>) {
        for (address, pages) in self.grouped(|page| page.links.clone()) {
            let (are, verb) = if pages.len() == 1 {
                (pages_are(&pages).0, "links")
            } else {
                (pages_are(&pages).0, "link")
            };
            found.push(Finding::ask(format!(
                "{are} {verb} to {address}: only the artist's and the label's own addresses are allowed."
            )));
        }
    }

    /// What pages say in the same words, with the pages that say it, in the order of the first of them.
    fn grouped(&self, of: impl Fn(&BookletPage) -> Vec<String>) -> Vec<(String, Vec<usize>)> {
        let mut all: Vec<(String, Vec<usize>)> = Vec::new();
        for (page, no) in self.pages.iter().zip(1..) {
            for words in of(page) {
                match all.iter_mut().find(|(known, _)| *known == words) {
                    Some((_, pages)) => pages.push(no),
                    None => all.push((words, vec![no])),
                }
            }
        }
        all
    }
}

/// "Page 3", "Pages 1 to 4", "Pages 1, 3 and 7", and the verb that goes with it.
fn pages_are(pages: &[usize]) -> (String, &'static str) {
    match pages {
        [one] => (format!("Page {one}"), "is"),
        [first, .., last] if last - first + 1 == pages.len() && pages.len() > 2 => {
            (format!("Pages {first} to {last}"), "are")
        }
        [before @ .., last] => {
            let before: Vec<String> = before.iter().map(ToString::to_string).collect();
            (format!("Pages {} and {last}", before.join(", ")), "are")
        }
        [] => ("No page".to_owned(), "is"),
    }
}
