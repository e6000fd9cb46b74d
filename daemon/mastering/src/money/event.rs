//! What has happened to a client's account: the lines of the ledger's journal.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, BasisPoints};
use super::command::{Method, RefundCause};
use super::document::DocumentNo;
use super::price::PriceList;
use super::quote::{Line, PartDue, Quote, QuoteAbout, QuoteTerms};
use crate::ids::{OrderNumber, ProjectId, UnixMs};
use crate::journal_line::UnknownEvent;

/// The number of today's form of [`MoneyEvent`].
pub const MONEY_SCHEMA: u16 = 2;

/// What an invoice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// Work.
    Work,
    /// A penalty for a proven fraud.
    Penalty,
}

/// A part of an invoice with its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOfInvoice {
    /// How much.
    pub amount: Amount,
    /// What it is due by.
    pub due: PartDue,
    /// When it is overdue.
    pub due_at: UnixMs,
}

/// One thing that happened to a client's account. Who the client is stands outside, under their id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MoneyEvent {
    /// An order got its price list.
    OrderPriced {
        /// The project.
        project: ProjectId,
        /// The order.
        order: OrderNumber,
        /// The service.
        service: String,
        /// The list's version.
        version: u32,
        /// The list.
        list: Box<PriceList>,
        /// When.
        at: UnixMs,
    },
    /// A quote went to the client.
    QuoteIssued {
        /// Its number.
        no: DocumentNo,
        /// The project.
        project: ProjectId,
        /// The quote.
        quote: Box<Quote>,
        /// When.
        at: UnixMs,
        /// What it is about; those of earlier journals are about the order.
        #[serde(default)]
        about: QuoteAbout,
    },
    /// The client accepted it.
    QuoteAccepted {
        /// Its number.
        no: DocumentNo,
        /// The name typed.
        name: String,
        /// When.
        at: UnixMs,
    },
    /// The studio took it back.
    QuoteWithdrawn {
        /// Its number.
        no: DocumentNo,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The client does not want what was quoted.
    QuoteDeclined {
        /// The quote.
        no: DocumentNo,
        /// Who says so.
        name: String,
        /// When.
        at: UnixMs,
    },
    /// Nobody accepted the quote in its time.
    QuoteLapsed {
        /// The quote.
        no: DocumentNo,
        /// When that was noticed.
        at: UnixMs,
    },
    /// An invoice was written.
    InvoiceIssued {
        /// Its number.
        no: DocumentNo,
        /// What for.
        about: InvoiceKind,
        /// The project.
        project: ProjectId,
        /// The quote it follows.
        quote: Option<DocumentNo>,
        /// The lines.
        lines: Vec<Line>,
        /// Their sum.
        net: Amount,
        /// The tax's rate.
        tax_rate: BasisPoints,
        /// The tax.
        tax: Amount,
        /// What is to be paid.
        total: Amount,
        /// In which parts.
        parts: Vec<PartOfInvoice>,
        /// What goes with it.
        terms: QuoteTerms,
        /// When.
        at: UnixMs,
    },
    /// Money came.
    PaymentReceived {
        /// The receipt's number.
        no: DocumentNo,
        /// For which invoice.
        invoice: DocumentNo,
        /// How much.
        amount: Amount,
        /// How.
        method: Method,
        /// The bank's or the terminal's reference.
        reference: String,
        /// Who noted it.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A credit was given instead of a refund.
    CreditGiven {
        /// Its number.
        no: DocumentNo,
        /// The order it was given for.
        project: ProjectId,
        /// How much.
        amount: Amount,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When it lapses.
        lapses_at: UnixMs,
        /// When.
        at: UnixMs,
    },
    /// A credit paid an invoice.
    CreditRedeemed {
        /// The credit.
        no: DocumentNo,
        /// The invoice.
        invoice: DocumentNo,
        /// How much of it.
        amount: Amount,
        /// When.
        at: UnixMs,
    },
    /// The days of a credit were over.
    CreditLapsed {
        /// The credit.
        no: DocumentNo,
        /// What was left of it.
        amount: Amount,
        /// When.
        at: UnixMs,
    },
    /// A person gave money back.
    Refunded {
        /// The credit note's number.
        no: DocumentNo,
        /// The invoice.
        invoice: DocumentNo,
        /// All of it.
        amount: Amount,
        /// What of it was paid beyond the invoice.
        overpaid: Amount,
        /// What of the rest was tax.
        tax: Amount,
        /// How it went back.
        method: Method,
        /// What kind of reason.
        cause: RefundCause,
        /// The reason.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// An invoice on which nothing was paid was taken back.
    InvoiceCancelled {
        /// The credit note's number.
        no: DocumentNo,
        /// The invoice.
        invoice: DocumentNo,
        /// What it was for.
        about: InvoiceKind,
        /// Its total.
        total: Amount,
        /// Its tax.
        tax: Amount,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A person let the work go on without the money.
    GateWaived {
        /// The order.
        project: ProjectId,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The account was ended.
    AccountEnded {
        /// The order it was ended over.
        project: ProjectId,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
}

impl MoneyEvent {
    /// Writes the event as the JSON text the journal keeps.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("events hold only text, numbers and lists")
    }

    /// Reads an event of any form up to today's.
    ///
    /// # Errors
    /// A form from the future, or a damaged line: the account is then refused, never guessed.
    pub fn read(schema: u16, body: &str) -> Result<Self, UnknownEvent> {
        if schema == 0 || schema > MONEY_SCHEMA {
            return Err(UnknownEvent::Newer(schema));
        }
        serde_json::from_str(body).map_err(UnknownEvent::Damaged)
    }

    /// The stable short code of what happened.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OrderPriced { .. } => "order_priced",
            Self::QuoteIssued { .. } => "quote_issued",
            Self::QuoteAccepted { .. } => "quote_accepted",
            Self::QuoteWithdrawn { .. } => "quote_withdrawn",
            Self::QuoteDeclined { .. } => "quote_declined",
            Self::QuoteLapsed { .. } => "quote_lapsed",
            Self::InvoiceIssued { .. } => "invoice_issued",
            Self::PaymentReceived { .. } => "payment_received",
            Self::CreditGiven { .. } => "credit_given",
            Self::CreditRedeemed { .. } => "credit_redeemed",
            Self::CreditLapsed { .. } => "credit_lapsed",
            Self::Refunded { .. } => "refunded",
            Self::InvoiceCancelled { .. } => "invoice_cancelled",
            Self::GateWaived { .. } => "gate_waived",
            Self::AccountEnded { .. } => "account_ended",
        }
    }

    /// The number that this event uses up, if it does.
    #[must_use]
    pub fn numbered(&self) -> Option<DocumentNo> {
        match self {
            Self::QuoteIssued { no, .. }
            | Self::InvoiceIssued { no, .. }
            | Self::PaymentReceived { no, .. }
            | Self::CreditGiven { no, .. }
            | Self::Refunded { no, .. }
            | Self::InvoiceCancelled { no, .. } => Some(*no),
            Self::OrderPriced { .. }
            | Self::QuoteAccepted { .. }
            | Self::QuoteWithdrawn { .. }
            | Self::QuoteDeclined { .. }
            | Self::QuoteLapsed { .. }
            | Self::CreditRedeemed { .. }
            | Self::CreditLapsed { .. }
            | Self::GateWaived { .. }
            | Self::AccountEnded { .. } => None,
        }
    }

    /// When it happened.
    #[must_use]
    pub fn at(&self) -> UnixMs {
        match self {
            Self::OrderPriced { at, .. }
            | Self::QuoteIssued { at, .. }
            | Self::QuoteAccepted { at, .. }
            | Self::QuoteWithdrawn { at, .. }
            | Self::QuoteDeclined { at, .. }
            | Self::QuoteLapsed { at, .. }
            | Self::InvoiceIssued { at, .. }
            | Self::PaymentReceived { at, .. }
            | Self::CreditGiven { at, .. }
            | Self::CreditRedeemed { at, .. }
            | Self::CreditLapsed { at, .. }
            | Self::Refunded { at, .. }
            | Self::InvoiceCancelled { at, .. }
            | Self::GateWaived { at, .. }
            | Self::AccountEnded { at, .. } => *at,
        }
    }
}
