//! `lacquer rule ..` and `lacquer work ..`: an order's rules and its work without a browser.

use anyhow::Context as _;
use mastering::{Charge, Lane, OrderNumber};
use serde_json::Value;
use studio::control::Request;
use studio::{HeardNamed, RuleAsk};

use crate::admin::{ask_daemon, say_done, text};
use crate::args::Place;
use crate::rule_args::{RuleVerb, WordOf, WorkVerb};
use crate::{Outcome, print_json};

/// The order, what is asked of it, and what is so afterwards.
type Asked = (OrderNumber, RuleAsk, &'static str);

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each word of the command line; each makes one request"
)]
fn rule_of(verb: RuleVerb) -> Asked {
    match verb {
        RuleVerb::Request {
            number,
            words,
            topics,
        } => {
            let topics = topics.into_iter().collect();
            let asked = RuleAsk::RequestRevision { words, topics };
            (number, asked, "asked")
        }
        RuleVerb::Answer {
            number,
            answer,
            reason,
            extra,
            amount,
        } => {
            let charge = Charge::named(extra, amount);
            let said = RuleAsk::AnswerRequest {
                answer,
                reason,
                charge,
            };
            (number, said, "the client reads the answer")
        }
        RuleVerb::Agree { number } => (number, RuleAsk::AgreeToRequest, "the work begins"),
        RuleVerb::Withdraw { number } => (number, RuleAsk::WithdrawRequest, "it is taken back"),
        RuleVerb::Ask { number, words } => (
            number,
            RuleAsk::AskClient { words },
            "the client reads the question; the clock stands still",
        ),
        RuleVerb::Reply { number, words } => {
            let said = RuleAsk::AnswerQuestion { words };
            (number, said, "the clock runs again")
        }
        RuleVerb::Lane { number, lane } => (
            number,
            RuleAsk::ChooseLane { lane },
            match lane {
                Lane::Rush => "it goes first",
                Lane::Usual => "it waits in turn",
            },
        ),
        RuleVerb::LastWord { number, login } => {
            let named = RuleAsk::NameLastWord { login };
            (number, named, "they have the last word")
        }
        RuleVerb::Preview { number, form } => {
            let chosen = RuleAsk::ChoosePreview { form };
            (number, chosen, "so the client hears references from now on")
        }
        RuleVerb::Content {
            number,
            verdict,
            reason,
        } => {
            let decided = RuleAsk::DecideContent { verdict, reason };
            (number, decided, "decided")
        }
        RuleVerb::AllowListening { number } => (
            number,
            RuleAsk::AllowListening,
            "the studio's people may listen",
        ),
        RuleVerb::ForbidListening { number } => (
            number,
            RuleAsk::ForbidListening,
            "the studio's people may not listen any more",
        ),
        RuleVerb::ListeningReason {
            number,
            purpose,
            reason,
        } => (
            number,
            RuleAsk::GiveListeningReason { purpose, reason },
            "it is open for whoever gave the reason; the client reads it",
        ),
        RuleVerb::Listened {
            number,
            song,
            mix,
            heard: part,
        } => {
            let named = mix.map(HeardNamed::Mix);
            let heard = named.unwrap_or(HeardNamed::Song(song.unwrap_or_default()));
            (number, RuleAsk::Listen { heard, part }, "written down")
        }
        RuleVerb::NotNeeded {
            number,
            what,
            song,
            reason,
        } => (
            number,
            RuleAsk::WaivePermission { song, what, reason },
            "on record; it is waited for no more",
        ),
        RuleVerb::Approve { number, name } => (
            number,
            RuleAsk::Approve { name },
            "approved; the finals are made",
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
        } => {
            let longer = RuleAsk::Extend { until, reason };
            (number, longer, "the archive stays for longer")
        }
        RuleVerb::AskDeletion { number, reason } => (
            number,
            RuleAsk::AskDeletion { reason },
            "two people of the studio confirm it",
        ),
        RuleVerb::ConfirmDeletion { number } => (number, RuleAsk::ConfirmDeletion, "confirmed"),
        RuleVerb::WithdrawDeletion { number } => (number, RuleAsk::WithdrawDeletion, "it stays"),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each word of the command line; each makes one request"
)]
fn work_of(verb: WorkVerb) -> anyhow::Result<Asked> {
    Ok(match verb {
        WorkVerb::ReleaseFindings { number } => (
            number,
            RuleAsk::ReleaseFindings,
            "the client reads what was found",
        ),
        WorkVerb::GoOn {
            number,
            mix,
            reason,
        } => (
            number,
            RuleAsk::GoOnWith { mix, reason },
            "it counts as it came",
        ),
        WorkVerb::Reprint { number, mix, words } => (
            number,
            RuleAsk::AskReprint { mix, words },
            "the client reads what to change",
        ),
        WorkVerb::SetAside { number, mix } => (
            number,
            RuleAsk::SetAside { mix },
            "the mix no longer counts",
        ),
        WorkVerb::CloseIntake { number } => (number, RuleAsk::CloseIntake, "all mixes are there"),
        WorkVerb::Name {
            number,
            song,
            title,
        } => (number, RuleAsk::NameTrack { song, title }, "named"),
        WorkVerb::Programme { number, songs } => {
            (number, RuleAsk::OrderTracks { songs }, "in order")
        }
        WorkVerb::Mark {
            number,
            song,
            isrc,
            credits,
        } => {
            let marked = RuleAsk::MarkTrack {
                song,
                isrc,
                credits,
            };
            (number, marked, "written down")
        }
        WorkVerb::Plan {
            number,
            song,
            chain,
        } => {
            let chain_toml = std::fs::read_to_string(&chain)
                .with_context(|| format!("could not read {}", chain.display()))?;
            let plan = RuleAsk::ChangePlan { song, chain_toml };
            (number, plan, "its plan is changed")
        }
        WorkVerb::SetProgramme { number, file } => {
            let toml = std::fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            (number, RuleAsk::SetProgramme { toml }, "set")
        }
        WorkVerb::Print {
            number,
            song,
            chain,
        } => (
            number,
            RuleAsk::PrintThrough { song, chain },
            "noted; it counts when the masters are made",
        ),
        WorkVerb::TakeUp { number, mix, song } => (
            number,
            RuleAsk::TakeUpMix { mix, song },
            "the song is made from it",
        ),
        WorkVerb::Beside {
            number,
            mix,
            song,
            role,
            name,
        } => {
            let named = RuleAsk::NameAlternate {
                mix,
                song,
                role,
                name,
            };
            (number, named, "it goes beside the song")
        }
        WorkVerb::NotBeside { number, alternate } => (
            number,
            RuleAsk::UnnameAlternate { alternate },
            "it goes beside no song any more",
        ),
        WorkVerb::OpenRevision { number, reason } => {
            (number, RuleAsk::OpenRevision { reason }, "open")
        }
        WorkVerb::Master { number } => (
            number,
            RuleAsk::StartMastering,
            "the masters are being made",
        ),
        WorkVerb::Send { number } => (number, RuleAsk::SendReference, "the client can listen"),
        WorkVerb::Comment {
            number,
            song,
            at,
            until,
            words,
        } => {
            let said = RuleAsk::Comment {
                song,
                position_ms: at,
                until_ms: until,
                words,
            };
            (number, said, "said")
        }
        WorkVerb::Complete { number } => (number, RuleAsk::Complete, "complete"),
    })
}

