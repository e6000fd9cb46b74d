//! People as the studio looks after them: roles, accounts that end, a client's people, guests.

use mastering::{OrderNumber, PersonId, ProjectId, UnixMs};
use serde::Serialize;
use vault::{MemberRow, PeopleWrite, PersonState, Write};

use super::Studio;
use super::account::sessions_ended;
use super::doors::right_over;
use super::journal::{Decision, decided};
use crate::access::{
    MemberRights, NewPerson, Right, TokenKind, Visitor, parse_id, read_rights, write_rights,
};
use crate::clock::{now_ms, random_id};
use crate::denied::Denied;
use crate::views::{PersonView, Role};

/// One of a client's people, or a guest of one order.
#[derive(Debug, Clone, Serialize)]
pub struct MemberLine {
    /// The person.
    pub person: PersonView,
    /// What they may do.
    pub rights: MemberRights,
    /// The only order they see; none for all of the client's.
    pub number: Option<OrderNumber>,
    /// When their rights end by themselves.
    pub until: Option<UnixMs>,
}

/// A guest of one order.
#[derive(Debug, Clone)]
pub struct NewGuest {
    /// Name as written.
    pub name: String,
    /// E-mail address, or empty.
    pub email: String,
    /// What they may do.
    pub rights: MemberRights,
    /// When it ends by itself.
    pub until: Option<UnixMs>,
}

/// A guest's link; it is shown once.
#[derive(Debug, Clone, Serialize)]
pub struct GuestLink {
    /// The guest.
    pub guest: MemberLine,
    /// The link's address.
    pub link: String,
}

/// What becomes of the links that a person had to an order when a new one is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlierLinks {
    /// They stay good.
    #[default]
    Stay,
    /// They open nothing any more.
    End,
}

impl Studio {
    /// Gives somebody of the studio another role. Their sessions end.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but an owner; a role that would leave the studio without an owner,
    /// or make a client of the staff.
    pub async fn set_role(
        &self,
        visitor: &Visitor,
        login: &str,
        role: Role,
    ) -> Result<PersonView, Denied> {
        visitor.must(Right::Settings)?;
        let mut person = self.person_to_change(visitor, login).await?;
        if !person.role.is_house() || !role.is_house() {
            return Err(Denied::Invalid(
                "a client stays a client, and somebody of the studio stays there; add a person of their own instead"
                    .to_owned(),
            ));
        }
        if person.role == Role::Owner && role != Role::Owner {
            self.another_owner(&person.id).await?;
        }
        let change = PeopleWrite::Role {
            person: person.id.to_string(),
            role: role.code().to_owned(),
        };
        let given = Decision::RoleGiven {
            role: role.code().to_owned(),
        };
        let rows = vec![
            Write::People(change),
            sessions_ended(&person.id),
            decided(visitor, &person.id, &given),
        ];
        self.desk.keep(rows).await?;
        person.role = role;
        Ok(person)
    }

    /// Refuses to go on where nobody else runs the studio.
    async fn another_owner(&self, but: &PersonId) -> Result<(), Denied> {
        let people = self.access.people().await?;
        let is_other = |p: &&PersonView| p.role == Role::Owner && !p.is_closed && &p.id != but;
        if people.iter().find(is_other).is_some() {
            return Ok(());
        }
        Err(Denied::Invalid(
            "somebody has to run the studio; make another person owner first".to_owned(),
        ))
    }

    /// Ends somebody's account, or opens it again. What they did stays.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; the last owner's account.
    pub async fn set_account(
        &self,
        visitor: &Visitor,
        login: &str,
        state: AccountState,
    ) -> Result<PersonView, Denied> {
        let mut person = self.person_to_change(visitor, login).await?;
        if state == AccountState::Closed && person.role == Role::Owner {
            self.another_owner(&person.id).await?;
        }
        if state == AccountState::Open && person.name.is_empty() {
            return Err(Denied::Invalid(
                "this person was erased; add them anew".to_owned(),
            ));
        }
        let change = PeopleWrite::State {
            person: person.id.to_string(),
            state: match state {
                AccountState::Open => PersonState::Active,
                AccountState::Closed => PersonState::Disabled,
            },
        };
        let decision = match state {
            AccountState::Open => Decision::AccountOpened,
            AccountState::Closed => Decision::AccountClosed,
        };
        let rows = vec![
            Write::People(change),
            sessions_ended(&person.id),
            decided(visitor, &person.id, &decision),
        ];
        self.desk.keep(rows).await?;
        person.is_closed = state == AccountState::Closed;
        Ok(person)
    }

    /// Corrects somebody's name and mail address; mails that were held go out again.
    ///
    /// # Errors
    /// `NotAllowed` for anyone whose part it is not; what cannot be used.
    pub async fn set_contact(
        &self,
        visitor: &Visitor,
        login: &str,
        (name, email): (&str, &str),
    ) -> Result<PersonView, Denied> {
        let person = self.person_to_change(visitor, login).await?;
        self.contact(visitor, person, (name, email)).await
    }

