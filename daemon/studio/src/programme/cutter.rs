//! What a cutter has to know of a disc of an order's programme that is a side of a record.

use std::fs::File;

use mastering::programme::{DiscLine, Side};
use measure::Measurements;

use crate::album::{NoAlbum, cutter_findings};

/// A groove has two channels at most.
const MOST_CHANNELS: u16 = 2;

/// The cutter's findings of a side as it was put together, each in a sentence; none where no groove could hold it.
pub(super) fn findings(
    disc: &File,
    (line, side): (&DiscLine, Option<&Side>),
    (spec, measured): (soundfile::AudioSpec, &Measurements),
) -> Result<Vec<String>, NoAlbum> {
    let Some(side) = side.filter(|_| spec.channels <= MOST_CHANNELS) else {
        return Ok(Vec::new());
    };
    let told = (spec.rate_hz, measured.integrated_lufs);
    let found = cutter_findings(disc, (line, side), told)?;
    Ok(found.into_iter().map(|finding| finding.words).collect())
}
