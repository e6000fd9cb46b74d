//! What a person said of themselves, what the studio keeps of them, and forgetting it on request.

use std::collections::BTreeSet;

use mastering::{PersonId, UnixMs};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::{AcceptanceRow, ListedRow, Page, PeopleWrite, ProfileRow, ProjectFilter, Write};

use super::Studio;
use super::journal::{Decision, decided};
use crate::access::{Right, Visitor};
use crate::clock::{now_ms, random_id};
use crate::denied::Denied;
use crate::desk::all_listed;
use crate::notices::{Language, notice_kinds};
use crate::standing::last_stage;
use crate::views::{PersonView, Role};

/// Longest company, telephone or address, in characters.
const FIELD_MAX: usize = 500;
/// Rows of a list that an export holds; a person has fewer.
const EXPORTED: u32 = 1000;
/// What somebody agrees to for their account.
const TERMS: &str = "terms";

/// Whether somebody acts as a person or a company.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// They have not said.
    #[default]
    Unsaid,
    /// A person.
    Person,
    /// A sole trader.
    SoleTrader,
    /// A company.
    Company,
}

impl Party {
    /// Everything they may say.
    pub const ALL: [Self; 4] = [Self::Unsaid, Self::Person, Self::SoleTrader, Self::Company];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unsaid => "unsaid",
            Self::Person => "person",
            Self::SoleTrader => "sole_trader",
            Self::Company => "company",
        }
    }

    /// What a code means; `None` for one that nobody knows.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|party| party.code() == code)
    }
}

/// What a person said of themselves, and how they want to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The language of what they read.
    pub language: Language,
    /// Whether they act as a person or a company.
    pub party: Party,
    /// The company's name; may be empty.
    pub company: String,
    /// Telephone; may be empty.
    pub phone: String,
    /// Postal address; may be empty.
    pub postal: String,
    /// When they said that they are of age.
    pub of_age_at: Option<UnixMs>,
    /// Kinds of notices that are not mailed to them.
    pub notices_off: BTreeSet<String>,
}

impl Profile {
    pub(crate) fn of(row: &ProfileRow) -> Result<Self, Denied> {
        let unknown = |what: &str, code: &str| {
            Denied::Fault(format!(
                "the studio's database holds the unknown {what} {code}"
            ))
        };
        Ok(Self {
            language: Language::of_code(&row.language)
                .ok_or_else(|| unknown("language", &row.language))?,
            party: Party::of_code(&row.party).ok_or_else(|| unknown("party", &row.party))?,
            company: row.company.clone(),
            phone: row.phone.clone(),
            postal: row.postal.clone(),
            of_age_at: row.of_age_ms,
            notices_off: row
                .notices_off
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        })
    }

    fn row(&self, person: &PersonView) -> Result<ProfileRow, Denied> {
        let field = |given: &str| -> String {
            let kept = given.trim().chars();
            kept.filter(|c| !c.is_control() || *c == '\n')
                .take(FIELD_MAX)
                .collect()
        };
        for code in &self.notices_off {
            let kind = notice_kinds().iter().find(|kind| kind.code == code);
            if !kind.is_some_and(|kind| kind.can_be_off) {
                return Err(Denied::Invalid(format!(
                    "there is no notice \u{201c}{code}\u{201d} to switch off"
                )));
            }
        }
        let off: Vec<&str> = self.notices_off.iter().map(String::as_str).collect();
        Ok(ProfileRow {
            person: person.id.to_string(),
            language: self.language.code().to_owned(),
            party: self.party.code().to_owned(),
            company: field(&self.company),
            phone: field(&self.phone),
            postal: field(&self.postal),
            of_age_ms: self.of_age_at,
            notices_off: off.join(" "),
        })
    }
}

/// The terms that somebody agrees to for their account.
#[derive(Debug, Clone, Serialize)]
pub struct Terms {
    /// The text, word for word.
    pub wording: String,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
    /// When the visitor agreed to exactly this text.
    pub accepted_at: Option<UnixMs>,
}

/// What was found and forgotten.
#[derive(Debug, Clone, Serialize)]
pub struct Erasure {
    /// The login that stands in place of the old one.
    pub login: String,
    /// What stays, and why, in sentences.
    pub stays: Vec<String>,
}

