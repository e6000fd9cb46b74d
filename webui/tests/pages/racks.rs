//! The rack's units and chains, and the recall sheet of a revision.

use axum::http::Method;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::house::in_a_house;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a unit and a chain are saved as they are read, and every version stays",
        pages,
    ),
    (
        "a unit is filled in without knowing how its file is written",
        form,
    ),
    (
        "a recall sheet is filled in at the rack, compared, and walked back to",
        sheet,
    ),
];

const UNIT: &str = include_str!("../../../config/rack/unit.toml");
const CHAIN: &str = include_str!("../../../config/rack/chain.toml");

async fn save(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text());
    browser.send(&page, path, fields).await
}

/// Saves the example unit and the example chain through it.
pub(crate) async fn furnish(staff: &mut Browser) {
    let unit = [("base", "0"), ("id", "vari_mu"), ("toml", UNIT)];
    let saved = save(staff, "/rack/units/new", &unit).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let chain = [("base", "0"), ("id", "glue"), ("toml", CHAIN)];
    let saved = save(staff, "/rack/chains/new", &chain).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

/// What a unit says as a file, on its page.
async fn as_file(staff: &mut Browser) -> String {
    let page = staff.get("/rack/units/opto").await.text();
    let (_, from) = page.split_once("name=\"toml\"").unwrap();
    let (_, file) = from.split_once('>').unwrap();
    let (file, _) = file.split_once("</textarea>").unwrap();
    file.replace("&#34;", "\"")
}

/// What an engineer fills in, with a slip of the pen.
const FILLED: [(&str, &str); 16] = [
    ("base", "0"),
    ("id", "opto"),
    ("name", "Opto"),
    ("layout", "stereo"),
    ("warm_up_minutes", "20"),
    ("send_0", "system:playback_3"),
    ("return_0", "system:capture_3"),
    ("send_1", "system:playback_4"),
    ("return_1", "system:capture_4"),
    ("return_server", "capture"),
    ("control_name_0", "Gain"),
    ("control_kind_0", "continuous"),
    ("control_choices_0", "loud"),
    ("since", "2026-03-01"),
    ("send_dbu", "18"),
    ("return_dbu", "18,5"),
];

fn form() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let refused = save(&mut staff, "/rack/units/new", &FILLED).await;
        assert_eq!(refused.status, 422);
        let said = refused.text();
        assert!(said.contains("such as 0 to 10 dB"), "{said}");
        assert!(
            said.contains("value=\"loud\"") && said.contains("value=\"18,5\""),
            "{said}"
        );
        let right = FILLED.map(|(name, value)| match name {
            "control_choices_0" => (name, "0 to 10 dB"),
            _ => (name, value),
        });
        let saved = save(&mut staff, "/rack/units/new", &right).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let first = as_file(&mut staff).await;
        for line in [
            "return_server = \"capture\"",
            "return_dbu = 18.5",
            "unit = \"dB\"",
            "channel = 2",
        ] {
            assert!(first.contains(line), "{line}: {first}");
        }
        // Another hand adds MIDI in the file; the form renames the control, and MIDI stays.
        let with_midi = first.replace(
            "name = \"Gain\"\n",
            "name = \"Gain\"\nmidi = { message = \"control_change\", channel = 1, controller = 7, from = 0, to = 127 }\n",
        );
        let fields = [("base", "1"), ("toml", with_midi.as_str())];
        let saved = save(&mut staff, "/rack/units/opto", &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let again = right.map(|(name, value)| match name {
            "base" => (name, "2"),
            "control_name_0" => (name, "Make-up"),
            "send_dbu" | "return_dbu" => (name, ""),
            _ => (name, value),
        });
        let mut again = again.to_vec();
        again.push(("control_was_0", "Gain"));
        let saved = save(&mut staff, "/rack/units/opto", &again).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let third = as_file(&mut staff).await;
        assert!(
            third.contains("name = \"Make-up\"") && third.contains("controller = 7"),
            "{third}"
        );
        assert_eq!(
            third.matches("return_dbu = 18.5").count(),
            2,
            "levels stay: {third}"
        );
    });
}

