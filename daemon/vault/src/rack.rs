//! Pages of the rack: units, chains, recall sheets, every version of each. The vault knows nothing of hardware.

use rusqlite::{Row, params};

use crate::Vault;
use crate::apply::{Applied, Db, Stop};
use crate::error::CommitError;
use crate::read::Found;

/// A version of a page of the rack; its body is opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RackPage {
    /// `unit`, `chain` or `sheet`.
    pub kind: String,
    /// What the rack knows it by.
    pub name: String,
    /// From 1.
    pub version: u32,
    /// When it was saved.
    pub at_ms: i64,
    /// Who saved it, as journals name them.
    pub author: String,
    /// The page.
    pub body: String,
}

/// One measurement of a unit; its body is opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitMeasured {
    /// What the rack knows the unit by.
    pub unit: String,
    /// When it was measured.
    pub at_ms: i64,
    /// Who measured it, as journals name them.
    pub author: String,
    /// What was found.
    pub body: String,
}

/// A photograph of a unit; every version of its page may name it.
#[derive(Clone, PartialEq, Eq)]
pub struct RackPhotograph {
    /// Its checksum.
    pub sha256: String,
    /// When it was taken in.
    pub at_ms: i64,
    /// The picture.
    pub jpeg: Vec<u8>,
}

impl std::fmt::Debug for RackPhotograph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "RackPhotograph({}, {} bytes)",
            self.sha256,
            self.jpeg.len()
        )
    }
}

/// Keeps a photograph; the same picture is kept once.
pub(crate) fn photographed(db: &Db<'_>, row: &RackPhotograph) -> Applied {
    db.run(
        "INSERT INTO rack_photograph (sha256, at_ms, jpeg) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![row.sha256, row.at_ms, row.jpeg],
    )?;
    Ok(())
}

/// Adds to what was measured of a unit.
pub(crate) fn measured(db: &Db<'_>, row: &UnitMeasured) -> Applied {
    db.run(
        "INSERT INTO unit_measured (unit, at_ms, author, body) VALUES (?1, ?2, ?3, ?4)",
        params![row.unit, row.at_ms, row.author, row.body],
    )?;
    Ok(())
}

fn numbered(row: &Row<'_>) -> rusqlite::Result<(u64, UnitMeasured)> {
    let found = UnitMeasured {
        unit: row.get("unit")?,
        at_ms: row.get("at_ms")?,
        author: row.get("author")?,
        body: row.get("body")?,
    };
    Ok((row.get("no")?, found))
}

/// Adds the next version of a page, or refuses the batch.
pub(crate) fn apply(db: &Db<'_>, row: &RackPage) -> Applied {
    let next: u32 = db
        .prepared(
            "SELECT coalesce(max(version), 0) + 1 FROM rack_page WHERE kind = ?1 AND name = ?2",
        )?
        .query_row([&row.kind, &row.name], |found| found.get(0))?;
    if row.version != next {
        return Err(Stop::Refused(CommitError::Stale {
            what: "page of the rack",
            name: row.name.clone(),
            expected: "as it was changed from",
        }));
    }
    db.run(
        "INSERT INTO rack_page (kind, name, version, at_ms, author, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            row.kind,
            row.name,
            row.version,
            row.at_ms,
            row.author,
            row.body
        ],
    )?;
    Ok(())
}

fn page(row: &Row<'_>) -> rusqlite::Result<RackPage> {
    Ok(RackPage {
        kind: row.get("kind")?,
        name: row.get("name")?,
        version: row.get("version")?,
        at_ms: row.get("at_ms")?,
        author: row.get("author")?,
        body: row.get("body")?,
    })
}

/// Reads of the rack.
impl Vault {
    /// The newest version of each page of a kind, by name.
    pub fn rack_pages(&self, kind: &str) -> Found<Vec<RackPage>> {
        let sql = "SELECT * FROM rack_page AS newest WHERE kind = ?1 AND version =
                (SELECT max(version) FROM rack_page WHERE kind = newest.kind AND name = newest.name)
            ORDER BY name";
        self.reader()?.all(sql, [kind], page)
    }

    /// Every version of a page, newest first.
    pub fn rack_history(&self, kind: &str, name: &str) -> Found<Vec<RackPage>> {
        let sql = "SELECT * FROM rack_page WHERE kind = ?1 AND name = ?2 ORDER BY version DESC";
        self.reader()?.all(sql, [kind, name], page)
    }

    /// A version of a page, or its newest.
    pub fn rack_page(
        &self,
        kind: &str,
        name: &str,
        version: Option<u32>,
    ) -> Found<Option<RackPage>> {
        let sql = "SELECT * FROM rack_page WHERE kind = ?1 AND name = ?2 AND version = coalesce(?3,
                (SELECT max(version) FROM rack_page WHERE kind = ?1 AND name = ?2))";
        self.reader()?.one(sql, params![kind, name, version], page)
    }

    /// A photograph of a unit, as a JPEG, by its checksum.
    pub fn rack_photograph(&self, sha256: &str) -> Found<Option<Vec<u8>>> {
        let sql = "SELECT jpeg FROM rack_photograph WHERE sha256 = ?1";
        self.reader()?.one(sql, [sha256], |row| row.get(0))
    }

    /// The latest measurements of a unit with their numbers, newest first, `most` of them.
    pub fn unit_measurements(&self, unit: &str, most: u32) -> Found<Vec<(u64, UnitMeasured)>> {
        let sql = "SELECT * FROM unit_measured WHERE unit = ?1 ORDER BY no DESC LIMIT ?2";
        self.reader()?.all(sql, params![unit, most], numbered)
    }

    /// One measurement of a unit.
    pub fn unit_measurement(&self, unit: &str, no: u64) -> Found<Option<(u64, UnitMeasured)>> {
        let sql = "SELECT * FROM unit_measured WHERE unit = ?1 AND no = ?2";
        self.reader()?.one(sql, params![unit, no], numbered)
    }
}
