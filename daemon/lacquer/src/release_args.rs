//! The command line's words about the release of an order.

use std::path::PathBuf;

use clap::Subcommand;
use mastering::OrderNumber;

#[derive(Debug, Subcommand)]
pub(crate) enum ReleaseVerb {
    /// Show it: what is filled in, what is open, codes, removals, claims
    Show {
        /// The order's number
        number: OrderNumber,
    },
    /// Fill it in from a file; what the file leaves out is empty
    Set {
        /// The order's number
        number: OrderNumber,
        /// The file: kind, label, genre, territories, shops, songs, ... as TOML
        file: PathBuf,
    },
    /// Allot the codes that are missing from the studio's own ranges
    Allot {
        /// The order's number
        number: OrderNumber,
    },
    /// Ask to take it out of shops
    Remove {
        /// The order's number
        number: OrderNumber,
        /// A shop; without any, all of them
        #[arg(long = "shop")]
        shops: Vec<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take a removal back: the shops whose links live keep it
    Keep {
        /// The order's number
        number: OrderNumber,
        /// The removal's number
        no: u32,
    },
    /// Record that a shop's links are dead
    Gone {
        /// The order's number
        number: OrderNumber,
        /// The removal's number
        no: u32,
        /// The shop
        shop: String,
    },
    /// Record that somebody claims rights; nothing is handed over until that is withdrawn
    Claim {
        /// The order's number
        number: OrderNumber,
        /// Who claims
        #[arg(long)]
        claimant: String,
        /// To what, and why
        words: String,
    },
    /// Record that a claim was withdrawn
    WithdrawClaim {
        /// The order's number
        number: OrderNumber,
        /// The claim's number
        no: u32,
    },
    /// What is made up of it for whom
    #[command(flatten)]
    Package(PackageVerb),
    /// What goes along beside its sound
    #[command(flatten)]
    Attachment(AttachmentVerb),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AttachmentVerb {
    /// Show what was found in cover, booklet and videos, and what people said of them
    Attachments {
        /// The order's number
        number: OrderNumber,
    },
    /// Bring the booklet
    Booklet {
        /// The order's number
        number: OrderNumber,
        /// The file, a PDF
        file: PathBuf,
    },
    /// Bring a video of a song
    Video {
        /// The order's number
        number: OrderNumber,
        /// The song: its title, or its number in the order
        song: String,
        /// The file, a QuickTime film (MOV)
        file: PathBuf,
    },
    /// Say that something is so of the cover, or of a booklet or video
    Tick {
        /// The order's number
        number: OrderNumber,
        /// The point, as `attachments` names it: `no_advertising`, ...
        point: String,
        /// The booklet's or video's number; the cover without one
        #[arg(long)]
        no: Option<u32>,
        /// Who says it; else whoever's word it is
        #[arg(long)]
        name: Option<String>,
    },
    /// Take that back
    Untick {
        /// The order's number
        number: OrderNumber,
        /// The point
        point: String,
        /// The booklet's or video's number; the cover without one
        #[arg(long)]
        no: Option<u32>,
    },
    /// Take a booklet or video out of what is delivered
    Detach {
        /// The order's number
        number: OrderNumber,
        /// Its number
        no: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PackageVerb {
    /// Show what each profile lacks, and what was made up for whom
    Deliveries {
        /// The order's number
        number: OrderNumber,
    },
    /// Make it up for a label, a shop, a plant, a cutter: by a profile for which nothing is missing
    Deliver {
        /// The order's number
        number: OrderNumber,
        /// The profile, as `deliveries` names it
        profile: String,
        /// An edition of the approved programme; all of it where none is named
        #[arg(long)]
        edition: Option<String>,
        /// It goes by post, too
        #[arg(long)]
        post: bool,
    },
    /// Release a package for production, by the word of one of the client's people (`--by`)
    Produce {
        /// The order's number
        number: OrderNumber,
        /// The package's number
        no: u32,
        /// Whose signature it is
        #[arg(long)]
        name: String,
    },
    /// Note that a package is in the post
    Posted {
        /// The order's number
        number: OrderNumber,
        /// The package's number
        no: u32,
        /// Who carries it
        #[arg(long)]
        carrier: String,
        /// By which number it is followed
        #[arg(long)]
        tracking: String,
    },
    /// Bring the cover
    Cover {
        /// The order's number
        number: OrderNumber,
        /// The file, JPEG or PNG
        file: PathBuf,
    },
}
