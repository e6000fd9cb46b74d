//! A watch of the sound cards: what is plugged, how its streams run, its mixer and its clock.
//!
//! Which cards there are is read from `/dev/snd` once a second: the kernel makes and removes those nodes by itself,
//! so this works where no udev runs and no event is lost. What changes *on* a card is told by its control device.

mod read;
mod seen;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use alsa::PollDescriptors;

use self::read::OpenCard;
pub use self::seen::{
    Abilities, CardHappening, CardWhat, ClockElement, Fader, MixerElement, SeenCard, SeenCards,
    Stream, StreamRun, Way,
};
use crate::moment::now_ms;

/// How often it is looked which cards there are.
const WALK: Duration = Duration::from_secs(1);
/// Longest wait for what cards tell: a watch that is to end is not kept waiting.
const WAIT_MS: i32 = 250;
/// How many happenings are kept.
const HAPPENINGS_KEPT: usize = 60;
/// Where the kernel puts the cards' nodes.
const NODES: &str = "/dev/snd";

/// A running watch of the cards; it ends when this is dropped.
#[derive(Debug)]
pub struct CardWatch {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    seen: Mutex<Arc<SeenCards>>,
    is_stopping: AtomicBool,
}

impl CardWatch {
    /// Begins to watch, on a thread of its own: a card that hangs holds up nobody else.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let named = thread::Builder::new().name("patchbay-cards".to_owned());
        named.spawn(move || Watcher::default().run(&theirs))?;
        Ok(Self { shared })
    }

    /// What is there now.
    pub fn now(&self) -> Arc<SeenCards> {
        let seen = self.shared.seen.lock();
        Arc::clone(&seen.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for CardWatch {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::Release);
    }
}

#[derive(Default)]
struct Watcher {
    open: Vec<OpenCard>,
    cards: Vec<SeenCard>,
    /// Cards whose nodes are there and that cannot be read, with the reason.
    faults: Vec<(i32, String)>,
    happened: VecDeque<CardHappening>,
    has_looked: bool,
}

impl Watcher {
    fn run(mut self, shared: &Shared) {
        let mut walked: Option<Instant> = None;
        while !shared.is_stopping.load(Ordering::Acquire) {
            if walked.is_none_or(|at| at.elapsed() >= WALK) {
                walked = Some(Instant::now());
                self.walk(&numbers(Path::new(NODES)));
                self.look();
                self.publish(shared);
            }
            if self.wait() {
                self.look();
                self.publish(shared);
            }
        }
    }

    /// Opens cards that came and lets go of those that went.
    fn walk(&mut self, there: &[i32]) {
        self.open.retain(|card| there.contains(&card.index));
        self.faults.clear();
        for index in there {
            if self.open.iter().any(|card| card.index == *index) {
                continue;
            }
            match OpenCard::open(*index) {
                Ok(card) => self.open.push(card),
                // A node may be there a moment before it may be opened.
                Err(error) => self.faults.push((*index, error.to_string())),
            }
        }
        self.open.sort_by_key(|card| card.index);
    }

    /// Waits a moment for what cards tell; true where there was something.
    fn wait(&mut self) -> bool {
        if self.open.is_empty() {
            thread::sleep(Duration::from_millis(WAIT_MS.unsigned_abs().into()));
            return false;
        }
        let told: Vec<&dyn PollDescriptors> = self
            .open
            .iter()
            .flat_map(|card| [&card.controls as &dyn PollDescriptors, &card.mixer])
            .collect();
        let is_told = match alsa::poll::poll_all(&told, WAIT_MS) {
            Ok(told) => !told.is_empty(),
            // A card that is being pulled may have no descriptors any more.
            Err(_) => true,
        };
        if is_told {
            // One that cannot be heard is gone; the next walk finds it again if it is not.
            self.open.retain(|card| card.hear().is_ok());
        }
        is_told
    }

    fn look(&mut self) {
        let mut now = Vec::with_capacity(self.open.len());
        self.open.retain_mut(|card| match card.read() {
            Ok(seen) => {
                now.push(seen);
                true
            }
            Err(_) => false,
        });
        for (card, what) in seen::differences(&self.cards, &now) {
            let what = match what {
                CardWhat::Plugged if !self.has_looked => CardWhat::Found,
                other => other,
            };
            if self.happened.len() == HAPPENINGS_KEPT {
                self.happened.pop_front();
            }
            let at_ms = now_ms();
            self.happened.push_back(CardHappening { at_ms, card, what });
        }
        self.has_looked = true;
        self.cards = now;
    }

    fn publish(&self, shared: &Shared) {
        let faults: Vec<String> = self
            .faults
            .iter()
            .map(|(index, why)| format!("card {index} could not be read: {why}"))
            .collect();
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = seen.cards == self.cards
            && seen.faults == faults
            && self.happened.iter().eq(&seen.happened);
        if !is_same {
            *seen = Arc::new(SeenCards {
                version: seen.version + 1,
                cards: self.cards.clone(),
                faults,
                happened: self.happened.iter().cloned().collect(),
            });
        }
    }
}

/// The numbers of the cards whose control nodes lie in a folder; none where there is no such folder, as on a
/// machine that never had a card.
fn numbers(nodes: &Path) -> Vec<i32> {
    let Ok(entries) = std::fs::read_dir(nodes) else {
        return Vec::new();
    };
    let number = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.ok()?.file_name();
        name.to_str()?.strip_prefix("controlC")?.parse().ok()
    };
    let mut found: Vec<i32> = entries.filter_map(number).collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_counted_by_their_control_nodes() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(numbers(&folder.path().join("none")), Vec::<i32>::new());
        for name in ["controlC10", "controlC2", "pcmC2D0p", "timer", "controlCx"] {
            std::fs::File::create_new(folder.path().join(name)).unwrap();
        }
        assert_eq!(numbers(folder.path()), [2, 10]);
    }

    #[test]
    fn a_node_that_is_no_card_is_said_and_a_machine_without_cards_is_well() {
        let mut watcher = Watcher::default();
        watcher.walk(&[]);
        watcher.look();
        assert!(watcher.cards.is_empty() && watcher.faults.is_empty());
        // ALSA knows 32 cards at most.
        watcher.walk(&[31]);
        let shared = Shared::default();
        watcher.look();
        watcher.publish(&shared);
        let watch = CardWatch {
            shared: Arc::new(shared),
        };
        let seen = watch.now();
        assert_eq!(seen.version, 1);
        assert!(
            seen.faults[0].starts_with("card 31 could not be read: "),
            "{seen:?}"
        );
    }
}
