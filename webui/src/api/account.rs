//! What is one's own: profile, password, sessions, terms; and the way back in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{PersonView, Profile, SessionLine};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Access, Gives, Operation, Takes, for_visitors};
use super::schema::{list, object};
use crate::Web;
use crate::session::Sender;

type Field = (&'static str, &'static str, &'static str);

const PROFILE: [Field; 7] = [
    ("language?", "string", "`en` or `de`."),
    (
        "party?",
        "string",
        "`unsaid`, `person`, `sole_trader` or `company`.",
    ),
    ("company?", "string", "The company's name."),
    ("phone?", "string", "Telephone."),
    ("postal?", "string", "Postal address."),
    (
        "of_age_at?",
        "integer",
        "When they said that they are of age.",
    ),
    (
        "notices_off?",
        "string[]",
        "Kinds of notices that are not mailed to them.",
    ),
];

pub(super) const SESSION: [Field; 6] = [
    ("id", "string", "Names it among the person's sessions."),
    ("since", "integer", "When it began."),
    ("seen_at", "integer", "When it was seen last."),
    ("address", "string", "From which network address."),
    ("browser", "string", "With which browser."),
    ("is_this", "boolean", "Whether it is the one that asks."),
];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = about_profile();
    all.extend(about_password());
    all.extend(about_sessions());
    all.extend(about_terms());
    all
}

fn about_profile() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "get",
                "/account/profile",
                "What the caller said of themselves.",
            ),
            Takes::Nothing,
            Gives::Json(object(&PROFILE)),
            get(profile),
        ),
        for_visitors(
            (
                "put",
                "/account/profile",
                "Sets it; what is left out is emptied.",
            ),
            Takes::Json(object(&PROFILE)),
            Gives::Json(object(&PROFILE)),
            put(set_profile),
        ),
        for_visitors(
            (
                "put",
                "/account/contact",
                "Corrects the caller's name and mail address; held mails go out again.",
            ),
            Takes::Json(object(&[
                ("name", "string", "Name as written."),
                ("email", "string", "E-mail address, or empty."),
            ])),
            Gives::Json(object(&super::people::PERSON)),
            put(set_contact),
        ),
        for_visitors(
            (
                "get",
                "/account/export",
                "Everything that is kept of the caller.",
            ),
            Takes::Nothing,
            Gives::Json(object(&[])),
            get(export),
        ),
    ]
}

fn about_password() -> Vec<Operation> {
    let mut ask = for_visitors(
        (
            "post",
            "/recovery",
            "Asks for a new password by mail. The answer is the same whether anybody has this login or address.",
        ),
        Takes::Json(object(&[(
            "login_or_email",
            "string",
            "Login name or mail address.",
        )])),
        Gives::Nothing,
        post(ask_recovery),
    );
    ask.access = Access::Anybody;
    let mut recover = for_visitors(
        (
            "put",
            "/recovery/{token}",
            "Sets a new password by the token of the mail; it works once, within an hour. Every session ends.",
        ),
        Takes::Json(object(&[("password", "string", "The new password.")])),
        Gives::Nothing,
        put(recover),
    );
    recover.access = Access::Anybody;
    vec![
        for_visitors(
            (
                "put",
                "/account/password",
                "Changes the caller's password. Every session ends; a new one is given.",
            ),
            Takes::Json(object(&[
                ("old", "string", "The password until now."),
                ("new", "string", "The new one."),
            ])),
            Gives::Json(object(&[("token", "string", "The new session's token.")])),
            put(change_password),
        ),
        ask,
        recover,
    ]
}

fn about_sessions() -> Vec<Operation> {
    vec![
        for_visitors(
            ("get", "/account/sessions", "Lists the caller's sessions."),
            Takes::Nothing,
            Gives::Json(list(&SESSION)),
            get(sessions),
        ),
        for_visitors(
            (
                "delete",
                "/account/sessions",
                "Ends all of the caller's sessions, this one too.",
            ),
            Takes::Nothing,
            Gives::Nothing,
            delete(end_sessions),
        ),
        for_visitors(
            (
                "delete",
                "/account/sessions/{session}",
                "Ends one of the caller's sessions.",
            ),
            Takes::Nothing,
            Gives::Nothing,
            delete(end_session),
        ),
    ]
}

