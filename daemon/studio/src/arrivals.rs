//! What to do with a file that lies settled in a dropbox: which order it belongs to, or who decides.

mod along;
mod disc;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use intake::{DropKind, FromDropbox};
use mastering::{OrderNumber, PersonId, Project, Stage};
use tokio::sync::mpsc;
use tokio::time::Instant;
use vault::{DropRow, DropState, NoticeRow, NoticeState, Write};

use crate::access::Access;
use crate::clock::{now_ms, random_id};
use crate::denied::Denied;
use crate::desk::Desk;
use crate::follow::STAFF;
use crate::jobs::role_of;
use crate::live::LiveProject;
use crate::views::Role;
use crate::work::Work;

/// How long an arrival that could not be sorted waits at first.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How long it waits at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many may wait before the watcher keeps the rest.
const MOST_POSTPONED: usize = 1000;

/// A settled file as the studio looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) dropbox: String,
    pub(crate) path: String,
    pub(crate) fingerprint: String,
    pub(crate) bytes: u64,
}

impl Seen {
    fn row(&self, state: DropState, reason: &str) -> DropRow {
        let now = now_ms();
        DropRow {
            dropbox: self.dropbox.clone(),
            path: self.path.clone(),
            inner: String::new(),
            fingerprint: self.fingerprint.clone(),
            state,
            project: None,
            mix: None,
            reason: Some(reason.to_owned()),
            bytes: self.bytes,
            first_seen_ms: now,
            updated_ms: now,
        }
    }
}

/// What could not be sorted at first.
struct Postponed {
    arrival: FromDropbox,
    due: Instant,
    pause: Duration,
}

impl Postponed {
    fn again(self) -> Self {
        Self {
            due: Instant::now() + self.pause,
            pause: (self.pause * 2).min(LONGEST_PAUSE),
            ..self
        }
    }
}

/// Sorts arrivals to orders.
#[derive(Clone)]
pub(crate) struct Sorter {
    pub(crate) desk: Desk,
    pub(crate) access: Access,
    /// The folder of all dropboxes.
    pub(crate) dropboxes: PathBuf,
}

