//! A measurement whose return comes back by another clock and at another rate.

use crate::analysis::{AnalysisError, analyse};
use crate::chirps::at_rate;
use crate::measurement::{Calibration, Measurement};
use crate::plan::Plan;

/// Measures a unit as [`analyse`] does from a return that was recorded at a rate of its own, by a clock of its own, from
/// some time ahead of the first frame sent on.
///
/// Frames are those of the send. Delays count from the first channel that carries sound; how far the clocks lie apart is
/// taken out and said. The plan's longest delay has to hold the time that recording began ahead.
///
/// # Errors
/// A recording that does not belong to the plan.
pub fn analyse_two_rates(
    plan: &Plan,
    (returned, returned_hz): (&[Vec<f64>], u32),
    calibration: &[Calibration],
) -> Result<Measurement, AnalysisError> {
    let rates = [returned_hz, plan.settings().rate_hz];
    let rows: Vec<Vec<f64>> = returned.iter().map(|row| at_rate(row, rates)).collect();
    let mut found = analyse(plan, &rows, calibration)?;
    found.returned_hz = Some(returned_hz);
    let paths = found.channels.iter();
    let mut paths = paths.filter_map(|channel| channel.path.as_ref());
    let Some(first) = paths.next().map(|path| path.delay_frames.mean) else {
        return Ok(found);
    };
    for path in found.channels.iter_mut().filter_map(|c| c.path.as_mut()) {
        path.delay_frames.mean -= first;
    }
    Ok(found)
}
