//! Who has which units of the rack now: printing, a live session, a measurement. One line, in memory, for all of them.
//!
//! Nothing of it is written down: after the daemon's end nobody holds hardware, and whoever needs it asks again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mastering::UnixMs;
use rack::{Claim, Occupancy, Standing};
use serde::Serialize;
use tokio::sync::watch;

use crate::clock::now_ms;

/// Somebody in the line for units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitsLine {
    /// Who, and for what.
    pub who: String,
    /// The units they hold or need, by the rack's names.
    pub units: BTreeSet<String>,
    /// Since when.
    pub since: UnixMs,
    /// Units they wait for, each with who has it or is before them; empty where they hold theirs.
    pub behind: Vec<UnitBehind>,
}

/// A unit that somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitBehind {
    /// The unit, by the rack's name.
    pub unit: String,
    /// Who has it, or stands before.
    pub who: String,
}

impl UnitsLine {
    /// What they wait for, in a sentence; empty where they hold their units.
    #[must_use]
    pub fn waits_for(&self) -> String {
        waits_for(&self.behind)
    }
}

/// Who is behind whom for which unit, in a sentence; empty where nobody is.
fn waits_for(behind: &[UnitBehind]) -> String {
    let each = behind
        .iter()
        .map(|b| format!("{} is with {}", b.unit, b.who));
    each.collect::<Vec<_>>().join("; ")
}

#[derive(Debug, Default)]
struct Line {
    occupancy: Occupancy,
    since: Vec<(String, UnixMs)>,
    /// Who let each unit go last, and when.
    let_go: BTreeMap<String, (String, UnixMs)>,
}

/// The line for the rack's units. Cheap to clone; all clones are one line.
#[derive(Debug, Clone)]
pub struct UnitsInUse {
    line: Arc<watch::Sender<Line>>,
}

impl Default for UnitsInUse {
    fn default() -> Self {
        Self {
            line: Arc::new(watch::Sender::new(Line::default())),
        }
    }
}

/// A place in the line; the units are let go when it is dropped.
#[derive(Debug)]
pub struct UnitsClaim {
    line: Arc<watch::Sender<Line>>,
    who: String,
}

impl UnitsInUse {
    /// Takes a place in the line: all units at once, or none until those before have let go.
    #[must_use]
    pub fn claim(&self, who: &str, units: impl IntoIterator<Item = String>) -> UnitsClaim {
        let units: BTreeSet<String> = units.into_iter().collect();
        let mut name = who.to_owned();
        self.line.send_modify(|line| {
            // A name is a place: two claims of one name are told apart by a number.
            let mut nth = 1;
            while line.occupancy.standing(&name).is_some() {
                nth += 1;
                name = format!("{who} ({nth})");
            }
            line.since.push((name.clone(), now_ms()));
            line.occupancy.claim(Claim {
                who: name.clone(),
                units,
            });
        });
        UnitsClaim {
            line: Arc::clone(&self.line),
            who: name,
        }
    }

    /// Who had a unit last and let it go, and when; what they did with its knobs only they know.
    #[must_use]
    pub fn let_go(&self, unit: &str) -> Option<(String, UnixMs)> {
        self.line.borrow().let_go.get(unit).cloned()
    }

    /// Whether nobody has or waits for any of these units.
    #[must_use]
    pub fn are_free<'u>(&self, units: impl IntoIterator<Item = &'u String>) -> bool {
        let line = self.now();
        let mut units = units.into_iter();
        units.all(|unit| line.iter().all(|claim| !claim.units.contains(unit)))
    }

    /// Everybody in the line, in the order they came.
    #[must_use]
    pub fn now(&self) -> Vec<UnitsLine> {
        let line = self.line.borrow();
        let claims = line.occupancy.line();
        let told = claims.into_iter().map(|(claim, standing)| UnitsLine {
            who: claim.who.clone(),
            units: claim.units.clone(),
            since: (line.since.iter())
                .find(|(who, _)| *who == claim.who)
                .map_or(0, |(_, since)| *since),
            behind: behind(standing),
        });
        told.collect()
    }
}

impl UnitsClaim {
    /// What it is called in the line.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Units it waits for and who has them; empty where it holds its own.
    #[must_use]
    pub fn behind(&self) -> Vec<UnitBehind> {
        standing(&self.line.borrow(), &self.who)
    }

    /// The same in a sentence; empty where it holds its units.
    #[must_use]
    pub fn waits_for(&self) -> String {
        waits_for(&self.behind())
    }

    /// Comes back when it holds its units.
    pub async fn held(&self) {
        let mut seen = self.line.subscribe();
        // The line lives as long as this claim does.
        let _ = seen
            .wait_for(|line| standing(line, &self.who).is_empty())
            .await;
    }
}

impl Drop for UnitsClaim {
    fn drop(&mut self) {
        self.line.send_modify(|line| {
            let claims = line.occupancy.line();
            let mine = claims
                .into_iter()
                .find(|(claim, standing)| claim.who == self.who && *standing == Standing::Holds);
            let had = mine.map_or_else(BTreeSet::new, |(claim, _)| claim.units.clone());
            let now = now_ms();
            for unit in had {
                line.let_go.insert(unit, (self.who.clone(), now));
            }
            line.occupancy.release(&self.who);
            line.since.retain(|(who, _)| *who != self.who);
        });
    }
}

fn standing(line: &Line, who: &str) -> Vec<UnitBehind> {
    line.occupancy.standing(who).map_or(Vec::new(), behind)
}

fn behind(standing: Standing) -> Vec<UnitBehind> {
    match standing {
        Standing::Holds => Vec::new(),
        Standing::Waits { behind } => {
            let behind = behind.into_iter();
            behind.map(|(unit, who)| UnitBehind { unit, who }).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(units: &[&str]) -> Vec<String> {
        units.iter().map(|unit| (*unit).to_owned()).collect()
    }

    #[tokio::test]
    async fn whoever_needs_a_unit_that_another_has_waits_until_it_is_let_go() {
        let line = UnitsInUse::default();
        let printing = line.claim("LQ-1001, print", names(&["pultec", "vari_mu"]));
        assert!(printing.behind().is_empty());
        let live = line.claim("LQ-1002, live", names(&["vari_mu"]));
        assert_eq!(live.waits_for(), "vari_mu is with LQ-1001, print");
        let elsewhere = line.claim("LQ-1003, live", names(&["massive"]));
        assert!(elsewhere.behind().is_empty());
        let waiting = tokio::spawn(async move {
            live.held().await;
            live
        });
        drop(printing);
        let live = waiting.await.unwrap();
        assert_eq!(live.waits_for(), "");
        let who: Vec<String> = line.now().into_iter().map(|line| line.who).collect();
        assert_eq!(who, ["LQ-1002, live", "LQ-1003, live"]);
        assert_eq!(line.let_go("pultec").unwrap().0, "LQ-1001, print");
        drop((live, elsewhere));
        assert_eq!(line.let_go("vari_mu").unwrap().0, "LQ-1002, live");
        assert!(line.now().is_empty());
    }

    #[test]
    fn two_claims_of_one_name_are_two_places() {
        let line = UnitsInUse::default();
        let first = line.claim("LQ-1001, print", names(&["pultec"]));
        let second = line.claim("LQ-1001, print", names(&["pultec"]));
        assert_eq!(second.who(), "LQ-1001, print (2)");
        assert_eq!(second.waits_for(), "pultec is with LQ-1001, print");
        drop(first);
        assert!(second.behind().is_empty());
    }
}
