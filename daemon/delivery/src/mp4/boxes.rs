//! Boxes: a length, a name of four letters, and what is inside.

use std::ops::Range;

/// A box by its places in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: [u8; 4],
    /// All of it, with length and name.
    pub(super) whole: Range<usize>,
    /// What is inside.
    pub(super) body: Range<usize>,
}

/// The boxes that fill a range; none where they do not.
pub(super) fn boxes(file: &[u8], within: Range<usize>) -> Option<Vec<Found>> {
    let mut found = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let next = one(file, at, within.end)?;
        at = next.whole.end;
        found.push(next);
    }
    Some(found)
}

fn one(file: &[u8], at: usize, end: usize) -> Option<Found> {
    let head = file.get(at..end)?.first_chunk::<8>()?;
    let [a, b, c, d, kind @ ..] = *head;
    let (head_bytes, length) = match u32::from_be_bytes([a, b, c, d]) {
        // To the end of the file.
        0 => (8, end - at),
        // The length stands behind the name, in 64 bits.
        1 => {
            let long = file.get(at + 8..end)?.first_chunk::<8>()?;
            (16, usize::try_from(u64::from_be_bytes(*long)).ok()?)
        }
        length => (8, usize::try_from(length).ok()?),
    };
    let after = at.checked_add(length).filter(|after| *after <= end)?;
    (length >= head_bytes).then_some(Found {
        kind,
        whole: at..after,
        body: at + head_bytes..after,
    })
}

/// The first box along a path.
pub(super) fn inside(file: &[u8], within: Range<usize>, path: &[&[u8; 4]]) -> Option<Found> {
    let (first, rest) = path.split_first()?;
    let all = boxes(file, within)?;
    let found = all.into_iter().find(|found| found.kind == **first)?;
    if rest.is_empty() {
        return Some(found);
    }
    // `meta` has a version and flags before its boxes.
    let skipped = if found.kind == *b"meta" { 4 } else { 0 };
    inside(file, found.body.start + skipped..found.body.end, rest)
}

/// A box of this name around bytes.
pub(super) fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend(kind);
    out.extend(body);
    out
}
