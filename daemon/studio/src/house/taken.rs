//! A small file as somebody sends it.

use std::fs::File;
use std::io::{self, Write as _};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use super::Studio;
use crate::denied::Denied;

fn broken(what: &str, error: &dyn std::error::Error) -> Denied {
    Denied::fault(&format!("{what} could not be kept"), error)
}

impl Studio {
    /// The bytes as they come, at most `most` of them, in a file without a name; `what` it is, with its
    /// article.
    pub(super) async fn taken(
        &self,
        what: &str,
        mut body: impl Stream<Item = io::Result<Bytes>> + Unpin,
        most: u64,
    ) -> Result<File, Denied> {
        let mut file = self.vault.scratch().map_err(|e| broken(what, &e))?;
        let mut taken: u64 = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|e| {
                Denied::Invalid(format!(
                    "the upload broke off: {e}; nothing was kept, send it again"
                ))
            })?;
            taken = taken.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if taken > most {
                return Err(Denied::Invalid(format!(
                    "{what} is at most {} MB; nothing was kept",
                    most / 1_048_576
                )));
            }
            let written =
                tokio::task::spawn_blocking(move || file.write_all(&chunk).map(|()| file));
            file = written
                .await
                .map_err(|e| broken(what, &e))?
                .map_err(|e| broken(what, &e))?;
        }
        Ok(file)
    }
}
