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
        "sox -D Rain.wav head.wav trim 0 48000s",
        "sox -D 'Rain (Instrumental).wav' word.wav trim 48000s 19200s",
        "sox -D Rain.wav tail.wav trim 67200s",
        "sox -D head.wav word.wav tail.wav 'Rain (Clean).wav'",
        "sox -D -v -1 'Rain (Instrumental).wav' turned.wav",
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
    /// A studio with an order that these mixes came for, each as it is called there.
    fn open(came: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        mixes(folder.path());
        let lacquer = Lacquer::start();
        lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, token) = lacquer.order("ada", "Weather", &["--engineer", "--songs", "9"]);
        let room = Self {
            mia: lacquer.log_in("mia"),
            portal: format!("{}/p/{token}", lacquer.web),
            lacquer,
            folder,
            number,
        };
        for (file, name) in came {
            room.put(file, name);
        }
        room.until_came(came.len());
        room
    }

    fn put(&self, file: &str, name: &str) {
        let file = self.folder.path().join(file);
        Ftp::of(&self.lacquer, "ada").put(&file, &format!("{} {name}", self.number));
    }

    /// Waits until so many mixes are checked and compared, and goes on with them: what was found in noise and tones is no matter here.
    fn until_came(&self, count: usize) {
        let order = flows::until("the mixes are checked and compared", PATIENCE, || {
            let order = self.show();
            let came = order["project"]["mixes"].as_object()?.len();
            let compared = order["project"]["compared"].as_array()?.len();
            (came == count && compared == count).then_some(order)
        });
        for (id, mix) in order["project"]["mixes"].as_object().unwrap() {
            let asks = |list: &Value| {
                let mut lines = list.as_array().unwrap().iter();
                lines.any(|line| line["severity"] != "note")
            };
            let is_open = mix["accepted"].is_null();
            if is_open && (asks(&mix["findings"]) || asks(&mix["set_findings"])) {
                self.give("go-on-with", &json!({ "mix": id, "reason": "made so" }));
            }
        }
    }

    fn until_mastered(&self) {
        flows::until("the reference can be sent", PATIENCE, || {
            let order = self.show();
            let offers = order["offers"].as_array()?;
            offers.iter().any(|o| o == "send_reference").then_some(())
        });
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
        assert_eq!(proposed.len(), 3, "{proposed:?}");
        for role in ["instrumental", "radio"] {
            let one = proposed.iter().find(|p| p["role"] == role);
            let one = one.expect("the name says so");
            self.give(
                "name-alternate",
                &json!({ "mix": one["mix"], "song": one["song"], "beside_as": role }),
            );
        }
        let file = format!("{} Rain - Acapella.wav", self.number);
        let named = self.line(&["work", "beside", &file, "Rain", "--as", "a_cappella"]);
        named.unwrap();
        let refused = self.line(&["work", "beside", &file, "Snow", "--as", "stem"]);
        assert!(refused.unwrap_err().contains("the stem's name is missing"));
        let order = self.show();
        let tracks = order["project"]["tracks"].as_array().unwrap();
        assert_eq!(tracks.len(), 3, "neither is a song: {tracks:?}");
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
        self.until_mastered();
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

/// The masters, before anything is cut.
fn masters_add_up(room: &Room, [rain, band, voice]: [&str; 3]) {
    let master = |id: &str| room.samples(&format!("audio/masters/1/{id}"), &format!("{id}.wav"));
    let (song, one, two) = (master(rain), master(band), master(voice));
    assert_eq!(song.len(), 2 * 6 * 48_000);
    let left = left(&song, [&one, &two]);
    assert!(left < MASTERS_DBFS, "{left} dBFS");
    let order = room.show();
    let said = order["beside"][0]["notes"].to_string();
    assert!(said.contains("-1200 samples"), "{said}");
    assert_eq!(order["beside"][0]["broken"], json!([]));
}

/// The clean version is as long as its song and, but for its word, the song: it is keyed by it.
fn clean_is_its_song(room: &Room, rain: &str) {
    let clean = room.id_of("Rain (Clean)");
    let of = |id: &str| {
        room.samples(
            &format!("finals/{id}/wav24"),
            &format!("{id} beside clean.wav"),
        )
    };
    let (song, clean) = (of(rain), of(&clean));
    assert_eq!(song.len(), clean.len(), "equal to the sample");
    let apart = |seconds: std::ops::Range<usize>| {
        let place = 2 * 48_000 * seconds.start..2 * 48_000 * seconds.end;
        let pairs = song[place.clone()].iter().zip(&clean[place]);
        rms(&pairs.map(|(song, clean)| song - clean).collect::<Vec<_>>())
    };
    assert!(apart(4..6) < 2.0, "{} steps beside the word", apart(4..6));
    assert!(apart(1..2) > 1_000.0, "another word");
}

/// The finals as the programme cuts them.
fn finals_add_up(room: &Room, [rain, band, voice]: [&str; 3]) {
    let of = |id: &str| room.samples(&format!("finals/{id}/wav24"), &format!("{id} final.wav"));
    let (song, one, two) = (of(rain), of(band), of(voice));
    assert_eq!(song.len(), 2 * 7 * 48_000, "with the gap behind it");
    assert_eq!([one.len(), two.len()], [song.len(); 2]);
    // In the gap the room sounds, which is no part of the song's parts.
    let own = 2 * 6 * 48_000;
    let (band, voice) = (&one[..own], &two[..own]);
    let left = left(&song[..own], [band, voice]);
    assert!(left < FINALS_DBFS, "{left} dBFS");
    // The replaced word is the band alone; the voice is silent there but for its dither.
    let word = 2 * 48_000 * 31 / 10..2 * 48_000 * 34 / 10;
    assert!(rms(&voice[word.clone()]) < 2.0, "silence");
    assert!(rms(&band[word]) > 10_000.0, "the band plays on");
    let gap = &song[2 * (6 * 48_000 + 12_000)..2 * (6 * 48_000 + 36_000)];
    assert!(rms(gap) > 100.0, "the room sounds in the gap");
}

#[test]
fn an_instrumental_and_an_a_cappella_are_mastered_with_their_song_and_add_up_to_it() {
    let all = [
        "Rain.wav",
        "Rain (Instrumental).wav",
        "Rain - Acapella.wav",
        "Rain (Clean).wav",
        "Snow.wav",
        "Room.wav",
    ];
    let room = Room::open(&all.map(|name| (name, name)));
    room.name();
    room.master();
    let titles = ["Rain", "Rain (Instrumental)", "Rain - Acapella"];
    let ids = titles.map(|title| room.id_of(title));
    let ids = [ids[0].as_str(), &ids[1], &ids[2]];
    masters_add_up(&room, ids);
    let path = format!("/orders/{}/programme", room.number);
    let told = room.lacquer.must("GET", &path, &room.mia, &Value::Null);
    let disc = &told["programme"]["disc"][0]["track"];
    assert_eq!(disc[0]["edit"][0]["with"], "Rain (Instrumental)");
    assert_eq!(disc[1]["room_tone"]["file"], "Room");
    // The client hears both beside the song, and approves them with it.
    room.line(&["work", "send"]).unwrap();
    let page = read_with(room.folder.path(), &format!("curl -sfL {}", room.portal));
    let audio = format!("/audio/master/1/{}", ids[2]);
    let shown = [
        "<figcaption>Rain (Instrumental)",
        "<figcaption>Rain (A Cappella)",
        &audio,
    ];
    says(&page, &shown);
    room.line(&["rule", "approve", "--name", "Ada", "--by", "ada"])
        .unwrap();
    let order = room.lacquer.until_stage(&room.number, "delivered");
    let approved = &order["project"]["approval"]["samples"];
    assert!(ids.iter().all(|id| approved[id].is_string()), "{approved}");
    finals_add_up(&room, ids);
    clean_is_its_song(&room, ids[0]);
    let names = order["project"]["finals"].to_string();
    says(
        &names,
        &[
            " 01 Rain (Instrumental) (24-48).wav",
            " 01 Rain (A Cappella) (24-48).wav",
        ],
    );
}

#[test]
fn what_cannot_be_brought_to_its_song_is_said_and_another_file_takes_its_place() {
    let room = Room::open(&[
        ("Rain.wav", "Rain.wav"),
        ("turned.wav", "Rain (Instrumental).wav"),
    ]);
    let file = |name: &str| format!("{} {name}", room.number);
    let first = file("Rain (Instrumental).wav");
    room.line(&["work", "beside", &first, "Rain", "--as", "instrumental"])
        .unwrap();
    room.give("close-intake", &json!({}));
    room.give("start-mastering", &json!({}));
    let said = flows::until("somebody is asked", PATIENCE, || {
        let order = room.show();
        let jobs = order["jobs"].as_array()?;
        let failed = jobs.iter().find(|job| job["state"] == "failed")?;
        Some(failed["error"].as_str()?.to_owned())
    });
    says(
        &said,
        &[
            "the Instrumental \u{201c}Rain (Instrumental)\u{201d} cannot go beside \u{201c}Rain\u{201d}",
            "its waves point the other way",
            "send it again at its place, or take it away from the song",
        ],
    );
    room.put("Rain (Instrumental).wav", "Rain (Instrumental) right.wav");
    room.until_came(3);
    let right = file("Rain (Instrumental) right.wav");
    room.line(&["work", "take-up", &right, "Rain (Instrumental)"])
        .unwrap();
    room.until_mastered();
}
