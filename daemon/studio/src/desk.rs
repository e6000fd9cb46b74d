//! The desk: one loop that takes the next thing, decides, writes events, state and follow-up work
//! in one transaction, and only then updates memory, answers and acts.

mod money;

use std::sync::Arc;
use std::time::Duration;

use mastering::money::{MoneyCommand, PriceList};
use mastering::{
    Actor, Arriving, Command, EVENT_SCHEMA, Event, NewOrder, OrderNumber, PersonId, Project,
    ProjectId, Refusal, Stage, apply, decide_knowing,
};
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use vault::{
    AnswerRow, CommitError, EventOrigin, EventRow, JobFilter, JobState, ListedRow, Page,
    PeopleWrite, ProjectFilter, ProjectRow, Vault, VaultError, Write,
};

use crate::access::{Origin, parse_id};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::follow::{FollowUp, follow};
use crate::live::{Live, LiveProject};
use crate::standing::standing;
use crate::work::{Lane, Work};

pub use self::money::MoneyDone;
pub(crate) use self::money::{MoneyAsk, Recipient, money_about, read_account};

/// How many asks may wait at the desk before askers wait.
const DESK_QUEUE: usize = 256;
/// How many changes a slow listener may miss before it has to look afresh.
const CHANGES_KEPT: usize = 1024;

/// The journal's code of what changes nothing that anybody decides.
const LISTENED: &str = "listened";
/// How often the calendar is looked at: its dates are days.
const TICK: Duration = Duration::from_secs(30);

/// A project has moved on.
#[derive(Debug, Clone)]
pub struct Change {
    /// The project.
    pub project: ProjectId,
    /// Its order's number.
    pub number: OrderNumber,
    /// Whose order it is.
    pub client: PersonId,
    /// The journal's last number.
    pub seq: u64,
}

/// A command with all that the desk needs to decide it.
#[derive(Debug)]
pub(crate) struct Give {
    pub(crate) project: ProjectId,
    pub(crate) by: Actor,
    pub(crate) command: Command,
    /// The journal's number that the command was decided on.
    pub(crate) seq: Option<u64>,
    /// The asker's own key: the same key is answered once.
    pub(crate) key: Option<String>,
    /// Where it came from; none for what Lacquer does by itself.
    pub(crate) from: Option<Origin>,
    /// Rows that belong to the command, written with it.
    pub(crate) also: Vec<Write>,
}

/// What a finished job means.
#[derive(Debug)]
pub(crate) struct Finish {
    pub(crate) key: String,
    pub(crate) project: Option<ProjectId>,
    pub(crate) commands: Vec<Command>,
    pub(crate) also: Vec<Write>,
}

enum Next {
    Give(Box<Give>, oneshot::Sender<Result<u64, Denied>>),
    Open(Box<OpenAsk>, oneshot::Sender<Result<LiveProject, Denied>>),
    Finish(Box<Finish>, oneshot::Sender<Result<(), Denied>>),
    Money(Box<MoneyAsk>, oneshot::Sender<Result<MoneyDone, Denied>>),
    Keep(Vec<Write>, oneshot::Sender<Result<Kept, Denied>>),
    Look(
        ProjectId,
        oneshot::Sender<Result<Option<LiveProject>, Denied>>,
    ),
    AtWork(oneshot::Sender<Vec<LiveProject>>),
    Ping(oneshot::Sender<()>),
    /// Time has passed: what the calendar brings about is due.
    Tick,
}

/// A new order without its number, which the desk gives.
#[derive(Debug)]
pub(crate) struct OpenAsk {
    pub(crate) by: Actor,
    pub(crate) order: NewOrder,
    /// Where it came from; none for what Lacquer does by itself.
    pub(crate) from: Option<Origin>,
    /// The asker's own key: the same key opens one order.
    pub(crate) key: Option<String>,
    /// The service's price list: its name, version and prices.
    pub(crate) price: Option<(String, u32, Box<PriceList>)>,
}

/// What became of rows that change no project.
#[derive(Debug)]
pub(crate) enum Kept {
    /// They are written.
    Now,
    /// The same was asked before; what was answered then.
    Before(String),
}

/// The way to the desk.
#[derive(Clone)]
pub(crate) struct Desk {
    next: mpsc::Sender<Next>,
    changes: broadcast::Sender<Change>,
    work: Arc<Notify>,
    vault: Vault,
}

