//! The house's own rows: what was decided beside orders and accounts, where a decision came from,
//! and what the studio offers. The vault knows no rules of either.

use std::collections::BTreeMap;

use rusqlite::{Row, params};

use crate::Vault;
use crate::apply::{Applied, Db, Stop};
use crate::error::CommitError;
use crate::read::Found;
use crate::rows::{Page, Paged};
use crate::sales::{self, SalesWrite};

/// The name of the house's own journal among the journals of decisions.
pub const HOUSE_JOURNAL: &str = "house";

/// One decision beside orders and accounts; its facts are opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseEventRow {
    /// When it was decided.
    pub at_ms: i64,
    /// Who decided it.
    pub actor: String,
    /// Its kind.
    pub kind: String,
    /// The person, service or whatever else it is about.
    pub about: String,
    /// What was decided, as JSON that names nobody.
    pub facts: String,
}

/// Where a decision came from: personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionOrigin {
    /// The client's id for an account's journal, [`HOUSE_JOURNAL`] for the house's.
    pub journal: String,
    /// The event's place in it.
    pub seq: u64,
    /// Whose decision it was; empty where it was nobody's.
    pub person: String,
    /// The network address, or another way in.
    pub address: String,
}

/// A version of what the studio offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueRow {
    /// From 1.
    pub version: u32,
    /// When it was saved.
    pub at_ms: i64,
    /// Who saved it, as journals name them, or the file it was read from.
    pub author: String,
    /// The catalogue.
    pub body: String,
}

/// A code taken from one of the studio's own series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllottedRow {
    /// The series.
    pub series: String,
    /// Its number in the series, from 1 without gaps.
    pub number: u32,
    /// The code.
    pub code: String,
    /// The project it was given to.
    pub project: String,
    /// When.
    pub at_ms: i64,
}

/// What can be written of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HouseWrite {
    /// Appends to the house's journal.
    Event {
        /// The decision.
        row: HouseEventRow,
        /// Whose it was and where it came from, where that is known.
        from: Option<(String, String)>,
    },
    /// Notes where a decision of an account came from.
    Origin(DecisionOrigin),
    /// Adds the next version of what the studio offers, or the batch is refused.
    Catalogue(CatalogueRow),
    /// Takes a code; its number must be the next of its series, or the batch is refused.
    Allotted(AllottedRow),
    /// What a distributor reported, or what became of it.
    Sales(SalesWrite),
}

pub(crate) fn apply(db: &Db<'_>, write: &HouseWrite) -> Applied {
    match write {
        HouseWrite::Event { row, from } => {
            db.run(
                "INSERT INTO house_event (at_ms, actor, kind, about, facts)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.at_ms, row.actor, row.kind, row.about, row.facts],
            )?;
            if let Some((person, address)) = from {
                db.run(
                    "INSERT INTO decision_origin (journal, seq, person, address)
                     SELECT ?1, max(no), ?2, ?3 FROM house_event",
                    params![HOUSE_JOURNAL, person, address],
                )?;
            }
            Ok(())
        }
        HouseWrite::Origin(row) => {
            db.run(
                "INSERT INTO decision_origin (journal, seq, person, address) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (journal, seq) DO NOTHING",
                params![row.journal, row.seq, row.person, row.address],
            )?;
            Ok(())
        }
        HouseWrite::Catalogue(row) => catalogue(db, row),
        HouseWrite::Allotted(row) => allotted(db, row),
        HouseWrite::Sales(write) => sales::apply(db, write),
    }
}

fn allotted(db: &Db<'_>, row: &AllottedRow) -> Applied {
    let next: u32 = db
        .prepared("SELECT coalesce(max(number), 0) + 1 FROM allotted WHERE series = ?1")?
        .query_row([&row.series], |found| found.get(0))?;
    if row.number != next {
        return Err(Stop::Refused(CommitError::Stale {
            what: "number of the series",
            name: format!("{} {}", row.series, row.number),
            expected: "the next",
        }));
    }
    db.run(
        "INSERT INTO allotted (series, number, code, project, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![row.series, row.number, row.code, row.project, row.at_ms],
    )?;
    Ok(())
}

