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
    /// Lists of titles, codes and credits
    #[command(flatten)]
    LabelCopy(LabelCopyVerb),
    /// Keep a song's words out of a file (text, LRC, TTML), or show those of all songs
    Words {
        /// The order's number
        number: OrderNumber,
        /// The song, by its place, title or id; without one, all are shown
        #[arg(requires = "given")]
        song: Option<String>,
        /// The file
        #[arg(group = "given")]
        file: Option<PathBuf>,
        /// The song has none: it is an instrumental
        #[arg(long, group = "given")]
        instrumental: bool,
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
    /// Say a video's own ISRC, which is never its recording's
    VideoIsrc {
        /// The order's number
        number: OrderNumber,
        /// The video's number
        no: u32,
        /// The code; "" takes it away
        isrc: String,
    },
    /// Take a booklet or a video that came in the dropbox among what is delivered
    Attach {
        /// The order's number
        number: OrderNumber,
        /// Its number, as `attachments` shows it
        no: u32,
        /// The song that a video is of: its title, or its number in the order
        song: Option<String>,
    },
    /// Take a booklet or video out of what is delivered, or set aside one that came in the dropbox
    Detach {
        /// The order's number
        number: OrderNumber,
        /// Its number
        no: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabelCopyVerb {
    /// Bring a list of titles, codes and credits: a table or a note; `show` tells what it would change
    Read {
        /// The order's number
        number: OrderNumber,
        /// The file: CSV, xlsx or text
        file: PathBuf,
    },
    /// Enter what a list that came says: the proposals named, or all that fill in what nobody has said
    Enter {
        /// The order's number
        number: OrderNumber,
        /// The list's number
        no: u32,
        /// A proposal, as `show` names it
        #[arg(long)]
        take: Vec<String>,
    },
    /// Set a list that came aside: nothing of it is entered
    SetAside {
        /// The order's number
        number: OrderNumber,
        /// The list's number
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
    /// Send a package to its recipient's own server, as the [upload] of its profile says
    Send {
        /// The order's number
        number: OrderNumber,
        /// The package's number
        no: u32,
        /// Send it although it was sent before
        #[arg(long)]
        again: bool,
    },
    /// Call off a package that waits to be sent, or is on its way
    CallOff {
        /// The order's number
        number: OrderNumber,
        /// The package's number
        no: u32,
    },
    /// Try the connection to the server of a profile: log in, look at its key and its folder; no package is sent
    Try {
        /// The order's number
        number: OrderNumber,
        /// The profile, as `deliveries` names it
        profile: String,
    },
    /// Bring the cover
    Cover {
        /// The order's number
        number: OrderNumber,
        /// The file, JPEG or PNG
        file: PathBuf,
    },
}
