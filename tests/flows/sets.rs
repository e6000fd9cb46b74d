//! Mixes beside each other, and what a client reads of it when: at once, or after a release.

use std::path::{Path, PathBuf};
use std::process::Command;

use flows::clients::{Ftp, run};
use flows::desk::{list, text};
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, until};
use serde_json::{Value, json};

/// How far the alternate is moved, in samples: 0.1 s and one.
const MOVED: &str = "4801";

fn song(key: u32) -> Song {
    Song {
        seconds: 9.0,
        key,
        ..Song::default()
    }
}

/// The file again with silence in front, by sox.
fn moved(of: &Path, to: &Path) {
    run(Command::new("sox")
        .arg("-D")
        .arg(of)
        .arg(to)
        .args(["pad", &format!("{MOVED}s"), "0"]));
}

/// The file again, so loud that it clips, by sox.
fn clipped(of: &Path, to: &Path) {
    run(Command::new("sox").args(["-D", "-v", "9"]).arg(of).arg(to));
}

/// The mix of an order whose path ends so.
fn mix_of(order: &Value, ending: &str) -> Option<Value> {
    let mixes = order["project"]["mixes"].as_object()?;
    mixes
        .values()
        .find(|mix| text(&mix["path"]).ends_with(ending))
        .cloned()
}

fn codes(findings: &Value) -> Vec<String> {
    list(findings).iter().map(|f| text(&f["code"])).collect()
}

fn page(lacquer: &Lacquer, address: &str) -> String {
    ureq::get(format!("{}{address}", lacquer.web))
        .call()
        .unwrap_or_else(|e| panic!("{address}: {e}"))
        .body_mut()
        .read_to_string()
        .unwrap()
}

/// Both notes beside a file, once the text holds `words`.
fn notes(lacquer: &Lacquer, beside: &Path, words: &str) -> (String, String) {
    let path = |ending: &str| -> PathBuf {
        let name = beside.file_name().unwrap().to_string_lossy();
        lacquer
            .dropbox("ada")
            .join(beside.with_file_name(format!("{name}{ending}")))
    };
    until(&format!("a note with {words:?}"), PATIENCE, || {
        let note = std::fs::read_to_string(path(".lacquer.txt")).ok()?;
        let page = std::fs::read_to_string(path(".lacquer.html")).ok()?;
        note.contains(words).then_some((note, page))
    })
}

struct Sent {
    number: String,
    portal: String,
    alternate: &'static str,
}

const ALTERNATE: &str = "Alternate Mixes/01 Day (Instrumental).wav";

/// A song, a reference, and an alternate that comes too late.
fn send(lacquer: &Lacquer) -> Sent {
    let (number, portal) = lacquer.order("ada", "Day", &["--songs", "1"]);
    let place = tempfile::tempdir().unwrap();
    let main = song(0).write(&place.path().join("main.wav"));
    let other = song(5).write(&place.path().join("other.wav"));
    let late = place.path().join("late.wav");
    moved(&main, &late);
    let ftp = Ftp::of(lacquer, "ada");
    ftp.put(&late, &format!("{number}/{ALTERNATE}"));
    ftp.put(&other, &format!("{number}/References/Like this.wav"));
    until("alternate and reference are taken", PATIENCE, || {
        let order = lacquer.show(&number);
        (order["project"]["mixes"].as_object()?.len() == 2).then_some(())
    });
    ftp.put(&main, &format!("{number}/01 Day.wav"));
    Sent {
        number,
        portal,
        alternate: ALTERNATE,
    }
}

