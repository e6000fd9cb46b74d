//! What is one's own: password, sessions, and the way back in when the password is lost.

use std::net::IpAddr;
use std::time::Duration;

use mastering::{PersonId, UnixMs};
use serde::Serialize;
use vault::{PeopleWrite, PersonPasswordRow, SessionSeen, Write};

use super::Studio;
use super::doors::right_over;
use super::journal::{Decision, decided};
use crate::access::{Right, TokenKind, Visitor, parse_id};
use crate::clock::{now_ms, token_hash};
use crate::denied::Denied;
use crate::notices::Facts;
use crate::views::PersonView;
use crate::work::Work;

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Whence {
    /// The network address.
    pub address: IpAddr,
    /// What the browser or program calls itself; may be empty.
    pub browser: String,
}

/// How long after the answer somebody who lost a password is looked for: it has left by then.
const RECOVERY_REST: Duration = Duration::from_millis(300);
/// Longest name of a browser that is kept.
const BROWSER_MAX: usize = 200;
/// Letters of a token's hash that name it: enough to tell a person's sessions apart.
const NAME_LETTERS: usize = 16;

impl Whence {
    /// Kept of a session, so that its owner knows it again.
    fn row(&self, token: &str, now: UnixMs) -> Write {
        let browser = self.browser.chars().filter(|c| !c.is_control());
        Write::People(PeopleWrite::SessionSeen(SessionSeen {
            hash: token_hash(token),
            address: self.address.to_string(),
            browser: browser.take(BROWSER_MAX).collect(),
            seen_ms: now,
        }))
    }
}

