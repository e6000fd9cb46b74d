//! A programme put together: each disc as one piece, from which finals are cut.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Seek as _;
use std::os::unix::fs::FileExt as _;

use mastering::programme::{Disc, DiscLine, DiscMade, Programme, ProgrammeMade, Side, SongMade};
use mastering::{Command, Project, Revision, RevisionNo, TrackId};
use measure::LoudnessLine;
use renderer::BLOCK_FRAMES;
use soundfile::{AudioSpec, WavReader, WavWriter};
use vault::Write;

use super::{at_their_place, cutter, format_of, opened};
use crate::album::{Album, Cut, CutMade, Format, NoAlbum, join};
use crate::denied::chain;
use crate::jobs::{Done, Shop, Trouble, id, json_document, room_for};

impl From<NoAlbum> for Trouble {
    fn from(no: NoAlbum) -> Self {
        match no {
            NoAlbum::Failed(why) => Self::Again(why),
            NoAlbum::Faults(_) | NoAlbum::Grid(_) => Self::Never(no.to_string()),
        }
    }
}

/// Puts the programme of a revision together, unless that was done or it has become another since.
pub(crate) fn make(shop: &Shop, project: &Project, revision: RevisionNo) -> Result<Done, Trouble> {
    let round = project.programme_to_make();
    let Some(round) = round.filter(|round| round.no == revision) else {
        return Ok(Done::default());
    };
    let Some(programme) = round.programme.clone() else {
        return Ok(Done::default());
    };
    let (album, format) = laid(shop, project, (round, &programme))?;
    let mut also = Vec::new();
    let mut made = ProgrammeMade {
        discs: Vec::new(),
        songs: BTreeMap::new(),
        beside: BTreeMap::new(),
    };
    let cuts = album.cuts(format.rate_hz)?;
    for disc in 0..programme.discs.len() {
        let cuts: Vec<&Cut> = cuts.iter().filter(|cut| cut.disc == disc).collect();
        let (parts, songs) = songs(shop, &album, &cuts, format)?;
        let side = programme.discs[disc].side.as_ref();
        let line = (&album.timeline().discs[disc], side);
        made.discs
            .push(whole(shop, project, (&parts, line), &mut also)?);
        let on_side = side.is_some();
        for ((number, song), cut) in songs.into_iter().zip(cuts) {
            let Some(track) = track_at(project, &programme.discs[disc], number) else {
                continue;
            };
            // A disc comes before a side, and of two discs the first.
            let known = made.songs.get(&track);
            let is_side = |song: &SongMade| {
                let place = usize::try_from(song.disc)
                    .ok()
                    .and_then(|n| n.checked_sub(1));
                let known = place.and_then(|place| programme.discs.get(place));
                known.is_some_and(|disc| disc.side.is_some())
            };
            if known.is_none_or(|known| is_side(known) && !on_side) {
                made.songs.insert(track, song);
                let beside = beside(shop, project, (&album, cut, format), &mut also)?;
                made.beside.extend(beside);
            }
        }
    }
    Ok(Done {
        commands: vec![Command::RecordProgramme {
            revision,
            of: (programme, round.master_sums()),
            made,
        }],
        also,
    })
}

/// The programme on its masters, each copied into a file without a name.
fn laid(
    shop: &Shop,
    project: &Project,
    (round, programme): (&Revision, &Programme),
) -> Result<(Album, Format), Trouble> {
    let laid = project.programme_over_masters(programme, round.no);
    let (placed, masters) =
        laid.ok_or_else(|| Trouble::Never("a master of the programme is not there".to_owned()))?;
    let format = format_of(&masters);
    let frames = masters.values().map(|master| master.frames);
    let channels = masters.values().map(|master| u64::from(master.channels));
    // The masters, their cuts and the discs, all at 24 bit.
    let bytes = 3 * channels.max().unwrap_or(2) * frames.sum::<u64>();
    room_for(&shop.vault, bytes.saturating_mul(3))?;
    let mut files = BTreeMap::new();
    for (track, master) in &masters {
        let file = opened(&shop.vault, project, master)?;
        files.insert(track.to_string(), file);
    }
    let there = at_their_place(project, &masters);
    let album = Album::lay_masters(&placed, files, &there).map_err(|no| {
        Trouble::Never(match no {
            NoAlbum::Failed(why) => project.told_text(&why),
            NoAlbum::Faults(_) | NoAlbum::Grid(_) => project.told_text(&no.to_string()),
        })
    })?;
    Ok((album, format))
}

/// What goes beside the song of a cut, each at the song's very frames, stored with its figures and its waveform.
fn beside(
    shop: &Shop,
    project: &Project,
    (album, cut, format): (&Album, &Cut, Format),
    also: &mut Vec<Write>,
) -> Result<Vec<(TrackId, DiscMade)>, Trouble> {
    let mut all = Vec::new();
    for (place, other) in album.alternates_of(cut).iter().enumerate() {
        let mut out = shop.vault.scratch()?;
        let made = album.render_alternate(cut, place, format, &mut out)?;
        let spec = WavReader::open(&out)
            .map_err(|e| Trouble::Again(chain(&e)))?
            .spec();
        let (stored, rows) = stored(shop, project, &mut out, &made)?;
        also.extend(rows);
        all.push((id(&other.file)?, piece(&stored, spec, &made)?));
    }
    Ok(all)
}

/// The files of a disc's cuts in order, and what each song is by its number.
type Parts = (Vec<File>, Vec<(u32, SongMade)>);

