//! The inbox: notices, drops nobody could assign, files that wait; and the box's health.

use std::collections::BTreeMap;

use mastering::{OrderNumber, ProjectId};
use vault::{JobFilter, NoticeState, Page, Write};

use super::Studio;
use crate::access::{Right, Visitor};
use crate::arrivals::{Seen, why_words};
use crate::denied::Denied;
use crate::follow::STAFF;
use crate::views::{Health, HeldFindings, NoticeLine, UnsortedDrop};

/// How many notices a page shows.
const NOTICES_SHOWN: u32 = 200;

impl Studio {
    /// The notices for a visitor, newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn notices(&self, visitor: &Visitor) -> Result<Vec<NoticeLine>, Denied> {
        let audience = visitor
            .account()
            .map_or_else(|| STAFF.to_owned(), ToString::to_string);
        let rows = self
            .access
            .read(move |vault| vault.notices(&audience, Page::first(NOTICES_SHOWN)))
            .await?;
        let mut lines = Vec::new();
        for row in rows.rows {
            let project = row
                .project
                .as_deref()
                .and_then(|id| id.parse::<ProjectId>().ok());
            if visitor
                .only()
                .is_some_and(|only| project.as_ref() != Some(only))
            {
                continue;
            }
            let number = match project {
                Some(id) => self.desk.look(id).await?.map(|l| l.project.number),
                None => None,
            };
            lines.push(NoticeLine {
                id: row.id,
                at: row.at_ms,
                number,
                kind: row.kind,
                text: row.text,
                is_read: row.state == NoticeState::Read,
            });
        }
        Ok(lines)
    }

    /// Marks a notice as read.
    ///
    /// # Errors
    /// `NotFound` where it is not this visitor's; `NotAllowed` for an auditor.
    pub async fn notice_read(&self, visitor: &Visitor, id: &str) -> Result<(), Denied> {
        if visitor.is_staff() {
            visitor.must(Right::TakeIn)?;
        }
        if !self.notices(visitor).await?.iter().any(|n| n.id == id) {
            return Err(Denied::NotFound);
        }
        self.desk
            .keep(vec![Write::NoticeRead { id: id.to_owned() }])
            .await
    }

    /// Drops that no rule could assign.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff.
    pub async fn unsorted(&self, visitor: &Visitor) -> Result<Vec<UnsortedDrop>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let rows = self.access.read(vault::Vault::unsorted_drops).await?;
        Ok(rows
            .into_iter()
            .map(|row| UnsortedDrop {
                dropbox: row.dropbox,
                path: row.path,
                fingerprint: row.fingerprint,
                bytes: row.bytes,
                reason: row.reason.unwrap_or_default(),
                seen_at: row.first_seen_ms,
            })
            .collect())
    }

    /// Gives an unsorted drop to an order.
    ///
    /// # Errors
    /// `NotFound` where there is no such drop or order.
    pub async fn settle(
        &self,
        visitor: &Visitor,
        dropbox: &str,
        path: &str,
        fingerprint: &str,
        number: OrderNumber,
    ) -> Result<(), Denied> {
        visitor.must(Right::TakeIn)?;
        let live = self.seen(visitor, number).await?;
        let drops = self.unsorted(visitor).await?;
        let found = drops
            .into_iter()
            .find(|d| d.dropbox == dropbox && d.path == path && d.fingerprint == fingerprint)
            .ok_or(Denied::NotFound)?;
        let seen = Seen {
            dropbox: found.dropbox,
            path: found.path,
            fingerprint: found.fingerprint,
            bytes: found.bytes,
        };
        self.sorter.take(&live.project, &seen).await
    }

    /// Orders about whose mixes something waits for a person's release, newest first.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff.
    pub async fn held_findings(&self, visitor: &Visitor) -> Result<Vec<HeldFindings>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let people = self.access.people().await?;
        let name = |id| {
            let person = people.iter().find(|p| &p.id == id);
            person.map_or_else(String::new, |p| p.name.clone())
        };
        let all = self.desk.all().await?;
        let held = all.iter().filter_map(|live| {
            let project = &live.project;
            let mixes: Vec<&mastering::Mix> = project.held_back().collect();
            (!mixes.is_empty()).then(|| HeldFindings {
                number: project.number,
                title: project.title.clone(),
                client: name(&project.client),
                findings: mixes.iter().map(|m| m.all_findings().count()).sum(),
                mixes: mixes.iter().map(|m| m.file_name.clone()).collect(),
            })
        });
        Ok(held.collect())
    }

    /// Files that are still settling or held, with the reason, for the staff.
    ///
    /// # Errors
    /// `NotAllowed` for anyone else.
    pub async fn waiting(&self, visitor: &Visitor) -> Result<Vec<(String, String)>, Denied> {
        visitor.must(Right::ReadHouse)?;
        Ok(self
            .watcher
            .waiting()
            .into_iter()
            .map(|w| {
                (
                    format!("{}/{}", w.dropbox, w.path.display()),
                    why_words(w.why).to_owned(),
                )
            })
            .collect())
    }

    /// The state of the box.
    pub async fn health(&self) -> Health {
        let all = self.desk.all().await;
        let is_desk_alive = all.is_ok();
        let mut projects: BTreeMap<String, u64> = BTreeMap::new();
        for live in all.unwrap_or_default() {
            *projects
                .entry(live.project.stage.code().to_owned())
                .or_default() += 1;
        }
        let counts = self
            .access
            .read(vault::Vault::counts)
            .await
            .unwrap_or_default();
        let jobs = [
            ("queued", counts.jobs_queued),
            ("running", counts.jobs_running),
            ("failed", counts.jobs_failed),
        ];
        let free_bytes = self
            .access
            .read(vault::Vault::room_bytes)
            .await
            .unwrap_or(0);
        Health {
            is_desk_alive,
            writer: if self.vault.writer_alive() {
                "in order".to_owned()
            } else {
                "stopped after a failed write".to_owned()
            },
            free_bytes,
            reserve_bytes: self.config.reserve.bytes,
            projects,
            jobs: jobs
                .into_iter()
                .map(|(state, n)| (state.to_owned(), n))
                .collect(),
            up_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Whether the desk and the database writer advance; the watchdog is fed only while they do.
    pub async fn is_advancing(&self) -> bool {
        self.desk.all().await.is_ok() && self.vault.ping_writer().await.is_ok()
    }

    /// False once a failed write has stopped the database writer: only a new start puts that right.
    #[must_use]
    pub fn is_writer_alive(&self) -> bool {
        self.vault.writer_alive()
    }

    /// Puts work of an order that was given up back on the list; how much there was.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff.
    pub async fn try_again(&self, visitor: &Visitor, number: OrderNumber) -> Result<u64, Denied> {
        visitor.must(Right::TakeIn)?;
        let live = self.seen(visitor, number).await?;
        let filter = JobFilter {
            state: Some(vault::JobState::Failed),
            project: Some(live.project.id.to_string()),
            ..JobFilter::default()
        };
        let jobs = self.access.read(move |vault| vault.jobs(&filter)).await?;
        let rows: Vec<Write> = jobs
            .into_iter()
            .map(|entry| Write::JobAgain {
                key: entry.job.key,
                not_before_ms: 0,
            })
            .collect();
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        if count > 0 {
            self.desk.keep(rows).await?;
        }
        Ok(count)
    }
}
