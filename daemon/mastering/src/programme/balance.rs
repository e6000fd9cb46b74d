//! Balance from song to song: what each would be moved by to stand beside an anchor, within limits, and why.

use serde::{Deserialize, Serialize};

/// What of a song's loudness is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoudnessBy {
    /// The whole song (ITU-R BS.1770, both gates).
    Integrated,
    /// Its loudest three seconds.
    ShortTerm,
    /// The top of its loudness range: what 5 % of it are louder than (EBU Tech 3342).
    RangeTop,
}

impl LoudnessBy {
    /// What it is called in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Integrated => "integrated loudness",
            Self::ShortTerm => "loudest three seconds",
            Self::RangeTop => "top of its loudness range",
        }
    }

    fn of(self, song: &SongHeard) -> Option<f64> {
        match self {
            Self::Integrated => song.integrated_lufs,
            Self::ShortTerm => song.max_short_term_lufs,
            Self::RangeTop => song.range_top_lufs,
        }
    }
}

/// What was measured of a song; levels are none for silence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SongHeard {
    /// Its title.
    pub title: String,
    /// Integrated loudness.
    pub integrated_lufs: Option<f64>,
    /// Its loudest three seconds.
    pub max_short_term_lufs: Option<f64>,
    /// The top of its loudness range.
    pub range_top_lufs: Option<f64>,
    /// Its true peak.
    pub true_peak_dbtp: Option<f64>,
    /// Level of its treble over its bass, as [`brightness_db`] gives it.
    pub brightness_db: Option<f64>,
}

/// How far a proposal may go.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalanceLimits {
    /// Most gain up or down, in dB.
    pub gain_db: f64,
    /// Most tilt, in dB.
    pub tilt_db: f64,
    /// Highest true peak that turning up may give, in dBTP.
    pub ceiling_dbtp: f64,
}

impl Default for BalanceLimits {
    /// What is done unasked: 1.5 dB of gain, 0.5 dB of tilt, peaks up to −1 dBTP.
    fn default() -> Self {
        Self {
            gain_db: 1.5,
            tilt_db: 0.5,
            ceiling_dbtp: -1.0,
        }
    }
}

/// What a song would be moved by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BalanceStep {
    /// Its title.
    pub title: String,
    /// Gain on top of what it has, in dB.
    pub gain_db: f64,
    /// Tilt on top of what it has, in dB.
    pub tilt_db: f64,
    /// How much louder (or, below zero, quieter) than the anchor it would still be; none for silence.
    pub left_lu: Option<f64>,
    /// Why, one sentence for each thing that was decided.
    pub reasons: Vec<String>,
}

/// Why there is no proposal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoBalance {
    /// No song of that number.
    #[error("there is no song {0} to balance the others with")]
    NoAnchor(usize),
    /// Nothing to compare with.
    #[error(
        "song {number} \u{201c}{title}\u{201d} has no loudness that others could be compared with"
    )]
    SilentAnchor {
        /// Its number.
        number: usize,
        /// Its title.
        title: String,
    },
    /// A limit that is none.
    #[error("a proposal moves songs by 0 to {most} dB of {what}, not by {given} dB", most = MOST_ALLOWED_DB)]
    NoLimit {
        /// Of what.
        what: &'static str,
        /// What was given, as a number is written.
        given: String,
    },
}

/// Most that anybody may allow a proposal, in dB.
const MOST_ALLOWED_DB: f64 = 24.0;

impl BalanceLimits {
    fn check(self) -> Result<(), NoBalance> {
        for (what, db) in [("gain", self.gain_db), ("tilt", self.tilt_db)] {
            // What is no number is not within either.
            if !(0.0..=MOST_ALLOWED_DB).contains(&db) {
                let given = db.to_string();
                return Err(NoBalance::NoLimit { what, given });
            }
        }
        Ok(())
    }
}

/// Steps of a proposal in dB: nobody sets a level finer by ear.
const STEP_DB: f64 = 0.1;
/// Differences of brightness up to this are the songs' own.
const OWN_BRIGHTNESS_DB: f64 = 1.0;
/// Where bass ends and treble begins, in hertz, for [`brightness_db`].
const BASS_HZ: (f64, f64) = (60.0, 500.0);
const TREBLE_HZ: (f64, f64) = (2000.0, 16_500.0);

