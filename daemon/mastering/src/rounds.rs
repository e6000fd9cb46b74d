//! Requests and rounds: what is free, until when, and what a request that is not would be.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::{Pause, Zone};
use crate::ids::{CommentId, RevisionNo, UnixMs};
use crate::money::{Amount, Ask, Basis, Extra};
use crate::project::{Project, Stage};
use crate::service::{Beyond, FreeRounds, Topic};
use crate::turns::Side;

/// What a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A free round.
    Free,
    /// The studio's own fault: free, and it does not count.
    Correction,
    /// A round that costs.
    Charged,
    /// New work with its own quote.
    NewWork,
    /// Nothing the studio does.
    Declined,
}

impl Answer {
    /// Whether work on it begins at once.
    #[must_use]
    pub fn opens(self) -> bool {
        match self {
            Self::Free | Self::Correction => true,
            Self::Charged | Self::NewWork | Self::Declined => false,
        }
    }

    /// Whether it is quoted, and waits for the client's yes.
    #[must_use]
    pub fn is_quoted(self) -> bool {
        match self {
            Self::Charged | Self::NewWork => true,
            Self::Free | Self::Correction | Self::Declined => false,
        }
    }
}

/// What a request is charged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Charge {
    /// An extra of the price list, such as a further revision or an edit.
    Extra {
        /// Which.
        extra: Extra,
    },
    /// So many songs at the list's price: new files.
    Songs {
        /// How many.
        songs: u32,
    },
    /// A price that no list has.
    Amount {
        /// How much, before tax.
        amount: Amount,
    },
}

impl Charge {
    /// What somebody named: an amount before an extra of the list; nothing where neither is.
    #[must_use]
    pub fn named(extra: Option<Extra>, amount: Option<Amount>) -> Option<Self> {
        let amount = amount.map(|amount| Self::Amount { amount });
        amount.or(extra.map(|extra| Self::Extra { extra }))
    }

    /// What a quote over it is asked for; `words` are the request's own.
    #[must_use]
    pub fn ask(self, words: &str, today: Date) -> Ask {
        let mut ask = Ask {
            basis: Basis::Extras,
            ..Ask::songs(0, today)
        };
        match self {
            Self::Extra { extra } => {
                ask.extras.insert(extra, 1);
            }
            Self::Songs { songs } => {
                ask.basis = Basis::Songs;
                ask.songs = songs;
            }
            Self::Amount { amount } => ask.also.push((words.to_owned(), amount)),
        }
        ask
    }
}

/// Why the rules propose what they propose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// Free rounds are left: that many after this one; none: without number.
    RoundsLeft {
        /// How many are left after it.
        left: Option<u32>,
    },
    /// The free rounds are used up.
    RoundsUsed {
        /// How many there were.
        free: u32,
    },
    /// It is experimental.
    Experimental {
        /// What it is about.
        topic: Topic,
    },
    /// The rounds do not cover it.
    NotCovered {
        /// What it is about.
        topic: Topic,
    },
    /// The approval ended the rounds.
    Approved {
        /// The revision that was approved.
        revision: RevisionNo,
    },
    /// The time to ask is over.
    TimeOver {
        /// Since when.
        since: UnixMs,
    },
}

/// What the rules propose for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What it would be.
    pub answer: Answer,
    /// Why.
    #[serde(flatten)]
    pub why: Why,
}

impl Proposal {
    /// Whether the rules answer it by themselves: a covered round while free ones are left.
    #[must_use]
    pub fn opens_by_rule(&self) -> bool {
        matches!(
            (self.answer, self.why),
            (Answer::Free, Why::RoundsLeft { .. })
        )
    }
}

/// What a person said of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerGiven {
    /// What it is.
    pub answer: Answer,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// What it is charged by, where the client's account asks for the money.
    #[serde(default)]
    pub charge: Option<Charge>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// It waits for the studio's answer, or for the client's yes to a quote.
    Open,
    /// A revision came of it.
    Opened {
        /// Which.
        revision: RevisionNo,
    },
    /// The studio does not do it.
    Declined,
    /// The client took it back, or approved instead.
    Withdrawn,
}