#[test]
fn an_alternate_that_comes_late_is_asked_about_beside_the_mix_and_in_the_portal() {
    let mut lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    lacquer.add_staff("mia");
    let sent = send(&lacquer);
    let number = &sent.number;

    let alternate = until("the set is compared", PATIENCE, || {
        let mix = mix_of(&lacquer.show(number), sent.alternate)?;
        (!list(&mix["set_findings"]).is_empty()).then_some(mix)
    });
    assert_eq!(codes(&alternate["set_findings"]), ["alternate_start"]);
    assert_eq!(alternate["set_findings"][0]["severity"], "ask");
    let order = lacquer.show(number);
    assert_eq!(order["project"]["stage"]["stage"], "intake", "it is asked");
    assert_eq!(list(&order["project"]["compared"]).len(), 2);
    let reference = mix_of(&order, "Like this.wav").unwrap();
    assert_eq!(reference["set_findings"], json!([]));

    let beside = PathBuf::from(format!("{number}/{}", sent.alternate));
    let (note, html) = notes(&lacquer, &beside, MOVED);
    assert!(note.contains("01 Day.wav"), "{note}");
    assert!(
        html.contains(MOVED) && html.contains("data:image/svg+xml"),
        "{html}"
    );
    assert!(!html.contains("<script") && !html.contains("http-equiv=\"refresh"));

    in_the_portal(&lacquer, &sent, &alternate);
    after_a_restart_nothing_is_told_twice(&mut lacquer, &sent, &note);
    let staff = lacquer.log_in("mia");
    let decide = json!({ "mix": alternate["id"], "reason": "We move it." });
    lacquer.must(
        "POST",
        &format!("/orders/{number}/go-on-with"),
        &staff,
        &decide,
    );
    lacquer.until_stage(number, "in_review");
}

fn in_the_portal(lacquer: &Lacquer, sent: &Sent, alternate: &Value) {
    let seen = lacquer.order_seen(&sent.number, &sent.portal);
    let seen = mix_of(&seen, sent.alternate).unwrap();
    assert_eq!(seen["set_findings"], alternate["set_findings"]);
    let sentence = text(&alternate["set_findings"][0]["text"]);
    let plain = sentence.split('\u{201c}').next().unwrap().trim_end();
    let portal = page(lacquer, &format!("/p/{}", sent.portal));
    assert!(portal.contains(plain), "no {plain:?} in the portal");
    let path = format!(
        "/orders/{}/mixes/{}/report",
        sent.number,
        text(&alternate["id"])
    );
    let report = lacquer.must("GET", &path, &sent.portal, &Value::Null);
    assert!(text(&report["report_text"]).contains(MOVED), "{report:#}");
    assert!(text(&report["report_html"]).contains(MOVED));
    let found = list(&report["inspection"]["findings"]);
    let start = found
        .iter()
        .find(|f| f["code"] == "alternate_start")
        .unwrap();
    let offset = list(&start["evidence"])
        .iter()
        .find(|e| e["name"] == "offset");
    assert_eq!(offset.unwrap()["value"].as_f64(), Some(4801.0));
}

fn after_a_restart_nothing_is_told_twice(lacquer: &mut Lacquer, sent: &Sent, note: &str) {
    let count = |lacquer: &Lacquer| {
        let order = lacquer.show(&sent.number);
        let lines = list(&order["log"]);
        let compared = lines.iter().filter(|l| l["code"] == "set_compared").count();
        (
            compared,
            order["project"]["mixes"].as_object().unwrap().len(),
        )
    };
    assert_eq!(count(lacquer), (1, 3));
    lacquer.kill();
    lacquer.launch();
    until("no work is left", PATIENCE, || {
        let order = lacquer.show(&sent.number);
        list(&order["jobs"]).is_empty().then_some(())
    });
    // The notes lie in the dropbox all the while: neither is ever taken for a mix.
    assert_eq!(count(lacquer), (1, 3));
    let beside = PathBuf::from(format!("{}/{}", sent.number, sent.alternate));
    assert_eq!(notes(lacquer, &beside, MOVED).0, note);
}

