//! A measurement through an insert.

use std::io;

use gear::{
    AnalysisError, Calibration, Mark, Measurement, Plan, PlanError, PlanSettings, analyse,
    analyse_two_rates,
};

use crate::insert::{Insert, InsertError, Pass};

/// Passes after which a person is asked why the server loses time.
const ATTEMPTS: usize = 3;
/// How far up two rates are compared, as a share of the lower one.
const TWO_RATES_SHARE: f64 = 0.42;

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The insert.
    #[error(transparent)]
    Insert(#[from] InsertError),
    /// What was asked for.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What came back.
    #[error("what came back could not be analysed")]
    Analysis(#[from] AnalysisError),
    /// It slipped each time.
    #[error(
        "the audio server lost sound in each of {ATTEMPTS} measurements ({slips} times in the last); give it a longer period or close what else runs, then measure again"
    )]
    Slipped {
        /// Of the last pass.
        slips: usize,
    },
}

/// Measures what is behind an insert, at its rate and on all its channels whatever the settings say; a pass in which
/// the server lost sound is repeated.
///
/// # Errors
/// The insert, impossible settings, a server that keeps losing sound.
pub fn measure(
    insert: &mut Insert,
    settings: &PlanSettings,
    calibration: &[Calibration],
) -> Result<Measurement, MeasureError> {
    let mut settings = PlanSettings {
        rate_hz: insert.rate_hz(),
        channels: insert.channels(),
        ..settings.clone()
    };
    if let Some(returned_hz) = insert.returned_hz() {
        // Recording begins ahead of sending.
        settings.longest_delay_frames += settings.rate_hz as usize;
        let top = TWO_RATES_SHARE * f64::from(returned_hz.min(settings.rate_hz));
        settings.band_hz[1] = settings.band_hz[1].min(top);
    }
    let plan = Plan::new(settings)?;
    let mut slips = 0;
    for _ in 0..ATTEMPTS {
        let (returned, marks) = one_pass(insert, &plan)?;
        if marks.is_empty() {
            let Some(returned_hz) = insert.returned_hz() else {
                return Ok(analyse(&plan, &returned, calibration)?);
            };
            let returned = (returned.as_slice(), returned_hz);
            return Ok(analyse_two_rates(&plan, returned, calibration)?);
        }
        slips = marks.len();
    }
    Err(MeasureError::Slipped { slips })
}

fn one_pass(insert: &mut Insert, plan: &Plan) -> Result<(Vec<Vec<f64>>, Vec<Mark>), InsertError> {
    let channels = insert.channels();
    let mut returned: Vec<Vec<f64>> = vec![Vec::new(); channels];
    let (mut marks, mut at) = (Vec::new(), 0);
    insert.run(&mut Pass {
        frames: plan.recorded_frames() as u64,
        source: &mut |block| {
            for frame in block.chunks_exact_mut(channels) {
                for (x, sent) in frame.iter_mut().zip(plan.sent()) {
                    *x = sent.get(at).copied().unwrap_or(0.0) as f32;
                }
                at += 1;
            }
            io::Result::Ok(())
        },
        sink: &mut |block| {
            for frame in block.chunks_exact(channels) {
                for (row, x) in returned.iter_mut().zip(frame) {
                    row.push(f64::from(*x));
                }
            }
            io::Result::Ok(())
        },
        marks: &mut |mark| marks.push(mark),
    })?;
    Ok((returned, marks))
}
