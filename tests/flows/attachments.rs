//! A booklet, a video and a cover go along with a release: read from their own bytes, looked at by people with their names,
//! and delivered byte by byte.

use std::path::{Path, PathBuf};

use flows::browser::Browser;
use flows::clients::{send_record, venv};
use flows::desk::{list, text};
use flows::lacquer::{PATIENCE, Settings};
use flows::readers::{read_with, says};
use flows::{Lacquer, until};
use serde_json::{Value, json};

const TITLES: [&str; 2] = ["Rain", "Snow"];
const SECONDS: f64 = 12.0;

struct Room {
    lacquer: Lacquer,
    browser: Browser,
    number: String,
    portal: String,
    mia: String,
    place: tempfile::TempDir,
}

impl Room {
    /// A studio with a record of two songs, approved as it was heard.
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        // A profile of the studio's own, which wants everything that goes along.
        let profiles = place.path().join("profiles");
        std::fs::create_dir(&profiles).unwrap();
        write(
            &profiles.join("visual.toml"),
            b"title = \"Visual\"\nformats = [\"wav-24\", \"booklet\", \"video\"]\nneeds = [\"cover\", \"cover_checked\"]\nbooklet_name = \"{album}_booklet\"\n",
        );
        let own = format!("profiles = {:?}", profiles.display().to_string());
        let lacquer = Lacquer::start_with(&Settings {
            sections: vec![("deliveries", own)],
            ..Settings::default()
        });
        let password = lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Weather", &["--songs", "2"]);
        send_record(&lacquer, ("ada", &number), &TITLES, SECONDS);
        let mia = lacquer.log_in("mia");
        lacquer.until_stage(&number, "in_review");
        let browser = Browser::open(1280, 1700);
        browser.log_in(&lacquer.web, "mia", &password);
        let yes = lacquer.approval(&number, &portal, 1);
        lacquer.must("POST", &format!("/orders/{number}/approve"), &portal, &yes);
        lacquer.until_stage(&number, "archived");
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

    fn view(&self, what: &str) -> Value {
        let at = self.path(what);
        self.lacquer.must("GET", &at, &self.mia, &Value::Null)
    }

    fn at(&self, what: &str) {
        let address = format!("{}/orders/{}/{what}", self.lacquer.web, self.number);
        self.browser.go(&address);
    }

