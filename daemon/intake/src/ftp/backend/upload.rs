//! Receiving a file: staged, judged at its end, and only then named.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use unftp_core::storage::{Error, ErrorKind, Result};

use super::{Backend, Spot, on_disk};
use crate::folder::{Facts, Kind};
use crate::ftp::control::Ending;
use crate::ftp::staging::{Key, MyTurn};
use crate::names::is_litter;

/// What is taken from the network at once.
const READ_BYTES: usize = 256 * 1024;

/// Room is asked for in steps of this size, in bytes.
const ROOM_STEP: u64 = 32 * 1024 * 1024;

/// After this many bytes the part is synced, so that a power cut costs at most as much again.
const SYNC_STEP: u64 = 64 * 1024 * 1024;

/// How long a client that is refused may go on sending before its connection is reset.
const HEAR_OUT: Duration = Duration::from_secs(20);

/// An upload on its way into the staging folder.
struct Part {
    key: Key,
    file: File,
    bytes: u64,
    synced: u64,
}

impl Backend {
    /// Takes an upload from byte `offset` on and returns the bytes that came.
    pub(super) async fn receive<R>(&self, mut input: R, path: &Path, offset: u64) -> Result<u64>
    where
        R: AsyncRead + Send + Unpin,
    {
        let received = self.take_in(&mut input, path, offset).await;
        if let Err(error) = &received
            && error.kind() != ErrorKind::ConnectionClosed
        {
            self.hear_out(&mut input).await;
        }
        received
    }

    /// Reads on for a while after a refusal, and keeps nothing.
    ///
    /// Closing a data connection that still has bytes in it resets it, and a client such as curl then
    /// tells of a broken connection and never reads the reason, which stands on the other one.
    async fn hear_out<R>(&self, input: &mut R)
    where
        R: AsyncRead + Send + Unpin,
    {
        let mut nowhere = tokio::io::sink();
        let heard = tokio::io::copy(input, &mut nowhere);
        let ended = tokio::select! {
            ended = tokio::time::timeout(HEAR_OUT, heard) => ended,
            () = self.client.stopping.cancelled() => return,
        };
        if !matches!(ended, Ok(Ok(_))) {
            tracing::debug!(
                login = self.client.login(),
                "FTP: a refused client went on sending"
            );
        }
    }

    async fn take_in<R>(&self, input: &mut R, path: &Path, offset: u64) -> Result<u64>
    where
        R: AsyncRead + Send + Unpin,
    {
        let started = Instant::now();
        let heard = self.client.heard();
        let goal = self.writable_spot(path).await?;
        self.check_room()?;
        let login = self.client.login();
        let key = Key::of(&login, &goal.path);
        let turn = self.house.staging.my_turn(&key).await.ok_or_else(|| {
            self.refuse(
                ErrorKind::TransientFileNotAvailable,
                "another upload of this file is under way",
            )
        })?;

        let mut part = self.open_part(key, &goal, offset).await?;
        let copied = self.copy(input, &mut part, &turn).await;
        if let Err(error) = copied {
            self.keep(&mut part).await?;
            tracing::info!(login, path = %goal.path.display(), bytes = part.bytes, error = %error,
                "FTP: an upload broke off; what has come is kept for going on");
            return Err(error);
        }
        let (kept, ending) = tokio::join!(self.keep(&mut part), self.client.judge_end(heard));
        kept?;
        if ending != Ending::Clean {
            tracing::info!(login, path = %goal.path.display(), bytes = part.bytes, ending = ?ending,
                "FTP: an upload ended, but its client did not finish it; it is kept for going on");
            return Err(ErrorKind::ConnectionClosed.into());
        }
        let received = part.bytes - offset;
        let path = self.publish(part, &goal).await?;
        tracing::info!(login, path = %path.display(), bytes = received, from = offset,
            duration_ms = started.elapsed().as_millis(), "FTP: received");
        if !is_litter(&path) {
            self.tell(path).await;
        }
        drop(turn);
        Ok(received)
    }

    fn check_room(&self) -> Result<()> {
        if (self.house.hooks.has_room)(ROOM_STEP) {
            return Ok(());
        }
        Err(self.no_room())
    }

    fn no_room(&self) -> Error {
        self.refuse(
            ErrorKind::InsufficientStorageSpaceError,
            "the studio's disk is full; nothing is lost, please try again later",
        )
    }

