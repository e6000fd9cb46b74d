//! Finals: made from the approved samples, decoded again, compared, and only then offered.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;

use delivery::names::{FinalName, Names};
use delivery::wav_chunks::{Bext, BextLoudness, CodingStep, info};
use delivery::{Id3Version, Place, TrackTags};
use engine::{ConvertSettings, Depth};
use mastering::programme::{DiscMade, SongMade};
use mastering::{Command, Final, FinalFormat, Master, Project, Revision, RevisionNo, Track};
use measure::{Measurements, Meter};
use renderer::{BLOCK_FRAMES, WavMaster, WavSource, seed_of};
use soundfile::{
    AudioSpec, Chunk, Decoder, FlacEncoder, FlacSettings, Mp3Encoder, SampleType, SamplesHash,
    WavReader, WavWriter,
};
use vault::Write;

use super::take::{id, json_document};
use super::{Done, Shop, Trouble, room_for};
use crate::clock::now_ms;
use crate::denied::chain;
use crate::programme::cut_of;
use crate::views::PersonView;

/// CD's rate, which distributors take.
const CD_RATE_HZ: u32 = 44_100;
/// Rate of film and video.
const VIDEO_RATE_HZ: u32 = 48_000;
/// Rates that MP3 knows at full quality.
const MP3_RATES_HZ: [u32; 2] = [44_100, 48_000];
/// How far the loudness of a derived final may lie from the approved master's, in LU:
/// rate conversion and lossy coding move it by a few hundredths, a wrong file by far more.
const LOUDNESS_TOLERANCE_LU: f64 = 0.3;
/// How many frames a derived final may be longer or shorter than its master.
const LENGTH_TOLERANCE_FRAMES: u64 = 1;

/// One song of the approval with what its files are called and say of themselves.
struct Song<'p> {
    project: &'p Project,
    track: &'p Track,
    /// What it is called: an alternate by its song.
    title: String,
    place: Place,
    /// What is approved: the song's master, or what the programme cuts of it.
    master: Cow<'p, Master>,
    /// Where it lies in the programme; none where it stands alone.
    cut: Option<(&'p SongMade, &'p DiscMade)>,
}

impl<'p> Song<'p> {
    fn of(
        project: &'p Project,
        round: &'p Revision,
        track: &'p Track,
        place: Place,
    ) -> Option<Self> {
        let master = round.master(&track.id)?;
        let made = round.made.as_ref();
        let cut = made.and_then(|made| made.song(&track.id));
        let beside = made.and_then(|made| made.beside.get(&track.id));
        let alone = || match beside {
            None => Cow::Borrowed(master),
            Some(other) => Cow::Owned(as_made(other, master)),
        };
        let master = match cut {
            None => alone(),
            Some((song, disc)) => Cow::Owned(Master {
                object: disc.object.clone(),
                samples: song.samples.clone(),
                rate_hz: disc.rate_hz,
                channels: disc.channels,
                bits: disc.bits,
                frames: song.frames,
                integrated_lufs: song.integrated_lufs,
                true_peak_dbtp: song.true_peak_dbtp,
                origin: master.origin.clone(),
            }),
        };
        Some(Self {
            project,
            track,
            title: project.called(&track.id)?,
            place,
            master,
            cut,
        })
    }

    /// The approved samples in a file without a name.
    fn approved(&self, shop: &Shop) -> Result<File, Trouble> {
        match self.cut {
            Some(cut) => cut_of(shop, self.project, cut),
            None => Ok(shop
                .vault
                .copy_to_scratch(self.project.id.as_str(), self.master.object.as_str())?),
        }
    }
}

/// What goes beside a song as the programme cuts it.
fn as_made(other: &DiscMade, master: &Master) -> Master {
    Master {
        object: other.object.clone(),
        samples: other.samples.clone(),
        rate_hz: other.rate_hz,
        channels: other.channels,
        bits: other.bits,
        frames: other.frames,
        integrated_lufs: other.integrated_lufs,
        true_peak_dbtp: other.true_peak_dbtp,
        origin: master.origin.clone(),
    }
}

