//! The ledger over all clients: lists with filters, and its export as CSV and spreadsheet.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use mastering::money::{Amount, DocumentNo};
use mastering::{OrderNumber, Zone};
use paper::{Cell, Table};
use serde::{Deserialize, Serialize};
use vault::{DocumentFilter, LedgerDocumentRow, Page};

use super::Studio;
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::desk::Recipient;

/// Lines of one page.
const PAGE_ROWS: u32 = 100;
/// Lines of one export; a spreadsheet holds a million.
const EXPORT_ROWS: u32 = 200_000;

/// Which documents are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerFilter {
    /// `quote`, `invoice`, `receipt`, `credit` or `credit_note`.
    pub series: Option<String>,
    /// `open`, `paid`, `cancelled`, ...
    pub state: Option<String>,
    /// The client's login.
    pub client: Option<String>,
    /// From this day on.
    pub from: Option<Date>,
    /// Until the end of this day.
    pub until: Option<Date>,
    /// Where the page before ended.
    pub before: Option<u64>,
}

/// A document as a line of a list.
#[derive(Debug, Clone, Serialize)]
pub struct DocumentLine {
    /// Its number.
    pub no: DocumentNo,
    /// Its series.
    pub series: String,
    /// When it was made.
    pub at: i64,
    /// When the earliest open part is due.
    pub due_at: Option<i64>,
    /// Where it stands.
    pub state: String,
    /// What it is over.
    pub total: Amount,
    /// The same in minor units of its currency.
    pub total_minor: i64,
    /// What is open of it.
    pub open: Amount,
    /// The currency.
    pub currency: String,
    /// The client it was made out to, as they were called that day.
    pub client: String,
    /// The order.
    pub number: Option<OrderNumber>,
}

/// A page of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct LedgerPage {
    /// The documents, newest first.
    pub lines: Vec<DocumentLine>,
    /// Where the next page begins.
    pub next: Option<u64>,
    /// What is open of all invoices, by currency.
    pub open: Vec<Amount>,
}

/// A form of exported tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableForm {
    /// Comma-separated values.
    Csv,
    /// A spreadsheet.
    Xlsx,
}

/// What of the ledger is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerTable {
    /// Quotes, invoices, receipts, credits, credit notes.
    Documents,
    /// The lines of the books, debits and credits.
    Entries,
}

/// A file to fetch.
#[derive(Debug, Clone)]
pub struct MadeFile {
    /// Its name.
    pub file_name: String,
    /// Its media type.
    pub mime: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

pub(super) fn lines_of(
    rows: &[LedgerDocumentRow],
    name: impl Fn(&LedgerDocumentRow) -> (String, Option<OrderNumber>),
) -> Result<Vec<DocumentLine>, Denied> {
    let broken = |e: &dyn std::error::Error| Denied::fault("the ledger holds a broken row", e);
    rows.iter()
        .map(|row| {
            let currency = row.currency.parse().map_err(|e| broken(&e))?;
            let amount = |minor| Amount::of_minor(minor, currency);
            let recipient: Recipient = serde_json::from_str(&row.recipient).unwrap_or_default();
            let (client, number) = name(row);
            Ok(DocumentLine {
                no: row.name.parse().map_err(|e| broken(&e))?,
                series: row.series.clone(),
                at: row.at_ms,
                due_at: row.due_ms,
                state: row.state.clone(),
                total: amount(row.total_minor).map_err(|e| broken(&e))?,
                total_minor: row.total_minor,
                open: amount(row.open_minor).map_err(|e| broken(&e))?,
                currency: row.currency.clone(),
                client: if client.is_empty() {
                    recipient.name
                } else {
                    client
                },
                number,
            })
        })
        .collect()
}

impl Studio {
    /// A page of the ledger.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn ledger(
        &self,
        visitor: &Visitor,
        filter: &LedgerFilter,
    ) -> Result<LedgerPage, Denied> {
        visitor.must(Right::ReadHouse)?;
        let rows = self.rows(filter, PAGE_ROWS).await?;
        let open = self.access.read(vault::Vault::open_sums).await?;
        let lines = self.named_lines(&rows.rows).await?;
        Ok(LedgerPage {
            lines,
            next: rows.next,
            open: open
                .into_iter()
                .filter_map(|(code, minor)| Amount::of_minor(minor, code.parse().ok()?).ok())
                .collect(),
        })
    }

    /// The first moment of a day by the studio's calendar.
    fn midnight(&self, day: Date) -> Option<i64> {
        self.catalogue().calendar.time_zone.start_of(day)
    }

    async fn rows(
        &self,
        filter: &LedgerFilter,
        rows: u32,
    ) -> Result<vault::Paged<LedgerDocumentRow>, Denied> {
        let login = filter.client.clone().filter(|login| !login.is_empty());
        let client = match login {
            Some(login) => {
                let person = self.access.person_by_login(&login).await?;
                Some(person.map_or_else(|| "nobody".to_owned(), |person| person.id))
            }
            None => None,
        };
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let until = filter.until.and_then(|day| day.tomorrow().ok());
        let wanted = DocumentFilter {
            series: given(&filter.series),
            state: given(&filter.state),
            client,
            project: None,
            from_ms: filter.from.and_then(|day| self.midnight(day)),
            until_ms: until.and_then(|day| self.midnight(day)),
        };
        let page = Page {
            before: filter.before,
            rows,
        };
        self.access
            .read(move |vault| vault.ledger_documents(&wanted, page))
            .await
    }

