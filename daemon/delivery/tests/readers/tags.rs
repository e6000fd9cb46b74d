//! Our tags in a real MP3 and FLAC, read by ffprobe, mediainfo, mutagen and metaflac.

use std::path::Path;

use delivery::{Gain, Id3Version, Isrc, Loudness, Place, TrackTags};

use super::{python_tool, read_with, store};

/// -5 dB by ReplayGain 2, and a peak of 0.5.
const GAIN: Gain = Gain {
    track: Loudness {
        integrated_lufs: -13.0,
        true_peak_dbtp: -6.020_599_913_279_624,
    },
    album: None,
};

pub(super) fn tags() -> TrackTags {
    TrackTags {
        title: Some("Über dem Fluß 川".into()),
        artist: Some("First Client".into()),
        album_artist: Some("Various".into()),
        album: Some("Odd".into()),
        track: Some(Place {
            no: 3,
            of: Some(12),
        }),
        date: Some("2026-11-20".into()),
        isrc: Some(Isrc::parse("DEA122600001").unwrap()),
        barcode: Some("4006381333931".into()),
        copyright: Some("2026 First Client".into()),
        // Long enough that its length needs two bytes of seven bits.
        comment: Some("mastered ".repeat(40)),
        further: GAIN.replay_gain(),
        ..TrackTags::default()
    }
}

fn mp3(folder: &Path, version: Id3Version) -> String {
    let bare = folder.join("bare.mp3");
    read_with(
        "ffmpeg",
        &[
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "sine=440:d=1",
            "-id3v2_version",
            "0",
            "-b:a",
            "320k",
            bare.to_str().unwrap(),
        ],
    );
    let mut bytes = tags().id3v2(version);
    bytes.extend(std::fs::read(bare).unwrap());
    let path = store(folder, "final.mp3", &bytes);
    path.to_str().unwrap().to_owned()
}

#[test]
fn id3_of_both_versions_is_read_by_others() {
    for (version, name) in [(Id3Version::V23, "ID3v2.3"), (Id3Version::V24, "ID3v2.4")] {
        let folder = tempfile::tempdir().unwrap();
        let path = mp3(folder.path(), version);
        let probed = read_with(
            "ffprobe",
            &["-v", "error", "-show_entries", "format_tags", &path],
        );
        for part in [
            "TAG:title=Über dem Fluß 川\n",
            "TAG:artist=First Client\n",
            "TAG:album_artist=Various\n",
            "TAG:track=3/12\n",
            "TAG:date=2026-11-20\n",
            "TAG:TSRC=DEA122600001\n",
            "TAG:BARCODE=4006381333931\n",
            "TAG:REPLAYGAIN_TRACK_GAIN=-5.00 dB\n",
            "TAG:REPLAYGAIN_TRACK_PEAK=0.500000\n",
        ] {
            // ffmpeg 5 shows only the year of a 2.3 date.
            let year_only = part.contains("date") && version == Id3Version::V23;
            let part = if year_only { "TAG:date=2026" } else { part };
            assert!(probed.contains(part), "{name}: no {part:?} in {probed}");
        }
        let listed = read_with(&python_tool("mutagen-inspect"), &[&path]);
        for part in [
            "TDRC=2026-11-20",
            "TSRC=DEA122600001",
            "TRCK=3/12",
            "TCOP=2026 First Client",
        ] {
            assert!(listed.contains(part), "{name}: no {part:?} in {listed}");
        }
        let comment = format!("mastered{}", " mastered".repeat(39));
        assert!(listed.contains(&comment), "{name}: {listed}");
        let info = read_with("mediainfo", &["--Full", &path]);
        assert!(info.contains("Track name/Position"), "{name}: {info}");
    }
}

#[test]
fn vorbis_comments_are_read_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("final.flac");
    let path = path.to_str().unwrap();
    read_with(
        "ffmpeg",
        &["-v", "error", "-f", "lavfi", "-i", "sine=440:d=1", path],
    );
    let comments = tags().vorbis_comments();
    let lines = comments
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"));
    let list = store(
        folder.path(),
        "tags.txt",
        lines.collect::<String>().as_bytes(),
    );
    let import = format!("--import-tags-from={}", list.display());
    read_with(
        "metaflac",
        &["--remove-all-tags", "--no-utf8-convert", &import, path],
    );
    let probed = read_with(
        "ffprobe",
        &["-v", "error", "-show_entries", "format_tags", path],
    );
    for part in [
        "TAG:TITLE=Über dem Fluß 川\n",
        "TAG:TRACKTOTAL=12\n",
        "TAG:ISRC=DEA122600001\n",
    ] {
        assert!(probed.contains(part), "no {part:?} in {probed}");
    }
    let shown = read_with("ffprobe", &["-hide_banner", path]);
    assert!(shown.contains("track gain - -5.000000"), "{shown}");
}
