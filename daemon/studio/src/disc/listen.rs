//! A disc to be listened to: a WAV a track as a player plays it, and what the disc says beside.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use delivery::cd::{Copying, DiscPlan, Emphasis, PlannedTrack, PqTime, ReadDisc};
use delivery::names::Names;
use delivery::wav_chunks::info;
use delivery::{Place, TrackTags};
use soundfile::{AudioSpec, Chunk, SampleType, WavWriter};

use super::image::Image;
use super::read::title_of;
use super::{DiscError, create};

/// What the disc says, among the files to listen to.
pub const TOLD: &str = "Disc.txt";

/// A stretch of a disc to listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listened {
    /// The track; 0 for what lies before the first.
    pub no: usize,
    /// Its file.
    pub file: String,
    /// Where on the disc it begins.
    pub from: PqTime,
    /// How long it is, with the gap behind it.
    pub length: PqTime,
    /// How much of that is the next track's gap, in which players count backwards.
    pub gap: PqTime,
}

/// Writes a WAV for each track into the folder `out`, which must not be there yet: from its index 01 to that of the next, so
/// that files played one after the other are the disc, gaps and all. What sounds before the first track, behind the two
/// seconds of every disc, has a file of its own. [`TOLD`] says everything else that is on the disc.
///
/// # Errors
/// A file that cannot be read or written, and `out` that is there already.
pub fn listen(disc: &ReadDisc, image: &Image, out: &Path) -> Result<Vec<Listened>, DiscError> {
    let mut all = Vec::new();
    durable::publish_folder(out, |folder| {
        all = stretches(disc, image);
        for one in &all {
            let path = folder.join(&one.file);
            let frames = one.from.frames()..one.from.frames() + one.length.frames();
            write_wav(disc, one.no, create(&path)?, |wav| {
                image.pass(frames.start, frames.end, |block| {
                    wav.write_raw(block).map_err(DiscError::at("write", &path))
                })
            })?;
        }
        let path = folder.join(TOLD);
        let told = told(disc, &all);
        create(&path)?
            .write_all(told.as_bytes())
            .map_err(DiscError::at("write", &path))
    })?;
    Ok(all)
}

/// What lies before the first track, then each track to the next, each with its own name for a file; nothing that the
/// image does not hold.
pub(crate) fn stretches(disc: &ReadDisc, image: &Image) -> Vec<Listened> {
    let mut names = Names::default();
    let mut all = unnamed(&disc.plan, image.frames());
    for one in &mut all {
        let title = title(disc, one.no);
        one.file = names.take(&format!("{:02} {title}", one.no), "wav");
    }
    all
}

fn unnamed(plan: &DiscPlan, frames: u64) -> Vec<Listened> {
    let there =
        |at: PqTime| PqTime::from_sectors(sectors_before(at, frames)).unwrap_or(PqTime::ZERO);
    let starts = plan.tracks.iter().map(|track| track.start);
    let mut marks: Vec<PqTime> = starts.chain([plan.end]).map(there).collect();
    let mut gaps: Vec<Option<PqTime>> = plan.tracks.iter().map(|track| track.pregap).collect();
    let mut no = 1;
    if marks
        .first()
        .is_some_and(|first| *first > PqTime::FIRST_PREGAP)
    {
        marks.insert(0, PqTime::FIRST_PREGAP);
        gaps.insert(0, None);
        no = 0;
    }
    // A gap belongs to the track that it stands before, and sounds behind the one before that.
    let gaps = gaps.into_iter().skip(1).chain([None]);
    let mut all = Vec::new();
    for (pair, gap) in marks.windows(2).zip(gaps) {
        let &[from, to] = pair else { continue };
        let gap = gap.map_or(PqTime::ZERO, |gap| {
            to.since(there(gap).max(from)).unwrap_or_default()
        });
        if let Some(length) = to.since(from).filter(|length| *length > PqTime::ZERO) {
            all.push(Listened {
                no,
                file: String::new(),
                from,
                length,
                gap: if no == 0 { PqTime::ZERO } else { gap },
            });
        }
        no += 1;
    }
    all
}

/// The sectors before a mark that an image of so many frames holds.
fn sectors_before(at: PqTime, frames: u64) -> u32 {
    let whole = u32::try_from(frames / PqTime::FRAMES_PER_SECTOR).unwrap_or(u32::MAX);
    at.sectors().min(whole)
}

