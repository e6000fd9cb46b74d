//! Times as people write them, and the one clock that all of them are laid on.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// CD frames in a second (IEC 60908).
pub const CD_FRAMES_PER_SECOND: u64 = 75;

/// A duration or a place on a disc, in 1/705 600 000 s.
///
/// That is a whole number for a sample at each rate of the trade from 8 to 384 kHz, for a CD frame and for a millisecond, so
/// that sums of songs at several rates are exact, and only the last step to a rate rounds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ticks(u64);

impl Ticks {
    /// Ticks in a second.
    pub const PER_SECOND: u64 = 705_600_000;
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One CD frame.
    pub const CD_FRAME: Self = Self(Self::PER_SECOND / CD_FRAMES_PER_SECOND);

    /// So many frames at this rate; a rate that does not divide the tick gives the nearest one.
    #[must_use]
    pub fn of_frames(frames: u64, rate_hz: u32) -> Self {
        Self(scaled(frames, Self::PER_SECOND, u64::from(rate_hz)))
    }

    /// So many CD frames.
    #[must_use]
    pub fn of_cd_frames(frames: u64) -> Self {
        Self(frames.saturating_mul(Self::CD_FRAME.0))
    }

    /// So many milliseconds.
    #[must_use]
    pub fn of_milliseconds(ms: u64) -> Self {
        Self(ms.saturating_mul(Self::PER_SECOND / 1000))
    }

    /// The nearest frame at this rate; of two the later one.
    #[must_use]
    pub fn frames(self, rate_hz: u32) -> u64 {
        scaled(self.0, u64::from(rate_hz), Self::PER_SECOND)
    }

    /// Seconds, for words and drawings.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / Self::PER_SECOND as f64
    }

    /// The last border of a CD frame at or before it.
    #[must_use]
    pub fn cd_border_before(self) -> Self {
        Self(self.0 - self.0 % Self::CD_FRAME.0)
    }

    /// The first border of a CD frame at or after it.
    #[must_use]
    pub fn cd_border_after(self) -> Self {
        Self(self.0.next_multiple_of(Self::CD_FRAME.0))
    }

    /// How many CD frames it is, where it is a whole number of them.
    #[must_use]
    pub fn cd_frames(self) -> Option<u64> {
        self.0
            .is_multiple_of(Self::CD_FRAME.0)
            .then_some(self.0 / Self::CD_FRAME.0)
    }

    /// What is left when `other` is taken away; nothing where that is longer.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Half of it.
    #[must_use]
    pub fn half(self) -> Self {
        Self(self.0 / 2)
    }

    /// The bare number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

/// value · times / by, rounded to the nearest, half up; the largest number where it would be larger.
fn scaled(value: u64, times: u64, by: u64) -> u64 {
    let by = u128::from(by.max(1));
    let wide = (u128::from(value) * u128::from(times) * 2 + by) / (by * 2);
    u64::try_from(wide).unwrap_or(u64::MAX)
}

impl Add for Ticks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Ticks {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Ticks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

impl fmt::Display for Ticks {
    /// `m:ss.mmm`, to the nearest millisecond.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Time::Milliseconds(scaled(self.0, 1000, Self::PER_SECOND)).fmt(f)
    }
}

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\u{201c}{0}\u{201d} is no time; write it like \"3:25.500\" (minutes and seconds), \"03:25:40\" (CD frames last), \"2.5 s\", \"40 ms\", \"150 CD frames\" or \"12345 samples\""
)]
pub struct BadTime(String);

/// A time as people write it: a place on a source, or a length.
///
/// Kept as it was written, so that a file that is read and written again says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Time {
    /// `3:25.500`, `2.5 s` or `40 ms`: on a source the nearest sample is meant.
    Milliseconds(u64),
    /// `03:25:40` or `150 CD frames`: 1/75 s each.
    CdFrames(u64),
    /// `12345 samples`, at the source's own rate.
    Samples(u64),
}

/// Nobody means more than a week.
const LONGEST_MS: u64 = 7 * 24 * 3_600_000;

