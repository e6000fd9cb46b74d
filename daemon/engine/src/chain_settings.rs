//! A chain with a few settings of one song's own.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::chain::{Chain, ChainError};
use crate::loudness::LoudnessGoal;
use crate::stages::{ConversionChoice, DitherChoice, Stage};

/// Why a chain cannot be set otherwise.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A stage that the chain does not have.
    #[error("the chain has no `{name}` to set anything in; it has {there}")]
    NoStage {
        /// What was named.
        name: String,
        /// What could have been.
        there: String,
    },
    /// Several stages of one processor.
    #[error("stages {places} of the chain are each a `{name}`: name the one by its number")]
    Several {
        /// The processor.
        name: String,
        /// Its places, from 1.
        places: String,
    },
    /// A key or a value that the stage does not take.
    #[error("`{name}` of the chain cannot be set like that")]
    Value {
        /// What was named.
        name: String,
        /// What was said about it.
        #[source]
        source: toml::de::Error,
    },
    /// A chain that cannot be as it was set.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Parts of a chain file that are not a stage and can be set.
const PARTS: [&str; 3] = ["loudness", "dither", "conversion"];

impl Chain {
    /// The same chain with other settings: keys and values by a stage's processor, where the chain has one such, or by its number
    /// from 1; or of `loudness`, `dither` and `conversion`.
    ///
    /// # Errors
    /// A stage that is not there or not meant clearly; a key or a value that it does not take.
    pub fn with_settings(&self, set: &BTreeMap<String, Table>) -> Result<Self, SettingError> {
        if set.is_empty() {
            return Ok(self.clone());
        }
        let mut file: Table = toml::from_str(&self.to_toml()?).map_err(ChainError::from)?;
        for (name, keys) in set {
            let place = if PARTS.contains(&name.as_str()) {
                let part = file
                    .entry(name)
                    .or_insert_with(|| Value::Table(Table::new()));
                part.as_table_mut()
            } else {
                let stage = self.stage_named(name)?;
                let stages = file.get_mut("stages").and_then(Value::as_array_mut);
                let stage = stages.and_then(|stages| stages.get_mut(stage));
                stage.and_then(Value::as_table_mut)
            };
            let place = place.expect("a chain is written as tables");
            place.extend(keys.clone());
            let changed = Value::Table(place.clone());
            // Each by itself, so that what is said is about it and not about a line that nobody wrote.
            let checked = match name.as_str() {
                "loudness" => changed.try_into::<LoudnessGoal>().map(drop),
                "dither" => changed.try_into::<DitherChoice>().map(drop),
                "conversion" => changed.try_into::<ConversionChoice>().map(drop),
                _ => changed.try_into::<Stage>().map(drop),
            };
            checked.map_err(|source| SettingError::Value {
                name: name.clone(),
                source,
            })?;
        }
        let text = toml::to_string(&file).map_err(ChainError::from)?;
        Ok(Self::from_toml(&text)?)
    }

    /// The same chain with the stages of another behind its own.
    ///
    /// # Errors
    /// More stages than a chain holds.
    pub fn followed_by(&self, other: &Self) -> Result<Self, ChainError> {
        let stages = self.stages().iter().chain(other.stages());
        let behind = self.stages().len();
        let chain = self.with_stages(stages.cloned().collect(), behind)?;
        chain.with_keyed(self.keyed().to_vec())
    }

    /// The place from 0 of a stage that is named by its processor or its number.
    fn stage_named(&self, name: &str) -> Result<usize, SettingError> {
        let stages = self.stages().iter().enumerate();
        let number = name.parse::<usize>().ok();
        let meant: Vec<usize> = stages
            .filter(|(place, stage)| number.map_or(stage.name() == name, |n| place + 1 == n))
            .map(|(place, _)| place)
            .collect();
        match meant[..] {
            [only] => Ok(only),
            [] => {
                let names = self.stages().iter().map(Stage::name);
                let there: Vec<&str> = names.chain(PARTS).collect();
                Err(SettingError::NoStage {
                    name: name.to_owned(),
                    there: there.join(", "),
                })
            }
            [..] => {
                let places: Vec<String> = meant.iter().map(|p| (p + 1).to_string()).collect();
                Err(SettingError::Several {
                    name: name.to_owned(),
                    places: places.join(" and "),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets;

    fn set(text: &str) -> Result<Chain, String> {
        let loud = presets::named("vinyl").unwrap().chain().unwrap();
        let set = toml::from_str(text).unwrap();
        loud.with_settings(&set).map_err(|error| {
            let source = std::error::Error::source(&error);
            let source = source.map_or_else(String::new, |source| format!(": {source}"));
            format!("{error}{source}")
        })
    }

    #[test]
    fn a_song_sets_what_it_needs_and_nothing_else_moves() {
        let vinyl = presets::named("vinyl").unwrap().chain().unwrap();
        assert_eq!(set("").unwrap(), vinyl);
        let chain = set("limiter.ceiling_dbtp = -4\n1.frequency_hz = 25.0").unwrap();
        assert_eq!(chain.ceiling_dbtp(), Some(-4.0));
        let Stage::RumbleFilter(filter) = &chain.stages()[0] else {
            panic!("the first stage stays what it is");
        };
        assert_eq!(filter.frequency_hz, 25.0);
        assert_eq!(chain.stages()[1..4], vinyl.stages()[1..4]);
        let goal = "loudness = { integrated_lufs = -16.0, way = \"limiter\" }";
        assert_eq!(
            set(goal).unwrap().loudness().unwrap().integrated_lufs,
            -16.0
        );
    }

    #[test]
    fn what_cannot_be_set_is_named() {
        for (text, words) in [
            (
                "gain.gain_db = 1.0",
                "the chain has no `gain` to set anything in; it has rumble_filter, stereo, de_esser, equaliser, limiter, loudness",
            ),
            ("6.gain_db = 1.0", "no `6`"),
            (
                "limiter.ceiling = -1.0",
                "`limiter` of the chain cannot be set like that",
            ),
            ("limiter.ceiling = -1.0", "ceiling"),
            ("limiter.ceiling_dbtp = \"low\"", "cannot be set like that"),
            (
                "dither.sort = \"flat\"",
                "`dither` of the chain cannot be set like that: unknown field `sort`",
            ),
            (
                "loudness.integrated_lufs = -16.0",
                "`loudness` of the chain cannot be set like that: missing field `way`",
            ),
            ("limiter.ceiling_dbtp = 9.0", "ceiling_dbtp must be from"),
        ] {
            let said = set(text).unwrap_err();
            assert!(said.contains(words), "{text}: {said}");
        }
        let gain = |gain_db| Stage::Gain(crate::stages::GainStage { gain_db });
        let two = Chain::new(vec![gain(1.0), gain(2.0)]).unwrap();
        let set = toml::from_str("gain.gain_db = 3.0").unwrap();
        let said = two.with_settings(&set).unwrap_err().to_string();
        assert_eq!(
            said,
            "stages 1 and 2 of the chain are each a `gain`: name the one by its number"
        );
    }
}
