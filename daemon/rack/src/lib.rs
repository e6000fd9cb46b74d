//! What stands in the studio's rack: units with their controls, chains through them, and the sheets
//! that bring a setting back two years later.
//!
//! All of it is data with rules and no I/O: whoever keeps it gives versions, times and names. A unit and a chain are
//! files that people read; see [`Unit::from_toml`] and [`RackChain::from_toml`].

mod chain;
mod control;
mod occupancy;
mod range_words;
mod refusal;
mod sheet;
mod unit;
mod walk;

pub use chain::{Leg, RackChain};
pub use control::{Control, MidiTo, Range, Setting};
pub use occupancy::{Claim, Occupancy, Standing};
pub use refusal::RackRefusal;
pub use sheet::{Difference, Missing, Patched, Sheet, Trim, UnitSettings};
pub use unit::{DatedCalibration, Layout, Photograph, PortPair, Service, Unit};
pub use walk::{Step, walk};
