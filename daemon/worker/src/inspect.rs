//! In the child: decodes a mix once, measures it and writes its canonical audio on the way.

use std::fs::File;
use std::io;

use measure::{
    Declared, Finding, InspectContext, Inspection, Inspector, SampleKind, Severity, Thresholds,
    codes, file_findings,
};
use serde::{Deserialize, Serialize};
use soundfile::{
    AiffError, Completeness, DecodeError, Decoder, Finished, SampleType, SourceChecksum,
    SourceFormat, SpecError, Tags, WavError, WavWriter, WrittenAudio,
};

use crate::child::with_causes;
use crate::protocol::Reply;
use crate::zero_tail::ZeroTail;

/// A mix that ends before its own end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CutShort {
    /// Seconds that are there.
    pub have_seconds: f64,
    /// Seconds that its header announces.
    pub expected_seconds: f64,
}

/// What is known of a mix after it was decoded to its last frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspected {
    /// What the file is.
    pub format: SourceFormat,
    /// Checksum of the samples, lower-case hex.
    pub samples_sha256: String,
    /// Frames decoded.
    pub frames: u64,
    /// Bytes of the canonical WAV file.
    pub canonical_bytes: u64,
    /// True where all the sound is there that the file declares, undamaged.
    pub complete: bool,
    /// Where the file ends too early.
    pub cut_short: Option<CutShort>,
    /// Declared against actual length, and damage.
    pub finished: Finished,
    /// Exact zeros at the end, in frames.
    pub trailing_zeros_frames: u64,
    /// Measurements, findings and waveform; the findings about the file are among them.
    pub inspection: Inspection,
    /// What the file says about itself.
    pub tags: Tags,
}

/// Why there is no result: the file, or one of our own.
pub(crate) enum Stop {
    NoMix(Box<Finding>),
    Failed(&'static str, io::Error),
}

impl Stop {
    pub(crate) fn reply(self) -> Reply {
        match self {
            Self::NoMix(finding) => Reply::NoMix(finding),
            Self::Failed(step, error) => Reply::Failed {
                step: step.to_owned(),
                os_error: error.raw_os_error(),
                what: error.to_string(),
            },
        }
    }
}

pub(crate) fn inspect(
    input: File,
    canonical: &File,
    name: &str,
    declared: Option<Declared>,
    thresholds: Thresholds,
) -> Reply {
    match run(input, canonical, name, declared, thresholds) {
        Ok(inspected) => Reply::Inspected(Box::new(inspected)),
        Err(stop) => stop.reply(),
    }
}

fn run(
    input: File,
    canonical: &File,
    name: &str,
    declared: Option<Declared>,
    thresholds: Thresholds,
) -> Result<Inspected, Stop> {
    let keeping = |error| Stop::Failed("write the canonical audio", error);
    let mut decoder = Decoder::open(input, name).map_err(refused)?;
    let format = decoder.format().clone();
    let tags = decoder.tags().clone();
    let spec = format.spec;
    let context = InspectContext {
        rate_hz: spec.rate_hz,
        channels: u32::from(spec.channels),
        sample: kind_of(spec.sample),
        declared,
        lossy_source: format.lossy.then(|| format.codec.name().to_owned()),
        thresholds,
    };
    let mut inspector = Inspector::new(context)
        .map_err(|error| Stop::NoMix(Box::new(file_findings::unreadable(&with_causes(&error)))))?;
    let mut writer = WavWriter::new(canonical, spec, &[]).map_err(keeping)?;
    let mut tail = ZeroTail::new(spec);
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    while let Some(block) = decoder.next_block().map_err(refused)? {
        writer.write_raw(block.bytes).map_err(keeping)?;
        block.planar(&mut planar);
        let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
        inspector.feed(&slices);
        tail.feed(&block);
    }
    let finished = decoder.finish().map_err(refused)?;
    let written = writer.finish().map_err(keeping)?;
    let cut_short = cut_short(&format, finished.completeness);
    if finished.frames == 0 {
        return Err(no_sound(cut_short));
    }
    let mut inspection = inspector.finish();
    let about_the_file = about_the_file(&format, &finished, cut_short, &tail);
    inspection.findings.splice(0..0, about_the_file);
    // Stable: of equal gravity, what concerns the whole file comes first.
    let gravest_first = |finding: &Finding| std::cmp::Reverse(finding.severity);
    inspection.findings.sort_by_key(gravest_first);
    Ok(answer(
        format, written, finished, cut_short, &tail, inspection, tags,
    ))
}

fn answer(
    format: SourceFormat,
    written: WrittenAudio,
    finished: Finished,
    cut_short: Option<CutShort>,
    tail: &ZeroTail,
    inspection: Inspection,
    tags: Tags,
) -> Inspected {
    Inspected {
        complete: is_whole(&format, &finished),
        format,
        samples_sha256: written.samples_sha256,
        frames: written.frames,
        canonical_bytes: written.bytes,
        cut_short,
        finished,
        trailing_zeros_frames: tail.frames(),
        inspection,
        tags,
    }
}

/// How the meter calls a sample type.
#[must_use]
pub const fn kind_of(sample: SampleType) -> SampleKind {
    match sample {
        SampleType::I16 => SampleKind::I16,
        SampleType::I24 => SampleKind::I24,
        SampleType::I32 => SampleKind::I32,
        SampleType::F32 => SampleKind::F32,
        SampleType::F64 => SampleKind::F64,
    }
}

pub(crate) fn cut_short(format: &SourceFormat, completeness: Completeness) -> Option<CutShort> {
    match completeness {
        Completeness::CutShort {
            have_frames,
            declared_frames,
        } => Some(CutShort {
            have_seconds: format.spec.seconds(have_frames),
            expected_seconds: format.spec.seconds(declared_frames),
        }),
        Completeness::Complete
        | Completeness::Undeclared { .. }
        | Completeness::LongerThanDeclared { .. } => None,
    }
}

/// Why there is no result of a file in which not one frame was found.
pub(crate) fn no_sound(cut_short: Option<CutShort>) -> Stop {
    Stop::NoMix(Box::new(match cut_short {
        Some(cut) => file_findings::cut_short(cut.have_seconds, cut.expected_seconds),
        None => file_findings::empty_file(),
    }))
}

/// Whether all the sound is there that the file declares, undamaged.
pub(crate) fn is_whole(format: &SourceFormat, finished: &Finished) -> bool {
    cut_short(format, finished.completeness).is_none() && !is_damaged(finished)
}

fn is_damaged(finished: &Finished) -> bool {
    finished.damaged_packets > 0 || finished.checksum == SourceChecksum::Differs
}

/// What the samples alone do not tell.
fn about_the_file(
    format: &SourceFormat,
    finished: &Finished,
    cut_short: Option<CutShort>,
    tail: &ZeroTail,
) -> Vec<Finding> {
    let spec = format.spec;
    let mut findings = Vec::new();
    if let Some(cut) = cut_short {
        findings.push(file_findings::cut_short(
            cut.have_seconds,
            cut.expected_seconds,
        ));
    }
    if is_damaged(finished) {
        findings.push(damaged_inside(finished));
    }
    if let Completeness::LongerThanDeclared {
        declared_frames,
        extra_bytes,
    } = finished.completeness
    {
        let extra_frames = extra_bytes / spec.frame_bytes();
        // A few bytes of junk behind the sound are common and harmless; seconds are not.
        if spec.seconds(extra_frames) >= 1.0 {
            findings.push(file_findings::lengths_disagree(
                declared_frames,
                declared_frames + extra_frames,
                spec.rate_hz,
            ));
        }
    }
    if tail.is_unexplained() {
        let zeros = spec.seconds(tail.frames());
        let from = spec.seconds(finished.frames) - zeros;
        findings.push(file_findings::zero_tail(from, zeros));
    }
    if let Some(named) = format.mislabelled_as {
        findings.push(mislabelled(format, named.name()));
    }
    findings
}

fn plain(code: &str, severity: Severity) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        channels: Vec::new(),
        spans: Vec::new(),
        span_count: 0,
        evidence: Vec::new(),
        client: String::new(),
        engineer: String::new(),
        advice: String::new(),
        picture: None,
    }
}

