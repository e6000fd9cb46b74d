//! Quotes, invoices, receipts, credits and credit notes as printable PDF.

use mastering::money::{
    Amount, DocumentNo, InvoiceKind, Line, MoneyEvent, PartDue, Quote, QuoteTerms,
};
use mastering::{OrderNumber, Zone};
use paper::{Row, Sheet};

use super::Studio;
use super::ledger::MadeFile;
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::desk::Recipient;
use crate::jobs::day;
use crate::live::LiveProject;

impl Studio {
    /// A document of an order as PDF, made from what was decided that day.
    ///
    /// # Errors
    /// `NotFound` where there is no such document in this order for this visitor.
    pub async fn document_pdf(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        no: DocumentNo,
    ) -> Result<MadeFile, Denied> {
        visitor.must(Right::SeeMoney)?;
        let live = self.seen(visitor, number).await?;
        let (client, name) = (live.project.client.clone(), no.to_string());
        let (row, events) = self
            .access
            .read(move |vault| {
                Ok((
                    vault.ledger_document(&name)?,
                    vault.ledger_events(client.as_str())?,
                ))
            })
            .await?;
        let row = row.filter(|row| row.project.as_deref() == Some(live.project.id.as_str()));
        let row = row.ok_or(Denied::NotFound)?;
        let event = events.iter().find(|event| event.seq == row.seq);
        let event = event.ok_or(Denied::NotFound)?;
        let event = MoneyEvent::read(event.schema, &event.body)
            .map_err(|e| Denied::fault("the document could not be read", &e))?;
        let recipient: Recipient = serde_json::from_str(&row.recipient).unwrap_or_default();
        let catalogue = self.catalogue();
        let zone = &catalogue.calendar.time_zone;
        let mut sheet = self.blank(&live, no, &recipient, day(zone, event.at()));
        fill(&mut sheet, &event, zone);
        let bytes =
            paper::pdf(&sheet).map_err(|e| Denied::fault("the PDF could not be made", &e))?;
        Ok(MadeFile {
            file_name: format!("{no}.pdf"),
            mime: "application/pdf",
            bytes,
        })
    }

    fn blank(
        &self,
        live: &LiveProject,
        no: DocumentNo,
        recipient: &Recipient,
        day: String,
    ) -> Sheet {
        let mut letterhead = vec![self.config.studio_name.clone()];
        letterhead.extend(self.config.books.letterhead.iter().cloned());
        let project = &live.project;
        let about = match project.artist.is_empty() {
            true => project.title.clone(),
            false => format!("{}: {}", project.artist, project.title),
        };
        let named = [recipient.name.clone(), recipient.email.clone()];
        Sheet {
            letterhead,
            recipient: named.into_iter().filter(|line| !line.is_empty()).collect(),
            title: no.to_string(),
            facts: vec![
                ("Number".to_owned(), no.to_string()),
                ("Date".to_owned(), day),
                ("Order".to_owned(), format!("{}, {about}", project.number)),
            ],
            foot: format!("{}  {no}", self.config.studio_name),
            ..Sheet::default()
        }
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one match over every event; each arm is one paper"
)]
fn fill(sheet: &mut Sheet, event: &MoneyEvent, zone: &Zone) {
    match event {
        MoneyEvent::QuoteIssued { no, quote, .. } => fill_quote(sheet, no, quote, zone),
        MoneyEvent::InvoiceIssued { .. } => fill_invoice(sheet, event, zone),
        MoneyEvent::PaymentReceived {
            no,
            invoice,
            amount,
            method,
            reference,
            ..
        } => {
            sheet.title = format!("Receipt {no}");
            sheet.facts.push(("For".to_owned(), invoice.to_string()));
            sheet
                .facts
                .push(("Paid by".to_owned(), method.words().to_owned()));
            if !reference.is_empty() {
                sheet
                    .facts
                    .push(("Reference".to_owned(), reference.clone()));
            }
            sheet
                .totals
                .push(("Received with thanks".to_owned(), amount.to_string()));
        }
        MoneyEvent::CreditGiven {
            no,
            amount,
            reason,
            lapses_at,
            ..
        } => {
            sheet.title = format!("Credit {no}");
            sheet.notes.push(reason.clone());
            sheet.notes.push(format!(
                "This credit pays an invoice of ours until {}; then it lapses.",
                day(zone, lapses_at.saturating_sub(1))
            ));
            sheet.totals.push(("Credit".to_owned(), amount.to_string()));
        }
        MoneyEvent::Refunded {
            no,
            invoice,
            amount,
            tax,
            method,
            reason,
            ..
        } => {
            sheet.title = format!("Credit note {no}");
            sheet.facts.push(("To".to_owned(), invoice.to_string()));
            sheet.notes.push(reason.clone());
            sheet
                .notes
                .push(format!("Given back by {}.", method.words()));
            if tax.is_positive() {
                sheet.totals.push(("Tax in it".to_owned(), tax.to_string()));
            }
            sheet
                .totals
                .push(("Given back".to_owned(), amount.to_string()));
        }
        MoneyEvent::InvoiceCancelled {
            no,
            invoice,
            total,
            tax,
            reason,
            ..
        } => {
            sheet.title = format!("Credit note {no}");
            sheet
                .facts
                .push(("Takes back".to_owned(), invoice.to_string()));
            sheet.notes.push(reason.clone());
            if tax.is_positive() {
                sheet.totals.push(("Tax in it".to_owned(), tax.to_string()));
            }
            sheet
                .totals
                .push(("Taken back".to_owned(), total.to_string()));
        }
        MoneyEvent::OrderPriced { .. }
        | MoneyEvent::QuoteAccepted { .. }
        | MoneyEvent::QuoteWithdrawn { .. }
        | MoneyEvent::QuoteDeclined { .. }
        | MoneyEvent::QuoteLapsed { .. }
        | MoneyEvent::CreditRedeemed { .. }
        | MoneyEvent::CreditLapsed { .. }
        | MoneyEvent::GateWaived { .. }
        | MoneyEvent::AccountEnded { .. } => {}
    }
}

