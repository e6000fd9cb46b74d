//! CD-Text packs from texts.

use super::crc::crc;
use super::{
    Charset, GENRE, MAX_BLOCKS, MAX_TEXT_PACKS, PAYLOAD_BYTES, SIZE_INFO, SIZE_INFO_BYTES, Strings,
    TextBlock, TextKind,
};

/// Why texts cannot be written as CD-Text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefusal {
    /// A character that the block's set does not have.
    #[error("CD-Text, {}: the {} {text:?} holds {character:?}, which ISO 8859-1 does not have; spell it without", who(*track), kind.word())]
    Character {
        /// What it is.
        kind: TextKind,
        /// The track; 0 for the disc.
        track: usize,
        /// The text.
        text: String,
        /// The character.
        character: char,
    },
    /// A control character, or a byte that the block's set does not have.
    #[error("CD-Text, {}: the {} holds the byte 0x{byte:02x}, which is no character of its set", who(*track), kind.word())]
    Byte {
        /// What it is.
        kind: TextKind,
        /// The track; 0 for the disc.
        track: usize,
        /// The byte.
        byte: u8,
    },
    /// A text of two bytes a character that ends inside one.
    #[error("CD-Text, {}: the {} ends inside a character of two bytes", who(*track), kind.word())]
    HalfCharacter {
        /// What it is.
        kind: TextKind,
        /// The track; 0 for the disc.
        track: usize,
    },
    /// Tracks have a text and the disc has none.
    #[error("CD-Text: the disc itself has no {} while tracks have one, and readers then take the first track's for it; give the disc one", kind.word())]
    DiscEmpty {
        /// What it is.
        kind: TextKind,
    },
    /// Other tracks than the disc's.
    #[error("CD-Text: {found} texts of the kind {} for {tracks} tracks", kind.word())]
    Tracks {
        /// What it is.
        kind: TextKind,
        /// The disc's tracks.
        tracks: usize,
        /// Texts of tracks.
        found: usize,
    },
    /// More text than a block can number.
    #[error(
        "CD-Text: block {block} needs {packs} packs, {MAX_TEXT_PACKS} are the most; shorten messages or leave a kind of text out"
    )]
    TooLong {
        /// The block, from 0.
        block: usize,
        /// Packs it would need.
        packs: usize,
    },
    /// More than eight languages.
    #[error("CD-Text: {0} languages are more than the eight of a disc")]
    Blocks(usize),
    /// A genre's words that are not plain ASCII.
    #[error("CD-Text: the words of the genre are not plain ASCII")]
    Genre,
}

fn who(track: usize) -> String {
    match track {
        0 => "the disc".to_owned(),
        track => format!("track {track}"),
    }
}

/// What keeps `blocks` from being the CD-Text of a disc of so many tracks.
pub(in crate::cd) fn refusals(
    blocks: &[TextBlock],
    tracks: usize,
) -> impl Iterator<Item = TextRefusal> {
    let mut said = Vec::new();
    if blocks.len() > MAX_BLOCKS {
        said.push(TextRefusal::Blocks(blocks.len()));
    }
    for (no, block) in blocks.iter().enumerate() {
        for (kind, strings) in &block.strings {
            judge(
                *kind,
                strings,
                kind.charset_in(block.charset),
                tracks,
                &mut said,
            );
        }
        let words = block.genre.iter().flat_map(|genre| &genre.words);
        if !words.into_iter().all(|b| (0x20..0x7f).contains(b)) {
            said.push(TextRefusal::Genre);
        }
        let packs = streams(block).iter().map(Stream::packs).sum();
        if packs > MAX_TEXT_PACKS {
            said.push(TextRefusal::TooLong { block: no, packs });
        }
    }
    said.into_iter()
}

fn judge(
    kind: TextKind,
    strings: &Strings,
    charset: Charset,
    tracks: usize,
    said: &mut Vec<TextRefusal>,
) {
    let expected = if kind.is_of_tracks() { tracks } else { 0 };
    let found = strings.tracks.len();
    if found != expected {
        said.push(TextRefusal::Tracks {
            kind,
            tracks,
            found,
        });
    }
    if strings.disc.is_empty() && strings.tracks.iter().any(|t| !t.is_empty()) {
        said.push(TextRefusal::DiscEmpty { kind });
    }
    for track in 0..=found {
        let text = strings.of(track);
        if charset == Charset::MsJis {
            // What came is left alone, but a character of zeros would end the text.
            let has_end = text.chunks(2).any(|c| c == [0, 0] || c == b"\t\t");
            if !text.len().is_multiple_of(2) {
                said.push(TextRefusal::HalfCharacter { kind, track });
            } else if has_end {
                said.push(TextRefusal::Byte {
                    kind,
                    track,
                    byte: 0,
                });
            }
        } else if let Some(byte) = text.iter().find(|b| !is_character(charset, **b)) {
            said.push(TextRefusal::Byte {
                kind,
                track,
                byte: *byte,
            });
        }
    }
}

