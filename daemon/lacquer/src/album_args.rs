//! The arguments of `lacquer album`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::args::DepthArg;

#[derive(Debug, ClapArgs)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the command line's own switches"
)]
pub(crate) struct AlbumArgs {
    /// The programme: a TOML file with discs, tracks, gaps, fades; the files in it are named from its own folder
    pub(crate) programme: PathBuf,
    /// The folder for the files; it is made if it is not there, and no file in it is ever replaced
    #[arg(short, long, required_unless_present = "plan")]
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
    /// Lay the programme out and print where everything lies, and make nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
