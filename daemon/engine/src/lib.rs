//! The mastering engine: chain files, the measured plan, the offline renderer, the engine revision.
//!
//! Everything here works on streams it is given; nothing opens a file. Equal samples, chain and
//! [`ENGINE_REVISION`] give equal bytes, on any machine and in any block size.

mod analysis;
mod automation;
mod balance;
mod chain;
mod chain_settings;
mod character;
mod convert;
mod decisions;
pub mod goldens;
mod intensity;
mod keyed;
mod live;
mod loudness;
mod master;
mod matching;
mod panel;
mod plan;
pub mod presets;
pub mod programme;
mod reason;
mod remote;
mod render;
mod stages;
mod stream;
mod style;
mod sums;

pub use automation::{Move, Setting};
pub use balance::{BANDS_HZ, tonal_target_db};
pub use chain::{CHAIN_FORMAT, Chain, ChainError};
pub use chain_settings::SettingError;
pub use convert::{ConvertReport, ConvertSettings, convert, render_converted};
pub use dsp::{Audition, DitherSeed};
pub use goldens::selftest;
pub use intensity::Intensity;
pub use keyed::{KeyedReport, Misfit, Part, Residual, check_key, check_stem, render_keyed};
pub use live::{Knob, LiveChain, LiveKnobs, LiveMeter};
pub use loudness::{
    LoudnessError, LoudnessGoal, LoudnessOutcome, LoudnessReport, LoudnessWay, OverBudget,
};
pub use master::{Depth, MasterBlock, MasterReport, MasterSink, content_seed, render_master};
pub use matching::{Match, MatchError, MatchSettings, MatchedBand, Portrait, Resolution, match_to};
pub use panel::PanelKnob;
pub use plan::{Brief, Plan, PlanError, Predicted, Target, plan};
pub use reason::{Evidence, Outcome, Reason, Subject};
pub use remote::{LivePlayer, LiveRemote, LiveRemotes, RemoteError};
pub use render::{BLOCK_FRAMES, RenderError, RenderReport, StageReport, render};
pub use stages::{
    BandDynamics, BandKind, BandStage, ChannelsStage, CharacterKind, CompressorStage,
    ConversionChoice, CurveKind, CutKind, DcFilterStage, DeEsserStage, DelayStage, DirectionKind,
    DitherChoice, DitherName, DomainKind, EqualiserBand, EqualiserStage, GainStage, Invert,
    LimiterStage, ListenKind, Listening, MultibandStage, On, OversamplingKind, PeakOversampling,
    PhaseKind, RecodeKind, ReleaseKind, RumbleFilterStage, SaturationStage, SoftClipperStage,
    Stage, Steepness, StereoStage, TopologyKind, TransientStage, TrimsStage,
};
pub use stream::{MemorySink, MemorySource, Sink, SinkError, Source, SourceError, SourceSpec};
pub use style::Style;
pub use sums::residual;

/// Names this engine's arithmetic. It changes whenever any processor gives one other bit; the golden
/// checksums in [`goldens`] hold it fast, and a project remembers the one it was rendered with.
pub const ENGINE_REVISION: &str = "5";
