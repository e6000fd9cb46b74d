//! Texts from CD-Text packs that somebody else wrote.

use std::collections::BTreeMap;

use super::crc::crc;
use super::{
    Charset, GENRE, Genre, MAX_BLOCKS, PACK_BYTES, SIZE_INFO, SIZE_INFO_BYTES, Strings, TextBlock,
    TextKind,
};

/// Most packs that are read: eight blocks of 256.
const MAX_PACKS: usize = MAX_BLOCKS * 256;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadText {
    /// Languages in order.
    pub blocks: Vec<TextBlock>,
    /// What is wrong.
    pub objections: Vec<TextObjection>,
}

/// One thing that is wrong with CD-Text. Packs are counted from 0, blocks likewise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextObjection {
    /// No whole packs.
    #[error("CD-Text: {0} bytes are not whole packs of 18")]
    Length(usize),
    /// The header of a drive's answer stands before the packs.
    #[error(
        "CD-Text: four bytes stand before the packs, as drives put them there; a fileset has the packs alone"
    )]
    Header,
    /// More packs than eight blocks have.
    #[error("CD-Text: {0} packs are more than the 2048 of eight blocks")]
    TooMany(usize),
    /// A checksum that is wrong.
    #[error("CD-Text: the checksum of pack {pack} is {found:04x}, its bytes give {right:04x}")]
    Crc {
        /// The pack.
        pack: usize,
        /// What stands there.
        found: u16,
        /// What is right.
        right: u16,
    },
    /// A type that is no text's.
    #[error("CD-Text: pack {pack} is of the unknown type 0x{kind:02x}")]
    Type {
        /// The pack.
        pack: usize,
        /// Its first byte.
        kind: u8,
    },
    /// A number in the row that is not the next.
    #[error(
        "CD-Text: pack {pack} of block {block} has the number {found} where {expected} comes next"
    )]
    Sequence {
        /// The pack.
        pack: usize,
        /// Its block.
        block: usize,
        /// The number it has.
        found: u8,
        /// The number that comes next.
        expected: u8,
    },
    /// Packs of a type that are not together, or not in the order of types.
    #[error("CD-Text: pack {pack} of block {block} stands after packs of a higher type")]
    Order {
        /// The pack.
        pack: usize,
        /// Its block.
        block: usize,
    },
    /// No size information, or not three packs of it.
    #[error("CD-Text: block {block} has {found} packs of size information in place of 3")]
    NoSize {
        /// The block.
        block: usize,
        /// How many it has.
        found: usize,
    },
    /// A character set that nobody knows.
    #[error("CD-Text: block {block} says it is written in the unknown character set 0x{code:02x}")]
    Charset {
        /// The block.
        block: usize,
        /// The byte.
        code: u8,
    },
    /// Counts of packs that are not those there.
    #[error(
        "CD-Text: block {block} says it has {said} packs of type 0x{kind:02x}, there are {found}"
    )]
    Count {
        /// The block.
        block: usize,
        /// The type.
        kind: u8,
        /// What the size information says.
        said: u8,
        /// How many there are.
        found: usize,
    },
    /// Last numbers that are not those of the packs.
    #[error("CD-Text: block {block} is said to end at pack number {said}, it ends at {found}")]
    Last {
        /// The block.
        block: usize,
        /// What the size information says.
        said: u8,
        /// The last number there.
        found: u8,
    },
    /// Texts of more or fewer tracks.
    #[error("CD-Text: block {block} holds the {} of {found} tracks, it is made for {expected}", kind.word())]
    Tracks {
        /// The block.
        block: usize,
        /// What it is.
        kind: TextKind,
        /// Tracks of the size information.
        expected: usize,
        /// Texts of tracks.
        found: usize,
    },
    /// A pack that says its first byte is another track's.
    #[error(
        "CD-Text: pack {pack} says that it begins in track {said}, its text begins in track {found}"
    )]
    Owner {
        /// The pack.
        pack: usize,
        /// Its second byte.
        said: u8,
        /// Whose text it is.
        found: usize,
    },
    /// A tab, which repeats the text before, where none is.
    #[error("CD-Text: the {} of track 1 in block {block} says to repeat a track before it", kind.word())]
    TabFirst {
        /// The block.
        block: usize,
        /// What it is.
        kind: TextKind,
    },
    /// A genre of one byte.
    #[error("CD-Text: the genre of block {block} has no number")]
    Genre {
        /// The block.
        block: usize,
    },
}

