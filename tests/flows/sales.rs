//! Distributors' reports: taken in, placed, told of, exported and paid out, by the command line and by programs.

use std::path::Path;

use flows::Lacquer;
use flows::lacquer::PATIENCE;
use flows::until;
use serde_json::{Value, json};

fn file(path: &Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// A release with codes of its own, for a client who asks for a payout.
fn released(lacquer: &Lacquer) -> String {
    lacquer.add_client("ada", "");
    let (number, _) = lacquer.order("ada", "Out There", &["--songs", "1"]);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("release.toml");
    file(
        &path,
        b"label = \"A Label\"\nean = \"4006381333931\"\nshops = [\"Apple\"]\n",
    );
    let set = lacquer.cli(&["release", "set", &number, path.to_str().unwrap()]);
    set.unwrap();
    number
}

const REPORT: &str = "\
Sales Month,Store,Country,UPC,ISRC,Track Title,Sale Type,Quantity,Net Revenue (EUR)
2026-07,Spotify,DE,4006381333931,DEA122600001,River,Stream,12000,41.0038219
2026-08,Apple Music,US,4006381333931,DEA122600001,River,Download,2,1.38
2026-08,Apple Music,US,,DEB992600009,Lake,Download,1,0.69
,Total,,,,,,,43.0738
";

/// A house whose first report is taken in: the order it names, and where its file lies.
fn reported(lacquer: &Lacquer) -> (String, tempfile::TempDir) {
    let number = released(lacquer);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("q3.csv");
    file(&path, REPORT.as_bytes());
    let said = take(lacquer, &path, "2026-Q3").unwrap();
    assert!(said.contains("report 1: 3 rows, 43.0738219 EUR"), "{said}");
    (number, place)
}

fn take(lacquer: &Lacquer, path: &Path, quarter: &str) -> Result<String, String> {
    let path = path.to_str().unwrap();
    lacquer.cli(&[
        "sales",
        "take",
        quarter,
        path,
        "--distributor",
        "Distributor",
    ])
}

#[test]
fn a_report_is_taken_in_placed_and_told() {
    let lacquer = Lacquer::start();
    let (number, place) = reported(&lacquer);
    let sales = |words: &[&str]| lacquer.cli(&[&["sales"], words].concat());
    let again = take(&lacquer, &place.path().join("q3.csv"), "2026-Q3").unwrap_err();
    assert!(
        again.contains("taken in already, as report 1 of Distributor"),
        "{again}"
    );
    let shown = sales(&["show"]).unwrap();
    assert!(shown.contains("42.3838219 EUR  Out There"), "{shown}");
    let open = "song 2 belongs to no order yet: Lake DEB992600009 0.69 EUR";
    assert!(shown.contains(open), "{shown}");

    // The client is told, and reads what it is about.
    let ada = lacquer.log_in("ada");
    until("the client is told", PATIENCE, || {
        let told = lacquer
            .must("GET", "/notices", &ada, &Value::Null)
            .to_string();
        told.contains("Distributor has reported").then_some(())
    });
    let mine = format!("/orders/{number}/sales");
    let mine = lacquer.must("GET", &mine, &ada, &Value::Null);
    assert_eq!(
        mine["quarters"][0]["sold"][0]["earned"], "41.0038219",
        "{mine:#}"
    );
    assert_eq!(mine["balances"][0]["open"], "42.38 EUR");

    // Somebody says where the other song belongs; it was theirs as well.
    sales(&["place", "2", &number]).unwrap();
    let of = sales(&["of", &number]).unwrap();
    assert!(of.contains("Lake"), "{of}");
    assert!(of.contains("open 43.07 EUR"), "{of}");
}

#[test]
fn what_a_release_earned_is_paid_out_once() {
    let lacquer = Lacquer::start();
    let (number, _place) = reported(&lacquer);
    let sales = |words: &[&str]| lacquer.cli(&[&["sales"], words].concat());
    let ada = lacquer.log_in("ada");
    let asking = json!({ "currency": "EUR" });
    let ask = format!("/orders/{number}/ask-payout");
    lacquer.must("POST", &ask, &ada, &asking);
    lacquer.add_staff("sam");
    let sam = lacquer.log_in("sam");
    let inbox = lacquer.must("GET", "/notices", &sam, &Value::Null);
    let inbox = inbox.to_string();
    assert!(inbox.contains("asks for a payout of 42.38 EUR"), "{inbox}");
    let pay = |amount: &str| sales(&["paid", &number, amount, "--on", "2026-11-21", "to Ada"]);
    assert!(
        pay("42.39 EUR")
            .unwrap_err()
            .contains("42.38 EUR can be paid out")
    );
    pay("42.38 EUR").unwrap();
    let (status, body) = lacquer.api("POST", &ask, &ada, &asking).unwrap_err();
    assert_eq!(status, 409, "{body}");
    assert!(body.contains("payouts begin at 25.00 EUR"), "{body}");
}

#[test]
fn a_quarter_is_exported_and_a_wrong_report_counts_no_more() {
    let lacquer = Lacquer::start();
    let (_number, place) = reported(&lacquer);
    let sales = |words: &[&str]| lacquer.cli(&[&["sales"], words].concat());
    let out = place.path().join("q3.xlsx");
    sales(&[
        "export",
        "2026-Q3",
        out.to_str().unwrap(),
        "--format",
        "xlsx",
    ])
    .unwrap();
    // What we wrote is a table like any other.
    let read = take(&lacquer, &out, "2026-Q2").unwrap();
    assert!(read.contains("3 rows, 43.0738219 EUR"), "{read}");
    sales(&["withdraw", "2", "--reason", "it was ours"]).unwrap();
    let shown = sales(&["show", "2026-Q2"]).unwrap();
    assert!(!shown.contains("42.38"), "{shown}");
    let journal = lacquer.cli(&["journal"]).unwrap();
    let taken = "The report of Distributor for 2026-Q3 was taken in.";
    assert!(journal.contains(taken), "{journal}");
}

#[test]
fn a_removal_that_costs_is_quoted_and_taken_back_with_its_quote() {
    let lacquer = Lacquer::start();
    lacquer.add_client("ada", "");
    let place = tempfile::tempdir().unwrap();
    let prices = place.path().join("prices.toml");
    file(
        &prices,
        b"per_song = \"80.00 EUR\"\npayment = \"no_gate\"\n[extras]\nremoval = \"25.00 EUR\"\n",
    );
    lacquer
        .cli(&["price", "set", "instant", prices.to_str().unwrap()])
        .unwrap();
    let (number, _) = lacquer.order("ada", "Out There", &["--songs", "1"]);
    let path = place.path().join("release.toml");
    file(&path, b"label = \"A Label\"\nshops = [\"Apple\"]\n");
    let release =
        |words: &[&str]| lacquer.cli(&[&["release", words[0], &number], &words[1..]].concat());
    release(&["set", path.to_str().unwrap()]).unwrap();
    release(&["remove", "--reason", "another label"]).unwrap();
    let account = || lacquer.cli(&["ledger", "show", &number, "--json"]).unwrap();
    let quoted = until("the fee is quoted", PATIENCE, || {
        let account = account();
        account.contains("25.00 EUR").then_some(account)
    });
    assert!(quoted.contains("\"open\""), "{quoted}");
    release(&["keep", "1"]).unwrap();
    until("the quote is taken back", PATIENCE, || {
        account().contains("withdrawn").then_some(())
    });
    let refused = release(&["gone", "1", "Apple"]).unwrap_err();
    assert!(refused.contains("removal"), "{refused}");
}
