//! Sides of a record: a whole side through its own chain and limiter, its markers, and what its cutter has to know.

use std::fs::File;

use delivery::wav_marks::{WavMark, mark_chunks};
use engine::programme::{
    CutReport, CutterEar, CutterFinding, CutterKind, DiscPlan, render_cut, render_disc,
};
use engine::{Chain, Depth, Sink, SinkError, Source};
use mastering::programme::{DiscLine, Side, Ticks};
use measure::Measurements;
use renderer::{Wanted, WavMaster, WavSink, WavSource, sample_of, seed_of};
use serde::Serialize;
use soundfile::{AudioSpec, Chunk, WrittenAudio};

use super::pieces::Shelf;
use super::reading::Reading;
use super::{Album, Cut, Format, NoAlbum};

/// A side as it was written.
#[derive(Debug)]
pub struct SideMade {
    /// The file.
    pub written: WrittenAudio,
    /// Its figures.
    pub measured: Measurements,
    /// Samples beyond full scale that were clamped.
    pub clipped_samples: u64,
    /// What the limiter of its own ceiling, or the last one of its chain, turned down at most, in dB; none without one.
    pub max_gain_reduction_db: Option<f64>,
    /// Where its songs lie, as they are marked in the file.
    pub marks: Vec<SideMark>,
    /// What its cutter has to know.
    pub findings: Vec<SideFinding>,
}

/// A marked place of a side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideMark {
    /// The song's number; none for the side's end.
    pub track: Option<u32>,
    /// What it is called.
    pub label: String,
    /// Its frame.
    pub frame: u64,
    /// The same in seconds.
    pub seconds: f64,
}

/// What a cutter has to know of a side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideFinding {
    /// What it is.
    pub what: SideProblem,
    /// The song, and where in it and on its side the worst place begins, in seconds; none for the whole side.
    pub place: Option<SidePlace>,
    /// How bad it is, in dB.
    pub worst_db: f64,
    /// Passages of the song in which it is so.
    pub passages: usize,
    /// In a sentence.
    pub words: String,
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SideProblem {
    /// Longer than full level allows.
    LongSide,
    /// The bass of the channels points against each other.
    BassOutOfPhase,
    /// The bass of the channels is far from one.
    BassWide,
    /// Sibilants.
    Sibilance,
    /// Much treble.
    Treble,
}

impl SideProblem {
    /// Whether it has to be settled before the side is cut; the others are for the cutter to weigh.
    #[must_use]
    pub fn is_objection(self) -> bool {
        match self {
            Self::BassOutOfPhase | Self::Sibilance => true,
            Self::LongSide | Self::BassWide | Self::Treble => false,
        }
    }
}

/// A place on a side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SidePlace {
    /// The song's number.
    pub track: u32,
    /// Its title.
    pub title: String,
    /// Seconds from its beginning.
    pub in_track_seconds: f64,
    /// Seconds from the side's.
    pub on_side_seconds: f64,
}

impl Album {
    /// Renders a side (its disc, from 0) into a file: the programme's steps, then the side's own chain and ceiling, then markers and
    /// what was found.
    ///
    /// # Errors
    /// A disc that is no side, more channels than a groove has, and what [`Album::render`] refuses.
    pub fn render_side(
        &self,
        disc: usize,
        format: Format,
        out: &File,
    ) -> Result<SideMade, NoAlbum> {
        self.check_whole()?;
        let (line, side) = self.side(disc)?;
        let (shelf, channels) = self.shelf()?;
        if channels > 2 {
            return Err(NoAlbum::Failed(format!(
                "a groove has two channels, and the programme {channels}"
            )));
        }
        let spec = AudioSpec {
            rate_hz: format.rate_hz,
            channels,
            sample: sample_of(format.depth),
        };
        let rate = (format.rate_hz, usize::from(channels));
        let chain = self.side_chains.get(disc).and_then(Option::as_ref);
        // What a chain works on is not rounded before it.
        let bits = format.bits().filter(|_| chain.is_none());
        let plan = shelf.plan(&line.pieces, rate, bits, format.conversion);
        let at = line.at(format.rate_hz);
        let marks = marks(line, format.rate_hz);
        let cut = Cut {
            disc,
            track: 0,
            frames: 0..at.frames,
        };
        let work = SideWork {
            album: self,
            shelf: &shelf,
            plan: &plan,
            cut: &cut,
            format,
            spec,
            chunks: chunks(&marks)?,
        };
        let (written, measured, clipped_samples, max_gain_reduction_db) = match chain {
            None => work.as_it_is(out)?,
            Some(chain) => work.through(chain, out)?,
        };
        let told = (format.rate_hz, measured.integrated_lufs);
        let findings = cutter_findings(out, (line, side), told)?;
        Ok(SideMade {
            written,
            measured,
            clipped_samples,
            max_gain_reduction_db,
            marks,
            findings,
        })
    }