pub(super) fn make(shop: &Shop, project: &Project, revision: RevisionNo) -> Result<Done, Trouble> {
    let round = project
        .revisions
        .get(&revision)
        .ok_or_else(|| Trouble::Never("the approved revision is not there".to_owned()))?;
    let of = u16::try_from(project.tracks.len()).ok();
    let mut names = Names::default();
    let is_late = !project.finals.is_empty();
    for file in &project.finals {
        let (stem, ending) = file
            .file_name
            .rsplit_once('.')
            .unwrap_or((&file.file_name, ""));
        // A name that was given once is given to nothing else.
        let _ = names.take(stem, ending);
    }
    let mut finals = Vec::new();
    let mut also = Vec::new();
    for (no, track) in numbered(project) {
        let Some(song) = Song::of(project, round, track, Place { no, of }) else {
            continue;
        };
        let formats = FinalFormat::ALL
            .into_iter()
            .chain(project.formats.iter().copied());
        for format in formats {
            let is_made = |f: &Final| f.track == track.id && f.format == format;
            if project.finals.iter().any(is_made) {
                continue;
            }
            let (made, rows) = one(shop, &song, format, &mut names)?;
            finals.push(made);
            also.extend(rows);
        }
    }
    Ok(Done {
        commands: match (is_late, finals.is_empty()) {
            (false, _) => vec![Command::RecordFinals { revision, finals }],
            (true, false) => vec![Command::AddFinals { revision, finals }],
            (true, true) => Vec::new(),
        },
        also,
    })
}

/// The songs with their numbers, each followed by what goes beside it under the same.
fn numbered(project: &Project) -> impl Iterator<Item = (u16, &Track)> {
    let songs = (1u16..).zip(&project.tracks);
    songs.flat_map(|(no, song)| {
        let beside = project.alternates_of(&song.id);
        let beside = beside.map(move |other| (no, &other.track));
        std::iter::once((no, song)).chain(beside)
    })
}

fn one(
    shop: &Shop,
    song: &Song<'_>,
    format: FinalFormat,
    names: &mut Names,
) -> Result<(Final, Vec<Write>), Trouble> {
    let project = song.project.id.as_str();
    let stored_master = song.approved(shop)?;
    room_for(&shop.vault, stored_master.metadata()?.len())?;
    let mut file = shop.vault.scratch()?;
    match format {
        FinalFormat::Wav24 => wav24(song, &stored_master, &mut file)?,
        FinalFormat::Flac24 => flac24(song, &stored_master, &mut file)?,
        FinalFormat::Wav16 => wav16(song, &stored_master, &mut file)?,
        FinalFormat::Mp3 => mp3(shop, song, &stored_master, &mut file)?,
        FinalFormat::Wav24At44 => {
            wav_at(song, &stored_master, (CD_RATE_HZ, Depth::Int24), &mut file)?;
        }
        FinalFormat::Wav24At48 => {
            wav_at(
                song,
                &stored_master,
                (VIDEO_RATE_HZ, Depth::Int24),
                &mut file,
            )?;
        }
        FinalFormat::Wav16At48 => {
            wav_at(
                song,
                &stored_master,
                (VIDEO_RATE_HZ, Depth::Int16),
                &mut file,
            )?;
        }
    }
    let name = names.take_final(&FinalName {
        order: &song.project.number.to_string(),
        track_no: song.place.no,
        artist: None,
        title: &song.title,
        revision: None,
        format: name_format(format, song.master.rate_hz),
    });
    let (samples, measured, words) = read_back(&mut file, &name, song, format)?;
    let bytes = file.metadata()?.len();
    let stored = shop.vault.store(project, "final", &mut file)?;
    let also = vec![json_document(
        &song.project.id,
        &format!("measured:{}", stored.sha256),
        &measured,
    )?];
    let made = Final {
        track: song.track.id.clone(),
        format,
        file_name: name,
        object: id(&stored.sha256)?,
        bytes,
        samples: id(&samples)?,
        read_back: words,
    };
    Ok((made, also))
}

