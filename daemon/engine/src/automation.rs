use dsp::{Param, ParamEvent};
use serde::{Deserialize, Serialize};

use crate::chain::ChainError;
use crate::stages::Stage;

/// Longest ramp in frames: a minute and a half at 48 kHz.
const LONGEST_RAMP: u32 = 1 << 22;

/// A setting that moves while the song runs: from `frame` on it goes, in a straight line over `ramp_frames`, from
/// where it is to `value`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Which stage, from 1.
    pub stage: usize,
    /// Which setting of it.
    pub setting: Setting,
    /// Which band of it, from 1, where the setting is a band's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<usize>,
    /// Frame of the mix at which it begins.
    pub frame: u64,
    /// Where it goes, in the setting's own unit.
    pub value: f64,
    /// Length of the ramp in frames, 0 (at once) to 4,194,304.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ramp_frames: u32,
}

fn is_zero(frames: &u32) -> bool {
    *frames == 0
}

/// A setting that may move, by its key in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Gain of a gain, of a band of an equaliser or multiband, or of a channel (named as band) of trims.
    GainDb,
    /// Corner of a rumble filter, or frequency of a band of an equaliser.
    FrequencyHz,
    /// Q of a band of an equaliser.
    Q,
    /// Dry and wet of an equaliser, compressor or saturation.
    Mix,
    /// Threshold of a compressor, or of a band of a multiband.
    ThresholdDbfs,
    /// Ratio of a compressor.
    Ratio,
    /// Make-up of a compressor.
    MakeupDb,
    /// Drive of a saturation.
    DriveDb,
    /// Gain after a saturation.
    OutputDb,
    /// Top of a soft clipper.
    CeilingDbfs,
    /// Width of a band of the stereo processor.
    WidthPercent,
    /// Rotation of the stereo processor.
    RotationDegrees,
    /// Balance of the channels.
    BalanceDb,
    /// Ceiling of a limiter.
    CeilingDbtp,
}

/// A setting as its processor knows it: with its range, and what one unit of the file is in its own.
struct Moving {
    param: Param,
    range: [f64; 2],
    unit: f64,
}

impl Move {
    /// What the stage's processor is told; `None` where it has no such setting or band.
    fn moving(&self, stage: &Stage) -> Option<Moving> {
        // By the pairs that exist: any other is a setting that the processor does not have, also of a
        // processor to come.
        use Setting as S;
        let moving = |param, low, high| {
            Some(Moving {
                param,
                range: [low, high],
                unit: 1.0,
            })
        };
        // From 1 in the file, from 0 inside; a stage's own setting has none.
        let band = |bands: usize| self.band?.checked_sub(1).filter(|band| *band < bands);
        if self.band.is_none() {
            return match (stage, self.setting) {
                (Stage::Gain(_), S::GainDb) => moving(Param::GainDb, -60.0, 60.0),
                (Stage::RumbleFilter(_), S::FrequencyHz) => moving(Param::FrequencyHz, 5.0, 200.0),
                (Stage::Equaliser(_) | Stage::Compressor(_) | Stage::Saturation(_), S::Mix) => {
                    moving(Param::Mix, 0.0, 1.0)
                }
                (Stage::Compressor(_), S::ThresholdDbfs) => moving(Param::ThresholdDb, -80.0, 0.0),
                (Stage::Compressor(_), S::Ratio) => moving(Param::Ratio, 1.0, 20.0),
                (Stage::Compressor(_), S::MakeupDb) => moving(Param::MakeupDb, -24.0, 24.0),
                (Stage::Saturation(_), S::DriveDb) => moving(Param::DriveDb, -12.0, 36.0),
                (Stage::Saturation(_), S::OutputDb) => moving(Param::GainDb, -24.0, 24.0),
                (Stage::SoftClipper(_), S::CeilingDbfs) => moving(Param::ThresholdDb, -30.0, 12.0),
                (Stage::Stereo(_), S::RotationDegrees) => {
                    moving(Param::RotationDegrees, -45.0, 45.0)
                }
                (Stage::Channels(_), S::BalanceDb) => moving(Param::BalanceDb, -24.0, 24.0),
                (Stage::Limiter(_), S::CeilingDbtp) => moving(Param::CeilingDbtp, -30.0, 0.0),
                _ => None,
            };
        }
        match (stage, self.setting) {
            (Stage::Equaliser(s), S::GainDb) => {
                moving(Param::BandGainDb(band(s.bands.len())?), -24.0, 24.0)
            }
            (Stage::Equaliser(s), S::FrequencyHz) => {
                moving(Param::BandFrequencyHz(band(s.bands.len())?), 10.0, 40_000.0)
            }
            (Stage::Equaliser(s), S::Q) => moving(Param::BandQ(band(s.bands.len())?), 0.1, 20.0),
            (Stage::Multiband(s), S::GainDb) => {
                moving(Param::BandGainDb(band(s.bands.len())?), -24.0, 24.0)
            }
            (Stage::Multiband(s), S::ThresholdDbfs) => {
                moving(Param::BandThresholdDb(band(s.bands.len())?), -80.0, 0.0)
            }
            (Stage::Trims(s), S::GainDb) => {
                moving(Param::ChannelGainDb(band(s.gain_db.len())?), -60.0, 24.0)
            }
            (Stage::Stereo(s), S::WidthPercent) => Some(Moving {
                param: Param::Width(band(s.width_percent.len())?),
                range: [0.0, 300.0],
                unit: 0.01,
            }),
            _ => None,
        }
    }

