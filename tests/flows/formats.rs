//! Every way a mix arrives: formats, folders, zips, names; and what is left alone.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use flows::clients::{Ftp, run, samples_by_ffmpeg};
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::readers::ffmpeg;
use flows::{Lacquer, until};
use serde_json::{Value, json};
use soundfile::SampleType;

fn song(key: u32) -> Song {
    Song {
        seconds: 6.0,
        key,
        ..Song::default()
    }
}

/// The mixes of an order by file name, once there are `count`.
fn until_mixes(lacquer: &Lacquer, number: &str, count: usize) -> BTreeMap<String, Value> {
    let mixes = until(&format!("{count} mixes of {number}"), PATIENCE, || {
        let order = lacquer.show(number);
        let mixes = order["project"]["mixes"].as_object()?.clone();
        assert!(mixes.len() <= count, "more than {count}: {mixes:?}");
        (mixes.len() == count).then_some(mixes)
    });
    mixes
        .into_values()
        .map(|mix| (text(&mix["path"]), mix))
        .collect()
}

fn codes(mix: &Value) -> Vec<String> {
    list(&mix["findings"])
        .iter()
        .map(|finding| text(&finding["code"]))
        .collect()
}

/// Bytes and date of every file that a client sent.
fn sent_files(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_string_lossy().contains(".lacquer.") {
                let date = path.metadata().unwrap().modified().unwrap();
                found.insert(path.clone(), (std::fs::read(&path).unwrap(), date));
            }
        }
    }
    found
}

/// What one file of the album is and what the studio must say of it.
struct Sent {
    name: &'static str,
    /// What the report calls it.
    format: &'static str,
    /// The samples as ffmpeg writes them in the file's own type; none where decoding is lossy.
    samples: Option<&'static str>,
}

const LOSSLESS: [Sent; 9] = [
    Sent {
        name: "01 wav16.wav",
        format: "WAV, 16 bit, 44.1 kHz, stereo, 0:06",
        samples: Some("s16le"),
    },
    Sent {
        name: "02 wav24.wav",
        format: "WAV, 24 bit, 48 kHz, stereo, 0:06",
        samples: Some("s24le"),
    },
    Sent {
        name: "03 wav32.wav",
        format: "WAV, 32 bit, 96 kHz, stereo, 0:06",
        samples: Some("s32le"),
    },
    Sent {
        name: "04 float.wav",
        format: "WAV, 32 bit float, 48 kHz, stereo, 0:06",
        samples: Some("f32le"),
    },
    Sent {
        name: "05 rf64.wav",
        format: "RF64, 24 bit, 48 kHz, stereo, 0:06",
        samples: Some("s24le"),
    },
    Sent {
        name: "06 bwf.wav",
        format: "24 bit, 48 kHz, stereo, 0:06",
        samples: Some("s24le"),
    },
    Sent {
        name: "07 aiff.aiff",
        format: "AIFF, 24 bit, 48 kHz, stereo, 0:06",
        samples: Some("s24le"),
    },
    Sent {
        name: "08 flac.flac",
        format: "FLAC, 24 bit, 48 kHz, stereo, 0:06",
        samples: Some("s24le"),
    },
    Sent {
        name: "09 alac.m4a",
        format: "M4A (Apple Lossless), 24 bit, 48 kHz, stereo, 0:06",
        samples: Some("s24le"),
    },
];
const LOSSY: [Sent; 2] = [
    Sent {
        name: "10 mp3.mp3",
        format: "MP3, lossy, 48 kHz, stereo, 0:06",
        samples: None,
    },
    Sent {
        name: "11 ogg.ogg",
        format: "lossy, 48 kHz, stereo, 0:06",
        samples: None,
    },
];

/// Makes one song in every format, with the tools of others where there is one.
fn make_album(folder: &Path) {
    let at = |name: &str| folder.join(name);
    let write = |name: &str, rate_hz, sample| {
        Song {
            rate_hz,
            sample,
            ..song(0)
        }
        .write(&at(name))
    };
    write("01 wav16.wav", 44_100, SampleType::I16);
    let source = write("02 wav24.wav", 48_000, SampleType::I24);
    write("03 wav32.wav", 96_000, SampleType::I32);
    write("04 float.wav", 48_000, SampleType::F32);
    let made = [
        ("05 rf64.wav", vec!["-rf64", "always", "-c:a", "pcm_s24le"]),
        (
            "06 bwf.wav",
            vec![
                "-write_bext",
                "1",
                "-metadata",
                "description=Mix",
                "-c:a",
                "pcm_s24le",
            ],
        ),
        ("09 alac.m4a", vec!["-c:a", "alac"]),
        ("11 ogg.ogg", vec!["-c:a", "libvorbis"]),
    ];
    for (name, options) in made {
        ffmpeg(&source, &options, &at(name));
    }
    run(Command::new("sox").arg(&source).arg(at("07 aiff.aiff")));
    run(Command::new("flac")
        .args(["--silent", "-o"])
        .arg(at("08 flac.flac"))
        .arg(&source));
    run(Command::new("lame")
        .args(["--quiet", "-b", "320"])
        .arg(&source)
        .arg(at("10 mp3.mp3")));
}

