//! What people write, as the order keeps it: codes, warnings, languages, days, lines of rights.

use delivery::{Ean, Isrc};
use jiff::civil::Date;
use mastering::Warning;

/// Names of languages beside their codes (ISO 639-1).
const LANGUAGES: &str = "en english englisch|de german deutsch|fr french französisch francais français|es spanish spanisch español|\
    it italian italienisch italiano|pt portuguese portugiesisch|nl dutch niederländisch|sv swedish schwedisch|da danish dänisch|\
    no norwegian norwegisch|fi finnish finnisch|is icelandic isländisch|pl polish polnisch|cs czech tschechisch|hu hungarian ungarisch|\
    tr turkish türkisch|ru russian russisch|uk ukrainian ukrainisch|ja japanese japanisch|ko korean koreanisch|zh chinese chinesisch|\
    ar arabic arabisch|he hebrew hebräisch|la latin lateinisch";

/// A value as it is kept, or what is wrong with it and what to do.
pub(super) type Meant<T> = Result<T, String>;

pub(super) fn isrc(text: &str) -> Meant<String> {
    let code = Isrc::parse(text).map(|isrc| isrc.as_str().to_owned());
    code.map_err(|_| {
        format!(
            "\u{201c}{text}\u{201d} is no ISRC, which has twelve characters such as DE-A12-26-00001"
        )
    })
}

pub(super) fn ean(text: &str) -> Meant<String> {
    let code = Ean::parse(text).map(|ean| ean.as_str().to_owned());
    code.map_err(|error| error.to_string())
}

pub(super) fn warning(text: &str) -> Meant<Warning> {
    match text.to_lowercase().trim_matches(['(', ')', ' ', '.']) {
        "yes" | "y" | "ja" | "j" | "true" | "1" | "x" | "e" | "explicit" | "explizit" => {
            Ok(Warning::Explicit)
        }
        "no" | "n" | "nein" | "false" | "0" | "-" | "none" | "not explicit" | "non-explicit"
        | "nicht explizit" => Ok(Warning::NotNeeded),
        "clean" | "cleaned" | "edited" | "bereinigt" => Ok(Warning::Cleaned),
        _ => Err(format!(
            "\u{201c}{text}\u{201d} does not say whether its words need a warning: yes, no or cleaned"
        )),
    }
}

pub(super) fn language(text: &str) -> Meant<String> {
    let wanted = text.trim().to_lowercase();
    let is_code = wanted.len() == 2 && wanted.bytes().all(|b| b.is_ascii_lowercase());
    let mut named = LANGUAGES
        .split('|')
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let named = named.find(|names| names.contains(&wanted.as_str()));
    match named.and_then(|names| names.first().copied()) {
        Some(code) => Ok(code.to_owned()),
        None if is_code => Ok(wanted),
        None => Err(format!(
            "\u{201c}{text}\u{201d} is no language's code, such as en or de"
        )),
    }
}

/// A year, and the owner behind it: `2026 Laqueur`, `(P) 2026 Laqueur`, `Laqueur`.
pub(super) fn rights(text: &str) -> (Option<u16>, String) {
    let mut rest = text.trim();
    for sign in ["(P)", "(p)", "(C)", "(c)", "\u{2117}", "\u{a9}"] {
        rest = rest.strip_prefix(sign).unwrap_or(rest).trim_start();
    }
    let (first, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match year(first) {
        Ok(year) => (Some(year), behind.trim().to_owned()),
        Err(_) => (None, rest.to_owned()),
    }
}

pub(super) fn year(text: &str) -> Meant<u16> {
    let bare = text.trim().trim_end_matches(['.', ',']);
    let year = bare
        .parse()
        .ok()
        .filter(|year| (1900..=2200).contains(year));
    year.filter(|_| bare.len() == 4)
        .ok_or_else(|| format!("\u{201c}{text}\u{201d} is no year"))
}

/// A day as 2026-12-04 or 4.12.2026; with strokes it could be read in two ways.
pub(super) fn day(text: &str) -> Meant<Date> {
    let text = text.trim();
    let by_points = || {
        let mut parts = text.split('.').map(str::trim);
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
        (parts.next().is_none() && year.len() == 4).then_some(date)
    };
    let day = text.parse::<Date>().ok().or_else(by_points);
    day.ok_or_else(|| format!("\u{201c}{text}\u{201d} is no day that can be read in one way only; write it as 2026-12-04"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_rights_come_with_and_without_year_and_sign() {
        let check = |text: &str, year, owner: &str| {
            assert_eq!(rights(text), (year, owner.to_owned()), "{text}")
        };
        check("2026 Laqueur", Some(2026), "Laqueur");
        check("(P) 2026 Laqueur Records", Some(2026), "Laqueur Records");
        check("\u{2117}2019 Other", Some(2019), "Other");
        check("Laqueur", None, "Laqueur");
        check("20 26 Laqueur", None, "20 26 Laqueur");
        check("2026", Some(2026), "");
    }

    #[test]
    fn days_are_read_where_there_is_one_way_to() {
        assert_eq!(day("4.12.2026").unwrap().to_string(), "2026-12-04");
        assert_eq!(day("2026-12-04").unwrap().to_string(), "2026-12-04");
        for text in [
            "04/12/2026",
            "4.12.26",
            "4.13.2026",
            "soon",
            "4.12.2026.1",
            "",
        ] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn warnings_and_languages_are_known_by_their_words() {
        assert_eq!(warning("Ja"), Ok(Warning::Explicit));
        assert_eq!(warning("clean"), Ok(Warning::Cleaned));
        assert_eq!(warning("0"), Ok(Warning::NotNeeded));
        assert!(warning("perhaps").is_err());
        assert_eq!(language("Deutsch").as_deref(), Ok("de"));
        assert_eq!(language("EN").as_deref(), Ok("en"));
        assert!(language("Klingon").is_err());
    }
}
