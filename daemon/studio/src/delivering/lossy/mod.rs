//! Files that hold nearly a song's samples: encoded, decoded, measured, and encoded again where their peaks pass the ceiling.

mod aac;
mod encode;
mod hear;
mod turned;

use std::fs::File;

use delivery::wish::Lossy;
use dsp::db_to_gain;
use measure::Measurements;

use super::DeliveryError;
use super::files::SongFile;
use super::side_by_side::each;

pub(super) use aac::is_there;

/// Gains that are tried before the delivery is given up.
const MOST_TRIES: u32 = 6;
/// What a gain is larger than the excess by, in dB: another gain is another encoding, whose peaks lie elsewhere by a few
/// hundredths.
const MARGIN_DB: f64 = 0.02;
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

/// How lossy files are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct LossyJob<'a> {
    pub(super) kind: Lossy,
    /// The highest true peak as it is decoded.
    pub(super) ceiling_dbtp: f64,
    pub(super) tags: Option<AlbumLoudness>,
    /// The studio's own encoder of AAC, and its words.
    pub(super) aac: &'a [String],
}

/// Writes a lossy file of each song.
///
/// Where one of them passes the ceiling, all of them are encoded again with one gain that holds it: a programme moves by one
/// gain only, so that its songs keep their levels to each other, and what runs on from song to song makes no step.
pub(super) fn write_lossy(
    songs: &[SongFile<'_>],
    job: LossyJob<'_>,
) -> Result<Vec<Heard>, DeliveryError> {
    let files = songs.iter().map(SongFile::create);
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let pairs: Vec<(&SongFile<'_>, &File)> = songs.iter().zip(&files).collect();
    let (mut gain_db, ceiling_dbtp) = (0.0, job.ceiling_dbtp);
    for _ in 0..MOST_TRIES {
        let heard = each(&pairs, |(song, file)| one(song, file, gain_db, job));
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
    let name = songs
        .first()
        .map_or(job.kind.title(), |song| song.name.as_str());
    Err(DeliveryError::read_back(
        name,
        format!("its decoded peaks pass {ceiling_dbtp:.2} dBTP however far it is turned down"),
    ))
}

/// Encodes a song and hears it.
fn one(
    song: &SongFile<'_>,
    file: &File,
    gain_db: f64,
    job: LossyJob<'_>,
) -> Result<Heard, DeliveryError> {
    file.set_len(0)
        .map_err(DeliveryError::at("write", &song.path))?;
    encode::encode(song, file, gain_db, job)?;
    let file = file
        .try_clone()
        .map_err(DeliveryError::at("read", &song.path))?;
    let mut heard = hear::hear(song, file, db_to_gain(gain_db), job.kind)?;
    heard.gain_db = gain_db;
    Ok(heard)
}
