//! Loudness to a target: by gain alone, or by gain and a limiter within a budget.

mod model;
mod settle;

use serde::{Deserialize, Serialize};

use crate::chain::{Chain, ChainError};
use crate::stages::{GainStage, LimiterStage, ListenKind, Stage};

pub(crate) use settle::{Heard, settle, settle_and_measure};

/// Promised distance between target and master in LU.
const REACHED_LU: f64 = 0.05;
/// Over the budget or the ceiling by less than this counts as on it.
const SLACK_DB: f64 = 0.05;
/// The ceiling where neither goal nor chain names one.
const USUAL_CEILING_DBTP: f64 = -1.0;
/// Of a limiter that the chain does not have.
const LOOKAHEAD_MS: f64 = 4.0;
const RELEASE_MS: f64 = 80.0;

/// Where a chain's loudness is to arrive, and what may be done for it.
///
/// In a chain file:
///
/// ```toml
/// [loudness]
/// integrated_lufs = -14.0
/// way = "limiter"
/// budget_db = 6.0
/// over_budget = "refuse"
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoudnessGoal {
    /// Integrated loudness in LUFS, −40 to −5.
    pub integrated_lufs: f64,
    /// By what it is brought there.
    pub way: LoudnessWay,
    /// Most gain reduction of the limiter in dB, 0 to 24; six where nothing is said. Gain alone has none.
    #[serde(default = "usual_budget")]
    pub budget_db: f64,
    /// Highest true peak in dBTP, −20 to 0; where nothing is said, that of the chain's last limiter, or −1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling_dbtp: Option<f64>,
    /// What happens where the target cannot be reached within budget and ceiling.
    #[serde(default)]
    pub over_budget: OverBudget,
}

fn usual_budget() -> f64 {
    LoudnessGoal::USUAL_BUDGET_DB
}

/// By what loudness is brought to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoudnessWay {
    /// A gain at the end of the chain: dynamics stay as they are, peaks must fit below the ceiling.
    Gain,
    /// A gain before the chain's last limiter (one is added where it has none): it holds the ceiling.
    Limiter,
}

/// What happens where the target cannot be reached within budget and ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverBudget {
    /// No master is made.
    #[default]
    Refuse,
    /// The target is reached all the same, and by how much the budget was passed is said.
    Report,
    /// It is as loud as the budget allows, and what is missing is said.
    Stop,
}

/// How a master's loudness came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoudnessReport {
    /// What was asked for.
    pub goal: LoudnessGoal,
    /// The gain that was put into the chain, in dB.
    pub gain_db: f64,
    /// The loudness it gives, in LUFS, before rounding to the master's word length.
    pub integrated_lufs: f64,
    /// By how many dB the budget (by gain alone: the ceiling) is passed; zero within it.
    pub over_budget_db: f64,
    /// Renders that were measured to find it.
    pub passes: u32,
    /// Whether it is as asked.
    pub outcome: LoudnessOutcome,
}

/// Whether loudness is as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoudnessOutcome {
    /// At the target, within the budget.
    Reached,
    /// At the target, over the budget.
    OverBudget,
    /// At the budget, below the target.
    StoppedAtBudget,
    /// No gain brings the chain there.
    OutOfReach,
}

impl LoudnessReport {
    /// What is missing to the target in LU; below zero where it is louder.
    pub fn missing_lu(&self) -> f64 {
        self.goal.integrated_lufs - self.integrated_lufs
    }

    /// The report in a sentence.
    pub fn text(&self) -> String {
        let Self { gain_db, goal, .. } = self;
        let by = match goal.way {
            LoudnessWay::Gain => format!("a gain of {gain_db:+.2} dB alone"),
            LoudnessWay::Limiter => format!("a gain of {gain_db:+.2} dB into the limiter"),
        };
        let arrived = format!("{by} brings it to {:.2} LUFS", self.integrated_lufs);
        let over = self.over_budget_db;
        let past = match goal.way {
            LoudnessWay::Gain => format!("{over:.1} dB over the ceiling"),
            LoudnessWay::Limiter => format!(
                "with {:.1} dB of limiting, {over:.1} dB over the budget",
                goal.budget_db + over
            ),
        };
        match self.outcome {
            LoudnessOutcome::Reached => arrived,
            LoudnessOutcome::OverBudget => format!("{arrived}, {past}"),
            LoudnessOutcome::StoppedAtBudget => format!(
                "{arrived} and stops there, {:.2} LU short of {} LUFS: the {} is used up",
                self.missing_lu(),
                goal.integrated_lufs,
                match goal.way {
                    LoudnessWay::Gain => "room below the ceiling",
                    LoudnessWay::Limiter => "budget of gain reduction",
                }
            ),
            LoudnessOutcome::OutOfReach => format!(
                "{arrived}; no gain brings this chain to {} LUFS",
                goal.integrated_lufs
            ),
        }
    }
}

