//! What distributors reported: reports as they came, the songs they name, their lines.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Row, params};

use crate::Vault;
use crate::apply::{Applied, Db, Stop};
use crate::error::CommitError;
use crate::read::Found;

/// Largest file of a report that is given back, in bytes.
const MOST_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesReportRow {
    /// Its number, from 1.
    pub no: u32,
    /// Whose it is.
    pub distributor: String,
    /// The quarter it reports, such as `2026-Q3`.
    pub quarter: String,
    /// What its file was called.
    pub file_name: String,
    /// The file's checksum.
    pub sha256: String,
    /// When it was read.
    pub at_ms: i64,
    /// Who gave it, as journals name them.
    pub author: String,
    /// How it was read and what was left out, as JSON; opaque here.
    pub reading: String,
    /// When it was withdrawn, by whom, why.
    pub withdrawn: Option<(i64, String, String)>,
}

/// The file of a report, compressed.
#[derive(Clone, PartialEq, Eq)]
pub struct SalesFile(Vec<u8>);

impl std::fmt::Debug for SalesFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SalesFile({} bytes)", self.0.len())
    }
}

impl SalesFile {
    /// Compresses a file.
    ///
    /// # Errors
    /// None that memory allows.
    pub fn pack(bytes: &[u8]) -> io::Result<Self> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed.write_all(bytes)?;
        packed.finish().map(Self)
    }

    fn unpack(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let whole = DeflateDecoder::new(self.0.as_slice());
        whole.take(MOST_FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// A song as a distributor names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SalesSongRow {
    /// 13 digits, or empty.
    pub ean: String,
    /// 12 characters, or empty.
    pub isrc: String,
    /// Or empty.
    pub catalogue_no: String,
    /// Its title.
    pub title: String,
    /// Its artist.
    pub artist: String,
}

/// A line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesLineRow {
    /// Which of the report's songs, from 0.
    pub song: usize,
    /// Such as `2026-07`, or empty.
    pub month: String,
    /// The shop.
    pub shop: String,
    /// The country.
    pub territory: String,
    /// What was sold.
    pub kind: String,
    /// Three letters.
    pub currency: String,
    /// How many.
    pub units: i64,
    /// In billionths of the currency's unit.
    pub billionths: i64,
}

/// What can be written of sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SalesWrite {
    /// Adds a report; its number must be the next and its file new, or the batch is refused.
    Report {
        /// The report.
        row: Box<SalesReportRow>,
        /// Its file.
        file: SalesFile,
        /// What it names.
        songs: Vec<SalesSongRow>,
        /// What it says.
        lines: Vec<SalesLineRow>,
    },
    /// Withdraws a report.
    Withdrawn {
        /// Which.
        no: u32,
        /// When.
        at_ms: i64,
        /// Who, as journals name them.
        by: String,
        /// Why.
        why: String,
    },
    /// Says which order a song belongs to.
    SongOf {
        /// The song's number.
        song: i64,
        /// The order; none leaves it to the codes.
        project: Option<String>,
    },
}

/// A song of reports with what it sold, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldRow {
    /// The quarter of the report.
    pub quarter: String,
    /// Whose report it is.
    pub distributor: String,
    /// The order; none where no code says which.
    pub project: Option<String>,
    /// Its number, or empty.
    pub number: String,
    /// The song's number.
    pub song: i64,
    /// The song.
    pub named: SalesSongRow,
    /// Such as `2026-07`, or empty.
    pub month: String,
    /// The shop.
    pub shop: String,
    /// The country.
    pub territory: String,
    /// What was sold.
    pub kind: String,
    /// Three letters.
    pub currency: String,
    /// How many.
    pub units: i64,
    /// In billionths of the currency's unit.
    pub billionths: i64,
}

/// What a song earned that belongs to no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnplacedRow {
    /// The song's number.
    pub song: i64,
    /// The song.
    pub named: SalesSongRow,
    /// Three letters.
    pub currency: String,
    /// In billionths of the currency's unit.
    pub billionths: i64,
}

/// What an order sold in a quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarterSumRow {
    /// The order; none for songs that no code places.
    pub project: Option<String>,
    /// Its number and title, or empty.
    pub number: String,
    /// What it is called, or empty.
    pub title: String,
    /// Three letters.
    pub currency: String,
    /// Streams.
    pub streams: i64,
    /// Everything else that was sold.
    pub sold: i64,
    /// In billionths of the currency's unit.
    pub billionths: i64,
}

