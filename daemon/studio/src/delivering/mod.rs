//! Deliveries: the songs and discs of a programme as the files that somebody wants.
//!
//! Everything that is missing is said before anything is rendered; each kind of samples is rendered once, whatever is made
//! of it; every file is decoded again and compared before the folder gets its name.

mod attached;
mod beside;
mod cd;
mod checksums;
mod ddex;
mod error;
mod files;
mod lossless;
mod lossy;
mod lyrics;
mod make;
mod passed;
mod plan;
mod programs;
mod read_back;
mod rendered;
mod report;
mod session;
mod side_by_side;
mod whole;

use std::collections::BTreeMap;
use std::fs::File;

use delivery::Moment;
use delivery::profile::{Beside, Profile};
use delivery::release::{ProgrammeFacts, Release, SongFacts};
use mastering::programme::{Disc, Programme};

use crate::album::Album;

pub use attached::Attached;
pub use checksums::{NAME as CHECKSUMS, REPORT, judge};
pub use error::DeliveryError;
pub use plan::{DeliveryPlan, Missing};
pub use report::{Delivered, DiscMade, FileMade};
pub use session::Session;

/// What is to be delivered.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// The programme, laid out on its files.
    pub album: &'a Album,
    /// Its files as they were decoded, by the names that it gives them: samples that stay as they are come from there.
    pub files: BTreeMap<String, File>,
    /// What is said of it.
    pub release: &'a Release,
    /// What is wanted.
    pub profile: &'a Profile,
    /// What belongs to its session.
    pub session: Session,
    /// The cover's file, as it was given; its head alone is looked at.
    pub cover: Option<Vec<u8>>,
    /// Its booklet and videos, by the names that the release gives them.
    pub attached: BTreeMap<String, Attached>,
    /// When it is made, by the studio's clocks.
    pub made_at: Moment,
}

/// The programme with what is wanted beside its songs.
#[must_use]
pub fn narrowed(programme: Programme, beside: Beside) -> Programme {
    match beside {
        Beside::Nothing => programme.without_alternates(),
        Beside::Alternates => programme.without_stems(),
        Beside::AlternatesAndStems => programme,
    }
}

/// What a programme says by itself; `whole` is the same with all of its editions.
#[must_use]
pub fn facts(programme: &Programme, whole: &Programme) -> ProgrammeFacts {
    let discs = (1..).zip(&programme.discs);
    let songs = discs.flat_map(|(disc, on_it)| {
        let tracks = (1..).zip(&on_it.tracks);
        tracks.map(move |(track, song)| SongFacts {
            disc,
            track,
            name: song.title.clone(),
            title: song.full_title(),
        })
    });
    let all = whole.discs.iter().flat_map(Disc::songs);
    ProgrammeFacts {
        title: programme.title.clone(),
        artist: programme.artist.clone(),
        songs: songs.collect(),
        other_names: all.map(|(_, song)| song.title.clone()).collect(),
    }
}