impl Sorter {
    /// Sorts until the watcher ends. What cannot be sorted now, as on a full disk, is tried again:
    /// the watcher hands a file out once as long as it does not change.
    pub(crate) async fn run(self, mut arrivals: mpsc::Receiver<FromDropbox>) {
        let mut later: VecDeque<Postponed> = VecDeque::new();
        loop {
            let due = later.front().map(|first| first.due);
            let next = tokio::select! {
                // With a long list the watcher keeps its files until there is room.
                next = arrivals.recv(), if later.len() < MOST_POSTPONED => match next {
                    Some(arrival) => Postponed { arrival, due: Instant::now(), pause: FIRST_PAUSE },
                    None => return,
                },
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    later.pop_front().expect("it was due")
                }
            };
            let sorted = match &next.arrival {
                FromDropbox::Arrived(arrival) => self.arrived(arrival).await,
                FromDropbox::Held(waiting) => self.held(waiting).await,
            };
            if let Err(denied) = sorted {
                tracing::warn!(%denied, again_in = ?next.pause, "an arrival could not be sorted yet");
                let again = next.again();
                let place = later.partition_point(|waits| waits.due <= again.due);
                later.insert(place, again);
            }
        }
    }

    async fn arrived(&self, arrival: &intake::Arrival) -> Result<(), Denied> {
        let Some(path) = arrival.path.to_str() else {
            return self.unreadable_name(arrival).await;
        };
        let seen = Seen {
            dropbox: arrival.dropbox.clone(),
            path: path.to_owned(),
            fingerprint: arrival.fingerprint.clone(),
            bytes: arrival.bytes,
        };
        self.sort(seen).await
    }

    /// Tells the studio and the client of a name that is no text; the file stays where it lies.
    async fn unreadable_name(&self, arrival: &intake::Arrival) -> Result<(), Denied> {
        let seen = Seen {
            dropbox: arrival.dropbox.clone(),
            path: arrival.path.to_string_lossy().into_owned(),
            fingerprint: arrival.fingerprint.clone(),
            bytes: arrival.bytes,
        };
        let reason = "its name holds characters that no computer can agree on; please send it under another name";
        let owner = self.access.person_by_login(&seen.dropbox).await?;
        let audiences = std::iter::once(STAFF.to_owned()).chain(owner.map(|person| person.id));
        let mut rows: Vec<Write> = audiences
            .map(|audience| {
                Write::Notice(NoticeRow {
                    id: random_id(),
                    at_ms: now_ms(),
                    audience,
                    project: None,
                    kind: "name_unreadable".to_owned(),
                    text: format!("\u{201c}{}\u{201d} was not taken: {reason}.", seen.path),
                    facts: None,
                    state: NoticeState::New,
                })
            })
            .collect();
        rows.push(Write::Drop(seen.row(DropState::Ignored, reason)));
        self.desk.keep(rows).await
    }

    /// Tells the studio about a file that has waited for long.
    async fn held(&self, waiting: &intake::Waiting) -> Result<(), Denied> {
        let path = waiting.path.display();
        let notice = NoticeRow {
            id: random_id(),
            at_ms: now_ms(),
            audience: STAFF.to_owned(),
            project: None,
            kind: "waiting".to_owned(),
            text: format!(
                "\u{201c}{path}\u{201d} in the dropbox of {} waits: {}.",
                waiting.dropbox,
                why_words(waiting.why)
            ),
            facts: None,
            state: NoticeState::New,
        };
        self.desk.keep(vec![Write::Notice(notice)]).await
    }

    async fn sort(&self, seen: Seen) -> Result<(), Denied> {
        let path = Path::new(&seen.path);
        let owner = self.access.person_by_login(&seen.dropbox).await?;
        let Some(owner) = owner else {
            return self.unsorted(&seen, "nobody here has this login").await;
        };
        if Role::of_code(&owner.role).is_some_and(Role::is_house) {
            return self.sort_studio_drop(&seen).await;
        }
        if along::may_go_along(path) {
            let client = crate::access::parse_id(&owner.id)?;
            return self.sort_along(&seen, client).await;
        }
        let is_music = intake::may_be_audio(path) || intake::is_archive(path);
        let may_be_copy = intake::may_be_label_copy(path);
        let is_disc = self.is_of_disc(&seen).await;
        let order = if is_music || may_be_copy || is_disc {
            let client = crate::access::parse_id(&owner.id)?;
            order_for(&self.orders_of(client, path).await?, path)
        } else {
            Err("not audio; it stays in the dropbox")
        };
        match order {
            Ok(project) if is_disc => self.take_disc(&project, &seen).await,
            Ok(project) if is_music => self.take(&project, &seen).await,
            Ok(project) => self.take_label_copy(&project, &seen).await,
            Err(reason) if is_disc && !disc::leads(path) => self.ignored(&seen, reason).await,
            Err(reason) if is_music || is_disc => self.unsorted(&seen, reason).await,
            // Nobody is asked about a text that may be anything.
            Err(reason) => self.ignored(&seen, reason).await,
        }
    }

    async fn ignored(&self, seen: &Seen, reason: &str) -> Result<(), Denied> {
        let row = seen.row(DropState::Ignored, reason);
        self.desk.keep(vec![Write::Drop(row)]).await
    }

    /// The client's orders that a file may be for: the one its name gives, else all that are at work.
    async fn orders_of(&self, client: PersonId, path: &Path) -> Result<Vec<Arc<Project>>, Denied> {
        let named = intake::order_number_in(path).and_then(|n| n.parse::<OrderNumber>().ok());
        let found: Vec<LiveProject> = match named {
            Some(number) => self.desk.find(number).await?.into_iter().collect(),
            None => self.desk.at_work().await?,
        };
        let theirs = found.into_iter().map(|live| live.project);
        Ok(theirs.filter(|project| project.client == client).collect())
    }

    /// A studio login's folder: masters made elsewhere, under their order's number.
    async fn sort_studio_drop(&self, seen: &Seen) -> Result<(), Denied> {
        let path = Path::new(&seen.path);
        if DropKind::of(path) != DropKind::Master || !intake::may_be_audio(path) {
            let row = seen.row(
                DropState::Ignored,
                "only the folder Masters of a studio login is looked at",
            );
            return self.desk.keep(vec![Write::Drop(row)]).await;
        }
        let number = intake::order_number_in(path).and_then(|n| n.parse::<OrderNumber>().ok());
        let Some(number) = number else {
            return self.unsorted(seen, "its name has no order number").await;
        };
        let Some(live) = self.desk.find(number).await? else {
            return self
                .unsorted(seen, "no order has the number in its name")
                .await;
        };
        let work = Work::TakeMaster {
            dropbox: seen.dropbox.clone(),
            path: seen.path.clone(),
            fingerprint: seen.fingerprint.clone(),
        };
        self.desk
            .keep(vec![work.queue(&live.project.id, &key(seen))])
            .await
    }

    async fn queue(&self, project: &Project, seen: &Seen, work: &Work) -> Result<(), Denied> {
        let row = work.queue(&project.id, &key(seen));
        self.desk.keep(vec![row]).await
    }

    /// Puts a drop on the list of work for a project.
    async fn take(&self, project: &Project, seen: &Seen) -> Result<(), Denied> {
        let work = Work::Take {
            dropbox: seen.dropbox.clone(),
            path: seen.path.clone(),
            fingerprint: seen.fingerprint.clone(),
            role: role_of(Path::new(&seen.path)),
        };
        self.queue(project, seen, &work).await
    }

    async fn take_label_copy(&self, project: &Project, seen: &Seen) -> Result<(), Denied> {
        let work = Work::TakeLabelCopy {
            dropbox: seen.dropbox.clone(),
            path: seen.path.clone(),
            fingerprint: seen.fingerprint.clone(),
        };
        self.queue(project, seen, &work).await
    }

    async fn unsorted(&self, seen: &Seen, reason: &str) -> Result<(), Denied> {
        let notice = NoticeRow {
            id: random_id(),
            at_ms: now_ms(),
            audience: STAFF.to_owned(),
            project: None,
            kind: "unsorted".to_owned(),
            text: format!(
                "\u{201c}{}\u{201d} in the dropbox of {} belongs to no order yet: {reason}.",
                seen.path, seen.dropbox
            ),
            facts: None,
            state: NoticeState::New,
        };
        let row = seen.row(DropState::Unsorted, reason);
        self.desk
            .keep(vec![Write::Drop(row), Write::Notice(notice)])
            .await
    }
}

