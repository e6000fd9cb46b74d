//! What can be turned on a stage while it sounds: each setting with its range and where it stands in the chain.

use crate::automation::{Move, Setting};
use crate::stages::Stage;

/// A knob on a stage's panel.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct PanelKnob {
    /// Which setting.
    pub setting: Setting,
    /// Which band of it (or channel), from 1, where it has some.
    pub band: Option<usize>,
    /// The least it can be, in the setting's own unit.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Where the chain's file has it.
    pub value: f64,
}

/// Every setting that turns, in the order of a panel.
const ALL: [Setting; 14] = [
    Setting::ThresholdDbfs,
    Setting::Ratio,
    Setting::DriveDb,
    Setting::FrequencyHz,
    Setting::GainDb,
    Setting::Q,
    Setting::WidthPercent,
    Setting::RotationDegrees,
    Setting::BalanceDb,
    Setting::CeilingDbfs,
    Setting::CeilingDbtp,
    Setting::MakeupDb,
    Setting::OutputDb,
    Setting::Mix,
];

impl Stage {
    /// The knobs of this stage; none where nothing of it turns.
    #[must_use]
    pub fn panel(&self) -> Vec<PanelKnob> {
        let bands = match self {
            Self::Equaliser(s) => s.bands.len(),
            Self::Multiband(s) => s.bands.len(),
            Self::Trims(s) => s.gain_db.len(),
            Self::Stereo(s) => s.width_percent.len(),
            Self::RumbleFilter(_)
            | Self::Compressor(_)
            | Self::DeEsser(_)
            | Self::Saturation(_)
            | Self::SoftClipper(_)
            | Self::Transient(_)
            | Self::Channels(_)
            | Self::DcFilter(_)
            | Self::Delay(_)
            | Self::Gain(_)
            | Self::Limiter(_) => 0,
        };
        let own = std::iter::once(None);
        let places = (1..=bands).map(Some).chain(own);
        let knobs = places.flat_map(|band| ALL.iter().filter_map(move |s| self.knob(*s, band)));
        knobs.collect()
    }

    fn knob(&self, setting: Setting, band: Option<usize>) -> Option<PanelKnob> {
        let value = *self.clone().place(setting, band)?;
        let turned = Move {
            stage: 1,
            setting,
            band,
            frame: 0,
            value,
            ramp_frames: 0,
        };
        let [low, high] = turned.range(self)?;
        Some(PanelKnob {
            setting,
            band,
            low,
            high,
            value,
        })
    }

    /// The stage with one setting elsewhere; a band counts from 1. Whether the value may be is for the chain to say.
    ///
    /// # Errors
    /// `None` where the stage has no such setting or band.
    #[must_use]
    pub fn turned_to(
        mut self,
        (setting, band): (Setting, Option<usize>),
        value: f64,
    ) -> Option<Self> {
        *self.place(setting, band)? = value;
        Some(self)
    }

    /// Where the file has a setting; `None` where it has none.
    fn place(&mut self, setting: Setting, band: Option<usize>) -> Option<&mut f64> {
        use Setting as S;
        if let Some(band) = band {
            let at = band.checked_sub(1)?;
            // By the pairs that exist, as in automation.
            return match (self, setting) {
                (Self::Equaliser(s), S::GainDb) => Some(&mut s.bands.get_mut(at)?.gain_db),
                (Self::Equaliser(s), S::FrequencyHz) => {
                    Some(&mut s.bands.get_mut(at)?.frequency_hz)
                }
                (Self::Equaliser(s), S::Q) => Some(&mut s.bands.get_mut(at)?.q),
                (Self::Multiband(s), S::GainDb) => Some(&mut s.bands.get_mut(at)?.gain_db),
                (Self::Multiband(s), S::ThresholdDbfs) => {
                    let compressor = s.bands.get_mut(at)?.compressor.as_mut()?;
                    Some(&mut compressor.threshold_dbfs)
                }
                (Self::Trims(s), S::GainDb) => s.gain_db.get_mut(at),
                (Self::Stereo(s), S::WidthPercent) => s.width_percent.get_mut(at),
                _ => None,
            };
        }
        match (self, setting) {
            (Self::Gain(s), S::GainDb) => Some(&mut s.gain_db),
            (Self::RumbleFilter(s), S::FrequencyHz) => Some(&mut s.frequency_hz),
            (Self::Equaliser(s), S::Mix) => Some(&mut s.mix),
            (Self::Compressor(s), S::Mix) => Some(&mut s.mix),
            (Self::Compressor(s), S::ThresholdDbfs) => Some(&mut s.threshold_dbfs),
            (Self::Compressor(s), S::Ratio) => Some(&mut s.ratio),
            (Self::Compressor(s), S::MakeupDb) => Some(&mut s.makeup_db),
            (Self::Saturation(s), S::Mix) => Some(&mut s.mix),
            (Self::Saturation(s), S::DriveDb) => Some(&mut s.drive_db),
            (Self::Saturation(s), S::OutputDb) => Some(&mut s.output_db),
            (Self::SoftClipper(s), S::CeilingDbfs) => Some(&mut s.ceiling_dbfs),
            (Self::Stereo(s), S::RotationDegrees) => Some(&mut s.rotation_degrees),
            (Self::Channels(s), S::BalanceDb) => Some(&mut s.balance_db),
            (Self::Limiter(s), S::CeilingDbtp) => Some(&mut s.ceiling_dbtp),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chain, LiveRemote};

    /// Whatever a panel shows can be turned, over its whole range.
    #[test]
    fn every_knob_of_the_houses_chains_turns() {
        let mut turned = 0;
        for preset in crate::presets::ALL {
            let chain = preset.chain().unwrap();
            let chain = Chain::new(chain.stages().to_vec()).unwrap();
            let (_player, mut remote) = LiveRemote::plug(&chain, 48_000, 2, 64).unwrap();
            for (at, stage) in chain.stages().iter().enumerate() {
                for knob in stage.panel() {
                    let which = (knob.setting, knob.band);
                    let there = stage.clone().turned_to(which, knob.high).unwrap();
                    let back = there.clone().turned_to(which, knob.value).unwrap();
                    assert_eq!(back, *stage, "{}, {knob:?}", preset.name);
                    let shown = there
                        .panel()
                        .into_iter()
                        .find(|k| (k.setting, k.band) == which);
                    assert_eq!(shown.unwrap().value.to_bits(), knob.high.to_bits());
                    for value in [knob.low, knob.high, knob.value] {
                        let to = Move {
                            stage: at + 1,
                            setting: knob.setting,
                            band: knob.band,
                            frame: 0,
                            value,
                            ramp_frames: 0,
                        };
                        match remote.turn(&to) {
                            Ok(()) => turned += 1,
                            // Nobody takes wishes here: the ring fills up.
                            Err(crate::RemoteError::Busy) => turned += 1,
                            Err(error) => panic!("{}, {knob:?}: {error}", preset.name),
                        }
                    }
                }
            }
        }
        assert!(turned > 100, "{turned}");
    }
}
