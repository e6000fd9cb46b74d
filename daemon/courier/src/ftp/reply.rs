//! What an FTP server answers (RFC 959, 4.2), read with limits.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use crate::error::CourierError;

/// Longest line of an answer, in bytes.
const LONGEST_LINE: u64 = 8 * 1024;
/// Most lines of an answer.
const MOST_LINES: usize = 200;
/// What of an answer is told to people, in characters.
const TOLD: usize = 300;

/// An answer: a code, and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    lines: Vec<String>,
}

/// Reads an answer of one line or several.
pub(super) async fn read_reply(
    server: &str,
    from: &mut (impl AsyncBufRead + Unpin),
) -> Result<Reply, CourierError> {
    let cut = |said: String| CourierError::Cut {
        server: server.to_owned(),
        to: "answer",
        said,
    };
    let mut reply = Collected::default();
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut *from).take(LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut line);
        let count = read.await.map_err(|error| cut(error.to_string()))?;
        if count == 0 {
            return Err(cut("it hung up".to_owned()));
        }
        match reply.take(&line) {
            Ok(Some(reply)) => return Ok(reply),
            Ok(None) => {}
            Err(NoReply) => return Err(cut("it does not speak FTP".to_owned())),
        }
    }
}

/// Lines that are no answer.
#[derive(Debug, PartialEq, Eq)]
struct NoReply;

#[derive(Debug, Default)]
struct Collected {
    code: Option<u16>,
    lines: Vec<String>,
}

impl Collected {
    /// Takes a line; gives the answer once it is whole.
    fn take(&mut self, line: &[u8]) -> Result<Option<Reply>, NoReply> {
        if self.lines.len() >= MOST_LINES || !line.ends_with(b"\n") {
            return Err(NoReply);
        }
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches(['\r', '\n']);
        let digits = text
            .get(..3)
            .filter(|d| d.chars().all(|c| c.is_ascii_digit()));
        let code = digits.and_then(|digits| digits.parse::<u16>().ok());
        let rest = text.get(3..).unwrap_or_default();
        let is_last = rest.is_empty() || rest.starts_with(' ');
        match (self.code, code) {
            (None, Some(code)) if is_last || rest.starts_with('-') => self.code = Some(code),
            (None, _) => return Err(NoReply),
            (Some(open), Some(code)) if open == code && is_last => {}
            (Some(_), _) => {
                self.lines.push(text.to_owned());
                return Ok(None);
            }
        }
        self.lines
            .push(rest.get(1..).unwrap_or_default().to_owned());
        let code = self.code.filter(|_| is_last);
        Ok(code.map(|code| Reply {
            code,
            lines: std::mem::take(&mut self.lines),
        }))
    }
}

impl Reply {
    /// Whether it may be otherwise later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    /// What it says, as it is told to people.
    pub(super) fn said(&self) -> String {
        let last = self.lines.last().map_or("", String::as_str).trim();
        let shown = last.chars().filter(|c| !c.is_control()).take(TOLD);
        let shown: String = shown.collect();
        if shown.is_empty() {
            self.code.to_string()
        } else {
            shown
        }
    }

    /// Whether a line of it begins with this word: what a server offers.
    pub(super) fn lists(&self, word: &str) -> bool {
        let mut words = self
            .lines
            .iter()
            .filter_map(|line| line.split_whitespace().next());
        words.any(|first| first.eq_ignore_ascii_case(word))
    }

    /// The path in quotes (RFC 959, appendix II); a quote within is doubled.
    pub(super) fn quoted(&self) -> Option<String> {
        let text = self.lines.last()?;
        let (_, rest) = text.split_once('"')?;
        let mut path = String::new();
        let mut characters = rest.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '"' if characters.peek() == Some(&'"') => {
                    characters.next();
                    path.push('"');
                }
                '"' => return Some(path).filter(|path| !path.is_empty()),
                c if c.is_control() => return None,
                c => path.push(c),
            }
        }
        None
    }

    /// The port of `229 ... (|||6446|)` (RFC 2428).
    pub(super) fn extended_port(&self) -> Option<u16> {
        let text = self.lines.last().filter(|_| self.code == 229)?;
        let (_, rest) = text.rsplit_once('(')?;
        let mark = rest.chars().next()?;
        let port = rest.split(mark).nth(3)?.parse().ok()?;
        Some(port).filter(|port| *port != 0)
    }

    /// The port of `227 ... (h1,h2,h3,h4,p1,p2)`.
    pub(super) fn passive_port(&self) -> Option<u16> {
        let text = self.lines.last().filter(|_| self.code == 227)?;
        let numbers = text.split(|c: char| !c.is_ascii_digit());
        let numbers: Vec<u8> = numbers.filter_map(|number| number.parse().ok()).collect();
        match numbers.as_slice() {
            [_, _, _, _, high, low] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        }
        .filter(|port| *port != 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Reply, NoReply> {
        let mut collected = Collected::default();
        for line in text.split_inclusive('\n') {
            if let Some(reply) = collected.take(line.as_bytes())? {
                return Ok(reply);
            }
        }
        Err(NoReply)
    }

    #[test]
    fn answers_are_read_as_servers_write_them() {
        let offers = read("211-Features:\r\n EPSV\r\n UTF8\r\n211 End\r\n").unwrap();
        assert_eq!((offers.code, offers.lists("utf8")), (211, true));
        let within = read("220-Hello\r\n220 is our number\r\n").unwrap();
        assert_eq!(within.said(), "is our number");
        assert_eq!(read("230\r\n").unwrap().said(), "230");
        assert_eq!(read("SSH-2.0-OpenSSH\r\n"), Err(NoReply));
        let port = |text: &str| read(text).unwrap();
        assert_eq!(
            port("229 Entering Extended Passive Mode (|||6446|)\r\n").extended_port(),
            Some(6446)
        );
        assert_eq!(
            port("227 Entering Passive Mode (10,0,0,1,195,80).\r\n").passive_port(),
            Some(50000)
        );
        assert_eq!(
            port("257 \"/in \"\"here\"\"\" is current\r\n")
                .quoted()
                .as_deref(),
            Some("/in \"here\"")
        );
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), code in "(2|4|5)[0-9]{2}[ -]") {
            for bytes in [bytes.clone(), [code.as_bytes(), &bytes, b"\n"].concat()] {
                let mut collected = Collected::default();
                for line in bytes.split_inclusive(|b| *b == b'\n') {
                    if let Ok(Some(reply)) = collected.take(line) {
                        let _ = (reply.said(), reply.quoted(), reply.extended_port(), reply.passive_port(), reply.lists("x"));
                    }
                }
            }
        }
    }
}
