//! What a picture is, from its first bytes alone: nothing of it is decoded.

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

/// Most bytes of a picture inside a song's file: a block of FLAC tells its length in 24 bits.
const MOST_INSIDE: usize = 16 * 1_024 * 1_024 - 1_024;

/// A front cover as it stands inside a song's file, byte by byte as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontCover<'a> {
    /// What it says of itself.
    pub facts: PictureFacts,
    /// The picture's file.
    pub bytes: &'a [u8],
}

impl<'a> FrontCover<'a> {
    /// A cover that can stand inside; none where it is neither JPEG nor PNG, or larger than 16 MiB.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let facts = PictureFacts::read(bytes).ok()?;
        (bytes.len() <= MOST_INSIDE).then_some(Self { facts, bytes })
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
        Ok(())
    }
}

/// PNG (ISO 15948): the signature, then IHDR.
fn png(bytes: &[u8]) -> Option<PictureFacts> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let number = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    let components = match rest.get(9)? {
        0 => 1,
        // A palette is one of red, green and blue.
        2 | 3 => 3,
        4 | 6 => 4,
        _ => return None,
    };
    Some(PictureFacts {
        kind: PictureKind::Png,
        width: number(0)?,
        height: number(4)?,
        components,
    })
}

/// Segments of a JPEG that are stepped over before its frame.
const MOST_SEGMENTS: usize = 1_000;

/// JPEG (ISO 10918-1): segments up to the frame's header (SOF0 to SOF15, without DHT, JPG and DAC).
fn jpeg(bytes: &[u8]) -> Option<PictureFacts> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
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
            });
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
