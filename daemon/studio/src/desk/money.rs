//! Money at the desk: decided on the account's journal, written with the books, the numbered
//! documents and the follow-up work in one transaction.

use mastering::money::{
    Account, Book, DocumentNo, Entry, MONEY_SCHEMA, MoneyCommand, MoneyEvent, NextNumbers,
    QuoteState, Series, decide_money, entries,
};
use mastering::{Actor, Event, PersonId, Project, ProjectId, UnknownEvent};
use serde::{Deserialize, Serialize};
use vault::{
    CommitError, DecisionOrigin, HouseWrite, LedgerDocumentRow, LedgerEntryRow, LedgerEventRow,
    LedgerWrite, PeopleWrite, PersonState, Vault, VaultError, Write,
};

use super::{DeskTask, actor_code, answer_row};
use crate::access::{Origin, TokenKind};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::follow::money::money_notices;
use crate::work::Work;

/// A command for a client's account.
#[derive(Debug)]
pub(crate) struct MoneyAsk {
    pub(crate) client: PersonId,
    pub(crate) by: Actor,
    pub(crate) command: MoneyCommand,
    /// The asker's own key: the same key is carried out once.
    pub(crate) key: Option<String>,
    /// Where it came from; none for what Lacquer does by itself.
    pub(crate) from: Option<Origin>,
}

/// What a command came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoneyDone {
    /// The numbers that were given out.
    pub documents: Vec<DocumentNo>,
    /// The last number of the account's journal.
    pub seq: u64,
}

/// An account with what the next decision on it needs.
pub(super) struct Books {
    account: Account,
    seq: u64,
    next: NextNumbers,
    recipient: String,
}

/// A client as documents name them, kept with each.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Recipient {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// Why an account cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Unknown(#[from] UnknownEvent),
}

/// Brings a client's account to life from its journal, with the journal's last number.
pub(crate) fn read_account(
    vault: &Vault,
    client: &PersonId,
) -> Result<(Account, u64), AccountError> {
    let rows = vault.ledger_events(client.as_str())?;
    let mut account = Account::new(client.clone());
    for row in &rows {
        account.apply(&MoneyEvent::read(row.schema, &row.body)?);
    }
    Ok((account, rows.last().map_or(0, |row| row.seq)))
}

fn read_books(vault: &Vault, client: &PersonId) -> Result<Books, AccountError> {
    let (account, seq) = read_account(vault, client)?;
    let last = vault.last_numbers()?.into_iter().filter_map(|(code, no)| {
        let series = Series::ALL.into_iter().find(|s| s.code() == code)?;
        Some((series, no))
    });
    let person = vault.person(client.as_str())?;
    let recipient = person.map_or_else(Recipient::default, |person| Recipient {
        name: person.name,
        email: person.email,
    });
    Ok(Books {
        account,
        seq,
        next: NextNumbers::after(last),
        recipient: serde_json::to_string(&recipient).unwrap_or_default(),
    })
}

impl DeskTask {
    pub(super) async fn books(&self, client: &PersonId) -> Result<Books, Denied> {
        let client = client.clone();
        let vault = self.vault.clone();
        tokio::task::spawn_blocking(move || read_books(&vault, &client))
            .await
            .map_err(|e| Denied::fault("the account could not be read", &e))?
            .map_err(|e| Denied::fault("the account could not be read", &e))
    }

