//! The report beside the mix in the client's dropbox.

use std::path::Path;

use mastering::Project;

use super::report::StoredReport;
use super::{Done, Shop, Trouble};

/// Writes the report of a document beside the dropped file, in place of an older report.
pub(super) fn write(
    shop: &Shop,
    project: &Project,
    dropbox: &str,
    path: &str,
    document: &str,
) -> Result<Done, Trouble> {
    let row = shop.vault.document(project.id.as_str(), document)?;
    let row = row.ok_or_else(|| Trouble::Never("the report is not there".to_owned()))?;
    let report: StoredReport = serde_json::from_str(&row.body)
        .map_err(|e| Trouble::Never(format!("the report cannot be read: {e}")))?;
    let folder = shop.config.data.join("dropboxes").join(dropbox);
    let beside = Path::new(path);
    let name =
        delivery::names::note_name(&beside.file_name().unwrap_or_default().to_string_lossy());
    let note = beside.with_file_name(name);
    match intake::put_note(&folder, &note, report.text.as_bytes()) {
        Ok(()) => Ok(Done::default()),
        // The client removed the folder: the report stands in the portal and in the mail.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Done::default()),
        Err(error) => Err(error.into()),
    }
}
