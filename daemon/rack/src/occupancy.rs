//! Who has which units: two chains that need the same one take turns, first come, first served.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Somebody who needs units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Who, such as `LQ-1001, revision 2`.
    pub who: String,
    /// All that they need; they get them at once or wait.
    pub units: BTreeSet<String>,
}

/// Where a claim stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// It has its units.
    Holds,
    /// It waits.
    Waits {
        /// The units it waits for and who has them or is before it, in the rack's order.
        behind: Vec<(String, String)>,
    },
}

/// The rack's units and who has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// In the order they came; those who hold stand among those who wait.
    claims: Vec<Claim>,
}

impl Occupancy {
    /// Takes a claim and says where it stands. A second claim of the same name takes the first one's place.
    pub fn claim(&mut self, claim: Claim) -> Standing {
        let who = claim.who.clone();
        match self.claims.iter_mut().find(|other| other.who == who) {
            Some(place) => *place = claim,
            None => self.claims.push(claim),
        }
        self.standing(&who).unwrap_or(Standing::Holds)
    }

    /// Lets somebody's units go, or takes them out of the line; says who may begin now.
    pub fn release(&mut self, who: &str) -> Vec<String> {
        let held = self.holders();
        self.claims.retain(|claim| claim.who != who);
        let now = self.holders();
        now.into_iter().filter(|who| !held.contains(who)).collect()
    }

    /// Where somebody stands; `None` for who claimed nothing.
    pub fn standing(&self, who: &str) -> Option<Standing> {
        let place = self.claims.iter().position(|claim| claim.who == who)?;
        let mine = &self.claims[place].units;
        // Whoever came before counts, holding or waiting: nobody who needs many units waits for ever.
        let behind: Vec<(String, String)> = mine
            .iter()
            .filter_map(|unit| {
                let before = self.claims[..place].iter().find(|c| c.units.contains(unit));
                before.map(|claim| (unit.clone(), claim.who.clone()))
            })
            .collect();
        Some(if behind.is_empty() {
            Standing::Holds
        } else {
            Standing::Waits { behind }
        })
    }

    /// Who holds units, in the order they came.
    pub fn holders(&self) -> Vec<String> {
        self.claims
            .iter()
            .filter(|claim| self.standing(&claim.who) == Some(Standing::Holds))
            .map(|claim| claim.who.clone())
            .collect()
    }

    /// Everybody in the line with where they stand.
    pub fn line(&self) -> Vec<(&Claim, Standing)> {
        let standing = |claim: &Claim| self.standing(&claim.who).unwrap_or(Standing::Holds);
        self.claims.iter().map(|c| (c, standing(c))).collect()
    }
}
