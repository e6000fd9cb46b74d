//! Statistics by month: what was opened, delivered, earned and received, and how long it took.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use mastering::money::{Amount, Currency};
use mastering::{UnixMs, Zone};
use paper::{Cell, Table};
use serde::Serialize;
use vault::{BookMonth, ClientRow, MonthRow};

use super::Studio;
use super::ledger::{MadeFile, TableForm, cell, made};
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;

/// A month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MonthLine {
    /// Such as `2026-11`.
    pub month: String,
    /// Orders opened.
    pub opened: u32,
    /// Orders whose finals were offered.
    pub delivered: u32,
    /// Finals fetched by clients, once for each file and day.
    pub downloaded: u32,
    /// Hours from the opening to the offered finals, on average over those delivered.
    pub turnaround_hours: Option<u32>,
    /// Rounds of those delivered together.
    pub rounds: u32,
    /// Earned before tax, less refunds, by currency.
    pub earned: Vec<Amount>,
    /// Received, less what was given back, by currency.
    pub received: Vec<Amount>,
    /// Owed by clients at the end of the month, by currency.
    pub outstanding: Vec<Amount>,
}

/// What was found in a client's mixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientFindings {
    /// The client's name.
    pub client: String,
    /// Orders.
    pub orders: u32,
    /// Mixes taken.
    pub mixes: u32,
    /// Findings in them.
    pub findings: u32,
}

/// The studio's statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Newest month first.
    pub months: Vec<MonthLine>,
    /// By the clients' names.
    pub clients: Vec<ClientFindings>,
}

impl From<MonthRow> for MonthLine {
    fn from(row: MonthRow) -> Self {
        let average = row.took_ms / i64::from(row.offered.max(1));
        Self {
            month: row.month,
            opened: row.opened,
            delivered: row.offered,
            turnaround_hours: u32::try_from(average / 3_600_000)
                .ok()
                .filter(|_| row.offered > 0),
            rounds: row.rounds,
            ..Self::default()
        }
    }
}

impl From<ClientRow> for ClientFindings {
    fn from(row: ClientRow) -> Self {
        Self {
            client: row.name,
            orders: row.orders,
            mixes: row.mixes,
            findings: row.findings,
        }
    }
}

impl Studio {
    /// The studio's statistics.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn statistics(&self, visitor: &Visitor) -> Result<Statistics, Denied> {
        visitor.must(Right::ReadHouse)?;
        let zone = self.catalogue().calendar.time_zone.clone();
        let now = now_ms();
        let (worked, found, books, fetched) = self
            .access
            .read(move |vault| {
                let worked = vault.project_months()?;
                let found = vault.client_findings()?;
                let months = match vault.first_entry_ms()? {
                    Some(first) => months(&zone, first, now),
                    None => Vec::new(),
                };
                let mut books = Vec::new();
                for (month, from, until) in months {
                    books.extend(vault.book_sums(&month, from, until)?);
                }
                Ok((worked, found, books, vault.download_months()?))
            })
            .await?;
        let mut months: BTreeMap<String, MonthLine> = worked
            .into_iter()
            .map(|row| (row.month.clone(), MonthLine::from(row)))
            .collect();
        for (month, count) in fetched {
            line_of(&mut months, &month).downloaded = count;
        }
        earned(&mut months, &books);
        Ok(Statistics {
            months: months.into_values().rev().collect(),
            clients: found.into_iter().map(ClientFindings::from).collect(),
        })
    }

    /// The same as a file: a CSV holds the months, a spreadsheet the clients as well.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn statistics_file(
        &self,
        visitor: &Visitor,
        form: TableForm,
    ) -> Result<MadeFile, Denied> {
        let statistics = self.statistics(visitor).await?;
        let tables = [months_table(&statistics), clients_table(&statistics)];
        made("statistics", &tables, form, self.today())
    }
}

/// The months from one moment to another by a studio's calendar, each with its first moment and the
/// first of the next.
fn months(zone: &Zone, from: UnixMs, until: UnixMs) -> Vec<(String, UnixMs, UnixMs)> {
    let mut months = Vec::new();
    let mut first = zone.at(from).map(|at| at.date().first_of_month());
    while let Some(day) = first {
        let next = day.checked_add(1.month()).ok();
        let begins = zone.start_of(day);
        let ends = next.and_then(|day| zone.start_of(day));
        let (Some(begins), Some(ends)) = (begins, ends) else {
            break;
        };
        if begins > until {
            break;
        }
        months.push((day.strftime("%Y-%m").to_string(), begins, ends));
        first = next;
    }
    months
}

