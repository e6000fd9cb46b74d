//! A unit's round trip, found with a test signal in the session itself.

use gear::{Form, Plan, PlanSettings, analyse};

use crate::session::board::{Command, Probe};
use crate::session::levels::Fallen;
use crate::session::{Session, SessionError};

/// Peak of the signals that a round trip is measured with.
const PROBE_DBFS: f64 = -18.0;

/// What is being measured.
#[derive(Debug)]
pub(crate) struct Measuring {
    pub(crate) way: usize,
    plan: Plan,
    /// Those that come after it.
    then: Vec<usize>,
    longest_frames: usize,
}

impl Session {
    /// Begins to measure every unit's round trip of up to so many frames; [`Session::tend`] goes on with it. The song
    /// stops and the monitors are silent meanwhile.
    ///
    /// # Errors
    /// The server, a fallen guard, a measurement that goes on.
    pub fn measure(&mut self, longest_frames: usize) -> Result<(), SessionError> {
        if self.measuring.is_some() {
            return Err(SessionError::Measures);
        }
        if let Fallen::At(way) = self.last.fallen {
            return Err(self.feedback(way));
        }
        let all: Vec<usize> = (0..self.settings.ways.len()).collect();
        self.probe(&all, longest_frames)
    }

    fn probe(&mut self, ways: &[usize], longest_frames: usize) -> Result<(), SessionError> {
        let Some((way, then)) = ways.split_first() else {
            return Ok(());
        };
        let rate_hz = self.settings.rate_hz;
        let plan = Plan::new(PlanSettings {
            level_dbfs: PROBE_DBFS,
            longest_delay_frames: longest_frames,
            ..PlanSettings::new(rate_hz, self.channels(), Form::Short)
        });
        let plan = plan.map_err(|error| unmeasured(*way, &error))?;
        let row = |row: &Vec<f64>| row.iter().map(|x| *x as f32).collect();
        let probe = Probe {
            way: *way,
            sent: plan.sent().iter().map(row).collect(),
            returned: vec![vec![0.0; plan.recorded_frames()]; self.channels()],
            at: 0,
        };
        self.send(Command::Probe(Box::new(probe)))?;
        self.measuring = Some(Measuring {
            way: *way,
            plan,
            then: then.to_vec(),
            longest_frames,
        });
        Ok(())
    }

    /// Takes what came back, and goes on to the next unit or to the board that knows them all.
    pub(crate) fn measured(
        &mut self,
        probe: &Probe,
        measuring: Measuring,
    ) -> Result<(), SessionError> {
        if let Fallen::At(way) = self.last.fallen {
            return Err(self.feedback(way));
        }
        let wide = |row: &Vec<f32>| row.iter().map(|x| f64::from(*x)).collect();
        let returned: Vec<Vec<f64>> = probe.returned.iter().map(wide).collect();
        let found = analyse(&measuring.plan, &returned, &[]);
        let found = found.map_err(|error| unmeasured(measuring.way, &error))?;
        let Some(delays) = found.delays_frames() else {
            let why: Vec<String> = found.objections().iter().map(ToString::to_string).collect();
            return Err(SessionError::Unmeasured {
                way: measuring.way + 1,
                why: why.join("; "),
            });
        };
        self.settings.ways[measuring.way].delays_frames = Some(delays);
        if !measuring.then.is_empty() {
            return self.probe(&measuring.then, measuring.longest_frames);
        }
        self.make_anew()
    }
}

fn unmeasured(way: usize, error: &impl ToString) -> SessionError {
    SessionError::Unmeasured {
        way: way + 1,
        why: error.to_string(),
    }
}
