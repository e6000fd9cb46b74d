//! An account's journal in sentences: what was decided about an order's money, by whom, when, from where.

use mastering::ProjectId;
use mastering::money::{Account, MoneyEvent};
use vault::{DecisionOrigin, LedgerEventRow};

use crate::desk::money_about;
use crate::orders::actor_words;
use crate::views::LogLine;

fn sentence(event: &MoneyEvent) -> String {
    match event {
        MoneyEvent::OrderPriced {
            service, version, ..
        } => format!("The order is priced by the list of {service}, version {version}."),
        MoneyEvent::QuoteIssued { no, quote, .. } => {
            format!("The quote {no} over {} went out.", quote.total)
        }
        MoneyEvent::QuoteAccepted { no, name, .. } => format!("{name} accepted {no}."),
        MoneyEvent::QuoteWithdrawn { no, reason, .. } => {
            format!("The quote {no} was taken back: {reason}")
        }
        MoneyEvent::QuoteDeclined { no, name, .. } => format!("{name} declined {no}."),
        MoneyEvent::QuoteLapsed { no, .. } => format!("The quote {no} lapsed."),
        MoneyEvent::InvoiceIssued { no, total, .. } => {
            format!("The invoice {no} over {total} was written.")
        }
        MoneyEvent::PaymentReceived {
            invoice,
            amount,
            method,
            ..
        } => format!("{amount} came by {} for {invoice}.", method.words()),
        MoneyEvent::CreditGiven {
            no, amount, reason, ..
        } => format!("The credit {no} over {amount} was given: {reason}"),
        MoneyEvent::CreditRedeemed {
            no,
            invoice,
            amount,
            ..
        } => format!("{amount} of {no} paid {invoice}."),
        MoneyEvent::CreditLapsed { no, amount, .. } => {
            format!("{amount} of {no} lapsed.")
        }
        MoneyEvent::Refunded {
            invoice,
            amount,
            reason,
            ..
        } => format!("{amount} of {invoice} were given back: {reason}"),
        MoneyEvent::InvoiceCancelled {
            invoice, reason, ..
        } => format!("The invoice {invoice} was taken back: {reason}"),
        MoneyEvent::GateWaived { reason, .. } => {
            format!("The work goes on without the money: {reason}")
        }
        MoneyEvent::AccountEnded { reason, .. } => format!("The account was ended: {reason}"),
    }
}

/// The lines of an order in its client's journal, newest last.
pub(super) fn of_order(
    account: &Account,
    project: &ProjectId,
    (rows, origins): (&[LedgerEventRow], &[DecisionOrigin]),
    name_of: impl Fn(&str) -> Option<String>,
) -> Vec<LogLine> {
    let line = |row: &LedgerEventRow| {
        let event = MoneyEvent::read(row.schema, &row.body).ok()?;
        let is_ours = money_about(account, &event).as_ref() == Some(project);
        let origin = origins.iter().find(|origin| origin.seq == row.seq);
        is_ours.then(|| LogLine {
            seq: row.seq,
            at: row.at_ms,
            by: actor_words(&row.actor, &name_of),
            from: origin.map(|origin| origin.address.clone()),
            code: row.kind.clone(),
            text: sentence(&event),
        })
    };
    rows.iter().filter_map(line).collect()
}