pub(crate) fn apply(db: &Db<'_>, write: &SalesWrite) -> Applied {
    match write {
        SalesWrite::Report {
            row,
            file,
            songs,
            lines,
        } => {
            report(db, row, file)?;
            let numbers = named(db, songs)?;
            said(db, row.no, &numbers, lines)
        }
        SalesWrite::Withdrawn { no, at_ms, by, why } => db.hit(
            "UPDATE sales_report SET withdrawn_ms = ?2, withdrawn_by = ?3, why = ?4
             WHERE no = ?1 AND withdrawn_ms IS NULL",
            params![no, at_ms, by, why],
            ("report", &no.to_string(), "there and not withdrawn"),
        ),
        SalesWrite::SongOf { song, project } => db.hit(
            "UPDATE sales_song SET project = ?2 WHERE no = ?1",
            params![song, project],
            ("song", &song.to_string(), "there"),
        ),
    }
}

fn report(db: &Db<'_>, row: &SalesReportRow, file: &SalesFile) -> Applied {
    let next: u32 = db
        .prepared("SELECT coalesce(max(no), 0) + 1 FROM sales_report")?
        .query_row([], |found| found.get(0))?;
    let stale = |what, name: String, expected| {
        Stop::Refused(CommitError::Stale {
            what,
            name,
            expected,
        })
    };
    if row.no != next {
        return Err(stale("report", row.no.to_string(), "the next"));
    }
    let known: u32 = db
        .prepared("SELECT count(*) FROM sales_report WHERE sha256 = ?1 AND withdrawn_ms IS NULL")?
        .query_row([&row.sha256], |found| found.get(0))?;
    if known > 0 {
        return Err(stale("report", row.file_name.clone(), "new"));
    }
    db.run(
        "INSERT INTO sales_report (no, distributor, quarter, file_name, sha256, at_ms, author, reading, file)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            row.no,
            row.distributor,
            row.quarter,
            row.file_name,
            row.sha256,
            row.at_ms,
            row.author,
            row.reading,
            file.0
        ],
    )?;
    Ok(())
}

/// The numbers of songs; those that no report named before are added.
fn named(db: &Db<'_>, songs: &[SalesSongRow]) -> Result<Vec<i64>, Stop> {
    let mut numbers = Vec::with_capacity(songs.len());
    for song in songs {
        let values = params![
            song.ean,
            song.isrc,
            song.catalogue_no,
            song.title,
            song.artist
        ];
        db.run(
            "INSERT INTO sales_song (ean, isrc, catalogue_no, title, artist) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
            values,
        )?;
        let no = db
            .prepared(
                "SELECT no FROM sales_song
                 WHERE ean = ?1 AND isrc = ?2 AND catalogue_no = ?3 AND title = ?4 AND artist = ?5",
            )?
            .query_row(values, |found| found.get(0))?;
        numbers.push(no);
    }
    Ok(numbers)
}

fn said(db: &Db<'_>, report: u32, songs: &[i64], lines: &[SalesLineRow]) -> Applied {
    for line in lines {
        let Some(song) = songs.get(line.song) else {
            return Err(Stop::Refused(CommitError::Stale {
                what: "song of a report",
                name: line.song.to_string(),
                expected: "there",
            }));
        };
        db.run(
            "INSERT INTO sales_line (report, song, month, shop, territory, kind, currency, units, billionths)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                report,
                song,
                line.month,
                line.shop,
                line.territory,
                line.kind,
                line.currency,
                line.units,
                line.billionths
            ],
        )?;
    }
    db.run(
        "INSERT INTO sales_sum (report, song, currency, streams, sold, billionths)
         SELECT report, song, currency, sum(CASE kind WHEN 'stream' THEN units ELSE 0 END),
             sum(CASE kind WHEN 'stream' THEN 0 ELSE units END), sum(billionths)
         FROM sales_line WHERE report = ?1 GROUP BY song, currency",
        [report],
    )?;
    Ok(())
}

