//! A booklet and videos come as clients send them, in the dropbox and in the zip: they are proposed, taken or set aside by
//! people, and stand in what is delivered, as resources of its DDEX message too.

use std::path::{Path, PathBuf};

use flows::browser::Browser;
use flows::clients::{Ftp, run, venv};
use flows::desk::{list, text};
use flows::lacquer::{PATIENCE, Settings};
use flows::mixes::Song;
use flows::readers::{read_with, says};
use flows::{Lacquer, until};
use serde_json::{Value, json};

const TITLES: [&str; 2] = ["Rain", "Snow"];
const SECONDS: f64 = 12.0;

/// What people take along with its sound, and a shop's message.
const PROFILES: [(&str, &str); 2] = [
    (
        "visual",
        "title = \"Visual\"\nformats = [\"booklet\", \"video\"]\n",
    ),
    (
        "shop",
        "title = \"Shop\"\nformats = [\"ddex\", \"booklet\", \"video\"]
[ddex]
sender = \"PADPIDA2013020101A\"
sender_name = \"Laqueur\"
recipient = \"PADPIDA2014090401U\"
recipient_name = \"The distributor\"
deals = [\"download\", \"subscription\"]
",
    ),
];

/// A booklet of four pages, by ReportLab.
const BOOKLET: &str = "
import sys
from reportlab.pdfgen import canvas
from reportlab.lib.units import mm
c = canvas.Canvas(sys.argv[1], pagesize=(280*mm, 210*mm))
for no in range(int(sys.argv[2])):
    c.setFillColorRGB(0.1, 0.3, no / 4)
    c.rect(0, 0, 280*mm, 210*mm, fill=1)
    c.showPage()
c.save()
";

/// What goes along, as a message tells of it; every file that it names is there with its checksum.
const MESSAGE: &str = r"
import sys, os, hashlib, glob, xml.etree.ElementTree as tree
path, = glob.glob('DDEX/*/*/4*.xml')
root = tree.parse(path).getroot()
for file in root.iter('File'):
    bytes = open(os.path.join(os.path.dirname(path), file.findtext('URI')), 'rb').read()
    assert file.findtext('HashSum/HashSumValue') == hashlib.sha256(bytes).hexdigest()
titles = {e.findtext('ResourceReference'): e.findtext('DisplayTitleText') for e in root.find('ResourceList')}
for e in root.find('ResourceList'):
    if e.tag in ('Video', 'Text'):
        one = lambda name: next((x.text for x in e.iter(name)), None)
        print(e.tag, one('Type'), one('URI'), one('Duration'), one('VideoCodecType'), one('ISRC'), titles.get(one('ResourceRelatedResourceReference')))
";

struct Room {
    lacquer: Lacquer,
    number: String,
    portal: String,
    mia: String,
    password: String,
    place: tempfile::TempDir,
}

impl Room {
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let profiles = place.path().join("profiles");
        std::fs::create_dir(&profiles).unwrap();
        for (name, text) in PROFILES {
            write(&profiles.join(format!("{name}.toml")), text.as_bytes());
        }
        let own = format!("profiles = {:?}", profiles.display().to_string());
        let lacquer = Lacquer::start_with(&Settings {
            sections: vec![("deliveries", own)],
            ..Settings::default()
        });
        let password = lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Weather", &["--songs", "2"]);
        let mia = lacquer.log_in("mia");
        Self {
            lacquer,
            number,
            portal,
            mia,
            password,
            place,
        }
    }

    fn path(&self, what: &str) -> String {
        format!("/orders/{}/{what}", self.number)
    }

    fn view(&self, what: &str) -> Value {
        let at = self.path(what);
        self.lacquer.must("GET", &at, &self.mia, &Value::Null)
    }

    fn give(&self, what: &str, body: &Value) -> Value {
        self.lacquer.must("POST", &self.path(what), &self.mia, body)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Drops a file under its own name.
    fn drop(&self, name: &str, to: &str) {
        Ftp::of(&self.lacquer, "ada").put(&self.file(name), to);
    }

    /// Waits until so many files are proposed; their numbers by their names.
    fn proposed(&self, count: usize) -> Vec<(u64, String)> {
        until("it is proposed", PATIENCE, || {
            let view = self.view("attachments");
            let proposed = list(&view["proposed"]);
            (proposed.len() == count).then(|| {
                let one = |one: &Value| (one["no"].as_u64().unwrap(), text(&one["file_name"]));
                proposed.iter().map(one).collect()
            })
        })
    }

    fn no_of(&self, count: usize, name: &str) -> u64 {
        let proposed = self.proposed(count);
        let one = proposed.iter().find(|(_, own)| own == name);
        one.unwrap_or_else(|| panic!("{name}: {proposed:?}")).0
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// A zip of two mixes and a film of the first; a booklet and an invoice by themselves.
fn sent(room: &Room) {
    let folder = room.file("Weather");
    std::fs::create_dir(&folder).unwrap();
    for (title, key) in TITLES.iter().zip(0..) {
        let song = Song {
            seconds: SECONDS,
            key,
            ..Song::default()
        };
        song.write(&folder.join(format!("{:02}. {title}.wav", key + 1)));
    }
    for (name, pages) in [("booklet.pdf", "4"), ("Invoice.pdf", "1")] {
        run(venv("python3")
            .args(["-c", BOOKLET])
            .arg(room.file(name))
            .arg(pages));
    }
    let film = "ffmpeg -v error -f lavfi -i testsrc=s=320x180:r=25:d=12 -i '01. Rain.wav' -c:v prores -c:a pcm_s24le -ar 48000 -write_tmcd 0 -t 12";
    read_with(&folder, &format!("{film} Snow.mov"));
    read_with(&folder, &format!("{film} -metadata title=Rain Rain.mov"));
    read_with(&folder, "mv Snow.mov .. && zip -q ../Weather.zip *");
    room.drop("Weather.zip", &format!("{} Weather.zip", room.number));
    room.drop("booklet.pdf", &format!("{} booklet.pdf", room.number));
    // Without a number it is for the only order at work.
    room.drop("Invoice.pdf", "Invoice.pdf");
}

/// They are said with name, sender and size, in the portal too, and nothing of them was left lying.
fn proposed(room: &Room) {
    room.proposed(3);
    let view = room.view("attachments");
    let mut all = list(&view["proposed"]).iter();
    let film = all.find(|one| one["file_name"] == "Rain.mov").unwrap();
    let size = std::fs::metadata(room.file("Weather/Rain.mov"))
        .unwrap()
        .len();
    assert_eq!(
        (&film["is"], &film["bytes"]),
        (&json!("video"), &json!(size))
    );
    says(&text(&film["by"]), &["ADA"]);
    let order = room.lacquer.show(&room.number);
    assert_eq!(order["held"], json!([]), "nothing is left lying");
    let unsorted = room
        .lacquer
        .must("GET", "/unsorted", &room.mia, &Value::Null);
    assert_eq!(unsorted, json!([]));
    let shown = room
        .lacquer
        .cli(&["release", "attachments", &room.number])
        .unwrap();
    says(
        &shown,
        &["Rain.mov came in the dropbox from ADA", "perhaps a video"],
    );
    let no = room.no_of(3, "Rain.mov");
    let body = json!({ "no": no, "song": "nothing" });
    let refused = room
        .lacquer
        .refused("POST", &room.path("attach"), &room.mia, &body);
    assert!(
        (400..500).contains(&refused),
        "a song that is not there: {refused}"
    );
    let browser = Browser::open(390, 900);
    browser.go(&format!(
        "{}/p/{}/attachments",
        room.lacquer.web, room.portal
    ));
    let said = browser.script("return document.querySelector('#proposed').textContent");
    says(
        said.as_str().unwrap(),
        &["Rain.mov", "booklet.pdf", "Invoice.pdf", "ADA"],
    );
    browser.fits();
    browser.picture("along-proposed-phone.png");
}

/// The booklet and the film are taken with one press each, by a person who can fetch them first; the invoice is set aside.
fn taken(room: &Room) {
    let browser = Browser::open(1280, 1500);
    browser.log_in(&room.lacquer.web, "mia", &room.password);
    let page = format!("{}/orders/{}/attachments", room.lacquer.web, room.number);
    browser.go(&page);
    browser.picture("along-proposed.png");
    let own = format!("{} booklet.pdf", room.number);
    let [film, booklet, invoice] =
        ["Rain.mov", &own, "Invoice.pdf"].map(|name| room.no_of(3, name));
    // A booklet is looked at before it is taken; a film is sound, too, which the order's terms guard.
    for (no, sent, token) in [
        (film, "Weather/Rain.mov", &room.portal),
        (booklet, "booklet.pdf", &room.mia),
    ] {
        let at = room.path(&format!("attachments/{no}/file"));
        let got = room.lacquer.download(&at, token, None);
        assert_eq!(got.status, 200, "{sent}");
        assert!(
            got.bytes == std::fs::read(room.file(sent)).unwrap(),
            "{sent}"
        );
    }
    // Its name says its song.
    let first = format!(
        "return document.querySelector('#proposed-{film} select').selectedOptions[0].textContent"
    );
    assert_eq!(browser.script(&first), "Rain");
    browser.send(&format!("#proposed-{film} form.stack button"));
    browser.go(&page);
    browser.send(&format!("#proposed-{booklet} form.stack button"));
    browser.go(&page);
    browser.send(&format!("#proposed-{invoice} form.inline button"));
    room.proposed(0);
    let shown = browser.script("return document.querySelector('#proposed') === null");
    assert_eq!(shown, true);
    let view = room.view("attachments");
    assert_eq!(view["booklet"]["file_name"], own);
    assert_eq!(view["songs"][0]["video"]["file_name"], "Rain.mov");
    let log = room.lacquer.show(&room.number)["log"].to_string();
    says(
        &log,
        &[
            "Rain.mov came in the dropbox from ADA",
            "took the video Rain.mov for \u{201c}Rain\u{201d}",
            "set the booklet Invoice.pdf aside",
        ],
    );
}

/// With a second order at work somebody says which one a film without a number is for.
fn settled(room: &Room) {
    let (other, _) = room.lacquer.order("ada", "Climate", &["--songs", "1"]);
    assert_ne!(other, room.number);
    room.drop("Snow.mov", "Snow.mov");
    let unsorted = until("a drop waits for a person", PATIENCE, || {
        let found = room
            .lacquer
            .must("GET", "/unsorted", &room.mia, &Value::Null);
        list(&found).first().cloned()
    });
    says(
        &text(&unsorted["reason"]),
        &["several orders of this client"],
    );
    let mut settle = json!({ "number": room.number });
    for name in ["dropbox", "path", "fingerprint"] {
        settle[name] = unsorted[name].clone();
    }
    room.lacquer
        .must("POST", "/unsorted/settle", &room.mia, &settle);
    let no = room.no_of(1, "Snow.mov").to_string();
    room.lacquer
        .cli(&["release", "detach", &room.number, &no])
        .unwrap();
    room.proposed(0);
    // The same film is proposed again where it is sent again.
    room.drop("Snow.mov", &format!("{} Snow again.mov", room.number));
    let no = room
        .no_of(1, &format!("{} Snow again.mov", room.number))
        .to_string();
    let take = [
        "release",
        "attach",
        &room.number,
        &no,
        "Snow",
        "--by",
        "mia",
    ];
    room.lacquer.cli(&take).unwrap();
}

/// A zip without music is no mistake where something in it may go along; what is larger than any booklet is left, and said.
fn without_music(room: &Room) {
    read_with(
        room.place.path(),
        "mkdir words && cp Invoice.pdf 'words/The words.pdf' && cd words && zip -q ../Words.zip *",
    );
    room.drop("Words.zip", &format!("{} Words.zip", room.number));
    let no = room.no_of(1, "The words.pdf");
    assert_eq!(room.lacquer.show(&room.number)["held"], json!([]));
    room.give("detach", &json!({ "no": no }));
    read_with(room.place.path(), "truncate -s 68M large.pdf");
    room.drop("large.pdf", &format!("{} large.pdf", room.number));
    let held = until("it is left and said", PATIENCE, || {
        let order = room.lacquer.show(&room.number);
        list(&order["held"]).first().cloned()
    });
    says(
        &held.to_string(),
        &[
            "large.pdf",
            "a booklet of more than 67 MB is taken nowhere; it stays in the dropbox",
        ],
    );
    room.proposed(0);
}

/// A video has a code of its own, said on its card; never its recording's.
fn coded(room: &Room) {
    let browser = Browser::open(1280, 1500);
    browser.log_in(&room.lacquer.web, "mia", &room.password);
    let page = format!("{}/orders/{}/attachments", room.lacquer.web, room.number);
    browser.go(&page);
    let view = room.view("attachments");
    let no = &view["songs"][0]["video"]["no"];
    let form = format!("#attachment-{no} form.video-code");
    browser.type_into(&format!("{form} input[name=isrc]"), "DE-A12-26-00900");
    browser.send(&format!("{form} button"));
    let view = room.view("attachments");
    assert_eq!(view["songs"][0]["video"]["isrc"], "DEA122600900");
    let recordings = json!({ "no": no, "isrc": "DEA122600002" });
    room.lacquer
        .refused("POST", &room.path("code-video"), &room.mia, &recordings);
}

/// Everything is looked at, the record is approved, and what came in the dropbox stands in both packages.
fn delivered(room: &Room) {
    let yes = room.lacquer.approval(&room.number, &room.portal, 1);
    room.lacquer
        .must("POST", &room.path("approve"), &room.portal, &yes);
    room.lacquer.until_stage(&room.number, "archived");
    describe(room);
    coded(room);
    until("all of it is looked at", PATIENCE, || {
        let view = room.view("attachments");
        let songs = list(&view["songs"]).iter();
        let all: Vec<Value> = songs
            .map(|song| song["video"].clone())
            .chain([view["booklet"].clone()])
            .collect();
        let is_read = |one: &Value| one["read"].is_object();
        if !all.iter().all(is_read) {
            return None;
        }
        for one in &all {
            let points = list(&one["points"]).iter();
            for point in points.filter(|point| point["by"].is_null()) {
                room.give("tick", &json!({ "no": one["no"], "point": point["point"] }));
            }
        }
        let view = room.view("packages");
        let lacks = list(&view["profiles"]).iter();
        let mut lacks = lacks.filter(|one| one["name"] == "shop" || one["name"] == "visual");
        lacks
            .all(|one| one["missing"] == json!([]) && list(&one["formats"]).len() > 1)
            .then_some(())
    });
    let visual = made(room, "visual");
    for (sent, path) in [
        ("booklet.pdf", "Booklet/Booklet.pdf"),
        ("Weather/Rain.mov", "Video/01 Rain.mov"),
        ("Snow.mov", "Video/02 Snow.mov"),
    ] {
        let there = std::fs::read(visual.join(path)).unwrap();
        assert!(there == std::fs::read(room.file(sent)).unwrap(), "{path}");
    }
    let shop = made(room, "shop");
    let said = read_with(&shop, &format!("python3 -c \"{MESSAGE}\""));
    assert_eq!(
        said.trim(),
        "Video ShortFormMusicalWorkVideo resources/4006381333931_01_001.mov PT0M12S ProRes-4444 DEA122600900 Rain\n\
         Video ShortFormMusicalWorkVideo resources/4006381333931_01_002.mov PT0M12S ProRes-4444 None Snow\n\
         Text NonInteractiveBooklet resources/4006381333931_booklet.pdf None None None None"
    );
}

/// What a shop's message asks for.
fn describe(room: &Room) {
    let order = room.lacquer.show(&room.number);
    let tracks = list(&order["project"]["tracks"]);
    let songs = tracks
        .iter()
        .map(|track| (text(&track["id"]), json!({ "warning": "not_needed" })));
    let songs: serde_json::Map<String, Value> = songs.collect();
    let release = json!({ "release": {
        "kind": "ep", "artist": "Ada Example", "label": "Lacquer Records", "catalogue_no": "LAQ001", "ean": "4006381333931",
        "year": 2026, "c_owner": "Ada Example", "p_owner": "Ada Example", "language": "en", "genre": "alternative",
        "released_on": "2027-01-15", "territories": ["DE", "AT"], "songs": songs,
    }});
    room.give("describe-release", &release);
    for (track, no) in tracks.iter().zip(1..) {
        let isrc = format!("DEA12260000{no}");
        room.give(
            "mark-track",
            &json!({ "track": track["id"], "isrc": isrc, "credits": "" }),
        );
    }
    read_with(
        room.place.path(),
        "ffmpeg -v error -f lavfi -i testsrc2=size=3000x3000 -frames:v 1 front.jpg",
    );
    let cover = room.file("front.jpg");
    let words = ["release", "cover", &room.number, cover.to_str().unwrap()];
    room.lacquer.cli(&words).unwrap();
}

/// A package of a profile, taken apart.
fn made(room: &Room, profile: &str) -> PathBuf {
    room.give("packages", &json!({ "profile": profile }));
    let no = room.view("packages")["packages"][0]["no"].as_u64().unwrap();
    until("the package is made", PATIENCE, || {
        let view = room.view("packages");
        let package = list(&view["packages"]).iter();
        let package = package.clone().find(|one| one["no"] == no).unwrap();
        assert_eq!(package["failed"], Value::Null, "{package:#}");
        package["made"].is_object().then_some(())
    });
    let address = room.path(&format!("packages/{no}/files/0"));
    let got = room.lacquer.download(&address, &room.portal, None);
    assert_eq!(got.status, 200);
    let zip = room.file(&format!("{no}.zip"));
    write(&zip, &got.bytes);
    let out = room.file(profile);
    std::fs::create_dir(&out).unwrap();
    read_with(
        &out,
        &format!("python3 -m zipfile -e '{}' .", zip.display()),
    );
    out
}

#[test]
fn what_comes_in_the_dropbox_is_proposed_taken_and_delivered() {
    let room = Room::open();
    sent(&room);
    room.lacquer.until_stage(&room.number, "in_review");
    proposed(&room);
    taken(&room);
    without_music(&room);
    settled(&room);
    delivered(&room);
}