    /// Corrects one's own name and mail address.
    ///
    /// # Errors
    /// What cannot be used.
    pub async fn set_own_contact(
        &self,
        visitor: &Visitor,
        (name, email): (&str, &str),
    ) -> Result<PersonView, Denied> {
        visitor.must(Right::Own)?;
        self.contact(visitor, visitor.person().clone(), (name, email))
            .await
    }

    async fn contact(
        &self,
        visitor: &Visitor,
        mut person: PersonView,
        (name, email): (&str, &str),
    ) -> Result<PersonView, Denied> {
        let (name, email) = (
            crate::access::read_name(name)?,
            crate::access::read_email(email)?,
        );
        let mut rows = vec![Write::People(PeopleWrite::Contact {
            person: person.id.to_string(),
            name: name.clone(),
            email: email.clone(),
        })];
        if email != person.email {
            rows.extend(self.mail_again_rows(&person.id).await?);
        }
        rows.push(decided(visitor, &person.id, &Decision::ContactCorrected));
        self.desk.keep(rows).await?;
        (person.name, person.email) = (name, email);
        Ok(person)
    }

    /// A client's people and guests.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and the client; `NotFound` where there is no such client.
    pub async fn members(&self, visitor: &Visitor, login: &str) -> Result<Vec<MemberLine>, Denied> {
        let client = self.account_to_see(visitor, login).await?;
        let id = client.id.to_string();
        let rows = self.access.read(move |v| v.members_of(&id)).await?;
        let people = self.access.people().await?;
        let mut lines = Vec::new();
        for row in rows {
            let person = people.iter().find(|p| p.id.as_str() == row.person);
            if let Some(person) = person {
                lines.push(self.member_line(person.clone(), &row).await?);
            }
        }
        Ok(lines)
    }

    async fn member_line(&self, person: PersonView, row: &MemberRow) -> Result<MemberLine, Denied> {
        let number = match &row.project {
            Some(id) => self
                .desk
                .look(parse_id(id)?)
                .await?
                .map(|live| live.project.number),
            None => None,
        };
        Ok(MemberLine {
            person,
            rights: read_rights(&row.rights)?,
            number,
            until: row.until_ms,
        })
    }

    /// The client whose people are asked for: of the studio's choice, or the visitor's own account.
    async fn account_to_see(&self, visitor: &Visitor, login: &str) -> Result<PersonView, Denied> {
        if !visitor.is_staff() && !visitor.holds_account() {
            return Err(Denied::NotAllowed);
        }
        let people = self.access.people().await?;
        people
            .into_iter()
            .filter(|p| p.role == Role::Client)
            .filter(|p| visitor.is_staff() || p.id == visitor.person().id)
            .find(|p| p.login.eq_ignore_ascii_case(login.trim()))
            .ok_or(Denied::NotFound)
    }

    /// The same, for whoever may change them.
    async fn account_to_change(
        &self,
        visitor: &Visitor,
        login: &str,
    ) -> Result<PersonView, Denied> {
        may_look_after(visitor)?;
        self.account_to_see(visitor, login).await
    }

    /// Adds one of a client's people, with a login of their own.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and the client; a login that is taken or cannot be used.
    pub async fn add_member(
        &self,
        visitor: &Visitor,
        client: &str,
        new: NewPerson,
        rights: MemberRights,
    ) -> Result<MemberLine, Denied> {
        let client = self.account_to_change(visitor, client).await?;
        let (person, row) = self.access.add(new, Role::Member).await?;
        let member = MemberRow {
            person: person.id.to_string(),
            client: client.id.to_string(),
            project: None,
            rights: write_rights(&rights),
            until_ms: None,
        };
        let line = self.member_line(person, &member).await?;
        let added = decided(visitor, &member.person, &Decision::MemberAdded { rights });
        let rows = vec![row, Write::People(PeopleWrite::Member(member)), added];
        self.desk.keep(rows).await?;
        Ok(line)
    }

    /// Changes what one of a client's people may do; for no rights at all, end them instead.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and the client; `NotFound` where there is no such person.
    pub async fn set_member_rights(
        &self,
        visitor: &Visitor,
        (client, member): (&str, &str),
        rights: MemberRights,
    ) -> Result<MemberLine, Denied> {
        let (person, mut row) = self.member_to_change(visitor, (client, member)).await?;
        row.rights = write_rights(&rights);
        let line = self.member_line(person, &row).await?;
        let changed = decided(visitor, &row.person, &Decision::MemberRights { rights });
        self.desk
            .keep(vec![Write::People(PeopleWrite::Member(row)), changed])
            .await?;
        Ok(line)
    }

