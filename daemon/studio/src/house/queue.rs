//! The queue: what is due when, and who owes what.

use std::collections::HashMap;

use mastering::{QueueLine, queue};
use serde::Serialize;

use super::Studio;
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::{orders, terms};

/// A line of the queue as people read it.
#[derive(Debug, Clone, Serialize)]
pub struct QueueEntry {
    /// The line as the rules make it.
    #[serde(flatten)]
    pub line: QueueLine,
    /// The client's name.
    pub client: String,
    /// Who has to do what, in words.
    pub waits_for: String,
    /// When its reference is to be expected, and what that depends on, in words.
    pub estimate_words: String,
}

impl Studio {
    /// The orders that are not complete, in the order in which the studio works on them.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff.
    pub async fn queue(&self, visitor: &Visitor) -> Result<Vec<QueueEntry>, Denied> {
        visitor.must(Right::ReadHouse)?;
        let catalogue = self.catalogue();
        let calendar = &catalogue.calendar;
        let all = self.desk.at_work().await?;
        let names = self.access.names().await?;
        let by_id: HashMap<_, _> = all.iter().map(|l| (&l.project.id, &l.project)).collect();
        let projects = all.iter().map(|live| &*live.project);
        let lines = queue(projects, calendar, now_ms());
        let entries = lines.into_iter().filter_map(|line| {
            let project = by_id.get(&line.project)?;
            let client = names.get(&project.client).cloned().unwrap_or_default();
            Some(QueueEntry {
                client,
                waits_for: orders::waits_for(project),
                estimate_words: terms::estimate_words(&line.estimate, &calendar.time_zone),
                line,
            })
        });
        Ok(entries.collect())
    }
}
