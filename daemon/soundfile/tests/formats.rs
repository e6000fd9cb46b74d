//! Files made by other programs are decoded to the very samples that went in, and what we
//! encode is read back by them.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use soundfile::wav::WavWriter;
use soundfile::{
    AudioSpec, Codec, Completeness, Container, DecodeError, Decoder, Finished, FlacEncoder,
    FlacSettings, Mp3Encoder, Mp3Error, Picture, SampleType, SamplesHash, SourceChecksum,
    SourceFormat, Verify,
};

/// A little music: two detuned tones and noise, different on each channel.
fn music(frames: usize, channels: usize) -> Vec<Vec<f64>> {
    let mut noise = 0x2545_f491_4f6c_dd1du64;
    (0..channels)
        .map(|channel| {
            (0..frames)
                .map(|n| {
                    noise ^= noise << 13;
                    noise ^= noise >> 7;
                    noise ^= noise << 17;
                    let hiss = (noise >> 40) as f64 / f64::from(1 << 24) - 0.5;
                    let phase = n as f64 * (0.031 + 0.004 * channel as f64);
                    0.4 * phase.sin() + 0.2 * (phase * 2.7).sin() + 0.02 * hiss
                })
                .collect()
        })
        .collect()
}

struct Fixture {
    dir: tempfile::TempDir,
    spec: AudioSpec,
    sha256: String,
    frames: u64,
}

