//! Amounts of money: whole minor units of a currency, with arithmetic that never overflows quietly.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::currency::{BadCurrency, Currency};

/// The largest amount either way, in minor units: far above any studio's year, and small enough
/// that a thousand of them added up stay an `i64`.
const LARGEST: i64 = 1_000_000_000_000_000;

/// A share in basis points: 1 900 is 19 %.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// The whole.
    pub const WHOLE: Self = Self(10_000);
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match (rest, rest % 10) {
            (0, _) => write!(f, "{whole} %"),
            (_, 0) => write!(f, "{whole}.{} %", rest / 10),
            (_, _) => write!(f, "{whole}.{rest:02} %"),
        }
    }
}

/// An amount of money. In documents it is a text such as `80.00 USD`, never a number with a point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

/// What cannot be an amount, or cannot be added up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    /// No such text.
    #[error(
        "\u{201c}{0}\u{201d} is no amount; write it as 80.00 USD, with the decimals of its currency"
    )]
    Text(String),
    /// No such currency.
    #[error(transparent)]
    Currency(#[from] BadCurrency),
    /// Too much.
    #[error("the amount is larger than Lacquer keeps books for")]
    TooLarge,
    /// Two currencies.
    #[error("{0} and {1} cannot be added up")]
    Mixed(Currency, Currency),
}

impl Amount {
    /// An amount of so many minor units.
    ///
    /// # Errors
    /// [`BadAmount::TooLarge`] above 10^15 minor units.
    pub fn of_minor(minor: i64, currency: Currency) -> Result<Self, BadAmount> {
        if (-LARGEST..=LARGEST).contains(&minor) {
            Ok(Self { minor, currency })
        } else {
            Err(BadAmount::TooLarge)
        }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads `80`, `80.00` or `80,00` of a known currency.
    ///
    /// # Errors
    /// A text that is no amount, or has more decimals than the currency.
    pub fn read(text: &str, currency: Currency) -> Result<Self, BadAmount> {
        let bad = || BadAmount::Text(text.chars().take(40).collect());
        let trimmed = text.trim();
        let (sign, digits) = match trimmed.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (-1, rest),
            None => (1, trimmed),
        };
        let (whole, part) = match digits.split_once(['.', ',']) {
            Some((whole, part)) => (whole, part),
            None => (digits, ""),
        };
        let decimals = usize::from(currency.decimals());
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let has_odd_part = digits.contains(['.', ',']) && part.len() != decimals;
        if whole.is_empty() || !is_number(whole) || !is_number(part) || has_odd_part {
            return Err(bad());
        }
        let minor: i64 = format!("{whole}{part:0<decimals$}")
            .parse()
            .map_err(|_| BadAmount::TooLarge)?;
        Self::of_minor(sign * minor, currency)
    }

    /// Its minor units.
    #[must_use]
    pub fn minor(&self) -> i64 {
        self.minor
    }

    /// Its currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether it is more than nothing.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.minor > 0
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.minor == 0
    }

    /// The amount as a number without its currency: `80.00`.
    #[must_use]
    pub fn number(&self) -> String {
        let decimals = usize::from(self.currency.decimals());
        let digits = format!(
            "{:0>width$}",
            self.minor.unsigned_abs(),
            width = decimals + 1
        );
        let (whole, part) = digits.split_at(digits.len() - decimals);
        let sign = if self.minor < 0 { "-" } else { "" };
        if part.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{part}")
        }
    }

    /// Both together.
    ///
    /// # Errors
    /// Two currencies, or too much.
    pub fn plus(self, other: Self) -> Result<Self, BadAmount> {
        if self.currency != other.currency {
            return Err(BadAmount::Mixed(self.currency, other.currency));
        }
        let sum = self.minor.checked_add(other.minor);
        Self::of_minor(sum.ok_or(BadAmount::TooLarge)?, self.currency)
    }

    /// What is left of it.
    ///
    /// # Errors
    /// Two currencies, or too much.
    pub fn minus(self, other: Self) -> Result<Self, BadAmount> {
        self.plus(other.negated())
    }

    /// The same the other way.
    #[must_use]
    pub fn negated(self) -> Self {
        Self {
            minor: -self.minor,
            currency: self.currency,
        }
    }

    /// So many times the amount.
    ///
    /// # Errors
    /// Too much.
    pub fn times(self, count: u32) -> Result<Self, BadAmount> {
        let product = self.minor.checked_mul(i64::from(count));
        Self::of_minor(product.ok_or(BadAmount::TooLarge)?, self.currency)
    }

    /// A share of it, rounded to the minor unit; a half goes away from zero, as tax offices and
    /// shops round.
    ///
    /// # Errors
    /// Too much.
    pub fn share(self, rate: BasisPoints) -> Result<Self, BadAmount> {
        self.ratio(i64::from(rate.0), i64::from(BasisPoints::WHOLE.0))
    }

    /// `part / whole` of it, rounded the same way; `whole` is more than nothing.
    pub(super) fn ratio(self, part: i64, whole: i64) -> Result<Self, BadAmount> {
        let (part, whole) = (i128::from(part), i128::from(whole).max(1));
        let doubled = 2 * i128::from(self.minor) * part;
        let rounded = (doubled.abs() + whole) / (2 * whole) * doubled.signum();
        let minor = i64::try_from(rounded).map_err(|_| BadAmount::TooLarge)?;
        Self::of_minor(minor, self.currency)
    }

    /// Splits it into parts that add up to it exactly; earlier parts are never smaller than later
    /// ones, by one minor unit at most.
    #[must_use]
    pub fn split(self, parts: NonZero<u32>) -> Vec<Self> {
        let count = i64::from(parts.get());
        let (each, left) = (self.minor / count, self.minor % count);
        (0..count)
            .map(|no| Self {
                minor: each + if no < left.abs() { left.signum() } else { 0 },
                currency: self.currency,
            })
            .collect()
    }

    /// The sum of amounts of one currency.
    ///
    /// # Errors
    /// Two currencies, or too much.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, BadAmount> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::plus)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.currency)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Amount {
    type Err = BadAmount;

    /// Reads `80.00 USD`.
    fn from_str(text: &str) -> Result<Self, BadAmount> {
        let Some((number, currency)) = text.trim().rsplit_once(' ') else {
            return Err(BadAmount::Text(text.chars().take(40).collect()));
        };
        Self::read(number, currency.parse()?)
    }
}

impl TryFrom<String> for Amount {
    type Error = BadAmount;
    fn try_from(text: String) -> Result<Self, BadAmount> {
        text.parse()
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> String {
        amount.to_string()
    }
}
