//! A track: what it carries, how long, how often a second.

use serde::{Deserialize, Serialize};

use super::atoms::{Atoms, name, u16_at, u32_at, u64_at};
use super::sound::Layout;
use super::table::{Table, rows};

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// Pictures.
    Picture,
    /// Sound.
    Sound,
    /// Words over the picture: subtitles, captions, text.
    Text,
    /// A clock.
    Timecode,
    /// Anything else.
    Other,
}

/// A track of a film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovieTrack {
    /// What it carries.
    pub kind: TrackKind,
    /// The four letters of what it is coded as.
    pub codec: String,
    /// Length of what is shown of it, in seconds, from the beginning of the film.
    pub seconds: f64,
    /// When it begins within the film, in seconds.
    pub starts_seconds: f64,
    /// Where in its own material it begins, in seconds.
    pub skips_seconds: f64,
    /// Pieces that it is put together of; one for a track that simply plays.
    pub edits: usize,
    /// Width in pixels, of pictures.
    pub width_px: u32,
    /// Height in pixels, of pictures.
    pub height_px: u32,
    /// Pictures a second; none for what has none.
    pub frame_rate: Option<f64>,
    /// Whether each picture stands as long as the others.
    pub is_steady: bool,
    /// Channels, of sound.
    pub channels: u32,
    /// Rate in hertz, of sound.
    pub rate_hz: u32,
    /// Bits of a sample, of sound that is not packed.
    pub bits: u32,
    /// The end of the last byte of it in the file.
    pub reaches: u64,
}

/// Timescale and duration of an `mvhd` or `mdhd`.
pub(super) fn times(body: &[u8]) -> Option<(u32, u64)> {
    match body.first()? {
        0 => Some((u32_at(body, 12)?, u64::from(u32_at(body, 16)?))),
        1 => Some((u32_at(body, 20)?, u64_at(body, 24)?)),
        _ => None,
    }
}

/// A duration in seconds; 0 without a scale.
#[expect(
    clippy::cast_precision_loss,
    reason = "durations of films are far below 2^53 units"
)]
pub(super) fn seconds(duration: u64, scale: u32) -> f64 {
    if scale == 0 {
        return 0.0;
    }
    duration as f64 / f64::from(scale)
}

impl MovieTrack {
    /// Reads a `trak`; none where a part that every track has is missing.
    pub(super) fn read(trak: &[u8], film_scale: u32) -> Option<Self> {
        let mdia = Atoms::first(trak, b"mdia")?;
        let (scale, duration) = times(Atoms::first(mdia, b"mdhd")?)?;
        let handler: [u8; 4] = Atoms::first(mdia, b"hdlr")?.get(8..12)?.try_into().ok()?;
        let stbl = Atoms::along(mdia, &[b"minf", b"stbl"])?;
        let stsd = Atoms::first(stbl, b"stsd")?;
        let entry = stsd.get(8..)?;
        let codec: [u8; 4] = entry
            .get(4..8)
            .map_or(Some(*b"    "), |code| code.try_into().ok())?;
        let kind = kind_of(&handler, codec);
        let table = Table::read(stbl).unwrap_or_default();
        let layout = (kind == TrackKind::Sound)
            .then(|| Layout::read(entry))
            .flatten();
        let (width_px, height_px) = if kind == TrackKind::Picture {
            (u32::from(u16_at(entry, 32)?), u32::from(u16_at(entry, 34)?))
        } else {
            (0, 0)
        };
        let pace = (kind == TrackKind::Picture)
            .then(|| Pace::read(stbl, scale))
            .flatten();
        let edit = Edit::read(trak, (film_scale, scale));
        let length = seconds(duration, scale);
        let frame = layout.and_then(|layout| layout.pcm_frame_bytes());
        Some(Self {
            kind,
            codec: name(codec),
            seconds: edit.shows.unwrap_or(length) + edit.starts,
            starts_seconds: edit.starts,
            skips_seconds: edit.skips,
            edits: edit.pieces,
            width_px,
            height_px,
            frame_rate: pace.map(|pace| pace.rate),
            is_steady: pace.is_none_or(|pace| pace.is_steady),
            channels: layout.map_or(0, |layout| layout.channels),
            rate_hz: layout.map_or(0, |layout| layout.rate_hz),
            bits: layout.map_or(0, |layout| layout.bits),
            reaches: table.reaches(frame),
        })
    }

