//! A control of a unit: what it can be set to, how that is read and written, and the MIDI that sets it.

use serde::{Deserialize, Serialize};

use crate::RackRefusal;

/// What a control can be set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Range {
    /// Detents with names, in their order.
    Stepped {
        /// As the panel says them.
        positions: Vec<String>,
    },
    /// A pot or a fader.
    Continuous {
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// Its unit, such as dB; empty for a bare scale.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        unit: String,
    },
    /// In or out.
    Switch {
        /// What the panel says where it is not pressed.
        off: String,
        /// What it says where it is.
        on: String,
    },
}

/// Where a control stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// A value of a continuous control, in its unit.
    Value(f64),
    /// A position by its name.
    Position(String),
}

/// How a control is set by MIDI; channels count from 1 to 16.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "message", deny_unknown_fields)]
pub enum MidiTo {
    /// A control change whose value goes from `from` at the lowest setting to `to` at the highest.
    ControlChange {
        /// 1 to 16.
        channel: u8,
        /// 0 to 127.
        controller: u8,
        /// 0 to 127.
        from: u8,
        /// 0 to 127.
        to: u8,
    },
    /// A program change: the first position is this program, the next one the next.
    Program {
        /// 1 to 16.
        channel: u8,
        /// 0 to 127.
        first: u8,
    },
    /// A message of the maker's: hexadecimal bytes, `VV` where the value from 0 to 127 goes.
    SysEx {
        /// Such as `F0 00 21 5D 01 VV F7`.
        bytes: String,
    },
}

/// One control on a unit's panel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// As the panel says it.
    pub name: String,
    /// What it can be set to.
    pub range: Range,
    /// How MIDI sets it, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub midi: Option<MidiTo>,
}

impl Control {
    /// Refuses a control that cannot be one.
    ///
    /// # Errors
    /// No name, nothing to choose, a MIDI message that is none.
    pub fn check(&self) -> Result<(), RackRefusal> {
        if self.name.trim().is_empty() {
            return Err(RackRefusal::Nameless { what: "a control" });
        }
        let too_few = || RackRefusal::TooFewPositions {
            control: self.name.clone(),
        };
        match &self.range {
            Range::Stepped { positions } => {
                if positions.len() < 2 || positions.iter().any(|p| p.trim().is_empty()) {
                    return Err(too_few());
                }
                distinct("a position", positions.iter())?;
            }
            Range::Continuous { low, high, .. } => {
                if !(low.is_finite() && high.is_finite() && low < high) {
                    return Err(too_few());
                }
            }
            Range::Switch { off, on } => {
                if off.trim().is_empty() || on.trim().is_empty() {
                    return Err(too_few());
                }
                distinct("a position", [off, on].into_iter())?;
            }
        }
        let wrong = |why| RackRefusal::Midi {
            control: self.name.clone(),
            why,
        };
        self.midi
            .as_ref()
            .map_or(Ok(()), |midi| midi.check(&self.range).map_err(wrong))
    }

    /// Reads what a person wrote: a position by its name, a value with or without its unit and with a point or a comma.
    ///
    /// # Errors
    /// A setting that the control does not have, with those it has.
    pub fn read(&self, text: &str) -> Result<Setting, RackRefusal> {
        let refused = || RackRefusal::NoSuchSetting {
            control: self.name.clone(),
            text: text.trim().to_owned(),
            choices: self.choices(),
        };
        let same = |position: &&String| position.trim().eq_ignore_ascii_case(text.trim());
        match &self.range {
            Range::Stepped { positions } => positions
                .iter()
                .find(same)
                .cloned()
                .map(Setting::Position)
                .ok_or_else(refused),
            Range::Switch { off, on } => [off, on]
                .into_iter()
                .find(same)
                .cloned()
                .map(Setting::Position)
                .ok_or_else(refused),
            Range::Continuous { low, high, unit } => {
                let bare = text.trim();
                let bare = bare.strip_suffix(unit.as_str()).unwrap_or(bare).trim();
                let value: f64 = bare.replace(',', ".").parse().map_err(|_| refused())?;
                if (*low..=*high).contains(&value) {
                    Ok(Setting::Value(value))
                } else {
                    Err(refused())
                }
            }
        }
    }

    /// A setting as people write it, with its unit.
    pub fn words(&self, setting: &Setting) -> String {
        match (setting, &self.range) {
            (Setting::Position(position), _) => position.clone(),
            (Setting::Value(value), Range::Continuous { unit, .. }) if !unit.is_empty() => {
                format!("{value} {unit}")
            }
            (Setting::Value(value), _) => value.to_string(),
        }
    }

