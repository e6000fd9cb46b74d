//! An order with an instrumental and an a cappella: named, mastered with their song, cut as it is cut, handed over beside it.

use std::path::Path;

use flows::Lacquer;
use flows::clients::Ftp;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::readers::{raw, read_with, says};
use serde_json::{Value, json};

/// The chain of the song: what it does to the mix it does to its parts, keyed by the mix, and nothing in it bends the wave.
const CHAIN: &str = r#"
format = 1
[[stages]]
processor = "gain"
gain_db = 6.0
[[stages]]
processor = "compressor"
threshold_dbfs = -24.0
ratio = 2.0
knee_db = 6.0
attack_ms = 10.0
release_ms = 120.0
detector = "rms"
sidechain_highpass_hz = 90.0
mix = 1.0
makeup_db = 1.0
[[stages]]
processor = "limiter"
ceiling_dbtp = -1.0
lookahead_ms = 4.0
release_ms = 80.0
"#;

/// A word of the song comes from its instrumental, and the gap behind it is the room that was recorded.
const PROGRAMME: &str = r#"
title = "Weather"
gap = "1 s"
[[disc]]
[[disc.track]]
title = "Rain"
track = "Rain"
fade_out = { length = "1 s", shape = "s" }
[[disc.track.edit]]
what = "replace"
from = "3 s"
to = "3.5 s"
because = "language"
join = "20 ms"
with = "Rain (Instrumental)"
[[disc.track]]
title = "Snow"
track = "Snow"
room_tone = { file = "Room", start = "500 ms", blend = "100 ms" }
"#;

/// The song is its band and its voice to the bit; the voice was exported 25 ms early.
fn mixes(folder: &Path) {
    let song = Song {
        seconds: 6.0,
        ..Song::default()
    };
    song.write(&folder.join("one.wav"));
    let other = Song {
        seconds: 5.0,
        key: 4,
        ..Song::default()
    };
    other.write(&folder.join("Snow.wav"));
    for command in [
        "sox -D -v 0.5 one.wav 'Rain (Instrumental).wav'",
        "sox -D -R -n -r 48000 -c 2 -b 24 voice.wav synth 5.9 pinknoise tremolo 1.3 90 vol 0.1 fade t 0.5 5.7 0.5 pad 0.1",
        "sox -D -m -v 1 'Rain (Instrumental).wav' -v 1 voice.wav Rain.wav",
        "sox -D voice.wav 'Rain - Acapella.wav' trim 1200s",
        "sox -D -R -n -r 48000 -c 2 -b 24 Room.wav synth 3 brownnoise vol 0.001",
    ] {
        read_with(folder, command);
    }
}

struct Room {
    lacquer: Lacquer,
    folder: tempfile::TempDir,
    number: String,
    mia: String,
    portal: String,
}