#[test]
fn findings_wait_for_a_release_where_the_studio_wants_that() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    lacquer.add_staff("mia");
    lacquer
        .cli(&["user", "findings", "ada", "after-release"])
        .unwrap();
    let staff = lacquer.log_in("mia");
    let people = lacquer.must("GET", "/people", &staff, &Value::Null);
    let ada = list(&people).iter().find(|p| p["login"] == "ada").unwrap();
    assert_eq!(ada["findings"], "after_release");
    let (number, portal) = lacquer.order("ada", "Loud", &["--songs", "1"]);
    let place = tempfile::tempdir().unwrap();
    let quiet = song(0).write(&place.path().join("quiet.wav"));
    let loud = place.path().join("loud.wav");
    clipped(&quiet, &loud);
    Ftp::of(&lacquer, "ada").put(&loud, &format!("{number}/Loud.wav"));

    let mix = until("the mix is checked", PATIENCE, || {
        mix_of(&lacquer.show(&number), "Loud.wav")
    });
    assert!(
        codes(&mix["findings"]).contains(&"clipping".to_owned()),
        "{mix:#}"
    );
    let beside = PathBuf::from(format!("{number}/Loud.wav"));
    let (note, html) = notes(&lacquer, &beside, "The studio listens to it");
    nothing_is_told(&lacquer, (&number, &portal), &mix, &[note, html]);

    // The staff reads everything, and is told who waits.
    let held = lacquer.must("GET", "/held-findings", &staff, &Value::Null);
    assert_eq!(held[0]["number"], json!(number));
    assert_eq!(
        lacquer.refused("GET", "/held-findings", &portal, &Value::Null),
        403
    );
    let release = format!("/orders/{number}/release-findings");
    assert_ne!(lacquer.refused("POST", &release, &portal, &json!({})), 200);

    lacquer.must("POST", &release, &staff, &json!({}));
    let sentence = text(&mix["findings"][0]["text"]);
    let words: Vec<&str> = sentence.split_whitespace().take(4).collect();
    let (_, html) = notes(&lacquer, &beside, &words.join(" "));
    assert!(html.contains("data:image/svg+xml"), "{html}");
    let seen = lacquer.order_seen(&number, &portal);
    let seen_mix = mix_of(&seen, "Loud.wav").unwrap();
    assert_eq!(seen_mix["findings"], mix["findings"]);
    assert!(page(&lacquer, &format!("/p/{portal}")).contains(&words.join(" ")));
    let notices = lacquer.must("GET", "/notices", &portal, &Value::Null);
    assert!(
        notices.to_string().contains(&words.join(" ")),
        "{notices:#}"
    );
    let held = lacquer.must("GET", "/held-findings", &staff, &Value::Null);
    assert_eq!(held, json!([]));
    let order = lacquer.show(&number);
    let line = list(&order["log"])
        .iter()
        .find(|l| l["code"] == "findings_released");
    assert!(
        text(&line.unwrap()["text"]).contains("MIA Example"),
        "{order:#}"
    );
}

/// Neither notes, portal, API nor notices tell a client whether anything was found.
fn nothing_is_told(
    lacquer: &Lacquer,
    (number, portal): (&str, &str),
    mix: &Value,
    notes: &[String],
) {
    let seen = lacquer.order_seen(number, portal);
    let seen_mix = mix_of(&seen, "Loud.wav").unwrap();
    assert_eq!(seen_mix["findings"], json!([]));
    let path = format!("/orders/{number}/mixes/{}/report", text(&mix["id"]));
    let report = lacquer.must("GET", &path, portal, &Value::Null);
    let notices = lacquer.must("GET", "/notices", portal, &Value::Null);
    let mut told: Vec<String> = notes.to_vec();
    told.extend([
        seen.to_string(),
        report.to_string(),
        notices.to_string(),
        page(lacquer, &format!("/p/{portal}")),
        page(lacquer, &format!("/p/{portal}/report/{}", text(&mix["id"]))),
        page(
            lacquer,
            &format!("/p/{portal}/report/{}/page", text(&mix["id"])),
        ),
    ]);
    for told in told {
        for finding in list(&mix["findings"]) {
            let sentence = text(&finding["text"]);
            let words: Vec<&str> = sentence.split_whitespace().take(4).collect();
            assert!(!told.contains(&words.join(" ")), "{words:?} in {told}");
            assert!(
                !told.contains(&text(&finding["code"])),
                "{finding} in {told}"
            );
        }
        for word in ["decide", "taken with", "LUFS\"", "ready for mastering"] {
            assert!(!told.contains(word), "{word:?} in {told}");
        }
    }
}
