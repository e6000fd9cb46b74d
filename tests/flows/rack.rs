//! The rack by the command line: units and chains from their files, a recall sheet filled in at the rack.

use std::path::{Path, PathBuf};
use std::process::Command;

use flows::Lacquer;
use flows::browser::Browser;
use flows::clients::{Ftp, run};
use flows::mixes::Song;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../config/rack/{name}.toml"))
}

/// An order in review whose first revision has a sheet through the example's chain.
fn begun(lacquer: &Lacquer) -> String {
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Through Iron", &["--songs", "1"]);
    let place = tempfile::tempdir().unwrap();
    let mix = place.path().join("Iron.wav");
    Song {
        seconds: 3.0,
        ..Song::default()
    }
    .write(&mix);
    Ftp::of(lacquer, "ada").put(&mix, &format!("{number} Iron.wav"));
    lacquer.until_stage(&number, "in_review");
    for (verb, id, file) in [
        ("save-unit", "vari_mu", "unit"),
        ("save-chain", "glue", "chain"),
    ] {
        let file = example(file);
        lacquer
            .cli(&["rack", verb, id, file.to_str().unwrap()])
            .unwrap();
    }
    let words = ["rack", "sheet", "begin", &number, "1", "glue"];
    lacquer.cli(&words).unwrap();
    number
}

/// A photograph by somebody else's program, with what a camera writes beside it.
fn photograph(place: &Path) -> PathBuf {
    let taken = place.join("panel.jpg");
    let words =
        "-v error -f lavfi -i testsrc=size=4000x3000 -frames:v 1 -metadata comment=SecretPlace";
    run(Command::new("ffmpeg").args(words.split(' ')).arg(&taken));
    taken
}

/// What is kept of it, fetched and read by others' programs.
fn is_the_picture(lacquer: &Lacquer, token: &str, address: &str) {
    let place = tempfile::tempdir().unwrap();
    let shown = place.path().join("shown.jpg");
    let bearer = format!("Authorization: Bearer {token}");
    let url = format!("{}/api/v1{address}", lacquer.web);
    let mut curl = Command::new("curl");
    run(curl
        .args(["-sS", "-f", "-H", &bearer, "-o"])
        .args([shown.as_os_str(), url.as_ref()]));
    let words = "-v error -show_entries stream=codec_name,width,height -of csv=p=0";
    let mut probe = Command::new("ffprobe");
    let told = run(probe.args(words.split(' ')).arg(&shown));
    assert_eq!(told.trim(), "mjpeg,2400,1800");
    let bytes = std::fs::read(&shown).unwrap();
    assert!(!bytes.windows(11).any(|part| part == b"SecretPlace"));
}

/// Somebody else's pictures go onto the sheet, and somebody else's reader reads what is kept.
#[test]
fn a_photograph_stands_on_the_sheet_as_a_picture_alone() {
    let lacquer = Lacquer::start();
    let number = begun(&lacquer);
    let place = tempfile::tempdir().unwrap();
    let taken = photograph(place.path());
    let put = |file: &Path| {
        let file = file.to_str().unwrap();
        lacquer.cli(&[
            "rack",
            "sheet",
            "photograph",
            &number,
            "1",
            "vari_mu",
            file,
            "--caption",
            "The panel",
        ])
    };
    let sheet = put(&taken).unwrap();
    assert!(sheet.contains("The panel"), "{sheet}");
    let none = put(&example("unit")).unwrap_err();
    assert!(
        none.contains("this is no photograph; send a JPEG or PNG"),
        "{none}"
    );

    lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let address = format!("/orders/{number}/recall/1");
    let view = lacquer.must("GET", &address, &sam, &serde_json::Value::Null);
    let kept = &view["sheet"]["units"][0]["photographs"][0];
    assert_eq!(kept["caption"], "The panel");
    let object = kept["object"].as_str().unwrap();
    is_the_picture(&lacquer, &sam, &format!("{address}/photographs/{object}"));
    let gone = serde_json::json!({ "unit": "vari_mu", "photograph": object });
    let after = lacquer.must("POST", &format!("{address}/take-away"), &sam, &gone);
    assert_eq!(after["sheet"]["units"][0].get("photographs"), None);
}