fn title(disc: &ReadDisc, no: usize) -> String {
    match title_of(disc, no) {
        "" if no == 0 => "Before the first track".to_owned(),
        "" => "Track".to_owned(),
        title => title.to_owned(),
    }
}

fn tags(disc: &ReadDisc, no: usize) -> TrackTags {
    let plan = &disc.plan;
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let place = no.checked_sub(1);
    let performer = place.and_then(|place| disc.tracks.get(place));
    let track = place.and_then(|place| plan.tracks.get(place));
    TrackTags {
        title: Some(title(disc, no)),
        artist: performer.and_then(|words| known(&words.performer)),
        album: known(&disc.words.title),
        track: u16::try_from(no).ok().map(|no| Place {
            no,
            of: u16::try_from(plan.tracks.len()).ok(),
        }),
        isrc: track.and_then(|track| track.isrc),
        ..TrackTags::default()
    }
}

/// Writes a WAV of a track (0 for what lies before the first) with what the disc says of it; `fill` puts the sound in.
pub(crate) fn write_wav(
    disc: &ReadDisc,
    no: usize,
    file: File,
    fill: impl FnOnce(&mut WavWriter<File>) -> Result<(), DiscError>,
) -> Result<(), DiscError> {
    let spec = AudioSpec {
        rate_hz: 44_100,
        channels: 2,
        sample: SampleType::I16,
    };
    let chunk = info(&tags(disc, no), "Lacquer");
    let chunk = Chunk {
        id: chunk.id,
        bytes: chunk.body,
    };
    let path = Path::new("a track");
    let wav = WavWriter::new(file, spec, &[chunk]);
    let mut wav = wav.map_err(DiscError::at("write", path))?;
    fill(&mut wav)?;
    wav.finish().map_err(DiscError::at("write", path))?;
    Ok(())
}

/// Everything that the disc says, in lines.
pub(crate) fn told(disc: &ReadDisc, all: &[Listened]) -> String {
    let plan = &disc.plan;
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a string takes every line");
    line(format!("Length      {}", plan.end));
    line(format!("Tracks      {}", plan.tracks.len()));
    let ean = plan.ean.map_or("-".to_owned(), |ean| ean.to_string());
    line(format!("EAN         {ean}"));
    for one in all {
        line(String::new());
        line(one.file.clone());
        line(format!("  from      {}", one.from));
        line(format!("  length    {}", one.length));
        if one.gap > PqTime::ZERO {
            line(format!("  gap       {}, at its end", one.gap));
        }
        let track = one
            .no
            .checked_sub(1)
            .and_then(|place| plan.tracks.get(place));
        let Some(track) = track else { continue };
        codes(track).into_iter().for_each(&mut line);
    }
    for (place, block) in plan.texts.iter().enumerate() {
        line(String::new());
        line(format!(
            "CD-Text {} (language {:#04x})",
            place + 1,
            block.language
        ));
        for kind in block.strings.keys() {
            for no in 0..=plan.tracks.len() {
                if let Some(text) = block.text(*kind, no).filter(|text| !text.is_empty()) {
                    let whose = if no == 0 {
                        "disc".to_owned()
                    } else {
                        format!("{no:02}")
                    };
                    line(format!("  {whose:<6} {:<12} {text}", kind.word()));
                }
            }
        }
    }
    if !disc.objections.is_empty() {
        line(String::new());
        line("Objections".to_owned());
        for objection in &disc.objections {
            line(format!("  {objection}"));
        }
    }
    out
}

fn codes(track: &PlannedTrack) -> Vec<String> {
    let isrc = track.isrc.map_or("-".to_owned(), |isrc| isrc.to_string());
    let mut said = vec![format!("  ISRC      {isrc}")];
    for (no, at) in (2..).zip(&track.indexes) {
        said.push(format!("  index {no:02}  {at}"));
    }
    match track.copying {
        Copying::Prohibited => {}
        Copying::Permitted => said.push("  copies    permitted".to_owned()),
        Copying::Once => said.push("  copies    once (SCMS)".to_owned()),
    }
    if track.emphasis == Emphasis::Fifty15 {
        said.push(
            "  its samples have pre-emphasis, which a player takes back and this file does not"
                .to_owned(),
        );
    }
    said
}