    async fn named_lines(&self, rows: &[LedgerDocumentRow]) -> Result<Vec<DocumentLine>, Denied> {
        let ids: BTreeSet<String> = rows.iter().filter_map(|row| row.project.clone()).collect();
        let found = self.access.read(move |vault| {
            let found = ids.iter().map(|id| vault.project(id));
            found.collect::<Result<Vec<_>, _>>()
        });
        let numbers: HashMap<String, OrderNumber> = found
            .await?
            .into_iter()
            .flatten()
            .filter_map(|row| Some((row.id, row.number.parse().ok()?)))
            .collect();
        lines_of(rows, |row| {
            let project = row.project.as_ref();
            (
                String::new(),
                project.and_then(|id| numbers.get(id)).copied(),
            )
        })
    }

    /// The ledger as a file.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn ledger_file(
        &self,
        visitor: &Visitor,
        what: LedgerTable,
        filter: &LedgerFilter,
        form: TableForm,
    ) -> Result<MadeFile, Denied> {
        visitor.must(Right::ReadHouse)?;
        let catalogue = self.catalogue();
        let zone = &catalogue.calendar.time_zone;
        let (name, table) = match what {
            LedgerTable::Documents => {
                let mut rows = Vec::new();
                let mut filter = filter.clone();
                loop {
                    let page = self.rows(&filter, Page::MAX_ROWS).await?;
                    rows.extend(page.rows);
                    filter.before = page.next;
                    if page.next.is_none() {
                        break;
                    }
                }
                ("ledger", documents(&self.named_lines(&rows).await?, zone))
            }
            LedgerTable::Entries => {
                let from = filter
                    .from
                    .and_then(|day| self.midnight(day))
                    .unwrap_or(i64::MIN);
                let until = filter.until.and_then(|day| day.tomorrow().ok());
                let until = until.and_then(|day| self.midnight(day)).unwrap_or(i64::MAX);
                let rows = self
                    .access
                    .read(move |vault| vault.ledger_entries(from, until, EXPORT_ROWS))
                    .await?;
                ("entries", entries(&rows, zone))
            }
        };
        made(name, &[table], form, self.today())
    }
}

/// Tables as a file; of several, a CSV holds the first.
pub(super) fn made(
    name: &str,
    tables: &[Table],
    form: TableForm,
    today: Date,
) -> Result<MadeFile, Denied> {
    let day = today.to_string();
    let (ending, mime, bytes) = match form {
        TableForm::Csv => (
            "csv",
            "text/csv; charset=utf-8",
            tables.first().map(paper::csv).unwrap_or_default(),
        ),
        TableForm::Xlsx => (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            paper::xlsx(tables, &day)
                .map_err(|e| Denied::fault("the spreadsheet could not be written", &e))?,
        ),
    };
    Ok(MadeFile {
        file_name: format!("{name}-{day}.{ending}"),
        mime,
        bytes,
    })
}

pub(super) fn cell(amount: &Amount) -> Cell {
    Cell::Decimal {
        units: amount.minor(),
        decimals: amount.currency().decimals(),
    }
}

fn documents(lines: &[DocumentLine], zone: &Zone) -> Table {
    let mut table = Table::new(
        "Documents",
        &[
            ("Number", 12),
            ("Kind", 12),
            ("Date", 12),
            ("Due", 12),
            ("State", 12),
            ("Order", 12),
            ("Client", 30),
            ("Currency", 9),
            ("Total", 14),
            ("Open", 14),
        ],
    );
    let day = |at: i64| Cell::Day(crate::jobs::day(zone, at));
    table.rows = lines
        .iter()
        .map(|line| {
            vec![
                Cell::Text(line.no.to_string()),
                Cell::Text(line.series.clone()),
                day(line.at),
                line.due_at.map_or(Cell::Empty, day),
                Cell::Text(line.state.clone()),
                Cell::Text(line.number.map_or_else(String::new, |no| no.to_string())),
                Cell::Text(line.client.clone()),
                Cell::Text(line.currency.clone()),
                cell(&line.total),
                cell(&line.open),
            ]
        })
        .collect();
    table
}

fn entries(rows: &[vault::LedgerEntryRow], zone: &Zone) -> Table {
    let mut table = Table::new(
        "Entries",
        &[
            ("Date", 12),
            ("Document", 12),
            ("Account", 16),
            ("Currency", 9),
            ("Debit", 14),
            ("Credit", 14),
        ],
    );
    table.rows = rows
        .iter()
        .map(|row| {
            let currency = row.currency.parse::<mastering::money::Currency>();
            let decimals = currency.map_or(2, |currency| currency.decimals());
            let side = |units: i64| match units {
                0 => Cell::Empty,
                units => Cell::Decimal { units, decimals },
            };
            vec![
                Cell::Day(crate::jobs::day(zone, row.at_ms)),
                Cell::Text(row.document.clone().unwrap_or_default()),
                Cell::Text(row.book.clone()),
                Cell::Text(row.currency.clone()),
                side(row.minor.max(0)),
                side((-row.minor).max(0)),
            ]
        })
        .collect();
    table
}
