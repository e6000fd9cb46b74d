//! A package's files as one: a ZIP in which each lies as it is, so that any of them can be read out of it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use mastering::{ObjectSum, PackageFile};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::jobs::{Trouble, id};

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// Puts every file below `folder` into `out`, in the order of their paths, and reads each back from there.
pub(super) fn pack(folder: &Path, out: &mut File) -> Result<Vec<PackageFile>, Trouble> {
    let failed = |error: zip::result::ZipError| match error {
        zip::result::ZipError::Io(error) => Trouble::from(error),
        other => Trouble::Again(format!("the package could not be packed: {other}")),
    };
    let mut paths = Vec::new();
    files_below(folder, &mut paths)?;
    paths.sort();
    let mut zip = ZipWriter::new(&mut *out);
    let mut packed = Vec::new();
    for path in &paths {
        let name = path.strip_prefix(folder).unwrap_or(path);
        let name = name.to_string_lossy().into_owned();
        let mut file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(bytes > u64::from(u32::MAX))
            .unix_permissions(0o644);
        zip.start_file(name.as_str(), options).map_err(failed)?;
        let sha256 = copied(&mut file, &mut zip)?;
        packed.push((name, bytes, sha256));
    }
    zip.finish().map_err(failed)?;
    out.rewind()?;
    let mut back = ZipArchive::new(&mut *out).map_err(failed)?;
    let mut files = Vec::new();
    for (name, bytes, sha256) in packed {
        let mut entry = back.by_name(&name).map_err(failed)?;
        let read = copied(&mut entry, &mut io::sink())?;
        let at = entry.data_start();
        let at = at.filter(|_| read == sha256 && entry.size() == bytes);
        let at = at
            .ok_or_else(|| Trouble::Again(format!("{name} does not read back from the package")))?;
        files.push(PackageFile {
            path: name,
            at,
            bytes,
            sha256: id::<ObjectSum>(&sha256)?,
        });
    }
    Ok(files)
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files_below(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// Copies everything, and says the SHA-256 of it.
fn copied(from: &mut impl Read, to: &mut impl io::Write) -> io::Result<String> {
    let mut sum = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let count = from.read(&mut block)?;
        if count == 0 {
            return Ok(hex::encode(sum.finalize()));
        }
        sum.update(&block[..count]);
        to.write_all(&block[..count])?;
    }
}

/// A stretch of something longer, with words of its own before it.
pub(crate) struct Stretch<R> {
    head: Vec<u8>,
    inner: R,
    at: u64,
    bytes: u64,
    place: u64,
}

impl<R: Read + Seek> Stretch<R> {
    /// `head`, and then these bytes of `inner`.
    pub(crate) fn new(head: Vec<u8>, inner: R, at: u64, bytes: u64) -> Self {
        Self {
            head,
            inner,
            at,
            bytes,
            place: 0,
        }
    }

    /// How long it is.
    pub(crate) fn len(&self) -> u64 {
        self.bytes + self.head_len()
    }

    fn head_len(&self) -> u64 {
        u64::try_from(self.head.len()).unwrap_or(u64::MAX)
    }
}

impl<R: Read + Seek> Read for Stretch<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.len().saturating_sub(self.place);
        let most = usize::try_from(left).map_or(into.len(), |left| left.min(into.len()));
        let head = usize::try_from(self.place).ok();
        let head = head.and_then(|place| self.head.get(place..));
        let count = if let Some(head) = head.filter(|head| !head.is_empty()) {
            let count = head.len().min(most);
            into[..count].copy_from_slice(&head[..count]);
            count
        } else {
            self.inner
                .seek(SeekFrom::Start(self.at + self.place - self.head_len()))?;
            self.inner.read(&mut into[..most])?
        };
        self.place += u64::try_from(count).unwrap_or(0);
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Stretch<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
        };
        let place = place.ok_or(io::ErrorKind::InvalidInput)?;
        self.place = place;
        Ok(place)
    }
}

/// The head of a WAV of a compact disc's samples.
pub(crate) fn disc_wav_head(data_bytes: u64) -> Vec<u8> {
    let data = u32::try_from(data_bytes).unwrap_or(u32::MAX - 36);
    let mut head = Vec::with_capacity(44);
    head.extend(b"RIFF");
    head.extend((data + 36).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16u32.to_le_bytes());
    // PCM in two channels: 44 100 frames a second of four bytes, 16 bits a sample.
    head.extend(1u16.to_le_bytes());
    head.extend(2u16.to_le_bytes());
    head.extend(44_100u32.to_le_bytes());
    head.extend(176_400u32.to_le_bytes());
    head.extend(4u16.to_le_bytes());
    head.extend(16u16.to_le_bytes());
    head.extend(b"data");
    head.extend(data.to_le_bytes());
    head
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_packed_is_read_out_of_it_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("Disc 1")).unwrap();
        let files: [(&str, &[u8]); 3] = [
            ("CHECKSUMS.sha256", b"0"),
            ("Disc 1/IMAGE.DAT", &[7; 700_001]),
            ("Disc 1/leer.txt", b""),
        ];
        for (name, content) in files {
            let mut file = File::create_new(folder.path().join(name)).unwrap();
            file.write_all(content).unwrap();
        }
        let mut out = tempfile::tempfile().unwrap();
        let packed = pack(folder.path(), &mut out).unwrap();
        for ((name, content), file) in files.iter().zip(&packed) {
            assert_eq!(
                (file.path.as_str(), file.bytes),
                (*name, content.len() as u64)
            );
            assert_eq!(file.sha256.as_str(), hex::encode(Sha256::digest(content)));
            let mut stretch = Stretch::new(b"head".to_vec(), &out, file.at, file.bytes);
            let mut read = Vec::new();
            stretch.read_to_end(&mut read).unwrap();
            assert_eq!(read, [b"head".as_slice(), content].concat());
        }
    }

    #[test]
    fn a_disc_is_a_wav_that_readers_know() {
        let samples = [1u8; 44 * 4];
        let inner = Cursor::new(samples);
        let stretch = Stretch::new(disc_wav_head(176), inner, 0, 176);
        let wav = soundfile::WavReader::open(stretch).unwrap();
        let spec = wav.spec();
        assert_eq!((spec.rate_hz, spec.channels, wav.frames()), (44_100, 2, 44));
    }

    proptest! {
        #[test]
        fn any_part_of_a_stretch_is_what_the_whole_holds_there(
            head in prop::collection::vec(any::<u8>(), 0..20),
            inner in prop::collection::vec(any::<u8>(), 1..200),
            cut in any::<(prop::sample::Index, prop::sample::Index)>(),
            from in any::<prop::sample::Index>(),
            most in 1usize..50,
        ) {
            let (a, b) = (cut.0.index(inner.len()), cut.1.index(inner.len()));
            let (at, end) = (a.min(b), a.max(b));
            let whole = [head.clone(), inner[at..end].to_vec()].concat();
            let mut stretch = Stretch::new(head, Cursor::new(inner), at as u64, (end - at) as u64);
            prop_assert_eq!(stretch.len(), whole.len() as u64);
            let from = from.index(whole.len() + 1);
            stretch.seek(SeekFrom::Start(from as u64)).unwrap();
            let mut read = Vec::new();
            (&mut stretch).take(most as u64).read_to_end(&mut read).unwrap();
            let until = whole.len().min(from + most);
            prop_assert_eq!(&read, &whole[from..until]);
        }
    }
}
