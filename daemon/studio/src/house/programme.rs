//! The programme of an order for pages, the API and the command line: read, tried, set, and heard where two songs meet.

mod audition;
mod balance;
mod view;

use std::sync::Arc;

use mastering::programme::Programme;
use mastering::{Command, OrderNumber, Project, Refusal, RevisionNo, decide};

pub use self::audition::{EditAudition, EditHeard, Transition};
pub use self::balance::{BalanceAsked, ProgrammeBalance, SongBeside};
pub use self::view::{
    FaultView, ProgrammeComment, ProgrammeDisc, ProgrammePiece, ProgrammeSide, ProgrammeSong,
    ProgrammeStanding, ProgrammeVersion, ProgrammeView,
};
use super::Studio;
use super::order::Submission;
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::live::LiveProject;

/// A programme as it is sent.
#[derive(Debug, Clone)]
pub enum ProgrammeSent {
    /// As data.
    Data(Box<Programme>),
    /// As the file that `lacquer album` takes.
    Toml(String),
}

/// What a programme was set upon.
#[derive(Debug, Clone, Default)]
pub struct SetUpon {
    /// The journal's number.
    pub seq: Option<u64>,
    /// The programme that stood, by [`ProgrammeView::stands`]: whatever else happened to the order meanwhile is no matter.
    pub stood: Option<String>,
    /// The sender's key.
    pub key: Option<String>,
}

impl ProgrammeSent {
    fn read(self) -> Result<Box<Programme>, Denied> {
        match self {
            Self::Data(programme) => Ok(programme),
            Self::Toml(text) => Programme::read(&text)
                .map(Box::new)
                .map_err(|error| Denied::Invalid(crate::denied::chain(&error))),
        }
    }
}

impl Studio {
    /// The programme of an order as it stands: its songs with their versions, where each lies, what is wrong.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio, `NotFound` for an order that is not there.
    pub async fn programme(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<ProgrammeView, Denied> {
        visitor.must(Right::ReadHouse)?;
        let live = self.seen(visitor, number).await?;
        let (programme, revision) = standing(&live.project)?;
        let lines = self.of_discs(&live.project, "loudness").await?;
        let findings = self.of_discs(&live.project, "cutter").await?;
        let laid = live.project.lay_programme(&programme, revision);
        let view = ProgrammeView::of(&live, (&programme, revision), laid);
        Ok(view.with_lines(lines).with_findings(findings))
    }

    /// The same as the file that `lacquer album` takes.
    ///
    /// # Errors
    /// As for [`Studio::programme`].
    pub async fn programme_toml(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<String, Denied> {
        visitor.must(Right::ReadHouse)?;
        let live = self.seen(visitor, number).await?;
        let (programme, revision) = standing(&live.project)?;
        let written = live.project.written_programme(&programme, revision);
        Ok(written.to_toml())
    }

    /// What would be if this programme were set; nothing is kept.
    ///
    /// # Errors
    /// `NotAllowed` for anyone who may not set it; a text that is no programme.
    pub async fn try_programme(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        sent: ProgrammeSent,
    ) -> Result<ProgrammeView, Denied> {
        visitor.must(Right::Master)?;
        let live = self.seen(visitor, number).await?;
        let given = sent.read()?;
        let (after, refusal) = tried(&live, visitor, &given)?;
        let (programme, revision) = standing(&after.project)?;
        let view = match refusal {
            Some(Refusal::BadProgramme(faults)) => {
                ProgrammeView::of(&live, (&given, revision), Err(faults))
            }
            refused => {
                let laid = after.project.lay_programme(&programme, revision);
                let view = ProgrammeView::of(&after, (&programme, revision), laid);
                view.refused(refused.as_ref().filter(|r| **r != Refusal::Already))
            }
        };
        Ok(view)
    }

    /// Sets the programme of the revision being worked on.
    ///
    /// # Errors
    /// Everything that is wrong with it, with its song and time; a stage in which nothing is worked on.
    pub async fn set_programme(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        sent: ProgrammeSent,
        SetUpon { seq, stood, key }: SetUpon,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Master)?;
        let seq = match stood {
            None => seq,
            Some(stood) => {
                let live = self.seen(visitor, number).await?;
                let (programme, revision) = standing(&live.project)?;
                if stood != view::stands(&programme, revision) {
                    return Err(Denied::Stale { seq_now: live.seq });
                }
                Some(live.seq)
            }
        };
        let command = Command::SetProgramme {
            programme: sent.read()?,
            by: visitor.name().to_owned(),
        };
        let given = Submission { command, seq, key };
        self.submit(visitor, number, given).await
    }

    /// What was kept by this name of each disc that was put together; nothing of one of which nothing was kept.
    async fn of_discs<T: serde::de::DeserializeOwned>(
        &self,
        project: &Project,
        what: &str,
    ) -> Result<Vec<Vec<T>>, Denied> {
        let newest = project.revisions.values().next_back();
        let made = newest.and_then(|round| round.made.as_ref());
        let mut kept = Vec::new();
        for disc in made.iter().flat_map(|made| &made.discs) {
            let own: Option<Vec<T>> = self
                .kept(project, format!("{what}:{}", disc.object))
                .await?;
            kept.push(own.unwrap_or_default());
        }
        Ok(kept)
    }

    pub(super) async fn kept<T: serde::de::DeserializeOwned>(
        &self,
        project: &Project,
        name: String,
    ) -> Result<Option<T>, Denied> {
        let id = project.id.to_string();
        let row = self
            .access
            .read(move |vault| vault.document(&id, &name))
            .await?;
        let read = row.map(|row| serde_json::from_str(&row.body)).transpose();
        read.map_err(|e| Denied::fault("what was measured could not be read", &e))
    }
}

/// The programme that stands and its revision; the plain one where none was set.
fn standing(project: &Project) -> Result<(Programme, RevisionNo), Denied> {
    let newest = project.revisions.keys().next_back().copied();
    let revision = newest.ok_or_else(|| {
        Denied::Invalid("the programme can be made once all mixes are there".to_owned())
    })?;
    let programme = project.programme().cloned();
    let programme = programme.unwrap_or_else(|| project.plain_programme());
    Ok((programme, revision))
}

/// The order as it would stand with this programme, and why that cannot be set now, if it cannot.
fn tried(
    live: &LiveProject,
    visitor: &Visitor,
    given: &Programme,
) -> Result<(LiveProject, Option<Refusal>), Denied> {
    let (_, revision) = standing(&live.project)?;
    let bad = |faults| (live.clone(), Some(Refusal::BadProgramme(faults)));
    let read = match live.project.read_programme(given, revision) {
        Ok(read) => read,
        Err(faults) => return Ok(bad(faults)),
    };
    let after = live.project.with_programme(&read, revision);
    if let Err(faults) = after.lay_programme(&read.programme, revision) {
        return Ok(bad(faults));
    }
    let command = Command::SetProgramme {
        programme: Box::new(given.clone()),
        by: visitor.name().to_owned(),
    };
    let refusal = decide(&live.project, command, &visitor.actor(), now_ms()).err();
    let after = LiveProject {
        seq: live.seq,
        project: Arc::new(after),
    };
    Ok((after, refusal))
}
