//! Files that are broken, lie or mean harm: for each a finding in the client's words, the original
//! as it came, the daemon up, nothing touched outside.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flows::clients::{Ftp, run};
use flows::desk::list;
use flows::hostile::{WavClaim, ZipClaim, write_zip};
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::remote::{files_below, sha256, tell};
use flows::{Lacquer, Settings, until};
use serde_json::Value;
use sha2::Digest as _;

/// What the daemon itself may take at its peak, in kB; everything from outside is opened in a child.
const MOST_MEMORY_KB: u64 = 400_000;
/// How long a client may wait for word of an empty file.
const WORD_OF_EMPTY: Duration = Duration::from_secs(60);

/// A studio with one client and one order, beside a folder that nobody may touch.
struct House {
    lacquer: Lacquer,
    number: String,
    portal: String,
    place: tempfile::TempDir,
    canary: BTreeMap<PathBuf, String>,
}

impl House {
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let canary = place.path().join("canary");
        std::fs::create_dir(&canary).unwrap();
        put(&canary.join("song.wav"), b"somebody else's");
        let lacquer = Lacquer::start_with(&Settings {
            data: Some(place.path().join("data")),
            ..Settings::default()
        });
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Hostile", &[]);
        let mut house = Self {
            lacquer,
            number,
            portal,
            place,
            canary: BTreeMap::new(),
        };
        house.canary = house.outside();
        house
    }

    /// Everything beside the dropbox that no upload may touch: the canary, and other dropboxes.
    fn outside(&self) -> BTreeMap<PathBuf, String> {
        let dropboxes = self.place.path().join("data/dropboxes");
        let mut files = files_below(&self.place.path().join("canary"));
        let others = files_below(&dropboxes);
        files.extend(
            others
                .into_iter()
                .filter(|p| !p.starts_with(dropboxes.join("ada"))),
        );
        files.into_iter().map(|p| (p.clone(), sha256(&p))).collect()
    }

    fn dropped(&self, name: impl AsRef<Path>) -> PathBuf {
        self.lacquer.dropbox("ada").join(name)
    }

    fn order(&self) -> Value {
        self.lacquer.show(&self.number)
    }

    /// The mix that was made of a dropped file.
    fn mix(&self, path: &str) -> Option<Value> {
        let order = self.order();
        let mixes = order["project"]["mixes"].as_object()?;
        mixes.values().find(|m| m["path"] == path).cloned()
    }

    /// Waits for the note beside a dropped file, and gives its words on one line.
    fn note(&self, name: impl AsRef<Path>) -> String {
        let name = name.as_ref();
        let note = delivery_note(&self.dropped(name));
        until(&format!("word about {}", name.display()), PATIENCE, || {
            assert_no_job_failed(&self.order());
            let text = std::fs::read_to_string(&note).ok()?;
            Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
        })
    }

    /// What holds whatever was sent.
    fn check(mut self) {
        assert!(self.lacquer.is_running());
        assert_eq!(self.outside(), self.canary, "nothing outside is touched");
        let status = format!("/proc/{}/status", self.lacquer.pid());
        let status = std::fs::read_to_string(status).unwrap();
        let peak: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .and_then(|kb| kb.trim().parse().ok())
            .unwrap();
        tell(&format!("the daemon's peak: {peak} kB"));
        assert!(peak < MOST_MEMORY_KB, "{peak} kB");
        let log = self.lacquer.log();
        assert!(!log.contains("panicked"), "{log}");
        assert!(self.lacquer.stop().success(), "it stops in order");
    }
}

/// The note of a file; where its name would be too long, the start and a sum of the file's name.
fn delivery_note(file: &Path) -> PathBuf {
    const ENDING: &str = ".lacquer.txt";
    let name = file.file_name().unwrap().to_string_lossy();
    if name.len() + ENDING.len() <= 255 {
        return file.with_file_name(format!("{name}{ENDING}"));
    }
    let sum = hex::encode(&sha2::Sha256::digest(name.as_bytes())[..4]);
    let start = name.floor_char_boundary(255 - ENDING.len() - 1 - sum.len());
    file.with_file_name(format!("{}~{sum}{ENDING}", &name[..start]))
}

fn assert_no_job_failed(order: &Value) {
    let failed: Vec<_> = list(&order["jobs"])
        .iter()
        .filter(|job| job["state"] == "failed")
        .collect();
    assert!(failed.is_empty(), "given up: {failed:#?}");
}

fn put(file: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    std::fs::File::create_new(file)
        .unwrap()
        .write_all(bytes)
        .unwrap();
}

fn song(place: &Path, key: u32) -> PathBuf {
    Song {
        seconds: 3.0,
        key,
        ..Song::default()
    }
    .write(&place.join(format!("good {key}.wav")))
}

