//! The machine's work: lanes that take jobs from the list and hand what they mean to the desk.

mod archive;
mod attachment;
mod beside;
mod compare;
mod disc;
mod elsewhere;
mod finals;
mod label_copy;
mod mail;
mod master;
mod messages;
mod money;
mod note;
mod place;
mod proposed;
mod report;
mod sales;
mod spectrum;
mod take;
mod zip;

use std::sync::Arc;
use std::time::Duration;

use mastering::{Command, Project, ProjectId};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vault::{JobEntry, NoticeRow, NoticeState, Vault, Write};

pub(crate) use self::archive::{CERTIFICATE, read_manifest};
pub use self::archive::{DeletionCertificate, DueLine};
pub(crate) use self::archive::{export, working_objects};
pub(crate) use self::attachment::{AttachmentFacts, facts_document};
pub(crate) use self::beside::{BesideReport, document as beside_document};
pub use self::compare::shares_of;
pub(crate) use self::mail::{MAILBOX_CODES, hold_mails, mail_id, staff_notice};
pub(crate) use self::master::store_plan;
pub(crate) use self::master::{Made, StoredPlan, from_elsewhere as master_of, kept as kept_master};
pub(crate) use self::place::role_of;
pub(crate) use self::proposed::most_bytes;
pub(crate) use self::report::{
    Reader, StoredReport, day, moment, read as read_report, write as write_report,
};
pub(crate) use self::take::{id, json_document};
use crate::access::Access;
use crate::clock::{now_ms, random_id};
use crate::config::StudioConfig;
use crate::denied::{Denied, chain};
use crate::desk::{Desk, Finish};
use crate::follow::STAFF;
use crate::house::Offered;
use crate::printing::Printing;
use crate::sending::Underway;
use crate::units_in_use::UnitsInUse;
use crate::work::{DiscFile, Lane, Work};

/// A lane looks at the list at least this often, for jobs whose time comes.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The first pause after a failure; doubled each time.
const FIRST_PAUSE_MS: i64 = 2_000;
/// The longest pause after a failure.
const LONGEST_PAUSE_MS: i64 = 10 * 60_000;
/// How long work waits when the disk is full.
const NO_ROOM_PAUSE_MS: i64 = 5_000;
/// Packages that are sent at the same time, so that a slow server does not hold up another.
const SENT_AT_ONCE: usize = 2;
/// How long work waits for something outside the box, such as a mail server.
const NOT_YET_PAUSE_MS: i64 = 15_000;

/// What the jobs work with.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) vault: Vault,
    pub(crate) desk: Desk,
    pub(crate) access: Access,
    pub(crate) workers: Arc<worker::Workers>,
    pub(crate) config: Arc<StudioConfig>,
    pub(crate) offered: Offered,
    /// The line for the rack's units, for prints, live sessions and whoever else needs hardware.
    pub(crate) units_in_use: UnitsInUse,
    /// What of packages is on its way to their recipients.
    pub(crate) underway: Underway,
    /// The way to the room where prints are made.
    pub(crate) printing: Printing,
    /// Names this run of the daemon in the job list.
    pub(crate) run: String,
}

/// What a job came to.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) commands: Vec<Command>,
    pub(crate) also: Vec<Write>,
}

/// Why a job came to nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The disk is full: it waits, and that is no failed attempt.
    NoRoom(String),
    /// Something outside the box is not ready, and nothing was done yet: it waits, and that is no
    /// failed attempt unless an earlier attempt may have done it.
    NotYet(String),
    /// It may work the next time.
    Again(String),
    /// The daemon is stopping: it is queued again at the next start.
    Stopping(String),
    /// It will not work; a person has to look.
    Never(String),
    /// It will not work, and whoever has to know reads it in these rows.
    GivenUp {
        /// Why, for the list of work.
        error: String,
        /// What is written with it.
        also: Vec<Write>,
    },
}

impl From<vault::VaultError> for Trouble {
    fn from(error: vault::VaultError) -> Self {
        if error.is_no_room() {
            Self::NoRoom(chain(&error))
        } else {
            Self::Again(chain(&error))
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::NoRoom(chain(&error))
            }
            _ => Self::Again(chain(&error)),
        }
    }
}

impl From<renderer::StreamError> for Trouble {
    fn from(error: renderer::StreamError) -> Self {
        match error {
            renderer::StreamError::Io(error) => error.into(),
            other => Self::Never(chain(&other)),
        }
    }
}

impl From<renderer::RenderError> for Trouble {
    fn from(error: renderer::RenderError) -> Self {
        match error {
            renderer::RenderError::Stream(error) => error.into(),
            // The same mix through the same chain is refused again.
            renderer::RenderError::Engine(error @ engine::RenderError::Loudness(_)) => {
                Self::Never(chain(&error))
            }
            renderer::RenderError::Engine(error) => Self::Again(chain(&error)),
            renderer::RenderError::Channels(_) => Self::Never(error.to_string()),
        }
    }
}