    /// Ends somebody's part in a client's account, their sessions and their links.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and the client; `NotFound` where there is no such person.
    pub async fn end_member(
        &self,
        visitor: &Visitor,
        (client, member): (&str, &str),
    ) -> Result<(), Denied> {
        let (person, _) = self.member_to_change(visitor, (client, member)).await?;
        let id = person.id.to_string();
        let rows = vec![
            Write::People(PeopleWrite::MemberEnded { person: id.clone() }),
            Write::People(PeopleWrite::State {
                person: id.clone(),
                state: PersonState::Disabled,
            }),
            sessions_ended(&person.id),
            Write::TokensEnded {
                person: id,
                kind: TokenKind::Portal.code().to_owned(),
            },
            decided(visitor, &person.id, &Decision::MemberEnded),
        ];
        self.desk.keep(rows).await
    }

    async fn member_to_change(
        &self,
        visitor: &Visitor,
        (client, member): (&str, &str),
    ) -> Result<(PersonView, MemberRow), Denied> {
        let client = self.account_to_change(visitor, client).await?;
        let people = self.access.people().await?;
        let person = people
            .into_iter()
            .find(|p| p.login.eq_ignore_ascii_case(member.trim()))
            .ok_or(Denied::NotFound)?;
        let id = person.id.to_string();
        let row = self.access.read(move |v| v.member(&id)).await?;
        let row = row
            .filter(|row| row.client == client.id.as_str())
            .ok_or(Denied::NotFound)?;
        Ok((person, row))
    }

    /// Invites a named guest to one order: a link of their own, with their rights, to its end.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and the order's client; an end that has passed.
    pub async fn invite_guest(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        new: NewGuest,
    ) -> Result<GuestLink, Denied> {
        let live = self.seen(visitor, number).await?;
        may_look_after(visitor)?;
        if new.until.is_some_and(|end| end <= now_ms()) {
            return Err(Denied::Invalid(
                "the day on which the link ends has passed".to_owned(),
            ));
        }
        let guest = NewPerson {
            login: format!("guest-{}", &random_id()[..12]),
            name: new.name,
            email: new.email,
            password: None,
        };
        let (person, row) = self.access.add(guest, Role::Member).await?;
        let member = MemberRow {
            person: person.id.to_string(),
            client: live.project.client.to_string(),
            project: Some(live.project.id.to_string()),
            rights: write_rights(&new.rights),
            until_ms: new.until,
        };
        let (token, token_row) = TokenKind::Portal.issue(Some(&person.id), Some(&live.project.id));
        let guest = self.member_line(person, &member).await?;
        let invited = Decision::GuestInvited { order: number };
        let invited = decided(visitor, &member.person, &invited);
        let member = Write::People(PeopleWrite::Member(member));
        let rows = vec![row, member, token_row, invited];
        self.desk.keep(rows).await?;
        Ok(GuestLink {
            guest,
            link: format!("{}/p/{token}", self.config.public_url),
        })
    }

    /// The guests of an order.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and the order's client.
    pub async fn guests(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<Vec<MemberLine>, Denied> {
        let client = self.client_of(visitor, number).await?;
        let lines = self.members(visitor, &client.login).await?;
        Ok(lines
            .into_iter()
            .filter(|line| line.number == Some(number))
            .collect())
    }

    /// Ends a guest's part in an order; their link opens nothing any more.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but the studio and the order's client; `NotFound` where there is no such guest.
    pub async fn end_guest(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        guest: &str,
    ) -> Result<(), Denied> {
        may_look_after(visitor)?;
        let client = self.client_of(visitor, number).await?;
        let guests = self.guests(visitor, number).await?;
        let found = guests.iter().find(|line| line.person.login == guest);
        let guest = found.ok_or(Denied::NotFound)?;
        self.end_member(visitor, (&client.login, &guest.person.login))
            .await
    }

    async fn client_of(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<PersonView, Denied> {
        let live = self.seen(visitor, number).await?;
        let client = self.access.person(&live.project.client).await?;
        client.ok_or(Denied::NotFound)
    }

    /// The rows that end what a person's earlier links to an order open.
    pub(super) fn links_ended(person: &PersonId, project: &ProjectId) -> Write {
        Write::People(PeopleWrite::ProjectTokensEnded {
            person: person.to_string(),
            project: project.to_string(),
            kind: TokenKind::Portal.code().to_owned(),
        })
    }
}

/// Whoever says who acts for a client: the studio, and the client themselves.
fn may_look_after(visitor: &Visitor) -> Result<(), Denied> {
    if visitor.is_staff() {
        return visitor.must(Right::ServeClients);
    }
    if visitor.holds_account() {
        Ok(())
    } else {
        Err(Denied::NotAllowed)
    }
}

/// Whether somebody may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// They may.
    Open,
    /// They may not; what they did stays.
    Closed,
}

/// The right to change somebody of a role, for pages that show only what may be done.
#[must_use]
pub fn right_to_change(role: Role) -> Right {
    right_over(role)
}
