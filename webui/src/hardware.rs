//! The stream of what the hardware carries (Server-Sent Events): levels as they move, and a word when a page of the
//! patchbay is to be drawn anew.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use serde::Serialize;
use studio::{Denied, HardwareLevel, HardwareLevels, PatchbayVersion, Visitor};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::Web;
use crate::changes::ended;
use crate::serve::Ending;

/// How often levels are told, where they moved.
const EVERY: Duration = Duration::from_millis(50);
/// A stream ends after this; the browser asks again, and its right to is checked again.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Silence is broken this often, so that proxies keep the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Follower {
    web: Web,
    visitor: Visitor,
    ticks: tokio::time::Interval,
    version: Option<PatchbayVersion>,
    levels: Option<Arc<HardwareLevels>>,
    until: Instant,
    ending: Option<Ending>,
}

/// Levels as they go over the wire.
#[derive(Serialize)]
struct Moved<'l> {
    load_percent: f32,
    /// Each metered port; null where it is silent.
    ports: BTreeMap<&'l str, Option<f64>>,
}

/// A version as pages carry it.
pub(crate) fn version_words(version: PatchbayVersion) -> String {
    format!("{}-{}", version.server, version.cards)
}

/// What the hardware carries, for whoever may look at it.
pub(crate) fn follow(
    web: Web,
    visitor: Visitor,
    ending: Option<Ending>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Denied> {
    web.studio.patchbay_version(&visitor)?;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower {
        web,
        visitor,
        ticks,
        version: None,
        levels: None,
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
            let version = self.web.studio.patchbay_version(&self.visitor).ok()?;
            if self.version != Some(version) {
                self.version = Some(version);
                let data = serde_json::json!({ "version": version_words(version) });
                return Some(Event::default().event("patchbay").data(data.to_string()));
            }
            let levels = self.web.studio.patchbay_levels(&self.visitor).ok()?;
            if self.levels.as_ref() != Some(&levels) {
                let event = told(&levels);
                self.levels = Some(levels);
                return event;
            }
        }
    }
}

fn told(levels: &HardwareLevels) -> Option<Event> {
    // A tenth of a dB is all that anybody sees.
    let tenths = |dbfs: f64| (dbfs * 10.0).round() / 10.0;
    let port = |level: &HardwareLevel| level.peak_dbfs.map(tenths);
    let moved = Moved {
        load_percent: levels.load_percent,
        ports: levels
            .ports
            .iter()
            .map(|level| (level.port.as_str(), port(level)))
            .collect(),
    };
    let data = serde_json::to_string(&moved).ok()?;
    Some(Event::default().event("levels").data(data))
}
