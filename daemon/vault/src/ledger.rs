//! The ledger's rows: journals of clients' accounts, entries in the books, numbered documents,
//! price lists. The vault knows no rules of money, only that numbers have no gaps.

use rusqlite::{Row, params};

use crate::Vault;
use crate::apply::{Applied, Db, Stop};
use crate::error::{CommitError, VaultError};
use crate::rows::{Page, Paged};

/// One event of a client's account; its body is opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEventRow {
    /// The client's person id.
    pub client: String,
    /// Place in the account's journal, from 1 without holes.
    pub seq: u64,
    /// When it was decided.
    pub at_ms: i64,
    /// Who caused it.
    pub actor: String,
    /// The event's kind.
    pub kind: String,
    /// Schema number of the body.
    pub schema: u16,
    /// The event as JSON.
    pub body: String,
}

/// One line in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntryRow {
    /// The client.
    pub client: String,
    /// The event it comes from.
    pub seq: u64,
    /// When.
    pub at_ms: i64,
    /// The project it is about.
    pub project: Option<String>,
    /// The document it is about.
    pub document: Option<String>,
    /// The account of the books.
    pub book: String,
    /// The currency's letters.
    pub currency: String,
    /// Minor units: a debit where positive, a credit where negative; never nothing.
    pub minor: i64,
}

/// A numbered document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerDocumentRow {
    /// Its series.
    pub series: String,
    /// Its number in the series, from 1 without gaps.
    pub number: u32,
    /// Its number as written, such as `INV-0001`.
    pub name: String,
    /// The client.
    pub client: String,
    /// The project it is about.
    pub project: Option<String>,
    /// The event that made it.
    pub seq: u64,
    /// When it was made.
    pub at_ms: i64,
    /// When the earliest open part of it is due.
    pub due_ms: Option<i64>,
    /// The currency's letters.
    pub currency: String,
    /// What it is over, in minor units.
    pub total_minor: i64,
    /// What is open of it, in minor units.
    pub open_minor: i64,
    /// Where it stands, as the ledger spells it.
    pub state: String,
    /// Whom it was made out to, as JSON.
    pub recipient: String,
}

/// A version of a service's price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListRow {
    /// The service.
    pub service: String,
    /// From 1.
    pub version: u32,
    /// When it was saved.
    pub at_ms: i64,
    /// Who saved it.
    pub author: String,
    /// The list.
    pub body: String,
}

/// What can be written to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerWrite {
    /// Appends to an account's journal; `seq` must be the next, or the batch is refused.
    Event(LedgerEventRow),
    /// Adds a line to the books.
    Entry(LedgerEntryRow),
    /// Adds a document; its number must be the next of its series, or the batch is refused.
    Document(LedgerDocumentRow),
    /// Says where a document stands now.
    DocumentState {
        /// Its number as written.
        name: String,
        /// When the earliest open part of it is due.
        due_ms: Option<i64>,
        /// What is open of it, in minor units.
        open_minor: i64,
        /// Where it stands.
        state: String,
    },
    /// Adds the next version of a price list.
    PriceList(PriceListRow),
}

/// Which documents to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Only this series.
    pub series: Option<String>,
    /// Only this client.
    pub client: Option<String>,
    /// Only this project.
    pub project: Option<String>,
    /// Only this state.
    pub state: Option<String>,
    /// Only what was made at or after this time.
    pub from_ms: Option<i64>,
    /// Only what was made before this time.
    pub until_ms: Option<i64>,
}

/// The sum of a book's entries in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookMonth {
    /// The month, such as `2026-11`.
    pub month: String,
    /// The account of the books.
    pub book: String,
    /// The currency's letters.
    pub currency: String,
    /// Minor units.
    pub minor: i64,
}

pub(crate) fn apply(db: &Db<'_>, write: &LedgerWrite) -> Applied {
    match write {
        LedgerWrite::Event(row) => event(db, row),
        LedgerWrite::Entry(row) => {
            db.run(
                "INSERT INTO ledger_entry (client, seq, at_ms, project, document, book, currency, minor)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    row.client,
                    row.seq,
                    row.at_ms,
                    row.project,
                    row.document,
                    row.book,
                    row.currency,
                    row.minor
                ],
            )?;
            Ok(())
        }
        LedgerWrite::Document(row) => document(db, row),
        LedgerWrite::DocumentState {
            name,
            due_ms,
            open_minor,
            state,
        } => db.hit(
            "UPDATE ledger_document SET due_ms = ?2, open_minor = ?3, state = ?4 WHERE name = ?1",
            params![name, due_ms, open_minor, state],
            ("document", name, "there"),
        ),
        LedgerWrite::PriceList(row) => {
            let last: u32 = db
                .prepared("SELECT coalesce(max(version), 0) FROM price_list WHERE service = ?1")?
                .query_row([&row.service], |found| found.get(0))?;
            next(row.version, last, "price list", &row.service)?;
            db.run(
                "INSERT INTO price_list (service, version, at_ms, author, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.service, row.version, row.at_ms, row.author, row.body],
            )?;
            Ok(())
        }
    }
}

