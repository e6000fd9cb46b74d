//! Taking a release out of the shops, and somebody's claim to rights in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::ids::UnixMs;
use crate::project::Project;
use crate::service::Span;

/// What a removal costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalCost {
    /// Nothing: it was on sale for long enough.
    Free,
    /// The price list's fee for a removal.
    Fee,
}

/// A request to take a release out of shops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Its number in the order, from 1.
    pub no: u32,
    /// The shops, each with the moment its links were dead; none while they live.
    pub shops: BTreeMap<String, Option<UnixMs>>,
    /// Why.
    pub reason: String,
    /// What it costs.
    pub cost: RemovalCost,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// When it was taken back; the shops whose links live keep the release.
    #[serde(default)]
    pub withdrawn_at: Option<UnixMs>,
}

impl Removal {
    /// Whether nothing of it is left to do: every shop's links are dead, or it was taken back.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.withdrawn_at.is_some() || self.shops.values().all(Option::is_some)
    }

    /// The shops that it takes the release out of, or has.
    pub(crate) fn taken_out(&self) -> impl Iterator<Item = &String> {
        let is_back = self.withdrawn_at.is_some();
        let shops = self.shops.iter();
        shops.filter_map(move |(shop, gone)| (gone.is_some() || !is_back).then_some(shop))
    }
}

/// Somebody's claim to rights in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsClaim {
    /// Its number in the order, from 1.
    pub no: u32,
    /// Who claims.
    pub claimant: String,
    /// To what, and why.
    pub words: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// When it was withdrawn.
    pub withdrawn_at: Option<UnixMs>,
}

impl Project {
    /// What a removal that is asked for now costs: free once the release was out for the months of
    /// the order's terms, by its own calendar.
    #[must_use]
    pub fn removal_cost(&self, now: UnixMs) -> RemovalCost {
        let zone = &self.rules.time_zone;
        let on = self.release.as_ref().and_then(|r| r.released_on);
        let out_since = on.and_then(|day| zone.start_of(day)).or(self.offered_at);
        let months = self.rules.release.removal_free_months;
        let free_from = out_since.and_then(|since| zone.months_later(since, months));
        match free_from {
            Some(from) if now >= from => RemovalCost::Free,
            Some(_) | None => RemovalCost::Fee,
        }
    }

    /// When each shop of a removal is to be done with it, at the latest.
    #[must_use]
    pub fn removal_due(&self, removal: &Removal, calendar: &Calendar) -> Option<UnixMs> {
        let days = self.rules.release.removal_business_days;
        calendar.end_of(removal.at, Span::business_days(days))
    }

    /// Whether the release is being removed: until its links are dead its songs stay tied to it.
    #[must_use]
    pub fn is_being_removed(&self) -> bool {
        self.removals.iter().any(|removal| !removal.is_done())
    }

    /// The claims that nobody has withdrawn.
    pub fn open_claims(&self) -> impl Iterator<Item = &RightsClaim> {
        let claims = self.claims.iter();
        claims.filter(|claim| claim.withdrawn_at.is_none())
    }
}
