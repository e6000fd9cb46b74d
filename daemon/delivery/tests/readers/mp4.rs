//! Our tags in AAC files of ffmpeg, read by ffprobe, exiftool and mediainfo; their sound stays as it was.

use std::path::Path;

use delivery::mp4::{lead_in_frames, with_tags};
use delivery::picture::FrontCover;
use proptest::prelude::*;

use super::tags::tags;
use super::{read_with, store};

/// A second of AAC as ffmpeg writes it, its head behind the sound or before it.
fn aac(folder: &Path, flags: &str) -> Vec<u8> {
    let path = folder.join("bare.m4a");
    let path = path.to_str().unwrap();
    let source = ["-v", "error", "-y", "-f", "lavfi", "-i", "sine=440:d=1"];
    let words = [&source[..], &["-movflags", flags, "-c:a", "aac", path]].concat();
    read_with("ffmpeg", &words);
    std::fs::read(path).unwrap()
}

fn decoded(path: &str) -> String {
    read_with(
        "ffmpeg",
        &["-v", "error", "-i", path, "-map", "0:a", "-f", "md5", "-"],
    )
}

#[test]
fn tags_and_cover_are_read_and_the_sound_stays() {
    let folder = tempfile::tempdir().unwrap();
    let cover = folder.path().join("cover.png");
    let cover = cover.to_str().unwrap();
    let red = ["-v", "error", "-f", "lavfi", "-i", "color=red:s=32x32"];
    read_with("ffmpeg", &[&red[..], &["-frames:v", "1", cover]].concat());
    let cover = std::fs::read(cover).unwrap();
    for flags in ["+use_metadata_tags", "+faststart"] {
        let bare = aac(folder.path(), flags);
        assert_eq!(lead_in_frames(&bare), Some(1_024));
        let tagged = with_tags(&bare, &tags(), FrontCover::of(&cover)).unwrap();
        // Once more, and they stand there once.
        let tagged = with_tags(&tagged, &tags(), FrontCover::of(&cover)).unwrap();
        assert_eq!(lead_in_frames(&tagged), Some(1_024));
        let name = format!("{}.m4a", flags.trim_start_matches('+'));
        let path = store(folder.path(), &name, &tagged);
        let path = path.to_str().unwrap();
        let bare_path = folder.path().join("bare.m4a");
        assert_eq!(decoded(path), decoded(bare_path.to_str().unwrap()));
        let said = read_with(
            "ffprobe",
            &["-v", "error", "-show_format", "-show_streams", path],
        );
        for words in [
            "TAG:title=Über dem Fluß 川",
            "TAG:artist=First Client",
            "TAG:album_artist=Various",
            "TAG:album=Odd",
            "TAG:track=3/12",
            "TAG:ISRC=DEA122600001",
            "TAG:BARCODE=4006381333931",
            "TAG:replaygain_track_gain=-5.00 dB",
            "codec_name=png",
        ] {
            assert_eq!(said.matches(words).count(), 1, "{words} in {said}");
        }
        let said = read_with("exiftool", &["-a", path]);
        for words in ["3 of 12", "First Client"] {
            assert!(said.contains(words), "{words} in {said}");
        }
        assert!(!said.contains("Warning"), "{said}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = lead_in_frames(&bytes);
        let _ = with_tags(&bytes, &tags(), None);
        let framed = [&(bytes.len() as u32 + 8).to_be_bytes()[..], b"moov", &bytes].concat();
        let _ = lead_in_frames(&framed);
        let _ = with_tags(&framed, &tags(), None);
    }
}

#[test]
fn a_damaged_file_is_refused_or_tagged_and_never_falls_over() {
    let folder = tempfile::tempdir().unwrap();
    let bare = aac(folder.path(), "+faststart");
    // The head stands in front: each of its bytes is turned once.
    for at in 0..1_500.min(bare.len()) {
        let mut bytes = bare.clone();
        bytes[at] ^= 0xff;
        let _ = lead_in_frames(&bytes);
        let _ = with_tags(&bytes, &tags(), None);
        let _ = with_tags(&bare[..at], &tags(), None);
    }
    assert!(with_tags(b"", &tags(), None).is_err());
}
