//! The queue: first come, first served, by the moment the material is complete and paid as required.

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Due};
use crate::ids::{OrderNumber, ProjectId, RevisionNo, UnixMs};
use crate::paid::Paid;
use crate::project::{Project, Stage};
use crate::service::Span;
use crate::turns::{Side, Turn};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Which lane an order waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Before the others, where the service offers it.
    Rush,
    /// In turn.
    #[default]
    Usual,
}

/// What the estimate of an order depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum Depends {
    /// Mixes that have not come.
    Mixes {
        /// How many are still missing, where their number was announced.
        missing: Option<u32>,
    },
    /// Mixes that somebody has to decide about.
    Decisions {
        /// How many.
        mixes: u32,
    },
    /// The payment.
    Payment,
    /// A new file in place of a mix.
    Reprint,
    /// An answer to a question.
    Answer,
    /// The client's yes to what a request costs.
    Agreement,
}

/// How near the due date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueLevel {
    /// There is no date.
    Open,
    /// There is time.
    InTime,
    /// It is soon due: seen before it is overdue.
    Soon,
    /// The date has passed.
    Overdue,
}

/// When the next reference of an order is to be expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// How long the studio takes, once its clock runs; none where nothing is promised or awaited.
    pub span: Option<Span>,
    /// When the clock began to run.
    pub started_at: Option<UnixMs>,
    /// When it is due; while the clock stands still, when it would be if it ran on now.
    pub due_at: Option<UnixMs>,
    /// Whether the clock runs.
    pub is_running: bool,
    /// What it depends on.
    pub depends: Vec<Depends>,
    /// How near it is.
    pub level: DueLevel,
}

/// A line of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueLine {
    /// The project.
    pub project: ProjectId,
    /// The order's number.
    pub number: OrderNumber,
    /// The title.
    pub title: String,
    /// The lane.
    pub lane: Lane,
    /// Its place among the orders that the studio can work on, from 1.
    pub place: Option<u32>,
    /// The revision that is awaited.
    pub revision: Option<RevisionNo>,
    /// What is awaited.
    pub turn: Turn,
    /// Who owes it.
    pub owes: Side,
    /// Since when.
    pub since: UnixMs,
    /// When its next reference is to be expected.
    pub estimate: Estimate,
    /// Whether it is due on today's date, by the studio's calendar.
    pub is_due_today: bool,
}

impl Project {
    /// Whether it counts as an order with many songs.
    fn is_heavy(&self) -> bool {
        let announced = self.songs.unwrap_or(0);
        let there = u32::try_from(self.tracks.len()).unwrap_or(u32::MAX);
        let from = self.rules.turnaround.heavy_from_songs;
        from.is_some_and(|from| announced.max(there) >= from)
    }

    /// How long the studio takes for a revision of this order.
    fn span_for(&self, revision: RevisionNo) -> Option<Span> {
        let turnaround = &self.rules.turnaround;
        let is_rushed = self.lane == Lane::Rush && turnaround.rush.is_some();
        if self.sale.is_some() && !(is_rushed && revision == RevisionNo::FIRST) {
            // A sale promises no turnaround; whoever paid for rush has it nevertheless.
            return None;
        }
        if revision != RevisionNo::FIRST {
            return turnaround.revision;
        }
        match self.lane {
            Lane::Rush if turnaround.rush.is_some() => turnaround.rush,
            Lane::Rush | Lane::Usual if self.is_heavy() => turnaround.heavy,
            Lane::Rush | Lane::Usual => turnaround.usual,
        }
    }

    /// The revision whose reference the studio owes, and the moment everything for it was there.
    fn work_awaited(&self) -> Option<(RevisionNo, Option<UnixMs>)> {
        let revision = match self.stage {
            Stage::Mastering { revision } | Stage::Adjusting { revision } => revision,
            Stage::Intake
            | Stage::InReview { .. }
            | Stage::Approved { .. }
            | Stage::Delivered { .. }
            | Stage::Completed { .. }
            | Stage::Archived { .. } => return None,
        };
        let complete_at = self.revisions.get(&revision)?.opened_at;
        let ready_at = match self.paid_to_start() {
            Paid::NotAsked => Some(complete_at),
            Paid::Awaited => None,
            Paid::EnoughAt(at) => Some(complete_at.max(at)),
        };
        Some((revision, ready_at))
    }

