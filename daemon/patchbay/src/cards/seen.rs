//! What the cards are: their streams, mixers and clocks.

/// Every card at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeenCards {
    /// Grows with every change.
    pub version: u64,
    /// The cards, by their numbers.
    pub cards: Vec<SeenCard>,
    /// What could not be read, in plain words.
    pub faults: Vec<String>,
    /// What happened, oldest first; the last 60.
    pub happened: Vec<CardHappening>,
}

/// A card.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenCard {
    /// ALSA's number; it may change when cards are plugged.
    pub index: i32,
    /// ALSA's short id, such as `USB`; what follows `hw:` in a device's name.
    pub id: String,
    /// Its name, such as `USB Audio Device`.
    pub name: String,
    /// The name with its place on the bus.
    pub long_name: String,
    /// The kernel's driver.
    pub driver: String,
    /// What sound goes in and out by.
    pub streams: Vec<Stream>,
    /// Levels and switches.
    pub mixer: Vec<MixerElement>,
    /// Where its clock comes from and how it is.
    pub clock: Vec<ClockElement>,
}

/// A PCM device in one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// ALSA's number of the device.
    pub device: u32,
    /// Its name.
    pub name: String,
    /// Whether it brings sound in or out.
    pub way: Way,
    /// What it can do; none while somebody else holds it and nobody asked before.
    pub abilities: Option<Abilities>,
    /// How it runs; none while it is closed, or where the system does not tell.
    pub running: Option<StreamRun>,
}

/// Which way sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the card's inputs.
    In,
    /// To its outputs.
    Out,
}

/// What a stream can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Of the usual rates, those it takes.
    pub rates_hz: Vec<u32>,
    /// Fewest and most channels.
    pub channels: [u32; 2],
    /// Sample formats by ALSA's names, such as `S24_3LE`.
    pub formats: Vec<String>,
}

/// How a stream runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRun {
    /// Frames per second.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// Sample format by ALSA's name.
    pub format: String,
    /// Frames of one period.
    pub period_frames: u32,
}

/// A control of a mixer.
#[derive(Clone, Debug, PartialEq)]
pub struct MixerElement {
    /// Its name, with a number where several have it.
    pub name: String,
    /// What it does to sound that goes out.
    pub playback: Option<Fader>,
    /// What it does to sound that comes in.
    pub capture: Option<Fader>,
}

/// A fader with its switch, for each channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fader {
    /// Each channel in the hardware's own steps; empty where there is a switch alone.
    pub steps: Vec<i64>,
    /// Lowest and highest step.
    pub range: [i64; 2],
    /// Each channel in dB, negative infinity for silence; empty where the hardware tells no scale.
    pub levels_db: Vec<f64>,
    /// Each channel's switch, on where sound goes through; empty where it has none.
    pub is_on: Vec<bool>,
}

/// Something that a card tells of its clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockElement {
    /// Its name, such as `Clock Source`.
    pub name: String,
    /// How it stands, in words or a number.
    pub value: String,
}

/// Something that happened to a card, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardHappening {
    /// In milliseconds since 1970.
    pub at_ms: i64,
    /// The card's name.
    pub card: String,
    /// What.
    pub what: CardWhat,
}

/// What can happen to a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardWhat {
    /// It was there when the watch began.
    Found,
    /// It was plugged in.
    Plugged,
    /// It was pulled out.
    Pulled,
    /// What it tells of its clock changed.
    Clock {
        /// Which part.
        name: String,
        /// How it stood.
        from: String,
        /// How it stands.
        to: String,
    },
}

/// What happened between two looks.
pub(super) fn differences(before: &[SeenCard], now: &[SeenCard]) -> Vec<(String, CardWhat)> {
    let mut found = Vec::new();
    // The kernel gives a number anew as soon as it is free: a card is itself only with its name.
    let same = |a: &SeenCard, b: &SeenCard| a.index == b.index && a.long_name == b.long_name;
    for card in before {
        if !now.iter().any(|other| same(card, other)) {
            found.push((card.name.clone(), CardWhat::Pulled));
        }
    }
    for card in now {
        let Some(earlier) = before.iter().find(|other| same(card, other)) else {
            found.push((card.name.clone(), CardWhat::Plugged));
            continue;
        };
        for element in &card.clock {
            let was = earlier.clock.iter().find(|e| e.name == element.name);
            if let Some(was) = was.filter(|was| was.value != element.value) {
                let what = CardWhat::Clock {
                    name: element.name.clone(),
                    from: was.value.clone(),
                    to: element.value.clone(),
                };
                found.push((card.name.clone(), what));
            }
        }
    }
    found
}