/// Refuses a number that is not the one after the last.
fn next(number: u32, last: u32, what: &'static str, name: &str) -> Applied {
    if number == last + 1 {
        return Ok(());
    }
    Err(Stop::Refused(CommitError::Stale {
        what,
        name: name.to_owned(),
        expected: "the next one",
    }))
}

fn event(db: &Db<'_>, row: &LedgerEventRow) -> Applied {
    let last: u64 = db
        .prepared("SELECT coalesce(max(seq), 0) FROM ledger_event WHERE client = ?1")?
        .query_row([&row.client], |found| found.get(0))?;
    if row.seq != last + 1 {
        return Err(Stop::Refused(CommitError::Stale {
            what: "account",
            name: row.client.clone(),
            expected: "as it was decided on",
        }));
    }
    db.run(
        "INSERT INTO ledger_event (client, seq, at_ms, actor, kind, schema, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.client, row.seq, row.at_ms, row.actor, row.kind, row.schema, row.body
        ],
    )?;
    Ok(())
}

fn document(db: &Db<'_>, row: &LedgerDocumentRow) -> Applied {
    let last: u32 = db
        .prepared("SELECT coalesce(max(number), 0) FROM ledger_document WHERE series = ?1")?
        .query_row([&row.series], |found| found.get(0))?;
    next(row.number, last, "document", &row.name)?;
    db.run(
        "INSERT INTO ledger_document (series, number, name, client, project, seq, at_ms, due_ms,
             currency, total_minor, open_minor, state, recipient)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            row.series,
            row.number,
            row.name,
            row.client,
            row.project,
            row.seq,
            row.at_ms,
            row.due_ms,
            row.currency,
            row.total_minor,
            row.open_minor,
            row.state,
            row.recipient
        ],
    )?;
    Ok(())
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<LedgerEventRow> {
    Ok(LedgerEventRow {
        client: row.get("client")?,
        seq: row.get("seq")?,
        at_ms: row.get("at_ms")?,
        actor: row.get("actor")?,
        kind: row.get("kind")?,
        schema: row.get("schema")?,
        body: row.get("body")?,
    })
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<LedgerEntryRow> {
    Ok(LedgerEntryRow {
        client: row.get("client")?,
        seq: row.get("seq")?,
        at_ms: row.get("at_ms")?,
        project: row.get("project")?,
        document: row.get("document")?,
        book: row.get("book")?,
        currency: row.get("currency")?,
        minor: row.get("minor")?,
    })
}

fn document_row(row: &Row<'_>) -> rusqlite::Result<LedgerDocumentRow> {
    Ok(LedgerDocumentRow {
        series: row.get("series")?,
        number: row.get("number")?,
        name: row.get("name")?,
        client: row.get("client")?,
        project: row.get("project")?,
        seq: row.get("seq")?,
        at_ms: row.get("at_ms")?,
        due_ms: row.get("due_ms")?,
        currency: row.get("currency")?,
        total_minor: row.get("total_minor")?,
        open_minor: row.get("open_minor")?,
        state: row.get("state")?,
        recipient: row.get("recipient")?,
    })
}

fn price_row(row: &Row<'_>) -> rusqlite::Result<PriceListRow> {
    Ok(PriceListRow {
        service: row.get("service")?,
        version: row.get("version")?,
        at_ms: row.get("at_ms")?,
        author: row.get("author")?,
        body: row.get("body")?,
    })
}

type Found<T> = Result<T, VaultError>;

/// Typed reads of the ledger.
impl Vault {
    /// The journal of a client's account, oldest first.
    pub fn ledger_events(&self, client: &str) -> Found<Vec<LedgerEventRow>> {
        let sql = "SELECT * FROM ledger_event WHERE client = ?1 ORDER BY seq";
        self.reader()?.all(sql, [client], event_row)
    }

    /// The last number of each series.
    pub fn last_numbers(&self) -> Found<Vec<(String, u32)>> {
        let sql = "SELECT series, max(number) FROM ledger_document GROUP BY series";
        self.reader()?
            .all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// A document by its number as written.
    pub fn ledger_document(&self, name: &str) -> Found<Option<LedgerDocumentRow>> {
        let sql = "SELECT * FROM ledger_document WHERE name = ?1";
        self.reader()?.one(sql, [name], document_row)
    }

    /// Documents that match, newest first.
    pub fn ledger_documents(
        &self,
        filter: &DocumentFilter,
        page: Page,
    ) -> Found<Paged<LedgerDocumentRow>> {
        // The condition that an index serves comes first; the planner sees which are given.
        let mut sql = String::from("SELECT * FROM ledger_document WHERE no < ?1");
        let conditions = [
            ("project", &filter.project),
            ("client", &filter.client),
            ("series", &filter.series),
            ("state", &filter.state),
        ];
        let before = page.before.and_then(|mark| i64::try_from(mark).ok());
        let mut values: Vec<rusqlite::types::Value> = vec![before.unwrap_or(i64::MAX).into()];
        for (column, wanted) in conditions {
            if let Some(wanted) = wanted {
                values.push(wanted.clone().into());
                sql.push_str(&format!(" AND {column} = ?{}", values.len()));
            }
        }
        for (sign, at) in [(">=", filter.from_ms), ("<", filter.until_ms)] {
            if let Some(at) = at {
                values.push(at.into());
                sql.push_str(&format!(" AND at_ms {sign} ?{}", values.len()));
            }
        }
        let limit = page.rows.clamp(1, Page::MAX_ROWS);
        // One row more tells whether there is a next page.
        sql.push_str(&format!(" ORDER BY no DESC LIMIT {}", limit + 1));
        let mut marked = self
            .reader()?
            .all(&sql, rusqlite::params_from_iter(values), |row| {
                Ok((row.get::<_, u64>("no")?, document_row(row)?))
            })?;
        let limit = usize::try_from(limit).expect("a page is small");
        let has_more = marked.len() > limit;
        marked.truncate(limit);
        Ok(Paged {
            next: marked.last().map(|(no, _)| *no).filter(|_| has_more),
            rows: marked.into_iter().map(|(_, row)| row).collect(),
        })
    }

    /// What is open of all invoices, by currency.
    pub fn open_sums(&self) -> Found<Vec<(String, i64)>> {
        let sql = "SELECT currency, sum(open_minor) FROM ledger_document
            WHERE series = 'invoice' AND state = 'open' GROUP BY currency ORDER BY currency";
        self.reader()?
            .all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The clients of whom something open was or is due in `from_ms..=until_ms`.
    pub fn clients_due(&self, from_ms: i64, until_ms: i64) -> Found<Vec<String>> {
        let sql = "SELECT DISTINCT client FROM ledger_document
            WHERE state = 'open' AND due_ms IS NOT NULL AND due_ms BETWEEN ?1 AND ?2 ORDER BY client";
        self.reader()?
            .all(sql, [from_ms, until_ms], |row| row.get(0))
    }

    /// When the first line of the books was written.
    pub fn first_entry_ms(&self) -> Found<Option<i64>> {
        let sql = "SELECT min(at_ms) FROM ledger_entry";
        let first = self.reader()?.one(sql, [], |row| row.get(0))?;
        Ok(first.flatten())
    }

    /// Lines of the books from `from_ms` until `until_ms`, oldest first, at most `most`.
    pub fn ledger_entries(
        &self,
        from_ms: i64,
        until_ms: i64,
        most: u32,
    ) -> Found<Vec<LedgerEntryRow>> {
        let sql = "SELECT * FROM ledger_entry WHERE at_ms >= ?1 AND at_ms < ?2
            ORDER BY at_ms, no LIMIT ?3";
        self.reader()?
            .all(sql, params![from_ms, until_ms, most], entry_row)
    }

    /// What each book came to from one moment until another, for a month as the studio's calendar
    /// has it.
    pub fn book_sums(&self, month: &str, from_ms: i64, until_ms: i64) -> Found<Vec<BookMonth>> {
        let sql = "SELECT book, currency, sum(minor) AS minor FROM ledger_entry
            WHERE at_ms >= ?1 AND at_ms < ?2 GROUP BY 1, 2 ORDER BY 1, 2";
        let sums = self.reader()?.all(sql, [from_ms, until_ms], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let of_month = |(book, currency, minor)| BookMonth {
            month: month.to_owned(),
            book,
            currency,
            minor,
        };
        Ok(sums.into_iter().map(of_month).collect())
    }

    /// The newest version of a service's price list.
    pub fn price_list(&self, service: &str) -> Found<Option<PriceListRow>> {
        let sql = "SELECT * FROM price_list WHERE service = ?1 ORDER BY version DESC LIMIT 1";
        self.reader()?.one(sql, [service], price_row)
    }

    /// The newest version of each price list, by service.
    pub fn price_lists(&self) -> Found<Vec<PriceListRow>> {
        let sql = "SELECT * FROM price_list AS newest WHERE version =
                (SELECT max(version) FROM price_list WHERE service = newest.service)
            ORDER BY service";
        self.reader()?.all(sql, [], price_row)
    }
}
