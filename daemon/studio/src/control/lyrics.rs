//! What the command line asks about the words of an order's songs.

use std::path::PathBuf;

use mastering::OrderNumber;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{bytes_of, json as answer};
use crate::access::Visitor;
use crate::denied::Denied;
use crate::house::{LyricsGiven, LyricsUpon, Studio};

/// What the command line asks about the words of an order's songs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum LyricsRequest {
    /// Shows how they stand, and what they are.
    Show,
    /// Keeps those of a song, out of a file that lies on this box.
    Keep {
        /// The song, by its place, title or id.
        song: String,
        /// Where the file lies.
        path: PathBuf,
    },
    /// Notes that a song has none to sing.
    Instrumental {
        /// The song, by its place, title or id.
        song: String,
    },
}

pub(super) async fn carry_out(
    studio: &Studio,
    visitor: &Visitor,
    number: OrderNumber,
    request: LyricsRequest,
) -> Result<Value, Denied> {
    let upon = LyricsUpon::default();
    match request {
        LyricsRequest::Show => answer(&studio.lyrics(visitor, number).await?),
        LyricsRequest::Keep { song, path } => {
            let (_, body) = bytes_of(&path).await?;
            let kept = studio.keep_lyrics_file(visitor, number, (&song, body), upon);
            answer(&kept.await?)
        }
        LyricsRequest::Instrumental { song } => {
            let given = (song.as_str(), LyricsGiven::Instrumental);
            answer(&studio.keep_lyrics(visitor, number, given, upon).await?)
        }
    }
}
