//! Mixes good and bad, checked by a real worker.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use measure::{Declared, Thresholds};
use sha2::{Digest, Sha256};
use soundfile::{
    AudioSpec, Codec, Completeness, Container, Mp3Encoder, SampleType, WavReader, WavWriter,
};
use worker::{InspectRequest, Inspected, Loudness, WorkerError, WorkerLimits};

use crate::{ORDINARY_USER, Test, workers};

pub(crate) const TESTS: &[Test] = &[
    ("a_mix_is_decoded_measured_and_kept", whole_mix),
    ("a_file_is_decoded_alone", decoded_alone),
    ("a_file_is_measured_alone", measured_alone),
    ("a_mix_cut_short_is_found", cut_short),
    ("zeros_after_full_sound_are_found", zero_tail),
    ("what_is_no_mix_is_refused_in_words", no_mix),
    ("lossy_and_mislabelled_is_found", lossy_and_mislabelled),
    ("silence_and_wild_numbers_come_through", wild_numbers),
    ("more_audio_than_allowed_ends_the_worker", too_much_audio),
    ("a_full_disk_is_no_fault_of_the_mix", full_disk),
    ("an_ordinary_user_can_check_mixes", ordinary_user),
];

const STEREO_24: AudioSpec = AudioSpec {
    rate_hz: 48_000,
    channels: 2,
    sample: SampleType::I24,
};

fn temporary(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Two tones at −6 dBFS that fade in and out.
fn tones(spec: AudioSpec, seconds: f64) -> Vec<u8> {
    let frames = (f64::from(spec.rate_hz) * seconds) as usize;
    let sound: Vec<f64> = (0..frames)
        .map(|n| {
            let place = n as f64 / frames as f64;
            let fade = (place * std::f64::consts::PI).sin().powi(2);
            0.5 * fade * (n as f64 * 0.05).sin()
        })
        .collect();
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec, &[]).unwrap();
    writer
        .write_planar(&vec![&sound[..]; usize::from(spec.channels)])
        .unwrap();
    writer.finish().unwrap();
    file.into_inner()
}

fn request(bytes: &[u8], name: &str) -> (InspectRequest, File) {
    let canonical = tempfile::tempfile().unwrap();
    let kept = canonical.try_clone().unwrap();
    let request = InspectRequest {
        input: temporary(bytes),
        canonical,
        name: name.to_owned(),
        declared: None,
        thresholds: Thresholds::default(),
    };
    (request, kept)
}

fn check(bytes: &[u8], name: &str) -> Result<Inspected, WorkerError> {
    workers(WorkerLimits::default()).inspect(request(bytes, name).0)
}

fn has(inspected: &Inspected, code: &str) -> bool {
    inspected.inspection.findings.iter().any(|f| f.code == code)
}

fn whole_mix() {
    let mix = tones(STEREO_24, 3.0);
    let (mut request, mut kept) = request(&mix, "LQ-1001 Song.wav");
    request.declared = Some(Declared {
        rate_hz: 96_000,
        bits: 24,
    });
    let inspected = workers(WorkerLimits::default()).inspect(request).unwrap();
    assert_eq!(inspected.frames, 144_000);
    assert!(inspected.complete && inspected.cut_short.is_none());
    assert_eq!(inspected.finished.completeness, Completeness::Complete);
    assert_eq!(inspected.format.spec, STEREO_24);
    assert!(has(&inspected, "format_not_as_declared"), "{inspected:?}");
    let peak = inspected.inspection.measurements.sample_peak_dbfs.unwrap();
    assert!((peak + 6.02).abs() < 0.01, "{peak}");

    kept.seek(SeekFrom::Start(0)).unwrap();
    let mut canonical = Vec::new();
    kept.read_to_end(&mut canonical).unwrap();
    assert_eq!(canonical.len() as u64, inspected.canonical_bytes);
    let wav = WavReader::open(std::io::Cursor::new(&canonical)).unwrap();
    let (offset, length) = wav.data_range();
    let (from, to) = (offset as usize, (offset + length) as usize);
    let payload = &canonical[from..to];
    assert_eq!(payload, &mix[mix.len() - payload.len()..]);
    let hex: String = Sha256::digest(payload)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, inspected.samples_sha256);
}

