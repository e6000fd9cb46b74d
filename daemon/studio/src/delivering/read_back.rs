//! Files decoded again.

use std::fs::File;

use delivery::Isrc;
use soundfile::{Completeness, Decoder, SamplesHash, SourceChecksum};

use super::DeliveryError;

/// What a file has to hold.
pub(super) struct Expected<'a> {
    pub(super) samples_sha256: &'a str,
    pub(super) frames: u64,
    pub(super) isrc: Option<Isrc>,
    /// The words in its tags.
    pub(super) lyrics: Option<&'a str>,
}

/// Decodes a file to its last frame and compares it.
pub(super) fn read_back(
    file: File,
    name: &str,
    expected: &Expected<'_>,
) -> Result<(), DeliveryError> {
    let differs = |what: String| Err(DeliveryError::read_back(name, what));
    let mut decoder = Decoder::open(file, name).map_err(DeliveryError::coder(name))?;
    same_isrc(name, decoder.tags().isrc.as_deref(), expected.isrc)?;
    same_lyrics(name, decoder.tags().lyrics.as_deref(), expected.lyrics)?;
    let mut hash = SamplesHash::new();
    while let Some(block) = decoder.next_block().map_err(DeliveryError::coder(name))? {
        hash.update(block.bytes);
    }
    let finished = decoder.finish().map_err(DeliveryError::coder(name))?;
    if finished.completeness != Completeness::Complete || finished.damaged_packets > 0 {
        return differs("it is not whole".to_owned());
    }
    if finished.checksum == SourceChecksum::Differs {
        return differs("the checksum it carries is not that of its samples".to_owned());
    }
    if finished.frames != expected.frames {
        return differs(format!(
            "it has {} frames, and {} were rendered",
            finished.frames, expected.frames
        ));
    }
    if hash.finish() != expected.samples_sha256 {
        return differs("its samples are others".to_owned());
    }
    Ok(())
}

/// The words in a file's tags are those that were kept.
pub(super) fn same_lyrics(
    name: &str,
    read: Option<&str>,
    expected: Option<&str>,
) -> Result<(), DeliveryError> {
    let lines = |text: &str| -> Vec<String> { text.trim().lines().map(str::to_owned).collect() };
    if read.map(lines) == expected.map(lines) {
        return Ok(());
    }
    let what = "the words in its tags are not those that were kept";
    Err(DeliveryError::read_back(name, what))
}

/// A code is the same in every format, or in none.
pub(super) fn same_isrc(
    name: &str,
    read: Option<&str>,
    expected: Option<Isrc>,
) -> Result<(), DeliveryError> {
    let Some(expected) = expected else {
        return Ok(());
    };
    if read == Some(expected.as_str()) {
        return Ok(());
    }
    let read = read.unwrap_or("none");
    Err(DeliveryError::read_back(
        name,
        format!("its ISRC reads {read} in place of {}", expected.as_str()),
    ))
}
