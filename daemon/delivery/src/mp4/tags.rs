use std::ops::Range;

use super::boxes::{boxed, boxes, inside};
use super::lead_in::smpb_box;
use crate::TrackTags;
use crate::picture::{FrontCover, PictureKind};
use crate::tags::Place;

/// Kinds of values: bytes, text in UTF-8, JPEG, PNG.
const BYTES: u32 = 0;
const TEXT: u32 = 1;
const JPEG: u32 = 13;
const PNG: u32 = 14;

/// Why a song's file took no tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTagged {
    /// Its boxes do not hold together, or there is no song in it.
    #[error("it is no whole MP4 file of one song")]
    NotWhole,
    /// Its places do not fit where they stand.
    #[error("it is too large for its own table of places")]
    TooLarge,
}

/// The file with these tags in place of those that its encoder wrote; its sound is not touched.
pub fn with_tags(
    file: &[u8],
    tags: &TrackTags,
    cover: Option<FrontCover<'_>>,
) -> Result<Vec<u8>, NotTagged> {
    let all = boxes(file, 0..file.len()).ok_or(NotTagged::NotWhole)?;
    if all.iter().any(|found| found.kind == *b"moof") {
        return Err(NotTagged::NotWhole);
    }
    let mut with_head = all.iter().filter(|found| found.kind == *b"moov");
    let (Some(moov), None) = (with_head.next(), with_head.next()) else {
        return Err(NotTagged::NotWhole);
    };
    let inner = boxes(file, moov.body.clone()).ok_or(NotTagged::NotWhole)?;
    let mut body = Vec::new();
    for part in inner.iter().filter(|part| part.kind != *b"udta") {
        body.extend(&file[part.whole.clone()]);
    }
    let kept = smpb_box(file).and_then(|found| file.get(found.whole));
    let mut entries = kept.map_or_else(Vec::new, <[u8]>::to_vec);
    entries.extend(list(tags, cover));
    body.extend(boxed(b"udta", &meta(&entries)));
    let mut head = boxed(b"moov", &body);
    let (old, new) = (moov.whole.len(), head.len());
    move_places(&mut head, moov.whole.end, (old, new))?;
    let mut out = file[..moov.whole.start].to_vec();
    out.extend(head);
    out.extend(&file[moov.whole.end..]);
    Ok(out)
}

fn meta(entries: &[u8]) -> Vec<u8> {
    let mut handler = vec![0; 8];
    handler.extend(b"mdirappl");
    handler.extend([0; 9]);
    let mut body = vec![0; 4];
    body.extend(boxed(b"hdlr", &handler));
    body.extend(boxed(b"ilst", entries));
    boxed(b"meta", &body)
}

/// Adds to every place behind `end` what the head has grown from its old length to its new one.
fn move_places(head: &mut [u8], end: usize, (old, new): (usize, usize)) -> Result<(), NotTagged> {
    let moov = inside(head, 0..head.len(), &[b"moov"]).ok_or(NotTagged::NotWhole)?;
    let parts = boxes(head, moov.body).ok_or(NotTagged::NotWhole)?;
    let tables: Vec<(Range<usize>, usize)> = parts
        .into_iter()
        .filter(|part| part.kind == *b"trak")
        .flat_map(|track| {
            [(b"stco", 4), (b"co64", 8)].map(|(kind, width)| {
                let path: [&[u8; 4]; 4] = [b"mdia", b"minf", b"stbl", kind];
                Some((inside(head, track.body.clone(), &path)?.body, width))
            })
        })
        .flatten()
        .collect();
    for (table, width) in tables {
        // Version and flags, then how many there are.
        let places = head.get_mut(table).and_then(|table| table.get_mut(8..));
        for place in places.unwrap_or(&mut []).chunks_exact_mut(width) {
            let at = place.iter().fold(0, |at, byte| at << 8 | u64::from(*byte));
            if at < end as u64 {
                continue;
            }
            let moved = (at + new as u64).checked_sub(old as u64);
            let bytes = moved.ok_or(NotTagged::NotWhole)?.to_be_bytes();
            let (high, low) = bytes.split_at(8 - width);
            if high.iter().any(|byte| *byte != 0) {
                return Err(NotTagged::TooLarge);
            }
            place.copy_from_slice(low);
        }
    }
    Ok(())
}

fn list(tags: &TrackTags, cover: Option<FrontCover<'_>>) -> Vec<u8> {
    let mut out = Vec::new();
    let texts: [(&[u8; 4], Option<&String>); 9] = [
        (b"\xa9nam", tags.title.as_ref()),
        (b"\xa9ART", tags.artist.as_ref()),
        (b"aART", tags.album_artist.as_ref()),
        (b"\xa9alb", tags.album.as_ref()),
        (b"\xa9day", tags.date.as_ref()),
        (b"\xa9wrt", tags.composer.as_ref()),
        (b"\xa9gen", tags.genre.as_ref()),
        (b"\xa9lyr", tags.lyrics.as_ref().map(|own| &own.plain)),
        (b"cprt", tags.copyright.as_ref()),
    ];
    for (kind, text) in texts {
        if let Some(text) = text {
            out.extend(boxed(kind, &data(TEXT, text.as_bytes())));
        }
    }
    for (kind, place, padding) in [(b"trkn", tags.track, 2), (b"disk", tags.disc, 0)] {
        if let Some(Place { no, of }) = place {
            let mut value = vec![0, 0];
            value.extend(no.to_be_bytes());
            value.extend(of.unwrap_or(0).to_be_bytes());
            value.extend(vec![0; padding]);
            out.extend(boxed(kind, &data(BYTES, &value)));
        }
    }
    let isrc = tags.isrc.map(|isrc| isrc.as_str().to_owned());
    let own = [
        ("ISRC", isrc.as_ref()),
        ("BARCODE", tags.barcode.as_ref()),
        ("CATALOGNUMBER", tags.catalogue_number.as_ref()),
        ("LABEL", tags.label.as_ref()),
        ("LYRICIST", tags.lyricist.as_ref()),
        ("PHONOGRAM", tags.phonogram.as_ref()),
    ];
    for (name, text) in own {
        if let Some(text) = text {
            out.extend(own_text(name, text));
        }
    }
    for (name, text) in &tags.further {
        out.extend(own_text(&name.to_lowercase(), text));
    }
    if let Some(cover) = cover {
        let kind = match cover.facts.kind {
            PictureKind::Jpeg => JPEG,
            PictureKind::Png => PNG,
        };
        out.extend(boxed(b"covr", &data(kind, cover.bytes)));
    }
    out
}

fn data(kind: u32, value: &[u8]) -> Vec<u8> {
    let mut body = kind.to_be_bytes().to_vec();
    // No country and no language.
    body.extend([0; 4]);
    body.extend(value);
    boxed(b"data", &body)
}

/// A text under a name of one's own.
fn own_text(name: &str, text: &str) -> Vec<u8> {
    let flagged = |text: &[u8]| [&[0; 4], text].concat();
    let mut body = boxed(b"mean", &flagged(b"com.apple.iTunes"));
    body.extend(boxed(b"name", &flagged(name.as_bytes())));
    body.extend(data(TEXT, text.as_bytes()));
    boxed(b"----", &body)
}