/// Reads how a stream runs from the kernel's `hw_params` of it; none where it is closed.
pub(super) fn stream_run(text: &str) -> Option<StreamRun> {
    let value = |key: &str| {
        let mut lines = text.lines();
        let found = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        found.split_whitespace().next()
    };
    Some(StreamRun {
        rate_hz: value("rate")?.parse().ok()?,
        channels: value("channels")?.parse().ok()?,
        format: value("format")?.to_owned(),
        period_frames: value("period_size")?.parse().ok()?,
    })
}

/// True for the name of a control that tells of the card's clock: where it comes from, how fast it goes, whether
/// it is locked.
pub(super) fn is_of_the_clock(name: &str) -> bool {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    // Some drivers lock a switch, which is about something else.
    has(&["clock", "wordclock", "sync", "rate", "locked"])
        || (has(&["lock"]) && !has(&["mute", "mic"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cards_have_for_their_clocks_are_known() {
        for name in [
            "Sample Clock Source",
            "Clock Source",
            "AES1 Lock Status",
            "WordClock Sync Check",
            "System Clock Mode",
            "External Rate",
            "PCM Rate Shift 100000",
            "Clarett Sync Status",
            "ADAT Locked",
        ] {
            assert!(is_of_the_clock(name), "{name}");
        }
        for name in [
            "Master Playback Volume",
            "Mic Mute Lock",
            "Blocking",
            "Headphone",
            "IEC958 Default",
            "Generator",
        ] {
            assert!(!is_of_the_clock(name), "{name}");
        }
    }

    #[test]
    fn the_kernel_s_words_about_a_stream_are_read() {
        let text = "access: MMAP_INTERLEAVED\nformat: S32_LE\nsubformat: STD\nchannels: 2\n\
                    rate: 96000 (96000/1)\nperiod_size: 64\nbuffer_size: 192\n";
        let run = stream_run(text).unwrap();
        assert_eq!((run.rate_hz, run.channels), (96_000, 2));
        assert_eq!((run.format.as_str(), run.period_frames), ("S32_LE", 64));
        assert_eq!(stream_run("closed\n"), None);
        assert_eq!(stream_run("no setup\n"), None);
    }

    fn card(index: i32, long_name: &str, source: &str) -> SeenCard {
        SeenCard {
            index,
            id: String::new(),
            name: long_name.split(' ').next().unwrap().to_owned(),
            long_name: long_name.to_owned(),
            driver: String::new(),
            streams: Vec::new(),
            mixer: Vec::new(),
            clock: vec![ClockElement {
                name: "Clock Source".to_owned(),
                value: source.to_owned(),
            }],
        }
    }

    #[track_caller]
    fn happens(before: &[SeenCard], now: &[SeenCard], expected: &[(&str, CardWhat)]) {
        let found = differences(before, now);
        let found: Vec<(&str, CardWhat)> =
            found.iter().map(|(n, w)| (n.as_str(), w.clone())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_plugged_pulled_and_clocked_otherwise_is_told() {
        let (hall, usb) = (card(0, "Hall at 1", "Internal"), card(1, "Usb at 2", "-"));
        happens(&[], &[], &[]);
        let both = [hall.clone(), usb.clone()];
        let one = [hall.clone()];
        happens(&one, &both, &[("Usb", CardWhat::Plugged)]);
        happens(&both, &one, &[("Usb", CardWhat::Pulled)]);
        // Another card under the number of the one that went.
        let other = [hall, card(1, "Box at 2", "-")];
        let swapped = [("Usb", CardWhat::Pulled), ("Box", CardWhat::Plugged)];
        happens(&both, &other, &swapped);
        let clocked = CardWhat::Clock {
            name: "Clock Source".to_owned(),
            from: "Internal".to_owned(),
            to: "AES".to_owned(),
        };
        let now = [card(0, "Hall at 1", "AES"), usb];
        happens(&both, &now, &[("Hall", clocked)]);
    }
}
