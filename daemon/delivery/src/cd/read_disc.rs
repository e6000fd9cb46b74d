//! A disc of others as its descriptors say it: what is on it, where its sound lies, and what is wrong.

#[cfg(test)]
mod tests;
mod weight;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::weight::Weight;
pub use self::words::Words;
use super::cue::{self, CueFileKind, CueSheet, ReadCue};
use super::ddp::{self, DdpFile};
use super::disc::MAX_TRACKS;
use super::text::{self, TextBlock};
use super::{Disc, DiscPlan, PlannedTrack, PlantRules, PqTime};
use crate::Ean;

/// Most objections that are told.
const MOST_OBJECTIONS: usize = 200;
/// Most tracks that are told of a disc that is none.
const MOST_TRACKS: usize = 1_000;
/// Longest text of a disc, in characters.
const TEXT_MAX: usize = 300;
/// Bytes of a frame of sound: two samples of 16 bits.
const FRAME_BYTES: u64 = 4;

/// Something that is wrong with a disc.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscObjection {
    /// The sentence.
    pub text: String,
    /// How much it weighs.
    pub weight: Weight,
}

impl DiscObjection {
    fn new(weight: Weight, what: &impl fmt::Display) -> Self {
        Self {
            text: what.to_string(),
            weight,
        }
    }
}

impl fmt::Display for DiscObjection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How the sound of a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoundKind {
    /// A file of sound with a head.
    Headed,
    /// Samples of 16 bits alone, little-endian.
    LittleEndian,
    /// The same, big-endian.
    BigEndian,
}

/// A file of the disc's sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscSound {
    /// Its name among the files.
    pub name: String,
    /// How it is written.
    pub kind: SoundKind,
    /// Where it begins on the disc.
    pub at: PqTime,
}

/// A file that lies where the descriptors lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBeside {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its length as sound of 44.1 kHz, where it has a head and somebody has opened it.
    pub frames: Option<u64>,
}

/// A disc as its files say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadDisc {
    /// What is wrong.
    pub objections: Vec<DiscObjection>,
    /// The disc, as far as it can be read.
    pub plan: DiscPlan,
    /// What it is called.
    pub words: Words,
    /// What its tracks are called, in their order.
    pub tracks: Vec<Words>,
    /// The files of its sound, as the descriptors name them.
    pub names: Vec<String>,
    /// Whether its tracks have to be cut out of these: anything but a file with a head for each.
    pub is_cut: bool,
    /// Where its sound lies; nothing where that cannot be told.
    pub sounds: Vec<DiscSound>,
    /// Files with a head whose length must be known first: nothing is laid before.
    pub unmeasured: Vec<String>,
}

impl ReadDisc {
    /// The sentences of what is wrong.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        self.objections.iter().map(|one| one.text.as_str())
    }

    /// The sentences that weigh this much.
    pub fn that(&self, weight: Weight) -> impl Iterator<Item = &str> {
        let weighs = self
            .objections
            .iter()
            .filter(move |one| one.weight == weight);
        weighs.map(|one| one.text.as_str())
    }

    /// Whether it keeps the limits of what a reader tells: what came through a process that may be in an attacker's
    /// hands is held against them. Only a disc that nobody can cut may have its marks in disorder.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_broken = self.that(Weight::Breaks).next().is_some();
        let words = self.tracks.iter().chain([&self.words]).cloned();
        let is_line = |text: &mut String| is_line(text);
        (is_broken || self.is_in_order())
            && self.objections.len() <= MOST_OBJECTIONS
            && self.tracks.len() <= MOST_TRACKS
            && words
                .into_iter()
                .all(|mut words| words.all().into_iter().all(is_line))
    }

    fn is_in_order(&self) -> bool {
        let plan = &self.plan;
        let in_order = |pair: &[PlannedTrack]| match pair {
            [one, next] => one.start < next.first_mark() && next.first_mark() <= next.start,
            _ => true,
        };
        let ends = |last: &PlannedTrack| last.start < plan.end;
        plan.tracks.len() <= MAX_TRACKS
            && plan.tracks.windows(2).all(in_order)
            && plan.tracks.last().is_none_or(ends)
    }

    fn object(&mut self, weight: Weight, what: &impl fmt::Display) {
        if self.objections.len() < MOST_OBJECTIONS {
            self.objections.push(DiscObjection::new(weight, what));
        }
    }

    /// Makes every text a line of its own.
    fn tidied(mut self) -> Self {
        for words in self.tracks.iter_mut().chain([&mut self.words]) {
            for text in words.all() {
                if !is_line(text) {
                    *text = line(text);
                }
            }
        }
        self
    }
}

