//! A wave as signs, one bit each, and how far two such waves agree.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Signs of a wave, or marks over it, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Adds `bit` as 0 or 1.
    pub(crate) fn push(&mut self, bit: u64) {
        let place = self.count % 64;
        if place == 0 {
            self.words.push(0);
        }
        if let Some(last) = self.words.last_mut() {
            *last |= (bit & 1) << place;
        }
        self.count += 1;
    }

    /// The bit at `index`, 0 outside.
    pub(crate) fn at(&self, index: usize) -> u64 {
        self.words.get(index / 64).map_or(0, |w| w >> (index % 64)) & 1
    }

    /// The 64 bits from `from` on, zeros outside; `from` may lie before the beginning.
    fn word_from(&self, from: i64) -> u64 {
        let whole = from.div_euclid(64);
        let shift = from.rem_euclid(64);
        let word = |index: i64| {
            usize::try_from(index)
                .ok()
                .and_then(|i| self.words.get(i))
                .copied()
                .unwrap_or(0)
        };
        if shift == 0 {
            word(whole)
        } else {
            (word(whole) >> shift) | (word(whole + 1) << (64 - shift))
        }
    }
}

/// Written as hexadecimal digits behind their count, so that it fits any text.
impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write as _;
        let mut text = format!("{}:", self.count);
        for word in &self.words {
            write!(text, "{word:016x}").expect("a string takes text");
        }
        to.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom("no count of bits with their digits");
        let (count, digits) = text.split_once(':').ok_or_else(wrong)?;
        let count: usize = count.parse().map_err(|_| wrong())?;
        if !digits.is_ascii() || digits.len() != count.div_ceil(64) * 16 {
            return Err(wrong());
        }
        let words = (0..digits.len() / 16)
            .map(|i| u64::from_str_radix(&digits[16 * i..16 * (i + 1)], 16))
            .collect::<Result<Vec<u64>, _>>()
            .map_err(|_| wrong())?;
        Ok(Self { words, count })
    }
}

/// A wave as signs, with marks where it is loud enough to mean anything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wave<'a> {
    pub(crate) signs: &'a Bits,
    pub(crate) active: &'a Bits,
}

/// Signs whose mean is taken out together: about a second. A voice's wave is lopsided, so two
/// strangers' signs would agree by their means alone.
pub(crate) const MEAN_SIGNS: usize = 4_096;

/// What a comparison of signs came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Agreement {
    /// Sum of the products, means taken out.
    pub(crate) covariance: f64,
    /// Sums of the squares, means taken out.
    variances: [f64; 2],
    /// Signs compared.
    pub(crate) count: i64,
}

impl Agreement {
    /// Correlation of the waves behind the signs, by the arcsine law.
    pub(crate) fn correlation(self) -> f64 {
        let scale = libm::sqrt(self.variances[0] * self.variances[1]);
        if scale <= 0.0 {
            return 0.0;
        }
        libm::sin(std::f64::consts::FRAC_PI_2 * (self.covariance / scale).clamp(-1.0, 1.0))
    }
}

/// Sums over some signs: of products, of each wave, and how many.
#[derive(Clone, Copy, Default)]
struct Sums {
    both: i64,
    each: [i64; 2],
    count: i64,
}

impl Sums {
    fn add(&mut self, a: u64, b: u64, marks: u64) {
        let count = i64::from(marks.count_ones());
        let balance = |differ: u64| count - 2 * i64::from((differ & marks).count_ones());
        self.count += count;
        self.both += balance(a ^ b);
        self.each[0] -= balance(a);
        self.each[1] -= balance(b);
    }

    fn into(self, all: &mut Agreement) {
        if self.count == 0 {
            return;
        }
        let count = self.count as f64;
        let [a, b] = self.each.map(|sum| sum as f64);
        all.count += self.count;
        all.covariance += self.both as f64 - a * b / count;
        all.variances[0] += count - a * a / count;
        all.variances[1] += count - b * b / count;
    }
}