    fn depends(&self) -> Vec<Depends> {
        let mut depends = Vec::new();
        if self.stage == Stage::Intake {
            let came = u32::try_from(self.main_mixes().count()).unwrap_or(u32::MAX);
            let missing = self.songs.map(|songs| songs.saturating_sub(came));
            if missing != Some(0) {
                depends.push(Depends::Mixes { missing });
            }
            let mixes = u32::try_from(self.unverified().count()).unwrap_or(u32::MAX);
            if mixes > 0 {
                depends.push(Depends::Decisions { mixes });
            }
        }
        if self.paid_to_start() == Paid::Awaited {
            depends.push(Depends::Payment);
        }
        match self.turn().turn {
            Turn::Reprint => depends.push(Depends::Reprint),
            Turn::Answer => depends.push(Depends::Answer),
            Turn::Agreement => depends.push(Depends::Agreement),
            Turn::Mixes | Turn::Listening | Turn::Work | Turn::Decision | Turn::Nothing => {}
        }
        depends
    }

    /// When the next reference is to be expected, and what that depends on.
    #[must_use]
    pub fn estimate(&self, calendar: &Calendar, now: UnixMs) -> Estimate {
        let depends = self.depends();
        let awaited = self.work_awaited();
        let span = match (awaited, self.stage) {
            (Some((revision, _)), _) => self.span_for(revision),
            (None, Stage::Intake) => self.span_for(RevisionNo::FIRST),
            (None, _) => None,
        };
        let started_at = awaited.and_then(|(_, ready_at)| ready_at);
        let due = started_at.zip(span).and_then(|(start, span)| {
            let pauses = self.turns_of(Side::Client, start);
            calendar.due_now(start, span, &pauses, now)
        });
        let level = match due {
            None => DueLevel::Open,
            Some(due) if now > due.moment() => DueLevel::Overdue,
            Some(due) => {
                let warn_ms = i64::from(self.rules.turnaround.warn_hours) * HOUR_MS;
                if due.moment() - now <= warn_ms {
                    DueLevel::Soon
                } else {
                    DueLevel::InTime
                }
            }
        };
        Estimate {
            span,
            started_at,
            due_at: due.map(Due::moment),
            is_running: matches!(due, Some(Due::At(_))),
            depends,
            level,
        }
    }

    /// Who owes what, as the queue shows it: in the intake the studio may owe decisions.
    fn owed(&self) -> (Turn, UnixMs) {
        let taken = self.turn();
        let studio_decides = taken.turn == Turn::Mixes
            && self
                .unverified()
                .any(|mix| !self.reprints_asked.contains(&mix.id));
        if studio_decides {
            (Turn::Decision, taken.since)
        } else {
            (taken.turn, taken.since)
        }
    }
}

/// The orders that are not complete: the rush lane first, then as they came; what cannot be worked
/// on yet stands last, by its number.
#[must_use]
pub fn queue<'p>(
    projects: impl IntoIterator<Item = &'p Project>,
    calendar: &Calendar,
    now: UnixMs,
) -> Vec<QueueLine> {
    let today = calendar.time_zone.at(now).map(|t| t.date());
    let is_live = |project: &Project| {
        let is_complete = matches!(
            project.stage,
            Stage::Completed { .. } | Stage::Archived { .. }
        );
        !is_complete || project.open_request().is_some()
    };
    let mut lines: Vec<QueueLine> = projects
        .into_iter()
        .filter(|project| is_live(project))
        .map(|project| {
            let estimate = project.estimate(calendar, now);
            let (turn, since) = project.owed();
            let due_on = estimate.due_at.and_then(|at| calendar.time_zone.at(at));
            QueueLine {
                project: project.id.clone(),
                number: project.number,
                title: project.title.clone(),
                lane: project.lane,
                place: None,
                revision: project.stage.revision(),
                turn,
                owes: turn.side(),
                since,
                is_due_today: due_on.map(|t| t.date()) == today && today.is_some(),
                estimate,
            }
        })
        .collect();
    lines.sort_by_key(|line| {
        let ready_at = line.estimate.started_at.unwrap_or(UnixMs::MAX);
        (
            line.estimate.started_at.is_none(),
            line.lane,
            ready_at,
            line.number,
        )
    });
    let workable = lines
        .iter_mut()
        .filter(|line| line.estimate.started_at.is_some() && line.owes == Side::Studio);
    for (place, line) in (1..).zip(workable) {
        line.place = Some(place);
    }
    lines
}
