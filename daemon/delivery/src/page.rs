//! Plain pages: UTF-8 text with CRLF line ends, so that every editor on every system shows them.

/// Widest line, in characters, that no mail client or window breaks.
const WIDTH: usize = 78;

/// A page as it is written, line by line.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    /// A line as it is; what people outside wrote in it cannot break out of it.
    pub(crate) fn line(&mut self, text: &str) {
        let visible: String = text.chars().map(visible).collect();
        self.0.push_str(visible.trim_end());
        self.0.push_str("\r\n");
    }

    pub(crate) fn blank(&mut self) {
        self.0.push_str("\r\n");
    }

    /// A heading with a rule under it.
    pub(crate) fn heading(&mut self, text: &str) {
        self.line(text);
        let width = text.chars().count().min(WIDTH);
        self.line(&"-".repeat(width));
    }

    /// Words filled into lines; the first starts with `first`, the others are indented as deep.
    pub(crate) fn filled(&mut self, first: &str, text: &str) {
        let indent = " ".repeat(first.chars().count());
        let mut line = first.to_owned();
        let mut words = 0;
        for word in text.split_whitespace() {
            let needed = line.chars().count() + usize::from(words > 0) + word.chars().count();
            if words > 0 && needed > WIDTH {
                self.line(&line);
                line.clone_from(&indent);
                words = 0;
            }
            if words > 0 {
                line.push(' ');
            }
            line.push_str(word);
            words += 1;
        }
        self.line(&line);
    }

    /// Two columns, the left one as wide as its widest entry.
    pub(crate) fn columns(&mut self, rows: &[(&str, &str)]) {
        let width = rows.iter().map(|(left, _)| left.chars().count()).max();
        let width = width.unwrap_or(0);
        for (left, right) in rows {
            let pad = " ".repeat(width - left.chars().count());
            self.filled(&format!("{left}{pad}  "), right);
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Control characters and marks that turn the direction of text are shown, not obeyed.
fn visible(c: char) -> char {
    match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Page)) -> String {
        let mut page = Page::default();
        write(&mut page);
        String::from_utf8(page.into_bytes()).unwrap()
    }

    #[test]
    fn long_words_are_filled_and_indented() {
        let said = text(|page| page.filled("- ", &"word ".repeat(20)));
        let lines: Vec<&str> = said.split("\r\n").collect();
        assert_eq!(lines[0].len(), 76);
        assert_eq!(lines[1], "  word word word word word");
    }

    #[test]
    fn a_name_cannot_break_out_of_its_line() {
        let said = text(|page| page.line("evil\r\nname\u{202e}"));
        assert_eq!(said, "evil\u{fffd}\u{fffd}name\u{fffd}\r\n");
    }
}