/// Renders a disc's cuts, one after the other.
fn songs(shop: &Shop, album: &Album, cuts: &[&Cut], format: Format) -> Result<Parts, Trouble> {
    let (mut parts, mut songs) = (Vec::new(), Vec::new());
    for cut in cuts {
        let mut part = shop.vault.scratch()?;
        let made = album.render(cut, format, &mut part)?;
        songs.push((cut.track, song(cut, &made)?));
        parts.push(part);
    }
    Ok((parts, songs))
}

fn song(cut: &Cut, made: &CutMade) -> Result<SongMade, Trouble> {
    Ok(SongMade {
        disc: u32::try_from(cut.disc + 1).unwrap_or(u32::MAX),
        from: cut.frames.start,
        frames: cut.frames.end - cut.frames.start,
        samples: id(&made.written.samples_sha256)?,
        integrated_lufs: made.measured.integrated_lufs,
        true_peak_dbtp: made.measured.true_peak_dbtp,
        clipped_samples: made.report.clipped_samples,
    })
}

/// Joins the parts of a disc and stores it with its figures, its waveform and its loudness over time.
fn whole(
    shop: &Shop,
    project: &Project,
    (parts, line): (&[File], (&DiscLine, Option<&Side>)),
    also: &mut Vec<Write>,
) -> Result<DiscMade, Trouble> {
    let mut disc = shop.vault.scratch()?;
    let made = join(parts, &mut disc)?;
    let loudness = loudness_line(&disc)?;
    let spec = WavReader::open(&disc)
        .map_err(|e| Trouble::Again(chain(&e)))?
        .spec();
    let findings = cutter::findings(&disc, line, (spec, &made.measured))?;
    disc.rewind()?;
    let (stored, rows) = stored(shop, project, &mut disc, &made)?;
    also.extend(rows);
    let name = |what: &str| format!("{what}:{stored}");
    also.push(json_document(&project.id, &name("loudness"), &loudness)?);
    also.push(json_document(&project.id, &name("cutter"), &findings)?);
    piece(&stored, spec, &made)
}

/// Stores a file of a programme; with its name, the rows of its figures and its waveform.
fn stored(
    shop: &Shop,
    project: &Project,
    file: &mut File,
    made: &CutMade,
) -> Result<(String, [Write; 2]), Trouble> {
    let stored = shop.vault.store(project.id.as_str(), "programme", file)?;
    let name = |what: &str| format!("{what}:{}", stored.sha256);
    let rows = [
        json_document(&project.id, &name("overview"), &made.overview)?,
        json_document(&project.id, &name("measured"), &made.measured)?,
    ];
    Ok((stored.sha256, rows))
}

fn piece(stored: &str, spec: AudioSpec, made: &CutMade) -> Result<DiscMade, Trouble> {
    Ok(DiscMade {
        object: id(stored)?,
        samples: id(&made.written.samples_sha256)?,
        rate_hz: spec.rate_hz,
        channels: u32::from(spec.channels),
        bits: 24,
        frames: made.written.frames,
        integrated_lufs: made.measured.integrated_lufs,
        true_peak_dbtp: made.measured.true_peak_dbtp,
    })
}

fn loudness_line(disc: &File) -> Result<Vec<Option<f64>>, Trouble> {
    let mut file = disc;
    file.rewind()?;
    let mut reader = WavReader::open(disc).map_err(|e| Trouble::Again(chain(&e)))?;
    let spec = reader.spec();
    let line = LoudnessLine::new(spec.rate_hz, u32::from(spec.channels));
    let mut line = line.map_err(|e| Trouble::Never(chain(&e)))?;
    let mut block = vec![Vec::new(); usize::from(spec.channels)];
    while reader.read_planar(&mut block, BLOCK_FRAMES)? > 0 {
        let planar: Vec<&[f64]> = block.iter().map(Vec::as_slice).collect();
        line.feed(&planar);
    }
    file.rewind()?;
    Ok(line.finish())
}

fn track_at(project: &Project, disc: &Disc, number: u32) -> Option<TrackId> {
    let mut songs = disc.songs();
    // What lies before the first mark belongs to no song's file.
    let (_, song) = songs.find(|(at, _)| *at == number && number > 0)?;
    project.track_of(song).map(|track| track.id.clone())
}

/// A song's samples out of its disc, byte for byte, in a file without a name.
pub(crate) fn cut_of(
    shop: &Shop,
    project: &Project,
    (song, disc): (&SongMade, &DiscMade),
) -> Result<File, Trouble> {
    let stored = shop
        .vault
        .copy_to_scratch(project.id.as_str(), disc.object.as_str())?;
    let reader = WavReader::open(&stored).map_err(|e| Trouble::Again(chain(&e)))?;
    let (spec, (data_offset, _)) = (reader.spec(), reader.data_range());
    // Whole numbers of 24 bit, all channels of a frame beside each other.
    let frame_bytes = 3 * u64::from(spec.channels);
    let mut left = song.frames * frame_bytes;
    let mut at = data_offset + song.from * frame_bytes;
    let mut scratch = shop.vault.scratch()?;
    let mut writer = WavWriter::new(&mut scratch, spec, &[])?;
    let mut block = vec![0; BLOCK_FRAMES * 3 * usize::from(spec.channels)];
    while left > 0 {
        let most = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        let bytes = &mut block[..most];
        stored.read_exact_at(bytes, at)?;
        writer.write_raw(bytes)?;
        at += u64::try_from(most).unwrap_or(0);
        left = left.saturating_sub(u64::try_from(most).unwrap_or(left));
    }
    writer.finish()?;
    scratch.rewind()?;
    Ok(scratch)
}