/// A pack whose checksum was looked at.
struct Pack<'a> {
    no: usize,
    kind: u8,
    track: u8,
    sequence: u8,
    is_double: u8,
    block: usize,
    payload: &'a [u8],
}

/// Reads packs; what is wrong is said, and read as far as it goes.
pub fn read(bytes: &[u8]) -> ReadText {
    let mut objections = Vec::new();
    let mut bare = bytes;
    // A drive's answer: its length without the two bytes of the length itself, then two zeros.
    if bytes.len() % PACK_BYTES == 4
        && let Some(([high, low, 0, 0], packs)) = bytes.split_first_chunk()
        && usize::from(u16::from_be_bytes([*high, *low])) == bytes.len() - 2
    {
        objections.push(TextObjection::Header);
        bare = packs;
    }
    if !bare.len().is_multiple_of(PACK_BYTES) || bare.is_empty() {
        objections.push(TextObjection::Length(bytes.len()));
    }
    let count = bare.len() / PACK_BYTES;
    if count > MAX_PACKS {
        objections.push(TextObjection::TooMany(count));
    }
    let mut by_block: BTreeMap<usize, Vec<Pack<'_>>> = BTreeMap::new();
    for (no, pack) in bare.chunks_exact(PACK_BYTES).take(MAX_PACKS).enumerate() {
        let Some(pack) = parse(no, pack, &mut objections) else {
            continue;
        };
        by_block.entry(pack.block).or_default().push(pack);
    }
    let lasts: Vec<(usize, u8)> = by_block
        .iter()
        .filter_map(|(no, packs)| Some((*no, packs.last()?.sequence)))
        .collect();
    let blocks = by_block
        .into_iter()
        .map(|(no, packs)| block(no, &packs, &lasts, &mut objections))
        .collect();
    ReadText { blocks, objections }
}

fn parse<'a>(no: usize, pack: &'a [u8], said: &mut Vec<TextObjection>) -> Option<Pack<'a>> {
    let (body, sum) = pack.split_at_checked(PACK_BYTES - 2)?;
    let found = u16::from_be_bytes(sum.try_into().ok()?);
    let right = crc(body);
    if found != right {
        said.push(TextObjection::Crc {
            pack: no,
            found,
            right,
        });
    }
    let ([kind, track, sequence, place], payload) = body.split_first_chunk()?;
    if !matches!(*kind, 0x80..=0x8f) {
        said.push(TextObjection::Type {
            pack: no,
            kind: *kind,
        });
        return None;
    }
    Some(Pack {
        no,
        kind: *kind,
        track: *track,
        sequence: *sequence,
        is_double: place & 0x80,
        block: usize::from(place >> 4 & 7),
        payload,
    })
}