    fn run(&self, command: &str) {
        read_with(self.place.path(), command);
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// What is wanted of the visual profile.
    fn missing(&self) -> String {
        let view = self.view("packages");
        let mut all = list(&view["profiles"]).iter();
        let visual = all.find(|one| one["name"] == "visual").unwrap();
        format!("{} {}", visual["missing"], visual["formats"])
    }

    /// Waits until the newest booklet or video was read, and gives it.
    fn read(&self, what: &str) -> Value {
        until("what goes along is read", PATIENCE, || {
            let view = self.view("attachments");
            let one = match what {
                "booklet" => view["booklet"].clone(),
                title => {
                    let mut songs = list(&view["songs"]).iter();
                    songs.find(|song| song["title"] == title)?["video"].clone()
                }
            };
            one["read"].is_object().then_some(one)
        })
    }

    /// Ticks a point on the page.
    fn tick(&self, within: &str) {
        let button = format!("{within} .ticks form button.second");
        self.browser.send(&button);
    }

    fn ticks_left(&self, within: &str) -> u64 {
        let count = format!(
            "return document.querySelectorAll('{within} .ticks form button.second').length"
        );
        self.browser.script(&count).as_u64().unwrap()
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// Writes a PDF by ReportLab; `page` draws on each page.
fn booklet(room: &Room, name: &str, page: &str) -> PathBuf {
    let font = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../daemon/paper/fonts/OpenSans-Regular.ttf"
    );
    let script = format!(
        r#"
from reportlab.pdfgen import canvas
from reportlab.lib.units import mm
from reportlab.lib.colors import CMYKColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
pdfmetrics.registerFont(TTFont("Sans", "{font}"))
c = canvas.Canvas("{name}", pagesize=(280*mm, 210*mm), initialFontName="Sans")
for no in range(4):
    c.setFillColorRGB(0.1, 0.3, 0.4)
    c.rect(0, 0, 280*mm, 210*mm, fill=1)
    c.setFillGray(1)
    c.setFont("Sans", 30)
    c.drawString(30*mm, 150*mm, "Weather %d" % no)
    {page}
    c.showPage()
c.save()
"#
    );
    let done = venv("python3")
        .args(["-c", &script])
        .current_dir(room.place.path())
        .status();
    assert!(done.unwrap().success());
    room.file(name)
}

/// A booklet that breaks the rules says where; the right one takes its place and is looked at.
fn the_booklet(room: &Room) {
    let wrong = booklet(
        room,
        "wrong.pdf",
        "c.setFillColor(CMYKColor(0, 1, 1, 0)); c.setFont('Helvetica', 9); c.drawString(9, 9, 'x')",
    );
    room.at("attachments");
    room.browser.type_file("#booklet input[type=file]", &wrong);
    room.browser.send("#booklet form[enctype] button");
    let found = room.read("booklet");
    says(
        &found["read"]["findings"].to_string(),
        &[
            "Pages 1 to 4: CMYK in drawing.",
            "Pages 1 to 4: the font Helvetica does not come with the file",
        ],
    );
    room.at("attachments");
    let state = "return document.querySelector('#booklet [data-state]').dataset.state";
    assert_eq!(room.browser.script(state), "broken");
    room.browser.picture("attachments-broken.png");
    says(
        &room.missing(),
        &[
            "CMYK in drawing",
            "nobody has looked at the booklet wrong.pdf",
        ],
    );
    let right = booklet(
        room,
        "right.pdf",
        "c.linkURL('https://ada.example/', (0, 0, 90, 90))",
    );
    room.browser.type_file("#booklet input[type=file]", &right);
    room.browser.send("#booklet form[enctype] button");
    let found = room.read("booklet");
    says(
        &found["read"]["findings"].to_string(),
        &["Pages 1 to 4 link to https://ada.example/"],
    );
    room.at("attachments");
    assert_eq!(room.ticks_left("#booklet"), 4);
    for _ in 0..4 {
        room.tick("#booklet");
    }
    assert_eq!(room.browser.script(state), "ready");
    let said = room
        .browser
        .script("return document.querySelector('#booklet .ticks').textContent");
    says(
        said.as_str().unwrap(),
        &["It advertises nothing", "MIA Example"],
    );
}

/// A video 120 ms late asks; the right one is in step with what was approved.
fn the_video(room: &Room) {
    let finals = room.place.path().join("rain.wav");
    let order = room.lacquer.show(&room.number);
    let rain = text(&order["project"]["tracks"][0]["id"]);
    let at = room.path(&format!("finals/{rain}/wav24"));
    let got = room.lacquer.download(&at, &room.portal, None);
    assert_eq!(got.status, 200);
    write(&finals, &got.bytes);
    let film = "ffmpeg -v error -f lavfi -i testsrc=s=320x180:r=25:d=12 -i rain.wav";
    room.run(&format!(
        "{film} -af adelay=120:all=1 -t 12 -c:v libx264 -c:a aac late.mov"
    ));
    room.run(&format!(
        "{film} -c:v prores -c:a pcm_s24le -write_tmcd 0 rain.mov"
    ));
    room.run(&format!("{film} -c:v libx264 -c:a aac film.mp4"));
    let send = |file: &str| {
        let path = room.file(file).display().to_string();
        let words = [
            "release",
            "video",
            &room.number,
            "Rain",
            &path,
            "--by",
            "mia",
        ];
        room.lacquer.cli(&words).unwrap();
        let found = room.read("Rain");
        assert_eq!(found["file_name"], file);
        found
    };
    let found = send("film.mp4");
    says(
        &found["read"]["findings"].to_string(),
        &["This is an MP4", "renaming it is not enough"],
    );
    let found = send("late.mov");
    let said = found["read"]["findings"].to_string();
    says(
        &said,
        &["begins 120 ms later in the film than by itself (3.0 frames)"],
    );
    let found = send("rain.mov");
    let said = found["read"]["findings"].to_string();
    says(
        &said,
        &[
            "Its sound is the approved master of \u{201c}Rain\u{201d}, 0 ms beside it, 0 ms at its end.",
        ],
    );
    assert!(!said.contains("\"ask\""), "{said}");
    says(
        found["told"].as_str().unwrap(),
        &[
            "ProRes",
            "320 × 180 at 25 a second",
            "PCM 48 kHz in 2 channels",
        ],
    );
    room.at("attachments");
    let no = found["no"].as_u64().unwrap();
    for _ in 0..5 {
        room.tick(&format!("#attachment-{no}"));
    }
}

/// The cover is looked at in the portal, on a phone; another one is looked at anew.
fn the_cover(room: &Room) {
    room.run("ffmpeg -v error -f lavfi -i testsrc2=size=3000x3000 -frames:v 1 front.jpg");
    room.run(
        "ffmpeg -v error -f lavfi -i testsrc2=size=3000x3000 -frames:v 1 -pix_fmt rgb48be deep.png",
    );
    let cover = |file: &str| {
        let path = room.file(file).display().to_string();
        room.lacquer
            .cli(&["release", "cover", &room.number, &path])
            .unwrap();
    };
    cover("deep.png");
    let view = room.view("attachments");
    says(
        &view["cover"]["findings"].to_string(),
        &["the cover has 16 bits a colour; save it with 8"],
    );
    cover("front.jpg");
    room.browser.be_as_small_as(390, 900);
    let portal = format!("{}/p/{}/attachments", room.lacquer.web, room.portal);
    room.browser.go(&portal);
    for left in (1..=4).rev() {
        assert_eq!(room.ticks_left("#cover"), left);
        room.tick("#cover");
    }
    room.browser.fits();
    room.browser.picture("attachments-phone.png");
    room.browser.be_as_small_as(1280, 1700);
    room.at("attachments");
    room.browser.picture("attachments.png");
    let shown = room
        .lacquer
        .cli(&["release", "attachments", &room.number])
        .unwrap();
    says(
        &shown,
        &["Cover: front.jpg", "Booklet: right.pdf", "Rain: rain.mov"],
    );
}

/// All of it is delivered as it was sent, beside the sound that was approved.
fn delivered(room: &Room) {
    says(&format!("{}.", room.missing()), &["[]"]);
    room.at("deliveries");
    room.browser.send("#profile-visual button[type=submit]");
    let files = until("the package is made", PATIENCE, || {
        let view = room.view("packages");
        let package = &view["packages"][0];
        assert_eq!(package["failed"], Value::Null, "{package:#}");
        package["made"]["files"].as_array().cloned()
    });
    for (sent, path) in [
        ("right.pdf", "Booklet/Weather_booklet.pdf"),
        ("rain.mov", "Video/01 Rain.mov"),
    ] {
        let place = files.iter().position(|one| one["path"] == path);
        let place = place.unwrap_or_else(|| panic!("{path}: {files:#?}")) + 1;
        let at = room.path(&format!("packages/1/files/{place}"));
        let got = room.lacquer.download(&at, &room.portal, None);
        assert!(
            got.bytes == std::fs::read(room.file(sent)).unwrap(),
            "{path} is what was sent"
        );
    }
    let point = json!({ "point": "no_advertising" });
    let again = room
        .lacquer
        .refused("POST", &room.path("tick"), &room.mia, &point);
    assert_eq!(again, 409, "somebody has said it");
    room.run("ffmpeg -v error -f lavfi -i testsrc=size=3000x3000 -frames:v 1 other.jpg");
    let other = room.file("other.jpg").display().to_string();
    room.lacquer
        .cli(&["release", "cover", &room.number, &other])
        .unwrap();
    says(&room.missing(), &["that somebody looked at the cover"]);
}

#[test]
fn what_goes_along_is_read_looked_at_and_delivered() {
    let room = Room::open();
    the_booklet(&room);
    the_video(&room);
    the_cover(&room);
    delivered(&room);
}
