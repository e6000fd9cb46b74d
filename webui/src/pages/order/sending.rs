//! A package sent to its recipient's own server, called off, and the connection tried.

use axum::extract::State;
use axum::response::Response;
use mastering::{SendAgain, SendingOutcome, Zone};
use studio::{PackageView, Right, SendAsked};

use super::deliveries::{done, page_with};
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::{Trouble, as_sentence};
use crate::{Web, words};

/// What is shown of a package's sending.
pub(super) struct SendingShown {
    /// Where to; empty for clients.
    pub(super) to: String,
    /// What became of it so far, and what stands in the way.
    pub(super) said: Vec<String>,
    /// Bytes that lie there, and bytes of all; none while nothing is on its way.
    pub(super) progress: Option<(u64, u64)>,
    /// What this visitor may do: `send`, `again`, `call_off`.
    pub(super) may: &'static str,
}

impl SendingShown {
    pub(super) fn of(view: &PackageView, door: &Door, zone: &Zone) -> Option<Self> {
        let sendings = &view.package.sendings;
        if view.sending.is_none() && sendings.is_empty() {
            return None;
        }
        let mut said = Vec::new();
        for sending in sendings {
            said.push(match &sending.outcome {
                SendingOutcome::Waiting => {
                    format!(
                        "{} sends it; it waits for its turn or is on its way.",
                        sending.by
                    )
                }
                SendingOutcome::Sent(sent) => format!(
                    "It lies at its recipient’s since {}: {} files, {}.",
                    words::moment(zone, sent.at),
                    sent.files,
                    words::size(sent.bytes)
                ),
                SendingOutcome::Failed { why, at } => format!(
                    "It was not sent, {}: {}",
                    words::moment(zone, *at),
                    as_sentence(why)
                ),
                SendingOutcome::CalledOff { by, at } => {
                    format!("{by} called it off, {}.", words::moment(zone, *at))
                }
            });
        }
        let is_open = sendings.iter().any(mastering::Sending::is_open);
        let own = view.sending.as_ref();
        let progress = own.and_then(|own| own.progress.as_ref());
        if let Some(progress) = progress {
            said.push(format!(
                "{} of {} lie there{}.",
                words::size(progress.bytes_done),
                words::size(progress.bytes),
                if progress.file.is_empty() {
                    String::new()
                } else {
                    format!("; {} is on its way", progress.file)
                }
            ));
            said.extend(
                progress
                    .waits_for
                    .as_deref()
                    .map(|why| format!("It is tried again by itself: {}", as_sentence(why))),
            );
        }
        let hindrance = own.and_then(|own| own.hindrance.as_deref());
        let was_sent = sendings.iter().any(|sending| sending.sent().is_some());
        let may = match (door.visitor.may(Right::TakeIn) && own.is_some(), is_open) {
            (false, _) => "",
            (true, true) => "call_off",
            (true, false) if hindrance.is_some() => "",
            (true, false) if was_sent => "again",
            (true, false) => "send",
        };
        if !is_open {
            said.extend(hindrance.map(as_sentence));
        }
        Some(Self {
            to: own.map_or_else(String::new, |own| own.to.clone()),
            said,
            progress: progress.map(|progress| (progress.bytes_done, progress.bytes)),
            may,
        })
    }
}

pub(super) async fn send(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let asked = SendAsked {
        no: posted.fields.read("no")?,
        again: match posted.fields.get("again") {
            "yes" => SendAgain::Yes,
            _ => SendAgain::No,
        },
    };
    let key = Some(posted.key.clone());
    let outcome = web
        .studio
        .send_package(&door.visitor, door.number, asked, key)
        .await;
    done(&web, door, outcome).await
}

pub(super) async fn call_off(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let no = posted.fields.read("no")?;
    let key = Some(posted.key.clone());
    let outcome = web
        .studio
        .call_off_sending(&door.visitor, door.number, no, key)
        .await;
    done(&web, door, outcome).await
}

pub(super) async fn try_upload(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let profile = posted.fields.get("profile").to_owned();
    let tried = web
        .studio
        .try_upload(&door.visitor, door.number, &profile)
        .await;
    match tried {
        Ok(tried) => {
            let said = tried.said.iter().map(|line| as_sentence(line)).collect();
            page_with(&web, door, String::new(), (profile, said)).await
        }
        Err(denied) => done::<()>(&web, door, Err(denied)).await,
    }
}
