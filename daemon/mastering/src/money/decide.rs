//! Whether something may happen to a client's account, and what it would mean.

mod payments;

use std::collections::BTreeMap;

use super::account::{Account, Invoice, QuoteState, Standing};
use super::command::MoneyCommand;
use super::document::{DocumentNo, Series};
use super::event::{InvoiceKind, MoneyEvent, PartOfInvoice};
use super::price::PaymentRule;
use super::quote::{Ask, PartDue, Quote, QuoteAbout};
use super::refusal::MoneyRefusal;
use crate::decide::permit::{line, staff};
use crate::ids::{ProjectId, UnixMs};
use crate::project::Actor;
use crate::refusal::Refusal;
use crate::service::FeeDue;

const DAY_MS: i64 = 86_400_000;

/// The next free number of each series; the shell takes them in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NextNumbers(BTreeMap<Series, u32>);

impl NextNumbers {
    /// Goes on after the last number of each series; a series without one begins at 1.
    #[must_use]
    pub fn after(last: impl IntoIterator<Item = (Series, u32)>) -> Self {
        Self(last.into_iter().map(|(s, no)| (s, no + 1)).collect())
    }

    fn take(&mut self, series: Series) -> DocumentNo {
        let next = self.0.entry(series).or_insert(1);
        let no = *next;
        *next += 1;
        DocumentNo { series, no }
    }
}

/// Says whether `command` may happen to `account` and which events it means; credits whose days
/// are over lapse first.
///
/// # Errors
/// The reason why not, for the person who asked.
pub fn decide_money(
    account: &Account,
    command: MoneyCommand,
    by: &Actor,
    now: UnixMs,
    next: NextNumbers,
) -> Result<Vec<MoneyEvent>, Refusal> {
    let mut till = Till {
        account: account.clone(),
        events: Vec::new(),
        next,
        now,
    };
    till.lapse_quotes();
    till.lapse_credits();
    till.carry_out(command, by)?;
    Ok(till.events)
}

/// The account while a command is carried out, with what it has come to.
struct Till {
    account: Account,
    events: Vec<MoneyEvent>,
    next: NextNumbers,
    now: UnixMs,
}

impl Till {
    fn tell(&mut self, event: MoneyEvent) {
        self.account.apply(&event);
        self.events.push(event);
    }

    fn lapse_quotes(&mut self) {
        let now = self.now;
        let quotes = self.account.quotes.iter();
        let lapsed = quotes.filter(|(_, quoted)| {
            let is_over = quoted.lapses_at().is_some_and(|at| at <= now);
            quoted.state == QuoteState::Open && is_over
        });
        let lapsed: Vec<_> = lapsed.map(|(no, _)| *no).collect();
        for no in lapsed {
            self.tell(MoneyEvent::QuoteLapsed { no, at: now });
        }
    }

