//! `DDPMS`: which files the fileset has, and what lies in them.

use super::fields::{Fields, Record};

/// One stream of the map, 128 bytes.
///
/// ```text
/// 0 VVVM | 4 DST 2 | 6 DSP 8 | 14 DSL 8 | 22 DSS 8 | 30 SUB 8 | 38 CDM 2 | 40 SSM 1 | 41 SCR 1
/// 42 PRE1 4 | 46 PRE2 4 | 50 PST 4 | 54 MED 1 | 55 TRK 2 | 57 IDX 2 | 59 ISRC 12 | 71 SIZ 3
/// 74 DSI 17 | 91 .. 127 blank
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapRecord {
    /// `D0` for the image, `S0` for subcode and CD-Text, others for text and leads.
    pub stream: String,
    /// Sectors of an image, bytes of anything else.
    pub length: Option<u32>,
    /// First sector; blank for the order of the map.
    pub start: Option<u32>,
    /// `PQ DESCR` or `CDTEXT`.
    pub subcode: String,
    /// `DA` for sound.
    pub mode: String,
    /// How sectors are stored: `7` for 2352 bytes.
    pub storage: String,
    /// `0` or `1`; no reader uses it.
    pub scrambled: String,
    /// Sectors of the first track's pregap at the start of the image.
    pub pregap: Option<u32>,
    /// `00` on CD-Text.
    pub track: String,
    /// The file.
    pub file: String,
}

impl MapRecord {
    /// Bytes of a record.
    pub const BYTES: usize = 128;
    /// What a record begins with.
    pub(super) const MARK: &'static str = "VVVM";
    /// Width of a file's name.
    pub(super) const NAME_WIDTH: u32 = 17;

    /// The record.
    pub fn to_bytes(&self) -> Vec<u8> {
        Record::default()
            .text(4, Self::MARK)
            .text(2, &self.stream)
            .blank(8)
            .number(8, self.length)
            .number(8, self.start)
            .text(8, &self.subcode)
            .text(2, &self.mode)
            .text(1, &self.storage)
            .text(1, &self.scrambled)
            .blank(4)
            .number(4, self.pregap)
            .blank(4)
            .blank(1)
            .text(2, &self.track)
            .blank(2)
            .blank(12)
            .number(3, Some(Self::NAME_WIDTH))
            .text(17, &self.file)
            .blank(37)
            .into_bytes()
    }

    /// Reads a record; an error names the field whose number cannot be read, and what stands there.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, (&'static str, String)> {
        let fields = Fields(bytes);
        let number = |name, at, width| fields.number(at, width).map_err(|text| (name, text));
        Ok(Self {
            stream: fields.text(4, 2),
            length: number("length", 14, 8)?,
            start: number("start", 22, 8)?,
            subcode: fields.text(30, 8),
            mode: fields.text(38, 2),
            storage: fields.text(40, 1),
            scrambled: fields.text(41, 1),
            pregap: number("pregap", 46, 4)?,
            track: fields.text(55, 2),
            file: fields.text(74, 17),
        })
    }

    /// Whether it is the image of the disc.
    pub fn is_image(&self) -> bool {
        self.stream == "D0"
    }

    /// Whether it is the PQ descriptor.
    pub fn is_pq(&self) -> bool {
        self.stream == "S0" && self.subcode.starts_with("PQ")
    }

    /// Whether it is the CD-Text.
    pub fn is_text(&self) -> bool {
        self.subcode == "CDTEXT"
    }
}
