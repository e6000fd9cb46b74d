use std::collections::BTreeMap;

use engine::Source as _;
use engine::programme::{Found, Region, place_near};
use mastering::programme::{Edit, Join, Programme, Song, SongSource, Ticks, Time, What};
use renderer::WavSource;
use serde::Serialize;

use super::reading::Reading;
use super::{AlbumFile, NoAlbum};

/// Where an edit was put that was to lie near a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EditMoved {
    /// The disc, from 1.
    pub disc: u32,
    /// The track on it; 0 for the hidden song.
    pub track: u32,
    /// Its title.
    pub title: String,
    /// Where it was asked for, as it was written.
    pub asked: (Time, Time),
    /// Its first frame and the first after it, on the song's source.
    pub frames: (u64, u64),
    /// How far its ends moved, in frames.
    pub moved_frames: (i64, i64),
    /// Frames of the crossfade at its ends; 0 where they lie on zero crossings.
    pub crossfade_frames: u64,
    /// The rate that frames are counted at.
    pub rate_hz: u32,
}

impl EditMoved {
    /// What was done, in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let head = format!(
            "disc {}, track {} \u{201c}{}\u{201d}: the edit from {} to {}",
            self.disc, self.track, self.title, self.asked.0, self.asked.1
        );
        format!("{head} {}", self.lies())
    }

    /// The same where it is clear which edit is meant.
    #[must_use]
    pub fn joined(&self) -> String {
        format!("it {}", self.lies())
    }

    fn lies(&self) -> String {
        let at = |frame| Ticks::of_frames(frame, self.rate_hz);
        if self.crossfade_frames > 0 {
            return format!(
                "lies there, with a crossfade of {} at its ends: no zero crossing is near",
                at(self.crossfade_frames)
            );
        }
        format!(
            "lies on zero crossings: from {} ({:+} samples) to {} ({:+} samples)",
            at(self.frames.0),
            self.moved_frames.0,
            at(self.frames.1),
            self.moved_frames.1
        )
    }
}

/// Gives each edit its samples and its join; says where those lie that were to be near a place.
pub(super) fn place_edits(
    programme: &Programme,
    files: &BTreeMap<String, AlbumFile>,
) -> Result<(Programme, Vec<EditMoved>), NoAlbum> {
    let mut placed = programme.clone();
    let mut moved = Vec::new();
    for (disc, number) in placed.discs.iter_mut().zip(1..) {
        let hidden = disc.hidden.iter_mut().map(|song| (0, song));
        for (track, song) in hidden.chain((1..).zip(&mut disc.tracks)) {
            place_song(song, (number, track), files, &mut moved)?;
        }
    }
    Ok((placed, moved))
}

fn place_song(
    song: &mut Song,
    (disc, track): (u32, u32),
    files: &BTreeMap<String, AlbumFile>,
    moved: &mut Vec<EditMoved>,
) -> Result<(), NoAlbum> {
    let SongSource::File(name) = &song.source else {
        return Ok(());
    };
    let Some(file) = files.get(name).filter(|_| song.edits.iter().any(is_near)) else {
        return Ok(());
    };
    let mut source = WavSource::open(Reading::new(&file.canonical)).map_err(NoAlbum::failed)?;
    let rate_hz = source.spec().rate_hz;
    let limits = Limits::of(song, rate_hz, source.frames());
    for at in 0..song.edits.len() {
        let edit = &song.edits[at];
        if !is_near(edit) {
            continue;
        }
        let asked = Region {
            from: edit.from.frames(rate_hz),
            to: edit.to.frames(rate_hz),
        };
        let found = place_near(&mut source, asked)
            .map_err(|e| NoAlbum::failed(engine::RenderError::from(e)))?;
        let found = limits.keep(at, &song.edits, asked, found);
        moved.push(EditMoved {
            disc,
            track,
            title: song.title.clone(),
            asked: (edit.from, edit.to),
            frames: (found.region.from, found.region.to),
            moved_frames: (
                found.region.from.cast_signed() - asked.from.cast_signed(),
                found.region.to.cast_signed() - asked.to.cast_signed(),
            ),
            crossfade_frames: found.crossfade,
            rate_hz,
        });
        let edit = &mut song.edits[at];
        edit.from = Time::Samples(found.region.from);
        edit.to = Time::Samples(found.region.to);
        edit.join = match found.crossfade {
            0 => Join::Cut,
            frames => Join::Crossfade(Time::Samples(frames)),
        };
    }
    Ok(())
}

/// A radio fade has no joins: it lies where it was asked for.
pub(super) fn is_near(edit: &Edit) -> bool {
    edit.join == Join::Near && !matches!(edit.what, What::RadioFade { .. })
}

/// What an edit must not be moved over.
struct Limits {
    rate_hz: u32,
    start: u64,
    end: u64,
}

impl Limits {
    fn of(song: &Song, rate_hz: u32, frames: u64) -> Self {
        let place = |time: Option<Time>, usual| time.map_or(usual, |t| t.frames(rate_hz));
        Self {
            rate_hz,
            start: place(song.start, 0),
            end: place(song.end, frames),
        }
    }

    /// A place beyond the song's ends or a neighbouring edit is none: then the asked one gets its crossfade.
    fn keep(&self, at: usize, edits: &[Edit], asked: Region, found: Found) -> Found {
        let before = at.checked_sub(1).map(|before| edits[before].to);
        let before = before.map_or(self.start, |time| time.frames(self.rate_hz));
        let after = edits.get(at + 1).map(|edit| edit.from);
        let after = after.map_or(self.end, |time| time.frames(self.rate_hz));
        if found.region.from >= before && found.region.to <= after {
            return found;
        }
        let crossfade = u64::from(self.rate_hz) / 200;
        Found {
            region: asked,
            crossfade: crossfade.clamp(1, asked.to - asked.from),
        }
    }
}
