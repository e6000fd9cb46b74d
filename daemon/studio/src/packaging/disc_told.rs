//! What a plant reads of a disc: tracks, gaps, codes and texts, out of the fileset itself.

use std::path::Path;

use delivery::cd::text::TextKind;
use delivery::cd::{Copying, Emphasis, PlantRules, PqTime, ReadDisc};
use measure::{Overview, OverviewBuilder};
use serde::{Deserialize, Serialize};

use crate::disc::{DiscError, Image, opened_ddp};

/// A disc as its fileset says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscTold {
    /// Its title in CD-Text, where it has one.
    pub title: Option<String>,
    /// Its performer in CD-Text, where it has one.
    pub performer: Option<String>,
    /// The EAN; none where the fileset has none.
    pub ean: Option<String>,
    /// Its length, `MM:SS:FF`.
    pub length: String,
    /// Its tracks.
    pub tracks: Vec<TrackTold>,
    /// What a plant would send it back for.
    pub objections: Vec<String>,
}

/// A track of it. Seconds count from the image's first sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackTold {
    /// Its number.
    pub no: usize,
    /// Its title in CD-Text.
    pub title: Option<String>,
    /// Its performer in CD-Text.
    pub performer: Option<String>,
    /// The recording's code.
    pub isrc: Option<String>,
    /// Index 00, where the gap before it begins.
    pub gap_from: Option<String>,
    /// Index 01.
    pub start: String,
    /// The same in seconds.
    pub start_seconds: f64,
    /// Index 02 and on.
    pub indexes: Vec<String>,
    /// How long it is up to the next, `MM:SS:FF`.
    pub length: String,
    /// What the disc says about copies and pre-emphasis, where that is not the usual.
    pub flags: Vec<String>,
}

/// Reads the fileset in `folder` as a plant would, with the outline of its sound.
pub(super) fn read(folder: &Path, plant: &PlantRules) -> Result<(DiscTold, Overview), DiscError> {
    let opened = opened_ddp(folder, plant)?;
    let image = opened.image.ok_or_else(|| {
        DiscError::ReadBack("the fileset names no image that can be read".to_owned())
    })?;
    let overview = outline(&image)?;
    Ok((told(&opened.disc), overview))
}

fn outline(image: &Image) -> Result<Overview, DiscError> {
    let mut overview = OverviewBuilder::new(44_100, 2);
    image.pass(0, image.frames(), |block| {
        let sample = |bytes: &[u8]| f64::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0;
        let left: Vec<f64> = block.chunks_exact(4).map(sample).collect();
        let right: Vec<f64> = block
            .chunks_exact(4)
            .map(|frame| sample(&frame[2..]))
            .collect();
        overview.feed(&[&left, &right]);
        Ok(())
    })?;
    Ok(overview.finish())
}

fn told(disc: &ReadDisc) -> DiscTold {
    let plan = &disc.plan;
    let text = |kind, no| {
        let text = plan.texts.first()?.text(kind, no);
        text.filter(|text: &String| !text.is_empty())
    };
    let ends = plan.tracks.iter().skip(1).map(|track| track.start);
    let ends = ends.chain([plan.end]);
    let tracks = plan.tracks.iter().zip(ends).zip(1..);
    DiscTold {
        title: text(TextKind::Title, 0),
        performer: text(TextKind::Performer, 0),
        ean: plan.ean.map(|ean| ean.to_string()),
        length: plan.end.to_string(),
        tracks: tracks
            .map(|((track, end), no)| TrackTold {
                no,
                title: text(TextKind::Title, no),
                performer: text(TextKind::Performer, no),
                isrc: track.isrc.map(|isrc| isrc.to_string()),
                gap_from: track.pregap.map(|at| at.to_string()),
                start: track.start.to_string(),
                start_seconds: seconds(track.start),
                indexes: track.indexes.iter().map(ToString::to_string).collect(),
                length: end.since(track.start).unwrap_or(PqTime::ZERO).to_string(),
                flags: flags(track.copying, track.emphasis),
            })
            .collect(),
        objections: disc.said().map(str::to_owned).collect(),
    }
}

fn seconds(at: PqTime) -> f64 {
    f64::from(at.sectors()) / 75.0
}

fn flags(copying: Copying, emphasis: Emphasis) -> Vec<String> {
    let copying = match copying {
        Copying::Prohibited => None,
        Copying::Permitted => Some("copies permitted"),
        Copying::Once => Some("one copy permitted (SCMS)"),
    };
    let emphasis = (emphasis == Emphasis::Fifty15).then_some("pre-emphasis 50/15");
    copying
        .into_iter()
        .chain(emphasis)
        .map(str::to_owned)
        .collect()
}
