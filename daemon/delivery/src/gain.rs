//! What a player is told to turn a file up or down by.

/// The level that ReplayGain 2 turns everything to, in LUFS.
const REPLAY_GAIN_LUFS: f64 = -18.0;
/// The level of R128 tags (RFC 7845, section 5.2.1), in LUFS.
const R128_LUFS: f64 = -23.0;

/// The loudness of a track, or of an album played through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Integrated loudness in LUFS.
    pub integrated_lufs: f64,
    /// Highest true peak in dBTP; ReplayGain 1 had the highest sample here.
    pub true_peak_dbtp: f64,
}

/// A track's loudness and its album's, where it belongs to one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// The track's.
    pub track: Loudness,
    /// The album's.
    pub album: Option<Loudness>,
}

impl Gain {
    /// ReplayGain 2 as names and values, for Vorbis comments and for ID3's own texts; a loudness
    /// that is no number gives none, because silence has no gain.
    pub fn replay_gain(&self) -> Vec<(&'static str, String)> {
        let names = [
            ("REPLAYGAIN_TRACK_GAIN", "REPLAYGAIN_TRACK_PEAK"),
            ("REPLAYGAIN_ALBUM_GAIN", "REPLAYGAIN_ALBUM_PEAK"),
        ];
        let mut tags = Vec::new();
        for ((gain, peak), of) in names.into_iter().zip([Some(self.track), self.album]) {
            let Some(of) = of.filter(|of| of.integrated_lufs.is_finite()) else {
                continue;
            };
            let db = REPLAY_GAIN_LUFS - of.integrated_lufs;
            tags.push((gain, format!("{db:.2} dB")));
            let linear = libm::pow(10.0, of.true_peak_dbtp / 20.0);
            tags.push((peak, format!("{linear:.6}")));
        }
        if !tags.is_empty() {
            let reference = format!("{REPLAY_GAIN_LUFS:.2} LUFS");
            tags.push(("REPLAYGAIN_REFERENCE_LOUDNESS", reference));
        }
        tags
    }

    /// The tags of an Opus stream whose header turns it by `header_gain_db` already: whole 256ths
    /// of a decibel. An Opus file has these and no ReplayGain.
    pub fn r128(&self, header_gain_db: f64) -> Vec<(&'static str, String)> {
        let names = ["R128_TRACK_GAIN", "R128_ALBUM_GAIN"];
        let tags = names.into_iter().zip([Some(self.track), self.album]);
        let tags = tags.filter_map(|(name, of)| {
            let lufs = of?.integrated_lufs;
            let steps = (256.0 * (R128_LUFS - lufs - header_gain_db)).round();
            let held = steps.clamp(f64::from(i16::MIN), f64::from(i16::MAX));
            lufs.is_finite().then(|| (name, format!("{held:.0}")))
        });
        tags.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudness(integrated_lufs: f64, true_peak_dbtp: f64) -> Loudness {
        Loudness {
            integrated_lufs,
            true_peak_dbtp,
        }
    }

    #[test]
    fn gains_are_written_as_players_read_them() {
        let gain = Gain {
            track: loudness(-12.77, -0.1),
            album: Some(loudness(-14.0, 0.0)),
        };
        let expected = [
            ("REPLAYGAIN_TRACK_GAIN", "-5.23 dB"),
            ("REPLAYGAIN_TRACK_PEAK", "0.988553"),
            ("REPLAYGAIN_ALBUM_GAIN", "-4.00 dB"),
            ("REPLAYGAIN_ALBUM_PEAK", "1.000000"),
            ("REPLAYGAIN_REFERENCE_LOUDNESS", "-18.00 LUFS"),
        ];
        assert_eq!(
            gain.replay_gain(),
            expected.map(|(name, value)| (name, value.to_owned()))
        );
        // -23 + 12.77 = -10.23 dB, times 256 is -2618.88; -9 dB is -2304.
        let r128 = [("R128_TRACK_GAIN", "-2619"), ("R128_ALBUM_GAIN", "-2304")];
        assert_eq!(
            gain.r128(0.0),
            r128.map(|(name, value)| (name, value.to_owned()))
        );
        assert_eq!(gain.r128(-9.0)[1].1, "0");
    }

    #[test]
    fn silence_has_no_gain_and_nothing_runs_over() {
        let silent = Gain {
            track: loudness(f64::NEG_INFINITY, f64::NEG_INFINITY),
            album: None,
        };
        assert_eq!(silent.replay_gain(), []);
        assert_eq!(silent.r128(0.0), []);
        let quiet = Gain {
            track: loudness(-200.0, -190.0),
            album: None,
        };
        assert_eq!(quiet.r128(0.0), [("R128_TRACK_GAIN", "32767".to_owned())]);
    }
}
