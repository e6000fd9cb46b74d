//! The patchbay as pages, the API and the command line read it.

use ::patchbay::{
    Connection, Fader, Levels, MixerElement, Pace, PortKind, Seen, SeenCard, SeenCards, SeenPort,
    ServerState, Stream, WantedState, Way,
};
use mastering::UnixMs;
use rack::Unit;
use serde::Serialize;

use super::PatchbayVersion;
use super::words;
use crate::house::RackView;

/// The patchbay at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct PatchbayView {
    /// Moves with every change but those of levels and load.
    pub version: PatchbayVersion,
    /// The audio server.
    pub server: ServerView,
    /// Its ports, in its order.
    pub ports: Vec<PortView>,
    /// The connections that stand.
    pub connections: Vec<ConnectionView>,
    /// The connections that are to stand.
    pub wanted: Vec<WantedView>,
    /// Ports that units of the rack name and that are not there.
    pub missing: Vec<PortUse>,
    /// Sound cards.
    pub cards: Vec<CardView>,
    /// What could not be read of cards.
    pub card_faults: Vec<String>,
    /// What happened, newest first.
    pub happened: Vec<HappeningView>,
}

/// The audio server.
#[derive(Debug, Clone, Serialize)]
pub struct ServerView {
    /// `off`, `looking`, `absent`, `not_answering` or `running`.
    pub state: &'static str,
    /// The same in a sentence.
    pub words: String,
    /// What to do about it; empty where there is nothing to do.
    pub next_step: &'static str,
    /// Since when it is so.
    pub since: UnixMs,
    /// Frames per second.
    pub rate_hz: Option<u32>,
    /// Frames of one period.
    pub period_frames: Option<u32>,
    /// True while it runs as fast as its programs can.
    pub is_freewheeling: bool,
    /// How much of each period it and its programs need.
    pub load_percent: f32,
    /// How often it said that sound was lost, since Lacquer started.
    pub xruns: u64,
}

/// Where a unit of the rack uses a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortUse {
    /// What the rack knows the unit by.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// Which channel, from 1.
    pub channel: usize,
    /// `send` or `return`.
    pub way: &'static str,
    /// The port's full name, as the unit's page has it.
    pub port: String,
}

/// A port.
#[derive(Debug, Clone, Serialize)]
pub struct PortView {
    /// Its full name.
    pub name: String,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// `capture`, `playback`, `output` or `input`.
    pub kind: &'static str,
    /// `sound` or `midi`.
    pub carries: &'static str,
    /// Least and most frames between the plugs and it, as the server tells it.
    pub latency_frames: [u32; 2],
    /// Its level of late; none where it is silent or not metered.
    pub peak_dbfs: Option<f64>,
    /// True where it is metered.
    pub is_metered: bool,
    /// Units of the rack that it leads to or from.
    pub units: Vec<PortUse>,
    /// Ports it is connected with.
    pub connected: Vec<String>,
}

/// A connection that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionView {
    /// Where sound comes out.
    pub from: String,
    /// Where it goes in.
    pub to: String,
    /// True where the studio wants it; otherwise somebody else made it, and it is theirs.
    pub is_wanted: bool,
}

/// A connection that is to stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WantedView {
    /// Where sound comes out.
    pub from: String,
    /// Where it goes in.
    pub to: String,
    /// True where somebody else had made it before.
    pub is_anothers: bool,
    /// `stands`, `due`, `waits`, `no_server`, `parted` or `refused`.
    pub state: &'static str,
    /// The same in a sentence.
    pub words: String,
}

/// A sound card.
#[derive(Debug, Clone, Serialize)]
pub struct CardView {
    /// ALSA's number.
    pub index: i32,
    /// ALSA's short id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name with its place.
    pub long_name: String,
    /// The kernel's driver.
    pub driver: String,
    /// Its streams.
    pub streams: Vec<StreamView>,
    /// Its mixer.
    pub mixer: Vec<ElementView>,
    /// Its clock.
    pub clock: Vec<ClockView>,
}

/// A stream of a card.
#[derive(Debug, Clone, Serialize)]
pub struct StreamView {
    /// ALSA's number of the device.
    pub device: u32,
    /// Its name.
    pub name: String,
    /// `in` or `out`.
    pub way: &'static str,
    /// Rates it takes; empty where that is not known.
    pub rates_hz: Vec<u32>,
    /// Fewest and most channels.
    pub channels: Option<[u32; 2]>,
    /// Sample formats.
    pub formats: Vec<String>,
    /// The rate it runs at; none while it is closed.
    pub running_hz: Option<u32>,
    /// How it runs, in words.
    pub running: String,
}

/// A control of a mixer.
#[derive(Debug, Clone, Serialize)]
pub struct ElementView {
    /// Its name.
    pub name: String,
    /// What it does to what goes out.
    pub playback: Option<FaderView>,
    /// What it does to what comes in.
    pub capture: Option<FaderView>,
}

