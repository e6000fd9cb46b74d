//! One person, as the studio looks after them.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mastering::Zone;
use studio::{
    AccountState, Denied, Erasure, HeldMail, MemberLine, MemberRight, MemberRights, PersonView,
    Role, SessionLine, Visitor, right_to_change,
};

use super::draw;
use super::people::{read_role, role_word};
use super::set_up::new_person;
use crate::form::{Fields, Posted};
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/people/{login}", get(show))
        .route("/people/{login}/contact", post(set_contact))
        .route("/people/{login}/role", post(set_role))
        .route("/people/{login}/account", post(set_account))
        .route("/people/{login}/password", post(set_password))
        .route("/people/{login}/sessions/end", post(end_sessions))
        .route("/people/{login}/mail-again", post(mail_again))
        .route("/people/{login}/members", post(add_member))
        .route("/people/{login}/members/{member}", post(set_rights))
        .route("/people/{login}/members/{member}/end", post(end_member))
        .route("/people/{login}/export", get(export))
        .route("/people/{login}/erase", post(erase_person))
}

/// What one of a client's people may do, in words.
pub(crate) fn right_word(right: MemberRight) -> &'static str {
    match right {
        MemberRight::Send => "send mixes",
        MemberRight::Comment => "comment",
        MemberRight::RequestRevision => "ask for a revision",
        MemberRight::Approve => "approve: the last word",
        MemberRight::Download => "fetch the finals",
        MemberRight::SeeMoney => "see what is owed",
    }
}

/// The rights that a form ticks.
pub(crate) fn rights_of(fields: &Fields) -> MemberRights {
    fields
        .below("right_")
        .filter_map(|(code, _)| MemberRight::of_code(code))
        .collect()
}

/// Forgets a person, whose login somebody typed once more.
pub(crate) async fn erase(
    web: &Web,
    visitor: &Visitor,
    login: &str,
    typed: &str,
) -> Result<Erasure, Denied> {
    if !visitor.may(studio::Right::Delete) {
        return Err(Denied::NotAllowed);
    }
    if !typed.trim().eq_ignore_ascii_case(login) {
        return Err(Denied::Invalid(
            "type the login of the person who is to be forgotten".to_owned(),
        ));
    }
    web.studio.erase_person(visitor, login).await
}

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    frame: Frame,
    person: PersonView,
    role: &'static str,
    roles: Vec<(&'static str, &'static str, bool)>,
    may: Vec<&'static str>,
    sessions: Vec<(SessionLine, String)>,
    members: Vec<Member>,
    rights: Vec<(&'static str, &'static str)>,
    held: Option<HeldMail>,
    refusal: String,
    secret: String,
}

struct Member {
    line: MemberLine,
    rights: Vec<(&'static str, &'static str, bool)>,
    until: String,
    seal: String,
    end_seal: String,
}

impl Page {
    /// The seal of a form below the person's address.
    fn seal(&self, action: &str) -> String {
        let path = format!("/people/{}/{action}", self.person.login);
        stamp::form_token(&self.secret, &path)
    }

    fn may(&self, what: &str) -> bool {
        self.may.contains(&what)
    }

    fn is_client(&self) -> bool {
        self.person.role == Role::Client
    }

    fn is_house(&self) -> bool {
        self.person.role.is_house()
    }
}

impl Member {
    fn of(line: MemberLine, client: &str, secret: &str, zone: &Zone) -> Self {
        let path = format!("/people/{client}/members/{}", line.person.login);
        Self {
            seal: stamp::form_token(secret, &path),
            end_seal: stamp::form_token(secret, &format!("{path}/end")),
            rights: MemberRight::ALL
                .map(|right| {
                    (
                        right.code(),
                        right_word(right),
                        line.rights.contains(&right),
                    )
                })
                .to_vec(),
            until: line
                .until
                .map_or_else(String::new, |at| words::moment(zone, at)),
            line,
        }
    }
}

