//! What goes along with a release beside its sound, judged by what its own bytes say: a booklet as PDF, a video of one
//! song as QuickTime, the cover.
//!
//! What is read are facts ([`Booklet`], [`Movie`], [`PictureFacts`]); what a recipient wants are rules with the usual figures
//! as defaults; a comparison gives sentences that name the page or the track. What no reader can tell (advertising,
//! incitement, text in a video) is no rule here: a person ticks it.
//!
//! Nothing here opens a file or asks the time; the studio has the bytes read in its sandboxed worker.

mod booklet;
mod envelope;
mod finding;
mod movie;
mod picture;
mod sync;

pub use booklet::{
    Booklet, BookletPage, BookletRules, MOST_BOOKLET_BYTES, NoBooklet, PlacedPicture,
    UnembeddedFont,
};
pub use envelope::{ENVELOPE_HZ, Envelope};
pub use finding::{Finding, Weight};
pub use movie::{Movie, MovieRules, MovieTrack, NoMovie, PcmSound, Song, TrackKind};
pub use picture::{NotACover, PictureFacts, PictureKind};
pub use sync::{Sync, lay_beside};