fn damaged_inside(finished: &Finished) -> Finding {
    Finding {
        client:
            "The file is damaged inside: parts of it could not be decoded as they were written."
                .to_owned(),
        engineer: format!(
            "{} packets could not be decoded; the file's own checksum: {}.",
            finished.damaged_packets,
            match finished.checksum {
                SourceChecksum::Absent => "none",
                SourceChecksum::Agrees => "agrees",
                SourceChecksum::Differs => "differs",
            }
        ),
        advice: "Send the file again, or print the mix again as WAV.".to_owned(),
        ..plain(DAMAGED_INSIDE, Severity::Blocks)
    }
}

fn mislabelled(format: &SourceFormat, named: &str) -> Finding {
    let is = format.container.name();
    Finding {
        client: format!("The name says {named}, but the file is {is}; it was read as what it is."),
        engineer: format!(
            "Named as {named}; the content is {is} with {}.",
            format.codec.name()
        ),
        advice: "Check that this is the file you meant to send.".to_owned(),
        ..plain(MISLABELLED, Severity::Note)
    }
}

/// Code of the finding about packets that do not decode.
const DAMAGED_INSIDE: &str = "damaged_inside";
/// Code of the finding about a name that promises another kind of file.
const MISLABELLED: &str = "mislabelled";

/// What a decoding error says about the mix; failures of the disk stay failures.
pub(crate) fn refused(error: DecodeError) -> Stop {
    let spec = match &error {
        DecodeError::Io(_) => None,
        DecodeError::Wav(WavError::Spec(spec)) | DecodeError::Aiff(AiffError::Spec(spec)) => {
            Some(*spec)
        }
        DecodeError::Spec(spec) => Some(*spec),
        _ => None,
    };
    if let DecodeError::Io(source) = error {
        return Stop::Failed("read the file that came", source);
    }
    Stop::NoMix(Box::new(match (spec, &error) {
        (Some(SpecError::Rate(rate)), _) => file_findings::rate_out_of_range(rate),
        (Some(SpecError::Channels(0)), _) => file_findings::zero_channels(),
        (Some(SpecError::Channels(count)), _) => file_findings::too_many_channels(count),
        (None, DecodeError::Empty) => file_findings::empty_file(),
        (None, DecodeError::NotTaken(_) | DecodeError::NotSound) => Finding {
            client: sentence(&error.to_string()),
            engineer: sentence(&error.to_string()),
            advice: "Send the mix as WAV, AIFF or FLAC.".to_owned(),
            ..plain(codes::UNREADABLE, Severity::Blocks)
        },
        (None, error) => file_findings::unreadable(&with_causes(error)),
    }))
}

/// An error text as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}
