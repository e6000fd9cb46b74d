//! States as they stand in the database: short stable codes, mapped in this one place.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// A code in the database that this program does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?} is no {what} that this version knows")]
pub struct UnknownCode {
    /// What the code should have been.
    pub what: &'static str,
    /// What was found.
    pub code: String,
}

macro_rules! codes {
    ($(#[$about:meta])* $name:ident ($what:literal) { $($(#[$doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The code as it is stored, stable for ever.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// Reads a stored code; an unknown one is an error, never a default.
            pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownCode { what: $what, code: code.to_owned() }),
                }
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.code().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::from_code(value.as_str()?).map_err(FromSqlError::other)
            }
        }
    };
}

codes! {
    /// Whether a person may come in.
    PersonState("state of a person") {
        /// May log in.
        Active = "active",
        /// May not, and keeps their history.
        Disabled = "disabled",
    }
}

codes! {
    /// Where a print of the queue stands.
    PrintState("state of a print") {
        /// Waits for its turn, for gear, or for the audio server.
        Queued = "queued",
        /// Is being measured or printed by one run of the daemon.
        Running = "running",
        /// Waits for a person.
        Asks = "asks",
        /// Finished.
        Done = "done",
        /// A person stopped it; it may be taken up again.
        Stopped = "stopped",
    }
}

codes! {
    /// Where a job stands.
    ///
    /// ```text
    /// queued --taken--> running --done--> done
    ///    ^                 |
    ///    +--failed, again--+--attempts used up, or given up--> failed
    /// ```
    JobState("state of a job") {
        /// Waits for its turn.
        Queued = "queued",
        /// Is being worked on by one run of the daemon.
        Running = "running",
        /// Finished; its key is never run again.
        Done = "done",
        /// Not tried again until a person says so.
        Failed = "failed",
    }
}

codes! {
    /// What became of a file in a dropbox.
    DropState("state of a drop") {
        /// Copied into the vault.
        Taken = "taken",
        /// Looks unfinished; looked at again later.
        Held = "held",
        /// Whole, but nobody can tell whose order it belongs to.
        Unsorted = "unsorted",
        /// Litter, left alone.
        Ignored = "ignored",
        /// Cannot be taken; the client was told why.
        Refused = "refused",
    }
}

codes! {
    /// Whether a notice was seen.
    NoticeState("state of a notice") {
        /// Not seen yet.
        New = "new",
        /// Seen.
        Read = "read",
    }
}

codes! {
    /// Whether a token still opens anything.
    TokenState("state of a token") {
        /// Opens what it is for, until it expires.
        Live = "live",
        /// Was used, where once is enough.
        Spent = "spent",
        /// Was ended: logout, a changed password or role.
        Ended = "ended",
    }
}

codes! {
    /// Where an object stands.
    ///
    /// ```text
    /// intent --bytes published, synced, read back--> done --let go by an event--> removed
    /// ```
    ObjectState("state of an object") {
        /// Announced; its bytes may be absent or half there.
        Intent = "intent",
        /// Its bytes are on the disk and were read back.
        Done = "done",
        /// Let go on purpose.
        Removed = "removed",
    }
}

codes! {
    /// Whether a project's key exists.
    KeyState("state of a project's key") {
        /// The key file is in its place.
        Live = "live",
        /// Thrown away on purpose; the project's audio can never be read again.
        Dropped = "dropped",
    }
}
