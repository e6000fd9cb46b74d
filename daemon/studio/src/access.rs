//! People, passwords, sessions and links: who may come in.
//!
//! Every route asks [`may_see`], the one authorisation function.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use mastering::{Actor, PersonId, Project, ProjectId, UnixMs};
use tokio::sync::Semaphore;
use vault::{PersonRow, PersonState, TokenRow, TokenState, Vault, Write};

use crate::clock::{now_ms, random_id, random_token, token_hash};
use crate::denied::Denied;
use crate::views::{PersonView, Role, Telling};

/// Wrong passwords of one login or one address before it has to wait.
const FREE_TRIES: u32 = 5;
/// How long it waits then, in milliseconds; doubled with each further wrong one.
const FIRST_WAIT_MS: i64 = 2_000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
/// How many logins and addresses are remembered.
const REMEMBERED: usize = 10_000;
/// Argon2 takes 19 MiB each; more at once would be a way to exhaust the box.
const HASHES_AT_ONCE: usize = 2;
/// Shortest password, in characters.
const PASSWORD_MIN: usize = 8;
/// Longest password, in bytes.
const PASSWORD_MAX: usize = 1024;
/// Longest login: it is a share's name and part of a Unix user's as well.
const LOGIN_MAX: usize = 29;
/// Names that mean something to Samba or to this program.
const NO_LOGINS: [&str; 5] = ["global", "homes", "printers", "ipc", "administrator"];
const DAY_MS: i64 = 86_400_000;
/// A session ends after two weeks.
const SESSION_MS: i64 = 14 * DAY_MS;
/// A set-up link is good for a week.
const SETUP_MS: i64 = 7 * DAY_MS;

/// Somebody at the door, known.
#[derive(Debug, Clone)]
pub enum Visitor {
    /// One of the studio's people.
    Staff(PersonView),
    /// A client who logged in.
    Client(PersonView),
    /// Somebody with the link of one order.
    Link {
        /// The order's client.
        client: PersonView,
        /// The order's project; nothing else can be seen.
        project: ProjectId,
    },
}

impl Visitor {
    /// The name to greet with.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Staff(person) | Self::Client(person) | Self::Link { client: person, .. } => {
                &person.name
            }
        }
    }

    /// Whether they work here.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        match self {
            Self::Staff(_) => true,
            Self::Client(_) | Self::Link { .. } => false,
        }
    }

    /// The person behind it.
    #[must_use]
    pub fn person(&self) -> &PersonView {
        match self {
            Self::Staff(person) | Self::Client(person) | Self::Link { client: person, .. } => {
                person
            }
        }
    }

    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Staff(person) => Actor::Staff {
                person: person.id.clone(),
            },
            Self::Client(person) | Self::Link { client: person, .. } => Actor::Client {
                person: person.id.clone(),
            },
        }
    }
}

/// Whether `visitor` may see anything of `project`: the one authorisation function.
///
/// # Errors
/// `NotFound` rather than `NotAllowed`, so that nobody learns which orders exist.
pub(crate) fn may_see(visitor: &Visitor, project: &Project) -> Result<(), Denied> {
    let is_theirs = match visitor {
        Visitor::Staff(_) => true,
        Visitor::Client(person) => person.id == project.client,
        Visitor::Link { project: only, .. } => only == &project.id,
    };
    if is_theirs {
        Ok(())
    } else {
        Err(Denied::NotFound)
    }
}

/// The name of the setting that says when a client reads what was found in their mixes.
fn telling_setting(person: &str) -> String {
    format!("findings.{person}")
}

/// When a client reads what was found in their mixes.
pub(crate) fn telling_of(vault: &Vault, client: &PersonId) -> Result<Telling, vault::VaultError> {
    let set = vault.setting(&telling_setting(client.as_str()))?;
    // Without a setting it is at once; a code nobody knows holds back, which a person sees and ends.
    Ok(set.map_or(Telling::AtOnce, |code| {
        Telling::of_code(&code).unwrap_or(Telling::AfterRelease)
    }))
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
    hashing: Arc<Semaphore>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    wrong: u32,
    wait_until: UnixMs,
}

