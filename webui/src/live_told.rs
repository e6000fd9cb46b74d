//! The stream of the live room (Server-Sent Events): levels and the song's place as they move, and a word when the page
//! is to be drawn anew. Whoever may work there keeps the session alive by listening.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use studio::{Denied, LiveTold, LiveView, Visitor};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::Web;
use crate::changes::ended;
use crate::serve::Ending;

/// How often it is told, where it moved.
const EVERY: Duration = Duration::from_millis(60);
/// A stream ends after this; the browser asks again, and its right to is checked again.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Silence is broken this often, so that proxies keep the connection, and a page that is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

struct Follower {
    web: Web,
    visitor: Visitor,
    room: watch::Receiver<LiveTold>,
    ticks: tokio::time::Interval,
    /// What was told last: nothing yet, an empty room, or what stood there.
    view: Option<Option<LiveView>>,
    until: Instant,
    ending: Option<Ending>,
}

/// What the live room tells, for whoever may look.
pub(crate) fn follow(
    web: Web,
    visitor: Visitor,
    ending: Option<Ending>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Denied> {
    let room = web.studio.live_room(&visitor)?;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower {
        web,
        visitor,
        room,
        ticks,
        view: None,
        until: Instant::now() + LONGEST,
        ending,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                _ = self.ticks.tick() => (),
                () = tokio::time::sleep_until(self.until) => return None,
                () = ended(&mut self.ending) => return None,
            }
            // The stream is asked for events only while somebody is there to take them.
            self.web.studio.look_into_live_room(&self.visitor);
            let is_news = self.view.is_none() || self.room.has_changed().ok()?;
            if !is_news {
                continue;
            }
            let told = self.room.borrow_and_update().clone();
            let view = told.as_ref().map(|now| now.view.clone());
            if self.view.as_ref() != Some(&view) {
                let data = serde_json::to_string(&view).ok()?;
                self.view = Some(view);
                // The moment comes with the next tick.
                self.room.mark_changed();
                return Some(Event::default().event("live").data(data));
            }
            if let Some(now) = told {
                let data = serde_json::to_string(&now.moment).ok()?;
                return Some(Event::default().event("moment").data(data));
            }
        }
    }
}
