//! Markers in a WAV file: the `cue ` chunk with its labels, as editors and cutting systems read them.

use crate::wav_chunks::Chunk;

/// A place in a WAV file with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WavMark {
    /// Its frame.
    pub frame: u32,
    /// What it is called.
    pub label: String,
}

/// The chunks that say where marks lie: `cue ` and a `LIST` of type `adtl` with a `labl` for each (RIFF, Multimedia Programming
/// Interface and Data Specifications 1.0, 1991). None for no marks.
///
/// Labels are written as UTF-8 with the zero at their end that the specification asks for.
///
/// # Panics
/// With more marks than a chunk can count, which no record has.
#[must_use]
pub fn mark_chunks(marks: &[WavMark]) -> Vec<Chunk> {
    if marks.is_empty() {
        return Vec::new();
    }
    let count = u32::try_from(marks.len()).expect("a side has few marks");
    let mut cue = count.to_le_bytes().to_vec();
    let mut list = b"adtl".to_vec();
    for (mark, id) in marks.iter().zip(1_u32..) {
        // Its number, its place among the samples as played, the chunk that holds it, and the place in it.
        cue.extend(id.to_le_bytes());
        cue.extend(mark.frame.to_le_bytes());
        cue.extend(b"data");
        cue.extend([0; 8]);
        cue.extend(mark.frame.to_le_bytes());
        // A zero ends a text: one inside it would end it early.
        let label = mark.label.bytes().filter(|byte| *byte != 0).chain([0]);
        let label: Vec<u8> = id.to_le_bytes().into_iter().chain(label).collect();
        let length = u32::try_from(label.len()).expect("a label is short");
        list.extend(b"labl");
        list.extend(length.to_le_bytes());
        list.extend(&label);
        if !label.len().is_multiple_of(2) {
            list.push(0);
        }
    }
    vec![
        Chunk {
            id: *b"cue ",
            body: cue,
        },
        Chunk {
            id: *b"LIST",
            body: list,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_byte_for_byte_as_the_specification_says() {
        let mark = |frame, label: &str| WavMark {
            frame,
            label: label.to_owned(),
        };
        let chunks = mark_chunks(&[mark(0, "A1"), mark(0x0102_0304, "Ré")]);
        let cue = [
            &[2, 0, 0, 0][..],
            &[1, 0, 0, 0, 0, 0, 0, 0],
            b"data\0\0\0\0\0\0\0\0\0\0\0\0",
            &[2, 0, 0, 0, 4, 3, 2, 1],
            b"data\0\0\0\0\0\0\0\0\x04\x03\x02\x01",
        ];
        assert_eq!((chunks[0].id, &chunks[0].body), (*b"cue ", &cue.concat()));
        let list = b"adtllabl\x07\0\0\0\x01\0\0\0A1\0\0labl\x08\0\0\0\x02\0\0\0R\xc3\xa9\0";
        assert_eq!((chunks[1].id, &chunks[1].body[..]), (*b"LIST", &list[..]));
        assert!(mark_chunks(&[]).is_empty());
    }
}
