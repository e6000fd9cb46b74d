//! The arguments of `lacquer album`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use mastering::programme::LoudnessBy;

use crate::args::parse_word;
use crate::file_args::DepthArg;

#[derive(Debug, ClapArgs)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the command line's own switches"
)]
pub(crate) struct AlbumArgs {
    /// The programme: a TOML file with discs, tracks, gaps, fades; the files in it are named from its own folder
    pub(crate) programme: PathBuf,
    /// The folder for the files; it is made if it is not there, and no file in it is ever replaced
    #[arg(short, long, required_unless_present_any = ["plan", "balance"])]
    pub(crate) output: Option<PathBuf>,
    /// Only the songs of this edition
    #[arg(long)]
    pub(crate) edition: Option<String>,
    /// Rate of the files in hertz; the songs' own if not given, where all have the same
    #[arg(long)]
    pub(crate) rate: Option<u32>,
    /// Bits of the files
    #[arg(long, default_value = "24")]
    pub(crate) depth: DepthArg,
    /// Measure the songs as they stand, propose how to balance them with the anchor, and say what shops do to them: by
    /// integrated loudness, their loudest short_term, or the range_top
    #[arg(long, value_parser = parse_word::<LoudnessBy>)]
    pub(crate) balance: Option<LoudnessBy>,
    /// The song that the others are balanced with, counted through all discs
    #[arg(long, default_value_t = 1, requires = "balance")]
    pub(crate) anchor: usize,
    /// Most gain in dB that the balance may propose
    #[arg(long, default_value_t = 1.5, value_name = "DB", requires = "balance")]
    pub(crate) gain_limit: f64,
    /// Most tilt in dB that it may propose
    #[arg(long, default_value_t = 0.5, value_name = "DB", requires = "balance")]
    pub(crate) tilt_limit: f64,
    /// Write the proposed gains and tilts into the programme's file, each with its reasons; all else in it stays as it is
    #[arg(long, requires = "balance")]
    pub(crate) write: bool,
    /// Make the sides of records, those discs that have a `side`: a file each with markers, a cue sheet, and what the cutter has to
    /// know
    #[arg(long, conflicts_with_all = ["balance", "alternates"])]
    pub(crate) sides: bool,
    /// Make what goes beside the songs too: each alternate and stem through its song's chain with its song's gains, edits and fades, at the frames
    /// of its song's file
    #[arg(long)]
    pub(crate) alternates: bool,
    /// Lay the programme out and print where everything lies, and make nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