fn name_format(format: FinalFormat, rate_hz: u32) -> delivery::names::FinalFormat {
    match format {
        FinalFormat::Wav24 => delivery::names::FinalFormat::Wav { bits: 24, rate_hz },
        FinalFormat::Wav24At44 => delivery::names::FinalFormat::Wav {
            bits: 24,
            rate_hz: CD_RATE_HZ,
        },
        FinalFormat::Wav24At48 => delivery::names::FinalFormat::Wav {
            bits: 24,
            rate_hz: VIDEO_RATE_HZ,
        },
        FinalFormat::Wav16At48 => delivery::names::FinalFormat::Wav {
            bits: 16,
            rate_hz: VIDEO_RATE_HZ,
        },
        FinalFormat::Wav16 => delivery::names::FinalFormat::Wav {
            bits: 16,
            rate_hz: CD_RATE_HZ,
        },
        FinalFormat::Flac24 => delivery::names::FinalFormat::Flac { bits: 24, rate_hz },
        FinalFormat::Mp3 => delivery::names::FinalFormat::Mp3 { kbps: 320 },
    }
}

fn tags(song: &Song<'_>) -> TrackTags {
    let artist = (!song.project.artist.is_empty()).then(|| song.project.artist.clone());
    TrackTags {
        title: Some(song.title.clone()),
        artist: artist.clone(),
        album_artist: artist,
        album: Some(song.project.title.clone()),
        track: Some(song.place),
        ..TrackTags::default()
    }
}

/// The chunks that a WAV final carries beside its samples.
fn wav_chunks(song: &Song<'_>, rate_hz: u32, bits: u16) -> Vec<Chunk> {
    let approved_at = song.project.approval.as_ref().map_or_else(now_ms, |a| a.at);
    let bext = Bext {
        description: format!("{} - {}", song.project.title, song.title),
        originator: "Lacquer".to_owned(),
        originator_reference: format!("{}-{:02}-{bits}", song.project.number, song.place.no),
        originated: Some(super::report::moment(
            &song.project.rules.time_zone,
            approved_at,
        )),
        time_reference_samples: 0,
        loudness: BextLoudness {
            integrated_lufs: song.master.integrated_lufs,
            true_peak_dbtp: song.master.true_peak_dbtp,
            ..BextLoudness::default()
        },
        history: vec![CodingStep {
            rate_hz,
            bits,
            channels: u16::try_from(song.master.channels).unwrap_or(u16::MAX),
            text: format!("Lacquer {}", engine::ENGINE_REVISION),
        }],
    };
    let list = info(&tags(song), "Lacquer");
    [bext.chunk(), list]
        .into_iter()
        .map(|c| Chunk {
            id: c.id,
            bytes: c.body,
        })
        .collect()
}

fn spec_of(song: &Song<'_>, rate_hz: u32, sample: SampleType) -> Result<AudioSpec, Trouble> {
    let channels =
        u16::try_from(song.master.channels).map_err(|e| Trouble::Never(e.to_string()))?;
    Ok(AudioSpec {
        rate_hz,
        channels,
        sample,
    })
}

/// The approved samples, byte for byte, in a tagged WAV.
fn wav24(song: &Song<'_>, master: &File, file: &mut File) -> Result<(), Trouble> {
    let mut reader = WavReader::open(master).map_err(|e| Trouble::Never(chain(&e)))?;
    let spec = reader.spec();
    let mut writer = WavWriter::new(file, spec, &wav_chunks(song, spec.rate_hz, 24))?;
    loop {
        let bytes = reader.next_raw(BLOCK_FRAMES)?;
        if bytes.is_empty() {
            break;
        }
        writer.write_raw(bytes)?;
    }
    writer.finish()?;
    Ok(())
}

/// The approved samples as FLAC.
fn flac24(song: &Song<'_>, master: &File, file: &mut File) -> Result<(), Trouble> {
    let mut reader = WavReader::open(master).map_err(|e| Trouble::Never(chain(&e)))?;
    let spec = reader.spec();
    let comments: Vec<(String, String)> = tags(song)
        .vorbis_comments()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let settings = FlacSettings {
        frames: Some(reader.frames()),
        comments,
        ..FlacSettings::new(spec)
    };
    let mut encoder = FlacEncoder::new(file, &settings).map_err(|e| Trouble::Never(chain(&e)))?;
    loop {
        let bytes = reader.next_raw(BLOCK_FRAMES)?;
        if bytes.is_empty() {
            break;
        }
        encoder
            .write_raw(bytes)
            .map_err(|e| Trouble::Again(chain(&e)))?;
    }
    encoder.finish().map_err(|e| Trouble::Again(chain(&e)))?;
    Ok(())
}

