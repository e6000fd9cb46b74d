//! ffmpeg and pylrc read our LRC, xmllint and ttconv our TTML, mutagen and ffmpeg the words in our tags.

use delivery::lyrics::{Lyrics, LyricsOf, TimedLine};

use delivery::{Id3Version, TagLyrics, TrackTags};

use super::{python_tool, read_with, store};

fn song() -> Lyrics {
    let line = |start_ms, end_ms, text: &str| TimedLine {
        start_ms,
        end_ms,
        text: text.into(),
        begins_verse: start_ms > 60_000,
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

/// A program of Python over our file.
fn python(program: &str, path: &str) -> String {
    read_with(&python_tool("python"), &["-c", program, path])
}

#[test]
fn pylrc_reads_our_lrc() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "song.lrc", song().lrc().as_bytes());
    let program = "import sys, pylrc\n\
        for line in pylrc.parse(open(sys.argv[1]).read()): print(round(line.time * 1000), line.text)";
    let said = python(program, path.to_str().unwrap());
    assert_eq!(said, "1230 Am Morgen <leise>\n61500 fließt er\n63000 \n");
}

#[test]
fn ttconv_reads_our_ttml() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), "song.ttml", song().ttml().as_bytes());
    // What is on the screen after each change, in milliseconds.
    let program = "import sys\n\
        import xml.etree.ElementTree as et\n\
        from ttconv.imsc import reader\n\
        from ttconv.isd import ISD\n\
        from ttconv.model import Text\n\
        doc = reader.to_model(et.parse(sys.argv[1]))\n\
        def words(e): return e.get_text() if isinstance(e, Text) else ''.join(words(c) for c in e)\n\
        for at in ISD.significant_times(doc):\n  \
          print(round(at * 1000), ''.join(words(r) for r in ISD.from_model(doc, at).iter_regions()))";
    let said = python(program, path.to_str().unwrap());
    assert_eq!(
        said,
        "0 \n1230 Am Morgen <leise>\n61500 fließt er\n63000 \n185250 \n"
    );
}

fn tags() -> TrackTags {
    TrackTags {
        title: Some("Über dem Fluß".into()),
        lyrics: Some(TagLyrics {
            plain: "Am Morgen <leise>\n\nfließt er\n".into(),
            language: Some("de".into()),
            timed: Some(song()),
        }),
        ..TrackTags::default()
    }
}

#[test]
fn mutagen_reads_the_words_in_id3() {
    for version in [Id3Version::V23, Id3Version::V24] {
        let folder = tempfile::tempdir().unwrap();
        let path = store(folder.path(), "tag.mp3", &tags().id3v2(version));
        let program = "import sys\n\
            from mutagen.id3 import ID3\n\
            tags = ID3(sys.argv[1])\n\
            plain, timed = tags.getall('USLT')[0], tags.getall('SYLT')[0]\n\
            print(plain.lang, repr(plain.text))\n\
            print(timed.lang, int(timed.format), int(timed.type), timed.text)";
        let said = python(program, path.to_str().unwrap());
        assert_eq!(
            said,
            "deu 'Am Morgen <leise>\\n\\nfließt er'\n\
             deu 2 1 [('Am Morgen <leise>', 1230), ('fließt er', 61500), ('', 63000)]\n"
        );
    }
}
