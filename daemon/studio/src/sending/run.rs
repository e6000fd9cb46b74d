//! The job that brings a package over: again and again until it is there, or somebody has to do something.

use std::collections::BTreeSet;
use std::sync::Arc;

use courier::{Before, Courier, CourierError, Parcel};
use mastering::{
    Command, Package, PackageCommand, PackageMade, Project, Refusal, Sending, SendingCommand, Sent,
};
use serde::{Deserialize, Serialize};

use super::parcel::{Item, items};
use super::{SendingId, SendingProgress, once, server, upload_of};
use crate::clock::now_ms;
use crate::denied::chain;
use crate::jobs::{Done, Shop, Trouble, json_document};

/// How long a server may be away before a sending is given up: a weekend.
const GIVEN_UP_AFTER_MS: i64 = 3 * 24 * 60 * 60_000;
/// Bytes after which it is kept what lies over there; what was not kept is read back, and not sent again either.
const KEPT_EVERY_BYTES: u64 = 64 << 20;
/// Bytes between two notes of how far it is.
const NOTED_EVERY_BYTES: u64 = 4 << 20;

/// What of a sending is known to lie over there, by path: kept so that a restart of the daemon sends none of it again.
#[derive(Debug, Default, Serialize, Deserialize)]
struct There {
    paths: BTreeSet<String>,
}

fn document_name(id: SendingId) -> String {
    format!("sending:{}:{}", id.package, id.sending)
}

/// Brings a package over, unless that was done or called off.
pub(crate) async fn send(
    shop: &Shop,
    project: Arc<Project>,
    (package, sending): (u32, u32),
) -> Result<Done, Trouble> {
    let id = SendingId { package, sending };
    let (shop, runtime) = (shop.clone(), tokio::runtime::Handle::current());
    // The vault is read where the network is waited for, so all of it has a thread of its own.
    let work = tokio::task::spawn_blocking(move || runtime.block_on(run(&shop, &project, id)));
    work.await
        .unwrap_or_else(|panic| Err(Trouble::Again(format!("the sending broke off: {panic}"))))
}

async fn run(shop: &Shop, project: &Project, id: SendingId) -> Result<Done, Trouble> {
    let Some((package, sending, made)) = open_sending(project, id) else {
        shop.underway.forget(&project.id, id);
        return Ok(Done::default());
    };
    let outcome = match prepared(shop, project, (package, sending, made)) {
        // Wherever it is left, nothing half has its name over there.
        Ok(prepared) => tokio::select! {
            biased;
            outcome = bring(shop, project, (id, made), prepared) => outcome,
            () = shop.underway.halted(&project.id, id) => Err(halted(shop)),
        },
        Err(why) => Err(Unsent::Why(why)),
    };
    let command = match outcome {
        Ok(sent) => SendingCommand::Record {
            sending: id.sending,
            sent: Box::new(sent),
        },
        Err(Unsent::Trouble(trouble)) => return Err(trouble),
        Err(Unsent::CalledOff) => {
            shop.underway.forget(&project.id, id);
            return Ok(Done::default());
        }
        Err(Unsent::Later(why)) if now_ms() - sending.at < GIVEN_UP_AFTER_MS => {
            let mut progress = shop.underway.progress(&project.id, id).unwrap_or_default();
            progress.waits_for = Some(why.clone());
            progress.file.clear();
            shop.underway.note(&project.id, id, progress);
            return Err(Trouble::Again(why));
        }
        Err(Unsent::Later(why)) => SendingCommand::Fail {
            sending: id.sending,
            why: format!(
                "it was tried for three days, and the last time {why}; ask the recipient's people, and send it again"
            ),
        },
        Err(Unsent::Why(why)) => SendingCommand::Fail {
            sending: id.sending,
            why,
        },
    };
    shop.underway.forget(&project.id, id);
    let no = id.package;
    Ok(Done {
        commands: vec![Command::Package(PackageCommand::Sending { no, command })],
        also: Vec::new(),
    })
}

fn open_sending(project: &Project, id: SendingId) -> Option<(&Package, &Sending, &PackageMade)> {
    let package = project.package(id.package)?;
    let sending = package.sending(id.sending).filter(|s| s.is_open())?;
    Some((package, sending, package.made.as_ref()?))
}

/// Why a package did not arrive.
enum Unsent {
    /// Somebody has to do something.
    Why(String),
    /// It may the next time.
    Later(String),
    /// Nobody wants it any more.
    CalledOff,
    Trouble(Trouble),
}

impl From<CourierError> for Unsent {
    fn from(error: CourierError) -> Self {
        match error {
            CourierError::CalledOff => Self::CalledOff,
            error if error.is_passing() => Self::Later(chain(&error)),
            error => Self::Why(chain(&error)),
        }
    }
}

