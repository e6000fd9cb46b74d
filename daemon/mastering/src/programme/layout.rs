//! One song to the sample of its source: where it begins and ends, what its edits make of its length.

use std::ops::Range;

use super::edit::{Edit, Join, What};
use super::fade::Segue;
use super::fault::{Fault, Problem, Spot};
use super::song::{Song, SongSource};
use super::time::{Ticks, Time};
use super::timeline::{EditPlace, Known, Piece, PieceEdit, Ramp, Source, Way};
use super::under::edited;

/// A song whose places lie on its source.
pub(super) struct Laid<'a> {
    pub(super) song: &'a Song,
    file: &'a str,
    pub(super) rate_hz: u32,
    /// First frame, and the first after it, of the unedited source.
    start: u64,
    end: u64,
    edits: Vec<EditPlace>,
    /// A radio fade, in frames of the unedited source.
    fade: Option<(u64, u64)>,
    /// Frames of the edited song.
    frames: u64,
    indexes: Vec<u64>,
}

/// Collects what is wrong with one song.
struct Judge<'a> {
    spot: &'a Spot,
    faults: &'a mut Vec<Fault>,
}

impl Judge<'_> {
    fn add(&mut self, at: Option<Time>, problem: Problem) {
        let spot = at.map_or_else(|| self.spot.clone(), |time| self.spot.at(time));
        self.faults.push(Fault { spot, problem });
    }
}

