//! A recall sheet: where every control of a chain stood when a revision was printed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::unit::Photograph;
use crate::{RackChain, RackRefusal, Setting, Unit};

/// Trims of one song, in dB, on top of the chain's.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trim {
    /// Before the first send.
    pub send_db: f64,
    /// Behind the last return.
    pub return_db: f64,
}

/// Where one unit stood.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitSettings {
    /// The unit, by the name the rack knows it by.
    pub unit: String,
    /// Which version of its page.
    pub unit_version: u32,
    /// By control.
    #[serde(default)]
    pub settings: BTreeMap<String, Setting>,
    /// What it looked like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photographs: Vec<Photograph>,
    /// What else there is to know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A manual step that somebody has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patched {
    /// Which one of the chain, from 1.
    pub step: usize,
    /// Who did it.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// A recall sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The chain, by the name the rack knows it by.
    pub chain: String,
    /// Which version of it.
    pub chain_version: u32,
    /// In the order of the chain.
    pub units: Vec<UnitSettings>,
    /// By the song's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trims: BTreeMap<String, Trim>,
    /// Manual steps that are done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patched: Vec<Patched>,
    /// What else there is to know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a sheet still lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "missing")]
pub enum Missing {
    /// A control that nobody noted.
    Control {
        /// The unit.
        unit: String,
        /// The control.
        control: String,
    },
    /// A manual step that nobody confirmed.
    Patch {
        /// From 1.
        step: usize,
        /// What is to be done.
        words: String,
    },
}

/// A control that stands differently on two sheets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The unit.
    pub unit: String,
    /// The control.
    pub control: String,
    /// On the first sheet; `None` where it is not noted there.
    pub before: Option<Setting>,
    /// On the second.
    pub after: Option<Setting>,
}

impl Sheet {
    /// An empty sheet of a chain; units come with the version of their pages.
    pub fn blank<'u>(
        chain: &str,
        chain_version: u32,
        units: impl IntoIterator<Item = (&'u str, u32)>,
    ) -> Self {
        let unit = |(unit, unit_version): (&str, u32)| UnitSettings {
            unit: unit.to_owned(),
            unit_version,
            ..UnitSettings::default()
        };
        Self {
            chain: chain.to_owned(),
            chain_version,
            units: units.into_iter().map(unit).collect(),
            trims: BTreeMap::new(),
            patched: Vec::new(),
            note: String::new(),
        }
    }

    /// The sheet for another chain, or another version of its own: what is noted of units that are still gone
    /// through stays, as do trims and words. Manual steps are to be done anew where they may be others.
    #[must_use]
    pub fn carried_to(&self, blank: Self) -> Self {
        let mut carried = blank;
        for part in &mut carried.units {
            if let Some(known) = self.unit(&part.unit) {
                *part = UnitSettings {
                    unit_version: part.unit_version,
                    ..known.clone()
                };
            }
        }
        carried.trims.clone_from(&self.trims);
        carried.note.clone_from(&self.note);
        carried
    }

    /// A unit's part of the sheet.
    ///
    /// # Errors
    /// The chain does not go through it.
    pub fn unit_mut(&mut self, unit: &str) -> Result<&mut UnitSettings, RackRefusal> {
        let found = self.units.iter_mut().find(|u| u.unit == unit);
        found.ok_or_else(|| RackRefusal::NoSuchUnit {
            unit: unit.to_owned(),
        })
    }

    /// A unit's part of the sheet, where the chain goes through it.
    pub fn unit(&self, unit: &str) -> Option<&UnitSettings> {
        self.units.iter().find(|u| u.unit == unit)
    }

    /// Notes where a control stands, as a person wrote it; an empty text takes the note away.
    ///
    /// # Errors
    /// No such unit, control or setting.
    pub fn set(
        &mut self,
        (name, unit): (&str, &Unit),
        control: &str,
        text: &str,
    ) -> Result<(), RackRefusal> {
        let control = unit.control(control)?;
        let part = self.unit_mut(name)?;
        if text.trim().is_empty() {
            part.settings.remove(&control.name);
        } else {
            part.settings
                .insert(control.name.clone(), control.read(text)?);
        }
        Ok(())
    }

    /// Notes the trims of a song.
    ///
    /// # Errors
    /// A trim beyond 24 dB either way.
    pub fn trim(&mut self, track: &str, trim: Trim) -> Result<(), RackRefusal> {
        RackRefusal::unless_in("a send trim in dB", trim.send_db, crate::chain::TRIM_DB)?;
        RackRefusal::unless_in("a return trim in dB", trim.return_db, crate::chain::TRIM_DB)?;
        self.trims.insert(track.to_owned(), trim);
        Ok(())
    }

    /// Notes that a manual step of the chain is done. A second time changes nothing.
    ///
    /// # Errors
    /// The chain has no such step.
    pub fn confirm(&mut self, chain: &RackChain, done: Patched) -> Result<(), RackRefusal> {
        if !(1..=chain.patch_steps().count()).contains(&done.step) {
            return Err(RackRefusal::NoSuchStep { step: done.step });
        }
        if self.patched.iter().all(|p| p.step != done.step) {
            self.patched.push(done);
            self.patched.sort_by_key(|p| p.step);
        }
        Ok(())
    }

    /// What the sheet lacks before it can bring the setting back, in the order of the chain.
    pub fn missing(&self, chain: &RackChain, rack: &BTreeMap<String, Unit>) -> Vec<Missing> {
        let mut missing = Vec::new();
        for (index, words) in chain.patch_steps().enumerate() {
            if self.patched.iter().all(|p| p.step != index + 1) {
                missing.push(Missing::Patch {
                    step: index + 1,
                    words: words.to_owned(),
                });
            }
        }
        for name in chain.units() {
            let Some(unit) = rack.get(name) else { continue };
            let noted = self.unit(name).map(|part| &part.settings);
            for control in &unit.controls {
                if noted.is_none_or(|noted| !noted.contains_key(&control.name)) {
                    missing.push(Missing::Control {
                        unit: name.to_owned(),
                        control: control.name.clone(),
                    });
                }
            }
        }
        missing
    }

    /// What stands differently on another sheet: this one's units first, then what only the other has.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let units = self.units.iter().chain(
            other
                .units
                .iter()
                .filter(|part| self.unit(&part.unit).is_none()),
        );
        let none = BTreeMap::new();
        let mut found = Vec::new();
        for part in units {
            let settings = |sheet: &Self| {
                let part = sheet.unit(&part.unit);
                part.map_or(none.clone(), |part| part.settings.clone())
            };
            let (before, after) = (settings(self), settings(other));
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let (before, after) = (before.get(name), after.get(name));
                if before != after {
                    found.push(Difference {
                        unit: part.unit.clone(),
                        control: name.clone(),
                        before: before.cloned(),
                        after: after.cloned(),
                    });
                }
            }
        }
        found
    }
}
