//! The rules' commands as an administrator gives them, without a page.

use mastering::{Answer, Charge, Command, DueDates, Lane, OrderNumber};
use serde::{Deserialize, Serialize};

use super::Studio;
use super::order::Submission;
use crate::access::Visitor;
use crate::denied::Denied;

/// One of the rules' commands to an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RuleAsk {
    /// Says what the request that waits is.
    AnswerRequest {
        /// What it is.
        answer: Answer,
        /// Why.
        reason: String,
        /// What it is charged by; none: as the price list has it.
        #[serde(default)]
        charge: Option<Charge>,
    },
    /// Asks the client something; the clock stands still until they answer.
    AskClient {
        /// The words.
        words: String,
    },
    /// Puts the order into a lane of the queue.
    ChooseLane {
        /// Which.
        lane: Lane,
    },
    /// Reopens an approved order, free, for a technical fault.
    ReportFault {
        /// Which.
        words: String,
    },
    /// Keeps everything, whatever the dates say.
    PlaceHold {
        /// Why.
        reason: String,
    },
    /// Lets the dates count again.
    LiftHold,
    /// Keeps the archive until the end of a day, by the order's own time zone.
    Extend {
        /// The day, as `2030-12-31`.
        until: String,
        /// Why.
        reason: String,
    },
}

impl Studio {
    /// Gives one of the rules' commands to an order.
    ///
    /// # Errors
    /// What the rules refuse; a day that is none.
    pub(crate) async fn give_rule(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        rule: RuleAsk,
    ) -> Result<u64, Denied> {
        let live = self.seen(visitor, number).await?;
        let by = visitor.name().to_owned();
        let command = match rule {
            RuleAsk::AnswerRequest {
                answer,
                reason,
                charge,
            } => Command::AnswerRequest {
                no: live.project.requests.last().map_or(0, |r| r.no),
                answer,
                reason,
                by,
                charge,
            },
            RuleAsk::AskClient { words } => Command::AskClient { words, by },
            RuleAsk::ChooseLane { lane } => Command::ChooseLane { lane, by },
            RuleAsk::ReportFault { words } => Command::ReportFault { words, by },
            RuleAsk::PlaceHold { reason } => Command::PlaceHold { reason, by },
            RuleAsk::LiftHold => Command::LiftHold { by },
            RuleAsk::Extend { until, reason } => {
                let day = until.parse().ok();
                let zone = &live.project.rules.time_zone;
                let ends = day
                    .and_then(|day| zone.end_of(day))
                    .ok_or_else(|| Denied::Invalid("write the day like 2030-12-31".to_owned()))?;
                let archive = live.project.archive.as_ref();
                let due = DueDates {
                    working_due_at: archive.map_or(0, |a| a.due.working_due_at),
                    archive_due_at: ends,
                };
                Command::ExtendRetention { due, reason, by }
            }
        };
        let given = Submission {
            command,
            seq: Some(live.seq),
            key: None,
        };
        self.submit(visitor, number, given).await
    }
}
