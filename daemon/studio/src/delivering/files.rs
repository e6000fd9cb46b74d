//! One song's file: what it is called and says of itself.

use std::fs::File;
use std::path::{Path, PathBuf};

use delivery::names::Names;
use delivery::picture::FrontCover;
use delivery::release::ReleaseSong;
use delivery::wav_chunks::{Bext, BextLoudness, CodingStep, Ixml, axml_isrc, info};
use delivery::{Gain, Loudness, TrackTags};
use soundfile::{Chunk, Picture};

use super::lossy::AlbumLoudness;
use super::rendered::Rendered;
use super::{Delivery, DeliveryError};

/// A song that becomes a file.
pub(super) struct SongFile<'a> {
    pub(super) song: &'a ReleaseSong,
    pub(super) rendered: &'a Rendered,
    pub(super) tags: TrackTags,
    /// What stands inside the file, where the format holds one.
    pub(super) cover: Option<FrontCover<'a>>,
    pub(super) path: PathBuf,
    /// Its name in words of errors and reports, from the delivery's folder.
    pub(super) name: String,
    /// What it is to its song, where it goes beside one.
    pub(super) beside: Option<&'a str>,
}

impl SongFile<'_> {
    /// The file, which is not there yet.
    pub(super) fn create(&self) -> Result<File, DeliveryError> {
        File::create_new(&self.path).map_err(DeliveryError::at("write", &self.path))
    }
}

/// Whether this is a song's rendered cut.
pub(super) fn is_of(rendered: &Rendered, song: &ReleaseSong) -> bool {
    let disc = u32::try_from(rendered.cut.disc).map_or(0, |disc| disc + 1);
    (disc, rendered.cut.track) == (song.disc, song.track)
}

/// The songs of a release with their rendered cuts; what lies before a first mark is no song.
pub(super) fn song_files<'a>(
    delivery: &'a Delivery<'_>,
    rendered: &'a [Rendered],
    folder: &Path,
    (mark, extension): (&str, &str),
) -> Vec<SongFile<'a>> {
    let mut names = Names::default();
    let mut all = Vec::new();
    for song in &delivery.release.songs {
        let Some(rendered) = rendered.iter().find(|rendered| is_of(rendered, song)) else {
            continue;
        };
        let stem = delivery.profile.names.name(delivery.release, song, mark);
        let file = names.take(&stem, extension);
        let mut tags = delivery.release.tags(song);
        tags.lyrics = delivery
            .lyrics_on_file(song)
            .tags(delivery.language_of(song));
        let below = folder.file_name().unwrap_or_default().to_string_lossy();
        all.push(SongFile {
            song,
            rendered,
            tags,
            cover: delivery.front_cover(),
            path: folder.join(&file),
            name: format!("{below}/{file}"),
            beside: None,
        });
    }
    all
}

/// How players are told what to turn a song by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GainKind {
    /// ReplayGain 2.
    ReplayGain,
    /// R128, as Opus wants it (RFC 7845, 5.2.1).
    R128,
}

/// What players are told to turn a song by, where it is `moved_db` away from its rendered samples.
pub(super) fn gain_tags(
    rendered: &Rendered,
    kind: GainKind,
    album: AlbumLoudness,
    moved_db: f64,
) -> Vec<(&'static str, String)> {
    let of = |lufs: Option<f64>, peak: Option<f64>| {
        Some(Loudness {
            integrated_lufs: lufs? + moved_db,
            true_peak_dbtp: peak? + moved_db,
        })
    };
    let measured = rendered.measured.as_ref();
    let track = measured.and_then(|own| of(own.integrated_lufs, own.true_peak_dbtp));
    let Some(track) = track else {
        return Vec::new();
    };
    let album = of(album.lufs, album.peak_dbtp);
    let gain = Gain { track, album };
    match kind {
        GainKind::ReplayGain => gain.replay_gain(),
        GainKind::R128 => gain.r128(0.0),
    }
}

/// A cover as it stands in FLAC and Ogg files.
pub(super) fn picture(cover: FrontCover<'_>) -> Picture {
    Picture {
        mime_type: cover.facts.kind.mime().to_owned(),
        width: cover.facts.width,
        height: cover.facts.height,
        depth_bits: 8 * u32::from(cover.facts.components),
        bytes: cover.bytes.to_vec(),
    }
}

/// The chunks of a broadcast WAV.
pub(super) fn wav_chunks(delivery: &Delivery<'_>, file: &SongFile<'_>) -> Vec<Chunk> {
    let rendered = file.rendered;
    let measured = rendered.measured.as_ref();
    let sum = &rendered.written.samples_sha256;
    let (rate_hz, channels) = (rendered.basis.rate_hz, rendered.channels);
    let bits = rendered.basis.bits.count();
    // The samples' own checksum makes the mark unique, and the same for the same samples.
    let mark = format!("LQ{}", sum.get(..30).unwrap_or(sum));
    let release = delivery.release;
    let bext = Bext {
        description: format!("{} - {}", release.title, file.song.title),
        originator: "Lacquer".to_owned(),
        originator_reference: mark.clone(),
        originated: Some(delivery.made_at),
        time_reference_samples: 0,
        loudness: measured.map_or_else(BextLoudness::default, |measured| BextLoudness {
            integrated_lufs: measured.integrated_lufs,
            range_lu: measured.lra_lu,
            true_peak_dbtp: measured.true_peak_dbtp,
            max_momentary_lufs: measured.max_momentary_lufs,
            max_short_term_lufs: measured.max_short_term_lufs,
        }),
        history: vec![CodingStep {
            rate_hz,
            bits,
            channels,
            text: format!("Lacquer {}", engine::ENGINE_REVISION),
        }],
    };
    let names = match channels {
        1 => vec!["Mono".to_owned()],
        2 => vec!["Left".to_owned(), "Right".to_owned()],
        more => (1..=more).map(|no| no.to_string()).collect(),
    };
    let ixml = Ixml {
        project: release.title.clone(),
        note: file.song.title.clone(),
        file_uid: mark,
        rate_hz,
        bits,
        channels: names,
    };
    let axml = file.song.isrc.as_ref().map(axml_isrc);
    let all = [bext.chunk()].into_iter().chain(axml);
    let all = all.chain([ixml.chunk(), info(&file.tags, "Lacquer")]);
    all.map(|chunk| Chunk {
        id: chunk.id,
        bytes: chunk.body,
    })
    .collect()
}
