//! The report beside the mix in the client's dropbox, as text and as a page.

use std::collections::BTreeSet;
use std::path::Path;

use mastering::{MixId, Project};
use vault::DropState;

use super::place::Place;
use super::report::{self, Reader};
use super::{Done, Shop, Trouble};

/// Writes the report of a document beside the dropped file, in place of an older report.
pub(super) fn write(
    shop: &Shop,
    project: &Project,
    dropbox: &str,
    path: &str,
    document: &str,
) -> Result<Done, Trouble> {
    let found = report::read(&shop.vault, project, document)?;
    let (stored, of_set) =
        found.ok_or_else(|| Trouble::Never("the report cannot be read".to_owned()))?;
    let reader = Reader::Client(report::language_of(&shop.vault, project)?);
    let written = report::write(&shop.config, project, &stored, of_set, reader);
    let folder = shop.config.data.join("dropboxes").join(dropbox);
    let beside = Path::new(path);
    let name = beside.file_name().unwrap_or_default().to_string_lossy();
    let put = |name: String, bytes: &[u8]| {
        match intake::put_note(&folder, &beside.with_file_name(name), bytes) {
            Ok(()) => Ok(()),
            // The client removed the folder: the report stands in the portal and in the mail.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Trouble::from(error)),
        }
    };
    // The page first: whoever sees the text finds the page as well.
    if let Some(html) = &written.html {
        put(delivery::names::note_page_name(&name), html)?;
    }
    put(delivery::names::note_name(&name), &written.text)?;
    Ok(Done::default())
}

/// Writes the notes of these mixes again, wherever their files lie.
pub(super) fn write_again(
    shop: &Shop,
    project: &Project,
    mixes: &BTreeSet<MixId>,
) -> Result<Done, Trouble> {
    for row in shop.vault.drops(project.id.as_str())? {
        let is_one = mixes
            .iter()
            .any(|id| row.mix.as_deref() == Some(id.as_str()));
        if row.state == DropState::Taken && is_one {
            let place = Place {
                dropbox: row.dropbox,
                path: row.path,
                fingerprint: row.fingerprint,
                inner: row.inner,
            };
            write(
                shop,
                project,
                &place.dropbox,
                &place.note_path(),
                &place.document(),
            )?;
        }
    }
    Ok(Done::default())
}
