//! The command line's words about what sounds live.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct LiveArgs {
    /// The chain: a file, or the name of a chain of the house; with --mix what stands before the hardware
    #[arg(required_unless_present = "mix")]
    pub(crate) chain: Option<PathBuf>,
    /// Name of the JACK client
    #[arg(long, default_value = "lacquer")]
    pub(crate) name: String,
    /// Channels
    #[arg(long, default_value_t = 2, conflicts_with = "mix")]
    pub(crate) channels: usize,
    /// JACK ports to listen to, separated by commas, as system:capture_1,system:capture_2
    #[arg(long, value_delimiter = ',', conflicts_with = "mix")]
    pub(crate) from: Vec<String>,
    /// JACK ports to play to, likewise; with --mix the monitors
    #[arg(long, value_delimiter = ',')]
    pub(crate) to: Vec<String>,
    #[command(flatten)]
    pub(crate) session: SessionArgs,
}

/// A song through hardware to the monitors.
#[derive(Debug, ClapArgs)]
pub(crate) struct SessionArgs {
    /// Plays this file instead of listening to ports
    #[arg(long, value_name = "FILE")]
    pub(crate) mix: Option<PathBuf>,
    /// A port that leads to the hardware, by its full name; once for each channel
    #[arg(long, value_name = "PORT", requires = "mix")]
    pub(crate) send: Vec<String>,
    /// The port that leads back from it; once for each channel, in the same order
    #[arg(long = "return", value_name = "PORT", requires = "mix")]
    pub(crate) back: Vec<String>,
    /// The hardware is this unit of the rack
    #[arg(long, value_name = "UNIT", requires = "mix", conflicts_with_all = ["send", "back"])]
    pub(crate) unit: Option<String>,
    /// No audio server and no hardware but the loopback engine, in words as for `lacquer insert measure`
    #[arg(long, value_name = "WORDS", requires = "mix", conflicts_with_all = ["send", "back", "unit"])]
    pub(crate) loopback: Option<String>,
    /// The chain behind the hardware: a file, or the name of a chain of the house
    #[arg(long, value_name = "CHAIN", requires = "mix")]
    pub(crate) after: Option<PathBuf>,
    /// A reference to compare with; several may be given, and they are converted to the mix's rate
    #[arg(long, value_name = "FILE", requires = "mix")]
    pub(crate) reference: Vec<PathBuf>,
    /// A revision of this song to compare with; several may be given
    #[arg(long, value_name = "FILE", requires = "mix")]
    pub(crate) revision: Vec<PathBuf>,
    /// The round trip through the hardware in frames, once for all channels or once for each; otherwise it is measured
    #[arg(long, value_name = "FRAMES", value_delimiter = ',', requires = "mix")]
    pub(crate) round_trip: Vec<f64>,
    /// Share of the chain beside the mix itself, in per cent
    #[arg(long, default_value_t = 100.0, value_name = "PERCENT")]
    pub(crate) blend: f64,
    /// Level on the return above which everything falls silent, in dBFS over 5 ms; a square wave at full scale is 0
    #[arg(long, default_value_t = -0.5, allow_hyphen_values = true, value_name = "DBFS")]
    pub(crate) ceiling: f64,
}
