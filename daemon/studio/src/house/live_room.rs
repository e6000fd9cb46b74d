//! The live room: one song at a time on the box, through a chain of the rack to the monitors, while an engineer
//! turns knobs.
//!
//! A thread of its own owns the session; pages and the API say words to it and look at what it tells. It ends by
//! itself when nobody has looked for a while, and lets the units go.

mod at_work;
mod keep;
mod prepare;
mod view;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mastering::{OrderNumber, TrackId};
use rack::RackChain;
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use self::at_work::{AtWork, Said};
pub use self::keep::{LiveBypassed, LiveKeep, LiveKept, LiveThen};
pub use self::view::{
    LiveKnob, LiveLevel, LiveMoment, LiveNow, LiveRack, LiveSource, LiveStage, LiveUnit, LiveView,
};
pub use self::words::{LiveHeard, LiveListen, LiveSourceLevel, LiveWord};
use super::Studio;
use crate::access::{Right, Visitor};
use crate::clock::now_ms;
use crate::denied::Denied;

/// Words that may wait for the session's thread.
const WORDS: usize = 64;
/// How long the end of the daemon waits for everything to fade away.
const CLOSE_TIME: Duration = Duration::from_secs(3);
/// How long somebody waits for what came of a word: a round trip is looked up between two of them.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// What is told of the room.
pub type LiveTold = Option<Arc<LiveNow>>;

/// The room's door.
#[derive(Debug)]
pub(crate) struct LiveRoom {
    inside: Mutex<Option<Inside>>,
    told: watch::Sender<LiveTold>,
    /// When a page of whoever works there last looked.
    seen: Arc<AtomicI64>,
}

#[derive(Debug)]
struct Inside {
    words: mpsc::Sender<Said>,
    place: (OrderNumber, TrackId),
    by: String,
    /// The chain as the session began with it.
    through: RackChain,
    /// The newest version that this session knows of each chain it began with or kept.
    versions: BTreeMap<String, u32>,
}

impl Default for LiveRoom {
    fn default() -> Self {
        Self {
            inside: Mutex::default(),
            told: watch::Sender::new(None),
            seen: Arc::default(),
        }
    }
}

impl LiveRoom {
    /// Lets everything fade away and the units go.
    pub(crate) async fn close(&self) {
        if let Some(inside) = self.inside.lock().await.take() {
            let (answer, _) = oneshot::channel();
            let asked = inside.words.send((LiveWord::End, answer));
            let ended = async {
                let _ = asked.await;
                inside.words.closed().await;
            };
            if tokio::time::timeout(CLOSE_TIME, ended).await.is_err() {
                tracing::warn!("the live session did not let the audio server go in time");
            }
        }
    }
}

impl Studio {
    /// What the live room tells now, and whenever that moves.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio.
    pub fn live_room(&self, visitor: &Visitor) -> Result<watch::Receiver<LiveTold>, Denied> {
        visitor.must(Right::ReadHouse)?;
        Ok(self.live_room.told.subscribe())
    }

    /// Notes that somebody who may work there looks at the room: it ends when nobody does.
    pub fn look_into_live_room(&self, visitor: &Visitor) {
        if visitor.must(Right::Master).is_ok() {
            self.live_room.seen.store(now_ms(), Ordering::Relaxed);
        }
    }

    /// The song and the chains there are for it, before a session is opened.
    ///
    /// # Errors
    /// `NotFound` where there is no such song for this visitor.
    pub async fn live_rack(
        &self,
        visitor: &Visitor,
        (number, track): (OrderNumber, &TrackId),
    ) -> Result<LiveRack, Denied> {
        visitor.must(Right::ReadHouse)?;
        let live = self.seen(visitor, number).await?;
        let song = live.project.track(track).ok_or(Denied::NotFound)?;
        let mix = live.project.mixes.get(&song.mix);
        Ok(LiveRack {
            title: song.title.clone(),
            mix: song.mix.clone(),
            duration_seconds: mix.and_then(|mix| mix.audio.as_ref()).map_or(0.0, |audio| {
                audio.frames as f64 / f64::from(audio.rate_hz.max(1))
            }),
            chains: self.rack_chains(visitor).await?,
        })
    }

    /// Opens the room for a song, through a chain of the rack: its units are claimed, and waited for where somebody
    /// else has them.
    ///
    /// # Errors
    /// Somebody works there already; no such song or chain; terms that ask the client before the studio listens.
    pub async fn open_live(
        &self,
        visitor: &Visitor,
        (number, track): (OrderNumber, TrackId),
        chain: &str,
    ) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        let live = self.seen(visitor, number).await?;
        self.may_listen(visitor, &live.project)?;
        let mut inside = self.live_room.inside.lock().await;
        if let Some(inside) = inside.as_ref().filter(|inside| !inside.words.is_closed()) {
            return Err(Denied::Invalid(format!(
                "{} works live on {}; there is one live room, so end that first, or wait for it",
                inside.by, inside.place.0
            )));
        }
        let prepared = self
            .prepare_live(visitor, (&live.project, &track), chain)
            .await?;
        self.note_listening(visitor, &live.project).await?;
        let (words, said) = mpsc::channel(WORDS);
        let (through, version) = prepared.through.clone();
        self.live_room.seen.store(now_ms(), Ordering::Relaxed);
        let at_work = AtWork {
            prepared,
            said,
            told: self.live_room.told.clone(),
            seen: Arc::clone(&self.live_room.seen),
            vault: self.vault.clone(),
            desk: self.desk.clone(),
            visitor: visitor.clone(),
            transport: self.config.transport.clone(),
            runtime: tokio::runtime::Handle::current(),
        };
        at_work.start()?;
        *inside = Some(Inside {
            words,
            place: (number, track),
            by: visitor.name().to_owned(),
            through,
            versions: BTreeMap::from([(chain.to_owned(), version)]),
        });
        Ok(())
    }

    /// Says a word to the session.
    ///
    /// # Errors
    /// Nobody works live; what cannot be done, in a sentence.
    pub async fn say_live(&self, visitor: &Visitor, word: LiveWord) -> Result<(), Denied> {
        visitor.must(Right::Master)?;
        let words = {
            let inside = self.live_room.inside.lock().await;
            let inside = inside.as_ref().filter(|inside| !inside.words.is_closed());
            let inside = inside.ok_or_else(nobody)?;
            inside.words.clone()
        };
        self.look_into_live_room(visitor);
        let (answer, answered) = oneshot::channel();
        if words.try_send((word, answer)).is_err() {
            return Err(Denied::Invalid(
                "the session is busy; try again in a moment".to_owned(),
            ));
        }
        match tokio::time::timeout(ANSWER_TIME, answered).await {
            Ok(Ok(done)) => done.map_err(Denied::Invalid),
            Ok(Err(_)) => Err(nobody()),
            Err(_) => Err(Denied::Invalid(
                "the session does not answer yet; look at it again in a moment".to_owned(),
            )),
        }
    }
}

fn nobody() -> Denied {
    Denied::Invalid("nobody works live now; open a song first".to_owned())
}
