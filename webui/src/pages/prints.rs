//! The queue of prints, and the certificate of each.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mastering::{OrderNumber, RevisionNo, UnixMs, Zone};
use studio::{
    AnswerView, Denied, Power, PrintAnswer, PrintKind, PrintQueueView, PrintView, RecallKept,
    ReferenceKept,
};

use super::draw;
use crate::disposition::Manner;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, audio_body, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/patchbay/prints", get(queue))
        .route("/patchbay/prints/hold", post(hold))
        .route("/patchbay/prints/resume", post(resume))
        .route("/patchbay/prints/pause", post(pause))
        .route("/patchbay/prints/power", post(power))
        .route("/patchbay/prints/ask", post(ask))
        .route("/patchbay/prints/{no}", get(show))
        .route("/patchbay/prints/{no}/answer", post(answer))
        .route("/patchbay/prints/{no}/takes/{take}", get(take))
}

const QUEUE: &str = "/patchbay/prints";

#[derive(Template)]
#[template(path = "prints.html")]
struct QueuePage {
    frame: Frame,
    queue: PrintQueueView,
    zone: Zone,
    secret: String,
    refusal: String,
}

#[derive(Template)]
#[template(path = "print.html")]
struct PrintPage {
    frame: Frame,
    print: PrintView,
    reference: Option<ReferenceKept>,
    recall: Option<RecallKept>,
    zone: Zone,
    secret: String,
    refusal: String,
}

fn token(secret: &str, action: &str) -> String {
    stamp::form_token(secret, action)
}

impl QueuePage {
    fn token(&self, action: &str) -> String {
        token(&self.secret, &format!("{QUEUE}/{action}"))
    }

    fn moment(&self, at: &UnixMs) -> String {
        words::moment(&self.zone, *at)
    }

    /// Whether anything moves by itself, so that the page is worth drawing again soon.
    fn is_lively(&self) -> bool {
        let waiting = &self.queue.waiting;
        waiting
            .iter()
            .any(|print| print.state == "running" || print.state == "queued")
    }
}

impl PrintPage {
    fn token(&self, action: &str) -> String {
        token(&self.secret, &format!("{QUEUE}/{}/{action}", self.print.no))
    }

    fn token_of_queue(&self, action: &str) -> String {
        token(&self.secret, &format!("{QUEUE}/{action}"))
    }

    fn moment(&self, at: &UnixMs) -> String {
        words::moment(&self.zone, *at)
    }

    fn is_lively(&self) -> bool {
        matches!(self.print.state, "running" | "queued")
    }

    /// Whether the song of this print may be printed as a measure, or a recall of it proved.
    fn may_prove(&self) -> bool {
        self.frame.masters() && self.print.state == "done" && self.reference.is_some()
    }
}

/// In whole per cent.
fn per_cent(print: &PrintView) -> u32 {
    (print.share * 100.0).round().clamp(0.0, 100.0) as u32
}

/// What a print is doing, or why it does nothing, in a sentence.
fn standing(print: &PrintView) -> String {
    let first = [&print.phase, &print.asks, &print.waits, &print.outcome]
        .into_iter()
        .find(|text| !text.is_empty());
    first.map_or_else(|| "in its turn".to_owned(), Clone::clone)
}

fn value_of(answer: &AnswerView) -> String {
    match answer.answer {
        PrintAnswer::Accept { take } => format!("accept {take}"),
        PrintAnswer::Join {
            first,
            second,
            frame,
        } => format!("join {first} {second} {frame}"),
        other => other.code().to_owned(),
    }
}

fn is_loud(answer: &AnswerView) -> bool {
    matches!(answer.answer, PrintAnswer::Set)
}

/// An answer by its code and the numbers that belong to it.
///
/// # Errors
/// No such answer, or takes that are not named.
pub(crate) fn read_answer(code: &str, numbers: &[u64]) -> Result<PrintAnswer, Denied> {
    let take = |no: u64| usize::try_from(no).unwrap_or(0);
    Ok(match (code, numbers) {
        ("set", []) => PrintAnswer::Set,
        ("again", []) => PrintAnswer::Again,
        ("accept", [no]) => PrintAnswer::Accept { take: take(*no) },
        ("join", [first, second, frame]) => PrintAnswer::Join {
            first: take(*first),
            second: take(*second),
            frame: *frame,
        },
        ("convert", []) => PrintAnswer::Convert,
        ("restart_server", []) => PrintAnswer::RestartServer,
        ("stop", []) => PrintAnswer::Stop,
        _ => {
            return Err(Denied::Invalid(format!(
                "a print is answered set, again, accept with its take, join with two takes and a frame, convert, restart_server or stop, not {code:?}"
            )));
        }
    })
}

