//! Whose turn it is, and since when: the clocks stand still while the other side owes the answer.

use serde::{Deserialize, Serialize};

use crate::calendar::Pause;
use crate::event::Event;
use crate::ids::UnixMs;
use crate::mix::MixRole;
use crate::project::{Project, Stage};

/// What is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The mixes.
    Mixes,
    /// A new file in place of a mix.
    Reprint,
    /// An answer to the studio's question.
    Answer,
    /// The client's ear on a reference.
    Listening,
    /// The client's yes to what a request costs.
    Agreement,
    /// The studio's work.
    Work,
    /// The studio's decision about a request.
    Decision,
    /// Nothing any more.
    Nothing,
}

/// Who owes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The client.
    Client,
    /// The studio.
    Studio,
    /// Nobody.
    Nobody,
}

impl Turn {
    /// Who owes it.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Mixes | Self::Reprint | Self::Answer | Self::Listening | Self::Agreement => {
                Side::Client
            }
            Self::Work | Self::Decision => Side::Studio,
            Self::Nothing => Side::Nobody,
        }
    }
}

/// A turn and when it began; it ends when the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnTaken {
    /// What is awaited.
    pub turn: Turn,
    /// Since when.
    pub since: UnixMs,
}

/// A question of the studio that the client has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuestion {
    /// The words.
    pub words: String,
    /// Who asks.
    pub by: String,
    /// Since when.
    pub at: UnixMs,
}

impl Project {
    /// What is awaited now.
    #[must_use]
    pub fn turn(&self) -> TurnTaken {
        self.turns.last().copied().unwrap_or(TurnTaken {
            turn: Turn::Mixes,
            since: self.opened_at,
        })
    }

    /// The whiles after `from` in which `side` owed something; the last may not have ended.
    #[must_use]
    pub fn turns_of(&self, side: Side, from: UnixMs) -> Vec<Pause> {
        let ends = self.turns.iter().skip(1).map(|t| Some(t.since));
        let mut whiles: Vec<Pause> = Vec::new();
        for (taken, until) in self.turns.iter().zip(ends.chain([None])) {
            if taken.turn.side() != side || until.is_some_and(|until| until <= from) {
                continue;
            }
            let from = taken.since.max(from);
            match whiles.last_mut() {
                // One after the other without a break between is one while.
                Some(last) if last.until == Some(from) => last.until = until,
                Some(_) | None => whiles.push(Pause { from, until }),
            }
        }
        whiles
    }

    fn pass(&mut self, turn: Turn, since: UnixMs) {
        if self.turn().turn == turn && !self.turns.is_empty() {
            return;
        }
        // A clock that was set back does not make a while that ends before it begins.
        let since = since.max(self.turns.last().map_or(since, |t| t.since));
        self.turns.push(TurnTaken { turn, since });
    }

    /// What is awaited at this stage when nobody has asked anything.
    fn turn_of_stage(&self) -> Turn {
        match self.stage {
            Stage::Intake => Turn::Mixes,
            Stage::Mastering { .. } | Stage::Adjusting { .. } | Stage::Approved { .. } => {
                Turn::Work
            }
            Stage::InReview { .. } => match self.open_request() {
                Some(request) if request.answer.is_some() => Turn::Agreement,
                Some(_) => Turn::Decision,
                None => Turn::Listening,
            },
            Stage::Delivered { .. } | Stage::Completed { .. } | Stage::Archived { .. } => {
                match self.open_request() {
                    Some(request) if request.answer.is_some() => Turn::Agreement,
                    Some(_) => Turn::Decision,
                    None => Turn::Nothing,
                }
            }
        }
    }
}