impl Desk {
    /// Starts the desk with the projects that were brought to life; others come when asked for.
    pub(crate) fn start(vault: Vault, live: Live, follow_up: FollowUp) -> Self {
        let (next, queue) = mpsc::channel(DESK_QUEUE);
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let work = Arc::new(Notify::new());
        let task = DeskTask {
            vault: vault.clone(),
            live,
            follow_up,
            changes: changes.clone(),
            work: work.clone(),
            money_seen: 0,
        };
        tokio::spawn(task.run(queue));
        tokio::spawn(tick(next.downgrade()));
        Self {
            next,
            changes,
            work,
            vault,
        }
    }

    /// Rings when there may be new work.
    pub(crate) fn work(&self) -> Arc<Notify> {
        self.work.clone()
    }

    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<T>) -> Next) -> Result<T, Denied> {
        let gone = || Denied::Fault("Lacquer is stopping; nothing was changed".to_owned());
        let (answer, wait) = oneshot::channel();
        self.next.send(make(answer)).await.map_err(|_| gone())?;
        wait.await.map_err(|_| gone())
    }

    pub(crate) async fn give(&self, give: Give) -> Result<u64, Denied> {
        self.ask(|answer| Next::Give(Box::new(give), answer))
            .await?
    }

    pub(crate) async fn open(&self, ask: OpenAsk) -> Result<LiveProject, Denied> {
        self.ask(|answer| Next::Open(Box::new(ask), answer)).await?
    }

    pub(crate) async fn finish(&self, finish: Finish) -> Result<(), Denied> {
        self.ask(|answer| Next::Finish(Box::new(finish), answer))
            .await?
    }

    /// Gives a command to a client's account.
    pub(crate) async fn money(&self, ask: MoneyAsk) -> Result<MoneyDone, Denied> {
        self.ask(|answer| Next::Money(Box::new(ask), answer))
            .await?
    }

    /// Writes rows that change no project.
    pub(crate) async fn keep(&self, rows: Vec<Write>) -> Result<(), Denied> {
        self.ask(|answer| Next::Keep(rows, answer)).await?.map(drop)
    }

    /// Writes rows that change no project, once for each key; `answer` is what the key is answered.
    pub(crate) async fn keep_once(
        &self,
        key: String,
        answer: String,
        mut rows: Vec<Write>,
    ) -> Result<Kept, Denied> {
        // First, so that a repetition is known as one before anything else refuses it.
        rows.insert(0, answer_row(key, now_ms(), answer));
        self.ask(|answer| Next::Keep(rows, answer)).await?
    }

    pub(crate) async fn look(&self, project: ProjectId) -> Result<Option<LiveProject>, Denied> {
        self.ask(|answer| Next::Look(project, answer)).await?
    }

    pub(crate) async fn find(&self, number: OrderNumber) -> Result<Option<LiveProject>, Denied> {
        let number = number.to_string();
        let found = read(&self.vault, move |vault| vault.project_by_number(&number)).await?;
        match found {
            Some(row) => self.look(parse_id(&row.id)?).await,
            None => Ok(None),
        }
    }

    /// Every project that is not in the archive, newest order first.
    pub(crate) async fn at_work(&self) -> Result<Vec<LiveProject>, Denied> {
        self.ask(Next::AtWork).await
    }

    /// Waits until the desk has taken everything that was asked before.
    pub(crate) async fn ping(&self) -> Result<(), Denied> {
        self.ask(Next::Ping).await
    }
}

/// Tells the desk that time has passed, for as long as somebody may still ask it.
async fn tick(next: mpsc::WeakSender<Next>) {
    let mut every = tokio::time::interval(TICK);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let Some(next) = next.upgrade() else { return };
        if next.send(Next::Tick).await.is_err() {
            return;
        }
    }
}

/// Every project that matches, newest order first.
pub(crate) fn all_listed(
    vault: &Vault,
    filter: &ProjectFilter,
) -> Result<Vec<ListedRow>, VaultError> {
    let mut rows = Vec::new();
    let mut page = Page::first(Page::MAX_ROWS);
    loop {
        let listed = vault.listed_projects(filter, page)?;
        rows.extend(listed.rows);
        if listed.next.is_none() {
            return Ok(rows);
        }
        page.before = listed.next;
    }
}

/// Runs a blocking read of the vault.
async fn read<T: Send + 'static>(
    vault: &Vault,
    read: impl FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
) -> Result<T, Denied> {
    let vault = vault.clone();
    let broken = "the studio's database could not be read";
    tokio::task::spawn_blocking(move || read(&vault))
        .await
        .map_err(|e| Denied::fault(broken, &e))?
        .map_err(|e| Denied::fault(broken, &e))
}

struct DeskTask {
    vault: Vault,
    live: Live,
    follow_up: FollowUp,
    changes: broadcast::Sender<Change>,
    work: Arc<Notify>,
    /// Until when the accounts were looked at for what falls due.
    money_seen: i64,
}

