//! Why the studio does not do what was asked, for a page, the API or the command line.

use mastering::Refusal;

/// Why something is not done.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// Nobody is logged in.
    #[error("please log in first")]
    NotLoggedIn,
    /// This person may not.
    #[error("you may not see or do this")]
    NotAllowed,
    /// There is no such thing.
    #[error("there is no such thing here")]
    NotFound,
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The page was older than the project.
    #[error("the project has moved on since this page was made; look at it again")]
    Stale {
        /// The journal's last number now.
        seq_now: u64,
    },
    /// Too many wrong passwords.
    #[error("too many wrong passwords; try again in {retry_after_seconds} seconds")]
    TooManyTries {
        /// When to try again.
        retry_after_seconds: u64,
    },
    /// What was entered cannot be used; the sentence says what and how.
    #[error("{0}")]
    Invalid(String),
    /// The disk is full.
    #[error("{0}")]
    NoRoom(String),
    /// Something broke; the sentence says what is safe. The cause is in the log.
    #[error("{0}")]
    Fault(String),
}

impl Denied {
    /// Logs the cause with its chain and says what is safe.
    pub(crate) fn fault(what: &str, cause: &dyn std::error::Error) -> Self {
        tracing::error!(cause = %chain(cause), "{what}");
        Self::Fault(format!(
            "{what}; nothing was lost, the mixes and masters are untouched"
        ))
    }
}

/// An error with its causes, outermost first.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
