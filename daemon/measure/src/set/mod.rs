//! What only several mixes together tell: songs that stand far from the others, alternates that
//! do not fit their main mix.
//!
//! Each mix leaves a small [`Fingerprint`] behind when it is inspected, in the same single pass;
//! comparing reads no audio again. The fingerprint holds the loudness, the tone in thirds of an
//! octave, and one bit for each 1/4,000 s of mid and side: the sign of the band from some 300 Hz to 2 kHz.
//! Signs of band-limited noise and music hold the time of the wave as well as its samples do
//! (the arcsine law: Van Vleck and Middleton, Proc. IEEE 54, 1966), do not depend on level, and
//! compare 64 at a time. Over ten seconds their correlation finds an offset to a fraction of a
//! sample at 48 kHz, so no second look at the audio is needed for the exact sample.

mod align;
pub(crate) mod alternates;
mod bits;
mod fingerprint;
pub(crate) mod judge;
pub(crate) mod picture;
mod songs;
mod tone;

pub use fingerprint::Fingerprint;
pub(crate) use fingerprint::Listener;
pub use judge::{Member, Part, Shares, compare};