/// Files with one fault each, and the words that their clients read.
fn broken_files(place: &Path) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = std::fs::read(song(place, 1)).unwrap();
    let cd = WavClaim::cd();
    let sound: Vec<u8> = (0..400_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as u8)
        .collect();
    let nan: Vec<u8> = f32::NAN.to_le_bytes().repeat(96_000);
    let claim = |claim: WavClaim| claim.file(&sound);
    let float = WavClaim {
        format: 3,
        bits: 32,
        rate_hz: 48_000,
        ..cd
    };
    vec![
        (
            "Truncated.wav",
            whole[..whole.len() / 2].to_vec(),
            "The file stops at",
        ),
        (
            "Picture.wav",
            b"\x89PNG\r\n\x1a\n".repeat(4_000),
            "a picture (PNG)",
        ),
        (
            "Text.flac",
            b"this is no sound at all\n".repeat(500),
            "no sound file",
        ),
        ("Empty.wav", Vec::new(), "it is empty"),
        ("Header only.wav", cd.file(&[]), "it is empty"),
        (
            "No channel.wav",
            claim(WavClaim { channels: 0, ..cd }),
            "no channel",
        ),
        (
            "Slow.wav",
            claim(WavClaim { rate_hz: 1, ..cd }),
            "a sample rate of 1 Hz",
        ),
        (
            "Fast.wav",
            claim(WavClaim {
                rate_hz: 4_000_000_000,
                ..cd
            }),
            "a sample rate of 4000000000 Hz",
        ),
        ("Not a number.wav", float.file(&nan), "damaged samples"),
    ]
}

#[test]
fn broken_files_are_told_of_in_the_clients_words() {
    let house = House::open();
    let began = std::time::Instant::now();
    let files = broken_files(house.place.path());
    for (name, bytes, _) in &files {
        put(&house.dropped(name), bytes);
    }
    let fine = Song {
        seconds: 2.0,
        rate_hz: 192_000,
        ..Song::default()
    };
    fine.write(&house.dropped("High rate.wav"));

    for (name, bytes, words) in &files {
        let note = house.note(name);
        assert!(note.contains(words), "{name}: {note}");
        assert_eq!(
            &std::fs::read(house.dropped(name)).unwrap(),
            bytes,
            "{name}"
        );
        let order = house.order();
        let is_held = list(&order["held"]).iter().any(|h| h["path"] == *name);
        let is_blocked = house.mix(name).is_some_and(|mix| {
            list(&mix["findings"])
                .iter()
                .any(|f| f["severity"] == "blocks")
        });
        assert!(is_held || is_blocked, "{name}: {order:#}");
        if bytes.is_empty() {
            tell(&format!(
                "word of an empty file after {:?}",
                began.elapsed()
            ));
            assert!(began.elapsed() < WORD_OF_EMPTY);
        }
    }
    let note = house.note("High rate.wav");
    assert!(note.contains("192 kHz"), "{note}");
    let mix = house
        .mix("High rate.wav")
        .expect("192 kHz is a studio's rate");
    assert_eq!(mix["audio"]["rate_hz"], 192_000);
    let told = house
        .lacquer
        .must("GET", "/notices", &house.portal, &Value::Null);
    let told = list(&told)
        .iter()
        .filter(|n| n["text"].as_str().unwrap().contains("Empty.wav"))
        .count();
    assert_eq!(told, 1, "the client has a notice of the empty file");
    house.check();
}

/// Puts a zip of each kind into the dropbox.
fn drop_zips(house: &House) {
    let place = house.place.path().to_owned();
    let good = std::fs::read(song(&place, 1)).unwrap();
    let other = std::fs::read(song(&place, 2)).unwrap();
    let absolute = place.join("canary/absolute.wav");
    let absolute = absolute.to_str().unwrap();
    let zip = |name: &str, entries: Vec<ZipClaim<'_>>| write_zip(&house.dropped(name), entries);

    zip(
        "Climbs.zip",
        vec![
            ZipClaim::file("../../canary/out.wav", &good),
            ZipClaim::file("../Finals/out.wav", &good),
            ZipClaim::file(absolute, &good),
            ZipClaim::file("Inside.wav", &good),
        ],
    );
    zip(
        "Links.zip",
        vec![
            ZipClaim {
                mode: 0o120_777,
                ..ZipClaim::file("Link.wav", absolute.as_bytes())
            },
            ZipClaim::file("Beside the link.wav", &other),
        ],
    );
    let lie = |claimed: u32| ZipClaim {
        claimed: Some(claimed),
        ..ZipClaim::file("Liar.wav", &good)
    };
    zip("Lies short.zip", vec![lie(1_000)]);
    zip("Lies long.zip", vec![lie(4_000_000_000)]);
    let inner = place.join("inner.zip");
    write_zip(&inner, [ZipClaim::file("Deep.wav", &good)]);
    let inner = std::fs::read(inner).unwrap();
    zip("Nested.zip", vec![ZipClaim::file("Inner.zip", &inner)]);
    put(
        &house.dropped("Nothing.zip"),
        &[b"PK\x05\x06".as_slice(), &[0; 18]].concat(),
    );
    put(&house.dropped("Cut.zip"), &inner[..inner.len() / 2]);
    let million = vec![ZipClaim::file("x", b""); 1_000_000];
    zip("Million.zip", million);
    run(Command::new("zip")
        .args(["-q", "-j", "-P", "secret"])
        .arg(house.dropped("Locked.zip"))
        .arg(place.join("good 1.wav")));
}

