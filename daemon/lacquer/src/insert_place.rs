//! Where the gear is and how it is measured, from the command line's words.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use gear::{Calibration, Form, Measurement, PlanSettings};
use patchbay::{Insert, InsertTarget, JackInsert, LoopbackSettings, Pace, ReturnServer};

use crate::args::Place;
use crate::insert_args::{InsertPlaceArgs, InsertPlanArgs, PaceArg};
use crate::insert_unit::RackUnit;

/// Longest time that closing takes: a process that ends sooner leaves a server that freewheels standing still.
const CLOSING: Duration = Duration::from_secs(5);

/// An insert that is closed before the process ends, and the unit of the rack that it is, where one was named.
pub(crate) struct Held {
    insert: Option<Insert>,
    unit: Option<RackUnit>,
}

impl Held {
    /// Opens it; `rate_hz` is the song's, where there is one.
    pub(crate) fn open(
        place: &Place,
        args: &InsertPlaceArgs,
        rate_hz: Option<u32>,
    ) -> anyhow::Result<Self> {
        let unit = args.unit.as_deref();
        let unit = unit.map(|id| RackUnit::ask(place, id)).transpose()?;
        let target = target(args, unit.as_ref(), rate_hz)?;
        let insert = Some(Insert::open(target)?);
        Ok(Self { insert, unit })
    }

    pub(crate) fn insert(&mut self) -> anyhow::Result<&mut Insert> {
        self.insert.as_mut().context("the insert is closed")
    }

    /// Measures what is behind it.
    pub(crate) fn measure(
        &mut self,
        args: &InsertPlanArgs,
        form: Form,
    ) -> anyhow::Result<Measurement> {
        let channels = self.insert()?.channels();
        let levels = match (&self.unit, args.calibration.is_empty()) {
            (Some(unit), true) => unit.levels(channels),
            _ => calibration(&args.calibration, channels)?,
        };
        let insert = self.insert()?;
        Ok(patchbay::measure(
            insert,
            &plan(args, insert, form),
            &levels,
        )?)
    }

    /// What was measured of the unit before, at this rate and of as many channels, oldest first.
    pub(crate) fn history(&self, like: &Measurement) -> Vec<Measurement> {
        let all = self.unit.iter().flat_map(|unit| &unit.history);
        let is_like = |m: &&Measurement| m.is_like(like);
        all.filter(is_like).cloned().collect()
    }

    /// Keeps what was found with the unit, where one was named.
    pub(crate) fn keep(&self, found: &Measurement, objections: &[String]) -> anyhow::Result<()> {
        match &self.unit {
            Some(unit) => unit.keep(found, objections),
            None => Ok(()),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(insert) = self.insert.take() {
            // A server that does not answer keeps nobody here.
            insert.close(CLOSING);
        }
    }
}

fn target(
    args: &InsertPlaceArgs,
    unit: Option<&RackUnit>,
    rate_hz: Option<u32>,
) -> anyhow::Result<InsertTarget> {
    if let Some(words) = &args.loopback {
        return Ok(InsertTarget::Loopback(LoopbackSettings::from_words(
            words, rate_hz,
        )?));
    }
    if let Some(unit) = unit.filter(|unit| unit.is_loopback() && args.send.is_empty()) {
        return Ok(InsertTarget::Loopback(unit.loopback(rate_hz)?));
    }
    let (send, back) = match unit {
        Some(unit) if args.send.is_empty() => unit.ports()?,
        _ => (args.send.clone(), args.back.clone()),
    };
    let of_unit = unit.filter(|_| args.send.is_empty());
    let of_unit = of_unit.and_then(RackUnit::return_server);
    let server = args.return_server.clone().or(of_unit);
    let command = crate::return_command()?;
    Ok(InsertTarget::Jack(JackInsert {
        name: "lacquer".to_owned(),
        send,
        back,
        back_on: server.map(|server| ReturnServer { server, command }),
        rate_hz,
        pace: match args.pace {
            PaceArg::RealTime => Pace::RealTime,
            PaceArg::Freewheel => Pace::Freewheel,
        },
        ceiling_dbfs: args.ceiling,
    }))
}

/// The plan of a measurement; rate and channels are those of the insert.
fn plan(args: &InsertPlanArgs, insert: &Insert, form: Form) -> PlanSettings {
    let rate_hz = insert.rate_hz();
    let longest = u64::from(rate_hz) * u64::from(args.longest) / 1_000;
    PlanSettings {
        level_dbfs: args.level,
        longest_delay_frames: usize::try_from(longest).unwrap_or(usize::MAX),
        ..PlanSettings::new(rate_hz, insert.channels(), form)
    }
}

/// Reads `18/24`, once for all channels or once for each.
fn calibration(words: &[String], channels: usize) -> anyhow::Result<Vec<Calibration>> {
    let read = |text: &String| -> anyhow::Result<Calibration> {
        let both = text.split_once('/');
        let both = both.and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
        let (send_dbu, return_dbu) = both.ok_or_else(|| {
            anyhow!("\u{201c}{text}\u{201d} is not the level of send and return in dBu, like 18/24")
        })?;
        Ok(Calibration {
            send_dbu,
            return_dbu,
        })
    };
    let all: Vec<Calibration> = words.iter().map(read).collect::<anyhow::Result<_>>()?;
    match all.len() {
        1 => Ok(vec![all[0]; channels]),
        0 => Ok(all),
        n if n == channels => Ok(all),
        n => bail!(
            "levels are given for {n} channels of {channels}; give one for all, or one for each"
        ),
    }
}

/// Reads a measurement that was kept.
pub(crate) fn kept(path: &Path) -> anyhow::Result<Measurement> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no measurement of a unit", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_given_once_for_all_or_once_for_each() {
        let given = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            calibration(&words, 2).map_err(|e| e.to_string())
        };
        assert_eq!(given(&[]).unwrap(), []);
        assert_eq!(given(&["18/24"]).unwrap().len(), 2);
        assert_eq!(given(&["18/24", "17.5/-1"]).unwrap()[1].return_dbu, -1.0);
        assert!(given(&["18"]).unwrap_err().contains("like 18/24"));
        assert!(
            given(&["1/2", "1/2", "1/2"])
                .unwrap_err()
                .contains("3 channels of 2")
        );
    }
}
