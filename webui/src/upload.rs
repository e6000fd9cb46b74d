//! A mix dropped in the browser: streamed on, never held in memory.

use std::io;
use std::time::Duration;

use axum::extract::multipart::Field;
use bytes::Bytes;
use futures_util::{Stream, stream};
use mastering::OrderNumber;
use studio::{Denied, Visitor};
use tokio::sync::mpsc;

use crate::Web;

/// How long an upload may stand still.
const IDLE: Duration = Duration::from_secs(60);
/// Pieces between the browser and the disk.
const AHEAD: usize = 8;

/// What the files of an upload are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folder {
    /// Mixes to be mastered.
    Mixes,
    /// Instrumentals and other alternates.
    Alternates,
    /// Something to compare with.
    References,
}

impl Folder {
    /// The folder that a form or address names.
    pub(crate) fn read(code: &str) -> Result<Self, Denied> {
        match code {
            "" | "mixes" => Ok(Self::Mixes),
            "alternates" => Ok(Self::Alternates),
            "references" => Ok(Self::References),
            other => Err(Denied::Invalid(format!(
                "\u{201c}{}\u{201d} is no kind of file; choose mixes, alternates or references",
                other.chars().take(40).collect::<String>()
            ))),
        }
    }

    fn path(self, file_name: &str) -> String {
        match self {
            Self::Mixes => file_name.to_owned(),
            Self::Alternates => format!("Alternate Mixes/{file_name}"),
            Self::References => format!("References/{file_name}"),
        }
    }
}

/// The file's own name: browsers on some systems send folders with it.
pub(crate) fn bare_name(given: &str) -> Result<String, Denied> {
    let name = given.rsplit(['/', '\\']).next().unwrap_or("").trim();
    if name.is_empty() || name == "." || name == ".." {
        return Err(Denied::Invalid(
            "a file without a name cannot be taken".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

/// Hands a stream of bytes on to the studio under the file's name.
pub(crate) async fn take<S>(
    web: &Web,
    visitor: &Visitor,
    number: OrderNumber,
    place: (Folder, &str),
    body: S,
) -> Result<(), Denied>
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
{
    let (folder, file_name) = place;
    let path = folder.path(&bare_name(file_name)?);
    web.studio
        .upload(visitor, number, &path, unless_idle(body))
        .await
}

/// Fails a stream that stands still.
fn unless_idle<S>(body: S) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
{
    use futures_util::StreamExt;
    Box::pin(stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        match tokio::time::timeout(IDLE, body.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    }))
}

/// Takes one file of a form.
pub(crate) async fn take_field(
    web: &Web,
    visitor: &Visitor,
    number: OrderNumber,
    folder: Folder,
    field: Field<'_>,
) -> Result<(), Denied> {
    let file_name = field.file_name().unwrap_or("").to_owned();
    pumped(field, |body| {
        take(web, visitor, number, (folder, &file_name), body)
    })
    .await
}

/// A file of a form as a stream of its own.
pub(crate) type Pieces = std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Hands a file of a form on. The form's parts come one after the other, so the file is passed
/// through a short queue while it arrives.
pub(crate) async fn pumped<T, F>(
    mut field: Field<'_>,
    take: impl FnOnce(Pieces) -> F,
) -> Result<T, Denied>
where
    F: Future<Output = Result<T, Denied>>,
{
    let (pieces, taken) = mpsc::channel::<io::Result<Bytes>>(AHEAD);
    let body: Pieces = Box::pin(stream::unfold(taken, |mut taken| async move {
        taken.recv().await.map(|piece| (piece, taken))
    }));
    let pump = async move {
        loop {
            let piece = match field.chunk().await {
                Ok(Some(piece)) => Ok(piece),
                Ok(None) => return,
                Err(error) => Err(io::Error::other(error)),
            };
            let is_over = piece.is_err();
            if pieces.send(piece).await.is_err() || is_over {
                return;
            }
        }
    };
    let take = take(body);
    tokio::pin!(take, pump);
    tokio::select! {
        // The studio may refuse before the file has come to its end.
        outcome = &mut take => outcome,
        () = &mut pump => take.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_under_its_own_name() {
        let name = |given| bare_name(given).ok();
        assert_eq!(name("Song.wav").as_deref(), Some("Song.wav"));
        assert_eq!(name("C:\\mixes\\Song.wav").as_deref(), Some("Song.wav"));
        assert_eq!(name("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(name("a/.."), None);
        assert_eq!(name("  "), None);
    }
}
