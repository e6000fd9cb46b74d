//! A studio whose orders go through the rack, and what is asked of it.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flows::Lacquer;
use flows::clients::Ftp;
use flows::lacquer::{PATIENCE, Settings};
use flows::mixes::Song;
use flows::wait::until;
use serde_json::{Value, json};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter};

/// A studio with one order in review, whose next revision goes through the rack.
pub(crate) struct House {
    pub(crate) lacquer: Lacquer,
    pub(crate) number: String,
    pub(crate) portal: String,
    place: tempfile::TempDir,
}

const SECONDS: f64 = 3.0;
pub(crate) const UNIT: &str = "name = \"Opto\"\nloopback = \"delay=300,noise=-95\"\n";
pub(crate) const PORTS: &str = "[[channels]]\nsend = \"a:1\"\nreturn = \"b:1\"\n[[channels]]\nsend = \"a:2\"\nreturn = \"b:2\"\n";
pub(crate) const CONTROL: &str =
    "[[controls]]\nname = \"Gain\"\n[controls.range]\nkind = \"continuous\"\nlow = 0\nhigh = 10\n";
pub(crate) const CHAIN: &str = "name = \"Opto alone\"\n[[legs]]\nleg = \"unit\"\nunit = \"opto\"\n";

impl House {
    pub(crate) fn open(settings: &Settings, songs: &[&str], louder: f64) -> Self {
        let lacquer = Lacquer::start_with(settings);
        lacquer.add_client("ada", "");
        let count = songs.len().to_string();
        let (number, portal) = lacquer.order("ada", "Through Iron", &["--songs", &count]);
        let place = tempfile::tempdir().unwrap();
        let ftp = Ftp::of(&lacquer, "ada");
        for (nth, song) in (0..).zip(songs) {
            let mix = place.path().join(song);
            Song {
                seconds: SECONDS,
                key: nth,
                ..Song::default()
            }
            .write(&mix);
            scale(&mix, louder);
            ftp.put(&mix, &format!("{number} {song}"));
        }
        lacquer.until_stage(&number, "in_review");
        Self {
            lacquer,
            number,
            portal,
            place,
        }
    }

