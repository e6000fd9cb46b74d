//! The packs byte for byte, and what is read back.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

/// The block of formats' vector: a title for the disc and three tracks, one performer.
fn three_tracks() -> TextBlock {
    let mut block = TextBlock::latin1(language_code("en").unwrap());
    let titles = ["Track One", "Track Two", "Track Three"];
    block.put(TextKind::Title, "Disc", &titles).unwrap();
    block
        .put(TextKind::Performer, "Artist", &["Artist"; 3])
        .unwrap();
    block
}

#[test]
fn packs_are_those_that_cue2ddp_writes() {
    let packs = write(&[three_tracks()], 3).unwrap();
    assert_eq!(packs.len(), 180);
    // Recorded from cue2ddp 1.1; libburn and libcdio read it.
    assert_eq!(
        hex::encode(Sha256::digest(&packs)),
        "40bf0a0b8ba8994cb2ea5e8238a3cbc341b8a5cac68a6157769034ca591b53f8"
    );
    assert_eq!(
        hex::encode(&packs[..18]),
        "800000004469736300547261636b204f4804"
    );
    assert_eq!(
        hex::encode(&packs[162..]),
        "8f0209000000000009000000000000000a4e"
    );
}

#[track_caller]
fn refused(block: TextBlock, expected: &str) {
    assert_eq!(write(&[block], 3).unwrap_err().to_string(), expected);
}

#[test]
fn what_cannot_be_written_is_refused_with_its_track() {
    let mut block = three_tracks();
    let said = block.put(TextKind::Title, "Disc", &["a", "Łódź", "c"]);
    assert_eq!(
        said.unwrap_err().to_string(),
        "CD-Text, track 2: the title \"Łódź\" holds 'Ł', which ISO 8859-1 does not have; spell it without"
    );
    block.put(TextKind::Title, "Disc", &["a", "b"]).unwrap();
    refused(block, "CD-Text: 2 texts of the kind title for 3 tracks");
    let mut block = three_tracks();
    block.put(TextKind::Composer, "", &["", "Ada", ""]).unwrap();
    refused(
        block,
        "CD-Text: the disc itself has no composer while tracks have one, and readers then take the \
         first track's for it; give the disc one",
    );
    let mut block = three_tracks();
    block.put(TextKind::Message, "a\tb", &[""; 3]).unwrap();
    refused(
        block,
        "CD-Text, the disc: the message holds the byte 0x09, which is no character of its set",
    );
    let mut block = three_tracks();
    block
        .put(TextKind::Message, &"x".repeat(3000), &[""; 3])
        .unwrap();
    refused(
        block,
        "CD-Text: block 0 needs 258 packs, 252 are the most; shorten messages or leave a kind of text out",
    );
    assert_eq!(
        write(&vec![three_tracks(); 9], 3).unwrap_err().to_string(),
        "CD-Text: 9 languages are more than the eight of a disc"
    );
}

#[test]
fn a_tab_repeats_the_track_before() {
    let mut block = TextBlock::latin1(9);
    block
        .put(TextKind::Performer, "Artist", &["Artist", "?", "Other"])
        .unwrap();
    let mut packs = write(&[block], 3).unwrap();
    let at = packs.iter().position(|b| *b == b'?').unwrap();
    packs[at] = b'\t';
    mend(&mut packs);
    let read = read(&packs);
    assert_eq!(read.objections, []);
    let text = read.blocks[0].text(TextKind::Performer, 2);
    assert_eq!(text.as_deref(), Some("Artist"));
}

/// Sets every checksum right.
fn mend(packs: &mut [u8]) {
    for pack in packs.chunks_exact_mut(PACK_BYTES) {
        let sum = crc::crc(&pack[..16]).to_be_bytes();
        pack[16..].copy_from_slice(&sum);
    }
}

#[track_caller]
fn objected(change: impl FnOnce(&mut Vec<u8>), expected: &str) {
    let mut packs = write(&[three_tracks()], 3).unwrap();
    change(&mut packs);
    let said: Vec<String> = read(&packs)
        .objections
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(said.join("\n"), expected);
}

