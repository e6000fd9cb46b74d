//! The watcher's thread: what has been seen, what is due, what goes out.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::events::{Inbox, Orders};
use super::look::{Found, Judgement, Verdict, look_at_tree, look_closely};
use super::{
    Arrival, Events, FromDropbox, Known, MAX_DEPTH, Sighting, Source, Waiting, WatchConfig,
    WatchHooks, Why,
};
use crate::Hint;
use crate::folder::{Facts, Folder, Kind};
use crate::names::is_litter;

/// Dropboxes looked at; beyond it the house needs another design.
const MAX_DROPBOXES: usize = 10_000;

/// Waiting files that are shown; the oldest of them.
const MAX_SHOWN: usize = 1000;

/// Rest between two rounds, so that a stream of events is worked off in gulps.
const BREATH: Duration = Duration::from_millis(20);

/// How long to wait when the studio has its hands full.
const QUEUE_PAUSE: Duration = Duration::from_millis(100);

/// A new folder is looked at once more after this time: what was put into it before the kernel
/// watched it has sent no event.
const SECOND_LOOK: Duration = Duration::from_millis(500);

/// How often the list of waiting files is renewed.
const SHOW_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    dropbox: String,
    path: PathBuf,
}

#[derive(Debug)]
struct Seen {
    facts: Facts,
    /// Number in the order of first sight.
    order: u64,
    since_ms: i64,
    changed: Instant,
    due: Instant,
    source: Source,
    judgement: Judgement,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for this, and a person may have been told.
    Waits(Why, Told),
    /// Handed out or known.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    No,
    Yes,
}

#[derive(Debug)]
struct Unseen {
    since_ms: i64,
    since: Instant,
    told: Told,
}

/// Whether the studio can take more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    There,
    Full,
}

pub(super) struct Rounds {
    top: Folder,
    config: WatchConfig,
    hooks: WatchHooks,
    out: mpsc::Sender<FromDropbox>,
    shown: Arc<Mutex<Vec<Waiting>>>,
    shown_at: Option<Instant>,
    seen: HashMap<Place, Seen>,
    unseen: HashMap<(Place, Why), Unseen>,
    again: HashMap<PathBuf, Instant>,
    next_full_look: Instant,
    count: u64,
}

impl Rounds {
    pub(super) fn new(
        top: Folder,
        config: WatchConfig,
        hooks: WatchHooks,
        out: mpsc::Sender<FromDropbox>,
        shown: Arc<Mutex<Vec<Waiting>>>,
    ) -> Self {
        Self {
            top,
            config,
            hooks,
            out,
            shown,
            shown_at: None,
            seen: HashMap::new(),
            unseen: HashMap::new(),
            again: HashMap::new(),
            next_full_look: Instant::now(),
            count: 0,
        }
    }

    /// Goes round until told to stop, or until nobody listens any more.
    pub(super) fn run(&mut self, inbox: &Inbox) {
        loop {
            let notes = inbox.wait(self.patience());
            if notes.orders == Orders::Stop || self.out.is_closed() {
                return;
            }
            let now = Instant::now();
            if notes.orders == Orders::LookAtAll || now >= self.next_full_look {
                self.look_at_all(now);
            }
            for path in notes.touched {
                self.look_at(&path, now);
            }
            self.look_again(now);
            for hint in notes.finished {
                self.hurry(hint, Source::Ftp, Judgement::Usual, now);
            }
            for hint in notes.wanted {
                self.hurry(hint, Source::Folder, Judgement::TakeAnyway, now);
            }
            self.hand_out(now);
            self.tell_of_held(now);
            self.show(now);
            std::thread::sleep(BREATH);
        }
    }

    fn patience(&self) -> Duration {
        let due = self
            .seen
            .values()
            .filter(|seen| seen.state != State::Done)
            .map(|seen| seen.due);
        let next = due
            .chain(self.again.values().copied())
            .chain(std::iter::once(self.next_full_look))
            .min()
            .unwrap_or(self.next_full_look);
        next.saturating_duration_since(Instant::now())
            .min(Duration::from_secs(1))
    }

    fn rescan(&self) -> Duration {
        match self.config.events {
            Events::Kernel => self.config.rescan,
            Events::Poll(every) => every.min(self.config.rescan),
        }
    }

