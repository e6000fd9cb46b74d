//! The samples that files are made from, each kind rendered once.

use std::fs::File;
use std::path::Path;

use delivery::wish::Bits;
use engine::programme::CutReport;
use engine::{ConversionChoice, Depth, DitherChoice};
use measure::{IntegratedLoudness, LoudnessBlocks, Measurements};
use renderer::BLOCK_FRAMES;
use soundfile::{WavReader, WrittenAudio};

use super::DeliveryError;
use super::side_by_side::each;
use crate::album::{Album, Cut, CutMade, Format};

/// A kind of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Basis {
    pub(super) rate_hz: u32,
    pub(super) bits: Bits,
}

/// The samples of a compact disc.
pub(super) const CD: Basis = Basis {
    rate_hz: 44_100,
    bits: Bits::Int16,
};

impl Basis {
    pub(super) fn format(self) -> Format {
        Format {
            rate_hz: self.rate_hz,
            depth: match self.bits {
                Bits::Int16 => Depth::Int16,
                Bits::Int24 => Depth::Int24,
                Bits::Float32 => Depth::Float32,
            },
            dither: DitherChoice::default(),
            conversion: ConversionChoice::default(),
        }
    }

    /// What stands in a file's name: `24-96`, `32f-44.1`.
    pub(super) fn mark(self) -> String {
        let rate_hz = self.rate_hz;
        let format = match self.bits {
            Bits::Float32 => delivery::names::FinalFormat::WavFloat { rate_hz },
            Bits::Int16 | Bits::Int24 => delivery::names::FinalFormat::Wav {
                bits: self.bits.count(),
                rate_hz,
            },
        };
        format.mark()
    }
}

/// A stretch of a disc, rendered.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) basis: Basis,
    pub(super) cut: Cut,
    /// A WAV without a name.
    pub(super) file: File,
    pub(super) written: WrittenAudio,
    pub(super) channels: u16,
    /// What rendering it did.
    pub(super) report: CutReport,
    /// Its figures; none where nobody reads them, as of what encoders alone are given.
    pub(super) measured: Option<Measurements>,
}

impl Rendered {
    /// A cut that was measured on its way.
    pub(super) fn measured(basis: Basis, cut: Cut, (file, made): (File, CutMade)) -> Self {
        Self {
            basis,
            cut,
            file,
            written: made.written,
            channels: u16::try_from(made.measured.channels).unwrap_or(u16::MAX),
            report: made.report,
            measured: Some(made.measured),
        }
    }

    pub(super) fn reader(&self, name: &str) -> Result<WavReader<&File>, DeliveryError> {
        WavReader::open(&self.file).map_err(DeliveryError::coder(name))
    }
}

/// Whether anybody reads a kind of samples' own figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figures {
    Read,
    Unread,
}

/// All cuts of the programme as one kind of samples; their files lie nameless in `folder`.
pub(super) fn render(
    album: &Album,
    basis: Basis,
    figures: Figures,
    folder: &Path,
) -> Result<Vec<Rendered>, DeliveryError> {
    let cuts = album.cuts(basis.rate_hz)?;
    let made = each(&cuts, |cut| {
        let file = tempfile::tempfile_in(folder).map_err(DeliveryError::at("write in", folder))?;
        let cut = cut.clone();
        if figures == Figures::Read {
            let made = album.render(&cut, basis.format(), &file)?;
            return Ok(Rendered::measured(basis, cut, (file, made)));
        }
        let (written, report, channels) = album.render_unmeasured(&cut, basis.format(), &file)?;
        Ok(Rendered {
            basis,
            cut,
            file,
            written,
            channels,
            report,
            measured: None,
        })
    });
    made.into_iter().collect()
}

/// The loudness of all songs in a row, in LUFS; none for silence.
pub(super) fn loudness_in_a_row(songs: &[Rendered]) -> Result<Option<f64>, DeliveryError> {
    let name = "the loudness of the release";
    let mut whole = IntegratedLoudness::default();
    for song in songs {
        let mut reader = song.reader(name)?;
        let spec = reader.spec();
        let mut blocks = LoudnessBlocks::new(spec.rate_hz, u32::from(spec.channels))
            .map_err(DeliveryError::coder(name))?;
        let mut planar = vec![Vec::new(); usize::from(spec.channels)];
        loop {
            let frames = reader
                .read_planar(&mut planar, BLOCK_FRAMES)
                .map_err(DeliveryError::coder(name))?;
            if frames == 0 {
                break;
            }
            let rows: Vec<&[f64]> = planar.iter().map(|row| &row[..frames]).collect();
            blocks.feed(&rows, |block| whole.take(block.power));
        }
    }
    Ok(whole.lufs())
}
