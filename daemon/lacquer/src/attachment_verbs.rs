//! `lacquer release attachments ..`: the booklet, videos and cover of an order, and what people say of them.

use anyhow::Context as _;
use mastering::{AttachmentKind, OrderNumber, TickPoint};
use serde_json::Value;
use studio::control::{AttachmentsRequest, Request};

use crate::admin::{ask_daemon, say_done, text};
use crate::args::Place;
use crate::release_args::AttachmentVerb;
use crate::rule_args::WordOf;
use crate::{Outcome, print_json};

pub(crate) fn run(place: &Place, verb: AttachmentVerb, word: &WordOf) -> anyhow::Result<Outcome> {
    let (number, attachments, done) = match verb {
        AttachmentVerb::Attachments { number } => return show(place, number, word),
        AttachmentVerb::Booklet { number, file } => {
            let keep = AttachmentsRequest::Keep {
                kind: AttachmentKind::Booklet,
                song: None,
                path: std::path::absolute(file)?,
            };
            (number, keep, "the booklet is kept, and is being read")
        }
        AttachmentVerb::Video { number, song, file } => {
            let keep = AttachmentsRequest::Keep {
                kind: AttachmentKind::Video,
                song: Some(song),
                path: std::path::absolute(file)?,
            };
            (number, keep, "the video is kept, and is being read")
        }
        AttachmentVerb::Attach { number, no, song } => {
            let take = AttachmentsRequest::Take { no, song };
            (number, take, "taken, and being read")
        }
        AttachmentVerb::VideoIsrc { number, no, isrc } => {
            (number, AttachmentsRequest::Code { no, isrc }, "noted")
        }
        AttachmentVerb::Tick {
            number,
            point,
            no,
            name,
        } => {
            let point = point_of(&point)?;
            let tick = AttachmentsRequest::Tick { no, point, name };
            (number, tick, "noted")
        }
        AttachmentVerb::Untick { number, point, no } => {
            let point = point_of(&point)?;
            (
                number,
                AttachmentsRequest::TakeBack { no, point },
                "taken back",
            )
        }
        AttachmentVerb::Detach { number, no } => {
            let remove = AttachmentsRequest::Remove { no };
            (number, remove, "it is not delivered")
        }
    };
    let seq = ask(place, number, attachments, word)?;
    say_done(number, (&seq, done), word)
}

fn point_of(code: &str) -> anyhow::Result<TickPoint> {
    let mut points = TickPoint::ALL.into_iter();
    points.find(|point| point.code() == code).with_context(|| {
        let codes = TickPoint::ALL.map(TickPoint::code);
        format!(
            "there is no point \u{201c}{code}\u{201d}: take {}",
            codes.join(", ")
        )
    })
}

fn ask(
    place: &Place,
    number: OrderNumber,
    attachments: AttachmentsRequest,
    word: &WordOf,
) -> anyhow::Result<Value> {
    let by = word.by.clone();
    let request = Request::Attachments {
        number,
        attachments,
        by,
    };
    ask_daemon(place, &request)
}

/// Shows what was found. The answer is no where something keeps the booklet or a video from being delivered.
fn show(place: &Place, number: OrderNumber, word: &WordOf) -> anyhow::Result<Outcome> {
    let view = ask(place, number, AttachmentsRequest::Show, word)?;
    let songs = view["songs"].as_array().into_iter().flatten();
    let videos = songs.map(|song| (text(song, "title").to_owned(), &song["video"]));
    let all = std::iter::once(("Booklet".to_owned(), &view["booklet"])).chain(videos);
    let all: Vec<(String, &Value)> = all.filter(|(_, one)| !one.is_null()).collect();
    let lacks = |one: &Value| one["lacks"].as_array().is_some_and(|all| !all.is_empty());
    let outcome = if all.iter().any(|(_, one)| lacks(one)) {
        Outcome::No
    } else {
        Outcome::Good
    };
    if word.json {
        print_json(&view)?;
        return Ok(outcome);
    }
    if !view["cover"].is_null() {
        println!("Cover: {}", text(&view["cover"]["cover"], "file_name"));
        tell(&view["cover"]["findings"], &view["cover"]["points"]);
    }
    for (what, one) in all {
        println!(
            "{} {what}: {} ({})",
            one["no"],
            text(one, "file_name"),
            text(one, "told")
        );
        tell(&one["read"]["findings"], &one["points"]);
    }
    for one in view["proposed"].as_array().into_iter().flatten() {
        println!(
            "{} {} came in the dropbox from {}, perhaps a {}: take it by `release attach`, or set it aside by `release detach`",
            one["no"],
            text(one, "file_name"),
            text(one, "by"),
            text(one, "is")
        );
    }
    Ok(outcome)
}

fn tell(findings: &Value, points: &Value) {
    for finding in findings.as_array().into_iter().flatten() {
        println!("  {}: {}", text(finding, "weight"), text(finding, "words"));
    }
    for point in points.as_array().into_iter().flatten() {
        let by = point["by"].as_str().unwrap_or("nobody yet");
        println!(
            "  {} ({}): {by}",
            text(point, "words"),
            text(point, "point")
        );
    }
}