#[test]
fn a_folder_with_every_format_is_taken_as_it_is_and_lossy_files_are_found() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Every Format", &["--engineer"]);
    let place = tempfile::tempdir().unwrap();
    let album = place.path().join(format!("{number} Album"));
    std::fs::create_dir(&album).unwrap();
    make_album(&album);
    for litter in [
        ".DS_Store",
        "._01 wav16.wav",
        "Thumbs.db",
        "~$notes.wav",
        "half.wav.filepart",
    ] {
        put(&album.join(litter), b"litter");
    }
    let ftp = Ftp::of(&lacquer, "ada");
    ftp.lftp(&format!(
        "mirror -R '{0}' '{number} Album'",
        album.display()
    ));
    let before = sent_files(&lacquer.dropbox("ada"));

    let mixes = until_mixes(&lacquer, &number, LOSSLESS.len() + LOSSY.len());
    for Sent {
        name,
        format,
        samples,
    } in LOSSLESS.iter().chain(&LOSSY)
    {
        let mix = &mixes[&format!("{number} Album/{name}")];
        let said = text(&mix["audio"]["format"]);
        assert!(said.contains(format), "{name}: {said}");
        if let Some(sample) = samples {
            let decoded = samples_by_ffmpeg(&album.join(name), sample);
            assert_eq!(mix["audio"]["samples"], json!(decoded), "{name}");
            assert!(
                !codes(mix).contains(&"lossy_source".to_owned()),
                "{name}: {mix:#}"
            );
        } else {
            assert!(
                codes(mix).contains(&"lossy_source".to_owned()),
                "{name}: {mix:#}"
            );
        }
    }
    // Notes stand beside the mixes and nowhere else; what the client sent is as it was.
    let notes = until("a note beside each mix", PATIENCE, || {
        let names = ftp.list(&format!("{number} Album"));
        let notes = names
            .iter()
            .filter(|name| name.ends_with(".lacquer.txt"))
            .count();
        (notes == mixes.len()).then_some(notes)
    });
    assert_eq!(notes, 11);
    assert!(sent_files(&lacquer.dropbox("ada")) == before);
    for Sent { name, .. } in LOSSLESS.iter().chain(&LOSSY) {
        let sent = lacquer
            .dropbox("ada")
            .join(format!("{number} Album/{name}"));
        assert!(
            before[&sent].0 == std::fs::read(album.join(name)).unwrap(),
            "{name}"
        );
    }
    let taken = lacquer.show(&number)["project"]["mixes"]
        .as_object()
        .unwrap()
        .len();
    assert_eq!(taken, 11, "litter was taken");
}

fn put(file: &Path, bytes: &[u8]) {
    std::fs::File::create_new(file)
        .unwrap()
        .write_all(bytes)
        .unwrap();
}

/// Packs files into a zip with Python's own zipfile.
fn zip_by_python(folder: &Path, to: &Path) {
    let script = "import sys, os, zipfile
root, to = sys.argv[1:]
with zipfile.ZipFile(to, 'w', zipfile.ZIP_DEFLATED) as z:
    for at, _, names in os.walk(root):
        for name in names:
            path = os.path.join(at, name)
            z.write(path, os.path.relpath(path, root))";
    run(Command::new("python3")
        .args(["-c", script])
        .arg(folder)
        .arg(to));
}

/// The order asks for it: a track's plan is a match, and says so.
fn matched_to_the_reference(lacquer: &Lacquer, number: &str, track: &str) {
    lacquer.add_staff("mia");
    let staff = lacquer.log_in("mia");
    let address = format!("/orders/{number}/revisions/1/tracks/{track}/plan");
    let plan = lacquer.must("GET", &address, &staff, &Value::Null);
    let first = text(&plan["reasons"][0]);
    assert!(first.starts_with("The reference measures"), "{first}");
    assert!(first.contains("80 % of the way"), "{first}");
}

