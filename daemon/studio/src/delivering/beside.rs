//! What goes beside the songs of a delivery: instrumentals, a cappellas, TV mixes and stems, each as long as its song to the
//! sample.

use std::path::Path;

use delivery::names::Names;
use delivery::release::ReleaseSong;
use mastering::programme::{AlternateRole, SongAlternate};

use super::files::{SongFile, is_of};
use super::rendered::{Basis, Rendered};
use super::side_by_side::each;
use super::{Delivery, DeliveryError};

/// A file beside a song, rendered.
#[derive(Debug)]
pub(super) struct BesideSong {
    /// The song under its own title, without the song's code: it is another recording.
    song: ReleaseSong,
    other: SongAlternate,
    rendered: Rendered,
}

/// The folder of what is no stem, and that of stems, within their format's.
const ALTERNATES: &str = "Alternates";
const STEMS: &str = "Stems";

impl BesideSong {
    fn folder(&self) -> &'static str {
        match self.other.role {
            AlternateRole::Stem => STEMS,
            AlternateRole::Instrumental
            | AlternateRole::ACappella
            | AlternateRole::ACappellaLead
            | AlternateRole::ACappellaBacking
            | AlternateRole::Tv
            | AlternateRole::Radio => ALTERNATES,
        }
    }
}

impl Delivery<'_> {
    /// Renders everything that goes beside these songs as the same kind of samples; its files lie nameless in `folder`.
    pub(super) fn render_beside(
        &self,
        songs: &[Rendered],
        basis: Basis,
        folder: &Path,
    ) -> Result<Vec<BesideSong>, DeliveryError> {
        let mut wanted = Vec::new();
        for song in &self.release.songs {
            let Some(main) = songs.iter().find(|rendered| is_of(rendered, song)) else {
                continue;
            };
            let others = self.album.alternates_of(&main.cut).iter().enumerate();
            wanted.extend(others.map(|(place, other)| (song, main, place, other)));
        }
        let made = each(&wanted, |(song, main, place, other)| {
            let file =
                tempfile::tempfile_in(folder).map_err(DeliveryError::at("write in", folder))?;
            let made = self
                .album
                .render_alternate(&main.cut, *place, basis.format(), &file)?;
            let title = format!("{} ({})", song.title, other.words());
            if made.written.frames != main.written.frames {
                return Err(DeliveryError::read_back(
                    &title,
                    format!(
                        "it has {} frames, and its song has {}",
                        made.written.frames, main.written.frames
                    ),
                ));
            }
            Ok(BesideSong {
                song: ReleaseSong {
                    title,
                    isrc: None,
                    ..(*song).clone()
                },
                other: (*other).clone(),
                rendered: Rendered::measured(basis, main.cut.clone(), (file, made)),
            })
        });
        made.into_iter().collect()
    }

    /// Whether what goes beside songs adds up to them, song by song.
    pub(super) fn sums_said(&self) -> Vec<String> {
        let wholes = self.album.wholes().iter();
        // The usual depth: what is left over before rounding is the same in every file.
        wholes
            .map(|whole| whole.words(engine::Depth::Int24))
            .collect()
    }

    /// Their files, in folders of their own within that of the songs.
    pub(super) fn beside_files<'a>(
        &'a self,
        beside: &'a [BesideSong],
        folder: &Path,
        (mark, extension): (&str, &str),
    ) -> Result<Vec<SongFile<'a>>, DeliveryError> {
        let mut files = Vec::new();
        for name in [ALTERNATES, STEMS] {
            let its = beside.iter().filter(|own| own.folder() == name);
            let mut names = Names::default();
            for (no, own) in its.enumerate() {
                let inner = folder.join(name);
                if no == 0 {
                    std::fs::create_dir(&inner).map_err(DeliveryError::at("make", &inner))?;
                }
                let mut stem = self.profile.names.name(self.release, &own.song, mark);
                if !stem.contains(own.other.words()) {
                    stem += &format!(" ({})", own.other.words());
                }
                let file = names.take(&stem, extension);
                let above = folder.file_name().unwrap_or_default().to_string_lossy();
                files.push(SongFile {
                    song: &own.song,
                    rendered: &own.rendered,
                    tags: self.release.tags(&own.song),
                    cover: self.front_cover(),
                    path: inner.join(&file),
                    name: format!("{above}/{name}/{file}"),
                    beside: Some(own.other.words()),
                });
            }
        }
        Ok(files)
    }
}
