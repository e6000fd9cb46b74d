//! Byte ranges (RFC 9110, section 14): what part of a file a request wants.

use axum::http::{HeaderMap, header};

/// The part of a file to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// From `first` to `last`, both included.
    Range {
        /// First byte.
        first: u64,
        /// Last byte.
        last: u64,
    },
    /// The range lies outside the file.
    Outside,
}

/// What `headers` ask of a file of `bytes` whose strong tag is `etag` (without quotes).
///
/// Several ranges at once are answered by the whole file, as the standard allows; no player needs them.
pub(crate) fn wanted(headers: &HeaderMap, bytes: u64, etag: &str) -> Part {
    let Some(range) = headers.get(header::RANGE).and_then(|v| v.to_str().ok()) else {
        return Part::Whole;
    };
    // A resumed download of another file than the one it began with must start over.
    if let Some(condition) = headers.get(header::IF_RANGE)
        && condition.as_bytes() != format!("\"{etag}\"").as_bytes()
    {
        return Part::Whole;
    }
    read(range, bytes)
}

fn read(range: &str, bytes: u64) -> Part {
    let Some((unit, list)) = range.split_once('=') else {
        return Part::Whole;
    };
    let Some((first, last)) = list.trim().split_once('-') else {
        return Part::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") || list.contains(',') {
        return Part::Whole;
    }
    match (number(first), number(last)) {
        (Number::Given(first), Number::Given(last)) if first > last => Part::Whole,
        (Number::Given(first), _) if first >= bytes => Part::Outside,
        (Number::Given(first), Number::Given(last)) => Part::Range {
            first,
            last: last.min(bytes - 1),
        },
        (Number::Given(first), Number::Absent) => Part::Range {
            first,
            last: bytes - 1,
        },
        (Number::Absent, Number::Given(0)) => Part::Outside,
        (Number::Absent, Number::Given(_)) if bytes == 0 => Part::Outside,
        (Number::Absent, Number::Given(suffix)) => Part::Range {
            first: bytes.saturating_sub(suffix),
            last: bytes - 1,
        },
        (Number::Absent, Number::Absent) | (Number::Wrong, _) | (_, Number::Wrong) => Part::Whole,
    }
}

enum Number {
    Given(u64),
    Absent,
    Wrong,
}

fn number(text: &str) -> Number {
    let text = text.trim();
    if text.is_empty() {
        Number::Absent
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        // A number beyond u64 is beyond every file.
        Number::Given(text.parse().unwrap_or(u64::MAX))
    } else {
        Number::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, bytes: u64, part: Part) {
        assert_eq!(read(range, bytes), part, "{range} of {bytes}");
    }
    fn range(first: u64, last: u64) -> Part {
        Part::Range { first, last }
    }

    #[test]
    fn a_range_is_read_as_the_standard_says() {
        check("bytes=0-0", 10, range(0, 0));
        check("bytes=0-", 10, range(0, 9));
        check("bytes=4-7", 10, range(4, 7));
        check("bytes=4-99", 10, range(4, 9));
        check("bytes=-3", 10, range(7, 9));
        check("bytes=-30", 10, range(0, 9));
        check("BYTES = 1 - 2", 10, range(1, 2));
        check("bytes=0-99999999999999999999999", 10, range(0, 9));
        check("bytes=10-", 10, Part::Outside);
        check("bytes=99999999999999999999999-", 10, Part::Outside);
        check("bytes=-0", 10, Part::Outside);
        check("bytes=0-", 0, Part::Outside);
        check("bytes=-1", 0, Part::Outside);
    }

    #[test]
    fn what_is_no_single_range_of_bytes_gets_the_whole_file() {
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=0-1,3-4",
            "frames=0-1",
            "bytes=+1-2",
            "bytes=0x1-2",
        ] {
            check(text, 10, Part::Whole);
        }
    }

    #[test]
    fn a_resumed_download_of_another_file_starts_over() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=4-7".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"abc\"".parse().unwrap());
        assert_eq!(wanted(&headers, 10, "abc"), range(4, 7));
        assert_eq!(wanted(&headers, 10, "abd"), Part::Whole);
        // A weak tag never matches strongly, and a date says too little about audio.
        for weak in ["W/\"abc\"", "Fri, 20 Nov 2026 12:00:00 GMT"] {
            headers.insert(header::IF_RANGE, weak.parse().unwrap());
            assert_eq!(wanted(&headers, 10, "abc"), Part::Whole);
        }
    }
}
