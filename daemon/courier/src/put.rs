//! One file brought over, whole or not at all.

use std::io::{self, Read};

use delivery::upload::{Check, RemotePath};
use sha2::{Digest as _, Sha256};

use crate::error::CourierError;
use crate::server::Courier;

/// Bytes that are read and sent at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// A file to bring over.
pub struct Parcel<'p> {
    /// Where it belongs below the address's folder.
    pub path: &'p RemotePath,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: &'p str,
    /// Whether this same sending is known to have put it there.
    pub before: Before,
    /// Opens it at its beginning.
    pub open: &'p (dyn Fn() -> io::Result<Box<dyn Read + Send>> + Sync),
}

/// What is known of a file before it is brought over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// The same sending has put it there, whole.
    Put,
    /// Nothing.
    Unknown,
}

/// How a file came to lie over there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was sent, from this byte on.
    From(u64),
    /// It was there already.
    WasThere,
}

impl Courier {
    /// Brings a file over. `told` hears how many of its bytes lie there, and says whether to go on.
    ///
    /// # Errors
    /// As [`CourierError`] says; whatever it is, nothing half lies under the file's own name.
    pub async fn put(
        &mut self,
        parcel: &Parcel<'_>,
        told: &mut (dyn FnMut(u64) -> Result<(), CourierError> + Send),
    ) -> Result<Put, CourierError> {
        for folder in parcel.path.folders() {
            self.make_folder(folder).await?;
        }
        let path = self.below(parcel.path.as_str());
        if self.remote.size(&path).await? == Some(parcel.bytes) {
            let is_ours = parcel.before == Before::Put && self.server.check == Check::Size;
            if is_ours || self.reads_as(&path, parcel, parcel.bytes).await?.is_some() {
                told(parcel.bytes)?;
                return Ok(Put::WasThere);
            }
        }
        let part = self.below(&parcel.path.part(parcel.sha256));
        let there = self.remote.size(&part).await?.unwrap_or(0);
        let begun = match there {
            0 => None,
            there if there > parcel.bytes => None,
            there => self.reads_as(&part, parcel, there).await?,
        };
        let from = if begun.is_some() { there } else { 0 };
        self.send(&part, parcel, (from, begun.unwrap_or_default()), told)
            .await?;
        self.is_whole(&part, parcel).await?;
        self.remote.rename(&part, &path).await?;
        if self.remote.size(&path).await? != Some(parcel.bytes) {
            return Err(self.differs(&path, "its size, once it was renamed"));
        }
        Ok(Put::From(from))
    }

    async fn make_folder(&mut self, folder: &str) -> Result<(), CourierError> {
        if self.folders.contains(folder) {
            return Ok(());
        }
        let path = self.below(folder);
        if !self.remote.is_folder(&path).await? {
            self.remote.make_folder(&path).await?;
        }
        self.folders.insert(folder.to_owned());
        Ok(())
    }

    /// Whether the first bytes of what lies there are ours; then what they hash to so far. A server that lets nobody read says no.
    async fn reads_as(
        &mut self,
        path: &str,
        parcel: &Parcel<'_>,
        bytes: u64,
    ) -> Result<Option<Sha256>, CourierError> {
        match self.compared(path, parcel, bytes).await {
            Err(CourierError::Refused { .. }) => Ok(None),
            other => other,
        }
    }

    async fn compared(
        &mut self,
        path: &str,
        parcel: &Parcel<'_>,
        bytes: u64,
    ) -> Result<Option<Sha256>, CourierError> {
        let mut own = open(parcel)?.take(bytes);
        let (mut sum, mut seen, mut same) = (Sha256::new(), 0, true);
        let mut broken = None;
        let mut each = |block: &[u8]| {
            let mut expected = vec![0; block.len()];
            match own.read_exact(&mut expected) {
                Ok(()) => same = same && expected == block,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => same = false,
                Err(error) => {
                    broken = Some(error);
                    same = false;
                }
            }
            sum.update(&expected);
            seen += u64::try_from(block.len()).unwrap_or(u64::MAX);
            same
        };
        self.remote.read((path, bytes), &mut each).await?;
        if let Some(source) = broken {
            return Err(here(parcel, source));
        }
        Ok((same && seen == bytes).then_some(sum))
    }

    /// Sends what is missing of a file, whose first `from` bytes hash to `sum`.
    async fn send(
        &mut self,
        part: &str,
        parcel: &Parcel<'_>,
        (from, mut sum): (u64, Sha256),
        told: &mut (dyn FnMut(u64) -> Result<(), CourierError> + Send),
    ) -> Result<(), CourierError> {
        let mut own = open(parcel)?;
        let skipped = io::copy(&mut (&mut own).take(from), &mut io::sink());
        skipped.map_err(|source| here(parcel, source))?;
        told(from)?;
        self.remote.begin(part, from).await?;
        let mut block = vec![0; BLOCK_BYTES];
        let mut place = from;
        loop {
            let count = own
                .read(&mut block)
                .map_err(|source| here(parcel, source))?;
            let Some(read) = block.get(..count).filter(|read| !read.is_empty()) else {
                break;
            };
            sum.update(read);
            self.remote.write(read).await?;
            place += u64::try_from(count).unwrap_or(u64::MAX);
            told(place)?;
        }
        self.remote.end().await?;
        if hex::encode(sum.finalize()) == parcel.sha256 {
            return Ok(());
        }
        self.remote.remove(part).await?;
        let why = "it does not hold what its checksum says; nothing of it was left over there";
        Err(here(
            parcel,
            io::Error::new(io::ErrorKind::InvalidData, why),
        ))
    }

    /// Whether all of a file lies there, before it gets its name.
    async fn is_whole(&mut self, part: &str, parcel: &Parcel<'_>) -> Result<(), CourierError> {
        if self.remote.size(part).await? != Some(parcel.bytes) {
            return Err(self.differs(part, "its size"));
        }
        let is_same = match self.server.check {
            Check::Size => true,
            Check::Read => self.compared(part, parcel, parcel.bytes).await?.is_some(),
        };
        if is_same {
            return Ok(());
        }
        self.remote.remove(part).await?;
        Err(self.differs(part, "it does not read back as it is here"))
    }

    fn differs(&self, path: &str, said: &str) -> CourierError {
        CourierError::Differs {
            server: self.server.name(),
            path: path.to_owned(),
            said: said.to_owned(),
        }
    }
}

fn open(parcel: &Parcel<'_>) -> Result<Box<dyn Read + Send>, CourierError> {
    (parcel.open)().map_err(|source| here(parcel, source))
}

fn here(parcel: &Parcel<'_>, source: io::Error) -> CourierError {
    CourierError::Here {
        path: parcel.path.to_string(),
        source,
    }
}
