//! What may go along with a release, out of a dropbox or a zip: kept as it came, and proposed to whoever decides. Nothing
//! opens it before somebody takes it; then it is read as any booklet or video is.

use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::Path;

use mastering::{Attachment, AttachmentCommand, AttachmentKind, Command, Project};
use measure::{Finding, file_findings};
use vault::{DropState, Write};

use super::place::{Place, copy_of_drop};
use super::take::{id, notice, notice_to};
use super::{Done, Shop, Trouble, room_for};

/// Largest video that is taken in, in bytes: what shops take.
const MOST_VIDEO_BYTES: u64 = 6_000_000_000;

/// Largest file of a kind that is taken in, in bytes; what shops take of a booklet is less, and said of the file.
pub(crate) fn most_bytes(kind: AttachmentKind) -> u64 {
    match kind {
        AttachmentKind::Booklet => attachments::MOST_BOOKLET_BYTES,
        AttachmentKind::Video => MOST_VIDEO_BYTES,
    }
}

/// What a file may be by its name.
pub(super) fn kind_of(path: &Path) -> Option<AttachmentKind> {
    if intake::is_litter(path) {
        return None;
    }
    let kinds = [
        (intake::may_be_booklet(path), AttachmentKind::Booklet),
        (intake::may_be_video(path), AttachmentKind::Video),
    ];
    let found = kinds.into_iter().find(|(may_be, _)| *may_be);
    found.map(|(_, kind)| kind)
}

/// Keeps a dropped file and proposes it.
pub(super) fn take(shop: &Shop, project: &Project, place: &Place) -> Result<Done, Trouble> {
    let Some(kind) = kind_of(Path::new(&place.path)) else {
        return Ok(Done::default());
    };
    let Some(mut file) = copy_of_drop(shop, place)? else {
        // The client changed or removed it meanwhile; the newer version arrives by itself.
        return Ok(Done::default());
    };
    let bytes = file.metadata()?.len();
    if bytes > most_bytes(kind) {
        return Ok(left(project, place, (kind, bytes)));
    }
    let command = kept(shop, project, (kind, place), &mut file)?;
    Ok(Done {
        commands: vec![command],
        also: vec![Write::Drop(place.row(DropState::Taken, project, bytes))],
    })
}

/// Leaves a file where it lies, and tells the studio and the client.
fn left(project: &Project, place: &Place, (kind, bytes): (AttachmentKind, u64)) -> Done {
    let reason = format!("{}; it stays in the dropbox", too_large(kind));
    let text = format!("\u{201c}{}\u{201d} was not taken: {reason}.", place.shown());
    let mut row = place.row(DropState::Held, project, bytes);
    row.reason = Some(reason);
    Done {
        commands: Vec::new(),
        also: vec![
            Write::Drop(row),
            notice(project, "held", &text),
            notice_to(project.client.as_str(), project, "held", &text),
        ],
    }
}

fn too_large(kind: AttachmentKind) -> String {
    let most = most_bytes(kind) / 1_000_000;
    format!("a {} of more than {most} MB is taken nowhere", kind.words())
}

fn kept(
    shop: &Shop,
    project: &Project,
    (kind, place): (AttachmentKind, &Place),
    file: &mut File,
) -> Result<Command, Trouble> {
    room_for(&shop.vault, file.metadata()?.len())?;
    file.rewind()?;
    let stored = shop.vault.store(project.id.as_str(), "attachment", file)?;
    let owner = shop.vault.person_by_login(&place.dropbox)?;
    let proposed = Attachment {
        no: 0,
        kind,
        song: None,
        object: id(&stored.sha256)?,
        file_name: place.file_name(),
        bytes: stored.bytes,
        by: owner.map_or_else(|| place.dropbox.clone(), |owner| owner.name),
        at: 0,
        read: None,
        gone_at: None,
        is_waiting: true,
        isrc: String::new(),
    };
    let propose = AttachmentCommand::Propose(Box::new(proposed));
    Ok(Command::Attachment(propose))
}

/// What of a zip may go along.
#[derive(Debug, Default)]
pub(super) struct FromZip {
    /// The proposals.
    pub(super) commands: Vec<Command>,
    /// What was too large.
    pub(super) left: Vec<Finding>,
}

impl FromZip {
    /// Keeps one file of a zip as it streams by.
    pub(super) fn take(
        &mut self,
        (shop, project): (&Shop, &Project),
        (kind, place): (AttachmentKind, &Place),
        content: &mut dyn Read,
    ) -> Result<(), Trouble> {
        let most = most_bytes(kind);
        let mut file = shop.vault.scratch()?;
        if io::copy(&mut content.take(most + 1), &mut file)? > most {
            io::copy(content, &mut io::sink())?;
            let left = file_findings::zip_entry_left(&place.inner, &too_large(kind));
            self.left.push(left);
            return Ok(());
        }
        self.commands
            .push(kept(shop, project, (kind, place), &mut file)?);
        Ok(())
    }
}
