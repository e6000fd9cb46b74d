//! Words of songs, read out of files of others by a real worker.

use std::fs::File;
use std::io::Write as _;

use worker::{WorkerError, WorkerLimits};

use crate::{Test, workers};

pub(crate) const TESTS: &[Test] = &[
    ("words_of_a_song_are_read_from_lrc_and_ttml", known),
    ("a_file_without_words_is_refused_in_words", unknown),
];

fn read(bytes: &[u8]) -> Result<Vec<(String, Option<u64>)>, WorkerError> {
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let lines = workers(WorkerLimits::default()).read_lyrics(&file)?;
    Ok(lines.into_iter().map(|l| (l.text, l.from_ms)).collect())
}

fn known() {
    let words = [("Rain".to_owned(), Some(1_500))];
    assert_eq!(read(b"[00:01.50]Rain\n").unwrap(), words);
    let ttml = "<tt><body><div><p begin=\"1.5s\">Rain</p></div></body></tt>";
    assert_eq!(read(ttml.as_bytes()).unwrap(), words);
}

fn unknown() {
    let said = |bytes: &[u8]| match read(bytes) {
        Err(WorkerError::NoLyrics(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        said(b"<tt><body/></tt>"),
        "this XML holds no timed text: no line (p) stands in a body of a tt"
    );
    assert_eq!(
        said(&vec![b'a'; 300 * 1024]),
        "words of a song have at most 256 KiB"
    );
    let bomb = "<!DOCTYPE t [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><tt><body><p>&b;</p></body></tt>";
    assert_eq!(
        said(bomb.as_bytes()),
        "the TTML is broken near line 1: it names an entity of its own"
    );
}
