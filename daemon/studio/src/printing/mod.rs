//! Prints through hardware as the daemon makes them: a queue, one song after the other, every unit certified before it.
//!
//! A song whose version names a chain of the rack is printed instead of rendered (`RecordMaster` comes from here then).
//! The queue's rows stand in the vault; [`room::PrintRoom`] runs what the rack is set for, and asks persons for the rest.
//! Several units of a chain are printed through one after the other: each has its own certificate, and whatever is
//! digital between them is rendered. Files lie in `printing/NUMBER` below the data folder until the print is done, so that
//! a kill leaves a take that can be looked at.

mod at_the_rack;
mod body;
mod early;
mod now;
mod power;
mod proof;
mod room;
mod run;
mod server;
mod song;
mod sounds;
mod standing;
mod takes;
mod wanted;
mod words;

use std::path::{Path, PathBuf};

use mastering::{Actor, Project, RevisionNo, TrackId};
use vault::{NewPrint, PrintWrite, Write};

pub(crate) use self::body::PrintBody;
pub use self::body::{KeptTake, PrintAnswer, PrintCertificate, PrintKind, Question, Said};
pub(crate) use self::now::Printing;
pub use self::proof::{RecallKept, ReferenceKept};
pub(crate) use self::room::{PrintRoom, change, read};
pub use self::song::PrintKept;
pub use self::standing::Held;
pub(crate) use self::standing::{QueueRules, Stands, Switched};
pub(crate) use self::wanted::wanted_by;
pub(crate) use self::words::{answers, question, step};
use crate::desk::actor_code;

/// Where a print's files lie until it is done.
pub(crate) fn folder(data: &Path, no: u64) -> PathBuf {
    data.join("printing").join(no.to_string())
}

/// Clears a print's folder away once everything of it is in the vault.
fn clear(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!(%error, folder = %folder.display(), "a finished print\u{2019}s folder could not be cleared away");
    }
}

/// The row that asks for a print; `asked` tells one asking from the next.
pub(crate) fn ask_for(
    project: &Project,
    (kind, revision, track): (PrintKind, RevisionNo, &TrackId),
    by: &Actor,
    asked: i64,
) -> Write {
    Write::Print(PrintWrite::Add(NewPrint {
        key: format!("{}:{}:{revision}:{track}:{asked}", kind.code(), project.id),
        project: project.id.to_string(),
        revision: revision.into(),
        track: track.to_string(),
        kind: kind.code().to_owned(),
        at_ms: asked,
        author: actor_code(by),
        body: "{}".to_owned(),
    }))
}