    fn side(&self, disc: usize) -> Result<(&DiscLine, &Side), NoAlbum> {
        let side = self.programme.discs.get(disc);
        let side = side.and_then(|disc| disc.side.as_ref());
        let line = self.timeline.discs.get(disc);
        line.zip(side).ok_or_else(|| {
            NoAlbum::Failed(format!(
                "disc {} is no side of a record: write `side` for it, with `inches` and `rpm`",
                disc + 1
            ))
        })
    }
}

/// A side on its way into its file.
struct SideWork<'a> {
    album: &'a Album,
    shelf: &'a Shelf,
    plan: &'a DiscPlan,
    cut: &'a Cut,
    format: Format,
    spec: AudioSpec,
    chunks: Vec<Chunk>,
}

type Written = (WrittenAudio, Measurements, u64, Option<f64>);

impl SideWork<'_> {
    fn as_it_is(&self, out: &File) -> Result<Written, NoAlbum> {
        let sink = WavMaster::begin(out, self.spec, &self.chunks);
        let mut sink = sink.map_err(NoAlbum::failed)?;
        let rounding = (self.format.depth, self.format.dither, self.seed());
        let mut open = |file: usize| self.album.open(self.shelf, file);
        let frames = self.cut.frames.clone();
        let report: CutReport = render_cut(self.plan, frames, rounding, &mut open, &mut sink)
            .map_err(NoAlbum::failed)?;
        let (written, measured, _) = sink.finish().map_err(NoAlbum::failed)?;
        Ok((written, measured, report.clipped_samples, None))
    }

    /// By way of a scratch file of unrounded samples: a chain may listen more than once.
    fn through(&self, chain: &Chain, out: &File) -> Result<Written, NoAlbum> {
        let failed = |error: std::io::Error| {
            NoAlbum::Failed(format!("could not write a temporary file: {error}"))
        };
        let scratch = tempfile::tempfile().map_err(failed)?;
        let spec = AudioSpec {
            sample: sample_of(Depth::Float64),
            ..self.spec
        };
        let sink = scratch.try_clone().map_err(failed)?;
        let mut sink = Scratch(WavSink::begin(sink, spec, &[]).map_err(failed)?);
        let mut open = |file: usize| self.album.open(self.shelf, file);
        render_disc(self.plan, self.cut.frames.clone(), &mut open, &mut sink)
            .map_err(NoAlbum::failed)?;
        sink.0.finish().map_err(failed)?;
        let mut source = WavSource::open(Reading::new(&scratch)).map_err(NoAlbum::failed)?;
        let sink = WavMaster::begin(out, self.spec, &self.chunks);
        let mut sink = sink.map_err(NoAlbum::failed)?;
        let wanted = Wanted::at_own_rate(self.format.depth);
        let (seed, depth) = (self.seed(), wanted.depth);
        let report = engine::render_master(&mut source, chain, depth, seed, &mut sink, &mut |_| {})
            .map_err(NoAlbum::failed)?;
        let (written, measured, _) = sink.finish().map_err(NoAlbum::failed)?;
        let limited = chain.ceiling_dbtp();
        let reduction = limited.map(|_| report.render.max_gain_reduction_db);
        Ok((written, measured, report.clipped_samples, reduction))
    }

    fn seed(&self) -> engine::DitherSeed {
        let frames = &self.cut.frames;
        seed_of(&self.album.sums_of(self.shelf, self.plan, frames))
    }
}

/// Takes samples as they are.
struct Scratch(WavSink<File>);

impl Sink for Scratch {
    fn write(&mut self, block: &[&[f64]]) -> Result<(), SinkError> {
        engine::MasterSink::write(&mut self.0, engine::MasterBlock::Double(block))
    }
}

/// The songs' marks and the side's end.
fn marks(line: &DiscLine, rate_hz: u32) -> Vec<SideMark> {
    let at = line.at(rate_hz);
    let seconds = |frame: u64| Ticks::of_frames(frame, rate_hz).seconds();
    let songs = at.tracks.iter().zip(&line.tracks);
    let songs = songs.map(|(place, song)| SideMark {
        track: Some(place.number),
        label: song.title.clone(),
        frame: place.mark,
        seconds: seconds(place.mark),
    });
    let end = at.tracks.last().map(|last| SideMark {
        track: None,
        label: "End".to_owned(),
        frame: last.end,
        seconds: seconds(last.end),
    });
    songs.chain(end).collect()
}

