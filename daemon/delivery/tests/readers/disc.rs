//! Programs that burn discs read our CD-Text and CUE sheets: cdrskin, cdrdao, cd-info, cueprint,
//! bchunk. No reader of DDP is packaged; its records are compared with recorded output instead.

use std::path::Path;

use delivery::cd::cue::{CueEncoding, CueLayout, CueSheet, of_disc, read, write};
use delivery::cd::text::{TextBlock, TextKind, language_code};
use delivery::cd::{Copying, Disc, DiscPlan, Emphasis, PlannedTrack, PlantRules, PqTime, text};
use delivery::{Ean, Isrc};

use super::{read_with, run, store};

fn at(text: &str) -> PqTime {
    PqTime::parse(text).unwrap()
}

/// Three tracks in 30 s: pregaps, flags, codes, texts in two languages. No index 02: where several
/// tracks share a file, bchunk starts the track there, cdrdao 1.2.4 counts it from the track's start
/// and cd-info lists no track at all.
fn disc() -> Disc {
    let track = |pregap: Option<&str>, start: &str| PlannedTrack {
        pregap: pregap.map(at),
        start: at(start),
        ..PlannedTrack::default()
    };
    let mut plan = DiscPlan {
        ean: Some(Ean::parse("4006381333931").unwrap()),
        tracks: vec![
            track(Some("00:00:00"), "00:02:00"),
            track(Some("00:10:00"), "00:12:33"),
            track(None, "00:20:00"),
        ],
        end: at("00:30:00"),
        ..DiscPlan::default()
    };
    plan.tracks[0].isrc = Some(Isrc::parse("DEA122600001").unwrap());
    plan.tracks[1].isrc = Some(Isrc::parse("DEA122600002").unwrap());
    plan.tracks[1].copying = Copying::Permitted;
    plan.tracks[1].emphasis = Emphasis::Fifty15;
    let mut english = TextBlock::latin1(language_code("en").unwrap());
    let titles = [
        "Über dem Fluß",
        "Two",
        "A title of more than twelve characters",
    ];
    english
        .put(TextKind::Title, "First Light", &titles)
        .unwrap();
    english
        .put(TextKind::Performer, "Ada", &["Ada", "Ada", "Bo"])
        .unwrap();
    english.put_codes(&plan);
    let mut german = TextBlock::latin1(language_code("de").unwrap());
    let titles = ["Eins", "Zwei", "Drei"];
    german
        .put(TextKind::Title, "Erstes Licht", &titles)
        .unwrap();
    plan.texts = vec![english, german];
    Disc::new(plan, &PlantRules::default()).unwrap()
}