    /// What it is coded as, by the name that the trade uses.
    pub fn codec_name(&self) -> &str {
        match self.codec.as_str() {
            "apcn" => "ProRes 422",
            "apch" => "ProRes 422 HQ",
            "apcs" => "ProRes 422 LT",
            "apco" => "ProRes 422 Proxy",
            "ap4h" => "ProRes 4444",
            "ap4x" => "ProRes 4444 XQ",
            "avc1" | "avc3" => "H.264",
            "hvc1" | "hev1" => "H.265",
            "mp4v" => "MPEG-4 video",
            "jpeg" | "mjpa" | "mjpb" => "Motion JPEG",
            "AVdn" => "DNxHD",
            "AVdh" => "DNxHR",
            "sowt" | "twos" | "in24" | "in32" | "fl32" | "fl64" | "lpcm" | "raw" => "PCM",
            "mp4a" => "AAC",
            "alac" => "ALAC",
            other => other,
        }
    }
}

fn kind_of(handler: &[u8; 4], codec: [u8; 4]) -> TrackKind {
    match (handler, &codec) {
        (b"tmcd", _) | (_, b"tmcd") => TrackKind::Timecode,
        (b"vide", _) => TrackKind::Picture,
        (b"soun", _) => TrackKind::Sound,
        (b"text" | b"sbtl" | b"subt" | b"subp" | b"clcp", _) => TrackKind::Text,
        _ => TrackKind::Other,
    }
}

/// How often a second pictures change.
#[derive(Clone, Copy)]
struct Pace {
    rate: f64,
    is_steady: bool,
}

impl Pace {
    fn read(stbl: &[u8], scale: u32) -> Option<Self> {
        let stts = Atoms::first(stbl, b"stts")?;
        let mut runs: Vec<(u32, u32)> = rows(stts, 8)?
            .filter_map(|row| Some((u32_at(row, 0)?, u32_at(row, 4)?)))
            .filter(|(count, _)| *count > 0)
            .collect();
        // The last picture alone may stand for another time.
        if runs.len() > 1 && runs.last().is_some_and(|(count, _)| *count == 1) {
            runs.pop();
        }
        let count: u64 = runs.iter().map(|(count, _)| u64::from(*count)).sum();
        let units = runs
            .iter()
            .map(|(count, each)| u64::from(*count) * u64::from(*each))
            .fold(0, u64::saturating_add);
        let length = seconds(units, scale);
        let count = f64::from(u32::try_from(count).ok()?);
        (length > 0.0 && count > 0.0).then(|| Self {
            rate: count / length,
            is_steady: runs.len() == 1,
        })
    }
}

/// When a track begins in its film, and where in itself, by its list of edits.
struct Edit {
    starts: f64,
    /// How much of it plays; all of it where nothing is said.
    shows: Option<f64>,
    skips: f64,
    pieces: usize,
}

impl Edit {
    fn read(trak: &[u8], scales: (u32, u32)) -> Self {
        let list = Atoms::along(trak, &[b"edts", b"elst"]);
        let edit = list.and_then(|list| Self::of(list, scales));
        edit.unwrap_or(Self {
            starts: 0.0,
            shows: None,
            skips: 0.0,
            pieces: 1,
        })
    }

    /// The empty edits before the first piece, which count in the film's units, and where that begins, in the track's own.
    fn of(list: &[u8], (film_scale, media_scale): (u32, u32)) -> Option<Self> {
        let is_long = *list.first()? == 1;
        let bytes = if is_long { 20 } else { 12 };
        let mut edit = Self {
            starts: 0.0,
            shows: None,
            skips: 0.0,
            pieces: 0,
        };
        for row in rows(list, bytes)? {
            let (length, from) = if is_long {
                (u64_at(row, 0)?, u64_at(row, 8)?.cast_signed())
            } else {
                let from = u32_at(row, 4)?.cast_signed();
                (u64::from(u32_at(row, 0)?), i64::from(from))
            };
            if from >= 0 && length > 0 {
                *edit.shows.get_or_insert_default() += seconds(length, film_scale);
            }
            match u64::try_from(from) {
                Ok(from) if edit.pieces == 0 => {
                    edit.skips = seconds(from, media_scale);
                    edit.pieces = 1;
                }
                Err(_) if edit.pieces == 0 => edit.starts += seconds(length, film_scale),
                Ok(_) | Err(_) => edit.pieces += 1,
            }
        }
        Some(edit)
    }
}