pub(super) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl Studio {
    /// The visitor's profile.
    ///
    /// # Errors
    /// The database.
    pub async fn profile(&self, visitor: &Visitor) -> Result<Profile, Denied> {
        self.access.profile(&visitor.person().id).await
    }

    /// Sets the visitor's profile. That somebody is of age is theirs to say, and stands with the
    /// moment in which they said it first.
    ///
    /// # Errors
    /// `NotAllowed` for whoever has no login; a notice that cannot be switched off.
    pub async fn set_profile(
        &self,
        visitor: &Visitor,
        mut profile: Profile,
    ) -> Result<Profile, Denied> {
        visitor.must(Right::Own)?;
        let before = self.profile(visitor).await?;
        profile.of_age_at = profile
            .of_age_at
            .map(|_| before.of_age_at.unwrap_or_else(now_ms));
        let row = profile.row(visitor.person())?;
        self.desk
            .keep(vec![Write::People(PeopleWrite::Profile(row))])
            .await?;
        Ok(profile)
    }

    /// The studio's terms, and whether the visitor has agreed to them; none where it has none.
    ///
    /// # Errors
    /// The database.
    pub async fn terms(&self, visitor: &Visitor) -> Result<Option<Terms>, Denied> {
        let Some(wording) = self.config.terms.clone() else {
            return Ok(None);
        };
        let sum = sha256(&wording);
        let person = visitor.person().id.to_string();
        let rows = self.access.read(move |v| v.acceptances(&person)).await?;
        let accepted = rows
            .into_iter()
            .find(|row| row.what == TERMS && row.sha256 == sum);
        Ok(Some(Terms {
            accepted_at: accepted.map(|row| row.at_ms),
            sha256: sum,
            wording,
        }))
    }

    /// Agrees to the terms that the visitor was shown, under the name they typed.
    ///
    /// # Errors
    /// `Invalid` where the terms are others by now, or the name is missing.
    pub async fn accept_terms(
        &self,
        visitor: &Visitor,
        (shown, name): (&str, &str),
    ) -> Result<(), Denied> {
        visitor.must(Right::Own)?;
        let terms = self.terms(visitor).await?.ok_or(Denied::NotFound)?;
        if terms.sha256 != shown {
            return Err(Denied::Invalid(
                "the terms have changed since this page was made; read them again".to_owned(),
            ));
        }
        let row = AcceptanceRow {
            person: visitor.person().id.to_string(),
            project: None,
            what: TERMS.to_owned(),
            sha256: terms.sha256,
            wording: terms.wording,
            name: crate::access::read_name(name)?,
            at_ms: now_ms(),
            address: visitor.from().map_or_else(String::new, |a| a.to_string()),
        };
        self.desk
            .keep(vec![Write::People(PeopleWrite::Acceptance(row))])
            .await
    }

    /// Every order of a client, newest first.
    async fn orders_of(&self, client: &PersonId) -> Result<Vec<ListedRow>, Denied> {
        let filter = ProjectFilter {
            client: Some(client.to_string()),
            ..ProjectFilter::default()
        };
        self.access
            .read(move |vault| all_listed(vault, &filter))
            .await
    }

    /// Everything that the studio keeps of a person, as data.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but an owner and the person; `NotFound` where there is no such person.
    pub async fn export_person(
        &self,
        visitor: &Visitor,
        login: &str,
    ) -> Result<serde_json::Value, Denied> {
        let is_own = visitor.may(Right::Own) && visitor.person().login == login;
        if !is_own {
            visitor.must(Right::Settings)?;
        }
        let person = self.named(login).await?;
        let profile = self.access.profile(&person.id).await?;
        let orders: Vec<serde_json::Value> = self
            .orders_of(&person.id)
            .await?
            .into_iter()
            .map(|row| {
                serde_json::json!({
                    "number": row.number,
                    "title": row.standing.title,
                    "artist": row.standing.artist,
                    "opened_at": row.created_ms,
                })
            })
            .collect();
        let id = person.id.to_string();
        let kept = self.access.read(move |vault| kept_of(vault, &id)).await?;
        Ok(serde_json::json!({
            "person": person,
            "profile": profile,
            "orders": orders,
            "kept": kept,
        }))
    }

    /// Forgets a person: name, addresses, sessions, notices. The journal stays, and names nobody by itself.
    ///
    /// # Errors
    /// `NotAllowed` for anyone but an owner; orders still in work; the last owner.
    pub async fn erase_person(&self, visitor: &Visitor, login: &str) -> Result<Erasure, Denied> {
        visitor.must(Right::Delete)?;
        let person = self.named(login).await?;
        if person.role == Role::Owner {
            return Err(Denied::Invalid(
                "an owner cannot be erased; give them another role first".to_owned(),
            ));
        }
        let orders = self.orders_of(&person.id).await?;
        let mut open = orders
            .iter()
            .filter(|row| row.standing.stage != last_stage());
        if let Some(ListedRow { number, .. }) = open.next() {
            return Err(Denied::Invalid(format!(
                "the order {number} is still in work; it must be complete and archived first"
            )));
        }
        let mut stays = vec![
            "The journal of each order stays: who typed a name to approve is part of the approval."
                .to_owned(),
        ];
        let dropbox = self.config.data.join("dropboxes").join(&person.login);
        if dropbox.exists() {
            stays.push(format!(
                "The dropbox {} is left as it is; delete it when its files are not needed any more.",
                dropbox.display()
            ));
        }
        if !orders.is_empty() {
            stays.push(format!(
                "The audio of {} order(s) stays until its dates, and invoices as long as law asks.",
                orders.len()
            ));
        }
        let erased = format!("erased-{}", &random_id()[..12]);
        let row = PeopleWrite::Erased {
            person: person.id.to_string(),
            login: erased.clone(),
        };
        let mut rows = vec![Write::People(row)];
        let id = person.id.to_string();
        for member in self.access.read(move |v| v.members_of(&id)).await? {
            // Whoever acted for them acts for nobody now; known only through them, they go as well.
            rows.push(Write::People(PeopleWrite::Erased {
                person: member.person,
                login: format!("erased-{}", &random_id()[..12]),
            }));
        }
        rows.push(decided(visitor, &person.id, &Decision::PersonErased));
        self.desk.keep(rows).await?;
        Ok(Erasure {
            login: erased,
            stays,
        })
    }

    async fn named(&self, login: &str) -> Result<PersonView, Denied> {
        let people = self.access.people().await?;
        people
            .into_iter()
            .find(|p| p.login.eq_ignore_ascii_case(login.trim()))
            .ok_or(Denied::NotFound)
    }
}

