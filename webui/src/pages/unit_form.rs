//! A unit of the rack as a form: what an engineer fills in without knowing how its file is written.

use rack::{Control, DatedCalibration, Layout, PortPair, Range, Service, Unit};
use studio::{Denied, PatchbayView};

use crate::form::Fields;

/// Empty rows below what is there.
const MORE_CHANNELS: usize = 2;
const MORE_CONTROLS: usize = 3;
/// Nobody fills in more.
const MOST_ROWS: usize = 256;

/// Layouts as the form names them.
const LAYOUTS: [(&str, Layout, &str); 4] = [
    ("stereo", Layout::Stereo, "Stereo, linked"),
    ("dual_mono", Layout::DualMono, "Dual mono"),
    (
        "mid_side",
        Layout::MidSide,
        "Mid and side, encoded round it",
    ),
    (
        "channels",
        Layout::Channels,
        "As many channels as the mix has",
    ),
];

/// A row of the panel.
#[derive(Clone, Debug, Default)]
pub(super) struct ControlRow {
    /// What it was called: a control that is renamed keeps its MIDI.
    pub(super) was: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) choices: String,
}

/// The form, as it is drawn or as it was sent.
#[derive(Clone, Debug, Default)]
pub(super) struct UnitForm {
    pub(super) name: String,
    pub(super) maker: String,
    pub(super) serial_number: String,
    pub(super) layout: String,
    pub(super) warm_up_minutes: String,
    pub(super) return_server: String,
    pub(super) midi_port: String,
    pub(super) loopback: String,
    pub(super) notes: String,
    pub(super) channels: Vec<[String; 2]>,
    pub(super) controls: Vec<ControlRow>,
    /// Levels that hold from a day on, for all channels.
    pub(super) since: String,
    pub(super) send_dbu: String,
    pub(super) return_dbu: String,
    pub(super) serviced_on: String,
    pub(super) serviced_what: String,
    /// Ports there are now: where sends can lead, and where returns can come from.
    pub(super) sinks: Vec<String>,
    pub(super) sources: Vec<String>,
}

impl UnitForm {
    /// A unit as it is, or an empty form.
    pub(super) fn of(unit: Option<&Unit>) -> Self {
        let Some(unit) = unit else {
            return Self {
                layout: "stereo".to_owned(),
                warm_up_minutes: "0".to_owned(),
                ..Self::default()
            };
        };
        let layout = LAYOUTS.iter().find(|(_, layout, _)| *layout == unit.layout);
        let row = |control: &Control| ControlRow {
            was: control.name.clone(),
            name: control.name.clone(),
            kind: control.range.kind().to_owned(),
            choices: control.range.words(),
        };
        let pair = |pair: &PortPair| [pair.send.clone(), pair.returned.clone()];
        Self {
            name: unit.name.clone(),
            maker: unit.maker.clone(),
            serial_number: unit.serial_number.clone(),
            layout: layout.map_or("stereo", |(key, ..)| key).to_owned(),
            warm_up_minutes: unit.warm_up_minutes.to_string(),
            return_server: unit.return_server.clone(),
            midi_port: unit.midi_port.clone(),
            loopback: unit.loopback.clone(),
            notes: unit.notes.clone(),
            channels: unit.channels.iter().map(pair).collect(),
            controls: unit.controls.iter().map(row).collect(),
            ..Self::default()
        }
    }

    /// As it was sent.
    pub(super) fn sent(fields: &Fields) -> Self {
        let get = |name: &str| fields.get(name).trim().to_owned();
        let rows = |prefix: &str| {
            let numbers = fields
                .below(prefix)
                .filter_map(|(n, _)| n.parse::<usize>().ok());
            numbers.max().map_or(0, |last| (last + 1).min(MOST_ROWS))
        };
        let channel = |n: usize| [get(&format!("send_{n}")), get(&format!("return_{n}"))];
        let control = |n: usize| ControlRow {
            was: get(&format!("control_was_{n}")),
            name: get(&format!("control_name_{n}")),
            kind: get(&format!("control_kind_{n}")),
            choices: get(&format!("control_choices_{n}")),
        };
        Self {
            name: get("name"),
            maker: get("maker"),
            serial_number: get("serial_number"),
            layout: get("layout"),
            warm_up_minutes: get("warm_up_minutes"),
            return_server: get("return_server"),
            midi_port: get("midi_port"),
            loopback: get("loopback"),
            notes: get("notes"),
            channels: (0..rows("send_")).map(channel).collect(),
            controls: (0..rows("control_name_")).map(control).collect(),
            since: get("since"),
            send_dbu: get("send_dbu"),
            return_dbu: get("return_dbu"),
            serviced_on: get("serviced_on"),
            serviced_what: get("serviced_what"),
            ..Self::default()
        }
    }

