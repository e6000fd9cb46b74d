//! What fills a notice, as its reader's language writes it: days, amounts, how money came.

use super::{Facts, Language};

const MONTHS: [[&str; 12]; 2] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "Januar",
        "Februar",
        "M\u{e4}rz",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
];

/// The facts in a language. `findings.de` takes the place of `findings` for who reads German; days,
/// amounts and ways of paying are kept without language and written in the reader's.
pub(super) fn spoken(facts: &Facts, language: Language) -> Facts {
    let own = format!(".{}", language.code());
    facts
        .iter()
        .filter(|(name, _)| !name.contains('.'))
        .map(|(name, kept)| {
            let said = facts.get(&format!("{name}{own}")).unwrap_or(kept);
            (name.clone(), local(name, said, language))
        })
        .collect()
}

fn local(name: &str, kept: &str, language: Language) -> String {
    let said = match name {
        "day" | "working_day" | "archive_day" => {
            kept.parse().ok().map(|date| day_words(date, language))
        }
        "amount" | "rest" | "total" => amount(kept, language),
        "method" => method(kept, language).map(str::to_owned),
        _ => None,
    };
    said.unwrap_or_else(|| kept.to_owned())
}

/// A day as people write it.
pub(crate) fn day_words(date: jiff::civil::Date, language: Language) -> String {
    let (day, year) = (date.day(), date.year());
    let months = match language {
        Language::English => &MONTHS[0],
        Language::German => &MONTHS[1],
    };
    // A civil date's month is one of the twelve.
    let month = usize::try_from(date.month() - 1)
        .ok()
        .and_then(|no| months.get(no))
        .copied()
        .unwrap_or_default();
    match language {
        Language::English => format!("{day} {month} {year}"),
        Language::German => format!("{day}. {month} {year}"),
    }
}

/// `90.00 EUR` as people write it.
fn amount(kept: &str, language: Language) -> Option<String> {
    match language {
        Language::English => None,
        Language::German => Some(kept.replace('.', ",")),
    }
}

fn method(code: &str, language: Language) -> Option<&'static str> {
    use mastering::money::Method;
    let method = Method::ALL.into_iter().find(|m| m.code() == code)?;
    Some(match (language, method) {
        (Language::English, method) => method.words(),
        (Language::German, Method::Bank) => "per \u{dc}berweisung",
        (Language::German, Method::CardTerminal) => "per Kartenzahlung",
        (Language::German, Method::Cash) => "in bar",
        (Language::German, Method::Online) => "\u{fc}ber den Zahlungsdienst",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, kept: &str, english: &str, german: &str) {
        let facts = Facts::from([(name.to_owned(), kept.to_owned())]);
        assert_eq!(spoken(&facts, Language::English)[name], english);
        assert_eq!(spoken(&facts, Language::German)[name], german);
    }

    #[test]
    fn days_and_amounts_are_written_in_the_readers_language() {
        check("day", "2027-03-01", "1 March 2027", "1. M\u{e4}rz 2027");
        check(
            "archive_day",
            "2028-12-31",
            "31 December 2028",
            "31. Dezember 2028",
        );
        check("rest", "1234.50 EUR", "1234.50 EUR", "1234,50 EUR");
        check("method", "cash", "cash", "in bar");
        check("title", "2027-03-01", "2027-03-01", "2027-03-01");
    }

    #[test]
    fn a_fact_of_a_language_takes_the_others_place() {
        let facts = Facts::from([
            ("findings".to_owned(), "it clips".to_owned()),
            ("findings.de".to_owned(), "er \u{fc}bersteuert".to_owned()),
        ]);
        assert_eq!(spoken(&facts, Language::English)["findings"], "it clips");
        assert_eq!(
            spoken(&facts, Language::German)["findings"],
            "er \u{fc}bersteuert"
        );
    }
}
