//! What goes along with an order's sound: cover, booklet and videos, what was found in them, and what people say of them.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use mastering::{
    Attachment, AttachmentCommand, AttachmentFinding, AttachmentKind, AttachmentWeight, TickPoint,
    Zone, song_named_by,
};
use studio::{
    AttachmentView, AttachmentsView, AudioKey, CoverView, Denied, NewAttachment, PointView, Right,
};

use super::listen::send;
use crate::disposition::Manner;
use crate::door::Door;
use crate::file_form::with_one_file;
use crate::form::Posted;
use crate::pages::draw;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::upload::bare_name;
use crate::view::Frame;
use crate::{Web, words};

#[derive(Template)]
#[template(path = "attachments.html")]
struct Page {
    frame: Frame,
    number: String,
    base: String,
    cover: Option<Shown>,
    booklet: Option<Shown>,
    songs: Vec<SongShown>,
    proposed: Vec<ProposedShown>,
    may_send: bool,
    /// For bringing a file, for a tick, for taking one out, for taking one that came in the dropbox, for a
    /// video's code.
    seals: [String; 5],
    refusal: String,
}

/// A song, and its video.
struct SongShown {
    id: String,
    title: String,
    video: Option<Shown>,
}

/// What came in the dropbox.
struct ProposedShown {
    no: u32,
    file_name: String,
    facts: [String; 3],
    what: &'static str,
    /// The songs that a video may be of, the likeliest first; none for a booklet.
    songs: Vec<(String, String)>,
    /// Whether somebody can say what it is: a video waits for its song.
    may_be_taken: bool,
}

/// A file with what was found in it and its tick list.
struct Shown {
    /// Its number; empty for the cover.
    no: String,
    file_name: String,
    /// A video's own ISRC.
    isrc: String,
    facts: Vec<String>,
    state: &'static str,
    said: &'static str,
    findings: Vec<FindingShown>,
    points: Vec<PointShown>,
}

struct FindingShown {
    class: &'static str,
    words: String,
}

struct PointShown {
    code: &'static str,
    words: &'static str,
    /// Who said it, and when; empty where nobody has.
    said: String,
}

impl FindingShown {
    fn of(finding: &AttachmentFinding) -> Self {
        Self {
            class: match finding.weight {
                AttachmentWeight::Blocks => "refusal",
                AttachmentWeight::Ask => "asks",
                AttachmentWeight::Note => "hint",
            },
            words: finding.words.clone(),
        }
    }
}

impl PointShown {
    fn of(view: &PointView, zone: &Zone) -> Self {
        let said = view.by.as_ref().zip(view.at);
        Self {
            code: view.point.code(),
            words: view.words,
            said: said.map_or_else(String::new, |(by, at)| {
                format!("{by}, {}", words::moment(zone, at))
            }),
        }
    }
}

impl Shown {
    fn of(view: &AttachmentView, zone: &Zone) -> Self {
        let one = &view.attachment;
        let findings = one.read.iter().flat_map(|read| &read.findings);
        let (state, said) = if one.read.is_none() {
            ("reading", "It is being read.")
        } else if one.has(AttachmentWeight::Blocks) {
            ("broken", "It is not delivered as it is.")
        } else if view.lacks.is_empty() {
            ("ready", "It goes along where a recipient wants it.")
        } else {
            ("open", "It goes along once the list below is ticked.")
        };
        let mut facts = vec![words::size(one.bytes)];
        facts.extend(Some(view.told.clone()).filter(|told| !told.is_empty()));
        facts.push(format!("{}, {}", one.by, words::moment(zone, one.at)));
        Self {
            no: one.no.to_string(),
            file_name: one.file_name.clone(),
            isrc: one.isrc.clone(),
            facts,
            state,
            said,
            findings: findings.map(FindingShown::of).collect(),
            points: points(&view.points, zone),
        }
    }

    fn of_cover(view: &CoverView, zone: &Zone) -> Self {
        let is_open = view.points.iter().any(|point| point.by.is_none());
        let (state, said) = if !view.findings.is_empty() {
            ("broken", "Shops do not take it as it is.")
        } else if is_open {
            ("open", "Nobody has looked at all of it yet.")
        } else {
            ("ready", "It was looked at.")
        };
        let cover = &view.cover;
        Self {
            no: String::new(),
            file_name: cover.file_name.clone(),
            isrc: String::new(),
            facts: vec![
                words::size(cover.bytes),
                format!("{}, {}", cover.by, words::moment(zone, cover.at)),
            ],
            state,
            said,
            findings: view.findings.iter().map(FindingShown::of).collect(),
            points: points(&view.points, zone),
        }
    }
}

fn points(all: &[PointView], zone: &Zone) -> Vec<PointShown> {
    all.iter()
        .map(|point| PointShown::of(point, zone))
        .collect()
}

impl ProposedShown {
    fn of(one: &Attachment, songs: &[SongShown], zone: &Zone) -> Self {
        let names: Vec<&str> = songs.iter().map(|song| song.title.as_str()).collect();
        let likely = song_named_by(&one.file_name, &names);
        let mut places: Vec<usize> = (0..songs.len()).collect();
        places.sort_by_key(|place| Some(*place) != likely);
        let songs = places.into_iter().filter_map(|place| songs.get(place));
        let songs = songs.map(|song| (song.id.clone(), song.title.clone()));
        let songs: Vec<(String, String)> = match one.kind {
            AttachmentKind::Booklet => Vec::new(),
            AttachmentKind::Video => songs.collect(),
        };
        Self {
            no: one.no,
            file_name: one.file_name.clone(),
            facts: [
                words::size(one.bytes),
                one.by.clone(),
                words::moment(zone, one.at),
            ],
            what: one.kind.words(),
            may_be_taken: one.kind == AttachmentKind::Booklet || !songs.is_empty(),
            songs,
        }
    }
}

