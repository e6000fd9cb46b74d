//! Why something may not happen to a client's account.

use super::amount::{Amount, BadAmount};
use super::document::DocumentNo;

/// Why something may not happen to a client's account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyRefusal {
    /// Amounts that do not go together.
    #[error(transparent)]
    Amount(#[from] BadAmount),
    /// A price list nobody could mean.
    #[error("the price list cannot be used: {what}")]
    BadPriceList {
        /// What is wrong.
        what: &'static str,
    },
    /// The price list has no such extra or programme price.
    #[error("the price list of this service has no price for {what}")]
    NotOffered {
        /// What was asked for.
        what: &'static str,
    },
    /// Too few or many.
    #[error("{what} lies between 1 and {most}")]
    OutOfRange {
        /// What.
        what: &'static str,
        /// The most.
        most: u32,
    },
    /// There is no such document in this account.
    #[error("there is no {0} in this account")]
    NoSuchDocument(DocumentNo),
    /// The quote is not open.
    #[error("{0} is not open any more")]
    QuoteClosed(DocumentNo),
    /// The invoice was cancelled.
    #[error("{0} was cancelled")]
    Cancelled(DocumentNo),
    /// Something was paid on it.
    #[error("something was paid on {0}; a refund gives money back, with its own number")]
    PaidOn(DocumentNo),
    /// More than there is.
    #[error("at most {most} can be {deed}")]
    TooMuch {
        /// The most.
        most: Amount,
        /// What was to be done with it.
        deed: &'static str,
    },
    /// Nothing or less.
    #[error("a quote is over something: songs, extras, or a line of its own")]
    NothingAsked,
    /// The amount must be more than nothing.
    #[error("the amount must be more than nothing")]
    NotPositive,
    /// A sale order.
    #[error("this was a sale order, which is final: no refund and no credit")]
    SaleIsFinal,
    /// The service gives no money back.
    #[error("this service gives no refunds; a credit can be given instead")]
    NoRefunds,
    /// The service gives money back for faults only.
    #[error("this service refunds technical faults in the mastered files only")]
    OnlyForFaults,
    /// The credit's days are over.
    #[error("{0} has lapsed")]
    Lapsed(DocumentNo),
    /// Nothing is left of the credit, or to pay.
    #[error("nothing is left of {0}")]
    UsedUp(DocumentNo),
    /// The account was ended.
    #[error("this account was ended")]
    Ended,
    /// Never card data in the box.
    #[error(
        "this looks like a card's number; card data is never kept here, only the terminal's receipt number"
    )]
    CardNumber,
    /// The order has no price.
    #[error("this order has no price list; quote it from one first")]
    NotPriced,
}
