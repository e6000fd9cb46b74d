//! The one thread that writes the database.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{JoinHandle, Thread};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use crate::apply::{self, Own, Stop, TURNS};
use crate::error::{CommitError, Committed, VaultError};
use crate::rows::{JobEntry, Write};

/// Batches that may wait; beyond this `commit` waits for a place.
const MAX_WAITING: usize = 1024;

/// Batches that share one sync of the disk at most.
const MAX_SHARED: usize = 64;

/// What the writing thread is asked to do.
enum Task {
    Batch(Vec<Write>, oneshot::Sender<Result<Committed, CommitError>>),
    Own(Vec<Own>, oneshot::Sender<Result<Committed, CommitError>>),
    NextJob(
        NextJob,
        oneshot::Sender<Result<Option<JobEntry>, CommitError>>,
    ),
    Ping(oneshot::Sender<Result<(), CommitError>>),
}

struct NextJob {
    /// JSON list of kinds.
    kinds: String,
    now_ms: i64,
    run: String,
}

/// What everybody may know of the writing thread.
#[derive(Default)]
struct Health {
    committed: AtomicU64,
    /// Why nothing is written any more.
    stopped: OnceLock<String>,
    gone: AtomicBool,
}

/// The handle to the writing thread; dropping it waits until what was taken on is written.
pub(crate) struct Writer {
    tasks: Option<mpsc::Sender<Task>>,
    thread: Option<JoinHandle<()>>,
    health: Arc<Health>,
}

impl Writer {
    /// Starts the thread on its connection.
    pub(crate) fn start(db: Connection) -> Result<Self, VaultError> {
        db.execute_batch(TURNS)
            .map_err(VaultError::database("set up"))?;
        let (tasks, waiting) = mpsc::channel(MAX_WAITING);
        let health = Arc::new(Health::default());
        let press = Press {
            db,
            health: Arc::clone(&health),
        };
        let thread = std::thread::Builder::new()
            .name("vault-writer".into())
            .spawn(move || press.run(waiting))
            .map_err(VaultError::file(
                "start the thread for",
                "studio.db".as_ref(),
            ))?;
        Ok(Self {
            tasks: Some(tasks),
            thread: Some(thread),
            health,
        })
    }

    pub(crate) async fn commit(&self, batch: Vec<Write>) -> Result<Committed, CommitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Task::Batch(batch, reply)).await?;
        answer.await.map_err(|_| self.stopped())?
    }

    /// Commits the vault's own bookkeeping.
    pub(crate) async fn commit_own(&self, batch: Vec<Own>) -> Result<Committed, CommitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Task::Own(batch, reply)).await?;
        answer.await.map_err(|_| self.stopped())?
    }

    pub(crate) fn own_blocking(&self, batch: Vec<Own>) -> Result<(), VaultError> {
        wait_for(self.commit_own(batch))
            .map(|_| ())
            .map_err(into_fault)
    }

    pub(crate) async fn next_job(
        &self,
        kinds: &[&str],
        now_ms: i64,
        run: &str,
    ) -> Result<Option<JobEntry>, CommitError> {
        let (reply, answer) = oneshot::channel();
        let asked = NextJob::new(kinds, now_ms, run);
        self.send(Task::NextJob(asked, reply)).await?;
        answer.await.map_err(|_| self.stopped())?
    }

    pub(crate) async fn ping(&self) -> Result<(), CommitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Task::Ping(reply)).await?;
        answer.await.map_err(|_| self.stopped())?
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.health.stopped.get().is_none() && !self.health.gone.load(Ordering::Acquire)
    }

    fn tasks(&self) -> &mpsc::Sender<Task> {
        self.tasks.as_ref().expect("only drop takes the sender")
    }

    async fn send(&self, task: Task) -> Result<(), CommitError> {
        self.tasks().send(task).await.map_err(|_| self.stopped())
    }

    fn stopped(&self) -> CommitError {
        self.health.why_stopped().into()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already, and `gone` is set.
            let _ = thread.join();
        }
    }
}

