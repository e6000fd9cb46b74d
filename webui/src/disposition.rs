//! The name under which a browser saves a file (RFC 6266, RFC 5987).

use std::fmt::Write;

/// How a browser treats a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Plays or shows it.
    Inline,
    /// Saves it.
    Attachment,
}

/// Value of `Content-Disposition`: an ASCII name for old programs, the true one for all others.
pub(crate) fn disposition(manner: Manner, file_name: &str) -> String {
    let manner = match manner {
        Manner::Inline => "inline",
        Manner::Attachment => "attachment",
    };
    let plain: String = file_name
        .chars()
        .map(|c| match c {
            // A percent sign in the plain form is decoded by some browsers and shown by others.
            '"' | '\\' | '/' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let mut value = format!("{manner}; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in file_name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => value.push(char::from(byte)),
            b'!' | b'#' | b'$' | b'&' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~' => {
                value.push(char::from(byte));
            }
            _ => {
                let _ = write!(value, "%{byte:02X}");
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_whatever_it_is_called() {
        assert_eq!(
            disposition(Manner::Attachment, "LQ-1001 01 Für Élise.wav"),
            "attachment; filename=\"LQ-1001 01 F_r _lise.wav\"; \
             filename*=UTF-8''LQ-1001%2001%20F%C3%BCr%20%C3%89lise.wav"
        );
        assert_eq!(
            disposition(Manner::Inline, "50% \"live\".flac"),
            "inline; filename=\"50_ _live_.flac\"; filename*=UTF-8''50%25%20%22live%22.flac"
        );
    }

    #[test]
    fn no_name_breaks_out_of_its_header() {
        let value = disposition(Manner::Attachment, "a\r\nSet-Cookie: x\u{0}\u{7f}.wav");
        assert!(
            value.bytes().all(|b| (0x20..0x7f).contains(&b)),
            "{value:?}"
        );
    }
}
