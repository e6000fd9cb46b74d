//! People, passwords, sessions and links: who may come in.
//!
//! Every route to an order asks [`may_see`], the one authorisation function; everything that changes
//! something asks the table of rights as well.

mod membership;
mod passwords;
mod reach;
mod rights;
mod tokens;
mod visitor;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use mastering::{PersonId, Trust, UnixMs};
use tokio::sync::Semaphore;
use vault::{PersonRow, PersonState, TokenRow, TokenState, Vault, Write};

use self::membership::Membership;
pub use self::membership::{MemberRight, MemberRights};
pub(crate) use self::membership::{read_rights, write_rights};
use self::passwords::Tries;
pub(crate) use self::reach::Reach;
pub use self::rights::Right;
pub(crate) use self::tokens::TokenKind;
pub(crate) use self::visitor::may_see;
pub use self::visitor::{Origin, Visitor};
use crate::clock::{now_ms, random_id, token_hash};
use crate::denied::Denied;
use crate::views::{PersonView, Role, Telling};

/// Argon2 takes 19 MiB each; more at once would be a way to exhaust the box.
const HASHES_AT_ONCE: usize = 2;
/// Longest name, in characters.
const NAME_MAX: usize = 200;
/// Longest login: it is a share's name and part of a Unix user's as well.
const LOGIN_MAX: usize = 29;
/// Names that mean something to Samba or to this program.
const NO_LOGINS: [&str; 5] = ["global", "homes", "printers", "ipc", "administrator"];

/// The name of the setting that says when a client reads what was found in their mixes.
fn telling_setting(person: &str) -> String {
    format!("findings.{person}")
}

/// When a client reads what was found in their mixes.
pub(crate) fn telling_of(vault: &Vault, client: &PersonId) -> Result<Telling, vault::VaultError> {
    let set = vault.setting(&telling_setting(client.as_str()))?;
    Ok(read_telling(set.as_deref()))
}

/// Without a setting it is at once; a code nobody knows holds back, which a person sees and ends.
fn read_telling(set: Option<&str>) -> Telling {
    set.map_or(Telling::AtOnce, |code| {
        Telling::of_code(code).unwrap_or(Telling::AfterRelease)
    })
}

fn telling_of_id(vault: &Vault, person: &str) -> Result<Telling, vault::VaultError> {
    let set = vault.setting(&telling_setting(person))?;
    Ok(read_telling(set.as_deref()))
}

/// A name as it is kept.
pub(crate) fn read_name(given: &str) -> Result<String, Denied> {
    let kept = given.trim().chars().filter(|c| !c.is_control());
    let name: String = kept.take(NAME_MAX).collect();
    if name.is_empty() {
        return Err(Denied::Invalid("the name is missing".to_owned()));
    }
    Ok(name)
}

/// A mail address as it is kept, or nothing.
pub(crate) fn read_email(given: &str) -> Result<String, Denied> {
    let email = given.trim().to_owned();
    if !email.is_empty() && email.parse::<lettre::Address>().is_err() {
        return Err(Denied::Invalid(format!(
            "\u{201c}{email}\u{201d} is not an e-mail address"
        )));
    }
    Ok(email)
}

/// The name of the setting that says whether a client is trusted with masters.
fn trust_setting(person: &str) -> String {
    format!("trust.{person}")
}

/// Whether a client hears masters lossless before they are theirs.
pub(crate) fn trust_of(vault: &Vault, client: &PersonId) -> Result<Trust, vault::VaultError> {
    let set = vault.setting(&trust_setting(client.as_str()))?;
    // A code nobody knows trusts nobody.
    Ok(match set.as_deref() {
        Some("trusted") => Trust::Trusted,
        Some(_) | None => Trust::Usual,
    })
}

/// The row that says so.
pub(crate) fn trust_row(client: &PersonId, trust: Trust) -> Write {
    let code = match trust {
        Trust::Usual => "usual",
        Trust::Trusted => "trusted",
    };
    Write::Setting {
        name: trust_setting(client.as_str()),
        value: code.to_owned(),
    }
}

