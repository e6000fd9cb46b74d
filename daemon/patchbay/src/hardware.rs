//! What audio hardware is there.

use std::fmt;
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use jack::PortFlags;

use crate::seat;

/// Longest time that [`hardware`] takes; a healthy server answers within some 20 ms.
pub const PROBE_DEADLINE: Duration = Duration::from_secs(2);

/// Audio hardware at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// The JACK server.
    pub jack: JackStatus,
    /// Sound cards, by their index.
    pub cards: Vec<Card>,
    /// What could not be read about cards, in plain words.
    pub card_faults: Vec<String>,
}

/// A sound card as ALSA knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// ALSA's number; it may change when cards are plugged.
    pub index: i32,
    /// Short name, such as `USB Audio Device`.
    pub name: String,
    /// Name with its place on the bus.
    pub long_name: String,
}

/// The JACK server as a client meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JackStatus {
    /// No server can be used.
    Absent {
        /// Why, in plain words.
        why: String,
    },
    /// A server answers.
    Running {
        /// Frames per second.
        rate_hz: u32,
        /// Frames of one period.
        period_frames: u32,
        /// Ports that bring sound in from hardware, by their full names.
        capture_ports: Vec<String>,
        /// Ports that bring sound out to hardware.
        playback_ports: Vec<String>,
    },
}

impl fmt::Display for JackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { why } => write!(f, "no JACK server: {why}"),
            Self::Running {
                rate_hz,
                period_frames,
                capture_ports,
                playback_ports,
            } => write!(
                f,
                "JACK runs at {rate_hz} Hz, {period_frames} frames a period, {} in, {} out",
                capture_ports.len(),
                playback_ports.len()
            ),
        }
    }
}

/// Looks at JACK (the server named by `JACK_DEFAULT_SERVER`, else `default`) and ALSA.
///
/// Answers within [`PROBE_DEADLINE`], whatever state the server is in, and starts none.
pub fn hardware() -> Hardware {
    let (answer, answered) = mpsc::sync_channel(1);
    let stuck = |why: &str| Hardware {
        jack: JackStatus::Absent {
            why: why.to_owned(),
        },
        cards: Vec::new(),
        card_faults: vec!["the cards were not looked at".to_owned()],
    };
    let Some(prober) = prober() else {
        return stuck("no thread could be started to look for it");
    };
    match prober.try_send(answer) {
        Ok(()) => (),
        // An earlier look still waits for the server; a second one would only wait behind it.
        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
            return stuck("the server is there but does not answer");
        }
    }
    answered
        .recv_timeout(PROBE_DEADLINE)
        .unwrap_or_else(|end| match end {
            RecvTimeoutError::Timeout => stuck("the server is there but does not answer"),
            RecvTimeoutError::Disconnected => stuck("looking for it broke off"),
        })
}

type Question = SyncSender<Hardware>;

/// The one thread that opens and drops clients for looking; it may hang, nobody waits for it.
fn prober() -> Option<&'static SyncSender<Question>> {
    static PROBER: OnceLock<Option<SyncSender<Question>>> = OnceLock::new();
    let start = || {
        let (questions, asked) = mpsc::sync_channel(1);
        let named = thread::Builder::new().name("patchbay-probe".to_owned());
        named.spawn(move || answer_all(&asked)).ok()?;
        Some(questions)
    };
    PROBER.get_or_init(start).as_ref()
}

fn answer_all(asked: &Receiver<Question>) {
    while let Ok(question) = asked.recv() {
        let jack = jack_status();
        let (cards, card_faults) = cards();
        // The asker may have stopped waiting.
        let _ = question.try_send(Hardware {
            jack,
            cards,
            card_faults,
        });
    }
}

fn jack_status() -> JackStatus {
    let client = match seat::open("lacquer-look") {
        Ok(client) => client,
        Err(why) => {
            let why = why.to_string();
            return JackStatus::Absent { why };
        }
    };
    let ports = |direction| {
        let audio = Some("32 bit float mono audio");
        client.ports(None, audio, PortFlags::IS_PHYSICAL | direction)
    };
    JackStatus::Running {
        rate_hz: client.sample_rate(),
        period_frames: client.buffer_size(),
        // What a card captures comes *out* of its port.
        capture_ports: ports(PortFlags::IS_OUTPUT),
        playback_ports: ports(PortFlags::IS_INPUT),
    }
}

fn cards() -> (Vec<Card>, Vec<String>) {
    let (mut cards, mut faults) = (Vec::new(), Vec::new());
    for found in alsa::card::Iter::new() {
        let read = found.and_then(|card| {
            Ok(Card {
                index: card.get_index(),
                name: card.get_name()?,
                long_name: card.get_longname()?,
            })
        });
        match read {
            Ok(card) => cards.push(card),
            Err(error) => {
                faults.push(format!("a sound card could not be read: {error}"));
                // The list does not go on behind a failed step.
                break;
            }
        }
    }
    (cards, faults)
}