async fn page(web: &Web, visit: &Visit, login: &str, refusal: String) -> Result<Response, Trouble> {
    let (studio, visitor) = (&web.studio, &visit.visitor);
    let people = studio.people(visitor).await?;
    let person = people.into_iter().find(|p| p.login == login);
    let person = person.ok_or(Denied::NotFound)?;
    let may_change = visitor.may(right_to_change(person.role));
    let mut may = Vec::new();
    let rights = [
        ("change", may_change),
        ("set", visitor.may(studio::Right::Settings)),
        ("delete", visitor.may(studio::Right::Delete)),
    ];
    may.extend(
        rights
            .iter()
            .filter(|(_, is_so)| *is_so)
            .map(|(what, _)| *what),
    );
    let sessions = if may_change {
        studio.sessions_of(visitor, login).await?
    } else {
        Vec::new()
    };
    let members = if person.role == Role::Client {
        studio.members(visitor, login).await?
    } else {
        Vec::new()
    };
    let held = studio.held_mails(visitor).await?;
    let house = Role::ALL.into_iter().filter(|role| role.is_house());
    let zone = web.zone();
    draw(&Page {
        frame: Frame::of(visitor, &visit.secret, "people"),
        role: role_word(person.role),
        roles: house
            .map(|role| (role.code(), role_word(role), role == person.role))
            .collect(),
        may,
        sessions: sessions
            .into_iter()
            .map(|line| {
                let seen = words::moment(&zone, line.seen_at);
                (line, seen)
            })
            .collect(),
        members: members
            .into_iter()
            .map(|line| Member::of(line, login, &visit.secret, &zone))
            .collect(),
        rights: MemberRight::ALL
            .map(|right| (right.code(), right_word(right)))
            .to_vec(),
        held: held.into_iter().find(|held| held.login == person.login),
        person,
        refusal,
        secret: visit.secret.clone(),
    })
}

/// Back to the person's page, or the page with what was refused.
async fn done<T>(
    web: &Web,
    visit: &Visit,
    login: &str,
    outcome: Result<T, Denied>,
) -> Result<Response, Trouble> {
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("/people/{login}")).into_response()),
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(denied.into()),
        Err(denied) => {
            let page = page(web, visit, login, sentences_of(&denied).0).await?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
) -> Result<Response, Trouble> {
    page(&web, &visit.staff()?, &login, String::new()).await
}

async fn set_contact(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let new = (posted.fields.get("name"), posted.fields.get("email"));
    let outcome = web.studio.set_contact(&visit.visitor, &login, new).await;
    done(&web, &visit, &login, outcome).await
}

async fn set_role(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let outcome = match read_role(posted.fields.get("role")) {
        Ok(role) => web.studio.set_role(&visit.visitor, &login, role).await,
        Err(denied) => Err(denied),
    };
    done(&web, &visit, &login, outcome).await
}

async fn set_account(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let state = match posted.fields.get("account") {
        "open" => AccountState::Open,
        _ => AccountState::Closed,
    };
    let outcome = web.studio.set_account(&visit.visitor, &login, state).await;
    done(&web, &visit, &login, outcome).await
}

async fn set_password(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let new = posted.fields.get("password").to_owned();
    let outcome = web.studio.set_password(&visit.visitor, &login, new).await;
    done(&web, &visit, &login, outcome).await
}

async fn end_sessions(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    _posted: Posted,
) -> Result<Response, Trouble> {
    let outcome = web.studio.end_sessions_of(&visit.visitor, &login).await;
    done(&web, &visit, &login, outcome).await
}

async fn mail_again(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    _posted: Posted,
) -> Result<Response, Trouble> {
    let outcome = web.studio.mail_again(&visit.visitor, &login).await;
    done(&web, &visit, &login, outcome).await
}

async fn add_member(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let (person, rights) = (new_person(&posted.fields), rights_of(&posted.fields));
    let studio = &web.studio;
    let outcome = studio
        .add_member(&visit.visitor, &login, person, rights)
        .await;
    done(&web, &visit, &login, outcome).await
}

async fn set_rights(
    State(web): State<Web>,
    visit: Visit,
    Path((login, member)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let (who, rights) = ((login.as_str(), member.as_str()), rights_of(&posted.fields));
    let studio = &web.studio;
    let outcome = studio.set_member_rights(&visit.visitor, who, rights).await;
    done(&web, &visit, &login, outcome).await
}

async fn end_member(
    State(web): State<Web>,
    visit: Visit,
    Path((login, member)): Path<(String, String)>,
    _posted: Posted,
) -> Result<Response, Trouble> {
    let who = (login.as_str(), member.as_str());
    let outcome = web.studio.end_member(&visit.visitor, who).await;
    done(&web, &visit, &login, outcome).await
}

async fn export(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
) -> Result<Response, Trouble> {
    let kept = web.studio.export_person(&visit.visitor, &login).await?;
    Ok(super::as_file(&kept, &format!("{login}.json")))
}

#[derive(Template)]
#[template(path = "erased.html")]
struct ErasedPage {
    frame: Frame,
    stays: Vec<String>,
}

async fn erase_person(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let typed = posted.fields.get("confirm");
    match erase(&web, &visit.visitor, &login, typed).await {
        Ok(erased) => draw(&ErasedPage {
            frame: Frame::of(&visit.visitor, &visit.secret, "people"),
            stays: erased.stays,
        }),
        Err(denied) => done::<()>(&web, &visit, &login, Err(denied)).await,
    }
}
