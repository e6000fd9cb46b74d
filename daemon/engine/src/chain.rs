use dsp::{Delta, LinearPhaseKnobs, Processor, Spec};
use serde::{Deserialize, Serialize};

use crate::automation::Move;
use crate::loudness::LoudnessGoal;
use crate::stages::{ConversionChoice, DitherChoice, Stage};

/// Number of the chain file format this engine writes and reads.
pub const CHAIN_FORMAT: u32 = 1;

/// Most stages of a chain, and most bands of an equaliser.
pub(crate) const MOST_STAGES: usize = 64;

/// Most moves of automation.
const MOST_MOVES: usize = 65_536;

/// The processors a mix goes through, in order, with all their settings.
///
/// As a file (TOML; JSON has the same shape):
///
/// ```toml
/// format = 1
///
/// [dither]
/// kind = "shaped"
/// auto_blank = true
///
/// [loudness]
/// integrated_lufs = -14.0
/// way = "limiter"
/// budget_db = 6.0
/// over_budget = "report"
///
/// [[stages]]
/// processor = "rumble_filter"
/// frequency_hz = 22.0
/// slope = "db24"
///
/// [[stages]]
/// processor = "gain"
/// gain_db = 3.5
///
/// [[stages]]
/// processor = "limiter"
/// ceiling_dbtp = -1.0
/// lookahead_ms = 4.0
/// release_ms = 80.0
/// ```
///
/// Unknown keys and values out of range are refused when read; a chain in memory that was read is
/// therefore playable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Chain {
    dither: DitherChoice,
    conversion: ConversionChoice,
    delta_of: Option<usize>,
    keyed: Vec<usize>,
    loudness: Option<LoudnessGoal>,
    stages: Vec<Stage>,
    automation: Vec<Move>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    #[serde(default, skip_serializing_if = "DitherChoice::is_usual")]
    dither: DitherChoice,
    #[serde(default, skip_serializing_if = "ConversionChoice::is_usual")]
    conversion: ConversionChoice,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delta_of: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keyed: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loudness: Option<LoudnessGoal>,
    stages: Vec<Stage>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    automation: Vec<Move>,
}

impl TryFrom<Document> for Chain {
    type Error = ChainError;

    fn try_from(document: Document) -> Result<Self, ChainError> {
        if document.format != CHAIN_FORMAT {
            return Err(ChainError::Format {
                found: document.format,
            });
        }
        let mut chain = Self::new(document.stages)?
            .with_dither(document.dither)
            .with_conversion(document.conversion)
            .with_automation(document.automation)?
            .with_keyed(document.keyed)?;
        if let Some(stage) = document.delta_of {
            chain = chain.with_delta_of(stage)?;
        }
        if let Some(goal) = document.loudness {
            chain = chain.with_loudness(goal)?;
        }
        Ok(chain)
    }
}

impl From<Chain> for Document {
    fn from(chain: Chain) -> Self {
        Self {
            format: CHAIN_FORMAT,
            dither: chain.dither,
            conversion: chain.conversion,
            delta_of: chain.delta_of,
            keyed: chain.keyed,
            loudness: chain.loudness,
            stages: chain.stages,
            automation: chain.automation,
        }
    }
}

/// Why a chain cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The text is no chain file.
    #[error("the chain file could not be read")]
    Unreadable(#[from] toml::de::Error),
    /// A key that nothing here has.
    #[error("line {line}: there is no key `{key}` here")]
    UnknownKey {
        /// Its line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What the reader of the file said.
        source: toml::de::Error,
    },
    /// The chain could not be put into words.
    #[error("the chain could not be written as text")]
    Unwritable(#[from] toml::ser::Error),
    /// Written by another age.
    #[error("the chain file has format {found}, this engine reads format {CHAIN_FORMAT}")]
    Format {
        /// The number in the file.
        found: u32,
    },
    /// More than a chain can hold.
    #[error(
        "a chain holds at most {MOST_STAGES} stages and an equaliser as many bands, not {count}"
    )]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// A setting no processor has.
    #[error("stage {stage} ({processor}): {setting} must be from {low} to {high}, not {value}")]
    OutOfRange {
        /// Place in the chain, from 1.
        stage: usize,
        /// Its processor.
        processor: &'static str,
        /// The setting's key in the file.
        setting: &'static str,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// The value found.
        value: f64,
    },
    /// A stage that the chain does not have.
    #[error("there is no stage {stage} in this chain")]
    NoStage {
        /// Its number.
        stage: usize,
    },
    /// More automation than a chain can hold.
    #[error("a chain holds at most {MOST_MOVES} moves of automation, not {count}")]
    TooManyMoves {
        /// How many there are.
        count: usize,
    },
    /// A loudness that cannot be asked for.
    #[error("loudness: {setting} must be from {low} to {high}, not {value}")]
    Loudness {
        /// The setting's key in the file.
        setting: &'static str,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// The value found.
        value: f64,
    },
    /// A loudness for what is only listened to.
    #[error("a chain that gives a delta has no loudness to reach")]
    DeltaLoudness,
    /// A loudness for what hears a key.
    #[error("a chain that listens to a key has no loudness to reach: name the gain in place of it")]
    KeyedLoudness,
    /// A loudness for what is not there yet.
    #[error(
        "a chain that sounds live has no loudness to reach: render it, and take the gain that it came to"
    )]
    LiveLoudness,
    /// Settings that do not go together.
    #[error("stage {stage} ({processor}): {why}")]
    Unfit {
        /// Place in the chain, from 1.
        stage: usize,
        /// Its processor.
        processor: &'static str,
        /// What does not fit.
        why: &'static str,
    },
}