/// A session, as its owner sees it.
#[derive(Debug, Clone, Serialize)]
pub struct SessionLine {
    /// Names it among the person's sessions.
    pub id: String,
    /// When it began.
    pub since: UnixMs,
    /// When it was seen last; the beginning where nothing was noted.
    pub seen_at: UnixMs,
    /// From which network address; empty where nothing was noted.
    pub address: String,
    /// With which browser; empty where nothing was noted.
    pub browser: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Studio {
    /// Checks a login and gives a session token.
    ///
    /// # Errors
    /// `NotLoggedIn` for a wrong login or password, `TooManyTries` after several.
    pub async fn log_in(
        &self,
        login: &str,
        password: String,
        whence: &Whence,
    ) -> Result<String, Denied> {
        let person = self.access.verify(login, password, whence.address).await?;
        self.begin_session(&person.id, whence, Vec::new()).await
    }

    /// Begins a session, together with other rows.
    pub(super) async fn begin_session(
        &self,
        person: &PersonId,
        whence: &Whence,
        mut rows: Vec<Write>,
    ) -> Result<String, Denied> {
        let (token, row) = TokenKind::Session.issue(Some(person), None);
        rows.push(row);
        rows.push(whence.row(&token, now_ms()));
        self.desk.keep(rows).await?;
        Ok(token)
    }

    /// Notes that a session was used, every few minutes at most.
    pub fn saw(&self, session: &str, whence: &Whence) {
        let now = now_ms();
        if !self.access.is_news(session, now) {
            return;
        }
        let (studio, row) = (self.clone(), whence.row(session, now));
        tokio::spawn(async move {
            if let Err(denied) = studio.desk.keep(vec![row]).await {
                tracing::warn!(%denied, "a session could not be noted as seen");
            }
        });
    }

    /// The visitor's sessions, newest first; `session` is the one that asks.
    ///
    /// # Errors
    /// `NotAllowed` for whoever has no login.
    pub async fn sessions(
        &self,
        visitor: &Visitor,
        session: Option<&str>,
    ) -> Result<Vec<SessionLine>, Denied> {
        visitor.must(Right::Own)?;
        self.session_lines(&visitor.person().id, session).await
    }

    /// Somebody else's sessions, newest first.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; `NotFound` where there is no such person.
    pub async fn sessions_of(
        &self,
        visitor: &Visitor,
        login: &str,
    ) -> Result<Vec<SessionLine>, Denied> {
        let person = self.person_to_change(visitor, login).await?;
        self.session_lines(&person.id, None).await
    }

    async fn session_lines(
        &self,
        person: &PersonId,
        session: Option<&str>,
    ) -> Result<Vec<SessionLine>, Denied> {
        let id = person.to_string();
        let rows = self
            .access
            .read(move |vault| vault.tokens_of(&id, TokenKind::Session.code()))
            .await?;
        let this = session.map(token_hash);
        let now = now_ms();
        let is_live = |expires: Option<i64>| expires.is_none_or(|end| end > now);
        Ok(rows
            .into_iter()
            .filter(|(token, _)| is_live(token.expires_ms))
            .map(|(token, seen)| SessionLine {
                is_this: this.as_ref() == Some(&token.hash),
                id: token.hash[..NAME_LETTERS.min(token.hash.len())].to_owned(),
                since: token.created_ms,
                seen_at: seen.as_ref().map_or(token.created_ms, |s| s.seen_ms),
                address: seen
                    .as_ref()
                    .map_or_else(String::new, |s| s.address.clone()),
                browser: seen.map_or_else(String::new, |s| s.browser),
            })
            .collect())
    }

    /// Ends one of the visitor's sessions.
    ///
    /// # Errors
    /// `NotFound` where they have no such session.
    pub async fn end_session(&self, visitor: &Visitor, id: &str) -> Result<(), Denied> {
        visitor.must(Right::Own)?;
        let person = visitor.person().id.to_string();
        let rows = self
            .access
            .read(move |vault| vault.tokens_of(&person, TokenKind::Session.code()))
            .await?;
        let found = rows
            .into_iter()
            .find(|(token, _)| id.len() == NAME_LETTERS && token.hash.starts_with(id))
            .ok_or(Denied::NotFound)?;
        let hash = found.0.hash;
        self.desk
            .keep(vec![Write::People(PeopleWrite::TokenEnded { hash })])
            .await
    }

    /// Ends all of the visitor's sessions, the one that asks too.
    ///
    /// # Errors
    /// `NotAllowed` for whoever has no login.
    pub async fn end_sessions(&self, visitor: &Visitor) -> Result<(), Denied> {
        visitor.must(Right::Own)?;
        let row = sessions_ended(&visitor.person().id);
        self.desk.keep(vec![row]).await
    }

    /// Ends all of somebody's sessions.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; `NotFound` where there is no such person.
    pub async fn end_sessions_of(&self, visitor: &Visitor, login: &str) -> Result<(), Denied> {
        let person = self.person_to_change(visitor, login).await?;
        let ended = decided(visitor, &person.id, &Decision::SessionsEnded);
        self.desk
            .keep(vec![sessions_ended(&person.id), ended])
            .await
    }

    /// Changes one's own password: every session ends, and a new one begins.
    ///
    /// # Errors
    /// A wrong old password, counted as at the door; a new one that cannot be used.
    pub async fn change_password(
        &self,
        visitor: &Visitor,
        (old, new): (String, String),
        whence: &Whence,
    ) -> Result<String, Denied> {
        visitor.must(Right::Own)?;
        let person = visitor.person();
        let verified = self.access.verify(&person.login, old, whence.address).await;
        match verified {
            Ok(_) => {}
            Err(Denied::NotLoggedIn) => {
                return Err(Denied::Invalid("the old password is not right".to_owned()));
            }
            Err(other) => return Err(other),
        }
        let mut rows = self.password_rows(person, new).await?;
        rows.push(decided(visitor, &person.id, &Decision::PasswordChanged));
        self.begin_session(&person.id, whence, rows).await
    }

    /// Gives somebody a password: all their sessions end.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; a password that cannot be used.
    pub async fn set_password(
        &self,
        visitor: &Visitor,
        login: &str,
        new: String,
    ) -> Result<PersonView, Denied> {
        let person = self.person_to_change(visitor, login).await?;
        let mut rows = self.password_rows(&person, new).await?;
        rows.push(decided(visitor, &person.id, &Decision::PasswordSet));
        self.desk.keep(rows).await?;
        Ok(person)
    }

    /// A new password, the end of everything that the old one opened, and word of it.
    async fn password_rows(&self, person: &PersonView, new: String) -> Result<Vec<Write>, Denied> {
        let password_hash = Some(self.access.hash(new).await?);
        let mut rows = vec![
            Write::PersonPassword(PersonPasswordRow {
                person: person.id.to_string(),
                password_hash,
            }),
            sessions_ended(&person.id),
            Write::TokensEnded {
                person: person.id.to_string(),
                kind: TokenKind::Recovery.code().to_owned(),
            },
        ];
        rows.extend(self.door_mail(person, "password_changed"));
        Ok(rows)
    }

    /// A mail about a person's own door, where mail is set up and they can be reached.
    fn door_mail(&self, person: &PersonView, kind: &str) -> Option<Write> {
        if self.config.mail.is_none() || person.email.is_empty() {
            return None;
        }
        let facts = Facts::from([("login".to_owned(), person.login.clone())]);
        let work = Work::MailPerson {
            person: person.id.clone(),
            kind: kind.to_owned(),
            facts,
        };
        Some(work.queue_for_person(&person.id, &format!("{kind}:{}", now_ms())))
    }

    /// Somebody asks for a new password by their login or mail address. The answer is the same,
    /// and as fast, whether anybody has it or not.
    ///
    /// # Errors
    /// `TooManyTries` from one network address; `Invalid` where this studio sends no mail.
    pub async fn ask_recovery(&self, named: &str, whence: &Whence) -> Result<(), Denied> {
        if self.config.mail.is_none() {
            return Err(Denied::Invalid(
                "this studio sends no mail; please ask the studio for a new password".to_owned(),
            ));
        }
        let named = named.trim().to_lowercase();
        if !self.access.may_recover(&named, whence.address)? {
            return Ok(());
        }
        // Looked up after the answer, so that its time tells nothing.
        let studio = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(RECOVERY_REST).await;
            if let Err(denied) = studio.mail_recovery(&named).await {
                tracing::error!(%denied, "a way back in could not be mailed");
            }
        });
        Ok(())
    }

    async fn mail_recovery(&self, named: &str) -> Result<(), Denied> {
        let people = self.access.people().await?;
        let rows: Vec<Write> = people
            .iter()
            .filter(|p| !p.is_closed)
            .filter(|p| p.login == named || p.email.to_lowercase() == named)
            .filter_map(|person| self.door_mail(person, "recovery"))
            .collect();
        tracing::info!(found = rows.len(), "somebody asked for a new password");
        if rows.is_empty() {
            return Ok(());
        }
        self.desk.keep(rows).await
    }

    /// Whether the way back in is still open.
    pub async fn recovery_is_open(&self, token: &str) -> bool {
        matches!(
            self.access.live_token(token, TokenKind::Recovery).await,
            Ok(Some(_))
        )
    }

    /// Sets a new password by the way back in, which is then spent; every session ends.
    ///
    /// # Errors
    /// `NotFound` for a way that is spent, too old or unknown; a password that cannot be used.
    pub async fn recover(&self, token: &str, new: String, whence: &Whence) -> Result<(), Denied> {
        let row = self.access.live_token(token, TokenKind::Recovery).await?;
        let person = row.and_then(|row| row.person).ok_or(Denied::NotFound)?;
        let person = self.access.person(&parse_id(&person)?).await?;
        let person = person.filter(|p| !p.is_closed).ok_or(Denied::NotFound)?;
        // First: of two who use it at once one is refused, and writes nothing.
        let mut rows = vec![Write::TokenSpent {
            hash: token_hash(token),
        }];
        rows.extend(self.password_rows(&person, new).await?);
        let themselves = self.access.acting(&person.login).await?;
        let themselves = themselves.coming_from(whence.address);
        rows.push(decided(
            &themselves,
            &person.id,
            &Decision::PasswordRecovered,
        ));
        self.desk.keep(rows).await?;
        tracing::info!(login = %person.login, "a password was recovered");
        Ok(())
    }

    /// Somebody whom the visitor may change.
    pub(super) async fn person_to_change(
        &self,
        visitor: &Visitor,
        login: &str,
    ) -> Result<PersonView, Denied> {
        visitor.must(Right::ServeClients)?;
        let people = self.access.people().await?;
        let person = people
            .into_iter()
            .find(|p| p.login.eq_ignore_ascii_case(login.trim()))
            .ok_or(Denied::NotFound)?;
        visitor.must(right_over(person.role))?;
        Ok(person)
    }
}

pub(super) fn sessions_ended(person: &PersonId) -> Write {
    Write::TokensEnded {
        person: person.to_string(),
        kind: TokenKind::Session.code().to_owned(),
    }
}
