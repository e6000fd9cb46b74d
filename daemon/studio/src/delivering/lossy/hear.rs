//! A lossy file as it is decoded: measured, and compared with what it was made from.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use delivery::mp4::{MOST_BYTES, lead_in_frames};
use delivery::wish::Lossy;
use measure::Meter;
use soundfile::{AudioSpec, Decoder, OpusDecoder};

use super::Heard;
use super::turned::Turned;
use crate::delivering::DeliveryError;
use crate::delivering::files::SongFile;
use crate::delivering::read_back::{same_isrc, same_lyrics};

/// How far below the song the difference lies at least, in dB. At 320 kbit/s it is 15 dB for noise and more for music; another
/// song, or the same one moved by a few samples, differs by as much as it is.
const DIFFERENCE_DB: f64 = -6.0;

/// A file while it is decoded.
enum Decoding {
    /// What plays exactly the frames that were encoded.
    Whole(Box<Decoder<File>>),
    Opus(Box<OpusDecoder<File>>),
    /// AAC: so many frames come before the song, and some behind it.
    Framed {
        decoder: Box<Decoder<File>>,
        before: u64,
        left: u64,
    },
}

impl Decoding {
    fn open(song: &SongFile<'_>, mut file: File, kind: Lossy) -> Result<Self, DeliveryError> {
        let name = song.name.as_str();
        let wrong = || DeliveryError::at("read", &song.path);
        let whole = |file| Decoder::open(file, name).map_err(DeliveryError::coder(name));
        match kind {
            Lossy::Mp3 => Ok(Self::Whole(Box::new(whole(file)?))),
            Lossy::Opus => {
                file.rewind().map_err(wrong())?;
                let decoder = OpusDecoder::open(file).map_err(DeliveryError::coder(name))?;
                Ok(Self::Opus(Box::new(decoder)))
            }
            Lossy::Aac => {
                let mut bytes = Vec::new();
                file.rewind().map_err(wrong())?;
                (&file)
                    .take(MOST_BYTES)
                    .read_to_end(&mut bytes)
                    .map_err(wrong())?;
                let before = lead_in_frames(&bytes).ok_or_else(|| {
                    DeliveryError::read_back(
                        name,
                        "its encoder does not say where the song begins; take one that writes an edit list or iTunSMPB",
                    )
                })?;
                Ok(Self::Framed {
                    decoder: Box::new(whole(file)?),
                    before,
                    left: song.rendered.written.frames,
                })
            }
        }
    }

    fn spec(&self) -> AudioSpec {
        match self {
            Self::Whole(decoder) | Self::Framed { decoder, .. } => decoder.format().spec,
            Self::Opus(decoder) => decoder.spec(),
        }
    }

    /// The code it carries; none where the reader of its kind passes codes over.
    fn isrc(&self) -> Option<Option<&str>> {
        match self {
            Self::Whole(decoder) => Some(decoder.tags().isrc.as_deref()),
            Self::Opus(decoder) => Some(decoder.tags().isrc.as_deref()),
            Self::Framed { .. } => None,
        }
    }

    /// The words it carries; none where the reader of its kind passes them over.
    fn lyrics(&self) -> Option<Option<&str>> {
        match self {
            Self::Whole(decoder) => Some(decoder.tags().lyrics.as_deref()),
            Self::Opus(decoder) => Some(decoder.tags().lyrics.as_deref()),
            Self::Framed { .. } => None,
        }
    }

    /// The next frames, one row a channel; none at the end.
    fn next(&mut self, name: &str, planar: &mut [Vec<f64>]) -> Result<usize, DeliveryError> {
        match self {
            Self::Whole(decoder) => block(decoder, name, planar),
            Self::Opus(decoder) => decoder
                .next_block(planar)
                .map_err(DeliveryError::coder(name)),
            Self::Framed {
                decoder,
                before,
                left,
            } => loop {
                let frames = block(decoder, name, planar)?;
                let dropped = before.min(&mut (frames as u64)).to_owned();
                *before -= dropped;
                let dropped = usize::try_from(dropped).unwrap_or(frames);
                let kept = (frames - dropped).min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= kept as u64;
                for row in planar.iter_mut() {
                    row.drain(..dropped);
                    row.truncate(kept);
                }
                if kept > 0 || frames == 0 || *left == 0 {
                    return Ok(kept);
                }
            },
        }
    }
}

fn block(
    decoder: &mut Decoder<File>,
    name: &str,
    planar: &mut [Vec<f64>],
) -> Result<usize, DeliveryError> {
    let block = decoder.next_block().map_err(DeliveryError::coder(name))?;
    let Some(block) = block else { return Ok(0) };
    block.planar(planar);
    Ok(block.frames())
}

/// Decodes a file, measures it, and compares it with what it was made from.
pub(super) fn hear(
    song: &SongFile<'_>,
    file: File,
    gain: f64,
    kind: Lossy,
) -> Result<Heard, DeliveryError> {
    let name = song.name.as_str();
    let mut decoding = Decoding::open(song, file, kind)?;
    if let Some(isrc) = decoding.isrc() {
        same_isrc(name, isrc, song.song.isrc)?;
    }
    if let Some(lyrics) = decoding.lyrics() {
        let own = song.tags.lyrics.as_ref();
        same_lyrics(name, lyrics, own.map(|own| own.plain.as_str()))?;
    }
    let spec = decoding.spec();
    let meter = Meter::new(spec.rate_hz, u32::from(spec.channels));
    let mut meter = meter.map_err(DeliveryError::coder(name))?;
    let mut source = Turned::new(song, gain)?;
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    let (mut power, mut difference, mut frames) = (0.0, 0.0, 0);
    loop {
        let read = decoding.next(name, &mut planar)?;
        if read == 0 {
            break;
        }
        let rows: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
        meter.feed(&rows);
        frames += read as u64;
        let given = source.next(read, name)?;
        for (given, decoded) in given.iter().zip(&rows) {
            for (given, decoded) in given.iter().zip(*decoded) {
                power += given * given;
                difference += (given - decoded) * (given - decoded);
            }
        }
    }
    let rendered = song.rendered.written.frames;
    if frames != rendered {
        return Err(DeliveryError::read_back(
            name,
            format!("it plays {frames} frames, and {rendered} were rendered"),
        ));
    }
    let apart_db = 10.0 * (difference / power).log10();
    if power > 0.0 && apart_db > DIFFERENCE_DB {
        return Err(DeliveryError::read_back(
            name,
            format!("it differs from the song by {apart_db:.1} dB of it"),
        ));
    }
    let words = if power > 0.0 && difference > 0.0 {
        format!("decoded again: as long to the sample, and the song but for {apart_db:.1} dB")
    } else {
        "decoded again: as long to the sample, and the song".to_owned()
    };
    Ok(Heard {
        measured: meter.finish(),
        gain_db: 0.0,
        words,
    })
}
