//! Distributors' tables as they come.

use std::collections::BTreeMap;

use paper::{Cell, Table, xlsx};
use proptest::prelude::*;
use sales::{Ask, DateOrder, Decimals, Earned, Part, Report, SaleKind, Trouble, read};

fn ask() -> Ask {
    Ask {
        quarter: "2026-Q3".parse().unwrap(),
        columns: BTreeMap::new(),
        currency: None,
        decimals: None,
        dates: None,
    }
}

#[track_caller]
fn good(text: &str) -> Report {
    let report = read(text.as_bytes(), &ask()).unwrap();
    assert!(report.is_sound());
    report
}

#[track_caller]
fn refused(text: &str) -> String {
    read(text.as_bytes(), &ask()).unwrap_err().to_string()
}

/// Song, month, shop, kind, units, earned.
fn lines(report: &Report) -> Vec<String> {
    let line = |line: &sales::Line| {
        let song = &report.songs[line.song];
        let month = line.month.map_or_else(|| "-".to_owned(), |m| m.to_string());
        format!(
            "{} {month} {} {} {} {} {} {}",
            song.isrc,
            line.shop,
            line.territory,
            line.kind.code(),
            line.units,
            line.earned,
            line.currency
        )
    };
    report.lines.iter().map(line).collect()
}

const ENGLISH: &str = "\
Statement of account,,,,,,,,
,,,,,,,,
Sales Month,Store,Country of Sale,UPC,ISRC,Track Title,Artist,Sale Type,Quantity,Net Revenue (USD)
2026-07,Spotify,DE,4006381333931,DE-A12-26-00001,River,The Slow Hours,Stream,1204,3.84210961
2026-07,Spotify,DE,4006381333931,DEA122600001,River,The Slow Hours,Stream,10,0.00384
2026-08,Apple Music,US,4006381333931,DEA122600001,River,The Slow Hours,Download,-1,-0.69
,,,,,,,,,
,Total,,,,,,,,3.1559
";

#[test]
fn an_english_table_is_read_to_the_billionth() {
    let report = good(ENGLISH);
    assert_eq!(
        lines(&report),
        [
            "DEA122600001 2026-07 Spotify DE stream 1214 3.84594961 USD",
            "DEA122600001 2026-08 Apple Music US download -1 -0.69 USD",
        ]
    );
    assert_eq!(report.rows, 3);
    assert_eq!(report.songs.len(), 1);
    assert_eq!(report.songs[0].ean, "4006381333931");
    assert_eq!(report.songs[0].title, "River");
    assert_eq!(report.columns[&Part::Amount], "Net Revenue (USD)");
    assert_eq!(report.notes, Vec::<String>::new(), "the total is right");
    assert_eq!(report.earned().unwrap()["USD"], Earned(3_155_949_610));
}

#[test]
fn a_german_table_with_semicolons_in_an_old_coding_is_read() {
    let text = "Monat;Shop;Land;EAN;ISRC;Titel;Interpret;Nutzungsart;Anzahl;Erl\u{f6}s;W\u{e4}hrung\r\n\
        Juli 2026;Deezer;AT;4006381333931;DEA122600001;Fl\u{fc}sse;B\u{e4}r;Streaming;1.204;1.003,842109;EUR\r\n\
        M\u{e4}rz 2026;Deezer;AT;4006381333931;DEA122600001;Fl\u{fc}sse;B\u{e4}r;Download;1;0,50;EUR\r\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let report = read(&bytes, &ask()).unwrap();
    assert_eq!(
        lines(&report),
        [
            "DEA122600001 2026-03 Deezer AT download 1 0.50 EUR",
            "DEA122600001 2026-07 Deezer AT stream 1204 1003.842109 EUR",
        ]
    );
    assert_eq!(report.songs[0].title, "Fl\u{fc}sse");
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&wide, &ask()).unwrap(), report, "UTF-16 says the same");
}

