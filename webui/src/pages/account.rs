//! What is one's own: how to be told, password, sessions, the studio's terms.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use studio::{Denied, Language, Party, PersonView, Profile, SessionLine, Terms, notice_kinds};

use super::draw;
use crate::form::{Fields, Posted};
use crate::session::{self, Sender, Visit};
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/account", get(show))
        .route("/account/contact", post(set_contact))
        .route("/account/profile", post(set_profile))
        .route("/account/password", post(change_password))
        .route("/account/sessions/end", post(end_sessions))
        .route("/account/sessions/{id}/end", post(end_session))
        .route("/account/terms", post(accept_terms))
        .route("/account/export", get(export))
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    person: PersonView,
    profile: Profile,
    languages: Vec<Choice>,
    parties: Vec<Choice>,
    kinds: Vec<Choice>,
    sessions: Vec<SessionRow>,
    terms: Option<Terms>,
    accepted: String,
    refusal: String,
    secret: String,
}

/// Something to be chosen.
struct Choice {
    code: &'static str,
    word: &'static str,
    is_on: bool,
}

struct SessionRow {
    line: SessionLine,
    since: String,
    seen: String,
    token: String,
}

impl Page {
    /// The seal of a form of this page.
    fn seal(&self, action: &str) -> String {
        stamp::form_token(&self.secret, &format!("/account/{action}"))
    }
}

fn languages(chosen: Language) -> Vec<Choice> {
    let word = |language| match language {
        Language::English => "English",
        Language::German => "Deutsch",
    };
    let all = Language::ALL.into_iter();
    all.map(|language| Choice {
        code: language.code(),
        word: word(language),
        is_on: language == chosen,
    })
    .collect()
}

fn parties(chosen: Party) -> Vec<Choice> {
    let word = |party| match party {
        Party::Unsaid => "not said",
        Party::Person => "a person",
        Party::SoleTrader => "a sole trader",
        Party::Company => "a company",
    };
    let all = Party::ALL.into_iter();
    all.map(|party| Choice {
        code: party.code(),
        word: word(party),
        is_on: party == chosen,
    })
    .collect()
}

fn kinds(profile: &Profile) -> Vec<Choice> {
    let all = notice_kinds().iter().filter(|kind| kind.can_be_off);
    all.map(|kind| Choice {
        code: kind.code,
        word: kind.about,
        is_on: !profile.notices_off.contains(kind.code),
    })
    .collect()
}

async fn page(web: &Web, visit: &Visit, refusal: String) -> Result<Response, Trouble> {
    let visitor = &visit.visitor;
    let zone = web.zone();
    let profile = web.studio.profile(visitor).await?;
    let sessions = web.studio.sessions(visitor, Some(&visit.secret)).await?;
    let terms = web.studio.terms(visitor).await?;
    let accepted = terms.as_ref().and_then(|terms| terms.accepted_at);
    draw(&Page {
        frame: Frame::of(visitor, &visit.secret, "account"),
        person: visitor.person().clone(),
        languages: languages(profile.language),
        parties: parties(profile.party),
        kinds: kinds(&profile),
        sessions: sessions
            .into_iter()
            .map(|line| SessionRow {
                since: words::moment(&zone, line.since),
                seen: words::moment(&zone, line.seen_at),
                token: stamp::form_token(
                    &visit.secret,
                    &format!("/account/sessions/{}/end", line.id),
                ),
                line,
            })
            .collect(),
        accepted: accepted.map_or_else(String::new, |at| words::moment(&zone, at)),
        terms,
        profile,
        refusal,
        secret: visit.secret.clone(),
    })
}

async fn refused(web: &Web, visit: &Visit, denied: &Denied) -> Result<Response, Trouble> {
    let page = page(web, visit, sentences_of(denied).0).await?;
    Ok((status_of(denied), page).into_response())
}

async fn done<T>(
    web: &Web,
    visit: &Visit,
    outcome: Result<T, Denied>,
) -> Result<Response, Trouble> {
    match outcome {
        Ok(_) => Ok(Redirect::to("/account").into_response()),
        Err(denied) => refused(web, visit, &denied).await,
    }
}

async fn show(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    page(&web, &visit, String::new()).await
}

async fn set_contact(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let new = (posted.fields.get("name"), posted.fields.get("email"));
    let outcome = web.studio.set_own_contact(&visit.visitor, new).await;
    done(&web, &visit, outcome).await
}

/// The profile that a form describes.
fn read_profile(fields: &Fields) -> Result<Profile, Denied> {
    let unread = || Denied::Invalid("this form cannot be read; reload the page".to_owned());
    let kept: Vec<&str> = fields.below("mail_").map(|(kind, _)| kind).collect();
    let off = notice_kinds().iter().filter(|kind| kind.can_be_off);
    Ok(Profile {
        language: Language::of_code(fields.get("language")).ok_or_else(unread)?,
        party: Party::of_code(fields.get("party")).ok_or_else(unread)?,
        company: fields.get("company").to_owned(),
        phone: fields.get("phone").to_owned(),
        postal: fields.get("postal").to_owned(),
        // The studio puts the moment.
        of_age_at: (!fields.get("of_age").is_empty()).then_some(0),
        notices_off: off
            .filter(|kind| !kept.contains(&kind.code))
            .map(|kind| kind.code.to_owned())
            .collect(),
    })
}

async fn set_profile(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let outcome = match read_profile(&posted.fields) {
        Ok(profile) => web.studio.set_profile(&visit.visitor, profile).await,
        Err(denied) => Err(denied),
    };
    done(&web, &visit, outcome).await
}

async fn change_password(
    State(web): State<Web>,
    visit: Visit,
    Sender(whence): Sender,
    posted: Posted,
) -> Result<Response, Trouble> {
    let fields = &posted.fields;
    if fields.get("new") != fields.get("new_again") {
        let denied = Denied::Invalid("the two new passwords are not the same".to_owned());
        return refused(&web, &visit, &denied).await;
    }
    let passwords = (fields.get("old").to_owned(), fields.get("new").to_owned());
    let changed = web
        .studio
        .change_password(&visit.visitor, passwords, &whence)
        .await;
    match changed {
        Ok(token) => {
            let cookie = session::begin_cookie(&web.config, &token);
            let home = Redirect::to("/account");
            Ok(([(header::SET_COOKIE, cookie)], home).into_response())
        }
        Err(denied) => refused(&web, &visit, &denied).await,
    }
}

async fn end_sessions(
    State(web): State<Web>,
    visit: Visit,
    _posted: Posted,
) -> Result<Response, Trouble> {
    web.studio.end_sessions(&visit.visitor).await?;
    let cookie = session::end_cookie(&web.config);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

async fn end_session(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    _posted: Posted,
) -> Result<Redirect, Trouble> {
    web.studio.end_session(&visit.visitor, &id).await?;
    Ok(Redirect::to("/account#sessions"))
}

async fn accept_terms(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let agreed = (posted.fields.get("sha256"), posted.fields.get("name"));
    let outcome = web.studio.accept_terms(&visit.visitor, agreed).await;
    done(&web, &visit, outcome).await
}

async fn export(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let login = visit.visitor.person().login.clone();
    let kept = web.studio.export_person(&visit.visitor, &login).await?;
    Ok(super::as_file(&kept, &format!("{login}.json")))
}
