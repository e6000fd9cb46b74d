//! Discs of others as a source: a DDP that comes file by file, discs in a zip, a CUE sheet with one WAV for all; what is whole
//! becomes mixes to the sample, what it says waits as label copy, what is not whole is refused in words.

use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flows::browser::Browser;
use flows::clients::{Ftp, run, venv};
use flows::desk::{list, text};
use flows::lacquer::{PATIENCE, days_later};
use flows::readers::{read_with, says};
use flows::{Lacquer, until};
use serde_json::Value;

const TITLES: [&str; 3] = ["Rain", "Snow", "Hail"];

struct Room {
    lacquer: Lacquer,
    number: String,
    portal: String,
    place: tempfile::TempDir,
}

impl Room {
    /// An order of three songs, and the discs that somebody else has made of them.
    fn open() -> Self {
        let lacquer = Lacquer::start();
        lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Weather", &["--songs", "3"]);
        let place = tempfile::tempdir().unwrap();
        let mut songs = Vec::new();
        for (title, key) in TITLES.iter().zip(0..) {
            let song = flows::mixes::Song {
                seconds: 6.0,
                key,
                rate_hz: 44_100,
                ..Default::default()
            };
            let native = song.write(&place.path().join(format!("{title} 24.wav")));
            // With dither, as whoever made the disc should have.
            let path = place.path().join(format!("{title}.wav"));
            run(Command::new("sox")
                .arg(native)
                .args(["-b", "16"])
                .arg(&path));
            songs.push(path);
        }
        let maker = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/source_discs/disc.py");
        run(venv("python3").arg(maker).arg(place.path()).args(&songs));
        Self {
            lacquer,
            number,
            portal,
            place,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn put(&self, file: &str, to: &str) {
        let to = format!("{} {to}", self.number);
        Ftp::of(&self.lacquer, "ada").put(&self.path(file), &to);
    }

    /// The mixes by their file's names, once there are so many.
    fn mixes(&self, count: usize) -> Vec<Value> {
        let mut mixes = until("the mixes came", PATIENCE, || {
            let shown = self.lacquer.show(&self.number);
            let mixes = shown["project"]["mixes"].as_object()?.values().cloned();
            let mixes: Vec<Value> = mixes.filter(|m| m["superseded_by"].is_null()).collect();
            (mixes.len() == count).then_some(mixes)
        });
        mixes.sort_by_key(|mix| text(&mix["path"]));
        mixes
    }

    fn label_copy(&self) -> Value {
        let path = format!("/orders/{}/release", self.number);
        until("the label copy came", PATIENCE, || {
            let view = self.lacquer.must("GET", &path, &self.portal, &Value::Null);
            list(&view["label_copies"]).first().cloned()
        })
    }

    fn notices(&self) -> String {
        let told = self
            .lacquer
            .must("GET", "/notices", &self.portal, &Value::Null);
        told.to_string()
    }

    /// The checksum of a song's samples.
    fn samples(&self, title: &str) -> String {
        let wav = self.path(&format!("{title}.wav"));
        let verified = self
            .lacquer
            .json(&["verify", wav.to_str().unwrap(), "--json"]);
        text(&verified["files"][0]["samples_sha256"])
    }
}

fn names(mixes: &[Value]) -> Vec<String> {
    mixes.iter().map(|mix| text(&mix["file_name"])).collect()
}

/// The proposals of label copy, a line each.
fn proposed(copy: &Value) -> Vec<String> {
    let proposed = list(&copy["laid"]["proposed"]).iter();
    let line = |one: &Value| {
        ["about", "what", "then"]
            .map(|name| text(&one[name]))
            .join(" | ")
    };
    proposed.map(line).collect()
}

#[track_caller]
fn holds(all: &[String], lines: &[&str]) {
    for line in lines {
        assert!(all.iter().any(|one| one == line), "{line} in {all:#?}");
    }
}

#[test]
fn a_ddp_comes_file_by_file_and_is_mastered() {
    let room = Room::open();
    // As a program with several connections sends them: in no order, its descriptors not last.
    for file in [
        "CDTEXT.BIN",
        "PQDESCR",
        "DDPID",
        "MD5_CHECKSUM.MD5",
        "DDPMS",
    ] {
        room.put(&format!("DDP/{file}"), &format!("Weather DDP/{file}"));
    }
    until("the rest of the disc is waited for", PATIENCE, || {
        let shown = room.lacquer.must(
            "GET",
            &format!("/orders/{}", room.number),
            &room.portal,
            &Value::Null,
        );
        let held = shown.to_string();
        held.contains("it waits for the rest of its disc")
            .then_some(())
    });
    room.put("DDP/IMAGE.DAT", "Weather DDP/IMAGE.DAT");
    let mixes = room.mixes(3);
    assert_eq!(names(&mixes), ["01 Rain.wav", "02 Snow.wav", "03 Hail.wav"]);
    let whole = |mix: &Value| {
        (
            text(&mix["audio"]["samples"]),
            mix["audio"]["frames"].as_u64(),
        )
    };
    // Silence is no part of a song; what sounds in a gap is.
    assert_eq!(whole(&mixes[0]), (room.samples("Rain"), Some(44_100 * 6)));
    assert_eq!(mixes[1]["audio"]["frames"], 44_100 * 7);
    assert_eq!(whole(&mixes[2]), (room.samples("Hail"), Some(44_100 * 6)));
    let shown = room.lacquer.until_stage(&room.number, "in_review");
    assert_eq!(list(&shown["project"]["tracks"]).len(), 3);
    let copy = room.label_copy();
    holds(
        &proposed(&copy),
        &[
            " | EAN | 4006381333931",
            " | Artist | Ada Example",
            "Rain | ISRC | DEA122600001",
            "Hail | ISRC | DEA122600003",
        ],
    );
    entered_on_the_page(&room);
    // One file sent once more is the disc that is there.
    room.put("DDP/MD5_CHECKSUM.MD5", "Weather DDP/CHECKSUM.MD5");
    assert_eq!(room.mixes(3).len(), 3);
    assert!(
        !room.notices().contains("was not taken"),
        "{}",
        room.notices()
    );
}

/// The client reads what the disc says, and enters it.
fn entered_on_the_page(room: &Room) {
    let browser = Browser::open(1280, 1500);
    browser.go(&format!("{}/p/{}/release", room.lacquer.web, room.portal));
    let shown = "return document.querySelector('#label-copy-1') !== null";
    browser.until("what the disc says is shown", shown);
    browser.picture("disc-said.png");
    browser.send("#label-copy-1 button[value=enter]");
    let path = format!("/orders/{}/release", room.number);
    let view = room.lacquer.must("GET", &path, &room.portal, &Value::Null);
    assert_eq!(view["release"]["ean"], "4006381333931");
    let songs = list(&view["songs"]).iter();
    let said = songs.map(|song| format!("{} {}", text(&song["title"]), text(&song["isrc"])));
    let said: Vec<String> = said.collect();
    assert_eq!(
        said,
        [
            "Rain DEA122600001",
            "Snow DEA122600002",
            "Hail DEA122600003"
        ]
    );
}

#[test]
fn a_disc_that_stays_incomplete_is_told_of_once() {
    let mut room = Room::open();
    for file in ["DDPID", "DDPMS", "PQDESCR"] {
        room.put(&format!("DDP/{file}"), &format!("Weather DDP/{file}"));
    }
    until("it is waited for", PATIENCE, || {
        let shown = room.lacquer.show(&room.number);
        (list(&shown["held"]).len() == 3).then_some(())
    });
    assert!(!room.notices().contains("was not taken"));
    // A quarter of an hour is over by then.
    room.lacquer.stop();
    room.lacquer.wrap(&days_later(1));
    room.lacquer.launch();
    let said = until("what is missing is told", PATIENCE, || {
        let said = room.notices();
        said.contains("was not taken").then_some(said)
    });
    says(&said, &["IMAGE.DAT", "CDTEXT.BIN", "not in the folder"]);
    assert_eq!(said.matches("was not taken").count(), 1, "{said}");
}

#[test]
fn discs_in_a_zip_are_taken_where_they_are_whole() {
    let room = Room::open();
    std::fs::rename(room.path("CUE"), room.path("CD 1")).unwrap();
    std::fs::rename(room.path("DDP"), room.path("CD 2")).unwrap();
    // A byte of the sound is another.
    let mut options = std::fs::OpenOptions::new();
    let image = options.read(true).write(true);
    let image = image.open(room.path("CD 2/IMAGE.DAT")).unwrap();
    let mut byte = [0];
    image.read_exact_at(&mut byte, 900_000).unwrap();
    image.write_all_at(&[!byte[0]], 900_000).unwrap();
    drop(image);
    read_with(room.place.path(), "zip -qr Weather.zip 'CD 1' 'CD 2'");
    room.put("Weather.zip", "Weather.zip");
    let mixes = room.mixes(3);
    assert_eq!(names(&mixes), ["01 Rain.wav", "02 Snow.wav", "03 Hail.wav"]);
    assert!(text(&mixes[0]["path"]).ends_with("Weather.zip/CD 1/01 Rain.wav"));
    assert_eq!(text(&mixes[0]["audio"]["samples"]), room.samples("Rain"));
    let said = until("the damaged disc is told of", PATIENCE, || {
        let said = room.notices();
        said.contains("was not taken").then_some(said)
    });
    says(
        &said,
        &[
            "CD 2",
            "IMAGE.DAT has other bytes than MD5_CHECKSUM.MD5 says",
        ],
    );
    let copy = room.label_copy();
    holds(&proposed(&copy), &["Snow | ISRC | DEA122600002"]);
}

#[test]
fn one_file_for_all_is_cut_by_its_sheet() {
    let room = Room::open();
    // As it is kept to save room; the sheet calls everything with a head WAVE.
    read_with(
        &room.path("WAV"),
        "sox Weather.wav Weather.flac && sed -i 's/Weather.wav/Weather.flac/' Weather.cue",
    );
    room.put("WAV/Weather.cue", "disc/Weather.cue");
    room.put("WAV/Weather.flac", "disc/Weather.flac");
    let mixes = room.mixes(3);
    assert_eq!(names(&mixes), ["01 Rain.wav", "02 Snow.wav", "03 Hail.wav"]);
    assert_eq!(text(&mixes[2]["audio"]["samples"]), room.samples("Hail"));
    room.lacquer.until_stage(&room.number, "in_review");
}

#[test]
fn a_wav_for_each_is_a_mix_as_it_is_and_its_sheet_is_label_copy() {
    let room = Room::open();
    for file in ["Rain.wav", "Weather.cue", "Snow.wav", "Hail.wav"] {
        room.put(&format!("EACH/{file}"), &format!("disc/{file}"));
    }
    let mixes = room.mixes(3);
    assert_eq!(names(&mixes), ["Hail.wav", "Rain.wav", "Snow.wav"]);
    assert_eq!(text(&mixes[1]["audio"]["samples"]), room.samples("Rain"));
    let copy = room.label_copy();
    assert_eq!(copy["file_name"], "Weather.cue");
    room.lacquer.until_stage(&room.number, "in_review");
    let copy_now = room.label_copy();
    holds(
        &proposed(&copy_now),
        &["Rain | ISRC | DEA122600001", "Hail | ISRC | DEA122600003"],
    );
    assert_eq!(copy["no"], copy_now["no"], "it came once");
}
