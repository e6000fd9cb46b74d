//! Money through the real daemon: quoted, accepted, paid by a signed message; the deposit starts the
//! work, the balance unlocks the finals; papers and tables are read by programs of others.

use std::path::{Path, PathBuf};
use std::process::Command;

use flows::clients::{Ftp, run, venv};
use flows::desk::text;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, Settings, until};
use serde_json::{Value, json};

const SECRET: &str = "between the studio and its bank";

const PRICES: &str = "per_song = \"80.00 EUR\"\npayment = \"deposit\"\ntax_basis_points = 1900\n\
    [extras]\nrush = \"20.00 EUR\"\n";

fn written(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    let mut file = std::fs::File::create(&path).unwrap();
    std::io::Write::write_all(&mut file, content.as_bytes()).unwrap();
    path
}

/// What a payment service sends: signed by Python's own HMAC, sent by curl. Gives status and body.
fn message(lacquer: &Lacquer, secret: &str, body: &Value) -> (u16, Value) {
    let script = "import hmac, sys, time\n\
        stamp = str(int(time.time()))\n\
        signed = hmac.new(sys.argv[1].encode(), f'{stamp}.{sys.argv[2]}'.encode(), 'sha256')\n\
        print(f't={stamp},v1={signed.hexdigest()}')";
    let body = body.to_string();
    let signature = run(Command::new("python3").args(["-c", script, secret, &body]));
    let answer = run(Command::new("curl").args([
        "--silent",
        "--show-error",
        "--write-out",
        "\n%{http_code}",
        "--header",
        "Content-Type: application/json",
        "--header",
        &format!("Lacquer-Signature: {}", signature.trim()),
        "--data",
        &body,
        &format!("{}/api/v1/payments/message", lacquer.web),
    ]));
    let (said, status) = answer.trim_end().rsplit_once('\n').unwrap();
    let said = serde_json::from_str(said).unwrap_or(Value::Null);
    (status.parse().unwrap(), said)
}

struct Desk {
    lacquer: Lacquer,
    place: tempfile::TempDir,
    number: String,
    portal: String,
    staff: String,
}

impl Desk {
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let secret = written(place.path(), "secret", SECRET);
        let lacquer = Lacquer::start_with(&Settings {
            sections: vec![(
                "books",
                format!(
                    "letterhead = [\"Lange Straße 1\", \"12345 Köln\"]\nwebhook_secret_file = {:?}",
                    secret.display().to_string()
                ),
            )],
            ..Settings::default()
        });
        lacquer.add_client("ada", "");
        lacquer.add_staff("mia");
        let prices = written(place.path(), "prices.toml", PRICES);
        let words = [
            "price",
            "set",
            "instant",
            prices.to_str().unwrap(),
            "--json",
        ];
        assert_eq!(lacquer.json(&words)["version"], 1);
        let (number, portal) = lacquer.order("ada", "First Light", &["--songs", "1"]);
        let staff = lacquer.log_in("mia");
        Self {
            lacquer,
            place,
            number,
            portal,
            staff,
        }
    }

    fn account(&self) -> Value {
        let path = format!("/orders/{}/account", self.number);
        self.lacquer.must("GET", &path, &self.portal, &Value::Null)
    }

    fn give(&self, deed: &str, token: &str, body: &Value) -> Value {
        let path = format!("/orders/{}/account/{deed}", self.number);
        self.lacquer.must("POST", &path, token, body)
    }

    fn pays(&self, id: &str, amount: &str) -> (u16, Value) {
        let body = json!({ "id": id, "invoice": "INV-0001", "amount": amount });
        message(&self.lacquer, SECRET, &body)
    }

    /// Whether the client may fetch a final, by the portal and by FTP.
    fn finals_are_there(&self, order: &Value) -> (bool, bool) {
        let file = &order["project"]["finals"][0];
        let path = format!(
            "/orders/{}/finals/{}/{}",
            self.number,
            text(&file["track"]),
            text(&file["format"])
        );
        let fetched = self.lacquer.download(&path, &self.portal, None);
        // The folder may stand there empty.
        let below = flows::remote::files_below(&self.lacquer.dropbox("ada").join("Finals"));
        (fetched.status == 200, !below.is_empty())
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one order from the mix to its finals"
)]
fn the_deposit_starts_the_work_and_the_balance_unlocks_the_finals() {
    let desk = Desk::open();
    let Desk {
        lacquer, number, ..
    } = &desk;
    let mix = Song::default().write(&desk.place.path().join(format!("{number} Song.wav")));
    let name = mix.file_name().unwrap().to_str().unwrap().to_owned();
    Ftp::of(lacquer, "ada").put(&mix, &name);
    let order = lacquer.until_stage(number, "adjusting");
    assert_eq!(
        order["project"]["hold"], "everything",
        "nothing was mastered unpaid"
    );
    let started = lacquer.api(
        "POST",
        &format!("/orders/{number}/start-mastering"),
        &desk.staff,
        &json!({}),
    );
    assert_eq!(started.unwrap_err().0, 409, "not even by hand");

    let quoted = desk.give(
        "quote",
        &desk.staff,
        &json!({ "songs": 1, "extras": { "rush": 1 } }),
    );
    assert_eq!(quoted["documents"], json!(["Q-0001"]));
    // The price goes up; the quote that the client has does not.
    let dearer = PRICES.replace("80.00", "95.00");
    let dearer = written(desk.place.path(), "dearer.toml", &dearer);
    let _ = lacquer.json(&[
        "price",
        "set",
        "instant",
        dearer.to_str().unwrap(),
        "--json",
    ]);
    let accepted = desk.give(
        "accept",
        &desk.portal,
        &json!({ "quote": "Q-0001", "name": "Ada Example" }),
    );
    assert_eq!(accepted["documents"], json!(["INV-0001"]));
    let owed = text(&desk.account()["owed"][0]);
    assert!(
        owed.starts_with("59.50 EUR of INV-0001 are due before work starts"),
        "{owed}"
    );

    let stranger = json!({ "id": "x", "invoice": "INV-0001", "amount": "59.50 EUR" });
    assert_eq!(message(lacquer, "a guessed secret", &stranger).0, 403);
    let (status, receipt) = desk.pays("evt-1", "59.50 EUR");
    assert_eq!((status, &receipt["documents"]), (200, &json!(["R-0001"])));
    assert_eq!(
        desk.pays("evt-1", "59.50 EUR"),
        (200, receipt),
        "the same message again"
    );

    lacquer.until_stage(number, "in_review");
    lacquer.must(
        "POST",
        &format!("/orders/{number}/approve"),
        &desk.portal,
        &desk.lacquer.approval(number, &desk.portal, 1),
    );
    let order = until("the finals are made", PATIENCE, || {
        let order = lacquer.show(number);
        let jobs = order["jobs"].as_array().is_some_and(Vec::is_empty);
        (jobs && !order["project"]["finals"].as_array()?.is_empty()).then_some(order)
    });
    assert_eq!(order["project"]["stage"]["stage"], "approved");
    assert_eq!(
        desk.finals_are_there(&order),
        (false, false),
        "they wait for the balance"
    );
    assert_eq!(
        desk.account()["owed"],
        json!(["59.50 EUR of INV-0001 are due before the finals are handed over."])
    );
    assert_eq!(desk.pays("evt-2", "59.50 EUR").0, 200);
    let order = lacquer.until_stage(number, "archived");
    assert_eq!(desk.finals_are_there(&order), (true, true));
    assert_eq!(desk.account()["owed"], json!([]));
    papers(&desk);
    tables(&desk);
}