fn block(
    no: usize,
    packs: &[Pack<'_>],
    lasts: &[(usize, u8)],
    said: &mut Vec<TextObjection>,
) -> TextBlock {
    judge_order(no, packs, said);
    let info: Vec<u8> = packs
        .iter()
        .filter(|pack| pack.kind == SIZE_INFO)
        .flat_map(|pack| pack.payload.iter().copied())
        .collect();
    let info: Option<[u8; SIZE_INFO_BYTES]> = info.try_into().ok();
    let mut out = TextBlock::default();
    let mut tracks = None;
    match &info {
        Some(info) => {
            out.charset = Charset::of_code(info[0]).unwrap_or_else(|| {
                said.push(TextObjection::Charset {
                    block: no,
                    code: info[0],
                });
                Charset::Latin1
            });
            tracks = Some(usize::from(info[2].saturating_sub(info[1])) + 1);
            out.copyright = info[3];
            out.language = info[28 + no];
            judge_counts(no, packs, info, lasts, said);
        }
        None => {
            let found = packs.iter().filter(|p| p.kind == SIZE_INFO).count();
            said.push(TextObjection::NoSize { block: no, found });
        }
    }
    for kind in TextKind::ALL {
        let of_kind: Vec<&Pack<'_>> = packs
            .iter()
            .filter(|pack| pack.kind == kind.pack_type())
            .collect();
        if !of_kind.is_empty() {
            let strings = strings(no, kind, &of_kind, tracks, said);
            out.strings.insert(kind, strings);
        }
    }
    let genre: Vec<u8> = packs
        .iter()
        .filter(|pack| pack.kind == GENRE)
        .flat_map(|pack| pack.payload.iter().copied())
        .collect();
    if let Some(([high, low], words)) = genre.split_first_chunk() {
        out.genre = Some(Genre {
            code: u16::from_be_bytes([*high, *low]),
            words: words.iter().copied().take_while(|b| *b != 0).collect(),
        });
    } else if !genre.is_empty() {
        said.push(TextObjection::Genre { block: no });
    }
    out
}

fn judge_order(no: usize, packs: &[Pack<'_>], said: &mut Vec<TextObjection>) {
    let mut expected = 0u8;
    let mut before = 0;
    for pack in packs {
        if pack.sequence != expected {
            let found = pack.sequence;
            said.push(TextObjection::Sequence {
                pack: pack.no,
                block: no,
                found,
                expected,
            });
        }
        expected = pack.sequence.wrapping_add(1);
        if pack.kind < before {
            said.push(TextObjection::Order {
                pack: pack.no,
                block: no,
            });
        }
        before = pack.kind;
    }
}

fn judge_counts(
    no: usize,
    packs: &[Pack<'_>],
    info: &[u8; SIZE_INFO_BYTES],
    lasts: &[(usize, u8)],
    out: &mut Vec<TextObjection>,
) {
    for (kind, said) in (0x80u8..=0x8f).zip(&info[4..20]) {
        let found = packs.iter().filter(|pack| pack.kind == kind).count();
        if usize::from(*said) != found {
            out.push(TextObjection::Count {
                block: no,
                kind,
                said: *said,
                found,
            });
        }
    }
    for (block, found) in lasts {
        let said = info[20 + (*block).min(MAX_BLOCKS - 1)];
        if said != *found {
            out.push(TextObjection::Last {
                block: *block,
                said,
                found: *found,
            });
        }
    }
}

/// Cuts the packs of a kind into texts and follows what repeats.
fn strings(
    no: usize,
    kind: TextKind,
    packs: &[&Pack<'_>],
    tracks: Option<usize>,
    said: &mut Vec<TextObjection>,
) -> Strings {
    let bytes: Vec<u8> = packs
        .iter()
        .flat_map(|p| p.payload.iter().copied())
        .collect();
    let width = if packs.iter().any(|p| p.is_double != 0) {
        2
    } else {
        1
    };
    let mut texts: Vec<Vec<u8>> = Vec::new();
    // Where each text begins, to compare with what packs say of themselves.
    let mut begins = vec![0];
    let mut text = Vec::new();
    let mut at = 0;
    for character in bytes.chunks(width) {
        at += character.len();
        if character.iter().all(|b| *b == 0) {
            texts.push(std::mem::take(&mut text));
            begins.push(at);
        } else {
            text.extend_from_slice(character);
        }
    }
    if !text.is_empty() {
        texts.push(text);
    }
    let expected = if kind.is_of_tracks() { tracks } else { Some(0) };
    // Behind the last text zeros fill the pack, and read like empty texts.
    let most = expected.map_or(texts.len(), |tracks| tracks + 1);
    let filled = texts
        .iter()
        .rposition(|t| !t.is_empty())
        .map_or(0, |last| last + 1);
    if let Some(expected) = expected
        && (filled > most || texts.len() < most)
    {
        let found = if filled > most { filled } else { texts.len() };
        said.push(TextObjection::Tracks {
            block: no,
            kind,
            expected,
            found: found.saturating_sub(1),
        });
    }
    let kept = if expected.is_some() { most } else { filled };
    texts.resize(kept.min(100), Vec::new());
    judge_owners(packs, &begins, kept, said);
    repeat_tabs(no, kind, width, &mut texts, said);
    let mut texts = texts.into_iter();
    Strings {
        disc: texts.next().unwrap_or_default(),
        tracks: texts.collect(),
    }
}

fn judge_owners(packs: &[&Pack<'_>], begins: &[usize], kept: usize, out: &mut Vec<TextObjection>) {
    let mut at = 0;
    for pack in packs {
        let found = begins.partition_point(|begin| *begin <= at) - 1;
        let said = pack.track & 0x7f;
        if found < kept && usize::from(said) != found {
            out.push(TextObjection::Owner {
                pack: pack.no,
                said,
                found,
            });
        }
        at += pack.payload.len();
    }
}

/// A text that is one tab stands for the one of the track before it.
fn repeat_tabs(
    no: usize,
    kind: TextKind,
    width: usize,
    texts: &mut [Vec<u8>],
    said: &mut Vec<TextObjection>,
) {
    for track in 1..texts.len() {
        if texts[track] == b"\t\t"[..width] {
            if track == 1 {
                said.push(TextObjection::TabFirst { block: no, kind });
            }
            texts[track] = texts[track - 1].clone();
        }
    }
}
