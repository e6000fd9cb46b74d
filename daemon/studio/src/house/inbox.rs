//! The inbox: notices, drops nobody could assign, files that wait; and the box's health.

use mastering::{OrderNumber, PersonId, ProjectId};
use vault::{JobFilter, NoticeState, Page, PeopleWrite, Write};

use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::arrivals::{Seen, why_words};
use crate::denied::Denied;
use crate::follow::STAFF;
use crate::notices::read_out;
use crate::views::{Health, HeldFindings, HeldMail, NoticeLine, UnsortedDrop};
use crate::work::Work;

/// How many notices a page shows.
const NOTICES_SHOWN: u32 = 200;

impl Studio {
    /// The notices for a visitor, newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn notices(&self, visitor: &Visitor) -> Result<Vec<NoticeLine>, Denied> {
        let audience = audience_of(visitor);
        let reader = visitor.person().id.to_string();
        let language = self.access.profile(&visitor.person().id).await?.language;
        let rows = self
            .access
            .read(move |vault| {
                vault.notices_read_by(&audience, &reader, Page::first(NOTICES_SHOWN))
            })
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
                text: read_out(&self.config.words, &row, language),
                id: row.id,
                at: row.at_ms,
                number,
                kind: row.kind,
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
        let row = PeopleWrite::NoticeRead {
            person: visitor.person().id.to_string(),
            id: id.to_owned(),
        };
        self.desk.keep(vec![Write::People(row)]).await
    }

    /// How many notices the visitor has not read; none for whoever holds one order's link, who
    /// reads that order's own.
    ///
    /// # Errors
    /// The database.
    pub async fn unread(&self, visitor: &Visitor) -> Result<u64, Denied> {
        if visitor.only().is_some() {
            let lines = self.notices(visitor).await?;
            let unread = lines.iter().filter(|line| !line.is_read).count();
            return Ok(u64::try_from(unread).unwrap_or(u64::MAX));
        }
        let audience = audience_of(visitor);
        let reader = visitor.person().id.to_string();
        self.access
            .read(move |vault| vault.unread(&audience, &reader))
            .await
    }

    /// Marks everything that the visitor was told as read.
    ///
    /// # Errors
    /// `NotAllowed` for an auditor.
    pub async fn notices_read(&self, visitor: &Visitor) -> Result<(), Denied> {
        if visitor.is_staff() {
            visitor.must(Right::TakeIn)?;
        }
        if visitor.only().is_some() {
            let lines = self.notices(visitor).await?;
            let unread = lines.into_iter().filter(|line| !line.is_read);
            let person = visitor.person().id.to_string();
            let rows = unread.map(|line| {
                Write::People(PeopleWrite::NoticeRead {
                    person: person.clone(),
                    id: line.id,
                })
            });
            return self.desk.keep(rows.collect()).await;
        }
        let row = PeopleWrite::NoticesRead {
            person: visitor.person().id.to_string(),
        };
        self.desk.keep(vec![Write::People(row)]).await
    }

    /// Everybody to whom nothing is mailed because a server refused their address, and what it said.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff.
    pub async fn held_mails(&self, visitor: &Visitor) -> Result<Vec<HeldMail>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let holds = self.access.read(vault::Vault::mail_holds).await?;
        let people = self.access.people().await?;
        Ok(holds
            .into_iter()
            .filter_map(|hold| {
                let person = people.iter().find(|p| p.id.as_str() == hold.person)?;
                (person.email == hold.email).then(|| HeldMail {
                    login: person.login.clone(),
                    name: person.name.clone(),
                    email: hold.email,
                    answer: hold.answer,
                    at: hold.at_ms,
                })
            })
            .collect())
    }

    /// Tries a refused address again, and sends what was held.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; `NotFound` where there is no such person.
    pub async fn mail_again(&self, visitor: &Visitor, login: &str) -> Result<(), Denied> {
        let person = self.person_to_change(visitor, login).await?;
        let mut rows = self.mail_again_rows(&person.id).await?;
        rows.push(decided(visitor, &person.id, &Decision::MailAgain));
        self.desk.keep(rows).await
    }

    /// The rows that let a person's held mails go out again.
    pub(super) async fn mail_again_rows(&self, person: &PersonId) -> Result<Vec<Write>, Denied> {
        let filter = JobFilter {
            state: Some(vault::JobState::Failed),
            kind: Some("mail_person".to_owned()),
            ..JobFilter::default()
        };
        let jobs = self.access.read(move |vault| vault.jobs(&filter)).await?;
        let mut rows = vec![Write::People(PeopleWrite::MailHoldEnded {
            person: person.to_string(),
        })];
        rows.extend(
            jobs.into_iter()
                .filter(|entry| addressee(&entry.job.body).as_ref() == Some(person))
                .map(|entry| Write::JobAgain {
                    key: entry.job.key,
                    not_before_ms: 0,
                }),
        );
        Ok(rows)
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
        let about = format!("{}/{}", seen.dropbox, seen.path);
        self.sorter.settle(&live.project, &seen).await?;
        let settled = Decision::DropSettled { order: number };
        self.desk
            .keep(vec![decided(visitor, about, &settled)])
            .await
    }

    /// Orders about whose mixes something waits for a person's release, newest first.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff.
    pub async fn held_findings(&self, visitor: &Visitor) -> Result<Vec<HeldFindings>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let names = self.access.names().await?;
        let all = self.desk.at_work().await?;
        let held = all.iter().filter_map(|live| {
            let project = &live.project;
            let mixes: Vec<&mastering::Mix> = project.held_back().collect();
            (!mixes.is_empty()).then(|| HeldFindings {
                number: project.number,
                title: project.title.clone(),
                client: names.get(&project.client).cloned().unwrap_or_default(),
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
        let is_desk_alive = self.desk.ping().await.is_ok();
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
            projects: counts.projects_in,
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
        self.desk.ping().await.is_ok() && self.vault.ping_writer().await.is_ok()
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
        let count = u64::try_from(jobs.len()).unwrap_or(u64::MAX);
        let mut rows = Vec::new();
        for entry in jobs {
            // Whoever tries a mail again means the address too.
            if let Some(person) = addressee(&entry.job.body) {
                rows.push(Write::People(PeopleWrite::MailHoldEnded {
                    person: person.to_string(),
                }));
            }
            rows.push(Write::JobAgain {
                key: entry.job.key,
                not_before_ms: 0,
            });
        }
        if count > 0 {
            self.desk.keep(rows).await?;
        }
        Ok(count)
    }
}

/// Whose notices a visitor reads: the studio's people share theirs, and so does a client's account.
fn audience_of(visitor: &Visitor) -> String {
    visitor
        .account()
        .map_or_else(|| STAFF.to_owned(), ToString::to_string)
}

/// To whom a mail on the list of work goes; none for any other work.
fn addressee(body: &str) -> Option<PersonId> {
    match serde_json::from_str(body) {
        Ok(Work::MailPerson { person, .. }) => Some(person),
        Ok(_) | Err(_) => None,
    }
}
