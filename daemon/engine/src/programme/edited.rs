use super::fades::Blend;
use crate::stream::{Source, SourceError, SourceSpec};

/// What happens to a region of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditKind {
    /// It goes.
    Cut,
    /// It is silent.
    Mute,
    /// It is played backwards.
    Reverse,
    /// It sounds so many times more.
    Repeat {
        /// How many.
        times: u32,
    },
    /// The same frames of another source sound: which one of the alternates, from 0.
    Replace {
        /// Its place among them.
        alternate: usize,
    },
}

/// An edit in frames of the unedited song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// What happens.
    pub kind: EditKind,
    /// The first frame it happens to.
    pub from: u64,
    /// The first frame after it.
    pub to: u64,
    /// Frames over which each of its ends goes from what was to what comes; 0 for none. They begin where the new begins, so
    /// that nothing changes its place.
    pub crossfade: u64,
}

/// A song with its edits, as a source of its own.
///
/// What is cut into (equal power) or replaced by what is aligned to it (equal gain) blends with what would have come. Nothing
/// is held but one block, however long a region is.
pub struct Edited<'a> {
    /// The song, then its alternates.
    sources: Vec<Box<dyn Source + 'a>>,
    /// Where each of them reads next.
    heads: Vec<u64>,
    spec: SourceSpec,
    stretches: Vec<Stretch>,
    frames: u64,
    at: u64,
    room: Vec<Vec<f64>>,
    past: Vec<Vec<f64>>,
}

/// What sounds in a stretch of the edited song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    /// A source from a frame on.
    Forward {
        source: usize,
        from: u64,
    },
    /// The song back from before a frame.
    Backward {
        before: u64,
    },
    Silence,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Its first frame in the edited song.
    at: u64,
    frames: u64,
    sound: Sound,
    /// Frames at its beginning in which what came before goes on and goes out.
    blend_frames: u64,
    blend: Blend,
}

impl core::fmt::Debug for Edited<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Edited")
            .field("spec", &self.spec)
            .field("stretches", &self.stretches)
            .finish_non_exhaustive()
    }
}

impl<'a> Edited<'a> {
    /// A song with edits, which lie within it in order and do not overlap; `alternates` are those that replace.
    ///
    /// # Panics
    /// Where the edits are not in order, or an alternate has other channels: whoever lays out a programme has refused that.
    pub fn new(
        song: Box<dyn Source + 'a>,
        alternates: Vec<Box<dyn Source + 'a>>,
        edits: &[Edit],
    ) -> Self {
        let spec = song.spec();
        let stretches = stretches(song.frames(), edits);
        let frames = stretches.last().map_or(0, |last| last.at + last.frames);
        let mut sources = vec![song];
        sources.extend(alternates);
        assert!(
            sources.iter().all(|source| source.spec() == spec),
            "alternates have the song's rate and channels"
        );
        Self {
            heads: vec![u64::MAX; sources.len()],
            sources,
            spec,
            stretches,
            frames,
            at: 0,
            room: vec![Vec::new(); spec.channels],
            past: vec![Vec::new(); spec.channels],
        }
    }

    /// Reads `frames` of a sound from `offset` frames into it, zeros where its source has none.
    fn sound(&mut self, sound: Sound, offset: u64, frames: usize) -> Result<(), SourceError> {
        self.room.iter_mut().for_each(|row| {
            row.clear();
            row.resize(frames, 0.0);
        });
        match sound {
            Sound::Silence => Ok(()),
            Sound::Forward { source, from } => self.read_at(source, from + offset, frames, 0),
            Sound::Backward { before } => {
                // What lies before the song's first frame is silent.
                let end = before.saturating_sub(offset);
                let there = usize::try_from(end).unwrap_or(frames).min(frames);
                self.read_at(0, end - there as u64, there, frames - there)?;
                self.room.iter_mut().for_each(|row| row.reverse());
                Ok(())
            }
        }
    }

    /// Reads frames of a source into the room, behind `first`.
    fn read_at(
        &mut self,
        source: usize,
        from: u64,
        frames: usize,
        first: usize,
    ) -> Result<(), SourceError> {
        let reader = &mut self.sources[source];
        if self.heads[source] != from {
            reader.seek(from)?;
        }
        let mut got = 0;
        while got < frames {
            let wanted = frames - got;
            self.past.iter_mut().for_each(|row| row.resize(wanted, 0.0));
            let read = reader.read(&mut self.past)?;
            if read == 0 {
                break;
            }
            for (to, from) in self.room.iter_mut().zip(&self.past) {
                to[first + got..first + got + read].copy_from_slice(&from[..read]);
            }
            got += read;
        }
        self.heads[source] = from + got as u64;
        Ok(())
    }

