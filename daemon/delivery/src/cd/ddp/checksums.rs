//! The checksums beside a fileset, in the two forms that plants use.

use std::fmt::Write as _;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// The sums of a file, taken while its bytes pass.
#[derive(Clone, Default)]
pub struct FileSums {
    md5: Md5,
    crc32: crc32fast::Hasher,
    bytes: u64,
}

impl FileSums {
    /// The sums of all of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut sums = Self::default();
        sums.update(bytes);
        sums
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.crc32.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// How many bytes passed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// MD5 as 32 lower-case hex characters.
    pub fn md5(&self) -> String {
        hex::encode(self.md5.clone().finalize())
    }

    /// CRC-32 (zlib) as 8 upper-case hex characters.
    pub fn crc32(&self) -> String {
        format!("{:08X}", self.crc32.clone().finalize())
    }

    /// The sums of all that passed.
    pub fn finish(&self) -> Sums {
        Sums {
            bytes: self.bytes,
            md5: self.md5(),
            crc32: self.crc32(),
        }
    }
}

/// Length and sums of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Its length.
    pub bytes: u64,
    /// MD5 as 32 lower-case hex characters.
    pub md5: String,
    /// CRC-32 (zlib) as 8 upper-case hex characters.
    pub crc32: String,
}

/// `CHECKSUM.MD5` as md5sum writes it: a line a file, of name and sums.
pub fn checksum_md5(files: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (name, md5) in files {
        writeln!(text, "{md5} *{name}").expect("writing to a string cannot fail");
    }
    text
}

/// A line of a file of checksums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SumLine {
    pub(super) name: String,
    pub(super) sum: Sum,
}

/// What a line says of its file, in the case of [`Sums`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Md5(String),
    Crc32(String),
}

impl Sum {
    pub(super) fn is_of(&self, sums: &Sums) -> bool {
        match self {
            Self::Md5(md5) => *md5 == sums.md5,
            Self::Crc32(crc32) => *crc32 == sums.crc32,
        }
    }
}

/// Reads `<md5> *<name>`, `<md5>  <name>` and `<name>=<crc32>`; none where a line is neither.
pub(super) fn read_sums(text: &str) -> Option<Vec<SumLine>> {
    let lines = text.lines().map(str::trim);
    let said = lines.filter(|l| !l.is_empty() && !l.starts_with([';', '#', '[']));
    said.map(sum_line).collect()
}

fn sum_line(line: &str) -> Option<SumLine> {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some((name, sum)) = line.rsplit_once('=')
        && sum.trim().len() == 8
        && is_hex(sum.trim())
    {
        let sum = Sum::Crc32(sum.trim().to_ascii_uppercase());
        let name = name.trim().to_owned();
        return Some(SumLine { name, sum });
    }
    let (sum, name) = line.split_once(char::is_whitespace)?;
    let name = name.trim_start().trim_start_matches('*');
    let is_sum = sum.len() == 32 && is_hex(sum) && !name.is_empty();
    is_sum.then(|| SumLine {
        name: name.to_owned(),
        sum: Sum::Md5(sum.to_ascii_lowercase()),
    })
}

/// Whether a file of this name holds checksums.
pub(super) fn is_sums(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let stem = name.replace(['-', '_'], "");
    name.ends_with(".MD5") || (stem.contains("CHECKSUM") && name.ends_with(".TXT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_md5sum_and_zlib() {
        let sums = FileSums::of(b"123456789");
        assert_eq!(sums.md5(), "25f9e794323b453885f5181f1b624d0b");
        assert_eq!(sums.crc32(), "CBF43926");
        assert_eq!(sums.bytes(), 9);
    }

    #[test]
    fn several_ways_of_writing_sums_are_read() {
        let text = "; made by somebody\r\n25F9E794323B453885F5181F1B624D0B *DDPID\r\n\
                    25f9e794323b453885f5181f1b624d0b  IMAGE.DAT\n[CRC32 Checksum]\nDDPMS=cbf43926\n";
        let read = read_sums(text).unwrap();
        let names: Vec<&str> = read.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["DDPID", "IMAGE.DAT", "DDPMS"]);
        let sums = FileSums::of(b"123456789").finish();
        assert!(read.iter().all(|line| line.sum.is_of(&sums)));
        assert_eq!(read_sums("nonsense"), None);
        assert!(is_sums("MD5_CHECKSUM.MD5") && is_sums("Checksum.txt") && !is_sums("IDENT.TXT"));
    }
}
