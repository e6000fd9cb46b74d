//! What is kept of people beside their names: sessions, profiles, members, what they agreed to.
//!
//! All of it is personal data and can be erased without touching a journal.

use rusqlite::{Row, params};

use crate::Vault;
use crate::apply::{Applied, Db};
use crate::codes::{PersonState, TokenState};
use crate::error::VaultError;
use crate::read::Found;
use crate::rows::TokenRow;

/// How a session was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSeen {
    /// Hash of the session's token.
    pub hash: String,
    /// The network address it came from.
    pub address: String,
    /// What the browser or program calls itself.
    pub browser: String,
    /// When.
    pub seen_ms: i64,
}

/// Where a decision in a journal came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventOrigin {
    /// The project.
    pub project: String,
    /// The event's place in its journal.
    pub seq: u64,
    /// Whose decision it was.
    pub person: String,
    /// The network address.
    pub address: String,
}

/// What a person said of themselves, and how they want to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    /// The person's id.
    pub person: String,
    /// Language of what they read, as its code.
    pub language: String,
    /// Whether they act as a person or a company, as the studio spells it.
    pub party: String,
    /// The company's name; may be empty.
    pub company: String,
    /// Telephone; may be empty.
    pub phone: String,
    /// Postal address; may be empty.
    pub postal: String,
    /// When they said that they are of age.
    pub of_age_ms: Option<i64>,
    /// Kinds of notices that are not mailed to them, separated by spaces.
    pub notices_off: String,
}

/// One of a client's people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The person's id.
    pub person: String,
    /// The client's person id.
    pub client: String,
    /// The only project they see; none for all of the client's.
    pub project: Option<String>,
    /// What they may do, as codes separated by spaces.
    pub rights: String,
    /// When that ends by itself.
    pub until_ms: Option<i64>,
}

/// A text that somebody agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptanceRow {
    /// Who.
    pub person: String,
    /// The project it is for; none for the account.
    pub project: Option<String>,
    /// What it is about, as the studio spells it.
    pub what: String,
    /// SHA-256 of the text, lower-case hex.
    pub sha256: String,
    /// The text, word for word.
    pub wording: String,
    /// The name as it was typed.
    pub name: String,
    /// When.
    pub at_ms: i64,
    /// The network address; may be empty.
    pub address: String,
}

/// An address that a mail server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailHoldRow {
    /// Whose.
    pub person: String,
    /// The address.
    pub email: String,
    /// What the server said.
    pub answer: String,
    /// When.
    pub at_ms: i64,
}

/// A change to what is kept of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleWrite {
    /// A session was seen.
    SessionSeen(SessionSeen),
    /// Notes where a decision came from; a known one stays.
    EventOrigin(EventOrigin),
    /// Sets a person's profile.
    Profile(ProfileRow),
    /// Makes somebody one of a client's people, or changes what they may.
    Member(MemberRow),
    /// They are no longer.
    MemberEnded {
        /// The person.
        person: String,
    },
    /// Keeps what somebody agreed to.
    Acceptance(AcceptanceRow),
    /// Holds mails to an address.
    MailHold(MailHoldRow),
    /// Lets them go out again.
    MailHoldEnded {
        /// The person.
        person: String,
    },
    /// Gives a person another role.
    Role {
        /// The person.
        person: String,
        /// The role, as the studio spells it.
        role: String,
    },
    /// Says whether a person may come in.
    State {
        /// The person.
        person: String,
        /// Whether they may.
        state: PersonState,
    },
    /// Changes a person's name and mail address.
    Contact {
        /// The person.
        person: String,
        /// The name.
        name: String,
        /// The address; may be empty.
        email: String,
    },
    /// Ends one token that still opens something.
    TokenEnded {
        /// The token's hash.
        hash: String,
    },
    /// Ends a person's tokens of a kind for one project.
    ProjectTokensEnded {
        /// The person.
        person: String,
        /// The project.
        project: String,
        /// The kind.
        kind: String,
    },
    /// A person has read a notice.
    NoticeRead {
        /// The person.
        person: String,
        /// The notice.
        id: String,
    },
    /// A person has read everything they were told.
    NoticesRead {
        /// The person.
        person: String,
    },
    /// Forgets everything about a person that law does not keep: name, addresses, sessions, notices.
    /// What they agreed to stays, without the network address.
    Erased {
        /// The person.
        person: String,
        /// The login that stands in place of the old one.
        login: String,
    },
}