fn about_terms() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "get",
                "/account/terms",
                "The studio's terms and whether the caller agreed to exactly these; null where it has none.",
            ),
            Takes::Nothing,
            Gives::Json(object(&[
                ("wording", "string", "The text."),
                ("sha256", "string", "Its checksum."),
                ("accepted_at?", "integer", "When the caller agreed."),
            ])),
            get(terms),
        ),
        for_visitors(
            (
                "post",
                "/account/terms/accept",
                "Agrees to them under the caller's typed name.",
            ),
            Takes::Json(object(&[
                (
                    "sha256",
                    "string",
                    "The checksum of the text that was read.",
                ),
                ("name", "string", "The name, typed."),
            ])),
            Gives::Nothing,
            post(accept_terms),
        ),
    ]
}

async fn profile(State(web): State<Web>, caller: Caller) -> Result<Json<Profile>, ApiTrouble> {
    Ok(Json(web.studio.profile(&caller.visitor).await?))
}

async fn set_profile(
    State(web): State<Web>,
    caller: Caller,
    Body(profile): Body<Profile>,
) -> Result<Json<Profile>, ApiTrouble> {
    Ok(Json(
        web.studio.set_profile(&caller.visitor, profile).await?,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) email: String,
}

async fn set_contact(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<Contact>,
) -> Result<Json<PersonView>, ApiTrouble> {
    let set = web
        .studio
        .set_own_contact(&caller.visitor, (&new.name, &new.email));
    Ok(Json(set.await?))
}

async fn export(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiTrouble> {
    let login = caller.visitor.person().login.clone();
    Ok(Json(
        web.studio.export_person(&caller.visitor, &login).await?,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
}

async fn change_password(
    State(web): State<Web>,
    caller: Caller,
    Sender(whence): Sender,
    Body(NewPassword { old, new }): Body<NewPassword>,
) -> Result<Json<Value>, ApiTrouble> {
    let token = web
        .studio
        .change_password(&caller.visitor, (old, new), &whence)
        .await?;
    Ok(Json(json!({ "token": token })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lost {
    login_or_email: String,
}

async fn ask_recovery(
    State(web): State<Web>,
    Sender(whence): Sender,
    Body(Lost { login_or_email }): Body<Lost>,
) -> Result<StatusCode, ApiTrouble> {
    web.studio.ask_recovery(&login_or_email, &whence).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    pub(super) password: String,
}

async fn recover(
    State(web): State<Web>,
    Sender(whence): Sender,
    address: Address,
    Body(new): Body<Password>,
) -> Result<StatusCode, ApiTrouble> {
    web.studio
        .recover(address.text("token"), new.password, &whence)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sessions(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<SessionLine>>, ApiTrouble> {
    let this = caller.session.as_deref();
    Ok(Json(web.studio.sessions(&caller.visitor, this).await?))
}

async fn end_sessions(State(web): State<Web>, caller: Caller) -> Result<StatusCode, ApiTrouble> {
    web.studio.end_sessions(&caller.visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_session(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<StatusCode, ApiTrouble> {
    let id = address.text("session");
    web.studio.end_session(&caller.visitor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn terms(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiTrouble> {
    let terms = web.studio.terms(&caller.visitor).await?;
    Ok(Json(json!(terms)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreed {
    sha256: String,
    name: String,
}

async fn accept_terms(
    State(web): State<Web>,
    caller: Caller,
    Body(agreed): Body<Agreed>,
) -> Result<StatusCode, ApiTrouble> {
    web.studio
        .accept_terms(&caller.visitor, (&agreed.sha256, &agreed.name))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
