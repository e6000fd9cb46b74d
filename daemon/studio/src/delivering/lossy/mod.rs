//! Files that hold nearly a song's samples: encoded, decoded, measured, and encoded again where their peaks pass the ceiling.

use std::fs::File;

use delivery::Id3Version;
use dsp::db_to_gain;
use measure::{Measurements, Meter};
use renderer::BLOCK_FRAMES;
use soundfile::{Decoder, Mp3Encoder, WavReader};

use super::DeliveryError;
use super::files::{SongFile, gain_tags};
use super::read_back::same_isrc;
use super::side_by_side::each;

/// Gains that are tried before the delivery is given up.
const MOST_TRIES: u32 = 6;
/// What a gain is larger than the excess by, in dB: another gain is another encoding, whose peaks lie elsewhere by a few
/// hundredths.
const MARGIN_DB: f64 = 0.02;
/// How far below the song the difference lies at least, in dB. At 320 kbit/s it is 15 dB for noise and more for music; another
/// song, or the same one moved by a few samples, differs by as much as it is.
const DIFFERENCE_DB: f64 = -6.0;

/// What gain tags are made of; none where no tags are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct AlbumLoudness {
    pub(super) lufs: Option<f64>,
    pub(super) peak_dbtp: Option<f64>,
}

/// A lossy file as it is decoded.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) measured: Measurements,
    /// What its encoder was given, against what was rendered.
    pub(super) gain_db: f64,
    pub(super) words: String,
}

/// Writes an MP3 of each song.
///
/// Where one of them passes the ceiling, all of them are encoded again with one gain that holds it: a programme moves by one
/// gain only, so that its songs keep their levels to each other, and what runs on from song to song makes no step.
pub(super) fn write_mp3s(
    songs: &[SongFile<'_>],
    ceiling_dbtp: f64,
    tags: Option<AlbumLoudness>,
) -> Result<Vec<Heard>, DeliveryError> {
    let files = songs.iter().map(SongFile::create);
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let pairs: Vec<(&SongFile<'_>, &File)> = songs.iter().zip(&files).collect();
    let mut gain_db = 0.0;
    for _ in 0..MOST_TRIES {
        let heard = each(&pairs, |(song, file)| one(song, file, gain_db, tags));
        let mut heard = heard
            .into_iter()
            .collect::<Result<Vec<_>, DeliveryError>>()?;
        let peaks = heard
            .iter()
            .filter_map(|heard| heard.measured.true_peak_dbtp);
        let highest = peaks.fold(f64::NEG_INFINITY, f64::max);
        if highest <= ceiling_dbtp {
            if gain_db < 0.0 {
                for heard in &mut heard {
                    heard.words += &format!(
                        "; all songs were encoded {:.2} dB lower, so that no decoded peak passes {ceiling_dbtp:.2} dBTP",
                        -gain_db
                    );
                }
            }
            return Ok(heard);
        }
        gain_db -= highest - ceiling_dbtp + MARGIN_DB;
    }
    let name = songs.first().map_or("MP3", |song| song.name.as_str());
    Err(DeliveryError::read_back(
        name,
        format!("its decoded peaks pass {ceiling_dbtp:.2} dBTP however far it is turned down"),
    ))
}

fn one(
    song: &SongFile<'_>,
    file: &File,
    gain_db: f64,
    tags: Option<AlbumLoudness>,
) -> Result<Heard, DeliveryError> {
    file.set_len(0)
        .map_err(DeliveryError::at("write", &song.path))?;
    let mut told = song.tags.clone();
    if let Some(album) = tags {
        told.further = gain_tags(song.rendered, album.lufs, album.peak_dbtp, gain_db);
    }
    encode(
        song,
        file,
        db_to_gain(gain_db),
        &told.id3v2_with(Id3Version::V23, song.cover),
    )?;
    let file = file
        .try_clone()
        .map_err(DeliveryError::at("read", &song.path))?;
    let mut heard = hear(song, file, db_to_gain(gain_db))?;
    heard.gain_db = gain_db;
    Ok(heard)
}

/// Hands out a song's rendered samples in blocks, turned by a gain.
struct Turned<'a> {
    reader: WavReader<&'a File>,
    rows: Vec<Vec<f64>>,
    gain: f64,
}

impl<'a> Turned<'a> {
    fn new(song: &SongFile<'a>, gain: f64) -> Result<Self, DeliveryError> {
        let reader = song.rendered.reader(&song.name)?;
        let rows = vec![Vec::new(); usize::from(reader.spec().channels)];
        Ok(Self { reader, rows, gain })
    }

    fn next(&mut self, frames: usize, name: &str) -> Result<Vec<&[f64]>, DeliveryError> {
        let read = self.reader.read_planar(&mut self.rows, frames);
        let read = read.map_err(DeliveryError::coder(name))?;
        let gain = self.gain;
        for row in &mut self.rows {
            row.truncate(read);
            row.iter_mut().for_each(|sample| *sample *= gain);
        }
        Ok(self.rows.iter().map(Vec::as_slice).collect())
    }
}

fn encode(song: &SongFile<'_>, file: &File, gain: f64, tag: &[u8]) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::coder(&song.name);
    let mut source = Turned::new(song, gain)?;
    let spec = source.reader.spec();
    let encoder = Mp3Encoder::new(file, spec.rate_hz, spec.channels, tag);
    let mut encoder = encoder.map_err(wrong())?;
    loop {
        let rows = source.next(BLOCK_FRAMES, &song.name)?;
        if rows.iter().all(|row| row.is_empty()) {
            break;
        }
        encoder.write_planar(&rows).map_err(wrong())?;
    }
    encoder.finish().map_err(wrong())?;
    Ok(())
}

/// Decodes a file, measures it, and compares it with what it was made from.
fn hear(song: &SongFile<'_>, file: File, gain: f64) -> Result<Heard, DeliveryError> {
    let name = song.name.as_str();
    let mut decoder = Decoder::open(file, name).map_err(DeliveryError::coder(name))?;
    same_isrc(name, decoder.tags().isrc.as_deref(), song.song.isrc)?;
    let spec = decoder.format().spec;
    let meter = Meter::new(spec.rate_hz, u32::from(spec.channels));
    let mut meter = meter.map_err(DeliveryError::coder(name))?;
    let mut source = Turned::new(song, gain)?;
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    let (mut power, mut difference, mut frames) = (0.0, 0.0, 0);
    while let Some(block) = decoder.next_block().map_err(DeliveryError::coder(name))? {
        block.planar(&mut planar);
        let rows: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
        meter.feed(&rows);
        frames += block.frames() as u64;
        let given = source.next(block.frames(), name)?;
        for (given, decoded) in given.iter().zip(&rows) {
            for (given, decoded) in given.iter().zip(*decoded) {
                power += given * given;
                difference += (given - decoded) * (given - decoded);
            }
        }
    }
    let rendered = song.rendered.made.written.frames;
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
