//! What distributors reported, over all orders: reports taken in, what each release earned in a quarter,
//! songs that no code places.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use bytes::Bytes;
use futures_util::Stream;
use jiff::civil::Date;
use mastering::{OrderNumber, UnixMs};
use paper::{Cell, Table};
use sales::{Ask, Earned, LeftOut, MOST_BYTES, Quarter, Report};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::{
    HouseWrite, SalesFile, SalesLineRow, SalesReportRow, SalesSongRow, SalesWrite, SoldRow,
    UnplacedRow, Write,
};
use worker::WorkerError;

use super::journal::{Decision, decided};
use super::ledger::made;
use super::{MadeFile, Studio, TableForm};
use crate::access::{Right, Visitor};
use crate::clock::{now_ms, today};
use crate::denied::Denied;
use crate::desk::actor_code;
use crate::work::Work;

/// Longest name of a distributor or a file, in characters.
const NAME_MAX: usize = 200;
/// Songs without an order that a page shows at most.
const UNPLACED_SHOWN: usize = 200;

/// A report as it is given.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Whose it is.
    pub distributor: String,
    /// What its file is called.
    pub file_name: String,
    /// How it is read.
    pub ask: Ask,
}

/// How a report was read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Reading {
    rows: usize,
    left_out: Vec<LeftOut>,
    left_out_count: usize,
    notes: Vec<String>,
    /// Heads by what they hold.
    columns: BTreeMap<sales::Part, String>,
    /// What was earned, by currency.
    earned: BTreeMap<String, Earned>,
}

/// A report as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct SalesReportView {
    /// Its number.
    pub no: u32,
    /// Whose it is.
    pub distributor: String,
    /// The quarter it reports.
    pub quarter: String,
    /// What its file was called.
    pub file_name: String,
    /// When it was taken in.
    pub at: UnixMs,
    /// Rows that count.
    pub rows: usize,
    /// Rows that do not, the first of them.
    pub left_out: Vec<LeftOut>,
    /// How many do not.
    pub left_out_count: usize,
    /// What to know before one relies on it.
    pub notes: Vec<String>,
    /// The heads that were read.
    pub columns: BTreeMap<sales::Part, String>,
    /// What it says was earned, each with its currency.
    pub earned: Vec<String>,
    /// Why it was withdrawn; none where it stands.
    pub withdrawn: Option<String>,
}

/// What a release earned in a quarter.
#[derive(Debug, Clone, Serialize)]
pub struct SalesLineView {
    /// The order; none for what no code places.
    pub order: Option<String>,
    /// What it is called.
    pub title: String,
    /// Streams.
    pub streams: i64,
    /// Downloads and everything else.
    pub sold: i64,
    /// Such as `12.3456`.
    pub earned: Earned,
    /// Its currency.
    pub currency: String,
}

/// A song that belongs to no order yet.
#[derive(Debug, Clone, Serialize)]
pub struct UnplacedView {
    /// Its number.
    pub song: i64,
    /// Its title.
    pub title: String,
    /// Its artist.
    pub artist: String,
    /// EAN, ISRC, catalogue number, as far as they are known.
    pub codes: Vec<String>,
    /// What it earned, each with its currency.
    pub earned: Vec<String>,
}

/// A quarter as its page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct SalesView {
    /// The quarter.
    pub quarter: Quarter,
    /// Every quarter that was reported, newest first.
    pub quarters: Vec<String>,
    /// What each release earned, the largest first.
    pub lines: Vec<SalesLineView>,
    /// Songs that belong to no order yet.
    pub unplaced: Vec<UnplacedView>,
    /// Its reports, newest first.
    pub reports: Vec<SalesReportView>,
    /// Distributors that reported the quarter before and not this one, each with what is said of it.
    pub missing: Vec<String>,
}

