//! A client's people: what each may do for the account.

use std::collections::BTreeSet;

use mastering::{PersonId, UnixMs};
use serde::{Deserialize, Serialize};
use vault::MemberRow;

use super::parse_id;
use super::rights::Right;
use crate::denied::Denied;

/// What one of a client's people may do; to see and hear the order is everybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRight {
    /// Send mixes, name and order songs.
    Send,
    /// Comment.
    Comment,
    /// Ask for a revision.
    RequestRevision,
    /// Approve: have the last word.
    Approve,
    /// Fetch the finals.
    Download,
    /// Read quotes, invoices and what is owed.
    SeeMoney,
}

impl MemberRight {
    /// Every right.
    pub const ALL: [Self; 6] = [
        Self::Send,
        Self::Comment,
        Self::RequestRevision,
        Self::Approve,
        Self::Download,
        Self::SeeMoney,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Comment => "comment",
            Self::RequestRevision => "request_revision",
            Self::Approve => "approve",
            Self::Download => "download",
            Self::SeeMoney => "see_money",
        }
    }

    /// What a code means; `None` for one that nobody knows.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.code() == code)
    }

    fn right(self) -> Right {
        match self {
            Self::Send => Right::Send,
            Self::Comment => Right::Comment,
            Self::RequestRevision => Right::RequestRevision,
            Self::Approve => Right::Approve,
            Self::Download => Right::Download,
            Self::SeeMoney => Right::SeeMoney,
        }
    }
}

/// A set of such rights.
pub type MemberRights = BTreeSet<MemberRight>;

/// Whose account somebody belongs to.
#[derive(Debug, Clone)]
pub(super) struct Membership {
    pub(super) account: PersonId,
    pub(super) rights: MemberRights,
}

impl Membership {
    /// The membership of a row, while it lasts.
    pub(super) fn of(row: &MemberRow, now: UnixMs) -> Result<Option<Self>, Denied> {
        if row.until_ms.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        Ok(Some(Self {
            account: parse_id(&row.client)?,
            rights: read_rights(&row.rights)?,
        }))
    }

    pub(super) fn may(&self, right: Right) -> bool {
        self.rights.iter().any(|held| held.right() == right)
    }
}

/// Reads the rights of a row; an unknown one is an error, never a default.
pub(crate) fn read_rights(codes: &str) -> Result<MemberRights, Denied> {
    codes
        .split_whitespace()
        .map(|code| {
            MemberRight::of_code(code).ok_or_else(|| {
                Denied::Fault(format!(
                    "the studio's database holds the unknown right {code}"
                ))
            })
        })
        .collect()
}

/// The rights as a row keeps them.
pub(crate) fn write_rights(rights: &MemberRights) -> String {
    let codes: Vec<&str> = rights.iter().map(|right| right.code()).collect();
    codes.join(" ")
}
