//! Why a print ends before it is one.

use mastering::UnixMs;
use patchbay::{InsertError, MeasureError, PrintError};

use super::body::Question;
use crate::denied::chain;
use crate::jobs::Trouble;

/// Why a print ends before it is one; nothing that was recorded is lost by it.
#[derive(Debug)]
pub(super) enum Early {
    /// A person has to say something.
    Ask(Question),
    /// Something outside has to come back; it is tried again by itself.
    Waits(String),
    /// Somebody stopped it, or the daemon ends.
    Stopped,
    /// It cannot be done so; a person reads why.
    Trouble(String),
    /// The disk has no room.
    NoRoom(String, UnixMs),
}

/// How long a print waits for room on the disk.
const NO_ROOM_MS: i64 = 15_000;

impl Early {
    pub(super) fn broken(error: impl std::error::Error) -> Self {
        Self::Trouble(chain(&error))
    }
}

impl From<InsertError> for Early {
    fn from(error: InsertError) -> Self {
        match error {
            // These come back by themselves, or by somebody who starts or patches what is missing.
            InsertError::NoServer { .. }
            | InsertError::Elsewhere { .. }
            | InsertError::NotAnswering
            | InsertError::Gone
            | InsertError::PortsLost
            | InsertError::Connection { .. } => Self::Waits(error.to_string()),
            InsertError::Sink(error) => error.into(),
            InsertError::Channels { .. }
            | InsertError::OtherRate { .. }
            | InsertError::Feedback { .. }
            | InsertError::TwoPaces
            | InsertError::Source(_) => Self::broken(error),
        }
    }
}

impl From<MeasureError> for Early {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Insert(error) => error.into(),
            other => Self::broken(other),
        }
    }
}

impl From<PrintError> for Early {
    fn from(error: PrintError) -> Self {
        match error {
            PrintError::Insert(error) => error.into(),
            PrintError::Write(error) | PrintError::Read(error) => error.into(),
            PrintError::Durable(error) => error.into(),
            other => Self::broken(other),
        }
    }
}

impl From<Trouble> for Early {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NoRoom(text) => Self::NoRoom(text, crate::clock::now_ms() + NO_ROOM_MS),
            Trouble::NotYet(text)
            | Trouble::Again(text)
            | Trouble::Never(text)
            | Trouble::Stopping(text)
            | Trouble::GivenUp { error: text, .. } => Self::Trouble(text),
        }
    }
}

impl From<std::io::Error> for Early {
    fn from(error: std::io::Error) -> Self {
        Trouble::from(error).into()
    }
}

impl From<durable::DurableError> for Early {
    fn from(error: durable::DurableError) -> Self {
        Trouble::from(error).into()
    }
}

impl From<vault::VaultError> for Early {
    fn from(error: vault::VaultError) -> Self {
        Trouble::from(error).into()
    }
}

impl From<renderer::RenderError> for Early {
    fn from(error: renderer::RenderError) -> Self {
        Trouble::from(error).into()
    }
}
