//! What the calendar tells without a decision: files due to go, invoices due, credits that lapse.
//!
//! Each reminder is told once, by a key of its own in the list of answers: a pass that is run again,
//! or after a power cut, finds what was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use mastering::money::{Account, Amount, DocumentNo, Series};
use mastering::{Actor, Command, LetGo, NEVER, PersonId, Project, ProjectId, UnixMs};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vault::{DocumentFilter, LedgerDocumentRow, Page, Vault, Write};

use crate::access::parse_id;
use crate::clock::now_ms;
use crate::config::{LetsGo, RemindersSection, StudioConfig};
use crate::denied::Denied;
use crate::desk::{Desk, Give, read_account};
use crate::follow::{FollowUp, Notices};
use crate::trusted_clock::{TrustedClock, WAITS_MS};

/// The setting that keeps the trusted time.
const TRUSTED: &str = "archive.trusted_time";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How often everything is looked at: the dates are days.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

/// Something to be told now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reminder {
    kind: &'static str,
    /// What it is about, so that it is told once.
    about: String,
    /// The project whose people are told.
    project: ProjectId,
    facts: BTreeMap<&'static str, String>,
    /// Moments among them, told as days.
    days: BTreeMap<&'static str, UnixMs>,
}

/// The nearest of the warnings that lie this side of `due_at`, if its time has come.
fn nearest_before(due_at: UnixMs, days: &[u32], now: UnixMs) -> Option<u32> {
    let come = |days: &u32| now >= due_at.saturating_sub(i64::from(*days) * DAY_MS);
    let is_ahead = due_at != NEVER && now < due_at;
    days.iter().copied().filter(|_| is_ahead).filter(come).min()
}

/// The latest of the reminders after `due_at`, if the first of them has come.
fn latest_after(due_at: UnixMs, days: &[u32], now: UnixMs) -> Option<u32> {
    let come = |days: &u32| now >= due_at.saturating_add(i64::from(*days) * DAY_MS);
    days.iter().copied().filter(come).max()
}

/// What is to be told about an archived project's files.
fn of_files(project: &Project, ahead: &RemindersSection, now: UnixMs) -> Vec<Reminder> {
    let Some(archive) = project.archive.as_ref() else {
        return Vec::new();
    };
    if archive.all_gone_at.is_some() || project.retention_hold.is_some() {
        return Vec::new();
    }
    let working = archive.working_gone_at.is_none();
    let due = archive.due;
    let each = [
        (
            "working_files_due",
            due.working_due_at,
            &ahead.working_files_days,
            working,
        ),
        ("archive_due", due.archive_due_at, &ahead.archive_days, true),
    ];
    each.into_iter()
        .filter(|(.., is_there)| *is_there)
        .filter_map(|(kind, at, days, _)| {
            let nearest = nearest_before(at, days, now)?;
            Some(Reminder {
                kind,
                about: format!("{}:{at}:{nearest}", project.id),
                project: project.id.clone(),
                facts: BTreeMap::new(),
                days: BTreeMap::from([("day", at), ("archive_day", due.archive_due_at)]),
            })
        })
        .collect()
}

/// What is to be told about an invoice of an account.
fn of_invoice(
    account: &Account,
    no: DocumentNo,
    ahead: &RemindersSection,
    now: UnixMs,
) -> Option<Reminder> {
    let invoice = account.invoices.get(&no)?;
    let parts = invoice.open_parts();
    let open: Vec<(UnixMs, Amount)> = parts
        .iter()
        .filter(|(_, open)| open.is_positive())
        .map(|(part, open)| (part.due_at, *open))
        .collect();
    let first = open.iter().map(|(at, _)| *at).min()?;
    let (kind, days, rest) = match latest_after(first, &ahead.overdue_days, now) {
        Some(days) => (
            "invoice_overdue",
            days,
            sum(open.iter().filter(|(at, _)| *at <= now))?,
        ),
        None => {
            let days = nearest_before(first, &ahead.invoice_days, now)?;
            (
                "invoice_due",
                days,
                sum(open.iter().filter(|(at, _)| *at == first))?,
            )
        }
    };
    Some(Reminder {
        kind,
        about: format!("{no}:{first}:{days}"),
        project: invoice.project.clone(),
        facts: BTreeMap::from([("document", no.to_string()), ("rest", rest.to_string())]),
        days: BTreeMap::from([("day", first)]),
    })
}

fn sum<'a>(parts: impl Iterator<Item = &'a (UnixMs, Amount)>) -> Option<Amount> {
    parts
        .map(|(_, amount)| *amount)
        .reduce(|all, one| all.plus(one).unwrap_or(all))
}