impl Room {
    /// A studio that has taken the mixes in and named what goes beside the song.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        mixes(folder.path());
        let lacquer = Lacquer::start();
        lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, token) = lacquer.order("ada", "Weather", &["--engineer", "--songs", "9"]);
        let portal = format!("{}/p/{token}", lacquer.web);
        for name in [
            "Rain.wav",
            "Rain (Instrumental).wav",
            "Rain - Acapella.wav",
            "Snow.wav",
            "Room.wav",
        ] {
            let ftp = Ftp::of(&lacquer, "ada");
            ftp.put(&folder.path().join(name), &format!("{number} {name}"));
        }
        let mia = lacquer.log_in("mia");
        let room = Self {
            lacquer,
            folder,
            number,
            mia,
            portal,
        };
        flows::until("all five are checked and compared", PATIENCE, || {
            let order = room.show();
            let came = order["project"]["mixes"].as_object()?.len();
            let compared = order["project"]["compared"].as_array()?.len();
            (came == 5 && compared == 5).then_some(())
        });
        room
    }

    fn show(&self) -> Value {
        self.lacquer.show(&self.number)
    }

    fn give(&self, what: &str, body: &Value) -> Value {
        let path = format!("/orders/{}/{what}", self.number);
        self.lacquer.must("POST", &path, &self.mia, body)
    }

    fn line(&self, words: &[&str]) -> Result<String, String> {
        let mut all: Vec<&str> = words[..2].to_vec();
        all.push(&self.number);
        all.extend(&words[2..]);
        self.lacquer.cli(&all)
    }

    /// Names the two: by the API what their names propose, and by the command line.
    fn name(&self) {
        let order = self.show();
        let proposed = order["alternates_proposed"].as_array().unwrap();
        assert_eq!(proposed.len(), 2, "{proposed:?}");
        let instrumental = proposed.iter().find(|p| p["role"] == "instrumental");
        let instrumental = instrumental.expect("the name says so");
        self.give(
            "name-alternate",
            &json!({
                "mix": instrumental["mix"], "song": instrumental["song"], "beside_as": "instrumental",
            }),
        );
        let file = format!("{} Rain - Acapella.wav", self.number);
        let named = self.line(&["work", "beside", &file, "Rain", "--as", "a_cappella"]);
        named.unwrap();
        let refused = self.line(&["work", "beside", &file, "Snow", "--as", "stem"]);
        assert!(refused.unwrap_err().contains("the stem's name is missing"));
        let order = self.show();
        let tracks = order["project"]["tracks"].as_array().unwrap();
        assert_eq!(tracks.len(), 3, "neither is a song: {tracks:?}");
        // What was found in noise and tones is no matter here.
        for (id, mix) in order["project"]["mixes"].as_object().unwrap() {
            let asks = |list: &Value| {
                let mut lines = list.as_array().unwrap().iter();
                lines.any(|line| line["severity"] != "note")
            };
            if asks(&mix["findings"]) || asks(&mix["set_findings"]) {
                self.give("go-on-with", &json!({ "mix": id, "reason": "made so" }));
            }
        }
        self.give("close-intake", &json!({}));
    }

    fn id_of(&self, title: &str) -> String {
        let order = self.show();
        let project = &order["project"];
        let songs = project["tracks"].as_array().unwrap().iter();
        let others = project["alternates"].as_array().unwrap().iter();
        let others = others.map(|other| &other["track"]);
        let all: Vec<&Value> = songs.chain(others).collect();
        let found = all.iter().find(|track| track["title"] == title);
        let found = found.unwrap_or_else(|| panic!("{title} in {all:?}"));
        found["id"].as_str().unwrap().to_owned()
    }

    /// The song's plan, the programme, the masters, the reference.
    fn master(&self) {
        let plan = self.folder.path().join("plan.toml");
        std::io::Write::write_all(
            &mut std::fs::File::create_new(&plan).unwrap(),
            CHAIN.as_bytes(),
        )
        .unwrap();
        let plan = plan.to_str().unwrap();
        for song in ["Rain", "Snow", "Room"] {
            self.line(&["work", "plan", song, plan]).unwrap();
        }
        self.set(&PROGRAMME.replace("\"Room\"", "\"Rooms\""))
            .expect_err("no such track");
        self.set(PROGRAMME).unwrap();
        self.give("start-mastering", &json!({}));
        flows::until("the reference can be sent", PATIENCE, || {
            let order = self.show();
            let jobs = order["jobs"].as_array()?;
            let failed = jobs.iter().any(|job| job["state"] == "failed");
            assert!(!failed, "{jobs:?}\n{}", self.lacquer.log());
            let offers = order["offers"].as_array()?;
            offers.iter().any(|o| o == "send_reference").then_some(())
        });
    }

    fn set(&self, programme: &str) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new_in(self.folder.path()).unwrap();
        std::io::Write::write_all(&mut file.as_file(), programme.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap();
        self.line(&["work", "set-programme", path])
    }

    /// A file of the order, as ffmpeg decodes it.
    fn samples(&self, path: &str, name: &str) -> Vec<i32> {
        let path = format!("/orders/{}/{path}", self.number);
        let got = self.lacquer.download(&path, &self.mia, None);
        assert_eq!(got.status, 200, "{path}");
        let file = self.folder.path().join(name);
        std::io::Write::write_all(&mut std::fs::File::create_new(&file).unwrap(), &got.bytes)
            .unwrap();
        let bytes = raw(&file, &["-f", "s24le"]);
        let three = bytes.as_chunks::<3>().0.iter();
        three
            .map(|b| i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8)
            .collect()
    }
}

/// What is left of a song without its parts, in dBFS RMS; the three are of one length.
fn left(song: &[i32], parts: [&[i32]; 2]) -> f64 {
    let [one, two] = parts;
    assert_eq!(
        (song.len(), song.len()),
        (one.len(), two.len()),
        "equal to the sample"
    );
    let all = song.iter().zip(one).zip(two);
    let power = all.map(|((song, one), two)| {
        let left = f64::from(song - one - two) / f64::from(1 << 23);
        left * left
    });
    10.0 * (power.sum::<f64>() / song.len() as f64).log10()
}

