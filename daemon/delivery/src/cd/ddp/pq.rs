//! The PQ descriptor: every mark of the disc.

use super::fields::{Fields, Record};
use crate::cd::{Copying, Emphasis, PqTime};

/// Whose mark it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PqTrack {
    /// `00`.
    LeadIn,
    /// `01` to `99`.
    Track(u8),
    /// `AA`.
    LeadOut,
}

/// One mark, 64 bytes.
///
/// ```text
/// 0 VVVS | 4 TRK 2 | 6 IDX 2 | 8 HRS 2 | 10 MIN 2 | 12 SEC 2 | 14 FRM 2 | 16 CB1 2 | 18 CB2 2
/// 20 ISRC 12 | 32 EAN 13 | 45 TXT 19
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PqRecord {
    /// Whose it is.
    pub track: PqTrack,
    /// Index.
    pub index: u8,
    /// From the start of the image.
    pub at: PqTime,
    /// Pre-emphasis.
    pub emphasis: Emphasis,
    /// Copies.
    pub copying: Copying,
    /// ISRC as it stands there; empty for none.
    pub isrc: String,
    /// EAN as it stands there; empty for none.
    pub ean: String,
}

/// Why a mark cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PqFault {
    /// Neither a number nor `AA`.
    #[error("{0:?} is no track")]
    Track(String),
    /// No number.
    #[error("{0:?} is no index")]
    Index(String),
    /// No time.
    #[error("{0:?} is no time")]
    Time(String),
    /// Control bits of something that is not sound in two channels.
    #[error("the control {0:?} is not that of two channels of sound")]
    Control(String),
    /// Copies permitted, and counted.
    #[error("the control {0:?} permits copies and counts them too")]
    BothCopies(String),
}

impl PqRecord {
    /// Bytes of a record.
    pub const BYTES: usize = 64;
    /// What a record begins with.
    pub(super) const MARK: &'static str = "VVVS";

    /// The record.
    pub fn to_bytes(&self) -> Vec<u8> {
        let track = match self.track {
            PqTrack::LeadIn => "00".to_owned(),
            PqTrack::Track(no) => format!("{no:02}"),
            PqTrack::LeadOut => "AA".to_owned(),
        };
        let (minutes, seconds, sectors) = self.at.msf();
        Record::default()
            .text(4, Self::MARK)
            .text(2, &track)
            .digits(2, u32::from(self.index))
            .blank(2)
            .digits(2, minutes)
            .digits(2, seconds)
            .digits(2, sectors)
            .text(2, &control(self.emphasis, self.copying))
            .blank(2)
            .text(12, &self.isrc)
            .text(13, &self.ean)
            .blank(19)
            .into_bytes()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PqFault> {
        let fields = Fields(bytes);
        let track = match fields.text(4, 2).as_str() {
            "AA" | "aa" => PqTrack::LeadOut,
            text => match text.parse() {
                Ok(0) => PqTrack::LeadIn,
                Ok(no @ 1..=99u8) => PqTrack::Track(no),
                _ => return Err(PqFault::Track(text.to_owned())),
            },
        };
        let index = fields.text(6, 2);
        let index = index.parse().map_err(|_| PqFault::Index(index))?;
        let part = |at| fields.number(at, 2).ok().flatten();
        let hours = fields.number(8, 2).map_err(PqFault::Time)?.unwrap_or(0);
        let at = match (part(10), part(12), part(14)) {
            (Some(m), Some(s), Some(f)) if hours == 0 => PqTime::from_msf(m, s, f),
            _ => None,
        };
        let at = at.ok_or_else(|| PqFault::Time(fields.text(8, 8)))?;
        let (emphasis, copying) = parse_control(&fields.text(16, 2))?;
        Ok(Self {
            track,
            index,
            at,
            emphasis,
            copying,
            isrc: fields.text(20, 12),
            ean: fields.text(32, 13),
        })
    }
}

/// Q's control nibble in hex (1 pre-emphasis, 2 copies permitted), then `1`, or `S` for SCMS.
fn control(emphasis: Emphasis, copying: Copying) -> String {
    let bits = match emphasis {
        Emphasis::Flat => 0,
        Emphasis::Fifty15 => 1,
    };
    match copying {
        Copying::Prohibited => format!("{bits}1"),
        Copying::Permitted => format!("{}1", bits + 2),
        Copying::Once => format!("{bits}S"),
    }
}

fn parse_control(text: &str) -> Result<(Emphasis, Copying), PqFault> {
    let not_sound = || PqFault::Control(text.to_owned());
    let mut characters = text.chars();
    let bits = characters
        .next()
        .and_then(|c| c.to_digit(16))
        .ok_or_else(not_sound)?;
    let emphasis = if bits & 1 == 0 {
        Emphasis::Flat
    } else {
        Emphasis::Fifty15
    };
    if bits & 0b1100 != 0 {
        return Err(not_sound());
    }
    let copying = match (bits & 2 != 0, characters.next()) {
        (true, Some('1')) => Copying::Permitted,
        (false, Some('1')) => Copying::Prohibited,
        (false, Some('S')) => Copying::Once,
        (true, Some('S')) => return Err(PqFault::BothCopies(text.to_owned())),
        _ => return Err(not_sound()),
    };
    Ok((emphasis, copying))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_bits_come_back() {
        for emphasis in [Emphasis::Flat, Emphasis::Fifty15] {
            for copying in [Copying::Prohibited, Copying::Permitted, Copying::Once] {
                let text = control(emphasis, copying);
                assert_eq!(parse_control(&text), Ok((emphasis, copying)), "{text}");
            }
        }
        assert_eq!(control(Emphasis::Flat, Copying::Prohibited), "01");
        assert_eq!(control(Emphasis::Fifty15, Copying::Permitted), "31");
        assert_eq!(control(Emphasis::Flat, Copying::Once), "0S");
        for text in ["41", "81", "A1", "02", "", "G1"] {
            assert_eq!(parse_control(text), Err(PqFault::Control(text.into())));
        }
        assert_eq!(parse_control("2S"), Err(PqFault::BothCopies("2S".into())));
    }
}
