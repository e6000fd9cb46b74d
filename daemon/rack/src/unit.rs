//! A unit: a piece of hardware with its ports, levels, controls and papers.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::control::distinct;
use crate::{Control, RackRefusal};

/// Converters put out and take this many dBu at full scale; anything else is a slip of the pen.
const DBU: [f64; 2] = [-10.0, 40.0];
/// Longest warm-up in minutes: four hours.
const WARM_UP: [f64; 2] = [0.0, 240.0];

/// What a unit's channels carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Left and right, linked in the unit.
    #[default]
    Stereo,
    /// Left and right through two channels with controls of their own.
    DualMono,
    /// Mid and side: encoded before the sends, decoded behind the returns.
    MidSide,
    /// Any number of channels, as the mix has them.
    Channels,
}

/// A channel's way out and back, as JACK names the ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortPair {
    /// Such as `system:playback_3`.
    pub send: String,
    /// Such as `system:capture_3`.
    #[serde(rename = "return")]
    pub returned: String,
}

/// A channel's levels from a day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedCalibration {
    /// First day it holds.
    pub since: Date,
    /// From 1.
    pub channel: usize,
    /// What the send puts out for a full-scale sine, in dBu.
    pub send_dbu: f64,
    /// What brings the return to full scale, in dBu.
    pub return_dbu: f64,
}

/// A picture that is kept with the studio's objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photograph {
    /// Its object's checksum.
    pub object: String,
    /// What it shows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// When it was taken in, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Something that was done to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The day.
    pub on: Date,
    /// Such as `new tubes, V1 and V2`.
    pub what: String,
}

/// A piece of hardware.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// What the studio calls it.
    pub name: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub maker: String,
    /// Its serial number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub serial_number: String,
    /// What its channels carry.
    #[serde(default)]
    pub layout: Layout,
    /// Minutes from switching on until it may be measured.
    #[serde(default)]
    pub warm_up_minutes: u32,
    /// ALSA's name of the port that MIDI for it goes to; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub midi_port: String,
    /// The JACK server that the returns are on, where it is another than the sends': their converter has a clock and a rate
    /// of its own. Empty where both are one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub return_server: String,
    /// No hardware but the loopback engine, in its words, such as `delay=300,gain=-3,noise=-90`; empty where the
    /// unit is real.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub loopback: String,
    /// Whatever else there is to know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// A send and a return for each channel.
    #[serde(default)]
    pub channels: Vec<PortPair>,
    /// Levels, with the day they hold from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibrations: Vec<DatedCalibration>,
    /// What is on its panel, from left to right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
    /// What was done to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// What it looks like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photographs: Vec<Photograph>,
}

impl Layout {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Stereo => "a stereo unit",
            Self::DualMono => "a dual mono unit",
            Self::MidSide => "a mid and side unit",
            Self::Channels => "a unit of several channels",
        }
    }
}

impl Unit {
    /// A unit of which nothing is known but its name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            maker: String::new(),
            serial_number: String::new(),
            layout: Layout::default(),
            warm_up_minutes: 0,
            midi_port: String::new(),
            return_server: String::new(),
            loopback: String::new(),
            notes: String::new(),
            channels: Vec::new(),
            calibrations: Vec::new(),
            controls: Vec::new(),
            services: Vec::new(),
            photographs: Vec::new(),
        }
    }

    /// Reads a unit's file and checks it.
    ///
    /// # Errors
    /// An unknown key with its line, or what is wrong with the unit.
    pub fn from_toml(text: &str) -> Result<Self, RackRefusal> {
        let unit: Self = toml::from_str(text).map_err(|error| RackRefusal::Unreadable {
            why: error.to_string(),
        })?;
        unit.check()?;
        Ok(unit)
    }

    /// The unit as a file.
    ///
    /// # Errors
    /// A number that a file cannot hold.
    pub fn to_toml(&self) -> Result<String, RackRefusal> {
        toml::to_string_pretty(self).map_err(|error| RackRefusal::Unreadable {
            why: error.to_string(),
        })
    }

    /// Refuses a unit that cannot be one.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), RackRefusal> {
        if self.name.trim().is_empty() {
            return Err(RackRefusal::Nameless { what: "a unit" });
        }
        self.check_channels()?;
        RackRefusal::unless_in(
            "the warm-up in minutes",
            f64::from(self.warm_up_minutes),
            WARM_UP,
        )?;
        for dated in &self.calibrations {
            if !(1..=self.channels.len()).contains(&dated.channel) {
                return Err(RackRefusal::CalibratedChannel {
                    channel: dated.channel,
                    channels: self.channels.len(),
                });
            }
            RackRefusal::unless_in("the send's level in dBu", dated.send_dbu, DBU)?;
            RackRefusal::unless_in("the return's level in dBu", dated.return_dbu, DBU)?;
        }
        self.controls.iter().try_for_each(Control::check)?;
        distinct("control", self.controls.iter().map(|c| &c.name))
    }

    fn check_channels(&self) -> Result<(), RackRefusal> {
        let found = self.channels.len();
        let wanted = match self.layout {
            Layout::Stereo | Layout::DualMono | Layout::MidSide if found != 2 => "two channels",
            Layout::Channels if !(1..=64).contains(&found) => "1 to 64 channels",
            _ => "",
        };
        if !wanted.is_empty() {
            return Err(RackRefusal::Channels {
                layout: self.layout.words(),
                wanted,
                found,
            });
        }
        let ports = || self.channels.iter().flat_map(|c| [&c.send, &c.returned]);
        if ports().any(|port| port.trim().is_empty()) {
            return Err(RackRefusal::Nameless { what: "a port" });
        }
        distinct("port", ports())
    }

    /// A channel's levels on a day: those that began last. `channel` counts from 1.
    pub fn calibration_on(&self, channel: usize, day: Date) -> Option<gear::Calibration> {
        let of_it = self.calibrations.iter().filter(|c| c.channel == channel);
        // Of two of one day the later line counts.
        let newest = of_it.filter(|c| c.since <= day).max_by_key(|c| c.since)?;
        Some(gear::Calibration {
            send_dbu: newest.send_dbu,
            return_dbu: newest.return_dbu,
        })
    }

    /// The last service.
    pub fn last_service(&self) -> Option<&Service> {
        self.services.iter().max_by_key(|service| service.on)
    }

    /// A control by its name.
    ///
    /// # Errors
    /// The unit has none of that name.
    pub fn control(&self, name: &str) -> Result<&Control, RackRefusal> {
        let same = |c: &&Control| c.name.trim().eq_ignore_ascii_case(name.trim());
        self.controls
            .iter()
            .find(same)
            .ok_or_else(|| RackRefusal::NoSuchControl {
                unit: self.name.clone(),
                control: name.to_owned(),
            })
    }
}
