//! What a picture is, from its first bytes alone: nothing of it is decoded.

mod exif;

/// Its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl PictureKind {
    /// The ending of its names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// Its media type (RFC 2046).
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// What a cover says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureFacts {
    /// Its kind.
    pub kind: PictureKind,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Colours: 1 grey, 3 red, green and blue, 4 those with another (transparency, or inks for printing).
    pub components: u8,
    /// Bits of each colour.
    pub bits: u8,
    /// Whether it lies and is to be turned by whoever shows it (Exif), which shops do not.
    pub is_turned: bool,
}

/// Why a picture is no cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACover {
    /// Neither JPEG nor PNG, or damaged.
    #[error("the cover is no JPEG and no PNG that can be read; save it as one of the two")]
    Unread,
    /// Not square.
    #[error("the cover has {width} by {height} pixels; it has to be square")]
    NotSquare {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// Too small.
    #[error(
        "the cover has {pixels} pixels a side; at least {least} are wanted, and enlarging it would show"
    )]
    TooSmall {
        /// Its side.
        pixels: u32,
        /// The smallest.
        least: u32,
    },
    /// Not red, green and blue.
    #[error("the cover is not plain RGB; save it without transparency, and not as CMYK or grey")]
    NotRgb,
    /// Finer than what shops take.
    #[error("the cover has {0} bits a colour; save it with 8")]
    Bits(u8),
    /// It lies.
    #[error(
        "the cover lies on its side and is turned by its Exif data alone, which shops leave out; save it upright"
    )]
    Turned,
}

impl PictureFacts {
    /// Reads the head of a JPEG or PNG.
    ///
    /// # Errors
    /// Anything else.
    pub fn read(bytes: &[u8]) -> Result<Self, NotACover> {
        png(bytes).or_else(|| jpeg(bytes)).ok_or(NotACover::Unread)
    }

    /// Whether it can be a cover of so many pixels a side at least.
    ///
    /// # Errors
    /// What keeps it from being one.
    pub fn is_cover(&self, least: u32) -> Result<(), NotACover> {
        let (width, height) = (self.width, self.height);
        if width != height {
            return Err(NotACover::NotSquare { width, height });
        }
        if width < least {
            return Err(NotACover::TooSmall {
                pixels: width,
                least,
            });
        }
        if self.components != 3 {
            return Err(NotACover::NotRgb);
        }
        if self.bits != 8 {
            return Err(NotACover::Bits(self.bits));
        }
        if self.is_turned {
            return Err(NotACover::Turned);
        }
        Ok(())
    }
}

/// PNG (ISO 15948): the signature, then IHDR.
fn png(bytes: &[u8]) -> Option<PictureFacts> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let number = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    let chunks = PngChunks(rest.get(17..).unwrap_or_default());
    let is_turned = |exif: &[u8]| exif::is_turned(exif);
    let mut turned = false;
    let mut is_clear = false;
    for (kind, body) in chunks {
        is_clear |= kind == b"tRNS";
        turned |= kind == b"eXIf" && is_turned(body);
    }
    let bits = *rest.get(8)?;
    let (components, bits) = match rest.get(9)? {
        0 | 2 | 4 | 6 if bits > 16 => return None,
        // A colour that counts as clear.
        0 | 2 | 3 if is_clear => (4, bits.max(8)),
        // Fewer bits of grey are shown as eight.
        0 => (1, bits.max(8)),
        2 => (3, bits),
        // A palette is one of red, green and blue, eight bits each.
        3 => (3, 8),
        4 | 6 => (4, bits),
        _ => return None,
    };
    Some(PictureFacts {
        kind: PictureKind::Png,
        width: number(0)?,
        height: number(4)?,
        components,
        bits,
        is_turned: turned,
    })
}

/// The chunks of a PNG before its picture's bytes.
struct PngChunks<'a>(&'a [u8]);

impl<'a> Iterator for PngChunks<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_at_checked(8)?;
        let (length, kind) = head.split_at(4);
        let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
        let body = rest.get(..length)?;
        self.0 = rest.get(length.checked_add(4)?..)?;
        (kind != b"IDAT").then_some((kind, body))
    }
}

/// Segments of a JPEG that are stepped over before its frame.
const MOST_SEGMENTS: usize = 1_000;

/// JPEG (ISO 10918-1): segments up to the frame's header (SOF0 to SOF15, without DHT, JPG and DAC).
fn jpeg(bytes: &[u8]) -> Option<PictureFacts> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    let mut is_turned = false;
    for _ in 0..MOST_SEGMENTS {
        while rest.starts_with(b"\xff\xff") {
            rest = &rest[1..];
        }
        let (head, tail) = rest.split_at_checked(4)?;
        if head[0] != 0xff {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if matches!(head[1], 0xc0..=0xcf) && !matches!(head[1], 0xc4 | 0xc8 | 0xcc) {
            let frame = tail.get(..6)?;
            return Some(PictureFacts {
                kind: PictureKind::Jpeg,
                height: u32::from(u16::from_be_bytes([frame[1], frame[2]])),
                width: u32::from(u16::from_be_bytes([frame[3], frame[4]])),
                components: frame[5],
                bits: frame[0],
                is_turned,
            });
        }
        let exif = (head[1] == 0xe1).then(|| tail.get(..length.checked_sub(2)?));
        if let Some(exif) = exif.flatten().and_then(|app| app.strip_prefix(b"Exif\0\0")) {
            is_turned |= exif::is_turned(exif);
        }
        rest = tail.get(length.checked_sub(2)?..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn square_png(side: u32, colour: u8) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(side.to_be_bytes());
        bytes.extend(side.to_be_bytes());
        bytes.extend([8, colour, 0, 0, 0]);
        bytes
    }

    #[test]
    fn heads_are_read() {
        let facts = PictureFacts::read(&square_png(3000, 2)).unwrap();
        assert_eq!((facts.kind, facts.width), (PictureKind::Png, 3000));
        assert_eq!(facts.is_cover(3000), Ok(()));
        assert_eq!(
            facts.is_cover(4000).unwrap_err().to_string(),
            "the cover has 3000 pixels a side; at least 4000 are wanted, and enlarging it would show"
        );
        let mut fine = square_png(3000, 2);
        fine[24] = 16;
        let fine = PictureFacts::read(&fine).unwrap();
        assert_eq!(fine.is_cover(3000), Err(NotACover::Bits(16)));
        let mut keyed = square_png(3000, 2);
        keyed.extend(*b"crc.\0\0\0\x06tRNS......crc.");
        let keyed = PictureFacts::read(&keyed).unwrap();
        assert_eq!(keyed.is_cover(3000), Err(NotACover::NotRgb));
        let clear = PictureFacts::read(&square_png(3000, 6)).unwrap();
        assert_eq!(clear.is_cover(3000), Err(NotACover::NotRgb));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\x01\x00\x02\x00\x03";
        let facts = PictureFacts::read(jpeg).unwrap();
        assert_eq!((facts.height, facts.width, facts.components), (256, 512, 3));
        assert!(
            facts
                .is_cover(100)
                .unwrap_err()
                .to_string()
                .contains("has to be square")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..100), cut in 0usize..40) {
            let _ = PictureFacts::read(&bytes);
            let mut jpeg = b"\xff\xd8\xff\xe0\0\x04ab".to_vec();
            jpeg.extend(&bytes);
            let _ = PictureFacts::read(&jpeg);
            let mut png = square_png(9, 2);
            png.truncate(cut);
            let _ = PictureFacts::read(&png);
        }
    }
}