/// The master at another rate and depth, dithered once.
fn convert(
    song: &Song<'_>,
    master: &File,
    rate_hz: u32,
    depth: Depth,
    file: &mut File,
    chunks: &[Chunk],
) -> Result<(), Trouble> {
    let sample = match depth {
        Depth::Int16 => SampleType::I16,
        Depth::Int24 => SampleType::I24,
        Depth::Float32 => SampleType::F32,
        Depth::Float64 => SampleType::F64,
    };
    let spec = spec_of(song, rate_hz, sample)?;
    let mut source = WavSource::open(master)?;
    let mut sink = WavMaster::begin(file, spec, chunks)?;
    // A master made elsewhere may lie above the order's own ceiling; it keeps its peak.
    let target = song.project.service.target.true_peak_max_dbtp;
    let ceiling_dbtp = song
        .master
        .true_peak_dbtp
        .map_or(target, |peak| peak.max(target))
        .min(0.0);
    let settings = ConvertSettings {
        rate_hz,
        depth,
        ceiling_dbtp: Some(ceiling_dbtp),
        dither: engine::DitherChoice::default(),
        conversion: engine::ConversionChoice::default(),
    };
    let seed = seed_of(song.master.samples.as_str());
    engine::convert(&mut source, settings, seed, &mut sink, &mut |_| {})
        .map_err(|e| Trouble::Again(chain(&e)))?;
    sink.finish()?;
    Ok(())
}

fn wav16(song: &Song<'_>, master: &File, file: &mut File) -> Result<(), Trouble> {
    wav_at(song, master, (CD_RATE_HZ, Depth::Int16), file)
}

/// A tagged WAV at another rate or depth.
fn wav_at(
    song: &Song<'_>,
    master: &File,
    (rate_hz, depth): (u32, Depth),
    file: &mut File,
) -> Result<(), Trouble> {
    let bits = match depth {
        Depth::Int16 => 16,
        Depth::Int24 => 24,
        Depth::Float32 => 32,
        Depth::Float64 => 64,
    };
    let chunks = wav_chunks(song, rate_hz, bits);
    convert(song, master, rate_hz, depth, file, &chunks)
}

fn mp3(shop: &Shop, song: &Song<'_>, master: &File, file: &mut File) -> Result<(), Trouble> {
    let tag = tags(song).id3v2(Id3Version::V23);
    let rate_hz = mp3_rate(song.master.rate_hz);
    let converted;
    let source = if rate_hz == song.master.rate_hz {
        master
    } else {
        let mut scratch = shop.vault.scratch()?;
        convert(song, master, rate_hz, Depth::Int24, &mut scratch, &[])?;
        converted = scratch;
        &converted
    };
    let mut reader = WavReader::open(source).map_err(|e| Trouble::Never(chain(&e)))?;
    let spec = reader.spec();
    let mut encoder = Mp3Encoder::new(file, spec.rate_hz, spec.channels, &tag)
        .map_err(|e| Trouble::Never(chain(&e)))?;
    let mut block = vec![Vec::new(); usize::from(spec.channels)];
    while reader.read_planar(&mut block, BLOCK_FRAMES)? > 0 {
        let planar: Vec<&[f64]> = block.iter().map(Vec::as_slice).collect();
        encoder
            .write_planar(&planar)
            .map_err(|e| Trouble::Again(chain(&e)))?;
    }
    encoder.finish().map_err(|e| Trouble::Again(chain(&e)))?;
    Ok(())
}

/// The rate an MP3 is made at: the master's own where MP3 knows it, else the one of its family.
fn mp3_rate(rate_hz: u32) -> u32 {
    if MP3_RATES_HZ.contains(&rate_hz) {
        rate_hz
    } else if rate_hz.is_multiple_of(11_025) {
        44_100
    } else {
        48_000
    }
}