/// A fader and its switch.
#[derive(Debug, Clone, Serialize)]
pub struct FaderView {
    /// Each channel in the hardware's steps.
    pub steps: Vec<i64>,
    /// Lowest and highest step.
    pub range: [i64; 2],
    /// Each channel in dB; none for silence; empty where the hardware tells no scale.
    pub levels_db: Vec<Option<f64>>,
    /// Each channel's switch.
    pub is_on: Vec<bool>,
    /// All of it in words.
    pub words: String,
}

/// What a card tells of its clock.
#[derive(Debug, Clone, Serialize)]
pub struct ClockView {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub value: String,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub struct HappeningView {
    /// When.
    pub at: UnixMs,
    /// What, in a sentence.
    pub words: String,
}

/// Puts together what is shown; `seen` is none where nobody watches.
pub(super) fn view(
    seen: Option<&Seen>,
    levels: &Levels,
    cards: &SeenCards,
    units: &[RackView<Unit>],
) -> PatchbayView {
    let uses = uses(units);
    let ports = seen.map_or(&[][..], |seen| &seen.ports);
    let is_it = |port: &SeenPort, name: &String| port.name == *name || port.aliases.contains(name);
    let is_there = |of: &&PortUse| ports.iter().any(|port| is_it(port, &of.port));
    let is_running = seen.is_some_and(|s| matches!(s.server, ServerState::Running(_)));
    let missing = uses.iter().filter(|of| is_running && !is_there(of));
    let port = |port: &SeenPort| {
        let level = levels.ports.iter().find(|level| level.port == port.name);
        let units = uses.iter().filter(|of| is_it(port, &of.port));
        PortView {
            name: port.name.clone(),
            aliases: port.aliases.clone(),
            kind: kind(port.kind),
            carries: if port.is_midi { "midi" } else { "sound" },
            latency_frames: port.latency_frames,
            peak_dbfs: level.and_then(|level| level.peak_dbfs),
            is_metered: level.is_some(),
            units: units.cloned().collect(),
            connected: seen.map_or_else(Vec::new, |seen| connected(seen, &port.name)),
        }
    };
    PatchbayView {
        version: PatchbayVersion {
            server: seen.map_or(0, |seen| seen.version),
            cards: cards.version,
        },
        server: server(seen, levels),
        ports: ports.iter().map(port).collect(),
        missing: missing.cloned().collect(),
        connections: seen.map_or_else(Vec::new, connections),
        wanted: seen.map_or_else(Vec::new, wanted),
        cards: cards.cards.iter().map(card).collect(),
        card_faults: cards.faults.clone(),
        happened: happened(seen, cards),
    }
}

fn server(seen: Option<&Seen>, levels: &Levels) -> ServerView {
    let (state, words, next_step) = match seen {
        None => (
            "off",
            words::OFF.to_owned(),
            "Set it to true, and start Lacquer again.",
        ),
        Some(seen) => words::server(&seen.server),
    };
    let facts = match seen.map(|seen| &seen.server) {
        Some(ServerState::Running(facts)) => Some(facts),
        _ => None,
    };
    ServerView {
        state,
        words,
        next_step,
        since: seen.map_or(0, |seen| seen.since_ms),
        rate_hz: facts.map(|facts| facts.rate_hz),
        period_frames: facts.map(|facts| facts.period_frames),
        is_freewheeling: facts.is_some_and(|facts| facts.pace == Pace::Freewheel),
        load_percent: levels.load_percent,
        xruns: seen.map_or(0, |seen| seen.xruns),
    }
}

/// Each port that a unit names.
fn uses(units: &[RackView<Unit>]) -> Vec<PortUse> {
    let mut found = Vec::new();
    for unit in units {
        for (n, pair) in unit.page.channels.iter().enumerate() {
            for (way, port) in [("send", &pair.send), ("return", &pair.returned)] {
                found.push(PortUse {
                    unit: unit.id.clone(),
                    name: unit.page.name.clone(),
                    channel: n + 1,
                    way,
                    port: port.clone(),
                });
            }
        }
    }
    found
}

fn kind(kind: PortKind) -> &'static str {
    match kind {
        PortKind::Capture => "capture",
        PortKind::Playback => "playback",
        PortKind::Output => "output",
        PortKind::Input => "input",
    }
}

fn connected(seen: &Seen, port: &str) -> Vec<String> {
    let other = |c: &Connection| match (c.from == port, c.to == port) {
        (true, _) => Some(c.to.clone()),
        (false, true) => Some(c.from.clone()),
        (false, false) => None,
    };
    seen.connections.iter().filter_map(other).collect()
}

fn connections(seen: &Seen) -> Vec<ConnectionView> {
    let is_wanted = |c: &Connection| seen.wanted.iter().any(|w| w.wish.connection == *c);
    let shown = |c: &Connection| ConnectionView {
        from: c.from.clone(),
        to: c.to.clone(),
        is_wanted: is_wanted(c),
    };
    seen.connections.iter().map(shown).collect()
}

