//! Which print is next by how the rack stands, what MIDI sets for it, and whose gear it waits for.

use rack::Step;
use vault::{PrintState, Vault};

use super::body::Question;
use super::room::{LOOK_EVERY, PrintRoom, Ready, house_said};
use super::standing::{Stands, Switched, was_touched};
use crate::by_midi;
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::units_in_use::UnitsClaim;

impl PrintRoom {
    /// Runs what the rack is set for; asks for the oldest setting where it is set for none.
    pub(super) async fn next_of(&mut self, ready: Vec<Ready>) -> Result<bool, Denied> {
        let (stands, switched) = self.standing().await?;
        let steps = |one: &Ready| stands.steps_to(&one.wanted, &switched);
        let (set, others): (Vec<_>, Vec<_>) =
            ready.into_iter().partition(|one| steps(one).is_empty());
        let is_any_set = !set.is_empty();
        // While somebody else has one print's gear, another goes first.
        let in_use = self.shop.units_in_use.clone();
        let is_free = |one: &Ready| in_use.are_free(one.wanted.units.keys());
        let (free, busy): (Vec<_>, Vec<_>) = set.into_iter().partition(is_free);
        for one in free.into_iter().chain(busy) {
            let Some((unit, at)) = switched.warm_at(&one.wanted.units, now_ms()) else {
                return self.work_on(one).await;
            };
            if one.body.until != Some(at) {
                return self.wait(one, format!("{unit} warms up"), at).await;
            }
        }
        // What warms up stands as it is to stand: nobody is asked to change that meanwhile.
        let Some(first) = others.into_iter().next().filter(|_| !is_any_set) else {
            return Ok(false);
        };
        let steps = steps(&first);
        let Some(first) = self.turned_by_midi(first, &steps).await? else {
            return Ok(true);
        };
        let question = Question::Set { steps };
        self.ask(first.row.no, first.row.version, first.body, question)
            .await?;
        Ok(true)
    }

    /// Sets what MIDI can set of a walk, while nobody else has the units; the print comes back where the rest, or all
    /// of it, is a person's.
    async fn turned_by_midi(
        &mut self,
        one: Ready,
        steps: &[Step],
    ) -> Result<Option<Ready>, Denied> {
        if !by_midi::is_any(steps, &one.wanted.units) {
            return Ok(Some(one));
        }
        let Some((mut one, claim)) = self.with_its_gear(one).await? else {
            return Ok(None);
        };
        let turned = by_midi::send(steps.to_vec(), one.wanted.units.clone()).await;
        drop(claim);
        let told = &turned.told;
        let mut said: Vec<String> = told.faults.clone();
        if !told.set.is_empty() {
            said.push(format!("Set by MIDI: {}.", told.set.join("; ")));
        }
        one.body.said.extend(said.into_iter().map(house_said));
        if told.set.is_empty() {
            return Ok(Some(one));
        }
        let in_use = self.shop.units_in_use.clone();
        let row = move |vault: &Vault| turned.row(vault, &in_use);
        let row = self.shop.access.read(row).await?;
        let (no, version) = (one.row.no, one.row.version);
        self.put(no, version, PrintState::Queued, &one.body, vec![row])
            .await?;
        Ok(None)
    }

    /// The number of the newest print that waits.
    async fn newest(&self) -> Result<u64, Denied> {
        let rows = self.shop.access.read(Vault::prints_waiting).await?;
        Ok(rows.iter().map(|row| row.no).max().unwrap_or(0))
    }

    async fn standing(&self) -> Result<(Stands, Switched), Denied> {
        let in_use = self.shop.units_in_use.clone();
        let read = move |vault: &Vault| Ok((Stands::read(vault, &in_use)?, Switched::read(vault)?));
        self.shop.access.read(read).await
    }

    /// A print with its units, waited for where somebody else has them; none where the queue is to be looked at anew.
    pub(super) async fn with_its_gear(
        &mut self,
        one: Ready,
    ) -> Result<Option<(Ready, UnitsClaim)>, Denied> {
        let units = one.wanted.units.keys().cloned();
        let claim = self.shop.units_in_use.claim(&one.who(), units);
        let waits = claim.waits_for();
        let mut one = one;
        if waits.is_empty() {
            return Ok(Some((one, claim)));
        }
        one.body.waits = format!("It waits for gear: {waits}");
        let (no, version) = (one.row.no, one.row.version);
        self.put(no, version, PrintState::Queued, &one.body, Vec::new())
            .await?;
        let bell = self.shop.printing.bell();
        let newest = self.newest().await?;
        loop {
            tokio::select! {
                () = claim.held() => break,
                // A stop, a hold, an answer: the queue is looked at anew.
                () = bell.notified() => return Ok(None),
                () = tokio::time::sleep(LOOK_EVERY) => {
                    // The gear of one that came meanwhile may be free.
                    if self.newest().await? > newest {
                        return Ok(None);
                    }
                }
                _ = self.stop.changed() => return Ok(None),
            }
        }
        let stands = self.standing().await?.0;
        let in_use = &self.shop.units_in_use;
        let mut units = one.wanted.units.keys();
        if units.any(|unit| was_touched(in_use, unit, stands.since())) {
            return Ok(None);
        }
        one.row.version += 1;
        Ok(Some((one, claim)))
    }
}