/// Passes the turn on where `event`, which has just been applied, does.
#[expect(
    clippy::too_many_lines,
    reason = "one match over every event, so that a new one is decided here"
)]
pub(crate) fn pass_turn(project: &mut Project, event: &Event) {
    let passed = match event {
        Event::ReprintAsked { at, .. } => match project.stage {
            // In the intake the client owes mixes anyway.
            Stage::Intake => None,
            _ => at.map(|at| (Turn::Reprint, at)),
        },
        Event::MixReceived { mix, .. } => {
            let came = mix.role == MixRole::Main && project.turn().turn == Turn::Reprint;
            came.then(|| (project.turn_of_stage(), mix.received_at))
        }
        Event::QuestionAsked { at, .. } => Some((Turn::Answer, *at)),
        Event::QuestionAnswered { at, .. }
        | Event::RevisionOpened { at, .. }
        | Event::ReferenceSent { at, .. }
        | Event::RevisionRequested { at, .. }
        | Event::RequestAnswered { at, .. }
        | Event::RequestWithdrawn { at, .. }
        | Event::Approved { at, .. }
        | Event::FinalsOffered { at }
        | Event::Completed { at } => Some((project.turn_of_stage(), *at)),
        Event::Opened { .. }
        | Event::MixSuperseded { .. }
        | Event::SetCompared { .. }
        | Event::FindingsReleased { .. }
        | Event::MixAccepted { .. }
        | Event::MixSetAside { .. }
        | Event::IntakeClosed { .. }
        | Event::TrackNamed { .. }
        | Event::TracksOrdered { .. }
        | Event::PlanChanged { .. }
        | Event::PrintChosen { .. }
        | Event::ProgrammeSet { .. }
        | Event::VersionTaken { .. }
        | Event::ProgrammeMade { .. }
        | Event::AlternateNamed { .. }
        | Event::AlternateUnnamed { .. }
        | Event::MixTakenUp { .. }
        | Event::MasteringStarted { .. }
        | Event::MasterRecorded { .. }
        | Event::Commented { .. }
        | Event::FinalsRecorded { .. }
        | Event::Archived { .. }
        | Event::HoldChanged { .. }
        | Event::SoldInSale { .. }
        | Event::Consulted(_)
        | Event::ContentDecided(_)
        | Event::PermissionKept(_)
        | Event::PermissionNotNeeded(_)
        | Event::ReleaseDescribed { .. }
        | Event::CoverKept(_)
        | Event::CodesAllotted { .. }
        | Event::RemovalAsked(_)
        | Event::ShopGone { .. }
        | Event::RemovalWithdrawn { .. }
        | Event::Sales(_)
        | Event::LabelCopy(_)
        | Event::Package(_)
        | Event::LyricsKept { .. }
        | Event::Attachment(_)
        | Event::RightsClaimed(_)
        | Event::ClaimWithdrawn { .. }
        | Event::ListeningAllowed(_)
        | Event::ListeningForbidden { .. }
        | Event::ListeningReasoned(_)
        | Event::StudioListened(_)
        | Event::RushSold { .. }
        | Event::FormatsOrdered { .. }
        | Event::FinalsAdded { .. }
        | Event::LaneChosen { .. }
        | Event::RequestAgreed { .. }
        | Event::LastWordNamed { .. }
        | Event::AskingEnds { .. }
        | Event::AskingEnded { .. }
        | Event::SilenceAnnounced { .. }
        | Event::FeeDue { .. }
        | Event::TrackMarked { .. }
        | Event::FaultFound { .. }
        | Event::Listened(_)
        | Event::PreviewChosen { .. }
        | Event::HoldPlaced { .. }
        | Event::HoldLifted { .. }
        | Event::RetentionExtended { .. }
        | Event::DeletionAsked { .. }
        | Event::DeletionConfirmed { .. }
        | Event::DeletionWithdrawn { .. }
        | Event::WorkingFilesReleased { .. }
        | Event::ArchiveReleased { .. } => None,
    };
    if let Some((turn, at)) = passed {
        // A question stands until it is answered, whatever else happens meanwhile.
        let turn = match (turn.side(), &project.question) {
            (Side::Studio, Some(_)) => Turn::Answer,
            (Side::Studio | Side::Client | Side::Nobody, _) => turn,
        };
        project.pass(turn, at);
    }
}