fn is_line(text: &str) -> bool {
    text.chars().count() <= TEXT_MAX && !text.contains(char::is_control)
}

fn line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_MAX)
        .collect();
    plain.trim().to_owned()
}

/// Reads a DDP fileset by the files of its folder.
pub fn read_ddp(files: &[DdpFile], plant: &PlantRules) -> ReadDisc {
    let judged = ddp::judge(files, plant);
    let mut read = ReadDisc::default();
    for objection in &judged.objections {
        read.object(objection.weight(), objection);
    }
    if let Some(block) = judged.plan.texts.first() {
        read.words = Words::of_block(block, 0);
        let tracks = 1..=judged.plan.tracks.len();
        read.tracks = tracks.map(|no| Words::of_block(block, no)).collect();
    }
    read.tracks
        .resize_with(judged.plan.tracks.len(), Words::default);
    for (words, track) in read.tracks.iter_mut().zip(&judged.plan.tracks) {
        words.isrc = track.isrc;
    }
    read.is_cut = true;
    read.names = judged.image.iter().cloned().collect();
    read.sounds = judged
        .image
        .into_iter()
        .map(|name| DiscSound {
            name,
            kind: SoundKind::LittleEndian,
            at: PqTime::ZERO,
        })
        .collect();
    read.plan = judged.plan;
    read.tracks.truncate(MOST_TRACKS);
    read.tidied()
}

/// Reads a CUE sheet with the files that lie beside it, and the packs of the CD-Text file that it may name.
pub fn read_cue(
    sheet: &[u8],
    beside: &[FileBeside],
    packs: impl FnOnce(&str) -> Option<Vec<u8>>,
    plant: &PlantRules,
) -> ReadDisc {
    let ReadCue { sheet, objections } = cue::read(sheet);
    let mut read = ReadDisc {
        words: Words::of_sheet(&sheet.texts),
        tracks: tracks_of(&sheet),
        names: names_of(&sheet),
        is_cut: is_cut(&sheet),
        ..ReadDisc::default()
    };
    for objection in &objections {
        read.object(objection.fault.weight(), objection);
    }
    let ean = sheet.catalog.as_deref();
    read.plan.ean = ean.and_then(|ean| Ean::parse(ean).ok());
    let texts = texts_of(&sheet, packs, &mut read);
    let Some(found) = found(&sheet, beside, &mut read) else {
        return read.tidied();
    };
    let frames: Option<Vec<u64>> = found.iter().map(|(_, frames)| *frames).collect();
    let Some(frames) = frames else {
        return read.tidied();
    };
    match sheet.lay(&frames) {
        Ok(laid) => {
            read.plan = laid.plan;
            read.sounds = sounds_of(&sheet, &found, &laid.files);
        }
        Err(problem) => {
            read.object(Weight::Breaks, &format_args!("CUE: {problem}"));
            return read.tidied();
        }
    }
    if let Err(refusals) = Disc::new(read.plan.clone(), plant) {
        for refusal in &refusals.0 {
            read.object(refusal.weight(), refusal);
        }
    }
    read.plan.texts = texts;
    read.tidied()
}

/// What the tracks of a sheet are called; one without a performer of its own is the disc's.
fn tracks_of(sheet: &CueSheet) -> Vec<Words> {
    let of_disc = Words {
        performer: sheet.texts.performer.clone(),
        ..Words::default()
    };
    let words = |track: &cue::CueTrack| Words {
        isrc: track.isrc,
        ..Words::of_sheet(&track.texts).or(of_disc.clone())
    };
    sheet.tracks.iter().map(words).collect()
}