/// What is to be told about a credit of an account.
fn of_credit(
    account: &Account,
    no: DocumentNo,
    ahead: &RemindersSection,
    now: UnixMs,
) -> Option<Reminder> {
    let credit = account
        .credits
        .get(&no)
        .filter(|credit| credit.left.is_positive())?;
    let days = nearest_before(credit.lapses_at, &ahead.credit_days, now)?;
    Some(Reminder {
        kind: "credit_lapses",
        about: format!("{no}:{}:{days}", credit.lapses_at),
        project: credit.project.clone(),
        facts: BTreeMap::from([
            ("document", no.to_string()),
            ("amount", credit.left.to_string()),
        ]),
        days: BTreeMap::from([("day", credit.lapses_at.saturating_sub(1))]),
    })
}

/// Tells what is due, for as long as the studio is open.
#[derive(Clone)]
pub(crate) struct Reminders {
    pub(crate) vault: Vault,
    pub(crate) desk: Desk,
    pub(crate) config: Arc<StudioConfig>,
}

impl Reminders {
    /// Looks at everything now and each hour, and at a project when something happened to it.
    pub(crate) fn open(self, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut changes = self.desk.changes();
            let mut clock = self.clock().await;
            let mut every = tokio::time::interval(LOOK_EVERY);
            loop {
                let looked = tokio::select! {
                    _ = every.tick() => match self.pass(now_ms()).await {
                        Ok(()) => self.let_go(&mut clock, now_ms()).await,
                        broken => broken,
                    },
                    change = changes.recv() => match change {
                        Ok(change) => self.project(change.project, now_ms()).await,
                        // The next pass sees what was missed.
                        Err(RecvError::Lagged(_)) => Ok(()),
                        Err(RecvError::Closed) => return,
                    },
                    _ = stop.changed() => return,
                };
                if let Err(error) = looked {
                    tracing::error!(%error, "what is due soon could not be told; it is tried again");
                }
            }
        })
    }

    /// The clock that letting go by itself follows, from where the last run left it.
    async fn clock(&self) -> TrustedClock {
        let kept = self.read(|vault| vault.setting(TRUSTED)).await;
        let kept = match kept {
            Ok(kept) => kept.and_then(|text| serde_json::from_str(&text).ok()),
            Err(error) => {
                tracing::error!(%error, "the time that letting go follows could not be read; it begins now");
                None
            }
        };
        TrustedClock::open(kept, now_ms())
    }

    /// Keeps the trusted time, and lets go by itself what has been due for a week, where the studio
    /// wants nobody to confirm it.
    async fn let_go(&self, clock: &mut TrustedClock, now: UnixMs) -> Result<(), Denied> {
        let kept = clock.look(now);
        let value = serde_json::to_string(&kept)
            .map_err(|e| Denied::fault("the time that letting go follows could not be kept", &e))?;
        let name = TRUSTED.to_owned();
        self.desk.keep(vec![Write::Setting { name, value }]).await?;
        if self.config.lets_go != LetsGo::ByItself {
            return Ok(());
        }
        let until = kept.trusted.saturating_sub(WAITS_MS);
        let due = self.read(move |vault| vault.projects_due_by(until)).await?;
        for id in due {
            let Some(live) = self.desk.look(parse_id(&id)?).await? else {
                continue;
            };
            if live.project.retention_hold.is_some() {
                continue;
            }
            for (what, due_at) in live.project.to_let_go() {
                if due_at <= until {
                    self.release(live.project.id.clone(), what).await?;
                }
            }
        }
        Ok(())
    }

    async fn release(&self, project: ProjectId, what: LetGo) -> Result<(), Denied> {
        let by = "the calendar, a week after the date".to_owned();
        let give = Give {
            project,
            by: Actor::House,
            command: match what {
                LetGo::WorkingFiles => Command::ReleaseWorkingFiles { by },
                LetGo::Archive => Command::ReleaseArchive { by },
            },
            seq: None,
            key: None,
            from: None,
            also: Vec::new(),
        };
        self.desk.give(give).await.map(drop)
    }

    async fn pass(&self, now: UnixMs) -> Result<(), Denied> {
        let ahead = &self.config.reminders;
        let farthest = ahead
            .working_files_days
            .iter()
            .chain(&ahead.archive_days)
            .max();
        let until = now.saturating_add(i64::from(farthest.copied().unwrap_or(0)) * DAY_MS);
        let due = self.read(move |vault| vault.projects_due_by(until)).await?;
        for id in due {
            self.project(parse_id(&id)?, now).await?;
        }
        let mut clients = BTreeSet::new();
        for series in [Series::Invoice, Series::Credit] {
            for row in self.open_documents(series).await? {
                clients.insert(row.client);
            }
        }
        for client in clients {
            self.account(&parse_id(&client)?, now).await?;
        }
        Ok(())
    }

    async fn open_documents(&self, series: Series) -> Result<Vec<LedgerDocumentRow>, Denied> {
        let filter = DocumentFilter {
            series: Some(series.code().to_owned()),
            state: Some("open".to_owned()),
            ..DocumentFilter::default()
        };
        self.read(move |vault| {
            let mut rows = Vec::new();
            let mut page = Page::first(Page::MAX_ROWS);
            loop {
                let found = vault.ledger_documents(&filter, page)?;
                rows.extend(found.rows);
                if found.next.is_none() {
                    return Ok(rows);
                }
                page.before = found.next;
            }
        })
        .await
    }

    async fn project(&self, id: ProjectId, now: UnixMs) -> Result<(), Denied> {
        let Some(live) = self.desk.look(id).await? else {
            return Ok(());
        };
        for reminder in of_files(&live.project, &self.config.reminders, now) {
            self.tell(&live.project, &reminder, now).await?;
        }
        Ok(())
    }

    async fn account(&self, client: &PersonId, now: UnixMs) -> Result<(), Denied> {
        let (vault, client) = (self.vault.clone(), client.clone());
        let read = tokio::task::spawn_blocking(move || read_account(&vault, &client));
        let broken = "an account could not be read";
        let (account, _) = read
            .await
            .map_err(|e| Denied::fault(broken, &e))?
            .map_err(|e| Denied::fault(broken, &e))?;
        for reminder in of_account(&account, &self.config.reminders, now) {
            if let Some(live) = self.desk.look(reminder.project.clone()).await? {
                self.tell(&live.project, &reminder, now).await?;
            }
        }
        Ok(())
    }

    /// Tells it, unless it was told before.
    async fn tell(
        &self,
        project: &Project,
        reminder: &Reminder,
        now: UnixMs,
    ) -> Result<(), Denied> {
        let studio = FollowUp::of(&self.config);
        let note = Notices {
            studio: &studio,
            project,
            now,
        };
        let mut facts = reminder.facts.clone();
        for (name, at) in &reminder.days {
            facts.insert(name, note.day(*at));
        }
        let facts: Vec<(&str, &str)> = facts
            .iter()
            .map(|(name, fact)| (*name, fact.as_str()))
            .collect();
        let rows = note.tell(reminder.kind, &facts, &reminder.about);
        let key = format!("remind {} {}", reminder.kind, reminder.about);
        self.desk
            .keep_once(key, String::new(), rows)
            .await
            .map(drop)
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Vault) -> Result<T, vault::VaultError> + Send + 'static,
    ) -> Result<T, Denied> {
        let vault = self.vault.clone();
        let broken = "what is due soon could not be read";
        tokio::task::spawn_blocking(move || read(&vault))
            .await
            .map_err(|e| Denied::fault(broken, &e))?
            .map_err(|e| Denied::fault(broken, &e))
    }
}

