//! Statistics by month: what was opened, delivered, earned and received, and how long it took.

use std::collections::{BTreeMap, BTreeSet};

use mastering::Project;
use mastering::money::{Amount, Currency};
use paper::{Cell, Table};
use serde::Serialize;
use vault::BookMonth;

use super::Studio;
use super::ledger::{MadeFile, TableForm, cell, made};
use crate::access::{Right, Visitor};
use crate::denied::Denied;
use crate::jobs::day;

/// A month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MonthLine {
    /// Such as `2026-11`.
    pub month: String,
    /// Orders opened.
    pub opened: u32,
    /// Orders whose finals were offered.
    pub delivered: u32,
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

impl Studio {
    /// The studio's statistics.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn statistics(&self, visitor: &Visitor) -> Result<Statistics, Denied> {
        visitor.must(Right::ReadHouse)?;
        let all = self.desk.all().await?;
        let projects = || all.iter().map(|live| &*live.project);
        let books = self.access.read(vault::Vault::book_months).await?;
        let people = self.access.people().await?;
        let name = |project: &Project| {
            let person = people.iter().find(|person| person.id == project.client);
            person.map_or_else(String::new, |person| person.name.clone())
        };
        let mut months = worked(projects());
        earned(&mut months, &books);
        Ok(Statistics {
            months: months.into_values().rev().collect(),
            clients: findings(projects(), name),
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

fn month_of(at: i64) -> String {
    day(at).chars().take(7).collect()
}

fn line_of<'m>(months: &'m mut BTreeMap<String, MonthLine>, month: &str) -> &'m mut MonthLine {
    months.entry(month.to_owned()).or_insert_with(|| MonthLine {
        month: month.to_owned(),
        ..MonthLine::default()
    })
}

fn worked<'p>(projects: impl Iterator<Item = &'p Project>) -> BTreeMap<String, MonthLine> {
    let mut months = BTreeMap::new();
    let mut spent_ms: BTreeMap<String, i64> = BTreeMap::new();
    for project in projects {
        line_of(&mut months, &month_of(project.opened_at)).opened += 1;
        let Some(offered_at) = project.offered_at else {
            continue;
        };
        let month = month_of(offered_at);
        let line = line_of(&mut months, &month);
        line.delivered += 1;
        let sent = project.revisions.values().filter(|r| r.sent_at.is_some());
        line.rounds += u32::try_from(sent.count()).unwrap_or(u32::MAX);
        *spent_ms.entry(month).or_default() += (offered_at - project.opened_at).max(0);
    }
    for (month, ms) in spent_ms {
        let line = line_of(&mut months, &month);
        let average = ms / i64::from(line.delivered.max(1));
        line.turnaround_hours = u32::try_from(average / 3_600_000).ok();
    }
    months
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

fn findings<'p>(
    projects: impl Iterator<Item = &'p Project>,
    name: impl Fn(&Project) -> String,
) -> Vec<ClientFindings> {
    let mut clients: BTreeMap<String, ClientFindings> = BTreeMap::new();
    for project in projects {
        let client = clients
            .entry(project.client.to_string())
            .or_insert_with(|| ClientFindings {
                client: name(project),
                orders: 0,
                mixes: 0,
                findings: 0,
            });
        client.orders += 1;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        client.mixes += count(project.mixes.len());
        let found = project.mixes.values().map(|mix| mix.all_findings().count());
        client.findings += count(found.sum());
    }
    let mut lines: Vec<_> = clients.into_values().collect();
    lines.sort_by(|a, b| a.client.cmp(&b.client));
    lines
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