/// Compares the stretch `from..to` of `a` with `b`, where `a` comes `lag` signs later than `b`.
pub(crate) fn agreement(a: Wave<'_>, b: Wave<'_>, lag: i64, from: usize, to: usize) -> Agreement {
    let to = to.min(a.signs.len());
    let mut all = Agreement::default();
    let mut at = from / 64 * 64;
    while at < to {
        let end = (at / MEAN_SIGNS + 1) * MEAN_SIGNS;
        let mut sums = Sums::default();
        while at < to.min(end) {
            let place = i64::try_from(at).expect("a piece fits");
            let mut marks = a.active.word_from(place) & b.active.word_from(place - lag);
            if at < from {
                marks &= u64::MAX << (from - at);
            }
            if to - at < 64 {
                marks &= (1_u64 << (to - at)) - 1;
            }
            if marks != 0 {
                let (a, b) = (a.signs.word_from(place), b.signs.word_from(place - lag));
                sums.add(a, b, marks);
            }
            at += 64;
        }
        sums.into(&mut all);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u64) -> Bits {
        let mut state = seed | 1;
        let mut bits = Bits::default();
        for _ in 0..count {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bits.push(state >> 60);
        }
        bits
    }

    fn shifted(bits: &Bits, by: usize) -> Bits {
        let mut out = Bits::default();
        for index in 0..bits.len() + by {
            out.push(if index < by { 0 } else { bits.at(index - by) });
        }
        out
    }

    #[test]
    fn a_shifted_wave_agrees_at_its_lag_alone() {
        let b = noise(5_003, 7);
        let a = shifted(&b, 77);
        let mut active = Bits::default();
        (0..6_000).for_each(|_| active.push(1));
        let (a, b) = (
            Wave {
                signs: &a,
                active: &active,
            },
            Wave {
                signs: &b,
                active: &active,
            },
        );
        let at = |lag| agreement(a, b, lag, 77, 5_000);
        assert_eq!(at(77).count, 4_923);
        assert!((at(77).correlation() - 1.0).abs() < 1.0e-9);
        assert!(at(76).correlation().abs() < 0.1);
        assert!(at(-77).correlation().abs() < 0.1);
    }

    #[test]
    fn lopsided_strangers_do_not_agree() {
        let lopsided = |seed| {
            let (a, b) = (noise(40_000, seed), noise(40_000, seed + 1));
            let mut out = Bits::default();
            (0..a.len()).for_each(|i| out.push(a.at(i) & b.at(i)));
            out
        };
        let (a, b) = (lopsided(11), lopsided(77));
        let mut active = Bits::default();
        (0..40_000).for_each(|_| active.push(1));
        let wave = |signs| Wave {
            signs,
            active: &active,
        };
        let here = agreement(wave(&a), wave(&b), 0, 0, 40_000).correlation();
        assert!(here.abs() < 0.03, "{here}");
        let own = agreement(wave(&a), wave(&a), 0, 0, 40_000).correlation();
        assert!((own - 1.0).abs() < 1.0e-9, "{own}");
    }

    #[test]
    fn only_the_stretch_asked_for_counts() {
        let signs = noise(300, 3);
        let mut active = Bits::default();
        (0..300).for_each(|_| active.push(1));
        let wave = Wave {
            signs: &signs,
            active: &active,
        };
        assert_eq!(agreement(wave, wave, 0, 10, 200).count, 190);
        assert_eq!(agreement(wave, wave, 0, 70, 75).count, 5);
        assert_eq!(agreement(wave, wave, 0, 0, 9_999).count, 300);
        assert_eq!(agreement(wave, wave, 100, 0, 300).count, 200);
    }

    #[test]
    fn bits_come_back_from_their_text() {
        for count in [0, 1, 63, 64, 65, 1_000] {
            let bits = noise(count, 9);
            let text = serde_json::to_string(&bits).unwrap();
            assert_eq!(serde_json::from_str::<Bits>(&text).unwrap(), bits);
        }
        for wrong in [
            "\"\"",
            "\"3:\"",
            "\"64:00\"",
            "\"64:zzzzzzzzzzzzzzzz\"",
            "\"1:ü00000000000000\"",
        ] {
            assert!(serde_json::from_str::<Bits>(wrong).is_err(), "{wrong}");
        }
    }
}
