//! Files that hold a song's samples as they were rendered.

use std::fs::File;

use delivery::Id3Version;
use delivery::wish::Lossless;
use renderer::BLOCK_FRAMES;
use soundfile::{AiffWriter, AudioSpec, Chunk, FlacEncoder, FlacSettings, WavWriter};

use super::files::{SongFile, picture, wav_chunks};
use super::read_back::{Expected, read_back};
use super::{Delivery, DeliveryError};

/// Writes one and decodes it again; what was compared, in a sentence.
pub(super) fn write(
    delivery: &Delivery<'_>,
    kind: Lossless,
    song: &SongFile<'_>,
) -> Result<String, DeliveryError> {
    let file = song.create()?;
    match kind {
        Lossless::Wav => wav(delivery, song, WavWriter::new, &file)?,
        Lossless::Bw64 => wav(delivery, song, WavWriter::bw64, &file)?,
        Lossless::Flac => flac(song, &file)?,
        Lossless::Aiff => aiff(song, &file)?,
    }
    let expected = Expected {
        samples_sha256: &song.rendered.written.samples_sha256,
        frames: song.rendered.written.frames,
        // An AIFF file keeps its code in an ID3 chunk, which the reader of AIFF passes over.
        isrc: song.song.isrc.filter(|_| kind != Lossless::Aiff),
        // Broadcast WAVs hold none, and those of AIFF stand in the same chunk.
        lyrics: song
            .tags
            .lyrics
            .as_ref()
            .filter(|_| kind == Lossless::Flac)
            .map(|own| own.plain.as_str()),
    };
    read_back(file, &song.name, &expected)?;
    Ok("decoded again: every sample is the one that was rendered".to_owned())
}

/// Hands the rendered samples on as they are.
fn pass(
    song: &SongFile<'_>,
    mut take: impl FnMut(&[u8]) -> Result<(), DeliveryError>,
) -> Result<(), DeliveryError> {
    let mut reader = song.rendered.reader(&song.name)?;
    loop {
        let bytes = reader
            .next_raw(BLOCK_FRAMES)
            .map_err(DeliveryError::coder(&song.name))?;
        if bytes.is_empty() {
            return Ok(());
        }
        take(bytes)?;
    }
}

fn spec(song: &SongFile<'_>) -> Result<AudioSpec, DeliveryError> {
    Ok(song.rendered.reader(&song.name)?.spec())
}

/// How a WAV is begun.
type Begin<'f> = fn(&'f File, AudioSpec, &[Chunk]) -> std::io::Result<WavWriter<&'f File>>;

fn wav<'f>(
    delivery: &Delivery<'_>,
    song: &SongFile<'_>,
    begin: Begin<'f>,
    file: &'f File,
) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::at("write", &song.path);
    let chunks = wav_chunks(delivery, song);
    let mut writer = begin(file, spec(song)?, &chunks).map_err(wrong())?;
    pass(song, |bytes| writer.write_raw(bytes).map_err(wrong()))?;
    writer.finish().map_err(wrong())?;
    Ok(())
}

fn flac(song: &SongFile<'_>, file: &File) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::coder(&song.name);
    let comments = song.tags.vorbis_comments().into_iter();
    let settings = FlacSettings {
        frames: Some(song.rendered.written.frames),
        comments: comments
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        picture: song.cover.map(picture),
        ..FlacSettings::new(spec(song)?)
    };
    let mut encoder = FlacEncoder::new(file, &settings).map_err(wrong())?;
    pass(song, |bytes| encoder.write_raw(bytes).map_err(wrong()))?;
    encoder.finish().map_err(wrong())?;
    Ok(())
}

fn aiff(song: &SongFile<'_>, file: &File) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::coder(&song.name);
    let text = |id: &[u8; 4], text: Option<&String>| {
        text.map(|text| Chunk {
            id: *id,
            bytes: text.clone().into_bytes(),
        })
    };
    let name = text(b"NAME", song.tags.title.as_ref());
    let author = text(b"AUTH", song.tags.artist.as_ref());
    let id3 = Chunk {
        id: *b"ID3 ",
        bytes: song.tags.id3v2_with(Id3Version::V23, song.cover),
    };
    let texts: Vec<Chunk> = name.into_iter().chain(author).chain([id3]).collect();
    let mut writer = AiffWriter::new(file, spec(song)?, &texts).map_err(wrong())?;
    pass(song, |bytes| writer.write_raw(bytes).map_err(wrong()))?;
    writer.finish().map_err(wrong())?;
    Ok(())
}