    /// What the setting may be on its stage, in its own unit; `None` where the stage has no such setting or band.
    pub(crate) fn range(&self, stage: &Stage) -> Option<[f64; 2]> {
        Some(self.moving(stage)?.range)
    }

    /// Refuses what the stages do not have, and what does not move by the frame.
    pub(crate) fn check(&self, stages: &[Stage]) -> Result<(), ChainError> {
        self.check_setting(stages)?;
        let convolves =
            |s: &&Stage| matches!(s, Stage::Equaliser(s) if s.phase != crate::PhaseKind::Minimum);
        let its = self.stage.checked_sub(1).and_then(|k| stages.get(k));
        if let Some(stage) = its.filter(convolves) {
            return Err(ChainError::Unfit {
                stage: self.stage,
                processor: stage.name(),
                why: "only at minimum phase an equaliser can move",
            });
        }
        Ok(())
    }

    /// Refuses what the stages do not have.
    pub(crate) fn check_setting(&self, stages: &[Stage]) -> Result<(), ChainError> {
        let stage = self
            .stage
            .checked_sub(1)
            .and_then(|stage| stages.get(stage))
            .ok_or(ChainError::NoStage { stage: self.stage })?;
        let unfit = |why| ChainError::Unfit {
            stage: self.stage,
            processor: stage.name(),
            why,
        };
        let Some(moving) = self.moving(stage) else {
            return Err(unfit(
                "automation names a setting or band that it does not have",
            ));
        };
        let [low, high] = moving.range;
        if !(low..=high).contains(&self.value) {
            return Err(ChainError::OutOfRange {
                stage: self.stage,
                processor: stage.name(),
                setting: "value",
                low,
                high,
                value: self.value,
            });
        }
        if self.ramp_frames > LONGEST_RAMP {
            return Err(unfit("a ramp has at most 4194304 frames"));
        }
        Ok(())
    }

    /// The event for its stage's processor, whose input is `late` frames behind the mix.
    pub(crate) fn event(&self, stages: &[Stage], late: u64) -> Option<ParamEvent> {
        let moving = self.moving(stages.get(self.stage.checked_sub(1)?)?)?;
        Some(ParamEvent {
            frame: self.frame.saturating_add(late),
            param: moving.param,
            value: self.value * moving.unit,
            ramp_frames: self.ramp_frames,
        })
    }
}