fn chunks(marks: &[SideMark]) -> Result<Vec<Chunk>, NoAlbum> {
    let mark = |mark: &SideMark| {
        let frame = u32::try_from(mark.frame).map_err(|_| {
            NoAlbum::Failed("a marker lies within 2^32 frames, and the side is longer".to_owned())
        })?;
        let label = mark.label.clone();
        Ok(WavMark { frame, label })
    };
    let marks = marks
        .iter()
        .map(mark)
        .collect::<Result<Vec<_>, NoAlbum>>()?;
    let chunks = mark_chunks(&marks).into_iter();
    Ok(chunks
        .map(|chunk| Chunk {
            id: chunk.id,
            bytes: chunk.body,
        })
        .collect())
}

/// What the cutter of a side that was written has to know.
pub(crate) fn cutter_findings(
    file: &File,
    (line, side): (&DiscLine, &Side),
    told: (u32, Option<f64>),
) -> Result<Vec<SideFinding>, NoAlbum> {
    let mut findings: Vec<_> = length_finding(line, side).into_iter().collect();
    findings.extend(heard(file, line, told)?);
    Ok(findings)
}

fn length_finding(line: &DiscLine, side: &Side) -> Option<SideFinding> {
    let full = side.lengths().full_level;
    let lost = side.level_lost_db(line.length);
    (line.length > full).then(|| SideFinding {
        what: SideProblem::LongSide,
        place: None,
        worst_db: lost,
        passages: 1,
        words: format!(
            "the side is {} long, {} over the {full} that {side} take at full level: it is cut at least {lost:.1} dB quieter",
            line.length,
            line.length - full
        ),
    })
}

/// Listens to what was written.
fn heard(
    file: &File,
    line: &DiscLine,
    (rate_hz, lufs): (u32, Option<f64>),
) -> Result<Vec<SideFinding>, NoAlbum> {
    let mut source = WavSource::open(Reading::new(file)).map_err(NoAlbum::failed)?;
    let channels = source.spec().channels;
    let mut ear = CutterEar::new(rate_hz, channels);
    let mut rows = vec![vec![0.0; renderer::BLOCK_FRAMES]; channels];
    loop {
        let read = source.read(&mut rows);
        let frames = read.map_err(|e| NoAlbum::failed(engine::RenderError::from(e)))?;
        if frames == 0 {
            break;
        }
        let block: Vec<&[f64]> = rows.iter().map(|row| &row[..frames]).collect();
        ear.feed(&block);
    }
    let starts = line.at(rate_hz).tracks.into_iter();
    let starts: Vec<u64> = starts.map(|track| track.start).collect();
    let found = ear.finish(&starts, lufs).into_iter();
    Ok(found
        .filter_map(|found| told(&found, line, rate_hz))
        .collect())
}

fn told(found: &CutterFinding, line: &DiscLine, rate_hz: u32) -> Option<SideFinding> {
    let song = line.tracks.get(found.track)?;
    let on_side = Ticks::of_frames(found.at_frame, rate_hz);
    let in_track = if on_side > song.start {
        on_side - song.start
    } else {
        Ticks::ZERO
    };
    let db = found.worst_db;
    let (what, is, next) = match found.kind {
        CutterKind::BassOutOfPhase => (
            SideProblem::BassOutOfPhase,
            format!(
                "the bass of its channels is out of phase, the difference {db:.1} dB above the sum"
            ),
            "make it mono below 150 Hz, or the groove lifts the stylus",
        ),
        CutterKind::BassWide => (
            SideProblem::BassWide,
            format!(
                "its bass is wide, the difference {:.1} dB below the sum",
                -db
            ),
            "the cutter may have to narrow it",
        ),
        CutterKind::Sibilance => (
            SideProblem::Sibilance,
            format!("a sibilant lies at {db:+.1} dB against the side's loudness"),
            "de-ess it, or it distorts",
        ),
        CutterKind::Treble => (
            SideProblem::Treble,
            format!(
                "there is much treble above 10 kHz, at {db:+.1} dB against the side's loudness"
            ),
            "the cutter may have to turn it or the side down",
        ),
    };
    let more = match found.passages {
        0 | 1 => String::new(),
        2 => ", and in one more passage".to_owned(),
        more => format!(", and in {} more passages", more - 1),
    };
    let place = SidePlace {
        track: song.number,
        title: song.title.clone(),
        in_track_seconds: in_track.seconds(),
        on_side_seconds: on_side.seconds(),
    };
    Some(SideFinding {
        what,
        words: format!(
            "track {} \u{201c}{}\u{201d}, at {in_track} ({on_side} on the side): {is}{more}: {next}",
            song.number, song.title
        ),
        place: Some(place),
        worst_db: db,
        passages: found.passages,
    })
}