impl From<Trouble> for Unsent {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Refusal> for Unsent {
    fn from(refusal: Refusal) -> Self {
        Self::Why(refusal.to_string())
    }
}

/// What is known before anybody is called.
struct Prepared {
    server: courier::Server,
    once: mastering::SentOnce,
    items: Vec<Item>,
}

fn prepared(
    shop: &Shop,
    project: &Project,
    (package, sending, made): (&Package, &Sending, &PackageMade),
) -> Result<Prepared, String> {
    let upload = upload_of(shop.config.profiles.as_deref(), &package.profile)?;
    if upload.to.to_string() != sending.to {
        return Err(format!(
            "the profile names {} now, and it was to be sent to {}; send it again",
            upload.to, sending.to
        ));
    }
    project
        .may_send(package, once(&upload))
        .map_err(|refusal| refusal.to_string())?;
    Ok(Prepared {
        server: server(&shop.config, &upload)?,
        once: once(&upload),
        items: items(project, (package, made), &upload).map_err(|why| chain(&why))?,
    })
}

async fn bring(
    shop: &Shop,
    project: &Project,
    (id, made): (SendingId, &PackageMade),
    prepared: Prepared,
) -> Result<Sent, Unsent> {
    let items = prepared.items;
    let bytes = items.iter().map(|item| item.bytes).sum();
    let mut progress = SendingProgress {
        bytes,
        ..SendingProgress::default()
    };
    shop.underway.note(&project.id, id, progress.clone());
    let mut there = known(shop, project, id).await?;
    let mut unkept = 0;
    let mut courier = Courier::open(prepared.server).await?;
    for (item, left) in items.iter().zip((0..items.len()).rev()) {
        if left == 0 {
            may_still(shop, project, (id, prepared.once)).await?;
        }
        progress.file = item.path.to_string();
        let outcome = put(
            shop,
            project,
            (id, made),
            (&mut courier, item),
            (&there, &progress),
        )
        .await;
        if outcome.is_ok() {
            progress.bytes_done += item.bytes;
            unkept += item.bytes;
            there.paths.insert(item.path.to_string());
        }
        if unkept >= KEPT_EVERY_BYTES || (outcome.is_err() && unkept > 0) {
            unkept = 0;
            let document = json_document(&project.id, &document_name(id), &there)?;
            shop.desk
                .keep(vec![document])
                .await
                .map_err(Trouble::from)?;
        }
        outcome?;
    }
    let shown = courier.shown();
    let shown = match &shown.key {
        Some(key) => format!("{key} ({})", shown.kind),
        None => shown.kind.clone(),
    };
    courier.close().await;
    Ok(Sent {
        files: u32::try_from(items.len()).unwrap_or(u32::MAX),
        bytes,
        shown,
        at: now_ms(),
    })
}

async fn put(
    shop: &Shop,
    project: &Project,
    (id, made): (SendingId, &PackageMade),
    (courier, item): (&mut Courier, &Item),
    (there, before): (&There, &SendingProgress),
) -> Result<(), Unsent> {
    let open = || item.open(&shop.vault, (project, made));
    let parcel = Parcel {
        path: &item.path,
        bytes: item.bytes,
        sha256: &item.sha256,
        before: if there.paths.contains(item.path.as_str()) {
            Before::Put
        } else {
            Before::Unknown
        },
        open: &open,
    };
    let mut noted = None;
    let mut told = |bytes: u64| {
        if !shop.underway.goes_on(&project.id, id) {
            return Err(CourierError::CalledOff);
        }
        if noted.is_none_or(|noted| bytes >= noted + NOTED_EVERY_BYTES) {
            noted = Some(bytes);
            let progress = SendingProgress {
                bytes_done: before.bytes_done + bytes,
                ..before.clone()
            };
            shop.underway.note(&project.id, id, progress);
        }
        Ok(())
    };
    match courier.put(&parcel, &mut told).await {
        Ok(_) => Ok(()),
        Err(CourierError::CalledOff) => Err(halted(shop)),
        Err(error) => Err(error.into()),
    }
}

/// Why it does not go on.
fn halted(shop: &Shop) -> Unsent {
    if shop.underway.is_stopping() {
        return Unsent::Trouble(Trouble::Stopping("the daemon is stopping".to_owned()));
    }
    Unsent::CalledOff
}

/// What of this sending is known to lie over there.
async fn known(shop: &Shop, project: &Project, id: SendingId) -> Result<There, Trouble> {
    let (project, name) = (project.id.to_string(), document_name(id));
    let found = shop
        .access
        .read(move |vault| vault.document(&project, &name))
        .await?;
    Ok(found
        .and_then(|row| serde_json::from_str(&row.body).ok())
        .unwrap_or_default())
}

/// Asks once more before the file that says that all of it is there: much may have become of the order in these hours.
async fn may_still(
    shop: &Shop,
    project: &Project,
    (id, once): (SendingId, mastering::SentOnce),
) -> Result<(), Unsent> {
    let live = shop.desk.look(project.id.clone()).await;
    let live = live.map_err(Trouble::from)?;
    let now = live.map(|live| live.project);
    let Some((now, package)) = now.as_ref().and_then(|now| {
        let (package, ..) = open_sending(now, id)?;
        Some((now, package))
    }) else {
        return Err(Unsent::CalledOff);
    };
    Ok(now.may_send(package, once)?)
}
