//! A dropbox as libunftp sees it: every path is walked by descriptor below the login's folder.

mod place;
mod send;
mod shown;
mod upload;

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Debug, Display};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::task::TaskTracker;
use unftp_core::auth::UserDetail;
use unftp_core::storage::{Error, ErrorKind, FEATURE_RESTART, Fileinfo, Result, StorageBackend};

use super::control::Client;
use super::ledger::Ledger;
use super::ports::Ports;
use super::staging::{Key, Staging, same_file_system};
use super::{FtpHooks, Hint};
use crate::folder::{Facts, Folder, Kind, Listing};
use crate::names::{beneath, is_read_only};
pub(super) use shown::Shown;
use shown::listed_name;

/// Names shown of one folder; a client with more sees the first of them.
const MAX_LISTED: usize = 20_000;

/// What all connections share.
pub(super) struct House {
    pub(super) staging: Staging,
    pub(super) ledger: Arc<Ledger>,
    pub(super) ports: Arc<Ports>,
    pub(super) hooks: FtpHooks,
    /// Connections and uploads under way.
    pub(super) under_way: TaskTracker,
}

/// The client whom libunftp has let in.
#[derive(Debug)]
pub(super) struct Guest(pub(super) String);

impl UserDetail for Guest {}

impl Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One client's view of its dropbox.
pub(super) struct Backend {
    house: Arc<House>,
    client: Arc<Client>,
    top: Option<Folder>,
}

impl Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("client", &self.client.number())
            .finish_non_exhaustive()
    }
}

/// A path in the dropbox, taken apart.
pub(super) struct Spot {
    path: PathBuf,
    holder: Folder,
    name: OsString,
}

impl Spot {
    async fn look(&self) -> io::Result<Option<Facts>> {
        let (holder, name) = (self.holder.clone(), self.name.clone());
        on_disk(move || holder.look(&name)).await
    }
}

/// Runs file-system work away from the threads that serve connections.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

impl Backend {
    pub(super) fn new(house: Arc<House>, client: Arc<Client>) -> Self {
        Self {
            house,
            client,
            top: None,
        }
    }

    fn top(&self) -> Result<&Folder> {
        self.top
            .as_ref()
            .ok_or_else(|| Error::from(ErrorKind::PermissionDenied))
    }

    /// Refuses with a reason the client can read (see [`Client::explain`]).
    fn refuse(&self, kind: ErrorKind, reason: &str) -> Error {
        let code = match kind {
            ErrorKind::TransientFileNotAvailable => 450,
            ErrorKind::LocalError => 451,
            ErrorKind::InsufficientStorageSpaceError => 452,
            ErrorKind::PageTypeUnknown => 551,
            ErrorKind::ExceededStorageAllocationError => 552,
            ErrorKind::FileNameNotAllowedError => 553,
            ErrorKind::ConnectionClosed => 426,
            ErrorKind::CommandNotImplemented => 502,
            ErrorKind::PermanentFileNotAvailable
            | ErrorKind::PermanentDirectoryNotAvailable
            | ErrorKind::PermanentDirectoryNotEmpty
            | ErrorKind::PermissionDenied => 550,
        };
        tracing::info!(login = self.client.login(), code, reason, "FTP: refused");
        self.client.explain(code, reason);
        Error::new(kind, reason)
    }

    fn inside(&self, path: &Path) -> Result<PathBuf> {
        beneath(path).ok_or_else(|| {
            self.refuse(
                ErrorKind::FileNameNotAllowedError,
                "a name can have 255 bytes at most",
            )
        })
    }

    async fn spot(&self, path: &Path) -> Result<Spot> {
        let path = self.inside(path)?;
        self.spot_inside(path).await
    }

    /// A spot that the client may write to.
    async fn writable_spot(&self, path: &Path) -> Result<Spot> {
        let path = self.inside(path)?;
        self.check_writable(&path)?;
        self.spot_inside(path).await
    }

    async fn spot_inside(&self, path: PathBuf) -> Result<Spot> {
        let top = self.top()?.clone();
        Ok(on_disk(move || {
            let (holder, name) = top.holder_of(&path)?;
            Ok(Spot { path, holder, name })
        })
        .await?)
    }

    async fn folder(&self, path: &Path) -> Result<Folder> {
        let (top, path) = (self.top()?.clone(), self.inside(path)?);
        Ok(on_disk(move || top.walk(&path)).await?)
    }

    fn check_writable(&self, path: &Path) -> Result<()> {
        if is_read_only(path) {
            return Err(self.refuse(
                ErrorKind::PermissionDenied,
                "finals and the studio's notes can be read but not changed",
            ));
        }
        if path.as_os_str().is_empty() {
            return Err(self.refuse(
                ErrorKind::PermissionDenied,
                "the dropbox itself stays as it is",
            ));
        }
        Ok(())
    }

