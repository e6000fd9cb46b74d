//! In the child: reads the words of a song out of a file of others.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use delivery::lyrics::{MOST_LYRIC_BYTES, read as read_lyrics};

use crate::protocol::Reply;

/// Reads words; a file that is too long is told from one that is just long enough.
pub(crate) fn read(mut input: File) -> Reply {
    let most = u64::try_from(MOST_LYRIC_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let whole = input
        .rewind()
        .and_then(|()| input.take(most.saturating_add(1)).read_to_end(&mut bytes));
    if let Err(error) = whole {
        return Reply::Failed {
            step: "read the words".to_owned(),
            os_error: error.raw_os_error(),
            what: error.to_string(),
        };
    }
    match read_lyrics(&bytes) {
        Ok(lines) => Reply::Lyrics(lines),
        Err(unread) => Reply::NoLyrics {
            why: unread.to_string(),
        },
    }
}
