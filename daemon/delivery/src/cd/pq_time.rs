//! Time on a disc, in sectors of 1/75 s.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place or a length on a CD in sectors: `MM:SS:FF` with 75 sectors a second, up to 99:59:74.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct PqTime {
    sectors: u32,
}

/// A place between two sectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OffGrid {
    /// Between two sectors.
    #[error(
        "sample {frames} is not on a sector border of the disc; the nearest one before is {before}"
    )]
    Between {
        /// The place, in frames of 44.1 kHz.
        frames: u64,
        /// The border before it, likewise.
        before: u64,
    },
    /// Behind the last address.
    #[error("sample {frames} lies behind 99:59:74, the last address of a disc")]
    Beyond {
        /// The place, in frames of 44.1 kHz.
        frames: u64,
    },
}

/// More sectors than a disc has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sector {0} lies behind 99:59:74, the last address of a disc")]
pub struct BehindDisc(pub u32);

impl TryFrom<u32> for PqTime {
    type Error = BehindDisc;

    fn try_from(sectors: u32) -> Result<Self, BehindDisc> {
        Self::from_sectors(sectors).ok_or(BehindDisc(sectors))
    }
}

impl From<PqTime> for u32 {
    fn from(time: PqTime) -> Self {
        time.sectors
    }
}

/// A text that is no time of a disc.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time of a disc: MM:SS:FF, seconds to 59 and sectors to 74")]
pub struct NotATime(pub String);

impl PqTime {
    /// The start of the image.
    pub const ZERO: Self = Self { sectors: 0 };
    /// The last address that a disc can name.
    pub const LAST: Self = Self { sectors: 449_999 };
    /// The two seconds before the first track (IEC 60908).
    pub const FIRST_PREGAP: Self = Self { sectors: 150 };
    /// Sectors of a second.
    pub const PER_SECOND: u32 = 75;
    /// Frames of 44.1 kHz in a sector.
    pub const FRAMES_PER_SECTOR: u64 = 588;
    /// Bytes of a sector of sound: 588 frames of two 16-bit samples.
    pub const BYTES_PER_SECTOR: u64 = 2352;

    /// So many sectors; none behind 99:59:74.
    pub const fn from_sectors(sectors: u32) -> Option<Self> {
        if sectors <= Self::LAST.sectors {
            Some(Self { sectors })
        } else {
            None
        }
    }

    /// Players can only start a track on a sector border, so anything else is refused here, not
    /// rounded: rounding would move a mark that somebody placed by ear.
    pub fn from_frames(frames: u64) -> Result<Self, OffGrid> {
        let before = frames - frames % Self::FRAMES_PER_SECTOR;
        if before != frames {
            return Err(OffGrid::Between { frames, before });
        }
        u32::try_from(frames / Self::FRAMES_PER_SECTOR)
            .ok()
            .and_then(Self::from_sectors)
            .ok_or(OffGrid::Beyond { frames })
    }

    /// Reads `MM:SS:FF`.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let refusal = || NotATime(text.to_owned());
        let mut parts = text.trim().split(':');
        let mut part = || {
            let part = parts.next().filter(|p| matches!(p.len(), 1 | 2))?;
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        let (minutes, seconds, sectors) = (part(), part(), part());
        let (Some(minutes), Some(seconds), Some(sectors), None) =
            (minutes, seconds, sectors, parts.next())
        else {
            return Err(refusal());
        };
        Self::from_msf(minutes, seconds, sectors).ok_or_else(refusal)
    }

    /// Minutes, seconds to 59, sectors to 74.
    pub fn from_msf(minutes: u32, seconds: u32, sectors: u32) -> Option<Self> {
        let is_time = minutes <= 99 && seconds <= 59 && sectors < Self::PER_SECOND;
        let all = || (minutes * 60 + seconds) * Self::PER_SECOND + sectors;
        is_time.then(|| Self { sectors: all() })
    }

    /// In sectors.
    pub const fn sectors(self) -> u32 {
        self.sectors
    }

    /// In frames of 44.1 kHz.
    pub fn frames(self) -> u64 {
        u64::from(self.sectors) * Self::FRAMES_PER_SECTOR
    }

    /// In bytes of an image.
    pub fn bytes(self) -> u64 {
        u64::from(self.sectors) * Self::BYTES_PER_SECTOR
    }

    /// This much later; none behind the last address.
    pub fn plus(self, length: Self) -> Option<Self> {
        Self::from_sectors(self.sectors + length.sectors)
    }

    /// From `earlier` to here; none if that is later.
    pub fn since(self, earlier: Self) -> Option<Self> {
        self.sectors
            .checked_sub(earlier.sectors)
            .and_then(Self::from_sectors)
    }

    /// Minutes, seconds and sectors.
    pub fn msf(self) -> (u32, u32, u32) {
        let seconds = self.sectors / Self::PER_SECOND;
        (seconds / 60, seconds % 60, self.sectors % Self::PER_SECOND)
    }
}

impl fmt::Display for PqTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minutes, seconds, sectors) = self.msf();
        write!(f, "{minutes:02}:{seconds:02}:{sectors:02}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(frames: u64, expected: &str) {
        let said = match PqTime::from_frames(frames) {
            Ok(time) => time.to_string(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn marks_sit_on_sector_borders() {
        check(0, "00:00:00");
        check(588, "00:00:01");
        check(2 * 44_100, "00:02:00");
        check(61 * 44_100, "01:01:00");
        check(99 * 60 * 44_100 + 59 * 44_100 + 74 * 588, "99:59:74");
        check(
            589,
            "sample 589 is not on a sector border of the disc; the nearest one before is 588",
        );
        check(
            6000 * 44_100,
            "sample 264600000 lies behind 99:59:74, the last address of a disc",
        );
    }

    #[test]
    fn only_times_of_a_disc_are_read() {
        assert_eq!(PqTime::parse("79:57:74").unwrap().sectors(), 359_849);
        assert_eq!(PqTime::parse(" 0:2:0 ").unwrap(), PqTime::FIRST_PREGAP);
        for text in [
            "",
            "1:2",
            "00:60:00",
            "00:00:75",
            "100:00:00",
            "0:0:0:0",
            "+1:00:00",
            "-1:0:0",
            "::",
        ] {
            assert_eq!(PqTime::parse(text), Err(NotATime(text.into())));
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(sectors in 0u32..450_000) {
            let time = PqTime::from_sectors(sectors).unwrap();
            prop_assert_eq!(PqTime::parse(&time.to_string()).unwrap(), time);
            prop_assert_eq!(PqTime::from_frames(time.frames()).unwrap(), time);
        }
    }
}
