//! What holds the finals, besides the work on them: money, and permissions that are missing.

use serde::{Deserialize, Serialize};

use crate::ids::UnixMs;
use crate::permission::{Borrowed, BorrowedSong};
use crate::project::{Hold, Project};
use crate::refusal::Refusal;
use crate::service::PermissionsHold;

/// Something that finals wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "waits_for", rename_all = "snake_case")]
pub enum FinalsWait {
    /// A payment; the account says which.
    Payment,
    /// A claim to rights that nobody has withdrawn.
    Claim {
        /// Who claims.
        claimant: String,
    },
    /// The written permission of somebody whose work is in a song.
    Permission {
        /// Which song, and what of it.
        #[serde(flatten)]
        song: BorrowedSong,
    },
}

/// That no permission is needed, on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotNeeded {
    /// The song, as the client wrote it.
    pub song: String,
    /// What of somebody else's it is or holds.
    pub what: Borrowed,
    /// Why no permission is needed.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

impl NotNeeded {
    fn is_about(&self, song: &BorrowedSong) -> bool {
        let own = BorrowedSong {
            song: self.song.clone(),
            what: self.what,
        };
        own.is_same(song)
    }
}

impl Project {
    /// The songs that hold somebody else's work, and neither a permission nor a decision that none
    /// is needed is on record.
    #[must_use]
    pub fn permissions_missing(&self) -> Vec<BorrowedSong> {
        let named = self.consulted.iter().flat_map(|c| &c.borrowed);
        let is_open = |song: &&BorrowedSong| {
            let is_kept = self.permissions.iter().any(|p| song.is_permitted_by(p));
            let is_not_needed = self.not_needed.iter().any(|n| n.is_about(song));
            !is_kept && !is_not_needed
        };
        named.filter(is_open).cloned().collect()
    }

    /// Everything that finals wait for now.
    #[must_use]
    pub fn finals_wait_for(&self) -> Vec<FinalsWait> {
        let money = (self.hold != Hold::Nothing).then_some(FinalsWait::Payment);
        let missing = match self.rules.permissions.hold {
            PermissionsHold::Finals => self.permissions_missing(),
            PermissionsHold::Nothing => Vec::new(),
        };
        let claims = self.open_claims().map(|claim| FinalsWait::Claim {
            claimant: claim.claimant.clone(),
        });
        let songs = missing.into_iter();
        let songs = songs.map(|song| FinalsWait::Permission { song });
        money.into_iter().chain(claims).chain(songs).collect()
    }

    /// Whether finals, and a release made of them, may be handed over.
    ///
    /// # Errors
    /// What they wait for first.
    pub fn may_hand_over(&self) -> Result<(), Refusal> {
        match self.finals_wait_for().into_iter().next() {
            None => Ok(()),
            Some(FinalsWait::Payment) => Err(Refusal::Unpaid {
                what: "the finals are handed over",
            }),
            Some(FinalsWait::Claim { claimant }) => Err(Refusal::Claimed { claimant }),
            Some(FinalsWait::Permission { song }) => Err(Refusal::NotPermitted {
                song: song.song,
                what: song.what.words(),
            }),
        }
    }
}
