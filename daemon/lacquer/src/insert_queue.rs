//! `lacquer insert queue|show|answer|hold|resume|..`: the running Lacquer's queue of prints.

use serde_json::Value;
use studio::control::{PrintsRequest, Request};
use studio::{Power, PrintAnswer, PrintKind};

use crate::admin::{ask_daemon, text};
use crate::args::Place;
use crate::insert_queue_args::{AnswerArg, AnswerArgs, OfSong, PowerArg, QueueVerb};
use crate::{Outcome, print_json};

fn ask(place: &Place, request: PrintsRequest) -> anyhow::Result<Value> {
    ask_daemon(place, &Request::Prints(request))
}

pub(crate) fn run(place: &Place, verb: &QueueVerb) -> anyhow::Result<Outcome> {
    match verb {
        QueueVerb::Queue(json) => {
            let queue = ask(place, PrintsRequest::List)?;
            if json.json {
                print_json(&queue)?;
            } else {
                tell_queue(&queue);
            }
        }
        QueueVerb::Show { no, json } => {
            let print = ask(place, PrintsRequest::Show { no: *no })?;
            if json.json {
                print_json(&print)?;
            } else {
                tell(&print);
            }
        }
        QueueVerb::Of { number, json } => {
            let of = ask(place, PrintsRequest::Of { number: *number })?;
            if json.json {
                print_json(&of)?;
            } else {
                lines(&of, "prints").for_each(|print| println!("{}", line(print)));
                tell_proofs(&of);
            }
        }
        QueueVerb::Answer(args) => answer(place, args)?,
        QueueVerb::Hold { why } => {
            ask(place, PrintsRequest::Hold { why: why.clone() })?;
            println!("the queue is held");
        }
        QueueVerb::Resume => {
            ask(place, PrintsRequest::Resume)?;
            println!("the queue goes on");
        }
        QueueVerb::Pause { seconds } => {
            ask(place, PrintsRequest::Pause { seconds: *seconds })?;
            println!("{seconds} s between two prints");
        }
        QueueVerb::Power {
            unit,
            power,
            minutes,
        } => {
            let power = match power {
                PowerArg::On => Power::On { minutes: *minutes },
                PowerArg::Off => Power::Off,
            };
            let unit = unit.clone();
            ask(place, PrintsRequest::Switch { unit, power })?;
            println!("noted");
        }
        QueueVerb::Passage(of) => asked(place, of, PrintKind::Reference)?,
        QueueVerb::Prove(of) => asked(place, of, PrintKind::Recall)?,
    }
    Ok(Outcome::Good)
}

fn answer(place: &Place, args: &AnswerArgs) -> anyhow::Result<()> {
    let answer = match args.answer {
        AnswerArg::Set => PrintAnswer::Set,
        AnswerArg::Again => PrintAnswer::Again,
        AnswerArg::Accept => PrintAnswer::Accept {
            take: args.take.unwrap_or(0),
        },
        AnswerArg::Join => PrintAnswer::Join {
            first: args.take.unwrap_or(0),
            second: args.then.unwrap_or(0),
            frame: args.frame.unwrap_or(0),
        },
        AnswerArg::Convert => PrintAnswer::Convert,
        AnswerArg::RestartServer => PrintAnswer::RestartServer,
        AnswerArg::Stop => PrintAnswer::Stop,
    };
    let print = ask(
        place,
        PrintsRequest::Answer {
            no: args.no,
            answer,
        },
    )?;
    if args.json.json {
        return print_json(&print);
    }
    println!("{}", line(&print));
    Ok(())
}

fn asked(place: &Place, of: &OfSong, kind: PrintKind) -> anyhow::Result<()> {
    let request = PrintsRequest::Ask {
        number: of.number,
        revision: of.revision,
        song: of.song.clone(),
        kind,
    };
    let print = ask(place, request)?;
    if of.json.json {
        return print_json(&print);
    }
    println!("{}", line(&print));
    Ok(())
}

fn lines<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// A print on one line.
fn line(print: &Value) -> String {
    let no = print.get("no").and_then(Value::as_u64).unwrap_or(0);
    let revision = print.get("revision").and_then(Value::as_u64).unwrap_or(0);
    let about = ["phase", "asks", "waits", "outcome"];
    let about = about
        .map(|name| text(print, name))
        .into_iter()
        .find(|said| !said.is_empty());
    format!(
        "{no}  {}  {} {}, revision {revision}, {}: {}",
        text(print, "state"),
        text(print, "kind"),
        text(print, "order"),
        text(print, "song"),
        about.unwrap_or("in its turn")
    )
}

fn tell_queue(queue: &Value) {
    let holds = text(queue, "holds");
    if !holds.is_empty() {
        println!("the queue holds: {holds}");
    }
    for unit in lines(queue, "in_use") {
        println!("{} has or waits for its units", text(unit, "who"));
    }
    let mut waiting = lines(queue, "waiting").peekable();
    if waiting.peek().is_none() {
        println!("nothing waits");
    }
    waiting.for_each(|print| println!("{}", line(print)));
    lines(queue, "ended").for_each(|print| println!("{}", line(print)));
}

fn tell(print: &Value) {
    println!("{}", line(print));
    for step in lines(print, "steps").filter_map(Value::as_str) {
        println!("  to do: {step}");
    }
    for certificate in lines(print, "certificates") {
        let unit = text(certificate, "unit");
        let objections: Vec<&str> = lines(certificate, "objections")
            .filter_map(Value::as_str)
            .collect();
        if objections.is_empty() {
            println!("  {unit}: may print");
        }
        objections
            .iter()
            .for_each(|said| println!("  {unit}: {said}"));
    }
    for take in lines(print, "takes") {
        let no = take.get("no").and_then(Value::as_u64).unwrap_or(0);
        let cut = text(take, "cut_short");
        let words: Vec<&str> = lines(take, "words").filter_map(Value::as_str).collect();
        let said = match (cut.is_empty(), words.is_empty()) {
            (true, true) => "nothing slipped".to_owned(),
            (true, false) => words.join("; "),
            (false, _) => format!("{cut} {}", words.join("; ")),
        };
        println!("  take {no}: {said}");
    }
    for said in lines(print, "said") {
        println!("  {}: {}", text(said, "by"), text(said, "text"));
    }
    for answer in lines(print, "answers") {
        println!("  may be answered: {}", text(answer, "answer"));
    }
}

fn tell_proofs(of: &Value) {
    let proofs = of.get("proofs").cloned().unwrap_or_default();
    for one in lines(&proofs, "recalls") {
        let kept = one.get(1).cloned().unwrap_or_default();
        let doubts: Vec<&str> = lines(&kept, "doubts").filter_map(Value::as_str).collect();
        if doubts.is_empty() {
            println!("recall proved: {}", text(&kept, "worst"));
        } else {
            println!("recall not proved: {}", doubts.join("; "));
        }
    }
}
