use crate::release::ReleaseSong;
use crate::{Ean, Moment};

/// The names of a batch, as partners take it by SFTP: `<batch>/<release>/<release>.xml` with `resources/` beside it, and the
/// completion file, which is sent last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The batch's folder: the moment, to the millisecond.
    pub id: String,
    /// The release's folder in it.
    pub release: String,
}

impl Batch {
    /// The batch of one release, made at a moment.
    pub fn new(ean: Ean, made_at: Moment) -> Self {
        let digits = format!("{}{}000", made_at.date(), made_at.time());
        Self {
            id: digits.chars().filter(char::is_ascii_digit).collect(),
            release: ean.to_string(),
        }
    }

    /// The message's name in the release's folder.
    pub fn message_name(&self) -> String {
        format!("{}.xml", self.release)
    }

    /// The completion file's name in the batch's folder; it is empty.
    pub fn completion_name(&self) -> String {
        format!("BatchComplete_{}.xml", self.id)
    }
}

/// What a song's file is called among the resources.
pub fn resource_name(ean: Ean, song: &ReleaseSong, extension: &str) -> String {
    format!("{ean}_{:02}_{:03}.{extension}", song.disc, song.track)
}