fn view(row: SalesReportRow) -> SalesReportView {
    let reading: Reading = serde_json::from_str(&row.reading).unwrap_or_default();
    SalesReportView {
        no: row.no,
        distributor: row.distributor,
        quarter: row.quarter,
        file_name: row.file_name,
        at: row.at_ms,
        rows: reading.rows,
        left_out: reading.left_out,
        left_out_count: reading.left_out_count,
        notes: reading.notes,
        columns: reading.columns,
        earned: said(&reading.earned),
        withdrawn: row.withdrawn.map(|(_, _, why)| why),
    }
}

fn said(earned: &BTreeMap<String, Earned>) -> Vec<String> {
    let each = earned.iter();
    each.map(|(currency, earned)| format!("{earned} {currency}"))
        .collect()
}

fn fault(error: &dyn std::error::Error) -> Denied {
    Denied::fault("the report could not be kept", error)
}

fn short(text: &str, what: &str) -> Result<String, Denied> {
    let kept: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    if kept.is_empty() || kept.chars().count() > NAME_MAX {
        return Err(Denied::Invalid(format!(
            "{what} has 1 to {NAME_MAX} characters"
        )));
    }
    Ok(kept)
}

/// A report's rows as the vault keeps them.
fn rows_of(report: &Report) -> (Vec<SalesSongRow>, Vec<SalesLineRow>) {
    let song = |song: &sales::Song| SalesSongRow {
        ean: song.ean.clone(),
        isrc: song.isrc.clone(),
        catalogue_no: song.catalogue_no.clone(),
        title: song.title.clone(),
        artist: song.artist.clone(),
    };
    let line = |line: &sales::Line| SalesLineRow {
        song: line.song,
        month: line
            .month
            .map_or_else(String::new, |month| month.to_string()),
        shop: line.shop.clone(),
        territory: line.territory.clone(),
        kind: line.kind.code().to_owned(),
        currency: line.currency.clone(),
        units: line.units,
        billionths: line.earned.0,
    };
    (
        report.songs.iter().map(song).collect(),
        report.lines.iter().map(line).collect(),
    )
}

/// The quarter that was over last.
fn last_over(today: Date) -> Quarter {
    let month = format!("{:04}-{:02}", today.year(), today.month());
    let now = month.parse().map(Quarter::of);
    now.map_or_else(|_| unreachable!("a day has a month"), Quarter::before)
}

/// The last day by which a quarter's report is expected: a month after its end.
fn expected_by(quarter: Quarter) -> Option<Date> {
    let year = i16::try_from(quarter.year()).ok()?;
    let month = i8::try_from(quarter.of_year() * 3).ok()?;
    let last = Date::new(year, month, 1).ok()?.last_of_month();
    let next = last.tomorrow().ok()?;
    Some(next.last_of_month())
}

/// Songs that no code places, each with what it earned.
fn unplaced(rows: Vec<UnplacedRow>) -> Vec<UnplacedView> {
    let mut songs: Vec<UnplacedView> = Vec::new();
    for row in rows {
        let earned = format!("{} {}", Earned(row.billionths), row.currency);
        if let Some(known) = songs.iter_mut().find(|known| known.song == row.song) {
            known.earned.push(earned);
            continue;
        }
        let named = row.named;
        songs.push(UnplacedView {
            song: row.song,
            codes: [named.ean, named.isrc, named.catalogue_no]
                .into_iter()
                .filter(|code| !code.is_empty())
                .collect(),
            title: named.title,
            artist: named.artist,
            earned: vec![earned],
        });
    }
    songs
}

pub(super) fn too_much() -> Denied {
    Denied::Invalid("the reports add up to more than Lacquer keeps books for".to_owned())
}

