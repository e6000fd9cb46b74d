//! Files that lie, built byte by byte.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// What a WAV header says; the samples are whatever is put behind it.
#[derive(Debug, Clone, Copy)]
pub struct WavClaim {
    /// `1` for whole numbers, `3` for float.
    pub format: u16,
    /// Channels.
    pub channels: u16,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Bits per sample.
    pub bits: u16,
}

impl WavClaim {
    /// CD audio in stereo.
    #[must_use]
    pub fn cd() -> Self {
        Self {
            format: 1,
            channels: 2,
            rate_hz: 44_100,
            bits: 16,
        }
    }

    /// A WAV file with this header and these bytes of samples.
    #[must_use]
    pub fn file(&self, samples: &[u8]) -> Vec<u8> {
        let length = u32::try_from(samples.len()).expect("a test's file is small");
        let block = self.channels.wrapping_mul(self.bits / 8);
        let mut wav = Vec::with_capacity(samples.len() + 44);
        wav.extend_from_slice(b"RIFF");
        wav.extend_from_slice(&(36 + length).to_le_bytes());
        wav.extend_from_slice(b"WAVEfmt \x10\0\0\0");
        wav.extend_from_slice(&self.format.to_le_bytes());
        wav.extend_from_slice(&self.channels.to_le_bytes());
        wav.extend_from_slice(&self.rate_hz.to_le_bytes());
        wav.extend_from_slice(&self.rate_hz.wrapping_mul(u32::from(block)).to_le_bytes());
        wav.extend_from_slice(&block.to_le_bytes());
        wav.extend_from_slice(&self.bits.to_le_bytes());
        wav.extend_from_slice(b"data");
        wav.extend_from_slice(&length.to_le_bytes());
        wav.extend_from_slice(samples);
        wav
    }
}

/// An entry of a zip as it is written down, true or not.
#[derive(Debug, Clone)]
pub struct ZipClaim<'b> {
    /// The name, with whatever is in it.
    pub name: &'b str,
    /// The content, stored without packing.
    pub content: &'b [u8],
    /// Length that both headers claim; none for the true one.
    pub claimed: Option<u32>,
    /// Unix mode, such as `0o120777` for a link.
    pub mode: u32,
}

impl<'b> ZipClaim<'b> {
    /// An honest file.
    #[must_use]
    pub fn file(name: &'b str, content: &'b [u8]) -> Self {
        Self {
            name,
            content,
            claimed: None,
            mode: 0o100_644,
        }
    }
}

/// Writes a zip of these entries.
pub fn write_zip<'b>(path: &Path, entries: impl IntoIterator<Item = ZipClaim<'b>>) {
    let mut file = BufWriter::new(File::create_new(path).expect("the test's folder takes files"));
    let mut directory = Vec::new();
    let (mut at, mut count) = (0usize, 0usize);
    for entry in entries {
        let fields = fields_of(&entry);
        let mut header = b"PK\x03\x04".to_vec();
        header.extend_from_slice(&fields);
        header.extend_from_slice(entry.name.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&fields);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(entry.mode << 16).to_le_bytes());
        directory.extend_from_slice(&u32::try_from(at).expect("below 4 GB").to_le_bytes());
        directory.extend_from_slice(entry.name.as_bytes());
        file.write_all(&header).expect("there is room");
        file.write_all(entry.content).expect("there is room");
        at += header.len() + entry.content.len();
        count += 1;
    }
    file.write_all(&directory).expect("there is room");
    file.write_all(&end_records(count, directory.len(), at))
        .expect("there is room");
    file.flush().expect("there is room");
}

/// The fields that a local header and the directory have in common.
fn fields_of(entry: &ZipClaim<'_>) -> Vec<u8> {
    let length = u32::try_from(entry.content.len()).expect("below 4 GB");
    let name = u16::try_from(entry.name.len()).expect("a short name");
    let mut fields = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0x5a];
    fields.extend_from_slice(&crc32(entry.content).to_le_bytes());
    fields.extend_from_slice(&length.to_le_bytes());
    fields.extend_from_slice(&entry.claimed.unwrap_or(length).to_le_bytes());
    fields.extend_from_slice(&name.to_le_bytes());
    fields.extend_from_slice(&[0; 2]);
    fields
}

fn end_records(count: usize, directory: usize, at: usize) -> Vec<u8> {
    let long = |n: usize| (n as u64).to_le_bytes();
    let mut end = b"PK\x06\x06".to_vec();
    end.extend_from_slice(&44u64.to_le_bytes());
    end.extend_from_slice(&[45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for n in [count, count, directory, at] {
        end.extend_from_slice(&long(n));
    }
    end.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    end.extend_from_slice(&long(at + directory));
    end.extend_from_slice(&1u32.to_le_bytes());
    let short = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    end.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    end.extend_from_slice(&short);
    end.extend_from_slice(&short);
    for n in [directory, at] {
        end.extend_from_slice(&u32::try_from(n).expect("below 4 GB").to_le_bytes());
    }
    end.extend_from_slice(&[0; 2]);
    end
}

/// The checksum of zip, bit by bit: slow and plain.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let bit = crc & 1;
            (crc >> 1) ^ (bit * 0xedb8_8320)
        })
    })
}