impl Access {
    pub(crate) fn new(vault: Vault) -> Self {
        Self {
            vault,
            tries: Arc::default(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
        }
    }

    /// Checks a login and its password. Unknown logins take as long as wrong passwords.
    pub(crate) async fn verify(
        &self,
        login: &str,
        password: String,
        address: IpAddr,
    ) -> Result<PersonView, Denied> {
        let doors = [format!("login {login}"), format!("address {address}")];
        self.may_try(&doors)?;
        let found = self.person_by_login(login).await?;
        let active = found.filter(|p| p.state == PersonState::Active);
        let hash = active.as_ref().and_then(|p| p.password_hash.clone());
        let is_right = self.matches(password, hash).await?;
        match active {
            Some(person) if is_right => {
                self.forget(&doors);
                view(&person, Telling::AtOnce)
            }
            _ => {
                tracing::warn!(login, %address, "a wrong password");
                self.count_wrong(&doors);
                Err(Denied::NotLoggedIn)
            }
        }
    }

    async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, Denied> {
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|e| Denied::fault("the password could not be checked", &e))?;
        tokio::task::spawn_blocking(move || {
            let Some(hash) = hash else {
                // The same work as for a known login, so that the time tells nothing.
                let _ = Argon2::default().hash_password(password.as_bytes());
                return false;
            };
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            })
        })
        .await
        .map_err(|e| Denied::fault("the password could not be checked", &e))
    }

    async fn hash(&self, password: String) -> Result<String, Denied> {
        if password.chars().count() < PASSWORD_MIN || password.len() > PASSWORD_MAX {
            return Err(Denied::Invalid(format!(
                "a password has at least {PASSWORD_MIN} characters"
            )));
        }
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|e| Denied::fault("the password could not be kept", &e))?;
        tokio::task::spawn_blocking(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|h| h.to_string())
        })
        .await
        .map_err(|e| Denied::fault("the password could not be kept", &e))?
        .map_err(|e| Denied::Fault(format!("the password could not be kept: {e}")))
    }

    fn may_try(&self, doors: &[String]) -> Result<(), Denied> {
        let now = now_ms();
        let tries = self.tries.lock().expect("no panic holds the list of tries");
        let wait = doors
            .iter()
            .filter_map(|door| tries.get(door))
            .map(|t| t.wait_until - now)
            .max()
            .unwrap_or(0);
        if wait <= 0 {
            return Ok(());
        }
        Err(Denied::TooManyTries {
            retry_after_seconds: u64::try_from(wait / 1000 + 1).unwrap_or(1),
        })
    }

    fn count_wrong(&self, doors: &[String]) {
        let now = now_ms();
        let mut tries = self.tries.lock().expect("no panic holds the list of tries");
        if tries.len() > REMEMBERED {
            tries.retain(|_, t| t.wait_until > now);
        }
        for door in doors {
            let entry = tries.entry(door.clone()).or_default();
            entry.wrong += 1;
            if entry.wrong >= FREE_TRIES {
                let doublings = (entry.wrong - FREE_TRIES).min(16);
                entry.wait_until = now + (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS);
            }
        }
    }

    fn forget(&self, doors: &[String]) {
        let mut tries = self.tries.lock().expect("no panic holds the list of tries");
        for door in doors {
            tries.remove(door);
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
            .read(|vault| {
                let rows = vault.persons()?.into_iter();
                rows.map(|row| {
                    let set = vault.setting(&telling_setting(&row.id))?;
                    let telling = set.map_or(Telling::AtOnce, |code| {
                        Telling::of_code(&code).unwrap_or(Telling::AfterRelease)
                    });
                    Ok((row, telling))
                })
                .collect::<Result<Vec<_>, vault::VaultError>>()
            })
            .await?;
        found
            .iter()
            .map(|(row, telling)| view(row, *telling))
            .collect()
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
        let name: String = new
            .name
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        if name.is_empty() {
            return Err(Denied::Invalid("the name is missing".to_owned()));
        }
        let email = new.email.trim().to_owned();
        if !email.is_empty() && email.parse::<lettre::Address>().is_err() {
            return Err(Denied::Invalid(format!(
                "\u{201c}{email}\u{201d} is not an e-mail address"
            )));
        }
        let password_hash = match new.password.filter(|p| !p.is_empty()) {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        };
        let row = PersonRow {
            id: random_id(),
            login,
            role: role_code(role).to_owned(),
            name,
            email,
            password_hash,
            created_ms: now_ms(),
            state: PersonState::Active,
        };
        Ok((view(&row, Telling::AtOnce)?, Write::Person(row)))
    }

    /// The person or link that a token stands for, if it is still good.
    pub(crate) async fn visitor(
        &self,
        token: &str,
        kind: TokenKind,
    ) -> Result<Option<Visitor>, Denied> {
        let Some(row) = self.live_token(token, kind).await? else {
            return Ok(None);
        };
        let person = match &row.person {
            Some(id) => self.person(&parse_id(id)?).await?,
            None => None,
        };
        let Some(person) = person else {
            return Ok(None);
        };
        Ok(match kind {
            TokenKind::Session => Some(match person.role {
                Role::Staff => Visitor::Staff(person),
                Role::Client => Visitor::Client(person),
            }),
            TokenKind::Portal => row
                .project
                .map(|project| {
                    Ok::<_, Denied>(Visitor::Link {
                        client: person,
                        project: parse_id(&project)?,
                    })
                })
                .transpose()?,
            TokenKind::SetUp => None,
        })
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

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Session,
    Portal,
    SetUp,
}

impl TokenKind {
    fn code(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Portal => "portal",
            Self::SetUp => "set_up",
        }
    }

    /// A new token and the row that makes it good; only its hash is stored.
    pub(crate) fn issue(
        self,
        person: Option<&PersonId>,
        project: Option<&ProjectId>,
    ) -> (String, Write) {
        let token = random_token();
        let now = now_ms();
        let row = TokenRow {
            hash: token_hash(&token),
            kind: self.code().to_owned(),
            person: person.map(ToString::to_string),
            project: project.map(ToString::to_string),
            created_ms: now,
            expires_ms: match self {
                Self::Session => Some(now + SESSION_MS),
                Self::SetUp => Some(now + SETUP_MS),
                // The finals stay in the client's library, and so does the way to them.
                Self::Portal => None,
            },
            state: TokenState::Live,
        };
        (token, Write::Token(row))
    }
}

pub(crate) fn role_code(role: Role) -> &'static str {
    match role {
        Role::Staff => "staff",
        Role::Client => "client",
    }
}

fn view(row: &PersonRow, findings: Telling) -> Result<PersonView, Denied> {
    let role = match row.role.as_str() {
        "staff" => Role::Staff,
        "client" => Role::Client,
        other => {
            return Err(Denied::Fault(format!(
                "the studio's database holds the unknown role {other}"
            )));
        }
    };
    Ok(PersonView {
        id: parse_id(&row.id)?,
        login: row.login.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        role,
        findings,
    })
}

/// Reads an id out of the database, where only good ones were written.
pub(crate) fn parse_id<T: std::str::FromStr<Err = mastering::BadId>>(
    text: &str,
) -> Result<T, Denied> {
    text.parse()
        .map_err(|e: mastering::BadId| Denied::fault("the studio's database holds a broken id", &e))
}
