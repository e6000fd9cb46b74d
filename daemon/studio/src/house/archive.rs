//! The archive from outside: what is in it, whether it is whole, taking it out, letting it go.

use std::path::PathBuf;

use mastering::{Command, NEVER, OrderNumber, UnixMs, Zone};
use serde::Serialize;

use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor, parse_id};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::desk::{Give, all_listed};
use crate::jobs::{
    CERTIFICATE, DeletionCertificate, DueLine, day, export, read_manifest, working_objects,
};

/// An archived project.
#[derive(Debug, Clone, Serialize)]
pub struct ArchiveLine {
    /// The order's number.
    pub number: OrderNumber,
    /// The title.
    pub title: String,
    /// When it was closed, in unix milliseconds.
    pub archived_at: i64,
    /// When the working files are due, as a day.
    pub working_due: String,
    /// When the archive is due, as a day.
    pub archive_due: String,
    /// Files in it.
    pub files: u64,
    /// Whether the working files are still there.
    pub has_working_files: bool,
}

/// What is due, and what went.
#[derive(Debug, Clone, Serialize)]
pub struct ExpiryReport {
    /// What is due now.
    pub due: Vec<DueLine>,
    /// What will be due, and when.
    pub later: Vec<DueLine>,
    /// Whether anything went; never in a dry run.
    pub released: bool,
}

/// One thing that is due, as a list names it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueName {
    /// The order's number.
    pub number: OrderNumber,
    /// `working` or `archive`.
    pub what: String,
}

impl DueName {
    fn is(&self, line: &DueLine) -> bool {
        self.number == line.number && self.what == line.what
    }
}

/// The day something is due, or that it never is.
fn due_day(zone: &Zone, at: UnixMs) -> String {
    if at == NEVER {
        "never".to_owned()
    } else {
        day(zone, at)
    }
}

impl Studio {
    /// The archived projects, newest first.
    pub(crate) async fn archive_list(&self) -> Result<Vec<ArchiveLine>, Denied> {
        let mut lines = Vec::new();
        let filter = vault::ProjectFilter {
            stage: Some(crate::standing::last_stage()),
            ..vault::ProjectFilter::default()
        };
        let listed = self
            .access
            .read(move |vault| all_listed(vault, &filter))
            .await?;
        for row in listed {
            let Some(live) = self.desk.look(parse_id(&row.id)?).await? else {
                continue;
            };
            let Some(archive) = &live.project.archive else {
                continue;
            };
            let project = live.project.clone();
            let files = if archive.all_gone_at.is_some() {
                0
            } else {
                self.blocking(move |studio| read_manifest(&studio.vault, &project))
                    .await?
                    .files
                    .len()
            };
            lines.push(ArchiveLine {
                number: live.project.number,
                title: live.project.title.clone(),
                archived_at: archive.at,
                working_due: due_day(&live.project.rules.time_zone, archive.due.working_due_at),
                archive_due: due_day(&live.project.rules.time_zone, archive.due.archive_due_at),
                files: u64::try_from(files).unwrap_or(u64::MAX),
                has_working_files: archive.working_gone_at.is_none(),
            });
        }
        Ok(lines)
    }

    /// Makes a new recovery key, for a first one that nobody wrote down; it is shown this once.
    pub(crate) async fn new_recovery_key(&self, visitor: &Visitor) -> Result<String, Denied> {
        let key = self.access.read(vault::Vault::renew_recovery_key).await?;
        // Behind it: a key that is told of and was never made would be looked for in vain.
        let made = decided(visitor, "", &Decision::RecoveryKeyMade);
        self.desk.keep(vec![made]).await?;
        Ok(key)
    }

    /// Reads every object of a project back; the damages in sentences.
    pub(crate) async fn archive_check(&self, number: OrderNumber) -> Result<Vec<String>, Denied> {
        let live = self.desk.find(number).await?.ok_or(Denied::NotFound)?;
        let id = live.project.id.to_string();
        let damages = self
            .access
            .read(move |vault| vault.check_project(&id))
            .await?;
        Ok(damages.iter().map(ToString::to_string).collect())
    }

    /// Writes an archived project as a plain BagIt bag into a folder.
    pub(crate) async fn archive_export(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        to: PathBuf,
    ) -> Result<PathBuf, Denied> {
        let live = self.seen(visitor, number).await?;
        if live.project.archive.is_none() {
            return Err(Denied::Invalid(format!(
                "{number} is not in the archive yet"
            )));
        }
        // A plain bag can be listened to by whoever has it.
        self.may_listen(visitor, &live.project)?;
        self.note_listening(visitor, &live.project).await?;
        let project = live.project.clone();
        self.blocking(move |studio| export(&studio.vault, &studio.config, &project, &to))
            .await
    }