    /// Reads up to `wanted` frames, no further than a stretch or its blend goes.
    fn next(&mut self, block: &mut [Vec<f64>], wanted: usize) -> Result<usize, SourceError> {
        let place = self
            .stretches
            .partition_point(|s| s.at + s.frames <= self.at);
        let Some(stretch) = self.stretches.get(place).copied() else {
            return Ok(0);
        };
        let offset = self.at - stretch.at;
        let is_blending = offset < stretch.blend_frames;
        let end = if is_blending {
            stretch.blend_frames
        } else {
            stretch.frames
        };
        let frames = usize::try_from(end - offset).unwrap_or(wanted).min(wanted);
        self.sound(stretch.sound, offset, frames)?;
        for (to, from) in block.iter_mut().zip(&self.room) {
            to[..frames].copy_from_slice(&from[..frames]);
        }
        if let Some(before) = place.checked_sub(1).filter(|_| is_blending) {
            let before = self.stretches[before];
            self.sound(before.sound, before.frames + offset, frames)?;
            for (to, from) in block.iter_mut().zip(&self.room) {
                for ((y, x), n) in to[..frames].iter_mut().zip(from).zip(offset..) {
                    let (goes, comes) = stretch.blend.gains(n as f64 / stretch.blend_frames as f64);
                    *y = *x * goes + *y * comes;
                }
            }
        }
        self.at += frames as u64;
        Ok(frames)
    }
}

impl Source for Edited<'_> {
    fn spec(&self) -> SourceSpec {
        self.spec
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn read(&mut self, block: &mut [Vec<f64>]) -> Result<usize, SourceError> {
        let wanted = block.first().map_or(0, Vec::len);
        self.next(block, wanted)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.at = 0;
        Ok(())
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.at = frame.min(self.frames);
        Ok(())
    }
}

/// The edited song from stretch to stretch.
fn stretches(song_frames: u64, edits: &[Edit]) -> Vec<Stretch> {
    let mut line = Line::default();
    let mut at = 0;
    for edit in edits {
        assert!(
            at <= edit.from && edit.from < edit.to && edit.to <= song_frames,
            "edits lie within their song, in order"
        );
        line.add(forward(at), edit.from - at, line.pending);
        let region = edit.to - edit.from;
        let unrelated = (edit.crossfade, Blend::EqualPower);
        let related = (edit.crossfade, Blend::EqualGain);
        line.pending = match edit.kind {
            EditKind::Cut => unrelated,
            EditKind::Mute => {
                line.add(Sound::Silence, region, related);
                related
            }
            EditKind::Reverse => {
                line.add(Sound::Backward { before: edit.to }, region, unrelated);
                unrelated
            }
            EditKind::Repeat { times } => {
                line.add(forward(edit.from), region, line.pending);
                for _ in 0..times {
                    line.add(forward(edit.from), region, unrelated);
                }
                NOTHING
            }
            EditKind::Replace { alternate } => {
                let source = alternate + 1;
                let from = edit.from;
                line.add(Sound::Forward { source, from }, region, related);
                related
            }
        };
        at = edit.to;
    }
    line.add(forward(at), song_frames - at, line.pending);
    line.stretches
}

/// No blend: the sound goes on.
const NOTHING: (u64, Blend) = (0, Blend::EqualPower);

fn forward(from: u64) -> Sound {
    Sound::Forward { source: 0, from }
}

struct Line {
    stretches: Vec<Stretch>,
    end: u64,
    /// How the next stretch of the song itself begins.
    pending: (u64, Blend),
}

impl Default for Line {
    fn default() -> Self {
        Self {
            stretches: Vec::new(),
            end: 0,
            pending: NOTHING,
        }
    }
}

