//! Atoms: a size, four letters, and what is in them.

use std::io::{self, Read, Seek, SeekFrom};

/// Atoms within another that are looked at.
const MOST_WITHIN: usize = 10_000;

/// The head of an atom in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) kind: [u8; 4],
    /// Where what is in it begins.
    pub(super) body: u64,
    /// Where it ends, as it says.
    pub(super) end: u64,
}

impl Header {
    /// The atom at a place; none at the end of the file, or where what stands there is none.
    pub(super) fn read(
        file: &mut (impl Read + Seek),
        at: u64,
        bytes: u64,
    ) -> io::Result<Option<Self>> {
        if bytes.saturating_sub(at) < 8 {
            return Ok(None);
        }
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        let mut body = at + 8;
        let size = match u32::from_be_bytes([a, b, c, d]) {
            // To the end of the file.
            0 => bytes - at,
            1 if bytes - at >= 16 => {
                let mut long = [0; 8];
                file.read_exact(&mut long)?;
                body += 8;
                u64::from_be_bytes(long)
            }
            size => u64::from(size),
        };
        let end = at.saturating_add(size);
        Ok((end >= body).then_some(Self { kind, body, end }))
    }

    pub(super) fn name(&self) -> String {
        name(self.kind)
    }
}

/// Four letters as they are shown.
pub(super) fn name(kind: [u8; 4]) -> String {
    let letters = kind.iter().map(|byte| match byte {
        0x20..=0x7e => char::from(*byte),
        _ => '?',
    });
    letters.collect::<String>().trim_end().to_owned()
}

/// An atom within another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Atom<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
}

/// The atoms within another, until one is none.
#[derive(Debug, Clone)]
pub(super) struct Atoms<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Atoms<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            left: MOST_WITHIN,
        }
    }

    /// The first of a kind.
    pub(super) fn first(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
        let mut all = Self::new(bytes);
        all.find(|atom| atom.kind == *kind).map(|atom| atom.body)
    }

    /// The first along a way of atoms within each other.
    pub(super) fn along(bytes: &'a [u8], way: &[&[u8; 4]]) -> Option<&'a [u8]> {
        way.iter()
            .try_fold(bytes, |bytes, kind| Self::first(bytes, kind))
    }
}

impl<'a> Iterator for Atoms<'a> {
    type Item = Atom<'a>;

    fn next(&mut self) -> Option<Atom<'a>> {
        self.left = self.left.checked_sub(1)?;
        let size = u32_at(self.rest, 0)?;
        let kind = self.rest.get(4..8)?.try_into().ok()?;
        let (head, size) = match size {
            0 => (8, self.rest.len()),
            1 => (16, usize::try_from(u64_at(self.rest, 8)?).ok()?),
            size => (8, usize::try_from(size).ok()?),
        };
        let body = self.rest.get(head..size)?;
        self.rest = self.rest.get(size..)?;
        Some(Atom { kind, body })
    }
}

/// A number of two bytes.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let part = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(part.try_into().ok()?))
}

/// A number of four bytes.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(part.try_into().ok()?))
}

/// A number of eight bytes.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(part.try_into().ok()?))
}
