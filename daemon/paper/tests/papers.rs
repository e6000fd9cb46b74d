//! Sheets and tables, read by programs of others.

use std::path::Path;
use std::process::Command;

use paper::{Cell, Row, Sheet, Table, csv, pdf, xlsx};

fn sheet(rows: usize) -> Sheet {
    let row = |no: usize| Row {
        words: format!("Song {no}: \u{201c}Für Élise – Přibližně\u{201d}"),
        count: "1".to_owned(),
        each: "80.00 USD".to_owned(),
        sum: "80.00 USD".to_owned(),
    };
    Sheet {
        letterhead: vec![
            "Müller & Søn Mastering".to_owned(),
            "Lange Straße 1".to_owned(),
        ],
        recipient: vec!["Ada Ångström".to_owned()],
        title: "Invoice INV-0001".to_owned(),
        facts: vec![("Date".to_owned(), "2026-11-21".to_owned())],
        heads: None,
        rows: (1..=rows).map(row).collect(),
        totals: vec![
            ("Net".to_owned(), "320.00 USD".to_owned()),
            ("To be paid".to_owned(), "380.80 USD".to_owned()),
        ],
        notes: vec!["Thank you. ".repeat(40)],
        foot: "Invoice INV-0001".to_owned(),
    }
}

fn written(bytes: &[u8], name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), bytes).unwrap();
    (folder, path)
}

fn run(program: &str, words: &[&str], file: &Path, after: &[&str]) -> String {
    let out = Command::new(program)
        .args(words)
        .arg(file)
        .args(after)
        .output()
        .unwrap_or_else(|e| panic!("{program} is wanted: {e}"));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let trouble = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{program}: {text}{trouble}");
    text
}

#[test]
fn a_sheets_words_are_read_back_with_their_accents() {
    let (_folder, path) = written(&pdf(&sheet(4)).unwrap(), "invoice.pdf");
    let text = run("pdftotext", &["-layout"], &path, &["-"]);
    for words in [
        "Müller & Søn Mastering",
        "Lange Straße 1",
        "Ada Ångström",
        "Invoice INV-0001",
        "Für Élise – Přibližně",
        "380.80 USD",
    ] {
        assert!(text.contains(words), "{words} is missing in:\n{text}");
    }
    let checked = run("qpdf", &["--check"], &path, &[]);
    assert!(
        checked.contains("No syntax or stream encoding errors"),
        "{checked}"
    );
    let fonts = run("pdffonts", &[], &path, &[]);
    assert_eq!(
        fonts.matches("yes yes yes").count(),
        2,
        "embedded, subset, readable:\n{fonts}"
    );
}

#[test]
fn a_long_sheet_goes_on_on_the_next_page_and_loses_no_row() {
    let (_folder, path) = written(&pdf(&sheet(120)).unwrap(), "long.pdf");
    let text = run("pdftotext", &["-layout"], &path, &["-"]);
    for no in 1..=120 {
        assert!(
            text.contains(&format!("Song {no}: ")),
            "song {no} is missing"
        );
    }
    assert!(text.contains("1 / 3") || text.contains("1 / 4"), "{text}");
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    assert_eq!(pdf(&sheet(7)).unwrap(), pdf(&sheet(7)).unwrap());
}

fn table() -> Table {
    let mut table = Table::new(
        "Ledger",
        &[
            ("Number", 12),
            ("Client", 30),
            ("Day", 12),
            ("Total", 12),
            ("Songs", 8),
        ],
    );
    table.rows.push(vec![
        Cell::Text("INV-0001".to_owned()),
        Cell::Text("Ada, \"the\" Client".to_owned()),
        Cell::Day("2026-11-21".to_owned()),
        Cell::Decimal {
            units: 38_080,
            decimals: 2,
        },
        Cell::Count(4),
    ]);
    table.rows.push(vec![
        Cell::Text("INV-0002".to_owned()),
        Cell::Text("=HYPERLINK(\"http://evil\")".to_owned()),
        Cell::Empty,
        Cell::Decimal {
            units: -5,
            decimals: 2,
        },
        Cell::Count(0),
    ]);
    table
}

#[test]
fn a_csv_quotes_what_it_must_and_carries_no_formula() {
    let text = String::from_utf8(csv(&table())).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(lines[0], "Number,Client,Day,Total,Songs");
    assert_eq!(
        lines[1],
        "INV-0001,\"Ada, \"\"the\"\" Client\",2026-11-21,380.80,4"
    );
    assert_eq!(
        lines[2],
        "INV-0002,\"'=HYPERLINK(\"\"http://evil\"\")\",,-0.05,0"
    );
}

#[test]
fn a_spreadsheet_is_an_office_open_xml_package_with_the_cells() {
    let (_folder, path) = written(&xlsx(&[table()], "2026-11-21").unwrap(), "ledger.xlsx");
    run("python3", &["-m", "zipfile", "-t"], &path, &[]);
    let script = "import sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        print(z.read('xl/worksheets/sheet1.xml').decode(), z.read('xl/sharedStrings.xml').decode())";
    let text = run("python3", &["-c", script], &path, &[]);
    for piece in [
        "<v>380.8</v>",
        "<v>-0.05</v>",
        "Ada, \"the\" Client",
        "=HYPERLINK",
    ] {
        assert!(text.contains(piece), "{piece} is missing in {text}");
    }
    assert!(!text.contains("<f>"), "no cell is a formula");
}
