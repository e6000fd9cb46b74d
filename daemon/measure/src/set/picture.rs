//! Small drawings of what several mixes show together.

use std::fmt::Write;

use crate::picture::frame_of;
use crate::set::fingerprint::{Fingerprint, LEVELS_PER_SECOND};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;
/// Columns of the level over time.
const COLUMNS: usize = 160;
/// The level range that is drawn.
const RANGE_DB: f64 = 50.0;

/// The highest level in each column over `seconds`.
fn columns(print: &Fingerprint, seconds: f64) -> Vec<Option<f64>> {
    let top = print.mid.loudest_db().unwrap_or(0.0);
    (0..COLUMNS)
        .map(|column| {
            let place =
                |c: usize| (seconds * c as f64 / COLUMNS as f64 * LEVELS_PER_SECOND) as usize;
            (place(column)..place(column + 1).max(place(column) + 1))
                .filter_map(|i| print.mid.level_db(i))
                .reduce(f64::max)
                .map(|db| (db - top + RANGE_DB) / RANGE_DB)
        })
        .collect()
}

/// An alternate's level over its main mix's, as they lie: the main mix filled, the alternate as a line.
pub(crate) fn overlaid(main: &Fingerprint, alternate: &Fingerprint) -> String {
    let seconds = main.seconds().max(alternate.seconds()).max(1.0e-3);
    let x = |column: usize| WIDTH * (column as f64 + 0.5) / COLUMNS as f64;
    let y = |share: f64| HEIGHT * (1.0 - 0.96 * share.clamp(0.0, 1.0));
    let mut svg = frame_of(WIDTH, HEIGHT);
    svg.push_str("<path fill=\"currentColor\" fill-opacity=\"0.3\" d=\"");
    let _ = write!(svg, "M0 {HEIGHT}");
    for (column, share) in columns(main, seconds).into_iter().enumerate() {
        let _ = write!(svg, "L{:.1} {:.1}", x(column), y(share.unwrap_or(0.0)));
    }
    let _ = write!(
        svg,
        "L{WIDTH} {HEIGHT}Z\"/><path fill=\"none\" stroke=\"#c0392b\" d=\""
    );
    for (column, share) in columns(alternate, seconds).into_iter().enumerate() {
        let step = if column == 0 { 'M' } else { 'L' };
        let _ = write!(svg, "{step}{:.1} {:.1}", x(column), y(share.unwrap_or(0.0)));
    }
    svg.push_str("\"/></svg>");
    svg
}

/// A bar for each value, one of them marked; `from` and `to` are the bottom and the top.
pub(crate) fn bars(values: &[f64], marked: usize, from: f64, to: f64) -> String {
    let mut svg = frame_of(WIDTH, HEIGHT);
    let width = WIDTH / values.len().max(1) as f64;
    for (index, value) in values.iter().enumerate() {
        let share = ((value - from) / (to - from).max(1.0e-9)).clamp(0.02, 1.0);
        let fill = if index == marked {
            "fill=\"#c0392b\""
        } else {
            "fill=\"currentColor\" fill-opacity=\"0.5\""
        };
        let _ = write!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" {fill}/>",
            width * (index as f64 + 0.1),
            HEIGHT * (1.0 - share),
            width * 0.8,
            HEIGHT * share
        );
    }
    svg.push_str("</svg>");
    svg
}

/// How far each band stands from the other songs, ±18 dB around a middle line.
pub(crate) fn tone(difference_db: &[Option<f64>]) -> String {
    const RANGE: f64 = 18.0;
    let mut svg = frame_of(WIDTH, HEIGHT);
    let x = |band: usize| WIDTH * (band as f64 + 0.5) / difference_db.len().max(1) as f64;
    let _ = write!(
        svg,
        "<path d=\"M0 {m}H{WIDTH}\" stroke=\"#999\" stroke-width=\"0.5\"/>\
         <path fill=\"none\" stroke=\"#c0392b\" d=\"",
        m = HEIGHT / 2.0
    );
    let mut step = 'M';
    for (band, difference) in difference_db.iter().enumerate() {
        if let Some(db) = difference {
            let y = HEIGHT * (0.5 - 0.5 * (db / RANGE).clamp(-1.0, 1.0));
            let _ = write!(svg, "{step}{:.1} {y:.1}", x(band));
            step = 'L';
        }
    }
    svg.push_str("\"/></svg>");
    svg
}