async fn queue_page(web: &Web, visit: &Visit) -> Result<QueuePage, Trouble> {
    Ok(QueuePage {
        frame: Frame::of(&visit.visitor, &visit.secret, "patchbay"),
        queue: web.studio.prints(&visit.visitor).await?,
        zone: web.zone(),
        secret: visit.secret.clone(),
        refusal: String::new(),
    })
}

async fn queue(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    draw(&queue_page(&web, &visit).await?)
}

/// Back to the queue, or the queue with why it was not done.
async fn back(web: &Web, visit: &Visit, done: Result<(), Denied>) -> Result<Response, Trouble> {
    let Err(denied) = done else {
        return Ok(Redirect::to(QUEUE).into_response());
    };
    let mut page = queue_page(web, visit).await?;
    page.refusal = sentences_of(&denied).0;
    let mut answer = draw(&page)?;
    *answer.status_mut() = status_of(&denied);
    Ok(answer)
}

async fn hold(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let why = posted.fields.get("why");
    let done = web.studio.hold_prints(&visit.visitor, why).await;
    back(&web, &visit, done).await
}

async fn resume(
    State(web): State<Web>,
    visit: Visit,
    _posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let done = web.studio.resume_prints(&visit.visitor).await;
    back(&web, &visit, done).await
}

async fn pause(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let seconds: u32 = posted.fields.read("seconds")?;
    let done = web.studio.pause_prints(&visit.visitor, seconds).await;
    back(&web, &visit, done).await
}

async fn power(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let power = if posted.fields.get("power") == "off" {
        Power::Off
    } else {
        let minutes = posted.fields.get("minutes").trim().parse().unwrap_or(0);
        Power::On { minutes }
    };
    let unit = posted.fields.get("unit");
    let done = web.studio.switch_unit(&visit.visitor, unit, power).await;
    back(&web, &visit, done).await
}

async fn ask(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let number: OrderNumber = posted.fields.read("order")?;
    let revision: u32 = posted.fields.read("revision")?;
    let revision = RevisionNo::try_from(revision).map_err(|_| Denied::NotFound)?;
    let kind = PrintKind::of_code(posted.fields.get("kind")).ok_or(Denied::NotFound)?;
    let song = posted.fields.get("track");
    let asked = web
        .studio
        .ask_for_print(&visit.visitor, (number, revision), song, kind);
    let done = asked.await.map(drop);
    back(&web, &visit, done).await
}

async fn print_page(web: &Web, visit: &Visit, no: u64) -> Result<PrintPage, Trouble> {
    let print = web.studio.print(&visit.visitor, no).await?;
    let (_, proofs) = web.studio.prints_of(&visit.visitor, print.order).await?;
    let of = format!("{}:{}", print.revision, print.track);
    let reference = proofs.references.into_iter().find(|(name, _)| *name == of);
    let recall = proofs.recalls.into_iter().find(|(name, _)| *name == of);
    Ok(PrintPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "patchbay"),
        reference: reference.map(|(_, kept)| kept),
        recall: recall.map(|(_, kept)| kept),
        print,
        zone: web.zone(),
        secret: visit.secret.clone(),
        refusal: String::new(),
    })
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(no): Path<u64>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    draw(&print_page(&web, &visit, no).await?)
}

async fn answer(
    State(web): State<Web>,
    visit: Visit,
    Path(no): Path<u64>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let said = posted.fields.get("answer");
    let (code, numbers) = said.split_once(' ').unwrap_or((said, ""));
    let numbers: Vec<u64> = numbers
        .split(' ')
        .filter_map(|number| number.parse().ok())
        .collect();
    let done = match read_answer(code, &numbers) {
        Ok(answer) => {
            let answering = web.studio.answer_print(&visit.visitor, no, answer);
            answering.await.map(drop)
        }
        Err(denied) => Err(denied),
    };
    let Err(denied) = done else {
        return Ok(Redirect::to(&format!("{QUEUE}/{no}")).into_response());
    };
    let mut page = print_page(&web, &visit, no).await?;
    page.refusal = sentences_of(&denied).0;
    let mut drawn = draw(&page)?;
    *drawn.status_mut() = status_of(&denied);
    Ok(drawn)
}

async fn take(
    State(web): State<Web>,
    visit: Visit,
    Path((no, take)): Path<(u64, usize)>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let file = web.studio.take_audio(&visit.visitor, no, take).await?;
    Ok(audio_body::send(file, &headers, Manner::Inline))
}
