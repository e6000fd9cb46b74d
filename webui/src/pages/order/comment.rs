//! What the listener says: about a moment, or about the whole.

use axum::extract::State;
use axum::response::Redirect;
use mastering::{Command, CommentOn, RevisionNo, Topic};
use studio::Denied;

use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;
use crate::{Web, stamp, words};

pub(super) async fn comment(
    State(web): State<Web>,
    door: Door,
    mut posted: Posted,
) -> Result<Redirect, Trouble> {
    let command = read(&door, &posted)
        .map_err(|denied| door.trouble(denied).with_words(posted.fields.get("words")))?;
    let song = format!("song-{}", posted.fields.get("track"));
    // A comment pins the revision that was heard; what happened meanwhile takes nothing from it.
    posted.seq = None;
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to(&song))
}

fn read(door: &Door, posted: &Posted) -> Result<Command, Denied> {
    let fields = &posted.fields;
    let position = words::read_passage(fields.get("position"));
    let (position_ms, until_ms) = position.ok_or_else(|| {
        Denied::Invalid(
            "the position must be minutes and seconds, such as 2:14, or two of them for a passage, such as 2:14-2:20"
                .to_owned(),
        )
    })?;
    // The record's own player says which disc it plays.
    let disc = fields.get("track").strip_prefix("disc-");
    let on = match disc.map(str::parse) {
        Some(disc) => CommentOn::Disc(
            disc.map_err(|_| Denied::Invalid("this record has no such disc".to_owned()))?,
        ),
        None => CommentOn::Song(fields.read("track")?),
    };
    Ok(Command::Comment {
        id: stamp::comment_id(&posted.key),
        revision: revision(posted)?,
        on,
        position_ms,
        until_ms,
        words: fields.get("words").to_owned(),
        by: door.visitor.name().to_owned(),
    })
}

/// The revision that a form is about.
pub(super) fn revision(posted: &Posted) -> Result<RevisionNo, Denied> {
    let no: u32 = posted.fields.read("revision")?;
    RevisionNo::try_from(no).map_err(|bad| Denied::Invalid(bad.to_string()))
}

pub(super) async fn request_revision(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let words = posted.fields.get("words").to_owned();
    let topics = Topic::ALL
        .into_iter()
        .filter(|topic| posted.fields.get(&format!("topic.{}", topic.code())) == "yes")
        .collect();
    door.submit(&web, Command::RequestRevision { words, topics }, &posted)
        .await?;
    Ok(door.back_to("now"))
}