pub(crate) fn apply(db: &Db<'_>, write: &PeopleWrite) -> Applied {
    match write {
        PeopleWrite::SessionSeen(row) => session_seen(db, row),
        PeopleWrite::EventOrigin(row) => event_origin(db, row),
        PeopleWrite::Profile(row) => profile(db, row),
        PeopleWrite::Member(row) => member(db, row),
        PeopleWrite::MemberEnded { person } => {
            db.run("DELETE FROM member WHERE person = ?1", [person])?;
            Ok(())
        }
        PeopleWrite::Acceptance(row) => acceptance(db, row),
        PeopleWrite::MailHold(row) => mail_hold(db, row),
        PeopleWrite::MailHoldEnded { person } => {
            db.run("DELETE FROM mail_hold WHERE person = ?1", [person])?;
            Ok(())
        }
        PeopleWrite::Role { person, role } => db.hit(
            "UPDATE person SET role = ?2 WHERE id = ?1",
            params![person, role],
            ("person", person, "there"),
        ),
        PeopleWrite::State { person, state } => db.hit(
            "UPDATE person SET state = ?2 WHERE id = ?1",
            params![person, state],
            ("person", person, "there"),
        ),
        PeopleWrite::Contact {
            person,
            name,
            email,
        } => db.hit(
            "UPDATE person SET name = ?2, email = ?3 WHERE id = ?1",
            params![person, name, email],
            ("person", person, "there"),
        ),
        PeopleWrite::TokenEnded { hash } => {
            db.run(
                "UPDATE token SET state = ?2 WHERE hash = ?1 AND state = ?3",
                params![hash, TokenState::Ended, TokenState::Live],
            )?;
            Ok(())
        }
        PeopleWrite::ProjectTokensEnded {
            person,
            project,
            kind,
        } => {
            db.run(
                "UPDATE token SET state = ?4
                 WHERE person = ?1 AND project = ?2 AND kind = ?3 AND state = ?5",
                params![person, project, kind, TokenState::Ended, TokenState::Live],
            )?;
            Ok(())
        }
        PeopleWrite::NoticeRead { person, id } => {
            db.run(
                "INSERT INTO notice_read (person, notice) SELECT ?1, no FROM notice WHERE id = ?2
                 ON CONFLICT DO NOTHING",
                params![person, id],
            )?;
            Ok(())
        }
        PeopleWrite::NoticesRead { person } => all_read(db, person),
        PeopleWrite::Erased { person, login } => erased(db, person, login),
    }
}

fn session_seen(db: &Db<'_>, row: &SessionSeen) -> Applied {
    db.run(
        "INSERT INTO session_seen (hash, address, browser, seen_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hash) DO UPDATE SET address = excluded.address,
             browser = excluded.browser, seen_ms = excluded.seen_ms",
        params![row.hash, row.address, row.browser, row.seen_ms],
    )?;
    Ok(())
}

fn event_origin(db: &Db<'_>, row: &EventOrigin) -> Applied {
    db.run(
        "INSERT INTO event_origin (project, seq, person, address) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project, seq) DO NOTHING",
        params![row.project, row.seq, row.person, row.address],
    )?;
    Ok(())
}

fn profile(db: &Db<'_>, row: &ProfileRow) -> Applied {
    db.run(
        "INSERT INTO profile (person, language, party, company, phone, postal, of_age_ms, notices_off)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (person) DO UPDATE SET language = excluded.language, party = excluded.party,
             company = excluded.company, phone = excluded.phone, postal = excluded.postal,
             of_age_ms = excluded.of_age_ms, notices_off = excluded.notices_off",
        params![
            row.person,
            row.language,
            row.party,
            row.company,
            row.phone,
            row.postal,
            row.of_age_ms,
            row.notices_off
        ],
    )?;
    Ok(())
}

fn member(db: &Db<'_>, row: &MemberRow) -> Applied {
    db.run(
        "INSERT INTO member (person, client, project, rights, until_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (person) DO UPDATE SET client = excluded.client,
             project = excluded.project, rights = excluded.rights, until_ms = excluded.until_ms",
        params![
            row.person,
            row.client,
            row.project,
            row.rights,
            row.until_ms
        ],
    )?;
    Ok(())
}

fn acceptance(db: &Db<'_>, row: &AcceptanceRow) -> Applied {
    db.run(
        "INSERT INTO acceptance (person, project, what, sha256, wording, name, at_ms, address)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            row.person,
            row.project,
            row.what,
            row.sha256,
            row.wording,
            row.name,
            row.at_ms,
            row.address
        ],
    )?;
    Ok(())
}

fn mail_hold(db: &Db<'_>, row: &MailHoldRow) -> Applied {
    db.run(
        "INSERT INTO mail_hold (person, email, answer, at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (person) DO UPDATE SET email = excluded.email, answer = excluded.answer,
             at_ms = excluded.at_ms",
        params![row.person, row.email, row.answer, row.at_ms],
    )?;
    Ok(())
}