/// Proposes what each song would be moved by to be as loud as the anchor (its number from 1), and no brighter or duller than the
/// limits let it come near.
///
/// # Errors
/// An anchor that is not there or silent; limits below zero, or beyond 24 dB.
pub fn propose_balance(
    songs: &[SongHeard],
    by: LoudnessBy,
    anchor: usize,
    limits: BalanceLimits,
) -> Result<Vec<BalanceStep>, NoBalance> {
    limits.check()?;
    let place = anchor.checked_sub(1).and_then(|place| songs.get(place));
    let beside = place.ok_or(NoBalance::NoAnchor(anchor))?;
    let wanted = by.of(beside).ok_or_else(|| NoBalance::SilentAnchor {
        number: anchor,
        title: beside.title.clone(),
    })?;
    let steps = songs.iter().zip(1..).map(|(song, number)| {
        if number == anchor {
            return BalanceStep {
                title: song.title.clone(),
                gain_db: 0.0,
                tilt_db: 0.0,
                left_lu: Some(0.0),
                reasons: vec![format!(
                    "It is the song that the others are balanced with: its {} is {wanted:.1} LUFS.",
                    by.words()
                )],
            };
        }
        let mut reasons = Vec::new();
        let tilt_db = tilt(song, beside, limits, &mut reasons);
        let (gain_db, left_lu) = gain((song, tilt_db), (by, wanted), limits, &mut reasons);
        BalanceStep {
            title: song.title.clone(),
            gain_db,
            tilt_db,
            left_lu,
            reasons,
        }
    });
    Ok(steps.collect())
}

fn gain(
    (song, tilt_db): (&SongHeard, f64),
    (by, wanted): (LoudnessBy, f64),
    limits: BalanceLimits,
    reasons: &mut Vec<String>,
) -> (f64, Option<f64>) {
    let Some(own) = by.of(song) else {
        reasons.push(format!("It has no {}: it stays as it is.", by.words()));
        return (0.0, None);
    };
    let away = own - wanted;
    let beside = if away < 0.0 { "below" } else { "above" };
    let mut why = format!(
        "Its {} is {own:.1} LUFS, {:.1} LU {beside} the anchor's",
        by.words(),
        away.abs()
    );
    let mut gain_db = stepped((-away).clamp(-limits.gain_db, limits.gain_db));
    if away.abs() > limits.gain_db + STEP_DB / 2.0 {
        why += &format!(
            "; it is moved by no more than {:.1} dB unless more is allowed",
            limits.gain_db
        );
    }
    // A tilt lifts one end by half of itself.
    let peak = song.true_peak_dbtp.unwrap_or(f64::NEG_INFINITY) + tilt_db.abs() / 2.0;
    let room = (limits.ceiling_dbtp - peak).max(0.0);
    if gain_db > room {
        gain_db = (room / STEP_DB + 1e-9).floor() * STEP_DB;
        why += &format!(
            "; its peaks of {:.1} dBTP leave {gain_db:.1} dB up to {:.1} dBTP, and it is not limited for balance",
            song.true_peak_dbtp.unwrap_or(peak),
            limits.ceiling_dbtp
        );
    }
    reasons.push(if gain_db == 0.0 {
        format!("{why}: it stays as loud as it is.")
    } else {
        format!("{why}: {gain_db:+.1} dB.")
    });
    (gain_db, Some(away + gain_db))
}

fn tilt(
    song: &SongHeard,
    beside: &SongHeard,
    limits: BalanceLimits,
    reasons: &mut Vec<String>,
) -> f64 {
    let Some((own, wanted)) = song.brightness_db.zip(beside.brightness_db) else {
        return 0.0;
    };
    let away = own - wanted;
    let than = if away < 0.0 { "darker" } else { "brighter" };
    let why = format!("It is {:.1} dB {than} than the anchor", away.abs());
    if away.abs() <= OWN_BRIGHTNESS_DB {
        reasons.push(format!("{why}, which is the song's own: no tilt."));
        return 0.0;
    }
    let tilt_db = stepped((-away).clamp(-limits.tilt_db, limits.tilt_db));
    reasons.push(format!(
        "{why}: {tilt_db:+.1} dB of tilt around 1 kHz, of at most {:.1}.",
        limits.tilt_db
    ));
    tilt_db
}

fn stepped(db: f64) -> f64 {
    let steps = (db / STEP_DB).round();
    // No minus before a zero.
    if steps == 0.0 { 0.0 } else { steps * STEP_DB }
}

/// How much louder a song's treble is than its bass, in dB: the mean level of its octaves from 2 kHz against that of those
/// from 60 to 500 Hz, each given as its lower end in hertz and its level. None where either has nothing in it.
#[must_use]
pub fn brightness_db(octaves: &[(f64, Option<f64>)]) -> Option<f64> {
    let mean = |(low, high): (f64, f64)| {
        let within = octaves.iter().filter(|(hz, _)| (low..high).contains(hz));
        let levels: Option<Vec<f64>> = within.map(|(_, level)| *level).collect();
        let levels = levels.filter(|levels| !levels.is_empty())?;
        Some(levels.iter().sum::<f64>() / levels.len() as f64)
    };
    Some(mean(TREBLE_HZ)? - mean(BASS_HZ)?)
}

