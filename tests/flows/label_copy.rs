//! Lists of titles, codes and credits, as labels and clients send them: in the dropbox, in the zip, by the page; and what is
//! entered of them by choice.

use std::path::{Path, PathBuf};

use flows::browser::Browser;
use flows::clients::{Ftp, run, send_record, venv};
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::readers::{read_with, says};
use flows::{Lacquer, until};
use serde_json::{Value, json};

const TITLES: [&str; 3] = ["Rain", "Snow", "Hail"];

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
        let lacquer = Lacquer::start();
        let password = lacquer.add_staff("mia");
        lacquer.add_client("ada", "");
        let (number, portal) = lacquer.order("ada", "Weather", &["--songs", "3"]);
        let mia = lacquer.log_in("mia");
        Self {
            lacquer,
            number,
            portal,
            mia,
            password,
            place: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, what: &str) -> String {
        format!("/orders/{}/{what}", self.number)
    }

    fn release(&self) -> Value {
        self.lacquer
            .must("GET", &self.path("release"), &self.portal, &Value::Null)
    }

    /// Waits until so many lists came, and gives the newest.
    fn newest(&self, count: usize) -> Value {
        until("the list came", PATIENCE, || {
            let view = self.release();
            let copies = list(&view["label_copies"]);
            (copies.len() == count).then(|| copies[0].clone())
        })
    }

    /// Writes a file by a program of others, and gives where it lies.
    fn written(&self, name: &str, script: &str) -> PathBuf {
        let path = self.place.path().join(name);
        run(venv("python3").args(["-c", script]).arg(&path));
        path
    }

    /// Titles and codes.
    fn songs(&self) -> Vec<String> {
        let view = self.release();
        let songs = list(&view["songs"]).iter();
        let line = |song: &Value| format!("{} {}", text(&song["title"]), text(&song["isrc"]));
        songs.map(line).collect()
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// The proposals of a list, a line each: what they are of, what of it, and what it would be.
fn proposed(copy: &Value) -> Vec<String> {
    let proposed = list(&copy["laid"]["proposed"]).iter();
    let line = |one: &Value| {
        let words = ["about", "what", "then"].map(|name| text(&one[name]));
        let mark = if one["is_likely"] == true { "x" } else { " " };
        format!("[{mark}] {}", words.join(" | "))
    };
    proposed.map(line).collect()
}

#[track_caller]
fn holds(all: &[String], lines: &[&str]) {
    for line in lines {
        assert!(all.iter().any(|one| one == line), "{line} in {all:#?}");
    }
}

/// A table with German heads, as a spreadsheet program on Windows writes it.
const TABLE: &str = "import csv, sys
out = csv.writer(open(sys.argv[1], 'w', encoding='cp1252', newline=''), delimiter=';')
out.writerows([
    ['Label', 'Lacquer Records'], ['(P)', '2026 M\u{fc}ller'], [],
    ['Nr.', 'Titel', 'ISRC', 'Komponist', 'Text', 'Explizit', 'Sprache'],
    ['1', 'RAIN', 'DE-A12-26-00001', 'J\u{f6}rg M\u{fc}ller', 'Bo Worte', 'nein', 'Deutsch'],
    ['2', 'Snow', 'dea122600002', 'J\u{f6}rg M\u{fc}ller', '', 'ja', 'Klingon'],
    ['3', 'Hail', 'DE-A12-26-0003', 'Bo Worte / J\u{f6}rg M\u{fc}ller', '', '', ''],
    ['4', 'Fog', 'DE-A12-26-00004', '', '', '', '']])";

/// A spreadsheet that knows the songs by their numbers alone.
const SPREADSHEET: &str = "import openpyxl, sys
book = openpyxl.Workbook()
sheet = book.active
for row in [['Track', 'ISRC', 'Producer'], [1, 'DE-A12-26-00001', 'Cy Board'], [2, 'DE-A12-26-00002'], [3, 'DE-A12-26-00003']]:
    sheet.append(row)
book.save(sys.argv[1])";

const NOTE: &str = "Weather

UPC: 4006381333931

1. Rain (0:06) ISRC: DE-A12-26-00001
   Music by: Ada Example
2. Snow
   DEA122600002
3. Hail
";

#[test]
fn a_list_in_the_dropbox_is_entered_by_choice() {
    let room = Room::open();
    let csv = room.written("Label copy.csv", TABLE);
    let letter = room.place.path().join("Hello.txt");
    write(
        &letter,
        b"Here are the mixes, the second one is a bit loud.\n",
    );
    let ftp = Ftp::of(&room.lacquer, "ada");
    ftp.put(&letter, &format!("{} Hello.txt", room.number));
    ftp.put(&csv, &format!("{} Label copy.csv", room.number));
    // It may come before the mixes: then it waits for its songs.
    let early = room.newest(1);
    says(
        &early["laid"]["told"].to_string(),
        &["row 5: no song of this order is called", "RAIN"],
    );
    send_record(&room.lacquer, ("ada", &room.number), &TITLES, 6.0);
    room.lacquer.until_stage(&room.number, "in_review");

    let copy = room.newest(1);
    holds(
        &proposed(&copy),
        &[
            "[x]  | Label | Lacquer Records",
            "[x]  | (P) line | M\u{fc}ller",
            "[x]  | Year | 2026",
            "[x] Rain | Title | RAIN",
            "[x] Rain | ISRC | DEA122600001",
            "[x] Rain | Its words | are not explicit",
            "[x] Rain | Language that is sung | de",
            "[x] Hail | Composer | Bo Worte; J\u{f6}rg M\u{fc}ller",
        ],
    );
    says(
        &copy["laid"]["told"].to_string(),
        &[
            "row 6: \u{201c}Klingon\u{201d} is no language",
            "row 7: \u{201c}DE-A12-26-0003\u{201d} is no ISRC",
            "row 8: no song of this order is called \u{201c}Fog\u{201d}",
        ],
    );
    chosen_on_the_page(&room);
    assert_eq!(
        room.songs(),
        ["Rain DEA122600001", "Snow DEA122600002", "Hail "]
    );
    let view = room.release();
    assert_eq!(view["release"]["p_owner"], "M\u{fc}ller");
    assert_eq!(view["label_copies"][0]["settled"]["is_entered"], true);
    assert_eq!(list(&view["label_copies"]).len(), 1, "a letter is none");
    let first = list(&view["songs"])[0]["track"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        view["release"]["songs"][&first]["composer"],
        "J\u{f6}rg M\u{fc}ller"
    );
}

/// The client unticks a spelling, enters the rest, and brings a second list by the page's form.
fn chosen_on_the_page(room: &Room) {
    let browser = Browser::open(1280, 1500);
    browser.go(&format!("{}/p/{}/release", room.lacquer.web, room.portal));
    browser.until(
        "the list is shown",
        "return document.querySelector('#label-copy-1') !== null",
    );
    browser.picture("label-copy.png");
    browser.click("input[aria-label='Title of Rain']");
    browser.send("#label-copy-1 button[value=enter]");
    let told = browser.script("return document.querySelector('#label-copy').textContent");
    says(
        told.as_str().unwrap(),
        &["Label copy.csv", "entered what was chosen of it"],
    );
    browser.be_as_small_as(390, 844);
    browser.fits();
}

#[test]
fn lists_come_in_a_zip_by_the_page_and_by_the_command_line() {
    let room = Room::open();
    let mixes = room.place.path().join("mixes");
    std::fs::create_dir(&mixes).unwrap();
    for (title, key) in TITLES.iter().zip(0..) {
        let song = flows::mixes::Song {
            seconds: 6.0,
            key,
            ..Default::default()
        };
        song.write(&mixes.join(format!("{:02}. {title}.wav", key + 1)));
    }
    write(&mixes.join("Credits.txt"), NOTE.as_bytes());
    read_with(&mixes, "zip -q ../Weather.zip *");
    let ftp = Ftp::of(&room.lacquer, "ada");
    ftp.put(
        &room.place.path().join("Weather.zip"),
        &format!("{} Weather.zip", room.number),
    );
    room.lacquer.until_stage(&room.number, "in_review");
    let note = room.newest(1);
    assert_eq!(note["file_name"], "Credits.txt");
    holds(
        &proposed(&note),
        &[
            "[x]  | EAN | 4006381333931",
            "[x] Snow | ISRC | DEA122600002",
        ],
    );
    chosen_by_the_api(&room, &note);
    by_the_command_line(&room);
    refused_by_the_page(&room);
}

fn chosen_by_the_api(room: &Room, note: &Value) {
    // Whoever chose by what is not so any more is asked to look again.
    let key = |copy: &Value, what: &str| {
        let mut all = list(&copy["laid"]["proposed"]).iter();
        text(&all.find(|one| one["what"] == what).unwrap()["key"])
    };
    let choose = |take: &Value, seq: u64| json!({ "no": 1, "take": take, "seq": seq });
    let seen = room.release()["seq"].as_u64().unwrap();
    let path = room.path("choose-of-label-copy");
    let take = json!([key(note, "EAN")]);
    assert_eq!(
        room.lacquer
            .refused("POST", &path, &room.mia, &choose(&take, seen - 1)),
        409
    );
    assert_eq!(
        room.lacquer.refused(
            "POST",
            &path,
            &room.mia,
            &choose(&json!(["release.luck"]), seen)
        ),
        422
    );
    room.lacquer
        .must("POST", &path, &room.mia, &choose(&take, seen));
    assert_eq!(room.release()["release"]["ean"], "4006381333931");
}

/// A spreadsheet as others write it; what is known by a number alone is named by whoever enters it.
fn by_the_command_line(room: &Room) {
    let xlsx = room.written("codes.xlsx", SPREADSHEET);
    let cli = |words: &[&str]| room.lacquer.cli(words).unwrap();
    cli(&["release", "read", &room.number, xlsx.to_str().unwrap()]);
    let shown = cli(&["release", "show", &room.number]);
    says(
        &shown,
        &[
            "list 2: codes.xlsx",
            "Hail, ISRC: nobody has said -> DEA122600003",
        ],
    );
    let by_number = room
        .lacquer
        .cli(&["release", "enter", &room.number, "2"])
        .unwrap_err();
    assert!(
        by_number.contains("--take"),
        "what is known by a number alone is named: {by_number}"
    );
    let sheet = room.newest(2);
    let keys: Vec<String> = list(&sheet["laid"]["proposed"])
        .iter()
        .map(|one| text(&one["key"]))
        .collect();
    let mut words = vec!["release", "enter", &room.number, "2"];
    for key in &keys {
        words.extend(["--take", key]);
    }
    cli(&words);
    let coded = [
        "Rain DEA122600001",
        "Snow DEA122600002",
        "Hail DEA122600003",
    ];
    assert_eq!(room.songs(), coded);
}

/// What says nothing is refused in words, and a list may be set aside.
fn refused_by_the_page(room: &Room) {
    let browser = Browser::open(1280, 1500);
    browser.log_in(&room.lacquer.web, "mia", &room.password);
    browser.go(&format!(
        "{}/orders/{}/release",
        room.lacquer.web, room.number
    ));
    let send = |file: &Path| {
        browser.type_file("#label-copy input[type=file]", file);
        browser.send("#label-copy form button[type=submit]");
    };
    let letter = room.place.path().join("Hello.txt");
    write(&letter, b"See you on Monday.\n");
    send(&letter);
    let said = browser.script("return document.querySelector('.refusal').textContent");
    says(
        said.as_str().unwrap(),
        &["No titles, codes or credits were found in it", "ISRCs"],
    );
    let more = room.place.path().join("more.csv");
    write(&more, b"Title,Arranger\nRain,Dee Score\n");
    send(&more);
    browser.send("#label-copy-3 button[value=aside]");
    let view = room.release();
    assert_eq!(view["label_copies"][0]["settled"]["is_entered"], false);
    let arranged = view["release"]["songs"].to_string().contains("Dee Score");
    assert!(!arranged, "nothing of it was entered");
}
