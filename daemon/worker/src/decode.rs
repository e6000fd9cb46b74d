//! In the child: decodes a file that was checked, or that nobody asks about, and writes its canonical audio.

use std::fs::File;

use measure::{IntegratedLoudness, LoudnessBlocks, file_findings};
use serde::{Deserialize, Serialize};
use soundfile::{Decoder, SourceFormat, WavWriter};

use crate::child::with_causes;
use crate::inspect::{Stop, cut_short, is_whole, no_sound, refused};
use crate::protocol::Reply;

/// What is known of a file that was decoded to its last frame, and not looked at any further.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decoded {
    /// What the file is.
    pub format: SourceFormat,
    /// Checksum of the samples, lower-case hex.
    pub samples_sha256: String,
    /// Frames decoded.
    pub frames: u64,
    /// True where all the sound is there that the file declares, undamaged.
    pub complete: bool,
    /// Integrated loudness in LUFS (BS.1770-5), as the check measures it; none for silence, and where nobody asked.
    pub integrated_lufs: Option<f64>,
}

/// Whether anybody reads the loudness of a file that is decoded: it costs more than the decoding of a WAV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loudness {
    /// Integrated, over the whole file.
    Integrated,
    /// Nobody does.
    Unread,
}

pub(crate) fn decode(input: File, canonical: &File, name: &str, asked: Loudness) -> Reply {
    match run(input, canonical, (name, asked)) {
        Ok(decoded) => Reply::Decoded(Box::new(decoded)),
        Err(stop) => stop.reply(),
    }
}

fn run(input: File, canonical: &File, (name, asked): (&str, Loudness)) -> Result<Decoded, Stop> {
    let keeping = |error| Stop::Failed("write the canonical audio", error);
    let mut decoder = Decoder::open(input, name).map_err(refused)?;
    let format = decoder.format().clone();
    let spec = format.spec;
    let mut writer = WavWriter::new(canonical, spec, &[]).map_err(keeping)?;
    // What cannot be weighed is taken by nobody, whether or not the loudness is read.
    let mut blocks = LoudnessBlocks::new(spec.rate_hz, u32::from(spec.channels))
        .map_err(|error| Stop::NoMix(Box::new(file_findings::unreadable(&with_causes(&error)))))?;
    let mut loudness = IntegratedLoudness::default();
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    while let Some(block) = decoder.next_block().map_err(refused)? {
        writer.write_raw(block.bytes).map_err(keeping)?;
        if asked == Loudness::Integrated {
            block.planar(&mut planar);
            let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
            blocks.feed(&slices, |weighed| loudness.take(weighed.power));
        }
    }
    let finished = decoder.finish().map_err(refused)?;
    let written = writer.finish().map_err(keeping)?;
    if finished.frames == 0 {
        return Err(no_sound(cut_short(&format, finished.completeness)));
    }
    Ok(Decoded {
        complete: is_whole(&format, &finished),
        format,
        samples_sha256: written.samples_sha256,
        frames: written.frames,
        integrated_lufs: loudness.lufs(),
    })
}
