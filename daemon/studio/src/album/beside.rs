//! What goes beside the songs: each alternate at the frames of its song's file, and whether alternates add up to their song.

use std::collections::BTreeMap;
use std::io::{Seek, Write};

use engine::programme::Brought;
use engine::{Depth, Residual, Source, Stage, residual};
use mastering::programme::{
    AlternateRole, Piece, PieceEdit, Programme, Song, SongAlternate, SongSource,
};
use renderer::WavSource;
use serde::Serialize;

use super::alternates::AlternateBrought;
use super::masters::SongMastered;
use super::reading::Reading;
use super::{Album, AlbumFile, Cut, CutMade, Format, NoAlbum, stems};

/// Alternates of a song that should be it together: instrumental and voices, or all its stems.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Whole {
    /// The disc, from 1.
    pub disc: u32,
    /// The track on it; 0 for the hidden song.
    pub track: u32,
    /// Its title.
    pub title: String,
    /// What is added up.
    pub parts: Vec<String>,
    /// The mix minus its parts.
    pub before: Residual,
    /// The master minus its parts' masters, before each is dithered and rounded by itself.
    pub after: Residual,
    /// Stages of the chain that bend the wave, so that bent parts are not the bent whole.
    pub bent_by: Vec<String>,
    /// Their places among the song's alternates.
    #[serde(skip)]
    places: Vec<usize>,
}

impl Whole {
    /// Whether parts that were the mix are no longer the master.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.before.is_sum() && !self.after.is_sum()
    }

    /// Whether the parts are the mix, and their masters the master.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.before.is_sum() && self.after.is_sum()
    }

    /// What came of it in files of a depth, in a sentence.
    #[must_use]
    pub fn words(&self, depth: Depth) -> String {
        let level = |residual: &Residual| {
            let rms = residual.rms_dbfs;
            rms.map_or_else(|| "nothing".to_owned(), |rms| format!("{rms:.1} dBFS RMS"))
        };
        let parts = self.parts.join(", ");
        let head = format!(
            "disc {}, track {} \u{201c}{}\u{201d}: {parts}",
            self.disc, self.track, self.title
        );
        if !self.before.is_sum() {
            return format!(
                "{head} do not add up to the mix ({} are left over), and so not to its master",
                level(&self.before)
            );
        }
        let left = level(&self.after);
        if self.is_broken() {
            return format!(
                "{head} add up to the mix and no longer to its master ({left} are left over): {} bends the wave, and bent parts are not the bent whole; leave it out where they have to add up",
                self.bent_by.join(" and ")
            );
        }
        let dither = dither_dbfs(depth, self.parts.len() + 1).map_or_else(String::new, |dither| {
            format!(
                ", and for the dither of {} files, {dither:.1} dBFS RMS",
                self.parts.len() + 1
            )
        });
        format!("{head} add up to the master but for {left} before rounding{dither}")
    }
}

/// What the rounding of so many files adds up to in dBFS RMS: triangular dither and rounding together have half a step each.
fn dither_dbfs(depth: Depth, files: usize) -> Option<f64> {
    let bits = match depth {
        Depth::Int16 => 16,
        Depth::Int24 => 24,
        Depth::Float32 | Depth::Float64 => return None,
    };
    // Noise power of one file: a twelfth of a step squared for rounding and a sixth for dither (Lipshitz, Wannamaker,
    // Vanderkooy, JAES 40/5, 1992).
    let step = 2.0_f64.powi(1 - bits);
    Some(10.0 * (files as f64 * step * step / 4.0).log10())
}

/// What the mixes are without their parts.
pub(super) fn sums(
    programme: &Programme,
    files: &BTreeMap<String, AlbumFile>,
    brought: &[AlternateBrought],
) -> Result<Vec<Whole>, NoAlbum> {
    let mut all = Vec::new();
    for (disc, number) in programme.discs.iter().zip(1..) {
        for (track, song) in disc.songs() {
            for places in song.wholes() {
                let before = left_of(song, &places, files, brought)?;
                let parts = places.iter().map(|place| song.alternates[*place].words());
                all.push(Whole {
                    disc: number,
                    track,
                    title: song.title.clone(),
                    parts: parts.map(str::to_owned).collect(),
                    before,
                    after: before,
                    bent_by: Vec::new(),
                    places,
                });
            }
        }
    }
    Ok(all)
}

/// The same of the masters; `raw` is the programme of the mixes, `placed` that of their masters.
pub(super) fn wholes(
    (raw, placed): (&Programme, &Programme),
    files: &BTreeMap<String, AlbumFile>,
    brought: &[AlternateBrought],
    mastered: &[SongMastered],
    mut sums: Vec<Whole>,
) -> Result<Vec<Whole>, NoAlbum> {
    for sum in &mut sums {
        let song_of = |programme: &Programme| {
            let disc = usize::try_from(sum.disc - 1).ok()?;
            let mut songs = programme.discs.get(disc)?.songs();
            let found = songs.find(|(track, _)| *track == sum.track);
            found.map(|(_, song)| song.clone())
        };
        let (Some(mix), Some(master)) = (song_of(raw), song_of(placed)) else {
            continue;
        };
        let Some(chain) = &mix.chain else {
            continue;
        };
        sum.after = left_of(&master, &sum.places, files, brought)?;
        let through = mastered.iter().find(|song| {
            song.chain_name == chain.name && SongSource::File(song.file.clone()) == mix.source
        });
        let stages = through.iter().flat_map(|song| song.chain.stages());
        sum.bent_by = (1..)
            .zip(stages)
            .filter(|(_, stage)| stage.bends())
            .map(|(number, stage)| format!("{} (stage {number})", Stage::name(stage)))
            .collect();
    }
    Ok(sums)
}