/// What stands in the database about a person, beside their orders.
fn kept_of(vault: &vault::Vault, id: &str) -> Result<serde_json::Value, vault::VaultError> {
    let sessions: Vec<_> = vault
        .tokens_of(id, "session")?
        .into_iter()
        .map(|(token, seen)| {
            serde_json::json!({
                "since": token.created_ms,
                "address": seen.as_ref().map(|s| s.address.clone()),
                "browser": seen.as_ref().map(|s| s.browser.clone()),
                "seen_at": seen.map(|s| s.seen_ms),
            })
        })
        .collect();
    let origins: Vec<_> = vault
        .origins_of_person(id)?
        .into_iter()
        .map(|o| serde_json::json!({ "project": o.project, "seq": o.seq, "address": o.address }))
        .collect();
    let beside: Vec<_> = vault
        .decision_origins_of(id)?
        .into_iter()
        .map(|o| serde_json::json!({ "journal": o.journal, "seq": o.seq, "address": o.address }))
        .collect();
    let agreed: Vec<_> = vault
        .acceptances(id)?
        .into_iter()
        .map(|row| {
            serde_json::json!({
                "what": row.what, "wording": row.wording, "sha256": row.sha256,
                "name": row.name, "at": row.at_ms, "address": row.address,
            })
        })
        .collect();
    let mut decisions = Vec::new();
    for actor in [format!("client:{id}"), format!("staff:{id}")] {
        for event in vault.events_by(&actor)? {
            decisions.push(serde_json::json!({
                "project": event.project, "seq": event.seq, "at": event.at_ms,
                "kind": event.kind, "event": serde_json::from_str::<serde_json::Value>(&event.body).ok(),
            }));
        }
    }
    let notices: Vec<_> = vault
        .notices(id, Page::first(EXPORTED))?
        .rows
        .into_iter()
        .map(|n| serde_json::json!({ "at": n.at_ms, "kind": n.kind, "text": n.text }))
        .collect();
    Ok(serde_json::json!({
        "sessions": sessions,
        "origins": origins,
        "origins_beside_orders": beside,
        "agreed": agreed,
        "decisions": decisions,
        "notices": notices,
    }))
}