/// Why a chain's loudness cannot be as asked.
#[derive(Debug, thiserror::Error)]
pub enum LoudnessError {
    /// Nothing to measure.
    #[error("the mix is silent or shorter than 0.4 seconds: it has no loudness to bring anywhere")]
    Silent,
    /// A rate or number of channels that no meter knows.
    #[error("the loudness cannot be measured")]
    Measure(#[from] measure::MeasureError),
    /// With the gain in it, the chain is none; or it is one for which there is no loudness.
    #[error("the chain's loudness cannot be set")]
    Chain(#[from] ChainError),
    /// Refused as asked: the limiter would work more than it may.
    #[error(
        "{integrated_lufs} LUFS would take {needed_db:.1} dB of limiting, and the budget is {budget_db} dB; \
         raise the budget, lower the target, or ask for a report in place of a refusal"
    )]
    OverBudget {
        /// The target.
        integrated_lufs: f64,
        /// What the limiter would take away at most, in dB.
        needed_db: f64,
        /// What it may.
        budget_db: f64,
    },
    /// Refused as asked: gain alone would pass the ceiling.
    #[error(
        "by gain alone {integrated_lufs} LUFS would peak at {peak_dbtp:+.1} dBTP, and the ceiling is \
         {ceiling_dbtp} dBTP; let a limiter hold it, lower the target, or ask for a report in place of a refusal"
    )]
    OverCeiling {
        /// The target.
        integrated_lufs: f64,
        /// The true peak it would have.
        peak_dbtp: f64,
        /// The highest allowed.
        ceiling_dbtp: f64,
    },
    /// Refused as asked: no gain gives this loudness.
    #[error("no gain brings this chain to {integrated_lufs} LUFS; it came to {found_lufs:.2} LUFS")]
    OutOfReach {
        /// The target.
        integrated_lufs: f64,
        /// The nearest that was tried.
        found_lufs: f64,
    },
}

impl LoudnessGoal {
    /// The limiter's budget in dB where nothing is said.
    pub const USUAL_BUDGET_DB: f64 = 6.0;

    /// Refuses what is out of range or does not go with these stages.
    pub(crate) fn check(&self, stages: &[Stage]) -> Result<(), ChainError> {
        let range = |setting, value, [low, high]: [f64; 2]| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(ChainError::Loudness {
                setting,
                low,
                high,
                value,
            })
        };
        range("integrated_lufs", self.integrated_lufs, [-40.0, -5.0])?;
        range("budget_db", self.budget_db, [0.0, 24.0])?;
        if let Some(ceiling) = self.ceiling_dbtp {
            range("ceiling_dbtp", ceiling, [-20.0, 0.0])?;
        }
        let is_delta =
            |stage: &Stage| matches!(stage, Stage::Limiter(l) if l.listen == ListenKind::Delta);
        if stages.iter().any(is_delta) {
            return Err(ChainError::DeltaLoudness);
        }
        Ok(())
    }

    /// The true peak that must not be passed.
    fn ceiling_dbtp(&self, chain: &Chain) -> f64 {
        let ceiling = self.ceiling_dbtp.or(chain.ceiling_dbtp());
        ceiling.unwrap_or(USUAL_CEILING_DBTP)
    }

    /// The chain with this gain in it (and the limiter, where there is none), and no goal any more.
    pub(crate) fn settled(&self, chain: &Chain, gain_db: f64) -> Result<Chain, ChainError> {
        let ceiling = self.ceiling_dbtp(chain);
        let mut stages = chain.stages().to_vec();
        let at = match self.way {
            LoudnessWay::Gain => stages.len(),
            LoudnessWay::Limiter => {
                let at = last_limiter(chain).unwrap_or(stages.len());
                match stages.get_mut(at) {
                    Some(Stage::Limiter(limiter)) => limiter.ceiling_dbtp = ceiling,
                    _ => stages.push(Stage::Limiter(LimiterStage::new(
                        ceiling,
                        LOOKAHEAD_MS,
                        RELEASE_MS,
                    ))),
                }
                at
            }
        };
        stages.insert(at, Stage::Gain(GainStage { gain_db }));
        chain.with_stages(stages, at)
    }
}

/// Place of the chain's last limiter, from 0.
fn last_limiter(chain: &Chain) -> Option<usize> {
    let mut stages = chain.stages().iter();
    stages.rposition(|stage| matches!(stage, Stage::Limiter(_)))
}
