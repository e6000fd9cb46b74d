//! A programme made of decoded files: laid out on its discs, its edits placed, its tracks rendered.
//!
//! `mastering` says where everything lies, `engine` makes it sound; here the one's places become the other's pieces.

mod alternates;
mod audition;
mod beside;
mod hearing;
mod masters;
mod pieces;
mod place_edits;
mod reading;
mod rendering;
mod side_sheet;
mod sides;
mod stems;

use std::collections::BTreeMap;
use std::fs::File;

use engine::{Chain, Source as _};
use mastering::programme::{Faults, Programme, Source, Timeline};
use renderer::WavSource;

pub use alternates::AlternateBrought;
pub(crate) use alternates::AtTheirPlace;
pub use beside::Whole;
pub use masters::SongMastered;
pub use place_edits::EditMoved;
pub use rendering::{Cut, CutMade, Format, join};
pub use side_sheet::SideNamed;
pub(crate) use sides::cutter_findings;
pub use sides::{SideFinding, SideMade, SideMark, SidePlace, SideProblem};

use crate::denied::chain;
use masters::Scope;

/// A file of a programme, opened.
#[derive(Debug)]
pub struct AlbumFile {
    /// A canonical WAV.
    pub canonical: File,
    /// SHA-256 of its samples, from which dither is seeded.
    pub samples_sha256: String,
}

/// Why no programme was made.
#[derive(Debug, thiserror::Error)]
pub enum NoAlbum {
    /// All that is wrong with it.
    #[error("the programme cannot be made:\n{0}")]
    Faults(#[from] Faults),
    /// A rate that the grid of a compact disc does not fit.
    #[error("marks on CD frames need a rate with whole frames in 1/75 s, and {0} Hz has none")]
    Grid(u32),
    /// Reading, rendering or writing failed.
    #[error("{0}")]
    Failed(String),
}

impl NoAlbum {
    fn failed(error: impl Into<renderer::RenderError>) -> Self {
        Self::Failed(chain(&error.into()))
    }
}

/// What is known of the files.
fn sources_of(files: &BTreeMap<String, AlbumFile>) -> Result<BTreeMap<String, Source>, NoAlbum> {
    let source = |(name, file): (&String, &AlbumFile)| {
        let wav = WavSource::open(reading::Reading::new(&file.canonical));
        let wav = wav.map_err(NoAlbum::failed)?;
        let spec = wav.audio_spec();
        let source = Source {
            rate_hz: spec.rate_hz,
            channels: u32::from(spec.channels),
            frames: wav.frames(),
        };
        Ok((name.clone(), source))
    };
    files.iter().map(source).collect()
}

/// A programme with its files, laid out to the sample.
#[derive(Debug)]
pub struct Album {
    /// The programme, each edit in samples and with its join.
    programme: Programme,
    timeline: Timeline,
    moved: Vec<EditMoved>,
    brought: Vec<AlternateBrought>,
    /// The same, and those of the masters.
    placed: Vec<AlternateBrought>,
    mastered: Vec<SongMastered>,
    /// What songs are the sum of, where that was listened to.
    wholes: Vec<Whole>,
    /// Which stems sound where something is replaced.
    follows: Vec<stems::Follow>,
    /// What whole sides go through, disc by disc.
    side_chains: Vec<Option<Chain>>,
    scope: Scope,
    /// Files by the names that the programme gives them.
    files: BTreeMap<String, AlbumFile>,
}

impl Album {
    /// Lays a programme out on its files, which are those of [`Programme::files`].
    ///
    /// Edits that are to be joined near a place are put where all channels cross zero, or get a short crossfade where they
    /// were asked for; [`Album::moved`] says which. Alternates that replace
    /// something are brought to their song by correlation, to the sample; [`Album::brought`] says where they were.
    ///
    /// # Errors
    /// All that is wrong with the programme, or a file that cannot be read.
    pub fn lay(programme: &Programme, files: BTreeMap<String, AlbumFile>) -> Result<Self, NoAlbum> {
        Self::lay_through(programme, files, &BTreeMap::new())
    }

    /// The same where songs name chain files: `chains` are those of [`Programme::chains`] that lie in files, as they were read;
    /// the house's own need not be given.
    ///
    /// Each song with a chain is rendered through it here, two at a time, into scratch files of 16 bytes a frame in stereo that
    /// go with the album; alternates beside it, keyed by it. A song's master is the same whichever other songs there are.
    ///
    /// # Errors
    /// As [`Album::lay`]; a chain that is not there, does not take a song's settings or cannot be rendered.
    pub fn lay_through(
        programme: &Programme,
        files: BTreeMap<String, AlbumFile>,
        chains: &BTreeMap<String, Chain>,
    ) -> Result<Self, NoAlbum> {
        Self::lay_as(
            programme,
            files,
            (chains, &AtTheirPlace::new()),
            Scope::Whole,
        )
    }

