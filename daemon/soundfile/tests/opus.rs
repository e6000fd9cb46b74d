//! Opus files of ours, as ffmpeg decodes them and as we read them back; and files that are none.

use std::io::Cursor;
use std::process::Command;

use proptest::prelude::*;
use soundfile::{OpusDecoder, OpusEncoder, OpusSettings, Picture};

/// Two tones, one a channel, so that any shift or swap is seen.
fn tones(frames: usize) -> [Vec<f64>; 2] {
    [440.0, 1_000.0].map(|hz| {
        let turn = hz * std::f64::consts::TAU / 48_000.0;
        (0..frames)
            .map(|at| 0.4 * (at as f64 * turn).sin())
            .collect()
    })
}

fn encoded(frames: usize, picture: Option<Picture>) -> Vec<u8> {
    let settings = OpusSettings {
        channels: 2,
        bits_per_second: 192_000,
        comments: vec![
            ("TITLE".into(), "Rain über Tin".into()),
            ("ISRC".into(), "DEA122600002".into()),
        ],
        picture,
    };
    let mut bytes = Vec::new();
    let mut encoder = OpusEncoder::new(&mut bytes, &settings).unwrap();
    let [left, right] = tones(frames);
    // In blocks that are no multiple of a packet.
    for (left, right) in left.chunks(1_111).zip(right.chunks(1_111)) {
        encoder.write_planar(&[left, right]).unwrap();
    }
    assert_eq!(encoder.finish().unwrap().frames, frames as u64);
    bytes
}

fn decoded(bytes: &[u8]) -> [Vec<f64>; 2] {
    let mut decoder = OpusDecoder::open(Cursor::new(bytes)).unwrap();
    let mut all = [Vec::new(), Vec::new()];
    let mut block = [Vec::new(), Vec::new()];
    while decoder.next_block(&mut block).unwrap() > 0 {
        for (all, block) in all.iter_mut().zip(&block) {
            all.extend(block);
        }
    }
    all
}

#[test]
fn a_file_plays_as_many_frames_as_were_given_and_none_is_moved() {
    for frames in [0, 1, 647, 648, 649, 48_000, 100_001] {
        let heard = decoded(&encoded(frames, None));
        assert_eq!([heard[0].len(), heard[1].len()], [frames; 2]);
        if frames < 48_000 {
            continue;
        }
        for (given, heard) in tones(frames).iter().zip(&heard) {
            let power: f64 = given.iter().map(|x| x * x).sum();
            let apart: f64 = given
                .iter()
                .zip(heard)
                .map(|(a, b)| (a - b) * (a - b))
                .sum();
            // Two tones at 192 kbit/s; one frame of shift would leave -18 dB of the higher.
            assert!(10.0 * (apart / power).log10() < -30.0);
        }
    }
}

#[test]
fn ffmpeg_decodes_the_same_frames_and_reads_the_tags_and_the_cover() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.opus");
    let cover = Picture {
        mime_type: "image/png".into(),
        width: 1,
        height: 1,
        depth_bits: 24,
        bytes: PIXEL.to_vec(),
    };
    let bytes = encoded(100_001, Some(cover));
    let mut file = std::fs::File::create_new(&path).unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    let run = |program: &str, words: &[&str]| {
        let done = Command::new(program).args(words).arg(&path).output();
        let done = done.unwrap_or_else(|e| panic!("{program}: {e}; run image/install-test-tools"));
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let said = run("opusinfo", &[]);
    assert!(said.contains("TITLE=Rain über Tin"), "{said}");
    assert!(!said.to_lowercase().contains("warning"), "{said}");
    let said = run(
        "ffprobe",
        &[
            "-v",
            "error",
            "-show_entries",
            "stream=codec_name,width",
            "-of",
            "csv=p=0",
        ],
    );
    assert_eq!(
        said.split_whitespace().collect::<Vec<_>>(),
        ["opus", "png,1"]
    );
    let raw = folder.path().join("song.raw");
    let mut ffmpeg = Command::new("ffmpeg");
    let done = ffmpeg
        .args(["-v", "error", "-i"])
        .arg(&path)
        .args(["-map", "0:a", "-f", "f32le"])
        .arg(&raw)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let raw = std::fs::read(&raw).unwrap();
    let ours = decoded(&bytes);
    assert_eq!(raw.len(), ours[0].len() * 8);
    for (at, four) in raw.as_chunks::<4>().0.iter().enumerate() {
        let theirs = f64::from(f32::from_le_bytes(*four));
        // Two decoders of one standard: RFC 6716 lets them differ by a little, far below 16 bits.
        assert!((theirs - ours[at % 2][at / 2]).abs() < 1e-4, "sample {at}");
    }
}

/// A picture of one pixel.
const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 0x0c, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0, 0, 3, 1, 1, 0, 0xc9, 0xfe, 0x92, 0xef, 0, 0, 0, 0, 0x49,
    0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn read_on(bytes: &[u8]) {
    let Ok(mut decoder) = OpusDecoder::open(Cursor::new(bytes)) else {
        return;
    };
    let mut block = vec![Vec::new(); usize::from(decoder.spec().channels)];
    while matches!(decoder.next_block(&mut block), Ok(frames) if frames > 0) {}
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_the_reader_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read_on(&bytes);
    }

    #[test]
    fn a_damaged_file_is_refused_or_shorter(at in 0..20_000_usize, bit in 0..8_u32, cut in 0..20_000_usize) {
        let mut bytes = encoded(20_000, None);
        let length = bytes.len();
        bytes[at % length] ^= 1 << bit;
        read_on(&bytes);
        bytes.truncate(cut % length);
        read_on(&bytes);
    }
}