/// What is mastered is decoded as what is checked, and as loud.
fn decoded_alone() {
    let mix = tones(STEREO_24, 3.0);
    let (checked, mut kept) = request(&mix, "Song.wav");
    let inspected = workers(WorkerLimits::default()).inspect(checked).unwrap();
    let (bare, mut alone) = request(&mix, "Song.wav");
    let workers = workers(WorkerLimits::default());
    let decode = |request: InspectRequest, loudness| {
        workers.decode(request.input, request.canonical, &request.name, loudness)
    };
    let decoded = decode(bare, Loudness::Integrated).unwrap();
    assert!(decoded.complete);
    assert_eq!(decoded.frames, 144_000);
    assert_eq!(decoded.samples_sha256, inspected.samples_sha256);
    let measured = inspected.inspection.measurements.integrated_lufs;
    assert!(measured.is_some());
    assert_eq!(decoded.integrated_lufs, measured);
    let mut bytes = [Vec::new(), Vec::new()];
    for (file, bytes) in [&mut kept, &mut alone].into_iter().zip(&mut bytes) {
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(bytes).unwrap();
    }
    assert_eq!(bytes[0], bytes[1]);
    // The same samples where nobody reads how loud they are.
    let (bare, _) = request(&mix, "Song.wav");
    let unread = decode(bare, Loudness::Unread).unwrap();
    assert_eq!(unread.samples_sha256, decoded.samples_sha256);
    assert_eq!((unread.frames, unread.integrated_lufs), (144_000, None));

    let (half, _) = request(&mix[..mix.len() / 2], "Song.wav");
    assert!(!decode(half, Loudness::Unread).unwrap().complete);
    let (text, _) = request(b"no sound at all", "Song.wav");
    match decode(text, Loudness::Unread) {
        Err(WorkerError::NoMix(finding)) => assert_eq!(finding.code, "unreadable"),
        other => panic!("{other:?}"),
    }
}

/// What is only measured has the figures of what is checked.
fn measured_alone() {
    let workers = workers(WorkerLimits::default());
    for (spec, seconds) in [(STEREO_24, 3.0), (STEREO_24, 0.013)] {
        let mix = tones(spec, seconds);
        let inspected = workers.inspect(request(&mix, "Song.wav").0).unwrap();
        let measured = workers.measure(&temporary(&mix), "Song.wav").unwrap();
        assert!(measured.complete);
        assert_eq!(measured.samples_sha256, inspected.samples_sha256);
        assert_eq!(measured.measurements, inspected.inspection.measurements);
    }
    let mix = tones(STEREO_24, 3.0);
    let half = workers.measure(&temporary(&mix[..mix.len() / 2]), "Song.wav");
    let half = half.unwrap();
    assert!(!half.complete);
    assert!((half.measurements.duration_seconds - 1.5).abs() < 0.01);
    let refused = |bytes: &[u8]| match workers.measure(&temporary(bytes), "Song.wav") {
        Err(WorkerError::NoMix(finding)) => finding.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(b"no sound at all"), "unreadable");
    assert_eq!(refused(&mix[..84]), "cut_short");
}

fn cut_short() {
    let mix = tones(STEREO_24, 2.0);
    let inspected = check(&mix[..mix.len() / 2], "a.wav").unwrap();
    let cut = inspected.cut_short.unwrap();
    assert!(!inspected.complete);
    assert!((cut.have_seconds - 1.0).abs() < 0.01, "{cut:?}");
    assert_eq!(cut.expected_seconds, 2.0);
    assert_eq!(inspected.inspection.findings[0].code, "cut_short");
    // Nothing but a header arrived.
    match check(&mix[..84], "a.wav") {
        Err(WorkerError::NoMix(finding)) => assert_eq!(finding.code, "cut_short"),
        other => panic!("{other:?}"),
    }
}

fn zero_tail() {
    let mut mix = tones(STEREO_24, 2.0);
    let half = mix.len() / 2;
    mix[half..].fill(0);
    let inspected = check(&mix, "a.wav").unwrap();
    assert!(has(&inspected, "zero_tail"));
    assert!(inspected.trailing_zeros_frames.abs_diff(48_000) < 100);
}

