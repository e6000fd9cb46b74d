//! Requests, questions, lanes, listening, previews and the keeping, as forms.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Redirect;
use mastering::{
    Answer, Audible, Charge, Command, DueDates, Heard, Lane, PreviewForm, Refusal, RevisionNo,
    Voice,
};
use serde::de::DeserializeOwned;
use studio::{Denied, Submission};

use crate::Web;
use crate::door::Door;
use crate::form::{Fields, Posted};
use crate::trouble::Trouble;

/// A choice as the documents spell it.
pub(super) fn word<T: DeserializeOwned>(fields: &Fields, name: &str) -> Result<T, Denied> {
    serde_json::from_value(fields.get(name).into())
        .map_err(|_| Denied::Invalid("make a choice first".to_owned()))
}

fn words(posted: &Posted) -> String {
    posted.fields.get("words").to_owned()
}

fn name(door: &Door) -> String {
    door.visitor.name().to_owned()
}

async fn give(
    web: &Web,
    door: &Door,
    posted: &Posted,
    command: Command,
) -> Result<Redirect, Trouble> {
    door.submit(web, command, posted).await?;
    Ok(door.back_to("now"))
}

pub(super) async fn answer_request(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let answer: Answer = word(&posted.fields, "answer")?;
    let extra = match posted.fields.get("extra") {
        "" => None,
        _ => Some(word(&posted.fields, "extra")?),
    };
    let amount = match posted.fields.get("amount").trim() {
        "" => None,
        _ => Some(posted.fields.read("amount")?),
    };
    let command = Command::AnswerRequest {
        no: posted.fields.read("no")?,
        answer,
        reason: words(&posted),
        by: name(&door),
        charge: Charge::named(extra, amount),
    };
    give(&web, &door, &posted, command).await
}

pub(super) async fn agree(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let (no, by) = (posted.fields.read("no")?, name(&door));
    give(&web, &door, &posted, Command::AgreeToRequest { no, by }).await
}

pub(super) async fn withdraw(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let no = posted.fields.read("no")?;
    give(&web, &door, &posted, Command::WithdrawRequest { no }).await
}

pub(super) async fn ask_client(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let (words, by) = (words(&posted), name(&door));
    give(&web, &door, &posted, Command::AskClient { words, by }).await
}

pub(super) async fn answer_question(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let (words, by) = (words(&posted), name(&door));
    give(&web, &door, &posted, Command::AnswerQuestion { words, by }).await
}

pub(super) async fn lane(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let lane: Lane = word(&posted.fields, "lane")?;
    let by = name(&door);
    give(&web, &door, &posted, Command::ChooseLane { lane, by }).await
}

pub(super) async fn last_word(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let voice = Voice {
        person: posted.fields.read("person")?,
        name: posted.fields.get("name").to_owned(),
    };
    give(&web, &door, &posted, Command::NameLastWord(voice)).await
}

pub(super) async fn preview(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let form: Option<PreviewForm> = match posted.fields.get("form") {
        "" => None,
        _ => Some(word(&posted.fields, "form")?),
    };
    let by = name(&door);
    give(&web, &door, &posted, Command::ChoosePreview { form, by }).await
}

pub(super) async fn mark(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let command = Command::MarkTrack {
        track: posted.fields.read("track")?,
        isrc: posted.fields.get("isrc").to_owned(),
        credits: posted.fields.get("credits").to_owned(),
    };
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to("titles"))
}

pub(super) async fn fault(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let (words, by) = (words(&posted), name(&door));
    give(&web, &door, &posted, Command::ReportFault { words, by }).await
}

pub(super) async fn hold(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let (reason, by) = (words(&posted), name(&door));
    give(&web, &door, &posted, Command::PlaceHold { reason, by }).await
}

pub(super) async fn lift_hold(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let by = name(&door);
    give(&web, &door, &posted, Command::LiftHold { by }).await
}

/// Keeps the archive until the end of a day.
pub(super) async fn extend(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let page = door.order(&web).await?;
    let unreadable = || Denied::Invalid("choose the day until which it is kept".to_owned());
    let day = posted
        .fields
        .get("until")
        .parse()
        .map_err(|_| unreadable())?;
    let zone = &page.project.rules.time_zone;
    let archive = page.project.archive.as_ref();
    let due = DueDates {
        working_due_at: archive.map_or(0, |a| a.due.working_due_at),
        archive_due_at: zone.end_of(day).ok_or_else(unreadable)?,
    };
    let command = Command::ExtendRetention {
        due,
        reason: words(&posted),
        by: name(&door),
    };
    give(&web, &door, &posted, command).await
}

pub(super) async fn ask_deletion(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let (reason, by) = (words(&posted), name(&door));
    give(&web, &door, &posted, Command::AskDeletion { reason, by }).await
}

pub(super) async fn confirm_deletion(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let by = name(&door);
    give(&web, &door, &posted, Command::ConfirmDeletion { by }).await
}

pub(super) async fn withdraw_deletion(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    give(&web, &door, &posted, Command::WithdrawDeletion).await
}

/// What the player reports: the address below `audio/` that was played, and how much of it.
pub(super) async fn heard(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<StatusCode, Trouble> {
    let unreadable = || Denied::Invalid("this is nothing that can be listened to".to_owned());
    let audible = audible(posted.fields.get("audio")).ok_or_else(unreadable)?;
    let per_cent: u8 = posted.fields.read("per_cent")?;
    let Some(heard) = Heard::of_per_cent(per_cent) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let given = Submission {
        command: Command::Listen { audible, heard },
        seq: None,
        key: Some(posted.key.clone()),
    };
    match web.studio.submit(&door.visitor, door.number, given).await {
        // Heard before is heard.
        Ok(_) | Err(Denied::Refused(Refusal::Already)) => Ok(StatusCode::NO_CONTENT),
        Err(denied) => Err(door.trouble(denied)),
    }
}

/// `mix/ID`, `master/REVISION/TRACK` or `disc/REVISION/DISC`, as the player's addresses end.
fn audible(address: &str) -> Option<Audible> {
    let mut parts = address.split('/');
    let audible = match (parts.next()?, parts.next()?, parts.next()) {
        ("mix", mix, None) => Audible::Mix {
            mix: mix.parse().ok()?,
        },
        ("master", revision, Some(track)) => Audible::Master {
            revision: RevisionNo::try_from(revision.parse::<u32>().ok()?).ok()?,
            track: track.parse().ok()?,
        },
        ("disc", revision, Some(disc)) => Audible::Disc {
            revision: RevisionNo::try_from(revision.parse::<u32>().ok()?).ok()?,
            disc: disc.parse().ok()?,
        },
        _ => return None,
    };
    parts.next().is_none().then_some(audible)
}
