//! The stream of changes (Server-Sent Events): a page asks again when its order moved on.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use mastering::ProjectId;
use studio::{Change, Visitor};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::Instant;

use crate::Web;
use crate::serve::Ending;

/// A stream ends after this; the browser asks again, and its right to is checked again.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Silence is broken this often, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Follower {
    web: Web,
    visitor: Visitor,
    changes: Receiver<Change>,
    /// Whether a project is the visitor's to see; asked once each.
    seen: HashMap<ProjectId, bool>,
    until: Instant,
    ending: Option<Ending>,
}

/// What the visitor may see of what changes.
pub(crate) fn follow(
    web: Web,
    visitor: Visitor,
    ending: Option<Ending>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let follower = Follower {
        changes: web.studio.changes(),
        web,
        visitor,
        seen: HashMap::new(),
        until: Instant::now() + LONGEST,
        ending,
    };
    let hello = stream::once(async { Ok(Event::default().event("hello").data("{}")) });
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    use futures_util::StreamExt;
    Sse::new(hello.chain(events)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            let change = tokio::select! {
                change = self.changes.recv() => change,
                () = tokio::time::sleep_until(self.until) => return None,
                () = ended(&mut self.ending) => return None,
            };
            match change {
                Ok(change) if self.may_see(&change).await => return Some(told(&change)),
                Ok(_) => {}
                // Too many at once: the page reads everything again.
                Err(RecvError::Lagged(_)) => {
                    return Some(Event::default().event("missed").data("{}"));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    async fn may_see(&mut self, change: &Change) -> bool {
        if self.visitor.is_staff() {
            return true;
        }
        if let Some(known) = self.seen.get(&change.project) {
            return *known;
        }
        let page = self.web.studio.order(&self.visitor, change.number).await;
        let is_theirs = page.is_ok();
        self.seen.insert(change.project.clone(), is_theirs);
        is_theirs
    }
}

fn told(change: &Change) -> Event {
    let data = serde_json::json!({ "number": change.number, "seq": change.seq });
    Event::default().event("change").data(data.to_string())
}

/// Waits for the server's end; for ever where nobody tells of one.
pub(crate) async fn ended(ending: &mut Option<Ending>) {
    match ending {
        Some(Ending(watch)) => {
            let _ = watch.wait_for(|is_over| *is_over).await;
        }
        None => std::future::pending().await,
    }
}
