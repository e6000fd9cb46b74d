//! What people are told when something happens to an account.

use mastering::Project;
use mastering::money::{Account, InvoiceKind, MoneyEvent};
use vault::Write;

use super::{FollowUp, Notices};

/// The notices and mails that follow from `event`.
#[expect(
    clippy::too_many_lines,
    reason = "one match over every event; each arm is what is told of it"
)]
pub(crate) fn money_notices(
    studio: &FollowUp,
    project: &Project,
    event: &MoneyEvent,
    account: &Account,
    now: i64,
) -> Vec<Write> {
    let note = Notices {
        studio,
        project,
        now,
    };
    let number = project.number;
    let title = &project.title;
    match event {
        MoneyEvent::QuoteIssued { no, quote, .. } => note.client(
            "quote_issued",
            &format!("{number}: our quote"),
            &format!(
                "Our quote {no} for \u{201c}{title}\u{201d} is {}. Read it and accept it on the page below.",
                quote.total
            ),
            &no.to_string(),
        ),
        MoneyEvent::QuoteAccepted { no, name, .. } => {
            note.staff("quote_accepted", &format!("{name} accepted {no}."))
        }
        MoneyEvent::InvoiceIssued {
            no, total, about, ..
        } => {
            let what = match about {
                InvoiceKind::Work => "invoice",
                InvoiceKind::Penalty => "invoice over a penalty",
            };
            note.client(
                "invoice_issued",
                &format!("{number}: {no}"),
                &format!("Our {what} {no} is {total}. The page below says what is due when, and has it as a PDF."),
                &no.to_string(),
            )
        }
        MoneyEvent::PaymentReceived {
            no,
            invoice,
            amount,
            method,
            ..
        } => {
            let open = account.invoices.get(invoice).map(|i| i.open());
            let rest = match open {
                Some(open) if open.is_positive() => format!("{open} are still open."),
                Some(_) | None => "Nothing is open on it any more.".to_owned(),
            };
            let words = format!("{amount} came by {} for {invoice}.", method.words());
            let mut rows = note.staff("payment_received", &format!("{words} {rest}"));
            rows.extend(note.client(
                "payment_received",
                &format!("{number}: thank you for your payment"),
                &format!("{words} {rest} The receipt {no} is on the page below."),
                &no.to_string(),
            ));
            rows
        }
        MoneyEvent::CreditGiven {
            no,
            amount,
            reason,
            lapses_at,
            ..
        } => note.client(
            "credit_given",
            &format!("{number}: a credit for you"),
            &format!(
                "We give you a credit of {amount}: {reason}. It pays an invoice of ours until {}; its number is {no}.",
                crate::jobs::day(*lapses_at)
            ),
            &no.to_string(),
        ),
        MoneyEvent::Refunded { no, amount, .. } => note.client(
            "refunded",
            &format!("{number}: {amount} are on their way back to you"),
            &format!("We have given {amount} back to you. The credit note {no} is on the page below."),
            &no.to_string(),
        ),
        MoneyEvent::AccountEnded { reason, by, .. } => {
            note.staff("account_ended", &format!("{by} ended the account: {reason}"))
        }
        MoneyEvent::QuoteDeclined { no, name, .. } => {
            note.staff("quote_declined", &format!("{name} declined {no}."))
        }
        MoneyEvent::QuoteLapsed { no, .. } => {
            let mut rows = note.staff("quote_lapsed", &format!("{no} lapsed; nobody accepted it."));
            rows.extend(note.client(
                "quote_lapsed",
                &format!("{number}: our quote {no} has lapsed"),
                &format!("Our quote {no} for \u{201c}{title}\u{201d} was not accepted in its time and has lapsed. Tell us on the page below if you would like a new one."),
                &no.to_string(),
            ));
            rows
        }
        MoneyEvent::CreditLapsed { no, amount, .. } => note.client(
            "credit_lapsed",
            &format!("{number}: your credit {no} has lapsed"),
            &format!("What was left of your credit {no}, {amount}, has lapsed."),
            &no.to_string(),
        ),
        MoneyEvent::OrderPriced { .. }
        | MoneyEvent::QuoteWithdrawn { .. }
        | MoneyEvent::CreditRedeemed { .. }
        | MoneyEvent::InvoiceCancelled { .. }
        | MoneyEvent::GateWaived { .. } => Vec::new(),
    }
}
