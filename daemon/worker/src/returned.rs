//! Reads what a mail system says of a mail that it took and could not deliver: the delivery status
//! notification of RFC 3464 inside the report of RFC 6522.
//!
//! ```text
//! multipart/report; report-type=delivery-status
//!   text/plain                   words for people, not looked at
//!   message/delivery-status      a block about the report, a block for each recipient
//!   message/rfc822 or headers    the mail that came back; its Message-ID is all that is read
//! ```

use std::fs::File;
use std::io::{Read as _, Seek as _};

use serde::{Deserialize, Serialize};

use crate::protocol::Reply;

/// Longest message that is read, in bytes; what lies beyond is not looked at.
pub const MOST_RETURNED_BYTES: u64 = 1024 * 1024;
/// Most recipients of one report.
const MOST_RECIPIENTS: usize = 100;
/// Longest field that is kept, in characters.
const FIELD_MAX: usize = 500;

/// What became of a mail on its way to one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It will not be delivered (RFC 3464, 2.3.3).
    Failed,
    /// It was not delivered yet.
    Delayed,
    /// It went on its way.
    Gone,
}

/// What a report says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedTo {
    /// The addresses it names: the one written to, and the one it ended at.
    pub addresses: Vec<String>,
    /// What became of it.
    pub fate: Fate,
    /// The status code of RFC 3463, such as `5.1.1`; empty where none is given.
    pub status: String,
    /// What the other server said; empty where it said nothing.
    pub answer: String,
}

/// A report about one mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The mail's own id, without angle brackets.
    pub message_id: Option<String>,
    /// Each recipient.
    pub to: Vec<ReturnedTo>,
}

/// Reads a message; none where it is no report about a delivery.
pub(crate) fn read(mut input: File) -> Reply {
    let mut bytes = Vec::new();
    let read = input
        .rewind()
        .and_then(|()| input.take(MOST_RETURNED_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => Reply::Returned(report(&String::from_utf8_lossy(&bytes))),
        Err(error) => Reply::Failed {
            step: "read the message".to_owned(),
            os_error: error.raw_os_error(),
            what: error.to_string(),
        },
    }
}

fn report(message: &str) -> Option<Returned> {
    let (head, body) = split(message);
    let fields = fields(head);
    let kind = get(&fields, "content-type")?;
    if !media_type(kind).eq_ignore_ascii_case("multipart/report")
        || !parameter(kind, "report-type")?.eq_ignore_ascii_case("delivery-status")
    {
        return None;
    }
    let boundary = parameter(kind, "boundary")?;
    let mut found = Returned {
        message_id: None,
        to: Vec::new(),
    };
    let mut is_report = false;
    for part in parts(body, &boundary) {
        let (head, body) = split(part);
        let fields = self::fields(head);
        let kind = get(&fields, "content-type").map(media_type);
        match kind.map(str::to_ascii_lowercase).as_deref() {
            Some("message/delivery-status" | "message/global-delivery-status") => {
                is_report = true;
                found.to = recipients(body);
            }
            Some("message/rfc822" | "message/global") => {
                found.message_id = message_id(split(body.trim_start()).0);
            }
            Some("text/rfc822-headers" | "message/global-headers") => {
                found.message_id = message_id(body);
            }
            Some(_) | None => {}
        }
    }
    is_report.then_some(found)
}

/// Header and body, parted by the first empty line.
fn split(message: &str) -> (&str, &str) {
    let mut at = 0;
    for line in message.split_inclusive('\n') {
        if line.trim_end_matches(['\r', '\n']).is_empty() {
            return (&message[..at], &message[at + line.len()..]);
        }
        at += line.len();
    }
    (message, "")
}

/// The fields of a header, unfolded (RFC 5322, 2.2.3), their names in small letters.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

fn get<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or("").trim()
}

/// A parameter of a field (RFC 2045, 5.1), with or without quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (said, next) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => {
                let (said, next) = quoted.split_once('"')?;
                (said, next.split_once(';').map_or("", |(_, next)| next))
            }
            None => after.split_once(';').unwrap_or((after, "")),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(said.trim().to_owned());
        }
        rest = next;
    }
}

/// The parts between the lines of a boundary (RFC 2046, 5.1.1).
fn parts<'b>(body: &'b str, boundary: &str) -> Vec<&'b str> {
    let opening = format!("--{boundary}");
    let closing = format!("{opening}--");
    let (mut found, mut begin, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive('\n') {
        let words = line.trim_end();
        if words == opening || words == closing {
            found.extend(begin.map(|begin: usize| &body[begin..at]));
            begin = (words == opening).then_some(at + line.len());
        }
        at += line.len();
    }
    // A report that was cut off still says what it says.
    found.extend(begin.map(|begin| &body[begin..]));
    found
}

/// The blocks after the first, one for each recipient.
fn recipients(status: &str) -> Vec<ReturnedTo> {
    let mut found = Vec::new();
    let mut rest = status.trim_start();
    while !rest.is_empty() && found.len() < MOST_RECIPIENTS {
        let (block, next) = split(rest);
        found.extend(recipient(&fields(block)));
        rest = next.trim_start();
    }
    found
}

