//! PDFs put together object by object, so that one thing of them can be wrong at a time.

use std::fmt::Write as _;

/// Landscape, 28 × 21 cm, in points.
pub(crate) const SHOWN: &str = "[0 0 793.70 595.28]";
/// A font that comes with the file.
pub(crate) const EMBEDDED: &str =
    "<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+Open#20Sans /FontDescriptor 91 0 R >>";

/// A PDF in the making.
pub(crate) struct Pdf {
    pages: usize,
    /// Entries of each page beside its resources and content.
    pub(crate) page: String,
    /// Entries of each page's resources.
    pub(crate) resources: String,
    /// What each page draws.
    pub(crate) content: String,
    /// Entries of the catalogue.
    pub(crate) root: String,
    /// Further objects by their numbers, 20 and above.
    pub(crate) more: Vec<(u32, Vec<u8>)>,
}

impl Pdf {
    /// Pages of words in a font that comes along, on a red ground.
    pub(crate) fn new(pages: usize) -> Self {
        Self {
            pages,
            page: format!("/MediaBox {SHOWN}"),
            resources: format!("/Font << /F1 {EMBEDDED} >>"),
            content: "1 0 0 rg 0 0 100 100 re f BT /F1 12 Tf (Rain) Tj ET".to_owned(),
            root: String::new(),
            more: vec![
                (
                    91,
                    b"<< /Type /FontDescriptor /FontFile2 92 0 R >>".to_vec(),
                ),
                (92, stream("", b"letters")),
            ],
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut objects = vec![
            (
                1,
                format!("<< /Type /Catalog /Pages 2 0 R {} >>", self.root).into_bytes(),
            ),
            (3, stream("", self.content.as_bytes())),
        ];
        let mut kids = String::new();
        for place in 0..self.pages {
            let number = u32::try_from(place).unwrap() + 4;
            write!(kids, "{number} 0 R ").unwrap();
            let page = format!(
                "<< /Type /Page /Parent 2 0 R {} /Resources << {} >> /Contents 3 0 R >>",
                self.page, self.resources
            );
            objects.push((number, page.into_bytes()));
        }
        let tree = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", self.pages);
        objects.push((2, tree.into_bytes()));
        objects.extend(self.more.iter().cloned());
        written(objects)
    }
}

/// A stream with these entries in its dictionary.
pub(crate) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut all = format!("<< {entries} /Length {} >>\nstream\n", data.len()).into_bytes();
    all.extend(data);
    all.extend(b"\nendstream");
    all
}

fn written(mut objects: Vec<(u32, Vec<u8>)>) -> Vec<u8> {
    objects.sort_by_key(|(number, _)| *number);
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = "0 1\n0000000000 65535 f \n".to_owned();
    for (number, body) in &objects {
        write!(table, "{number} 1\n{:010} 00000 n \n", out.len()).unwrap();
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(body);
        out.extend(b"\nendobj\n");
    }
    let at = out.len();
    let size = objects.last().map_or(1, |(number, _)| number + 1);
    out.extend(format!("xref\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n").bytes());
    out.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
    out
}