/// Waits for an answer of the writing thread on a thread that may block.
///
/// Not tokio's own blocking calls: those panic inside a runtime, where a command line tool or a
/// start-up that blocks for a moment is no fault.
pub(crate) fn wait_for<F: Future>(answer: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    // Unconstrained, or a task that used up its share of polls would wait here for ever.
    let mut answer = pin!(tokio::task::unconstrained(answer));
    loop {
        match answer.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

impl NextJob {
    fn new(kinds: &[&str], now_ms: i64, run: &str) -> Self {
        Self {
            kinds: serde_json::Value::from(kinds).to_string(),
            now_ms,
            run: run.to_owned(),
        }
    }
}

impl Health {
    fn why_stopped(&self) -> VaultError {
        let reason = self.stopped.get().cloned();
        VaultError::WriterStopped {
            reason: reason.unwrap_or_else(|| "its thread has ended".to_owned()),
        }
    }
}

/// Unwraps what the writing thread said about the vault's own writes.
fn into_fault(error: CommitError) -> VaultError {
    match error {
        CommitError::Fault(fault) => match Arc::try_unwrap(fault) {
            Ok(fault) => fault,
            Err(shared) => VaultError::Shared(shared),
        },
        refused => VaultError::Refused(Box::new(refused)),
    }
}

/// The answer to one task, kept back until its commit is on the disk.
enum Kept {
    Batch(
        oneshot::Sender<Result<Committed, CommitError>>,
        Result<(), CommitError>,
    ),
    Job(
        oneshot::Sender<Result<Option<JobEntry>, CommitError>>,
        Result<Option<JobEntry>, CommitError>,
    ),
    Ping(oneshot::Sender<Result<(), CommitError>>),
}

impl Kept {
    fn has_written(&self) -> bool {
        match self {
            Self::Batch(_, outcome) => outcome.is_ok(),
            Self::Job(_, outcome) => matches!(outcome, Ok(Some(_))),
            Self::Ping(_) => false,
        }
    }

    fn fail(&mut self, fault: &Arc<VaultError>) {
        let fault = || CommitError::Fault(Arc::clone(fault));
        match self {
            Self::Batch(_, outcome) if outcome.is_ok() => *outcome = Err(fault()),
            Self::Job(_, outcome) if outcome.is_ok() => *outcome = Err(fault()),
            Self::Batch(..) | Self::Job(..) | Self::Ping(_) => (),
        }
    }

    /// Whoever asked may have gone away meanwhile; the commit stands all the same.
    fn answer(self, at: u64) {
        match self {
            Self::Batch(reply, outcome) => {
                let _ = reply.send(outcome.map(|()| Committed { at }));
            }
            Self::Job(reply, outcome) => {
                let _ = reply.send(outcome);
            }
            Self::Ping(reply) => {
                let _ = reply.send(Ok(()));
            }
        }
    }
}

struct Press {
    db: Connection,
    health: Arc<Health>,
}

impl Drop for Press {
    fn drop(&mut self) {
        self.health.gone.store(true, Ordering::Release);
    }
}

impl Press {
    fn run(self, mut waiting: mpsc::Receiver<Task>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut shared = vec![first];
            while shared.len() < MAX_SHARED
                && let Ok(more) = waiting.try_recv()
            {
                shared.push(more);
            }
            self.write(shared);
        }
    }

    /// Writes several tasks with one sync of the disk, each in its own savepoint.
    fn write(&self, tasks: Vec<Task>) {
        if self.health.stopped.get().is_some() {
            return self.refuse(tasks);
        }
        if let Err(error) = self.db.execute_batch("BEGIN IMMEDIATE") {
            self.note(&error);
            let fault = Arc::new(VaultError::database("write to")(error));
            return refuse_with(tasks, || CommitError::Fault(Arc::clone(&fault)));
        }
        let mut kept: Vec<Kept> = Vec::with_capacity(tasks.len());
        let mut tasks = tasks.into_iter();
        for task in tasks.by_ref() {
            kept.push(self.press(task));
            // A full disk or a disk error ends the whole transaction, not only the savepoint.
            if self.db.is_autocommit() {
                break;
            }
        }
        let lost: Vec<Task> = tasks.collect();
        let end = self.end(&kept);
        if let Err(fault) = &end {
            kept.iter_mut().for_each(|one| one.fail(fault));
            refuse_with(lost, || CommitError::Fault(Arc::clone(fault)));
        }
        for one in kept {
            let at = if one.has_written() {
                self.health.committed.fetch_add(1, Ordering::AcqRel) + 1
            } else {
                0
            };
            one.answer(at);
        }
    }

    /// Ends the shared transaction: only after this may anybody be told that it is written.
    fn end(&self, kept: &[Kept]) -> Result<(), Arc<VaultError>> {
        if self.db.is_autocommit() {
            return Err(Arc::new(VaultError::RolledBack));
        }
        let has_stopped = self.health.stopped.get().is_some();
        let words = if !has_stopped && kept.iter().any(Kept::has_written) {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        let Err(error) = self.db.execute_batch(words) else {
            return if has_stopped {
                Err(Arc::new(self.health.why_stopped()))
            } else {
                Ok(())
            };
        };
        self.note(&error);
        if !self.db.is_autocommit()
            && let Err(second) = self.db.execute_batch("ROLLBACK")
        {
            self.stop(format!(
                "a failed commit could not be taken back ({second})"
            ));
        }
        Err(Arc::new(VaultError::database("commit to")(error)))
    }

    fn press(&self, task: Task) -> Kept {
        match task {
            Task::Batch(batch, reply) => {
                let outcome =
                    self.saved(|db| batch.iter().try_for_each(|write| apply::apply(db, write)));
                Kept::Batch(reply, outcome)
            }
            Task::Own(batch, reply) => {
                let outcome =
                    self.saved(|db| batch.iter().try_for_each(|own| apply::apply_own(db, own)));
                Kept::Batch(reply, outcome)
            }
            Task::NextJob(asked, reply) => {
                let outcome = self
                    .saved(|db| apply::take_next_job(db, &asked.kinds, asked.now_ms, &asked.run));
                Kept::Job(reply, outcome)
            }
            Task::Ping(reply) => Kept::Ping(reply),
        }
    }

    /// Runs one task in a savepoint, so that its refusal takes back only its own writes.
    fn saved<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Stop>,
    ) -> Result<T, CommitError> {
        let outcome = self
            .db
            .execute_batch("SAVEPOINT batch")
            .map_err(Stop::Database)
            .and_then(|()| work(&self.db));
        let stop = match outcome {
            Ok(value) => match self.db.execute_batch("RELEASE batch") {
                Ok(()) => return Ok(value),
                Err(error) => Stop::Database(error),
            },
            Err(stop) => stop,
        };
        if let Stop::Database(error) = &stop {
            self.note(error);
        }
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK TO batch; RELEASE batch")
        {
            self.stop(format!("a refused batch could not be taken back ({error})"));
            // Nothing of this transaction may reach the disk; if this fails too, the end of the
            // connection rolls it back.
            let _ = self.db.execute_batch("ROLLBACK");
        }
        Err(stop.into_commit_error())
    }

    /// Stops the writer for good after an error that may have cost what was acknowledged.
    ///
    /// A full disk, a constraint or a value out of range cost nothing: the batch is taken back.
    fn note(&self, error: &rusqlite::Error) {
        let disk = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::OutOfMemory
            )
        );
        if disk {
            self.stop(format!("the disk or the database failed ({error})"));
        }
    }

    fn stop(&self, reason: String) {
        if self.health.stopped.set(reason).is_ok() {
            let reason = self.health.stopped.get();
            tracing::error!(
                reason,
                "the database writer has stopped; everything acknowledged so far is safe"
            );
        }
    }

    fn refuse(&self, tasks: Vec<Task>) {
        refuse_with(tasks, || self.health.why_stopped().into());
    }
}

fn refuse_with(tasks: Vec<Task>, error: impl Fn() -> CommitError) {
    for task in tasks {
        // Whoever asked may have gone away; there is nobody else to tell.
        match task {
            Task::Batch(_, reply) | Task::Own(_, reply) => {
                let _ = reply.send(Err(error()));
            }
            Task::NextJob(_, reply) => {
                let _ = reply.send(Err(error()));
            }
            Task::Ping(reply) => {
                let _ = reply.send(Err(error()));
            }
        }
    }
}
