//! The files of a disc that came: opened, read in the worker, and put together as a plant would hear them.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;

use delivery::cd::ddp::DdpFile;
use delivery::cd::{ReadDisc, Weight};
use worker::{DiscFile, DiscRequest, Loudness, MOST_DESCRIPTOR_BYTES, MOST_DISC_FILES};

use crate::disc::{DiscError, Image, Sound, image_of, summed_file};
use crate::jobs::take::worker_trouble;
use crate::jobs::{Shop, Trouble};

/// A file of a disc.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) file: File,
}

/// What describes a disc.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lead {
    /// The descriptors of a DDP fileset.
    Ddp,
    /// A CUE sheet, by its name.
    Cue(String),
}

impl Lead {
    /// What people call such a disc.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Ddp => "DDP",
            Self::Cue(_) => "CUE",
        }
    }

    fn sheet(&self) -> Option<String> {
        match self {
            Self::Ddp => None,
            Self::Cue(sheet) => Some(sheet.clone()),
        }
    }
}

/// What a disc that came is.
pub(super) enum Found {
    /// Something is not there; it may still be on its way.
    Lacks(String),
    /// Nobody can say what is on it.
    Breaks(String),
    /// A disc with its sound.
    Disc(Box<Opened>),
}

/// A disc with its sound.
pub(super) struct Opened {
    pub(super) disc: ReadDisc,
    pub(super) image: Image,
    /// Its files' sums: what it is, whatever it is called.
    pub(super) sum: String,
}

/// What belongs together where a disc lies.
pub(super) enum Belonging {
    /// The names of a disc's files.
    Disc(Vec<String>),
    /// A sheet whose files are a track each, and so mixes as they are; these are their names.
    Sheet(Box<ReadDisc>, Vec<String>),
}

impl Belonging {
    /// The names of its files.
    pub(super) fn names(&self) -> &[String] {
        match self {
            Self::Disc(names) | Self::Sheet(_, names) => names,
        }
    }
}

/// What belongs to a disc of the files that lie `there`; `take` opens one, and gives none where it is gone.
pub(super) fn belonging(
    shop: &Shop,
    lead: &Lead,
    there: &[String],
    take: impl FnOnce(&str) -> Result<Option<Part>, Trouble>,
) -> Result<Belonging, Trouble> {
    let names = |belongs: &dyn Fn(&String) -> bool| {
        let mine = there.iter().filter(|name| belongs(name));
        mine.take(MOST_DISC_FILES).cloned().collect::<Vec<String>>()
    };
    let Lead::Cue(sheet) = lead else {
        let belongs = |name: &String| {
            let is_sheet = intake::is_cue_sheet(name.as_ref());
            intake::may_be_of_disc(Path::new(name)) && !is_sheet
        };
        return Ok(Belonging::Disc(names(&belongs)));
    };
    let told = match take(sheet)? {
        Some(part) => Reading::of(shop, vec![part])?.told(shop, lead)?.ok(),
        None => None,
    };
    // A sheet that does not read is told of when its disc is opened.
    let told = told.unwrap_or_default();
    let belongs = |name: &String| {
        let is_named = told
            .names
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name));
        name == sheet || is_named || is_packs(name)
    };
    let names = names(&belongs);
    Ok(if told.names.is_empty() || told.is_cut {
        Belonging::Disc(names)
    } else {
        Belonging::Sheet(Box::new(told), names)
    })
}

/// Whether a file's name says that it holds the packs of CD-Text.
fn is_packs(name: &str) -> bool {
    let ending = Path::new(name).extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("cdt"))
}

/// Opens a disc by its files.
pub(super) fn open(shop: &Shop, lead: &Lead, parts: Vec<Part>) -> Result<Found, Trouble> {
    let mut reading = Reading::of(shop, parts)?;
    let mut disc = match reading.told(shop, lead)? {
        Ok(disc) => disc,
        Err(why) => return Ok(Found::Breaks(why)),
    };
    if !disc.unmeasured.is_empty() {
        for name in std::mem::take(&mut disc.unmeasured) {
            if let Err(why) = reading.measure(shop, &name)? {
                return Ok(Found::Breaks(why));
            }
        }
        disc = match reading.told(shop, lead)? {
            Ok(disc) => disc,
            Err(why) => return Ok(Found::Breaks(why)),
        };
    }
    for (weight, found) in [
        (Weight::Lacks, Found::Lacks as fn(String) -> Found),
        (Weight::Breaks, Found::Breaks),
    ] {
        let said: Vec<&str> = disc.that(weight).collect();
        if !said.is_empty() {
            return Ok(found(said.join("; ")));
        }
    }
    let image = image_of(&disc, |sound| reading.sound(&sound.name)).map_err(trouble)?;
    Ok(match image {
        Some(image) if !disc.plan.tracks.is_empty() => Found::Disc(Box::new(Opened {
            disc,
            image,
            sum: reading.sum(),
        })),
        Some(_) | None => Found::Breaks("no track of it can be found".to_owned()),
    })
}

