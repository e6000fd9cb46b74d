//! What was found in a mix, in the language of whoever reads a notice about it.

use std::collections::HashMap;
use std::sync::LazyLock;

use mastering::FindingLine;

use super::Language;

/// What is said of a finding in German.
struct German {
    sentence: &'static str,
    advice: &'static str,
}

/// The German sentences, by the codes of findings.
static GERMAN: LazyLock<HashMap<&str, German>> = LazyLock::new(|| {
    let mut all: HashMap<&str, German> = HashMap::new();
    let mut of = "";
    for line in include_str!("../../../../config/findings.de.txt").lines() {
        if let Some(advice) = line.strip_prefix('>') {
            if let Some(german) = all.get_mut(of) {
                german.advice = advice.trim();
            }
        } else if let Some((code, sentence)) = line.split_once(':')
            && !line.starts_with('#')
        {
            of = code.trim();
            let sentence = sentence.trim();
            all.insert(
                of,
                German {
                    sentence,
                    advice: "",
                },
            );
        }
    }
    all
});

/// A finding and what to do about it, as the note beside a mix says them.
pub(crate) fn note_words(finding: &measure::Finding, language: Language) -> (String, String) {
    match (language, GERMAN.get(finding.code.as_str())) {
        (Language::German, Some(german)) => {
            let advice = if finding.advice.is_empty() {
                ""
            } else {
                german.advice
            };
            (german.sentence.to_owned(), advice.to_owned())
        }
        // A code of an earlier version may have no sentence any more; its own words are kept.
        (Language::English, _) | (Language::German, None) => {
            (finding.client.clone(), finding.advice.clone())
        }
    }
}

/// A finding in a sentence. In German it says what and where; the figures are in the report.
pub(crate) fn finding_words(finding: &FindingLine, language: Language) -> String {
    match (language, GERMAN.get(finding.code.as_str())) {
        (Language::German, Some(German { sentence, .. })) => match place_in(&finding.text) {
            Some(place) => format!("{sentence} (bei {place})"),
            None => (*sentence).to_owned(),
        },
        // A code of an earlier version may have no sentence any more; its own words are kept.
        (Language::English, _) | (Language::German, None) => finding.text.clone(),
    }
}

/// The first place in the song that a sentence names, such as `2:14`.
fn place_in(text: &str) -> Option<&str> {
    let is_place = |word: &&str| {
        word.split_once(':').is_some_and(|(minutes, seconds)| {
            !minutes.is_empty()
                && minutes.bytes().all(|b| b.is_ascii_digit())
                && seconds.len() >= 2
                && seconds.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
    };
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()))
        .find(is_place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_has_its_sentence_and_no_sentence_is_left_over() {
        for code in measure::codes::ALL {
            let german = GERMAN.get(code).unwrap_or_else(|| panic!("{code}"));
            assert!(
                !german.sentence.is_empty() && !german.advice.is_empty(),
                "{code}"
            );
        }
        assert_eq!(GERMAN.len(), measure::codes::ALL.len());
    }

    #[test]
    fn german_says_what_and_where() {
        let finding = FindingLine {
            code: "clipping".to_owned(),
            severity: mastering::Severity::Ask,
            text: "The mix clips on both channels, first at 2:14.".to_owned(),
        };
        assert_eq!(finding_words(&finding, Language::English), finding.text);
        assert_eq!(
            finding_words(&finding, Language::German),
            "Der Mix \u{fc}bersteuert: Spitzen sind bei Vollaussteuerung abgeschnitten. (bei 2:14)"
        );
        assert_eq!(place_in("the format is 24 bit: good"), None);
        assert_eq!(place_in("(0:03.5) and 1:00"), Some("0:03.5"));
    }
}
