//! The consultation: a form that is kept as it is typed, and what follows from it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use mastering::{BorrowedSong, NotNeeded, Permission, Zone};
use studio::{ConsultationView, ContentVerdict, Denied};

use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::pages::draw;
use crate::trouble::{Trouble, as_sentence, sentences_of, status_of};
use crate::view::Frame;
use crate::words;

#[derive(Template)]
#[template(path = "consultation.html")]
struct Page {
    frame: Frame,
    number: String,
    base: String,
    fields: Vec<Field>,
    next: &'static str,
    instructions: Vec<String>,
    wording: String,
    sha256: String,
    agreed: String,
    content: String,
    holds_up: String,
    may: Vec<&'static str>,
    seals: [String; 5],
    needed: Vec<Needed>,
    permissions: Vec<Kept>,
    not_needed: Vec<String>,
    holds_finals: String,
    refusal: String,
}

struct Field {
    code: &'static str,
    words: &'static str,
    answer: String,
    choices: Vec<(&'static str, bool)>,
    is_missing: bool,
}

/// A permission that is kept.
struct Kept {
    file_name: String,
    song: String,
    by: String,
    when: String,
    size: String,
    sum: String,
    short: String,
}

impl Kept {
    fn of(kept: &Permission, zone: &Zone) -> Self {
        Self {
            file_name: kept.file_name.clone(),
            song: format!("\u{201c}{}\u{201d}, {}", kept.song, kept.what.words()),
            by: kept.by.clone(),
            when: words::moment(zone, kept.at),
            size: words::size(kept.bytes),
            sum: kept.object.to_string(),
            short: words::short_sum(kept.object.as_str()),
        }
    }
}

/// A song whose permission is missing.
struct Needed {
    song: String,
    what: &'static str,
    words: &'static str,
}

impl Needed {
    fn of(song: &BorrowedSong) -> Self {
        Self {
            song: song.song.clone(),
            what: song.what.code(),
            words: song.what.words(),
        }
    }
}

fn not_needed(decided: &NotNeeded) -> String {
    format!(
        "\u{201c}{}\u{201d}, {}: {} ({})",
        decided.song,
        decided.what.words(),
        decided.reason,
        decided.by
    )
}

impl Page {
    fn may(&self, what: &str) -> bool {
        self.may.contains(&what)
    }
}

fn fields(view: &ConsultationView) -> Vec<Field> {
    let field = |question: &mastering::Question| {
        let answer = view.form.answers.get(question.code);
        let answer = answer.cloned().unwrap_or_default();
        let choices = match question.kind {
            mastering::QuestionKind::Choice(known) => {
                known.iter().map(|code| (*code, *code == answer)).collect()
            }
            mastering::QuestionKind::Words | mastering::QuestionKind::Number => Vec::new(),
        };
        Field {
            code: question.code,
            words: question.words,
            choices,
            is_missing: view.missing.contains(&question.code),
            answer,
        }
    };
    view.questions.iter().map(field).collect()
}

fn next(view: &ConsultationView) -> &'static str {
    match view.next_step {
        Some(mastering::Step::Quote) => "What is marked is needed before we can say what it costs.",
        Some(mastering::Step::Mixes) => "What is marked is needed before you print the mixes.",
        Some(mastering::Step::Mastering) => "What is marked is needed before we master.",
        None => "Everything is said; thank you.",
    }
}

async fn page(web: &Web, door: Door, refusal: String) -> Result<Response, Trouble> {
    let seen = web.studio.consultation(&door.visitor, door.number).await;
    let view = seen.map_err(|denied| door.trouble(denied))?;
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    let may_send = door.visitor.may(studio::Right::Send);
    let rights = [
        ("answer", may_send),
        ("warrant", may_send && !door.visitor.is_staff()),
        ("decide", door.visitor.may(studio::Right::TakeIn)),
    ];
    let may = rights.iter().filter(|(_, is_so)| *is_so);
    let warranty = &view.warranty;
    let zone = web.zone();
    draw(&Page {
        frame,
        number: door.number.to_string(),
        fields: fields(&view),
        next: next(&view),
        agreed: match (&warranty.name, warranty.accepted_at) {
            (Some(name), Some(at)) => format!("{name}, {}", words::moment(&zone, at)),
            _ => String::new(),
        },
        wording: warranty.wording.clone(),
        sha256: warranty.sha256.clone(),
        content: view.content.as_ref().map_or_else(String::new, |decision| {
            let verdict = match decision.verdict {
                ContentVerdict::Accepted => "accepted",
                ContentVerdict::Refused => "refused",
            };
            let at = words::moment(&zone, decision.at);
            format!("{verdict} by {}, {at}: {}", decision.by, decision.reason)
        }),
        holds_up: view
            .holds_up
            .as_deref()
            .map_or_else(String::new, as_sentence),
        may: may.map(|(what, _)| *what).collect(),
        seals: [
            "consultation",
            "warranty",
            "content",
            "permissions",
            "permission-not-needed",
        ]
        .map(|action| door.token(action)),
        needed: view.not_permitted.iter().map(Needed::of).collect(),
        not_needed: view.not_needed.iter().map(not_needed).collect(),
        holds_finals: view
            .holds_finals
            .as_deref()
            .map_or_else(String::new, as_sentence),
        permissions: view
            .permissions
            .iter()
            .map(|kept| Kept::of(kept, &zone))
            .collect(),
        instructions: view.instructions,
        base: door.base,
        refusal,
    })
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    page(&web, door, String::new()).await
}

async fn done<T>(web: &Web, door: Door, outcome: Result<T, Denied>) -> Result<Response, Trouble> {
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("{}/consultation", door.base)).into_response()),
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(door.trouble(denied)),
        Err(denied) => {
            let status = status_of(&denied);
            let page = page(web, door, sentences_of(&denied).0).await?;
            Ok((status, page).into_response())
        }
    }
}

pub(super) async fn answer(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let given: BTreeMap<String, String> = posted
        .fields
        .below("answer_")
        .map(|(code, answer)| (code.to_owned(), answer.to_owned()))
        .collect();
    let studio = &web.studio;
    let outcome = studio
        .answer_consultation(&door.visitor, door.number, &given)
        .await;
    done(&web, door, outcome).await
}

pub(super) async fn warrant(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let agreed = (posted.fields.get("sha256"), posted.fields.get("name"));
    let studio = &web.studio;
    let outcome = studio.warrant(&door.visitor, door.number, agreed).await;
    done(&web, door, outcome).await
}

pub(super) async fn decide(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let verdict = match posted.fields.get("verdict") {
        "accepted" => ContentVerdict::Accepted,
        _ => ContentVerdict::Refused,
    };
    let decision = (verdict, posted.fields.get("reason"));
    let studio = &web.studio;
    let outcome = studio
        .decide_content(&door.visitor, door.number, decision)
        .await;
    done(&web, door, outcome).await
}