fn all_read(db: &Db<'_>, person: &str) -> Applied {
    db.run(
        "INSERT INTO notice_seen (person, until_no)
         VALUES (?1, (SELECT coalesce(max(no), 0) FROM notice))
         ON CONFLICT (person) DO UPDATE SET until_no = excluded.until_no",
        [person],
    )?;
    db.run("DELETE FROM notice_read WHERE person = ?1", [person])?;
    Ok(())
}

fn erased(db: &Db<'_>, person: &str, login: &str) -> Applied {
    db.hit(
        "UPDATE person SET login = ?2, name = '', email = '', password_hash = NULL, state = ?3
         WHERE id = ?1",
        params![person, login, PersonState::Disabled],
        ("person", person, "there"),
    )?;
    for sql in [
        "DELETE FROM session_seen WHERE hash IN (SELECT hash FROM token WHERE person = ?1)",
        "DELETE FROM token WHERE person = ?1",
        "DELETE FROM event_origin WHERE person = ?1",
        "DELETE FROM decision_origin WHERE person = ?1",
        "DELETE FROM profile WHERE person = ?1",
        "DELETE FROM member WHERE person = ?1",
        "DELETE FROM mail_hold WHERE person = ?1",
        "DELETE FROM notice_read WHERE person = ?1
            OR notice IN (SELECT no FROM notice WHERE audience = ?1)",
        "DELETE FROM notice_seen WHERE person = ?1",
        "DELETE FROM notice WHERE audience = ?1",
        "UPDATE acceptance SET address = '' WHERE person = ?1",
        // Mails to them, with what they were about.
        "DELETE FROM job WHERE kind = 'mail_person' AND instr(key, ?1) > 0 AND state <> 'running'",
    ] {
        db.run(sql, [person])?;
    }
    Ok(())
}

fn session(row: &Row<'_>) -> rusqlite::Result<(TokenRow, Option<SessionSeen>)> {
    let token = crate::read::token(row)?;
    let seen = match row.get::<_, Option<i64>>("seen_ms")? {
        Some(seen_ms) => Some(SessionSeen {
            hash: token.hash.clone(),
            address: row.get("address")?,
            browser: row.get("browser")?,
            seen_ms,
        }),
        None => None,
    };
    Ok((token, seen))
}

fn origin(row: &Row<'_>) -> rusqlite::Result<EventOrigin> {
    Ok(EventOrigin {
        project: row.get("project")?,
        seq: row.get("seq")?,
        person: row.get("person")?,
        address: row.get("address")?,
    })
}

fn profile_row(row: &Row<'_>) -> rusqlite::Result<ProfileRow> {
    Ok(ProfileRow {
        person: row.get("person")?,
        language: row.get("language")?,
        party: row.get("party")?,
        company: row.get("company")?,
        phone: row.get("phone")?,
        postal: row.get("postal")?,
        of_age_ms: row.get("of_age_ms")?,
        notices_off: row.get("notices_off")?,
    })
}

fn member_row(row: &Row<'_>) -> rusqlite::Result<MemberRow> {
    Ok(MemberRow {
        person: row.get("person")?,
        client: row.get("client")?,
        project: row.get("project")?,
        rights: row.get("rights")?,
        until_ms: row.get("until_ms")?,
    })
}

fn acceptance_row(row: &Row<'_>) -> rusqlite::Result<AcceptanceRow> {
    Ok(AcceptanceRow {
        person: row.get("person")?,
        project: row.get("project")?,
        what: row.get("what")?,
        sha256: row.get("sha256")?,
        wording: row.get("wording")?,
        name: row.get("name")?,
        at_ms: row.get("at_ms")?,
        address: row.get("address")?,
    })
}

fn hold_row(row: &Row<'_>) -> rusqlite::Result<MailHoldRow> {
    Ok(MailHoldRow {
        person: row.get("person")?,
        email: row.get("email")?,
        answer: row.get("answer")?,
        at_ms: row.get("at_ms")?,
    })
}

impl Vault {
    /// A person's live tokens of a kind with how each was last seen, newest first.
    pub fn tokens_of(
        &self,
        person: &str,
        kind: &str,
    ) -> Result<Vec<(TokenRow, Option<SessionSeen>)>, VaultError> {
        self.reader()?.all(
            "SELECT token.*, session_seen.address, session_seen.browser, session_seen.seen_ms
             FROM token LEFT JOIN session_seen ON session_seen.hash = token.hash
             WHERE person = ?1 AND kind = ?2 AND state = 'live'
             ORDER BY created_ms DESC, token.hash",
            [person, kind],
            session,
        )
    }

