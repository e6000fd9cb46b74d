//! Booklets and videos in a dropbox: which order they may go along with.

use std::path::Path;
use std::sync::Arc;

use mastering::{PersonId, Project};

use super::{Seen, Sorter, named};
use crate::denied::Denied;
use crate::work::Work;

/// Whether a file's name says that it may go along with a release.
pub(super) fn may_go_along(path: &Path) -> bool {
    intake::may_be_booklet(path) || intake::may_be_video(path)
}

impl Sorter {
    /// Proposes a booklet or a video to the order it is for; where none is named and not one alone is at work, a person decides.
    pub(super) async fn sort_along(&self, seen: &Seen, client: PersonId) -> Result<(), Denied> {
        let path = Path::new(&seen.path);
        let orders = self.orders_of(client, path).await?;
        match order_for(&orders, path) {
            Ok(project) => self.take_along(&project, seen).await,
            Err(reason) => self.unsorted(seen, reason).await,
        }
    }

    async fn take_along(&self, project: &Project, seen: &Seen) -> Result<(), Denied> {
        let work = Work::TakeAlong {
            dropbox: seen.dropbox.clone(),
            path: seen.path.clone(),
            fingerprint: seen.fingerprint.clone(),
        };
        self.queue(project, seen, &work).await
    }

    /// Puts a drop that a person gave to an order on its list of work.
    pub(crate) async fn settle(&self, project: &Project, seen: &Seen) -> Result<(), Denied> {
        if may_go_along(Path::new(&seen.path)) {
            self.take_along(project, seen).await
        } else {
            self.take_sound(project, seen).await
        }
    }
}

/// The order a path names, at whatever stage it is; else the only one at work.
fn order_for(orders: &[Arc<Project>], path: &Path) -> Result<Arc<Project>, &'static str> {
    if let Some(named) = named(orders, path)? {
        return if named.may_attach() {
            Ok(named.clone())
        } else {
            Err("the files of the order that its name gives are gone")
        };
    }
    match orders {
        [only] => Ok(only.clone()),
        [] => Err("no order of this client is at work, and its name has no order number"),
        _ => Err("several orders of this client are at work, and its name has no order number"),
    }
}
