//! An audio CD as data: where its tracks stand, what is said of them, and the descriptors that
//! plants and burners read.
//!
//! Time is counted as on the disc itself: 0 is the first sector of the image, which is the disc's
//! absolute time 00:00:00 (logical block −150), so that sector n of the image is at time n.

pub mod cue;
pub mod ddp;
mod disc;
mod lay;
mod plan;
mod pq_sheet;
mod pq_time;
mod read_disc;
pub mod text;

pub use disc::{Disc, DiscRefusal, NotADisc, PlantRules};
pub use lay::{LaidDisc, LayRefusal, PlacedSong, SongOnDisc, lay};
pub use plan::{Copying, DiscPlan, Emphasis, PlannedTrack};
pub use pq_sheet::{PqRow, pq_rows};
pub use pq_time::{BehindDisc, NotATime, OffGrid, PqTime};
pub use read_disc::{
    DiscObjection, DiscSound, FileBeside, ReadDisc, SoundKind, Weight, Words, read_cue, read_ddp,
};