/// The loudness of songs played one after the other, from each one's integrated loudness and duration in seconds.
///
/// Their powers' mean, weighted by time: what a meter says of the whole where no song lies below the others' gate.
#[must_use]
pub fn whole_lufs(songs: &[(Option<f64>, f64)]) -> Option<f64> {
    let heard = songs
        .iter()
        .filter_map(|(lufs, seconds)| Some(((*lufs)?, *seconds)));
    let (power, seconds) = heard.fold((0.0, 0.0), |(power, all), (lufs, seconds)| {
        (power + seconds * 10_f64.powf(lufs / 10.0), all + seconds)
    });
    (seconds > 0.0).then(|| 10.0 * (power / seconds).log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn song(title: &str, lufs: f64, peak: f64, brightness: f64) -> SongHeard {
        SongHeard {
            title: title.to_owned(),
            integrated_lufs: Some(lufs),
            max_short_term_lufs: Some(lufs + 3.0),
            range_top_lufs: Some(lufs + 2.0),
            true_peak_dbtp: Some(peak),
            brightness_db: Some(brightness),
        }
    }

    #[test]
    fn limits_that_are_none_are_refused_with_what_they_are() {
        let songs = [song("A", -11.0, -1.0, 0.0), song("B", -14.0, -1.0, 0.0)];
        let propose = |gain_db, tilt_db| {
            let limits = BalanceLimits {
                gain_db,
                tilt_db,
                ..BalanceLimits::default()
            };
            propose_balance(&songs, LoudnessBy::Integrated, 1, limits)
        };
        let said = propose(-1.0, 0.5).unwrap_err().to_string();
        assert_eq!(
            said,
            "a proposal moves songs by 0 to 24 dB of gain, not by -1 dB"
        );
        assert!(propose(1.5, f64::NAN).is_err() && propose(25.0, 0.0).is_err());
        assert!(propose(0.0, 24.0).is_ok());
    }

    #[test]
    fn a_proposal_stays_within_its_limits_and_says_why() {
        let silent = SongHeard {
            integrated_lufs: None,
            brightness_db: None,
            ..song("Silence", 0.0, -20.0, 0.0)
        };
        let songs = [
            song("Anchor", -11.0, -1.0, -20.0),
            song("Near", -11.4, -3.0, -20.6),
            song("Quiet", -14.0, -6.0, -24.0),
            song("Peaky", -12.0, -1.4, -18.5),
            song("Loud", -8.0, -1.0, -20.0),
            silent,
        ];
        let by = LoudnessBy::Integrated;
        let steps = propose_balance(&songs, by, 1, BalanceLimits::default()).unwrap();
        let figures: Vec<_> = steps
            .iter()
            .map(|s| {
                format!(
                    "{:+.1} {:+.1} {:?}",
                    s.gain_db,
                    s.tilt_db,
                    s.left_lu.map(stepped)
                )
            })
            .collect();
        assert_eq!(
            figures,
            [
                "+0.0 +0.0 Some(0.0)",
                "+0.4 +0.0 Some(0.0)",
                "+1.5 +0.5 Some(-1.5)",
                "+0.1 -0.5 Some(-0.9)",
                "-1.5 +0.0 Some(1.5)",
                "+0.0 +0.0 None",
            ]
        );
        assert_eq!(
            steps[2].reasons,
            [
                "It is 4.0 dB darker than the anchor: +0.5 dB of tilt around 1 kHz, of at most 0.5.",
                "Its integrated loudness is -14.0 LUFS, 3.0 LU below the anchor's; it is moved by no more than 1.5 dB unless more is allowed: +1.5 dB.",
            ]
        );
        assert_eq!(
            steps[3].reasons[1],
            "Its integrated loudness is -12.0 LUFS, 1.0 LU below the anchor's; its peaks of -1.4 dBTP leave 0.1 dB up to -1.0 dBTP, and it is not limited for balance: +0.1 dB."
        );
        let more = BalanceLimits {
            gain_db: 6.0,
            ..BalanceLimits::default()
        };
        let steps = propose_balance(&songs, by, 1, more).unwrap();
        assert_eq!((steps[2].gain_db * 10.0).round(), 30.0);
        assert_eq!(
            propose_balance(&songs, by, 9, more),
            Err(NoBalance::NoAnchor(9))
        );
        assert!(propose_balance(&songs, by, 6, more).is_err());
        let tops = propose_balance(&songs, LoudnessBy::RangeTop, 5, more).unwrap();
        assert_eq!(
            (tops[0].gain_db, tops[4].gain_db),
            (0.0, 0.0),
            "its peaks are at the ceiling"
        );
    }

    #[test]
    fn brightness_is_treble_over_bass() {
        let octaves: Vec<(f64, Option<f64>)> = [
            31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0,
        ]
        .into_iter()
        .zip(
            [
                -50.0, -20.0, -22.0, -24.0, -26.0, -30.0, -36.0, -42.0, -48.0,
            ]
            .map(Some),
        )
        .collect();
        // −42 against −22.
        assert_eq!(brightness_db(&octaves), Some(-20.0));
        assert_eq!(brightness_db(&octaves[..3]), None);
    }

    #[test]
    fn a_whole_is_as_loud_as_its_songs_together() {
        // Equal halves of -10 and -20: the mean power is 0.055, which is −12.6.
        let whole = whole_lufs(&[(Some(-10.0), 60.0), (Some(-20.0), 60.0), (None, 500.0)]).unwrap();
        assert!((whole + 12.596).abs() < 0.001);
        assert_eq!(whole_lufs(&[(None, 3.0)]), None);
    }
}
