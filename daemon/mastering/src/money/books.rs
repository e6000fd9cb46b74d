//! Double entry: what each event means for the studio's books. Debits equal credits in every event.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::command::Method;
use super::event::{InvoiceKind, MoneyEvent};

/// An account of the studio's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Book {
    /// What clients owe.
    Receivable,
    /// What work earned, before tax.
    Revenue,
    /// Tax to be passed on.
    Tax,
    /// Penalties for proven frauds.
    Penalties,
    /// The bank account.
    Bank,
    /// The card terminal's account.
    CardTerminal,
    /// The till.
    Cash,
    /// The payment service's account.
    Online,
    /// Credits that may still be redeemed.
    Credits,
    /// What credits cost the studio.
    Goodwill,
}

impl Book {
    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Receivable => "receivable",
            Self::Revenue => "revenue",
            Self::Tax => "tax",
            Self::Penalties => "penalties",
            Self::Bank => "bank",
            Self::CardTerminal => "card_terminal",
            Self::Cash => "cash",
            Self::Online => "online",
            Self::Credits => "credits",
            Self::Goodwill => "goodwill",
        }
    }

    fn of(method: Method) -> Self {
        match method {
            Method::Bank => Self::Bank,
            Method::CardTerminal => Self::CardTerminal,
            Method::Cash => Self::Cash,
            Method::Online => Self::Online,
        }
    }
}

/// One line in the books: more than nothing is a debit, less than nothing a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The account.
    pub book: Book,
    /// The amount, a debit where it is positive.
    pub amount: Amount,
}

fn debit(book: Book, amount: Amount) -> Entry {
    Entry { book, amount }
}

fn credit(book: Book, amount: Amount) -> Entry {
    Entry {
        book,
        amount: amount.negated(),
    }
}

/// What an event means for the books; lines of nothing are left out.
#[must_use]
pub fn entries(event: &MoneyEvent) -> Vec<Entry> {
    let earned = |about: &InvoiceKind| match about {
        InvoiceKind::Work => Book::Revenue,
        InvoiceKind::Penalty => Book::Penalties,
    };
    // What is left of a total without its tax: both have one currency and the tax is the smaller.
    let without = |total: &Amount, part: &Amount| {
        total
            .minus(*part)
            .expect("a part of an amount has its currency")
    };
    let lines = match event {
        MoneyEvent::InvoiceIssued {
            about,
            net,
            tax,
            total,
            ..
        } => vec![
            debit(Book::Receivable, *total),
            credit(earned(about), *net),
            credit(Book::Tax, *tax),
        ],
        MoneyEvent::PaymentReceived { amount, method, .. } => vec![
            debit(Book::of(*method), *amount),
            credit(Book::Receivable, *amount),
        ],
        MoneyEvent::CreditGiven { amount, .. } => vec![
            debit(Book::Goodwill, *amount),
            credit(Book::Credits, *amount),
        ],
        MoneyEvent::CreditRedeemed { amount, .. } => vec![
            debit(Book::Credits, *amount),
            credit(Book::Receivable, *amount),
        ],
        MoneyEvent::CreditLapsed { amount, .. } => vec![
            debit(Book::Credits, *amount),
            credit(Book::Goodwill, *amount),
        ],
        MoneyEvent::Refunded {
            amount,
            overpaid,
            tax,
            method,
            ..
        } => {
            let of_invoice = without(amount, overpaid);
            vec![
                debit(Book::Receivable, *overpaid),
                debit(Book::Revenue, without(&of_invoice, tax)),
                debit(Book::Tax, *tax),
                credit(Book::of(*method), *amount),
            ]
        }
        MoneyEvent::InvoiceCancelled {
            about, total, tax, ..
        } => vec![
            debit(earned(about), without(total, tax)),
            debit(Book::Tax, *tax),
            credit(Book::Receivable, *total),
        ],
        MoneyEvent::OrderPriced { .. }
        | MoneyEvent::QuoteIssued { .. }
        | MoneyEvent::QuoteAccepted { .. }
        | MoneyEvent::QuoteWithdrawn { .. }
        | MoneyEvent::QuoteDeclined { .. }
        | MoneyEvent::QuoteLapsed { .. }
        | MoneyEvent::GateWaived { .. }
        | MoneyEvent::AccountEnded { .. } => Vec::new(),
    };
    lines.into_iter().filter(|l| !l.amount.is_zero()).collect()
}