    /// Another order of the same client with one song, in review.
    pub(crate) fn another(&self, song: &str) -> String {
        let (number, _) = self.lacquer.order("ada", "Another one", &["--songs", "1"]);
        let mix = self.place.path().join(song);
        Song {
            seconds: SECONDS,
            key: 9,
            ..Song::default()
        }
        .write(&mix);
        Ftp::of(&self.lacquer, "ada").put(&mix, &format!("{number} {song}"));
        self.lacquer.until_stage(&number, "in_review");
        number
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.place.path().join(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        path
    }

    pub(crate) fn save(&self, verb: &str, id: &str, text: &str) {
        let file = self.file("page.toml", text);
        self.lacquer
            .cli(&["rack", verb, id, file.to_str().unwrap()])
            .unwrap();
    }

    pub(crate) fn unit(&self, text: &str) {
        self.save("save-unit", "opto", text);
    }

    /// Opens the next revision, with each song through the chain.
    pub(crate) fn through_the_rack(&self, revision: &str, songs: &[&str]) {
        let work = |words: &[&str]| {
            let mut all = vec!["work"];
            all.extend(words);
            self.lacquer.cli(&all).unwrap()
        };
        work(&[
            "open-revision",
            &self.number,
            "--reason",
            "through the opto",
        ]);
        for song in songs {
            work(&["print", &self.number, song, "opto"]);
        }
        self.lacquer
            .cli(&["rack", "sheet", "begin", &self.number, revision, "opto"])
            .unwrap();
    }

    pub(crate) fn master(&self) {
        self.lacquer.cli(&["work", "master", &self.number]).unwrap();
    }

    /// Files of takes that lie in the prints' folders: those that are being recorded, and those of this attempt.
    pub(crate) fn takes_at_work(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.lacquer.data().join("printing")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().contains(".print.take") {
                    found.push(path);
                }
            }
        }
        found
    }

    pub(crate) fn print(&self, no: u64) -> Value {
        self.lacquer
            .json(&["insert", "show", &no.to_string(), "--json"])
    }

    /// Waits until a print is as it should be; says how it stands where it never is.
    pub(crate) fn until_seen(&self, no: u64, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let began = std::time::Instant::now();
        until(what, PATIENCE, || {
            // A daemon that has just been started again does not answer yet.
            let no_words = no.to_string();
            let said = self.lacquer.cli(&["insert", "show", &no_words, "--json"]);
            let print: Value = serde_json::from_str(&said.ok()?).unwrap();
            let is_late = began.elapsed() > PATIENCE * 5 / 6;
            assert!(!is_late, "print {no}, {what}: {}", brief(&print));
            // A machine that is busy with other tests loses sound in real time: somebody tries again.
            let lost = print["asks"].as_str().is_some_and(|asks| {
                asks.contains("lost sound") || asks.contains("of 3 takes through opto slipped")
            });
            if lost && !is_so(&print) {
                self.answer(no, &["again"]);
            }
            is_so(&print).then_some(print)
        })
    }

    pub(crate) fn until_print(&self, no: u64, state: &str) -> Value {
        self.until_seen(no, state, |print| print["state"] == state)
    }

    pub(crate) fn answer(&self, no: u64, words: &[&str]) {
        let no = no.to_string();
        let mut all = vec!["insert", "answer", &no];
        all.extend(words);
        self.lacquer.cli(&all).unwrap();
    }

    /// Someone of the studio, who may hear the order.
    pub(crate) fn engineer(&self) -> String {
        self.lacquer.add_staff("mia");
        let mia = self.lacquer.log_in("mia");
        let reason =
            json!({ "purpose": "testing", "reason": "the print is compared with the mix" });
        let to = format!("/orders/{}/listening-reason", self.number);
        self.lacquer.must("POST", &to, &mia, &reason);
        mia
    }

    /// A song's id.
    pub(crate) fn track(&self, song: usize) -> String {
        let shown = self.lacquer.show(&self.number);
        shown["project"]["tracks"][song]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// What a song's master of a revision is made of.
    pub(crate) fn sound(&self, engineer: &str, revision: &str, song: usize) -> Vec<Vec<f64>> {
        let track = self.track(song);
        let path = format!("/orders/{}/audio/masters/{revision}/{track}", self.number);
        let got = self.lacquer.download(&path, engineer, None);
        assert_eq!(got.status, 200);
        samples(got.bytes)
    }

    /// Where what the client sent lies.
    pub(crate) fn mix_file(&self, song: &str) -> PathBuf {
        self.place.path().join(song)
    }

    /// What the client sent.
    pub(crate) fn mix(&self, song: &str) -> Vec<Vec<f64>> {
        samples(std::fs::read(self.mix_file(song)).unwrap())
    }

    /// The master of a song at a revision.
    pub(crate) fn master_of(&self, revision: &str, song: usize) -> Value {
        let shown = self.lacquer.show(&self.number);
        let track = shown["project"]["tracks"][song]["id"].as_str().unwrap();
        shown["project"]["revisions"][revision]["tracks"][track]["master"].clone()
    }
}

/// A print without the curves of its certificates.
pub(crate) fn brief(print: &Value) -> String {
    let mut print = print.clone();
    for certificate in print["certificates"].as_array_mut().unwrap() {
        certificate["measurement"] = Value::Null;
    }
    print.to_string()
}

/// Makes a mix louder in its place.
fn scale(mix: &Path, louder: f64) {
    let rows = samples(std::fs::read(mix).unwrap());
    let louder: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().map(|x| x * louder).collect())
        .collect();
    let spec = AudioSpec {
        rate_hz: 48_000,
        channels: 2,
        sample: SampleType::I24,
    };
    let mut writer = WavWriter::new(File::create(mix).unwrap(), spec, &[]).unwrap();
    writer.write_planar(&[&louder[0], &louder[1]]).unwrap();
    writer.finish().unwrap();
}

pub(crate) fn samples(bytes: Vec<u8>) -> Vec<Vec<f64>> {
    let mut reader = WavReader::open(std::io::Cursor::new(bytes)).unwrap();
    let mut rows = vec![Vec::new(); usize::from(reader.spec().channels)];
    let frames = usize::try_from(reader.frames()).unwrap();
    reader.read_planar(&mut rows, frames).unwrap();
    rows
}