impl Studio {
    /// Takes a distributor's report in: read in the worker alone, kept as it came, its lines placed by their
    /// codes; the clients whose releases it names are told.
    ///
    /// # Errors
    /// `NotAllowed` but for whoever keeps the books; a table that cannot be read, or was taken in before.
    pub async fn take_sales(
        &self,
        visitor: &Visitor,
        new: NewReport,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> Result<SalesReportView, Denied> {
        visitor.must(Right::RecordPayment)?;
        let distributor = short(&new.distributor, "a distributor")?;
        let file_name = short(&new.file_name, "a file's name")?;
        let file = self.taken("a report", body, MOST_BYTES).await?;
        let ask = self.as_before(&distributor, new.ask).await?;
        let quarter = ask.quarter.to_string();
        let (sha256, packed, report) = self.read_report(file, ask).await?;
        // One after the other: the vault refuses any number but the next.
        let _turn = self.offered.allotting.lock().await;
        let sum = sha256.clone();
        let (reports, same) = self
            .access
            .read(move |vault| Ok((vault.sales_reports()?, vault.sales_report_of(&sum)?)))
            .await?;
        if let Some(same) = same {
            return Err(Denied::Invalid(format!(
                "this file was taken in already, as report {} of {} for {}",
                same.no, same.distributor, same.quarter
            )));
        }
        let reading = Reading {
            rows: report.rows,
            left_out: report.left_out.clone(),
            left_out_count: report.left_out_count,
            notes: report.notes.clone(),
            columns: report.columns.clone(),
            earned: report.earned().ok_or_else(too_much)?,
        };
        let row = SalesReportRow {
            no: reports.first().map_or(1, |newest| newest.no + 1),
            distributor: distributor.clone(),
            quarter: quarter.clone(),
            file_name,
            sha256,
            at_ms: now_ms(),
            author: actor_code(&visitor.actor()),
            reading: serde_json::to_string(&reading).map_err(|e| fault(&e))?,
            withdrawn: None,
        };
        let (songs, lines) = rows_of(&report);
        let spread = Work::SpreadSales {
            report: row.no,
            distributor: distributor.clone(),
            quarter: quarter.clone(),
        };
        let taken = Decision::SalesTaken {
            distributor,
            quarter,
        };
        let writes = vec![
            decided(visitor, row.no, &taken),
            spread.queue_for_house(&row.no.to_string()),
            Write::House(HouseWrite::Sales(SalesWrite::Report {
                row: Box::new(row.clone()),
                file: packed,
                songs,
                lines,
            })),
        ];
        self.desk.keep(writes).await?;
        self.desk.work().notify_waiters();
        Ok(view(row))
    }

    /// Columns that were named for this distributor before are named again.
    async fn as_before(&self, distributor: &str, mut ask: Ask) -> Result<Ask, Denied> {
        if !ask.columns.is_empty() {
            return Ok(ask);
        }
        let reports = self.access.read(vault::Vault::sales_reports).await?;
        let before = reports.into_iter().find(|r| r.distributor == distributor);
        let Some(before) = before else {
            return Ok(ask);
        };
        let reading: Reading = serde_json::from_str(&before.reading).unwrap_or_default();
        let known = sales::usual(&reading.columns);
        ask.columns = reading
            .columns
            .into_iter()
            .filter(|(part, _)| !known.contains(part))
            .collect();
        Ok(ask)
    }

    async fn read_report(
        &self,
        file: File,
        ask: Ask,
    ) -> Result<(String, SalesFile, Report), Denied> {
        let (vault, workers) = (self.vault.clone(), self.workers.clone());
        let read = tokio::task::spawn_blocking(move || {
            let mut file = file;
            let scratch = vault.scratch().map_err(|e| fault(&e))?;
            let report = workers
                .read_sales(&file, &scratch, ask)
                .map_err(|error| match error {
                    WorkerError::Sales(trouble) => Denied::Invalid(trouble.to_string()),
                    WorkerError::OutOfMemory | WorkerError::TimedOut { .. } => Denied::Invalid(
                        "the table is too large to be read at once; split it by months".to_owned(),
                    ),
                    other => fault(&other),
                })?;
            let mut bytes = Vec::new();
            file.rewind().map_err(|e| fault(&e))?;
            file.read_to_end(&mut bytes).map_err(|e| fault(&e))?;
            let packed = SalesFile::pack(&bytes).map_err(|e| fault(&e))?;
            Ok::<_, Denied>((hex::encode(Sha256::digest(&bytes)), packed, report))
        });
        read.await.map_err(|e| fault(&e))?
    }

    /// What was reported of a quarter; without one, of the newest that was.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn sales(
        &self,
        visitor: &Visitor,
        quarter: Option<Quarter>,
    ) -> Result<SalesView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let reports = self.access.read(vault::Vault::sales_reports).await?;
        let stand = reports.iter().filter(|row| row.withdrawn.is_none());
        let quarters: BTreeSet<String> = stand.map(|row| row.quarter.clone()).collect();
        let today = today(&self.catalogue().calendar);
        let newest = quarters.last().and_then(|newest| newest.parse().ok());
        let quarter = quarter.or(newest).unwrap_or_else(|| last_over(today));
        let asked = quarter.to_string();
        let (sums, open) = self
            .access
            .read(move |vault| {
                Ok((
                    vault.quarter_sums(&asked)?,
                    vault.unplaced_sales(&asked, UNPLACED_SHOWN)?,
                ))
            })
            .await?;
        let lines = sums.into_iter().map(|sum| SalesLineView {
            order: sum.project.map(|_| sum.number),
            title: sum.title,
            streams: sum.streams,
            sold: sum.sold,
            earned: Earned(sum.billionths),
            currency: sum.currency,
        });
        let missing = missing(&reports, quarter, today);
        let named = quarter.to_string();
        let mine = reports.into_iter().filter(|row| row.quarter == named);
        Ok(SalesView {
            quarter,
            quarters: quarters.into_iter().rev().collect(),
            lines: lines.collect(),
            unplaced: unplaced(open),
            reports: mine.map(view).collect(),
            missing,
        })
    }

    /// Everything that a quarter's reports say, line by line.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn sales_table(
        &self,
        visitor: &Visitor,
        quarter: Quarter,
        form: TableForm,
    ) -> Result<MadeFile, Denied> {
        visitor.must(Right::ReadHouse)?;
        let asked = quarter.to_string();
        let read = self.access.read(move |vault| vault.quarter_sales(&asked));
        let table = table(&format!("Sales {quarter}"), &read.await?);
        let today = today(&self.catalogue().calendar);
        made(&format!("sales-{quarter}"), &[table], form, today)
    }

    /// A report's file as it came.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio; no such report.
    pub async fn sales_report_file(&self, visitor: &Visitor, no: u32) -> Result<MadeFile, Denied> {
        visitor.must(Right::ReadHouse)?;
        let found = self
            .access
            .read(move |vault| Ok((vault.sales_report(no)?, vault.sales_file(no)?)));
        let (Some(row), Some(bytes)) = found.await? else {
            return Err(Denied::NotFound);
        };
        Ok(MadeFile {
            file_name: row.file_name,
            mime: "application/octet-stream",
            bytes,
        })
    }

    /// Withdraws a report that was wrong: it stays, and counts no more.
    ///
    /// # Errors
    /// `NotAllowed` but for whoever keeps the books; no such report that stands, or no reason.
    pub async fn withdraw_sales(
        &self,
        visitor: &Visitor,
        no: u32,
        why: &str,
    ) -> Result<(), Denied> {
        visitor.must(Right::RecordPayment)?;
        let why = short(why, "the reason")?;
        let row = self
            .access
            .read(move |vault| vault.sales_report(no))
            .await?;
        if row.is_none_or(|row| row.withdrawn.is_some()) {
            return Err(Denied::NotFound);
        }
        let withdrawn = SalesWrite::Withdrawn {
            no,
            at_ms: now_ms(),
            by: actor_code(&visitor.actor()),
            why: why.clone(),
        };
        let decision = Decision::SalesWithdrawn { why };
        let writes = vec![
            Write::House(HouseWrite::Sales(withdrawn)),
            decided(visitor, no, &decision),
        ];
        self.desk.keep(writes).await
    }

    /// Says which order a song of the reports belongs to; none leaves it to its codes.
    ///
    /// # Errors
    /// `NotAllowed` but for whoever keeps the books; no such song or order.
    pub async fn place_song(
        &self,
        visitor: &Visitor,
        song: i64,
        order: Option<OrderNumber>,
    ) -> Result<(), Denied> {
        visitor.must(Right::RecordPayment)?;
        let project = match order {
            Some(number) => Some(self.seen(visitor, number).await?.project.id.to_string()),
            None => None,
        };
        let reports = self
            .access
            .read(move |vault| vault.reports_of_song(song))
            .await?;
        if reports.is_empty() {
            return Err(Denied::NotFound);
        }
        let now = now_ms();
        let spread = reports.into_iter().map(|row| {
            let spread = Work::SpreadSales {
                report: row.no,
                distributor: row.distributor,
                quarter: row.quarter,
            };
            spread.queue_for_house(&format!("{}:{song}:{now}", row.no))
        });
        let mut writes: Vec<Write> = spread.collect();
        writes.push(Write::House(HouseWrite::Sales(SalesWrite::SongOf {
            song,
            project,
        })));
        writes.push(decided(visitor, song, &Decision::SongPlaced { order }));
        self.desk.keep(writes).await?;
        self.desk.work().notify_waiters();
        Ok(())
    }
}

