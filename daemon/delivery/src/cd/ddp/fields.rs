//! Fields of a fixed width.

/// A record being written: fields in their order.
#[derive(Default)]
pub(super) struct Record(Vec<u8>);

impl Record {
    /// Text to the left, as much of it as fits; what is no printable ASCII becomes `?`.
    pub(super) fn text(mut self, width: usize, text: &str) -> Self {
        let end = self.0.len() + width;
        let printable = |c: char| {
            let byte = u8::try_from(c).ok();
            byte.filter(|b| matches!(b, 0x20..=0x7e)).unwrap_or(b'?')
        };
        self.0.extend(text.chars().map(printable).take(width));
        self.0.resize(end, b' ');
        self
    }

    /// A number to the right, or nothing.
    pub(super) fn number(self, width: usize, number: Option<u32>) -> Self {
        let text = number.map(|n| format!("{n:>width$}")).unwrap_or_default();
        self.text(width, &text)
    }

    /// A number filled with zeros.
    pub(super) fn digits(self, width: usize, number: u32) -> Self {
        self.text(width, &format!("{number:0width$}"))
    }

    pub(super) fn blank(self, width: usize) -> Self {
        self.text(width, "")
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A record being read.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    /// The field at `at` without the spaces around it; empty where the record is too short.
    pub(super) fn text(self, at: usize, width: usize) -> String {
        let field = self.0.get(at..at + width).unwrap_or_default();
        let text: String = field.iter().map(|b| char::from(*b)).collect();
        text.trim_matches([' ', '\0']).to_owned()
    }

    /// The number at `at`: none where the field is blank, an error where it is no number.
    pub(super) fn number(self, at: usize, width: usize) -> Result<Option<u32>, String> {
        let text = self.text(at, width);
        if text.is_empty() {
            return Ok(None);
        }
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.map(Some).ok_or(text)
    }
}
