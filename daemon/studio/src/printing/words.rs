//! What the queue says to people.

use rack::Step;

use super::body::{PrintAnswer, Question};
use super::standing::Held;

/// Why the queue is held, in a sentence.
pub(crate) fn held(held: &Held) -> String {
    if held.why.is_empty() {
        format!("{} asks for the room", held.by)
    } else {
        format!("{} asks for the room: {}", held.by, held.why)
    }
}

/// A question in a sentence.
pub(crate) fn question(question: &Question) -> String {
    match question {
        Question::Set { steps } => {
            let words: Vec<String> = steps.iter().map(step).collect();
            format!("set the rack: {}", words.join("; "))
        }
        Question::Lacks { what } => format!("{}.", what.join("; ")),
        Question::NotCertified { unit, objections } => {
            format!("{unit} may not print: {}", objections.join(" "))
        }
        Question::Slipped { unit, takes, joins } => format!(
            "each of {} takes through {unit} slipped. Listen, then accept one, {}print again or stop.",
            takes.len(),
            if joins.is_empty() {
                ""
            } else {
                "join two (noise and compressors do not repeat: listen across the joint), "
            }
        ),
        Question::OtherRate { song_hz, server_hz } => format!(
            "the song is at {song_hz} Hz and the audio server runs at {server_hz} Hz. Restart the server at {song_hz} Hz (a converter that captures at another rate can have a server of its own: name it on the unit's page), or convert by choice: the song is converted to {server_hz} Hz and the master back, and that is noted."
        ),
        Question::Trouble { why } => why.clone(),
    }
}

/// A step in a sentence.
pub(crate) fn step(step: &Step) -> String {
    match step {
        Step::WarmUp { unit, minutes } => {
            format!("switch {unit} on; it warms up for {minutes} minutes")
        }
        Step::Patch { words, .. } => words.clone(),
        Step::Set {
            unit,
            control,
            words,
            ..
        } => format!("{unit}: {control} to {words}"),
        Step::Gone {
            unit,
            control,
            noted,
        } => format!(
            "{unit} has no {control} any more (it stood at {noted}); see what stands for it"
        ),
        Step::Check { chain } => format!("check {chain}"),
    }
}

/// What may be answered to a question, beside stopping.
pub(crate) fn answers(question: &Question, restart: &[String]) -> Vec<PrintAnswer> {
    let mut answers = match question {
        Question::Set { .. } => vec![PrintAnswer::Set],
        Question::Lacks { .. } | Question::NotCertified { .. } | Question::Trouble { .. } => {
            vec![PrintAnswer::Again]
        }
        Question::Slipped { takes, joins, .. } => {
            let accept = takes.iter().map(|take| PrintAnswer::Accept { take: *take });
            let join = joins.iter().map(|join| PrintAnswer::Join {
                first: join.first,
                second: join.second,
                frame: join.frame,
            });
            accept.chain(join).chain([PrintAnswer::Again]).collect()
        }
        Question::OtherRate { .. } if !restart.is_empty() => vec![
            PrintAnswer::RestartServer,
            PrintAnswer::Convert,
            PrintAnswer::Again,
        ],
        Question::OtherRate { .. } => vec![PrintAnswer::Convert, PrintAnswer::Again],
    };
    answers.push(PrintAnswer::Stop);
    answers
}
