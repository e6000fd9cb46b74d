//! The room where prints are made: takes the next one that can run, says why the others wait, asks persons.

use std::sync::Arc;
use std::time::Duration;

use mastering::{Actor, Command, Project, ProjectId};
use tokio::sync::watch;
use vault::{NoticeRow, NoticeState, PrintRow, PrintState, PrintWrite, Write};

use super::body::{PrintBody, PrintKind, Question, Said};
use super::early::Early;
use super::now::Now;
use super::run::Run;
use super::server;
use super::standing::{PRINTING, QueueRules, Wanted};
use super::wanted::{Way, Wish, wanted};
use super::words;
use crate::clock::{now_ms, random_id};
use crate::denied::{Denied, chain};
use crate::desk::Give;
use crate::follow::STAFF;
use crate::jobs::Shop;

/// The queue is looked at this often, for what comes back by itself.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A print that waits for the audio server tries again after this.
const SERVER_PAUSE_MS: i64 = 3_000;
/// A print that could run.
pub(super) struct Ready {
    pub(super) row: PrintRow,
    pub(super) body: PrintBody,
    kind: PrintKind,
    project: Arc<Project>,
    pub(super) wanted: Wanted,
}

impl Ready {
    /// What it is called in the line for units.
    pub(super) fn who(&self) -> String {
        let number = self.project.number;
        format!("{PRINTING}{number}, revision {}", self.row.asked.revision)
    }
}

/// What became of a print that was tried.
type Made = Result<(Option<Command>, Vec<Write>, String), Early>;

/// The room itself: one print at a time.
pub(crate) struct PrintRoom {
    pub(crate) shop: Shop,
    pub(crate) stop: watch::Receiver<bool>,
}