impl DeskTask {
    async fn run(mut self, mut queue: mpsc::Receiver<Next>) {
        while let Some(next) = queue.recv().await {
            // An asker that has gone away changes nothing about what was decided.
            match next {
                Next::Give(give, answer) => drop(answer.send(self.give(*give).await)),
                Next::Open(ask, answer) => drop(answer.send(self.open(*ask).await)),
                Next::Finish(finish, answer) => drop(answer.send(self.finish(*finish).await)),
                Next::Money(ask, answer) => drop(answer.send(self.money(*ask).await)),
                Next::Keep(rows, answer) => {
                    let kept = match self.vault.commit(rows).await {
                        Ok(_) => Ok(Kept::Now),
                        Err(CommitError::Answered(before)) => Ok(Kept::Before(before.body)),
                        Err(error) => Err(self.broken(&error)),
                    };
                    self.work.notify_waiters();
                    drop(answer.send(kept));
                }
                Next::Tick => self.keep_time().await,
                Next::Look(id, answer) => drop(answer.send(self.live(&id).await)),
                Next::AtWork(answer) => drop(answer.send(self.live.at_work().cloned().collect())),
                Next::Ping(answer) => drop(answer.send(())),
            }
        }
    }

    /// Lets the calendar do what is due: warnings, windows that close, silence.
    async fn keep_time(&mut self) {
        let now = now_ms();
        if let Err(error) = self.keep_money_time(now).await {
            tracing::error!(%error, "what falls due in the accounts could not be written; it is tried again");
        }
        let due: Vec<ProjectId> = self
            .live
            .at_work()
            .filter(|live| live.project.has_time_come(now))
            .map(|live| live.project.id.clone())
            .collect();
        for project in due {
            let give = Give {
                project: project.clone(),
                by: Actor::House,
                command: Command::KeepTime,
                seq: None,
                key: None,
                from: None,
                also: Vec::new(),
            };
            if let Err(error) = self.give(give).await {
                tracing::error!(%project, %error, "what the calendar brings about could not be written; it is tried again");
            }
        }
    }

    /// The project, brought to life from its journal where it is not held.
    async fn live(&mut self, id: &ProjectId) -> Result<Option<LiveProject>, Denied> {
        if let Some(live) = self.live.get(id) {
            return Ok(Some(live));
        }
        let of = id.to_string();
        let events = read(&self.vault, move |vault| vault.events(&of, 0)).await?;
        if events.is_empty() {
            return Ok(None);
        }
        let live = Live::read(&events).map_err(|error| {
            let refused = "this project's journal cannot be read; every byte of it is kept";
            Denied::fault(refused, &error)
        })?;
        self.live.put(live.clone());
        Ok(Some(live))
    }

    /// The number the next order gets.
    async fn next_number(&self) -> Result<OrderNumber, Denied> {
        let last = read(&self.vault, Vault::last_number).await?;
        last.map_or(Ok(OrderNumber::FIRST), |last| {
            let last: OrderNumber = last
                .parse()
                .map_err(|e| Denied::fault("the last order's number cannot be read", &e))?;
            Ok(last.next())
        })
    }

    async fn open(&mut self, ask: OpenAsk) -> Result<LiveProject, Denied> {
        let key = ask.key.map(|key| format!("order {key}"));
        if let Some(body) = self.answered(key.as_deref()).await? {
            let row = read(&self.vault, move |vault| vault.project_by_number(&body)).await?;
            let row = row.ok_or(Denied::NotFound)?;
            return self
                .live(&parse_id(&row.id)?)
                .await?
                .ok_or(Denied::NotFound);
        }
        let mut order = ask.order;
        order.number = self.next_number().await?;
        let now = now_ms();
        let row = ProjectRow {
            id: order.id.to_string(),
            number: order.number.to_string(),
            client: order.client.to_string(),
            title: order.title.clone(),
            created_ms: now,
        };
        let opened = order.open(&ask.by, now)?;
        let mut project = mastering::replay([&opened]).expect("an opening opens");
        let number = row.number.clone();
        let mut rows = vec![
            Write::Project(row),
            Write::Event(event_row(&project, 1, now, &ask.by, &opened)),
            standing(&project),
        ];
        let mut seq = 1;
        if let Some((service, version, list)) = ask.price {
            let command = MoneyCommand::PriceOrder {
                project: project.id.clone(),
                order: project.number,
                service,
                version,
                list,
            };
            let (held, booked) = self.priced(&project, command, now).await?;
            rows.extend(booked);
            if let Some(held) = held {
                seq += 1;
                apply(&mut project, &held);
                rows.push(Write::Event(event_row(
                    &project,
                    seq,
                    now,
                    &Actor::House,
                    &held,
                )));
            }
        }
        rows.extend(key.map(|key| answer_row(key, now, number)));
        let live = LiveProject {
            seq,
            project: Arc::new(project),
        };
        rows.extend(origins(0, &live, &ask.by, ask.from));
        self.vault.commit(rows).await.map_err(|e| self.broken(&e))?;
        self.put(live.clone());
        Ok(live)
    }