/// A person to be added.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Login name: letters, digits, `-`, `_`; also the name of the dropbox folder.
    pub login: String,
    /// Name as written.
    pub name: String,
    /// E-mail address, or empty.
    pub email: String,
    /// Password; none for a client who only uses links.
    pub password: Option<String>,
}

/// People and keys to the doors.
#[derive(Clone)]
pub(crate) struct Access {
    vault: Vault,
    tries: Arc<Mutex<HashMap<String, Tries>>>,
    seen: Arc<Mutex<HashMap<String, UnixMs>>>,
    hashing: Arc<Semaphore>,
}

impl Access {
    pub(crate) fn new(vault: Vault) -> Self {
        Self {
            vault,
            tries: Arc::default(),
            seen: Arc::default(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
        }
    }

    pub(crate) async fn person_by_login(&self, login: &str) -> Result<Option<PersonRow>, Denied> {
        let login = login.to_owned();
        self.read(move |vault| vault.person_by_login(&login)).await
    }

    pub(crate) async fn person(&self, id: &PersonId) -> Result<Option<PersonView>, Denied> {
        let id = id.clone();
        let found = self
            .read(move |vault| {
                let person = vault.person(id.as_str())?;
                let telling = telling_of(vault, &id)?;
                Ok(person.map(|row| (row, telling)))
            })
            .await?;
        found.map(|(row, telling)| view(&row, telling)).transpose()
    }

    pub(crate) async fn people(&self) -> Result<Vec<PersonView>, Denied> {
        let found = self
            .read(|vault| vault.persons_with(&telling_setting("")))
            .await?;
        found
            .iter()
            .map(|(row, set)| view(row, read_telling(set.as_deref())))
            .collect()
    }

    /// The name of everybody who was ever known.
    pub(crate) async fn names(&self) -> Result<HashMap<PersonId, String>, Denied> {
        let names = self.read(vault::Vault::person_names).await?;
        let names = names
            .into_iter()
            .map(|(id, name)| Ok((parse_id(&id)?, name)));
        names.collect()
    }

    /// The row that says when a client reads what was found in their mixes.
    pub(crate) fn telling_row(person: &PersonId, telling: Telling) -> Write {
        Write::Setting {
            name: telling_setting(person.as_str()),
            value: telling.code().to_owned(),
        }
    }

    /// Runs a blocking read of the vault.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Vault) -> Result<T, vault::VaultError> + Send + 'static,
    ) -> Result<T, Denied> {
        let vault = self.vault.clone();
        tokio::task::spawn_blocking(move || read(&vault))
            .await
            .map_err(|e| Denied::fault("the studio's database could not be read", &e))?
            .map_err(|e| Denied::fault("the studio's database could not be read", &e))
    }

    /// The rows that add a person.
    pub(crate) async fn add(
        &self,
        new: NewPerson,
        role: Role,
    ) -> Result<(PersonView, Write), Denied> {
        let login = new.login.trim().to_lowercase();
        let is_plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let is_login = !login.is_empty()
            && login.len() <= LOGIN_MAX
            && login.chars().all(is_plain)
            && !login.starts_with(['-', '_'])
            && !NO_LOGINS.contains(&login.as_str());
        if !is_login {
            return Err(Denied::Invalid(format!(
                "a login has 1 to {LOGIN_MAX} letters, digits, - or _, and begins with a letter or digit"
            )));
        }
        let name = read_name(&new.name)?;
        let email = read_email(&new.email)?;
        let password_hash = match new.password.filter(|p| !p.is_empty()) {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        };
        let row = PersonRow {
            id: random_id(),
            login,
            role: role.code().to_owned(),
            name,
            email,
            password_hash,
            created_ms: now_ms(),
            state: PersonState::Active,
        };
        Ok((view(&row, Telling::AtOnce)?, Write::Person(row)))
    }