/// Where the first stage begins that cannot be read: of all of them the reader of the file only knows the first.
fn faulty_stage(text: &str) -> Option<usize> {
    let file: toml::Table = text.parse().ok()?;
    let mut stages = file.get("stages")?.as_array()?.iter();
    let faulty = stages.position(|stage| stage.clone().try_into::<Stage>().is_err())?;
    let mut headers = text.match_indices("[[stages]]");
    headers.nth(faulty).map(|(at, _)| at)
}

/// Names the line of an unknown key: the reader of the file only knows in which part of it.
fn with_line(text: &str, source: toml::de::Error) -> ChainError {
    let named = |source: &toml::de::Error| {
        let key = source.message().split("unknown field `").nth(1)?;
        let key = key.split('`').next()?.to_owned();
        let begin = source.span().map_or(0, |span| span.start);
        let begin = faulty_stage(text).unwrap_or(begin).max(begin);
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let (at, _) = text
            .get(begin..)?
            .match_indices(key.as_str())
            .find(|(at, _)| {
                let (before, after) = (&text[..begin + at], &text[begin + at + key.len()..]);
                let after = after.trim_start_matches([' ', '"']);
                !before.ends_with(is_word) && after.starts_with(['=', ']', '.'])
            })?;
        let line = text[..begin + at].matches('\n').count() + 1;
        Some((line, key))
    };
    match named(&source) {
        Some((line, key)) => ChainError::UnknownKey { line, key, source },
        None => ChainError::Unreadable(source),
    }
}

impl Chain {
    /// A chain of these stages; refuses settings out of range.
    pub fn new(stages: Vec<Stage>) -> Result<Self, ChainError> {
        if stages.len() > MOST_STAGES {
            return Err(ChainError::TooMany {
                count: stages.len(),
            });
        }
        for (index, stage) in stages.iter().enumerate() {
            stage.check(index + 1)?;
        }
        Ok(Self {
            dither: DitherChoice::default(),
            conversion: ConversionChoice::default(),
            delta_of: None,
            keyed: Vec::new(),
            loudness: None,
            stages,
            automation: Vec::new(),
        })
    }

    /// The same chain brought to a loudness, whatever the mix's is; refuses what cannot be asked for.
    pub fn with_loudness(self, goal: LoudnessGoal) -> Result<Self, ChainError> {
        goal.check(&self.stages)?;
        if self.delta_of.is_some() {
            return Err(ChainError::DeltaLoudness);
        }
        if !self.keyed.is_empty() {
            return Err(ChainError::KeyedLoudness);
        }
        Ok(Self {
            loudness: Some(goal),
            ..self
        })
    }

    /// Where its loudness is to arrive.
    pub fn loudness(&self) -> Option<&LoudnessGoal> {
        self.loudness.as_ref()
    }

    /// The chain that its goal came to with this gain: played as it is, it gives the same samples. Without a goal it is
    /// the chain itself.
    pub fn settled_at(&self, gain_db: f64) -> Result<Self, ChainError> {
        match &self.loudness {
            Some(goal) => goal.settled(self, gain_db),
            None => Ok(self.clone()),
        }
    }

    /// The ceiling of its last limiter in dBTP.
    pub fn ceiling_dbtp(&self) -> Option<f64> {
        let mut stages = self.stages.iter().rev();
        stages.find_map(|stage| match stage {
            Stage::Limiter(limiter) => Some(limiter.ceiling_dbtp),
            _ => None,
        })
    }

    /// The same chain as loud as its stages make it.
    #[must_use]
    pub fn without_loudness(self) -> Self {
        Self {
            loudness: None,
            ..self
        }
    }

    /// These stages with all the rest, without a goal: what moved a stage at `inserted` (from 0) or later moves the
    /// next one.
    pub(crate) fn with_stages(
        &self,
        stages: Vec<Stage>,
        inserted: usize,
    ) -> Result<Self, ChainError> {
        let mut automation = self.automation.clone();
        let later = automation.iter_mut().filter(|m| m.stage > inserted);
        later.for_each(|m| m.stage += 1);
        Ok(Self {
            dither: self.dither,
            conversion: self.conversion,
            ..Self::new(stages)?.with_automation(automation)?
        })
    }

