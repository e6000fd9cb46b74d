//! The two faces of Open Sans that sheets are set in; of each, only the letters used are embedded.

use krilla::text::Font;
use ttf_parser::Face;

use crate::sheet::PaperError;

const REGULAR: &[u8] = include_bytes!("../fonts/OpenSans-Regular.ttf");
const SEMIBOLD: &[u8] = include_bytes!("../fonts/OpenSans-Semibold.ttf");

/// A face to draw with and to measure by.
pub(crate) struct Type {
    pub(crate) font: Font,
    face: Face<'static>,
}

impl Type {
    pub(crate) fn regular() -> Result<Self, PaperError> {
        Self::of(REGULAR)
    }

    pub(crate) fn semibold() -> Result<Self, PaperError> {
        Self::of(SEMIBOLD)
    }

    fn of(bytes: &'static [u8]) -> Result<Self, PaperError> {
        let font = Font::new(bytes.to_vec().into(), 0).ok_or(PaperError::Font)?;
        let face = Face::parse(bytes, 0).map_err(|_| PaperError::Font)?;
        Ok(Self { font, face })
    }

    /// How wide a text stands at a size, in points.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        let units: u32 = text
            .chars()
            .map(|c| {
                let glyph = self.face.glyph_index(c).unwrap_or_default();
                u32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0))
            })
            .sum();
        // A line's units stay far below what an `f32` counts exactly.
        let units = f32::from(u16::try_from(units.min(65_535)).unwrap_or(u16::MAX));
        units * size / f32::from(self.face.units_per_em())
    }

    /// Breaks a text into lines no wider than `width` points; a word that is wider stands alone.
    pub(crate) fn wrap(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in paragraph.split_whitespace() {
                let longer = if line.is_empty() {
                    word.to_owned()
                } else {
                    format!("{line} {word}")
                };
                if line.is_empty() || self.width(&longer, size) <= width {
                    line = longer;
                } else {
                    lines.push(std::mem::replace(&mut line, word.to_owned()));
                }
            }
            lines.push(line);
        }
        lines
    }
}