impl<'a> Laid<'a> {
    /// The files that a song is made of.
    pub(super) fn files_of(song: &'a Song) -> impl Iterator<Item = &'a str> {
        let own = match &song.source {
            SongSource::File(file) => Some(file.as_str()),
            SongSource::Version { .. } => None,
        };
        let tone = song.room_tone.iter().map(|tone| tone.file.as_str());
        let others = song.edits.iter().filter_map(Edit::replacing);
        own.into_iter().chain(tone).chain(others)
    }

    /// Lays a song on its source; none where there is nothing left to lay.
    pub(super) fn new(
        song: &'a Song,
        known: Known<'_>,
        spot: &Spot,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let mut judge = Judge { spot, faults };
        let file = match &song.source {
            SongSource::File(file) => file.as_str(),
            SongSource::Version { track, version } => {
                let name =
                    version.map_or_else(|| track.clone(), |n| format!("{track} (version {n})"));
                judge.add(None, Problem::NoFile(name));
                return None;
            }
        };
        let Some(source) = known.sources.get(file) else {
            judge.add(None, Problem::NoFile(file.to_owned()));
            return None;
        };
        let (start, end) = ends(song, *source, &mut judge)?;
        let mut laid = Self {
            song,
            file,
            rate_hz: source.rate_hz,
            start,
            end,
            edits: Vec::new(),
            fade: None,
            frames: end - start,
            indexes: Vec::new(),
        };
        laid.lay_edits((start, end), known, &mut judge);
        laid.frames = laid.edited(laid.fade.map_or(end, |(_, to)| to)) - start;
        laid.check_fades(&mut judge);
        laid.lay_indexes(end, &mut judge);
        Some(laid)
    }

    pub(super) fn length(&self) -> Ticks {
        Ticks::of_frames(self.frames, self.rate_hz)
    }

    /// Where its index points lie, when it begins at `start`.
    pub(super) fn indexes(&self, start: Ticks) -> Vec<Ticks> {
        let after = |frame: &u64| Ticks::of_frames(self.edited(*frame) - self.start, self.rate_hz);
        self.indexes
            .iter()
            .map(|frame| start + after(frame))
            .collect()
    }

    /// Where a frame of the unedited source lies once it is edited.
    fn edited(&self, frame: u64) -> u64 {
        edited(&self.edits, frame)
    }

    fn lay_edits(&mut self, (start, end): (u64, u64), known: Known<'_>, judge: &mut Judge<'_>) {
        let mut free_from = start;
        for edit in &self.song.edits {
            let (from, to) = (edit.from.frames(self.rate_hz), edit.to.frames(self.rate_hz));
            let at = Some(edit.from);
            if to <= from {
                judge.add(at, Problem::EditEndsFirst(edit.to));
                continue;
            }
            if from < start || to > end {
                let ticks = |frame| Ticks::of_frames(frame, self.rate_hz);
                let (to, start, end) = (edit.to, ticks(start), ticks(end));
                judge.add(at, Problem::EditOutside { to, start, end });
                continue;
            }
            if from < free_from {
                judge.add(at, Problem::EditsOverlap);
                continue;
            }
            if self.fade.is_some() {
                judge.add(at, Problem::AfterRadioFade);
                continue;
            }
            free_from = to;
            self.lay_edit(edit, (from, to), known, judge);
        }
    }

    fn lay_edit(
        &mut self,
        edit: &Edit,
        (from, to): (u64, u64),
        known: Known<'_>,
        judge: &mut Judge<'_>,
    ) {
        let what = match &edit.what {
            What::RadioFade { .. } => {
                self.fade = Some((from, to));
                return;
            }
            What::Cut => PieceEdit::Cut,
            What::Mute => PieceEdit::Mute,
            What::Reverse => PieceEdit::Reverse,
            What::Repeat { times } => PieceEdit::Repeat { times: *times },
            What::Replace { with } => {
                let crossfade = match edit.join {
                    Join::Near | Join::Cut => 0,
                    Join::Crossfade(length) => length.frames(self.rate_hz),
                };
                // An alternate goes on under the crossfade back into its song.
                let within = from..to.saturating_add(crossfade).min(self.end);
                self.check_alternate((with, edit.from), &within, known, judge);
                PieceEdit::Replace { with: with.clone() }
            }
        };
        self.edits.push(EditPlace {
            what,
            from,
            to,
            crossfade: match edit.join {
                Join::Near | Join::Cut => 0,
                Join::Crossfade(length) => length.frames(self.rate_hz),
            },
        });
    }

    fn check_alternate(
        &self,
        (file, at): (&str, Time),
        within: &Range<u64>,
        known: Known<'_>,
        judge: &mut Judge<'_>,
    ) {
        let pair = (self.file.to_owned(), file.to_owned());
        let file = file.to_owned();
        let Some(alternate) = known.sources.get(&file) else {
            return judge.add(Some(at), Problem::NoFile(file));
        };
        if alternate.rate_hz != self.rate_hz {
            let (rate_hz, song_hz) = (alternate.rate_hz, self.rate_hz);
            let problem = Problem::AlternateRate {
                file,
                rate_hz,
                song_hz,
            };
            return judge.add(Some(at), problem);
        }
        let raw = 0..alternate.frames;
        let reach = known.reaches.get(&pair).unwrap_or(&raw);
        let ticks = |frame| Ticks::of_frames(frame, self.rate_hz);
        if reach.start > within.start {
            let begin = ticks(reach.start);
            judge.add(Some(at), Problem::AlternateTooLate { file, begin });
        } else if reach.end < within.end {
            let length = ticks(reach.end);
            judge.add(Some(at), Problem::AlternateTooShort { file, length });
        }
    }

    fn check_fades(&self, judge: &mut Judge<'_>) {
        let song = self.length();
        for (what, fade) in [
            ("fade in", self.song.fade_in),
            ("fade out", self.song.fade_out),
        ] {
            let length = fade.map_or(Ticks::ZERO, |fade| fade.length.ticks(self.rate_hz));
            if length > song {
                judge.add(None, Problem::FadeTooLong { what, length, song });
            }
        }
    }

    fn lay_indexes(&mut self, end: u64, judge: &mut Judge<'_>) {
        let mut before = self.start;
        let end = self.fade.map_or(end, |(_, to)| to);
        for (time, index) in self.song.indexes.iter().zip(2..) {
            let frame = time.frames(self.rate_hz);
            if frame > before && frame < end {
                before = frame;
                self.indexes.push(frame);
            } else {
                judge.add(Some(*time), Problem::Index { index });
            }
        }
    }

    /// What sounds of it on its disc, from `at` on.
    pub(super) fn piece(&self, at: Ticks, before: Option<(Segue, Ticks)>) -> Piece {
        let end = at + self.length();
        let mut ramps = Vec::new();
        let mut ramp = |at, length, way| ramps.push(Ramp { at, length, way });
        if let Some((segue, length)) = before {
            ramp(at, length, Way::SegueIn(segue.shape));
        }
        if let Some(fade) = self.song.fade_in {
            ramp(at, fade.length.ticks(self.rate_hz), Way::FadeIn(fade.shape));
        }
        if let Some(fade) = self.song.fade_out {
            let length = fade.length.ticks(self.rate_hz);
            ramp(end - length, length, Way::FadeOut(fade.shape));
        }
        if let Some(segue) = self.song.segue {
            let length = segue.length.ticks(self.rate_hz);
            ramp(end - length, length, Way::SegueOut(segue.shape));
        }
        for edit in &self.song.edits {
            if let (What::RadioFade { shape }, Some((from, to))) = (&edit.what, self.fade) {
                let length = Ticks::of_frames(to - from, self.rate_hz);
                ramp(end - length, length, Way::FadeOut(*shape));
            }
        }
        Piece {
            file: self.file.to_owned(),
            rate_hz: self.rate_hz,
            at,
            from: self.start,
            frames: self.frames,
            gain_db: self.song.gain_db,
            tilt_db: self.song.tilt_db,
            ramps,
            edits: self.edits.clone(),
        }
    }
}

/// A song's first frame and the first after it.
fn ends(song: &Song, source: Source, judge: &mut Judge<'_>) -> Option<(u64, u64)> {
    let place = |time: Option<Time>, usual| time.map_or(usual, |t| t.frames(source.rate_hz));
    let (start, end) = (place(song.start, 0), place(song.end, source.frames));
    let length = Ticks::of_frames(source.frames, source.rate_hz);
    let mut is_within = true;
    for (what, time, frame) in [("start", song.start, start), ("end", song.end, end)] {
        if frame > source.frames {
            judge.add(time, Problem::Outside { what, length });
            is_within = false;
        }
    }
    if end <= start {
        let end = Ticks::of_frames(end, source.rate_hz);
        judge.add(song.start, Problem::EndsFirst { end });
        is_within = false;
    }
    is_within.then_some((start, end))
}
