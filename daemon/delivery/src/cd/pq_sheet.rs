//! The rows of a PQ sheet, which goes with a disc to the plant.

use super::text::TextKind;
use super::{Copying, Disc, Emphasis, PqTime};

/// One mark of a disc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PqRow {
    /// `01` to `99`, `AA` for the lead-out.
    pub track: String,
    /// `00` to `99`.
    pub index: String,
    /// From the start of the disc.
    pub at: PqTime,
    /// Up to the next mark; none for the lead-out.
    pub length: Option<PqTime>,
    /// Title, on the row where the track starts.
    pub title: String,
    /// ISRC with hyphens, likewise.
    pub isrc: String,
    /// Flags in words, likewise.
    pub flags: &'static str,
}

/// A row for each mark, and one for the lead-out.
pub fn pq_rows(disc: &Disc) -> Vec<PqRow> {
    let mut rows = Vec::new();
    for (no, track) in (1..).zip(&disc.tracks) {
        for (index, at) in track.marks() {
            let starts = index == 1;
            let title = || disc.texts.first()?.text(TextKind::Title, no);
            rows.push(PqRow {
                track: format!("{no:02}"),
                index: format!("{index:02}"),
                at,
                length: None,
                title: starts.then(title).flatten().unwrap_or_default(),
                isrc: track
                    .isrc
                    .filter(|_| starts)
                    .map(|isrc| isrc.to_string())
                    .unwrap_or_default(),
                flags: if starts {
                    flags(track.emphasis, track.copying)
                } else {
                    ""
                },
            });
        }
    }
    rows.push(PqRow {
        track: "AA".into(),
        index: "01".into(),
        at: disc.end,
        length: None,
        title: String::new(),
        isrc: String::new(),
        flags: "",
    });
    let ends: Vec<PqTime> = rows.iter().skip(1).map(|row| row.at).collect();
    for (row, end) in rows.iter_mut().zip(ends) {
        row.length = end.since(row.at);
    }
    rows
}

fn flags(emphasis: Emphasis, copying: Copying) -> &'static str {
    match (emphasis, copying) {
        (Emphasis::Flat, Copying::Prohibited) => "",
        (Emphasis::Flat, Copying::Permitted) => "copy permitted",
        (Emphasis::Flat, Copying::Once) => "SCMS",
        (Emphasis::Fifty15, Copying::Prohibited) => "pre-emphasis",
        (Emphasis::Fifty15, Copying::Permitted) => "pre-emphasis, copy permitted",
        (Emphasis::Fifty15, Copying::Once) => "pre-emphasis, SCMS",
    }
}