impl Time {
    /// The time on the clock; samples are counted at this rate.
    #[must_use]
    pub fn ticks(self, rate_hz: u32) -> Ticks {
        match self {
            Self::Milliseconds(ms) => Ticks::of_milliseconds(ms),
            Self::CdFrames(frames) => Ticks::of_cd_frames(frames),
            Self::Samples(samples) => Ticks::of_frames(samples, rate_hz),
        }
    }

    /// The nearest frame of a source at this rate.
    #[must_use]
    pub fn frames(self, rate_hz: u32) -> u64 {
        match self {
            Self::Samples(samples) => samples,
            Self::Milliseconds(_) | Self::CdFrames(_) => self.ticks(rate_hz).frames(rate_hz),
        }
    }

    /// Whether it is no time at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        matches!(
            self,
            Self::Milliseconds(0) | Self::CdFrames(0) | Self::Samples(0)
        )
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Milliseconds(ms) => {
                let seconds = ms / 1000;
                write!(f, "{}:{:02}.{:03}", seconds / 60, seconds % 60, ms % 1000)
            }
            Self::CdFrames(frames) => {
                let seconds = frames / CD_FRAMES_PER_SECOND;
                let rest = frames % CD_FRAMES_PER_SECOND;
                write!(f, "{:02}:{:02}:{rest:02}", seconds / 60, seconds % 60)
            }
            Self::Samples(samples) => write!(f, "{samples} samples"),
        }
    }
}

impl FromStr for Time {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        let bad = || BadTime(text.chars().take(80).collect());
        read(text.trim()).ok_or_else(bad).and_then(|time| {
            let is_sane = time.ticks(192_000) <= Ticks::of_milliseconds(LONGEST_MS);
            if is_sane { Ok(time) } else { Err(bad()) }
        })
    }
}

fn read(text: &str) -> Option<Time> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [minutes, seconds] => {
            let ms = milliseconds(seconds).filter(|ms| *ms < 60_000)?;
            let minutes = whole(minutes)?;
            Some(Time::Milliseconds(
                minutes.checked_mul(60_000)?.checked_add(ms)?,
            ))
        }
        [minutes, seconds, frames] => {
            let seconds_in = whole(seconds).filter(|s| *s < 60)?;
            let frames = whole(frames).filter(|f| *f < CD_FRAMES_PER_SECOND)?;
            let seconds = whole(minutes)?.checked_mul(60)?.checked_add(seconds_in)?;
            let all = seconds.checked_mul(CD_FRAMES_PER_SECOND)?;
            Some(Time::CdFrames(all.checked_add(frames)?))
        }
        [one] => {
            let end = one.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, unit) = one.split_at(end);
            match unit.trim() {
                "s" | "second" | "seconds" => milliseconds(number).map(Time::Milliseconds),
                "ms" => whole(number).map(Time::Milliseconds),
                "CD frame" | "CD frames" => whole(number).map(Time::CdFrames),
                "sample" | "samples" => whole(number).map(Time::Samples),
                _ => None,
            }
        }
        _ => None,
    }
}

fn whole(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Seconds with up to three places.
fn milliseconds(text: &str) -> Option<u64> {
    let (seconds, rest) = text.split_once('.').unwrap_or((text, "0"));
    if rest.len() > 3 {
        return None;
    }
    let thousandths = whole(rest)? * 10_u64.pow(3 - u32::try_from(rest.len()).ok()?);
    whole(seconds)?.checked_mul(1000)?.checked_add(thousandths)
}

impl TryFrom<String> for Time {
    type Error = BadTime;
    fn try_from(text: String) -> Result<Self, BadTime> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> String {
        time.to_string()
    }
}

/// The silence before a song, in seconds or CD frames.
///
/// One below zero can be written, so that it is refused beside whatever else is wrong, by its song's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gap {
    length: Time,
    is_negative: bool,
}

impl Gap {
    /// No gap at all: the songs follow each other without one.
    pub const NONE: Self = Self {
        length: Time::Milliseconds(0),
        is_negative: false,
    };

    /// A gap of this length.
    #[must_use]
    pub const fn new(length: Time) -> Self {
        Self {
            length,
            is_negative: false,
        }
    }