fn names_of(sheet: &CueSheet) -> Vec<String> {
    let mut names: Vec<String> = sheet.files.iter().map(|file| file.name.clone()).collect();
    names.dedup();
    names
}

/// Whether a file of a sheet is samples alone, or several tracks start in it.
fn is_cut(sheet: &CueSheet) -> bool {
    let starts = |place: usize| {
        let indexes = sheet.tracks.iter().flat_map(|track| &track.indexes);
        let is_start = |index: &&cue::CueIndex| index.file == place && index.number == 1;
        indexes.filter(is_start).count()
    };
    let mut files = sheet.files.iter().enumerate();
    files.any(|(place, file)| file.kind != CueFileKind::Wave || starts(place) > 1)
}

/// The CD-Text that a sheet names; fills up what the sheet itself does not say.
fn texts_of(
    sheet: &CueSheet,
    packs: impl FnOnce(&str) -> Option<Vec<u8>>,
    read: &mut ReadDisc,
) -> Vec<TextBlock> {
    let Some(name) = &sheet.cd_text_file else {
        return Vec::new();
    };
    let Some(bytes) = packs(name) else {
        read.object(
            Weight::Lacks,
            &format_args!("the sheet names the CD-Text {name:?}, which does not lie beside it"),
        );
        return Vec::new();
    };
    let text = text::read(&bytes);
    for objection in &text.objections {
        read.object(Weight::Rule, objection);
    }
    if let Some(block) = text.blocks.first() {
        read.words = std::mem::take(&mut read.words).or(Words::of_block(block, 0));
        for (no, words) in (1..).zip(&mut read.tracks) {
            *words = std::mem::take(words).or(Words::of_block(block, no));
        }
    }
    text.blocks
}

/// Each file of a sheet as it lies beside it, with its length where that is known; none where one is missing.
fn found<'b>(
    sheet: &CueSheet,
    beside: &'b [FileBeside],
    read: &mut ReadDisc,
) -> Option<Vec<(&'b FileBeside, Option<u64>)>> {
    let mut all = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for file in &sheet.files {
        let name = file.name.as_str();
        let Some(there) = named(beside, name) else {
            // A sheet may name one file for several tracks in a row, or again later.
            if !missing.contains(&name) {
                missing.push(name);
            }
            continue;
        };
        if file.kind == CueFileKind::Wave {
            if there.frames.is_none() && !read.unmeasured.contains(&there.name) {
                read.unmeasured.push(there.name.clone());
            }
            all.push((there, there.frames));
            continue;
        }
        if !there.bytes.is_multiple_of(FRAME_BYTES) {
            let bytes = there.bytes;
            let said = format_args!("{name} has {bytes} bytes, which are not whole samples");
            read.object(Weight::Breaks, &said);
        }
        all.push((there, Some(there.bytes / FRAME_BYTES)));
    }
    for name in &missing {
        let said = format_args!("the sheet names {name:?}, which does not lie beside it");
        read.object(Weight::Lacks, &said);
    }
    missing.is_empty().then_some(all)
}

/// A file by its name; disks that know no case change it.
fn named<'b>(beside: &'b [FileBeside], name: &str) -> Option<&'b FileBeside> {
    let exact = beside.iter().find(|file| file.name == name);
    exact.or_else(|| {
        beside
            .iter()
            .find(|file| file.name.eq_ignore_ascii_case(name))
    })
}

fn sounds_of(
    sheet: &CueSheet,
    found: &[(&FileBeside, Option<u64>)],
    at: &[PqTime],
) -> Vec<DiscSound> {
    let files = sheet.files.iter().zip(found).zip(at);
    files
        .map(|((file, (there, _)), at)| DiscSound {
            name: there.name.clone(),
            kind: match file.kind {
                CueFileKind::Wave => SoundKind::Headed,
                CueFileKind::Binary => SoundKind::LittleEndian,
                CueFileKind::Motorola => SoundKind::BigEndian,
            },
            at: *at,
        })
        .collect()
}
