//! Tables that others made, read by a real worker: distributors' reports and label copy.

use std::fs::File;
use std::io::{Cursor, Write as _};

use delivery::cd::ddp::FileSums;
use sales::{Ask, Trouble};
use worker::{DiscFile, DiscRequest, WorkerError, WorkerLimits};
use zip::write::SimpleFileOptions;

use crate::{Test, workers};

pub(crate) const TESTS: &[Test] = &[
    ("a_report_is_read", read),
    ("a_long_report_is_read_within_the_workers_memory", long),
    ("a_report_that_cannot_be_read_is_refused_in_words", refused),
    ("a_spreadsheet_that_swells_ends_the_worker", swelling),
    ("label_copy_is_read", label_copy),
    ("label_copy_that_swells_ends_the_worker", swelling_copy),
    ("the_descriptors_of_a_disc_are_read", disc),
];

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn ask() -> Ask {
    Ask {
        quarter: "2026-Q3".parse().unwrap(),
        columns: Default::default(),
        currency: None,
        decimals: None,
        dates: None,
    }
}

fn given(bytes: &[u8]) -> Result<sales::Report, WorkerError> {
    let scratch = tempfile::tempfile().unwrap();
    workers(WorkerLimits::default()).read_sales(&file(bytes), &scratch, ask())
}

fn read() {
    let report = given(b"isrc,amount,currency\nDEA122600001,1.25,EUR\n").unwrap();
    assert_eq!(report.rows, 1);
    assert_eq!(report.earned().unwrap()["EUR"].to_string(), "1.25");
}

fn long() {
    let mut text = String::from("month,isrc,title,store,country,quantity,amount,currency\n");
    for row in 0..300_000 {
        let (shop, land) = (row % 7, row % 90);
        text.push_str(&format!(
            "2026-07,DEA1226{:05},A title of the usual length {row},Shop {shop},L{land},{row},0.00{row:06},EUR\n",
            row % 50
        ));
    }
    let report = given(text.as_bytes());
    // Each row has a title of its own: too many lines to keep, and nobody died of it.
    assert!(matches!(
        report,
        Err(WorkerError::Sales(Trouble::TooManyLines))
    ));
    let same = text
        .replace('A', "B")
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[2] = "title";
            cells.join(",") + "\n"
        })
        .collect::<String>();
    let report = given(same.as_bytes()).unwrap();
    assert_eq!(report.rows, 300_000);
    let units: i64 = report.lines.iter().map(|line| line.units).sum();
    assert_eq!(units, 299_999 * 300_000 / 2);
}

fn refused() {
    let said = given(b"one,two\n1,2\n").unwrap_err().to_string();
    assert!(said.starts_with("no column was recognised as"), "{said}");
}

/// A spreadsheet of less than 4 MB that is thirty million cells.
fn swelling_spreadsheet() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, bytes: &mut dyn Iterator<Item = Vec<u8>>| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        for piece in bytes {
            zip.write_all(&piece).unwrap();
        }
    };
    let one = |text: &str| std::iter::once(text.as_bytes().to_vec());
    part(
        "[Content_Types].xml",
        &mut one(
            r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#,
        ),
    );
    part(
        "_rels/.rels",
        &mut one(
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
    );
    part(
        "xl/workbook.xml",
        &mut one(
            r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#,
        ),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &mut one(
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
    );
    let head = one(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">"#,
    );
    let cells = "<c><v>1</v></c>".repeat(100_000).into_bytes();
    let tail = one("</row></sheetData></worksheet>");
    part(
        "xl/worksheets/sheet1.xml",
        &mut head.chain(std::iter::repeat_n(cells, 300)).chain(tail),
    );
    let bytes = zip.finish().unwrap().into_inner();
    assert!(bytes.len() < 4_000_000, "{} bytes", bytes.len());
    bytes
}

fn swelling() {
    let error = given(&swelling_spreadsheet()).unwrap_err();
    assert!(
        matches!(
            error,
            WorkerError::OutOfMemory | WorkerError::Fault { .. } | WorkerError::Sales(_)
        ),
        "{error:?}"
    );
}

fn label_copy() {
    let read = |bytes: &[u8]| workers(WorkerLimits::default()).read_label_copy(&file(bytes));
    let copy = read(b"Title;ISRC\nRain;DE-A12-26-00001\n")
        .unwrap()
        .unwrap();
    assert_eq!(copy.songs[0].title, "Rain");
    assert_eq!(read(b"See you on Monday.").unwrap(), None);
}

fn swelling_copy() {
    let workers = workers(WorkerLimits::default());
    match workers.read_label_copy(&file(&swelling_spreadsheet())) {
        Ok(copy) => assert_eq!(copy, None),
        Err(error) => assert!(
            matches!(error, WorkerError::OutOfMemory | WorkerError::Fault { .. }),
            "{error:?}"
        ),
    }
}

fn disc() {
    let sheet = b"FILE \"Weather.bin\" BINARY\nTRACK 01 AUDIO\nTITLE \"Rain\"\nINDEX 01 00:00:00\n";
    let of = |name: &str, bytes: &[u8], is_given| DiscFile {
        name: name.to_owned(),
        sums: FileSums::of(bytes).finish(),
        is_given,
        frames: None,
    };
    let sound = vec![0; 44_100 * 4 * 5];
    let request = |sheet_name: &str| DiscRequest {
        sheet: Some(sheet_name.to_owned()),
        files: vec![
            of("Weather.bin", &sound, false),
            of("Weather.cue", sheet, true),
        ],
    };
    let read = |request| workers(WorkerLimits::default()).read_disc(&file(sheet), request);
    let disc = read(request("Weather.cue")).unwrap();
    assert_eq!(disc.objections, []);
    assert_eq!(disc.tracks[0].title, "Rain");
    assert_eq!(disc.plan.end.to_string(), "00:07:00");
    let none = read(request("Other.cue")).unwrap();
    assert!(none.plan.tracks.is_empty() && !none.objections.is_empty());
    // What is longer than it was said to be is no descriptor.
    let mut long = request("Weather.cue");
    long.files[1].sums.bytes = 2 * 1024 * 1024;
    assert!(read(long).is_err());
}