fn key(seen: &Seen) -> String {
    format!("{}:{}:{}", seen.dropbox, seen.path, seen.fingerprint)
}

/// The order a path names, where it names one.
fn named<'o>(
    orders: &'o [Arc<Project>],
    path: &Path,
) -> Result<Option<&'o Arc<Project>>, &'static str> {
    let Some(number) = intake::order_number_in(path) else {
        return Ok(None);
    };
    let number = number
        .parse::<OrderNumber>()
        .map_err(|_| "its order number cannot be read")?;
    let named = orders.iter().find(|project| project.number == number);
    let named = named.ok_or("the order number in its name is not one of this client's")?;
    Ok(Some(named))
}

/// The order a path names, else the only one that takes mixes; otherwise a person decides.
fn order_for(orders: &[Arc<Project>], path: &Path) -> Result<Arc<Project>, &'static str> {
    if let Some(named) = named(orders, path)? {
        return match named.stage {
            Stage::Completed { .. } | Stage::Archived { .. } => {
                Err("the order that its name gives is complete already")
            }
            Stage::Intake
            | Stage::Mastering { .. }
            | Stage::InReview { .. }
            | Stage::Adjusting { .. }
            | Stage::Approved { .. }
            | Stage::Delivered { .. } => Ok(named.clone()),
        };
    }
    let is_open = |p: &&Arc<Project>| match p.stage {
        Stage::Intake => true,
        Stage::Mastering { .. }
        | Stage::InReview { .. }
        | Stage::Adjusting { .. }
        | Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => false,
    };
    let mut open = orders.iter().filter(is_open);
    match (open.next(), open.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => Err("no order of this client takes mixes now"),
        (Some(_), Some(_)) => {
            Err("several orders of this client take mixes, and its name has no order number")
        }
    }
}

/// What keeps a file waiting, in words.
pub(crate) fn why_words(why: intake::Why) -> &'static str {
    match why {
        intake::Why::NotQuiet => "it changed a moment ago",
        intake::Why::BeingWritten => "a program still writes to it",
        intake::Why::HasHole => "part of it was never written; the copy broke off",
        intake::Why::Empty => "it is empty",
        intake::Why::Queue => "the studio has as much in hand as it can take",
        intake::Why::NotReadable => "it may not be read",
        intake::Why::TooDeep => "it lies too many folders deep",
        intake::Why::TooMany => "the dropbox holds too many files",
    }
}