/// Brings the codes that a project is known by to what it says now.
pub(crate) fn codes(db: &Db<'_>, project: &str, codes: &[String]) -> Applied {
    let known: BTreeSet<String> = db
        .prepared("SELECT code FROM release_code WHERE project = ?1")?
        .query_map([project], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let now: BTreeSet<&String> = codes.iter().collect();
    for gone in known.iter().filter(|code| !now.contains(code)) {
        db.run(
            "DELETE FROM release_code WHERE code = ?1 AND project = ?2",
            params![gone, project],
        )?;
    }
    for new in now.into_iter().filter(|code| !known.contains(*code)) {
        db.run(
            "INSERT INTO release_code (code, project) VALUES (?1, ?2)",
            params![new, project],
        )?;
    }
    Ok(())
}

/// What is read of a report; never its file.
const REPORT: &str = "SELECT no, distributor, quarter, file_name, sha256, at_ms, author, reading,
    withdrawn_ms, withdrawn_by, why FROM sales_report";

fn report_row(row: &Row<'_>) -> rusqlite::Result<SalesReportRow> {
    let withdrawn: Option<i64> = row.get("withdrawn_ms")?;
    let by: Option<String> = row.get("withdrawn_by")?;
    let why: Option<String> = row.get("why")?;
    Ok(SalesReportRow {
        no: row.get("no")?,
        distributor: row.get("distributor")?,
        quarter: row.get("quarter")?,
        file_name: row.get("file_name")?,
        sha256: row.get("sha256")?,
        at_ms: row.get("at_ms")?,
        author: row.get("author")?,
        reading: row.get("reading")?,
        withdrawn: withdrawn.map(|at| (at, by.unwrap_or_default(), why.unwrap_or_default())),
    })
}

/// The lines of reports that stand, with their songs; what is asked for follows.
const SOLD: &str = "SELECT r.quarter, r.distributor, o.project,
        coalesce((SELECT number FROM project WHERE id = o.project), '') AS number, s.no AS song, s.ean, s.isrc,
        s.catalogue_no, s.title, s.artist, l.month, l.shop, l.territory, l.kind, l.currency,
        l.units, l.billionths
    FROM sales_line AS l
    JOIN sales_report AS r ON r.no = l.report AND r.withdrawn_ms IS NULL
    JOIN sales_song AS s ON s.no = l.song
    JOIN sales_song_order AS o ON o.no = s.no";

fn song_row(row: &Row<'_>) -> rusqlite::Result<SalesSongRow> {
    Ok(SalesSongRow {
        ean: row.get("ean")?,
        isrc: row.get("isrc")?,
        catalogue_no: row.get("catalogue_no")?,
        title: row.get("title")?,
        artist: row.get("artist")?,
    })
}

fn sold(row: &Row<'_>) -> rusqlite::Result<SoldRow> {
    Ok(SoldRow {
        quarter: row.get("quarter")?,
        distributor: row.get("distributor")?,
        project: row.get("project")?,
        number: row.get("number")?,
        song: row.get("song")?,
        named: song_row(row)?,
        month: row.get("month")?,
        shop: row.get("shop")?,
        territory: row.get("territory")?,
        kind: row.get("kind")?,
        currency: row.get("currency")?,
        units: row.get("units")?,
        billionths: row.get("billionths")?,
    })
}

/// Reads of sales.
impl Vault {
    /// Every report, newest first, withdrawn ones among them.
    pub fn sales_reports(&self) -> Found<Vec<SalesReportRow>> {
        let sql = format!("{REPORT} ORDER BY no DESC");
        self.reader()?.all(&sql, [], report_row)
    }

    /// A report.
    pub fn sales_report(&self, no: u32) -> Found<Option<SalesReportRow>> {
        let sql = format!("{REPORT} WHERE no = ?1");
        self.reader()?.one(&sql, [no], report_row)
    }

    /// The report that stands with a file of this checksum.
    pub fn sales_report_of(&self, sha256: &str) -> Found<Option<SalesReportRow>> {
        let sql = format!("{REPORT} WHERE sha256 = ?1 AND withdrawn_ms IS NULL");
        self.reader()?.one(&sql, [sha256], report_row)
    }

    /// A report's file as it came; `None` where there is no such report or its bytes are damaged.
    pub fn sales_file(&self, no: u32) -> Found<Option<Vec<u8>>> {
        let sql = "SELECT file FROM sales_report WHERE no = ?1";
        let packed = self.reader()?.one(sql, [no], |row| row.get(0))?;
        Ok(packed.and_then(|packed| SalesFile(packed).unpack().ok()))
    }

    /// What each order sold in a quarter, the largest first; songs without an order are one line.
    pub fn quarter_sums(&self, quarter: &str) -> Found<Vec<QuarterSumRow>> {
        let sql =
            "SELECT o.project, coalesce(p.number, '') AS number, coalesce(p.title, '') AS title,
                l.currency,
                sum(l.streams) AS streams, sum(l.sold) AS sold, sum(l.billionths) AS billionths
            FROM sales_report AS r
            JOIN sales_sum AS l ON l.report = r.no
            JOIN sales_song_order AS o ON o.no = l.song
            LEFT JOIN project AS p ON p.id = o.project
            WHERE r.quarter = ?1 AND r.withdrawn_ms IS NULL
            GROUP BY o.project, l.currency ORDER BY billionths DESC, o.project";
        self.reader()?.all(sql, [quarter], |row| {
            Ok(QuarterSumRow {
                project: row.get("project")?,
                number: row.get("number")?,
                title: row.get("title")?,
                currency: row.get("currency")?,
                streams: row.get("streams")?,
                sold: row.get("sold")?,
                billionths: row.get("billionths")?,
            })
        })
    }

    /// What of a quarter belongs to no order, by song, the largest first, `most` of them.
    pub fn unplaced_sales(&self, quarter: &str, most: usize) -> Found<Vec<UnplacedRow>> {
        let sql = "SELECT l.song, l.currency, sum(l.billionths) AS billionths,
                s.ean, s.isrc, s.catalogue_no, s.title, s.artist
            FROM sales_report AS r
            JOIN sales_sum AS l ON l.report = r.no
            JOIN sales_song_order AS o ON o.no = l.song AND o.project IS NULL
            JOIN sales_song AS s ON s.no = l.song
            WHERE r.quarter = ?1 AND r.withdrawn_ms IS NULL
            GROUP BY l.song, l.currency ORDER BY billionths DESC, l.song LIMIT ?2";
        self.reader()?.all(sql, params![quarter, most], |row| {
            Ok(UnplacedRow {
                song: row.get("song")?,
                named: song_row(row)?,
                currency: row.get("currency")?,
                billionths: row.get("billionths")?,
            })
        })
    }

    /// Everything that a quarter's reports say, by order and song.
    pub fn quarter_sales(&self, quarter: &str) -> Found<Vec<SoldRow>> {
        let sql = format!(
            "{SOLD} WHERE r.quarter = ?1
             ORDER BY o.project, s.title, s.no, r.distributor, l.month, l.shop, l.territory, l.kind"
        );
        self.reader()?.all(&sql, [quarter], sold)
    }

    /// Everything that was reported of an order's release, newest quarter first.
    pub fn project_sales(&self, project: &str) -> Found<Vec<SoldRow>> {
        // The songs that might be its own are few; which are is the view's word.
        let sql = format!(
            "WITH code AS (SELECT code FROM release_code WHERE project = ?1),
             near AS (
                SELECT no FROM sales_song WHERE project = ?1
                UNION SELECT s.no FROM code JOIN sales_song AS s ON s.ean = code.code
                UNION SELECT s.no FROM code JOIN sales_song AS s ON s.isrc = code.code
                UNION SELECT s.no FROM code JOIN sales_song AS s ON s.catalogue_no = code.code)
             {SOLD} JOIN near ON near.no = s.no WHERE o.project = ?1
             ORDER BY r.quarter DESC, s.title, s.no, r.distributor, l.month, l.shop, l.territory, l.kind"
        );
        self.reader()?.all(&sql, [project], sold)
    }

    /// The reports that stand and name a song.
    pub fn reports_of_song(&self, song: i64) -> Found<Vec<SalesReportRow>> {
        let sql = format!(
            "{REPORT} WHERE withdrawn_ms IS NULL
                AND no IN (SELECT report FROM sales_sum WHERE song = ?1) ORDER BY no"
        );
        self.reader()?.all(&sql, [song], report_row)
    }

    /// The orders that a report names.
    pub fn orders_in_report(&self, no: u32) -> Found<Vec<String>> {
        let sql = "SELECT DISTINCT o.project FROM sales_sum AS l
            JOIN sales_song_order AS o ON o.no = l.song
            WHERE l.report = ?1 AND o.project IS NOT NULL ORDER BY o.project";
        self.reader()?.all(sql, [no], |row| row.get(0))
    }
}