#[test]
fn damage_is_named() {
    objected(|_| (), "");
    objected(
        |p| p[5] ^= 1,
        "CD-Text: the checksum of pack 0 is 4804, its bytes give 904d",
    );
    objected(
        |p| p.truncate(179),
        "CD-Text: 179 bytes are not whole packs of 18\n\
         CD-Text: block 0 has 2 packs of size information in place of 3",
    );
    objected(
        |p| {
            p.drain(18..36);
        },
        "CD-Text: pack 1 of block 0 has the number 2 where 1 comes next\n\
         CD-Text: block 0 says it has 4 packs of type 0x80, there are 3\n\
         CD-Text: pack 1 says that it begins in track 2, its text begins in track 1\n\
         CD-Text: pack 2 says that it begins in track 3, its text begins in track 2",
    );
    objected(
        |p| {
            p[7 * 18 + 4] = 0x42;
            mend(p);
        },
        "CD-Text: block 0 says it is written in the unknown character set 0x42",
    );
    objected(
        |p| {
            p.splice(0..0, [0, 182, 0, 0]);
        },
        "CD-Text: four bytes stand before the packs, as drives put them there; a fileset has the packs alone",
    );
}

fn text(set: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let latin1 = |text: String| text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    proptest::string::string_regex(set)
        .unwrap()
        .prop_map(latin1)
}

/// A kind's texts for so many tracks; the disc has one where a track has.
fn strings(kind: TextKind, tracks: usize) -> impl Strategy<Value = (TextKind, Strings)> {
    let set = match kind {
        TextKind::DiscId | TextKind::Codes => "[ -~]{1,14}",
        _ => "[ -~\u{a0}-\u{ff}]{1,14}",
    };
    let count = if kind.is_of_tracks() { tracks } else { 0 };
    let of_track = prop_oneof![text(set), Just(Vec::new())];
    (text(set), prop::collection::vec(of_track, count))
        .prop_map(move |(disc, tracks)| (kind, Strings { disc, tracks }))
}

fn any_block(tracks: usize) -> impl Strategy<Value = TextBlock> {
    let kinds = prop::sample::subsequence(TextKind::ALL.to_vec(), 0..5);
    let strings = kinds.prop_flat_map(move |kinds| {
        let all = kinds.into_iter().map(|kind| strings(kind, tracks));
        all.collect::<Vec<_>>()
    });
    let genre = prop::option::of((any::<u16>(), text("[ -~]{0,30}")));
    (any::<u8>(), strings, genre).prop_map(|(language, strings, genre)| TextBlock {
        language,
        genre: genre.map(|(code, words)| Genre { code, words }),
        strings: strings.into_iter().collect::<BTreeMap<_, _>>(),
        ..TextBlock::default()
    })
}

fn any_blocks() -> impl Strategy<Value = (usize, Vec<TextBlock>)> {
    (1usize..8).prop_flat_map(|tracks| {
        let blocks = prop::collection::vec(any_block(tracks), 1..=8);
        (Just(tracks), blocks)
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((tracks, blocks) in any_blocks()) {
        let packs = write(&blocks, tracks).unwrap();
        let read = read(&packs);
        prop_assert_eq!(read.objections, []);
        prop_assert_eq!(read.blocks, blocks);
    }

    /// Two bytes a character, whatever they mean.
    #[test]
    fn ms_jis_is_left_as_it_came(
        texts in prop::collection::vec(prop::collection::vec((0x81u8..=0xfc, 0x40u8..=0xfc), 1..20), 4),
    ) {
        let bytes = |text: &Vec<(u8, u8)>| text.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let strings = Strings {
            disc: bytes(&texts[0]),
            tracks: texts[1..].iter().map(bytes).collect(),
        };
        let block = TextBlock {
            charset: Charset::MsJis,
            language: 0x69,
            strings: [(TextKind::Title, strings)].into(),
            ..TextBlock::default()
        };
        let blocks = [three_tracks(), block];
        let read = read(&write(&blocks, 3).unwrap());
        prop_assert_eq!(read.objections, []);
        prop_assert_eq!(&read.blocks[..], &blocks[..]);
        prop_assert_eq!(read.blocks[1].text(TextKind::Title, 0), None);
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        read(&bytes);
    }

    /// Packs that look right but for what is changed: each change of a byte is objected to.
    #[test]
    fn a_changed_byte_is_noticed((tracks, blocks) in any_blocks(), at in any::<prop::sample::Index>(), by in 1u8..) {
        let mut packs = write(&blocks, tracks).unwrap();
        let at = at.index(packs.len());
        packs[at] ^= by;
        prop_assert!(!read(&packs).objections.is_empty());
    }

    /// The same with checksums set right again: nothing panics, and the rest is still read.
    #[test]
    fn a_consistent_lie_is_read_without_a_panic((tracks, blocks) in any_blocks(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10)) {
        let mut packs = write(&blocks, tracks).unwrap();
        for (at, byte) in changes {
            let at = at.index(packs.len());
            packs[at] = byte;
        }
        mend(&mut packs);
        read(&packs);
    }
}