    /// With the ports that the server has now, to choose from, and rows to write in.
    pub(super) fn with_rows(mut self, board: Option<&PatchbayView>) -> Self {
        let of = |kinds: [&str; 2]| {
            let ports = board.into_iter().flat_map(|board| &board.ports);
            let of_it = ports.filter(|port| port.carries == "sound" && kinds.contains(&port.kind));
            of_it.map(|port| port.name.clone()).collect()
        };
        (self.sinks, self.sources) = (of(["playback", "input"]), of(["capture", "output"]));
        let (channels, controls) = (self.channels.len(), self.controls.len());
        self.channels
            .resize(channels + MORE_CHANNELS, Default::default());
        self.controls
            .resize(controls + MORE_CONTROLS, ControlRow::default());
        self
    }

    pub(super) fn layouts(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        LAYOUTS.iter().map(|(key, _, words)| (*key, *words))
    }

    pub(super) fn kinds(&self) -> [(&'static str, &'static str); 3] {
        let [stepped, continuous, switch] = Range::KINDS;
        [
            (continuous, "pot or fader"),
            (stepped, "steps"),
            (switch, "switch"),
        ]
    }

    /// The unit that was meant; `now` is the one it was, whose photographs, levels and services stay.
    ///
    /// # Errors
    /// What cannot be read, in a sentence. Whether it can be a unit is the rack's to say.
    pub(super) fn unit(&self, now: Option<Unit>) -> Result<Unit, Denied> {
        let mut unit = match now {
            Some(unit) => unit,
            None => Unit::named(&self.name),
        };
        let layout = LAYOUTS.iter().find(|(key, ..)| *key == self.layout);
        let layout = layout.ok_or_else(|| invalid("choose what the unit's channels carry"))?;
        let minutes = self.warm_up_minutes.parse();
        unit.warm_up_minutes =
            minutes.map_err(|_| invalid("the warm-up is a number of minutes, such as 30"))?;
        unit.layout = layout.1;
        unit.name.clone_from(&self.name);
        unit.maker.clone_from(&self.maker);
        unit.serial_number.clone_from(&self.serial_number);
        unit.return_server.clone_from(&self.return_server);
        unit.midi_port.clone_from(&self.midi_port);
        unit.loopback.clone_from(&self.loopback);
        unit.notes.clone_from(&self.notes);
        let channels = self.channels.iter();
        let filled = channels.filter(|pair| pair.iter().any(|port| !port.is_empty()));
        unit.channels = filled
            .map(|[send, returned]| PortPair {
                send: send.clone(),
                returned: returned.clone(),
            })
            .collect();
        let rows = self.controls.iter().filter(|row| !row.name.is_empty());
        let controls: Result<_, Denied> = rows.map(|row| row.control(&unit)).collect();
        unit.controls = controls?;
        self.levels(&mut unit)?;
        self.service(&mut unit)?;
        Ok(unit)
    }

    fn levels(&self, unit: &mut Unit) -> Result<(), Denied> {
        if self.send_dbu.is_empty() && self.return_dbu.is_empty() {
            return Ok(());
        }
        let dbu = |text: &str| {
            let number = text.replace(',', ".").parse::<f64>();
            number
                .map_err(|_| invalid("levels at full scale are numbers of dBu, such as 18 and 18"))
        };
        let (send_dbu, return_dbu) = (dbu(&self.send_dbu)?, dbu(&self.return_dbu)?);
        let since = day(&self.since, "the day from which the levels hold")?;
        for channel in 1..=unit.channels.len() {
            unit.calibrations.push(DatedCalibration {
                since,
                channel,
                send_dbu,
                return_dbu,
            });
        }
        Ok(())
    }

    fn service(&self, unit: &mut Unit) -> Result<(), Denied> {
        if self.serviced_what.is_empty() {
            return Ok(());
        }
        unit.services.push(Service {
            on: day(&self.serviced_on, "the day of the service")?,
            what: self.serviced_what.clone(),
        });
        Ok(())
    }
}

impl ControlRow {
    fn control(&self, unit: &Unit) -> Result<Control, Denied> {
        let was = unit
            .controls
            .iter()
            .find(|control| control.name == self.was);
        let range = match was.map(|control| &control.range) {
            // Untouched: a position may hold a comma.
            Some(range) if range.kind() == self.kind && range.words() == self.choices => {
                range.clone()
            }
            _ => Range::from_words(&self.kind, &self.choices, &self.name)
                .map_err(|refused| invalid(&refused.to_string()))?,
        };
        Ok(Control {
            name: self.name.clone(),
            range,
            midi: was.and_then(|control| control.midi.clone()),
        })
    }
}

fn day(text: &str, what: &str) -> Result<jiff::civil::Date, Denied> {
    text.parse()
        .map_err(|_| invalid(&format!("{what} is missing, such as 2026-03-01")))
}

fn invalid(sentence: &str) -> Denied {
    Denied::Invalid(sentence.to_owned())
}