/// A block that names a recipient; the first block of all names none.
fn recipient(fields: &[(String, String)]) -> Option<ReturnedTo> {
    let fate = match get(fields, "action")?.to_ascii_lowercase().as_str() {
        "failed" => Fate::Failed,
        "delayed" => Fate::Delayed,
        _ => Fate::Gone,
    };
    let names = ["original-recipient", "final-recipient"];
    let addresses: Vec<String> = names
        .into_iter()
        .filter_map(|name| typed(get(fields, name)?))
        .collect();
    let status = get(fields, "status").unwrap_or("");
    let status = status.split_whitespace().next().unwrap_or("");
    let answer = get(fields, "diagnostic-code").and_then(typed);
    (!addresses.is_empty()).then(|| ReturnedTo {
        addresses,
        fate,
        status: kept(status),
        answer: answer.unwrap_or_default(),
    })
}

/// What stands after the type of a field, as in `rfc822; ada@client.example`.
fn typed(value: &str) -> Option<String> {
    let said = value.split_once(';')?.1.trim();
    let said = said.strip_prefix('<').unwrap_or(said);
    let said = kept(said.strip_suffix('>').unwrap_or(said));
    (!said.is_empty()).then_some(said)
}

fn kept(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(FIELD_MAX).collect()
}

fn message_id(head: &str) -> Option<String> {
    let fields = fields(head);
    let id = get(&fields, "message-id")?.trim();
    let id = id.strip_prefix('<')?.strip_suffix('>')?;
    Some(kept(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As RFC 3464, appendix E.1, lays one out, with a folded field and a mail that came back.
    const REPORT: &str = "From: MAILER-DAEMON@relay.example\r\n\
        Content-Type: multipart/report; report-type=delivery-status;\r\n\
        \tboundary=\"RAA14128.773615765/relay\"\r\n\
        \r\n\
        --RAA14128.773615765/relay\r\n\
        Content-Type: text/plain\r\n\
        \r\n\
        The mail could not be delivered.\r\n\
        Action: failed\r\n\
        \r\n\
        --RAA14128.773615765/relay\r\n\
        content-type: message/delivery-status\r\n\
        \r\n\
        Reporting-MTA: dns; relay.example\r\n\
        \r\n\
        Original-Recipient: rfc822;Ada@client.example\r\n\
        Final-Recipient: RFC822; ada@mailboxes.example\r\n\
        Action: Failed\r\n\
        Status: 5.1.1 (no such mailbox)\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 <ada@mailboxes.example>:\r\n\
        \x20 user unknown\r\n\
        \r\n\
        Final-Recipient: rfc822; bo@client.example\r\n\
        Action: delayed\r\n\
        Status: 4.4.1\r\n\
        \r\n\
        --RAA14128.773615765/relay\r\n\
        Content-Type: message/rfc822\r\n\
        \r\n\
        Subject: your finals\r\n\
        Message-ID: <0123abcd@studio.example>\r\n\
        \r\n\
        Hello Ada,\r\n\
        --RAA14128.773615765/relay--\r\n";

    #[test]
    fn a_report_names_the_mail_its_recipients_and_what_became_of_it() {
        for message in [REPORT.to_owned(), REPORT.replace("\r\n", "\n")] {
            let found = report(&message).unwrap();
            assert_eq!(found.message_id.as_deref(), Some("0123abcd@studio.example"));
            let [ada, bo] = &found.to[..] else {
                panic!("{found:?}");
            };
            assert_eq!(
                ada.addresses,
                ["Ada@client.example", "ada@mailboxes.example"]
            );
            assert_eq!((ada.fate, ada.status.as_str()), (Fate::Failed, "5.1.1"));
            assert_eq!(
                ada.answer,
                "550 5.1.1 <ada@mailboxes.example>: user unknown"
            );
            assert_eq!((bo.fate, bo.answer.as_str()), (Fate::Delayed, ""));
        }
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        for message in [
            "",
            "Subject: hello\n\nAction: failed\n",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x\n",
            "Content-Type: multipart/report; report-type=delivery-status\n\n--x\n",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nx\n--x--",
            "Content-Type: multipart/mixed; report-type=delivery-status; boundary=x\n\n--x\n",
        ] {
            assert_eq!(report(message), None, "{message}");
        }
    }

    #[test]
    fn a_report_that_is_cut_anywhere_is_read_without_a_fault() {
        for end in 0..REPORT.len() {
            let cut = report(&REPORT[..end]);
            let to = cut.map_or(0, |found| found.to.len());
            assert!(to <= 2, "{end}");
        }
    }

    #[test]
    fn a_header_only_copy_names_the_mail_too() {
        let message = REPORT.replace("message/rfc822", "text/rfc822-headers");
        let found = report(&message).unwrap();
        assert_eq!(found.message_id.as_deref(), Some("0123abcd@studio.example"));
    }
}
