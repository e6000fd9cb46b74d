//! The live state: each project as its journal tells it, held by the desk alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mastering::{Event, OrderNumber, Project, ProjectId, Stage, UnknownEvent, replay};

/// How many archived projects are held; the one that was asked for longest ago goes first, and comes
/// back from its journal.
const HELD: usize = 1024;

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

/// Every project that is not in the archive yet, and of those that are, what somebody looked at last.
#[derive(Debug, Default)]
pub(crate) struct Live {
    at_work: HashMap<ProjectId, LiveProject>,
    numbers: BTreeMap<OrderNumber, ProjectId>,
    archived: HashMap<ProjectId, Held>,
    asked: u64,
}

#[derive(Debug)]
struct Held {
    live: LiveProject,
    /// When it was asked for last, counted in askings.
    asked: u64,
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

    /// Holds a project; of the archived ones, the one that was asked for longest ago goes where there
    /// are too many.
    pub(crate) fn put(&mut self, live: LiveProject) {
        let (id, number) = (live.project.id.clone(), live.project.number);
        if !matches!(live.project.stage, Stage::Archived { .. }) {
            self.archived.remove(&id);
            self.numbers.insert(number, id.clone());
            self.at_work.insert(id, live);
            return;
        }
        self.at_work.remove(&id);
        self.numbers.remove(&number);
        self.asked += 1;
        let asked = self.asked;
        self.archived.insert(id, Held { live, asked });
        if self.archived.len() <= HELD {
            return;
        }
        let oldest = self.archived.iter().min_by_key(|(_, held)| held.asked);
        if let Some(id) = oldest.map(|(id, _)| id.clone()) {
            self.archived.remove(&id);
        }
    }

    /// The project, if it is held.
    pub(crate) fn get(&mut self, id: &ProjectId) -> Option<LiveProject> {
        if let Some(live) = self.at_work.get(id) {
            return Some(live.clone());
        }
        self.asked += 1;
        let held = self.archived.get_mut(id)?;
        held.asked = self.asked;
        Some(held.live.clone())
    }

    /// Every project that is not in the archive, newest order first.
    pub(crate) fn at_work(&self) -> impl Iterator<Item = &LiveProject> {
        let newest_first = self.numbers.values().rev();
        newest_first.filter_map(|id| self.at_work.get(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mastering::{Actor, NewOrder, Retention, RevisionNo, Service, ServiceRules};

    fn live(no: usize) -> LiveProject {
        let mut number = OrderNumber::FIRST;
        (0..no).for_each(|_| number = number.next());
        let order = NewOrder {
            id: format!("{no:032x}").parse().unwrap(),
            number,
            client: "1".repeat(32).parse().unwrap(),
            title: "Song".to_owned(),
            artist: "Artist".to_owned(),
            service: Service::instant(),
            retention: Retention::default(),
            songs: Some(1),
            declared: None,
            rules: ServiceRules::earlier(),
        };
        let staff = Actor::Staff {
            person: "2".repeat(32).parse().unwrap(),
        };
        let opened = order.open(&staff, 0).unwrap();
        LiveProject {
            seq: 1,
            project: Arc::new(replay([&opened]).unwrap()),
        }
    }

    fn archived(no: usize) -> LiveProject {
        let mut live = live(no);
        Arc::make_mut(&mut live.project).stage = Stage::Archived {
            revision: RevisionNo::FIRST,
        };
        live
    }

    #[test]
    fn what_is_at_work_stays_and_the_archived_project_asked_for_longest_ago_goes_first() {
        let mut held = Live::default();
        let all: Vec<LiveProject> = (0..=HELD).map(archived).collect();
        let (older, newer) = (live(HELD + 1), live(HELD + 2));
        held.put(older.clone());
        for project in &all[..HELD] {
            held.put(project.clone());
        }
        assert!(held.get(&all[0].project.id).is_some(), "asked for again");
        held.put(all[HELD].clone());
        held.put(newer.clone());
        assert!(held.get(&all[1].project.id).is_none());
        assert!(held.get(&all[0].project.id).is_some());
        assert!(held.get(&all[HELD].project.id).is_some());
        assert!(held.get(&older.project.id).is_some());
        let numbers = |held: &Live| -> Vec<OrderNumber> {
            held.at_work().map(|live| live.project.number).collect()
        };
        assert_eq!(numbers(&held), [newer.project.number, older.project.number]);
        held.put(archived(HELD + 1));
        assert_eq!(numbers(&held), [newer.project.number]);
        assert!(held.get(&older.project.id).is_some());
    }
}