fn catalogue(db: &Db<'_>, row: &CatalogueRow) -> Applied {
    let next: u32 = db
        .prepared("SELECT coalesce(max(version), 0) + 1 FROM catalogue")?
        .query_row([], |found| found.get(0))?;
    if row.version != next {
        return Err(Stop::Refused(CommitError::Stale {
            what: "version of the services",
            name: row.version.to_string(),
            expected: "the next",
        }));
    }
    db.run(
        "INSERT INTO catalogue (version, at_ms, author, body) VALUES (?1, ?2, ?3, ?4)",
        params![row.version, row.at_ms, row.author, row.body],
    )?;
    Ok(())
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<(u64, HouseEventRow)> {
    Ok((
        row.get("no")?,
        HouseEventRow {
            at_ms: row.get("at_ms")?,
            actor: row.get("actor")?,
            kind: row.get("kind")?,
            about: row.get("about")?,
            facts: row.get("facts")?,
        },
    ))
}

fn origin_row(row: &Row<'_>) -> rusqlite::Result<DecisionOrigin> {
    Ok(DecisionOrigin {
        journal: row.get("journal")?,
        seq: row.get("seq")?,
        person: row.get("person")?,
        address: row.get("address")?,
    })
}

fn catalogue_row(row: &Row<'_>) -> rusqlite::Result<CatalogueRow> {
    Ok(CatalogueRow {
        version: row.get("version")?,
        at_ms: row.get("at_ms")?,
        author: row.get("author")?,
        body: row.get("body")?,
    })
}

/// Reads of the house's own rows.
impl Vault {
    /// The house's journal, newest first, each event with its place.
    pub fn house_events(&self, page: Page) -> Found<Paged<(u64, HouseEventRow)>> {
        let sql = "SELECT * FROM house_event WHERE no < ?1 ORDER BY no DESC LIMIT ?2";
        self.reader()?.page_of(sql, &[], page, event_row)
    }

    /// Where the decisions in a journal came from, from a place in it on.
    pub fn decision_origins(&self, journal: &str, from_seq: u64) -> Found<Vec<DecisionOrigin>> {
        let sql = "SELECT * FROM decision_origin WHERE journal = ?1 AND seq >= ?2 ORDER BY seq";
        self.reader()?
            .all(sql, params![journal, from_seq], origin_row)
    }

    /// Where a person's decisions beside orders came from.
    pub fn decision_origins_of(&self, person: &str) -> Found<Vec<DecisionOrigin>> {
        let sql = "SELECT * FROM decision_origin WHERE person = ?1 ORDER BY journal, seq";
        self.reader()?.all(sql, [person], origin_row)
    }

    /// The number that each series of codes gave last.
    pub fn last_allotted(&self) -> Found<BTreeMap<String, u32>> {
        let sql = "SELECT series, max(number) FROM allotted GROUP BY series";
        let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(self.reader()?.all(sql, [], pair)?.into_iter().collect())
    }

    /// What is known of a code that was allotted.
    pub fn allotted(&self, code: &str) -> Found<Option<AllottedRow>> {
        let sql = "SELECT * FROM allotted WHERE code = ?1";
        self.reader()?.one(sql, [code], |row| {
            Ok(AllottedRow {
                series: row.get("series")?,
                number: row.get("number")?,
                code: row.get("code")?,
                project: row.get("project")?,
                at_ms: row.get("at_ms")?,
            })
        })
    }

    /// The newest version of what the studio offers.
    pub fn catalogue(&self) -> Found<Option<CatalogueRow>> {
        let sql = "SELECT * FROM catalogue ORDER BY version DESC LIMIT 1";
        self.reader()?.one(sql, [], catalogue_row)
    }
}
