//! Tells what a document is by its own marks, and nothing more: a permission, a letter, a scan. Nobody
//! opens it afterwards but whoever it is for, on their own machine.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use serde::{Deserialize, Serialize};

use crate::protocol::Reply;

/// Largest document, in bytes.
pub const MOST_DOCUMENT_BYTES: u64 = 25 * 1024 * 1024;
/// How much of the end is searched for a mark.
const TAIL_BYTES: usize = 2048;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Document {
    /// A PDF: begins with `%PDF-` and ends with `%%EOF` (ISO 32000-2, 7.5).
    Pdf,
    /// A JPEG: begins with SOI and ends with EOI (ITU-T T.81, B.1).
    Jpeg,
    /// A PNG: its signature, IHDR first and IEND last (W3C PNG, 5.2 and 5.6).
    Png,
    /// Text in UTF-8 without control characters.
    Text,
}

/// Looks at a document; none where it is of no kind that is kept, or not whole.
pub(crate) fn look(mut input: File) -> Reply {
    match read(&mut input) {
        Ok(document) => Reply::Document(document),
        Err(error) => Reply::Failed {
            step: "read the document".to_owned(),
            os_error: error.raw_os_error(),
            what: error.to_string(),
        },
    }
}

fn read(input: &mut File) -> std::io::Result<Option<Document>> {
    input.rewind()?;
    let mut all = Vec::new();
    input.take(MOST_DOCUMENT_BYTES + 1).read_to_end(&mut all)?;
    let is_too_long = u64::try_from(all.len()).is_ok_and(|bytes| bytes > MOST_DOCUMENT_BYTES);
    if all.is_empty() || is_too_long {
        return Ok(None);
    }
    let tail = &all[all.len().saturating_sub(TAIL_BYTES)..];
    let by_marks = by_marks(&all, tail);
    // A PDF that was cut may be text as well, and is no document all the same.
    let is_text = !all.starts_with(b"%PDF-") && is_text(&all);
    Ok(by_marks.or(is_text.then_some(Document::Text)))
}

fn by_marks(head: &[u8], tail: &[u8]) -> Option<Document> {
    let holds = |mark: &[u8]| tail.windows(mark.len()).any(|part| part == mark);
    if head.starts_with(b"%PDF-") && holds(b"%%EOF") {
        return Some(Document::Pdf);
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR") && tail.ends_with(b"IEND\xaeB`\x82") {
        return Some(Document::Png);
    }
    let is_jpeg = head.starts_with(&[0xff, 0xd8, 0xff]) && tail.ends_with(&[0xff, 0xd9]);
    is_jpeg.then_some(Document::Jpeg)
}

fn is_text(bytes: &[u8]) -> bool {
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[track_caller]
    fn check(bytes: &[u8], is: Option<Document>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        assert_eq!(read(&mut file).unwrap(), is);
    }

    #[test]
    fn a_document_is_known_by_its_marks_and_only_whole() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR....IEND\xaeB`\x82";
        check(b"%PDF-1.7\n...\n%%EOF\n", Some(Document::Pdf));
        check(b"%PDF-1.7\n\0...", None);
        check(b"%PDF-1.7 cut", None);
        check(png, Some(Document::Png));
        check(&png[..20], None);
        check(
            &[0xff, 0xd8, 0xff, 0xe0, 1, 0xff, 0xd9],
            Some(Document::Jpeg),
        );
        check(&[0xff, 0xd8, 0xff, 0xe0, 1], None);
        check(
            "Ich erlaube es gern.\r\n\u{dc}".as_bytes(),
            Some(Document::Text),
        );
        check(b"MZ\x90\0", None);
        check(b"<html>\x1b[2J", None);
        check(b"", None);
    }
}
