//! How a person is told something: their address, their language, what they do without.

use mastering::{PersonId, Project, UnixMs};
use vault::MailHoldRow;

use super::{Access, parse_id};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::house::Profile;
use crate::notices::notice_kinds;
use crate::views::PersonView;

/// A session is noted as seen this often at most.
const SEEN_EVERY_MS: i64 = 5 * 60_000;
/// How many sessions are remembered as just seen.
const REMEMBERED: usize = 10_000;

/// A person who may be mailed.
#[derive(Debug)]
pub(crate) struct Reach {
    pub(crate) person: PersonView,
    pub(crate) profile: Profile,
    hold: Option<MailHoldRow>,
}

impl Reach {
    /// Whether a notice of this kind is mailed to them.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        // What has no words of its own goes out as a message.
        let known = notice_kinds().iter().any(|k| k.code == kind);
        let code = if known { kind } else { "message" };
        !self.person.is_closed
            && !self.person.email.is_empty()
            && !self.profile.notices_off.contains(code)
    }

    /// What a mail server said when it refused this very address.
    pub(crate) fn held(&self) -> Option<&str> {
        let hold = self.hold.as_ref()?;
        (hold.email == self.person.email).then_some(hold.answer.as_str())
    }
}

impl Access {
    /// A person with all that a mail to them needs; none where there is no such person.
    pub(crate) async fn reach(&self, person: &PersonId) -> Result<Option<Reach>, Denied> {
        let Some(view) = self.person(person).await? else {
            return Ok(None);
        };
        let id = person.to_string();
        let hold = self.read(move |vault| vault.mail_hold(&id)).await?;
        Ok(Some(Reach {
            profile: self.profile(person).await?,
            person: view,
            hold,
        }))
    }

    /// What a person said of themselves; nothing yet is a profile as well.
    pub(crate) async fn profile(&self, person: &PersonId) -> Result<Profile, Denied> {
        let id = person.to_string();
        let row = self.read(move |vault| vault.profile(&id)).await?;
        row.map_or_else(|| Ok(Profile::default()), |row| Profile::of(&row))
    }

    /// Everybody whom an order of a client concerns: the client, their people, its guests.
    pub(crate) async fn people_of(&self, project: &Project) -> Result<Vec<PersonView>, Denied> {
        let id = project.client.to_string();
        let rows = self.read(move |vault| vault.members_of(&id)).await?;
        let mut ids = vec![project.client.clone()];
        let now = now_ms();
        for row in rows {
            let is_theirs = row
                .project
                .as_deref()
                .is_none_or(|only| only == project.id.as_str());
            if is_theirs && row.until_ms.is_none_or(|end| end > now) {
                ids.push(parse_id(&row.person)?);
            }
        }
        let mut people = Vec::new();
        for id in ids {
            people.extend(self.person(&id).await?.filter(|p| !p.is_closed));
        }
        Ok(people)
    }

    /// Whether a session was not noted as seen for a while; it is from now on.
    pub(crate) fn is_news(&self, session: &str, now: UnixMs) -> bool {
        let mut seen = self
            .seen
            .lock()
            .expect("no panic holds the list of sessions");
        if seen.len() > REMEMBERED {
            seen.retain(|_, at| *at > now - SEEN_EVERY_MS);
        }
        let key = crate::clock::token_hash(session);
        if seen.get(&key).is_some_and(|at| *at > now - SEEN_EVERY_MS) {
            return false;
        }
        seen.insert(key, now);
        true
    }
}
