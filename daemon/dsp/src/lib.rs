//! Processors, sample-rate conversion and dither as deterministic signal code.
//!
//! Samples are `f64`, planar, full scale 1.0. The same input and settings give the same bits on any
//! block size, thread, CPU and C library: transcendental functions come from the pinned `libm`
//! crate only, sums have one fixed order, nothing is fused, recursive state is snapped to zero in
//! code. Everything is allocated by `new` and `prepare`; `process` never allocates, locks or fails.

mod audition;
mod band;
mod biquad;
mod channels;
mod clipper;
mod compressor;
mod convolver;
mod crossover;
mod decibel;
mod delta;
mod design;
mod dither;
mod dynamic_band;
mod dynamics;
mod equaliser;
mod fft;
mod fractional_delay;
mod gain;
mod highpass;
mod k_weighting;
mod lanes;
mod late_input;
mod limiter;
mod limiter_envelope;
mod linear_phase;
mod makeup;
mod matched;
mod minimum_phase;
mod multiband;
mod noise_shaping;
mod oversampler;
mod processor;
mod resampler;
mod saturation;
mod stereo;
mod transient;
mod trims;
mod true_peak;
mod window;
mod windows;

pub use audition::{Audition, AuditionSwitch, Lesson};
pub use band::{Band, BandShape, Dynamics, Placement};
pub use biquad::{Biquad, GRID_FRAMES};
pub use channels::{ChannelTools, Polarity, Recode};
pub use clipper::SoftClipper;
pub use compressor::{Compressor, CompressorSettings, Domain, Topology};
pub use crossover::{Crossover, CrossoverKind};
pub use decibel::{db_to_gain, db_to_power, gain_to_db, power_to_db};
pub use delta::Delta;
pub use design::{
    band_pass, bell, butterworth_highpass, high_shelf, low_shelf, notch, response_db, tilt,
};
pub use dither::{Blanking, Depth, Dither, DitherKind, DitherSeed, DitherSettings, Quantiser};
pub use dynamics::{Detector, Direction, Release};
pub use equaliser::Equaliser;
pub use fft::{Fft, PowerSpectrum};
pub use fractional_delay::FractionalDelay;
pub use gain::Gain;
pub use highpass::{Highpass, Slope};
pub use k_weighting::k_weighting;
pub use limiter::{Character, Limiter, LimiterSettings, Listen};
pub use linear_phase::{LinearPhaseEqualiser, LinearPhaseKnobs};
pub use matched::Sections;
pub use multiband::{Multiband, MultibandBand, MultibandSettings};
pub use noise_shaping::{NoiseShape, noise_shape_db};
pub use oversampler::Oversampling;
pub use processor::{Faults, GainReduction, LARGEST_SAMPLE, Param, ParamEvent, Processor, Spec};
pub use resampler::{ConversionPhase, Resampler, ResamplerError};
pub use saturation::{Curve, Saturation, SaturationSettings};
pub use stereo::{Stereo, StereoSettings};
pub use transient::{TransientSettings, TransientShaper};
pub use trims::{Trim, Trims};
pub use true_peak::{PeakResolution, TruePeakInterpolator, TruePeakMeter};
pub use window::{hann, kaiser};
pub use windows::HalfWindows;