/// What of an order's journal is about listening.
const LISTENING: [&str; 5] = [
    "listened",
    "listening_allowed",
    "listening_forbidden",
    "listening_reasoned",
    "studio_listened",
];

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
pub(crate) fn listening(place: &Place, number: OrderNumber, json: bool) -> anyhow::Result<()> {
    let order = ask_daemon(place, &Request::Order { number })?;
    let list = |at: &str| order.pointer(at).and_then(Value::as_array).cloned();
    let mut lines = list("/log").unwrap_or_default();
    lines.retain(|line| LISTENING.contains(&text(line, "code")));
    let unheard = list("/terms/unheard").unwrap_or_default();
    let ears = order.get("ears");
    if json {
        return print_json(&serde_json::json!({
            "number": number, "log": lines, "unheard": unheard, "ears": ears,
        }));
    }
    for line in &lines {
        println!("{}", text(line, "text"));
    }
    for what in unheard.iter().filter_map(Value::as_str) {
        println!("not listened to yet: {what}");
    }
    match ears.and_then(|ears| ears.get("allowed")) {
        None => println!("the studio's people may listen, by the order's terms"),
        Some(Value::String(allowed)) => println!("the studio's people may listen: {allowed}"),
        Some(_) => println!(
            "the studio's people listen with the client's permission, or for a reason on record: \
             lacquer rule listening-reason {number} --for ..."
        ),
    }
    Ok(())
}

fn give(place: &Place, (number, rule, done): Asked, word: WordOf) -> anyhow::Result<Outcome> {
    let by = word.by.clone();
    let seq = ask_daemon(place, &Request::Rule { number, rule, by })?;
    say_done(number, (&seq, done), &word)
}

pub(crate) fn rule(place: &Place, verb: RuleVerb, word: WordOf) -> anyhow::Result<Outcome> {
    give(place, rule_of(verb), word)
}

pub(crate) fn work(place: &Place, verb: WorkVerb, word: WordOf) -> anyhow::Result<Outcome> {
    give(place, work_of(verb)?, word)
}
