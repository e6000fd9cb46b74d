//! The command line's words about files without an order: check, measure, master, match.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use mastering::Declared;

use crate::args::parse_word;

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The files
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// What the mixes were declared to be, as 96000/24
    #[arg(long, value_parser = parse_declared)]
    pub(crate) declared: Option<Declared>,
    /// Thresholds of the findings, as in config/findings.toml
    #[arg(long)]
    pub(crate) thresholds: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MeasureArgs {
    /// The files
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// How deep a master is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DepthArg {
    /// 16 bit, dithered
    #[value(name = "16")]
    Int16,
    /// 24 bit, dithered
    #[value(name = "24")]
    Int24,
    /// 32-bit float
    #[value(name = "32f")]
    Float32,
}

/// By what a chain is brought to its loudness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WayArg {
    /// A gain at the end of the chain; peaks must fit below the ceiling
    Gain,
    /// A gain into the chain's last limiter; one is added where it has none
    Limiter,
}

/// What happens where a loudness cannot be reached within its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OverBudgetArg {
    /// Make no master
    Refuse,
    /// Reach it all the same, and say by how much the budget is passed
    Report,
    /// Stop at the budget, and say what is missing
    Stop,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[derive(Debug, ClapArgs)]
pub(crate) struct MasterArgs {
    /// The mix
    pub(crate) input: PathBuf,
    /// The master to write; an existing file is never replaced
    #[arg(short, long)]
    pub(crate) output: PathBuf,
    /// A chain to use in place of a measured plan: a file, or the name of a chain of the house
    #[arg(long)]
    pub(crate) chain: Option<PathBuf>,
    /// Music to bring the mix to, once for each, in place of the measured plan; its loudness is the target
    #[arg(long = "reference", value_name = "FILE", conflicts_with = "chain")]
    pub(crate) references: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) matching: MatchOptions,
    /// A stem or alternate of the mix, once for each: it goes through the mix's chain, every detector keyed by the mix,
    /// and its master is written beside the mix's as "NAME (stem) master.wav"
    #[arg(long = "stem", value_name = "FILE")]
    pub(crate) stems: Vec<PathBuf>,
    /// What the stages that the chain names in `keyed` listen to
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Loudness to reach, in LUFS; if not given, a measured plan goes where its style is wont to be (-14 for the usual and
    /// balanced), a chain stays as loud as it is
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) loudness: Option<f64>,
    /// By what a chain is brought to its loudness; by a limiter if not given
    #[arg(long, requires = "chain", requires = "loudness")]
    pub(crate) way: Option<WayArg>,
    /// Most gain reduction in dB that the limiter may take for it; 6 if not given
    #[arg(long, value_name = "DB", requires = "chain", requires = "loudness")]
    pub(crate) budget: Option<f64>,
    /// What happens where that is not enough; refuse if not given
    #[arg(long, requires = "chain", requires = "loudness")]
    pub(crate) over_budget: Option<OverBudgetArg>,
    /// Highest true peak, in dBTP; -1 if not given
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) true_peak: Option<f64>,
    /// What kind of music it is, which sets how its tone is judged and its loudness where none is given: usual,
    /// classical, acoustic, pop, rock, electronic, hip_hop or speech
    #[arg(long, default_value = "usual", value_parser = parse_word::<engine::Style>)]
    pub(crate) style: engine::Style,
    /// How far the measured plan may go: gentle (up to 4 dB of limiting), balanced (6) or loud (8)
    #[arg(long, default_value = "balanced", value_parser = parse_word::<engine::Intensity>)]
    pub(crate) intensity: engine::Intensity,
    /// Bits of the master
    #[arg(long, default_value = "24")]
    pub(crate) depth: DepthArg,
    /// Rate of the master in hertz; the mix's own if not given
    #[arg(long)]
    pub(crate) rate: Option<u32>,
    /// Say why each stage is what it is
    #[arg(long)]
    pub(crate) explain: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// How far a match to references may go.
#[derive(Debug, ClapArgs)]
pub(crate) struct MatchOptions {
    /// Share of the difference to the references that is moved, in per cent
    #[arg(long, default_value_t = 100.0)]
    pub(crate) amount: f64,
    /// Most that a match moves any frequency, in dB
    #[arg(long, default_value_t = 6.0)]
    pub(crate) limit_db: f64,
    /// How finely a match follows the references
    #[arg(long, default_value = "third")]
    pub(crate) resolution: ResolutionArg,
}

/// How finely a match follows its references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResolutionArg {
    /// By octaves: the broad balance
    Octave,
    /// By third-octaves
    Third,
    /// By sixths of an octave: resonances too
    Sixth,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MatchArgs {
    /// The mix
    pub(crate) input: PathBuf,
    /// Music to bring it to, once for each
    #[arg(long = "reference", value_name = "FILE", required = true)]
    pub(crate) references: Vec<PathBuf>,
    /// The chain to write; an existing file is never replaced
    #[arg(short, long)]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) matching: MatchOptions,
    /// Highest true peak, in dBTP
    #[arg(long, default_value_t = -1.0, allow_negative_numbers = true)]
    pub(crate) true_peak: f64,
    /// How much the limiter may take for the loudness
    #[arg(long, default_value = "balanced", value_parser = parse_word::<engine::Intensity>)]
    pub(crate) intensity: engine::Intensity,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads `96000/24`.
pub(crate) fn parse_declared(text: &str) -> Result<Declared, String> {
    let wrong = || format!("\u{201c}{text}\u{201d} is not a rate and a depth like 96000/24");
    let (rate, bits) = text.split_once('/').ok_or_else(wrong)?;
    let rate_hz = rate.trim().parse().map_err(|_| wrong())?;
    let bits = bits.trim().parse().map_err(|_| wrong())?;
    if !(8_000..=384_000).contains(&rate_hz) || !(8..=64).contains(&bits) {
        return Err(wrong());
    }
    Ok(Declared { rate_hz, bits })
}