    /// How much of an upload is staged.
    async fn held(&self, key: &Key) -> io::Result<Option<u64>> {
        let (house, key) = (Arc::clone(&self.house), key.clone());
        on_disk(move || house.staging.held_bytes(&key)).await
    }

    async fn is_taken(&self, path: &Path) -> bool {
        (self.house.hooks.is_taken)(&self.client.login(), path).await
    }

    /// Refuses where a taken mix is meant, or a folder with one in it.
    async fn check_not_taken(&self, spot: &Spot) -> Result<()> {
        let taken = "this mix has been taken for mastering; it stays as it is";
        match spot.look().await? {
            None => Err(Error::from(io::Error::from(io::ErrorKind::NotFound))),
            Some(facts) if facts.kind == Kind::Folder => {
                let folder = spot.holder.clone();
                let (name, path) = (spot.name.clone(), spot.path.clone());
                for file in on_disk(move || files_below(&folder, &name, &path)).await? {
                    if self.is_taken(&file).await {
                        return Err(self.refuse(ErrorKind::PermissionDenied, taken));
                    }
                }
                Ok(())
            }
            // Not shown, so not there.
            Some(facts) if facts.kind == Kind::Other => {
                Err(Error::from(io::Error::from(io::ErrorKind::NotFound)))
            }
            Some(_) if self.is_taken(&spot.path).await => {
                Err(self.refuse(ErrorKind::PermissionDenied, taken))
            }
            Some(_) => Ok(()),
        }
    }

    /// Tells the watcher of a finished file.
    async fn tell(&self, path: PathBuf) {
        let hint = Hint {
            dropbox: self.client.login(),
            path,
        };
        let sent = self
            .house
            .hooks
            .arrived
            .send_timeout(hint, Duration::from_millis(100))
            .await;
        if let Err(error) = sent {
            tracing::warn!(login = self.client.login(), error = %error,
                "nobody took note of an upload at once; the next look at the dropbox finds it");
        }
    }
}

