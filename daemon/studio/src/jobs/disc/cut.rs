//! A disc's tracks as mixes: each from where a player starts it to where it starts the next.

use std::ops::Range;
use std::path::Path;

use delivery::cd::{Emphasis, Weight};
use mastering::Project;
use measure::{Finding, file_findings};
use vault::Write;

use super::set::{Opened, trouble};
use crate::disc::{DiscError, Image, Listened, stretches, write_wav};
use crate::jobs::place::Place;
use crate::jobs::take::id;
use crate::jobs::{Shop, Trouble, room_for};

/// Bytes of a frame: two samples of 16 bits.
const FRAME_BYTES: u64 = 4;

/// What became of a disc.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// The checks of its mixes.
    pub(super) jobs: Vec<Write>,
    /// The mixes.
    pub(super) all: Vec<Listened>,
    /// What there is to say about the disc.
    pub(super) findings: Vec<Finding>,
}

/// Cuts a disc: a mix for each track, and one for what sounds before the first. The gap behind a track stays with it,
/// unless it is silence to the last bit. `place` is where the disc lies; `inner` goes before the names of its mixes.
pub(super) fn cut(
    shop: &Shop,
    project: &Project,
    place: &Place,
    (inner, name): (&str, &str),
    opened: &Opened,
) -> Result<Cut, Trouble> {
    let Opened { disc, image, .. } = opened;
    let mut made = Cut::default();
    for one in stretches(disc, image) {
        let frames = heard(image, &one)?;
        if frames.is_empty() {
            continue;
        }
        let bytes = (frames.end - frames.start) * FRAME_BYTES;
        room_for(&shop.vault, bytes)?;
        let mut scratch = shop.vault.scratch()?;
        let path = Path::new(&one.file);
        write_wav(disc, one.no, scratch.try_clone()?, |wav| {
            image.pass(frames.start, frames.end, |block| {
                wav.write_raw(block).map_err(DiscError::at("write", path))
            })
        })
        .map_err(trouble)?;
        let stored = shop.vault.store(project.id.as_str(), "mix", &mut scratch)?;
        let inner = format!("{inner}{}", one.file);
        let original = id(&stored.sha256)?;
        let check = place.check_of(project, &inner, &opened.sum, original);
        made.jobs.push(check);
        made.all.push(one);
    }
    made.findings = findings(name, opened);
    Ok(made)
}

/// The frames of a stretch that are kept: without a gap of silence behind it; none of silence before the first track.
fn heard(image: &Image, one: &Listened) -> Result<Range<u64>, Trouble> {
    let (from, end) = (one.from.frames(), one.from.frames() + one.length.frames());
    let gap = match one.no {
        0 => from,
        _ => end - one.gap.frames(),
    };
    let keeps = gap < end && !is_silent(image, gap..end)?;
    Ok(from..if keeps { end } else { gap })
}

fn is_silent(image: &Image, frames: Range<u64>) -> Result<bool, Trouble> {
    let mut is_silent = true;
    image
        .pass(frames.start, frames.end, |block| {
            is_silent &= block.iter().all(|byte| *byte == 0);
            Ok(())
        })
        .map_err(trouble)?;
    Ok(is_silent)
}

fn findings(name: &str, opened: &Opened) -> Vec<Finding> {
    let disc = &opened.disc;
    let rules = disc.that(Weight::Rule);
    let mut findings: Vec<Finding> = rules
        .map(|said| file_findings::disc_rule(name, said))
        .collect();
    let tracks = (1..).zip(&disc.plan.tracks);
    let emphasised: Vec<usize> = tracks
        .filter(|(_, track)| track.emphasis == Emphasis::Fifty15)
        .map(|(no, _)| no)
        .collect();
    if !emphasised.is_empty() {
        findings.push(file_findings::pre_emphasis(name, &emphasised));
    }
    findings
}
