use proptest::prelude::*;

use super::*;
use crate::cd::ddp::FileSums;

const PLANT: PlantRules = PlantRules {
    longest: PqTime::LAST,
};

fn file(name: &str, bytes: &[u8]) -> DdpFile {
    DdpFile {
        name: name.to_owned(),
        sums: FileSums::of(bytes).finish(),
        content: Some(bytes.to_vec()),
    }
}

fn beside(name: &str, bytes: u64, frames: Option<u64>) -> FileBeside {
    FileBeside {
        name: name.to_owned(),
        bytes,
        frames,
    }
}

fn of_sheet(text: &str, beside: &[FileBeside]) -> ReadDisc {
    read_cue(text.as_bytes(), beside, |_| None, &PLANT)
}

/// A second of samples alone.
const SECOND: u64 = 44_100 * 4;

const SHEET: &str =
    "CATALOG 4006381333931\nPERFORMER \"Ada\"\nTITLE \"Weather\"\nFILE \"Weather.BIN\" BINARY
TRACK 01 AUDIO\nTITLE \"Rain\"\nISRC DEA122600001\nINDEX 01 00:00:00
TRACK 02 AUDIO\nTITLE \"Snow\"\nPERFORMER \"Bo\"\nINDEX 00 00:06:00\nINDEX 01 00:08:00\n";

#[test]
fn a_sheet_says_where_its_tracks_lie_and_what_they_are_called() {
    let read = of_sheet(SHEET, &[beside("weather.bin", 14 * SECOND, None)]);
    assert_eq!(read.objections, []);
    assert!(read.is_cut && read.is_sound());
    assert_eq!(read.names, ["Weather.BIN"]);
    let sound = DiscSound {
        name: "weather.bin".to_owned(),
        kind: SoundKind::LittleEndian,
        at: PqTime::FIRST_PREGAP,
    };
    assert_eq!(read.sounds, [sound]);
    let starts: Vec<String> = read
        .plan
        .tracks
        .iter()
        .map(|t| t.start.to_string())
        .collect();
    assert_eq!(starts, ["00:02:00", "00:10:00"]);
    assert_eq!(
        read.plan.ean.map(|ean| ean.to_string()).as_deref(),
        Some("4006381333931")
    );
    let words: Vec<(&str, &str)> = read
        .tracks
        .iter()
        .map(|words| (words.title.as_str(), words.performer.as_str()))
        .collect();
    assert_eq!(words, [("Rain", "Ada"), ("Snow", "Bo")]);
    assert!(read.tracks[0].isrc.is_some() && read.tracks[1].isrc.is_none());
}

#[test]
fn what_is_not_there_lacks_and_what_cannot_be_breaks() {
    let missing = of_sheet(SHEET, &[]);
    assert_eq!(
        missing.that(Weight::Lacks).collect::<Vec<_>>(),
        ["the sheet names \"Weather.BIN\", which does not lie beside it"]
    );
    assert!(missing.sounds.is_empty());
    let short = of_sheet(SHEET, &[beside("Weather.BIN", 7 * SECOND, None)]);
    assert_eq!(
        short.that(Weight::Breaks).collect::<Vec<_>>(),
        ["CUE: track 2, index 01 at 00:08:00 lies behind the end of Weather.BIN"]
    );
    let odd = SHEET.replace("TITLE \"Snow\"", "MOOD \"Snow\"");
    let odd = of_sheet(&odd, &[beside("Weather.BIN", 14 * SECOND, None)]);
    assert_eq!(odd.that(Weight::Rule).count(), 1);
    assert_eq!(odd.plan.tracks.len(), 2);
}

#[test]
fn a_wav_for_all_is_measured_first_and_a_wav_for_each_is_not_cut() {
    let sheet = SHEET.replace("BINARY", "WAVE");
    let unknown = of_sheet(&sheet, &[beside("Weather.BIN", 1, None)]);
    assert_eq!(unknown.unmeasured, ["Weather.BIN"]);
    assert!(unknown.is_cut && unknown.plan.tracks.is_empty());
    let known = of_sheet(&sheet, &[beside("Weather.BIN", 1, Some(44_100 * 14))]);
    assert_eq!(
        (known.plan.tracks.len(), known.sounds[0].kind),
        (2, SoundKind::Headed)
    );
    let each = "FILE \"1.wav\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00
FILE \"2.wav\" WAVE\nTRACK 02 AUDIO\nTITLE \"Snow\"\nINDEX 01 00:00:00\n";
    let each = of_sheet(each, &[]);
    assert!(!each.is_cut);
    assert_eq!(each.tracks[1].title, "Snow");
}

/// Names that a fileset has, so that some of what is made up is one.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("DDPID".to_owned()),
        Just("DDPMS".to_owned()),
        Just("PQDESCR".to_owned()),
        Just("SUMS.MD5".to_owned()),
        "[A-Z]{1,8}",
    ]
}

/// Bytes that look like records more often than chance would make them.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let record = "(VVVS(0[0-9]|AA)0[01]000[0-9]{5}01[ A-Z0-9]{46}|VVVM(D0|S0)[ 0-9]{60}[A-Z0-9 ]{62}|DDP 2.00[ -~]{120})";
    let records =
        proptest::collection::vec(record, 0..12).prop_map(|all| all.concat().into_bytes());
    prop_oneof![records, proptest::collection::vec(any::<u8>(), 0..2_000)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_comes_is_told_within_its_limits(files in proptest::collection::vec((name(), bytes()), 0..6)) {
        let files: Vec<DdpFile> = files.iter().map(|(name, bytes)| file(name, bytes)).collect();
        let read = read_ddp(&files, &PLANT);
        prop_assert!(read.is_sound(), "{read:?}");
        let words = serde_json_of(&read);
        prop_assert_eq!(words, read);
    }

    #[test]
    fn whatever_sheet_comes_is_told_within_its_limits(
        lines in proptest::collection::vec(
            "(FILE \"a\" (WAVE|BINARY)|TRACK 0[1-4] AUDIO|INDEX 0[0-2] 00:[0-5][0-9]:[0-7][0-4]|TITLE \".{0,20}\"|PREGAP 00:02:00|.{0,20})", 0..30),
        length in 0u64..100,
    ) {
        let sheet = lines.join("\n");
        let read = of_sheet(&sheet, &[beside("a", length * SECOND, Some(length * 44_100))]);
        prop_assert!(read.is_sound(), "{read:?}");
    }
}

/// Over the wall of the worker and back.
fn serde_json_of(read: &ReadDisc) -> ReadDisc {
    serde_json::from_slice(&serde_json::to_vec(read).unwrap()).unwrap()
}
