//! ffmpeg reads our LRC, xmllint our TTML.

use delivery::lyrics::{Lyrics, LyricsOf, TimedLine};

use super::{read_with, store};

fn song() -> Lyrics {
    let line = |start_ms, end_ms, text: &str| TimedLine {
        start_ms,
        end_ms,
        text: text.into(),
    };
    let of = LyricsOf {
        language: "de".into(),
        title: "Über dem Fluß".into(),
        artist: "Ada & Bo".into(),
        album: "First Light".into(),
        length_ms: 185_250,
    };
    let lines = vec![
        line(1_230, None, "Am Morgen <leise>"),
        line(61_500, Some(63_000), "fließt er"),
    ];
    Lyrics::new(of, lines).unwrap()
}

#[test]
fn ffmpeg_reads_our_lrc() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "song.lrc", song().lrc().as_bytes());
    let path = path.to_str().unwrap();
    let probed = read_with(
        "ffprobe",
        &[
            "-v",
            "error",
            "-show_entries",
            "packet=pts_time:format_tags",
            path,
        ],
    );
    for part in [
        "TAG:title=Über dem Fluß\n",
        "TAG:album=First Light\n",
        "pts_time=1.230000\n",
        "pts_time=61.500000\n",
    ] {
        assert!(probed.contains(part), "no {part:?} in {probed}");
    }
}

#[test]
fn xmllint_reads_our_ttml() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "song.ttml", song().ttml().as_bytes());
    let path = path.to_str().unwrap();
    let first = "string(//*[local-name()='p'][1])";
    let said = read_with("xmllint", &["--xpath", first, path]);
    assert_eq!(said.trim(), "Am Morgen <leise>");
    let end = "string(//*[local-name()='p'][1]/@end)";
    let said = read_with("xmllint", &["--xpath", end, path]);
    assert_eq!(said.trim(), "00:01:01.500");
}
