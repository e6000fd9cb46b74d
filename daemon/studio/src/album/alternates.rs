use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use engine::Source as _;
use engine::programme::{AlignError, AlignedPolarity, Alignment, align};
use mastering::programme::{Disc, Edit, Programme, Reaches, Song, SongSource};
use renderer::WavSource;
use serde::Serialize;

use super::reading::Reading;
use super::{AlbumFile, NoAlbum};
use crate::denied::chain;

/// An alternate that replaces regions of a song or goes beside it, brought to its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlternateBrought {
    /// The song's file.
    pub song: String,
    /// The alternate's.
    pub alternate: String,
    /// Frame n of the song is frame n + this of the alternate.
    pub shift_frames: i64,
    /// How alike they are there, 0 to 1.
    pub correlation: f64,
    /// Passages in which both sound.
    pub sounding: usize,
    /// Those that by themselves say the same place.
    pub agreeing: usize,
    /// Frames of the song, which the alternate has then too.
    #[serde(skip)]
    pub(super) frames: u64,
    /// Which of them it had by itself.
    #[serde(skip)]
    reach: Range<u64>,
    /// What the two are called among the files, where they are masters by now: these lie at their place.
    #[serde(skip)]
    masters: Option<(String, String)>,
}

impl AlternateBrought {
    /// What was done, in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        if self.agreeing == 0 {
            return format!(
                "{} is taken as it begins: it is as long as {}, and its sound does not tell where it lies",
                self.alternate, self.song
            );
        }
        format!(
            "{} lies {:+} samples against {}, to the sample: {} of {} passages say so (correlation {:.2})",
            self.alternate,
            self.shift_frames,
            self.song,
            self.agreeing,
            self.sounding,
            self.correlation
        )
    }

    /// What the two are called among the files.
    pub(super) fn files(&self) -> (String, String) {
        let raw = || (self.song.clone(), self.alternate.clone());
        self.masters.clone().unwrap_or_else(raw)
    }

    /// What the alternate is called among them.
    pub(super) fn alternate_file(&self) -> &str {
        match &self.masters {
            Some((_, other)) => other,
            None => &self.alternate,
        }
    }

    /// Whether it is of these two, as they are called among the files.
    pub(super) fn is_of(&self, song: &str, alternate: &str) -> bool {
        let own = match &self.masters {
            Some((own, _)) => own,
            None => &self.song,
        };
        own == song && self.alternate_file() == alternate
    }

    /// The same of their masters, which were rendered at their place.
    pub(super) fn at_its_place(&self, (song, alternate): (&str, &str)) -> Self {
        Self {
            masters: Some((song.to_owned(), alternate.to_owned())),
            ..self.clone()
        }
    }

    /// What the engine needs of it.
    pub(super) fn alignment(&self) -> Alignment {
        Alignment {
            shift_frames: match &self.masters {
                Some(_) => 0,
                None => self.shift_frames,
            },
            polarity: AlignedPolarity::Kept,
            correlation: self.correlation,
            sounding: self.sounding,
            agreeing: self.agreeing,
        }
    }
}

/// Which frames of their songs alternates have.
pub(super) fn reaches(brought: &[AlternateBrought]) -> Reaches {
    let reaches = brought.iter();
    reaches
        .map(|own| (own.files(), own.reach.clone()))
        .collect()
}

/// The same before that is known: all.
pub(super) fn anywhere(programme: &Programme) -> Reaches {
    let songs = programme.discs.iter().flat_map(Disc::songs);
    let pairs = songs.flat_map(|(_, song)| pairs(song));
    pairs
        .map(|(own, other)| ((own.to_owned(), other.to_owned()), 0..u64::MAX))
        .collect()
}

/// Songs' files with those of alternates which lie at their place: masters that were rendered beside each other.
pub(crate) type AtTheirPlace = BTreeSet<(String, String)>;

