//! The command line's words about people.

use clap::{Subcommand, ValueEnum};

use crate::person::PersonVerb;

/// What a person is to the studio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// Runs the studio: may do everything
    #[value(alias = "staff")]
    Owner,
    /// Masters, and does all that an assistant does
    Engineer,
    /// Takes in mixes, opens orders, looks after clients, records payments
    Assistant,
    /// Reads everything and changes nothing
    Auditor,
    /// Orders here
    Client,
}

impl RoleArg {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Engineer => "engineer",
            Self::Assistant => "assistant",
            Self::Auditor => "auditor",
            Self::Client => "client",
        }
    }
}

/// When a client reads what is found in their mixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TellingArg {
    /// As soon as a mix is checked
    AtOnce,
    /// Once one of the studio's people has released it
    AfterRelease,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserVerb {
    /// Add a person
    Add {
        /// What they are to the studio
        #[arg(long, default_value = "client")]
        role: RoleArg,
        /// Login name, also the name of the dropbox
        #[arg(long)]
        login: String,
        /// Name as written
        #[arg(long)]
        name: String,
        /// E-mail address
        #[arg(long, default_value = "")]
        email: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Say when a client reads what is found in their mixes, from the next mix on
    Findings {
        /// The client's login
        login: String,
        /// At once, or after one of the studio's people has released it
        when: TellingArg,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List people
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// What is about one person
    #[command(flatten)]
    One(PersonVerb),
    /// Make a one-time set-up link, while nobody works here yet
    SetUpLink {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}