fn wanted(seen: &Seen) -> Vec<WantedView> {
    // A server that answers nothing may have lost what stood in it.
    let is_running = matches!(seen.server, ServerState::Running(_));
    let wanted = seen.wanted.iter();
    wanted
        .map(|wanted| {
            let (state, words) = match &wanted.state {
                WantedState::Stands if !is_running => words::wanted(&WantedState::NoServer),
                state => words::wanted(state),
            };
            WantedView {
                from: wanted.wish.connection.from.clone(),
                to: wanted.wish.connection.to.clone(),
                is_anothers: wanted.wish.is_anothers,
                state,
                words,
            }
        })
        .collect()
}

fn happened(seen: Option<&Seen>, cards: &SeenCards) -> Vec<HappeningView> {
    let server = seen.into_iter().flat_map(|seen| &seen.happened);
    let server = server.map(|happening| HappeningView {
        at: happening.at_ms,
        words: words::happened(&happening.what),
    });
    let cards = cards.happened.iter().map(|happening| HappeningView {
        at: happening.at_ms,
        words: words::card_happened(&happening.card, &happening.what),
    });
    // Within one moment the order of happening stays, newest first.
    let mut all: Vec<HappeningView> = server.chain(cards).collect();
    all.reverse();
    all.sort_by_key(|happening| std::cmp::Reverse(happening.at));
    all
}

fn card(card: &SeenCard) -> CardView {
    let clock = card.clock.iter().map(|element| ClockView {
        name: element.name.clone(),
        value: element.value.clone(),
    });
    CardView {
        index: card.index,
        id: card.id.clone(),
        name: card.name.clone(),
        long_name: card.long_name.clone(),
        driver: card.driver.clone(),
        streams: card.streams.iter().map(stream).collect(),
        mixer: card.mixer.iter().map(element).collect(),
        clock: clock.collect(),
    }
}

fn stream(stream: &Stream) -> StreamView {
    let able = stream.abilities.as_ref();
    StreamView {
        device: stream.device,
        name: stream.name.clone(),
        way: match stream.way {
            Way::In => "in",
            Way::Out => "out",
        },
        rates_hz: able.map_or_else(Vec::new, |able| able.rates_hz.clone()),
        channels: able.map(|able| able.channels),
        formats: able.map_or_else(Vec::new, |able| able.formats.clone()),
        running_hz: stream.running.as_ref().map(|run| run.rate_hz),
        running: stream.running.as_ref().map_or_else(
            || "closed".to_owned(),
            |run| {
                format!(
                    "{} Hz, {} channels, {}, {} frames a period",
                    run.rate_hz, run.channels, run.format, run.period_frames
                )
            },
        ),
    }
}

fn element(element: &MixerElement) -> ElementView {
    ElementView {
        name: element.name.clone(),
        playback: element.playback.as_ref().map(fader),
        capture: element.capture.as_ref().map(fader),
    }
}

fn fader(fader: &Fader) -> FaderView {
    let level = |db: &f64| match db.is_finite() {
        true => format!("{db:.1} dB"),
        false => "silent".to_owned(),
    };
    let mut words: Vec<String> = if fader.levels_db.is_empty() {
        let of = |step: &i64| format!("{step} of {}", fader.range[1]);
        fader.steps.iter().map(of).collect()
    } else {
        fader.levels_db.iter().map(level).collect()
    };
    words.dedup();
    let mut switches: Vec<&str> = fader
        .is_on
        .iter()
        .map(|on| if *on { "on" } else { "off" })
        .collect();
    switches.dedup();
    words.extend(switches.into_iter().map(str::to_owned));
    let finite = |db: &f64| Some(*db).filter(|db| db.is_finite());
    FaderView {
        steps: fader.steps.clone(),
        range: fader.range,
        levels_db: fader.levels_db.iter().map(finite).collect(),
        is_on: fader.is_on.clone(),
        words: words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(fader_of: Fader, expected: &str) {
        assert_eq!(fader(&fader_of).words, expected);
    }

    #[test]
    fn faders_are_said_as_they_are_read() {
        let stereo = Fader {
            steps: vec![74, 74],
            range: [0, 74],
            levels_db: vec![0.0, 0.0],
            is_on: vec![true, true],
        };
        says(stereo.clone(), "0.0 dB, on");
        let uneven = Fader {
            levels_db: vec![-6.04, f64::NEG_INFINITY],
            is_on: vec![true, false],
            ..stereo.clone()
        };
        says(uneven, "-6.0 dB, silent, on, off");
        let no_scale = Fader {
            levels_db: Vec::new(),
            is_on: Vec::new(),
            ..stereo
        };
        says(no_scale, "74 of 74");
    }
}
