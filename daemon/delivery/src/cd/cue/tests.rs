//! Sheets line for line, and what is read back.

use proptest::prelude::*;

use super::*;
use crate::Isrc;
use crate::cd::disc::tests::{at, plan};
use crate::cd::text::{TextBlock, TextKind};
use crate::cd::{Disc, PlantRules};

fn disc() -> Disc {
    let mut plan = plan();
    plan.ean = Some(crate::Ean::parse("4006381333931").unwrap());
    plan.tracks[0].isrc = Some(Isrc::parse("DEA122600001").unwrap());
    plan.tracks[1].copying = Copying::Permitted;
    plan.tracks[1].emphasis = Emphasis::Fifty15;
    plan.tracks[1].indexes = vec![at("00:20:10")];
    let mut block = TextBlock::latin1(9);
    block
        .put(TextKind::Title, "Grüße", &["One \"more\"", "Two"])
        .unwrap();
    plan.texts = vec![block];
    Disc::new(plan, &PlantRules::default()).unwrap()
}

fn lines(sheet: &CueSheet) -> Vec<String> {
    let text = String::from_utf8(write(sheet, CueEncoding::Utf8).unwrap()).unwrap();
    assert!(text.ends_with("\r\n"));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn one_file_holds_the_image_without_its_first_two_seconds() {
    let sheet = of_disc(&disc(), CueLayout::Bin("disc.bin"));
    let expected = [
        "CATALOG 4006381333931",
        "TITLE \"Grüße\"",
        "FILE \"disc.bin\" BINARY",
        "  TRACK 01 AUDIO",
        "    TITLE \"One 'more'\"",
        "    ISRC DEA122600001",
        "    INDEX 01 00:00:00",
        "  TRACK 02 AUDIO",
        "    TITLE \"Two\"",
        "    FLAGS DCP PRE",
        "    INDEX 00 00:10:00",
        "    INDEX 01 00:12:00",
        "    INDEX 02 00:18:10",
    ];
    assert_eq!(lines(&sheet), expected);
    let latin1 = write(&sheet, CueEncoding::Latin1).unwrap();
    assert!(latin1.windows(5).any(|w| w == b"Gr\xfc\xdfe"));
    assert_eq!(read(&latin1).sheet.texts.title, "Grüße");
}

#[test]
fn each_file_begins_with_its_tracks_pregap() {
    let names = ["01.wav".to_owned(), "02.wav".to_owned()];
    let sheet = of_disc(&disc(), CueLayout::Wavs(&names));
    let lines = lines(&sheet);
    assert_eq!(lines[2], "FILE \"01.wav\" WAVE");
    assert_eq!(
        &lines[7..],
        [
            "FILE \"02.wav\" WAVE",
            "  TRACK 02 AUDIO",
            "    TITLE \"Two\"",
            "    FLAGS DCP PRE",
            "    INDEX 00 00:00:00",
            "    INDEX 01 00:02:00",
            "    INDEX 02 00:08:10",
        ]
    );
}

#[test]
fn a_longer_first_pregap_lies_in_the_file() {
    let mut plan = plan();
    plan.tracks[0].start = at("00:05:00");
    let disc = Disc::new(plan, &PlantRules::default()).unwrap();
    let sheet = of_disc(&disc, CueLayout::Bin("a.bin"));
    assert_eq!(
        lines(&sheet)[2..4],
        ["    INDEX 00 00:00:00", "    INDEX 01 00:03:00"]
    );
    assert_eq!(sheet.lay(&[28 * 44_100]).unwrap().plan.tracks, disc.tracks);
}

#[test]
fn a_sheet_and_its_files_come_back_as_the_disc() {
    let disc = disc();
    let names = ["01.wav".to_owned(), "02.wav".to_owned()];
    let bin = of_disc(&disc, CueLayout::Bin("a.bin"));
    let wavs = of_disc(&disc, CueLayout::Wavs(&names));
    let second = |n: u64| n * 44_100;
    for (sheet, frames) in [
        (bin, vec![second(28)]),
        (wavs, vec![second(10), second(18)]),
    ] {
        let laid = sheet.lay(&frames).unwrap();
        assert_eq!(laid.plan.tracks, disc.tracks);
        assert_eq!((laid.plan.end, laid.plan.ean), (disc.end, disc.ean));
    }
}

#[test]
fn silence_that_no_file_holds_moves_what_follows() {
    let text = "FILE \"a.wav\" WAVE\nTRACK 01 AUDIO\nPREGAP 00:02:00\nINDEX 01 00:00:00\n\
                TRACK 02 AUDIO\nPREGAP 00:03:00\nINDEX 01 00:10:00\nPOSTGAP 00:01:00\n\
                FILE \"b.wav\" WAVE\nTRACK 03 AUDIO\nINDEX 01 00:00:00\n";
    let read = read(text.as_bytes());
    assert_eq!(read.objections, []);
    let laid = read.sheet.lay(&[20 * 44_100, 5 * 44_100 + 1]).unwrap();
    let marks: Vec<(Option<PqTime>, PqTime)> = laid
        .plan
        .tracks
        .iter()
        .map(|t| (t.pregap, t.start))
        .collect();
    assert_eq!(
        marks,
        [
            (Some(PqTime::ZERO), at("00:02:00")),
            (Some(at("00:12:00")), at("00:15:00")),
            (None, at("00:26:00")),
        ]
    );
    // The last sector is filled up.
    assert_eq!(laid.plan.end, at("00:31:01"));
    let said = read.sheet.lay(&[20 * 44_100 + 1, 44_100]).unwrap_err();
    assert_eq!(
        said.to_string(),
        "a.wav: sample 882001 is not on a sector border of the disc; the nearest one before is 882000"
    );
    assert_eq!(
        read.sheet
            .lay(&[10 * 44_100, 44_100])
            .unwrap_err()
            .to_string(),
        "track 2, index 01 at 00:10:00 lies behind the end of a.wav"
    );
}

#[track_caller]
fn objected(text: &str, expected: &[&str]) {
    let read = read(text.as_bytes());
    let said: Vec<String> = read.objections.iter().map(ToString::to_string).collect();
    assert_eq!(said, expected, "{text}");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let track = "FILE a.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n";
    objected(track, &[]);
    objected("", &["CUE, line 0: the sheet has no track"]);
    objected(
        &track.replace("00:00:00", "00:00:75"),
        &[
            "CUE, line 3: \"00:00:75\" is no time: MM:SS:FF, seconds to 59 and sectors to 74",
            "CUE, line 3: track 01 has no INDEX 01",
        ],
    );
    objected(
        &track.replace("WAVE", "MP3"),
        &["CUE, line 1: files of the kind \"MP3\" are not read; WAVE, BINARY and MOTOROLA are"],
    );
    objected(
        &track.replace("01 AUDIO", "02 MODE1/2352"),
        &[
            "CUE, line 2: a track of the kind \"MODE1/2352\" is not sound",
            "CUE, line 2: track \"02\" where 01 comes next",
        ],
    );
    let more = |line: &str| format!("{track}{line}\n");
    objected(
        &more("FROB"),
        &["CUE, line 4: \"FROB\" is no command of a sheet"],
    );
    objected(
        &more("TITLE \"a"),
        &["CUE, line 4: the quotes are not closed"],
    );
    objected(
        &more("FLAGS DCP SCMS"),
        &["CUE, line 4: DCP and SCMS exclude each other"],
    );
    objected(&more("ISRC 12"), &["CUE, line 4: \"12\" is not an ISRC"]);
    objected(
        &more("INDEX 03 00:05:00"),
        &["CUE, line 4: index \"03\" where 02 comes next"],
    );
    objected(
        &more("INDEX 02 00:00:00"),
        &["CUE, line 4: 00:00:00 does not come after the mark before it at 00:00:00"],
    );
    objected(
        "INDEX 01 00:00:00\n",
        &[
            "CUE, line 1: INDEX stands before the first FILE",
            "CUE, line 1: the sheet has no track",
        ],
    );
}

#[test]
fn a_sheet_has_no_more_files_than_a_disc_has_parts() {
    let sheet = format!(
        "{}TRACK 01 AUDIO\nINDEX 01 00:00:00\n",
        "FILE a.wav WAVE\n".repeat(199)
    );
    objected(&sheet, &["CUE, line 199: more than 198 files"]);
    assert_eq!(read(sheet.as_bytes()).sheet.files.len(), 198);
}

fn any_sheet() -> impl Strategy<Value = CueSheet> {
    let texts = || {
        ("[a-zA-Z0-9 é'.-]{0,10}", "[a-zäöü]{0,10}").prop_map(|(title, performer)| CueTexts {
            title,
            performer,
            songwriter: String::new(),
        })
    };
    let copying =
        prop::sample::select(vec![Copying::Prohibited, Copying::Permitted, Copying::Once]);
    let track = (
        texts(),
        1u32..5,
        any::<bool>(),
        copying,
        prop::option::of(0u32..900),
    );
    let tracks = prop::collection::vec(track, 1..20);
    (texts(), tracks, prop::option::of("[0-9]{13}")).prop_map(|(texts, tracks, catalog)| {
        let mut next = 0;
        let track = |(texts, count, has_pregap, copying, postgap): (
            CueTexts,
            u32,
            bool,
            Copying,
            Option<u32>,
        )| {
            let first = u8::from(!has_pregap);
            let index = |number: u8| {
                next += 100;
                CueIndex {
                    file: 0,
                    number,
                    at: PqTime::from_sectors(next - 100).unwrap(),
                }
            };
            let last = u8::try_from(count).unwrap();
            CueTrack {
                texts,
                copying,
                postgap: postgap.and_then(PqTime::from_sectors),
                indexes: (first..=last).map(index).collect(),
                ..CueTrack::default()
            }
        };
        CueSheet {
            catalog,
            texts,
            files: vec![CueFile {
                name: "a b.bin".into(),
                kind: CueFileKind::Binary,
            }],
            tracks: tracks.into_iter().map(track).collect(),
            ..CueSheet::default()
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(sheet in any_sheet()) {
        for encoding in [CueEncoding::Utf8, CueEncoding::Latin1] {
            let read = read(&write(&sheet, encoding).unwrap());
            prop_assert_eq!(&read.objections, &[]);
            prop_assert_eq!(&read.sheet, &sheet);
        }
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        read(&bytes);
    }

    /// A damaged sheet is read without a panic, and laid or refused.
    #[test]
    fn a_damaged_sheet_is_read(
        sheet in any_sheet(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        frames in prop::collection::vec(0u64..300_000_000, 1..3),
    ) {
        let mut bytes = write(&sheet, CueEncoding::Latin1).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let read = read(&bytes);
        let _ = read.sheet.lay(&frames);
    }
}
