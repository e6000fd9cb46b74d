use std::fs::File;
use std::io::{Seek, Write};
use std::ops::Range;

use engine::programme::{Brought, CutReport, DiscPlan, render_cut};
use engine::{ConversionChoice, Depth, DitherChoice, MasterSink, Source, SourceError};
use mastering::programme::{DiscAt, DiscLine, Grid};
use measure::{Measurements, Overview};
use renderer::{StreamError, WavMaster, WavSink, WavSource, sample_of, seed_of};
use soundfile::{AudioSpec, WavReader, WrittenAudio};

use super::alternates::AlternateBrought;
use super::pieces::Shelf;
use super::reading::Reading;
use super::{Album, NoAlbum};
use crate::denied::chain;

/// What files of a programme are to be.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Their rate in hertz.
    pub rate_hz: u32,
    /// Their word length.
    pub depth: Depth,
    /// What is added before rounding, where something was changed.
    pub dither: DitherChoice,
    /// How a conversion turns the phase.
    pub conversion: ConversionChoice,
}

impl Format {
    /// Bits of whole numbers; none for floats.
    pub(super) fn bits(&self) -> Option<u32> {
        match self.depth {
            Depth::Int16 => Some(16),
            Depth::Int24 => Some(24),
            Depth::Float32 | Depth::Float64 => None,
        }
    }
}

/// One file's stretch of a disc.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The disc, from 0.
    pub disc: usize,
    /// The track's number; 0 for what lies before the first mark.
    pub track: u32,
    /// Its frames on the disc.
    pub frames: Range<u64>,
}

/// A written file.
#[derive(Debug)]
pub struct CutMade {
    /// The file.
    pub written: WrittenAudio,
    /// Its figures.
    pub measured: Measurements,
    /// Its waveform.
    pub overview: Overview,
    /// What rendering it did; nothing for a file that others were joined into.
    pub report: CutReport,
}

/// Bytes copied at a time, in frames.
const COPIED_FRAMES: usize = 16_384;

impl Album {
    /// The files that the programme is cut into, disc by disc; joined they are its discs.
    ///
    /// # Errors
    /// A rate that the programme's grid does not fit.
    pub fn cuts(&self, rate_hz: u32) -> Result<Vec<Cut>, NoAlbum> {
        if self.programme.grid == Grid::CdFrames && !DiscLine::fits_cd_grid(rate_hz) {
            return Err(NoAlbum::Grid(rate_hz));
        }
        let discs = self.timeline.discs.iter().enumerate();
        let cuts = discs.flat_map(|(disc, line)| {
            let cuts = DiscAt::cuts(&line.at(rate_hz)).into_iter();
            cuts.map(move |(track, frames)| Cut {
                disc,
                track,
                frames,
            })
        });
        Ok(cuts.collect())
    }

    /// Renders one cut into a WAV file: the same samples alone as among the others.
    ///
    /// # Errors
    /// A file that cannot be read, a rate that cannot be converted to, a place that takes no bytes.
    pub fn render<W: Write + Seek>(
        &self,
        cut: &Cut,
        format: Format,
        out: W,
    ) -> Result<CutMade, NoAlbum> {
        let (shelf, plan, channels) = self.planned(cut, format)?;
        self.write(&shelf, &plan, (cut, format, channels), out)
    }

    /// The same without figures, with the channels it has.
    ///
    /// # Errors
    /// As [`Album::render`].
    pub(crate) fn render_unmeasured<W: Write + Seek>(
        &self,
        cut: &Cut,
        format: Format,
        out: W,
    ) -> Result<(WrittenAudio, CutReport, u16), NoAlbum> {
        let failed = |error| NoAlbum::failed(StreamError::from(error));
        let (shelf, plan, channels) = self.planned(cut, format)?;
        let mut sink = WavSink::begin(out, spec_of(format, channels), &[]).map_err(failed)?;
        let report = self.pass(&shelf, &plan, (cut, format), &mut sink)?;
        Ok((sink.finish().map_err(failed)?, report, channels))
    }

    /// A disc's pieces as this format plays them, and how many channels they have.
    fn planned(&self, cut: &Cut, format: Format) -> Result<(Shelf, DiscPlan, u16), NoAlbum> {
        let disc = &self.timeline.discs[cut.disc];
        let (shelf, channels) = self.shelf()?;
        let rate = (format.rate_hz, usize::from(channels));
        let plan = shelf.plan(&disc.pieces, rate, format.bits(), format.conversion);
        Ok((shelf, plan, channels))
    }