    /// The same over masters; `there` says which alternates were rendered beside their song.
    ///
    /// # Errors
    /// As [`Album::lay`].
    pub(crate) fn lay_masters(
        programme: &Programme,
        files: BTreeMap<String, AlbumFile>,
        there: &AtTheirPlace,
    ) -> Result<Self, NoAlbum> {
        Self::lay_as(programme, files, (&BTreeMap::new(), there), Scope::Whole)
    }

    /// Where everything lies, without making more masters than those whose zero crossings tell. Nothing can be rendered of it.
    ///
    /// # Errors
    /// As [`Album::lay_through`].
    pub fn plan(
        programme: &Programme,
        files: BTreeMap<String, AlbumFile>,
        chains: &BTreeMap<String, Chain>,
    ) -> Result<Self, NoAlbum> {
        Self::lay_as(
            programme,
            files,
            (chains, &AtTheirPlace::new()),
            Scope::Places,
        )
    }

    /// Where everything lies by what is known of files, without opening them: edits that are to be joined near a place stand
    /// at that place. Nothing can be rendered of it.
    ///
    /// # Errors
    /// All that is wrong with the programme.
    pub fn outline(
        programme: &Programme,
        sources: &BTreeMap<String, Source>,
    ) -> Result<Self, NoAlbum> {
        let anywhere = alternates::anywhere(programme);
        Ok(Self {
            timeline: programme.timeline_reaching(sources, &anywhere)?,
            programme: programme.clone(),
            moved: Vec::new(),
            brought: Vec::new(),
            placed: Vec::new(),
            mastered: Vec::new(),
            wholes: Vec::new(),
            follows: Vec::new(),
            side_chains: programme.discs.iter().map(|_| None).collect(),
            scope: Scope::Places,
            files: BTreeMap::new(),
        })
    }

    fn lay_as(
        programme: &Programme,
        files: BTreeMap<String, AlbumFile>,
        (chains, there): (&BTreeMap<String, Chain>, &AtTheirPlace),
        scope: Scope,
    ) -> Result<Self, NoAlbum> {
        // What is wrong is said before anything is listened to; how far alternates reach is only known then.
        let sources = sources_of(&files)?;
        let anywhere = alternates::anywhere(programme);
        programme.timeline_reaching(&sources, &anywhere)?;
        let side_chains = masters::side_chains(programme, chains)?;
        let brought = alternates::bring_alternates(programme, &files, there)?;
        programme.timeline_reaching(&sources, &alternates::reaches(&brought))?;
        let follows = stems::follow(programme, &files, &brought)?;
        let sums = match scope {
            Scope::Whole => beside::sums(programme, &files, &brought)?,
            Scope::Places => Vec::new(),
        };
        let mastered = masters::master_songs(programme, files, &brought, chains, scope)?;
        let (files, placed) = (mastered.files, mastered.placed);
        let programmes = (programme, &mastered.programme);
        let follows = stems::of_masters(follows, programmes);
        let wholes = beside::wholes(programmes, &files, &placed, &mastered.songs, sums)?;
        let (programme, moved) = place_edits::place_edits(&mastered.programme, &files)?;
        let reaches = alternates::reaches(&placed);
        let timeline = programme.timeline_reaching(&sources_of(&files)?, &reaches)?;
        Ok(Self {
            programme,
            timeline,
            moved,
            brought,
            placed,
            mastered: mastered.songs,
            wholes,
            follows,
            side_chains,
            scope,
            files,
        })
    }

    /// Refuses what only was laid out.
    fn check_whole(&self) -> Result<(), NoAlbum> {
        match self.scope {
            Scope::Whole => Ok(()),
            Scope::Places => Err(NoAlbum::Failed(
                "this programme was only laid out: its songs did not go through their chains"
                    .to_owned(),
            )),
        }
    }

    /// The programme as it was laid out.
    #[must_use]
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// Where everything lies.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Where edits were put that were to lie near a place.
    #[must_use]
    pub fn moved(&self) -> &[EditMoved] {
        &self.moved
    }

    /// Where alternates lie that replace regions of songs or go beside them.
    #[must_use]
    pub fn brought(&self) -> &[AlternateBrought] {
        &self.brought
    }

    /// What chains made of songs.
    #[must_use]
    pub fn mastered(&self) -> &[SongMastered] {
        &self.mastered
    }

    /// What goes beside songs and together is them, or not.
    #[must_use]
    pub fn wholes(&self) -> &[Whole] {
        &self.wholes
    }

    /// The rates of its songs, lowest first.
    #[must_use]
    pub fn rates_hz(&self) -> Vec<u32> {
        let pieces = self.timeline.discs.iter().flat_map(|disc| &disc.pieces);
        let mut rates: Vec<u32> = pieces.map(|piece| piece.rate_hz).collect();
        rates.sort_unstable();
        rates.dedup();
        rates
    }
}
