//! The command line's words about discs and deliveries: deliver, verify.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use delivery::cd::PqTime;
use delivery::profile::Beside;
use delivery::wish::Wish;

#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyArgs {
    /// A bag, a delivery, a DDP fileset, a CUE sheet or its folder, a WAV file, or a folder of WAV files
    pub(crate) path: PathBuf,
    /// A file that a disc's next track holds; give it once a track, in order
    #[arg(long)]
    pub(crate) against: Vec<PathBuf>,
    /// A folder to make, with a WAV for each track of a disc as a player plays it, gaps and all, and what the disc says
    #[arg(long)]
    pub(crate) listen: Option<PathBuf>,
    /// The latest end of a disc that the plant takes, as MM:SS:FF
    #[arg(long, default_value = "79:57:74", value_parser = pq_time)]
    pub(crate) longest: PqTime,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lacquer deliver`.
#[derive(Debug, ClapArgs)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the command line's own switches"
)]
pub(crate) struct DeliverArgs {
    /// A programme as `lacquer album` takes it, with its release data under [release]; or a disc: finished songs of 44.1
    /// kHz and 16 bits with gaps, titles and codes
    pub(crate) file: PathBuf,
    /// The folder to make, with one folder a format in it
    #[arg(short, long, required_unless_present = "plan")]
    pub(crate) output: Option<PathBuf>,
    /// What to make, several with commas: wav, bw64, flac, aiff or whole (a WAV a side) with bits and rate (wav-24,
    /// wav-32f, flac-16@44100; 24 bits and the songs' own rate where not said), mp3, opus, aac (by the profile's encoder), ddp,
    /// cue-bin, cue-wavs, pq, ddex, label (its text), session (a copy of the programme with all its files), session-iso (the
    /// same as an image). Of a disc only ddp, cue-bin, cue-wavs, pq; ddp and pq where nothing is said
    #[arg(long, value_delimiter = ',', conflicts_with = "profile")]
    pub(crate) format: Vec<Wish>,
    /// What somebody wants: label, distributor, shop, high_resolution, plant, vinyl, or a file like those in config/profiles
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// What goes beside songs and is delivered with them, in place of what the profile says
    #[arg(long, value_enum)]
    pub(crate) beside: Option<BesideArg>,
    /// Release data in a file of their own, under [release] as well; they stand in place of the programme's
    #[arg(long)]
    pub(crate) release: Option<PathBuf>,
    /// Only the songs of this edition of a programme
    #[arg(long)]
    pub(crate) edition: Option<String>,
    /// Say what would be made and what is missing for it, and make nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What of the files beside songs is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BesideArg {
    /// Instrumentals, a cappellas and TV mixes
    Alternates,
    /// Those, and stems
    AlternatesAndStems,
}

impl From<BesideArg> for Beside {
    fn from(said: BesideArg) -> Self {
        match said {
            BesideArg::Alternates => Self::Alternates,
            BesideArg::AlternatesAndStems => Self::AlternatesAndStems,
        }
    }
}

fn pq_time(text: &str) -> Result<PqTime, String> {
    PqTime::parse(text).map_err(|refusal| refusal.to_string())
}