#[test]
fn zips_that_lie_or_climb_are_told_of_and_touch_nothing() {
    let house = House::open();
    drop_zips(&house);
    let before: BTreeMap<PathBuf, String> = files_below(&house.lacquer.dropbox("ada"))
        .into_iter()
        .filter(|p| p.extension() == Some(OsStr::new("zip")))
        .map(|p| (p.clone(), sha256(&p)))
        .collect();
    for (name, words) in [
        ("Climbs.zip", "leads out of the zip"),
        ("Climbs.zip", "absolute path"),
        ("Links.zip", "a link or a device"),
        (
            "Lies short.zip",
            "was left out: it is damaged, or the zip lies",
        ),
        ("Lies long.zip", "This zip was not opened"),
        ("Nested.zip", "a zip inside a zip is not opened"),
        ("Nothing.zip", "This zip was not opened"),
        ("Cut.zip", "This zip was not opened"),
        ("Million.zip", "1000000 files"),
        ("Locked.zip", "locked with a password"),
    ] {
        let note = house.note(name);
        assert!(note.contains(words), "{name}: {note}");
    }
    for path in ["Climbs.zip/Inside.wav", "Links.zip/Beside the link.wav"] {
        until(path, PATIENCE, || house.mix(path));
    }
    let mixes = house.order()["project"]["mixes"].as_object().unwrap().len();
    assert_eq!(mixes, 2, "only the two honest files are taken");
    for (zip, sum) in before {
        assert_eq!(sha256(&zip), sum, "{} is as it came", zip.display());
    }
    house.check();
}

#[test]
fn strange_names_and_broken_connections_reach_the_order_once() {
    let house = House::open();
    let place = house.place.path().to_owned();
    let ftp = Ftp::of(&house.lacquer, "ada");
    let long = format!("{}a.wav", "ü".repeat(125));
    let by_ftp = ["-rf.wav", "\"Quoted\" 'name'.wav", "#%; & $(x).wav", &long];
    let by_hand = ["Bell\u{7}\u{1b}[31m.wav", "Two\nlines.wav"];
    let mut sent = BTreeMap::new();
    for (key, name) in (10..).zip(by_ftp) {
        let file = song(&place, key);
        ftp.put(&file, name);
        sent.insert(name.to_owned(), sha256(&file));
    }
    for (key, name) in (20..).zip(by_hand) {
        let file = song(&place, key);
        std::fs::copy(&file, house.dropped(name)).unwrap();
        sent.insert(name.to_owned(), sha256(&file));
    }
    for (key, folder) in (30..).zip(["One", "Two"]) {
        let file = song(&place, key);
        let path = format!("{folder}/Same name.wav");
        ftp.put(&file, &path);
        sent.insert(path, sha256(&file));
    }
    broken_off_and_resumed(&house, &ftp, &mut sent);
    let unreadable = OsStr::from_bytes(b"Latin \xfc.wav");
    std::fs::copy(song(&place, 50), house.dropped(unreadable)).unwrap();

    for (path, sum) in &sent {
        let mix = until(path, PATIENCE, || {
            assert_no_job_failed(&house.order());
            house.mix(path)
        });
        assert_eq!(mix["original"], *sum, "{path}");
        assert_eq!(sha256(&house.dropped(path)), *sum, "{path}");
        house.note(path);
    }
    let mixes = house.order()["project"]["mixes"].as_object().unwrap().len();
    assert_eq!(mixes, sent.len(), "each is taken once");
    // A note cannot have a name that is no text: the client reads of it in the portal's list.
    house.lacquer.add_staff("mia");
    let staff = house.lacquer.log_in("mia");
    until("word of a name that is no text", PATIENCE, || {
        let told = house.lacquer.must("GET", "/notices", &staff, &Value::Null);
        list(&told)
            .iter()
            .any(|n| n["kind"] == "name_unreadable")
            .then_some(())
    });
    house.check();
}

/// Uploads that break off half-way and are gone on with, by two programs.
fn broken_off_and_resumed(house: &House, ftp: &Ftp<'_>, sent: &mut BTreeMap<String, String>) {
    let place = house.place.path();
    let (first, second) = (song(place, 40), song(place, 41));
    for (file, name) in [(&first, "By curl.wav"), (&second, "By lftp.wav")] {
        ftp.put_and_break_off(file, name, 200_000, Duration::from_millis(1_500));
        assert!(
            !house.dropped(name).exists(),
            "half a mix is not to be seen"
        );
        sent.insert(name.to_owned(), sha256(file));
    }
    ftp.resume(&first, "By curl.wav");
    ftp.lftp(&format!(
        "put -c {:?} -o \"By lftp.wav\"",
        second.display().to_string()
    ));
}