#[test]
fn a_zip_is_a_folder_with_alternates_references_and_litter() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    let wishes = ["--songs", "2", "--match-references", "80"];
    let (number, _) = lacquer.order("ada", "Zipped", &wishes);
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    for folder in ["Alternate Mixes", "References", "__MACOSX"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    song(0).write(&root.join("01 Day.wav"));
    song(3).write(&root.join("02 Night.wav"));
    song(4).write(&root.join("Alternate Mixes/01 Day (Instrumental).wav"));
    song(5).write(&root.join("References/A song we like.wav"));
    put(&root.join("__MACOSX/._01 Day.wav"), b"litter");
    put(&root.join(".DS_Store"), b"litter");
    put(&root.join("notes.txt"), b"Please make it loud.");
    let zip = place.path().join("Songs.zip");
    zip_by_python(&root, &zip);
    let ftp = Ftp::of(&lacquer, "ada");
    ftp.put(&zip, &format!("{number} Songs.zip"));

    let mixes = until_mixes(&lacquer, &number, 4);
    let role = |inner: &str| text(&mixes[&format!("{number} Songs.zip/{inner}")]["role"]);
    assert_eq!(role("01 Day.wav"), "main");
    assert_eq!(role("02 Night.wav"), "main");
    assert_eq!(
        role("Alternate Mixes/01 Day (Instrumental).wav"),
        "alternate"
    );
    assert_eq!(role("References/A song we like.wav"), "reference");
    let order = lacquer.until_stage(&number, "in_review");
    let tracks = list(&order["project"]["tracks"]);
    let titles: Vec<&str> = tracks.iter().filter_map(|t| t["title"].as_str()).collect();
    assert_eq!(titles, ["Day", "Night"], "references are never mastered");
    matched_to_the_reference(&lacquer, &number, &text(&tracks[0]["id"]));
    let log = list(&order["log"]);
    let place_of = |code: &str| log.iter().rposition(|line| line["code"] == code);
    assert!(
        place_of("mix_received") < place_of("intake_closed"),
        "nothing is mastered before all that came is checked: {log:#?}"
    );
    let lies_there = lacquer.dropbox("ada").join(format!("{number} Songs.zip"));
    assert!(std::fs::read(lies_there).unwrap() == std::fs::read(&zip).unwrap());
    until("the notes stand beside the zip", PATIENCE, || {
        let names = ftp.list("");
        let zip = format!("{number} Songs.zip");
        let notes = names
            .iter()
            .filter(|name| name.starts_with(&zip) && name.ends_with(".lacquer.txt"))
            .count();
        (notes == 4).then_some(())
    });
}

#[test]
fn names_say_which_order_a_mix_is_for_and_otherwise_staff_does() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    lacquer.add_staff("mia");
    let staff = lacquer.log_in("mia");
    let (first, portal) = lacquer.order("ada", "First", &["--engineer"]);
    let (second, _) = lacquer.order("ada", "Second", &["--engineer"]);
    let place = tempfile::tempdir().unwrap();
    let make = |key, name: &str| song(key).write(&place.path().join(name));
    let (song_a, song_b, song_c) = (make(0, "a.wav"), make(1, "b.wav"), make(2, "c.wav"));
    let ftp = Ftp::of(&lacquer, "ada");

    // In the file's name, in the folder's name, in another spelling; and in none.
    let lower = first.to_lowercase().replace('-', "_");
    ftp.put(&song_a, &format!("Day {lower}.wav"));
    ftp.put(&song_b, &format!("{second}/Night.wav"));
    ftp.put(&song_c, "Nobody knows.wav");
    let of_first = until_mixes(&lacquer, &first, 1);
    assert!(
        of_first.contains_key(&format!("Day {lower}.wav")),
        "{of_first:?}"
    );
    assert!(until_mixes(&lacquer, &second, 1).contains_key(&format!("{second}/Night.wav")));
    let unsorted = until("a drop waits for a person", PATIENCE, || {
        let found = lacquer.must("GET", "/unsorted", &staff, &Value::Null);
        list(&found).first().cloned()
    });
    assert_eq!(unsorted["path"], "Nobody knows.wav");
    assert!(
        text(&unsorted["reason"]).contains("several orders"),
        "{unsorted}"
    );

    let mut settle = json!({ "number": second });
    for name in ["dropbox", "path", "fingerprint"] {
        settle[name] = unsorted[name].clone();
    }
    // Sorting is the studio's.
    lacquer.refused("POST", "/unsorted/settle", &portal, &settle);
    lacquer.must("POST", "/unsorted/settle", &staff, &settle);
    assert!(until_mixes(&lacquer, &second, 2).contains_key("Nobody knows.wav"));
    assert_eq!(
        lacquer.must("GET", "/unsorted", &staff, &Value::Null),
        json!([])
    );
    a_reprint_takes_the_place_of_the_mix(&lacquer, &second, &song_a);
}

fn a_reprint_takes_the_place_of_the_mix(lacquer: &Lacquer, number: &str, reprint: &Path) {
    let client = Ftp::of(lacquer, "ada");
    let old = lacquer.dropbox("ada").join(format!("{number}/Night.wav"));
    let before = std::fs::read(&old).unwrap();
    client.put(reprint, &format!("{number}/Night.wav"));
    until("the reprint takes the place of the mix", PATIENCE, || {
        let order = lacquer.show(number);
        let mixes = order["project"]["mixes"].as_object()?;
        let of_night = |mix: &&Value| text(&mix["path"]).contains("Night");
        let versions: Vec<&Value> = mixes.values().filter(of_night).collect();
        let is_current = |mix: &&&Value| mix["superseded_by"].is_null();
        let current: Vec<_> = versions.iter().filter(is_current).collect();
        (versions.len() == 2 && current.len() == 1).then(|| {
            let samples = samples_by_ffmpeg(reprint, "s24le");
            assert_eq!(current[0]["audio"]["samples"], json!(samples));
        })
    });
    // What was taken is not overwritten: the new file lies beside the old one.
    assert!(std::fs::read(&old).unwrap() == before);
}
