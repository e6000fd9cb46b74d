//! The meter and the findings about a mix: loudness, true peak, faults, response and delay.
//!
//! Pure signal code: samples go in, figures and sentences come out. Nothing here opens a file,
//! and nothing depends on how the stream was cut into blocks or on the machine.

mod blocks;
mod claims;
pub mod codes;
mod decibel;
mod detect;
mod fft;
pub mod file_findings;
mod file_meter;
mod finding;
mod inspect;
mod levels;
mod loudness;
mod loudness_line;
mod meter;
mod overview;
mod picture;
pub mod reference_peak;
mod say;
mod second_opinion;
pub mod selftest;
pub mod set;
mod thresholds;
mod true_peak;

pub use claims::{CLAIMS, Claim};
pub use detect::bits::SampleKind;
pub use file_meter::FileMeter;
pub use finding::{Evidence, Finding, MOST_SPANS, Severity, Span, timecode};
pub use inspect::{Declared, InspectContext, Inspection, Inspector};
pub use loudness::{IntegratedLoudness, LoudnessBlocks, WeightedBlock};
pub use loudness_line::LoudnessLine;
pub use meter::{
    ChannelMeasurements, HIGHEST_RATE_HZ, LOWEST_RATE_HZ, MOST_CHANNELS, MeasureError,
    Measurements, Meter, OctaveMeasurements,
};
pub use overview::{MOST_BINS, Overview, OverviewBuilder, OverviewLane};
pub use thresholds::{
    EdgeThresholds, FaultThresholds, LevelThresholds, NumberThresholds, SetThresholds, Thresholds,
};
pub use true_peak::{OVERSAMPLING, TruePeakMeter};
