//! People looked after by the studio: roles, accounts, a client's people, guests of an order.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use serde::Deserialize;
use serde_json::Value;
use studio::{
    AccountState, Denied, Erasure, GuestLink, HeldMail, MemberLine, MemberRight, NewGuest,
    NewPerson, PersonView, SessionLine,
};

use super::ApiTrouble;
use super::account::{Contact, Password, SESSION};
use super::caller::{Address, Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::people::PERSON;
use super::schema::{list, object};
use crate::Web;

type Field = (&'static str, &'static str, &'static str);

const MEMBER: [Field; 4] = [
    ("person", "object", "The person."),
    (
        "rights",
        "string[]",
        "`send`, `comment`, `request_revision`, `approve`, `download`, `see_money`.",
    ),
    ("number?", "string", "The only order they see."),
    ("until?", "integer", "When it ends by itself."),
];

const RIGHTS: Field = ("rights", "string[]", "What they may do.");

pub(super) fn operations() -> Vec<Operation> {
    let mut all = about_people();
    all.extend(about_data());
    all.extend(about_members());
    all.extend(about_guests());
    all
}

fn about_people() -> Vec<Operation> {
    let person = || Gives::Json(object(&PERSON));
    vec![
        for_visitors(
            (
                "put",
                "/people/{login}/role",
                "Gives somebody of the studio a role.",
            ),
            Takes::Json(object(&[(
                "role",
                "string",
                "`owner`, `engineer`, `assistant` or `auditor`.",
            )])),
            person(),
            put(set_role),
        ),
        for_visitors(
            (
                "put",
                "/people/{login}/account",
                "Ends an account or opens it again; what they did stays.",
            ),
            Takes::Json(object(&[("account", "string", "`open` or `closed`.")])),
            person(),
            put(set_account),
        ),
        for_visitors(
            (
                "put",
                "/people/{login}/password",
                "Sets somebody's password; all their sessions end.",
            ),
            Takes::Json(object(&[("password", "string", "The new password.")])),
            person(),
            put(set_password),
        ),
        for_visitors(
            (
                "put",
                "/people/{login}/contact",
                "Corrects name and mail address; held mails go out again.",
            ),
            Takes::Json(object(&[
                ("name", "string", "Name as written."),
                ("email", "string", "E-mail address, or empty."),
            ])),
            person(),
            put(set_contact),
        ),
        for_visitors(
            (
                "get",
                "/people/{login}/sessions",
                "Lists somebody's sessions.",
            ),
            Takes::Nothing,
            Gives::Json(list(&SESSION)),
            get(sessions),
        ),
        for_visitors(
            (
                "delete",
                "/people/{login}/sessions",
                "Ends all of somebody's sessions.",
            ),
            Takes::Nothing,
            Gives::Nothing,
            delete(end_sessions),
        ),
    ]
}

fn about_data() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "get",
                "/people/{login}/export",
                "Everything that is kept of a person.",
            ),
            Takes::Nothing,
            Gives::Json(object(&[])),
            get(export),
        ),
        for_visitors(
            (
                "post",
                "/people/{login}/erase",
                "Forgets a person; the journal stays and names nobody by itself.",
            ),
            Takes::Json(object(&[(
                "confirm",
                "string",
                "The login once more, typed by a person.",
            )])),
            Gives::Json(object(&[
                ("login", "string", "What stands in place of the login."),
                ("stays", "string[]", "What stays, and why."),
            ])),
            post(erase),
        ),
        for_visitors(
            (
                "get",
                "/held-mails",
                "Lists to whom nothing is mailed because a server refused the address.",
            ),
            Takes::Nothing,
            Gives::Json(list(&[
                ("login", "string", "Login."),
                ("name", "string", "Name."),
                ("email", "string", "The address."),
                ("answer", "string", "What the server said."),
                ("at", "integer", "When."),
            ])),
            get(held_mails),
        ),
        for_visitors(
            (
                "post",
                "/people/{login}/mail-again",
                "Tries a refused mail address again and sends what was held.",
            ),
            Takes::Nothing,
            Gives::Nothing,
            post(mail_again),
        ),
    ]
}

fn about_members() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "get",
                "/people/{login}/members",
                "Lists a client's people and guests.",
            ),
            Takes::Nothing,
            Gives::Json(list(&MEMBER)),
            get(members),
        ),
        for_visitors(
            (
                "post",
                "/people/{login}/members",
                "Adds one of a client's people.",
            ),
            Takes::Json(object(&[
                ("login", "string", "Their login name."),
                ("name", "string", "Name."),
                ("email?", "string", "E-mail address."),
                ("password?", "string", "Password."),
                RIGHTS,
            ])),
            Gives::Json(object(&MEMBER)),
            post(add_member),
        ),
        for_visitors(
            (
                "put",
                "/people/{login}/members/{member}",
                "Changes what one of a client's people may do.",
            ),
            Takes::Json(object(&[RIGHTS])),
            Gives::Json(object(&MEMBER)),
            put(set_rights),
        ),
        for_visitors(
            (
                "delete",
                "/people/{login}/members/{member}",
                "Ends their part in the account, their sessions and links.",
            ),
            Takes::Nothing,
            Gives::Nothing,
            delete(end_member),
        ),
    ]
}