    /// Writes a plan's sound in the frames of a cut.
    pub(super) fn write<W: Write + Seek>(
        &self,
        shelf: &Shelf,
        plan: &DiscPlan,
        (cut, format, channels): (&Cut, Format, u16),
        out: W,
    ) -> Result<CutMade, NoAlbum> {
        let sink = WavMaster::begin(out, spec_of(format, channels), &[]);
        let mut sink = sink.map_err(NoAlbum::failed)?;
        let report = self.pass(shelf, plan, (cut, format), &mut sink)?;
        let (written, measured, overview) = sink.finish().map_err(NoAlbum::failed)?;
        Ok(CutMade {
            written,
            measured,
            overview,
            report,
        })
    }

    /// Hands a plan's sound in the frames of a cut on.
    fn pass(
        &self,
        shelf: &Shelf,
        plan: &DiscPlan,
        (cut, format): (&Cut, Format),
        sink: &mut dyn MasterSink,
    ) -> Result<CutReport, NoAlbum> {
        self.check_whole()?;
        let seed = seed_of(&self.sums_of(shelf, plan, &cut.frames));
        let mut open = |file: usize| self.open(shelf, file);
        let rounding = (format.depth, format.dither, seed);
        render_cut(plan, cut.frames.clone(), rounding, &mut open, sink).map_err(NoAlbum::failed)
    }

    /// What the cut's dither is seeded from: the samples that sound in it, so that another song's new version leaves it as
    /// it was.
    pub(super) fn sums_of(&self, shelf: &Shelf, plan: &DiscPlan, cut: &Range<u64>) -> String {
        let sounds = |place: &Range<u64>| place.start < cut.end && cut.start < place.end;
        let pieces = plan.pieces.iter().filter(|piece| sounds(&piece.place));
        let files = pieces.map(|piece| self.files[shelf.name(piece.file)].samples_sha256.as_str());
        files.collect::<Vec<_>>().join(" ")
    }

    pub(super) fn open(
        &self,
        shelf: &Shelf,
        place: usize,
    ) -> Result<Box<dyn Source + '_>, SourceError> {
        let open = |name: &str| -> Result<Box<dyn Source + '_>, SourceError> {
            let source = WavSource::open(Reading::new(&self.files[name].canonical));
            Ok(Box::new(source.map_err(|e| SourceError(Box::new(e)))?))
        };
        match place.checked_sub(shelf.names.len()) {
            None => open(&shelf.names[place]),
            Some(place) => {
                let brought = &self.placed[place];
                let alternate = open(brought.alternate_file())?;
                let there = Brought::new(alternate, &brought.alignment(), brought.frames)?;
                Ok(Box::new(there))
            }
        }
    }

    /// The files in their order, and the channels that all of them have.
    pub(super) fn shelf(&self) -> Result<(Shelf, u16), NoAlbum> {
        let mut shelf = Shelf {
            names: Vec::new(),
            samples: Vec::new(),
            brought: self.placed.iter().map(AlternateBrought::files).collect(),
        };
        let mut channels = 0;
        for (name, file) in &self.files {
            let source = WavSource::open(Reading::new(&file.canonical));
            let spec = source.map_err(NoAlbum::failed)?.audio_spec();
            shelf.names.push(name.clone());
            shelf.samples.push(spec.sample);
            channels = spec.channels;
        }
        Ok((shelf, channels))
    }
}

fn spec_of(format: Format, channels: u16) -> AudioSpec {
    AudioSpec {
        rate_hz: format.rate_hz,
        channels,
        sample: sample_of(format.depth),
    }
}

/// Joins the files of a disc's cuts, in order, into one file of the same format.
///
/// # Errors
/// A file that cannot be read, or a place that takes no bytes.
pub fn join<W: Write + Seek>(parts: &[File], out: W) -> Result<CutMade, NoAlbum> {
    let failed = |error: &dyn std::error::Error| NoAlbum::Failed(chain(error));
    let open = |part| WavReader::open(Reading::new(part)).map_err(|e| failed(&e));
    let first = parts.first().map(open).transpose()?;
    let first = first.ok_or_else(|| NoAlbum::Failed("a disc has at least one part".to_owned()))?;
    let mut whole = WavMaster::begin(out, first.spec(), &[]).map_err(NoAlbum::failed)?;
    for part in parts {
        let mut reader = open(part)?;
        loop {
            let bytes = reader.next_raw(COPIED_FRAMES).map_err(|e| failed(&e))?;
            if bytes.is_empty() {
                break;
            }
            whole.write_raw(bytes).map_err(|e| failed(&e))?;
        }
    }
    let (written, measured, overview) = whole.finish().map_err(NoAlbum::failed)?;
    Ok(CutMade {
        report: CutReport {
            frames: written.frames,
            ..CutReport::default()
        },
        written,
        measured,
        overview,
    })
}
