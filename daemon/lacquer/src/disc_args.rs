//! The command line's words about discs and deliveries: deliver, verify.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use delivery::cd::PqTime;

#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// A bag, a DDP fileset, a CUE sheet or its folder, a WAV file, or a folder of WAV files
    pub(crate) path: PathBuf,
    /// A file that a disc's next track holds; give it once a track, in order
    #[arg(long)]
    pub(crate) against: Vec<PathBuf>,
    /// The latest end of a disc that the plant takes, as MM:SS:FF
    #[arg(long, default_value = "79:57:74", value_parser = pq_time)]
    pub(crate) longest: PqTime,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lacquer deliver`.
#[derive(Debug, ClapArgs)]
pub(crate) struct DeliverArgs {
    /// The disc: a TOML file with its songs in order, gaps, titles and codes
    pub(crate) file: PathBuf,
    /// The folder to make, with one folder a format in it
    #[arg(short, long)]
    pub(crate) output: PathBuf,
    /// What to make: ddp, cue-bin, cue-wavs, pq; several with commas
    #[arg(long, value_delimiter = ',', default_value = "ddp,pq")]
    pub(crate) format: Vec<DiscFormatArg>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is made of a disc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiscFormatArg {
    /// A DDP 2.00 fileset
    Ddp,
    /// One file of samples with a CUE sheet
    CueBin,
    /// A WAV a track with a CUE sheet
    CueWavs,
    /// The PQ sheet as PDF and CSV
    Pq,
}

fn pq_time(text: &str) -> Result<PqTime, String> {
    PqTime::parse(text).map_err(|refusal| refusal.to_string())
}
