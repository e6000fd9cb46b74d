//! A front cover as it stands inside songs' files; what a picture is, is read by `attachments`.

pub use attachments::{NotACover, PictureFacts, PictureKind};

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
