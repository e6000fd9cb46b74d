//! What an administrator does about one person: `lacquer user role|close|open|password|...`.

use clap::{Subcommand, ValueEnum};
use serde_json::Value;
use studio::MemberRight;
use studio::control::{PersonAsk, Request};

use crate::admin::{ask_daemon, password_from_stdin, text};
use crate::args::Place;
use crate::person_args::RoleArg;
use crate::{Outcome, print_json};

/// What one of a client's people may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum RightArg {
    /// Send mixes, name and order songs
    Send,
    /// Comment
    Comment,
    /// Ask for a revision
    RequestRevision,
    /// Approve: have the last word
    Approve,
    /// Fetch the finals
    Download,
    /// Read what is owed
    SeeMoney,
}

impl RightArg {
    fn right(self) -> MemberRight {
        match self {
            Self::Send => MemberRight::Send,
            Self::Comment => MemberRight::Comment,
            Self::RequestRevision => MemberRight::RequestRevision,
            Self::Approve => MemberRight::Approve,
            Self::Download => MemberRight::Download,
            Self::SeeMoney => MemberRight::SeeMoney,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PersonVerb {
    /// Give somebody of the studio a role
    Role {
        /// Their login
        login: String,
        /// The role
        role: RoleArg,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Close somebody's account; what they did stays
    Close {
        /// Their login
        login: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Open an account again
    Open {
        /// Their login
        login: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Set somebody's password, read from standard input; all their sessions end
    Password {
        /// Their login
        login: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Correct somebody's name and mail address; held mails go out again
    Contact {
        /// Their login
        login: String,
        /// Name as written
        #[arg(long)]
        name: String,
        /// E-mail address, or empty
        #[arg(long)]
        email: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List somebody's sessions, or end them all
    Sessions {
        /// Their login
        login: String,
        /// End them all
        #[arg(long)]
        end: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Try a mail address again that the mail server refused
    MailAgain {
        /// Their login
        login: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print everything that is kept of a person, as one JSON document
    Export {
        /// Their login
        login: String,
    },
    /// Forget a person: name, addresses, sessions, notices; the journal stays
    Erase {
        /// Their login
        login: String,
        /// The login once more
        #[arg(long)]
        confirm: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List a client's people and guests
    Members {
        /// The client's login
        client: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Add one of a client's people
    AddMember {
        /// The client's login
        client: String,
        /// Their login
        #[arg(long)]
        login: String,
        /// Name as written
        #[arg(long)]
        name: String,
        /// E-mail address
        #[arg(long, default_value = "")]
        email: String,
        /// What they may do beside listening
        #[arg(long, value_delimiter = ',')]
        rights: Vec<RightArg>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// End the part of one of a client's people
    EndMember {
        /// The client's login
        client: String,
        /// Their login
        member: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// How the answer is printed.
enum Print {
    Json,
    Words(fn(&Value)),
}

fn print(json: Option<fn(&Value)>) -> Print {
    json.map_or(Print::Json, Print::Words)
}

pub(crate) fn person(place: &Place, verb: PersonVerb) -> anyhow::Result<Outcome> {
    let (login, wish, print) = asked(verb)?;
    let answer = ask_daemon(place, &Request::Person { login, wish })?;
    match print {
        Print::Json => print_json(&answer)?,
        Print::Words(say) => say(&answer),
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each thing that is asked, each a translation"
)]
fn asked(verb: PersonVerb) -> anyhow::Result<(String, PersonAsk, Print)> {
    let words = |is_json: Json, say: fn(&Value)| print((is_json == Json::No).then_some(say));
    Ok(match verb {
        PersonVerb::Role { login, role, json } => {
            let role = role.code().to_owned();
            (
                login,
                PersonAsk::Role { role },
                words(json.into(), say_role),
            )
        }
        PersonVerb::Close { login, json } => {
            (login, PersonAsk::Close, words(json.into(), say_done))
        }
        PersonVerb::Open { login, json } => (login, PersonAsk::Open, words(json.into(), say_done)),
        PersonVerb::Password { login, json } => {
            let password = password_from_stdin()?;
            let ask = PersonAsk::Password { password };
            (login, ask, words(json.into(), say_done))
        }
        PersonVerb::Contact {
            login,
            name,
            email,
            json,
        } => {
            let ask = PersonAsk::Contact { name, email };
            (login, ask, words(json.into(), say_done))
        }
        PersonVerb::Sessions { login, end, json } => {
            let (ask, say): (_, fn(&Value)) = if end {
                (PersonAsk::EndSessions, say_done)
            } else {
                (PersonAsk::Sessions, say_sessions)
            };
            (login, ask, words(json.into(), say))
        }
        PersonVerb::MailAgain { login, json } => {
            (login, PersonAsk::MailAgain, words(json.into(), say_done))
        }
        PersonVerb::Export { login } => (login, PersonAsk::Export, Print::Json),
        PersonVerb::Erase {
            login,
            confirm,
            json,
        } => {
            anyhow::ensure!(
                confirm == login,
                "--confirm must be the login of the person who is to be forgotten"
            );
            (login, PersonAsk::Erase, words(json.into(), say_erased))
        }
        PersonVerb::Members { client, json } => {
            (client, PersonAsk::Members, words(json.into(), say_members))
        }
        PersonVerb::AddMember {
            client,
            login,
            name,
            email,
            rights,
            password_stdin,
            json,
        } => {
            let ask = PersonAsk::AddMember {
                login,
                name,
                email,
                password: password_stdin.then(password_from_stdin).transpose()?,
                rights: rights.into_iter().map(RightArg::right).collect(),
            };
            (client, ask, words(json.into(), say_member))
        }
        PersonVerb::EndMember {
            client,
            member,
            json,
        } => {
            let ask = PersonAsk::EndMember { login: member };
            (client, ask, words(json.into(), say_done))
        }
    })
}

/// Whether one JSON document is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Json {
    Yes,
    No,
}

impl From<bool> for Json {
    fn from(is_on: bool) -> Self {
        if is_on { Self::Yes } else { Self::No }
    }
}

fn say_done(_: &Value) {
    println!("done");
}

fn say_role(person: &Value) {
    println!("{} is {} now", text(person, "name"), text(person, "role"));
}

fn say_sessions(sessions: &Value) {
    for session in sessions.as_array().into_iter().flatten() {
        println!(
            "{}  {:<16} {}",
            text(session, "id"),
            text(session, "address"),
            text(session, "browser")
        );
    }
}

fn say_erased(erasure: &Value) {
    println!(
        "forgotten; {} stands in their place",
        text(erasure, "login")
    );
    let stays = erasure.get("stays").and_then(Value::as_array);
    for line in stays.into_iter().flatten() {
        println!("  {}", line.as_str().unwrap_or_default());
    }
}

fn say_members(members: &Value) {
    members
        .as_array()
        .into_iter()
        .flatten()
        .for_each(say_member);
}

fn say_member(member: &Value) {
    let person = member.get("person").unwrap_or(&Value::Null);
    let rights = member.get("rights").and_then(Value::as_array);
    let rights: Vec<&str> = rights
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    println!(
        "{:<20} {:<24} {} {}",
        text(person, "login"),
        text(person, "name"),
        text(member, "number"),
        rights.join(", ")
    );
}
