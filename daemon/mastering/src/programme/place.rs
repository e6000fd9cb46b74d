//! A disc's places in whole frames of one rate.

use serde::Serialize;

use super::time::{CD_FRAMES_PER_SECOND, Ticks};
use super::timeline::{DiscLine, Piece};

/// A disc at one rate. Each place is the frame nearest to it, so that no error adds up over the songs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiscAt {
    /// The rate in hertz.
    pub rate_hz: u32,
    /// Frames of the whole disc.
    pub frames: u64,
    /// Its songs.
    pub tracks: Vec<TrackAt>,
}

/// One song's frames on its disc.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrackAt {
    /// Its number; 0 for the hidden song.
    pub number: u32,
    /// Where the gap before it begins (index 0).
    pub gap_from: u64,
    /// Its first frame.
    pub start: u64,
    /// Its mark (index 1).
    pub mark: u64,
    /// Index points from 2 on.
    pub indexes: Vec<u64>,
    /// The first frame after its last.
    pub end: u64,
    /// How many CD frames its mark lies behind the disc's first sample; none where it lies between two.
    pub mark_cd_frames: Option<u64>,
}

impl DiscLine {
    /// Its places at a rate.
    #[must_use]
    pub fn at(&self, rate_hz: u32) -> DiscAt {
        let tracks = self.tracks.iter().map(|line| TrackAt {
            number: line.number,
            gap_from: line.gap_from.frames(rate_hz),
            start: line.start.frames(rate_hz),
            mark: line.mark.frames(rate_hz),
            indexes: line.indexes.iter().map(|at| at.frames(rate_hz)).collect(),
            end: line.end.frames(rate_hz),
            mark_cd_frames: line.mark.cd_frames(),
        });
        DiscAt {
            rate_hz,
            frames: self.length.frames(rate_hz),
            tracks: tracks.collect(),
        }
    }

    /// Whether a rate has whole frames in a CD frame, as a disc on that grid needs.
    #[must_use]
    pub fn fits_cd_grid(rate_hz: u32) -> bool {
        u64::from(rate_hz).is_multiple_of(CD_FRAMES_PER_SECOND)
    }
}

impl DiscAt {
    /// The files that the disc is cut into: each from its mark to the next one's, gaps behind their songs, and what lies before
    /// the first track's mark as number 0. Together they are the whole disc.
    #[must_use]
    pub fn cuts(&self) -> Vec<(u32, std::ops::Range<u64>)> {
        let tracks: Vec<&TrackAt> = self.tracks.iter().filter(|t| t.number > 0).collect();
        let first = tracks.first().map_or(self.frames, |track| track.mark);
        let ends = tracks.iter().skip(1).map(|track| track.mark);
        let ends = ends.chain(std::iter::once(self.frames));
        let own = tracks
            .iter()
            .zip(ends)
            .map(|(t, end)| (t.number, t.mark..end));
        let pregap = (first > 0).then_some((0, 0..first));
        pregap.into_iter().chain(own).collect()
    }
}

impl Piece {
    /// Where it sounds in frames of the disc, and the first frame of its source at that rate.
    ///
    /// Two pieces that follow each other on source and disc alike do so at each rate: what rounds is the distance
    /// between source and disc, which they share.
    #[must_use]
    pub fn at_rate(&self, rate_hz: u32) -> (std::ops::Range<u64>, u64) {
        let first = self.at.frames(rate_hz);
        let after = (self.at + self.length()).frames(rate_hz);
        let own = Ticks::of_frames(self.from, self.rate_hz);
        // Nearest, half up, below zero too: as `Ticks::frames` rounds.
        let distance = i128::from(self.at.get()) - i128::from(own.get());
        let per_second = i128::from(Ticks::PER_SECOND);
        let shift = (distance * i128::from(rate_hz) * 2 + per_second).div_euclid(2 * per_second);
        let from = u64::try_from(i128::from(first) - shift).unwrap_or(0);
        (first..after, from)
    }
}