/// Printable characters; 0x80 to 0x9f are controls in ISO 8859-1.
fn is_character(charset: Charset, byte: u8) -> bool {
    match charset {
        Charset::Latin1 => matches!(byte, 0x20..=0x7e | 0xa0..),
        Charset::Ascii | Charset::MsJis => matches!(byte, 0x20..=0x7e),
    }
}

/// Writes the packs of a disc: bare, without the header that drives put before them.
///
/// # Errors
/// The first text that cannot be written.
pub fn write(blocks: &[TextBlock], tracks: usize) -> Result<Vec<u8>, TextRefusal> {
    if let Some(refusal) = refusals(blocks, tracks).next() {
        return Err(refusal);
    }
    let streams: Vec<Vec<Stream>> = blocks.iter().map(streams).collect();
    let count = |streams: &[Stream]| streams.iter().map(Stream::packs).sum::<usize>();
    // The same in every block: last sequence numbers, then languages.
    let mut tail = [0; 2 * MAX_BLOCKS];
    for ((block, streams), place) in blocks.iter().zip(&streams).zip(0..MAX_BLOCKS) {
        tail[place] = byte(count(streams) + 2);
        tail[MAX_BLOCKS + place] = block.language;
    }
    let mut out = Vec::new();
    for (no, (block, streams)) in blocks.iter().zip(&streams).enumerate() {
        let mut sequence = 0;
        for stream in streams {
            stream.write(no, &mut sequence, &mut out);
        }
        let mut info = vec![block.charset.code(), 1, byte(tracks), block.copyright];
        let mut counts = [0u8; 16];
        for stream in streams {
            counts[usize::from(stream.pack_type & 0x0f)] = byte(stream.packs());
        }
        counts[15] = 3;
        info.extend(counts);
        info.extend(tail);
        debug_assert_eq!(info.len(), SIZE_INFO_BYTES);
        for (part, payload) in (0u8..).zip(info.chunks(PAYLOAD_BYTES)) {
            push_pack(
                &mut out,
                [SIZE_INFO, part, sequence, byte(no) << 4],
                payload,
            );
            sequence = sequence.wrapping_add(1);
        }
    }
    Ok(out)
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).expect("held within a byte by the refusals")
}

fn push_pack(out: &mut Vec<u8>, head: [u8; 4], payload: &[u8]) {
    let mut pack = head.to_vec();
    pack.extend(payload);
    pack.resize(4 + PAYLOAD_BYTES, 0);
    let sum = crc(&pack);
    pack.extend(sum.to_be_bytes());
    out.extend(pack);
}

/// The texts of one kind as they run through its packs.
struct Stream {
    pack_type: u8,
    /// Bit 7 of the fourth byte, where a character has two bytes.
    width_bit: u8,
    /// Bytes, and for each the track that owns it and its character's place in the string.
    bytes: Vec<(u8, u8, u8)>,
}

impl Stream {
    fn new(pack_type: u8, charset: Charset) -> Self {
        let width_bit = if charset == Charset::MsJis { 0x80 } else { 0 };
        Self {
            pack_type,
            width_bit,
            bytes: Vec::new(),
        }
    }

    fn width(&self) -> usize {
        if self.width_bit == 0 { 1 } else { 2 }
    }

    /// Adds a string and its end.
    fn push(&mut self, track: u8, text: &[u8]) {
        let width = self.width();
        let end = [0, 0];
        for (place, b) in text.iter().chain(&end[..width]).enumerate() {
            let characters = u8::try_from((place / width).min(15)).expect("at most 15");
            self.bytes.push((*b, track, characters));
        }
    }

    fn packs(&self) -> usize {
        self.bytes.len().div_ceil(PAYLOAD_BYTES)
    }

    fn write(&self, block: usize, sequence: &mut u8, out: &mut Vec<u8>) {
        for chunk in self.bytes.chunks(PAYLOAD_BYTES) {
            let (_, track, characters) = chunk[0];
            let place = self.width_bit | byte(block) << 4 | characters;
            let payload: Vec<u8> = chunk.iter().map(|(b, ..)| *b).collect();
            push_pack(out, [self.pack_type, track, *sequence, place], &payload);
            *sequence = sequence.wrapping_add(1);
        }
    }
}

/// The streams of a block in the order of their types; a kind without any text is left out.
fn streams(block: &TextBlock) -> Vec<Stream> {
    let mut all = Vec::new();
    for (kind, strings) in &block.strings {
        if strings.disc.is_empty() && strings.tracks.iter().all(Vec::is_empty) {
            continue;
        }
        let mut stream = Stream::new(kind.pack_type(), kind.charset_in(block.charset));
        for (track, text) in (0u8..=99).zip([&strings.disc].into_iter().chain(&strings.tracks)) {
            stream.push(track, text);
        }
        all.push(stream);
    }
    if let Some(genre) = &block.genre {
        let mut stream = Stream::new(GENRE, Charset::Ascii);
        // The number does not count as characters (libburn's encoder and decoder).
        let [high, low] = genre.code.to_be_bytes();
        stream.bytes.extend([(high, 0, 0), (low, 0, 0)]);
        stream.push(0, &genre.words);
        all.push(stream);
    }
    all.sort_by_key(|stream| stream.pack_type);
    all
}