fn fill_quote(sheet: &mut Sheet, no: &DocumentNo, quote: &Quote, zone: &Zone) {
    sheet.title = format!("Quote {no}");
    rows(sheet, &quote.lines);
    let tax = (quote.tax_rate.to_string(), quote.tax);
    totals(sheet, quote.net, &tax, quote.total);
    let parts = quote.parts.iter();
    let due = parts.map(|part| (part.amount, due_words(part.due, None, zone)));
    pay(sheet, due.collect());
    terms(sheet, &quote.terms);
}

fn fill_invoice(sheet: &mut Sheet, event: &MoneyEvent, zone: &Zone) {
    let MoneyEvent::InvoiceIssued {
        no,
        about,
        quote,
        lines,
        net,
        tax_rate,
        tax,
        total,
        parts,
        terms: of,
        ..
    } = event
    else {
        return;
    };
    sheet.title = format!("Invoice {no}");
    if let Some(quote) = quote {
        sheet.facts.push(("Quote".to_owned(), quote.to_string()));
    }
    rows(sheet, lines);
    totals(sheet, *net, &(tax_rate.to_string(), *tax), *total);
    let parts = parts.iter();
    let due = parts.map(|part| (part.amount, due_words(part.due, Some(part.due_at), zone)));
    pay(sheet, due.collect());
    if *about == InvoiceKind::Work {
        terms(sheet, of);
    }
    sheet
        .notes
        .push(format!("Please name {no} with your payment."));
}

fn rows(sheet: &mut Sheet, lines: &[Line]) {
    sheet.heads = Some(Row {
        words: "Item".to_owned(),
        count: "Number".to_owned(),
        each: "Each".to_owned(),
        sum: "Sum".to_owned(),
    });
    sheet.rows = lines
        .iter()
        .map(|line| Row {
            words: line.words.clone(),
            count: line.count.to_string(),
            each: line.each.to_string(),
            sum: line.sum.to_string(),
        })
        .collect();
}

fn totals(sheet: &mut Sheet, net: Amount, tax: &(String, Amount), total: Amount) {
    if !tax.1.is_zero() {
        sheet.totals.push(("Net".to_owned(), net.to_string()));
        sheet
            .totals
            .push((format!("Tax, {}", tax.0), tax.1.to_string()));
    }
    sheet.totals.push(("Total".to_owned(), total.to_string()));
}

fn due_words(due: PartDue, at: Option<i64>, zone: &Zone) -> String {
    let by = at.map_or_else(String::new, |at| format!(", by {}", day(zone, at)));
    match due {
        PartDue::BeforeWork => format!("before work starts{by}"),
        PartDue::BeforeFinals => "before the finals are handed over".to_owned(),
        PartDue::OnAcceptance => format!("with the acceptance of the master{by}"),
        PartDue::Days(_) if at.is_some() => by.trim_start_matches(", ").to_owned(),
        PartDue::Days(days) => format!("{days} days after the invoice"),
    }
}

fn pay(sheet: &mut Sheet, parts: Vec<(Amount, String)>) {
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(amount, due)| format!("{amount} {due}"))
        .collect();
    sheet
        .notes
        .push(format!("To be paid: {}.", parts.join("; ")));
}

fn terms(sheet: &mut Sheet, terms: &QuoteTerms) {
    if let Some(sale) = &terms.sale {
        sheet.notes.push(format!(
            "{sale}: a sale order is final. There is no refund and no credit, even before work \
             begins, no promised turnaround, and no discount on rush."
        ));
    }
}