#[test]
fn a_unit_and_its_sheet_are_photographed_from_their_pages() {
    let lacquer = Lacquer::start();
    let number = begun(&lacquer);
    let password = lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let place = tempfile::tempdir().unwrap();
    let taken = photograph(place.path());
    let photographs = |version: usize| {
        let pages = lacquer.json(&["rack", "unit", "vari_mu", "--json"]);
        assert_eq!(pages[0]["version"], version);
        pages[0]["page"]["photographs"].clone()
    };
    let put = |file: &Path, caption: &str| {
        let file = file.to_str().unwrap();
        let words = ["rack", "photograph", "vari_mu", file, "--caption", caption];
        lacquer.cli(&words)
    };
    put(&taken, "The panel").unwrap();
    let none = put(&example("unit"), "").unwrap_err();
    assert!(none.contains("this is no photograph"), "{none}");
    let kept = photographs(2);
    assert_eq!(kept[0]["caption"], "The panel");
    let object = kept[0]["object"].as_str().unwrap();
    let address = format!("/rack/units/vari_mu/photographs/{object}");
    is_the_picture(&lacquer, &sam, &address);

    let browser = Browser::open(412, 900);
    browser.log_in(&lacquer.web, "sam", &password);
    // From the sheet, at the rack: with what it shows.
    browser.go(&format!("{}/orders/{number}/recall/1", lacquer.web));
    let form = "form[action$='/photographs']";
    browser.type_into(&format!("{form} [name=caption]"), "As it stood");
    browser.type_file(&format!("{form} [type=file]"), &taken);
    browser.send(&format!("{form} button"));
    let sheet = lacquer.json(&["rack", "sheet", "show", &number, "1", "--json"]);
    let on_sheet = &sheet["sheet"]["units"][0]["photographs"][0];
    assert_eq!(on_sheet["caption"], "As it stood");
    // From the unit's page: the same picture stands there once, with its newest words.
    browser.go(&format!("{}/rack/units/vari_mu", lacquer.web));
    browser.type_into("#photograph-form [name=caption]", "All of it");
    browser.type_file("#photograph-form [type=file]", &taken);
    browser.send("#photograph-form button");
    let kept = photographs(3);
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!(kept[0]["caption"], "All of it");
    let drawn = "const one = document.querySelector('figure.shot img'); return one.complete && one.naturalWidth === 2400;";
    browser.until("the picture is drawn", drawn);
    browser.picture("unit.png");
    browser.send("form[action$='/take-away'] button");
    assert_eq!(photographs(4), serde_json::Value::Null);
    // An earlier version still shows it.
    is_the_picture(&lacquer, &sam, &address);
}

