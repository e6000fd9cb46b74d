//! The live state: each project as its journal tells it, held by the desk alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mastering::{Event, OrderNumber, PersonId, Project, ProjectId, UnknownEvent, replay};

/// A project and the number of its last journal line.
#[derive(Debug, Clone)]
pub(crate) struct LiveProject {
    pub(crate) seq: u64,
    pub(crate) project: Arc<Project>,
}

/// Why a project could not be brought to life.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Unknown(#[from] UnknownEvent),
    #[error("its journal does not begin with the order's opening")]
    NoOpening,
}

/// Every project of the studio.
#[derive(Debug, Default)]
pub(crate) struct Live {
    projects: HashMap<ProjectId, LiveProject>,
    numbers: BTreeMap<OrderNumber, ProjectId>,
}

impl Live {
    /// Brings a project to life from its journal.
    pub(crate) fn read(events: &[vault::EventRow]) -> Result<LiveProject, ReplayError> {
        let mut read = Vec::with_capacity(events.len());
        for row in events {
            read.push(Event::read(row.schema, &row.body)?);
        }
        let project = replay(&read).ok_or(ReplayError::NoOpening)?;
        let seq = events.last().map_or(0, |row| row.seq);
        Ok(LiveProject {
            seq,
            project: Arc::new(project),
        })
    }

    pub(crate) fn put(&mut self, live: LiveProject) {
        self.numbers
            .insert(live.project.number, live.project.id.clone());
        self.projects.insert(live.project.id.clone(), live);
    }

    pub(crate) fn get(&self, id: &ProjectId) -> Option<&LiveProject> {
        self.projects.get(id)
    }

    pub(crate) fn by_number(&self, number: OrderNumber) -> Option<&LiveProject> {
        self.numbers
            .get(&number)
            .and_then(|id| self.projects.get(id))
    }

    /// Newest order first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &LiveProject> {
        self.numbers
            .values()
            .rev()
            .filter_map(|id| self.projects.get(id))
    }

    /// The orders of one client, newest first.
    pub(crate) fn of_client<'l>(
        &'l self,
        client: &'l PersonId,
    ) -> impl Iterator<Item = &'l LiveProject> {
        self.all()
            .filter(move |live| &live.project.client == client)
    }

    /// The number the next order gets.
    pub(crate) fn next_number(&self) -> OrderNumber {
        self.numbers
            .keys()
            .next_back()
            .map_or(OrderNumber::FIRST, |last| last.next())
    }
}
