//! The words of an order's songs, with the times of their lines.

use axum::Json;
use axum::extract::State;
use axum::routing::{get, put};
use mastering::LyricLine;
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{Denied, LyricsGiven, LyricsUpon, LyricsView, Right};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::Web;

pub(super) fn operations() -> Vec<Operation> {
    let shown = object(&[(
        "songs",
        "object[]",
        "Each song: track, title, no, standing (`none`, `instrumental`, `words`, `timed`, or `check` where the newest master is of \
         another length), told, lines (text, from_ms, until_ms; by the song's own master), text (the same as LRC), language, by, at, \
         master (revision, length_ms).",
    )]);
    let taken = object(&[
        (
            "text?",
            "string",
            "The words as text, as LRC or as TTML; or give `lines`, or `instrumental`.",
        ),
        (
            "lines?",
            "object[]",
            "The lines: text, from_ms, until_ms; one without text is the gap between two verses.",
        ),
        (
            "instrumental?",
            "boolean",
            "True for a song that has no words.",
        ),
        (
            "after?",
            "integer",
            "`no` of the words that these were made from: others are not overwritten. None for whatever stands now.",
        ),
        ("key?", "string", "Makes sending it twice count once."),
    ]);
    vec![
        for_visitors(
            (
                "get",
                "/orders/{number}/lyrics",
                "Gives the words of the songs, with the times of their lines.",
            ),
            Takes::Nothing,
            Gives::Json(shown),
            get(show),
        ),
        for_visitors(
            (
                "put",
                "/orders/{number}/lyrics/{track}",
                "Keeps the words of a song; that reopens nothing. What is wrong comes line by line in `lines`.",
            ),
            Takes::Json(taken),
            Gives::Json(object(&[("seq", "integer", "The journal's number now.")])),
            put(keep),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    lines: Option<Vec<LyricLine>>,
    #[serde(default)]
    instrumental: bool,
    #[serde(default)]
    after: Option<u32>,
    #[serde(default)]
    key: Option<String>,
}

impl Given {
    fn read(self) -> Result<(LyricsGiven, LyricsUpon), Denied> {
        let (after, key) = (self.after, self.key);
        let given = match (self.text, self.lines, self.instrumental) {
            (Some(text), None, false) => LyricsGiven::Text(text),
            (None, Some(lines), false) => LyricsGiven::Lines(lines),
            (None, None, true) => LyricsGiven::Instrumental,
            _ => {
                return Err(Denied::Invalid(
                    "give the words as text or as lines, or say that the song is instrumental; one of them".to_owned(),
                ));
            }
        };
        Ok((given, LyricsUpon { after, key }))
    }
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let number = address.number()?;
    let songs: Vec<LyricsView> = web.studio.lyrics(&caller.visitor, number).await?;
    Ok(Json(json!({ "songs": songs })))
}

async fn keep(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Given>,
) -> Result<Json<Value>, ApiTrouble> {
    let number = address.number()?;
    // Whoever may not is told so before what they sent is looked at.
    if !caller.visitor.may(Right::Send) {
        return Err(Denied::NotAllowed.into());
    }
    let (given, upon) = given.read()?;
    let kept = web.studio.keep_lyrics(
        &caller.visitor,
        number,
        (address.text("track"), given),
        upon,
    );
    Ok(Json(json!({ "seq": kept.await? })))
}
