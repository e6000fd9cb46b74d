//! What a delivery consists of, as bytes: names, BWF chunks, tags, BagIt descriptors, discs.
//!
//! Nothing here opens or writes a file, asks the time or makes up a fact: callers pass in what is
//! known, and what is unknown is left out of the delivery instead of being filled in.

pub mod bag;
pub mod cd;
pub mod ddex;
mod ean;
mod gain;
mod isrc;
mod language;
pub mod lyrics;
mod moment;
pub mod mp4;
pub mod names;
mod note_page;
mod page;
pub mod picture;
pub mod profile;
pub mod profiles;
pub mod readme;
pub mod release;
pub mod report;
mod tag_lyrics;
mod tags;
pub mod upload;
pub mod wav_chunks;
pub mod wav_marks;
pub mod wish;

pub use ean::{Ean, NotAnEan};
pub use gain::{Gain, Loudness};
pub use isrc::{Isrc, NotAnIsrc};
pub use moment::{Moment, NotADay};
pub use tag_lyrics::TagLyrics;
pub use tags::{Id3Version, Place, TrackTags};
