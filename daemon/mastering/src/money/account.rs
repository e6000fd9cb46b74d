//! A client's account, as the ledger's journal tells it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::amount::{Amount, BasisPoints};
use super::command::Method;
use super::document::DocumentNo;
use super::event::{InvoiceKind, MoneyEvent, PartOfInvoice};
use super::price::PriceList;
use super::quote::{Line, Quote, QuoteAbout, QuoteTerms};
use crate::ids::{OrderNumber, PersonId, ProjectId, UnixMs};

const DAY_MS: i64 = 86_400_000;

/// Whether the studio still deals with the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// It does.
    Open,
    /// It ended the account.
    Ended {
        /// Why.
        reason: String,
        /// When.
        at: UnixMs,
    },
}

/// The price list of an order, as it was when the order was opened or first quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderTerms {
    /// The order.
    pub order: OrderNumber,
    /// The service.
    pub service: String,
    /// The list's version.
    pub version: u32,
    /// The list.
    pub list: PriceList,
    /// Who let the work go on without the money, and why.
    pub waived: Option<(String, String)>,
}

/// Where a quote stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum QuoteState {
    /// The client has it.
    Open,
    /// The client accepted.
    Accepted {
        /// The name typed.
        name: String,
        /// When.
        at: UnixMs,
        /// The invoice that followed.
        invoice: Option<DocumentNo>,
    },
    /// The studio took it back.
    Withdrawn {
        /// Why.
        reason: String,
    },
    /// The client does not want it.
    Declined,
    /// Its time is over.
    Lapsed,
}

/// A quote and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quoted {
    /// The project.
    pub project: ProjectId,
    /// What it is about.
    pub about: QuoteAbout,
    /// The quote as it was issued.
    pub quote: Quote,
    /// When.
    pub at: UnixMs,
    /// Where it stands.
    pub state: QuoteState,
}

impl Quoted {
    /// When it lapses, while nobody has accepted it; none: never.
    #[must_use]
    pub fn lapses_at(&self) -> Option<UnixMs> {
        let days = self.quote.terms.quote_days?;
        Some(self.at + i64::from(days) * DAY_MS)
    }
}

/// An invoice and what was paid on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// What for.
    pub about: InvoiceKind,
    /// The project.
    pub project: ProjectId,
    /// The quote it follows.
    pub quote: Option<DocumentNo>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Their sum.
    pub net: Amount,
    /// The tax's rate.
    pub tax_rate: BasisPoints,
    /// The tax.
    pub tax: Amount,
    /// What is to be paid.
    pub total: Amount,
    /// In which parts.
    pub parts: Vec<PartOfInvoice>,
    /// What goes with it.
    pub terms: QuoteTerms,
    /// When it was written.
    pub at: UnixMs,
    /// Money that came for it, without what went back of an overpayment.
    pub paid: Amount,
    /// What credits paid of it.
    pub credited: Amount,
    /// What was given back of its price.
    pub refunded: Amount,
    /// The credit note that took it back.
    pub cancelled: Option<DocumentNo>,
}

impl Invoice {
    /// What is covered by money and credits.
    #[must_use]
    pub fn covered(&self) -> Amount {
        self.paid
            .plus(self.credited)
            .expect("payments and credits of an invoice have its currency")
    }

    /// What is still to be paid; less than nothing where more was paid than owed.
    #[must_use]
    pub fn open(&self) -> Amount {
        if self.cancelled.is_some() {
            return Amount::zero(self.total.currency());
        }
        self.total
            .minus(self.covered())
            .expect("an invoice has one currency")
    }

    /// The parts with what is still to be paid of each: money fills the earlier ones first.
    #[must_use]
    pub fn open_parts(&self) -> Vec<(PartOfInvoice, Amount)> {
        let currency = self.total.currency();
        let mut left = self.covered().minor();
        let open = |part: &PartOfInvoice| {
            let filled = left.clamp(0, part.amount.minor().max(0));
            left -= filled;
            let rest = Amount::of_minor(part.amount.minor() - filled, currency);
            (*part, rest.expect("less than the part"))
        };
        if self.cancelled.is_some() {
            return Vec::new();
        }
        self.parts.iter().map(open).collect()
    }

