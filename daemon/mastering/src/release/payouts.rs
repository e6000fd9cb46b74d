//! What a release earned: what its distributors reported, and what of that was paid out.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::UnixMs;
use crate::money::{Amount, Currency};
use crate::project::Project;

/// A payout that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// Its number in the order, from 1.
    pub no: u32,
    /// How much.
    pub amount: Amount,
    /// When the money left.
    pub paid_on: Date,
    /// To whom, and by which way.
    pub words: String,
    /// Who noted it.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// A payout that somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutAsked {
    /// What there was when they asked.
    pub balance: Amount,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// Something that is said of a release's sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SalesCommand {
    /// Tells the client that a distributor's report names the release.
    Report {
        /// The report's number in the studio.
        report: u32,
        /// Whose it is.
        distributor: String,
        /// The quarter it reports, such as `2026-Q3`.
        quarter: String,
    },
    /// Asks for what can be paid out.
    AskPayout {
        /// What there is, by the studio's books.
        balance: Amount,
        /// Who asks.
        by: String,
    },
    /// Notes that something was paid out.
    NotePayout {
        /// How much.
        amount: Amount,
        /// When the money left.
        paid_on: Date,
        /// To whom, and by which way.
        words: String,
        /// What there was, by the studio's books.
        balance: Amount,
        /// Who notes it.
        by: String,
    },
}

/// Something that became of a release's sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sales", rename_all = "snake_case")]
pub enum SalesEvent {
    /// A distributor's report names the release.
    Reported {
        /// The report's number in the studio.
        report: u32,
        /// Whose it is.
        distributor: String,
        /// The quarter it reports.
        quarter: String,
        /// When it was read.
        at: UnixMs,
    },
    /// Somebody asked for what can be paid out.
    PayoutAsked(PayoutAsked),
    /// Something was paid out.
    PaidOut(Payout),
}

impl SalesEvent {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Reported { .. } => "sales_reported",
            Self::PayoutAsked(_) => "payout_asked",
            Self::PaidOut(_) => "paid_out",
        }
    }
}

impl Project {
    /// What was paid out in a currency, in its minor units.
    #[must_use]
    pub fn paid_out(&self, currency: Currency) -> i64 {
        let payouts = self.payouts.iter().map(|payout| payout.amount);
        let of_it = payouts.filter(|amount| amount.currency() == currency);
        of_it.fold(0, |sum, amount| sum.saturating_add(amount.minor()))
    }

    /// The payout that somebody waits for in a currency.
    #[must_use]
    pub fn payout_asked(&self, currency: Currency) -> Option<&PayoutAsked> {
        let mut asked = self.payouts_asked.iter();
        asked.find(|asked| asked.balance.currency() == currency)
    }
}
