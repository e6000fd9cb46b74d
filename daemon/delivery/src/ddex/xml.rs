//! XML as messages need it: elements in order, each closed by name.

use crate::wav_chunks::xml_text;

/// A document while it is written.
pub(super) struct Xml {
    out: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(super) fn new() -> Self {
        Self {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            open: Vec::new(),
        }
    }

    fn begin(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out += &"  ".repeat(self.open.len());
        self.out += &format!("<{name}");
        for (name, value) in attributes {
            let value = xml_text(value).replace('"', "&quot;");
            self.out += &format!(" {name}=\"{value}\"");
        }
    }

    /// Writes an element around what `inside` writes.
    pub(super) fn around(
        &mut self,
        name: &'static str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.begin(name, attributes);
        self.out += ">\n";
        self.open.push(name);
        inside(self);
        self.open.pop();
        self.out += &"  ".repeat(self.open.len());
        self.out += &format!("</{name}>\n");
    }

    /// Writes an element of text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.text_with(name, &[], text);
    }

    pub(super) fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.begin(name, attributes);
        self.out += &format!(">{}</{name}>\n", xml_text(text));
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }
}
