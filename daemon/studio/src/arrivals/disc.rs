//! Files of discs in a dropbox: which they are.

use std::ffi::OsStr;
use std::path::Path;

use mastering::Project;
use vault::{DropRow, DropState, Write};

use super::{Seen, Sorter, key};
use crate::denied::Denied;
use crate::jobs::role_of;
use crate::work::{DiscFile, Work};

/// Most files beside one of which it is asked whether they are a disc.
const MOST_BESIDE: usize = 1000;

/// Whether a file stands for a whole disc, so that a person is asked once.
pub(super) fn leads(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    intake::is_ddp_id(name) || intake::is_cue_sheet(name)
}

impl Sorter {
    /// Whether a file describes a disc, or lies beside one and may be part of it.
    pub(super) async fn is_of_disc(&self, seen: &Seen) -> bool {
        let path = Path::new(&seen.path);
        if intake::describes_disc(path) {
            return true;
        }
        let (may_be_part, is_sound) = (intake::may_be_of_disc(path), intake::may_be_audio(path));
        if !may_be_part && !is_sound {
            return false;
        }
        let dropbox = self.dropboxes.join(&seen.dropbox);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let beside = tokio::task::spawn_blocking(move || {
            intake::files_beside(&dropbox, &folder, MOST_BESIDE).unwrap_or_default()
        });
        let beside = beside.await.unwrap_or_default();
        beside
            .iter()
            .map(OsStr::new)
            .any(|name| intake::is_cue_sheet(name) || may_be_part && intake::is_ddp_id(name))
    }

    pub(super) async fn take_disc(&self, project: &Project, seen: &Seen) -> Result<(), Denied> {
        // It has arrived: a part of its disc that comes later finds it so.
        let row = DropRow {
            project: Some(project.id.to_string()),
            ..seen.row(DropState::Held, "its disc is looked for")
        };
        let work = Work::TakeDisc(DiscFile {
            dropbox: seen.dropbox.clone(),
            path: seen.path.clone(),
            fingerprint: seen.fingerprint.clone(),
            role: role_of(Path::new(&seen.path)),
        });
        let work = work.queue(&project.id, &key(seen));
        self.desk.keep(vec![Write::Drop(row), work]).await
    }

    /// Takes a file as part of a disc where it may be one, else by itself.
    pub(super) async fn take_sound(&self, project: &Project, seen: &Seen) -> Result<(), Denied> {
        if self.is_of_disc(seen).await {
            self.take_disc(project, seen).await
        } else {
            self.take(project, seen).await
        }
    }
}
