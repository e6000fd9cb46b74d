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

    fn songs(&self) -> Vec<(String, String)> {
        let view = self.release();
        let songs = list(&view["songs"]).iter();
        songs
            .map(|song| (text(&song["title"]), text(&song["isrc"])))
            .collect()
    }
}

fn write(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// The proposals of a list: what they are of, what of it, and what it would be.
fn proposed(copy: &Value) -> Vec<(String, String, String, bool)> {
    let proposed = list(&copy["laid"]["proposed"]).iter();
    let proposed = proposed.map(|one| {
        let is_likely = one["is_likely"] == true;
        (
            text(&one["about"]),
            text(&one["what"]),
            text(&one["then"]),
            is_likely,
        )
    });
    proposed.collect()
}

#[test]
fn a_list_in_the_dropbox_is_entered_by_choice() {
    let room = Room::open();
    let csv = room.written(
        "Label copy.csv",
        "import csv, sys\n\
         out = csv.writer(open(sys.argv[1], 'w', encoding='cp1252', newline=''), delimiter=';')\n\
         out.writerows([\n\
           ['Label', 'Lacquer Records'], ['(P)', '2026 M\u{fc}ller'], [],\n\
           ['Nr.', 'Titel', 'ISRC', 'Komponist', 'Text', 'Explizit', 'Sprache'],\n\
           ['1', 'RAIN', 'DE-A12-26-00001', 'J\u{f6}rg M\u{fc}ller', 'Bo Worte', 'nein', 'Deutsch'],\n\
           ['2', 'Snow', 'dea122600002', 'J\u{f6}rg M\u{fc}ller', '', 'ja', 'Klingon'],\n\
           ['3', 'Hail', 'DE-A12-26-0003', 'Bo Worte / J\u{f6}rg M\u{fc}ller', '', '', ''],\n\
           ['4', 'Fog', 'DE-A12-26-00004', '', '', '', '']])",
    );
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
    let all = proposed(&copy);
    let holds = |about: &str, what: &str, then: &str, is_likely: bool| {
        let one = (
            about.to_owned(),
            what.to_owned(),
            then.to_owned(),
            is_likely,
        );
        assert!(all.contains(&one), "{one:?} in {all:#?}");
    };
    holds("", "Label", "Lacquer Records", true);
    holds("", "(P) line", "M\u{fc}ller", true);
    holds("", "Year", "2026", true);
    holds("Rain", "Title", "RAIN", true);
    holds("Rain", "ISRC", "DEA122600001", true);
    holds("Rain", "Its words", "are not explicit", true);
    holds("Rain", "Language that is sung", "de", true);
    holds("Hail", "Composer", "Bo Worte; J\u{f6}rg M\u{fc}ller", true);
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
        [
            ("Rain", "DEA122600001"),
            ("Snow", "DEA122600002"),
            ("Hail", "")
        ]
        .map(|(title, isrc)| (title.to_owned(), isrc.to_owned()))
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
    write(
        &mixes.join("Credits.txt"),
        "Weather\n\nUPC: 4006381333931\n\n1. Rain (0:06) ISRC: DE-A12-26-00001\n   Music by: Ada Example\n2. Snow\n   DEA122600002\n3. Hail\n".as_bytes(),
    );
    read_with(&mixes, "zip -q ../Weather.zip *");
    let ftp = Ftp::of(&room.lacquer, "ada");
    ftp.put(
        &room.place.path().join("Weather.zip"),
        &format!("{} Weather.zip", room.number),
    );
    room.lacquer.until_stage(&room.number, "in_review");
    let note = room.newest(1);
    assert_eq!(note["file_name"], "Credits.txt");
    let all = proposed(&note);
    assert!(
        all.contains(&("".into(), "EAN".into(), "4006381333931".into(), true)),
        "{all:#?}"
    );
    assert!(
        all.contains(&("Snow".into(), "ISRC".into(), "DEA122600002".into(), true)),
        "{all:#?}"
    );
    // Whoever chose by what is not so any more is asked to look again.
    let key = |copy: &Value, what: &str| {
        let mut all = list(&copy["laid"]["proposed"]).iter();
        text(&all.find(|one| one["what"] == what).unwrap()["key"])
    };
    let choose = |take: &Value, seq: u64| json!({ "no": 1, "take": take, "seq": seq });
    let seen = room.release()["seq"].as_u64().unwrap();
    let path = room.path("choose-of-label-copy");
    let take = json!([key(&note, "EAN")]);
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

    // A spreadsheet as others write it, by the command line; its songs are known by their numbers alone.
    let xlsx = room.written(
        "codes.xlsx",
        "import openpyxl, sys\n\
         book = openpyxl.Workbook()\n\
         sheet = book.active\n\
         for row in [['Track', 'ISRC', 'Producer'], [1, 'DE-A12-26-00001', 'Cy Board'], [2, 'DE-A12-26-00002', None], [3, 'DE-A12-26-00003', None]]:\n\
         \x20   sheet.append(row)\n\
         book.save(sys.argv[1])",
    );
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
    let isrcs: Vec<String> = room.songs().into_iter().map(|(_, isrc)| isrc).collect();
    assert_eq!(isrcs, ["DEA122600001", "DEA122600002", "DEA122600003"]);
    refused_by_the_page(&room);
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
