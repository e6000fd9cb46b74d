//! What an administrator does about one person.

use serde::{Deserialize, Serialize};

use super::{json, read_role};
use crate::access::{MemberRight, MemberRights, NewPerson, Visitor};
use crate::denied::Denied;
use crate::house::{AccountState, Studio};

/// What is asked about a person, who is named by their login.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum PersonAsk {
    /// Gives a role.
    Role {
        /// Its stable code.
        role: String,
    },
    /// Ends the account.
    Close,
    /// Opens it again.
    Open,
    /// Sets a password; every session ends.
    Password {
        /// The new one.
        password: String,
    },
    /// Corrects name and mail address.
    Contact {
        /// Name.
        name: String,
        /// Mail address.
        email: String,
    },
    /// Lists sessions.
    Sessions,
    /// Ends all sessions.
    EndSessions,
    /// Tries a refused mail address again.
    MailAgain,
    /// Everything that is kept of them.
    Export,
    /// Forgets them.
    Erase,
    /// A client's people.
    Members,
    /// Adds one of a client's people.
    AddMember {
        /// Their login.
        login: String,
        /// Name.
        name: String,
        /// Mail address.
        email: String,
        /// Password.
        password: Option<String>,
        /// What they may do.
        rights: Vec<MemberRight>,
    },
    /// Ends one of a client's people.
    EndMember {
        /// Their login.
        login: String,
    },
}

pub(super) async fn carry_out(
    studio: &Studio,
    visitor: &Visitor,
    login: &str,
    ask: PersonAsk,
) -> Result<serde_json::Value, Denied> {
    match ask {
        PersonAsk::Role { role } => {
            let role = read_role(&role)?;
            json(&studio.set_role(visitor, login, role).await?)
        }
        PersonAsk::Close => {
            let closed = studio.set_account(visitor, login, AccountState::Closed);
            json(&closed.await?)
        }
        PersonAsk::Open => {
            let opened = studio.set_account(visitor, login, AccountState::Open);
            json(&opened.await?)
        }
        PersonAsk::Password { password } => {
            json(&studio.set_password(visitor, login, password).await?)
        }
        PersonAsk::Contact { name, email } => {
            let changed = studio.set_contact(visitor, login, (&name, &email));
            json(&changed.await?)
        }
        PersonAsk::Sessions => json(&studio.sessions_of(visitor, login).await?),
        PersonAsk::EndSessions => json(&studio.end_sessions_of(visitor, login).await?),
        PersonAsk::MailAgain => json(&studio.mail_again(visitor, login).await?),
        PersonAsk::Export => json(&studio.export_person(visitor, login).await?),
        PersonAsk::Erase => json(&studio.erase_person(visitor, login).await?),
        PersonAsk::Members => json(&studio.members(visitor, login).await?),
        PersonAsk::AddMember {
            login: member,
            name,
            email,
            password,
            rights,
        } => {
            let new = NewPerson {
                login: member,
                name,
                email,
                password,
            };
            let rights: MemberRights = rights.into_iter().collect();
            json(&studio.add_member(visitor, login, new, rights).await?)
        }
        PersonAsk::EndMember { login: member } => {
            json(&studio.end_member(visitor, (login, &member)).await?)
        }
    }
}