    /// How a session was last seen.
    pub fn session_seen(&self, hash: &str) -> Found<Option<SessionSeen>> {
        let sql = "SELECT * FROM session_seen WHERE hash = ?1";
        self.reader()?.one(sql, [hash], |row| {
            Ok(SessionSeen {
                hash: row.get("hash")?,
                address: row.get("address")?,
                browser: row.get("browser")?,
                seen_ms: row.get("seen_ms")?,
            })
        })
    }

    /// Where the decisions in a project's journal came from.
    pub fn origins_of_project(&self, project: &str) -> Found<Vec<EventOrigin>> {
        let sql = "SELECT * FROM event_origin WHERE project = ?1 ORDER BY seq";
        self.reader()?.all(sql, [project], origin)
    }

    /// Where a person's decisions came from.
    pub fn origins_of_person(&self, person: &str) -> Found<Vec<EventOrigin>> {
        let sql = "SELECT * FROM event_origin WHERE person = ?1 ORDER BY project, seq";
        self.reader()?.all(sql, [person], origin)
    }

    /// A person's profile, where they have one.
    pub fn profile(&self, person: &str) -> Found<Option<ProfileRow>> {
        let sql = "SELECT * FROM profile WHERE person = ?1";
        self.reader()?.one(sql, [person], profile_row)
    }

    /// Whose account somebody belongs to, and what they may there.
    pub fn member(&self, person: &str) -> Found<Option<MemberRow>> {
        let sql = "SELECT * FROM member WHERE person = ?1";
        self.reader()?.one(sql, [person], member_row)
    }

    /// A client's people and guests.
    pub fn members_of(&self, client: &str) -> Found<Vec<MemberRow>> {
        let sql = "SELECT * FROM member WHERE client = ?1 ORDER BY person";
        self.reader()?.all(sql, [client], member_row)
    }

    /// What a person agreed to, oldest first.
    pub fn acceptances(&self, person: &str) -> Found<Vec<AcceptanceRow>> {
        let sql = "SELECT * FROM acceptance WHERE person = ?1 ORDER BY no";
        self.reader()?.all(sql, [person], acceptance_row)
    }

    /// What was agreed to for a project, oldest first.
    pub fn acceptances_of_project(&self, project: &str) -> Found<Vec<AcceptanceRow>> {
        let sql = "SELECT * FROM acceptance WHERE project = ?1 ORDER BY no";
        self.reader()?.all(sql, [project], acceptance_row)
    }

    /// Why nothing is mailed to a person, where that is so.
    pub fn mail_hold(&self, person: &str) -> Found<Option<MailHoldRow>> {
        let sql = "SELECT * FROM mail_hold WHERE person = ?1";
        self.reader()?.one(sql, [person], hold_row)
    }

    /// Everybody to whom nothing is mailed, oldest first.
    pub fn mail_holds(&self) -> Found<Vec<MailHoldRow>> {
        let sql = "SELECT * FROM mail_hold ORDER BY at_ms, person";
        self.reader()?.all(sql, [], hold_row)
    }

    /// The keys of every mail to a person that was put on the list of work.
    pub fn mail_jobs_of(&self, person: &str) -> Found<Vec<String>> {
        let sql = "SELECT key FROM job WHERE kind = 'mail_person' AND instr(key, ?1) > 0";
        self.reader()?.all(sql, [person], |row| row.get(0))
    }

    /// How many notices for an audience a person has not read.
    pub fn unread(&self, audience: &str, person: &str) -> Found<u64> {
        let sql = "SELECT count(*) FROM notice WHERE audience = ?1 AND state = 'new'
                AND no > coalesce((SELECT until_no FROM notice_seen WHERE person = ?2), 0)
                AND no NOT IN (SELECT notice FROM notice_read WHERE person = ?2)";
        let count = self.reader()?;
        let count = count.one(sql, [audience, person], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// Notices to an audience, newest first, each with whether a person has read it.
    pub fn notices_read_by(
        &self,
        audience: &str,
        person: &str,
        page: crate::Page,
    ) -> Found<crate::Paged<crate::NoticeRow>> {
        let sql = "SELECT no, id, at_ms, audience, project, kind, text, facts,
                CASE WHEN no <= coalesce((SELECT until_no FROM notice_seen WHERE person = ?2), 0)
                    OR no IN (SELECT notice FROM notice_read WHERE person = ?2)
                THEN 'read' ELSE state END AS state
            FROM notice WHERE audience = ?1 AND no < ?3 ORDER BY no DESC LIMIT ?4";
        self.reader()?
            .page_of(sql, &[&audience, &person], page, crate::read::notice)
    }

    /// The events of a person in every journal, as project and place, oldest first.
    pub fn events_by(&self, actor: &str) -> Found<Vec<crate::EventRow>> {
        let sql = "SELECT * FROM event WHERE actor = ?1 ORDER BY no";
        self.reader()?.all(sql, [actor], crate::read::event)
    }
}