    /// True where the control can stand so.
    pub fn has(&self, setting: &Setting) -> bool {
        self.share(setting).is_some()
    }

    /// What it can be set to, in words.
    pub fn choices(&self) -> String {
        self.range.words()
    }

    /// The message that sets it so; `None` where it is turned by hand, or cannot stand so.
    pub fn midi_bytes(&self, setting: &Setting) -> Option<Vec<u8>> {
        let share = self.share(setting)?;
        match self.midi.as_ref()? {
            MidiTo::ControlChange {
                channel,
                controller,
                from,
                to,
            } => {
                let (from, to) = (f64::from(*from), f64::from(*to));
                let value = seven_bits(from + share * (to - from));
                Some(vec![0xB0 | (channel - 1), *controller, value])
            }
            MidiTo::Program { channel, first } => {
                let program = f64::from(*first) + share * (self.positions() - 1.0);
                Some(vec![0xC0 | (channel - 1), seven_bits(program)])
            }
            MidiTo::SysEx { bytes } => {
                let value = match &self.range {
                    Range::Stepped { .. } => share * (self.positions() - 1.0),
                    Range::Continuous { .. } | Range::Switch { .. } => share * 127.0,
                };
                sys_ex(bytes, seven_bits(value))
            }
        }
    }

    fn positions(&self) -> f64 {
        match &self.range {
            Range::Stepped { positions } => positions.len() as f64,
            Range::Switch { .. } | Range::Continuous { .. } => 2.0,
        }
    }

    /// Where a setting lies between the lowest (0) and the highest (1).
    fn share(&self, setting: &Setting) -> Option<f64> {
        match (&self.range, setting) {
            (Range::Stepped { positions }, Setting::Position(at)) => {
                let index = positions.iter().position(|p| p == at)?;
                Some(index as f64 / (positions.len() - 1).max(1) as f64)
            }
            (Range::Switch { off, .. }, Setting::Position(at)) if at == off => Some(0.0),
            (Range::Switch { on, .. }, Setting::Position(at)) if at == on => Some(1.0),
            (Range::Continuous { low, high, .. }, Setting::Value(value)) => {
                let is_inside = (*low..=*high).contains(value);
                is_inside.then(|| (value - low) / (high - low))
            }
            (
                Range::Stepped { .. } | Range::Switch { .. } | Range::Continuous { .. },
                Setting::Value(_) | Setting::Position(_),
            ) => None,
        }
    }
}

impl MidiTo {
    fn check(&self, range: &Range) -> Result<(), &'static str> {
        let (channel, data): (u8, Vec<u8>) = match self {
            Self::ControlChange {
                channel,
                controller,
                from,
                to,
            } => (*channel, vec![*controller, *from, *to]),
            Self::Program { channel, first } => match range {
                Range::Stepped { positions } if usize::from(*first) + positions.len() <= 128 => {
                    (*channel, vec![*first])
                }
                Range::Stepped { .. } => return Err("there are only 128 programs"),
                Range::Continuous { .. } | Range::Switch { .. } => {
                    return Err("programs are for stepped controls");
                }
            },
            Self::SysEx { bytes } => {
                return sys_ex(bytes, 0)
                    .map(|_| ())
                    .ok_or("it must begin with F0, end with F7 and hold bytes below 80 between, VV for the value");
            }
        };
        if !(1..=16).contains(&channel) {
            return Err("channels go from 1 to 16");
        }
        if data.iter().any(|byte| *byte > 127) {
            return Err("data go from 0 to 127");
        }
        Ok(())
    }
}

fn seven_bits(value: f64) -> u8 {
    libm::round(value).clamp(0.0, 127.0) as u8
}

/// The bytes of a system-exclusive message with the value in its places.
fn sys_ex(text: &str, value: u8) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = text
        .split_whitespace()
        .map(|byte| match byte {
            "VV" => Some(value),
            _ if byte.len() == 2 => u8::from_str_radix(byte, 16).ok(),
            _ => None,
        })
        .collect();
    let bytes = bytes?;
    match bytes.as_slice() {
        [0xF0, inner @ .., 0xF7] if !inner.is_empty() && inner.iter().all(|b| *b < 0x80) => {
            Some(bytes)
        }
        _ => None,
    }
}

/// Refuses a name that is there twice.
pub(crate) fn distinct<'n>(
    what: &'static str,
    names: impl Iterator<Item = &'n String>,
) -> Result<(), RackRefusal> {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        let folded = name.trim().to_lowercase();
        if seen.contains(&folded) {
            return Err(RackRefusal::Twice {
                what,
                name: name.clone(),
            });
        }
        seen.push(folded);
    }
    Ok(())
}