    fn lapse_credits(&mut self) {
        let now = self.now;
        let credits = self.account.credits.iter();
        let lapsed = credits.filter(|(_, c)| c.left.is_positive() && c.lapses_at <= now);
        let lapsed: Vec<_> = lapsed.map(|(no, c)| (*no, c.left)).collect();
        for (no, amount) in lapsed {
            self.tell(MoneyEvent::CreditLapsed {
                no,
                amount,
                at: now,
            });
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one match over every command; the work is in the functions its arms call"
    )]
    fn carry_out(&mut self, command: MoneyCommand, by: &Actor) -> Result<(), Refusal> {
        match command {
            MoneyCommand::PriceOrder {
                project,
                order,
                service,
                version,
                list,
            } => {
                staff_or_house(by)?;
                if self.account.orders.contains_key(&project) {
                    return Err(Refusal::Already);
                }
                let list = Box::new(list.checked()?);
                self.tell(MoneyEvent::OrderPriced {
                    project,
                    order,
                    service: line(&service, "the service")?,
                    version,
                    list,
                    at: self.now,
                });
                Ok(())
            }
            MoneyCommand::IssueQuote {
                project,
                quote,
                about,
            } => {
                match about {
                    // What a request costs was a person's answer; the quote only follows it.
                    QuoteAbout::Request { .. } | QuoteAbout::Removal { .. } => staff_or_house(by)?,
                    QuoteAbout::Order | QuoteAbout::Extras => staff(by)?,
                }
                self.issue_quote(project, *quote, about)
            }
            MoneyCommand::EndRequest { project, no } => {
                house(by)?;
                let about = QuoteAbout::Request { no };
                self.take_back(&project, about, "the request is settled");
                Ok(())
            }
            MoneyCommand::EndRemoval { project, no } => {
                house(by)?;
                let about = QuoteAbout::Removal { no };
                self.take_back(&project, about, "the removal was taken back");
                Ok(())
            }
            MoneyCommand::DeclineQuote { quote, name } => {
                self.client_or_staff(by)?;
                self.open_quote(&quote)?;
                self.tell(MoneyEvent::QuoteDeclined {
                    no: quote,
                    name: line(&name, "the name")?,
                    at: self.now,
                });
                Ok(())
            }
            MoneyCommand::KeepTime => house(by),
            MoneyCommand::AcceptQuote { quote, name } => {
                self.client_or_staff(by)?;
                self.accept_quote(quote, &name)
            }
            MoneyCommand::WithdrawQuote {
                quote,
                reason,
                by: name,
            } => {
                staff(by)?;
                self.open_quote(&quote)?;
                self.withdraw(
                    quote,
                    line(&reason, "the reason")?,
                    line(&name, "the name")?,
                );
                Ok(())
            }
            MoneyCommand::FeeFallsDue {
                project,
                ask,
                name,
                fee,
            } => {
                house(by)?;
                let terms = self.terms_of(&project)?;
                let on_acceptance = terms.list.payment == PaymentRule::OnAcceptance;
                if !on_acceptance && fee != FeeDue::OnApproval {
                    return Err(Refusal::Already);
                }
                self.fee_falls_due(&project, &ask, &name)
            }
            MoneyCommand::RecordPayment { .. } => {
                staff_or_house(by)?;
                self.record_payment(command)
            }
            MoneyCommand::GiveCredit { .. } => {
                staff(by)?;
                self.give_credit(command)
            }
            MoneyCommand::RedeemCredit { credit, invoice } => {
                self.client_or_staff(by)?;
                self.redeem_credit(credit, invoice)
            }
            MoneyCommand::Refund { .. } => {
                // Only a person gives money back.
                staff(by)?;
                self.refund(command)
            }
            MoneyCommand::CancelInvoice {
                invoice,
                reason,
                by: name,
            } => {
                staff(by)?;
                self.cancel(
                    invoice,
                    line(&reason, "the reason")?,
                    line(&name, "the name")?,
                )
            }
            MoneyCommand::Penalise {
                project,
                tracks,
                reason,
                by: name,
            } => {
                staff(by)?;
                let (reason, name) = (line(&reason, "the reason")?, line(&name, "the name")?);
                self.penalise(project, tracks, reason, name)
            }
            MoneyCommand::WaiveGate {
                project,
                reason,
                by: name,
            } => {
                staff(by)?;
                self.still_open()?;
                self.terms_of(&project)?;
                self.tell(MoneyEvent::GateWaived {
                    project,
                    reason: line(&reason, "the reason")?,
                    by: line(&name, "the name")?,
                    at: self.now,
                });
                Ok(())
            }
        }
    }

    fn still_open(&self) -> Result<(), Refusal> {
        match self.account.standing {
            Standing::Open => Ok(()),
            Standing::Ended { .. } => Err(MoneyRefusal::Ended.into()),
        }
    }

    fn client_or_staff(&self, by: &Actor) -> Result<(), Refusal> {
        match by {
            Actor::Staff { .. } => Ok(()),
            Actor::Client { account, .. } if account == &self.account.client => Ok(()),
            Actor::Client { .. } | Actor::House => Err(Refusal::NotYours {
                who: "the client of this account",
            }),
        }
    }

    fn terms_of(&self, project: &ProjectId) -> Result<&super::account::OrderTerms, Refusal> {
        let terms = self.account.orders.get(project);
        Ok(terms.ok_or(MoneyRefusal::NotPriced)?)
    }

    fn open_quote(&self, no: &DocumentNo) -> Result<&super::account::Quoted, Refusal> {
        let quoted = self.account.quotes.get(no);
        let quoted = quoted.ok_or(MoneyRefusal::NoSuchDocument(*no))?;
        match quoted.state {
            QuoteState::Open => Ok(quoted),
            QuoteState::Accepted { .. }
            | QuoteState::Withdrawn { .. }
            | QuoteState::Declined
            | QuoteState::Lapsed => Err(MoneyRefusal::QuoteClosed(*no).into()),
        }
    }

    fn invoice(&self, no: &DocumentNo) -> Result<&Invoice, Refusal> {
        let invoice = self.account.invoices.get(no);
        let invoice = invoice.ok_or(MoneyRefusal::NoSuchDocument(*no))?;
        if invoice.cancelled.is_some() {
            return Err(MoneyRefusal::Cancelled(*no).into());
        }
        Ok(invoice)
    }

    fn withdraw(&mut self, no: DocumentNo, reason: String, by: String) {
        self.tell(MoneyEvent::QuoteWithdrawn {
            no,
            reason,
            by,
            at: self.now,
        });
    }

    /// The open quotes of an order about one thing.
    fn open_about(&self, project: &ProjectId, about: QuoteAbout) -> Vec<DocumentNo> {
        let quotes = self.account.quotes.iter();
        let open = quotes.filter(|(_, q)| {
            &q.project == project && q.about == about && q.state == QuoteState::Open
        });
        open.map(|(no, _)| *no).collect()
    }

    fn take_back(&mut self, project: &ProjectId, about: QuoteAbout, reason: &str) {
        for no in self.open_about(project, about) {
            self.withdraw(no, reason.to_owned(), "Lacquer".to_owned());
        }
    }

