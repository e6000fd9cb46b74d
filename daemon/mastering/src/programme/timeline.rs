//! A programme laid out on its discs: exact places on one clock, whatever the rates of its sources.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::fade::{Blend, MarkAt, Segue, Shape};
use super::fault::{Fault, Faults, Problem, Spot};
use super::layout::Laid;
use super::order::{Disc, Grid, Programme};
use super::song::{RoomTone, Song};
use super::time::{Gap, Ticks};

/// What is known of a file once it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Its rate in hertz.
    pub rate_hz: u32,
    /// Its channels.
    pub channels: u32,
    /// Its length in frames.
    pub frames: u64,
}

/// The frames of a song that an alternate has, by the song's file and the alternate's.
pub type Reaches = BTreeMap<(String, String), Range<u64>>;

/// What is known of files.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) sources: &'a BTreeMap<String, Source>,
    pub(super) reaches: &'a Reaches,
}

/// A programme on its discs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// In order.
    pub discs: Vec<DiscLine>,
}

/// One disc or side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiscLine {
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Its songs, the hidden one first where there is one.
    pub tracks: Vec<TrackLine>,
    /// Everything that sounds, by its beginning.
    pub pieces: Vec<Piece>,
    /// From its first sample to its end.
    pub length: Ticks,
    /// How much of that is silence behind the last song, up to the border of a CD frame.
    pub padding: Ticks,
}

/// One song's places on its disc.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackLine {
    /// Its number; 0 for the hidden song.
    pub number: u32,
    /// Its title with the version that its edits make.
    pub title: String,
    /// Where the song before is over and the gap begins (index 0); its own start where there is no gap.
    pub gap_from: Ticks,
    /// Its first sample.
    pub start: Ticks,
    /// Where players begin it (index 1), and where its file begins.
    pub mark: Ticks,
    /// Index points from 2 on.
    pub indexes: Vec<Ticks>,
    /// Where its last sample ends.
    pub end: Ticks,
    /// What was moved onto the grid.
    pub moved: Vec<Moved>,
}

/// What a grid of CD frames moved, and by how much; always less than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Moved {
    /// The gap before the song is longer.
    Gap {
        /// By so much.
        by: Ticks,
    },
    /// The mark lies earlier: there is no gap to lengthen.
    Mark {
        /// By so much.
        by: Ticks,
    },
    /// An index point lies earlier.
    Index {
        /// Which, from 2.
        index: usize,
        /// By so much.
        by: Ticks,
    },
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Below a CD frame: tenths of milliseconds tell.
        let ms = |by: &Ticks| format!("{:.1} ms", by.seconds() * 1000.0);
        match self {
            Self::Gap { by } => {
                write!(
                    f,
                    "the gap before it is {} longer, up to a CD frame",
                    ms(by)
                )
            }
            Self::Mark { by } => write!(f, "its mark lies {} earlier, on a CD frame", ms(by)),
            Self::Index { index, by } => {
                write!(f, "index {index} lies {} earlier, on a CD frame", ms(by))
            }
        }
    }
}

/// A stretch of one source, sounding at one place of a disc.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Piece {
    /// The file, as the programme names it.
    pub file: String,
    /// Its rate in hertz.
    pub rate_hz: u32,
    /// Where on the disc it begins.
    pub at: Ticks,
    /// Its first frame, of the edited source.
    pub from: u64,
    /// So many frames of it.
    pub frames: u64,
    /// Level against the source in dB.
    pub gain_db: f64,
    /// Tilt against the source in dB.
    pub tilt_db: f64,
    /// What fades in it; all that cover a moment are multiplied.
    pub ramps: Vec<Ramp>,
    /// What is edited in its source.
    pub edits: Vec<EditPlace>,
}

impl Piece {
    /// Whether a file sounds in it: its own, or one that replaces something.
    #[must_use]
    pub fn names(&self, file: &str) -> bool {
        let replaces =
            |edit: &EditPlace| matches!(&edit.what, PieceEdit::Replace { with } if with == file);
        self.file == file || self.edits.iter().any(replaces)
    }

    /// How long it sounds.
    #[must_use]
    pub fn length(&self) -> Ticks {
        Ticks::of_frames(self.frames, self.rate_hz)
    }
}

/// An edit to the sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EditPlace {
    /// What happens.
    pub what: PieceEdit,
    /// The first frame of the unedited source that it happens to.
    pub from: u64,
    /// The first frame after it.
    pub to: u64,
    /// Frames of a crossfade at its ends; 0 for none.
    pub crossfade: u64,
}

/// What happens to a region of a source; a radio fade is a [`Ramp`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum PieceEdit {
    /// It goes.
    Cut,
    /// It is silent.
    Mute,
    /// It is played backwards.
    Reverse,
    /// It sounds again.
    Repeat {
        /// So many times more.
        times: u32,
    },
    /// Another file sounds.
    Replace {
        /// Its name.
        with: String,
    },
}

/// A fade within a piece, on the disc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ramp {
    /// Where on the disc it begins.
    pub at: Ticks,
    /// How long it goes.
    pub length: Ticks,
    /// Its form.
    pub way: Way,
}