#[test]
fn a_spreadsheet_is_read_as_its_table_is() {
    let mut table = Table::new(
        "Royalties",
        &[
            ("Period", 10),
            ("DSP", 10),
            ("UPC", 14),
            ("ISRC", 14),
            ("Units", 8),
            ("Royalty", 10),
            ("Currency", 5),
        ],
    );
    let text = |t: &str| Cell::Text(t.to_owned());
    for (day, amount) in [("2026-07-31", 38_421), ("2026-08-31", -6_900)] {
        table.rows.push(vec![
            Cell::Day(day.to_owned()),
            text("Tidal"),
            // The nought before it is lost.
            Cell::Count(36_000_291_452),
            text("DEA122600001"),
            Cell::Count(12),
            Cell::Decimal {
                units: amount,
                decimals: 4,
            },
            text("EUR"),
        ]);
    }
    let cover = Table::new("Cover", &[("Statement", 20)]);
    let bytes = xlsx(&[cover, table], "2026-10-31").unwrap();
    let report = read(&bytes, &ask()).unwrap();
    assert_eq!(
        lines(&report),
        [
            "DEA122600001 2026-07 Tidal  other 12 3.8421 EUR",
            "DEA122600001 2026-08 Tidal  other 12 -0.69 EUR",
        ]
    );
    assert_eq!(report.songs[0].ean, "0036000291452");
    let cut = &bytes[..bytes.len() / 2];
    assert_eq!(read(cut, &ask()), Err(Trouble::DamagedSpreadsheet));
}

#[test]
fn a_total_that_is_not_the_sum_is_noted() {
    let report = good(&ENGLISH.replace("3.1559", "31.559"));
    assert_eq!(
        report.notes,
        [
            "Row 8 says the total is 31.559, and the lines above it add up to 3.15594961: the table was cut, or holds more than one."
        ]
    );
}

#[test]
fn rows_that_cannot_count_are_named_and_the_others_count() {
    let report = good(
        "isrc,store,amount,currency\nDEA122600001,A,1.25,EUR\nDEA122600001,A,n/a,EUR\nDEA122600001,A,,EUR\nDEA122600001,B,2.5,EUR\n",
    );
    assert_eq!(report.rows, 2);
    assert_eq!(report.left_out_count, 2);
    let whys: Vec<_> = report
        .left_out
        .iter()
        .map(|l| (l.row, l.why.as_str()))
        .collect();
    assert_eq!(
        whys,
        [
            (3, "\u{201c}n/a\u{201d} is no amount"),
            (4, "it has no amount")
        ]
    );
}

#[test]
fn a_sale_without_a_code_is_kept() {
    let report = good("isrc,title,amount,currency\nDEA122600001,River,1.25,EUR\n,Lake,0.5,EUR\n");
    assert_eq!(report.songs.len(), 2);
    assert!(!report.songs[1].has_code());
    assert_eq!(report.earned().unwrap()["EUR"].to_string(), "1.75");
}

#[test]
fn what_cannot_be_told_is_asked() {
    let said = refused("code,shop,money\nDEA122600001,A,1.25\n");
    assert_eq!(
        said,
        "no column was recognised as the ISRC or the amount; its columns are \u{201c}code\u{201d}, \u{201c}shop\u{201d}, \u{201c}money\u{201d}; say which one it is"
    );
    let mut told = ask();
    told.columns.insert(Part::Isrc, "Code".to_owned());
    told.columns.insert(Part::Amount, "money".to_owned());
    let text = b"code,shop,money\nDEA122600001,A,1.25\n";
    assert_eq!(read(text, &told), Err(Trouble::NoCurrency));
    told.currency = Some("CHF".to_owned());
    assert_eq!(
        lines(&read(text, &told).unwrap()),
        ["DEA122600001 - A  other 0 1.25 CHF"]
    );
    let text = b"isrc;amount;currency\nDEA122600001;1,234;EUR\n";
    let open = read(text, &ask()).unwrap_err();
    assert_eq!(
        open,
        Trouble::Decimals {
            example: "1,234".to_owned()
        }
    );
    let with = |decimals| Ask {
        decimals: Some(decimals),
        ..ask()
    };
    let sum = |decimals| read(text, &with(decimals)).unwrap().earned().unwrap()["EUR"].to_string();
    assert_eq!(sum(Decimals::Comma), "1.234");
    assert_eq!(sum(Decimals::Point), "1234.00");
    let text = b"isrc,date,amount,currency\nDEA122600001,05/06/2026,1.5,EUR\n";
    assert!(matches!(read(text, &ask()), Err(Trouble::Dates { .. })));
    let told = Ask {
        dates: Some(DateOrder::MonthFirst),
        ..ask()
    };
    assert_eq!(
        read(text, &told).unwrap().lines[0]
            .month
            .unwrap()
            .to_string(),
        "2026-05"
    );
}