    /// The earliest day by which something of it was to be paid and was not.
    #[must_use]
    pub fn overdue_since(&self, now: UnixMs) -> Option<UnixMs> {
        let parts = self.open_parts();
        let late = parts
            .iter()
            .filter(|(part, open)| open.is_positive() && part.due_at < now);
        late.map(|(part, _)| part.due_at).min()
    }
}

/// The receipt of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The invoice.
    pub invoice: DocumentNo,
    /// How much.
    pub amount: Amount,
    /// How.
    pub method: Method,
    /// The bank's or the terminal's reference.
    pub reference: String,
    /// Who noted it.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// A credit given instead of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credit {
    /// The order it was given for.
    pub project: ProjectId,
    /// How much it was.
    pub amount: Amount,
    /// What is left of it.
    pub left: Amount,
    /// Why.
    pub reason: String,
    /// When it lapses.
    pub lapses_at: UnixMs,
}

/// A client's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Whose.
    pub client: PersonId,
    /// Whether the studio still deals with them.
    pub standing: Standing,
    /// The priced orders.
    pub orders: BTreeMap<ProjectId, OrderTerms>,
    /// Quotes.
    pub quotes: BTreeMap<DocumentNo, Quoted>,
    /// Invoices.
    pub invoices: BTreeMap<DocumentNo, Invoice>,
    /// Receipts.
    pub receipts: BTreeMap<DocumentNo, Receipt>,
    /// Credits.
    pub credits: BTreeMap<DocumentNo, Credit>,
    /// Credit notes.
    pub notes: BTreeSet<DocumentNo>,
}

impl Account {
    /// An account in which nothing has happened.
    #[must_use]
    pub fn new(client: PersonId) -> Self {
        Self {
            client,
            standing: Standing::Open,
            orders: BTreeMap::new(),
            quotes: BTreeMap::new(),
            invoices: BTreeMap::new(),
            receipts: BTreeMap::new(),
            credits: BTreeMap::new(),
            notes: BTreeSet::new(),
        }
    }