    fn look_at_all(&mut self, now: Instant) {
        self.next_full_look = now + self.rescan();
        let entries = match self.top.entries(MAX_DROPBOXES) {
            Ok((entries, _)) => entries,
            Err(error) => {
                tracing::error!(error = %error, "the dropboxes could not be read");
                return;
            }
        };
        let mut there = HashSet::new();
        for entry in entries {
            // A login is plain text; anything else here is not a dropbox.
            let Some(dropbox) = entry.name.to_str().map(str::to_owned) else {
                continue;
            };
            if entry.facts.kind == Kind::Folder && !dropbox.starts_with('.') {
                self.look_at_dropbox(&dropbox, now);
                there.insert(dropbox);
            }
        }
        self.seen.retain(|place, _| there.contains(&place.dropbox));
        self.unseen
            .retain(|(place, _), _| there.contains(&place.dropbox));
    }

    fn look_at_dropbox(&mut self, dropbox: &str, now: Instant) {
        let found = match self.top.walk(Path::new(dropbox)) {
            Ok(folder) => look_at_tree(folder, PathBuf::new()),
            Err(error) => {
                tracing::warn!(dropbox, error = %error, "a dropbox could not be read");
                Found {
                    unseen: vec![(PathBuf::new(), Why::NotReadable)],
                    ..Found::default()
                }
            }
        };
        if found.unseen.is_empty() {
            let files: HashSet<&Path> =
                found.files.iter().map(|(path, _)| path.as_path()).collect();
            self.seen.retain(|place, _| {
                place.dropbox != dropbox || files.contains(place.path.as_path())
            });
        }
        let unseen: HashSet<(&Path, Why)> = found
            .unseen
            .iter()
            .map(|(path, why)| (path.as_path(), *why))
            .collect();
        self.unseen.retain(|(place, why), _| {
            place.dropbox != dropbox || unseen.contains(&(place.path.as_path(), *why))
        });
        self.note_found(dropbox, found, now);
    }

    fn note_found(&mut self, dropbox: &str, found: Found, now: Instant) {
        for (path, why) in found.unseen {
            let place = Place {
                dropbox: dropbox.to_owned(),
                path,
            };
            self.unseen.entry((place, why)).or_insert_with(|| Unseen {
                since_ms: unix_ms(),
                since: now,
                told: Told::No,
            });
        }
        for (path, facts) in found.files {
            self.sighted(
                Place {
                    dropbox: dropbox.to_owned(),
                    path,
                },
                facts,
                now,
            );
        }
    }