fn line_of<'m>(months: &'m mut BTreeMap<String, MonthLine>, month: &str) -> &'m mut MonthLine {
    months.entry(month.to_owned()).or_insert_with(|| MonthLine {
        month: month.to_owned(),
        ..MonthLine::default()
    })
}

/// Adds what the books say; what is outstanding goes on from month to month.
fn earned(months: &mut BTreeMap<String, MonthLine>, books: &[BookMonth]) {
    let sum = |month: Option<&str>, until: &str, of: &[&str]| {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for line in books.iter().filter(|line| of.contains(&line.book.as_str())) {
            let counts = match month {
                Some(month) => line.month == month,
                None => line.month.as_str() <= until,
            };
            if counts {
                *sums.entry(&line.currency).or_default() += line.minor;
            }
        }
        sums
    };
    let amounts = |sums: BTreeMap<&str, i64>, sign: i64| -> Vec<Amount> {
        sums.into_iter()
            .filter(|(_, minor)| *minor != 0)
            .filter_map(|(code, minor)| {
                let currency: Currency = code.parse().ok()?;
                Amount::of_minor(sign * minor, currency).ok()
            })
            .collect()
    };
    let booked: BTreeSet<&str> = books.iter().map(|line| line.month.as_str()).collect();
    for month in booked {
        line_of(months, month);
    }
    for (month, line) in months.iter_mut() {
        line.earned = amounts(sum(Some(month), month, &["revenue", "penalties"]), -1);
        let tills = ["bank", "card_terminal", "cash", "online"];
        line.received = amounts(sum(Some(month), month, &tills), 1);
        line.outstanding = amounts(sum(None, month, &["receivable"]), 1);
    }
}

/// Every currency that occurs.
fn currencies(statistics: &Statistics) -> Vec<Currency> {
    let amounts = statistics.months.iter().flat_map(|line| {
        let all = line.earned.iter().chain(&line.received);
        all.chain(&line.outstanding)
    });
    let found: BTreeSet<Currency> = amounts.map(Amount::currency).collect();
    found.into_iter().collect()
}

fn months_table(statistics: &Statistics) -> Table {
    let mut columns = vec![
        ("Month".to_owned(), 10),
        ("Opened".to_owned(), 9),
        ("Delivered".to_owned(), 10),
        ("Downloaded".to_owned(), 11),
        ("Turnaround, hours".to_owned(), 17),
        ("Rounds".to_owned(), 9),
    ];
    let currencies = currencies(statistics);
    for currency in &currencies {
        for what in ["Earned", "Received", "Outstanding"] {
            columns.push((format!("{what}, {currency}"), 18));
        }
    }
    let heads: Vec<(&str, u16)> = columns.iter().map(|(t, w)| (t.as_str(), *w)).collect();
    let mut table = Table::new("Months", &heads);
    table.rows = statistics
        .months
        .iter()
        .map(|line| {
            let count = |n: u32| Cell::Count(i64::from(n));
            let mut row = vec![
                Cell::Text(line.month.clone()),
                count(line.opened),
                count(line.delivered),
                count(line.downloaded),
                line.turnaround_hours.map_or(Cell::Empty, count),
                count(line.rounds),
            ];
            for currency in &currencies {
                for amounts in [&line.earned, &line.received, &line.outstanding] {
                    let amount = amounts.iter().find(|a| a.currency() == *currency);
                    row.push(amount.map_or(Cell::Empty, cell));
                }
            }
            row
        })
        .collect();
    table
}

fn clients_table(statistics: &Statistics) -> Table {
    let heads = [
        ("Client", 30),
        ("Orders", 9),
        ("Mixes", 9),
        ("Findings", 10),
    ];
    let mut table = Table::new("Clients", &heads);
    let count = |n: u32| Cell::Count(i64::from(n));
    table.rows = statistics
        .clients
        .iter()
        .map(|line| {
            vec![
                Cell::Text(line.client.clone()),
                count(line.orders),
                count(line.mixes),
                count(line.findings),
            ]
        })
        .collect();
    table
}
