use std::collections::BTreeMap;

use mastering::programme::{Programme, Source};

use super::alternates::{AtTheirPlace, bring_alternates};
use super::masters::Scope;
use super::place_edits::place_edits;
use super::{Album, AlbumFile, NoAlbum};

impl Album {
    /// The programme as far as the files that are given sound in it: a stretch of a disc is heard without opening the rest.
    ///
    /// `sources` are those of all of [`Programme::files`]. Edits that are to lie near a place do so in the files that are given, and
    /// where they were asked for in the others.
    ///
    /// # Errors
    /// All that is wrong with the programme, or a file that cannot be read.
    pub(crate) fn audition(
        programme: &Programme,
        sources: &BTreeMap<String, Source>,
        files: BTreeMap<String, AlbumFile>,
        there: &AtTheirPlace,
    ) -> Result<Self, NoAlbum> {
        let brought = bring_alternates(programme, &files, there)?;
        let (programme, moved) = place_edits(programme, &files)?;
        let mut timeline = programme.timeline(sources)?;
        for disc in &mut timeline.discs {
            disc.pieces.retain(|piece| files.contains_key(&piece.file));
        }
        let side_chains = programme.discs.iter().map(|_| None).collect();
        Ok(Self {
            programme,
            timeline,
            moved,
            placed: brought.clone(),
            brought,
            mastered: Vec::new(),
            wholes: Vec::new(),
            follows: Vec::new(),
            side_chains,
            scope: Scope::Whole,
            files,
        })
    }
}
