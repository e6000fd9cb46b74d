//! The command line's words about hardware inserts.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use crate::insert_queue_args::QueueVerb;

#[derive(Debug, Subcommand)]
pub(crate) enum InsertVerb {
    /// List sound cards, the audio server's ports and connections, and what is wanted of them
    List(ListArgs),
    /// Want a connection to stand whenever both ports are there; one that somebody took apart is made again
    Connect(CableArgs),
    /// Want a connection no more; somebody else's stays
    Disconnect(CableArgs),
    /// List the ports that take MIDI, or send messages to one, to try what sets a unit
    Midi(MidiArgs),
    /// Measure what is behind ports: delay, polarity, patching, gain, response, noise, hum, distortion, decay, clock
    Measure(InsertMeasureArgs),
    /// Compare a unit with its history and a certificate, judged by its own spread
    Certify(InsertCertifyArgs),
    /// Measure, compare, and print a song through it; a take that slips is kept and the song printed again, twice at most
    Print(InsertPrintArgs),
    /// Print a passage of a song twice, as the measure that a later recall is held against
    Reference(InsertReferenceArgs),
    #[command(flatten)]
    Queue(QueueVerb),
    /// Prove a recall: measure, compare with that day's certificate, print the passage, null it against that day's print
    Recall(InsertRecallArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MidiArgs {
    /// The port as CLIENT:PORT, or its client's name alone; none lists them
    pub(crate) port: Option<String>,
    /// Messages as hexadecimal bytes, such as "B0 07 64"
    pub(crate) messages: Vec<String>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Two ports.
#[derive(Debug, ClapArgs)]
pub(crate) struct CableArgs {
    /// Full name of the port that sound comes out of, such as system:capture_1
    pub(crate) from: String,
    /// Full name of the port that it goes into, such as system:playback_1
    pub(crate) to: String,
}

/// Where the gear is.
#[derive(Debug, ClapArgs)]
pub(crate) struct InsertPlaceArgs {
    /// A port that leads to the gear, by its full name; once for each channel
    #[arg(long, value_name = "PORT", required_unless_present_any = ["loopback", "unit"])]
    pub(crate) send: Vec<String>,
    /// The port that leads back from it; once for each channel, in the same order
    #[arg(long = "return", value_name = "PORT")]
    pub(crate) back: Vec<String>,
    /// The JACK server that the returns are on, where it is another than the sends', by its name: it runs at a rate and by a
    /// clock of its own, and what comes back is at that rate
    #[arg(long, value_name = "NAME", conflicts_with = "loopback")]
    pub(crate) return_server: Option<String>,
    /// No hardware but the loopback engine: words such as channels=2,rate=48000,delay=123.25,gain=-3,second=0.01,third=-0.02,noise=-90,inverted,drift=5,returned=44100,seed=1
    #[arg(long, value_name = "WORDS", conflicts_with_all = ["send", "back"])]
    pub(crate) loopback: Option<String>,
    /// A unit of the rack: its ports where none are named here, its levels, its history; what is found is kept with it
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// In the world's time, or as fast as the server can, for gear that is software
    #[arg(long, value_enum, default_value_t = PaceArg::RealTime)]
    pub(crate) pace: PaceArg,
    /// Level on the return above which everything falls silent, in dBFS over 5 ms; a square wave at full scale is 0
    #[arg(long, default_value_t = -0.5, allow_hyphen_values = true, value_name = "DBFS")]
    pub(crate) ceiling: f64,
}

/// How fast time goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaceArg {
    /// A second lasts a second
    RealTime,
    /// As fast as everything in the server can
    Freewheel,
}

/// How a measurement is made.
#[derive(Debug, ClapArgs)]
pub(crate) struct InsertPlanArgs {
    /// Peak of the test signals in dBFS; gear that is not linear is measured at its working level
    #[arg(long, default_value_t = -12.0, allow_hyphen_values = true, value_name = "DBFS")]
    pub(crate) level: f64,
    /// Longest round trip that is looked for, in milliseconds
    #[arg(long, default_value_t = 1_000, value_name = "MS")]
    pub(crate) longest: u32,
    /// What a full-scale sine is at the plugs, in dBu, as SEND/RETURN; once for all channels or once for each
    #[arg(long, value_name = "DBU/DBU", allow_hyphen_values = true)]
    pub(crate) calibration: Vec<String>,
}

/// How thorough a measurement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormArg {
    /// Everything, three times
    Full,
    /// The same figures over shorter signals, twice, as before a print
    Short,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InsertMeasureArgs {
    #[command(flatten)]
    pub(crate) place: InsertPlaceArgs,
    #[command(flatten)]
    pub(crate) plan: InsertPlanArgs,
    /// How thorough
    #[arg(long, value_enum, default_value_t = FormArg::Full)]
    pub(crate) form: FormArg,
    /// Keep the measurement in this file, for a history or as a certificate
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Keep plots of response and phase beside it: NAME.response.svg and NAME.phase.svg
    #[arg(long, value_name = "NAME")]
    pub(crate) svg: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is known of a unit.
#[derive(Debug, ClapArgs)]
pub(crate) struct InsertKnownArgs {
    /// A measurement of an earlier day; several are the unit's history
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Vec<PathBuf>,
    /// The measurement that is recalled; outside of what the unit's own spread allows nothing is printed
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InsertCertifyArgs {
    #[command(flatten)]
    pub(crate) place: InsertPlaceArgs,
    #[command(flatten)]
    pub(crate) plan: InsertPlanArgs,
    #[command(flatten)]
    pub(crate) known: InsertKnownArgs,
    /// Keep the measurement of now in this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What the print's file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrintDepth {
    /// 24-bit integers
    #[value(name = "24")]
    Int24,
    /// 32-bit floats
    #[value(name = "32f")]
    Float32,
}

/// What an over of the return's converter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OversArg {
    /// It spoils the take
    Spoil,
    /// It is clipped on purpose: marked, and kept
    Allow,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InsertPrintArgs {
    /// The song, at the server's rate
    pub(crate) song: PathBuf,
    /// The print's file, WAV; takes that slipped stay beside it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) place: InsertPlaceArgs,
    #[command(flatten)]
    pub(crate) plan: InsertPlanArgs,
    #[command(flatten)]
    pub(crate) known: InsertKnownArgs,
    /// Samples of the print
    #[arg(long, value_enum, default_value_t = PrintDepth::Int24)]
    pub(crate) depth: PrintDepth,
    /// Silence ahead of the song, in seconds
    #[arg(long, default_value_t = 1.0, value_name = "S")]
    pub(crate) pre_roll: f64,
    /// What is recorded behind the song, in seconds; otherwise as long as the unit sounds on
    #[arg(long, value_name = "S")]
    pub(crate) tail: Option<f64>,
    /// What an over of the return is
    #[arg(long, value_enum, default_value_t = OversArg::Spoil)]
    pub(crate) overs: OversArg,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InsertReferenceArgs {
    /// The song, at the server's rate
    pub(crate) song: PathBuf,
    /// NAME.json tells of the passage; NAME.passage.wav, NAME.1.wav and NAME.2.wav stand beside it
    #[arg(short, long, value_name = "NAME")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) place: InsertPlaceArgs,
    #[command(flatten)]
    pub(crate) plan: InsertPlanArgs,
    #[command(flatten)]
    pub(crate) known: InsertKnownArgs,
    /// Where the passage begins, in seconds; otherwise around the song's loudest 3 s
    #[arg(long, value_name = "S")]
    pub(crate) from: Option<f64>,
    /// How long it is, in seconds
    #[arg(long, default_value_t = 15.0, value_name = "S")]
    pub(crate) length: f64,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InsertRecallArgs {
    /// What `lacquer insert reference` kept on the day of the print: NAME.json
    pub(crate) reference: PathBuf,
    /// Today's print of the passage, WAV; it is kept whatever comes of it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) place: InsertPlaceArgs,
    #[command(flatten)]
    pub(crate) plan: InsertPlanArgs,
    /// A measurement of an earlier day; several are the unit's history
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Vec<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
