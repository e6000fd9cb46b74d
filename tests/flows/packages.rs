//! An approved record made up for those who take it: what is missing is said before the button works, the disc is heard in the
//! portal as a plant reads it, released for production, posted; and a title corrected afterwards leaves its sound alone.

use std::path::{Path, PathBuf};

use flows::browser::Browser;
use flows::clients::{samples_by_ffmpeg, send_record};
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::readers::{is_valid_by_bagit, read_with, says};
use flows::{Lacquer, until};
use serde_json::{Value, json};

const TITLES: [&str; 3] = ["Rain", "Snow", "Hail"];
const SECONDS: f64 = 6.0;

struct Room {
    lacquer: Lacquer,
    browser: Browser,
    number: String,
    portal: String,
    mia: String,
    place: tempfile::TempDir,
}

impl Room {
    /// A studio with a record of three songs, heard with its programme and approved; its engineer is logged in.
    fn open() -> Self {
        let lacquer = Lacquer::start();
        let password = lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Weather", &["--songs", "3"]);
        let place = tempfile::tempdir().unwrap();
        send_record(&lacquer, ("ada", &number), &TITLES, SECONDS);
        let mia = lacquer.log_in("mia");
        lacquer.until_stage(&number, "in_review");
        let browser = Browser::open(1280, 1500);
        browser.log_in(&lacquer.web, "mia", &password);
        Self {
            lacquer,
            browser,
            number,
            portal,
            mia,
            place,
        }
    }

    fn path(&self, what: &str) -> String {
        format!("/orders/{}/{what}", self.number)
    }

    fn give(&self, what: &str, body: &Value) -> Value {
        self.lacquer.must("POST", &self.path(what), &self.mia, body)
    }

    fn packages(&self, token: &str) -> Value {
        self.lacquer
            .must("GET", &self.path("packages"), token, &Value::Null)
    }

    fn profile(&self, name: &str) -> Value {
        let view = self.packages(&self.mia);
        let mut all = list(&view["profiles"]).iter();
        all.find(|one| one["name"] == name).unwrap().clone()
    }

    fn at_the_deliveries(&self) {
        let address = format!("{}/orders/{}/deliveries", self.lacquer.web, self.number);
        self.browser.go(&address);
    }

    /// Sets a programme with a gap of a second and a half, and approves it.
    fn approve(&self) {
        let why = json!({ "purpose": "testing", "reason": "the record is made up by ear" });
        self.give("listening-reason", &why);
        self.give("open-revision", &json!({ "reason": "the gaps" }));
        let at = self.path("programme");
        let view = self.lacquer.must("GET", &at, &self.mia, &Value::Null);
        let mut programme = view["programme"].clone();
        programme["gap"] = json!("1.5 s");
        programme["grid"] = json!("cd_frames");
        programme["editions"] = json!(["Standard", "Deluxe"]);
        programme["disc"][0]["track"][2]["editions"] = json!(["Deluxe"]);
        self.lacquer
            .must("PUT", &at, &self.mia, &json!({ "programme": programme }));
        self.give("start-mastering", &json!({}));
        until("revision 2 is with the client", PATIENCE, || {
            let order = self.lacquer.show(&self.number);
            (order["project"]["stage"] == json!({ "stage": "in_review", "revision": 2 }))
                .then_some(())
        });
        let yes = self.lacquer.approval(&self.number, &self.portal, 2);
        self.lacquer
            .must("POST", &self.path("approve"), &self.portal, &yes);
        self.lacquer.until_stage(&self.number, "archived");
    }

