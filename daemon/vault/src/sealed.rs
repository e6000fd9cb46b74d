//! Encrypted files: sealing a stream, opening one, reading anywhere in it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::iter;
use std::path::Path;

use age::DecryptError;
use age::stream::StreamReader;
use age::x25519::{Identity, Recipient};
use rustix::fs::Advice;
use sha2::{Digest as _, Sha256};

use crate::error::Harm;

/// One piece of a copy; four of age's own chunks.
const PIECE_BYTES: usize = 256 * 1024;

/// What went through a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// Which side of a copy failed.
#[derive(Debug)]
pub(crate) enum CopyError {
    Reading(io::Error),
    Writing(io::Error),
}

/// Copies everything, hashing what passes.
pub(crate) fn copy_measured(
    from: &mut dyn Read,
    to: &mut dyn Write,
) -> Result<Measured, CopyError> {
    let mut hash = Sha256::new();
    let mut bytes = 0u64;
    let mut piece = vec![0u8; PIECE_BYTES];
    loop {
        let got = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Reading(error)),
        };
        hash.update(&piece[..got]);
        to.write_all(&piece[..got]).map_err(CopyError::Writing)?;
        bytes += u64::try_from(got).expect("a piece is small");
    }
    Ok(Measured {
        sha256: hex::encode(hash.finalize()),
        bytes,
    })
}

/// Hashes everything that is left to read.
pub(crate) fn measure(from: &mut dyn Read) -> io::Result<Measured> {
    copy_measured(from, &mut io::sink()).map_err(|error| match error {
        CopyError::Reading(error) | CopyError::Writing(error) => error,
    })
}

/// Encrypts everything `from` gives to `recipient`.
pub(crate) fn seal(
    from: &mut dyn Read,
    to: &mut dyn Write,
    recipient: &Recipient,
) -> Result<Measured, CopyError> {
    let recipients = iter::once(recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients)
        .map_err(|error| CopyError::Writing(io::Error::other(error)))?;
    let mut sealing = encryptor
        .wrap_output(BufWriter::with_capacity(PIECE_BYTES, to))
        .map_err(CopyError::Writing)?;
    let measured = copy_measured(from, &mut sealing)?;
    sealing
        .finish()
        .and_then(|mut buffered| buffered.flush())
        .map_err(CopyError::Writing)?;
    Ok(measured)
}

/// The most that sealing adds to `bytes`: a tag per 64 KiB, the header and its grease.
pub(crate) fn sealed_at_most(bytes: u64) -> u64 {
    bytes + (bytes / (64 * 1024) + 1) * 16 + 4096
}

/// Reads an object: plain bytes, anywhere in it, decrypted as they are asked for.
///
/// Each piece of 64 KiB is authenticated when it is read; the end of the file was when it was opened.
pub struct ObjectReader {
    plain: StreamReader<BufReader<File>>,
    bytes: u64,
    /// Where the next read begins, which may lie beyond the end.
    at: u64,
    /// Where the decrypting reader stands; unknown after an error.
    stands_at: Option<u64>,
}

impl ObjectReader {
    pub(crate) fn open(path: &Path, identity: &Identity) -> Result<Self, Harm> {
        let file = File::open(path).map_err(|error| harm(&error))?;
        Self::over(file, identity)
    }

    pub(crate) fn over(file: File, identity: &Identity) -> Result<Self, Harm> {
        let mut plain = decrypting(file, identity)?;
        let bytes = plain
            .seek(SeekFrom::End(0))
            .and_then(|bytes| plain.rewind().map(|()| bytes))
            .map_err(|error| harm(&error))?;
        Ok(Self {
            plain,
            bytes,
            at: 0,
            stands_at: None,
        })
    }

    /// Length of the plain bytes.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// True when there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The decrypting reader must never be sent beyond the end: it would count below zero there.
        if self.at >= self.bytes || buffer.is_empty() {
            return Ok(0);
        }
        if self.stands_at.take() != Some(self.at) {
            self.plain.seek(SeekFrom::Start(self.at))?;
        }
        let got = self.plain.read(buffer)?;
        self.at += u64::try_from(got).expect("a buffer is small");
        self.stands_at = Some(self.at);
        Ok(got)
    }
}

impl Seek for ObjectReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::End(offset) => self.bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "cannot seek before the start")
        })?;
        Ok(self.at)
    }
}

fn decrypting(file: File, identity: &Identity) -> Result<StreamReader<BufReader<File>>, Harm> {
    let buffered = BufReader::with_capacity(PIECE_BYTES, file);
    let identities = || iter::once(identity as &dyn age::Identity);
    age::Decryptor::new_buffered(buffered)
        .and_then(|opened| opened.decrypt(identities()))
        .map_err(|error| match error {
            DecryptError::Io(error) => harm(&error),
            _ => Harm::Unreadable,
        })
}

/// Decrypts a whole file and hashes it; read from the disk, not from memory, as far as Linux lets us.
pub(crate) fn measure_sealed(path: &Path, identity: &Identity) -> Result<Measured, Harm> {
    let file = File::open(path).map_err(|error| harm(&error))?;
    // What was just written still lies in memory. Dropping it makes this read come from the disk;
    // where that is not possible the check is weaker, not wrong.
    let _ = rustix::fs::fadvise(&file, 0, None, Advice::DontNeed);
    let mut plain = decrypting(file, identity)?;
    measure(&mut plain).map_err(|error| harm(&error))
}

/// Names what a failed read means for the object.
pub(crate) fn harm(error: &io::Error) -> Harm {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::NotFound, _) => Harm::Missing,
        (_, Some(_)) => Harm::DiskError,
        (_, None) => Harm::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(bytes: &[u8], identity: &Identity) -> File {
        let mut file = tempfile::tempfile().unwrap();
        let mut from = bytes;
        seal(&mut from, &mut file, &identity.to_public()).unwrap();
        file.rewind().unwrap();
        file
    }

    #[track_caller]
    fn check(length: usize) {
        let plain: Vec<u8> = (0..length)
            .map(|n| u8::try_from(n % 251).unwrap())
            .collect();
        let identity = Identity::generate();
        let mut reader = ObjectReader::over(sealed(&plain, &identity), &identity).unwrap();
        let bytes = u64::try_from(length).unwrap();
        assert_eq!(reader.len(), bytes);
        let starts = [
            0,
            1,
            65_535,
            65_536,
            65_537,
            131_072,
            bytes / 2,
            bytes,
            bytes + 99,
        ];
        for start in starts.into_iter().chain(starts.into_iter().rev()) {
            reader.seek(SeekFrom::Start(start)).unwrap();
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).unwrap();
            let from = usize::try_from(start).unwrap().min(length);
            assert_eq!(rest, plain[from..], "{length} bytes from {start}");
        }
    }

    #[test]
    fn an_object_is_read_from_anywhere() {
        // Around age's chunk of 65,536 bytes, where its reader changes its ways.
        for length in [0, 1, 100, 65_535, 65_536, 65_537, 131_072, 131_073, 300_000] {
            check(length);
        }
    }

    #[test]
    fn reading_beyond_the_end_gives_nothing_and_does_no_harm() {
        let identity = Identity::generate();
        let mut reader = ObjectReader::over(sealed(b"mix", &identity), &identity).unwrap();
        reader.seek(SeekFrom::End(60_000)).unwrap();
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
        assert!(reader.seek(SeekFrom::Current(-70_000)).is_err());
        reader.seek(SeekFrom::End(-3)).unwrap();
        assert_eq!(io::read_to_string(reader).unwrap(), "mix");
    }
}