    /// The account as its journal tells it.
    #[must_use]
    pub fn replay<'e>(client: PersonId, events: impl IntoIterator<Item = &'e MoneyEvent>) -> Self {
        let mut account = Self::new(client);
        for event in events {
            account.apply(event);
        }
        account
    }

    /// Which project a document belongs to.
    #[must_use]
    pub fn project_of(&self, no: &DocumentNo) -> Option<&ProjectId> {
        let quoted = self.quotes.get(no).map(|q| &q.project);
        let invoice = self.invoices.get(no).map(|i| &i.project);
        let receipt = self.receipts.get(no).map(|r| &r.invoice);
        let paid = receipt.and_then(|invoice| self.invoices.get(invoice));
        let credit = self.credits.get(no).map(|c| &c.project);
        quoted.or(invoice).or(paid.map(|i| &i.project)).or(credit)
    }

    /// What is true after an event; it cannot fail.
    #[expect(
        clippy::too_many_lines,
        reason = "one match over every event; each arm is what is true afterwards"
    )]
    pub fn apply(&mut self, event: &MoneyEvent) {
        match event {
            MoneyEvent::OrderPriced {
                project,
                order,
                service,
                version,
                list,
                ..
            } => {
                let terms = OrderTerms {
                    order: *order,
                    service: service.clone(),
                    version: *version,
                    list: PriceList::clone(list),
                    waived: None,
                };
                self.orders.insert(project.clone(), terms);
            }
            MoneyEvent::QuoteIssued {
                no,
                project,
                quote,
                at,
                about,
            } => {
                let quoted = Quoted {
                    project: project.clone(),
                    about: *about,
                    quote: Quote::clone(quote),
                    at: *at,
                    state: QuoteState::Open,
                };
                self.quotes.insert(*no, quoted);
            }
            MoneyEvent::QuoteAccepted { no, name, at } => {
                if let Some(quoted) = self.quotes.get_mut(no) {
                    quoted.state = QuoteState::Accepted {
                        name: name.clone(),
                        at: *at,
                        invoice: None,
                    };
                }
            }
            MoneyEvent::QuoteWithdrawn { no, reason, .. } => {
                if let Some(quoted) = self.quotes.get_mut(no) {
                    quoted.state = QuoteState::Withdrawn {
                        reason: reason.clone(),
                    };
                }
            }
            MoneyEvent::QuoteDeclined { no, .. } => self.close(no, QuoteState::Declined),
            MoneyEvent::QuoteLapsed { no, .. } => self.close(no, QuoteState::Lapsed),
            MoneyEvent::InvoiceIssued { no, quote, .. } => {
                if let Some(quoted) = quote.as_ref().and_then(|q| self.quotes.get_mut(q))
                    && let QuoteState::Accepted { invoice, .. } = &mut quoted.state
                {
                    *invoice = Some(*no);
                }
                self.invoices.extend(written(event).map(|i| (*no, i)));
            }
            MoneyEvent::PaymentReceived {
                no,
                invoice,
                amount,
                method,
                reference,
                by,
                at,
            } => {
                self.pay(invoice, |i| &mut i.paid, *amount);
                let receipt = Receipt {
                    invoice: *invoice,
                    amount: *amount,
                    method: *method,
                    reference: reference.clone(),
                    by: by.clone(),
                    at: *at,
                };
                self.receipts.insert(*no, receipt);
            }
            MoneyEvent::CreditGiven {
                no,
                project,
                amount,
                reason,
                lapses_at,
                ..
            } => {
                let credit = Credit {
                    project: project.clone(),
                    amount: *amount,
                    left: *amount,
                    reason: reason.clone(),
                    lapses_at: *lapses_at,
                };
                self.credits.insert(*no, credit);
            }
            MoneyEvent::CreditRedeemed {
                no,
                invoice,
                amount,
                ..
            } => {
                self.pay(invoice, |i| &mut i.credited, *amount);
                self.use_credit(no, *amount);
            }
            MoneyEvent::CreditLapsed { no, amount, .. } => self.use_credit(no, *amount),
            MoneyEvent::Refunded {
                no,
                invoice,
                amount,
                overpaid,
                ..
            } => {
                self.notes.insert(*no);
                self.pay(invoice, |i| &mut i.paid, overpaid.negated());
                let of_price = amount.minus(*overpaid);
                let of_price = of_price.expect("a part of an amount has its currency");
                self.pay(invoice, |i| &mut i.refunded, of_price);
            }
            MoneyEvent::InvoiceCancelled { no, invoice, .. } => {
                self.notes.insert(*no);
                if let Some(invoice) = self.invoices.get_mut(invoice) {
                    invoice.cancelled = Some(*no);
                }
            }
            MoneyEvent::GateWaived {
                project,
                reason,
                by,
                ..
            } => {
                if let Some(terms) = self.orders.get_mut(project) {
                    terms.waived = Some((by.clone(), reason.clone()));
                }
            }
            MoneyEvent::AccountEnded { reason, at, .. } => {
                self.standing = Standing::Ended {
                    reason: reason.clone(),
                    at: *at,
                };
            }
        }
    }

    fn close(&mut self, no: &DocumentNo, state: QuoteState) {
        if let Some(quoted) = self.quotes.get_mut(no) {
            quoted.state = state;
        }
    }

    fn pay(&mut self, no: &DocumentNo, of: impl Fn(&mut Invoice) -> &mut Amount, amount: Amount) {
        if let Some(invoice) = self.invoices.get_mut(no) {
            let sum = of(invoice);
            // `decide_money` lets nothing through that cannot be added up.
            *sum = sum.plus(amount).unwrap_or(*sum);
        }
    }

    fn use_credit(&mut self, no: &DocumentNo, amount: Amount) {
        if let Some(credit) = self.credits.get_mut(no) {
            credit.left = credit.left.minus(amount).unwrap_or(credit.left);
        }
    }
}

/// The invoice that an event wrote.
fn written(event: &MoneyEvent) -> Option<Invoice> {
    let MoneyEvent::InvoiceIssued {
        about,
        project,
        quote,
        lines,
        net,
        tax_rate,
        tax,
        total,
        parts,
        terms,
        at,
        ..
    } = event
    else {
        return None;
    };
    let nothing = Amount::zero(total.currency());
    Some(Invoice {
        about: *about,
        project: project.clone(),
        quote: *quote,
        lines: lines.clone(),
        net: *net,
        tax_rate: *tax_rate,
        tax: *tax,
        total: *total,
        parts: parts.clone(),
        terms: terms.clone(),
        at: *at,
        paid: nothing,
        credited: nothing,
        refunded: nothing,
        cancelled: None,
    })
}
