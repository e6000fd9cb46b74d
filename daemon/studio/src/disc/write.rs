//! A disc as files: each format in a folder of its own, all of them or none.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use delivery::cd::cue::{CueEncoding, CueLayout, of_disc, write};
use delivery::cd::ddp::{DdpFile, Descriptors, FileSums, checksum_md5, names};
use delivery::cd::text::TextKind;
use delivery::cd::{Disc, PlantRules, PqTime};
use delivery::names::Names;
use soundfile::{AudioSpec, SampleType, WavWriter};

use super::again::read_again;
use super::image::{Image, Sound};
use super::read::{compare_images, judged_ddp, opened_cue, summed};
use super::{DiscError, create, pq_csv, pq_pdf};

/// What can be made of a disc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscFormat {
    /// A DDP 2.00 fileset.
    Ddp,
    /// One file of samples with a CUE sheet.
    CueBin,
    /// A WAV a track with a CUE sheet.
    CueWavs,
    /// The PQ sheet as PDF and CSV.
    Pq,
}

impl DiscFormat {
    /// The folder it stands in.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Ddp => "DDP",
            Self::CueBin => "CUE and BIN",
            Self::CueWavs => "CUE and WAV",
            Self::Pq => "PQ sheet",
        }
    }
}

/// Writes a disc into the folder `out`, which must not be there yet, each format in a folder of its
/// own. Every format that holds sound is read back and compared before the folder gets its name.
///
/// # Errors
/// A file that cannot be read or written, `out` that is there already, and what does not read back.
pub fn deliver(
    disc: &Disc,
    image: &Image,
    formats: &[DiscFormat],
    out: &Path,
) -> Result<(), DiscError> {
    durable::publish_folder(out, |draft| {
        for format in formats {
            write_format(disc, image, *format, &draft.join(format.folder()))?;
        }
        Ok(())
    })
}

/// A file whose bytes were summed while it was read back.
#[derive(Debug)]
pub(crate) struct Summed {
    /// The file.
    pub(crate) path: PathBuf,
    /// SHA-256 as 64 lower-case hex characters.
    pub(crate) sha256: String,
}

/// Writes one format into a folder, which it makes, and reads it back; gives the file that was summed meanwhile.
pub(crate) fn write_format(
    disc: &Disc,
    image: &Image,
    format: DiscFormat,
    folder: &Path,
) -> Result<Option<Summed>, DiscError> {
    std::fs::create_dir(folder).map_err(DiscError::at("make", folder))?;
    match format {
        DiscFormat::Ddp => return write_ddp(disc, image, folder).map(Some),
        DiscFormat::CueBin => write_cue_bin(disc, image, folder)?,
        DiscFormat::CueWavs => write_cue_wavs(disc, image, folder)?,
        DiscFormat::Pq => {
            put(&folder.join("PQ sheet.pdf"), &pq_pdf(disc)?)?;
            put(&folder.join("PQ sheet.csv"), &pq_csv(disc))?;
        }
    }
    Ok(None)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), DiscError> {
    create(path)?
        .write_all(bytes)
        .map_err(DiscError::at("write", path))
}

/// Writes frames `from..to` of the image as samples alone.
fn put_frames(path: &Path, image: &Image, from: PqTime, to: PqTime) -> Result<(), DiscError> {
    let mut file = create(path)?;
    image.pass(from.frames(), to.frames(), |block| {
        file.write_all(block).map_err(DiscError::at("write", path))
    })
}

/// The image is written, read again beside what was meant and summed as it is read: each of its bytes is hashed once.
fn write_ddp(disc: &Disc, image: &Image, folder: &Path) -> Result<Summed, DiscError> {
    let descriptors = Descriptors::of(disc)?;
    let mut sums = Vec::new();
    for (name, bytes) in descriptors.files() {
        put(&folder.join(name), bytes)?;
        sums.push((name, FileSums::of(bytes).md5()));
    }
    let path = folder.join(names::IMAGE);
    put_frames(&path, image, PqTime::ZERO, disc.end)?;
    let whole = read_again(&path, image, disc.end.frames())?;
    sums.push((names::IMAGE, whole.sums.md5()));
    put(&folder.join(names::SUMS), checksum_md5(&sums).as_bytes())?;
    let small = sums.iter().map(|(name, _)| *name);
    let small = small.filter(|name| *name != names::IMAGE);
    let mut files = Vec::new();
    for name in small.chain([names::SUMS]) {
        files.push(summed(&folder.join(name))?);
    }
    files.push(DdpFile {
        name: names::IMAGE.to_owned(),
        sums: whole.sums.finish(),
        content: None,
    });
    // The plant's limit was asked when the disc was made; here it is whether the bytes are its own.
    let plant = PlantRules {
        longest: PqTime::LAST,
    };
    let read = judged_ddp(folder, &files, &plant)?;
    if let Some(objection) = read.disc.objections.first() {
        return Err(DiscError::ReadBack(objection.text.clone()));
    }
    if read.disc.plan != **disc {
        return Err(DiscError::ReadBack("its tracks are others".to_owned()));
    }
    // Its bytes are the disc's, as they were compared.
    match read.image {
        Some(written) if written.frames() == disc.end.frames() => Ok(Summed {
            path,
            sha256: whole.sha256,
        }),
        Some(_) | None => Err(DiscError::ReadBack("its sound is not there".to_owned())),
    }
}

