//! Discs as files that somebody made: opened, judged, and their tracks as a plant would cut them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use delivery::cd::cue::{self, CueFileKind, CueSheet, CueTexts};
use delivery::cd::ddp::{self, DdpFile, FileSums, MAX_DESCRIPTOR_BYTES};
use delivery::cd::text::TextKind;
use delivery::cd::{Disc, DiscPlan, PlantRules, PqTime};

use super::image::{FRAME_BYTES, Image, Sound};
use super::{Difference, DiscError};

/// Most files of a folder that are read as one disc: 99 tracks, and descriptors beside them.
const MAX_FILES: usize = 200;
/// Bytes that are read at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// A disc as its files say it.
#[derive(Debug, Default)]
pub struct ReadDisc {
    /// What is wrong, each in a sentence.
    pub objections: Vec<String>,
    /// The disc, as far as it can be read.
    pub plan: DiscPlan,
    /// Titles of the tracks, as far as they are known.
    pub titles: Vec<String>,
    /// Who plays each, as far as that is known; empty where it is not.
    pub performers: Vec<String>,
    /// The disc's own title; empty where it is not known.
    pub title: String,
}

/// A disc with its sound.
#[derive(Debug)]
pub struct Opened {
    /// What was read.
    pub disc: ReadDisc,
    /// Its sound, where that is there.
    pub image: Option<Image>,
}

/// Opens a DDP fileset, reads every file of its folder to the end, and judges it.
///
/// # Errors
/// A file that cannot be read. What is wrong with the fileset itself is an objection.
pub fn opened_ddp(folder: &Path, plant: &PlantRules) -> Result<Opened, DiscError> {
    let mut files = Vec::new();
    for path in files_in(folder)? {
        files.push(summed(&path)?);
    }
    judged_ddp(folder, &files, plant)
}

/// The same of files that were read.
pub(super) fn judged_ddp(
    folder: &Path,
    files: &[DdpFile],
    plant: &PlantRules,
) -> Result<Opened, DiscError> {
    let judged = ddp::judge(files, plant);
    let mut objections: Vec<String> = judged.objections.iter().map(ToString::to_string).collect();
    if files.len() > MAX_FILES {
        objections.push(format!("more than {MAX_FILES} files lie in the folder"));
    }
    let image = match &judged.image {
        None => None,
        Some(name) => {
            let path = folder.join(name);
            let file = File::open(&path).map_err(DiscError::at("open", &path))?;
            let sound = Sound::raw(&path, file)?;
            let frames = sound.frames();
            Some(Image::new(vec![(0, sound)], frames))
        }
    };
    let text = |kind, no| {
        let text = judged.plan.texts.first()?.text(kind, no);
        text.filter(|text: &String| !text.is_empty())
    };
    let of_tracks = |kind| {
        let tracks = 1..=judged.plan.tracks.len();
        tracks
            .map(|no| text(kind, no).unwrap_or_default())
            .collect()
    };
    let disc = ReadDisc {
        objections,
        titles: of_tracks(TextKind::Title),
        performers: of_tracks(TextKind::Performer),
        title: text(TextKind::Title, 0).unwrap_or_default(),
        plan: judged.plan,
    };
    Ok(Opened { disc, image })
}

/// The regular files of a folder by name; one more than the most that are read says that there are
/// too many.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, DiscError> {
    let entries = std::fs::read_dir(folder).map_err(DiscError::at("read", folder))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(DiscError::at("read", folder))?.path();
        if path.is_file() {
            found.push(path);
        }
        if found.len() > MAX_FILES {
            break;
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file to its end.
pub(super) fn summed(path: &Path) -> Result<DdpFile, DiscError> {
    let read = |e| DiscError::at("read", path)(e);
    let mut file = File::open(path).map_err(read)?;
    let mut sums = FileSums::default();
    let mut content = Vec::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let count = file.read(&mut block).map_err(read)?;
        if count == 0 {
            break;
        }
        sums.update(&block[..count]);
        if sums.bytes() <= MAX_DESCRIPTOR_BYTES {
            content.extend_from_slice(&block[..count]);
        }
    }
    let name = path.file_name().unwrap_or_default();
    Ok(DdpFile {
        name: name.to_string_lossy().into_owned(),
        content: (sums.bytes() <= MAX_DESCRIPTOR_BYTES).then_some(content),
        sums,
    })
}

/// Opens a CUE sheet and the files that it names, which lie beside it; `open` opens one of them by
/// its name there.
///
/// # Errors
/// A file that cannot be read. What is wrong with the sheet itself, or is not there, is an objection.
pub fn opened_cue(
    path: &Path,
    plant: &PlantRules,
    mut open: impl FnMut(&str) -> Result<Sound, DiscError>,
) -> Result<Opened, DiscError> {
    let sums = summed(path)?;
    let read = cue::read(sums.content.as_deref().unwrap_or_default());
    // A track without a performer of its own is the disc's.
    let whole = &read.sheet.texts;
    let of_tracks = |field: fn(&CueTexts) -> &String| {
        let tracks = read.sheet.tracks.iter().map(|track| field(&track.texts));
        tracks.cloned().collect::<Vec<String>>()
    };
    let mut disc = ReadDisc {
        objections: read.objections.iter().map(ToString::to_string).collect(),
        titles: of_tracks(|texts| &texts.title),
        performers: of_tracks(|texts| &texts.performer)
            .into_iter()
            .map(|own| {
                if own.is_empty() {
                    whole.performer.clone()
                } else {
                    own
                }
            })
            .collect(),
        title: whole.title.clone(),
        ..ReadDisc::default()
    };
    let sounds = sounds_of(path, &read.sheet, &mut open, &mut disc.objections)?;
    let Some(sounds) = sounds else {
        return Ok(Opened { disc, image: None });
    };
    let frames: Vec<u64> = sounds.iter().map(Sound::frames).collect();
    let laid = match read.sheet.lay(&frames) {
        Ok(laid) => laid,
        Err(problem) => {
            disc.objections.push(format!("CUE: {problem}"));
            return Ok(Opened { disc, image: None });
        }
    };
    disc.plan = laid.plan;
    if let Err(refusals) = Disc::new(disc.plan.clone(), plant) {
        disc.objections
            .extend(refusals.0.iter().map(ToString::to_string));
    }
    let parts = laid
        .files
        .iter()
        .map(|at| at.frames())
        .zip(sounds)
        .collect();
    let image = Image::new(parts, disc.plan.end.frames());
    Ok(Opened {
        disc,
        image: Some(image),
    })
}