fn about_guests() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "get",
                "/orders/{number}/guests",
                "Lists the guests of an order.",
            ),
            Takes::Nothing,
            Gives::Json(list(&MEMBER)),
            get(guests),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/guests",
                "Invites a named guest by a link of their own. It is shown once.",
            ),
            Takes::Json(object(&[
                ("name", "string", "Name."),
                ("email?", "string", "E-mail address."),
                RIGHTS,
                ("until?", "integer", "When the link ends."),
            ])),
            Gives::Json(object(&[
                ("guest", "object", "The guest."),
                ("link", "string", "The link's address."),
            ])),
            post(invite),
        ),
        for_visitors(
            (
                "delete",
                "/orders/{number}/guests/{guest}",
                "Ends a guest's link, named by the guest's login.",
            ),
            Takes::Nothing,
            Gives::Nothing,
            delete(end_guest),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRole {
    role: String,
}

async fn set_role(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<NewRole>,
) -> Result<Json<PersonView>, ApiTrouble> {
    let role = crate::pages::read_role(&new.role)?;
    let login = address.text("login");
    Ok(Json(
        web.studio.set_role(&caller.visitor, login, role).await?,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewState {
    account: String,
}

async fn set_account(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<NewState>,
) -> Result<Json<PersonView>, ApiTrouble> {
    let state = match new.account.as_str() {
        "open" => AccountState::Open,
        "closed" => AccountState::Closed,
        _ => return Err(Denied::Invalid("an account is open or closed".to_owned()).into()),
    };
    let login = address.text("login");
    Ok(Json(
        web.studio
            .set_account(&caller.visitor, login, state)
            .await?,
    ))
}

async fn set_password(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<Password>,
) -> Result<Json<PersonView>, ApiTrouble> {
    let login = address.text("login");
    let set = web
        .studio
        .set_password(&caller.visitor, login, new.password);
    Ok(Json(set.await?))
}

async fn set_contact(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<Contact>,
) -> Result<Json<PersonView>, ApiTrouble> {
    let login = address.text("login");
    let set = web
        .studio
        .set_contact(&caller.visitor, login, (&new.name, &new.email));
    Ok(Json(set.await?))
}

async fn sessions(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Vec<SessionLine>>, ApiTrouble> {
    let login = address.text("login");
    Ok(Json(web.studio.sessions_of(&caller.visitor, login).await?))
}

async fn end_sessions(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<StatusCode, ApiTrouble> {
    let login = address.text("login");
    web.studio.end_sessions_of(&caller.visitor, login).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn export(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let login = address.text("login");
    Ok(Json(
        web.studio.export_person(&caller.visitor, login).await?,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    confirm: String,
}

async fn erase(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(typed): Body<Confirm>,
) -> Result<Json<Erasure>, ApiTrouble> {
    let login = address.text("login");
    let erased = crate::pages::erase(&web, &caller.visitor, login, &typed.confirm);
    Ok(Json(erased.await?))
}

async fn held_mails(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<HeldMail>>, ApiTrouble> {
    Ok(Json(web.studio.held_mails(&caller.visitor).await?))
}

async fn mail_again(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<StatusCode, ApiTrouble> {
    let login = address.text("login");
    web.studio.mail_again(&caller.visitor, login).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn members(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Vec<MemberLine>>, ApiTrouble> {
    let login = address.text("login");
    Ok(Json(web.studio.members(&caller.visitor, login).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMember {
    login: String,
    name: String,
    #[serde(default)]
    email: String,
    password: Option<String>,
    rights: Vec<MemberRight>,
}

async fn add_member(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<NewMember>,
) -> Result<Json<MemberLine>, ApiTrouble> {
    let person = NewPerson {
        login: new.login,
        name: new.name,
        email: new.email,
        password: new.password,
    };
    let rights = new.rights.into_iter().collect();
    let client = address.text("login");
    let added = web
        .studio
        .add_member(&caller.visitor, client, person, rights);
    Ok(Json(added.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRights {
    rights: Vec<MemberRight>,
}

async fn set_rights(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<NewRights>,
) -> Result<Json<MemberLine>, ApiTrouble> {
    let who = (address.text("login"), address.text("member"));
    let rights = new.rights.into_iter().collect();
    let set = web.studio.set_member_rights(&caller.visitor, who, rights);
    Ok(Json(set.await?))
}

async fn end_member(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<StatusCode, ApiTrouble> {
    let who = (address.text("login"), address.text("member"));
    web.studio.end_member(&caller.visitor, who).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn guests(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Vec<MemberLine>>, ApiTrouble> {
    let number = address.number()?;
    Ok(Json(web.studio.guests(&caller.visitor, number).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guest {
    name: String,
    #[serde(default)]
    email: String,
    rights: Vec<MemberRight>,
    until: Option<i64>,
}

async fn invite(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(guest): Body<Guest>,
) -> Result<Json<GuestLink>, ApiTrouble> {
    let new = NewGuest {
        name: guest.name,
        email: guest.email,
        rights: guest.rights.into_iter().collect(),
        until: guest.until,
    };
    let number = address.number()?;
    let mut invited = web
        .studio
        .invite_guest(&caller.visitor, number, new)
        .await?;
    invited.link = crate::pages::portal_address(&web, &invited.link);
    Ok(Json(invited))
}

async fn end_guest(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<StatusCode, ApiTrouble> {
    let (number, guest) = (address.number()?, address.text("guest"));
    web.studio.end_guest(&caller.visitor, number, guest).await?;
    Ok(StatusCode::NO_CONTENT)
}
