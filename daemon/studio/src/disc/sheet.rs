//! The PQ sheet on paper and as a table.

use delivery::cd::text::TextKind;
use delivery::cd::{Disc, PqRow, pq_rows};
use paper::{Cell, PaperError, Row, Sheet, Table};

/// The sheet as PDF.
///
/// # Errors
/// Words that the PDF cannot hold.
pub fn pq_pdf(disc: &Disc) -> Result<Vec<u8>, PaperError> {
    let text = |kind| disc.texts.first().and_then(|block| block.text(kind, 0));
    let known = [
        ("Title", text(TextKind::Title)),
        ("Performer", text(TextKind::Performer)),
        ("EAN", disc.ean.map(|ean| ean.to_string())),
        (
            "Master",
            Some(disc.master_id.clone()).filter(|id| !id.is_empty()),
        ),
        ("Tracks", Some(disc.tracks.len().to_string())),
        ("Length", Some(disc.end.to_string())),
    ];
    let facts = known
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    paper::pdf(&Sheet {
        title: "PQ sheet".into(),
        facts: facts.collect(),
        heads: Some(Row {
            words: "Track, index, title, flags".into(),
            count: "Start".into(),
            each: "Length".into(),
            sum: "ISRC".into(),
        }),
        rows: pq_rows(disc).iter().map(printed).collect(),
        notes: vec![
            "Times are minutes, seconds and sectors (75 a second) from the start of the disc; the first two seconds are the pregap of track 01."
                .into(),
        ],
        ..Sheet::default()
    })
}

fn printed(row: &PqRow) -> Row {
    let mut words = format!("{}.{}", row.track, row.index);
    for more in [row.title.as_str(), row.flags] {
        if !more.is_empty() {
            words += &format!("  {more}");
        }
    }
    if row.track == "AA" {
        words += "  lead-out";
    }
    Row {
        words,
        count: row.at.to_string(),
        each: row
            .length
            .map(|length| length.to_string())
            .unwrap_or_default(),
        sum: row.isrc.clone(),
    }
}

/// The sheet as CSV.
pub fn pq_csv(disc: &Disc) -> Vec<u8> {
    let columns = [
        "track", "index", "start", "length", "title", "isrc", "flags",
    ];
    let mut table = Table::new("PQ", &columns.map(|name| (name, 12)));
    for row in pq_rows(disc) {
        let length = row
            .length
            .map(|length| length.to_string())
            .unwrap_or_default();
        let cells = [
            row.track,
            row.index,
            row.at.to_string(),
            length,
            row.title,
            row.isrc,
            row.flags.to_owned(),
        ];
        table.rows.push(cells.map(Cell::Text).into());
    }
    paper::csv(&table)
}
