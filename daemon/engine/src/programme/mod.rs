//! A programme's sound: edited songs, fades, segues, one conversion each, and the disc as a whole or cut into its tracks.
//!
//! Where everything lies is given to the sample. A disc rendered as a whole and any stretch of it rendered alone have the
//! same samples, so that its tracks' files joined again are the disc.

mod align;
mod cutter;
mod disc;
mod edited;
mod fades;
mod near;
mod voice;

pub use align::{AlignError, AlignedPolarity, Alignment, Brought, align};
pub use cutter::{CutterEar, CutterFinding, CutterKind};
pub use disc::{CutReport, DiscPlan, OpenSource, render_cut, render_disc};
pub use edited::{Edit, EditKind, Edited};
pub use fades::{Blend, Ramp, Shape, Way};
pub use near::{Found, Region, place_near};
pub use voice::Piece;
