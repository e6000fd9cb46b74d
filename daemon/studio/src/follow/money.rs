//! What people are told when something happens to an account.

use mastering::Project;
use mastering::money::{Account, InvoiceKind, Method, MoneyEvent, PartOfInvoice};
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
    let about = |kind: &str, no: &str, facts: &[(&str, &str)]| {
        let mut all = vec![("document", no)];
        all.extend_from_slice(facts);
        note.tell(kind, &all, no)
    };
    match event {
        MoneyEvent::QuoteIssued { no, quote, .. } => {
            let total = quote.total.to_string();
            about("quote_issued", &no.to_string(), &[("total", &total)])
        }
        MoneyEvent::QuoteAccepted { no, name, .. } => {
            note.staff("quote_accepted", &format!("{name} accepted {no}."))
        }
        MoneyEvent::QuoteWithdrawn { no, reason, .. } => {
            about("quote_withdrawn", &no.to_string(), &[("reason", reason)])
        }
        MoneyEvent::InvoiceIssued {
            no,
            total,
            about: what,
            parts,
            ..
        } => {
            let penalty = match what {
                InvoiceKind::Work => "",
                InvoiceKind::Penalty => "1",
            };
            let facts = [
                ("total", &*total.to_string()),
                ("penalty", penalty),
                ("day", &*first_day(&note, parts)),
            ];
            about("invoice_issued", &no.to_string(), &facts)
        }
        MoneyEvent::PaymentReceived {
            no,
            invoice,
            amount,
            method,
            ..
        } => {
            let paid = (invoice.to_string(), amount.to_string());
            let open = account.invoices.get(invoice).map(|i| i.open());
            let rest = open.filter(|open| open.is_positive());
            let rest = rest.map_or_else(String::new, |rest| rest.to_string());
            payment(&note, (&no.to_string(), &paid.0, &paid.1), *method, &rest)
        }
        MoneyEvent::CreditGiven {
            no,
            amount,
            reason,
            lapses_at,
            ..
        } => {
            let facts = [
                ("amount", &*amount.to_string()),
                ("day", &*note.last_day(*lapses_at)),
                ("reason", reason),
            ];
            about("credit_given", &no.to_string(), &facts)
        }
        MoneyEvent::CreditLapsed { no, amount, .. } => {
            let amount = amount.to_string();
            about("credit_lapsed", &no.to_string(), &[("amount", &amount)])
        }
        MoneyEvent::Refunded {
            no,
            invoice,
            amount,
            method,
            reason,
            ..
        } => {
            let facts = [
                ("invoice", &*invoice.to_string()),
                ("amount", &*amount.to_string()),
                ("method", method.code()),
                ("reason", reason),
            ];
            about("refunded", &no.to_string(), &facts)
        }
        MoneyEvent::InvoiceCancelled {
            no,
            invoice,
            reason,
            ..
        } => {
            let facts = [("invoice", &*invoice.to_string()), ("reason", reason)];
            about("invoice_cancelled", &no.to_string(), &facts)
        }
        MoneyEvent::AccountEnded { reason, by, at, .. } => {
            let mut rows = note.staff(
                "account_ended",
                &format!("{by} ended the account: {reason}"),
            );
            rows.extend(note.tell("account_ended", &[("reason", reason)], &at.to_string()));
            rows
        }
        MoneyEvent::QuoteDeclined { no, name, .. } => {
            note.staff("quote_declined", &format!("{name} declined {no}."))
        }
        MoneyEvent::QuoteLapsed { no, .. } => {
            let mut rows = note.staff("quote_lapsed", &format!("{no} lapsed; nobody accepted it."));
            rows.extend(about("quote_lapsed", &no.to_string(), &[]));
            rows
        }
        MoneyEvent::OrderPriced { .. }
        | MoneyEvent::CreditRedeemed { .. }
        | MoneyEvent::GateWaived { .. } => Vec::new(),
    }
}

/// The day by which the first part of an invoice is to be paid.
fn first_day(note: &Notices<'_>, parts: &[PartOfInvoice]) -> String {
    let first = parts.iter().map(|part| part.due_at).min();
    first.map_or_else(String::new, |at| note.day(at))
}

/// What the studio and the client read of a payment: its receipt, the invoice, how much.
fn payment(
    note: &Notices<'_>,
    (no, invoice, amount): (&str, &str, &str),
    method: Method,
    rest: &str,
) -> Vec<Write> {
    let open = if rest.is_empty() {
        "Nothing is open on it any more.".to_owned()
    } else {
        format!("{rest} are still open.")
    };
    let mut rows = note.staff(
        "payment_received",
        &format!("{amount} came by {} for {invoice}. {open}", method.words()),
    );
    let facts = [
        ("document", no),
        ("invoice", invoice),
        ("amount", amount),
        ("method", method.code()),
        ("rest", rest),
    ];
    rows.extend(note.tell("payment_received", &facts, no));
    rows
}
