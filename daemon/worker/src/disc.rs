//! In the child: reads the descriptors of a disc that somebody else made. Its sound is not looked at here: samples alone
//! are nothing that could be read wrongly, and a file of sound with a head is decoded by itself.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use delivery::cd::ddp::{DdpFile, MAX_DESCRIPTOR_BYTES, Sums};
use delivery::cd::{FileBeside, PlantRules, PqTime, ReadDisc, read_cue, read_ddp};
use serde::{Deserialize, Serialize};

use crate::protocol::Reply;

/// Most files of one disc: 99 tracks, and descriptors beside them.
pub const MOST_DISC_FILES: usize = 200;
/// Most bytes of all descriptors of a disc.
pub const MOST_DESCRIPTOR_BYTES: u64 = 8 * 1024 * 1024;

/// A file that belongs to a disc.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DiscFile {
    /// Its name.
    pub name: String,
    /// Length and sums of its bytes.
    pub sums: Sums,
    /// Whether its bytes come with the request.
    pub is_given: bool,
    /// Its length as sound of 44.1 kHz, where it has a head and somebody has opened it.
    pub frames: Option<u64>,
}

/// A disc to be read: its files, and which of them leads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DiscRequest {
    /// The CUE sheet by its name; none for a DDP fileset.
    pub sheet: Option<String>,
    /// The files. The bytes of those that are given lie one behind the other.
    pub files: Vec<DiscFile>,
}

impl DiscRequest {
    /// Whether an answer is one to this request: within its limits, and about its files.
    pub(crate) fn takes(&self, told: &ReadDisc) -> bool {
        let is_there = |name: &String| self.files.iter().any(|file| file.name == *name);
        let mut sounds = told.sounds.iter().map(|sound| &sound.name);
        told.is_sound() && sounds.all(is_there) && told.unmeasured.iter().all(is_there)
    }
}

/// Reads the descriptors of a disc.
pub(crate) fn read(input: File, request: &DiscRequest) -> Reply {
    match files(input, request) {
        Ok(files) => Reply::Disc(Box::new(judge(request, &files))),
        Err(error) => Reply::Failed {
            step: "read the disc".to_owned(),
            os_error: error.raw_os_error(),
            what: error.to_string(),
        },
    }
}

fn files(mut input: File, request: &DiscRequest) -> io::Result<Vec<DdpFile>> {
    input.rewind()?;
    let mut all = Vec::new();
    for file in request.files.iter().take(MOST_DISC_FILES) {
        let content = match file.is_given {
            false => None,
            true if file.sums.bytes > MAX_DESCRIPTOR_BYTES => {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            true => {
                let mut bytes = Vec::new();
                (&input).take(file.sums.bytes).read_to_end(&mut bytes)?;
                Some(bytes)
            }
        };
        all.push(DdpFile {
            name: file.name.clone(),
            sums: file.sums.clone(),
            content,
        });
    }
    Ok(all)
}

fn judge(request: &DiscRequest, files: &[DdpFile]) -> ReadDisc {
    // Whether a plant would press it is not asked of what comes in.
    let plant = PlantRules {
        longest: PqTime::LAST,
    };
    let Some(sheet) = &request.sheet else {
        return read_ddp(files, &plant);
    };
    let content = |name: &str| {
        let file = files.iter().find(|file| file.name == name)?;
        file.content.clone()
    };
    let beside: Vec<FileBeside> = request
        .files
        .iter()
        .map(|file| FileBeside {
            name: file.name.clone(),
            bytes: file.sums.bytes,
            frames: file.frames,
        })
        .collect();
    let bytes = content(sheet).unwrap_or_default();
    read_cue(&bytes, &beside, content, &plant)
}