fn no_mix() {
    let refused = |bytes: &[u8], name: &str| match check(bytes, name) {
        Err(WorkerError::NoMix(finding)) => (finding.code.clone(), finding.client.clone()),
        other => panic!("{name}: {other:?}"),
    };
    let mut zero_channels = tones(STEREO_24, 0.1);
    let header = zero_channels.windows(4).position(|w| w == b"fmt ").unwrap() + 8;
    zero_channels[header + 2] = 0;
    let mut one_hertz = tones(STEREO_24, 0.1);
    one_hertz[header + 4..header + 8].copy_from_slice(&1u32.to_le_bytes());
    let text = refused(b"these are my notes for the mix", "notes.wav");
    assert_eq!(text.0, "unreadable");
    assert_eq!(text.1, "The file is no sound file; send WAV, AIFF or FLAC.");
    assert_eq!(refused(b"", "a.wav").0, "empty");
    assert_eq!(refused(&tones(STEREO_24, 0.0), "a.wav").0, "empty");
    assert_eq!(refused(&zero_channels, "a.wav").0, "channels_unusable");
    assert_eq!(refused(&one_hertz, "a.wav").0, "rate_unusable");
}

fn lossy_and_mislabelled() {
    let mut mp3 = std::io::Cursor::new(Vec::new());
    let tone: Vec<f64> = (0..48_000)
        .map(|n| 0.4 * (f64::from(n) * 0.05).sin())
        .collect();
    let mut encoder = Mp3Encoder::new(&mut mp3, 48_000, 2, &[]).unwrap();
    encoder.write_planar(&[&tone, &tone]).unwrap();
    encoder.finish().unwrap();
    let inspected = check(&mp3.into_inner(), "Final Master.wav").unwrap();
    assert_eq!(inspected.format.codec, Codec::Mp3);
    assert_eq!(inspected.format.mislabelled_as, Some(Container::Wav));
    assert_eq!(inspected.frames, 48_000);
    assert!(has(&inspected, "lossy_source") && has(&inspected, "mislabelled"));
}

fn wild_numbers() {
    let spec = AudioSpec {
        sample: SampleType::F32,
        rate_hz: 192_000,
        ..STEREO_24
    };
    let mut wild = tones(spec, 0.5);
    let at = wild.len() - 8_000;
    for (n, sample) in wild[at..].chunks_exact_mut(4).enumerate() {
        let value = [f32::NAN, f32::INFINITY, f32::MAX, 1e-42][n % 4];
        sample.copy_from_slice(&value.to_le_bytes());
    }
    let inspected = check(&wild, "a.wav").unwrap();
    assert!(has(&inspected, "non_finite"));
    let silent = check(&tones_silent(), "a.wav").unwrap();
    assert!(has(&silent, "silent"));
    assert_eq!(silent.trailing_zeros_frames, silent.frames);
}

fn tones_silent() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, STEREO_24, &[]).unwrap();
    writer.write_raw(&vec![0; 6 * 96_000]).unwrap();
    writer.finish().unwrap();
    file.into_inner()
}

fn too_much_audio() {
    let limits = WorkerLimits {
        output_bytes: 100_000,
        ..WorkerLimits::default()
    };
    let (request, _) = request(&tones(STEREO_24, 2.0), "a.wav");
    let error = workers(limits).inspect(request).unwrap_err();
    assert!(matches!(error, WorkerError::OutputTooLarge), "{error:?}");
    assert!(error.finding().is_some());
}

fn full_disk() {
    let (mut request, _) = request(&tones(STEREO_24, 2.0), "a.wav");
    // Every write to it says that the disk is full.
    request.canonical = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    match workers(WorkerLimits::default())
        .inspect(request)
        .unwrap_err()
    {
        error @ WorkerError::Storage { .. } => {
            assert_eq!(error.to_string(), "could not write the canonical audio");
            assert!(error.finding().is_none());
        }
        other => panic!("{other:?}"),
    }
}

/// Started as an ordinary user: checks a mix and says how it went.
pub(crate) fn check_as_ordinary_user() -> ExitCode {
    assert!(!rustix::process::getuid().is_root());
    let inspected = check(&tones(STEREO_24, 0.5), "a.wav").unwrap();
    assert!(inspected.complete);
    let error = workers(WorkerLimits::default())
        .attempt(worker::Trial::OpenFile)
        .unwrap_err();
    assert!(matches!(error, WorkerError::Forbidden), "{error:?}");
    ExitCode::SUCCESS
}

fn ordinary_user() {
    const NOBODY: u32 = 65_534;
    // A place that nobody can reach, unlike the folder this program is built in.
    let dir = tempfile::tempdir().unwrap();
    let open_to_all = fs::Permissions::from_mode(0o755);
    fs::set_permissions(dir.path(), open_to_all).unwrap();
    let program = dir.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new(&program);
    command.arg(OsString::from(ORDINARY_USER));
    if rustix::process::getuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{said}");
}