/// A round that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its number within the order, from 1.
    pub no: u32,
    /// The revision that was heard.
    pub heard: RevisionNo,
    /// What should change.
    pub words: String,
    /// What it is about, where somebody said.
    pub topics: BTreeSet<Topic>,
    /// What several people had said of that revision, gathered into this round.
    pub gathered: Vec<CommentId>,
    /// When.
    pub at: UnixMs,
    /// What the rules proposed; requests of earlier orders have none.
    pub proposal: Option<Proposal>,
    /// What a person said of it.
    pub answer: Option<AnswerGiven>,
    /// What became of it.
    pub outcome: Outcome,
}

impl Request {
    /// What it is, as far as that is settled.
    #[must_use]
    pub fn settled(&self) -> Option<Answer> {
        if let Some(given) = &self.answer {
            return Some(given.answer);
        }
        match self.proposal {
            Some(proposal) if proposal.opens_by_rule() => Some(Answer::Free),
            Some(_) => None,
            None => Some(Answer::Free),
        }
    }

    /// Whether a free round went on it.
    fn counts(&self) -> bool {
        let is_done = matches!(self.outcome, Outcome::Opened { .. });
        is_done && self.settled() == Some(Answer::Free)
    }
}

/// When the time to ask for free rounds is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// So many days after the first delivery.
    Window,
    /// So many days after the last delivery.
    Asking,
}

/// The free rounds are over by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundsOver {
    /// Since when.
    pub since: UnixMs,
    /// By which limit.
    pub limit: Limit,
}

/// The last warning that the time to ask ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskingWarned {
    /// When it ends.
    pub ends_at: UnixMs,
    /// How many days before that the warning was meant for.
    pub days: u32,
}

/// A client who says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silent {
    /// Since when.
    pub since: UnixMs,
    /// When it was announced that silence approves.
    pub announced: Vec<UnixMs>,
}

/// A day of the order's own calendar, `count` after `from`, to its last moment, moved on by the
/// whiles in which the studio owed the work.
fn end_of_days(zone: &Zone, from: UnixMs, count: u32, stood: i64) -> UnixMs {
    zone.days_later(from, count)
        .map(|at| at.saturating_add(stood))
        .and_then(|at| zone.end_of_day(at))
        // A date no calendar holds never comes: nothing lapses by accident.
        .unwrap_or(UnixMs::MAX)
}

fn lasting(whiles: &[Pause], until: UnixMs) -> i64 {
    whiles
        .iter()
        .map(|p| (p.until.unwrap_or(until).min(until) - p.from).max(0))
        .sum()
}

impl Project {
    /// The request that waits for an answer or a yes.
    #[must_use]
    pub fn open_request(&self) -> Option<&Request> {
        self.requests
            .last()
            .filter(|request| request.outcome == Outcome::Open)
    }

    /// How many free rounds were used. Corrections and what was charged do not count.
    #[must_use]
    pub fn rounds_used(&self) -> u32 {
        let used = self.requests.iter().filter(|r| r.counts()).count();
        u32::try_from(used).unwrap_or(u32::MAX)
    }

    /// How many free rounds are left; none: without number.
    #[must_use]
    pub fn rounds_left(&self) -> Option<u32> {
        if self.ended_by_approval().is_some() && self.approval.is_none() {
            return Some(0);
        }
        match self.free_rounds() {
            FreeRounds::Count(free) => Some(free.saturating_sub(self.rounds_used())),
            FreeRounds::Unlimited => None,
        }
    }

    /// When the time to ask ends, and by which limit, while the client listens; the clock stands
    /// while the studio owes the work.
    #[must_use]
    pub fn asking_ends(&self) -> Option<RoundsOver> {
        if let Some(over) = self.rounds_over {
            return Some(over);
        }
        let Stage::InReview { revision } = self.stage else {
            return None;
        };
        if self.ended_by_approval().is_some() {
            // A change after an approval was paid for; no free time to ask goes with it.
            return None;
        }
        let rounds = &self.rules.rounds;
        let first_at = self.revisions.values().find_map(|r| r.sent_at)?;
        let last_at = self.revisions.get(&revision)?.sent_at?;
        let zone = &self.rules.time_zone;
        let window = rounds.window_days.map(|days| {
            let stood = lasting(&self.turns_of(Side::Studio, first_at), last_at);
            RoundsOver {
                since: end_of_days(zone, first_at, days, stood),
                limit: Limit::Window,
            }
        });
        let asking = rounds.ask_days.filter(|_| last_at > first_at).map(|days| {
            let since = end_of_days(zone, last_at, days, 0);
            RoundsOver {
                since,
                limit: Limit::Asking,
            }
        });
        window
            .into_iter()
            .chain(asking)
            .min_by_key(|over| over.since)
    }

