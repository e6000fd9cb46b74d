//! A song's rendered samples handed to each encoder.

use std::fs::File;

use delivery::Id3Version;
use delivery::wish::Lossy;
use dsp::db_to_gain;
use renderer::BLOCK_FRAMES;
use soundfile::{Mp3Encoder, OpusEncoder, OpusSettings};

use super::turned::Turned;
use super::{LossyJob, aac};
use crate::delivering::DeliveryError;
use crate::delivering::files::{GainKind, SongFile, gain_tags, picture};

/// What Opus is given in bits per second: stereo music is held to be transparent from 160,000 on.
const OPUS_BITS_PER_SECOND: u32 = 192_000;

/// Writes a song into its file, turned by a gain.
pub(super) fn encode(
    song: &SongFile<'_>,
    file: &File,
    gain_db: f64,
    job: LossyJob<'_>,
) -> Result<(), DeliveryError> {
    let mut tags = song.tags.clone();
    if let Some(album) = job.tags {
        let kind = match job.kind {
            Lossy::Mp3 | Lossy::Aac => GainKind::ReplayGain,
            Lossy::Opus => GainKind::R128,
        };
        tags.further = gain_tags(song.rendered, kind, album, gain_db);
    }
    let gain = db_to_gain(gain_db);
    match job.kind {
        Lossy::Mp3 => mp3(
            song,
            file,
            gain,
            &tags.id3v2_with(Id3Version::V23, song.cover),
        ),
        Lossy::Opus => {
            let comments = tags.vorbis_comments().into_iter();
            let comments = comments.map(|(name, value)| (name.to_owned(), value));
            opus(song, file, gain, comments.collect())
        }
        Lossy::Aac => aac::write(song, file, gain, (job.aac, &tags)),
    }
}

/// Hands out a song in blocks, turned by a gain.
pub(super) fn pass(
    song: &SongFile<'_>,
    source: &mut Turned<'_>,
    mut take: impl FnMut(&[&[f64]]) -> Result<(), DeliveryError>,
) -> Result<(), DeliveryError> {
    loop {
        let rows = source.next(BLOCK_FRAMES, &song.name)?;
        if rows.iter().all(|row| row.is_empty()) {
            return Ok(());
        }
        take(&rows)?;
    }
}

fn mp3(song: &SongFile<'_>, file: &File, gain: f64, tag: &[u8]) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::coder(&song.name);
    let mut source = Turned::new(song, gain)?;
    let spec = source.reader.spec();
    let encoder = Mp3Encoder::new(file, spec.rate_hz, spec.channels, tag);
    let mut encoder = encoder.map_err(wrong())?;
    pass(song, &mut source, |rows| {
        encoder.write_planar(rows).map_err(wrong())
    })?;
    encoder.finish().map_err(wrong())?;
    Ok(())
}

fn opus(
    song: &SongFile<'_>,
    mut file: &File,
    gain: f64,
    comments: Vec<(String, String)>,
) -> Result<(), DeliveryError> {
    use std::io::Seek as _;
    let wrong = || DeliveryError::coder(&song.name);
    // Encoded a second time, it begins at its beginning again.
    file.rewind()
        .map_err(DeliveryError::at("write", &song.path))?;
    let mut source = Turned::new(song, gain)?;
    let settings = OpusSettings {
        channels: source.reader.spec().channels,
        bits_per_second: OPUS_BITS_PER_SECOND,
        comments,
        picture: song.cover.map(picture),
    };
    let mut encoder = OpusEncoder::new(file, &settings).map_err(wrong())?;
    pass(song, &mut source, |rows| {
        encoder.write_planar(rows).map_err(wrong())
    })?;
    encoder.finish().map_err(wrong())?;
    Ok(())
}
