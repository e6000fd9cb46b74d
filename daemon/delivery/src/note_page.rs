//! The note beside a mix as a page: HTML that holds its own pictures and needs nothing else.

use std::fmt::Write as _;

use crate::report::{ReportFinding, Weight};

/// Dark ink on paper, in any browser and on any printer.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#221f1b;background:#fff;\
max-width:46rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.2rem;margin:0}\
h1+p{color:#6b645a;margin-top:0}h2{font-size:1rem;margin:2rem 0 .5rem;border-bottom:1px solid #d8d2c8}\
.lead{font-size:1.1rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}\
dt{color:#6b645a}dd{margin:0;overflow-wrap:anywhere}\
.f{border-left:4px solid #b9b2a6;padding:0 0 0 1rem;margin:1rem 0;break-inside:avoid}\
.ask{border-color:#c98a1b}.blocks{border-color:#b3261e}.f p{margin:.2rem 0}\
.at,.do{color:#57524a}.f img{max-width:100%;margin:.4rem 0}@media print{body{margin:0;max-width:none}}";

/// A page as it is written, from its head to its foot.
pub(crate) struct NotePage(String);

/// What stands in a page as text, and nothing else.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Marks that turn the direction of writing could make a name read as another.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// An SVG as the address of a picture. Shown that way it can neither run nor fetch anything,
/// whoever drew it.
fn data_address(svg: &str) -> String {
    let mut out = String::from("data:image/svg+xml,");
    for byte in svg.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b' '
            | b'='
            | b'/'
            | b':'
            | b','
            | b';'
            | b'('
            | b')' => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

impl NotePage {
    pub(crate) fn new(title: &str, file_name: &str, language: &str) -> Self {
        let (title, name) = (escaped(title), escaped(file_name));
        Self(format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             img-src data:; style-src 'unsafe-inline'\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <title>{name}</title><style>{STYLE}</style></head>\n<body><h1>{name}</h1><p>{title}</p>\n"
        ))
    }

    pub(crate) fn lead(&mut self, text: &str) {
        let _ = writeln!(self.0, "<p class=\"lead\">{}</p>", escaped(text));
    }

    pub(crate) fn heading(&mut self, text: &str) {
        let _ = writeln!(self.0, "<h2>{}</h2>", escaped(text));
    }

    pub(crate) fn facts(&mut self, rows: &[(&str, String)]) {
        self.0.push_str("<dl>");
        for (left, right) in rows {
            let _ = write!(
                self.0,
                "<dt>{}</dt><dd>{}</dd>",
                escaped(left),
                escaped(right)
            );
        }
        self.0.push_str("</dl>\n");
    }

    pub(crate) fn finding(
        &mut self,
        finding: &ReportFinding,
        (at, places): (&str, &str),
        to_do: &str,
    ) {
        let class = match finding.weight {
            Weight::Blocks => "f blocks",
            Weight::Ask => "f ask",
            Weight::Note => "f",
        };
        let _ = write!(
            self.0,
            "<div class=\"{class}\"><p>{}</p>",
            escaped(&finding.what)
        );
        if !places.is_empty() {
            let _ = write!(self.0, "<p class=\"at\">{at} {}</p>", escaped(places));
        }
        if let Some(svg) = &finding.picture {
            let _ = write!(self.0, "<img alt=\"\" src=\"{}\">", data_address(svg));
        }
        if !finding.to_do.is_empty() {
            let _ = write!(
                self.0,
                "<p class=\"do\">{to_do} {}</p>",
                escaped(&finding.to_do)
            );
        }
        self.0.push_str("</div>\n");
    }

    /// The foot; `portal` is where to answer, after the words that say so.
    pub(crate) fn close(mut self, words: &str, (answer, portal): (&str, Option<&str>)) -> Vec<u8> {
        let _ = write!(self.0, "<p>{}</p>", escaped(words));
        if let Some(portal) = portal {
            let portal = escaped(portal);
            let _ = write!(self.0, "<p>{answer} <a href=\"{portal}\">{portal}</a></p>");
        }
        self.0.push_str("</body></html>\n");
        self.0.into_bytes()
    }
}