impl From<durable::DurableError> for Trouble {
    fn from(error: durable::DurableError) -> Self {
        if error.is_no_room() {
            Self::NoRoom(chain(&error))
        } else {
            Self::Again(chain(&error))
        }
    }
}

impl From<Denied> for Trouble {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NoRoom(text) => Self::NoRoom(text),
            Denied::Refused(refusal) => Self::Never(refusal.to_string()),
            other => Self::Again(other.to_string()),
        }
    }
}

/// Refuses work that would eat into the reserve.
pub(crate) fn room_for(vault: &Vault, bytes: u64) -> Result<(), Trouble> {
    let room = vault.room_bytes()?;
    if bytes < room {
        return Ok(());
    }
    Err(Trouble::NoRoom(format!(
        "the disk has room for {room} bytes and {bytes} are wanted"
    )))
}

impl Shop {
    /// Starts every lane; they end when `stop` turns true.
    pub(crate) fn open_lanes(&self, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let mut lanes = Vec::new();
        for lane in Lane::ALL {
            let count = match lane {
                Lane::Intake => self.config.checks_at_once.max(1),
                Lane::Render => self.config.renders_at_once.max(1),
                Lane::Desk | Lane::Mail => 1,
                Lane::Send => SENT_AT_ONCE,
            };
            for _ in 0..count {
                lanes.push(tokio::spawn(self.clone().run_lane(lane, stop.clone())));
            }
        }
        lanes
    }

    async fn run_lane(self, lane: Lane, mut stop: watch::Receiver<bool>) {
        let work = self.desk.work();
        loop {
            // Asked for before looking, so that a bell between the two is not missed.
            let bell = work.notified();
            if *stop.borrow() {
                return;
            }
            match self.vault.next_job(lane.kinds(), now_ms(), &self.run).await {
                Ok(Some(entry)) => self.run_job(entry).await,
                Ok(None) => {
                    tokio::select! {
                        () = bell => {}
                        () = tokio::time::sleep(LOOK_EVERY) => {}
                        _ = stop.changed() => {}
                    }
                }
                Err(error) => {
                    tracing::error!(cause = %chain(&error), "the list of work could not be read");
                    tokio::select! {
                        () = tokio::time::sleep(LOOK_EVERY) => {}
                        _ = stop.changed() => {}
                    }
                }
            }
        }
    }

