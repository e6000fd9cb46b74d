//! What opens doors without a password: sessions and links. Only hashes are stored.

use mastering::{PersonId, ProjectId};
use vault::{TokenRow, TokenState, Write};

use crate::clock::{now_ms, random_token, token_hash};

const DAY_MS: i64 = 86_400_000;
/// A session ends after two weeks.
const SESSION_MS: i64 = 14 * DAY_MS;
/// A set-up link is good for a week.
const SETUP_MS: i64 = 7 * DAY_MS;
/// The way back in is open for an hour.
const RECOVERY_MS: i64 = 60 * 60_000;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Session,
    Portal,
    SetUp,
    Recovery,
}

impl TokenKind {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Portal => "portal",
            Self::SetUp => "set_up",
            Self::Recovery => "recovery",
        }
    }

    /// A new token and the row that makes it good; only its hash is stored.
    pub(crate) fn issue(
        self,
        person: Option<&PersonId>,
        project: Option<&ProjectId>,
    ) -> (String, Write) {
        let token = random_token();
        let now = now_ms();
        let row = TokenRow {
            hash: token_hash(&token),
            kind: self.code().to_owned(),
            person: person.map(ToString::to_string),
            project: project.map(ToString::to_string),
            created_ms: now,
            expires_ms: match self {
                Self::Session => Some(now + SESSION_MS),
                Self::SetUp => Some(now + SETUP_MS),
                Self::Recovery => Some(now + RECOVERY_MS),
                // The finals stay in the client's library, and so does the way to them.
                Self::Portal => None,
            },
            state: TokenState::Live,
        };
        (token, Write::Token(row))
    }
}
