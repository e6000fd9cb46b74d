//! Logging in, links, people.

use mastering::OrderNumber;
use vault::Write;

use super::journal::{Decision, decided};
use super::people::EarlierLinks;
use super::{Studio, Whence};
use crate::access::{Access, NewPerson, Right, TokenKind, Visitor, parse_id};
use crate::clock::{random_id, token_hash};
use crate::denied::Denied;
use crate::desk::Kept;
use crate::views::{PersonView, Role, Telling};

impl Studio {
    /// Ends a session.
    pub async fn log_out(&self, session: &str) {
        // A session that is not there any more has ended already.
        let _ = self
            .desk
            .keep(vec![Write::TokenSpent {
                hash: token_hash(session),
            }])
            .await;
    }

    /// Who a session belongs to.
    pub async fn visitor_by_session(&self, session: &str) -> Option<Visitor> {
        self.access
            .visitor(session, TokenKind::Session)
            .await
            .ok()
            .flatten()
    }

    /// Who comes by the link of an order.
    pub async fn visitor_by_link(&self, token: &str) -> Option<Visitor> {
        self.access
            .visitor(token, TokenKind::Portal)
            .await
            .ok()
            .flatten()
    }

    /// Whether a set-up link is still good.
    pub async fn set_up_is_open(&self, token: &str) -> bool {
        matches!(
            self.access.live_token(token, TokenKind::SetUp).await,
            Ok(Some(_))
        )
    }

    /// Makes the first of the studio's people by the set-up link, which is then spent.
    ///
    /// # Errors
    /// A link that is spent or unknown; a login or password that cannot be used.
    pub async fn set_up(
        &self,
        token: &str,
        owner: NewPerson,
        whence: &Whence,
    ) -> Result<String, Denied> {
        if !self.set_up_is_open(token).await {
            return Err(Denied::NotFound);
        }
        if owner.password.as_deref().is_none_or(str::is_empty) {
            return Err(Denied::Invalid("the password is missing".to_owned()));
        }
        let (person, row) = self.access.add(owner, Role::Owner).await?;
        // One transaction: a link that two people use at once makes one owner.
        let rows = vec![
            Write::TokenSpent {
                hash: token_hash(token),
            },
            row,
        ];
        let session = self.begin_session(&person.id, whence, rows).await?;
        self.make_dropbox(&person).await?;
        Ok(session)
    }

    /// A new set-up link, while nobody works here yet.
    ///
    /// # Errors
    /// The database.
    pub async fn new_set_up_link(&self) -> Result<Option<String>, Denied> {
        let people = self.access.people().await?;
        if people.iter().any(|p| p.role == Role::Owner) {
            return Ok(None);
        }
        let (token, row) = TokenKind::SetUp.issue(None, None);
        self.desk.keep(vec![row]).await?;
        Ok(Some(format!("{}/setup/{token}", self.config.public_url)))
    }

    /// Every person, for the staff.
    ///
    /// # Errors
    /// `NotAllowed` for anyone else.
    pub async fn people(&self, visitor: &Visitor) -> Result<Vec<PersonView>, Denied> {
        visitor.must(Right::ReadHouse)?;
        self.access.people().await
    }

    /// Every client, for the staff.
    ///
    /// # Errors
    /// `NotAllowed` for anyone else.
    pub async fn clients(&self, visitor: &Visitor) -> Result<Vec<PersonView>, Denied> {
        let people = self.people(visitor).await?;
        Ok(people
            .into_iter()
            .filter(|p| p.role == Role::Client)
            .collect())
    }

    /// Adds a person and makes their dropbox.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; a login that is taken or cannot be used.
    pub async fn add_person(
        &self,
        visitor: &Visitor,
        new: NewPerson,
        role: Role,
        key: Option<String>,
    ) -> Result<PersonView, Denied> {
        visitor.must(right_over(role))?;
        if role == Role::Member {
            return Err(Denied::Invalid(
                "whoever acts for a client is added at the client".to_owned(),
            ));
        }
        let (mut person, row) = self.access.add(new, role).await?;
        // Without a key of the asker's, a random one: it never was used before.
        let key = format!("person {}", key.unwrap_or_else(random_id));
        let decision = decided(visitor, &person.id, &Decision::person_added(role));
        let rows = vec![row, decision];
        let kept = self.desk.keep_once(key, person.id.to_string(), rows);
        if let Kept::Before(id) = kept.await? {
            let before = self.access.person(&parse_id(&id)?).await?;
            person = before.ok_or(Denied::NotFound)?;
        }
        self.make_dropbox(&person).await?;
        Ok(person)
    }

    /// Says when a client reads what is found in their mixes, from the next mix on.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff; `NotFound` where there is no such client.
    pub async fn tell_findings(
        &self,
        visitor: &Visitor,
        login: &str,
        telling: Telling,
    ) -> Result<PersonView, Denied> {
        visitor.must(Right::TakeIn)?;
        let clients = self.clients(visitor).await?;
        let mut client = clients
            .into_iter()
            .find(|p| p.login.eq_ignore_ascii_case(login.trim()))
            .ok_or(Denied::NotFound)?;
        self.desk
            .keep(vec![
                Access::telling_row(&client.id, telling),
                decided(visitor, &client.id, &Decision::findings_told(telling)),
            ])
            .await?;
        client.findings = telling;
        Ok(client)
    }

    async fn make_dropbox(&self, person: &PersonView) -> Result<(), Denied> {
        let dropbox = self.config.data.join("dropboxes").join(&person.login);
        let folders = match person.role {
            Role::Client | Role::Member => vec![dropbox.join(intake::FINALS), dropbox],
            Role::Owner | Role::Engineer | Role::Assistant | Role::Auditor => {
                vec![dropbox.join("Masters"), dropbox]
            }
        };
        tokio::task::spawn_blocking(move || {
            folders.iter().try_for_each(|f| durable::make_folder(f))
        })
        .await
        .map_err(|e| Denied::fault("the dropbox could not be made", &e))?
        .map_err(|e| Denied::fault("the dropbox could not be made", &e))
    }

    /// A new link to the portal page of an order; the earlier ones stay good, or end.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the staff.
    pub async fn new_portal_link(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        earlier: EarlierLinks,
    ) -> Result<String, Denied> {
        visitor.must(Right::ServeClients)?;
        let live = self.desk.find(number).await?.ok_or(Denied::NotFound)?;
        let (client, project) = (&live.project.client, &live.project.id);
        let (token, row) = TokenKind::Portal.issue(Some(client), Some(project));
        let mut rows = match earlier {
            EarlierLinks::Stay => Vec::new(),
            EarlierLinks::End => vec![Self::links_ended(client, project)],
        };
        rows.push(row);
        let made = Decision::LinkMade {
            order: number,
            earlier: match earlier {
                EarlierLinks::Stay => "stay".to_owned(),
                EarlierLinks::End => "end".to_owned(),
            },
        };
        rows.push(decided(visitor, client, &made));
        self.desk.keep(rows).await?;
        Ok(format!("{}/p/{token}", self.config.public_url))
    }
}

/// The right that adding or changing somebody of this role needs.
pub(super) fn right_over(role: Role) -> Right {
    match role {
        Role::Owner | Role::Engineer | Role::Assistant | Role::Auditor => Right::Settings,
        Role::Client | Role::Member => Right::ServeClients,
    }
}
