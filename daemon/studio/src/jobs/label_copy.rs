//! Taking label copy: a list of titles, codes and credits that lay in a dropbox or in a zip.

use std::fs::File;
use std::io::Seek as _;

use labelcopy::LabelCopy;
use mastering::{Command, LabelCopyCommand, Project};
use vault::{DropState, Write};

use super::place::{Place, copy_of_drop};
use super::take::{id, json_document, worker_trouble};
use super::{Done, Shop, Trouble};
use crate::label_copy::document_name;

/// Why a file that looked like label copy stays where it is.
const NONE: &str = "neither audio nor a list of titles, codes or credits; it stays in the dropbox";

/// Takes a dropped file, where it is label copy.
pub(super) fn take(shop: &Shop, project: &Project, place: &Place) -> Result<Done, Trouble> {
    let Some(mut file) = copy_of_drop(shop, place)? else {
        return Ok(Done::default());
    };
    let bytes = file.metadata()?.len();
    let row = |state| place.row(state, project, bytes);
    let Some(mut done) = kept(shop, project, &place.file_name(), &mut file)? else {
        let mut row = row(DropState::Ignored);
        row.reason = Some(NONE.to_owned());
        return Ok(Done {
            commands: Vec::new(),
            also: vec![Write::Drop(row)],
        });
    };
    done.also.push(Write::Drop(row(DropState::Taken)));
    Ok(done)
}

/// Keeps a file that is label copy, and what it says; none where it is none.
pub(super) fn kept(
    shop: &Shop,
    project: &Project,
    file_name: &str,
    file: &mut File,
) -> Result<Option<Done>, Trouble> {
    let Some(copy) = read(shop, file)? else {
        return Ok(None);
    };
    keep(shop, project, file_name, file, &copy).map(Some)
}

/// Keeps a file with what it says; nothing where it was kept before.
pub(super) fn keep(
    shop: &Shop,
    project: &Project,
    file_name: &str,
    file: &mut File,
    copy: &LabelCopy,
) -> Result<Done, Trouble> {
    file.rewind()?;
    let stored = shop.vault.store(project.id.as_str(), "label_copy", file)?;
    let object = id(&stored.sha256)?;
    let same = |known: &mastering::LabelCopy| known.object == object;
    if project.label_copies.iter().any(same) {
        return Ok(Done::default());
    }
    let document = json_document(&project.id, &document_name(&object), copy)?;
    let command = LabelCopyCommand::Keep {
        file_name: file_name.to_owned(),
        object,
        by: String::new(),
    };
    Ok(Done {
        commands: vec![Command::LabelCopy(command)],
        also: vec![document],
    })
}

/// What a file says; nothing where the worker that opened it did not survive it.
fn read(shop: &Shop, file: &File) -> Result<Option<LabelCopy>, Trouble> {
    match shop.workers.read_label_copy(file) {
        Ok(copy) => Ok(copy),
        Err(error) if error.finding().is_some() => Ok(None),
        Err(error) => Err(worker_trouble(&error)),
    }
}
