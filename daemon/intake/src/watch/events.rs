//! Events of the kernel and words of others, noted until the watcher's thread looks.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Events, WatchConfig};
use crate::Hint;

/// Notes kept at a time; with more, everything is looked at instead.
const MAX_NOTES: usize = 4096;

/// What the watcher's thread is to do beside following the notes; the later outranks the earlier.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Orders {
    #[default]
    None,
    /// Events were lost.
    LookAtAll,
    Stop,
}

impl Notes {
    fn order(&mut self, orders: Orders) {
        self.orders = self.orders.max(orders);
    }
}

/// What has come in since the thread last looked.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Files and folders in which something happened, from the dropboxes' folder on.
    pub(super) touched: HashSet<PathBuf>,
    /// Files that FTP has finished.
    pub(super) finished: Vec<Hint>,
    /// Files that a person wants to have taken.
    pub(super) wanted: Vec<Hint>,
    /// What else the thread is to do.
    pub(super) orders: Orders,
}

impl Notes {
    fn is_empty(&self) -> bool {
        self.touched.is_empty()
            && self.finished.is_empty()
            && self.wanted.is_empty()
            && self.orders == Orders::None
    }
}

/// Where notes for the watcher's thread are left.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    notes: Mutex<Notes>,
    news: Condvar,
}

impl Inbox {
    fn note(&self, write: impl FnOnce(&mut Notes)) {
        write(&mut self.notes());
        self.news.notify_one();
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touched(&self, path: PathBuf) {
        self.note(|notes| {
            if notes.touched.len() < MAX_NOTES {
                notes.touched.insert(path);
            } else {
                notes.order(Orders::LookAtAll);
            }
        });
    }

    pub(super) fn finished(&self, hint: Hint) {
        self.note(|notes| {
            if notes.finished.len() < MAX_NOTES {
                notes.finished.push(hint);
            } else {
                notes.order(Orders::LookAtAll);
            }
        });
    }

    pub(super) fn take_anyway(&self, dropbox: String, path: PathBuf) {
        self.note(|notes| notes.wanted.push(Hint { dropbox, path }));
    }

    pub(super) fn look_again(&self) {
        self.note(|notes| notes.order(Orders::LookAtAll));
    }

    pub(super) fn stop(&self) {
        self.note(|notes| notes.order(Orders::Stop));
    }

    /// Waits for news, at most `patience`, and takes what there is.
    pub(super) fn wait(&self, patience: Duration) -> Notes {
        let (mut notes, _) = self
            .news
            .wait_timeout_while(self.notes(), patience, |notes| notes.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut notes)
    }
}

/// Asks the kernel for events; `None` where there are none to be had, which only costs time:
/// the regular full look finds the same.
pub(super) fn subscribe(config: &WatchConfig, inbox: &Arc<Inbox>) -> Option<RecommendedWatcher> {
    if config.events != Events::Kernel {
        return None;
    }
    // Events carry the real path, which is the one to take off again.
    let top = match config.dropboxes.canonicalize() {
        Ok(top) => top,
        Err(error) => {
            tracing::warn!(error = %error, "watching the dropboxes without events");
            return None;
        }
    };
    let (notes, base) = (Arc::clone(inbox), top.clone());
    let watcher = notify::recommended_watcher(move |event| take_note(&notes, &base, event));
    let watching = watcher.and_then(|mut watcher| {
        watcher.watch(&top, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    watching
        .inspect_err(|error| {
            // Most often the limit on watches (fs.inotify.max_user_watches).
            tracing::warn!(error = %error, "watching the dropboxes without events");
        })
        .ok()
}

fn take_note(inbox: &Inbox, top: &Path, event: notify::Result<notify::Event>) {
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(error = %error, "events from the dropboxes were lost");
            return inbox.look_again();
        }
    };
    if event.need_rescan() {
        return inbox.look_again();
    }
    let of_interest = match event.kind {
        // Our own reading of mixes would otherwise keep us busy.
        EventKind::Access(AccessKind::Close(notify::event::AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    };
    if !of_interest {
        return;
    }
    for path in event.paths {
        match path.strip_prefix(top) {
            Ok(inside) => inbox.touched(inside.to_owned()),
            Err(_) => inbox.look_again(),
        }
    }
}
