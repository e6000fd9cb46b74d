//! How the rack stands as far as the queue knows: what was set last, what is switched on, whether the queue is held.

use std::collections::BTreeMap;
use std::path::Path;

use mastering::UnixMs;
use rack::{RackChain, Setting, Sheet, Step, Unit, UnitSettings, walk};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vault::{Vault, VaultError, Write};

use super::power::on_battery;
use super::words;
use crate::clock::now_ms;
use crate::units_in_use::UnitsInUse;

/// Beginning of the name under which prints stand in the line for units.
pub(crate) const PRINTING: &str = "printing ";

const STANDS: &str = "printing.stands";
const QUEUE: &str = "printing.queue";
const SWITCHED: &str = "printing.switched";

/// Why a queue is held, by whom, since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Since when.
    pub at: UnixMs,
    /// Who, by name.
    pub by: String,
    /// Why, as they wrote it.
    pub why: String,
}

/// What holds for the queue as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QueueRules {
    pub(crate) held: Option<Held>,
    /// Between one print and the next, for gear and ears.
    pub(crate) pause_s: u32,
    /// When the last print ended.
    pub(crate) ended: Option<UnixMs>,
}

/// Since when units are switched on, by the rack's names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Switched(pub(crate) BTreeMap<String, UnixMs>);

/// What was set last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Stands {
    /// When somebody said so.
    at: UnixMs,
    units: BTreeMap<String, BTreeMap<String, Setting>>,
    patched: Vec<String>,
}

fn read<T: DeserializeOwned + Default>(vault: &Vault, name: &str) -> Result<T, VaultError> {
    let text = vault.setting(name)?;
    // What cannot be read is unknown: the engineer is asked once more than needed.
    Ok(text.map_or_else(T::default, |text| {
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::error!(name, %error, "a setting of the print queue cannot be read");
            T::default()
        })
    }))
}

fn write(name: &str, value: &impl Serialize) -> Write {
    Write::Setting {
        name: name.to_owned(),
        value: serde_json::to_string(value).expect("text and numbers"),
    }
}

impl QueueRules {
    /// Why no print begins now, where none does: a person, a pause, the mains.
    pub(crate) fn why_held(&self, power_supply: &Path) -> Option<String> {
        if let Some(held) = &self.held {
            return Some(words::held(held));
        }
        let pause_ms = i64::from(self.pause_s) * 1_000;
        if self.ended.is_some_and(|at| at + pause_ms > now_ms()) {
            return Some("a pause between two prints".to_owned());
        }
        on_battery(power_supply)
    }

    pub(crate) fn read(vault: &Vault) -> Result<Self, VaultError> {
        read(vault, QUEUE)
    }

    pub(crate) fn row(&self) -> Write {
        write(QUEUE, self)
    }
}

impl Switched {
    pub(crate) fn read(vault: &Vault) -> Result<Self, VaultError> {
        read(vault, SWITCHED)
    }

    pub(crate) fn row(&self) -> Write {
        write(SWITCHED, self)
    }

    /// The unit that is warm last, with when; none where all are.
    pub(crate) fn warm_at(
        &self,
        units: &BTreeMap<String, Unit>,
        now: UnixMs,
    ) -> Option<(String, UnixMs)> {
        let warm = units.iter().filter_map(|(id, unit)| {
            let since = self.0.get(id)?;
            let at = since + i64::from(unit.warm_up_minutes) * 60_000;
            (at > now).then(|| (unit.name.clone(), at))
        });
        warm.max_by_key(|(_, at)| *at)
    }
}

/// How a revision wants the rack to stand.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) chain: RackChain,
    pub(crate) sheet: Sheet,
    /// Those of the chain, as they are now.
    pub(crate) units: BTreeMap<String, Unit>,
}

/// Whether somebody who prints nothing has had a unit since then: only they know how it stands.
pub(crate) fn was_touched(in_use: &UnitsInUse, unit: &str, since: UnixMs) -> bool {
    let last = in_use.let_go(unit);
    last.is_some_and(|(who, at)| at >= since && !who.starts_with(PRINTING))
}

impl Stands {
    /// What was set last, without the units that somebody has had meanwhile.
    pub(crate) fn read(vault: &Vault, in_use: &UnitsInUse) -> Result<Self, VaultError> {
        let mut stands: Self = read(vault, STANDS)?;
        let since = stands.at;
        stands
            .units
            .retain(|unit, _| !was_touched(in_use, unit, since));
        Ok(stands)
    }

    /// When somebody said so last.
    pub(crate) fn since(&self) -> UnixMs {
        self.at
    }

    pub(crate) fn row(&self) -> Write {
        write(STANDS, self)
    }

    /// What is to be done until the rack stands as wanted; the check is the certificate's, and no step.
    pub(crate) fn steps_to(&self, wanted: &Wanted, switched: &Switched) -> Vec<Step> {
        let mut now = Sheet::blank(&wanted.sheet.chain, wanted.sheet.chain_version, []);
        let parts = self.units.iter().map(|(unit, settings)| UnitSettings {
            unit: unit.clone(),
            settings: settings.clone(),
            ..UnitSettings::default()
        });
        now.units = parts.collect();
        let is_patched = wanted.chain.patch_steps().eq(self.patched.iter());
        let mut steps = walk(&wanted.sheet, Some(&now), &wanted.chain, &wanted.units);
        steps.retain(|step| match step {
            Step::WarmUp { unit, .. } => !switched.0.contains_key(unit),
            Step::Patch { .. } => !is_patched,
            Step::Set { .. } | Step::Gone { .. } => true,
            Step::Check { .. } => false,
        });
        steps
    }

    /// The rack stands as wanted from now on.
    pub(crate) fn set(&mut self, wanted: &Wanted, now: UnixMs) {
        self.at = now;
        for part in &wanted.sheet.units {
            self.units.insert(part.unit.clone(), part.settings.clone());
        }
        let mut patched = wanted.chain.patch_steps().map(str::to_owned).peekable();
        if patched.peek().is_some() {
            self.patched = patched.collect();
        }
    }

    /// One control stands so from now on.
    pub(crate) fn note(&mut self, unit: &str, control: &str, setting: &Setting, now: UnixMs) {
        self.at = now;
        let settings = self.units.entry(unit.to_owned()).or_default();
        settings.insert(control.to_owned(), setting.clone());
    }
}