    pub(super) async fn money(&mut self, ask: MoneyAsk) -> Result<MoneyDone, Denied> {
        let key = ask.key.map(|key| format!("money {key}"));
        if let Some(body) = self.answered(key.as_deref()).await? {
            return answered(&body);
        }
        let books = self.books(&ask.client).await?;
        let now = now_ms();
        let next = books.next.clone();
        let events = decide_money(&books.account, ask.command, &ask.by, now, next)?;
        self.bring_what_it_is_about(&books.account, &events).await?;
        let shut_out = self.shut_out(&ask.client, &events).await?;
        let before = books.seq;
        let (done, mut rows) = self.booked(books, &events, &ask.by, now);
        rows.extend(origins((&ask.client, before, done.seq), &ask.by, ask.from));
        rows.extend(shut_out);
        if let Some(key) = key {
            let body = serde_json::to_string(&done).unwrap_or_default();
            rows.push(answer_row(key, now, body));
        }
        match self.vault.commit(rows).await {
            Ok(_) => {
                self.work.notify_waiters();
                Ok(done)
            }
            Err(CommitError::Answered(before)) => answered(&before.body),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Prices a new order by its service's list: the rows of the account, and what of the order
    /// waits for money from its first moment on.
    pub(super) async fn priced(
        &mut self,
        project: &Project,
        command: MoneyCommand,
        now: i64,
    ) -> Result<(Option<Event>, Vec<Write>), Denied> {
        let books = self.books(&project.client).await?;
        let next = books.next.clone();
        let events = decide_money(&books.account, command, &Actor::House, now, next)?;
        let mut account = books.account.clone();
        events.iter().for_each(|event| account.apply(event));
        let hold = account.gate(&project.id, now).hold;
        let (_, rows) = self.booked(books, &events, &Actor::House, now);
        let held = (hold != project.hold).then_some(Event::HoldChanged { hold, at: now });
        Ok((held, rows))
    }

    /// Brings the orders to life that the events are about, so that their people hear of them.
    async fn bring_what_it_is_about(
        &mut self,
        account: &Account,
        events: &[MoneyEvent],
    ) -> Result<(), Denied> {
        let mut after = account.clone();
        for event in events {
            after.apply(event);
            if let (Some(project), _) = about(&after, event) {
                self.live(&project).await?;
            }
        }
        Ok(())
    }

    /// The rows of what was decided, and what follows from it.
    fn booked(
        &mut self,
        books: Books,
        events: &[MoneyEvent],
        by: &Actor,
        now: i64,
    ) -> (MoneyDone, Vec<Write>) {
        let Books {
            account: mut after,
            mut seq,
            recipient,
            ..
        } = books;
        let before = after.clone();
        let mut rows = Vec::new();
        let mut documents = Vec::new();
        for event in events {
            after.apply(event);
            seq += 1;
            rows.push(ledger(LedgerWrite::Event(LedgerEventRow {
                client: after.client.to_string(),
                seq,
                at_ms: now,
                actor: actor_code(by),
                kind: event.code().to_owned(),
                schema: MONEY_SCHEMA,
                body: event.write(),
            })));
            let about = about(&after, event);
            rows.extend(entries(event).iter().map(|entry| {
                ledger(LedgerWrite::Entry(entry_row(
                    &after, entry, &about, seq, now,
                )))
            }));
            if let Some(no) = event.numbered() {
                documents.push(no);
                let row = document_row(&after, no, event, seq, &recipient);
                rows.push(ledger(LedgerWrite::Document(row)));
            }
            let project = about.0.as_ref().and_then(|id| self.live.get(id));
            if let Some(live) = project {
                rows.extend(money_notices(
                    &self.follow_up,
                    &live.project,
                    event,
                    &after,
                    now,
                ));
            }
        }
        rows.extend(moved(&before, &after, &documents));
        rows.extend(self.tidings(&before, &after, &seq.to_string(), now));
        (MoneyDone { documents, seq }, rows)
    }

    /// The work that tells orders what the account says of them now and they do not know yet.
    fn tidings(&mut self, before: &Account, after: &Account, inputs: &str, now: i64) -> Vec<Write> {
        let mut rows = Vec::new();
        for id in after.orders.keys() {
            let has_news = match self.live.get(id) {
                Some(live) => !after.tells(&live.project, now).is_empty(),
                // Of an order in the archive that nobody looks at, what the account said before stands in it.
                None => after.gate(id, now).hold != before.gate(id, now).hold,
            };
            if has_news {
                rows.push(Work::KeepHold.queue(id, inputs));
            }
        }
        rows
    }

    /// Lets time do to the accounts what is due: quotes and credits lapse on their day, and an
    /// instalment that was not paid locks what waits for it.
    pub(super) async fn keep_money_time(&mut self, now: i64) -> Result<(), Denied> {
        let since = self.money_seen;
        let due = super::read(&self.vault, move |vault| vault.clients_due(since, now)).await?;
        for client in due {
            let client: PersonId = crate::access::parse_id(&client)?;
            self.account_in_time(&client, now).await?;
        }
        // What falls due from now on; a day that has passed is not looked at again.
        self.money_seen = now;
        Ok(())
    }

    async fn account_in_time(&mut self, client: &PersonId, now: i64) -> Result<(), Denied> {
        let books = self.books(client).await?;
        let (by, next) = (Actor::House, books.next.clone());
        let events = decide_money(&books.account, MoneyCommand::KeepTime, &by, now, next)?;
        let owing = books.account.invoices.values();
        let owing = owing.filter(|invoice| invoice.overdue_since(now).is_some());
        let late: Vec<ProjectId> = owing.map(|invoice| invoice.project.clone()).collect();
        for project in &late {
            self.live(project).await?;
        }
        self.bring_what_it_is_about(&books.account, &events).await?;
        let account = books.account.clone();
        let (_, mut rows) = self.booked(books, &events, &by, now);
        if events.is_empty() {
            rows.extend(self.tidings(&account, &account, &format!("time:{now}"), now));
        }
        if !rows.is_empty() {
            self.vault.commit(rows).await.map_err(|e| self.broken(&e))?;
            self.work.notify_waiters();
        }
        Ok(())
    }

    /// Whoever was proven to defraud the studio comes in no more, nor do their people.
    async fn shut_out(
        &self,
        client: &PersonId,
        events: &[MoneyEvent],
    ) -> Result<Vec<Write>, Denied> {
        let is_ended = |event: &MoneyEvent| matches!(event, MoneyEvent::AccountEnded { .. });
        if !events.iter().any(is_ended) {
            return Ok(Vec::new());
        }
        let id = client.to_string();
        let members = super::read(&self.vault, move |vault| vault.members_of(&id)).await?;
        let people = members.into_iter().map(|member| member.person);
        let rows = people.chain([client.to_string()]).flat_map(|person| {
            let kinds = [TokenKind::Session, TokenKind::Portal, TokenKind::Recovery];
            let ended = kinds.map(|kind| Write::TokensEnded {
                person: person.clone(),
                kind: kind.code().to_owned(),
            });
            let state = PersonState::Disabled;
            let closed = Write::People(PeopleWrite::State { person, state });
            ended.into_iter().chain([closed])
        });
        Ok(rows.collect())
    }
}

/// Where the events of an account came from, after its number `before` and up to `now`.
fn origins(
    (client, before, now): (&PersonId, u64, u64),
    by: &Actor,
    from: Option<Origin>,
) -> Vec<Write> {
    let Some(from) = from else {
        return Vec::new();
    };
    let person = match by {
        Actor::Staff { person } | Actor::Client { person, .. } => person.to_string(),
        // A payment service's message is nobody's decision, and comes from somewhere all the same.
        Actor::House => String::new(),
    };
    let each = (before + 1..=now).map(|seq| DecisionOrigin {
        journal: client.to_string(),
        seq,
        person: person.clone(),
        address: from.to_string(),
    });
    each.map(|row| Write::House(HouseWrite::Origin(row)))
        .collect()
}

fn ledger(write: LedgerWrite) -> Write {
    Write::Ledger(write)
}

fn answered(body: &str) -> Result<MoneyDone, Denied> {
    serde_json::from_str(body).map_err(|e| Denied::fault("the first answer could not be read", &e))
}

/// The project that an event of an account is about.
pub(crate) fn money_about(account: &Account, event: &MoneyEvent) -> Option<ProjectId> {
    about(account, event).0
}

/// The project and document that an event is about.
fn about(account: &Account, event: &MoneyEvent) -> (Option<ProjectId>, Option<DocumentNo>) {
    let document = match event {
        MoneyEvent::QuoteIssued { no, .. }
        | MoneyEvent::QuoteAccepted { no, .. }
        | MoneyEvent::QuoteWithdrawn { no, .. }
        | MoneyEvent::QuoteDeclined { no, .. }
        | MoneyEvent::QuoteLapsed { no, .. }
        | MoneyEvent::InvoiceIssued { no, .. }
        | MoneyEvent::CreditGiven { no, .. }
        | MoneyEvent::CreditLapsed { no, .. } => *no,
        MoneyEvent::PaymentReceived { invoice, .. }
        | MoneyEvent::CreditRedeemed { invoice, .. }
        | MoneyEvent::Refunded { invoice, .. }
        | MoneyEvent::InvoiceCancelled { invoice, .. } => *invoice,
        MoneyEvent::OrderPriced { project, .. }
        | MoneyEvent::GateWaived { project, .. }
        | MoneyEvent::AccountEnded { project, .. } => return (Some(project.clone()), None),
    };
    (account.project_of(&document).cloned(), Some(document))
}

fn entry_row(
    account: &Account,
    entry: &Entry,
    about: &(Option<ProjectId>, Option<DocumentNo>),
    seq: u64,
    now: i64,
) -> LedgerEntryRow {
    LedgerEntryRow {
        client: account.client.to_string(),
        seq,
        at_ms: now,
        project: about.0.as_ref().map(ToString::to_string),
        document: about.1.map(|no| no.to_string()),
        book: Book::code(entry.book).to_owned(),
        currency: entry.amount.currency().code().to_owned(),
        minor: entry.amount.minor(),
    }
}

fn document_row(
    account: &Account,
    no: DocumentNo,
    event: &MoneyEvent,
    seq: u64,
    recipient: &str,
) -> LedgerDocumentRow {
    let total = match event {
        MoneyEvent::QuoteIssued { quote, .. } => quote.total,
        MoneyEvent::InvoiceIssued { total, .. } | MoneyEvent::InvoiceCancelled { total, .. } => {
            *total
        }
        MoneyEvent::PaymentReceived { amount, .. }
        | MoneyEvent::CreditGiven { amount, .. }
        | MoneyEvent::Refunded { amount, .. } => *amount,
        MoneyEvent::OrderPriced { .. }
        | MoneyEvent::QuoteAccepted { .. }
        | MoneyEvent::QuoteWithdrawn { .. }
        | MoneyEvent::QuoteDeclined { .. }
        | MoneyEvent::QuoteLapsed { .. }
        | MoneyEvent::CreditRedeemed { .. }
        | MoneyEvent::CreditLapsed { .. }
        | MoneyEvent::GateWaived { .. }
        | MoneyEvent::AccountEnded { .. } => unreachable!("these take no number"),
    };
    let stands = standing(account, no);
    LedgerDocumentRow {
        series: no.series.code().to_owned(),
        number: no.no,
        name: no.to_string(),
        client: account.client.to_string(),
        project: about(account, event).0.map(|id| id.to_string()),
        seq,
        at_ms: event.at(),
        due_ms: stands.due_ms,
        currency: total.currency().code().to_owned(),
        total_minor: total.minor(),
        open_minor: stands.open_minor,
        state: stands.state.to_owned(),
        recipient: recipient.to_owned(),
    }
}

/// Where a document stands, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stands {
    due_ms: Option<i64>,
    open_minor: i64,
    state: &'static str,
}

fn standing(account: &Account, no: DocumentNo) -> Stands {
    let done = |state| Stands {
        due_ms: None,
        open_minor: 0,
        state,
    };
    if let Some(quoted) = account.quotes.get(&no) {
        return match quoted.state {
            QuoteState::Open => Stands {
                due_ms: quoted.lapses_at(),
                open_minor: quoted.quote.total.minor(),
                state: "open",
            },
            QuoteState::Accepted { .. } => done("accepted"),
            QuoteState::Withdrawn { .. } => done("withdrawn"),
            QuoteState::Declined => done("declined"),
            QuoteState::Lapsed => done("lapsed"),
        };
    }
    if let Some(invoice) = account.invoices.get(&no) {
        let open = invoice.open().minor();
        let parts = invoice.open_parts();
        let due = parts.iter().filter(|(_, open)| open.is_positive());
        return match (invoice.cancelled.is_some(), open) {
            (true, _) => done("cancelled"),
            (false, 1..) => Stands {
                due_ms: due.map(|(part, _)| part.due_at).min(),
                open_minor: open,
                state: "open",
            },
            (false, 0) => done("paid"),
            (false, _) => Stands {
                open_minor: open,
                ..done("overpaid")
            },
        };
    }
    match account.credits.get(&no) {
        Some(credit) if credit.left.is_positive() => Stands {
            due_ms: Some(credit.lapses_at),
            open_minor: credit.left.minor(),
            state: "open",
        },
        Some(_) => done("used"),
        None => done("done"),
    }
}

/// The rows of documents that stand elsewhere than before.
fn moved(before: &Account, after: &Account, new: &[DocumentNo]) -> Vec<Write> {
    let quotes = after.quotes.keys();
    let known = quotes
        .chain(after.invoices.keys())
        .chain(after.credits.keys());
    // A quote may be issued and accepted by one command: its row was written in between.
    known
        .filter(|no| new.contains(no) || standing(before, **no) != standing(after, **no))
        .map(|no| {
            let stands = standing(after, *no);
            Write::Ledger(LedgerWrite::DocumentState {
                name: no.to_string(),
                due_ms: stands.due_ms,
                open_minor: stands.open_minor,
                state: stands.state.to_owned(),
            })
        })
        .collect()
}
