//! Hardware as figures: test signals, what came back of them, certificates, null tests.
//!
//! Nothing here plays or records: [`Plan`] says what to send, [`analyse`] takes what came back, wherever that was.
//! Samples are `f64`, planar, full scale 1.0. Every figure is measured several times, and what it scattered is
//! kept beside it: a unit is judged by its own [`Spread`], not by a data sheet.

mod align;
mod analysis;
mod certificate;
mod chirps;
mod complex;
mod decay;
mod delay;
mod figure;
mod impulse;
mod joint;
mod levels;
mod measurement;
mod minimum_phase;
mod null;
mod plan;
mod plot;
mod recall;
mod response;
mod retime;
mod signals;
mod spread;
mod two_rates;
mod watch;
mod way;

pub use align::{Aligner, aligned};
pub use analysis::{AnalysisError, analyse};
pub use certificate::{Compared, Objection, Verdict, certify};
pub use chirps::{Chirps, Clocks, CutFrames, NoClocks, SongEnd};
pub use delay::{PhaseKind, Polarity};
pub use figure::{Figure, Subject};
pub use joint::{Joint, fade_frames, fade_gains, joints};
pub use levels::{DistortionFigures, Hum, NoiseFigures};
pub use measurement::{Calibration, ChannelFigures, Crosstalk, Measurement, PathFigures, Route};
pub use null::{Null, NullBand, null_test};
pub use plan::{Form, Plan, PlanError, PlanSettings};
pub use plot::{Curve, plot};
pub use recall::{ChannelProof, Doubt, Proof, ProofBand, ProofError, prove};
pub use response::ResponsePoint;
pub use retime::Retimer;
pub use signals::{MultiSine, Sweep, burst};
pub use spread::Spread;
pub use two_rates::analyse_two_rates;
pub use watch::{Mark, Watch, WatchSettings};
pub use way::{Turned, beside, on_the_way};