/// Distributors that reported the quarter before and not this one.
fn missing(reports: &[SalesReportRow], quarter: Quarter, today: Date) -> Vec<String> {
    let of = |quarter: Quarter| -> BTreeSet<&str> {
        let named = quarter.to_string();
        let stand = reports.iter().filter(|r| r.withdrawn.is_none());
        let mine = stand.filter(|r| r.quarter == named);
        mine.map(|r| r.distributor.as_str()).collect()
    };
    let (before, now) = (of(quarter.before()), of(quarter));
    let by = expected_by(quarter);
    let open = before.difference(&now).map(|distributor| match by {
        Some(by) if today > by => {
            format!("{distributor} has not reported {quarter}; it was expected by {by}.")
        }
        Some(by) => {
            format!("{distributor} has not reported {quarter} yet; it is expected by {by}.")
        }
        None => format!("{distributor} has not reported {quarter}."),
    });
    open.collect()
}

/// Lines as a table.
pub(super) fn table(name: &str, rows: &[SoldRow]) -> Table {
    let mut table = Table::new(
        name,
        &[
            ("Quarter", 10),
            ("Distributor", 20),
            ("Order", 10),
            ("EAN", 15),
            ("ISRC", 14),
            ("Catalogue number", 16),
            ("Title", 30),
            ("Artist", 25),
            ("Month", 9),
            ("Shop", 18),
            ("Territory", 10),
            ("Kind", 10),
            ("Units", 10),
            ("Earned", 16),
            ("Currency", 9),
        ],
    );
    let text = |text: &String| match text.as_str() {
        "" => Cell::Empty,
        _ => Cell::Text(text.clone()),
    };
    table.rows = rows
        .iter()
        .map(|row| {
            vec![
                text(&row.quarter),
                text(&row.distributor),
                text(&row.number),
                text(&row.named.ean),
                text(&row.named.isrc),
                text(&row.named.catalogue_no),
                text(&row.named.title),
                text(&row.named.artist),
                text(&row.month),
                text(&row.shop),
                text(&row.territory),
                text(&row.kind),
                Cell::Count(row.units),
                Cell::Decimal {
                    units: row.billionths,
                    decimals: 9,
                },
                text(&row.currency),
            ]
        })
        .collect();
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_expected_a_month_after_its_quarter() {
        let check = |quarter: &str, by: &str| {
            let by: Date = by.parse().unwrap();
            assert_eq!(expected_by(quarter.parse().unwrap()), Some(by), "{quarter}");
        };
        check("2026-Q1", "2026-04-30");
        check("2026-Q3", "2026-10-31");
        check("2026-Q4", "2027-01-31");
        let last = |day: &str| last_over(day.parse().unwrap()).to_string();
        assert_eq!(last("2026-11-21"), "2026-Q3");
        assert_eq!(last("2026-01-01"), "2025-Q4");
    }
}
