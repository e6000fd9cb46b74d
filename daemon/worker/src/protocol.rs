//! Messages between parent and child: a length, a kind, and that many bytes.
//!
//! The child may be in an attacker's hands, so the parent believes nothing: every length is
//! capped before a byte of it is read, and what is not expected ends the conversation.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::attached::MovieRead;
use crate::decode::Decoded;
use crate::document::Document;
use crate::inspect::Inspected;
use crate::meter::Measured;
use crate::photograph::Photographed;
use crate::returned::Returned;
use crate::sandbox::SandboxStatus;
use crate::unzip::{Unpacked, ZipEntry};

/// Version of the messages; parent and child are the same binary, so it must be equal.
pub const PROTOCOL_VERSION: u32 = 4;
/// Most bytes of a message.
pub(crate) const MOST_MESSAGE_BYTES: u32 = 8 * 1024 * 1024;
/// Most bytes of a piece of a file out of a zip.
pub(crate) const MOST_PIECE_BYTES: u32 = 256 * 1024;

const MESSAGE: u8 = 0;
const PIECE: u8 = 1;

/// What a child answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// First of all, once it has shut itself in.
    Ready {
        version: u32,
        sandbox: SandboxStatus,
    },
    /// It could not shut itself in, and so opened nothing.
    NotConfined {
        what: String,
    },
    Inspected(Box<Inspected>),
    Decoded(Box<Decoded>),
    Measured(Box<Measured>),
    /// The file is no mix; the finding says why.
    NoMix(Box<measure::Finding>),
    Entry(ZipEntry),
    EntryDone,
    EntryFaulty {
        reason: String,
    },
    Unpacked(Unpacked),
    ZipRefused {
        reason: String,
    },
    /// A report about a delivery, if the message is one.
    Returned(Option<Returned>),
    /// A distributor's report that cannot be read.
    SalesRefused(sales::Trouble),
    /// The words of a song.
    Lyrics(Vec<delivery::lyrics::LyricLine>),
    /// The file holds none that can be read.
    NoLyrics {
        why: String,
    },
    /// What is kept of a photograph.
    Photographed(Photographed),
    /// The file is none.
    NoPhotograph {
        why: String,
    },
    /// What a document is, if it is one that is kept.
    Document(Option<Document>),
    /// What label copy says, if the file is any.
    LabelCopy(Option<Box<labelcopy::LabelCopy>>),
    /// What a disc of others says.
    Disc(Box<delivery::cd::ReadDisc>),
    /// What a booklet is.
    Booklet(Box<attachments::Booklet>),
    /// What a video is.
    Movie(Box<MovieRead>),
    /// The file is neither.
    NotAttached {
        why: String,
    },
    /// One of our own files failed, such as a full disk.
    Failed {
        step: String,
        os_error: Option<i32>,
        what: String,
    },
    Done,
}

/// One frame from the child.
#[derive(Debug)]
pub(crate) enum Frame {
    Message(Reply),
    Piece(Vec<u8>),
}

/// What was wrong with a message.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// Longer than allowed.
    #[error("a message of {0} bytes is too long")]
    TooLong(u32),
    /// A kind of frame that does not exist.
    #[error("there is no message of kind {0}")]
    Kind(u8),
    /// Not the JSON expected.
    #[error("a message could not be understood")]
    Words(#[from] serde_json::Error),
    /// Not the message expected at this point.
    #[error("a message came out of turn: {0}")]
    OutOfTurn(&'static str),
    /// Another version.
    #[error("the worker speaks version {0} of the messages, not version 1")]
    Version(u32),
    /// The pipe failed or ended.
    #[error("the conversation broke off")]
    Pipe(#[from] io::Error),
}

/// Sends a message.
pub(crate) fn send(mut pipe: impl Write, message: &impl Serialize) -> Result<(), ProtocolError> {
    let words = serde_json::to_vec(message)?;
    let length = u32::try_from(words.len()).unwrap_or(u32::MAX);
    if length > MOST_MESSAGE_BYTES {
        return Err(ProtocolError::TooLong(length));
    }
    write_frame(&mut pipe, MESSAGE, length, &words)?;
    Ok(())
}

/// Sends a piece of a file, at most [`MOST_PIECE_BYTES`].
pub(crate) fn send_piece(mut pipe: impl Write, bytes: &[u8]) -> Result<(), ProtocolError> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    if length > MOST_PIECE_BYTES {
        return Err(ProtocolError::TooLong(length));
    }
    write_frame(&mut pipe, PIECE, length, bytes)?;
    Ok(())
}

fn write_frame(pipe: &mut impl Write, kind: u8, length: u32, bytes: &[u8]) -> io::Result<()> {
    let mut head = [0; 5];
    head[..4].copy_from_slice(&length.to_le_bytes());
    head[4] = kind;
    pipe.write_all(&head)?;
    pipe.write_all(bytes)?;
    pipe.flush()
}

/// Receives the request, in the child.
pub(crate) fn receive_message<T: DeserializeOwned>(pipe: impl Read) -> Result<T, ProtocolError> {
    match receive_raw(pipe)? {
        (MESSAGE, words) => Ok(serde_json::from_slice(&words)?),
        (kind, _) => Err(ProtocolError::Kind(kind)),
    }
}

/// Receives any frame, in the parent.
pub(crate) fn receive(pipe: impl Read) -> Result<Frame, ProtocolError> {
    Ok(match receive_raw(pipe)? {
        (MESSAGE, words) => Frame::Message(serde_json::from_slice(&words)?),
        (PIECE, bytes) => Frame::Piece(bytes),
        (kind, _) => return Err(ProtocolError::Kind(kind)),
    })
}

fn receive_raw(mut pipe: impl Read) -> Result<(u8, Vec<u8>), ProtocolError> {
    let mut head = [0; 5];
    pipe.read_exact(&mut head)?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    let most = match head[4] {
        MESSAGE => MOST_MESSAGE_BYTES,
        PIECE => MOST_PIECE_BYTES,
        other => return Err(ProtocolError::Kind(other)),
    };
    if length > most {
        return Err(ProtocolError::TooLong(length));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    pipe.read_exact(&mut bytes)?;
    Ok((head[4], bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        receive(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_was_sent_is_received() {
        let mut pipe = Vec::new();
        let reason = "an entry lies".to_owned();
        send(&mut pipe, &Reply::ZipRefused { reason }).unwrap();
        send_piece(&mut pipe, b"abc").unwrap();
        let mut pipe = &pipe[..];
        let first = receive(&mut pipe).unwrap();
        assert!(
            matches!(first, Frame::Message(Reply::ZipRefused { reason }) if reason == "an entry lies")
        );
        assert!(matches!(receive(&mut pipe).unwrap(), Frame::Piece(p) if p == b"abc"));
        assert!(pipe.is_empty());
    }

    #[test]
    fn nothing_the_child_says_is_believed_unseen() {
        assert_eq!(
            refused(&[0xff, 0xff, 0xff, 0xff, 0]),
            "a message of 4294967295 bytes is too long"
        );
        assert_eq!(
            refused(&[1, 0, 4, 0, 1]),
            "a message of 262145 bytes is too long"
        );
        assert_eq!(refused(&[0, 0, 0, 0, 9]), "there is no message of kind 9");
        assert_eq!(
            refused(&[3, 0, 0, 0, 0, b'{', b'x', b'}']),
            "a message could not be understood"
        );
        assert_eq!(refused(&[9, 0, 0, 0, 1, 0]), "the conversation broke off");
    }
}
