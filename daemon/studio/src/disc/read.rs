//! Discs as files that somebody made: opened, judged, and their tracks as a plant would cut them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use delivery::cd::ddp::{DdpFile, FileSums, MAX_DESCRIPTOR_BYTES};
use delivery::cd::{
    DiscObjection, DiscSound, FileBeside, PlantRules, PqTime, ReadDisc, SoundKind, Weight,
    read_cue, read_ddp,
};

use super::image::{Image, Sound};
use super::{Difference, DiscError};

/// Most files of a folder that are read as one disc: 99 tracks, and descriptors beside them.
const MAX_FILES: usize = 200;
/// Bytes that are read at once.
const BLOCK_BYTES: usize = 256 * 1024;

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
    let mut disc = read_ddp(files, plant);
    if files.len() > MAX_FILES {
        disc.objections.push(DiscObjection {
            text: format!("more than {MAX_FILES} files lie in the folder"),
            weight: Weight::Rule,
        });
    }
    let image = image_of(&disc, |sound| {
        let path = folder.join(&sound.name);
        let file = File::open(&path).map_err(DiscError::at("open", &path))?;
        Sound::raw(&path, file)
    })?;
    Ok(Opened { disc, image })
}

/// The sound of a disc; `open` opens a file of it, as it lies there. None where it is not known what sounds.
///
/// # Errors
/// What `open` says.
pub(crate) fn image_of(
    disc: &ReadDisc,
    mut open: impl FnMut(&DiscSound) -> Result<Sound, DiscError>,
) -> Result<Option<Image>, DiscError> {
    let mut parts = Vec::new();
    for sound in &disc.sounds {
        let opened = open(sound)?;
        let opened = match sound.kind {
            SoundKind::BigEndian => opened.big_endian(),
            SoundKind::LittleEndian | SoundKind::Headed => opened,
        };
        parts.push((sound.at.frames(), opened));
    }
    // A fileset's marks may lie where its image does not reach, which was objected to; a sheet's are laid by its files.
    let there = |(at, sound): &(u64, Sound)| at + sound.frames();
    let frames = match parts.as_slice() {
        [only] if only.0 == 0 => there(only),
        _ => disc.plan.end.frames(),
    };
    Ok((!parts.is_empty()).then(|| Image::new(parts, frames)))
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
    let file = File::open(path).map_err(DiscError::at("read", path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    summed_file(&name, file).map_err(DiscError::at("read", path))
}

/// Reads a file to its end, and keeps its bytes where they may be a descriptor's.
pub(crate) fn summed_file(name: &str, mut file: impl Read) -> io::Result<DdpFile> {
    let mut sums = FileSums::default();
    let mut content = Vec::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let count = file.read(&mut block)?;
        if count == 0 {
            break;
        }
        sums.update(&block[..count]);
        if sums.bytes() <= MAX_DESCRIPTOR_BYTES {
            content.extend_from_slice(&block[..count]);
        }
    }
    Ok(DdpFile {
        name: name.to_owned(),
        content: (sums.bytes() <= MAX_DESCRIPTOR_BYTES).then_some(content),
        sums: sums.finish(),
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
    let folder = path.parent().unwrap_or(Path::new("."));
    let sheet = summed(path)?.content.unwrap_or_default();
    let mut beside = Vec::new();
    for path in files_in(folder)? {
        let facts = std::fs::metadata(&path).map_err(DiscError::at("look at", &path))?;
        beside.push(FileBeside {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes: facts.len(),
            frames: None,
        });
    }
    let packs = |name: &str| summed(&folder.join(name)).ok()?.content;
    let mut disc = read_cue(&sheet, &beside, packs, plant);
    let mut measured = BTreeMap::new();
    for name in std::mem::take(&mut disc.unmeasured) {
        let sound = open(&name)?;
        if let Some(file) = beside.iter_mut().find(|file| file.name == name) {
            file.frames = Some(sound.frames());
        }
        measured.insert(name, sound);
    }
    if !measured.is_empty() {
        disc = read_cue(&sheet, &beside, packs, plant);
    }
    let image = image_of(&disc, |sound| match measured.get(&sound.name) {
        Some(opened) => opened.again().map_err(DiscError::at("open", path)),
        None => open(&sound.name),
    })?;
    Ok(Opened { disc, image })
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

/// The title of a track, from 1; empty where none is known.
pub(crate) fn title_of(disc: &ReadDisc, no: usize) -> &str {
    let words = no.checked_sub(1).and_then(|place| disc.tracks.get(place));
    words.map_or("", |words| words.title.as_str())
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
            title: title_of(disc, place + 1).to_owned(),
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