impl PrintRoom {
    pub(crate) async fn run(mut self) {
        self.take_up_interrupted().await;
        let bell = self.shop.printing.bell();
        while !*self.stop.borrow() {
            match self.one_turn().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(denied) => tracing::error!(%denied, "the print queue could not be worked on"),
            }
            tokio::select! {
                () = bell.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = self.stop.changed() => {}
            }
        }
    }

    /// Prints that another run of the daemon left in the middle wait again; their takes are taken in.
    async fn take_up_interrupted(&self) {
        let rows = self.shop.access.read(|vault| vault.prints_waiting()).await;
        let rows = rows.unwrap_or_default();
        for row in rows.into_iter().filter(|r| r.state == PrintState::Running) {
            let no = row.no;
            if let Err(denied) = self.take_up(row).await {
                tracing::error!(print = no, %denied, "a print that was interrupted could not be taken up");
            }
        }
    }

    async fn take_up(&self, row: PrintRow) -> Result<(), Denied> {
        let (body, version) = match self.prepared(row.clone()).await? {
            Way::Ready(ready) => {
                let mut run = self.run_of(*ready, Arc::new(Now::of(row.no)))?;
                tokio::task::spawn_blocking(move || {
                    if let Err(early) = run.adopt_interrupted() {
                        tracing::error!(
                            ?early,
                            "a take of an interrupted print could not be taken in"
                        );
                    }
                    (run.body, run.version)
                })
                .await
                .map_err(|e| Denied::fault("an interrupted print could not be taken up", &e))?
            }
            Way::Asks(_) | Way::Gone(_) => (read(&row)?, row.version),
        };
        let body = PrintBody {
            waits: "It was interrupted by Lacquer\u{2019}s end, and comes again.".to_owned(),
            ..body
        };
        self.put(row.no, version, PrintState::Queued, &body, Vec::new())
            .await
    }

    /// Looks at the queue once; true where something moved.
    async fn one_turn(&mut self) -> Result<bool, Denied> {
        let rows = self
            .shop
            .access
            .read(|vault| vault.prints_waiting())
            .await?;
        if rows.is_empty() || self.held().await?.is_some() {
            return Ok(false);
        }
        let at_the_rack = |row: &PrintRow| matches!(read(row), Ok(body) if matches!(body.question, Some(Question::Set { .. })));
        if rows
            .iter()
            .any(|r| r.state == PrintState::Asks && at_the_rack(r))
        {
            // Somebody turns knobs: nothing is to be sent through them.
            return Ok(false);
        }
        let now = now_ms();
        let mut ready = Vec::new();
        for row in rows {
            let body = read(&row)?;
            // What a sheet lacks may have been noted meanwhile: nobody has to say so.
            let is_lacking = matches!(body.question, Some(Question::Lacks { .. }));
            if row.state != PrintState::Queued && !is_lacking {
                continue;
            }
            if body.retry_at.is_some_and(|at| at > now) {
                continue;
            }
            if let Some(rate_hz) = body.restart_at_hz {
                self.restart_server(&row, body, rate_hz).await?;
                return Ok(true);
            }
            let (no, version) = (row.no, row.version);
            match self.prepared(row).await? {
                Way::Ready(one) => ready.push(*one),
                Way::Asks(question) if body.question.as_ref() == Some(&question) => {}
                Way::Asks(question) => {
                    self.ask(no, version, body, question).await?;
                    return Ok(true);
                }
                Way::Gone(why) => {
                    let body = ended(body, &why);
                    self.put(no, version, PrintState::Stopped, &body, Vec::new())
                        .await?;
                    return Ok(true);
                }
            }
        }
        self.next_of(ready).await
    }

    /// Why no print begins now, where none does.
    async fn held(&self) -> Result<Option<String>, Denied> {
        let rules = self.shop.access.read(QueueRules::read).await?;
        Ok(rules.why_held(&self.shop.config.power_supply))
    }

    async fn prepared(&self, row: PrintRow) -> Result<Way<Ready>, Denied> {
        let id: ProjectId = row
            .asked
            .project
            .parse()
            .map_err(|e: mastering::BadId| Denied::fault("a print names no project", &e))?;
        let Some(live) = self.shop.desk.look(id).await? else {
            return Ok(Way::Gone("the project is not there any more".to_owned()));
        };
        let project = live.project;
        let wish = Wish::of(&row, &project)?;
        let kind = wish.kind;
        let found = self.shop.access.read(move |vault| wanted(vault, &wish));
        Ok(match found.await? {
            Way::Ready(wanted) => Way::Ready(Box::new(Ready {
                body: read(&row)?,
                row,
                kind,
                project,
                wanted: *wanted,
            })),
            Way::Asks(question) => Way::Asks(question),
            Way::Gone(why) => Way::Gone(why),
        })
    }

    /// Waits for the units, then prints.
    pub(super) async fn work_on(&mut self, one: Ready) -> Result<bool, Denied> {
        let Some((one, claim)) = self.with_its_gear(one).await? else {
            return Ok(true);
        };
        let now = Arc::new(Now::of(one.row.no));
        let mut run = self.run_of(one, Arc::clone(&now))?;
        self.shop.printing.begins(Some(Arc::clone(&now)));
        let working = tokio::task::spawn_blocking(move || {
            let made = carry_out(&mut run);
            (run, made)
        });
        let done = self.until_done(working, &now).await;
        self.shop.printing.begins(None);
        drop(claim);
        let (run, made) =
            done.map_err(|e| Denied::fault("a print broke off; its take is kept", &e))?;
        self.finish(run, made).await?;
        Ok(true)
    }

    /// Waits for a print; where the daemon ends, the print is told so.
    async fn until_done(
        &mut self,
        mut working: tokio::task::JoinHandle<(Run, Made)>,
        now: &Now,
    ) -> Result<(Run, Made), tokio::task::JoinError> {
        tokio::select! {
            done = &mut working => return done,
            _ = self.stop.changed() => now.stop(),
        }
        working.await
    }

    pub(super) async fn wait(&self, one: Ready, waits: String, until: i64) -> Result<bool, Denied> {
        let body = PrintBody {
            waits,
            until: Some(until),
            ..one.body
        };
        let (no, version) = (one.row.no, one.row.version);
        self.put(no, version, PrintState::Queued, &body, Vec::new())
            .await?;
        Ok(true)
    }

    fn run_of(&self, one: Ready, now: Arc<Now>) -> Result<Run, Denied> {
        let folder = super::folder(&self.shop.config.data, one.row.no);
        durable::make_folder(&folder)
            .map_err(|e| Denied::fault("the print\u{2019}s folder could not be made", &e))?;
        let track = one.row.asked.track.parse();
        let revision = mastering::RevisionNo::try_from(one.row.asked.revision)
            .map_err(|e| Denied::fault("a print names no revision", &e))?;
        let body = PrintBody {
            waits: String::new(),
            until: None,
            retry_at: None,
            question: None,
            attempts: one.body.attempts + 1,
            ..one.body
        };
        Ok(Run {
            shop: self.shop.clone(),
            project: one.project,
            no: one.row.no,
            kind: one.kind,
            revision,
            track: track
                .map_err(|e: mastering::BadId| Denied::fault("a print names no song", &e))?,
            author: one.row.asked.author,
            version: one.row.version,
            body,
            wanted: one.wanted,
            folder,
            now,
            recalled: Vec::new(),
        })
    }

    /// Writes down what a print came to.
    async fn finish(&self, mut run: Run, made: Made) -> Result<(), Denied> {
        let (no, project) = (run.no, run.project.id.clone());
        let rows = self.pause_begins().await?;
        match made {
            Ok((command, mut also, words)) => {
                run.body.outcome = words;
                also.extend(rows);
                also.push(change(no, run.version, PrintState::Done, &run.body)?);
                let done = match command {
                    None => self.shop.desk.keep(also).await,
                    Some(command) => {
                        let give = Give {
                            project,
                            by: Actor::House,
                            command,
                            seq: None,
                            key: None,
                            from: None,
                            also,
                        };
                        self.shop.desk.give(give).await.map(drop)
                    }
                };
                match done {
                    Ok(()) => super::clear(&run.folder),
                    Err(denied) => {
                        run.body.outcome.clear();
                        let why = format!("the master could not be recorded: {denied}");
                        let question = Question::Trouble { why };
                        self.ask(no, run.version, run.body, question).await?;
                    }
                }
                Ok(())
            }
            Err(early) => self.ended_early(run, early, rows).await,
        }
    }

    async fn ended_early(
        &self,
        mut run: Run,
        early: Early,
        rows: Vec<Write>,
    ) -> Result<(), Denied> {
        let (no, version) = (run.no, run.version);
        match early {
            Early::Ask(question) => self.ask(no, version, run.body, question).await,
            Early::Trouble(why) => {
                let question = Question::Trouble { why };
                self.ask(no, version, run.body, question).await
            }
            Early::Waits(why) => {
                run.body.waits = why;
                run.body.retry_at = Some(now_ms() + SERVER_PAUSE_MS);
                self.put(no, version, PrintState::Queued, &run.body, rows)
                    .await
            }
            Early::NoRoom(why, until) => {
                run.body.waits = why;
                run.body.retry_at = Some(until);
                self.put(no, version, PrintState::Queued, &run.body, rows)
                    .await
            }
            Early::Stopped if *self.stop.borrow() => {
                "It was interrupted by Lacquer\u{2019}s end, and comes again."
                    .clone_into(&mut run.body.waits);
                run.note("Lacquer was ended while it printed; what was recorded is kept.");
                self.put(no, version, PrintState::Queued, &run.body, rows)
                    .await
            }
            Early::Stopped => {
                self.put(no, version, PrintState::Stopped, &run.body, rows)
                    .await
            }
        }
    }

    /// The row that begins the pause behind a print.
    async fn pause_begins(&self) -> Result<Vec<Write>, Denied> {
        let mut rules = self.shop.access.read(QueueRules::read).await?;
        rules.ended = Some(now_ms());
        Ok(vec![rules.row()])
    }

    /// A print waits for a person, who is told.
    pub(super) async fn ask(
        &self,
        no: u64,
        version: u32,
        body: PrintBody,
        question: Question,
    ) -> Result<(), Denied> {
        let text = words::question(&question);
        tracing::info!(print = no, %text, "a print waits for a person");
        let notice = Write::Notice(NoticeRow {
            id: random_id(),
            at_ms: now_ms(),
            audience: STAFF.to_owned(),
            project: None,
            kind: "print_asks".to_owned(),
            text: format!("Print {no} waits for you: {text}"),
            facts: None,
            state: NoticeState::New,
        });
        let body = PrintBody {
            waits: String::new(),
            until: None,
            retry_at: None,
            question: Some(question),
            ..body
        };
        self.put(no, version, PrintState::Asks, &body, vec![notice])
            .await
    }

    /// Restarts the audio server because a person said so, and says what came of it.
    async fn restart_server(
        &self,
        row: &PrintRow,
        body: PrintBody,
        rate_hz: u32,
    ) -> Result<(), Denied> {
        let said = server::restart(&self.shop.config.restart_server, rate_hz).await;
        let mut body = PrintBody {
            restart_at_hz: None,
            ..body
        };
        match said {
            Ok(()) => {
                let text = format!("The audio server was restarted at {rate_hz} Hz.");
                body.said.push(house_said(text));
                self.put(row.no, row.version, PrintState::Queued, &body, Vec::new())
                    .await
            }
            Err(why) => {
                let question = Question::Trouble { why };
                self.ask(row.no, row.version, body, question).await
            }
        }
    }

    pub(super) async fn put(
        &self,
        no: u64,
        version: u32,
        state: PrintState,
        body: &PrintBody,
        mut also: Vec<Write>,
    ) -> Result<(), Denied> {
        also.push(change(no, version, state, body)?);
        self.shop.desk.keep(also).await
    }
}

