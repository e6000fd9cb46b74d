//! A chain through the rack: units, built-in processors between them, and what has to be patched by hand.

use std::collections::BTreeMap;

use engine::Chain;
use engine::Stage;
use serde::{Deserialize, Serialize};

use crate::{RackRefusal, Unit};

/// Trims beyond this are a wrong level somewhere else.
pub(crate) const TRIM_DB: [f64; 2] = [-24.0, 24.0];

/// One leg of a chain, in the order the sound takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "leg", deny_unknown_fields)]
pub enum Leg {
    /// Built-in processors.
    Processors {
        /// As in a chain file.
        stages: Vec<Stage>,
    },
    /// Out to a unit and back.
    Unit {
        /// The unit, by the name the rack knows it by.
        unit: String,
        /// Before its send, in dB.
        #[serde(default)]
        send_trim_db: f64,
        /// Behind its return, in dB.
        #[serde(default)]
        return_trim_db: f64,
    },
    /// Something that JACK cannot see: a patch field, an insert switcher.
    Patch {
        /// What somebody does, such as `plug Pultec out into Vari-Mu in`.
        step: String,
    },
}

/// A chain through the rack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RackChain {
    /// What the studio calls it.
    pub name: String,
    /// When to use it, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
    /// Share of what the legs make, beside the mix itself, in per cent.
    #[serde(default = "whole")]
    pub wet_percent: f64,
    /// From the mix to the print.
    pub legs: Vec<Leg>,
}

fn whole() -> f64 {
    100.0
}

impl RackChain {
    /// Reads a chain's file. Whether its units are there is [`Self::check`]'s matter.
    ///
    /// # Errors
    /// An unknown key with its line.
    pub fn from_toml(text: &str) -> Result<Self, RackRefusal> {
        toml::from_str(text).map_err(|error| RackRefusal::Unreadable {
            why: error.to_string(),
        })
    }

    /// The chain as a file.
    ///
    /// # Errors
    /// A number that a file cannot hold.
    pub fn to_toml(&self) -> Result<String, RackRefusal> {
        toml::to_string_pretty(self).map_err(|error| RackRefusal::Unreadable {
            why: error.to_string(),
        })
    }

    /// The units it goes through, in their order.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        self.legs.iter().filter_map(|leg| match leg {
            Leg::Unit { unit, .. } => Some(unit.as_str()),
            Leg::Processors { .. } | Leg::Patch { .. } => None,
        })
    }

    /// What has to be patched by hand, in its order.
    pub fn patch_steps(&self) -> impl Iterator<Item = &str> {
        self.legs.iter().filter_map(|leg| match leg {
            Leg::Patch { step } => Some(step.as_str()),
            Leg::Processors { .. } | Leg::Unit { .. } => None,
        })
    }

    /// Refuses a chain that cannot be run in this rack.
    ///
    /// # Errors
    /// The first thing that is wrong, with its leg.
    pub fn check(&self, rack: &BTreeMap<String, Unit>) -> Result<(), RackRefusal> {
        if self.name.trim().is_empty() {
            return Err(RackRefusal::Nameless { what: "a chain" });
        }
        RackRefusal::unless_in("the wet share in per cent", self.wet_percent, [0.0, 100.0])?;
        if self.units().next().is_none() {
            return Err(RackRefusal::NoUnit);
        }
        let mut used: Vec<&str> = Vec::new();
        for (index, leg) in self.legs.iter().enumerate() {
            match leg {
                Leg::Unit {
                    unit,
                    send_trim_db,
                    return_trim_db,
                } => {
                    RackRefusal::unless_in("a send trim in dB", *send_trim_db, TRIM_DB)?;
                    RackRefusal::unless_in("a return trim in dB", *return_trim_db, TRIM_DB)?;
                    if !rack.contains_key(unit) {
                        return Err(RackRefusal::NoSuchUnit { unit: unit.clone() });
                    }
                    if used.contains(&unit.as_str()) {
                        return Err(RackRefusal::Twice {
                            what: "unit",
                            name: unit.clone(),
                        });
                    }
                    used.push(unit);
                }
                Leg::Processors { stages } => {
                    Chain::new(stages.clone()).map_err(|error| RackRefusal::Processors {
                        leg: index + 1,
                        why: error.to_string(),
                    })?;
                }
                Leg::Patch { step } if step.trim().is_empty() => {
                    return Err(RackRefusal::Nameless {
                        what: "a manual step",
                    });
                }
                Leg::Patch { .. } => (),
            }
        }
        self.check_ports(rack)
    }

    /// Two units on one port would answer at once.
    fn check_ports(&self, rack: &BTreeMap<String, Unit>) -> Result<(), RackRefusal> {
        let units = self.units().filter_map(|unit| rack.get(unit));
        let ports = units.flat_map(|unit| unit.channels.iter());
        crate::control::distinct("port", ports.flat_map(|c| [&c.send, &c.returned]))
    }
}
