//! Discs whose songs lie on them as they are: no sample of theirs is rendered, measured or kept a second time.

use std::ops::Range;

use mastering::programme::{DiscLine, Piece};

use super::Delivery;
use super::rendered::CD;
use crate::disc::Sound;

/// A song's frames at their place on the programme's disc.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) at: u64,
    pub(super) sound: Sound,
}

impl Delivery<'_> {
    /// The sound of each disc, where all of it is the songs' own samples; none where anything changes one of them.
    pub(super) fn passed(&self) -> Option<Vec<Vec<Passed>>> {
        let discs = self.album.timeline().discs.iter();
        discs.map(|line| self.passed_on(line)).collect()
    }

    fn passed_on(&self, line: &DiscLine) -> Option<Vec<Passed>> {
        let mut places: Vec<Range<u64>> = Vec::new();
        let mut all = Vec::new();
        for piece in &line.pieces {
            if !is_as_it_is(piece) {
                return None;
            }
            let (place, from) = piece.at_rate(CD.rate_hz);
            let overlaps = |other: &Range<u64>| place.start < other.end && other.start < place.end;
            if places.iter().any(overlaps) {
                return None;
            }
            // A file of other samples, or of a chain's, is rendered; what cannot be read is said there.
            let file = self.files.get(&piece.file)?.try_clone().ok()?;
            let sound = Sound::wav(&piece.file, file).ok()?;
            let frames = place.end - place.start;
            let sound = sound.stretch(from..from + frames);
            if sound.frames() != frames {
                return None;
            }
            all.push(Passed {
                at: place.start,
                sound,
            });
            places.push(place);
        }
        Some(all)
    }
}

/// Whether a piece's samples are those of its file.
fn is_as_it_is(piece: &Piece) -> bool {
    piece.rate_hz == CD.rate_hz
        && piece.gain_db == 0.0
        && piece.tilt_db == 0.0
        && piece.ramps.is_empty()
        && piece.edits.is_empty()
}