#[test]
fn what_is_no_table_is_refused_in_a_sentence() {
    for bad in ["", "\n\n\n", "%PDF-1.7 something", "one line", "a\0b,c"] {
        assert_eq!(
            read(bad.as_bytes(), &ask()),
            Err(Trouble::NoTable),
            "{bad:?}"
        );
    }
    assert_eq!(
        refused("isrc,amount,currency\n"),
        "the table has heads and no rows under them"
    );
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest";
    assert_eq!(read(old, &ask()), Err(Trouble::OldSpreadsheet));
    assert_eq!(
        read(b"PK\x03\x04nothing of a book", &ask()),
        Err(Trouble::DamagedSpreadsheet)
    );
}

#[test]
fn an_ean_that_a_spreadsheet_rounded_away_is_said() {
    let report = good("upc,isrc,amount,currency\n4.00638E+12,DEA122600001,1.25,EUR\n");
    assert_eq!(report.songs[0].ean, "");
    assert_eq!(report.songs[0].isrc, "DEA122600001");
    assert_eq!(
        report.notes,
        [
            "In 1 rows a spreadsheet program has rounded the EAN away; they are known by their other codes alone."
        ]
    );
}

#[test]
fn kinds_of_sales_are_told_by_the_distributors_words() {
    let report = good(
        "isrc,amount,currency,transaction type\nDEA122600001,1,EUR,Ad-supported Stream\nDEA122600001,1,EUR,Permanent Download\nDEA122600001,1,EUR,Vinyl\nDEA122600001,1,EUR,Ringtone\n",
    );
    let kinds: Vec<_> = report.lines.iter().map(|line| line.kind).collect();
    assert_eq!(
        kinds,
        [
            SaleKind::Stream,
            SaleKind::Download,
            SaleKind::Copy,
            SaleKind::Other
        ]
    );
}

#[derive(Debug, Clone, Copy)]
enum Groups {
    None,
    Thousands,
}

fn shown(billionths: i64, decimals: Decimals, groups: Groups) -> String {
    let text = Earned(billionths).to_string();
    let (sign, text) = text
        .strip_prefix('-')
        .map_or(("", &*text), |rest| ("-", rest));
    let (whole, fine) = text.split_once('.').unwrap();
    let (point, group) = match decimals {
        Decimals::Comma => (',', '.'),
        Decimals::Point => ('.', ','),
    };
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if matches!(groups, Groups::Thousands) && at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(group);
        }
        grouped.push(digit);
    }
    // Nine decimals leave nothing open.
    format!("{sign}{grouped}{point}{fine:0<9}")
}

proptest! {
    /// However a table is written, it says what was put into it, to the billionth.
    #[test]
    fn any_way_of_writing_says_the_same(
        amounts in prop::collection::vec((-9_000_000_000_000_i64..9_000_000_000_000, 0_u32..100_000, 0_u8..3), 1..40),
        mark in prop::sample::select(vec![',', ';', '\t', '|']),
        decimals in prop::sample::select(vec![Decimals::Point, Decimals::Comma]),
        groups in prop::sample::select(vec![Groups::None, Groups::Thousands]),
        has_preamble: bool,
    ) {
        let heads = ["Month", "ISRC", "Shop", "Units", "Earnings", "Currency"];
        let quoted = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| format!("\"{c}\"")).collect();
            cells.join(&mark.to_string())
        };
        let mut text = String::new();
        if has_preamble {
            text.push_str("Report of somebody\n\n");
        }
        text.push_str(&heads.join(&mark.to_string()));
        text.push('\n');
        for (amount, units, month) in &amounts {
            let row = [
                format!("{:02}/2026", month + 7),
                "DEA122600001".to_owned(),
                "A, B; C".to_owned(),
                units.to_string(),
                shown(*amount, decimals, groups),
                "EUR".to_owned(),
            ];
            text.push_str(&quoted(&row));
            text.push('\n');
        }
        let report = read(text.as_bytes(), &ask()).unwrap();
        let sum: i64 = amounts.iter().map(|(amount, ..)| amount).sum();
        prop_assert_eq!(report.earned().unwrap()["EUR"], Earned(sum));
        let units: i64 = amounts.iter().map(|(_, units, _)| i64::from(*units)).sum();
        prop_assert_eq!(report.lines.iter().map(|line| line.units).sum::<i64>(), units);
        prop_assert_eq!(report.rows, amounts.len());
        prop_assert!(report.lines.iter().all(|line| line.shop == "A, B; C"));
    }

    /// Nothing that comes makes it fall over.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), is_book: bool) {
        let mut all = if is_book { b"PK\x03\x04".to_vec() } else { b"isrc,amount,currency\n".to_vec() };
        all.extend(bytes);
        if let Ok(report) = read(&all, &ask()) {
            prop_assert!(report.is_sound());
        }
    }
}