impl Fixture {
    fn new(spec: AudioSpec, frames: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut file = File::create(dir.path().join("mix.wav")).unwrap();
        let mut writer = WavWriter::new(&mut file, spec, &[]).unwrap();
        let channels = music(frames, usize::from(spec.channels));
        let planar: Vec<&[f64]> = channels.iter().map(Vec::as_slice).collect();
        writer.write_planar(&planar).unwrap();
        let written = writer.finish().unwrap();
        Self {
            dir,
            spec,
            sha256: written.samples_sha256,
            frames: written.frames,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Has ffmpeg make `name` of the mix.
    fn made_by_ffmpeg(&self, name: &str, options: &[&str]) -> PathBuf {
        let (mix, out) = (self.path("mix.wav"), self.path(name));
        run(Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-i"])
            .arg(mix)
            .args(options)
            .arg(&out));
        out
    }
}

fn stereo(sample: SampleType) -> AudioSpec {
    AudioSpec {
        rate_hz: 48_000,
        channels: 2,
        sample,
    }
}

fn run(command: &mut Command) -> Vec<u8> {
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{command:?}: {said}");
    out.stdout
}

fn decode(path: &Path) -> (SourceFormat, Finished, String) {
    let name = path.file_name().unwrap().to_str().unwrap();
    decode_stream(File::open(path).unwrap(), name).unwrap()
}

fn decode_stream<R: Read + Seek + Send + Sync + 'static>(
    stream: R,
    name: &str,
) -> Result<(SourceFormat, Finished, String), DecodeError> {
    let mut decoder = Decoder::open(stream, name)?;
    let format = decoder.format().clone();
    let mut hash = SamplesHash::new();
    let mut channels = vec![Vec::new(); usize::from(format.spec.channels)];
    while let Some(block) = decoder.next_block()? {
        hash.update(block.bytes);
        block.planar(&mut channels);
        assert!(channels.iter().all(|c| c.len() == block.frames()));
    }
    Ok((format, decoder.finish()?, hash.finish()))
}

/// Kind of sample, name, what ffmpeg is told, and what the file then is.
const LOSSLESS: [(SampleType, &str, &str, Container, Codec); 19] = {
    use Codec::{Alac, Float, Pcm};
    use Container::{Aifc, Aiff, Caf, Mp4, Rf64, Wav};
    use SampleType::{F32, F64, I16, I24, I32};
    const RAW_24: &str = "-bits_per_raw_sample 24 -sample_fmt s32";
    const ALAC_24: &str = "-c:a alac -bits_per_raw_sample 24 -sample_fmt s32p";
    [
        (I16, "a.flac", "", Container::Flac, Codec::Flac),
        (I24, "a.flac", RAW_24, Container::Flac, Codec::Flac),
        (I16, "a.m4a", "-c:a alac", Mp4, Alac),
        (I24, "a.m4a", ALAC_24, Mp4, Alac),
        (I16, "a.caf", "-c:a alac", Caf, Alac),
        (I16, "a.aiff", "-c:a pcm_s16be", Aiff, Pcm),
        (I24, "a.aiff", "-c:a pcm_s24be", Aiff, Pcm),
        (I32, "a.aiff", "-c:a pcm_s32be", Aiff, Pcm),
        (I16, "a.caf", "-c:a pcm_s16le", Caf, Pcm),
        (I24, "a.caf", "-c:a pcm_s24le", Caf, Pcm),
        (I16, "b.caf", "-c:a pcm_s16be", Caf, Pcm),
        (I24, "b.caf", "-c:a pcm_s24be", Caf, Pcm),
        (I32, "b.caf", "-c:a pcm_s32be", Caf, Pcm),
        (I16, "a.aifc", "-f aiff -c:a pcm_s16le", Aifc, Pcm),
        (F32, "a.aiff", "-c:a pcm_f32be", Aifc, Float),
        (F64, "a.aiff", "-c:a pcm_f64be", Aifc, Float),
        (F32, "a.caf", "-c:a pcm_f32le", Caf, Float),
        (I24, "a.wav", "-c:a pcm_s24le -rf64 always", Rf64, Pcm),
        (F64, "a.wav", "-c:a pcm_f64le", Wav, Float),
    ]
};

#[test]
fn lossless_files_of_other_programs_give_back_the_very_samples() {
    for (sample, name, options, container, codec) in LOSSLESS {
        let mix = Fixture::new(stereo(sample), 50_001);
        let told: Vec<&str> = options.split_whitespace().collect();
        let (format, finished, sha256) = decode(&mix.made_by_ffmpeg(name, &told));
        let case = format!("{name} {options}");
        assert_eq!(
            (format.container, format.codec),
            (container, codec),
            "{case}"
        );
        assert_eq!(format.spec, mix.spec, "{case}");
        assert!(!format.lossy, "{case}");
        assert_eq!(format.bit_depth, Some(sample.bits()), "{case}");
        assert_eq!(finished.completeness, Completeness::Complete, "{case}");
        assert_eq!(finished.frames, mix.frames, "{case}");
        assert_eq!(sha256, mix.sha256, "{case}");
    }
}

#[test]
fn lossy_files_are_found_to_be_lossy() {
    let mix = Fixture::new(stereo(SampleType::I24), 96_000);
    let check = |name, options: &[&str], container, codec| {
        let (format, finished, _) = decode(&mix.made_by_ffmpeg(name, options));
        assert_eq!(
            (format.container, format.codec),
            (container, codec),
            "{name}"
        );
        assert!(format.lossy && format.bit_depth.is_none(), "{name}");
        assert_eq!(finished.completeness, Completeness::Complete, "{name}");
        // A packet of AAC is 1024 frames, and its delay is not always taken off.
        assert!(finished.frames.abs_diff(mix.frames) <= 2 * 1024, "{name}");
    };
    check("a.mp3", &["-b:a", "192k"], Container::Mp3, Codec::Mp3);
    check("a.m4a", &["-c:a", "aac"], Container::Mp4, Codec::Aac);
    check(
        "a.ogg",
        &["-c:a", "libvorbis"],
        Container::Ogg,
        Codec::Vorbis,
    );
}

#[test]
fn titles_artists_and_isrc_are_read_from_every_kind_of_tag() {
    let mix = Fixture::new(stereo(SampleType::I16), 4_800);
    let tags = [
        "-metadata",
        "title=Nachtlied",
        "-metadata",
        "artist=Ensemble",
    ];
    for name in ["a.flac", "a.mp3", "a.m4a", "a.ogg", "a.wav", "a.aiff"] {
        let path = mix.made_by_ffmpeg(name, &tags);
        let decoder = Decoder::open(File::open(&path).unwrap(), name).unwrap();
        assert_eq!(decoder.tags().title.as_deref(), Some("Nachtlied"), "{name}");
        if name != "a.aiff" {
            assert_eq!(decoder.tags().artist.as_deref(), Some("Ensemble"), "{name}");
        }
    }
}

#[test]
fn a_wrong_name_is_seen_and_does_not_matter() {
    let mix = Fixture::new(stereo(SampleType::I16), 48_000);
    let mp3 = mix.made_by_ffmpeg("a.mp3", &["-b:a", "128k"]);
    let (format, _, _) = decode_stream(File::open(&mp3).unwrap(), "Final Mix.wav").unwrap();
    assert_eq!(format.container, Container::Mp3);
    assert_eq!(format.mislabelled_as, Some(Container::Wav));
    let wav = File::open(mix.path("mix.wav")).unwrap();
    let (format, _, sha256) = decode_stream(wav, "mix.aiff").unwrap();
    assert_eq!(format.mislabelled_as, Some(Container::Aiff));
    assert_eq!(sha256, mix.sha256);
    let (format, _, _) = decode(&mix.made_by_ffmpeg("x.wav", &["-rf64", "always"]));
    assert_eq!(format.mislabelled_as, None);
}

#[test]
fn what_is_no_sound_is_named() {
    let check = |bytes: &[u8], name: &str, words: &str| {
        let error = decode_stream(Cursor::new(bytes.to_vec()), name).unwrap_err();
        assert_eq!(error.to_string(), words);
    };
    check(b"", "mix.wav", "the file is empty");
    check(
        b"PK\x03\x04 and so on",
        "mix.wav",
        "the file is a zip archive, not a sound file that is taken; send WAV, AIFF or FLAC",
    );
    check(
        b"Dear Sirs, please find attached",
        "mix.wav",
        "the file is no sound file; send WAV, AIFF or FLAC",
    );
    check(
        b"fLaC\0\0\0\x22",
        "mix.flac",
        "the FLAC file is damaged or cut short",
    );
}

#[test]
fn a_file_cut_anywhere_is_never_called_complete() {
    let mix = Fixture::new(stereo(SampleType::I24), 30_000);
    for (name, options) in [
        ("a.flac", &["-sample_fmt", "s32"][..]),
        ("a.aiff", &["-c:a", "pcm_s24be"]),
        ("a.caf", &["-c:a", "pcm_s24le"]),
        ("a.m4a", &["-c:a", "alac"]),
        ("b.m4a", &["-c:a", "alac", "-movflags", "faststart"]),
        ("a.wav", &["-c:a", "pcm_s24le"]),
        ("a.ogg", &["-c:a", "libvorbis"]),
        ("a.mp3", &["-b:a", "128k"]),
    ] {
        let mut whole = Vec::new();
        let path = mix.made_by_ffmpeg(name, options);
        File::open(path).unwrap().read_to_end(&mut whole).unwrap();
        for tenth in 0..10 {
            let cut = whole[..whole.len() * tenth / 10].to_vec();
            if let Ok((_, finished, _)) = decode_stream(Cursor::new(cut), name) {
                assert!(
                    matches!(finished.completeness, Completeness::CutShort { .. }),
                    "{name} at {tenth}/10: {finished:?}"
                );
            }
        }
    }
}

#[test]
fn flac_with_a_flipped_sample_is_caught_by_its_own_checksum() {
    let mix = Fixture::new(stereo(SampleType::I16), 30_000);
    let path = mix.made_by_ffmpeg("a.flac", &[]);
    let mut bytes = Vec::new();
    File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    let (_, whole, _) = decode_stream(Cursor::new(bytes.clone()), "a.flac").unwrap();
    assert_eq!(whole.checksum, SourceChecksum::Agrees);
    // The MD5 of the samples is the last field of STREAMINFO.
    bytes[8 + 18] ^= 1;
    let (_, other, _) = decode_stream(Cursor::new(bytes), "a.flac").unwrap();
    assert_eq!(other.checksum, SourceChecksum::Differs);
}

/// An AIFF file with the sound in front of the header, 8 bits, and an odd length.
#[test]
fn aiff_with_its_chunks_in_another_order_is_read() {
    let mut body = Vec::from(*b"AIFF");
    body.extend_from_slice(b"SSND\0\0\0\x0b\0\0\0\0\0\0\0\0\x80\0\x7f\0");
    body.extend_from_slice(b"NAME\0\0\0\x03Abc\0");
    body.extend_from_slice(b"COMM\0\0\0\x12\0\x01\0\0\0\x03\0\x08\x40\x0e\xbb\x80\0\0\0\0\0\0");
    let mut file = Vec::from(*b"FORM");
    file.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
    file.extend_from_slice(&body);
    let mut decoder = Decoder::open(Cursor::new(file), "a.aif").unwrap();
    assert_eq!(decoder.format().spec.rate_hz, 48_000);
    assert_eq!(decoder.tags().title.as_deref(), Some("Abc"));
    let block = decoder.next_block().unwrap().unwrap();
    assert_eq!(block.bytes, [0x00, 0x80, 0x00, 0x00, 0x00, 0x7f]);
    assert_eq!(
        decoder.finish().unwrap().completeness,
        Completeness::Complete
    );
}

fn flac_of(mix: &Fixture, settings: &FlacSettings, name: &str) -> PathBuf {
    let path = mix.path(name);
    let mut file = File::create(&path).unwrap();
    let mut encoder = FlacEncoder::new(&mut file, settings).unwrap();
    let wav = File::open(mix.path("mix.wav")).unwrap();
    let mut wav = Decoder::open(wav, "mix.wav").unwrap();
    while let Some(block) = wav.next_block().unwrap() {
        encoder.write_raw(block.bytes).unwrap();
    }
    let written = encoder.finish().unwrap();
    assert_eq!(written.samples_sha256, mix.sha256);
    assert_eq!(written.frames, mix.frames);
    assert_eq!(written.bytes, file.metadata().unwrap().len());
    path
}

#[test]
fn our_flac_holds_the_very_samples_and_passes_flac_t() {
    for (sample, rate_hz, channels) in [
        (SampleType::I16, 44_100, 2),
        (SampleType::I24, 48_000, 2),
        (SampleType::I24, 192_000, 1),
        (SampleType::I16, 88_200, 6),
    ] {
        let spec = AudioSpec {
            rate_hz,
            channels,
            sample,
        };
        let mix = Fixture::new(spec, 20_123);
        let settings = FlacSettings {
            verify: Verify::Compare,
            frames: Some(mix.frames),
            comments: vec![
                ("TITLE".into(), "Nachtlied – für alle".into()),
                ("ISRC".into(), "DEA123456789".into()),
            ],
            picture: Some(Picture {
                mime_type: "image/png".into(),
                width: 1,
                height: 1,
                depth_bits: 24,
                bytes: vec![1, 2, 3, 4],
            }),
            ..FlacSettings::new(spec)
        };
        let path = flac_of(&mix, &settings, "our.flac");
        run(Command::new("flac").args(["-s", "-t"]).arg(&path));
        let listed = run(Command::new("metaflac").arg("--list").arg(&path));
        let listed = String::from_utf8(listed).unwrap();
        assert!(listed.contains("TITLE=Nachtlied – für alle"), "{listed}");
        assert!(listed.contains("image/png"), "{listed}");
        let (format, finished, sha256) = decode(&path);
        assert_eq!(format.spec, spec);
        assert_eq!(finished.checksum, SourceChecksum::Agrees);
        assert_eq!(sha256, mix.sha256);
    }
}

#[test]
fn a_full_disk_stops_the_flac_encoder_with_the_disks_own_words() {
    struct Full(Cursor<Vec<u8>>, usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0.get_ref().len() + bytes.len() > self.1 {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.0.write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl Seek for Full {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }
    let settings = FlacSettings::new(stereo(SampleType::I16));
    for room in [0, 10, 100, 20_000] {
        let sink = Full(Cursor::new(Vec::new()), room);
        let noise: Vec<u8> = (0..400_000u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0])
            .collect();
        let error = FlacEncoder::new(sink, &settings)
            .and_then(|mut encoder| {
                encoder.write_raw(&noise)?;
                encoder.finish()
            })
            .unwrap_err();
        match error {
            soundfile::FlacError::Io(e) => assert_eq!(e.kind(), std::io::ErrorKind::StorageFull),
            other => panic!("{other:?} with room for {room} bytes"),
        }
    }
}

#[test]
fn our_mp3_has_exactly_the_length_of_its_source() {
    for (rate_hz, channels, frames) in [
        (44_100, 2, 100_000),
        (48_000, 1, 47_999),
        (48_000, 2, 1_153),
    ] {
        for id3 in [&b""[..], b"ID3\x03\0\0\0\0\0\x0aTIT2\0\0\0\0\0\0"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("our.mp3");
            let mut file = File::create(&path).unwrap();
            let sound = music(frames, usize::from(channels));
            let planar: Vec<&[f64]> = sound.iter().map(Vec::as_slice).collect();
            let mut encoder = Mp3Encoder::new(&mut file, rate_hz, channels, id3).unwrap();
            encoder.write_planar(&planar).unwrap();
            let written = encoder.finish().unwrap();
            assert_eq!(written.frames, frames as u64);
            assert_eq!(written.bytes, file.metadata().unwrap().len());

            let (format, finished, _) = decode(&path);
            assert_eq!((format.codec, format.lossy), (Codec::Mp3, true));
            assert_eq!(finished.frames, frames as u64, "{rate_hz} Hz {channels} ch");
            let decoded = run(Command::new("ffmpeg")
                .args(["-v", "error", "-i"])
                .arg(&path)
                .args(["-f", "f32le", "-"]));
            assert_eq!(decoded.len(), frames * usize::from(channels) * 4);
            let kind = run(Command::new("ffprobe")
                .args([
                    "-v",
                    "error",
                    "-show_entries",
                    "stream=bit_rate",
                    "-of",
                    "csv=p=0",
                ])
                .arg(&path));
            assert_eq!(String::from_utf8_lossy(&kind).trim(), "320000");
        }
    }
}

#[test]
fn mp3_of_another_rate_has_to_be_converted_first() {
    let error = Mp3Encoder::new(Cursor::new(Vec::new()), 96_000, 2, &[])
        .err()
        .unwrap();
    assert!(matches!(error, Mp3Error::Rate(96_000)));
    assert_eq!(
        error.to_string(),
        "MP3 is made at 44,100 or 48,000 Hz; convert 96000 Hz first"
    );
}

/// One small file of each kind, for damage.
fn corpus() -> &'static [(String, Vec<u8>)] {
    static CORPUS: std::sync::OnceLock<Vec<(String, Vec<u8>)>> = std::sync::OnceLock::new();
    CORPUS.get_or_init(|| {
        let mix = Fixture::new(stereo(SampleType::I16), 6_000);
        let kinds = [
            ("a.flac", &[][..]),
            ("a.mp3", &["-b:a", "64k"]),
            ("a.m4a", &["-c:a", "alac"]),
            ("b.m4a", &["-c:a", "aac"]),
            ("a.ogg", &["-c:a", "libvorbis"]),
            ("a.caf", &["-c:a", "pcm_s16le"]),
            ("a.aiff", &[]),
            ("b.aiff", &["-c:a", "pcm_f32be"]),
            ("a.aac", &["-c:a", "aac"]),
            ("a.wav", &["-c:a", "pcm_u8"]),
        ];
        kinds
            .iter()
            .map(|(name, options)| {
                let mut bytes = Vec::new();
                let path = mix.made_by_ffmpeg(name, options);
                File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
                ((*name).to_owned(), bytes)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Damage of any kind gives samples or a sentence, never a panic.
    #[test]
    fn damaged_files_never_panic(
        kind in 0usize..10,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        head_flips in prop::collection::vec((0usize..160, any::<u8>()), 0..4),
        keep in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let (name, bytes) = &corpus()[kind];
        let mut bytes = bytes.clone();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        for (at, value) in head_flips {
            bytes[at] = value;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        if let Err(error) = decode_stream(Cursor::new(bytes), name) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
