//! The command line's words about the queue of prints.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use mastering::{OrderNumber, RevisionNo};

use crate::rack_args::AsJson;

#[derive(Debug, Subcommand)]
pub(crate) enum QueueVerb {
    /// List the queue of prints: what holds it, what waits for what, what ended last
    Queue(AsJson),
    /// Show one print: its certificates, takes, and what was said of it
    Show {
        /// Its number
        no: u64,
        #[command(flatten)]
        json: AsJson,
    },
    /// Say something to a print that waits for a person
    Answer(AnswerArgs),
    /// Hold the queue: what runs goes on to its end, nothing else begins
    Hold {
        /// Why, for whoever looks
        #[arg(default_value = "")]
        why: String,
    },
    /// Let the queue go on
    Resume,
    /// Set the pause between two prints
    Pause {
        /// In seconds
        seconds: u32,
    },
    /// Say that a unit is switched on or off, for its warm-up
    Power {
        /// The unit, by the rack’s name
        unit: String,
        /// Which
        #[arg(value_enum)]
        power: PowerArg,
        /// For so many minutes by now
        #[arg(long, default_value_t = 0)]
        minutes: u32,
    },
    /// Print the reference passage of a song twice, through the chain of its revision
    Passage(OfSong),
    /// Prove the recall of a revision: set as its sheet says, certified, its passage printed and nulled
    Prove(OfSong),
    /// List the prints, references and proved recalls of an order
    Of {
        /// The order’s number
        number: OrderNumber,
        #[command(flatten)]
        json: AsJson,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AnswerArgs {
    /// The print’s number
    pub(crate) no: u64,
    /// What
    #[arg(value_enum)]
    pub(crate) answer: AnswerArg,
    /// The take that is accepted, or that a joined one begins with
    #[arg(long, required_if_eq_any([("answer", "accept"), ("answer", "join")]))]
    pub(crate) take: Option<usize>,
    /// The take that a joined one goes on with
    #[arg(long, required_if_eq("answer", "join"))]
    pub(crate) then: Option<usize>,
    /// The frame at which it goes on, as it is offered
    #[arg(long, required_if_eq("answer", "join"))]
    pub(crate) frame: Option<u64>,
    #[command(flatten)]
    pub(crate) json: AsJson,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OfSong {
    /// The order’s number
    pub(crate) number: OrderNumber,
    /// The revision
    #[arg(value_parser = revision)]
    pub(crate) revision: RevisionNo,
    /// The song’s title
    pub(crate) song: String,
    #[command(flatten)]
    pub(crate) json: AsJson,
}

fn revision(text: &str) -> Result<RevisionNo, String> {
    let number: u32 = text
        .parse()
        .map_err(|_| "a revision is a number".to_owned())?;
    RevisionNo::try_from(number).map_err(|e| e.to_string())
}

/// What is said to a print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerArg {
    /// The rack is set as the steps say
    Set,
    /// Measure and print once more
    Again,
    /// Take a take that slipped as it is
    Accept,
    /// Join two takes that slipped at different places
    Join,
    /// Convert the song to the server’s rate, and the master back
    Convert,
    /// Restart the audio server at the song’s rate
    RestartServer,
    /// Print it no more
    Stop,
}

/// Whether a unit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PowerArg {
    /// It is on
    On,
    /// It is off
    Off,
}