fn left_of(
    song: &Song,
    places: &[usize],
    files: &BTreeMap<String, AlbumFile>,
    brought: &[AlternateBrought],
) -> Result<Residual, NoAlbum> {
    let SongSource::File(own) = &song.source else {
        return Ok(Residual::default());
    };
    let open =
        |name: &str| WavSource::open(Reading::new(&files[name].canonical)).map_err(NoAlbum::failed);
    let failed = |error: engine::RenderError| NoAlbum::failed(error);
    let mut whole = open(own)?;
    let mut parts: Vec<Box<dyn Source + '_>> = Vec::new();
    for place in places {
        let other = &song.alternates[*place].file;
        let lies = brought.iter().find(|known| known.is_of(own, other));
        let lies = lies.expect("each alternate was brought to its song");
        let part = Brought::new(Box::new(open(other)?), &lies.alignment(), whole.frames());
        parts.push(Box::new(part.map_err(|e| failed(e.into()))?));
    }
    residual(&mut whole, &mut parts).map_err(failed)
}

impl Album {
    /// What goes beside the song of a cut.
    #[must_use]
    pub fn alternates_of(&self, cut: &Cut) -> &[SongAlternate] {
        let song = self.song_of(cut);
        song.map_or(&[], |song| song.alternates.as_slice())
    }

    fn song_of(&self, cut: &Cut) -> Option<&Song> {
        let mut songs = self.programme.discs.get(cut.disc)?.songs();
        let found = songs.find(|(track, _)| *track == cut.track);
        found.map(|(_, song)| song)
    }

    /// Renders an alternate (its place in [`Album::alternates_of`]) at the very frames of its song's file: with the song's
    /// level, tilt, fades, segues and edits, and without what its neighbours and the room sound in that file.
    ///
    /// Where a region of the song is replaced by an alternate, voices alone are silent there, and so are stems that are no part of
    /// that alternate.
    ///
    /// # Errors
    /// As [`Album::render`]; an alternate that is not there.
    pub fn render_alternate<W: Write + Seek>(
        &self,
        cut: &Cut,
        alternate: usize,
        format: Format,
        out: W,
    ) -> Result<CutMade, NoAlbum> {
        let missing = || NoAlbum::Failed("there is no such song or alternate".to_owned());
        let song = self.song_of(cut).ok_or_else(missing)?;
        let other = song.alternates.get(alternate).ok_or_else(missing)?;
        let disc = &self.timeline.discs[cut.disc];
        let mut lines = disc.tracks.iter();
        let line = lines.find(|line| line.number == cut.track);
        let line = line.ok_or_else(missing)?;
        let is_own = |piece: &&Piece| {
            piece.at == line.start && SongSource::File(piece.file.clone()) == song.source
        };
        let piece = disc.pieces.iter().find(is_own).ok_or_else(missing)?;
        let (shelf, channels) = self.shelf()?;
        let piece = Piece {
            edits: beside_edits(piece, other, |with| {
                stems::sounds(&self.follows, (cut.disc, cut.track), (with, alternate))
            }),
            ..piece.clone()
        };
        let rate = (format.rate_hz, usize::from(channels));
        let mut plan = shelf.plan(&[piece], rate, format.bits(), format.conversion);
        for own in &mut plan.pieces {
            own.file = shelf.of_brought(own_file(song), &other.file);
            own.is_on_grid = shelf.is_on_grid(&other.file, format.bits());
        }
        self.write(&shelf, &plan, (cut, format, channels), out)
    }
}

fn own_file(song: &Song) -> &str {
    match &song.source {
        SongSource::File(file) => file,
        SongSource::Version { track, .. } => track,
    }
}

/// The edits of a song as an alternate has them; `sounds` says of a stem whether it is a part of what replaces something.
fn beside_edits(
    piece: &Piece,
    other: &SongAlternate,
    sounds: impl Fn(&str) -> Option<bool>,
) -> Vec<mastering::programme::EditPlace> {
    let is_stem = other.role == AlternateRole::Stem;
    let plays_on = |with: &str| *with == other.file || (is_stem && sounds(with) == Some(true));
    let mut edits = piece.edits.clone();
    edits.retain(|edit| !matches!(&edit.what, PieceEdit::Replace { with } if plays_on(with)));
    for edit in &mut edits {
        if matches!(edit.what, PieceEdit::Replace { .. }) && (is_stem || other.role.is_voices()) {
            edit.what = PieceEdit::Mute;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dither_adds_up_by_power() {
        // Half a step of 16 bits is 20 log10(2^-16) = -96.33 dB; four files have four times the power.
        let check = |depth, files, dbfs: f64| {
            let own = dither_dbfs(depth, files).unwrap();
            assert!((own - dbfs).abs() < 0.01, "{own}");
        };
        check(Depth::Int16, 1, -96.33);
        check(Depth::Int16, 4, -90.31);
        check(Depth::Int24, 1, -144.49);
        assert_eq!(dither_dbfs(Depth::Float32, 3), None);
    }
}