/// A fault of this computer: the disc's own are told in words.
pub(super) fn trouble(error: DiscError) -> Trouble {
    Trouble::Again(crate::denied::chain(&error))
}

/// The files of a disc while it is read.
struct Reading {
    parts: Vec<(Part, DdpFile)>,
    /// Files with a head, decoded.
    measured: Vec<(String, Sound)>,
    /// The descriptors, one behind the other.
    given: File,
    files: Vec<DiscFile>,
}

impl Reading {
    fn of(shop: &Shop, parts: Vec<Part>) -> Result<Self, Trouble> {
        let mut given = shop.vault.scratch()?;
        let (mut all, mut files) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for mut part in parts {
            part.file.rewind()?;
            let mut summed = summed_file(&part.name, &part.file)?;
            let content = summed.content.take().filter(|content| {
                bytes += content.len() as u64;
                bytes <= MOST_DESCRIPTOR_BYTES
            });
            if let Some(content) = &content {
                given.write_all(content)?;
            }
            files.push(DiscFile {
                name: part.name.clone(),
                sums: summed.sums.clone(),
                is_given: content.is_some(),
                frames: None,
            });
            all.push((part, summed));
        }
        Ok(Self {
            parts: all,
            measured: Vec::new(),
            given,
            files,
        })
    }

    /// What the descriptors say, or why the worker that read them did not live to tell.
    fn told(&self, shop: &Shop, lead: &Lead) -> Result<Result<ReadDisc, String>, Trouble> {
        let request = DiscRequest {
            sheet: lead.sheet(),
            files: self.files.clone(),
        };
        match shop.workers.read_disc(&self.given, request) {
            Ok(disc) => Ok(Ok(disc)),
            Err(error) if error.finding().is_some() => {
                Ok(Err(format!("its descriptors could not be read ({error})")))
            }
            Err(error) => Err(worker_trouble(&error)),
        }
    }

    /// Decodes a file with a head; says why where it is no sound of a disc.
    fn measure(&mut self, shop: &Shop, name: &str) -> Result<Result<(), String>, Trouble> {
        let Some((part, _)) = self.parts.iter().find(|(part, _)| part.name == name) else {
            return Ok(Err(format!("{name} is missing")));
        };
        let (input, canonical) = (part.file.try_clone()?, shop.vault.scratch()?);
        let decoded = shop
            .workers
            .decode(input, canonical.try_clone()?, name, Loudness::Unread);
        match decoded {
            Ok(decoded) if !decoded.complete => {
                return Ok(Err(format!("{name} is not all there")));
            }
            Ok(_) => (),
            Err(error) => {
                return match error.finding() {
                    Some(finding) => Ok(Err(format!("{name}: {}", finding.engineer))),
                    None => Err(worker_trouble(&error)),
                };
            }
        }
        let sound = match Sound::wav(name, canonical) {
            Ok(sound) => sound,
            Err(error @ DiscError::NotOfADisc { .. }) => return Ok(Err(error.to_string())),
            Err(error) => return Err(trouble(error)),
        };
        if let Some(file) = self.files.iter_mut().find(|file| file.name == name) {
            file.frames = Some(sound.frames());
        }
        self.measured.push((name.to_owned(), sound));
        Ok(Ok(()))
    }

    fn sound(&self, name: &str) -> Result<Sound, DiscError> {
        let path = Path::new(name);
        if let Some((_, sound)) = self.measured.iter().find(|(known, _)| known == name) {
            return sound.again().map_err(DiscError::at("open", path));
        }
        let part = self.parts.iter().find(|(part, _)| part.name == name);
        let Some((part, _)) = part else {
            return Err(DiscError::ReadBack(format!("{name} is missing")));
        };
        let file = part.file.try_clone().map_err(DiscError::at("open", path))?;
        Sound::raw(path, file)
    }

    /// The sum of what is on the disc; of its checksums, which may come later, it does not depend.
    fn sum(&self) -> String {
        use sha2::Digest as _;
        let mut lines: Vec<String> = self
            .parts
            .iter()
            .filter(|(part, _)| !intake::is_disc_checksum(part.name.as_ref()))
            .map(|(part, summed)| format!("{} {}\n", summed.sums.md5, part.name))
            .collect();
        lines.sort();
        hex::encode(sha2::Sha256::digest(lines.concat()))
    }
}