/// The files of a sheet, or none where one is not there.
fn sounds_of(
    path: &Path,
    sheet: &CueSheet,
    open: &mut impl FnMut(&str) -> Result<Sound, DiscError>,
    said: &mut Vec<String>,
) -> Result<Option<Vec<Sound>>, DiscError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // A sheet may name one file for several tracks in a row, or again later.
    let mut missing = BTreeSet::new();
    let mut sounds = Vec::new();
    for file in &sheet.files {
        let name = file.name.as_str();
        let leads_out = name.is_empty() || name.contains(['/', '\\']) || name == "..";
        if leads_out || !folder.join(name).is_file() {
            missing.insert(name);
            continue;
        }
        let sound = open(name)?;
        let size = std::fs::metadata(folder.join(name)).map_or(0, |facts| facts.len());
        if file.kind != CueFileKind::Wave && !size.is_multiple_of(FRAME_BYTES) {
            said.push(format!(
                "{name} has {size} bytes, which are not whole samples"
            ));
        }
        sounds.push(match file.kind {
            CueFileKind::Motorola => sound.big_endian(),
            CueFileKind::Wave | CueFileKind::Binary => sound,
        });
    }
    for name in &missing {
        said.push(format!(
            "the sheet names {name:?}, which does not lie beside it"
        ));
    }
    Ok(missing.is_empty().then_some(sounds))
}

/// A track as a plant would cut it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackRead {
    /// Its number.
    pub no: usize,
    /// Where it starts.
    pub start: PqTime,
    /// Up to the next track's pregap, or start.
    pub length: PqTime,
    /// Title; empty where there is none.
    pub title: String,
    /// ISRC with hyphens; empty where there is none.
    pub isrc: String,
    /// Checksum of its samples from index 01 up to the next track's first mark.
    pub samples_sha256: String,
}

/// Reads every track.
///
/// # Errors
/// The sound cannot be read.
pub fn tracks(disc: &ReadDisc, image: &Image) -> Result<Vec<TrackRead>, DiscError> {
    let mut all = Vec::new();
    for (place, track) in disc.plan.tracks.iter().enumerate() {
        let end = disc.plan.end_of(place);
        all.push(TrackRead {
            no: place + 1,
            start: track.start,
            length: end.since(track.start).unwrap_or_default(),
            title: disc.titles.get(place).cloned().unwrap_or_default(),
            isrc: track.isrc.map(|isrc| isrc.to_string()).unwrap_or_default(),
            samples_sha256: image.sha256(track.start.frames(), end.frames())?,
        });
    }
    Ok(all)
}

/// Compares each track with a sound, in order; what differs comes as a sentence. Behind a sound the
/// track holds silence.
///
/// # Errors
/// A file cannot be read.
pub fn against(disc: &ReadDisc, image: &Image, sounds: &[Sound]) -> Result<Vec<String>, DiscError> {
    let mut said = Vec::new();
    if sounds.len() != disc.plan.tracks.len() {
        let (tracks, files) = (disc.plan.tracks.len(), sounds.len());
        said.push(format!(
            "the disc has {tracks} tracks, {files} files are compared with them"
        ));
    }
    for (place, (track, sound)) in disc.plan.tracks.iter().zip(sounds).enumerate() {
        let end = disc.plan.end_of(place).frames();
        if let Some(differs) = image.compare(track.start.frames(), end, sound)? {
            let (no, name) = (place + 1, sound.name());
            said.push(format!(
                "track {no} differs from {name} from {} on",
                time(differs)
            ));
        }
    }
    Ok(said)
}

/// Minutes, seconds and the sample of the second.
fn time(difference: Difference) -> String {
    let seconds = difference.frame / 44_100;
    let (minutes, second, sample) = (seconds / 60, seconds % 60, difference.frame % 44_100);
    format!("{minutes}:{second:02} (sample {sample} of that second)")
}

/// Compares two images over some frames.
pub(super) fn compare_images(
    one: &Image,
    other: &Image,
    from: u64,
    to: u64,
) -> Result<Option<Difference>, DiscError> {
    let mut frame = from;
    while frame < to {
        let next = (frame + PqTime::FRAMES_PER_SECTOR * 64).min(to);
        let mut bytes = Vec::new();
        one.pass(frame, next, |block| {
            bytes.extend_from_slice(block);
            Ok(())
        })?;
        let mut place = 0;
        let mut same = true;
        other.pass(frame, next, |block| {
            same &= bytes.get(place..place + block.len()) == Some(block);
            place += block.len();
            Ok(())
        })?;
        if !same {
            return Ok(Some(Difference { frame }));
        }
        frame = next;
    }
    Ok(None)
}