async fn page(web: &Web, door: Door, refusal: String) -> Result<Response, Trouble> {
    let seen = web.studio.attachments(&door.visitor, door.number).await;
    let view: AttachmentsView = seen.map_err(|denied| door.trouble(denied))?;
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    let zone = web.zone();
    let songs = view.songs.iter().map(|song| SongShown {
        id: song.song.to_string(),
        title: song.title.clone(),
        video: song.video.as_ref().map(|video| Shown::of(video, &zone)),
    });
    let songs: Vec<SongShown> = songs.collect();
    let proposed = view.proposed.iter();
    let proposed = proposed.map(|one| ProposedShown::of(one, &songs, &zone));
    draw(&Page {
        frame,
        number: door.number.to_string(),
        cover: view
            .cover
            .as_ref()
            .map(|cover| Shown::of_cover(cover, &zone)),
        booklet: view
            .booklet
            .as_ref()
            .map(|booklet| Shown::of(booklet, &zone)),
        proposed: proposed.collect(),
        songs,
        may_send: door.visitor.may(Right::Send),
        seals: [
            "attachments",
            "attachments/tick",
            "attachments/remove",
            "attachments/take",
            "attachments/code",
        ]
        .map(|action| door.token(action)),
        base: door.base,
        refusal,
    })
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    page(&web, door, String::new()).await
}

async fn done(
    web: &Web,
    (door, anchor): (Door, &str),
    outcome: Result<u64, Denied>,
) -> Result<Response, Trouble> {
    match outcome {
        Ok(_) => {
            let address = format!("{}/attachments{anchor}", door.base);
            Ok(Redirect::to(&address).into_response())
        }
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(door.trouble(denied)),
        Err(denied) => {
            let status = status_of(&denied);
            let page = page(web, door, sentences_of(&denied).0).await?;
            Ok((status, page).into_response())
        }
    }
}

pub(super) async fn keep(
    State(web): State<Web>,
    door: Door,
    request: Request,
) -> Result<Response, Trouble> {
    let (visitor, number) = (&door.visitor, door.number);
    let kept = with_one_file(
        (&web, request),
        "Choose a file first.",
        async |form, body| {
            let song = form.fields.get("song").to_owned();
            let (kind, song) = if song.is_empty() {
                (AttachmentKind::Booklet, None)
            } else {
                (AttachmentKind::Video, Some(song))
            };
            let new = NewAttachment {
                kind,
                song,
                file_name: bare_name(&form.file_name)?,
            };
            web.studio.keep_attachment(visitor, number, new, body).await
        },
    );
    let outcome = kept.await?;
    done(&web, (door, ""), outcome).await
}

pub(super) async fn tick(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let no = match posted.fields.get("no") {
        "" => None,
        _ => Some(posted.fields.read("no")?),
    };
    let code = posted.fields.get("point");
    let mut all = TickPoint::ALL.into_iter();
    let point = all.find(|point| point.code() == code);
    let point = point.ok_or_else(|| door.trouble(Denied::NotFound))?;
    let by = door.visitor.name().to_owned();
    let command = match posted.fields.get("back") {
        "yes" => AttachmentCommand::TakeBack { no, point, by },
        _ => AttachmentCommand::Tick { no, point, by },
    };
    let anchor = no.map_or_else(|| "#cover".to_owned(), |no| format!("#attachment-{no}"));
    let outcome = web
        .studio
        .on_attachment(&door.visitor, door.number, command)
        .await;
    done(&web, (door, &anchor), outcome).await
}

pub(super) async fn remove(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let no = posted.fields.read("no")?;
    let by = door.visitor.name().to_owned();
    let command = AttachmentCommand::Remove { no, by };
    let outcome = web
        .studio
        .on_attachment(&door.visitor, door.number, command)
        .await;
    done(&web, (door, ""), outcome).await
}

pub(super) async fn take(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let no = posted.fields.read("no")?;
    let song = posted.fields.get("song");
    let song = (!song.is_empty()).then(|| song.to_owned());
    let (visitor, number) = (&door.visitor, door.number);
    let outcome = web
        .studio
        .take_attachment(visitor, number, (no, song))
        .await;
    done(&web, (door, &format!("#attachment-{no}")), outcome).await
}

pub(super) async fn code(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let no = posted.fields.read("no")?;
    let isrc = posted.fields.get("isrc").to_owned();
    let by = door.visitor.name().to_owned();
    let command = AttachmentCommand::Code { no, isrc, by };
    let (visitor, number) = (&door.visitor, door.number);
    let outcome = web.studio.on_attachment(visitor, number, command).await;
    done(&web, (door, &format!("#attachment-{no}")), outcome).await
}

pub(super) async fn file(
    State(web): State<Web>,
    door: Door,
    Path(params): Path<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let no = params.get("attachment").and_then(|no| no.parse().ok());
    let no = no.ok_or_else(|| door.trouble(Denied::NotFound))?;
    send(
        &web,
        &door,
        Ok(AudioKey::Attachment(no)),
        &headers,
        Manner::Attachment,
    )
    .await
}
