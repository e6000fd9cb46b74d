//! Somebody at the door, known.

use std::fmt;
use std::net::IpAddr;

use mastering::{Actor, PersonId, Project, ProjectId};

use super::membership::Membership;
use super::rights::{Right, holds};
use crate::denied::Denied;
use crate::views::{PersonView, Role, Telling};

/// Where a decision came from, as it stands beside the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Over the network, from this address.
    Network(IpAddr),
    /// From the command line, on the box itself.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(f),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// Somebody at the door, known.
#[derive(Debug, Clone)]
pub struct Visitor {
    person: PersonView,
    way: Way,
    from: Option<Origin>,
    unread: u64,
}

/// By which door somebody came, and for whom they act.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// They work here, or read for somebody who checks the house.
    Staff,
    /// A client who logged in.
    Client,
    /// One of a client's people who logged in.
    Member(Membership),
    /// The link of one order, which stands for its client.
    Link(ProjectId),
    /// A link to one order that is one person's own.
    Guest(ProjectId, Membership),
}

impl Visitor {
    /// Somebody who logged in; with whose account they belong to, where they are no client themselves.
    pub(super) fn logged_in(person: PersonView, membership: Option<Membership>) -> Self {
        let way = match (person.role, membership) {
            (_, Some(membership)) => Way::Member(membership),
            (Role::Owner | Role::Engineer | Role::Assistant | Role::Auditor, None) => Way::Staff,
            (Role::Client | Role::Member, None) => Way::Client,
        };
        Self {
            person,
            way,
            from: None,
            unread: 0,
        }
    }

    /// Somebody with the link of one order: the client's, or one of their own.
    pub(super) fn by_link(
        person: PersonView,
        project: ProjectId,
        membership: Option<Membership>,
    ) -> Self {
        let way = match membership {
            None => Way::Link(project),
            Some(membership) => Way::Guest(project, membership),
        };
        Self {
            person,
            way,
            from: None,
            unread: 0,
        }
    }

    /// Whoever may open the control socket acts for the studio.
    pub(crate) fn administrator() -> Self {
        let person = PersonView {
            id: "0".repeat(32).parse().expect("32 zeros are an id's form"),
            login: "administrator".to_owned(),
            name: "the administrator".to_owned(),
            email: String::new(),
            role: Role::Owner,
            findings: Telling::AtOnce,
            is_closed: false,
        };
        Self::logged_in(person, None).on_the_box()
    }

    /// The same visitor, who was let in by the control socket.
    #[must_use]
    pub(crate) fn on_the_box(self) -> Self {
        Self {
            from: Some(Origin::CommandLine),
            ..self
        }
    }

    /// The same visitor, with the address they came from.
    #[must_use]
    pub fn coming_from(self, address: IpAddr) -> Self {
        Self {
            from: Some(Origin::Network(address)),
            ..self
        }
    }

    /// The same visitor, with how many notices they have not read.
    #[must_use]
    pub fn with_unread(self, unread: u64) -> Self {
        Self { unread, ..self }
    }

    /// How many notices they have not read, where that was counted.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// Where they came from, where that is known.
    #[must_use]
    pub fn from(&self) -> Option<Origin> {
        self.from
    }

    /// The name to greet with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.person.name
    }

    /// Whether they look at the house from inside: its people, and its auditor.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        match self.way {
            Way::Staff => true,
            Way::Client | Way::Member(_) | Way::Link(_) | Way::Guest(..) => false,
        }
    }

    /// The very person.
    #[must_use]
    pub fn person(&self) -> &PersonView {
        &self.person
    }

    /// The client account they act for; none for the studio's people.
    #[must_use]
    pub fn account(&self) -> Option<&PersonId> {
        match &self.way {
            Way::Staff => None,
            Way::Client | Way::Link(_) => Some(&self.person.id),
            Way::Member(membership) | Way::Guest(_, membership) => Some(&membership.account),
        }
    }

    /// The one order that their link opens; none for whoever logged in.
    #[must_use]
    pub fn only(&self) -> Option<&ProjectId> {
        match &self.way {
            Way::Staff | Way::Client | Way::Member(_) => None,
            Way::Link(project) | Way::Guest(project, _) => Some(project),
        }
    }

    /// Whether they are the client themselves, logged in: theirs to say who acts for them.
    #[must_use]
    pub fn holds_account(&self) -> bool {
        matches!(self.way, Way::Client)
    }

    /// What programs call this visitor: the role, `link` or `guest`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.way {
            Way::Staff | Way::Client | Way::Member(_) => self.person.role.code(),
            Way::Link(_) => "link",
            Way::Guest(..) => "guest",
        }
    }

    /// Whether they hold a right; whose orders it reaches is [`may_see`]'s to say.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        match &self.way {
            Way::Staff => holds(self.person.role, right),
            Way::Client => holds(Role::Client, right),
            Way::Member(membership) => right == Right::Own || membership.may(right),
            // A link opens an order; what is somebody's own needs their login.
            Way::Link(_) => right != Right::Own && holds(Role::Client, right),
            Way::Guest(_, membership) => membership.may(right),
        }
    }

    /// Refuses whoever does not hold a right.
    ///
    /// # Errors
    /// `NotAllowed`.
    pub(crate) fn must(&self, right: Right) -> Result<(), Denied> {
        if self.may(right) {
            Ok(())
        } else {
            Err(Denied::NotAllowed)
        }
    }

    pub(crate) fn actor(&self) -> Actor {
        let person = self.person.id.clone();
        match self.account() {
            None => Actor::Staff { person },
            Some(account) => Actor::Client {
                account: account.clone(),
                person,
            },
        }
    }
}

/// Whether `visitor` may see anything of `project`: the one authorisation function.
///
/// # Errors
/// `NotFound` rather than `NotAllowed`, so that nobody learns which orders exist.
pub(crate) fn may_see(visitor: &Visitor, project: &Project) -> Result<(), Denied> {
    let is_theirs = match (visitor.only(), visitor.account()) {
        (Some(only), _) => only == &project.id,
        (None, Some(account)) => account == &project.client,
        (None, None) => visitor.may(Right::ReadHouse),
    };
    if is_theirs {
        Ok(())
    } else {
        Err(Denied::NotFound)
    }
}
