//! The house's own chains, as they stand in `config/chains/`, each with a sentence on when to use it.

use crate::chain::{Chain, ChainError};

/// A chain of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its file's name without the ending.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

impl Preset {
    /// When to use it: the sentence its file begins with.
    pub fn when(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.trim_start_matches('#').trim()
    }

    /// The chain.
    ///
    /// # Errors
    /// None for what this engine was built with: a test reads them all.
    pub fn chain(&self) -> Result<Chain, ChainError> {
        Chain::from_toml(self.text)
    }
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        &[$(Preset {
            name: $name,
            text: include_str!(concat!("../../../config/chains/", $name, ".toml")),
        }),*]
    };
}

/// Every chain of the house, the gentlest first.
pub const ALL: &[Preset] = presets![
    "transparent",
    "gentle_glue",
    "acoustic",
    "warm_tape",
    "bright_voice",
    "low_end",
    "loud_modern",
    "vinyl",
    "cd_sixteen_bit",
    "speech",
];

/// The chain of this name, if the house has it.
pub fn named(name: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.name == name)
}
