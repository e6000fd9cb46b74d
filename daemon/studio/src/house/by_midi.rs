//! "Set it like revision 3", as far as MIDI reaches: what it can set is set, the rest stays a person's.

use mastering::{OrderNumber, RevisionNo};
use rack::Step;

use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::by_midi::{self, SetByMidi};
use crate::denied::Denied;

impl Studio {
    /// Sends what MIDI can set on the way to how a revision was set, from how another one is noted or from nothing
    /// known, while nobody else has the units.
    ///
    /// # Errors
    /// `NotAllowed` for whoever does not master; `NotFound` where one of the sheets is not there; units that somebody
    /// else has now; a walk on which MIDI sets nothing.
    pub async fn set_by_midi(
        &self,
        visitor: &Visitor,
        (number, revision): (OrderNumber, RevisionNo),
        from: Option<(OrderNumber, RevisionNo)>,
    ) -> Result<SetByMidi, Denied> {
        visitor.must(Right::Master)?;
        let steps = self.walk_to(visitor, (number, revision), from).await?;
        let units = self.sheet(visitor, number, revision).await?.units;
        if !by_midi::is_any(&steps, &units) {
            return Err(Denied::Invalid(
                "MIDI sets nothing on this way: a unit needs a MIDI port, and its controls say what sets them"
                    .to_owned(),
            ));
        }
        let mut needed: Vec<String> = steps.iter().filter_map(unit_of).collect();
        needed.dedup();
        let who = format!("setting the rack for {number}, revision {revision}");
        let claim = self.units_in_use.claim(&who, needed);
        let waits = claim.waits_for();
        if !waits.is_empty() {
            return Err(Denied::Invalid(format!(
                "somebody else has the gear now: {waits}; wait until it is let go"
            )));
        }
        let turned = by_midi::send(steps, units).await;
        drop(claim);
        let in_use = self.units_in_use.clone();
        let told = turned.told.clone();
        let row = self.access.read(move |vault| turned.row(vault, &in_use));
        let decision = Decision::SetByMidi {
            order: number,
            revision,
            set: told.set.len(),
        };
        let rows = vec![row.await?, decided(visitor, "", &decision)];
        self.desk.keep(rows).await?;
        Ok(told)
    }
}

fn unit_of(step: &Step) -> Option<String> {
    match step {
        Step::Set {
            unit,
            midi: Some(_),
            ..
        } => Some(unit.clone()),
        _ => None,
    }
}
