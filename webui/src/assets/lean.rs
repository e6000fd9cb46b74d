//! Script without what only its readers need: comments, indentation, and spaces that separate nothing.

/// Beside these a space separates nothing.
const TIGHT: &str = ",;:?(){}[]=<>&|*!";
/// Nor beside these, unless it keeps two of them apart: two of one are another sign.
const SIGNS: &str = "+-";
/// Behind these a slash begins a pattern; behind a name, a number or a closing bracket it divides.
const BEFORE_PATTERN: &str = "(,=:[!&|?{};>";

/// Script as it is sent. A template stands on one line, as a test sees to, so that each line can be read by itself.
pub(super) fn lean(source: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(source);
    let is_comment =
        |line: &&str| line.starts_with("//") || (line.starts_with("/**") && line.ends_with("*/"));
    let mut is_within = false;
    let lines = text.lines().map(str::trim).filter(|line| {
        let begins = line.starts_with("/**") && !line.ends_with("*/");
        let was_within = is_within || begins;
        is_within = was_within && !line.ends_with("*/");
        !was_within
    });
    let lines = lines.filter(|line| !line.is_empty() && !is_comment(line));
    let mut sent = String::new();
    for line in lines {
        sent.push_str(tight(line).trim_end());
        // Behind these a statement goes on or is over: a new line says nothing.
        if !sent.ends_with(|last| ";,{(".contains(last)) {
            sent.push('\n');
        }
    }
    sent.into_bytes()
}

/// A line without its comment and the spaces that separate nothing; strings, templates and patterns stay as they are.
fn tight(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    // Braces that are open within each expression of a template.
    let mut open: Vec<usize> = Vec::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let length = match c {
            '"' | '\'' => 1 + end_of(after, |s| s.starts_with(c)),
            '`' => 1 + template(after, &mut open),
            '}' if open.last() == Some(&0) => {
                open.pop();
                1 + template(after, &mut open)
            }
            '/' if after.starts_with('/') => break,
            '/' if out.ends_with(|last| BEFORE_PATTERN.contains(last)) => 1 + pattern(after),
            ' ' if separates_nothing(&out, after) => {
                rest = after;
                continue;
            }
            _ => {
                if let Some(braces) = open.last_mut() {
                    match c {
                        '{' => *braces += 1,
                        '}' => *braces -= 1,
                        _ => {}
                    }
                }
                c.len_utf8()
            }
        };
        let (taken, left) = rest.split_at(length);
        out.push_str(taken);
        rest = left;
    }
    out
}

/// Whether what stands before a space and behind it can do without.
fn separates_nothing(before: &str, behind: &str) -> bool {
    let is = |signs: &str, c: Option<char>| c.is_some_and(|c| signs.contains(c));
    let (last, next) = (before.chars().next_back(), behind.chars().next());
    let is_sign = (is(SIGNS, last), is(SIGNS, next));
    match is_sign {
        (true, true) => false,
        (true, false) | (false, true) => true,
        (false, false) => is(TIGHT, last) || is(TIGHT, next),
    }
}

/// Bytes up to and with the first unescaped place that `is_end` knows, which is one byte long.
fn end_of(text: &str, is_end: impl Fn(&str) -> bool) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if !is_escaped && is_end(&text[at..]) {
            return at + 1;
        }
        is_escaped = !is_escaped && c == '\\';
    }
    text.len()
}

/// Bytes of a template's words, up to its end or with the beginning of an expression in it.
fn template(text: &str, open: &mut Vec<usize>) -> usize {
    let length = end_of(text, |s| s.starts_with('`') || s.starts_with("${"));
    if text[..length].ends_with('$') {
        open.push(0);
        return length + 1;
    }
    length
}

/// Bytes of a pattern, in whose classes a slash is one of the letters.
fn pattern(text: &str) -> usize {
    let mut is_in_class = false;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => {}
            '[' => is_in_class = true,
            ']' => is_in_class = false,
            '/' if !is_in_class => return at + 1,
            _ => {}
        }
        is_escaped = !is_escaped && c == '\\';
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, sent: &str) {
        let lean = lean(source.as_bytes());
        assert_eq!(String::from_utf8(lean).unwrap(), sent, "{source}");
    }

    #[test]
    fn what_only_readers_need_is_not_sent() {
        check(
            "// Why.\n\n/** What. */\nfunction a() {\n  return \"// no\"; // gone\n}\n",
            "function a(){return \"// no\";}\n",
        );
        check("/**\n * More.\n */\na();\n", "a();");
        check(
            "const { a, b } = c ? `${d + 1} : ${e({ f: 1 })} , ${ g }` : \" = \";",
            "const{a,b}=c?`${d+1} : ${e({f:1})} , ${g}`:\" = \";",
        );
        check("a = b + +c - -d - e;", "a=b+ +c- -d-e;");
    }

    #[test]
    fn a_pattern_is_no_division() {
        check(
            "if ((x = /^[^/ ] = \\/ ?$/.exec(y))) z = a / b / c;",
            "if((x=/^[^/ ] = \\/ ?$/.exec(y)))z=a / b / c;",
        );
        check(
            "s = t.replace(/ , /, \"\"); // ok",
            "s=t.replace(/ , /,\"\");",
        );
        check(
            "q = 'it\\'s = so' + \"\\\" , \";",
            "q='it\\'s = so'+\"\\\" , \";",
        );
    }
}