/// Which way a ramp goes, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", content = "shape", rename_all = "snake_case")]
pub enum Way {
    /// From silence to full level.
    FadeIn(Shape),
    /// From full level to silence.
    FadeOut(Shape),
    /// The same, beside a song that goes out.
    SegueIn(Blend),
    /// The same, beside a song that comes in.
    SegueOut(Blend),
}

impl Programme {
    /// Lays the programme out; `sources` are its [`Programme::files`] as they were opened.
    ///
    /// # Errors
    /// All that is wrong with it, those of [`Programme::faults`] first: a place outside its source, a fade longer than its
    /// song, edits that overlap, a disc over its length, each with track and time.
    pub fn timeline(&self, sources: &BTreeMap<String, Source>) -> Result<Timeline, Faults> {
        self.timeline_reaching(sources, &Reaches::new())
    }

    /// The same once it is known which frames of their songs alternates have; where nothing is said of one, it begins with its
    /// song.
    ///
    /// # Errors
    /// As [`Programme::timeline`]; an alternate that begins behind its edit, or ends before it does.
    pub fn timeline_reaching(
        &self,
        sources: &BTreeMap<String, Source>,
        reaches: &Reaches,
    ) -> Result<Timeline, Faults> {
        let known = Known { sources, reaches };
        let mut faults = self.faults();
        let mut discs = Vec::new();
        for (disc, number) in self.discs.iter().zip(1..) {
            let mut line = Line::new(self, number, known, faults);
            line.lay(disc);
            let (laid, found) = line.finish(disc);
            faults = found;
            discs.push(laid);
        }
        self.check_channels(sources, &mut faults);
        self.check_alternates(sources, &mut faults);
        Faults::none_or(faults).map(|()| Timeline { discs })
    }

    fn check_channels(&self, sources: &BTreeMap<String, Source>, faults: &mut Vec<Fault>) {
        let mut first = None;
        for (disc, number) in self.discs.iter().zip(1..) {
            for (track, song) in disc.songs() {
                for file in Laid::files_of(song) {
                    let Some(source) = sources.get(file) else {
                        continue;
                    };
                    let first = *first.get_or_insert(source.channels);
                    if source.channels != first {
                        faults.push(Fault {
                            spot: Spot::track(number, track, &song.title),
                            problem: Problem::Channels {
                                file: file.to_owned(),
                                channels: source.channels,
                                first,
                            },
                        });
                    }
                }
            }
        }
    }
}

/// A disc while it is laid out.
struct Line<'a> {
    programme: &'a Programme,
    number: u32,
    known: Known<'a>,
    faults: Vec<Fault>,
    tracks: Vec<TrackLine>,
    pieces: Vec<Piece>,
    /// Where the last song is over.
    end: Ticks,
    /// How it runs into the next, and how long it is.
    segue: Option<(Segue, Ticks)>,
}

impl<'a> Line<'a> {
    fn new(programme: &'a Programme, number: u32, known: Known<'a>, faults: Vec<Fault>) -> Self {
        Self {
            programme,
            number,
            known,
            faults,
            tracks: Vec::new(),
            pieces: Vec::new(),
            end: Ticks::ZERO,
            segue: None,
        }
    }

    fn add(&mut self, spot: &Spot, problem: Problem) {
        self.faults.push(Fault {
            spot: spot.clone(),
            problem,
        });
    }

    fn lay(&mut self, disc: &Disc) {
        for (number, song) in disc.songs() {
            let spot = Spot::track(self.number, number, &song.title);
            let Some(laid) = Laid::new(song, self.known, &spot, &mut self.faults) else {
                self.segue = None;
                continue;
            };
            let before = self.segue.take();
            let (line, gap) = self.place(&laid, number, before, &spot);
            if let Some(tone) = &song.room_tone {
                self.room_tone(tone, (line.gap_from, gap), &spot);
            }
            self.pieces.push(laid.piece(line.start, before));
            self.segue = song.segue.map(|segue| {
                let length = segue.length.ticks(laid.rate_hz);
                (segue, length)
            });
            self.check_overlap(&laid, before, &spot);
            self.end = line.end;
            self.tracks.push(line);
        }
    }