    async fn give(&mut self, give: Give) -> Result<u64, Denied> {
        let live = self.live(&give.project).await?.ok_or(Denied::NotFound)?;
        if self.has_moved_on(&live, give.seq).await? {
            // A repeated command is older than its own effect; its answer is known.
            return match self.answered_seq(give.key.as_deref()).await? {
                Some(seq) => Ok(seq),
                None => Err(Denied::Stale { seq_now: live.seq }),
            };
        }
        let now = now_ms();
        let arriving = self.arriving(&live.project, "").await?;
        let decided = decide_knowing(&live.project, Some(give.command), &give.by, arriving, now);
        let events = match decided {
            Ok(events) => events,
            Err(refusal) => {
                return match self.answered_seq(give.key.as_deref()).await? {
                    Some(seq) => Ok(seq),
                    None => Err(refusal.into()),
                };
            }
        };
        let (after, mut rows) = self.told(&live, &events, &give.by, now);
        if arriving == Arriving::Nothing {
            rows.extend(Work::comparison(&after.project));
        }
        rows.extend(origins(live.seq, &after, &give.by, give.from));
        rows.extend(give.also);
        if let Some(key) = give.key {
            rows.push(answer_row(key, now, after.seq.to_string()));
        }
        match self.vault.commit(rows).await {
            Ok(_) => {
                let seq = after.seq;
                if events.iter().all(|event| event.code() == LISTENED) {
                    // No page is drawn anew because somebody listens to it.
                    self.live.put(after);
                } else {
                    self.put(after);
                }
                Ok(seq)
            }
            Err(CommitError::Answered(answer)) => Ok(answer.body.parse().unwrap_or(live.seq)),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// Whether something that matters to a decision happened after `seq`: listening does not.
    async fn has_moved_on(&self, live: &LiveProject, seq: Option<u64>) -> Result<bool, Denied> {
        let Some(seq) = seq.filter(|seq| *seq != live.seq) else {
            return Ok(false);
        };
        if seq > live.seq {
            return Ok(true);
        }
        let id = live.project.id.to_string();
        let since = read(&self.vault, move |vault| vault.events(&id, seq)).await?;
        Ok(since.iter().any(|row| row.kind != LISTENED))
    }

    /// Whether files of this project are on the list of work, besides the one that `key` names.
    async fn arriving(&self, project: &Project, key: &str) -> Result<Arriving, Denied> {
        if project.stage != Stage::Intake {
            return Ok(Arriving::Nothing);
        }
        let (id, own) = (project.id.to_string(), key.to_owned());
        read(&self.vault, move |vault| {
            for kind in Lane::Intake.kinds() {
                for state in [JobState::Queued, JobState::Running] {
                    let filter = JobFilter {
                        state: Some(state),
                        kind: Some((*kind).to_owned()),
                        project: Some(id.clone()),
                        key: None,
                    };
                    let jobs = vault.jobs(&filter)?;
                    if jobs.iter().any(|entry| entry.job.key != own) {
                        return Ok(Arriving::More);
                    }
                }
            }
            Ok(Arriving::Nothing)
        })
        .await
    }

    /// The journal's number that a command with this key was answered with, if it was.
    async fn answered_seq(&self, key: Option<&str>) -> Result<Option<u64>, Denied> {
        let body = self.answered(key).await?;
        Ok(body.and_then(|body| body.parse().ok()))
    }

    /// What was answered to this key before, if anything was.
    async fn answered(&self, key: Option<&str>) -> Result<Option<String>, Denied> {
        let Some(key) = key.map(str::to_owned) else {
            return Ok(None);
        };
        let found = read(&self.vault, move |vault| vault.answer(&key)).await?;
        Ok(found.map(|row| row.body))
    }

    /// Records a finished job together with what it means for its project.
    async fn finish(&mut self, finish: Finish) -> Result<(), Denied> {
        let now = now_ms();
        let mut rows = finish.also;
        let mut after = None;
        if let Some(id) = &finish.project {
            let mut live = self.live(id).await?.ok_or(Denied::NotFound)?;
            let arriving = if rows.iter().any(is_intake_work) {
                Arriving::More
            } else {
                self.arriving(&live.project, &finish.key).await?
            };
            // After the results, what follows by rule alone: the last file may be no mix.
            let results = finish.commands.into_iter().map(Some);
            for command in results.chain([None]) {
                let decided = decide_knowing(&live.project, command, &Actor::House, arriving, now);
                let events = match decided {
                    Ok(events) if events.is_empty() => continue,
                    Ok(events) => events,
                    // The same result again: the job ran twice, its first result stands.
                    Err(Refusal::Already) => continue,
                    Err(refusal) => return Err(refusal.into()),
                };
                let (next, told) = self.told(&live, &events, &Actor::House, now);
                rows.extend(told);
                live = next;
                after = Some(live.clone());
            }
            // A set is compared when all that came is checked, not after every file of an album.
            if arriving == Arriving::Nothing {
                rows.extend(Work::comparison(&live.project));
            }
        }
        rows.push(Write::JobDone { key: finish.key });
        self.vault.commit(rows).await.map_err(|e| self.broken(&e))?;
        if let Some(after) = after {
            self.put(after);
        }
        self.work.notify_waiters();
        Ok(())
    }

    /// The project after `events`, and the rows that tell and follow them up.
    fn told(
        &self,
        live: &LiveProject,
        events: &[Event],
        by: &Actor,
        now: i64,
    ) -> (LiveProject, Vec<Write>) {
        let mut project = Project::clone(&live.project);
        let mut seq = live.seq;
        let mut rows = Vec::new();
        for event in events {
            apply(&mut project, event);
            seq += 1;
            rows.push(Write::Event(event_row(&project, seq, now, by, event)));
            rows.extend(follow(&self.follow_up, &project, event, by, now));
        }
        rows.push(standing(&project));
        (
            LiveProject {
                seq,
                project: Arc::new(project),
            },
            rows,
        )
    }

    fn put(&mut self, live: LiveProject) {
        let change = Change {
            project: live.project.id.clone(),
            number: live.project.number,
            client: live.project.client.clone(),
            seq: live.seq,
        };
        self.live.put(live);
        // Nobody listening is no fault.
        let _ = self.changes.send(change);
        self.work.notify_waiters();
    }

    fn broken(&self, error: &CommitError) -> Denied {
        match error {
            CommitError::NameTaken { what, name } => {
                Denied::Invalid(format!("the {what} \u{201c}{name}\u{201d} is taken"))
            }
            CommitError::Fault(cause) if cause.is_no_room() => Denied::NoRoom(
                "the studio's disk is full; nothing was changed, try again when there is room"
                    .to_owned(),
            ),
            CommitError::Conflict { .. }
            | CommitError::Answered(_)
            | CommitError::Stale { .. }
            | CommitError::Fault(_) => {
                Denied::fault("the studio's database did not take it", error)
            }
        }
    }
}

/// Where the events of a person's command came from.
fn origins(seq_before: u64, after: &LiveProject, by: &Actor, from: Option<Origin>) -> Vec<Write> {
    let person = match by {
        Actor::Staff { person } | Actor::Client { person, .. } => person,
        Actor::House => return Vec::new(),
    };
    let Some(origin) = from else {
        return Vec::new();
    };
    (seq_before + 1..=after.seq)
        .map(|seq| {
            Write::People(PeopleWrite::EventOrigin(EventOrigin {
                project: after.project.id.to_string(),
                seq,
                person: person.to_string(),
                address: origin.to_string(),
            }))
        })
        .collect()
}

fn answer_row(key: String, at_ms: i64, body: String) -> Write {
    Write::Answer(AnswerRow { key, at_ms, body })
}

/// Whether a row puts a file on the list that is still to be checked.
fn is_intake_work(row: &Write) -> bool {
    matches!(row, Write::Job(job) if Lane::Intake.kinds().contains(&job.kind.as_str()))
}

fn event_row(project: &Project, seq: u64, at_ms: i64, by: &Actor, event: &Event) -> EventRow {
    EventRow {
        project: project.id.to_string(),
        seq,
        at_ms,
        actor: actor_code(by),
        kind: event.code().to_owned(),
        schema: EVENT_SCHEMA,
        body: event.write(),
    }
}

/// How the journal names an actor: `staff:<id>`, `client:<id>` or `house`.
pub(crate) fn actor_code(by: &Actor) -> String {
    match by {
        Actor::Staff { person } => format!("staff:{person}"),
        // The account is the project's client; what the journal names is the very person.
        Actor::Client { person, .. } => format!("client:{person}"),
        Actor::House => "house".to_owned(),
    }
}