    /// Its length; none where it is below zero, or in samples, which no rate is said for.
    #[must_use]
    pub fn ticks(self) -> Option<Ticks> {
        match self.length {
            Time::Samples(_) => None,
            Time::Milliseconds(_) | Time::CdFrames(_) if self.is_negative => None,
            Time::Milliseconds(_) | Time::CdFrames(_) => Some(self.length.ticks(1)),
        }
    }

    /// Whether it was written with a minus.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.is_negative
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        write!(f, "{sign}{}", self.length)
    }
}

impl TryFrom<String> for Gap {
    type Error = BadTime;
    fn try_from(text: String) -> Result<Self, BadTime> {
        let (is_negative, bare) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let length: Time = bare.parse()?;
        Ok(Self {
            is_negative: is_negative && !length.is_zero(),
            length,
        })
    }
}

impl From<Gap> for String {
    fn from(gap: Gap) -> String {
        gap.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<(Time, &str)>) {
        let read = text.parse::<Time>();
        match expected {
            Some((time, written)) => {
                assert_eq!(read, Ok(time), "{text}");
                assert_eq!(time.to_string(), written, "{text}");
            }
            None => assert!(read.is_err(), "{text}"),
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        check("3:25.500", Some((Time::Milliseconds(205_500), "3:25.500")));
        check("3:05", Some((Time::Milliseconds(185_000), "3:05.000")));
        check(
            "79:57.5",
            Some((Time::Milliseconds(4_797_500), "79:57.500")),
        );
        check("03:25:40", Some((Time::CdFrames(15_415), "03:25:40")));
        check("2.5 s", Some((Time::Milliseconds(2500), "0:02.500")));
        check("40 ms", Some((Time::Milliseconds(40), "0:00.040")));
        check("150 CD frames", Some((Time::CdFrames(150), "00:02:00")));
        check(
            "12345 samples",
            Some((Time::Samples(12_345), "12345 samples")),
        );
        for text in [
            "",
            "2",
            "2.5",
            "-2 s",
            "3:60",
            "3:25:75",
            "3:61:00",
            "1:2:3:4",
            "3:25.5005",
            "4 bars",
            "150 frames",
            "99999999:00",
            "\u{663} s",
            "1e3 s",
            "18446744073709551615 samples",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_gap_may_be_written_negative_and_has_no_length_then() {
        let gap = |text: &str| Gap::try_from(text.to_owned()).unwrap();
        assert_eq!(gap("2 s").ticks(), Some(Ticks::of_milliseconds(2000)));
        assert_eq!(gap("150 CD frames").ticks(), gap("2 s").ticks());
        assert_eq!(gap("-2 s").ticks(), None);
        assert_eq!(gap("-2 s").to_string(), "-0:02.000");
        assert_eq!(gap("-0 s").ticks(), Some(Ticks::ZERO));
        assert_eq!(gap("100 samples").ticks(), None);
    }

    #[test]
    fn a_cd_frame_is_588_samples_at_44100() {
        for n in [0, 1, 75, 4500, 359_999] {
            assert_eq!(Ticks::of_cd_frames(n).frames(44_100), n * 588);
            assert_eq!(Ticks::of_cd_frames(n).frames(96_000), n * 1280);
            assert_eq!(Ticks::of_frames(n * 588, 44_100).cd_frames(), Some(n));
        }
        assert_eq!(Ticks::of_frames(589, 44_100).cd_frames(), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(n in 0_u64..600_000_000) {
            for time in [Time::Milliseconds(n), Time::CdFrames(n / 14), Time::Samples(n)] {
                prop_assert_eq!(time.to_string().parse(), Ok(time));
            }
        }

        #[test]
        fn no_text_stops_the_reader(text in ".{0,40}") {
            let _ = text.parse::<Time>();
            let _ = Gap::try_from(text);
        }

        /// A frame at any rate finds its way through the clock.
        #[test]
        fn frames_come_back_from_the_clock(frames in 0_u64..4_000_000_000, rate in 1_000_u32..768_000) {
            prop_assert_eq!(Ticks::of_frames(frames, rate).frames(rate), frames);
        }
    }
}