    /// Puts a song behind the one before.
    fn place(
        &mut self,
        laid: &Laid<'_>,
        number: u32,
        before: Option<(Segue, Ticks)>,
        spot: &Spot,
    ) -> (TrackLine, Ticks) {
        let gap = if before.is_some() {
            Ticks::ZERO
        } else {
            self.gap(laid.song)
        };
        let overlap = before.map_or(Ticks::ZERO, |(_, length)| length);
        let mut start = self.end + gap - overlap;
        let mut moved = Vec::new();
        let is_on_grid = self.programme.grid == Grid::CdFrames;
        let mut mark = start;
        if let Some((segue, length)) = before {
            let after = match segue.mark {
                MarkAt::Start => Ticks::ZERO,
                MarkAt::Middle => length.half(),
                MarkAt::End => length,
                MarkAt::After(time) => time.ticks(laid.rate_hz),
            };
            if after > length {
                self.add(spot, Problem::MarkOutside { after, length });
            }
            mark += after;
        }
        if is_on_grid && gap > Ticks::ZERO {
            let border = start.cd_border_after();
            if border > start {
                moved.push(Moved::Gap { by: border - start });
            }
            (start, mark) = (border, border);
        } else if is_on_grid {
            let border = mark.cd_border_before();
            if border < mark {
                moved.push(Moved::Mark { by: mark - border });
            }
            mark = border;
        }
        let indexes = laid.indexes(start).into_iter().zip(2..);
        let indexes = indexes
            .map(|(place, index)| {
                let border = place.cd_border_before();
                if !is_on_grid || border == place {
                    return place;
                }
                let by = place - border;
                moved.push(Moved::Index { index, by });
                border
            })
            .collect();
        let gap_from = if gap > Ticks::ZERO { self.end } else { mark };
        let line = TrackLine {
            number,
            title: laid.song.full_title(),
            gap_from,
            start,
            mark,
            indexes,
            end: start + laid.length(),
            moved,
        };
        (line, start - gap_from)
    }

    /// The gap before a song; one that is a fault counts as none.
    fn gap(&self, song: &Song) -> Ticks {
        let is_first = self.tracks.is_empty();
        let usual = if is_first {
            Some(Gap::NONE)
        } else {
            self.programme.gap
        };
        song.gap.or(usual).and_then(Gap::ticks).unwrap_or_default()
    }

    /// Fills the gap before a song.
    fn room_tone(&mut self, tone: &RoomTone, (from, gap): (Ticks, Ticks), spot: &Spot) {
        let Some(source) = self.known.sources.get(&tone.file) else {
            return self.add(spot, Problem::NoFile(tone.file.clone()));
        };
        let rate_hz = source.rate_hz;
        let first = tone.start.map_or(0, |time| time.frames(rate_hz));
        let there = Ticks::of_frames(source.frames.saturating_sub(first), rate_hz);
        let blend = tone.blend.ticks(rate_hz);
        if gap == Ticks::ZERO {
            // That it has no gap to sound in is said of the programme itself.
            return;
        }
        if there < gap {
            return self.add(spot, Problem::ToneTooShort { tone: there, gap });
        }
        if blend > gap.half() {
            return self.add(spot, Problem::BlendTooLong { blend, gap });
        }
        let ramp = |at, way| Ramp {
            at,
            length: blend,
            way,
        };
        self.pieces.push(Piece {
            file: tone.file.clone(),
            rate_hz,
            at: from,
            from: first,
            frames: gap.frames(rate_hz),
            gain_db: tone.gain_db,
            tilt_db: 0.0,
            ramps: vec![
                ramp(from, Way::FadeIn(Shape::Cosine)),
                ramp(from + gap - blend, Way::FadeOut(Shape::Cosine)),
            ],
            edits: Vec::new(),
        });
    }

    /// A song has to be as long as what it shares with its neighbours.
    fn check_overlap(&mut self, laid: &Laid<'_>, before: Option<(Segue, Ticks)>, spot: &Spot) {
        let song = laid.length();
        let in_it = before.map_or(Ticks::ZERO, |(_, length)| length);
        let out_of_it = self.segue.map_or(Ticks::ZERO, |(_, length)| length);
        for (what, length) in [("segue into it", in_it), ("segue into the next", out_of_it)] {
            if length > song {
                self.add(spot, Problem::FadeTooLong { what, length, song });
            }
        }
        let both = in_it + out_of_it;
        if in_it.max(out_of_it) <= song && both > song {
            self.add(spot, Problem::SeguesOverlap { both, song });
        }
    }

    fn finish(mut self, disc: &Disc) -> (DiscLine, Vec<Fault>) {
        let length = match self.programme.grid {
            Grid::Samples => self.end,
            Grid::CdFrames => self.end.cd_border_after(),
        };
        self.check_longest(disc, length);
        let line = DiscLine {
            title: disc.title.clone(),
            tracks: self.tracks,
            pieces: self.pieces,
            padding: length - self.end,
            length,
        };
        (line, self.faults)
    }

    fn check_longest(&mut self, disc: &Disc, length: Ticks) {
        let own = disc.longest.map(|longest| Gap::new(longest).ticks());
        if own == Some(None) {
            return self.add(&Spot::disc(self.number), Problem::LongestInSamples);
        }
        let side = disc.side.as_ref();
        let of_side = side.map(|side| side.lengths().longest);
        let Some(longest) = own.flatten().into_iter().chain(of_side).min() else {
            return;
        };
        if length <= longest {
            return;
        }
        let passing = self.tracks.iter().find(|line| line.end > longest);
        let spot = passing.map_or_else(
            || Spot::disc(self.number),
            |line| Spot::track(self.number, line.number, &line.title).at(longest - line.start),
        );
        let over = length - longest;
        let problem = match side.filter(|side| side.lengths().longest == longest) {
            Some(side) => Problem::SideTooLong {
                length,
                over,
                longest,
                record: side.to_string(),
            },
            None => Problem::TooLong {
                length,
                over,
                longest,
            },
        };
        self.add(&spot, problem);
    }
}