    /// Whether the time to ask is over at `now`.
    #[must_use]
    pub fn asking_is_over(&self, now: UnixMs) -> Option<RoundsOver> {
        self.asking_ends().filter(|over| now >= over.since)
    }

    /// The revision whose approval ended the rounds. A fault found afterwards takes the approval
    /// back; a change that is paid for does not bring free rounds back.
    #[must_use]
    pub fn ended_by_approval(&self) -> Option<RevisionNo> {
        let last = self.approval.as_ref().or(self.earlier_approvals.last());
        last.map(|approval| approval.revision)
    }

    /// What the price list has for a request that costs: a further revision, an edit, a song for a
    /// new file. For any other new work a person names the price.
    #[must_use]
    pub fn charge_for(answer: Answer, topics: &BTreeSet<Topic>) -> Option<Charge> {
        let extra = |extra| Some(Charge::Extra { extra });
        match answer {
            Answer::Charged => extra(Extra::ExtraRevision),
            Answer::NewWork if topics.contains(&Topic::NewFile) => Some(Charge::Songs { songs: 1 }),
            Answer::NewWork if topics.contains(&Topic::Edit) => extra(Extra::Edit),
            Answer::NewWork | Answer::Free | Answer::Correction | Answer::Declined => None,
        }
    }

    /// What the rules propose for a request about these topics.
    #[must_use]
    pub fn propose(&self, topics: &BTreeSet<Topic>, now: UnixMs) -> Proposal {
        let rounds = &self.rules.rounds;
        let of = |answer, why| Proposal { answer, why };
        if topics.contains(&Topic::NewFile) {
            let topic = Topic::NewFile;
            return of(Answer::NewWork, Why::NotCovered { topic });
        }
        if let Some(topic) = topics.iter().find(|t| !rounds.covered.contains(t)) {
            return of(Answer::NewWork, Why::NotCovered { topic: *topic });
        }
        if let Some(revision) = self.ended_by_approval() {
            return of(Answer::Charged, Why::Approved { revision });
        }
        if let Some(over) = self.asking_is_over(now) {
            return of(Answer::Charged, Why::TimeOver { since: over.since });
        }
        let FreeRounds::Count(free) = self.free_rounds() else {
            return of(Answer::Free, Why::RoundsLeft { left: None });
        };
        let left = free.saturating_sub(self.rounds_used());
        if left > 0 {
            let left = Some(left - 1);
            return of(Answer::Free, Why::RoundsLeft { left });
        }
        match rounds.beyond {
            Beyond::Charged => of(Answer::Charged, Why::RoundsUsed { free }),
            Beyond::IfExperimental => match topics.intersection(&rounds.experimental).next() {
                Some(topic) => of(Answer::Charged, Why::Experimental { topic: *topic }),
                None => of(Answer::Free, Why::RoundsUsed { free }),
            },
        }
    }

    /// Whether a person may give `request` as a free round: never beyond the order's own terms.
    #[must_use]
    pub fn may_be_free(&self, request: &Request) -> bool {
        let is_after_approval = matches!(
            request.proposal,
            Some(Proposal {
                why: Why::Approved { .. },
                ..
            })
        );
        if is_after_approval
            || self.ended_by_approval().is_some()
            || self.asking_is_over(request.at).is_some()
        {
            return false;
        }
        match (self.rounds_left(), self.rules.rounds.beyond) {
            (None, _) => true,
            (Some(left), Beyond::Charged) => left > 0,
            (Some(_), Beyond::IfExperimental) => true,
        }
    }

    /// What people have said of the revision that no round has gathered yet.
    pub(crate) fn to_gather(&self, heard: RevisionNo) -> Vec<CommentId> {
        let gathered: BTreeSet<&CommentId> =
            self.requests.iter().flat_map(|r| &r.gathered).collect();
        self.comments
            .iter()
            .filter(|c| c.revision == heard && !gathered.contains(&c.id))
            .map(|c| c.id.clone())
            .collect()
    }
}
