//! Payments, credits, refunds and what ends an account.

use std::collections::BTreeSet;

use super::super::account::Invoice;
use super::super::amount::{Amount, BasisPoints};
use super::super::command::{MoneyCommand, RefundCause};
use super::super::document::{DocumentNo, Series};
use super::super::event::{InvoiceKind, MoneyEvent};
use super::super::price::{PaymentRule, RefundRule};
use super::super::quote::{Line, LineKind, Part, PartDue, Quote, QuoteTerms, Sold};
use super::super::refusal::MoneyRefusal;
use super::{DAY_MS, Till};
use crate::decide::permit::{line, optional_line};
use crate::ids::ProjectId;
use crate::refusal::Refusal;

/// Tracks of one penalty at most.
const MOST_TRACKS: u32 = 1_000;

impl Till {
    pub(super) fn record_payment(&mut self, command: MoneyCommand) -> Result<(), Refusal> {
        let MoneyCommand::RecordPayment {
            invoice,
            amount,
            method,
            reference,
            by,
        } = command
        else {
            return Ok(());
        };
        positive(amount)?;
        let known = self.invoice(&invoice)?;
        known.covered().plus(amount).map_err(MoneyRefusal::from)?;
        let reference = optional_line(&reference);
        if holds_card_number(&reference) {
            return Err(MoneyRefusal::CardNumber.into());
        }
        let no = self.next.take(Series::Receipt);
        self.tell(MoneyEvent::PaymentReceived {
            no,
            invoice,
            amount,
            method,
            reference,
            by: line(&by, "the name")?,
            at: self.now,
        });
        Ok(())
    }

    pub(super) fn give_credit(&mut self, command: MoneyCommand) -> Result<(), Refusal> {
        let MoneyCommand::GiveCredit {
            project,
            amount,
            reason,
            by,
        } = command
        else {
            return Ok(());
        };
        self.still_open()?;
        positive(amount)?;
        let terms = self.terms_of(&project)?.clone();
        let paid = self.account.invoices.values();
        let mut paid = paid.filter(|i| i.project == project && i.cancelled.is_none());
        if paid.any(|invoice| invoice.terms.sale.is_some()) {
            return Err(MoneyRefusal::SaleIsFinal.into());
        }
        let no = self.next.take(Series::Credit);
        self.tell(MoneyEvent::CreditGiven {
            no,
            project,
            amount,
            reason: line(&reason, "the reason")?,
            by: line(&by, "the name")?,
            lapses_at: self.now + i64::from(terms.list.credit_days) * DAY_MS,
            at: self.now,
        });
        Ok(())
    }

    pub(super) fn redeem_credit(
        &mut self,
        no: DocumentNo,
        invoice: DocumentNo,
    ) -> Result<(), Refusal> {
        self.still_open()?;
        let credit = self.account.credits.get(&no);
        let credit = credit.ok_or(MoneyRefusal::NoSuchDocument(no))?;
        if credit.lapses_at <= self.now {
            return Err(MoneyRefusal::Lapsed(no).into());
        }
        let (left, open) = (credit.left, self.invoice(&invoice)?.open());
        let rest = left.minus(open).map_err(MoneyRefusal::from)?;
        let amount = if rest.is_positive() { open } else { left };
        if !amount.is_positive() {
            let used = if left.is_positive() { invoice } else { no };
            return Err(MoneyRefusal::UsedUp(used).into());
        }
        self.tell(MoneyEvent::CreditRedeemed {
            no,
            invoice,
            amount,
            at: self.now,
        });
        Ok(())
    }

    pub(super) fn refund(&mut self, command: MoneyCommand) -> Result<(), Refusal> {
        let MoneyCommand::Refund {
            invoice,
            amount,
            method,
            cause,
            reason,
            by,
        } = command
        else {
            return Ok(());
        };
        positive(amount)?;
        let known = self.invoice(&invoice)?.clone();
        let nothing = Amount::zero(known.total.currency());
        let beyond = known.open().negated();
        let beyond = if beyond.is_positive() {
            beyond
        } else {
            nothing
        };
        let (most, deed, overpaid) = if cause == RefundCause::Overpaid {
            (beyond, "given back as overpaid", amount)
        } else {
            self.may_refund(&known, cause)?;
            let on_price = known.paid.minus(beyond).map_err(MoneyRefusal::from)?;
            let left = on_price.minus(known.refunded).map_err(MoneyRefusal::from)?;
            (left, "given back", Amount::zero(amount.currency()))
        };
        let over = amount.minus(most).map_err(MoneyRefusal::from)?;
        if over.is_positive() {
            return Err(MoneyRefusal::TooMuch { most, deed }.into());
        }
        let of_price = amount.minus(overpaid).map_err(MoneyRefusal::from)?;
        let tax = of_price
            .ratio(known.tax.minor(), known.total.minor().max(1))
            .map_err(MoneyRefusal::from)?;
        let no = self.next.take(Series::CreditNote);
        self.tell(MoneyEvent::Refunded {
            no,
            invoice,
            amount,
            overpaid,
            tax,
            method,
            cause,
            reason: line(&reason, "the reason")?,
            by: line(&by, "the name")?,
            at: self.now,
        });
        Ok(())
    }

