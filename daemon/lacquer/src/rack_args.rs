//! The command line's words about the rack.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use mastering::{OrderNumber, RevisionNo};

#[derive(Debug, ClapArgs)]
pub(crate) struct AsJson {
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which revision's sheet.
#[derive(Debug, ClapArgs)]
pub(crate) struct SheetArgs {
    /// The order's number
    number: OrderNumber,
    /// The revision
    #[arg(value_parser = revision)]
    revision: RevisionNo,
}

impl SheetArgs {
    pub(crate) fn place(&self) -> (OrderNumber, RevisionNo) {
        (self.number, self.revision)
    }
}

fn revision(text: &str) -> Result<RevisionNo, String> {
    let number: u32 = text
        .parse()
        .map_err(|_| "a revision is a number from 1".to_owned())?;
    RevisionNo::try_from(number).map_err(|error| error.to_string())
}

#[derive(Debug, Subcommand)]
pub(crate) enum RackVerb {
    /// List the units
    Units {
        #[command(flatten)]
        json: AsJson,
    },
    /// List the chains through them
    Chains {
        #[command(flatten)]
        json: AsJson,
    },
    /// Print a unit's file
    Unit {
        /// Its name in the rack
        id: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// Print a chain's file
    Chain {
        /// Its name in the rack
        id: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// Save the next version of a unit
    SaveUnit {
        /// Its name in the rack: small letters, digits and _
        id: String,
        /// Its file, as config/rack/unit.toml
        file: PathBuf,
        #[command(flatten)]
        json: AsJson,
    },
    /// Save the next version of a chain
    SaveChain {
        /// Its name in the rack: small letters, digits and _
        id: String,
        /// Its file, as config/rack/chain.toml
        file: PathBuf,
        #[command(flatten)]
        json: AsJson,
    },
    /// Put a photograph on a unit's page
    Photograph {
        /// The unit's name in the rack
        id: String,
        /// The file, JPEG or PNG
        file: PathBuf,
        /// What it shows
        #[arg(long, default_value = "")]
        caption: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// The recall sheets of an order's revisions
    #[command(subcommand)]
    Sheet(SheetVerb),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SheetVerb {
    /// Print a sheet and what it lacks
    Show {
        #[command(flatten)]
        at: SheetArgs,
        #[command(flatten)]
        json: AsJson,
    },
    /// Begin a sheet with a chain
    Begin {
        #[command(flatten)]
        at: SheetArgs,
        /// The chain's name in the rack
        chain: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// Go over to another chain or its newest version; what is noted of its units stays
    Carry {
        #[command(flatten)]
        at: SheetArgs,
        /// The chain's name in the rack
        chain: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// Note where a control stands; an empty setting takes the note away
    Set {
        #[command(flatten)]
        at: SheetArgs,
        /// The unit's name in the rack
        unit: String,
        /// The control, as its panel says
        control: String,
        /// Where it stands, such as "-4.5 dB" or "10:1"
        #[arg(allow_hyphen_values = true)]
        setting: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// Confirm a manual step of the chain
    Patched {
        #[command(flatten)]
        at: SheetArgs,
        /// Which one, from 1
        step: usize,
        #[command(flatten)]
        json: AsJson,
    },
    /// Note the trims of a song, in dB
    Trim {
        #[command(flatten)]
        at: SheetArgs,
        /// The song's id
        track: String,
        /// Before the first send
        #[arg(allow_hyphen_values = true)]
        send_db: f64,
        /// Behind the last return
        #[arg(allow_hyphen_values = true)]
        return_db: f64,
        #[command(flatten)]
        json: AsJson,
    },
    /// Keep words about the whole sheet or a unit
    Note {
        #[command(flatten)]
        at: SheetArgs,
        /// The words
        text: String,
        /// The unit's name in the rack
        #[arg(long, default_value = "")]
        unit: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// Put a photograph of a unit on the sheet
    Photograph {
        #[command(flatten)]
        at: SheetArgs,
        /// The unit's name in the rack
        unit: String,
        /// The file, JPEG or PNG
        file: PathBuf,
        /// What it shows
        #[arg(long, default_value = "")]
        caption: String,
        #[command(flatten)]
        json: AsJson,
    },
    /// List the steps to how a revision was set
    Walk {
        #[command(flatten)]
        at: SheetArgs,
        /// The revision as which the rack is set now
        #[arg(long, value_parser = revision)]
        from: Option<RevisionNo>,
        #[command(flatten)]
        json: AsJson,
    },
    /// Set by MIDI what MIDI can set on the way to how a revision was set
    Midi {
        #[command(flatten)]
        at: SheetArgs,
        /// The revision as which the rack is set now
        #[arg(long, value_parser = revision)]
        from: Option<RevisionNo>,
        #[command(flatten)]
        json: AsJson,
    },
    /// Say what stands differently on two sheets of an order
    Compare {
        #[command(flatten)]
        at: SheetArgs,
        /// The other revision
        #[arg(value_parser = revision)]
        with: RevisionNo,
        #[command(flatten)]
        json: AsJson,
    },
}
