//! The words of an order's songs: written, timed along with the sound, kept.

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use mastering::{LyricFault, Refusal};
use serde::Deserialize;
use studio::{Denied, LyricsGiven, LyricsStanding, LyricsUpon, LyricsView, Right};

use crate::door::Door;
use crate::file_form::with_one_file;
use crate::form::Posted;
use crate::pages::draw;
use crate::trouble::{Trouble, lyric_faults, sentences_of, status_of};
use crate::view::{Frame, OrderView, SongView};
use crate::{Web, stamp};

#[derive(Template)]
#[template(path = "lyrics.html")]
struct Page {
    frame: Frame,
    number: String,
    base: String,
    songs: Vec<LyricsView>,
    /// The song that is shown, with its masters; none where the order has no song.
    shown: Option<(LyricsView, SongView)>,
    heard_address: String,
    heard_seal: String,
    may_keep: bool,
    token: String,
    file_token: String,
    key: String,
    faults: Vec<LyricFault>,
    refusal: String,
}

impl Page {
    fn is_instrumental(&self, view: &LyricsView) -> bool {
        view.standing == LyricsStanding::Instrumental
    }

    fn length_ms(&self, view: &LyricsView) -> u64 {
        view.master.as_ref().map_or(0, |master| master.length_ms)
    }

    fn mark(&self, view: &LyricsView) -> &'static str {
        match view.standing {
            LyricsStanding::None => "no words",
            LyricsStanding::Instrumental => "instrumental",
            LyricsStanding::Words => "not all timed",
            LyricsStanding::Timed => "timed",
            LyricsStanding::Check => "times to be checked",
        }
    }
}

/// What was asked for, and what became of what was sent.
#[derive(Default)]
struct Told {
    song: String,
    /// What was typed, where it was not kept.
    text: Option<String>,
    faults: Vec<LyricFault>,
    refusal: String,
}

async fn page(web: &Web, door: &Door, told: Told) -> Result<Page, Trouble> {
    let songs = web.studio.lyrics(&door.visitor, door.number).await;
    let songs = songs.map_err(|denied| door.trouble(denied))?;
    let order = OrderView::of(door.order(web).await?, &door.visitor, &door.base);
    let (heard_address, sung) = (order.heard_address(), order.songs);
    let asked = songs.iter().find(|view| view.track.as_str() == told.song);
    let shown = asked.or_else(|| songs.first()).cloned();
    let shown = shown.and_then(|mut view| {
        if let Some(text) = told.text {
            view.text = text;
        }
        let song = sung
            .into_iter()
            .find(|song| song.id == view.track.as_str())?;
        Some((view, song.mastered()))
    });
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    let seal = format!(
        "<input type=\"hidden\" name=\"form_token\" value=\"{}\"><input type=\"hidden\" name=\"key\" value=\"{}\">",
        door.token("heard"),
        stamp::fresh_key()
    );
    Ok(Page {
        frame,
        number: door.number.to_string(),
        songs,
        shown,
        heard_address,
        heard_seal: seal,
        may_keep: door.visitor.may(Right::Send),
        token: door.token("lyrics"),
        file_token: door.token("lyrics-file"),
        key: stamp::fresh_key(),
        base: door.base.clone(),
        faults: told.faults,
        refusal: told.refusal,
    })
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    song: String,
}

pub(super) async fn show(
    State(web): State<Web>,
    door: Door,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let told = Told {
        song: asked.song,
        ..Told::default()
    };
    draw(&page(&web, &door, told).await?)
}

/// Back to the song's words; where they were refused, with what was typed and what is wrong line by line.
async fn done(
    web: &Web,
    door: &Door,
    (song, text): (String, Option<String>),
    outcome: Result<u64, Denied>,
) -> Result<Response, Trouble> {
    match outcome.map(drop) {
        // Words that are kept as they were are kept.
        Ok(_) | Err(Denied::Refused(Refusal::Already)) => {
            Ok(Redirect::to(&format!("{}/lyrics?song={song}", door.base)).into_response())
        }
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(door.trouble(denied)),
        Err(denied) => {
            let told = Told {
                song,
                text,
                faults: lyric_faults(&denied).to_vec(),
                refusal: sentences_of(&denied).0,
            };
            let drawn = draw(&page(web, door, told).await?)?;
            Ok((status_of(&denied), drawn).into_response())
        }
    }
}

pub(super) async fn keep(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let song = posted.fields.get("track").to_owned();
    let text = posted.fields.get("text").to_owned();
    let given = match posted.fields.get("instrumental") {
        "" => LyricsGiven::Text(text.clone()),
        _ => LyricsGiven::Instrumental,
    };
    let after: Result<u32, Denied> = posted.fields.read("after");
    let outcome = match after {
        Ok(after) => {
            let upon = LyricsUpon {
                after: Some(after),
                key: Some(posted.key.clone()),
            };
            let given = (song.as_str(), given);
            let kept = web
                .studio
                .keep_lyrics(&door.visitor, door.number, given, upon);
            kept.await
        }
        Err(denied) => Err(denied),
    };
    done(&web, &door, (song, Some(text)), outcome).await
}

/// Keeps the words of a file that others wrote.
pub(super) async fn keep_file(
    State(web): State<Web>,
    door: Door,
    request: Request,
) -> Result<Response, Trouble> {
    let (visitor, number) = (&door.visitor, door.number);
    let kept = with_one_file(
        (&web, request),
        "Choose a file first.",
        async |form, body| {
            let upon = LyricsUpon {
                after: Some(form.fields.read("after")?),
                key: None,
            };
            let song = form.fields.get("track").to_owned();
            let given = (song.as_str(), body);
            let kept = web.studio.keep_lyrics_file(visitor, number, given, upon);
            Ok((song.clone(), kept.await))
        },
    );
    let (song, outcome) = kept.await?.map_err(|denied| door.trouble(denied))?;
    done(&web, &door, (song, None), outcome).await
}
