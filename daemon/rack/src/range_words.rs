//! What a control can be set to, as people write it in one line.

use crate::RackRefusal;
use crate::control::Range;

impl Range {
    /// The kinds, as pages name them.
    pub const KINDS: [&'static str; 3] = ["stepped", "continuous", "switch"];

    /// Which kind it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stepped { .. } => "stepped",
            Self::Continuous { .. } => "continuous",
            Self::Switch { .. } => "switch",
        }
    }

    /// In one line, as [`Range::from_words`] reads it: `0.2 s, 0.4 s`, `0 to 10 dB`, `out, in`.
    pub fn words(&self) -> String {
        match self {
            Self::Stepped { positions } => positions.join(", "),
            Self::Switch { off, on } => format!("{off}, {on}"),
            Self::Continuous { low, high, unit } if unit.is_empty() => format!("{low} to {high}"),
            Self::Continuous { low, high, unit } => format!("{low} to {high} {unit}"),
        }
    }

    /// Reads one: positions with commas between, or the lowest and the highest value with their unit.
    ///
    /// # Errors
    /// What cannot be read, with how it is written; `control` is its name.
    pub fn from_words(kind: &str, text: &str, control: &str) -> Result<Self, RackRefusal> {
        let refused = |how| RackRefusal::Range {
            control: control.to_owned(),
            text: text.trim().to_owned(),
            how,
        };
        let positions: Vec<String> = text.split(',').map(|p| p.trim().to_owned()).collect();
        match (kind, positions.as_slice()) {
            ("stepped", _) => Ok(Self::Stepped { positions }),
            ("switch", [off, on]) => Ok(Self::Switch {
                off: off.clone(),
                on: on.clone(),
            }),
            ("continuous", _) => continuous(text)
                .ok_or_else(|| refused("the lowest and the highest value, such as 0 to 10 dB")),
            _ => Err(refused(
                "what the panel says where it is out and where it is in, such as out, in",
            )),
        }
    }
}

fn continuous(text: &str) -> Option<Range> {
    let (low, rest) = text
        .split_once(" to ")
        .or_else(|| text.split_once('\u{2026}'))?;
    let number = |text: &str| text.trim().replace(',', ".").parse::<f64>().ok();
    let rest = rest.trim();
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | ',')))
        .unwrap_or(rest.len());
    let (high, unit) = rest.split_at(end);
    Some(Range::Continuous {
        low: number(low)?,
        high: number(high)?,
        unit: unit.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_meant() {
        let read = |kind, text| Range::from_words(kind, text, "Gain");
        for (kind, text) in [
            ("stepped", "0.2 s, 0.4 s, 8 s"),
            ("continuous", "-12 to 12 dB"),
            ("continuous", "0 to 10"),
            ("switch", "compress, limit"),
        ] {
            let range = read(kind, text).unwrap();
            assert_eq!((range.kind(), range.words().as_str()), (kind, text));
        }
        assert_eq!(
            read("continuous", "0,5 to 1,5kHz").unwrap().words(),
            "0.5 to 1.5 kHz"
        );
        let said = read("continuous", "loud").unwrap_err().to_string();
        assert!(
            said.contains("Gain") && said.contains("0 to 10 dB"),
            "{said}"
        );
        assert!(
            read("switch", "in")
                .unwrap_err()
                .to_string()
                .contains("out, in")
        );
    }
}
