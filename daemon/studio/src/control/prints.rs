//! What the command line asks about the queue of prints.

use mastering::{OrderNumber, RevisionNo};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json as answer;
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::{Power, Studio};
use crate::printing::{PrintAnswer, PrintKind};

/// What the command line asks about the queue of prints.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum PrintsRequest {
    /// The queue.
    List,
    /// One print.
    Show {
        /// Its number.
        no: u64,
    },
    /// The prints, references and recalls of an order.
    Of {
        /// The order.
        number: OrderNumber,
    },
    /// Says something to a print.
    Answer {
        /// Its number.
        no: u64,
        /// What.
        answer: PrintAnswer,
    },
    /// Holds the queue.
    Hold {
        /// Why.
        why: String,
    },
    /// Lets it go on.
    Resume,
    /// Sets the pause between two prints.
    Pause {
        /// How long.
        seconds: u32,
    },
    /// Says that a unit is switched on or off.
    Switch {
        /// The unit, by the rack's name.
        unit: String,
        /// Which.
        power: Power,
    },
    /// Asks for a reference passage, or for the proof of a recall.
    Ask {
        /// The order.
        number: OrderNumber,
        /// The revision.
        revision: RevisionNo,
        /// The song, by its title or id.
        song: String,
        /// Which of both.
        kind: PrintKind,
    },
}

pub(super) async fn carry_out(studio: &Studio, request: PrintsRequest) -> Result<Value, Denied> {
    let visitor = &Visitor::administrator();
    match request {
        PrintsRequest::List => {}
        PrintsRequest::Show { no } => return answer(&studio.print(visitor, no).await?),
        PrintsRequest::Of { number } => {
            let (prints, proofs) = studio.prints_of(visitor, number).await?;
            return answer(&serde_json::json!({ "prints": prints, "proofs": proofs }));
        }
        PrintsRequest::Answer { no, answer: said } => {
            return answer(&studio.answer_print(visitor, no, said).await?);
        }
        PrintsRequest::Hold { why } => studio.hold_prints(visitor, &why).await?,
        PrintsRequest::Resume => studio.resume_prints(visitor).await?,
        PrintsRequest::Pause { seconds } => studio.pause_prints(visitor, seconds).await?,
        PrintsRequest::Switch { unit, power } => {
            studio.switch_unit(visitor, &unit, power).await?;
        }
        PrintsRequest::Ask {
            number,
            revision,
            song,
            kind,
        } => {
            let asked = studio.ask_for_print(visitor, (number, revision), &song, kind);
            return answer(&asked.await?);
        }
    }
    answer(&studio.prints(visitor).await?)
}