fn pages() {
    in_a_house(|house| async move {
        let mut staff = house.staff().await;
        let chain = [("base", "0"), ("id", "glue"), ("toml", CHAIN)];
        let early = save(&mut staff, "/rack/chains/new", &chain).await;
        assert_eq!(early.status, 422);
        let said = early.text();
        assert!(
            said.contains("no unit &#34;vari_mu&#34; here") || said.contains("no unit"),
            "{said}"
        );
        assert!(
            said.contains("held together, gently"),
            "what was written stays"
        );
        furnish(&mut staff).await;
        let rack = staff.get("/rack").await.text();
        for word in ["Vari-Mu", "Glue", "held together, gently"] {
            assert!(rack.contains(word), "{word}: {rack}");
        }
        // A wrong file is refused with its line, a stale one with the reason; both keep what was written.
        let wrong = UNIT.replace("warm_up_minutes", "warm_up");
        let at = "/rack/units/vari_mu";
        let refused = save(&mut staff, at, &[("base", "1"), ("toml", &wrong)]).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.text().contains("unknown field"),
            "{}",
            refused.text()
        );
        let louder = UNIT.replace("send_dbu = 18.0", "send_dbu = 24.0");
        let saved = save(&mut staff, at, &[("base", "1"), ("toml", &louder)]).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let stale = save(&mut staff, at, &[("base", "1"), ("toml", UNIT)]).await;
        assert_eq!(stale.status, 422);
        assert!(stale.text().contains("meanwhile"), "{}", stale.text());
        let token = house.token("ada").await;
        let mut program = house.stranger();
        let history = program
            .api(Method::GET, "/rack/units/vari_mu", Some(&token), None)
            .await
            .json();
        let sends: Vec<(u64, f64)> = history
            .as_array()
            .unwrap()
            .iter()
            .map(|page| {
                let send = page["page"]["calibrations"][0]["send_dbu"].as_f64();
                (page["version"].as_u64().unwrap(), send.unwrap())
            })
            .collect();
        assert_eq!(sends, [(2, 24.0), (1, 18.0)]);
        let journal = program
            .api(Method::GET, "/journal", Some(&token), None)
            .await
            .text();
        assert!(
            journal.contains("The unit vari_mu was saved as version 2."),
            "{journal}"
        );
        // An assistant looks and does not touch; a client has no rack.
        house.person(&mut staff, "tom", "assistant").await;
        let mut assistant = house.log_in("tom").await;
        let seen = assistant.get(at).await;
        assert_eq!(seen.status, 200);
        assert!(!seen.text().contains("<textarea"));
        house.person(&mut staff, "lena", "client").await;
        let mut client = house.log_in("lena").await;
        assert!(matches!(client.get("/rack").await.status, 403 | 404));
    });
}

fn sheet() {
    in_a_house(|house| async move {
        let (mut staff, _, number) = house.in_review().await;
        furnish(&mut staff).await;
        let base = format!("/orders/{number}/recall/1");
        let empty = staff.get(&base).await;
        assert!(empty.text().contains("Begin the sheet"), "{}", empty.text());
        let begin = format!("{base}/begin");
        let begun = staff.send(&empty, &begin, &[("chain", "glue")]).await;
        assert_eq!(begun.status, 303, "{}", begun.text());
        let page = staff.get(&base).await;
        assert!(
            page.text().contains("4 things to be noted"),
            "{}",
            page.text()
        );
        let settings = format!("{base}/settings");
        let wrong = [("unit", "vari_mu"), ("control:Threshold", "12")];
        let refused = staff.send(&page, &settings, &wrong).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.text().contains("it has 0 to 10"),
            "{}",
            refused.text()
        );
        let noted = [
            ("unit", "vari_mu"),
            ("control:Threshold", "3,5"),
            ("control:Recovery", "0.6 s"),
            ("control:Mode", "limit"),
        ];
        let noted = staff.send(&page, &settings, &noted).await;
        assert_eq!(noted.status, 303, "{}", noted.text());
        let patched = staff
            .send(&page, &format!("{base}/patched"), &[("step", "1")])
            .await;
        assert_eq!(patched.status, 303, "{}", patched.text());
        let full = staff.get(&base).await.text();
        assert!(full.contains("Everything is noted."), "{full}");
        assert!(full.contains("done by Ada"), "{full}");
        let walked = staff.get(&format!("{base}?walk=0")).await.text();
        for word in [
            "let it warm up",
            "Patch field: mastering insert to Vari-Mu",
            "Vari-Mu: Threshold to 3.5",
            "print the reference passage",
        ] {
            assert!(walked.contains(word), "{word}: {walked}");
        }
        compared(&house, &number.to_string()).await;
    });
}

/// The same by the API, with another revision's sheet that does not exist yet.
async fn compared(house: &crate::house::House, number: &str) {
    let token = house.token("ada").await;
    let mut program = house.stranger();
    let path = format!("/orders/{number}/recall");
    let sheets = program
        .api(Method::GET, &path, Some(&token), None)
        .await
        .json();
    assert_eq!(sheets.as_array().map(Vec::len), Some(1));
    assert_eq!(sheets[0]["sheet"]["units"][0]["settings"]["Threshold"], 3.5);
    assert_eq!(sheets[0]["missing"], json!([]));
    let version = sheets[0]["version"].as_u64().unwrap();
    let none = program
        .api(
            Method::GET,
            &format!("{path}/1/differences?with=2"),
            Some(&token),
            None,
        )
        .await;
    assert_eq!(none.status, 404);
    let same: Value = program
        .api(
            Method::GET,
            &format!("{path}/1/differences?with=1"),
            Some(&token),
            None,
        )
        .await
        .json();
    assert_eq!(same, json!([]));
    // All or none: the second setting is refused, the first is not noted.
    let body = json!({ "unit": "vari_mu", "settings": { "Mode": "compress", "Recovery": "9 s" } });
    let refused = program
        .api(
            Method::PUT,
            &format!("{path}/1/settings"),
            Some(&token),
            Some(&body),
        )
        .await;
    assert_eq!(refused.status, 422);
    let now = program
        .api(Method::GET, &format!("{path}/1"), Some(&token), None)
        .await
        .json();
    assert_eq!(now["version"].as_u64(), Some(version));
    assert_eq!(now["sheet"]["units"][0]["settings"]["Mode"], "limit");
}
