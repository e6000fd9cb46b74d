//! The delivery report: what was made, its figures and checksums, for programs and on paper.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paper::{PaperError, Row, Sheet};
use serde::Serialize;

use super::Delivery;
use crate::disc::Summed;

/// What was delivered.
#[derive(Debug, Serialize)]
pub struct Delivered {
    /// The release's title.
    pub title: String,
    /// Its artist.
    pub artist: Option<String>,
    /// Its EAN.
    pub ean: Option<String>,
    /// Its catalogue number.
    pub catalogue_number: Option<String>,
    /// The profile, where it has a title.
    pub profile: Option<String>,
    /// When, by the studio's clocks.
    pub made_at: String,
    /// The engine that rendered it.
    pub engine_revision: &'static str,
    /// Songs' files and whole sides.
    pub files: Vec<FileMade>,
    /// Audio CDs.
    pub discs: Vec<DiscMade>,
    /// What was moved, filled or turned.
    pub said: Vec<String>,
    /// What breaks the profile's figures.
    pub objections: Vec<String>,
    /// Discs' images, summed while they were read back.
    #[serde(skip)]
    pub(crate) summed: Vec<Summed>,
}

/// One file: of sound, or of a session.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileMade {
    /// The format, as it was asked for.
    pub format: String,
    /// Its place in the folder.
    pub path: String,
    /// The disc, from 1; 0 for what belongs to none.
    pub disc: u32,
    /// The track, from 1; none for a whole disc, and for what is no sound.
    pub track: Option<u32>,
    /// The song's title, or the disc's.
    pub title: String,
    /// What it is to its song, where it goes beside one and is as long as it to the sample.
    pub beside: Option<String>,
    /// The recording's code.
    pub isrc: Option<String>,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// SHA-256 of its samples; none for a lossy file.
    pub samples_sha256: Option<String>,
    /// Frames.
    pub frames: u64,
    /// Rate in hertz.
    pub rate_hz: u32,
    /// Integrated loudness, of a lossy file as it is decoded.
    pub integrated_lufs: Option<f64>,
    /// Loudness range.
    pub lra_lu: Option<f64>,
    /// True peak, of a lossy file as it is decoded.
    pub true_peak_dbtp: Option<f64>,
    /// Samples beyond full scale, which integers clamp.
    pub clipped_samples: u64,
    /// What an encoder was given, against what was rendered.
    pub gain_db: f64,
    /// How it was read back.
    pub read_back: String,
}

/// One audio CD.
#[derive(Debug, Serialize)]
pub struct DiscMade {
    /// Its number, from 1.
    pub disc: u32,
    /// Folders it stands in.
    pub folders: Vec<String>,
    /// Its length, `MM:SS:FF`.
    pub length: String,
    /// Its tracks.
    pub tracks: Vec<DiscTrack>,
}

/// A track of an audio CD; places are `MM:SS:FF` from its first sector.
#[derive(Debug, Serialize)]
pub struct DiscTrack {
    /// Its number.
    pub no: usize,
    /// Index 0, where there is one.
    pub pregap: Option<String>,
    /// Index 1.
    pub start: String,
    /// Index 2 and on.
    pub indexes: Vec<String>,
    /// The recording's code.
    pub isrc: Option<String>,
}

/// Digits of a checksum that fit beside its file on paper.
const SHOWN_DIGITS: usize = 12;

impl Delivered {
    /// SHA-256 of the files in a delivery's folder that were summed as they lie there.
    pub(super) fn known_sums(&self, folder: &Path) -> BTreeMap<PathBuf, &str> {
        let files = self.files.iter();
        let files = files.map(|file| (folder.join(&file.path), file.sha256.as_str()));
        let images = self.summed.iter();
        let images = images.map(|image| (image.path.clone(), image.sha256.as_str()));
        files.chain(images).collect()
    }

    pub(super) fn new(delivery: &Delivery<'_>) -> Self {
        let (release, title) = (delivery.release, &delivery.profile.title);
        Self {
            title: release.title.clone(),
            artist: release.artist.clone(),
            ean: release.ean.map(|ean| ean.to_string()),
            catalogue_number: release.catalogue_number.clone(),
            profile: (!title.is_empty()).then(|| title.clone()),
            made_at: delivery.made_at.to_string(),
            engine_revision: engine::ENGINE_REVISION,
            files: Vec::new(),
            discs: Vec::new(),
            said: Vec::new(),
            objections: Vec::new(),
            summed: Vec::new(),
        }
    }

    /// Holds the files against the profile's figures.
    pub(super) fn judge(&mut self, delivery: &Delivery<'_>) {
        let figures = delivery.profile.figures;
        let mut objections = Vec::new();
        for file in &self.files {
            let mut object = |why: String| objections.push(format!("{}: {why}", file.path));
            if file.clipped_samples > 0 {
                object(format!(
                    "{} samples pass full scale; turn the song down by `gain_db`",
                    file.clipped_samples
                ));
            }
            let peak = file.true_peak_dbtp.zip(figures.true_peak_max_dbtp);
            if let Some((peak, most)) = peak.filter(|(peak, most)| peak > most) {
                object(format!(
                    "its true peak of {peak:.2} dBTP passes {most:.2} dBTP"
                ));
            }
            let lufs = file.integrated_lufs.zip(figures.loudest_lufs);
            if let Some((lufs, most)) = lufs.filter(|(lufs, most)| lufs > most) {
                object(format!("its {lufs:.2} LUFS are louder than {most:.2} LUFS"));
            }
            let lufs = file.integrated_lufs.zip(figures.quietest_lufs);
            if let Some((lufs, least)) = lufs.filter(|(lufs, least)| lufs < least) {
                object(format!(
                    "its {lufs:.2} LUFS are quieter than {least:.2} LUFS"
                ));
            }
        }
        self.objections.extend(objections);
    }

    /// The report on paper.
    pub(super) fn pdf(&self) -> Result<Vec<u8>, PaperError> {
        let known = [
            ("Title", Some(self.title.clone())),
            ("Artist", self.artist.clone()),
            ("EAN", self.ean.clone()),
            ("Catalogue number", self.catalogue_number.clone()),
            ("Made for", self.profile.clone()),
            ("Made", Some(self.made_at.clone())),
            ("Engine", Some(self.engine_revision.to_owned())),
        ];
        let facts = known
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let figure =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
        let files = self.files.iter().map(|file| Row {
            words: file.path.clone(),
            count: figure(file.integrated_lufs),
            each: figure(file.true_peak_dbtp),
            sum: file.sha256.chars().take(SHOWN_DIGITS).collect(),
        });
        let discs = self.discs.iter().flat_map(|disc| {
            disc.folders.iter().map(|folder| Row {
                words: folder.clone(),
                count: String::new(),
                each: disc.length.clone(),
                sum: format!("{} tracks", disc.tracks.len()),
            })
        });
        let mut notes = vec![
            "Every file was decoded again and compared with what was rendered. Checksums are the first digits of SHA-256; all of them stand in CHECKSUMS.sha256."
                .to_owned(),
        ];
        notes.extend(self.objections.iter().cloned());
        notes.extend(self.said.iter().cloned());
        paper::pdf(&Sheet {
            title: "Delivery report".into(),
            facts: facts.collect(),
            heads: Some(Row {
                words: "File".into(),
                count: "LUFS".into(),
                each: "dBTP".into(),
                sum: "SHA-256".into(),
            }),
            rows: files.chain(discs).collect(),
            notes,
            ..Sheet::default()
        })
    }
}