    /// Looks where something happened; `path` begins with the dropbox.
    fn look_at(&mut self, path: &Path, now: Instant) {
        let Some(dropbox) = path.iter().next() else {
            self.next_full_look = now;
            return;
        };
        let inside = path
            .strip_prefix(dropbox)
            .unwrap_or(Path::new(""))
            .to_owned();
        let Some(dropbox) = dropbox
            .to_str()
            .filter(|name| !name.starts_with('.'))
            .map(str::to_owned)
        else {
            return;
        };
        if is_litter(&inside) || inside.components().count() > MAX_DEPTH + 1 {
            return;
        }
        let place = Place {
            dropbox,
            path: inside,
        };
        match self.look_up(&place) {
            Ok(Some((_, facts))) if facts.kind == Kind::File => self.sighted(place, facts, now),
            Ok(Some((folder, facts))) if facts.kind == Kind::Folder => {
                let found = look_at_tree(folder, place.path);
                self.note_found(&place.dropbox, found, now);
                if self.again.len() < MAX_DROPBOXES {
                    self.again
                        .entry(path.to_owned())
                        .or_insert(now + SECOND_LOOK);
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => self.forget(&place),
            Err(error) => {
                tracing::debug!(dropbox = place.dropbox, path = %place.path.display(), error = %error,
                    "could not look; the next full look will");
            }
        }
    }

    fn look_again(&mut self, now: Instant) {
        let due: Vec<PathBuf> = self
            .again
            .iter()
            .filter(|(_, at)| now >= **at)
            .map(|(path, _)| path.clone())
            .collect();
        for path in due {
            // Noted as done only afterwards, so that this look does not ask for another.
            self.look_at(&path, now);
            self.again.remove(&path);
        }
    }

    /// The folder that holds a file, or a folder itself, with its facts; `None` where nothing is.
    fn look_up(&self, place: &Place) -> io::Result<Option<(Folder, Facts)>> {
        let look = || -> io::Result<Option<(Folder, Facts)>> {
            let dropbox = self.top.walk(Path::new(&place.dropbox))?;
            if place.path.as_os_str().is_empty() {
                let facts = Facts::of_open(&dropbox)?;
                return Ok(Some((dropbox, facts)));
            }
            let (holder, name) = dropbox.holder_of(&place.path)?;
            match holder.look(&name)? {
                Some(facts) if facts.kind == Kind::Folder => {
                    Ok(Some((holder.walk(Path::new(&name))?, facts)))
                }
                other => Ok(other.map(|facts| (holder, facts))),
            }
        };
        match look() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => found,
        }
    }

    fn forget(&mut self, gone: &Place) {
        // Most often one file; a folder takes all below it along.
        if self.seen.remove(gone).is_none() {
            self.seen.retain(|place, _| {
                place.dropbox != gone.dropbox || !place.path.starts_with(&gone.path)
            });
        }
    }

    fn is_known(&self, place: &Place, facts: &Facts) -> bool {
        let sighting = Sighting {
            dropbox: place.dropbox.clone(),
            path: place.path.clone(),
            fingerprint: facts.fingerprint(),
        };
        (self.hooks.is_known)(&sighting) == Known::Taken
    }

    fn sighted(&mut self, place: Place, facts: Facts, now: Instant) {
        let quiet = self.config.quiet;
        if let Some(seen) = self.seen.get_mut(&place) {
            if seen.facts == facts {
                // An event without a change is most often a writer letting go: no need to wait
                // for the next turn to ask.
                if matches!(seen.state, State::Waits(Why::BeingWritten, _)) {
                    seen.due = seen.due.min((seen.changed + quiet).max(now));
                }
            } else if seen.state == State::Done && seen.facts.fingerprint() == facts.fingerprint() {
                // Blocks are counted differently once they are on the disk.
                seen.facts = facts;
            } else {
                seen.changed_to(facts, now, quiet);
            }
            return;
        }
        let state = if self.is_known(&place, &facts) {
            State::Done
        } else {
            State::Waits(Why::NotQuiet, Told::No)
        };
        self.count += 1;
        let seen = Seen {
            facts,
            order: self.count,
            since_ms: unix_ms(),
            changed: now,
            due: now + quiet,
            source: Source::Folder,
            judgement: Judgement::Usual,
            state,
        };
        self.seen.insert(place, seen);
    }

    /// Has a file looked at without its quiet time.
    fn hurry(&mut self, hint: Hint, source: Source, judgement: Judgement, now: Instant) {
        let place = Place {
            dropbox: hint.dropbox,
            path: hint.path,
        };
        if place.path.as_os_str().is_empty() || is_litter(&place.path) {
            return;
        }
        self.look_at(&Path::new(&place.dropbox).join(&place.path), now);
        if let Some(seen) = self.seen.get_mut(&place)
            && seen.state != State::Done
        {
            seen.due = now;
            seen.judgement = judgement;
            if source == Source::Ftp {
                seen.source = source;
            }
        }
    }

    fn hand_out(&mut self, now: Instant) {
        let mut due: Vec<(u64, Place)> = self
            .seen
            .iter()
            .filter(|(_, seen)| seen.state != State::Done && seen.due <= now)
            .map(|(place, seen)| (seen.order, place.clone()))
            .collect();
        due.sort_unstable_by_key(|(order, _)| *order);
        let mut room = Room::There;
        for (_, place) in due {
            if room == Room::Full {
                self.wait_for(&place, Why::Queue, now + QUEUE_PAUSE);
                continue;
            }
            room = match self.settle(&place, now) {
                Ok(room) => room,
                Err(error) => {
                    tracing::warn!(dropbox = place.dropbox, path = %place.path.display(), error = %error,
                        "a file in a dropbox could not be read");
                    self.wait_for(&place, Why::NotReadable, now + self.config.quiet);
                    Room::There
                }
            };
        }
    }

    fn wait_for(&mut self, place: &Place, why: Why, due: Instant) {
        if let Some(seen) = self.seen.get_mut(place) {
            seen.due = due;
            seen.state = match seen.state {
                State::Waits(before, told) if before == why => State::Waits(why, told),
                State::Waits(..) | State::Done => State::Waits(why, Told::No),
            };
        }
    }

    fn settle(&mut self, place: &Place, now: Instant) -> io::Result<Room> {
        let Some((holder, facts)) = self.look_up(place)? else {
            self.seen.remove(place);
            return Ok(Room::There);
        };
        let (quiet, known) = (self.config.quiet, self.is_known(place, &facts));
        let out = self.out.clone();
        let Some(seen) = self.seen.get_mut(place) else {
            return Ok(Room::There);
        };
        if facts != seen.facts {
            seen.changed_to(facts, now, quiet);
            return Ok(Room::There);
        }
        if known {
            seen.state = State::Done;
            return Ok(Room::There);
        }
        let permit = match out.try_reserve() {
            Ok(permit) => permit,
            Err(TrySendError::Full(()) | TrySendError::Closed(())) => {
                self.wait_for(place, Why::Queue, now + QUEUE_PAUSE);
                return Ok(Room::Full);
            }
        };
        let name = place.path.file_name().unwrap_or_default();
        let stays_empty =
            facts.bytes == 0 && now.duration_since(seen.changed) >= self.config.empty_after;
        let judgement = if stays_empty {
            Judgement::TakeAnyway
        } else {
            seen.judgement
        };
        match look_closely(&holder, name, &seen.facts, judgement)? {
            Verdict::Settled(file, facts) => {
                seen.state = State::Done;
                tracing::info!(dropbox = place.dropbox, path = %place.path.display(), bytes = facts.bytes,
                    source = ?seen.source, "a file came to rest");
                permit.send(FromDropbox::Arrived(Arrival {
                    dropbox: place.dropbox.clone(),
                    path: place.path.clone(),
                    file,
                    bytes: facts.bytes,
                    modified_ms: facts.modified_ms(),
                    fingerprint: facts.fingerprint(),
                    source: seen.source,
                }));
            }
            Verdict::Changed => seen.changed_to(seen.facts, now, quiet),
            Verdict::Waits(why) => self.wait_for(place, why, now + quiet),
        }
        Ok(Room::There)
    }

    /// Says once of everything that has been unchanged for long and still waits.
    fn tell_of_held(&mut self, now: Instant) {
        let long = self.config.held_after;
        for (place, seen) in &mut self.seen {
            let State::Waits(why, Told::No) = seen.state else {
                continue;
            };
            if why == Why::Queue || now.duration_since(seen.changed) < long {
                continue;
            }
            if held(&self.out, waiting(place, why, seen.since_ms)) == Told::No {
                return;
            }
            seen.state = State::Waits(why, Told::Yes);
        }
        for ((place, why), unseen) in &mut self.unseen {
            if unseen.told == Told::Yes || now.duration_since(unseen.since) < long {
                continue;
            }
            unseen.told = held(&self.out, waiting(place, *why, unseen.since_ms));
        }
    }

    fn show(&mut self, now: Instant) {
        if self
            .shown_at
            .is_some_and(|at| now.duration_since(at) < SHOW_EVERY)
        {
            return;
        }
        self.shown_at = Some(now);
        let files = self
            .seen
            .iter()
            .filter_map(|(place, seen)| match seen.state {
                State::Waits(why, _) => Some(waiting(place, why, seen.since_ms)),
                State::Done => None,
            });
        let places = self
            .unseen
            .iter()
            .map(|((place, why), unseen)| waiting(place, *why, unseen.since_ms));
        let mut list: Vec<Waiting> = files.chain(places).collect();
        list.sort_by(|a, b| {
            (a.since_ms, &a.dropbox, &a.path).cmp(&(b.since_ms, &b.dropbox, &b.path))
        });
        list.truncate(MAX_SHOWN);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = list;
    }
}

impl Seen {
    fn changed_to(&mut self, facts: Facts, now: Instant, quiet: Duration) {
        self.facts = facts;
        self.changed = now;
        self.due = now + quiet;
        self.source = Source::Folder;
        self.judgement = Judgement::Usual;
        self.state = State::Waits(Why::NotQuiet, Told::No);
    }
}

fn waiting(place: &Place, why: Why, since_ms: i64) -> Waiting {
    Waiting {
        dropbox: place.dropbox.clone(),
        path: place.path.clone(),
        why,
        since_ms,
    }
}

fn held(out: &mpsc::Sender<FromDropbox>, waiting: Waiting) -> Told {
    tracing::warn!(dropbox = waiting.dropbox, path = %waiting.path.display(), why = ?waiting.why,
        "something in a dropbox waits for long");
    match out.try_send(FromDropbox::Held(waiting)) {
        Ok(()) => Told::Yes,
        Err(_) => Told::No,
    }
}

fn unix_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