/// 28 s of an image: what a sheet's file holds of the disc.
fn image() -> Vec<u8> {
    let frames = 28 * 44_100u32;
    let sample = |n: u32| u16::try_from(n % 20_000).unwrap();
    (0..frames)
        .flat_map(|n| [sample(n), sample(n / 3)])
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn cue_bin(folder: &Path) -> CueSheet {
    let sheet = of_disc(&disc(), CueLayout::Bin("disc.bin"));
    store(
        folder,
        "disc.cue",
        &write(&sheet, CueEncoding::Latin1).unwrap(),
    );
    store(folder, "disc.bin", &image());
    sheet
}

#[test]
fn cdrskin_decodes_our_cd_text() {
    let folder = tempfile::tempdir().unwrap();
    let disc = disc();
    let packs = text::write(&disc.texts, disc.tracks.len()).unwrap();
    let path = store(folder.path(), "CDTEXT.BIN", &packs);
    let said = read_with(
        "cdrskin",
        &[&format!("textfile_to_v07t={}", path.display())],
    );
    for line in [
        "Album Title              = First Light",
        "Track 03 Title           = A title of more than twelve characters",
        "Track 03 Artist          = Bo",
        "Artist Name              = Ada",
        "UPC / EAN                = 4006381333931",
        "ISRC 02                  = DEA122600002",
        "Last Track Number = 3",
        "Language Code            = English",
        "Language Code            = German",
        "Track 02 Title           = Zwei",
    ] {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = said.lines().any(|l| squeezed(l) == squeezed(line));
        assert!(found, "{line} in {said}");
    }
}

#[test]
fn cdrdao_takes_our_sheet_with_one_file() {
    let folder = tempfile::tempdir().unwrap();
    cue_bin(folder.path());
    let script = format!(
        "cd '{}' && cdrdao show-toc disc.cue",
        folder.path().display()
    );
    let said = read_with("sh", &["-c", &script]);
    for words in [
        "4006381333931",
        "DE A12 26 00002",
        "COPY PERMITTED",
        "PREGAP 00:02:33",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
}

#[test]
fn cdrdao_takes_our_sheet_with_a_file_a_track() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["01.wav", "02.wav", "03.wav"].map(str::to_owned);
    let sheet = of_disc(&disc(), CueLayout::Wavs(&names));
    store(
        folder.path(),
        "disc.cue",
        &write(&sheet, CueEncoding::Latin1).unwrap(),
    );
    for (name, seconds) in names.iter().zip([8usize, 10, 10]) {
        let sound = vec![0; seconds * 44_100 * 4];
        let raw = store(folder.path(), &format!("{name}.raw"), &sound);
        let wav = folder.path().join(name);
        let form = [
            "-t", "raw", "-r", "44100", "-b", "16", "-c", "2", "-e", "signed",
        ];
        let both = [raw.to_str().unwrap(), wav.to_str().unwrap()];
        read_with("sox", &[&form[..], &both].concat());
    }
    let script = format!(
        "cd '{}' && cdrdao show-toc disc.cue",
        folder.path().display()
    );
    let said = read_with("sh", &["-c", &script]);
    assert!(said.contains("4006381333931"), "{said}");
}

#[test]
fn cd_info_and_cueprint_see_the_tracks() {
    let folder = tempfile::tempdir().unwrap();
    cue_bin(folder.path());
    let cue = folder.path().join("disc.cue");
    let cue = cue.to_str().unwrap();
    let said = read_with("cd-info", &["-c", cue, "--no-device-info", "--no-cddb"]);
    for start in ["00:02:00", "00:12:33", "00:20:00", "00:30:00"] {
        assert!(said.contains(start), "{start} in {said}");
    }
    let said = read_with("cueprint", &["-d", "%T %N\n", "-t", "%n %t %i\n", cue]);
    assert!(said.contains("2 Two DEA122600002"), "{said}");
}

#[test]
fn bchunk_cuts_our_image_where_the_tracks_are() {
    let folder = tempfile::tempdir().unwrap();
    cue_bin(folder.path());
    let script = format!(
        "cd '{}' && bchunk -w disc.bin disc.cue t",
        folder.path().display()
    );
    read_with("sh", &["-c", &script]);
    let third = std::fs::read(folder.path().join("t03.wav")).unwrap();
    // From index 01 at 00:20:00 of the disc, which is 18 s into the file.
    let image = image();
    assert!(
        third[44..] == image[18 * 44_100 * 4..],
        "{} bytes",
        third.len()
    );
}

#[test]
fn a_sheet_that_cdrdao_refuses_is_objected_to() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = of_disc(&disc(), CueLayout::Bin("disc.bin"));
    let text = String::from_utf8(write(&sheet, CueEncoding::Utf8).unwrap()).unwrap();
    store(folder.path(), "disc.bin", &image());
    for (no, (from, to)) in [
        ("INDEX 01 00:10:33", "INDEX 01 00:10:75"),
        ("ISRC DEA122600002", "ISRC DEA1226"),
        ("TRACK 02 AUDIO", "TRACK 02 MUSIC"),
        ("FLAGS DCP PRE", "FLAGS DCP FOO"),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(text.contains(from), "{from} in {text}");
        let damaged = text.replace(from, to);
        assert!(!read(damaged.as_bytes()).objections.is_empty(), "{to}");
        let name = format!("{no}.cue");
        store(folder.path(), &name, damaged.as_bytes());
        let script = format!("cd '{}' && cdrdao show-toc {name}", folder.path().display());
        let (is_content, said) = run("sh", &["-c", &script]);
        assert!(!is_content, "{to}: {said}");
    }
}