/// A print on a thread that may block.
fn carry_out(run: &mut Run) -> Made {
    run.keep(Vec::new())?;
    match run.kind {
        PrintKind::Song => {
            let (command, also) = run.song()?;
            let words = "Printed; it is the song\u{2019}s master.".to_owned();
            Ok((Some(command), also, words))
        }
        PrintKind::Reference => {
            let (rows, words) = run.reference()?;
            Ok((None, rows, words))
        }
        PrintKind::Recall => {
            run.recalled = run.reference_kept()?.certificates;
            let (rows, words) = run.recall()?;
            Ok((None, rows, words))
        }
    }
}

fn ended(body: PrintBody, why: &str) -> PrintBody {
    let mut body = PrintBody {
        waits: String::new(),
        until: None,
        question: None,
        ..body
    };
    body.said.push(house_said(why.to_owned()));
    body
}

/// What Lacquer itself says of a print.
pub(super) fn house_said(text: String) -> Said {
    Said {
        at: now_ms(),
        by: "house".to_owned(),
        text,
    }
}

pub(crate) fn read(row: &PrintRow) -> Result<PrintBody, Denied> {
    serde_json::from_str(&row.asked.body)
        .map_err(|e| Denied::fault("a print of the queue could not be read", &e))
}

/// The row that changes a print.
pub(crate) fn change(
    no: u64,
    version: u32,
    state: PrintState,
    body: &PrintBody,
) -> Result<Write, Denied> {
    let body = serde_json::to_string(body)
        .map_err(|e| Denied::Fault(format!("the print could not be kept: {}", chain(&e))))?;
    Ok(Write::Print(PrintWrite::Change {
        no,
        version,
        state,
        body,
    }))
}
