//! Lists of projects, read from the columns that say where each stands.

use rusqlite::{Row, ToSql};

use crate::Vault;
use crate::error::VaultError;
use crate::rows::{ClientRow, ListedRow, MonthRow, Page, Paged, ProjectFilter, StandingRow};

fn listed(row: &Row<'_>) -> rusqlite::Result<ListedRow> {
    Ok(ListedRow {
        id: row.get("id")?,
        number: row.get("number")?,
        created_ms: row.get("created_ms")?,
        client_name: row.get("client_name")?,
        standing: StandingRow {
            project: row.get("id")?,
            form: row.get("form")?,
            title: row.get("title")?,
            artist: row.get("artist")?,
            sought: row.get("sought")?,
            stage: row.get("stage")?,
            revision: row.get("revision")?,
            waits_for: row.get("waits_for")?,
            waits_for_client: row.get("waits_for_client")?,
            due_ms: row.get("due_ms")?,
            opened_month: row.get("opened_month")?,
            offered_month: row.get("offered_month")?,
            took_ms: row.get("took_ms")?,
            rounds: row.get("rounds")?,
            mixes: row.get("mixes")?,
            findings: row.get("findings")?,
            codes: Vec::new(),
        },
    })
}

/// The conditions of a filter, and what they compare with. Each condition is a text of ours; what
/// was asked for is only ever bound.
fn conditions(filter: &ProjectFilter) -> (String, Vec<&dyn ToSql>) {
    let mut sql = String::new();
    let mut values: Vec<&dyn ToSql> = Vec::new();
    let asked = [
        ("project.id = ?", &filter.id),
        ("project.client = ?", &filter.client),
        ("project.stage = ?", &filter.stage),
        ("project.stage <> ?", &filter.stage_not),
    ];
    for (condition, value) in asked {
        if let Some(value) = value {
            sql.push_str(condition);
            sql.push_str(" AND ");
            values.push(value);
        }
    }
    if let Some(sought) = &filter.sought {
        // Ours, then people's names: few, and looked through once.
        sql.push_str(
            "(instr(project.sought, ?) > 0 OR project.client IN
                 (SELECT id FROM person WHERE instr(lower(name), ?) > 0)) AND ",
        );
        values.push(sought);
        values.push(sought);
    }
    (sql, values)
}

impl Vault {
    /// Projects that match, newest order first. What is sought is given in small letters.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn listed_projects(
        &self,
        filter: &ProjectFilter,
        page: Page,
    ) -> Result<Paged<ListedRow>, VaultError> {
        let (conditions, values) = conditions(filter);
        let sql = format!(
            "SELECT project.*, person.name AS client_name
             FROM project JOIN person ON person.id = project.client
             WHERE {conditions} project.no < ? ORDER BY project.no DESC LIMIT ?"
        );
        self.reader()?.page_of(&sql, &values, page, listed)
    }

    /// The ids of the projects whose columns were not filled by `form` of the program, newest first.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn projects_of_other_form(&self, form: u32) -> Result<Vec<String>, VaultError> {
        let sql = "SELECT id FROM project WHERE form < ?1 OR form > ?1 ORDER BY no DESC";
        self.reader()?.all(sql, [form], |row| row.get(0))
    }

    /// The ids of the projects of which something is or will be due to go, the earliest first.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn projects_due(&self) -> Result<Vec<String>, VaultError> {
        let sql = "SELECT id FROM project WHERE due_ms IS NOT NULL ORDER BY due_ms, no";
        self.reader()?.all(sql, [], |row| row.get(0))
    }

    /// The archived projects of which something is due by a moment, the earliest first.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn projects_due_by(&self, until_ms: i64) -> Result<Vec<String>, VaultError> {
        let sql = "SELECT id FROM project WHERE due_ms <= ?1 ORDER BY due_ms, no";
        self.reader()?.all(sql, [until_ms], |row| row.get(0))
    }

    /// What became of the orders of each month, the first month first.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn project_months(&self) -> Result<Vec<MonthRow>, VaultError> {
        let sql = "SELECT month, sum(opened) AS opened, sum(offered) AS offered,
                 sum(took_ms) AS took_ms, sum(rounds) AS rounds
             FROM (
                 SELECT opened_month AS month, count(*) AS opened, 0 AS offered, 0 AS took_ms, 0 AS rounds
                 FROM project GROUP BY opened_month
                 UNION ALL
                 SELECT offered_month, 0, count(*), sum(took_ms), sum(rounds)
                 FROM project WHERE offered_month IS NOT NULL GROUP BY offered_month
             ) GROUP BY month ORDER BY month";
        self.reader()?.all(sql, [], |row| {
            Ok(MonthRow {
                month: row.get("month")?,
                opened: row.get("opened")?,
                offered: row.get("offered")?,
                took_ms: row.get("took_ms")?,
                rounds: row.get("rounds")?,
            })
        })
    }

    /// How many finals were fetched in each month, once for each file and day; the first month first.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn download_months(&self) -> Result<Vec<(String, u32)>, VaultError> {
        let sql = "SELECT substr(day, 1, 7) AS month, count(*) FROM download GROUP BY 1 ORDER BY 1";
        self.reader()?
            .all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Whether a final was counted as fetched on a day.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn is_downloaded(&self, project: &str, file: &str, day: &str) -> Result<bool, VaultError> {
        let sql = "SELECT 1 FROM download WHERE project = ?1 AND file = ?2 AND day = ?3";
        let found: Option<i64> = self
            .reader()?
            .one(sql, [project, file, day], |row| row.get(0))?;
        Ok(found.is_some())
    }

    /// What was found in the mixes of each client who ordered something, by name.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn client_findings(&self) -> Result<Vec<ClientRow>, VaultError> {
        let sql = "SELECT person.name AS name, orders, mixes, findings
             FROM (
                 SELECT client, count(*) AS orders, sum(mixes) AS mixes, sum(findings) AS findings
                 FROM project GROUP BY client
             ) JOIN person ON person.id = client ORDER BY name, person.id";
        self.reader()?.all(sql, [], |row| {
            Ok(ClientRow {
                name: row.get("name")?,
                orders: row.get("orders")?,
                mixes: row.get("mixes")?,
                findings: row.get("findings")?,
            })
        })
    }

    /// The number of the order opened last.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn last_number(&self) -> Result<Option<String>, VaultError> {
        let sql = "SELECT number FROM project ORDER BY no DESC LIMIT 1";
        self.reader()?.one(sql, [], |row| row.get(0))
    }
}
