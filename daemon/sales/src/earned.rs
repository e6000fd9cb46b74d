//! Money finer than any minor unit.

use std::fmt;
use std::ops::Neg;

use serde::{Deserialize, Serialize};

/// Decimals that are kept.
const DECIMALS: usize = 9;
/// Billionths of one.
const ONE: i64 = 1_000_000_000;

/// Money of some currency in whole billionths of its unit: a stream earns about 3 000 000 of them. In
/// documents it is a text such as `12.3456`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Earned(pub i64);

/// A text that is no such amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is no amount; write it as 12.3456")]
pub struct BadEarned(String);

impl TryFrom<String> for Earned {
    type Error = BadEarned;

    fn try_from(text: String) -> Result<Self, BadEarned> {
        Self::of_decimal(&text).ok_or(BadEarned(text))
    }
}

impl From<Earned> for String {
    fn from(earned: Earned) -> Self {
        earned.to_string()
    }
}

impl Earned {
    /// Reads digits with at most one point, such as `-0.0038219`; decimals beyond the ninth are rounded to the
    /// nearest, halves away from zero. None for anything else, or above 9.2 thousand million.
    pub(crate) fn of_decimal(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && rest.is_empty()) || !is_number(whole) || !is_number(rest) {
            return None;
        }
        let whole: i64 = match whole {
            "" => 0,
            _ => whole.parse().ok()?,
        };
        let kept: String = rest
            .chars()
            .chain("000000000".chars())
            .take(DECIMALS)
            .collect();
        let more = rest.as_bytes().get(DECIMALS).is_some_and(|b| *b >= b'5');
        let fine = kept.parse::<i64>().ok()?.checked_add(i64::from(more))?;
        let all = whole.checked_mul(ONE)?.checked_add(fine)?;
        Some(Self(sign * all))
    }

    /// The sum, or none where it would be more than can be kept.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Whole units of `decimals` decimals, rounded down towards nothing: what can be paid out.
    #[must_use]
    pub fn minor(self, decimals: u8) -> i64 {
        let places = u32::from(decimals).min(9);
        self.0 / 10_i64.pow(9 - places)
    }

    /// A share of it, in ten-thousandths, rounded down towards nothing.
    #[must_use]
    pub fn share(self, ten_thousandths: u32) -> Self {
        let part = i128::from(self.0) * i128::from(ten_thousandths) / 10_000;
        Self(i64::try_from(part).unwrap_or(self.0))
    }
}

impl Neg for Earned {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl fmt::Display for Earned {
    /// With two decimals at least and as many more as it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let all = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        let fine = format!("{:09}", all % one);
        let kept = fine.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{}.{}", all / one, &fine[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, billionths: Option<i64>, shown: &str) {
        let read = Earned::of_decimal(text);
        assert_eq!(read.map(|e| e.0), billionths, "{text}");
        if let Some(read) = read {
            assert_eq!(read.to_string(), shown);
        }
    }

    #[test]
    fn money_is_read_to_the_billionth() {
        check("0.0038219", Some(3_821_900), "0.0038219");
        check("-12.5", Some(-12_500_000_000), "-12.50");
        check(".5", Some(500_000_000), "0.50");
        check("7", Some(7_000_000_000), "7.00");
        check("0.0000000005", Some(1), "0.000000001");
        check("9999999999", None, "");
        check("", None, "");
        check("-", None, "");
        check("1e3", None, "");
        check("1.2.3", None, "");
    }

    #[test]
    fn a_share_and_what_can_be_paid_round_down() {
        assert_eq!(Earned(1_999_999_999).minor(2), 199);
        assert_eq!(Earned(-1_999_999_999).minor(2), -199);
        assert_eq!(Earned(1_999_999_999).minor(0), 1);
        assert_eq!(Earned(10_001).share(8_500), Earned(8_500));
        assert_eq!(Earned(i64::MAX).share(10_000), Earned(i64::MAX));
    }
}