    /// The first `count` stages and what moves them.
    pub(crate) fn up_to(&self, count: usize) -> Result<Self, ChainError> {
        let stages = self.stages[..count.min(self.stages.len())].to_vec();
        let moves = self.automation.iter().filter(|m| m.stage <= count);
        Self::new(stages)?.with_automation(moves.copied().collect())
    }

    /// The same chain with settings that move; refuses those that no stage has.
    pub fn with_automation(self, mut moves: Vec<Move>) -> Result<Self, ChainError> {
        if moves.len() > MOST_MOVES {
            return Err(ChainError::TooManyMoves { count: moves.len() });
        }
        moves.iter().try_for_each(|m| m.check(&self.stages))?;
        moves.sort_by_key(|m| m.frame);
        Ok(Self {
            automation: moves,
            ..self
        })
    }

    /// The settings that move, in order of their frames.
    pub fn automation(&self) -> &[Move] {
        &self.automation
    }

    /// The same chain up to this stage (from 1), to hear only what that stage takes away or adds.
    pub fn with_delta_of(self, stage: usize) -> Result<Self, ChainError> {
        if !(1..=self.stages.len()).contains(&stage) {
            return Err(ChainError::NoStage { stage });
        }
        if self.loudness.is_some() {
            return Err(ChainError::DeltaLoudness);
        }
        Ok(Self {
            delta_of: Some(stage),
            ..self
        })
    }

    /// The same chain with stages (from 1) whose detectors hear a key that is given beside the mix; refuses those
    /// that have no detector.
    pub fn with_keyed(self, mut keyed: Vec<usize>) -> Result<Self, ChainError> {
        keyed.sort_unstable();
        keyed.dedup();
        for stage in &keyed {
            let found = stage.checked_sub(1).and_then(|k| self.stages.get(k));
            let found = found.ok_or(ChainError::NoStage { stage: *stage })?;
            if !found.listens() {
                return Err(ChainError::Unfit {
                    stage: *stage,
                    processor: found.name(),
                    why: "it has no detector that could listen to a key",
                });
            }
        }
        if self.loudness.is_some() && !keyed.is_empty() {
            return Err(ChainError::KeyedLoudness);
        }
        Ok(Self { keyed, ..self })
    }

    /// The stages (from 1) that listen to a key, in order.
    pub fn keyed(&self) -> &[usize] {
        &self.keyed
    }

    /// The same stages with another dither at the end.
    #[must_use]
    pub fn with_dither(self, dither: DitherChoice) -> Self {
        Self { dither, ..self }
    }

    /// The same stages with another phase where the master gets another rate.
    #[must_use]
    pub fn with_conversion(self, conversion: ConversionChoice) -> Self {
        Self { conversion, ..self }
    }

    /// How the phase turns where the master gets another rate.
    pub fn conversion(&self) -> ConversionChoice {
        self.conversion
    }

    /// How the master becomes integers.
    pub fn dither(&self) -> DitherChoice {
        self.dither
    }

    /// The stages in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Reads a chain file.
    pub fn from_toml(text: &str) -> Result<Self, ChainError> {
        // In two steps, so that a setting out of range is our sentence and not wrapped in TOML's.
        toml::from_str::<Document>(text)
            .map_err(|error| with_line(text, error))?
            .try_into()
    }

    /// Writes a chain file; reading it gives this chain again, to the last bit.
    pub fn to_toml(&self) -> Result<String, ChainError> {
        Ok(toml::to_string(&Document::from(self.clone()))?)
    }

    pub(crate) fn processors(&self) -> Vec<Box<dyn Processor>> {
        self.up_to_delta(self.stages.iter().map(Stage::processor).collect())
    }

    /// The processors; `knobs` get, by their stage (from 1), those that only another thread can turn.
    pub(crate) fn live_processors(
        &self,
        spec: Spec,
        knobs: &mut Vec<(usize, LinearPhaseKnobs)>,
    ) -> Vec<Box<dyn Processor>> {
        let processors = (1..).zip(&self.stages).map(|(number, stage)| {
            let (processor, its) = stage.live_processor(spec);
            knobs.extend(its.map(|its| (number, its)));
            processor
        });
        self.up_to_delta(processors.collect())
    }

    /// Where a delta is asked for, it is the last to be heard.
    fn up_to_delta(&self, mut processors: Vec<Box<dyn Processor>>) -> Vec<Box<dyn Processor>> {
        if let Some(stage) = self.delta_of {
            processors.truncate(stage);
            let last = processors.pop();
            processors.extend(last.map(|last| Box::new(Delta::of(last)) as Box<dyn Processor>));
        }
        processors
    }
}