    /// Waits for a package, fetches all of it and takes it apart by a program of others.
    fn fetched(&self, no: u64) -> PathBuf {
        until("the package is made", PATIENCE, || {
            let view = self.packages(&self.mia);
            let mut all = list(&view["packages"]).iter();
            let package = all.find(|one| one["no"] == no)?.clone();
            assert_eq!(package["failed"], Value::Null, "{package:#}");
            package["made"].is_object().then_some(())
        });
        let got = self.lacquer.download(
            &self.path(&format!("packages/{no}/files/0")),
            &self.mia,
            None,
        );
        assert_eq!(got.status, 200);
        let zip = self.place.path().join(format!("{no}.zip"));
        write(&zip, &got.bytes);
        let out = self.place.path().join(format!("package {no}"));
        std::fs::create_dir(&out).unwrap();
        read_with(
            &out,
            &format!("python3 -m zipfile -e '{}' .", zip.display()),
        );
        read_with(&out, "sha256sum --check --quiet CHECKSUMS.sha256");
        out
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// Before the data are there, each profile says what it lacks, and has no button.
fn lacking(room: &Room) {
    let refused = room.lacquer.refused(
        "POST",
        &room.path("packages"),
        &room.mia,
        &json!({ "profile": "plant" }),
    );
    assert_eq!(refused, 422);
    let plant = room.profile("plant");
    assert_eq!(plant["is_complete"], false);
    assert_eq!(
        plant["missing"][0],
        "Nobody has said of the release: the catalogue number."
    );
    let label = room.profile("label");
    says(
        &label["missing"].to_string(),
        &[
            "Nobody has said of the release and every song: the artist.",
            "Nobody has said of every song: the ISRC.",
        ],
    );
    room.at_the_deliveries();
    let button = "return document.querySelector('#profile-plant button')";
    assert_eq!(room.browser.script(button), Value::Null);
    room.browser.picture("deliveries-missing.png");
    let order = room.lacquer.show(&room.number);
    let in_german = ["Regen", "Schnee", "Hagel"];
    let songs = list(&order["project"]["tracks"]).iter().zip(in_german);
    let songs: serde_json::Map<String, Value> = songs
        .map(|(track, title)| {
            let said = json!({ "translated": { "de": title }, "copying": "permitted" });
            (track["id"].as_str().unwrap().to_owned(), said)
        })
        .collect();
    let release = json!({ "release": {
        "songs": songs, "translations": { "de": "Wetter" },
        "kind": "ep", "artist": "Ada Example", "label": "Lacquer Records", "catalogue_no": "LAQ001", "ean": "4006381333931", "year": 2026,
        "c_owner": "Ada Example", "p_owner": "Ada Example", "language": "en",
    }});
    room.give("describe-release", &release);
    for (track, no) in list(&order["project"]["tracks"]).iter().zip(1..) {
        let isrc = format!("DEA12260000{no}");
        room.give(
            "mark-track",
            &json!({ "track": track["id"], "isrc": isrc, "credits": "" }),
        );
    }
    for name in ["plant", "label"] {
        assert_eq!(
            room.profile(name)["is_complete"],
            true,
            "{:#}",
            room.profile(name)
        );
    }
}

/// The disc that a plant gets, made by the button, and as programs of others read it.
fn for_the_plant(room: &Room) -> PathBuf {
    room.at_the_deliveries();
    room.browser.click("#profile-plant input[name=post]");
    room.browser.send("#profile-plant button[type=submit]");
    let out = room.fetched(1);
    let ddp = out.join("DDP");
    read_with(&ddp, "md5sum --check --quiet CHECKSUM.MD5");
    let judged = room
        .lacquer
        .json(&["verify", ddp.to_str().unwrap(), "--json"]);
    assert_eq!(judged["tracks"][1]["title"], "Snow");
    assert_eq!(judged["tracks"][2]["isrc"], "DE-A12-26-00003");
    // Two seconds before every disc, six of the song, one and a half of gap and the 6.7 ms up to a CD frame.
    assert_eq!(judged["tracks"][1]["start"], "00:09:38");
    let texts = read_with(&ddp, "cdrskin textfile_to_v07t=CDTEXT.BIN");
    says(&texts, &["Weather", "Wetter", "Schnee", "Language Code"]);
    let played = room
        .lacquer
        .download(&room.path("packages/1/discs/1"), &room.mia, None);
    let image = std::fs::read(ddp.join("IMAGE.DAT")).unwrap();
    assert!(played.bytes[44..] == image, "what is played is the image");
    let disc = room.place.path().join("disc.wav");
    write(&disc, &played.bytes);
    assert_eq!(
        samples_by_ffmpeg(&disc, "s16le"),
        samples_of(&image),
        "ffmpeg reads it as a WAV"
    );
    // A single file out of the package, and a part of it.
    let view = room.packages(&room.mia);
    let files = list(&view["packages"][0]["made"]["files"]);
    let place = files
        .iter()
        .position(|one| one["path"] == "DDP/DDPID")
        .unwrap()
        + 1;
    let one = room.path(&format!("packages/1/files/{place}"));
    let got = room.lacquer.download(&one, &room.mia, None);
    assert!(got.bytes == std::fs::read(ddp.join("DDPID")).unwrap());
    let part = room.lacquer.download(&one, &room.mia, Some("bytes=4-11"));
    assert_eq!(
        (part.status, part.bytes.as_slice()),
        (206, &got.bytes[4..12])
    );
    ddp
}

/// The checksum of samples, as `samples_by_ffmpeg` gives it.
fn samples_of(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

/// The client hears the disc as a plant plays it, and releases it.
fn in_the_portal(room: &Room) {
    let browser = &room.browser;
    browser.go(&format!(
        "{}/p/{}/deliveries",
        room.lacquer.web, room.portal
    ));
    let player = "document.querySelector('#song-package-1-1 [data-player]')";
    browser.until(
        "the disc's waveform is drawn",
        "return document.querySelector('#song-package-1-1 .wave path')?.getAttribute('d')?.length > 50",
    );
    let told = browser.script("return document.querySelector('#package-1').textContent");
    says(
        told.as_str().unwrap(),
        &[
            "Weather",
            "Snow",
            "00:08:00",
            "00:09:38",
            "DE-A12-26-00002",
            "4006381333931",
        ],
    );
    let profiles = browser.script("return document.querySelectorAll('.profile').length");
    assert_eq!(profiles, 0, "what could be made is the studio's matter");
    browser.click("#song-package-1-1 tr:nth-child(2) [data-seek]");
    browser.click("#song-package-1-1 .play");
    browser.until(
        "it plays from the second track",
        &format!(
            "const d = {player}.dataset; return d.state === 'playing' && parseFloat(d.positionSeconds) > 9.6 && parseFloat(d.levelDbfs) > -60"
        ),
    );
    browser.click("#song-package-1-1 .play");
    browser.picture("deliveries-portal.png");
    browser.type_into("#package-1 input[name=name]", "Ada Example");
    browser.send("#package-1 form button[type=submit]");
    let state = browser.script("return document.querySelector('#package-1').dataset.state");
    assert_eq!(state, "released");
}

/// What goes by post waits for its number.
fn by_post(room: &Room) {
    room.at_the_deliveries();
    room.browser
        .type_into("#package-1 input[name=carrier]", "Deutsche Post");
    room.browser
        .type_into("#package-1 input[name=tracking]", "RR123456785DE");
    room.browser.send("#package-1 form button[type=submit]");
    let told = room
        .browser
        .script("return document.querySelector('#package-1').textContent");
    says(
        told.as_str().unwrap(),
        &["Deutsche Post", "RR123456785DE", "Ada Example released it"],
    );
    room.browser.picture("deliveries.png");
    let order = room.lacquer.order_seen(&room.number, &room.portal);
    assert!(
        order.to_string().contains("RR123456785DE"),
        "the client is told"
    );
}

/// A title is corrected: the package says so, is made again, and its sound is the same to the bit.
fn corrected(room: &Room, ddp: &Path) {
    let order = room.lacquer.show(&room.number);
    let snow = &order["project"]["tracks"][1]["id"];
    room.give("name-track", &json!({ "track": snow, "title": "Snöw" }));
    let view = room.packages(&room.mia);
    assert_eq!(view["packages"][0]["standing"], "outdated");
    room.give("packages", &json!({ "profile": "plant" }));
    let again = room.fetched(2).join("DDP");
    let judged = room
        .lacquer
        .json(&["verify", again.to_str().unwrap(), "--json"]);
    assert_eq!(judged["tracks"][1]["title"], "Snöw");
    let image = |folder: &Path| std::fs::read(folder.join("IMAGE.DAT")).unwrap();
    assert!(
        image(ddp) == image(&again),
        "the sound stays what was approved"
    );
}

/// A label's package holds what was approved, and the cover that was sent stands in its files.
fn for_the_label(room: &Room) {
    let cover = room.place.path().join("front.jpg");
    let draw = format!(
        "ffmpeg -v error -f lavfi -i testsrc2=size=3000x3000 -frames:v 1 '{}'",
        cover.display()
    );
    read_with(room.place.path(), &draw);
    room.at_the_deliveries();
    room.browser.type_file("#cover input[type=file]", &cover);
    room.browser.send("#cover button[type=submit]");
    room.browser.until(
        "the cover is shown",
        "return document.querySelector('#cover img')?.naturalWidth > 100",
    );
    let said = room
        .lacquer
        .cli(&["release", "deliver", &room.number, "label", "--by", "mia"])
        .unwrap();
    assert!(said.contains("it is being made"), "{said}");
    let out = room.fetched(3);
    let order = room.lacquer.show(&room.number);
    let made = &order["project"]["revisions"]["2"]["made"]["songs"];
    for (track, no) in list(&order["project"]["tracks"]).iter().zip(1..) {
        let (id, title) = (text(&track["id"]), text(&track["title"]));
        let name = format!("WAV 24-48/{no:02} {title} (24-48).wav");
        let samples = samples_by_ffmpeg(&out.join(&name), "s24le");
        assert_eq!(
            samples,
            text(&made[&id]["samples"]),
            "{name} is what was approved"
        );
    }
    let probed = flows::readers::ffprobe(&out.join("FLAC 24-48/02 Snöw (24-48).flac"));
    assert_eq!(flows::readers::tag(&probed, "ISRC"), "DEA122600002");
    read_with(
        &out,
        "metaflac --export-picture-to=front.jpg 'FLAC 24-48/02 Snöw (24-48).flac'",
    );
    let inside = std::fs::read(out.join("front.jpg")).unwrap();
    assert!(
        inside == std::fs::read(&cover).unwrap(),
        "the cover as it was sent"
    );
    let shown = room
        .lacquer
        .cli(&["release", "deliveries", &room.number])
        .unwrap();
    says(
        &shown,
        &[
            "distributor: ",
            "missing: Nobody has said of the release: the genre",
            "3 Label: ",
        ],
    );
}

/// An edition is the approved record without its bonus track.
fn an_edition(room: &Room) {
    let ask = [
        "release",
        "deliver",
        &room.number,
        "high_resolution",
        "--edition",
    ];
    let refused = room
        .lacquer
        .cli(&[&ask[..], &["Vinyl"]].concat())
        .unwrap_err();
    assert!(
        refused.contains("no edition \u{201c}Vinyl\u{201d}"),
        "{refused}"
    );
    room.lacquer
        .cli(&[&ask[..], &["Standard"]].concat())
        .unwrap();
    let out = room.fetched(4);
    let songs = std::fs::read_dir(out.join("FLAC 24-48")).unwrap();
    assert_eq!(songs.count(), 2, "the bonus track is left out");
    let order = room.lacquer.show(&room.number);
    let rain = text(&order["project"]["tracks"][0]["id"]);
    let approved = &order["project"]["revisions"]["2"]["made"]["songs"][&rain]["samples"];
    let files = std::fs::read_dir(out.join("WAV 24-48")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let rain = files.filter(|path| path.to_string_lossy().contains("Rain"));
    let samples: Vec<String> = rain.map(|path| samples_by_ffmpeg(&path, "s24le")).collect();
    assert_eq!(samples, [text(approved)]);
    room.at_the_deliveries();
    let title = room
        .browser
        .script("return document.querySelector('#package-4 h2').textContent");
    assert_eq!(title, "High-resolution shop, Standard");
}

/// The archive holds what was made up after it was closed, too.
fn in_the_archive(room: &Room) {
    let to = room
        .place
        .path()
        .join("out of the archive")
        .display()
        .to_string();
    let why = [
        "rule",
        "listening-reason",
        &room.number,
        "--for",
        "testing",
        "the export is tried",
    ];
    room.lacquer.cli(&why).unwrap();
    let words = ["archive", "export", &room.number, "--to", &to, "--json"];
    let bag = PathBuf::from(text(&room.lacquer.json(&words)["bag"]));
    assert!(is_valid_by_bagit(&bag));
    let kept = std::fs::read(bag.join("data/packages/01 CD plant.zip")).unwrap();
    assert!(kept == std::fs::read(room.place.path().join("1.zip")).unwrap());
    assert!(bag.join("data/cover/front.jpg").is_file());
}

#[test]
fn a_record_is_made_up_for_those_who_take_it() {
    let room = Room::open();
    assert_eq!(
        list(&room.packages(&room.mia)["profiles"]).len(),
        0,
        "nothing is approved yet"
    );
    room.approve();
    lacking(&room);
    let ddp = for_the_plant(&room);
    in_the_portal(&room);
    by_post(&room);
    corrected(&room, &ddp);
    for_the_label(&room);
    an_edition(&room);
    in_the_archive(&room);
    room.browser.be_as_small_as(390, 900);
    room.at_the_deliveries();
    room.browser.picture("deliveries-phone.png");
    room.browser.fits();
}
