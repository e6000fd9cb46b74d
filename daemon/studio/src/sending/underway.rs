//! What is on its way now, and how far. In memory alone: a start of the daemon looks at what lies over there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mastering::ProjectId;
use serde::Serialize;
use tokio::sync::watch;

use super::SendingId;

/// How far a sending is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SendingProgress {
    /// Bytes that lie over there.
    pub bytes_done: u64,
    /// Bytes of all.
    pub bytes: u64,
    /// The file that is on its way; empty while none is.
    pub file: String,
    /// Why it did not go on the last time, where it is tried again.
    pub waits_for: Option<String>,
}

#[derive(Debug, Default)]
struct Told {
    is_stopping: bool,
    called_off: BTreeSet<(ProjectId, SendingId)>,
    all: BTreeMap<(ProjectId, SendingId), SendingProgress>,
}

/// What is on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Underway(Arc<watch::Sender<Told>>);

impl Underway {
    /// How far one is, where it was begun.
    pub(crate) fn progress(&self, project: &ProjectId, id: SendingId) -> Option<SendingProgress> {
        let told = self.0.borrow();
        told.all.get(&(project.clone(), id)).cloned()
    }

    /// Notes how far one is.
    pub(super) fn note(&self, project: &ProjectId, id: SendingId, progress: SendingProgress) {
        let key = (project.clone(), id);
        self.0.send_modify(|told| {
            told.all.insert(key, progress);
        });
    }

    /// Forgets one that has ended.
    pub(super) fn forget(&self, project: &ProjectId, id: SendingId) {
        let key = (project.clone(), id);
        self.0.send_modify(|told| {
            told.all.remove(&key);
            told.called_off.remove(&key);
        });
    }

    /// Has one stop in the middle.
    pub(crate) fn call_off(&self, project: &ProjectId, id: SendingId) {
        let key = (project.clone(), id);
        self.0.send_modify(|told| {
            if told.all.contains_key(&key) {
                told.called_off.insert(key);
            }
        });
    }

    /// Has all stop in the middle: the daemon ends.
    pub(crate) fn stop(&self) {
        self.0.send_modify(|told| told.is_stopping = true);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.0.borrow().is_stopping
    }

    /// Waits until one is not to go on.
    pub(super) async fn halted(&self, project: &ProjectId, id: SendingId) {
        let key = (project.clone(), id);
        let mut told = self.0.subscribe();
        let halted = told.wait_for(|told| told.is_stopping || told.called_off.contains(&key));
        // Its sender lives as long as this.
        let _ = halted.await;
    }

    /// Whether one is to go on.
    pub(super) fn goes_on(&self, project: &ProjectId, id: SendingId) -> bool {
        let told = self.0.borrow();
        !told.is_stopping && !told.called_off.contains(&(project.clone(), id))
    }
}