/// Finds where each alternate lies that replaces something or goes beside a song, of those whose files are given.
pub(super) fn bring_alternates(
    programme: &Programme,
    files: &BTreeMap<String, AlbumFile>,
    there: &AtTheirPlace,
) -> Result<Vec<AlternateBrought>, NoAlbum> {
    let mut brought: Vec<AlternateBrought> = Vec::new();
    for (_, song) in programme.discs.iter().flat_map(Disc::songs) {
        for (own, other) in pairs(song) {
            let is_given = files.contains_key(own) && files.contains_key(other);
            if !is_given || brought.iter().any(|known| known.is_of(own, other)) {
                continue;
            }
            let is_there = there.contains(&(own.to_owned(), other.to_owned()));
            brought.push(match is_there {
                true => at_its_place((own, other), files)?,
                false => bring((own, other), song, files)?,
            });
        }
    }
    Ok(brought)
}

fn at_its_place(
    (own, other): (&str, &str),
    files: &BTreeMap<String, AlbumFile>,
) -> Result<AlternateBrought, NoAlbum> {
    let frames = |name: &str| {
        let wav = WavSource::open(Reading::new(&files[name].canonical));
        wav.map(|wav| wav.frames()).map_err(NoAlbum::failed)
    };
    Ok(AlternateBrought {
        song: own.to_owned(),
        alternate: other.to_owned(),
        shift_frames: 0,
        correlation: 1.0,
        sounding: 0,
        agreeing: 0,
        frames: frames(own)?,
        reach: 0..frames(other)?,
        masters: None,
    })
}

fn pairs(song: &Song) -> impl Iterator<Item = (&str, &str)> {
    let own = match &song.source {
        SongSource::File(file) => Some(file.as_str()),
        SongSource::Version { .. } => None,
    };
    own.into_iter()
        .flat_map(|own| beside(song).map(move |other| (own, other)))
}

/// The alternates of a song: those that replace something in it, and those that go beside it.
pub(super) fn beside(song: &Song) -> impl Iterator<Item = &str> {
    let replacing = song.edits.iter().filter_map(Edit::replacing);
    let alternates = song.alternates.iter();
    replacing.chain(alternates.map(|other| other.file.as_str()))
}

fn bring(
    (own, other): (&str, &str),
    song: &Song,
    files: &BTreeMap<String, AlbumFile>,
) -> Result<AlternateBrought, NoAlbum> {
    let open =
        |name: &str| WavSource::open(Reading::new(&files[name].canonical)).map_err(NoAlbum::failed);
    let (mut mix, mut alternate) = (open(own)?, open(other)?);
    let refused = |why: &str| {
        let title = &song.title;
        NoAlbum::Failed(if replaces(song, other) {
            format!("{other} cannot replace anything in \u{201c}{title}\u{201d}: {why}")
        } else {
            format!("{other} cannot go beside \u{201c}{title}\u{201d}: {why}")
        })
    };
    let is_as_long = mix.frames() == alternate.frames();
    let found = match align(&mut mix, &mut alternate) {
        Ok(found) => found,
        // A stem may sound too little to be found in its mix; exported with it, it begins where the mix does.
        Err(AlignError::Unlike { .. } | AlignError::Unsteady { .. } | AlignError::Silent)
            if is_as_long && !replaces(song, other) =>
        {
            Alignment {
                shift_frames: 0,
                polarity: AlignedPolarity::Kept,
                correlation: 0.0,
                sounding: 0,
                agreeing: 0,
            }
        }
        Err(error) => return Err(refused(&chain(&error))),
    };
    if found.polarity == AlignedPolarity::Inverted {
        return Err(refused(
            "its waves point the other way; turn its polarity first",
        ));
    }
    Ok(AlternateBrought {
        song: own.to_owned(),
        alternate: other.to_owned(),
        shift_frames: found.shift_frames,
        correlation: found.correlation,
        sounding: found.sounding,
        agreeing: found.agreeing,
        frames: mix.frames(),
        reach: {
            let on_song = |frame: u64| {
                let frame = frame.cast_signed() - found.shift_frames;
                u64::try_from(frame).unwrap_or(0)
            };
            on_song(0)..on_song(alternate.frames())
        },
        masters: None,
    })
}

fn replaces(song: &Song, file: &str) -> bool {
    let with = |edit: &Edit| edit.replacing() == Some(file);
    song.edits.iter().any(with)
}
