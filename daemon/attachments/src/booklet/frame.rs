//! The outside of a PDF: its head, and the way from its end to the table of its objects (ISO 32000-1, 7.5).
//!
//! A reader that mends what is broken would pass a file that a shop's reader stumbles over, so that the frame is held
//! against the standard by itself.

use super::NoBooklet;

/// How far from the end the last marks are looked for, in bytes; readers of others allow as much.
const END_BYTES: usize = 1_024;

/// What is broken in the frame.
///
/// # Errors
/// What is no PDF at all.
pub(super) fn damage(bytes: &[u8]) -> Result<Vec<String>, NoBooklet> {
    // Some writers put a mail's or a printer's words before the head; readers take it within the first 1024 bytes.
    let head = bytes.get(..bytes.len().min(END_BYTES)).unwrap_or_default();
    if find(head, b"%PDF-").is_none() {
        return Err(NoBooklet::NoPdf);
    }
    let tail = bytes.get(bytes.len().saturating_sub(END_BYTES)..);
    let tail = tail.unwrap_or_default();
    if find(tail, b"%%EOF").is_none() {
        return Ok(vec![
            "its end is missing: the file is cut, or came only in part".to_owned(),
        ]);
    }
    let leads = table_at(tail).is_some_and(|at| is_table(bytes.get(at..).unwrap_or_default()));
    if leads {
        return Ok(Vec::new());
    }
    Ok(vec![
        "its end does not lead to the table of its objects: bytes were lost or added".to_owned(),
    ])
}

/// Where the last `startxref` says that the table is.
fn table_at(tail: &[u8]) -> Option<usize> {
    let word = b"startxref";
    let at = tail.windows(word.len()).rposition(|part| part == word)?;
    let rest = tail.get(at + word.len()..)?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()
}

/// A table begins with its word; a stream of one with an object's number.
fn is_table(at: &[u8]) -> bool {
    let at = at.trim_ascii_start();
    if at.starts_with(b"xref") {
        return true;
    }
    let digits = at.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let head = at.get(..at.len().min(64)).unwrap_or_default();
    digits > 0 && find(head, b"obj").is_some()
}

/// Whether a trailer names an encryption: its key with a reference or a dictionary behind it.
pub(super) fn is_encrypted(bytes: &[u8]) -> bool {
    let word = b"/Encrypt";
    let mut rest = bytes;
    while let Some(at) = find(rest, word) {
        rest = rest.get(at + word.len()..).unwrap_or_default();
        let value = rest.trim_ascii_start();
        let digits = value
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let is_reference = digits > 0
            && value.len() < rest.len()
            && value.get(digits..).is_some_and(is_reference_behind_number);
        if is_reference || value.starts_with(b"<<") {
            return true;
        }
    }
    false
}

/// ` 0 R`, behind an object's number.
fn is_reference_behind_number(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest.get(digits..).unwrap_or_default();
    digits > 0 && rest.trim_ascii_start().starts_with(b"R")
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|part| part == word)
}
