//! In the child: decodes a file and measures it, without a look at what is wrong with it.

use std::fs::File;

use measure::{FileMeter, Measurements, file_findings};
use serde::{Deserialize, Serialize};
use soundfile::{Decoder, SamplesHash, SourceFormat};

use crate::child::with_causes;
use crate::inspect::{Stop, cut_short, is_whole, kind_of, no_sound, refused};
use crate::protocol::Reply;

/// The meter's figures of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What the file is.
    pub format: SourceFormat,
    /// Checksum of the samples, lower-case hex.
    pub samples_sha256: String,
    /// True where all the sound is there that the file declares, undamaged.
    pub complete: bool,
    /// The figures; those of the part that is there where it is not complete.
    pub measurements: Measurements,
}

pub(crate) fn measure(input: File, name: &str) -> Reply {
    match run(input, name) {
        Ok(measured) => Reply::Measured(Box::new(measured)),
        Err(stop) => stop.reply(),
    }
}

fn run(input: File, name: &str) -> Result<Measured, Stop> {
    let mut decoder = Decoder::open(input, name).map_err(refused)?;
    let format = decoder.format().clone();
    let spec = format.spec;
    let sample = kind_of(spec.sample);
    let mut meter = FileMeter::new(spec.rate_hz, u32::from(spec.channels), sample)
        .map_err(|error| Stop::NoMix(Box::new(file_findings::unreadable(&with_causes(&error)))))?;
    let mut hash = SamplesHash::new();
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    while let Some(block) = decoder.next_block().map_err(refused)? {
        hash.update(block.bytes);
        block.planar(&mut planar);
        let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
        meter.feed(&slices);
    }
    let finished = decoder.finish().map_err(refused)?;
    if finished.frames == 0 {
        return Err(no_sound(cut_short(&format, finished.completeness)));
    }
    Ok(Measured {
        complete: is_whole(&format, &finished),
        format,
        samples_sha256: hash.finish(),
        measurements: meter.finish(),
    })
}
