//! The guests of an order: each with a link of their own, with their rights, to its end.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use mastering::Zone;
use studio::{Denied, MemberLine, MemberRight, NewGuest};

use crate::door::Door;
use crate::form::Posted;
use crate::pages::{draw, portal_address, right_word, rights_of};
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, words};

const DAY_MS: i64 = 86_400_000;
/// The longest that a guest's link is good for, in days.
const MOST_DAYS: i64 = 3660;

#[derive(Template)]
#[template(path = "guests.html")]
struct Page {
    frame: Frame,
    number: String,
    base: String,
    guests: Vec<Guest>,
    rights: Vec<(&'static str, &'static str)>,
    token: String,
    link: String,
    refusal: String,
}

struct Guest {
    login: String,
    name: String,
    email: String,
    rights: String,
    until: String,
    token: String,
}

impl Guest {
    fn of(line: MemberLine, door: &Door, zone: &Zone) -> Self {
        let login = line.person.login;
        let rights: Vec<&str> = line.rights.iter().map(|right| right_word(*right)).collect();
        Self {
            token: door.token(&format!("guests/{login}/end")),
            rights: rights.join(", "),
            until: line
                .until
                .map_or_else(String::new, |at| words::moment(zone, at)),
            name: line.person.name,
            email: line.person.email,
            login,
        }
    }
}

async fn page(web: &Web, door: Door, link: String, refusal: String) -> Result<Response, Trouble> {
    let guests = web
        .studio
        .guests(&door.visitor, door.number)
        .await
        .map_err(|denied| door.trouble(denied))?;
    draw(&Page {
        frame: Frame::of(&door.visitor, door.secret(), "orders"),
        number: door.number.to_string(),
        guests: guests
            .into_iter()
            .map(|line| Guest::of(line, &door, &web.zone()))
            .collect(),
        rights: MemberRight::ALL
            .map(|right| (right.code(), right_word(right)))
            .to_vec(),
        token: door.token("guests"),
        base: door.base,
        link,
        refusal,
    })
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    page(&web, door, String::new(), String::new()).await
}

/// When a link ends that is good for so many days; none where nothing is said.
fn until(days: &str) -> Result<Option<i64>, Denied> {
    if days.trim().is_empty() {
        return Ok(None);
    }
    let days: Option<i64> = days.trim().parse().ok();
    let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
    let days = days.ok_or_else(|| {
        Denied::Invalid(format!(
            "a link is good for 1 to {MOST_DAYS} days, or for ever"
        ))
    })?;
    Ok(Some(words::now_ms() + days * DAY_MS))
}

pub(super) async fn invite(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let fields = &posted.fields;
    let invited = match until(fields.get("days")) {
        Ok(until) => {
            let guest = NewGuest {
                name: fields.get("name").to_owned(),
                email: fields.get("email").to_owned(),
                rights: rights_of(fields),
                until,
            };
            let studio = &web.studio;
            studio.invite_guest(&door.visitor, door.number, guest).await
        }
        Err(denied) => Err(denied),
    };
    match invited {
        Ok(invited) => {
            let link = portal_address(&web, &invited.link);
            page(&web, door, link, String::new()).await
        }
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(door.trouble(denied)),
        Err(denied) => {
            let status = status_of(&denied);
            let page = page(&web, door, String::new(), sentences_of(&denied).0).await?;
            Ok((status, page).into_response())
        }
    }
}

pub(super) async fn end(
    State(web): State<Web>,
    door: Door,
    Path(path): Path<Vec<(String, String)>>,
    _posted: Posted,
) -> Result<Redirect, Trouble> {
    let guest = path.iter().find(|(name, _)| name == "guest");
    let guest = guest.map_or("", |(_, login)| login.as_str());
    web.studio
        .end_guest(&door.visitor, door.number, guest)
        .await
        .map_err(|denied| door.trouble(denied))?;
    Ok(Redirect::to(&format!("{}/guests", door.base)))
}

/// Reads what the visitor was told of this order as read.
pub(super) async fn notices_read(
    State(web): State<Web>,
    door: Door,
    _posted: Posted,
) -> Result<Redirect, Trouble> {
    let told = web.studio.notices(&door.visitor).await?;
    for line in told {
        if line.number == Some(door.number) && !line.is_read {
            web.studio.notice_read(&door.visitor, &line.id).await?;
        }
    }
    Ok(door.back_to("notices"))
}
