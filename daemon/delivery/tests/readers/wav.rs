//! The chunks of a WAV as libsndfile, wavinfo, ffprobe, mediainfo and xmllint read them.

use std::path::PathBuf;

use delivery::wav_chunks::{Bext, BextLoudness, Chunk, CodingStep, Ixml, axml_isrc, info};
use delivery::{Isrc, Moment, Place, TrackTags};

use super::{python_tool, read_with, store};

fn chunks() -> Vec<Chunk> {
    let isrc = Isrc::parse("DE-A12-26-00001").unwrap();
    let tags = TrackTags {
        title: Some("Über dem Fluß".into()),
        artist: Some("First Client".into()),
        album: Some("Odd".into()),
        track: Some(Place {
            no: 3,
            of: Some(12),
        }),
        date: Some("2026-11-20".into()),
        comment: Some("mastered".into()),
        copyright: Some("2026 First Client".into()),
        isrc: Some(isrc),
        ..TrackTags::default()
    };
    let bext = Bext {
        description: "LQ-1001 First Song".into(),
        originator: "Studio North".into(),
        originator_reference: "LQ-1001-r2-01".into(),
        originated: Some(Moment::from_unix_ms(1_795_186_496_000).unwrap()),
        time_reference_samples: 5_000_000_000,
        loudness: BextLoudness {
            integrated_lufs: Some(-14.23),
            range_lu: Some(6.5),
            true_peak_dbtp: Some(-1.05),
            max_momentary_lufs: Some(-9.87),
            max_short_term_lufs: Some(-11.0),
        },
        history: vec![CodingStep {
            rate_hz: 48_000,
            bits: 24,
            channels: 2,
            text: "Lacquer master".into(),
        }],
    };
    let ixml = Ixml {
        project: "LQ-1001 First & Song".into(),
        note: "revision 2".into(),
        file_uid: "0123456789abcdef".into(),
        rate_hz: 48_000,
        bits: 24,
        channels: vec!["L".into(), "R".into()],
    };
    let software = "Lacquer 0.1.0";
    vec![
        bext.chunk(),
        axml_isrc(&isrc),
        ixml.chunk(),
        info(&tags, software),
    ]
}

/// A second of 24-bit stereo around the chunks, in the order that formats.md recommends.
fn wav(folder: &tempfile::TempDir) -> PathBuf {
    let frames = 48_000_usize;
    let mut body = b"WAVE".to_vec();
    let all = chunks();
    body.extend(all[0].riff_bytes());
    body.extend(b"fmt \x10\0\0\0\x01\0\x02\0");
    body.extend(48_000_u32.to_le_bytes());
    body.extend((48_000_u32 * 6).to_le_bytes());
    body.extend(b"\x06\0\x18\0");
    for chunk in &all[1..] {
        body.extend(chunk.riff_bytes());
    }
    body.extend(b"data");
    body.extend(u32::try_from(frames * 6).unwrap().to_le_bytes());
    body.resize(body.len() + frames * 6, 0);
    let mut file = b"RIFF".to_vec();
    file.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    file.extend(body);
    store(folder.path(), "final.wav", &file)
}

#[track_caller]
fn has(said: &str, parts: &[&str]) {
    // Readers pad their columns; only the words count.
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
}

#[test]
fn libsndfile_reads_the_broadcast_chunk() {
    let folder = tempfile::tempdir().unwrap();
    let path = wav(&folder);
    let said = read_with("sndfile-metadata-get", &["--all", path.to_str().unwrap()]);
    has(
        &said,
        &[
            "Description : LQ-1001 First Song",
            "Originator : Studio North",
            "Origination ref : LQ-1001-r2-01",
            "Origination date : 2026-11-20",
            "Origination time : 14:54:56",
            "Loudness value : -14.23",
            "Loudness range : 6.50",
            "Max. true peak level : -1.05",
            "Max. momentary level : -9.87",
            "Max. short term level : -11.00",
            "A=PCM,F=48000,W=24,M=stereo,T=Lacquer master",
        ],
    );
}

#[test]
fn wavinfo_reads_broadcast_info_and_ixml() {
    let folder = tempfile::tempdir().unwrap();
    let path = wav(&folder);
    let said = read_with(&python_tool("wavinfo"), &[path.to_str().unwrap()]);
    has(
        &said,
        &[
            "\"time_reference\": 5000000000",
            "\"loudness_value\": -14.23",
            "\"project\": \"LQ-1001 First & Song\"",
            "\"sample_rate\": 48000",
        ],
    );
}

#[test]
fn ffprobe_reads_the_info_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = wav(&folder);
    let said = read_with(
        "ffprobe",
        &[
            "-v",
            "error",
            "-show_entries",
            "format_tags",
            path.to_str().unwrap(),
        ],
    );
    has(
        &said,
        &[
            "TAG:title=Über dem Fluß",
            "TAG:artist=First Client",
            "TAG:album=Odd",
            "TAG:track=3",
            "TAG:ISRC=DEA122600001",
            "TAG:encoder=Lacquer 0.1.0",
            "TAG:time_reference=5000000000",
        ],
    );
}

#[test]
fn mediainfo_reads_audio_and_title() {
    let folder = tempfile::tempdir().unwrap();
    let path = wav(&folder);
    let said = read_with("mediainfo", &["--Full", path.to_str().unwrap()]);
    has(
        &said,
        &[
            "bext_Version : 2",
            "LoudnessValue : -14.23",
            "Sampling rate : 48000",
            "Bit depth : 24",
            "Producer : Studio North",
        ],
    );
}

#[test]
fn xmllint_finds_the_isrc() {
    let folder = tempfile::tempdir().unwrap();
    for (chunk, query, expected) in [
        (
            1,
            "string(//*[local-name()='identifier'][@formatLabel='ISRC'])",
            "ISRC:DEA122600001",
        ),
        (2, "string(/BWFXML/TRACK_LIST/TRACK[2]/NAME)", "R"),
    ] {
        let name = format!("{chunk}.xml");
        let path = store(folder.path(), &name, &chunks()[chunk].body);
        let said = read_with(
            "xmllint",
            &["--nonet", "--xpath", query, path.to_str().unwrap()],
        );
        assert_eq!(said.trim(), expected);
    }
}
