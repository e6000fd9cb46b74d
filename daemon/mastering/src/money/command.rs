//! What can be asked of a client's account.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::document::DocumentNo;
use super::price::PriceList;
use super::quote::{Ask, Quote, QuoteAbout};
use crate::ids::{OrderNumber, ProjectId};
use crate::service::FeeDue;

/// How money came. Cards and cash are noted here, not processed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A transfer to the studio's bank account.
    #[default]
    Bank,
    /// The card terminal on the desk.
    CardTerminal,
    /// Cash.
    Cash,
    /// A payment service, which tells us by its signed message.
    Online,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bank, Self::CardTerminal, Self::Cash, Self::Online];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::CardTerminal => "card_terminal",
            Self::Cash => "cash",
            Self::Online => "online",
        }
    }

    /// As it stands on a receipt.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Bank => "bank transfer",
            Self::CardTerminal => "card terminal",
            Self::Cash => "cash",
            Self::Online => "payment service",
        }
    }
}

/// Why money is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundCause {
    /// A technical fault in the mastered files.
    TechnicalFault,
    /// Anything else a person decides.
    Decision,
    /// More was paid than was owed.
    Overpaid,
}

/// What can be asked of a client's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoneyCommand {
    /// An order gets the price list of its service, as it is today.
    PriceOrder {
        /// The project.
        project: ProjectId,
        /// The order's number.
        order: OrderNumber,
        /// The service's name.
        service: String,
        /// Which version of its list.
        version: u32,
        /// The list.
        list: Box<PriceList>,
    },
    /// A quote goes to the client; one that was open for the same order is withdrawn.
    IssueQuote {
        /// The project.
        project: ProjectId,
        /// The quote, made from a price list.
        quote: Box<Quote>,
        /// What it is about.
        about: QuoteAbout,
    },
    /// Nothing is asked any more of what a request would cost: its open quote is taken back.
    EndRequest {
        /// The project.
        project: ProjectId,
        /// The request.
        no: u32,
    },
    /// A removal was taken back: its open quote is as well.
    EndRemoval {
        /// The project.
        project: ProjectId,
        /// The removal.
        no: u32,
    },
    /// The client does not want what was quoted.
    DeclineQuote {
        /// The quote.
        quote: DocumentNo,
        /// Who says so.
        name: String,
    },
    /// Time has passed: quotes and credits whose day is over lapse.
    KeepTime,
    /// The client accepts, or the studio notes that they did.
    AcceptQuote {
        /// The quote.
        quote: DocumentNo,
        /// The name typed.
        name: String,
    },
    /// The studio takes an open quote back.
    WithdrawQuote {
        /// The quote.
        quote: DocumentNo,
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
    /// The master was accepted: a fee that waited for this falls due.
    FeeFallsDue {
        /// The project.
        project: ProjectId,
        /// What is charged where nothing was quoted: songs, and the day.
        ask: Ask,
        /// Who accepted.
        name: String,
        /// What the order's own rules say of the fee.
        fee: FeeDue,
    },
    /// Money came.
    RecordPayment {
        /// For which invoice.
        invoice: DocumentNo,
        /// How much.
        amount: Amount,
        /// How.
        method: Method,
        /// The bank's or the terminal's own reference; never a card's number.
        reference: String,
        /// Who noted it.
        by: String,
    },
    /// A credit instead of a refund.
    GiveCredit {
        /// The order it is given for.
        project: ProjectId,
        /// How much.
        amount: Amount,
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
    /// A credit pays an invoice, as far as it goes.
    RedeemCredit {
        /// The credit.
        credit: DocumentNo,
        /// The invoice.
        invoice: DocumentNo,
    },
    /// A person gives money back.
    Refund {
        /// Which invoice.
        invoice: DocumentNo,
        /// How much.
        amount: Amount,
        /// How it went back.
        method: Method,
        /// What kind of reason.
        cause: RefundCause,
        /// The reason.
        reason: String,
        /// Who.
        by: String,
    },
    /// An invoice on which nothing was paid is taken back.
    CancelInvoice {
        /// The invoice.
        invoice: DocumentNo,
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
    /// Fraud was proven: a penalty for each track, and the account ends.
    Penalise {
        /// The order it was found in.
        project: ProjectId,
        /// How many tracks.
        tracks: u32,
        /// What was proven.
        reason: String,
        /// Who.
        by: String,
    },
    /// A person lets the work go on without the money.
    WaiveGate {
        /// The order.
        project: ProjectId,
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
}