/// Three files of 24 bits leave what their rounding and dither add up to, half a step each (Lipshitz, Wannamaker, Vanderkooy, JAES
/// 40/5, 1992): 10 log10(3 / 4 * 2^-46) = -139.7 dBFS RMS. Twice that where a programme fades or edits what was rounded before.
const MASTERS_DBFS: f64 = -139.5;
const FINALS_DBFS: f64 = -136.5;

fn rms(samples: &[i32]) -> f64 {
    let power = samples.iter().map(|s| f64::from(*s) * f64::from(*s));
    (power.sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn an_instrumental_and_an_a_cappella_are_mastered_with_their_song_and_add_up_to_it() {
    let room = Room::open();
    room.name();
    room.master();
    let (rain, snow) = (room.id_of("Rain"), room.id_of("Snow"));
    let band = room.id_of("Rain (Instrumental)");
    let voice = room.id_of("Rain - Acapella");
    // Before anything is cut: the masters.
    let master = |id: &str, name: &str| room.samples(&format!("audio/masters/1/{id}"), name);
    let (song, one, two) = (
        master(&rain, "m.wav"),
        master(&band, "mb.wav"),
        master(&voice, "mv.wav"),
    );
    assert_eq!(song.len(), 2 * 6 * 48_000);
    let masters_left = left(&song, [&one, &two]);
    assert!(masters_left < MASTERS_DBFS, "{masters_left} dBFS");
    let order = room.show();
    let said = order["beside"][0]["notes"].to_string();
    assert!(said.contains("-1200 samples"), "{said}");
    assert_eq!(order["beside"][0]["broken"], json!([]));
    let told = room.lacquer.must(
        "GET",
        &format!("/orders/{}/programme", room.number),
        &room.mia,
        &Value::Null,
    );
    let disc = &told["programme"]["disc"][0]["track"];
    assert_eq!(disc[0]["edit"][0]["with"], "Rain (Instrumental)");
    assert_eq!(disc[1]["room_tone"]["file"], "Room");
    // Sent, approved, delivered.
    room.line(&["work", "send"]).unwrap();
    // The client hears both beside the song.
    let page = read_with(room.folder.path(), &format!("curl -sfL {}", room.portal));
    says(
        &page,
        &[
            "<figcaption>Rain (Instrumental)",
            "<figcaption>Rain (A Cappella)",
            &format!("/audio/master/1/{voice}"),
        ],
    );
    room.line(&["rule", "approve", "--name", "Ada", "--by", "ada"])
        .unwrap();
    let order = room.lacquer.until_stage(&room.number, "delivered");
    let final_of = |id: &str, name: &str| room.samples(&format!("finals/{id}/wav24"), name);
    let (song, one, two) = (
        final_of(&rain, "f.wav"),
        final_of(&band, "fb.wav"),
        final_of(&voice, "fv.wav"),
    );
    assert_eq!(song.len(), 2 * 7 * 48_000, "with the gap behind it");
    // In the gap the room sounds, which is no part of the song's parts.
    let own = |samples: &[i32]| samples[..2 * 6 * 48_000].to_vec();
    let (song_alone, band_alone, voice_alone) = (own(&song), own(&one), own(&two));
    let finals_left = left(&song_alone, [&band_alone, &voice_alone]);
    assert!(finals_left < FINALS_DBFS, "{finals_left} dBFS");
    assert_eq!(one.len(), song.len());
    assert_eq!(two.len(), song.len());
    // The replaced word is the band alone; the voice is silent there but for its dither.
    let word = 2 * 48_000 * 31 / 10..2 * 48_000 * 34 / 10;
    assert!(rms(&voice_alone[word.clone()]) < 2.0, "silence");
    assert!(rms(&band_alone[word]) > 10_000.0, "the band plays on");
    let gap = &song[2 * (6 * 48_000 + 12_000)..2 * (6 * 48_000 + 36_000)];
    assert!(rms(gap) > 100.0, "the room sounds in the gap");
    let approved = &order["project"]["approval"]["samples"];
    assert!(approved[&band].is_string() && approved[&voice].is_string());
    let names: Vec<&str> = order["project"]["finals"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["format"] == "wav24")
        .filter_map(|file| file["file_name"].as_str())
        .collect();
    let has = |words: &str| names.iter().any(|name| name.contains(words));
    assert!(has("01 Rain (Instrumental)"), "{names:?}");
    assert!(has("01 Rain (A Cappella)"), "{names:?}");
    assert!(!final_of(&snow, "fs.wav").is_empty());
    println!("masters {masters_left:.1} dBFS, finals {finals_left:.1} dBFS, {names:?}");
}