    /// The person or link that a token stands for, if it is still good and they may come in.
    pub(crate) async fn visitor(
        &self,
        token: &str,
        kind: TokenKind,
    ) -> Result<Option<Visitor>, Denied> {
        let Some(row) = self.live_token(token, kind).await? else {
            return Ok(None);
        };
        let Some(id) = row.person.clone() else {
            return Ok(None);
        };
        let found = self
            .read(move |vault| {
                let person = vault.person(&id)?;
                let telling = telling_of_id(vault, &id)?;
                Ok(person.map(|person| (person, telling)))
            })
            .await?;
        let Some((person, telling)) = found else {
            return Ok(None);
        };
        let person = view(&person, telling)?;
        if person.is_closed {
            return Ok(None);
        }
        let membership = match person.role {
            Role::Member => match self.membership(&person.id, row.project.as_deref()).await? {
                Some(membership) => Some(membership),
                None => return Ok(None),
            },
            Role::Owner | Role::Engineer | Role::Assistant | Role::Auditor | Role::Client => None,
        };
        let project = row.project.as_deref().map(parse_id).transpose()?;
        Ok(match (kind, project) {
            (TokenKind::Session, _) => Some(Visitor::logged_in(person, membership)),
            (TokenKind::Portal, Some(project)) => {
                Some(Visitor::by_link(person, project, membership))
            }
            (TokenKind::Portal, None) | (TokenKind::SetUp | TokenKind::Recovery, _) => None,
        })
    }

    /// The person of a login, whose word is given on the box itself.
    pub(crate) async fn acting(&self, login: &str) -> Result<Visitor, Denied> {
        let nobody = || Denied::Invalid(format!("there is nobody with the login {login}"));
        let row = self.person_by_login(login.trim()).await?;
        let id = parse_id(&row.ok_or_else(nobody)?.id)?;
        let person = self.person(&id).await?.ok_or_else(nobody)?;
        if person.is_closed {
            return Err(Denied::Invalid(format!("the account of {login} is closed")));
        }
        let membership = match person.role {
            Role::Member => Some(self.membership(&id, None).await?.ok_or_else(nobody)?),
            Role::Owner | Role::Engineer | Role::Assistant | Role::Auditor | Role::Client => None,
        };
        Ok(Visitor::logged_in(person, membership).on_the_box())
    }

    /// What one of a client's people may do; none once it has ended, or for another order than
    /// the one they were invited to.
    async fn membership(
        &self,
        person: &PersonId,
        project: Option<&str>,
    ) -> Result<Option<Membership>, Denied> {
        let id = person.to_string();
        let row = self.read(move |vault| vault.member(&id)).await?;
        let Some(row) = row else {
            return Ok(None);
        };
        // Who was invited to one order has no other door than its link.
        if row.project.is_some() && row.project.as_deref() != project {
            return Ok(None);
        }
        Membership::of(&row, now_ms())
    }

    /// Whose dropbox somebody sends to: their own, or that of the client for whom they send.
    pub(crate) async fn dropbox_of(&self, person: &PersonView) -> Result<Option<String>, Denied> {
        if person.role != Role::Member {
            return Ok(Some(person.login.clone()));
        }
        let membership = self.membership(&person.id, None).await?;
        let Some(membership) = membership.filter(|m| m.may(Right::Send)) else {
            return Ok(None);
        };
        let client = self.person(&membership.account).await?;
        Ok(client.map(|client| client.login))
    }

    pub(crate) async fn live_token(
        &self,
        token: &str,
        kind: TokenKind,
    ) -> Result<Option<TokenRow>, Denied> {
        let hash = token_hash(token);
        let row = self.read(move |vault| vault.token(&hash)).await?;
        let now = now_ms();
        Ok(row.filter(|row| {
            row.kind == kind.code()
                && row.state == TokenState::Live
                && row.expires_ms.is_none_or(|end| end > now)
        }))
    }
}

fn view(row: &PersonRow, findings: Telling) -> Result<PersonView, Denied> {
    let role = Role::of_code(&row.role).ok_or_else(|| {
        Denied::Fault(format!(
            "the studio's database holds the unknown role {}",
            row.role
        ))
    })?;
    Ok(PersonView {
        id: parse_id(&row.id)?,
        login: row.login.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        role,
        findings,
        is_closed: row.state == PersonState::Disabled,
    })
}

/// Reads an id out of the database, where only good ones were written.
pub(crate) fn parse_id<T: std::str::FromStr<Err = mastering::BadId>>(
    text: &str,
) -> Result<T, Denied> {
    text.parse()
        .map_err(|e: mastering::BadId| Denied::fault("the studio's database holds a broken id", &e))
}
