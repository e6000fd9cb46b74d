//! What runs in the room, as everybody is told of it, and the bell at its door.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};

/// A print that runs, as pages are told of it.
#[derive(Debug)]
pub(crate) struct Now {
    pub(crate) no: u64,
    phase: Mutex<String>,
    /// Bits of a share from 0 to 1.
    share: AtomicU64,
    stop: AtomicBool,
}

impl Now {
    pub(super) fn of(no: u64) -> Self {
        Self {
            no,
            phase: Mutex::new(String::new()),
            share: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        }
    }

    /// Begins a part of the work.
    pub(super) fn tell(&self, phase: &str) {
        self.share.store(0, Ordering::Relaxed);
        phase.clone_into(&mut self.phase.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn tell_share(&self, share: f64) {
        self.share
            .store(share.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What is being done, and how much of it is.
    pub(crate) fn phase(&self) -> (String, f64) {
        let phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        (
            phase.clone(),
            f64::from_bits(self.share.load(Ordering::Relaxed)),
        )
    }
}

/// The way to the room: a bell, and what runs in it.
#[derive(Debug, Clone)]
pub(crate) struct Printing {
    bell: Arc<Notify>,
    now: Arc<watch::Sender<Option<Arc<Now>>>>,
}

impl Default for Printing {
    fn default() -> Self {
        Self {
            bell: Arc::new(Notify::new()),
            now: Arc::new(watch::Sender::new(None)),
        }
    }
}

impl Printing {
    /// Something in the queue has changed.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    pub(super) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// Says which print runs from now on.
    pub(super) fn begins(&self, now: Option<Arc<Now>>) {
        self.now.send_replace(now);
    }

    /// The print that runs.
    pub(crate) fn now(&self) -> Option<Arc<Now>> {
        self.now.borrow().clone()
    }

    /// Ends a print that runs; false where it does not.
    pub(crate) fn stop(&self, no: u64) -> bool {
        let now = self.now().filter(|now| now.no == no);
        now.is_some_and(|now| {
            now.stop();
            true
        })
    }
}
