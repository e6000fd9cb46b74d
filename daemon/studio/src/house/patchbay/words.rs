//! What the patchbay says, in sentences.

use ::patchbay::{CardWhat, Connection, Pace, ServerFacts, ServerState, WantedState, What};

pub(super) const OFF: &str =
    "The patchbay is switched off: is_on stands at false below [patchbay] in the configuration.";

/// How a server runs.
fn facts(facts: &ServerFacts) -> String {
    let ServerFacts {
        rate_hz,
        period_frames,
        pace,
    } = facts;
    let ms = f64::from(*period_frames) * 1e3 / f64::from((*rate_hz).max(1));
    let pace = match pace {
        Pace::RealTime => "",
        Pace::Freewheel => ", as fast as its programs can",
    };
    format!("{rate_hz} Hz, {period_frames} frames a period ({ms:.1} ms){pace}")
}

/// A code for programs, the state in a sentence, and the next step where there is one.
pub(super) fn server(state: &ServerState) -> (&'static str, String, &'static str) {
    match state {
        ServerState::Looking => (
            "looking",
            "Lacquer looks for the audio server.".to_owned(),
            "",
        ),
        ServerState::Absent { why } => (
            "absent",
            format!("There is no audio server: {why}."),
            "Start JACK, or PipeWire with its JACK library. Lacquer sees it within two seconds and patches what is wanted.",
        ),
        ServerState::NotAnswering => (
            "not_answering",
            "The audio server is there, but it calls nobody.".to_owned(),
            "A program that hangs may hold it up: end that program. If that does not help, look whether the card is plugged and start the server again.",
        ),
        ServerState::Running(at) => ("running", format!("JACK runs at {}.", facts(at)), ""),
    }
}

fn both(connection: &Connection) -> String {
    format!("{} to {}", connection.from, connection.to)
}

/// A code for programs and the state in a sentence.
pub(super) fn wanted(state: &WantedState) -> (&'static str, String) {
    match state {
        WantedState::NoServer => (
            "no_server",
            "Is made as soon as there is an audio server.".to_owned(),
        ),
        WantedState::Waits { missing } => (
            "waits",
            format!(
                "Is made as soon as {} there: {}.",
                if missing.len() == 1 {
                    "this port is"
                } else {
                    "both ports are"
                },
                missing.join(", ")
            ),
        ),
        WantedState::Due => ("due", "Is being made.".to_owned()),
        WantedState::Stands => ("stands", "Stands.".to_owned()),
        WantedState::Parted => (
            "parted",
            "Somebody took it apart, and it is left so.".to_owned(),
        ),
        WantedState::Refused { why } => ("refused", format!("Cannot be made: {why}.")),
    }
}

fn count(number: usize, what: &str) -> String {
    let many = if number == 1 { "" } else { "s" };
    format!("{number} {what}{many}")
}

pub(super) fn happened(what: &What) -> String {
    match what {
        What::Came(at) => format!("The audio server is there: {}.", facts(at)),
        What::Gone => "The audio server is gone.".to_owned(),
        What::Silent => "The audio server calls nobody any more.".to_owned(),
        What::CallsAgain => "The audio server calls again.".to_owned(),
        What::Changed(at) => format!("The audio server runs otherwise: {}.", facts(at)),
        What::Xruns { times: 1 } => "Sound was lost once (an xrun).".to_owned(),
        What::Xruns { times } => {
            format!("Sound was lost {times} times within a minute (xruns).")
        }
        What::Patched { connections } => {
            format!("Made: {}.", count(*connections, "wanted connection"))
        }
        What::Restored { connections } => {
            format!("Made again: {}.", count(*connections, "wanted connection"))
        }
        What::Parted(connection) => format!("Somebody took {} apart.", both(connection)),
        What::Refused { connection, why } => {
            format!("{} cannot be made: {why}.", both(connection))
        }
    }
}

pub(super) fn card_happened(card: &str, what: &CardWhat) -> String {
    match what {
        CardWhat::Found => format!("The card {card} is there."),
        CardWhat::Plugged => format!("The card {card} was plugged in."),
        CardWhat::Pulled => format!("The card {card} was pulled out."),
        CardWhat::Clock { name, from, to } => {
            format!("{card}: {name} went from {from} to {to}.")
        }
    }
}