/// Decodes a final again and compares it with what was approved.
fn read_back(
    file: &mut File,
    name: &str,
    song: &Song<'_>,
    format: FinalFormat,
) -> Result<(String, Measurements, String), Trouble> {
    file.seek(SeekFrom::Start(0))?;
    let mut decoder =
        Decoder::open(file.try_clone()?, name).map_err(|e| Trouble::Again(chain(&e)))?;
    let spec = decoder.format().spec;
    let mut meter = Meter::new(spec.rate_hz, u32::from(spec.channels))
        .map_err(|e| Trouble::Never(chain(&e)))?;
    let mut hash = SamplesHash::new();
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    let mut frames = 0u64;
    while let Some(block) = decoder
        .next_block()
        .map_err(|e| Trouble::Again(chain(&e)))?
    {
        hash.update(block.bytes);
        block.planar(&mut planar);
        frames += u64::try_from(block.frames()).unwrap_or(u64::MAX);
        let refs: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
        meter.feed(&refs);
    }
    let measured = meter.finish();
    let samples = hash.finish();
    let words = compare(song, format, spec.rate_hz, frames, &samples, &measured)
        .map_err(|what| Trouble::Again(format!("{name} is not what was approved: {what}")))?;
    Ok((samples, measured, words))
}

fn compare(
    song: &Song<'_>,
    format: FinalFormat,
    rate_hz: u32,
    frames: u64,
    samples: &str,
    measured: &Measurements,
) -> Result<String, String> {
    if format.holds_approved_samples() {
        return if samples == song.master.samples.as_str() {
            Ok("read back: every sample equals what was approved".to_owned())
        } else {
            Err("its samples differ".to_owned())
        };
    }
    let expected = u64::try_from(
        (u128::from(song.master.frames) * u128::from(rate_hz))
            .div_ceil(u128::from(song.master.rate_hz)),
    )
    .unwrap_or(u64::MAX);
    if frames.abs_diff(expected) > LENGTH_TOLERANCE_FRAMES {
        return Err(format!("it has {frames} frames, {expected} were expected"));
    }
    match (song.master.integrated_lufs, measured.integrated_lufs) {
        (Some(approved), Some(now)) if (approved - now).abs() <= LOUDNESS_TOLERANCE_LU => {
            let peak = measured
                .true_peak_dbtp
                .map_or_else(|| "silent".to_owned(), |p| format!("{p:.1} dBTP"));
            Ok(format!("read back: {now:.1} LUFS, {peak}, same length"))
        }
        (None, None) => Ok("read back: silent, same length".to_owned()),
        (approved, now) => Err(format!(
            "its loudness is {now:?} LUFS, the master's {approved:?}"
        )),
    }
}

/// Puts the finals into the client's folder, each by a rename, none twice.
pub(super) fn offer(shop: &Shop, project: &Project, client: &PersonView) -> Result<Done, Trouble> {
    // While they wait for money they are in no folder; what frees them lists this work again.
    if project.may_hand_over().is_err() {
        return Ok(Done {
            commands: Vec::new(),
            also: Vec::new(),
        });
    }
    let folder = shop.config.data.join("dropboxes").join(&client.login);
    durable::make_folder(&folder)?;
    let shelf = shelf(project);
    for file in &project.finals {
        let mut source = shop
            .vault
            .copy_to_scratch(project.id.as_str(), file.object.as_str())?;
        room_for(&shop.vault, file.bytes)?;
        intake::put_final(&folder, &shelf.join(&file.file_name), &mut source)?;
    }
    // What was ordered late joins finals that were offered before.
    let commands = match project.offered_at {
        None => vec![Command::OfferFinals],
        Some(_) => Vec::new(),
    };
    Ok(Done {
        commands,
        also: Vec::new(),
    })
}

/// The folder in `Finals` that an order's files lie in.
fn shelf(project: &Project) -> PathBuf {
    let name = Names::default().take(&format!("{} {}", project.number, project.title), "x");
    PathBuf::from(intake::FINALS).join(name.trim_end_matches(".x"))
}
