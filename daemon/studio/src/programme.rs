//! The programme of an order over its masters: put together as one piece for each disc, and auditioned where two songs meet.

mod audition;
mod audition_edit;
mod cutter;
mod made;

use std::collections::BTreeMap;

use engine::{ConversionChoice, Depth, DitherChoice};
use mastering::programme::Source;
use mastering::{Master, MasterOrigin, Project, TrackId};
use vault::{Vault, VaultError};

use crate::album::{AlbumFile, AtTheirPlace, Format};

pub(crate) use self::audition::{Boundary, NoAudition, transition};
pub(crate) use self::audition_edit::{EditAt, across_edit};
pub(crate) use self::made::{cut_of, make};

/// What is known of masters, by the names that a programme over them gives them.
pub(crate) fn sources_of(masters: &BTreeMap<TrackId, Master>) -> BTreeMap<String, Source> {
    let source = |(track, master): (&TrackId, &Master)| {
        let source = Source {
            rate_hz: master.rate_hz,
            channels: master.channels,
            frames: master.frames,
        };
        (track.to_string(), source)
    };
    masters.iter().map(source).collect()
}

/// The masters that were rendered beside their song: they begin where it does.
pub(crate) fn at_their_place(
    project: &Project,
    masters: &BTreeMap<TrackId, Master>,
) -> AtTheirPlace {
    let beside = project.alternates.iter().filter(|other| {
        let origin = masters.get(&other.track.id).map(|master| &master.origin);
        let song = masters.get(&other.song).map(|master| &master.samples);
        matches!(origin, Some(MasterOrigin::Beside { song: own, .. }) if Some(own) == song)
    });
    beside
        .map(|other| (other.song.to_string(), other.track.id.to_string()))
        .collect()
}

/// A disc is at the highest rate of its songs, so that none loses anything, and as deep as masters are.
fn format_of(masters: &BTreeMap<TrackId, Master>) -> Format {
    let rates = masters.values().map(|master| master.rate_hz);
    Format {
        rate_hz: rates.max().unwrap_or(48_000),
        depth: Depth::Int24,
        dither: DitherChoice::default(),
        conversion: ConversionChoice::default(),
    }
}

/// A master out of the vault, in a file without a name.
pub(crate) fn opened(
    vault: &Vault,
    project: &Project,
    master: &Master,
) -> Result<AlbumFile, VaultError> {
    let canonical = vault.copy_to_scratch(project.id.as_str(), master.object.as_str())?;
    Ok(AlbumFile {
        canonical,
        samples_sha256: master.samples.to_string(),
    })
}
