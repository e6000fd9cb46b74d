//! Sides of a record: how long each format takes, and what a longer side costs in level.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::song_chain::SongChain;
use super::time::Ticks;

/// A disc of a programme as one side of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The record's diameter.
    pub inches: Inches,
    /// How fast it turns.
    pub rpm: Rpm,
    /// A chain over the whole side, behind the songs' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<SongChain>,
    /// Highest true peak of the side in dBTP; a limiter of its own holds it. None for what the chain gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling_dbtp: Option<f64>,
}

/// A record's diameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum Inches {
    /// 7 inches.
    Seven,
    /// 10 inches.
    Ten,
    /// 12 inches.
    Twelve,
}

/// A number that is no record's diameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record has 7, 10 or 12 inches, not {0}")]
pub struct BadInches(u32);

impl TryFrom<u32> for Inches {
    type Error = BadInches;
    fn try_from(inches: u32) -> Result<Self, BadInches> {
        match inches {
            7 => Ok(Self::Seven),
            10 => Ok(Self::Ten),
            12 => Ok(Self::Twelve),
            other => Err(BadInches(other)),
        }
    }
}

impl From<Inches> for u32 {
    fn from(inches: Inches) -> Self {
        match inches {
            Inches::Seven => 7,
            Inches::Ten => 10,
            Inches::Twelve => 12,
        }
    }
}

/// How fast a record turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum Rpm {
    /// 33⅓ turns a minute, written 33.
    ThirtyThree,
    /// 45.
    FortyFive,
}

/// A number that is no record's speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record turns at 33 (and a third) or 45, not {0}")]
pub struct BadRpm(u32);

impl TryFrom<u32> for Rpm {
    type Error = BadRpm;
    fn try_from(rpm: u32) -> Result<Self, BadRpm> {
        match rpm {
            33 => Ok(Self::ThirtyThree),
            45 => Ok(Self::FortyFive),
            other => Err(BadRpm(other)),
        }
    }
}

impl From<Rpm> for u32 {
    fn from(rpm: Rpm) -> Self {
        match rpm {
            Rpm::ThirtyThree => 33,
            Rpm::FortyFive => 45,
        }
    }
}

/// How long a side may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SideLengths {
    /// Up to here it is cut at full level.
    pub full_level: Ticks,
    /// Longer than this it is not cut.
    pub longest: Ticks,
}

impl Side {
    /// What its format takes.
    ///
    /// The upper ends of “optimal” and the “maximum” lengths that the mastering house Enormous Door gives for each format
    /// (enormousdoor.com/vinyl-specs, read in November 2026). Others lie beside it: Disc Makers has 18 to 20 and at most 22 minutes for
    /// 12 inches at 33⅓, 12 and 15 at 45; Qrates 19:30 and 14:30 as longest at 12 inches, 7:00 and 5:00 at 7. Bass takes more, so a plant that
    /// gives less is right: the disc's own `longest` says so.
    #[must_use]
    pub fn lengths(&self) -> SideLengths {
        let (full_level, longest) = match (self.inches, self.rpm) {
            (Inches::Twelve, Rpm::ThirtyThree) => (20, 25),
            (Inches::Twelve, Rpm::FortyFive) => (12, 15),
            (Inches::Ten, Rpm::ThirtyThree) => (9, 14),
            (Inches::Ten, Rpm::FortyFive) => (8, 10),
            (Inches::Seven, Rpm::ThirtyThree) => (5, 7),
            (Inches::Seven, Rpm::FortyFive) => (3, 5),
        };
        let minutes = |minutes: u64| Ticks::of_frames(minutes * 60, 1);
        SideLengths {
            full_level: minutes(full_level),
            longest: minutes(longest),
        }
    }

    /// How much quieter a side of this length is cut than one of full level, in dB; 0 up to there.
    ///
    /// All turns share one width: twice the turns leave half of it to each, and the groove's swing, which is its level, has to
    /// halve. The groove itself needs its width too, so this is the least that it costs.
    #[must_use]
    pub fn level_lost_db(&self, length: Ticks) -> f64 {
        let full = self.lengths().full_level.seconds();
        (20.0 * (length.seconds() / full).log10()).max(0.0)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rpm = match self.rpm {
            Rpm::ThirtyThree => "33\u{2153}",
            Rpm::FortyFive => "45",
        };
        write!(f, "{} inches at {rpm}", u32::from(self.inches))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(text: &str) -> Result<Side, String> {
        toml::from_str(text).map_err(|e| e.message().to_owned())
    }

    #[test]
    fn a_format_takes_so_much_and_a_longer_side_is_quieter() {
        let check = |text: &str, words: &str, full: f64, longest: f64| {
            let side = side(text).unwrap();
            assert_eq!(side.to_string(), words);
            let lengths = side.lengths();
            let minutes = |ticks: Ticks| ticks.seconds() / 60.0;
            assert_eq!(
                (minutes(lengths.full_level), minutes(lengths.longest)),
                (full, longest)
            );
        };
        check(
            "inches = 12\nrpm = 33",
            "12 inches at 33\u{2153}",
            20.0,
            25.0,
        );
        check("inches = 10\nrpm = 45", "10 inches at 45", 8.0, 10.0);
        check("inches = 7\nrpm = 45", "7 inches at 45", 3.0, 5.0);
        let side = side("inches = 12\nrpm = 33").unwrap();
        let lost = |minutes: u64| side.level_lost_db(Ticks::of_frames(minutes * 60, 1));
        assert_eq!(lost(18), 0.0);
        // 25 minutes in the place of 20: four fifths of the swing.
        assert!((lost(25) - 1.938).abs() < 0.001);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for (text, words) in [
            (
                "inches = 11\nrpm = 33",
                "a record has 7, 10 or 12 inches, not 11",
            ),
            (
                "inches = 12\nrpm = 78",
                "a record turns at 33 (and a third) or 45, not 78",
            ),
            ("inches = 12\nrpm = 33\nlevel = 3", "unknown field `level`"),
        ] {
            let said = side(text).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
