//! What goes along with a release beside its sound, judged by what its own bytes say: a booklet as PDF, a video of one
//! song as QuickTime, the cover.
//!
//! What is read are facts ([`Booklet`], [`Movie`], [`Picture`]); what a recipient wants are rules with the usual figures
//! as defaults; a comparison gives sentences that name the page or the track. What no reader can tell (advertising,
//! incitement, text in a video) is no rule here: a person ticks it.
//!
//! Nothing here opens a file or asks the time; the studio has the bytes read in its sandboxed worker.

mod booklet;
mod finding;

pub use booklet::{
    Booklet, BookletPage, BookletRules, MOST_BOOKLET_BYTES, NoBooklet, PlacedPicture,
    UnembeddedFont,
};
pub use finding::{Finding, Weight};
