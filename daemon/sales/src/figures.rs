//! Figures as distributors write them: signs, groups of thousands, points and commas.

use serde::{Deserialize, Serialize};

use tables::Cell;

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimals {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

/// What a column of figures says of its decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// So, or it makes no difference.
    As(Decimals),
    /// Either way can be meant, a thousandfold apart: a figure that shows it.
    Open,
    /// Figures that contradict each other.
    Mixed,
}

/// A figure without what stands around its digits: signs of currencies, spaces, apostrophes. Brackets and
/// a minus behind it are a minus before it. None where something else stands in it.
fn bare(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let mut is_negative = inner.is_some();
    let mut kept = String::new();
    for c in inner.unwrap_or(text).chars() {
        match c {
            '0'..='9' | '.' | ',' => kept.push(c),
            '-' | '\u{2212}' => is_negative = true,
            '+' | '\'' | '\u{2019}' => {}
            '$' | '\u{20ac}' | '\u{a3}' | '\u{a5}' => {}
            c if c.is_whitespace() => {}
            _ => return None,
        }
    }
    let has_digit = kept.bytes().any(|b| b.is_ascii_digit());
    has_digit.then(|| {
        if is_negative {
            format!("-{kept}")
        } else {
            kept
        }
    })
}

/// What one figure shows.
fn shown(bare: &str) -> Option<Written> {
    let digits = bare.trim_start_matches('-');
    let count = |mark: char| digits.matches(mark).count();
    let (points, commas) = (count('.'), count(','));
    let of = |mark: char| {
        if mark == '.' {
            Decimals::Point
        } else {
            Decimals::Comma
        }
    };
    let other = |mark: char| of(if mark == '.' { ',' } else { '.' });
    match (points, commas) {
        (0, 0) => None,
        (_, 0) | (0, _) => {
            let mark = if points > 0 { '.' } else { ',' };
            let (before, after) = digits.split_once(mark)?;
            if points + commas > 1 {
                return Some(Written::As(other(mark)));
            }
            // Groups have three digits and no nought before them.
            let may_group =
                after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
            Some(if may_group {
                Written::Open
            } else {
                Written::As(of(mark))
            })
        }
        (_, _) => {
            let last = digits.rfind(['.', ','])?;
            Some(Written::As(of(char::from(digits.as_bytes()[last]))))
        }
    }
}

/// How the figures of a column are written: each that shows it counts, those that do not follow.
pub(crate) fn written<'c>(cells: impl Iterator<Item = Cell<'c>>) -> Written {
    let mut said: Option<Decimals> = None;
    let mut is_open = false;
    for cell in cells.filter(|cell| !cell.is_number) {
        match bare(cell.text).as_deref().and_then(shown) {
            None | Some(Written::Mixed) => {}
            Some(Written::Open) => is_open = true,
            Some(Written::As(decimals)) => match said {
                Some(before) if before != decimals => return Written::Mixed,
                Some(_) | None => said = Some(decimals),
            },
        }
    }
    match said {
        Some(decimals) => Written::As(decimals),
        None if is_open => Written::Open,
        None => Written::As(Decimals::Point),
    }
}

/// A figure with a point before its decimals and nothing else but a minus; none where it is none.
pub(crate) fn plain(cell: Cell<'_>, decimals: Decimals) -> Option<String> {
    if cell.is_number {
        return Some(cell.text.to_owned());
    }
    let bare = bare(cell.text)?;
    Some(match decimals {
        Decimals::Point => bare.replace(',', ""),
        Decimals::Comma => bare.replace('.', "").replace(',', "."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<'t>(texts: &[&'t str]) -> Vec<Cell<'t>> {
        let cell = |text: &&'t str| Cell {
            text,
            is_number: false,
        };
        texts.iter().map(cell).collect()
    }

    #[track_caller]
    fn check(texts: &[&str], expected: Written, first: &str) {
        let cells = cells(texts);
        let found = written(cells.iter().copied());
        assert_eq!(found, expected, "{texts:?}");
        if let Written::As(decimals) = found {
            assert_eq!(plain(cells[0], decimals).unwrap_or_default(), first);
        }
    }

    #[test]
    fn decimals_are_read_as_the_column_writes_them() {
        let point = Written::As(Decimals::Point);
        let comma = Written::As(Decimals::Comma);
        check(&["1,234.56"], point, "1234.56");
        check(&["1.234,56"], comma, "1234.56");
        check(&["0.123"], point, "0.123");
        check(&["1.234.567"], comma, "1234567");
        check(&["1,234", "0,5"], comma, "1.234");
        check(&["1,234", "0.5"], point, "1234");
        check(&["(12.50)"], point, "-12.50");
        check(&["12,50-"], comma, "-12.50");
        check(&["\u{20ac} 3,99"], comma, "3.99");
        check(&["1'234.50"], point, "1234.50");
        check(&["12"], point, "12");
        check(&["1,234"], Written::Open, "");
        check(&["1.5", "1,5"], Written::Mixed, "");
        check(&["n/a", "0.5"], point, "");
    }
}
