//! EAN, ISRC and catalogue numbers: given by the client, or allotted from the studio's own ranges
//! without a gap and never twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::settings::ReleaseSettings;
use crate::ids::{TrackId, UnixMs};
use crate::project::Project;
use crate::refusal::Refusal;

/// The last designation of an ISRC within a year (ISO 3901: five digits).
const LAST_ISRC: u32 = 99_999;
/// Digits of an EAN without its check digit (GS1 general specifications).
const EAN_DIGITS: usize = 12;

/// What a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// A song's ISRC.
    Isrc,
    /// The release's EAN.
    Ean,
    /// The release's catalogue number.
    CatalogueNo,
}

/// A code that is taken from one of the studio's series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allotment {
    /// What it is.
    pub code_kind: CodeKind,
    /// The series, such as `isrc DEA1226`, `ean 4012345`, `catalogue LAQ`.
    pub series: String,
    /// Its number in the series, from 1 without gaps.
    pub number: u32,
    /// The code.
    pub code: String,
    /// The song, where it is a song's.
    pub track: Option<TrackId>,
}

/// The check digit of the first twelve digits of an EAN-13: weights 1 and 3 from the left (GS1
/// general specifications, section 7.9).
#[must_use]
pub fn ean_check_digit(digits: &str) -> Option<char> {
    if digits.len() != EAN_DIGITS {
        return None;
    }
    let mut sum = 0;
    for (place, digit) in digits.chars().enumerate() {
        let weight = if place % 2 == 0 { 1 } else { 3 };
        sum += digit.to_digit(10)? * weight;
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// Whether a text is an EAN-13 with its right check digit.
#[must_use]
pub fn is_ean(text: &str) -> bool {
    let (digits, check) = text.split_at_checked(EAN_DIGITS).unwrap_or(("", ""));
    text.len() == EAN_DIGITS + 1 && ean_check_digit(digits) == check.chars().next()
}

/// Whether a text is a catalogue number: capital Latin letters and a running number from 001.
#[must_use]
pub fn is_catalogue_no(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let number = &text[letters..];
    letters > 0
        && number.len() >= 3
        && number.bytes().all(|b| b.is_ascii_digit())
        && number.bytes().any(|b| b != b'0')
        // Leading zeros only fill up to three digits.
        && (number.len() == 3 || !number.starts_with('0'))
}

/// An EAN without spaces and dashes; an older UPC of twelve digits gets its leading zero.
pub(crate) fn read_ean(given: &str) -> Result<String, Refusal> {
    let mut plain: String = given.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    if plain.len() == EAN_DIGITS {
        plain.insert(0, '0');
    }
    if plain.is_empty() || is_ean(&plain) {
        Ok(plain)
    } else {
        Err(Refusal::Missing {
            what: "an EAN of 13 digits with its right check digit",
        })
    }
}

/// An ISRC as ISO 3901 writes it, without its dashes and the word in front: country, registrant, year, number.
pub(crate) fn read_isrc(given: &str) -> Result<String, Refusal> {
    let plain: String = given
        .chars()
        .filter(|c| !matches!(c, '-' | ' ' | ':'))
        .collect::<String>()
        .to_ascii_uppercase();
    let plain = plain.strip_prefix("ISRC").unwrap_or(&plain).to_owned();
    let (letters, rest) = plain.split_at_checked(2).unwrap_or((&plain, ""));
    let (registrant, digits) = rest.split_at_checked(3).unwrap_or((rest, ""));
    let is_isrc = letters.bytes().all(|b| b.is_ascii_uppercase())
        && registrant.bytes().all(|b| b.is_ascii_alphanumeric())
        && digits.len() == 7
        && digits.bytes().all(|b| b.is_ascii_digit());
    if plain.is_empty() || is_isrc {
        Ok(plain)
    } else {
        Err(Refusal::Missing {
            what: "an ISRC such as DE-A12-26-00001",
        })
    }
}

/// The series that codes are taken from one after the other.
struct Series<'l> {
    last: &'l BTreeMap<String, u32>,
    taken: BTreeMap<String, u32>,
}

impl Series<'_> {
    fn next(&mut self, series: &str) -> u32 {
        let before = self.last.get(series).copied().unwrap_or(0);
        let taken = self.taken.entry(series.to_owned()).or_insert(0);
        *taken += 1;
        before.saturating_add(*taken)
    }
}

/// The codes that a release still needs, as the studio's own series give them next; `last` holds the
/// number that each series gave last.
///
/// # Errors
/// Nothing is missing, a series is used up, or the studio has none.
pub fn allot(
    project: &Project,
    settings: &ReleaseSettings,
    last: &BTreeMap<String, u32>,
    now: UnixMs,
) -> Result<Vec<Allotment>, Refusal> {
    let mut series = Series {
        last,
        taken: BTreeMap::new(),
    };
    let mut codes = Vec::new();
    let mut is_complete = true;
    if let Some(prefix) = &settings.isrc {
        let there = project.rules.time_zone.at(now);
        let year = there.map_or(0, |there| there.year().rem_euclid(100));
        let name = format!("isrc {prefix}{year:02}");
        for track in project.tracks.iter().filter(|t| t.isrc.is_empty()) {
            let number = series.next(&name);
            if number > LAST_ISRC {
                return Err(Refusal::RangeUsedUp { what: "ISRCs" });
            }
            codes.push(Allotment {
                code_kind: CodeKind::Isrc,
                code: format!("{prefix}{year:02}{number:05}"),
                series: name.clone(),
                number,
                track: Some(track.id.clone()),
            });
        }
    } else {
        is_complete = project.tracks.iter().all(|t| !t.isrc.is_empty());
    }
    let release = project.release.clone().unwrap_or_default();
    match &settings.ean {
        Some(prefix) if release.ean.is_empty() => codes.push(next_ean(&mut series, prefix)?),
        Some(_) => {}
        None => is_complete &= !release.ean.is_empty(),
    }
    match settings.label(&release.label) {
        Some(label) if release.catalogue_no.is_empty() => {
            let name = format!("catalogue {}", label.letters);
            let number = series.next(&name);
            codes.push(Allotment {
                code_kind: CodeKind::CatalogueNo,
                code: format!("{}{number:03}", label.letters),
                series: name,
                number,
                track: None,
            });
        }
        Some(_) => {}
        None => is_complete &= !release.catalogue_no.is_empty(),
    }
    match (codes.is_empty(), is_complete) {
        (false, _) => Ok(codes),
        (true, true) => Err(Refusal::Already),
        (true, false) => Err(Refusal::NoRange),
    }
}

fn next_ean(series: &mut Series<'_>, prefix: &str) -> Result<Allotment, Refusal> {
    let name = format!("ean {prefix}");
    let number = series.next(&name);
    let width = EAN_DIGITS.saturating_sub(prefix.len());
    let digits = format!("{prefix}{number:0width$}");
    let used_up = Refusal::RangeUsedUp { what: "EANs" };
    let check = ean_check_digit(&digits).ok_or(used_up)?;
    Ok(Allotment {
        code_kind: CodeKind::Ean,
        code: format!("{digits}{check}"),
        series: name,
        number,
        track: None,
    })
}