    /// Whether the rule of the sold service gives money back for this cause.
    fn may_refund(&self, invoice: &Invoice, cause: RefundCause) -> Result<(), Refusal> {
        self.still_open()?;
        if invoice.about == InvoiceKind::Penalty {
            return Err(MoneyRefusal::NoRefunds.into());
        }
        if invoice.terms.sale.is_some() {
            return Err(MoneyRefusal::SaleIsFinal.into());
        }
        match (invoice.terms.refunds, cause) {
            (RefundRule::ByPerson, _)
            | (RefundRule::TechnicalFault, RefundCause::TechnicalFault) => Ok(()),
            (RefundRule::TechnicalFault, RefundCause::Decision | RefundCause::Overpaid) => {
                Err(MoneyRefusal::OnlyForFaults.into())
            }
            (RefundRule::Never, _) => Err(MoneyRefusal::NoRefunds.into()),
        }
    }

    pub(super) fn cancel(
        &mut self,
        no: DocumentNo,
        reason: String,
        by: String,
    ) -> Result<(), Refusal> {
        let invoice = self.invoice(&no)?.clone();
        if !invoice.covered().is_zero() || !invoice.refunded.is_zero() {
            return Err(MoneyRefusal::PaidOn(no).into());
        }
        let note = self.next.take(Series::CreditNote);
        self.tell(MoneyEvent::InvoiceCancelled {
            no: note,
            invoice: no,
            about: invoice.about,
            total: invoice.total,
            tax: invoice.tax,
            reason,
            by,
            at: self.now,
        });
        Ok(())
    }

    pub(super) fn penalise(
        &mut self,
        project: ProjectId,
        tracks: u32,
        reason: String,
        by: String,
    ) -> Result<(), Refusal> {
        self.still_open()?;
        if !(1..=MOST_TRACKS).contains(&tracks) {
            return Err(MoneyRefusal::OutOfRange {
                what: "the number of tracks",
                most: MOST_TRACKS,
            }
            .into());
        }
        let terms = self.terms_of(&project)?;
        let each = terms.list.fraud_penalty;
        let total = each.times(tracks).map_err(MoneyRefusal::from)?;
        let due = PartDue::Days(terms.list.due_days);
        let quote = Quote {
            service: terms.service.clone(),
            version: terms.version,
            lines: vec![Line {
                kind: LineKind::Penalty,
                words: "Penalty for proven fraud, per track".to_owned(),
                count: tracks,
                each,
                sum: total,
            }],
            net: total,
            tax_rate: BasisPoints(0),
            tax: Amount::zero(each.currency()),
            total,
            parts: vec![Part { amount: total, due }],
            terms: QuoteTerms {
                payment: PaymentRule::NoGate,
                refunds: RefundRule::Never,
                sale: None,
                sale_rounds: None,
                rush: Sold::No,
                formats: BTreeSet::new(),
                quote_days: None,
                credit_days: terms.list.credit_days,
                due_days: terms.list.due_days,
            },
        };
        self.write_invoice(InvoiceKind::Penalty, &project, None, quote);
        self.tell(MoneyEvent::AccountEnded {
            project,
            reason,
            by,
            at: self.now,
        });
        Ok(())
    }
}

fn positive(amount: Amount) -> Result<(), Refusal> {
    if amount.is_positive() {
        Ok(())
    } else {
        Err(MoneyRefusal::NotPositive.into())
    }
}

/// Whether a text holds 13 to 19 digits that pass the check of ISO/IEC 7812, as a card's number does.
fn holds_card_number(text: &str) -> bool {
    let mut run = Vec::new();
    let mut runs = Vec::new();
    for c in text.chars().chain(['\n']) {
        match c.to_digit(10) {
            Some(digit) => run.push(digit),
            None if matches!(c, ' ' | '-' | '.') => {}
            None => runs.push(std::mem::take(&mut run)),
        }
    }
    runs.iter()
        .any(|run| (13..=19).contains(&run.len()) && is_luhn(run))
}

fn is_luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            if place % 2 == 1 {
                doubled(*digit)
            } else {
                *digit
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
