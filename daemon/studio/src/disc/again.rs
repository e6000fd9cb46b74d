//! A disc's sound in a file that was just written: read again in one pass, compared byte by byte, and summed.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use delivery::cd::ddp::FileSums;
use sha2::{Digest as _, Sha256};

use super::DiscError;
use super::image::{FRAME_BYTES, Image};

/// Sums of a file whose bytes are the disc's.
pub(super) struct ReadAgain {
    /// As plants expect them beside a fileset.
    pub(super) sums: FileSums,
    /// SHA-256 as 64 lower-case hex characters.
    pub(super) sha256: String,
}

/// Reads a file of samples alone to its end: it holds the first `frames` of `image`, and nothing else.
///
/// # Errors
/// It cannot be read, or differs from the image; the first block that does is named by its frame.
pub(super) fn read_again(path: &Path, image: &Image, frames: u64) -> Result<ReadAgain, DiscError> {
    let mut file = File::open(path).map_err(DiscError::at("open", path))?;
    let mut sums = FileSums::default();
    let mut sha256 = Sha256::new();
    let mut written = Vec::new();
    image.pass(0, frames, |meant| {
        written.resize(meant.len(), 0);
        file.read_exact(&mut written)
            .map_err(DiscError::at("read", path))?;
        if written != meant {
            let frame = sums.bytes() / FRAME_BYTES;
            let what = format!("its sound differs from frame {frame} on");
            return Err(DiscError::ReadBack(what));
        }
        sums.update(&written);
        sha256.update(&written);
        Ok(())
    })?;
    let more = file.read(&mut [0]).map_err(DiscError::at("read", path))?;
    if more > 0 {
        let what = "something lies behind the end of its sound";
        return Err(DiscError::ReadBack(what.to_owned()));
    }
    let sha256 = hex::encode(sha256.finalize());
    Ok(ReadAgain { sums, sha256 })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::image::Sound;
    use super::*;

    /// More than one block of sound, and a file that holds `written` in its place.
    fn check(written: impl FnOnce(&mut Vec<u8>)) -> Result<(String, String), String> {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            super::super::create(&path)
                .unwrap()
                .write_all(bytes)
                .unwrap();
            path
        };
        let meant = put("meant", &bytes);
        let sound = Sound::raw(&meant, File::open(&meant).unwrap()).unwrap();
        let image = Image::new(vec![(0, sound)], 100_000);
        written(&mut bytes);
        let read = read_again(&put("written", &bytes), &image, 100_000);
        read.map(|read| (read.sums.md5(), read.sha256))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_written_is_summed_while_it_is_compared() {
        let (md5, sha256) = check(|_| ()).unwrap();
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(md5, FileSums::of(&bytes).md5());
        assert_eq!(sha256, hex::encode(Sha256::digest(&bytes)));
    }

    #[test]
    fn a_bit_a_cut_and_something_behind_the_end_are_refused() {
        let said = check(|bytes| bytes[250_001] ^= 1).unwrap_err();
        // The block that the 62,500th frame lies in.
        assert!(
            said.contains("its sound differs from frame 56448 on"),
            "{said}"
        );
        let said = check(|bytes| bytes.truncate(399_996)).unwrap_err();
        assert!(said.starts_with("could not read"), "{said}");
        let said = check(|bytes| bytes.push(0)).unwrap_err();
        assert!(said.contains("something lies behind"), "{said}");
    }
}