/// Refuses what was written where its sound is not the disc's.
fn same_sound(
    written: Option<&Image>,
    image: &Image,
    from: PqTime,
    disc: &Disc,
) -> Result<(), DiscError> {
    let said = |what: String| Err(DiscError::ReadBack(what));
    let Some(written) = written else {
        return said("its sound is not there".to_owned());
    };
    match compare_images(image, written, from.frames(), disc.end.frames())? {
        None => Ok(()),
        Some(difference) => said(format!(
            "its sound differs from frame {} on",
            difference.frame
        )),
    }
}

fn write_cue_bin(disc: &Disc, image: &Image, folder: &Path) -> Result<(), DiscError> {
    let name = Names::default().take(&title(disc), "bin");
    put_frames(&folder.join(&name), image, PqTime::FIRST_PREGAP, disc.end)?;
    put_cue(disc, CueLayout::Bin(&name), image, folder)
}

fn write_cue_wavs(disc: &Disc, image: &Image, folder: &Path) -> Result<(), DiscError> {
    let mut files = Vec::new();
    let mut taken = Names::default();
    let spec = AudioSpec {
        rate_hz: 44_100,
        channels: 2,
        sample: SampleType::I16,
    };
    for (place, track) in disc.tracks.iter().enumerate() {
        let no = place + 1;
        let title = ascii_title(disc, no).unwrap_or_default();
        let name = taken.take(&format!("{no:02} {title}"), "wav");
        let path = folder.join(&name);
        let mut wav =
            WavWriter::new(create(&path)?, spec, &[]).map_err(DiscError::at("write", &path))?;
        let from = track.first_mark().max(PqTime::FIRST_PREGAP);
        image.pass(from.frames(), disc.end_of(place).frames(), |block| {
            wav.write_raw(block).map_err(DiscError::at("write", &path))
        })?;
        wav.finish().map_err(DiscError::at("write", &path))?;
        files.push(name);
    }
    put_cue(disc, CueLayout::Wavs(&files), image, folder)
}

fn put_cue(
    disc: &Disc,
    layout: CueLayout<'_>,
    image: &Image,
    folder: &Path,
) -> Result<(), DiscError> {
    let sheet = of_disc(disc, layout);
    let path = folder.join(Names::default().take(&title(disc), "cue"));
    put(&path, &write(&sheet, CueEncoding::Latin1)?)?;
    let open = |name: &str| {
        let path = folder.join(name);
        let file = std::fs::File::open(&path).map_err(DiscError::at("open", &path))?;
        match layout {
            CueLayout::Bin(_) => Sound::raw(&path, file),
            CueLayout::Wavs(_) => Sound::wav(name, file),
        }
    };
    let read = opened_cue(
        &path,
        &PlantRules {
            longest: PqTime::LAST,
        },
        open,
    )?;
    if let Some(objection) = read.disc.objections.first() {
        return Err(DiscError::ReadBack(objection.text.clone()));
    }
    if read.disc.plan.tracks != disc.tracks || read.disc.plan.end != disc.end {
        return Err(DiscError::ReadBack("its tracks are others".to_owned()));
    }
    same_sound(read.image.as_ref(), image, PqTime::FIRST_PREGAP, disc)
}

/// What the files of a sheet are called: the disc's title, or its kind.
fn title(disc: &Disc) -> String {
    ascii_title(disc, 0).unwrap_or_else(|| "Disc".to_owned())
}

/// The title of the disc (0) or a track where it is plain ASCII: a sheet is ISO 8859-1 and names of
/// files are UTF-8, so that most readers would not find any other.
fn ascii_title(disc: &Disc, track: usize) -> Option<String> {
    let texts = disc.texts.first();
    let title = texts.and_then(|block| block.text(TextKind::Title, track));
    title.filter(|title| title.is_ascii())
}
