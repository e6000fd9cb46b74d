//! What the client's account has told the order: what waits for money, since when nothing does, and
//! that it was sold in a sale. Queue, estimate, previews and finals all read it here.

use serde::{Deserialize, Serialize};

use crate::ids::UnixMs;
use crate::master::FinalFormat;
use crate::project::{Hold, Project};
use crate::service::FreeRounds;

/// What is known of a payment that something of an order waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paid {
    /// It waits for none.
    NotAsked,
    /// It has not come.
    Awaited,
    /// Enough came at that moment.
    EnoughAt(UnixMs),
}

/// When enough had come; none where it has not, or where nothing waited for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Payments {
    /// Since when the work no longer waits for money.
    pub to_start_at: Option<UnixMs>,
    /// Since when the finals do not either.
    pub for_finals_at: Option<UnixMs>,
}

/// An order that was sold in a sale: final, and without a promised turnaround.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldInSale {
    /// What the sale is called.
    pub name: String,
    /// How many rounds are free; none: as the service says.
    pub free_rounds: Option<u32>,
}

fn since(enough_at: Option<UnixMs>) -> Paid {
    enough_at.map_or(Paid::NotAsked, Paid::EnoughAt)
}

impl Project {
    /// What is known of the payment that the work waits for.
    #[must_use]
    pub fn paid_to_start(&self) -> Paid {
        match self.hold {
            Hold::Everything => Paid::Awaited,
            Hold::Finals | Hold::Nothing => since(self.payments.to_start_at),
        }
    }

    /// What is known of the payment that the finals wait for.
    #[must_use]
    pub fn paid_for_finals(&self) -> Paid {
        match self.hold {
            Hold::Everything | Hold::Finals => Paid::Awaited,
            Hold::Nothing => since(self.payments.for_finals_at),
        }
    }

    /// Whether a client may fetch finals of this format: once they are offered, and what was ordered
    /// beside them once nothing waits for money any more.
    #[must_use]
    pub fn may_fetch(&self, format: FinalFormat) -> bool {
        let is_paid = !format.is_ordered() || self.hold == Hold::Nothing;
        self.offered_at.is_some() && is_paid
    }

    /// How many rounds the order's terms leave free: a sale may have a number of its own.
    #[must_use]
    pub fn free_rounds(&self) -> FreeRounds {
        let of_sale = self.sale.as_ref().and_then(|sale| sale.free_rounds);
        of_sale.map_or(self.rules.rounds.free, FreeRounds::Count)
    }
}

/// What is true after the account said what waits for money.
pub(crate) fn hold_changed(project: &mut Project, hold: Hold, at: UnixMs) {
    let (before, payments) = (project.hold, &mut project.payments);
    if hold == Hold::Everything {
        payments.to_start_at = None;
    } else if before == Hold::Everything {
        payments.to_start_at = Some(at);
    }
    payments.for_finals_at = (hold == Hold::Nothing).then_some(at);
    project.hold = hold;
}