    async fn run_job(&self, entry: JobEntry) {
        let started = std::time::Instant::now();
        let key = entry.job.key.clone();
        let outcome = self.outcome(&entry).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(()) => {
                tracing::info!(job = %key, project = entry.job.project.as_deref(), duration_ms, "a job is done");
            }
            Err(trouble) => self.failed(&entry, trouble).await,
        }
    }

    async fn outcome(&self, entry: &JobEntry) -> Result<(), Trouble> {
        let work: Work = serde_json::from_str(&entry.job.body)
            .map_err(|e| Trouble::Never(format!("this version cannot read the job: {e}")))?;
        let project = match &entry.job.project {
            Some(id) => Some(self.project(id).await?),
            None => None,
        };
        let project_id = project.as_ref().map(|p| p.id.clone());
        let done = match project {
            Some(project) => self.work_on(work, project, &entry.job.key).await?,
            None => self.work_for_house(work, &entry.job.key).await?,
        };
        let finish = Finish {
            key: entry.job.key.clone(),
            project: project_id,
            commands: done.commands,
            also: done.also,
        };
        self.desk.finish(finish).await.map_err(Trouble::from)
    }

    async fn project(&self, id: &str) -> Result<Arc<Project>, Trouble> {
        let id: ProjectId = id
            .parse()
            .map_err(|e: mastering::BadId| Trouble::Never(e.to_string()))?;
        let live = self.desk.look(id).await?;
        live.map(|l| l.project)
            .ok_or_else(|| Trouble::Never("the project is not there".to_owned()))
    }

    async fn take_disc(
        &self,
        project: Arc<Project>,
        file: DiscFile,
        attempt: disc::Try,
    ) -> Result<Done, Trouble> {
        let place = place::Place::dropped(file.dropbox, file.path, file.fingerprint);
        self.blocking(move |shop| disc::take(shop, &project, &place, (file.role, attempt)))
            .await
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one match over every kind of work; the work is in the functions its arms call"
    )]
    async fn work_on(&self, work: Work, project: Arc<Project>, key: &str) -> Result<Done, Trouble> {
        match work {
            Work::Take {
                dropbox,
                path,
                fingerprint,
                role,
            } => {
                let place = place::Place::dropped(dropbox, path, fingerprint);
                self.blocking(move |shop| take::take(shop, &project, &place, role))
                    .await
            }
            Work::TakeDisc(file) => self.take_disc(project, file, disc::Try::First).await,
            Work::MissDisc(file) => self.take_disc(project, file, disc::Try::Last).await,
            Work::CheckEntry {
                dropbox,
                path,
                fingerprint,
                inner,
                role,
                original,
            } => {
                let place = place::Place {
                    dropbox,
                    path,
                    fingerprint,
                    inner,
                };
                self.blocking(move |shop| {
                    take::check_entry(shop, &project, &place, role, &original)
                })
                .await
            }
            Work::TakeMaster {
                dropbox,
                path,
                fingerprint,
            } => {
                let place = place::Place::dropped(dropbox, path, fingerprint);
                self.blocking(move |shop| elsewhere::take_master(shop, &project, &place))
                    .await
            }
            Work::WriteNote {
                dropbox,
                path,
                document,
            } => {
                self.blocking(move |shop| note::write(shop, &project, &dropbox, &path, &document))
                    .await
            }
            Work::TakeLabelCopy {
                dropbox,
                path,
                fingerprint,
            } => {
                let place = place::Place::dropped(dropbox, path, fingerprint);
                self.blocking(move |shop| label_copy::take(shop, &project, &place))
                    .await
            }
            Work::TakeAlong {
                dropbox,
                path,
                fingerprint,
            } => {
                let place = place::Place::dropped(dropbox, path, fingerprint);
                self.blocking(move |shop| proposed::take(shop, &project, &place))
                    .await
            }
            Work::WriteNotes { mixes, .. } => {
                self.blocking(move |shop| note::write_again(shop, &project, &mixes))
                    .await
            }
            Work::WriteMessages => {
                let client = self.access.reach(&project.client).await?;
                self.blocking(move |shop| messages::write(shop, &project, client.as_ref()))
                    .await
            }
            Work::CompareSet { mixes } => {
                self.blocking(move |shop| compare::set(shop, &project, &mixes))
                    .await
            }
            Work::Master {
                revision,
                track,
                mix,
                plan,
            } => {
                let input = master::Input {
                    revision,
                    track,
                    mix,
                    plan,
                };
                self.blocking(move |shop| master::make(shop, &project, &input))
                    .await
            }
            Work::Beside { revision, song } => {
                self.blocking(move |shop| beside::make(shop, &project, (revision, &song)))
                    .await
            }
            Work::Programme { revision } => {
                self.blocking(move |shop| crate::programme::make(shop, &project, revision))
                    .await
            }
            Work::Finals { revision } => {
                self.blocking(move |shop| finals::make(shop, &project, revision))
                    .await
            }
            Work::Package { no } => {
                self.blocking(move |shop| crate::packaging::make(shop, &project, no))
                    .await
            }
            Work::Send { package, sending } => {
                crate::sending::send(self, project, (package, sending)).await
            }
            Work::ReadAttachment { no } => {
                self.blocking(move |shop| attachment::read(shop, &project, no))
                    .await
            }
            Work::OfferFinals { .. } => {
                let client = self.client_of(&project).await?;
                self.blocking(move |shop| finals::offer(shop, &project, &client))
                    .await
            }
            Work::Archive => {
                let client = self.client_of(&project).await?;
                self.blocking(move |shop| archive::close(shop, &project, &client))
                    .await
            }
            Work::SecondCopy => {
                self.blocking(move |shop| archive::copy(shop, &project))
                    .await
            }
            Work::RemoveWorkingFiles => {
                self.blocking(move |shop| archive::remove_working_files(shop, &project))
                    .await
            }
            Work::RemoveArchive => {
                self.blocking(move |shop| archive::remove_archive(shop, &project))
                    .await
            }
            Work::Tell { kind, facts } => mail::tell(self, &project, &kind, &facts, key).await,
            Work::KeepHold => {
                self.blocking(move |shop| money::keep_hold(shop, &project))
                    .await
            }
            Work::QuoteRequest { no } => money::quote_request(self, &project, no, key).await,
            Work::QuoteRemoval { no } => money::quote_removal(self, &project, no, key).await,
            Work::TellSales {
                report,
                distributor,
                quarter,
            } => Ok(sales::tell(&project, report, distributor, quarter)),
            Work::SpreadSales { .. } => {
                Err(Trouble::Never("this job is about no project".to_owned()))
            }
            Work::FeeFallsDue { name } => money::fee_falls_due(self, &project, &name, key).await,
            Work::MailClient { subject, text } => {
                let facts = crate::follow::message_facts(&project, &subject, &text);
                let person = project.client.clone();
                self.mail(Some(&project), &person, ("message", &facts), key)
                    .await
            }
            Work::MailPerson {
                person,
                kind,
                facts,
            } => {
                self.mail(Some(&project), &person, (&kind, &facts), key)
                    .await
            }
        }
    }

    /// Work that is about a person, or the house, and no project.
    async fn work_for_house(&self, work: Work, key: &str) -> Result<Done, Trouble> {
        match work {
            Work::MailPerson {
                person,
                kind,
                facts,
            } => self.mail(None, &person, (&kind, &facts), key).await,
            Work::SpreadSales {
                report,
                distributor,
                quarter,
            } => {
                let about = (report, distributor, quarter);
                self.blocking(move |shop| sales::spread(shop, about)).await
            }
            _ => Err(Trouble::Never("this job names no project".to_owned())),
        }
    }

    async fn mail(
        &self,
        project: Option<&Project>,
        person: &mastering::PersonId,
        (kind, facts): (&str, &crate::notices::Facts),
        key: &str,
    ) -> Result<Done, Trouble> {
        let telling = mail::Telling {
            project,
            person,
            kind,
            facts,
            key,
        };
        mail::send(self, telling).await
    }

    async fn client_of(&self, project: &Project) -> Result<crate::views::PersonView, Trouble> {
        let client = self.access.person(&project.client).await?;
        client.ok_or_else(|| Trouble::Never("the order's client is not known any more".to_owned()))
    }

    /// Runs blocking work on a thread of its own.
    async fn blocking(
        &self,
        work: impl FnOnce(&Shop) -> Result<Done, Trouble> + Send + 'static,
    ) -> Result<Done, Trouble> {
        let shop = self.clone();
        tokio::task::spawn_blocking(move || work(&shop))
            .await
            .unwrap_or_else(|panic| Err(Trouble::Again(format!("the work broke off: {panic}"))))
    }

    async fn failed(&self, entry: &JobEntry, trouble: Trouble) {
        let now = now_ms();
        let key = entry.job.key.clone();
        let doublings = entry.attempts.saturating_sub(1).min(10);
        let pause = (FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS);
        let rows = match trouble {
            Trouble::Stopping(_) => return,
            Trouble::NoRoom(error) => {
                tracing::warn!(job = %key, error, "no room: the job waits");
                let not_before_ms = now + NO_ROOM_PAUSE_MS;
                again_without_an_attempt(key, error, not_before_ms)
            }
            Trouble::NotYet(error) if entry.attempts == 1 => {
                tracing::warn!(job = %key, error, "the job waits for something outside");
                again_without_an_attempt(key, error, now + NOT_YET_PAUSE_MS)
            }
            Trouble::NotYet(error) | Trouble::Again(error)
                if entry.attempts < entry.job.max_attempts =>
            {
                tracing::warn!(job = %key, attempt = entry.attempts, error, "a job failed and is tried again");
                vec![Write::JobFailed {
                    key,
                    error,
                    retry_at_ms: now + pause,
                }]
            }
            Trouble::GivenUp { error, also } => {
                tracing::warn!(job = %key, error, "a job is given up");
                let mut rows = vec![Write::JobGivenUp { key, error }];
                rows.extend(also);
                rows
            }
            Trouble::NotYet(error) | Trouble::Again(error) | Trouble::Never(error) => {
                tracing::error!(job = %key, attempts = entry.attempts, error, "a job is given up; a person has to look");
                vec![
                    Write::JobGivenUp {
                        key,
                        error: error.clone(),
                    },
                    Write::Notice(NoticeRow {
                        id: random_id(),
                        at_ms: now,
                        audience: STAFF.to_owned(),
                        project: entry.job.project.clone(),
                        kind: "job_failed".to_owned(),
                        text: format!(
                            "Lacquer could not {}: {error}. Nothing was lost.",
                            about(&entry.job.body)
                        ),
                        facts: None,
                        state: NoticeState::New,
                    }),
                ]
            }
        };
        // A job whose failure cannot be written is still marked with this run: the next start queues it again.
        if let Err(denied) = self.desk.keep(rows).await {
            tracing::error!(%denied, "a failed job could not be recorded");
        }
    }
}

/// Given up and asked for again in one stroke: waiting uses up no attempt.
fn again_without_an_attempt(key: String, error: String, not_before_ms: i64) -> Vec<Write> {
    let given_up = Write::JobGivenUp {
        key: key.clone(),
        error,
    };
    vec![given_up, Write::JobAgain { key, not_before_ms }]
}

fn about(body: &str) -> String {
    serde_json::from_str::<Work>(body).map_or_else(|_| "do a job".to_owned(), |work| work.about())
}
