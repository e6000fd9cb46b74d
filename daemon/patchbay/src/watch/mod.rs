//! A watch of the audio server: one client on a thread of its own that tells what is there, meters the hardware,
//! and makes the wanted connections again whenever server and ports return.
//!
//! Asking it costs a lock that nobody holds for longer than a copy of a pointer; a server or a client of it that
//! is stopped holds up the watch's own thread and nobody else.

mod client;
mod meters;
mod seen;
mod wishes;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use self::meters::FALL_DB_PER_S;
pub use self::seen::{
    Connection, Happening, Level, Levels, PortKind, Seen, SeenPort, ServerFacts, ServerState,
    WantedConnection, WantedState, What, Wish,
};
use crate::PROBE_DEADLINE;

/// How many happenings are kept.
pub const HAPPENINGS_KEPT: usize = 60;

/// A running watch; it ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    shared: Arc<Shared>,
    ended: Mutex<Receiver<()>>,
}

/// Between whoever asks and the watch's thread.
#[derive(Debug)]
struct Shared {
    seen: Mutex<Arc<Seen>>,
    levels: Mutex<Arc<Levels>>,
    orders: Mutex<Orders>,
    began: Instant,
    /// When the thread was last seen alive, in milliseconds since `began`.
    beat_ms: AtomicU64,
    is_stopping: AtomicBool,
}

/// What the thread is to do at its next look.
#[derive(Debug, Default)]
struct Orders {
    wishes: Option<Vec<Wish>>,
    again: Vec<Connection>,
}

impl Shared {
    fn beat(&self) {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.beat_ms.store(ms, Ordering::Relaxed);
    }

    /// True while the server, or a client of it, holds up the thread.
    fn is_stuck(&self) -> bool {
        let beat = Duration::from_millis(self.beat_ms.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(beat) > PROBE_DEADLINE
    }
}

/// A lock that is held for a copy; what it guards is whole even where a holder panicked.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    /// Begins to watch the server named by `JACK_DEFAULT_SERVER` (else `default`), under a client name such as
    /// `lacquer-watch`. Starts no server, and waits for nothing.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(client_name: &str) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            seen: Mutex::new(Arc::new(client::nothing_seen())),
            levels: Mutex::default(),
            orders: Mutex::default(),
            began: Instant::now(),
            beat_ms: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
        });
        let (ending, ended) = mpsc::sync_channel(1);
        let (theirs, name) = (Arc::clone(&shared), client_name.to_owned());
        let named = thread::Builder::new().name("patchbay-watch".to_owned());
        named.spawn(move || {
            client::Holder::new(&name, theirs).run();
            // Nobody may wait any more.
            let _ = ending.try_send(());
        })?;
        let ended = Mutex::new(ended);
        Ok(Self { shared, ended })
    }

    /// What is there now.
    pub fn now(&self) -> Arc<Seen> {
        let seen = Arc::clone(&held(&self.shared.seen));
        if !self.shared.is_stuck() {
            return seen;
        }
        let mut stuck = Seen::clone(&seen);
        // Told apart from what is seen when the thread goes on.
        stuck.version += 1;
        stuck.server = ServerState::NotAnswering;
        Arc::new(stuck)
    }

    /// What the hardware's ports carry now.
    pub fn levels(&self) -> Arc<Levels> {
        if self.shared.is_stuck() {
            return Arc::default();
        }
        Arc::clone(&held(&self.shared.levels))
    }

    /// Wants these connections and no others: they are made whenever both ports are there. One of before that is
    /// not among them is taken apart, unless somebody else had made it.
    pub fn want(&self, wishes: Vec<Wish>) {
        held(&self.shared.orders).wishes = Some(wishes);
    }

    /// Makes a wanted connection again that somebody took apart, or that the server refused.
    pub fn again(&self, connection: Connection) {
        held(&self.shared.orders).again.push(connection);
    }

    /// Ends the watch and waits for that at most so long; true where its client is closed. A client that goes while
    /// a server freewheels would wedge it, so that is waited for.
    pub fn close(&self, patience: Duration) -> bool {
        self.shared.is_stopping.store(true, Ordering::Release);
        held(&self.ended).recv_timeout(patience).is_ok()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::Release);
    }
}
