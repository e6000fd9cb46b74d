//! Codes within a line.

/// Finds an ISRC in a line, in any common spelling: where it begins and ends, with the word in front of it.
///
/// It is looked for as twelve letters and digits in the groups 2-3-2-5 (ISO 3901), with hyphens or blanks between the groups or
/// without; what stands around it is no letter or digit.
pub(crate) fn isrc_in(line: &str) -> Option<(std::ops::Range<usize>, String)> {
    let mut before: Option<char> = None;
    for (at, c) in line.char_indices() {
        let begins = before.is_none_or(|c| !c.is_alphanumeric()) && c.is_ascii_alphabetic();
        before = Some(c);
        if !begins {
            continue;
        }
        if let Some((length, code)) = isrc_at(&line[at..]) {
            return Some((word_before(line, at)..at + length, code));
        }
    }
    None
}

/// Where the word ISRC in front of a code begins.
fn word_before(line: &str, at: usize) -> usize {
    let bare =
        line[..at].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '-'));
    let start = bare.len().saturating_sub(4);
    let is_word = bare
        .get(start..)
        .is_some_and(|word| word.eq_ignore_ascii_case("isrc"));
    let stands_alone = bare
        .get(..start)
        .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
    if is_word && stands_alone { start } else { at }
}

/// How long a group of a code is, and of what.
type Group = (usize, fn(&u8) -> bool);

fn isrc_at(text: &str) -> Option<(usize, String)> {
    let bytes = text.as_bytes();
    let (mut at, mut code) = (0, String::new());
    let groups: [Group; 4] = [
        (2, u8::is_ascii_alphabetic),
        (3, u8::is_ascii_alphanumeric),
        (2, u8::is_ascii_digit),
        (5, u8::is_ascii_digit),
    ];
    for (place, (length, is_right)) in groups.into_iter().enumerate() {
        if place > 0 && bytes.get(at).is_some_and(|c| matches!(c, b'-' | b' ')) {
            at += 1;
        }
        let group = bytes.get(at..at + length)?;
        if !group.iter().all(is_right) {
            return None;
        }
        code.extend(group.iter().map(|c| char::from(c.to_ascii_uppercase())));
        at += length;
    }
    let goes_on = text.get(at..).and_then(|rest| rest.chars().next());
    goes_on
        .is_none_or(|c| !c.is_alphanumeric())
        .then_some((at, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, rest: &str, code: &str) {
        let (range, found) = isrc_in(line).unwrap();
        assert_eq!(found, code);
        assert_eq!([&line[..range.start], &line[range.end..]].concat(), rest);
    }

    #[test]
    fn a_code_is_found_in_any_spelling_with_its_word() {
        check(
            "First Light DE-A12-26-00001",
            "First Light ",
            "DEA122600001",
        );
        check(
            "First Light (ISRC: dea122600001)",
            "First Light ()",
            "DEA122600001",
        );
        check("DE A12 26 00001", "", "DEA122600001");
        check("02 Rain\tISRC QZ-ES5-26-00412", "02 Rain\t", "QZES52600412");
        check(
            "R\u{e4}gen \u{2013} deA122600001",
            "R\u{e4}gen \u{2013} ",
            "DEA122600001",
        );
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for line in [
            "DE-A12-26-0000",
            "XDEA1226000011",
            "4006381333931",
            "Made in DE 2026",
            "\u{e4}\u{e4}A12 26 00001",
            "",
        ] {
            assert_eq!(isrc_in(line), None, "{line}");
        }
    }
}