/// The papers hold the words, read by poppler, and are sound by qpdf's judgement.
fn papers(desk: &Desk) {
    for (document, words) in [
        (
            "Q-0001",
            vec!["Quote Q-0001", "80.00 EUR", "Rush", "119.00 EUR"],
        ),
        (
            "INV-0001",
            vec![
                "Invoice INV-0001",
                "Lange Straße 1",
                "12345 Köln",
                "19.00 EUR",
                "before work starts",
            ],
        ),
        (
            "R-0002",
            vec!["Receipt R-0002", "59.50 EUR", "payment service"],
        ),
    ] {
        let file = desk.place.path().join(format!("{document}.pdf"));
        let out = file.to_str().unwrap();
        let made = desk
            .lacquer
            .cli(&["ledger", "paper", &desk.number, document, "-o", out]);
        made.unwrap();
        let read = run(Command::new("pdftotext").args(["-layout", out, "-"]));
        for word in words {
            assert!(
                read.contains(word),
                "{word} is missing in {document}:\n{read}"
            );
        }
        let checked = run(Command::new("qpdf").args(["--check", out]));
        assert!(
            checked.contains("No syntax or stream encoding errors"),
            "{checked}"
        );
    }
}

/// The spreadsheet's cells, read by openpyxl; the books add up to nothing.
fn tables(desk: &Desk) {
    let file = desk.place.path().join("ledger.xlsx");
    let out = file.to_str().unwrap();
    let words = [
        "ledger",
        "export",
        "documents",
        "--format",
        "xlsx",
        "-o",
        out,
    ];
    desk.lacquer.cli(&words).unwrap();
    let script = "import json, sys, openpyxl\n\
        rows = openpyxl.load_workbook(sys.argv[1])['Documents'].iter_rows(values_only=True)\n\
        print(json.dumps([[str(c) if c is not None else '' for c in row] for row in rows]))";
    let read = run(venv("python3").args(["-c", script, out]));
    let rows: Vec<Vec<String>> = serde_json::from_str(&read).unwrap();
    let invoice = rows.iter().find(|row| row[0] == "INV-0001").unwrap();
    assert_eq!(
        (
            invoice[4].as_str(),
            invoice[8].as_str(),
            invoice[9].as_str()
        ),
        ("paid", "119", "0")
    );
    assert_eq!(invoice[6], "ADA Example");

    let file = desk.place.path().join("entries.csv");
    let out = file.to_str().unwrap();
    let words = ["ledger", "export", "entries", "-o", out];
    desk.lacquer.cli(&words).unwrap();
    let sums = "import csv, decimal, sys\n\
        rows = list(csv.DictReader(open(sys.argv[1], encoding='utf-8-sig')))\n\
        d = decimal.Decimal\n\
        print(sum(d(r['Debit'] or 0) for r in rows), sum(d(r['Credit'] or 0) for r in rows))";
    let sums = run(Command::new("python3").args(["-c", sums, out]));
    assert_eq!(sums.trim(), "238.00 238.00", "debits and credits");

    let months = desk.lacquer.json(&["ledger", "statistics", "--json"]);
    let month = &months["months"][0];
    assert_eq!(month["earned"], json!(["100.00 EUR"]));
    assert_eq!(
        (&month["delivered"], &month["outstanding"]),
        (&json!(1), &json!([]))
    );
}
