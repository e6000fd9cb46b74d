//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use mastering::{Declared, OrderNumber};

use crate::album_args::AlbumArgs;
use crate::books_args::{LedgerVerb, PriceVerb};
use crate::disc_args::{DeliverArgs, VerifyArgs};
use crate::file_args::{CheckArgs, MasterArgs, MatchArgs, MeasureArgs, parse_declared};
use crate::insert_args::InsertVerb;
use crate::live_args::LiveArgs;
use crate::person_args::UserVerb;
use crate::rack_args::RackVerb;
use crate::release_args::ReleaseVerb;
use crate::rule_args::{RuleVerb, WordOf, WorkVerb};
use crate::sales_args::SalesVerb;

/// The box in a mastering studio's rack.
#[derive(Debug, Parser)]
#[command(name = "lacquer", version, about, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Which installation is meant.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Place {
    /// The configuration file; without one, the defaults for one machine hold
    #[arg(long, global = true, env = "LACQUER_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The data folder
    #[arg(long, global = true, env = "LACQUER_DATA")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the daemon: dropboxes, jobs, web
    Serve,
    /// Check mixes as the intake does
    Check(CheckArgs),
    /// Measure loudness, peaks and the rest
    Measure(MeasureArgs),
    /// Master a file by the measured plan, or by a chain
    Master(MasterArgs),
    /// Make a programme of songs: order, gaps, fades, segues, edits; one file for each track and one for each disc
    Album(AlbumArgs),
    /// Let a chain sound between JACK's ports, or a mix through it and hardware to the monitors, and turn its knobs
    Live(Box<LiveArgs>),
    /// Bring a mix to references: an equaliser, a width and a level as a chain to edit
    Match(MatchArgs),
    /// Make what is delivered of a programme or a disc: songs' files, DDP, CUE with BIN or WAVs, PQ sheet, DDEX; all of it
    /// read back
    Deliver(DeliverArgs),
    /// Read a delivery (a bag, a DDP, a CUE sheet, a WAV, a folder of them) back and judge it
    Verify(VerifyArgs),
    /// The archive: list, check, export, expire
    #[command(subcommand)]
    Archive(ArchiveVerb),
    /// An order's rules: requests, questions, the queue, previews, approval, how long it is kept
    Rule {
        #[command(subcommand)]
        verb: RuleVerb,
        #[command(flatten)]
        word: WordOf,
    },
    /// Put a client's question into the studio's inbox
    Support {
        /// The question
        words: String,
        /// The login of whose question it is
        #[arg(long)]
        by: String,
        /// The order it is about
        #[arg(long)]
        order: Option<OrderNumber>,
    },
    /// The release of an order: what a distributor is told, codes, removals, claims
    Release {
        #[command(subcommand)]
        verb: ReleaseVerb,
        #[command(flatten)]
        word: WordOf,
    },
    /// Sales: distributors' reports, what releases earned, payouts
    Sales {
        #[command(subcommand)]
        verb: SalesVerb,
        #[command(flatten)]
        word: WordOf,
    },
    /// The work on an order: its mixes, songs, plans and revisions
    Work {
        #[command(subcommand)]
        verb: WorkVerb,
        #[command(flatten)]
        word: WordOf,
    },
    /// What is due when, and who owes what
    Queue {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Orders: new, list, show, link
    #[command(subcommand)]
    Order(OrderVerb),
    /// Price lists: list, show, set, quote
    #[command(subcommand)]
    Price(PriceVerb),
    /// What the studio offers: list, show, set
    #[command(subcommand)]
    Service(ServiceVerb),
    /// The house's own journal: people, settings, prices, services, newest first
    Journal {
        /// Only what is older than this mark of an earlier list
        #[arg(long)]
        before: Option<u64>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Money: quotes, invoices, payments, the ledger, statistics
    #[command(subcommand)]
    Ledger(LedgerVerb),
    /// People: add, list, set-up link
    #[command(subcommand)]
    User(UserVerb),
    /// A message about a mail that came back, on standard input, as a mail alias gives it: an address
    /// that takes no mail is held until somebody looks. Give the alias as
    /// "|lacquer returned --data /var/lib/lacquer"
    Returned {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Test this box: disk, clock, audio server, meter, DSP, sandbox
    Doctor(DoctorArgs),
    /// The Samba share over the dropboxes
    #[command(subcommand)]
    Share(ShareVerb),
    /// The patchbay's hardware
    #[command(subcommand)]
    Insert(InsertVerb),
    /// The rack: units, chains through them, recall sheets
    #[command(subcommand)]
    Rack(RackVerb),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceVerb {
    /// List what can be ordered
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print the services as they hold now, as in config/services.toml
    Show {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Save the services' next version; orders that are open keep the rules of their day
    Set {
        /// The services, as in config/services.toml
        file: PathBuf,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct OrderListArgs {
    /// What number, title, artist or the client's name must hold
    #[arg(long, default_value = "")]
    pub(crate) search: String,
    /// A stage such as in_review, or at_work for all that are not in the archive
    #[arg(long, default_value = "")]
    pub(crate) stage: String,
    /// At most so many, up to 1000
    #[arg(long)]
    pub(crate) rows: Option<u32>,
    /// Only older ones than this mark of an earlier list
    #[arg(long)]
    pub(crate) before: Option<u64>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveVerb {
    /// List archived projects
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a new recovery key and show it once; the one before opens only older copies
    NewRecoveryKey {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Read every byte of an archived project back
    Check {
        /// The order's number
        number: OrderNumber,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Write an archived project as a plain BagIt bag
    Export {
        /// The order's number
        number: OrderNumber,
        /// The folder to put the bag into
        #[arg(long)]
        to: PathBuf,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Say what is due to go, or let it go
    Expire {
        /// Only say it
        #[arg(
            long,
            conflicts_with = "confirmed_by",
            required_unless_present = "confirmed_by"
        )]
        dry_run: bool,
        /// The person who confirms it
        #[arg(long, value_name = "NAME")]
        confirmed_by: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrderVerb {
    /// Open an order
    New {
        /// The client's login
        #[arg(long)]
        client: String,
        /// Title of the song, EP or album
        #[arg(long)]
        title: String,
        /// The artist, spelled as it must appear
        #[arg(long, default_value = "")]
        artist: String,
        /// The service, by its name in the catalogue
        #[arg(long, default_value = "instant")]
        service: String,
        /// Let an engineer master it in place of the measured plan: --service engineer
        #[arg(long, conflicts_with = "service")]
        engineer: bool,
        /// What kind of music it is: usual, classical, acoustic, pop, rock, electronic, hip_hop or speech
        #[arg(long, default_value = "usual", value_parser = parse_word::<mastering::Style>)]
        style: mastering::Style,
        /// How far the measured plan may go: gentle (up to 4 dB of limiting), balanced (6) or loud (8)
        #[arg(long, default_value = "balanced", value_parser = parse_word::<mastering::Intensity>)]
        intensity: mastering::Intensity,
        /// How much of the way to the music in the client's References folder a master goes in tone and width, in per
        /// cent; at 0 it is only there to compare with
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
        match_references: u8,
        /// Loudness to reach, in LUFS; without it the studio's or the style's own
        #[arg(long, allow_negative_numbers = true)]
        loudness: Option<f64>,
        /// How many songs will come
        #[arg(long)]
        songs: Option<u32>,
        /// What the mixes are declared to be, as 96000/24
        #[arg(long, value_parser = parse_declared)]
        declared: Option<Declared>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List orders, newest first
    List(OrderListArgs),
    /// Show an order
    Show {
        /// Its number
        number: OrderNumber,
        /// Go on showing until it waits for a person
        #[arg(long)]
        follow: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Try work again that was given up
    TryAgain {
        /// Its number
        number: OrderNumber,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print an order's programme as the file that `lacquer album` takes, and `lacquer work set-programme` sets
    Programme {
        /// Its number
        number: OrderNumber,
    },
    /// Show an order's consultation: answers, what is missing, how to prepare the mixes; or write answers into it
    Consultation {
        /// Its number
        number: OrderNumber,
        /// An answer by its code, as rate=96000; nothing behind the sign takes the answer back
        #[arg(long = "answer", value_name = "CODE=TEXT", value_parser = crate::rule_args::answer_pair)]
        answers: Vec<(String, String)>,
        /// The name of whoever warrants the rights in the recordings; needs --by
        #[arg(long, requires = "by")]
        warrant: Option<String>,
        /// The login of whose word it is; without it, the administrator's
        #[arg(long)]
        by: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show who listened to an order: the client's people to what, the studio's people why; and what nobody has heard
    Listening {
        /// Its number
        number: OrderNumber,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Keep somebody else's permission for a cover, a remix or a sample with an order: PDF, JPEG, PNG or text
    Permission {
        /// Its number
        number: OrderNumber,
        /// cover, remix or sample
        #[arg(value_parser = parse_word::<mastering::Borrowed>)]
        what: mastering::Borrowed,
        /// The song, as the consultation names it
        song: String,
        /// The file
        file: PathBuf,
        /// The login of whose word it is; without it, the administrator's
        #[arg(long)]
        by: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a new link to an order's portal page
    Link {
        /// Its number
        number: OrderNumber,
        /// End the earlier links to this order
        #[arg(long)]
        end_earlier: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorArgs {
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ShareVerb {
    /// Print an smb.conf for all clients of the running Lacquer
    Config {
        /// Where Samba keeps its passwords, locks and logs
        #[arg(long)]
        state: PathBuf,
        /// The server's name as clients see it
        #[arg(long, default_value = "LACQUER")]
        server_name: String,
        /// TCP port
        #[arg(long, default_value_t = 445)]
        port: u16,
        /// Interfaces or addresses to listen on
        #[arg(long, default_values_t = ["lo".to_owned()])]
        interface: Vec<String>,
        /// The user whose files all dropboxes are: the one Lacquer runs as
        #[arg(long, default_value = "lacquer")]
        owner: String,
        /// That user's group
        #[arg(long, default_value = "lacquer")]
        group: String,
    },
}

/// Reads a word as the documents spell it; with hyphens too.
pub(crate) fn parse_word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    let word = text.replace('-', "_").to_lowercase();
    serde_json::from_value(word.into()).map_err(|error| error.to_string())
}