/// What is to be told about the invoices and credits of an account.
fn of_account(account: &Account, ahead: &RemindersSection, now: UnixMs) -> Vec<Reminder> {
    let invoices = account.invoices.keys();
    let invoices = invoices.filter_map(|no| of_invoice(account, *no, ahead, now));
    let credits = account.credits.keys();
    let credits = credits.filter_map(|no| of_credit(account, *no, ahead, now));
    invoices.chain(credits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUE: UnixMs = 100 * DAY_MS;

    #[track_caller]
    fn check(days_before: i64, before: Option<u32>, after: Option<u32>) {
        let now = DUE - days_before * DAY_MS;
        assert_eq!(nearest_before(DUE, &[14, 3], now), before, "{days_before}");
        assert_eq!(latest_after(DUE, &[1, 14], now), after, "{days_before}");
    }

    #[test]
    fn the_nearest_warning_is_told_and_never_one_that_was_passed() {
        check(15, None, None);
        check(14, Some(14), None);
        check(4, Some(14), None);
        check(3, Some(3), None);
        check(1, Some(3), None);
        check(0, None, None);
        check(-1, None, Some(1));
        check(-13, None, Some(1));
        check(-400, None, Some(14));
        assert_eq!(nearest_before(NEVER, &[14], i64::MAX - 1), None);
    }
}