impl Line {
    fn add(&mut self, sound: Sound, frames: u64, (blend_frames, blend): (u64, Blend)) {
        if frames == 0 {
            return;
        }
        self.pending = NOTHING;
        self.stretches.push(Stretch {
            at: self.end,
            frames,
            sound,
            blend_frames: blend_frames.min(frames),
            blend,
        });
        self.end += frames;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::MemorySource;

    /// Frame n of the song is n, of the alternate n + 1000.
    fn heard(edits: &[Edit], block: usize) -> Vec<f64> {
        let ramp = |more: f64| {
            let row = (0..100).map(|n| f64::from(n) + more).collect();
            Box::new(MemorySource::new(48_000, vec![row])) as Box<dyn Source>
        };
        let mut edited = Edited::new(ramp(0.0), vec![ramp(1000.0)], edits);
        let mut all = Vec::new();
        let mut rows = vec![vec![0.0; block]];
        loop {
            let read = edited.read(&mut rows).unwrap();
            if read == 0 {
                break;
            }
            all.extend_from_slice(&rows[0][..read]);
        }
        assert_eq!(all.len() as u64, edited.frames());
        for at in [0, 37, 99] {
            edited.seek(at).unwrap();
            let read = edited.read(&mut rows).unwrap();
            let from = usize::try_from(at).unwrap().min(all.len());
            assert_eq!(rows[0][..read], all[from..from + read]);
        }
        all
    }

    fn edit(kind: EditKind, from: u64, to: u64, crossfade: u64) -> Edit {
        Edit {
            kind,
            from,
            to,
            crossfade,
        }
    }

    fn count(from: u32, to: u32) -> Vec<f64> {
        (from..to).map(f64::from).collect()
    }

    #[track_caller]
    fn check(edits: &[Edit], expected: &[Vec<f64>]) {
        for block in [1, 7, 64, 4096] {
            assert_eq!(heard(edits, block), expected.concat(), "{block}");
        }
    }

    #[test]
    fn edits_do_what_they_say_to_the_sample() {
        check(&[], &[count(0, 100)]);
        check(
            &[edit(EditKind::Cut, 10, 90, 0)],
            &[count(0, 10), count(90, 100)],
        );
        check(&[edit(EditKind::Cut, 0, 10, 0)], &[count(10, 100)]);
        check(
            &[edit(EditKind::Mute, 10, 20, 0)],
            &[count(0, 10), vec![0.0; 10], count(20, 100)],
        );
        let mut turned = count(10, 20);
        turned.reverse();
        check(
            &[edit(EditKind::Reverse, 10, 20, 0)],
            &[count(0, 10), turned.clone(), count(20, 100)],
        );
        check(
            &[edit(EditKind::Repeat { times: 2 }, 10, 20, 0)],
            &[count(0, 20), count(10, 20), count(10, 100)],
        );
        check(
            &[edit(EditKind::Replace { alternate: 0 }, 10, 20, 0)],
            &[count(0, 10), count(1010, 1020), count(20, 100)],
        );
        check(
            &[
                edit(EditKind::Cut, 5, 10, 0),
                edit(EditKind::Reverse, 10, 20, 0),
                edit(EditKind::Repeat { times: 1 }, 20, 25, 0),
                edit(EditKind::Mute, 95, 100, 0),
            ],
            &[
                count(0, 5),
                turned,
                count(20, 25),
                count(20, 95),
                vec![0.0; 5],
            ],
        );
    }

    /// A blend begins where the new begins, from what would have come.
    #[test]
    fn joins_blend_by_their_formulas() {
        let cut = heard(&[edit(EditKind::Cut, 10, 50, 4)], 3);
        for n in 0..4 {
            let x = f64::from(n) / 4.0 * core::f64::consts::FRAC_PI_2;
            let expected = (10.0 + f64::from(n)) * x.cos() + (50.0 + f64::from(n)) * x.sin();
            assert!((cut[10 + n as usize] - expected).abs() < 1e-12, "{n}");
        }
        assert_eq!(cut[14], 54.0);
        // The same on both sides stays as it is, but for the alternate's 1000.
        let replaced = heard(&[edit(EditKind::Replace { alternate: 0 }, 10, 20, 4)], 5);
        assert_eq!(replaced[10..15], [10.0, 261.0, 512.0, 763.0, 1014.0]);
        assert_eq!(replaced[20..25], [1020.0, 771.0, 522.0, 273.0, 24.0]);
        // A reversed region goes on backwards where it goes out.
        let turned = heard(&[edit(EditKind::Reverse, 0, 4, 2)], 4);
        assert_eq!(turned[..2], [3.0, 2.0]);
        assert_eq!(turned[4], 0.0);
    }
}