#[test]
fn a_revision_s_setting_is_noted_and_comes_back() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Through Iron", &["--songs", "1"]);
    let place = tempfile::tempdir().unwrap();
    let mix = place.path().join("Iron.wav");
    Song {
        seconds: 3.0,
        ..Song::default()
    }
    .write(&mix);
    Ftp::of(&lacquer, "ada").put(&mix, &format!("{number} Iron.wav"));
    lacquer.until_stage(&number, "in_review");

    let [unit, chain] = ["unit", "chain"].map(example);
    let [unit, chain] = [unit.to_str().unwrap(), chain.to_str().unwrap()];
    let early = lacquer
        .cli(&["rack", "save-chain", "glue", chain])
        .unwrap_err();
    assert!(early.contains("no unit \"vari_mu\""), "{early}");
    let said = lacquer
        .cli(&["rack", "save-unit", "vari_mu", unit])
        .unwrap();
    assert!(said.contains("vari_mu: version 1 is kept"), "{said}");
    // Its base is looked up: a second time is the next version.
    let said = lacquer
        .cli(&["rack", "save-unit", "vari_mu", unit])
        .unwrap();
    assert!(said.contains("version 2"), "{said}");
    lacquer.cli(&["rack", "save-chain", "glue", chain]).unwrap();
    assert!(lacquer.cli(&["rack", "units"]).unwrap().contains("Vari-Mu"));
    let file = lacquer.cli(&["rack", "chain", "glue"]).unwrap();
    assert!(file.contains("leg = \"patch\""), "{file}");

    let sheet = |words: &[&str]| {
        let mut all = vec!["rack", "sheet", words[0], &number, "1"];
        all.extend(&words[1..]);
        lacquer.cli(&all)
    };
    assert!(sheet(&["show"]).is_err(), "nobody has begun it");
    let begun = sheet(&["begin", "glue"]).unwrap();
    assert!(begun.contains("to be noted: vari_mu, Recovery"), "{begun}");
    let wrong = sheet(&["set", "vari_mu", "Recovery", "1 s"]).unwrap_err();
    assert!(wrong.contains("0.2 s, 0.4 s"), "{wrong}");
    for (control, setting) in [
        ("Threshold", "4.25"),
        ("Recovery", "4 s"),
        ("Mode", "compress"),
    ] {
        sheet(&["set", "vari_mu", control, setting]).unwrap();
    }
    sheet(&["note", "the left meter sticks", "--unit", "vari_mu"]).unwrap();
    let done = sheet(&["patched", "1"]).unwrap();
    assert!(!done.contains("to be"), "{done}");
    assert!(done.contains("the left meter sticks"), "{done}");
    let song = lacquer.show(&number)["project"]["tracks"][0]["id"].clone();
    sheet(&["trim", song.as_str().unwrap(), "-1.5", "0.5"]).unwrap();
    let way = sheet(&["walk"]).unwrap();
    let lines: Vec<&str> = way.lines().collect();
    assert_eq!(lines.len(), 6, "{way}");
    assert!(lines[0].contains("warm up vari_mu for 30 minutes"), "{way}");
    assert!(lines[5].contains("measure glue"), "{way}");
    let stands = sheet(&["walk", "--from", "1"]).unwrap();
    assert_eq!(
        stands.lines().count(),
        3,
        "all stands as it should: {stands}"
    );
    let same = sheet(&["compare", "1"]).unwrap();
    assert!(same.contains("nothing stands differently"), "{same}");
}

#[test]
fn a_unit_keeps_what_was_measured_of_it_and_is_judged_by_it() {
    let lacquer = Lacquer::start();
    let unit = example("unit");
    let nobody = lacquer
        .cli(&["insert", "measure", "--unit", "vari_mu", "--loopback", ""])
        .unwrap_err();
    assert!(
        nobody.contains("unit vari_mu could not be looked up"),
        "{nobody}"
    );
    lacquer
        .cli(&["rack", "save-unit", "vari_mu", unit.to_str().unwrap()])
        .unwrap();
    let insert = |verb: &str, gear: &str| {
        let words = [
            "insert",
            verb,
            "--unit",
            "vari_mu",
            "--loopback",
            gear,
            "--json",
        ];
        lacquer.cli(&words)
    };
    let found = lacquer.json(&[
        "insert",
        "measure",
        "--unit",
        "vari_mu",
        "--loopback",
        "delay=300,noise=-90",
        "--form",
        "short",
        "--json",
    ]);
    // The rack knows its levels, so the gain is told between its own plugs too.
    let path = &found["measurement"]["channels"][0]["path"];
    assert!(path["gain_dbu"].is_number(), "{path}");
    insert("certify", "delay=300,noise=-90,seed=2").unwrap();
    let turned = insert("certify", "delay=300,gain=-0.5,noise=-90,seed=3").unwrap();
    assert!(turned.contains("\"holds\": false"), "{turned}");

    // What it was judged by, and how, stays with it; what did not hold judges nobody.
    lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let kept = lacquer.must(
        "GET",
        "/rack/units/vari_mu/measurements",
        &sam,
        &serde_json::Value::Null,
    );
    let may_print: Vec<bool> = kept
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["objections"].as_array().unwrap().is_empty())
        .collect();
    assert_eq!(may_print, [false, true, true]);
    let said = kept[0]["objections"][0].as_str().unwrap();
    assert!(
        said.contains("the gain of channel 1 is -0.50 dB and was"),
        "{said}"
    );
    assert_eq!(kept[0]["by"], "the administrator");
    insert("certify", "delay=300,noise=-90,seed=4").unwrap();
    let other = insert("measure", "channels=1,delay=300").unwrap_err();
    assert!(
        other.contains("has 2 channels in the rack and 1 were measured"),
        "{other}"
    );
}
