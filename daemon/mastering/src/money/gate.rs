//! Whether an order's work may start and its finals be handed over, and what is owed.

use serde::Serialize;

use super::account::{Account, QuoteState, Standing};
use super::amount::Amount;
use super::document::DocumentNo;
use super::event::InvoiceKind;
use super::price::PaymentRule;
use super::quote::{PartDue, QuoteAbout};
use crate::ids::{ProjectId, UnixMs};
use crate::project::Hold;

/// Why something is owed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A quote waits for the client's word.
    QuoteOpen,
    /// A quote for a request or an extra waits for the client's word; only that waits for it.
    ExtraOffered,
    /// The studio has not quoted yet.
    NotQuoted,
    /// Work starts when this is paid.
    BeforeWork,
    /// The finals are handed over when this is paid.
    BeforeFinals,
    /// The fee is due with the acceptance of the master.
    OnAcceptance,
    /// A part whose day has come.
    Overdue,
    /// A part whose day is still to come; nothing waits for it.
    Later,
    /// A penalty.
    Penalty,
}

/// One thing that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Owing {
    /// The quote or invoice.
    pub document: Option<DocumentNo>,
    /// How much.
    pub amount: Option<Amount>,
    /// Why.
    pub why: Why,
    /// By when.
    pub due_at: Option<UnixMs>,
}

/// What the account says to the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// What waits for money.
    pub hold: Hold,
    /// What is owed, and why.
    pub owing: Vec<Owing>,
}

impl Account {
    /// Whether work on `project` may start and its finals be handed over.
    ///
    /// An order without a price list waits for nothing.
    #[must_use]
    pub fn gate(&self, project: &ProjectId, now: UnixMs) -> Gate {
        let Some(terms) = self.orders.get(project) else {
            return Gate {
                hold: Hold::Nothing,
                owing: Vec::new(),
            };
        };
        let mut owing = self.unquoted(project);
        owing.extend(self.unpaid(project, now));
        let rule = terms.list.payment;
        let is_ended = matches!(self.standing, Standing::Ended { .. });
        let hold = if is_ended {
            Hold::Everything
        } else if terms.waived.is_some() || rule == PaymentRule::NoGate {
            Hold::Nothing
        } else {
            let holds = owing.iter().map(|owed| held_by(owed.why, rule));
            holds.max().unwrap_or(Hold::Nothing)
        };
        Gate { hold, owing }
    }

    /// What waits for a quote or for the client's word on one.
    fn unquoted(&self, project: &ProjectId) -> Vec<Owing> {
        let quotes = self.quotes.iter().filter(|(_, q)| &q.project == project);
        let mut owing = Vec::new();
        let (mut is_agreed, mut is_known) = (false, false);
        for (no, quoted) in quotes {
            let is_order = quoted.about == QuoteAbout::Order;
            let why = match &quoted.state {
                QuoteState::Open if is_order => Why::QuoteOpen,
                QuoteState::Open => Why::ExtraOffered,
                QuoteState::Accepted { invoice: None, .. } => Why::OnAcceptance,
                QuoteState::Accepted {
                    invoice: Some(invoice),
                    ..
                } => {
                    // What was taken back is no longer agreed.
                    let invoice = self.invoices.get(invoice);
                    is_agreed |= is_order && invoice.is_some_and(|i| i.cancelled.is_none());
                    continue;
                }
                QuoteState::Withdrawn { .. } | QuoteState::Declined | QuoteState::Lapsed => {
                    continue;
                }
            };
            is_known |= is_order;
            owing.push(Owing {
                document: Some(*no),
                amount: Some(quoted.quote.total),
                why,
                due_at: None,
            });
        }
        if is_agreed {
            // A second quote that nobody has accepted is an offer, and holds nothing up.
            owing.retain(|owed| owed.why != Why::QuoteOpen);
        } else if !is_known {
            owing.push(Owing {
                document: None,
                amount: None,
                why: Why::NotQuoted,
                due_at: None,
            });
        }
        owing
    }

    fn unpaid(&self, project: &ProjectId, now: UnixMs) -> Vec<Owing> {
        let invoices = self.invoices.iter().filter(|(_, i)| &i.project == project);
        let mut owing = Vec::new();
        for (no, invoice) in invoices {
            let open = invoice.open_parts().into_iter();
            owing.extend(
                open.filter(|(_, open)| open.is_positive())
                    .map(|(part, open)| {
                        let why = match (invoice.about, part.due) {
                            (InvoiceKind::Penalty, _) => Why::Penalty,
                            (InvoiceKind::Work, PartDue::BeforeWork) => Why::BeforeWork,
                            (InvoiceKind::Work, PartDue::BeforeFinals) => Why::BeforeFinals,
                            (InvoiceKind::Work, PartDue::OnAcceptance) => Why::OnAcceptance,
                            (InvoiceKind::Work, PartDue::Days(_)) if part.due_at <= now => {
                                Why::Overdue
                            }
                            (InvoiceKind::Work, PartDue::Days(_)) => Why::Later,
                        };
                        Owing {
                            document: Some(*no),
                            amount: Some(open),
                            why,
                            due_at: Some(part.due_at),
                        }
                    }),
            );
        }
        owing
    }
}

/// What waits because of something owed.
fn held_by(why: Why, rule: PaymentRule) -> Hold {
    match (why, rule) {
        (Why::Later | Why::ExtraOffered, _) | (_, PaymentRule::NoGate) => Hold::Nothing,
        (Why::QuoteOpen | Why::NotQuoted, PaymentRule::OnAcceptance)
        | (Why::BeforeFinals | Why::OnAcceptance | Why::Overdue, _) => Hold::Finals,
        (Why::QuoteOpen | Why::NotQuoted, PaymentRule::BeforeWork | PaymentRule::Deposit)
        | (Why::BeforeWork | Why::Penalty, _) => Hold::Everything,
    }
}
