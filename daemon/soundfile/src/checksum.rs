//! The checksum of the samples: SHA-256 over canonical interleaved little-endian bytes,
//! which are exactly the payload of a WAV file's `data` chunk.

use std::fmt::Write as _;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Takes the checksum of the samples while they pass.
#[derive(Debug, Clone, Default)]
pub struct SamplesHash(Sha256);

impl SamplesHash {
    /// A checksum over nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds canonical bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum as 64 lower-case hex characters.
    pub fn finish(self) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.0.finalize() {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        }
        text
    }
}

/// Checksum of all canonical bytes that `stream` still holds, as lower-case hex.
pub fn samples_sha256(mut stream: impl Read) -> io::Result<String> {
    let mut hash = SamplesHash::new();
    let mut block = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut block) {
            Ok(0) => return Ok(hash.finish()),
            Ok(n) => hash.update(&block[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => (),
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_plain_sha256_in_lower_case() {
        assert_eq!(
            samples_sha256(&b"abc"[..]).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