    /// A failed write: a full disk is told of in words.
    fn not_written(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => self.no_room(),
            _ => Error::from(error),
        }
    }

    async fn open_part(&self, key: Key, goal: &Spot, offset: u64) -> Result<Part> {
        let (house, login, path) = (
            Arc::clone(&self.house),
            self.client.login(),
            goal.path.clone(),
        );
        if offset == 0 {
            let (file, key) =
                on_disk(move || Ok((house.staging.begin(&key, &login, &path)?, key))).await?;
            return Ok(Part {
                key,
                file: File::from_std(file),
                bytes: 0,
                synced: 0,
            });
        }
        match self.held(&key).await? {
            // Where the client knows that it was, or where it was told to go on.
            Some(held) if held == offset || held == offset + 1 => {}
            Some(held) => return Err(self.wrong_place(held)),
            None => self.take_back(&key, goal, offset).await?,
        }
        let (file, key) =
            on_disk(move || Ok((house.staging.resume(&key, &login, &path, offset)?, key))).await?;
        let mut file = File::from_std(file);
        file.seek(io::SeekFrom::Start(offset)).await?;
        Ok(Part {
            key,
            file,
            bytes: offset,
            synced: offset,
        })
    }

    fn wrong_place(&self, held: u64) -> Error {
        let reason = format!("{held} bytes of this file are here; go on from there or begin anew");
        self.refuse(ErrorKind::LocalError, &reason)
    }

    /// Takes a named file that nobody has taken yet back into staging, to go on with it: the
    /// client found out that it is too short.
    async fn take_back(&self, key: &Key, goal: &Spot, offset: u64) -> Result<()> {
        match goal.look().await? {
            Some(Facts {
                kind: Kind::File,
                bytes,
                ..
            }) if bytes == offset => {}
            Some(Facts {
                kind: Kind::File,
                bytes,
                ..
            }) => return Err(self.wrong_place(bytes)),
            Some(_) | None => return Err(self.wrong_place(0)),
        }
        let taken = "this mix has been taken for mastering; please send the other under a new name";
        if self.is_taken(&goal.path).await {
            return Err(self.refuse(ErrorKind::PermissionDenied, taken));
        }
        let (house, login) = (Arc::clone(&self.house), self.client.login());
        let (holder, name) = (goal.holder.clone(), goal.name.clone());
        let (path, part) = (goal.path.clone(), key.part());
        let record = key.clone();
        on_disk(move || {
            holder.open_file(&name)?.sync_all()?;
            house.staging.record(&record, &login, &path, offset)?;
            holder.rename_to_free(&name, &house.staging.folder, &part)?;
            house.staging.folder.sync()?;
            holder.sync()
        })
        .await?;
        // Taken between question and move: it goes back where it was.
        if self.is_taken(&goal.path).await {
            let (house, key) = (Arc::clone(&self.house), key.clone());
            let (holder, name) = (goal.holder.clone(), goal.name.clone());
            on_disk(move || {
                house
                    .staging
                    .folder
                    .rename_to_free(&key.part(), &holder, &name)?;
                house.staging.forget_record(&key);
                holder.sync()
            })
            .await?;
            return Err(self.refuse(ErrorKind::PermissionDenied, taken));
        }
        Ok(())
    }

    async fn copy<R>(&self, input: &mut R, part: &mut Part, turn: &MyTurn) -> Result<()>
    where
        R: AsyncRead + Send + Unpin,
    {
        let limits = self.house.ledger.limits();
        let idle = Duration::from_secs(limits.idle_seconds);
        let mut buffer = vec![0; READ_BYTES];
        let mut room_until = part.bytes + ROOM_STEP;
        loop {
            let read = tokio::select! {
                biased;
                () = self.client.stopping.cancelled() => return Err(ErrorKind::ConnectionClosed.into()),
                () = turn.replaced.cancelled() => return Err(ErrorKind::ConnectionClosed.into()),
                read = tokio::time::timeout(idle, input.read(&mut buffer)) => read,
            };
            let count = match read {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(count)) => count,
                // Reset, or TLS without its goodbye.
                Ok(Err(error)) => return Err(Error::new(ErrorKind::ConnectionClosed, error)),
                Err(_) => return Err(ErrorKind::ConnectionClosed.into()),
            };
            let bytes = part.bytes + u64::try_from(count).expect("a buffer's length fits");
            if bytes > limits.max_file_bytes {
                let reason = format!("a file can have {} bytes at most", limits.max_file_bytes);
                return Err(self.refuse(ErrorKind::ExceededStorageAllocationError, &reason));
            }
            if bytes > room_until {
                self.check_room()?;
                room_until = bytes + ROOM_STEP;
            }
            part.file
                .write_all(&buffer[..count])
                .await
                .map_err(|error| self.not_written(error))?;
            part.bytes = bytes;
            if part.bytes - part.synced >= SYNC_STEP {
                self.keep(part).await?;
            }
        }
    }

    /// Makes what has come survive a power cut.
    async fn keep(&self, part: &mut Part) -> Result<()> {
        let synced = async {
            part.file.flush().await?;
            part.file.sync_all().await
        };
        if let Err(error) = synced.await {
            if error.kind() == io::ErrorKind::StorageFull {
                // What is beyond the last good byte is cut off when the client goes on.
                part.bytes = part.file.metadata().await?.len();
                return Err(Error::from(error));
            }
            // A failed sync is final: nothing in this part can be trusted any more.
            tracing::error!(login = self.client.login(), error = %error, "FTP: an upload could not be written safely");
            let (house, key) = (Arc::clone(&self.house), part.key.clone());
            on_disk(move || house.staging.forget(&key)).await?;
            return Err(Error::new(ErrorKind::LocalError, error));
        }
        part.synced = part.bytes;
        let (house, key, bytes) = (Arc::clone(&self.house), part.key.clone(), part.bytes);
        Ok(on_disk(move || house.staging.note_synced(&key, bytes)).await?)
    }

    async fn publish(&self, part: Part, goal: &Spot) -> Result<PathBuf> {
        let Part { key, file, .. } = part;
        // Closed before it has a name: the watcher would take us for a writer.
        drop(file.into_std().await);
        let path = self
            .place(&self.house.staging.folder, &key.part(), goal)
            .await?;
        self.house.staging.forget_record(&key);
        Ok(path)
    }
}