    /// The certificate of a project whose archive went.
    ///
    /// # Errors
    /// `NotFound` where nothing went, or for somebody else's order.
    pub async fn certificate(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<DeletionCertificate, Denied> {
        let live = self.seen(visitor, number).await?;
        let id = live.project.id.to_string();
        let row = self
            .access
            .read(move |vault| vault.document(&id, CERTIFICATE))
            .await?
            .ok_or(Denied::NotFound)?;
        serde_json::from_str(&row.body)
            .map_err(|e| Denied::fault("the certificate could not be read", &e))
    }

    /// What is due to go now, and what later.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub async fn archive_due(&self, visitor: &Visitor) -> Result<ExpiryReport, Denied> {
        visitor.must(Right::ReadHouse)?;
        self.expiry(now_ms()).await
    }

    /// Lets go what is due, as a person confirms it: all of it, or those of a list that was shown.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but an owner; what of the list is not due any more.
    pub async fn archive_release(
        &self,
        visitor: &Visitor,
        by: &str,
        shown: Option<&[DueName]>,
    ) -> Result<ExpiryReport, Denied> {
        visitor.must(Right::Delete)?;
        let mut report = self.expiry(now_ms()).await?;
        if let Some(shown) = shown {
            let is_due = |name: &DueName| report.due.iter().any(|line| name.is(line));
            if let Some(gone) = shown.iter().find(|name| !is_due(name)) {
                return Err(Denied::Invalid(format!(
                    "{} is not due any more; look at the list again",
                    gone.number
                )));
            }
            report
                .due
                .retain(|line| shown.iter().any(|name| name.is(line)));
        }
        for line in &report.due {
            let live = self.desk.find(line.number).await?.ok_or(Denied::NotFound)?;
            let by = by.to_owned();
            let give = Give {
                from: visitor.from(),
                project: live.project.id.clone(),
                by: visitor.actor(),
                command: match line.what {
                    "working" => Command::ReleaseWorkingFiles { by },
                    _ => Command::ReleaseArchive { by },
                },
                seq: None,
                key: None,
                also: Vec::new(),
            };
            self.desk.give(give).await?;
            report.released = true;
        }
        Ok(report)
    }

    /// What is due at a moment, and what later.
    async fn expiry(&self, now: UnixMs) -> Result<ExpiryReport, Denied> {
        let mut report = ExpiryReport {
            due: Vec::new(),
            later: Vec::new(),
            released: false,
        };
        let due = self.access.read(vault::Vault::projects_due).await?;
        for id in due {
            let Some(live) = self.desk.look(parse_id(&id)?).await? else {
                continue;
            };
            for (what, due_at) in live.project.to_let_go() {
                let line = self.due_line(&live.project, what.code(), due_at).await?;
                if due_at > now || live.project.retention_hold.is_some() {
                    report.later.push(line);
                } else {
                    report.due.push(line);
                }
            }
        }
        Ok(report)
    }

    async fn due_line(
        &self,
        project: &std::sync::Arc<mastering::Project>,
        what: &'static str,
        due_at: i64,
    ) -> Result<DueLine, Denied> {
        let asked = project.clone();
        let rows = self
            .blocking(move |studio| match what {
                "working" => working_objects(&studio.vault, &asked),
                _ => Ok(studio.vault.objects(asked.id.as_str())?),
            })
            .await?;
        let there = rows.iter().filter(|r| r.state == vault::ObjectState::Done);
        let (files, bytes) =
            there.fold((0, 0), |(files, bytes), row| (files + 1, bytes + row.bytes));
        Ok(DueLine {
            number: project.number,
            title: project.title.clone(),
            what,
            due_at,
            files,
            bytes,
        })
    }

    /// Runs blocking work of the studio on a thread of its own.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, crate::jobs::Trouble> + Send + 'static,
    ) -> Result<T, Denied> {
        let studio = self.clone();
        tokio::task::spawn_blocking(move || work(&studio))
            .await
            .map_err(|e| Denied::fault("the archive could not be read", &e))?
            .map_err(|trouble| match trouble {
                crate::jobs::Trouble::NoRoom(text) => Denied::NoRoom(text),
                crate::jobs::Trouble::NotYet(text)
                | crate::jobs::Trouble::Again(text)
                | crate::jobs::Trouble::Never(text)
                | crate::jobs::Trouble::Stopping(text)
                | crate::jobs::Trouble::GivenUp { error: text, .. } => {
                    tracing::error!(cause = text, "the archive could not be read");
                    Denied::Fault(text)
                }
            })
    }
}