/// All files below a folder, as paths in the dropbox; an error when they are too many to check.
fn files_below(holder: &Folder, name: &OsStr, path: &Path) -> io::Result<Vec<PathBuf>> {
    const MAX_CHECKED: usize = 10_000;
    let mut files = Vec::new();
    let mut folders = vec![(holder.walk(Path::new(name))?, path.to_owned())];
    while let Some((folder, path)) = folders.pop() {
        let (entries, listing) = folder.entries(MAX_CHECKED)?;
        if listing == Listing::CutShort || files.len() + folders.len() > MAX_CHECKED {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        for entry in entries {
            let path = path.join(&entry.name);
            match entry.facts.kind {
                Kind::Folder => folders.push((folder.walk(Path::new(&entry.name))?, path)),
                Kind::File => files.push(path),
                Kind::Other => {}
            }
        }
    }
    Ok(files)
}

#[async_trait]
impl StorageBackend<Guest> for Backend {
    type Metadata = Shown;

    fn enter(&mut self, _guest: &Guest) -> io::Result<()> {
        let account = self
            .client
            .account()
            .ok_or(io::ErrorKind::PermissionDenied)?;
        let top = Folder::open(&account.folder)?;
        if !same_file_system(&self.house.staging.folder, &top)? {
            tracing::error!(login = account.login, folder = %account.folder.display(),
                "the staging folder and this dropbox lie on different file systems");
            return Err(io::Error::from(io::ErrorKind::CrossesDevices));
        }
        self.top = Some(top);
        Ok(())
    }

    fn supported_features(&self) -> u32 {
        FEATURE_RESTART
    }

    async fn metadata<P: AsRef<Path> + Send + Debug>(
        &self,
        _guest: &Guest,
        path: P,
    ) -> Result<Shown> {
        let path = self.inside(path.as_ref())?;
        if path.as_os_str().is_empty() {
            let facts = Facts::of_open(self.top()?)?;
            return Ok(Shown::new(facts, &path));
        }
        let spot = self.spot_inside(path).await?;
        let published = spot.look().await?.filter(|facts| facts.kind != Kind::Other);
        // A client that asks for the size wants to know where to go on.
        let key = Key::of(&self.client.login(), &spot.path);
        let staged = self.held(&key).await?;
        let not_found = || Error::from(io::Error::from(io::ErrorKind::NotFound));
        let facts = match (published, staged) {
            (Some(facts), _) if facts.kind == Kind::Folder => facts,
            (_, Some(bytes)) => {
                let house = Arc::clone(&self.house);
                let part = on_disk(move || house.staging.folder.look(&key.part())).await?;
                Facts {
                    // Never all of it: a client who finds every byte here sends nothing more, and
                    // an upload that was cut off after its last byte would wait for ever.
                    bytes: bytes.saturating_sub(1),
                    ..part.ok_or_else(not_found)?
                }
            }
            (Some(facts), None) => facts,
            (None, None) => return Err(not_found()),
        };
        Ok(Shown::new(facts, &spot.path))
    }

    async fn list<P: AsRef<Path> + Send + Debug>(
        &self,
        _guest: &Guest,
        path: P,
    ) -> Result<Vec<Fileinfo<PathBuf, Shown>>> {
        self.house.ports.connected(self.client.number());
        let base = self.inside(path.as_ref())?;
        let folder = self.folder(path.as_ref()).await?;
        let (mut entries, listing) = on_disk(move || folder.entries(MAX_LISTED)).await?;
        if listing == Listing::CutShort {
            tracing::warn!(login = self.client.login(), folder = %base.display(), limit = MAX_LISTED,
                "FTP: a folder has more names than are shown");
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries
            .into_iter()
            .filter(|entry| entry.facts.kind != Kind::Other)
            .map(|entry| Fileinfo {
                metadata: Shown::new(entry.facts, &base.join(&entry.name)),
                path: PathBuf::from(listed_name(&entry.name)),
            })
            .collect())
    }

    async fn get_into<'a, P, W: ?Sized>(
        &self,
        _guest: &Guest,
        path: P,
        start_pos: u64,
        output: &'a mut W,
    ) -> Result<u64>
    where
        W: AsyncWrite + Unpin + Sync + Send,
        P: AsRef<Path> + Send + Debug,
    {
        self.house.ports.connected(self.client.number());
        self.client.check_place_is_meant()?;
        let sent = self.send(path.as_ref(), start_pos, output).await;
        self.client.note_place(start_pos, &sent);
        sent
    }

    async fn get<P: AsRef<Path> + Send + Debug>(
        &self,
        _guest: &Guest,
        path: P,
        start_pos: u64,
    ) -> Result<Box<dyn AsyncRead + Send + Sync + Unpin>> {
        Ok(Box::new(self.open_to_send(path.as_ref(), start_pos).await?))
    }

    async fn put<P: AsRef<Path> + Send + Debug, R: AsyncRead + Send + Sync + Unpin + 'static>(
        &self,
        _guest: &Guest,
        input: R,
        path: P,
        start_pos: u64,
    ) -> Result<u64> {
        let _under_way = self.house.under_way.token();
        self.house.ports.connected(self.client.number());
        self.client.check_place_is_meant()?;
        let received = self.receive(input, path.as_ref(), start_pos).await;
        self.client.note_place(start_pos, &received);
        received
    }

    async fn del<P: AsRef<Path> + Send + Debug>(&self, _guest: &Guest, path: P) -> Result<()> {
        let spot = self.writable_spot(path.as_ref()).await?;
        let key = Key::of(&self.client.login(), &spot.path);
        if spot.look().await?.is_none() && self.held(&key).await?.is_some() {
            // The client gives up an unfinished upload.
            let house = Arc::clone(&self.house);
            return Ok(on_disk(move || house.staging.forget(&key)).await?);
        }
        self.check_not_taken(&spot).await?;
        let (holder, name) = (spot.holder.clone(), spot.name.clone());
        on_disk(move || {
            holder.remove_file(&name)?;
            holder.sync()
        })
        .await?;
        tracing::info!(login = self.client.login(), path = %spot.path.display(), "FTP: removed by the client");
        Ok(())
    }

    async fn mkd<P: AsRef<Path> + Send + Debug>(&self, _guest: &Guest, path: P) -> Result<()> {
        let spot = self.writable_spot(path.as_ref()).await?;
        Ok(on_disk(move || spot.holder.make_folder(&spot.name)).await?)
    }

    async fn rename<P: AsRef<Path> + Send + Debug>(
        &self,
        _guest: &Guest,
        from: P,
        to: P,
    ) -> Result<()> {
        let from = self.writable_spot(from.as_ref()).await?;
        let to = self.writable_spot(to.as_ref()).await?;
        self.rename_spot(from, to).await
    }

    async fn rmd<P: AsRef<Path> + Send + Debug>(&self, _guest: &Guest, path: P) -> Result<()> {
        let spot = self.writable_spot(path.as_ref()).await?;
        Ok(on_disk(move || spot.holder.remove_folder(&spot.name)).await?)
    }

    async fn cwd<P: AsRef<Path> + Send + Debug>(&self, _guest: &Guest, path: P) -> Result<()> {
        self.folder(path.as_ref()).await.map(|_| ())
    }
}