    fn issue_quote(
        &mut self,
        project: ProjectId,
        quote: Quote,
        about: QuoteAbout,
    ) -> Result<(), Refusal> {
        self.still_open()?;
        self.terms_of(&project)?;
        if let QuoteAbout::Request { .. } | QuoteAbout::Removal { .. } = about {
            let mut quotes = self.account.quotes.values();
            let is_agreed = quotes.any(|q| {
                let is_accepted = matches!(q.state, QuoteState::Accepted { .. });
                q.project == project && q.about == about && is_accepted
            });
            if is_agreed {
                return Err(Refusal::Already);
            }
        }
        let no = self.next.take(Series::Quote);
        // Of extras several may be offered side by side.
        if about != QuoteAbout::Extras {
            self.take_back(&project, about, &format!("{no} takes its place"));
        }
        self.tell(MoneyEvent::QuoteIssued {
            no,
            project,
            quote: Box::new(quote),
            at: self.now,
            about,
        });
        Ok(())
    }

    fn accept_quote(&mut self, no: DocumentNo, name: &str) -> Result<(), Refusal> {
        self.still_open()?;
        let quoted = self.open_quote(&no)?.clone();
        self.tell(MoneyEvent::QuoteAccepted {
            no,
            name: line(name, "your name")?,
            at: self.now,
        });
        if quoted.quote.terms.payment == PaymentRule::OnAcceptance {
            // The fee falls due when the master is accepted, and the invoice is written then.
            return Ok(());
        }
        self.write_invoice(InvoiceKind::Work, &quoted.project, Some(no), quoted.quote);
        Ok(())
    }

    fn write_invoice(
        &mut self,
        about: InvoiceKind,
        project: &ProjectId,
        quote_no: Option<DocumentNo>,
        quote: Quote,
    ) {
        let days = |days: u16| self.now + i64::from(days) * DAY_MS;
        let parts = quote.parts.iter().map(|part| PartOfInvoice {
            amount: part.amount,
            due: part.due,
            due_at: match part.due {
                PartDue::Days(wait) => days(wait),
                PartDue::BeforeWork | PartDue::BeforeFinals | PartDue::OnAcceptance => {
                    days(quote.terms.due_days)
                }
            },
        });
        let parts = parts.collect();
        let no = self.next.take(Series::Invoice);
        self.tell(MoneyEvent::InvoiceIssued {
            no,
            about,
            project: project.clone(),
            quote: quote_no,
            lines: quote.lines,
            net: quote.net,
            tax_rate: quote.tax_rate,
            tax: quote.tax,
            total: quote.total,
            parts,
            terms: quote.terms,
            at: self.now,
        });
    }

    /// Whether the order itself, beside requests and extras, has its invoice.
    fn is_invoiced(&self, project: &ProjectId) -> bool {
        self.account.invoices.values().any(|invoice| {
            let quoted = invoice.quote.and_then(|no| self.account.quotes.get(&no));
            &invoice.project == project
                && invoice.about == InvoiceKind::Work
                && invoice.cancelled.is_none()
                && quoted.is_none_or(|q| q.about == QuoteAbout::Order)
        })
    }

    /// Writes the invoices of what was agreed to be due on acceptance; where nothing was agreed,
    /// the fee follows the order's price list.
    fn fee_falls_due(&mut self, project: &ProjectId, ask: &Ask, name: &str) -> Result<(), Refusal> {
        let terms = self.terms_of(project)?.clone();
        let quotes = self.account.quotes.iter();
        let of_order: Vec<_> = quotes
            .filter(|(_, q)| &q.project == project)
            .map(|(no, q)| (*no, q.clone()))
            .collect();
        let waiting = of_order
            .iter()
            .filter(|(_, q)| matches!(q.state, QuoteState::Accepted { invoice: None, .. }));
        let mut is_told = false;
        for (no, quoted) in waiting {
            self.write_invoice(InvoiceKind::Work, project, Some(*no), quoted.quote.clone());
            is_told = true;
        }
        if self.is_invoiced(project) {
            return if is_told {
                Ok(())
            } else {
                Err(Refusal::Already)
            };
        }
        let open = of_order
            .into_iter()
            .find(|(_, q)| q.state == QuoteState::Open && q.about == QuoteAbout::Order);
        let (no, quote) = match open {
            Some((no, quoted)) => (no, quoted.quote),
            None => {
                let quote = Quote::make(&terms.service, terms.version, &terms.list, ask)?;
                self.issue_quote(project.clone(), quote.clone(), QuoteAbout::Order)?;
                let no = self.account.quotes.keys().next_back();
                (*no.expect("a quote was issued just now"), quote)
            }
        };
        self.tell(MoneyEvent::QuoteAccepted {
            no,
            name: line(name, "the name")?,
            at: self.now,
        });
        self.write_invoice(InvoiceKind::Work, project, Some(no), quote);
        Ok(())
    }
}

fn house(by: &Actor) -> Result<(), Refusal> {
    crate::decide::permit::house(by)
}

fn staff_or_house(by: &Actor) -> Result<(), Refusal> {
    crate::decide::permit::staff_or_house(by)
}
