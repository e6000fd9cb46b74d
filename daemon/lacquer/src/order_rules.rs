//! `lacquer rule answer|ask|lane|fault|hold|extend`: an order's rules without a browser.

use mastering::{Answer, Charge, Lane, OrderNumber};
use studio::RuleAsk;
use studio::control::Request;

use crate::admin::ask_daemon;
use crate::args::{Place, RuleVerb};
use crate::{Outcome, print_json};

fn rule_of(verb: RuleVerb) -> (OrderNumber, RuleAsk, &'static str) {
    match verb {
        RuleVerb::Answer {
            number,
            answer,
            reason,
            extra,
            amount,
        } => (
            number,
            RuleAsk::AnswerRequest {
                answer,
                reason,
                charge: Charge::named(extra, amount),
            },
            "the client reads the answer",
        ),
        RuleVerb::Ask { number, words } => (
            number,
            RuleAsk::AskClient { words },
            "the client reads the question; the clock stands still",
        ),
        RuleVerb::Lane { number, lane } => (
            number,
            RuleAsk::ChooseLane { lane },
            match lane {
                Lane::Rush => "it goes first",
                Lane::Usual => "it waits in turn",
            },
        ),
        RuleVerb::Fault { number, words } => {
            (number, RuleAsk::ReportFault { words }, "it is open again")
        }
        RuleVerb::Hold { number, reason } => (
            number,
            RuleAsk::PlaceHold { reason },
            "nothing of it goes until the hold is lifted",
        ),
        RuleVerb::LiftHold { number } => (number, RuleAsk::LiftHold, "its dates count again"),
        RuleVerb::Extend {
            number,
            until,
            reason,
        } => (
            number,
            RuleAsk::Extend { until, reason },
            "the archive stays for longer",
        ),
    }
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
pub(crate) fn give(place: &Place, verb: RuleVerb, json: bool) -> anyhow::Result<Outcome> {
    let (number, rule, done) = rule_of(verb);
    let seq = ask_daemon(place, &Request::Rule { number, rule })?;
    if json {
        print_json(&serde_json::json!({ "number": number, "seq": seq }))?;
    } else {
        println!("{number}: {done}");
    }
    Ok(Outcome::Good)
}

/// Reads a word as the documents spell it.
pub(crate) fn answer(text: &str) -> Result<Answer, String> {
    serde_json::from_value(text.into())
        .map_err(|_| "free, correction, charged, new_work or declined".to_owned())
}

/// Reads a lane.
pub(crate) fn lane(text: &str) -> Result<Lane, String> {
    serde_json::from_value(text.into()).map_err(|_| "rush or usual".to_owned())
}
