//! SFTP, version 3, over the line that OpenSSH's client holds.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::client::rawsession::Limits;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, Status, StatusCode};

use crate::error::CourierError;
use crate::server::{STALLED, Server, Shown};
use crate::ssh::Ssh;

/// Requests that are under way at once: with their bytes, what is on the wire over a long line.
const AT_ONCE: usize = 32;
/// Bytes of one request; what OpenSSH takes without being asked, and what slower lines carry well within the time to wait.
const REQUEST_BYTES: usize = 32 * 1024;
/// What renames a file in the place of another, as OpenSSH's servers offer it.
const POSIX_RENAME: &str = "posix-rename@openssh.com";
const FSYNC: &str = "fsync@openssh.com";
const LIMITS: &str = "limits@openssh.com";
const STATVFS: &str = "statvfs@openssh.com";

pub(crate) type Answer<T> = Result<T, SftpError>;
type Waiting = Pin<Box<dyn Future<Output = Answer<Status>> + Send + Sync>>;

/// What a server offers beyond version 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Offer {
    PosixRename,
    Fsync,
    Statvfs,
}

/// A file that is being written.
struct Begun {
    path: String,
    handle: String,
    place: u64,
    waiting: VecDeque<Waiting>,
}

/// A login at an SFTP server.
pub(crate) struct Sftp {
    name: String,
    shown: Shown,
    ssh: Ssh,
    session: Arc<RawSftpSession>,
    offers: Vec<Offer>,
    request_bytes: usize,
    begun: Option<Begun>,
}

impl Sftp {
    pub(crate) async fn open(server: &Server) -> Result<Self, CourierError> {
        let name = server.name();
        let (line, ssh) = Ssh::open(server).await?;
        let mut session = RawSftpSession::new_with_config(
            line,
            russh_sftp::client::Config {
                request_timeout_secs: STALLED.as_secs(),
                ..russh_sftp::client::Config::default()
            },
        );
        let version = match ssh.alive(session.init()).await {
            Ok(version) => version,
            Err(error) => return Err(ssh.refused(server, &error.to_string()).await),
        };
        let begin = |error: SftpError| no_sftp(&name, &error.to_string());
        let has = |name: &str| version.extensions.contains_key(name);
        let known = [
            (POSIX_RENAME, Offer::PosixRename),
            (FSYNC, Offer::Fsync),
            (STATVFS, Offer::Statvfs),
        ];
        let offers = known.iter().filter(|(name, _)| has(name));
        let offers = offers.map(|(_, offer)| *offer).collect();
        let mut request_bytes = REQUEST_BYTES;
        if has(LIMITS) {
            let limits = Limits::from(ssh.alive(session.limits()).await.map_err(begin)?);
            let most = |limit: Option<u64>| limit.and_then(|limit| usize::try_from(limit).ok());
            for most in [most(limits.write_len), most(limits.read_len)] {
                request_bytes = request_bytes.min(most.unwrap_or(REQUEST_BYTES));
            }
            session.set_limits(limits);
        }
        Ok(Self {
            shown: ssh.shown()?,
            name,
            ssh,
            session: Arc::new(session),
            offers,
            request_bytes: request_bytes.max(1),
            begun: None,
        })
    }

    pub(crate) fn shown(&self) -> &Shown {
        &self.shown
    }

    pub(crate) async fn is_folder(&mut self, path: &str) -> Result<bool, CourierError> {
        match self.ssh.alive(self.session.stat(path)).await {
            Ok(found) => Ok(found.attrs.is_dir()),
            Err(SftpError::Status(status)) if is_not_there(&status) => Ok(false),
            Err(error) => Err(self.refused("look at", path, error).await),
        }
    }

    pub(crate) async fn make_folder(&mut self, path: &str) -> Result<(), CourierError> {
        let made = self.session.mkdir(path, FileAttributes::empty());
        match self.ssh.alive(made).await {
            Ok(_) => Ok(()),
            // Somebody else may have made it in between.
            Err(_) if self.is_folder(path).await? => Ok(()),
            Err(error) => Err(self.refused("make the folder", path, error).await),
        }
    }

    pub(crate) async fn size(&mut self, path: &str) -> Result<Option<u64>, CourierError> {
        match self.ssh.alive(self.session.stat(path)).await {
            Ok(found) if found.attrs.is_dir() => Err(CourierError::Refused {
                server: self.name.clone(),
                to: "write",
                path: path.to_owned(),
                said: "a folder has that name".to_owned(),
            }),
            Ok(found) => Ok(found.attrs.size),
            Err(SftpError::Status(status)) if is_not_there(&status) => Ok(None),
            Err(error) => Err(self.refused("look at", path, error).await),
        }
    }

    pub(crate) async fn begin(&mut self, path: &str, from: u64) -> Result<(), CourierError> {
        let mut flags = OpenFlags::WRITE | OpenFlags::CREATE;
        if from == 0 {
            flags |= OpenFlags::TRUNCATE;
        }
        let opened = self.session.open(path, flags, FileAttributes::empty());
        match self.ssh.alive(opened).await {
            Ok(opened) => {
                self.begun = Some(Begun {
                    path: path.to_owned(),
                    handle: opened.handle,
                    place: from,
                    waiting: VecDeque::with_capacity(AT_ONCE),
                });
                Ok(())
            }
            Err(error) => Err(self.refused("write", path, error).await),
        }
    }

    pub(crate) async fn write(&mut self, block: &[u8]) -> Result<(), CourierError> {
        for piece in block.chunks(self.request_bytes) {
            let Some(begun) = &mut self.begun else {
                return Err(cut(&self.name, "write", "nothing was begun"));
            };
            let (session, handle) = (self.session.clone(), begun.handle.clone());
            let (place, data) = (begun.place, piece.to_vec());
            begun.place += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let mut asked: Waiting =
                Box::pin(async move { session.write(handle, place, data).await });
            // The request leaves in its turn with this first poll, so that a line that breaks leaves no hole before what was
            // written; several answers are open at once, and `settle` and `end` wait for all of them.
            let first = std::future::poll_fn(|cx| Poll::Ready(asked.as_mut().poll(cx))).await;
            begun.waiting.push_back(match first {
                Poll::Pending => asked,
                Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
            });
            self.settle(AT_ONCE).await?;
        }
        Ok(())
    }

    /// Waits until fewer than `most` answers are open.
    async fn settle(&mut self, most: usize) -> Result<(), CourierError> {
        while let Some(begun) = &mut self.begun
            && begun.waiting.len() >= most
            && let Some(oldest) = begun.waiting.pop_front()
        {
            if let Err(error) = self.ssh.alive(oldest).await {
                let path = begun.path.clone();
                return Err(self.refused("write", &path, error).await);
            }
        }
        Ok(())
    }

    pub(crate) async fn end(&mut self) -> Result<(), CourierError> {
        self.settle(1).await?;
        let Some(begun) = self.begun.take() else {
            return Ok(());
        };
        let (session, handle) = (self.session.clone(), begun.handle);
        if self.offers.contains(&Offer::Fsync)
            && let Err(error) = self.ssh.alive(session.fsync(handle.as_str())).await
        {
            return Err(self.refused("keep", &begun.path, error).await);
        }
        match self.ssh.alive(session.close(handle)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.refused("keep", &begun.path, error).await),
        }
    }

    pub(crate) async fn read(
        &mut self,
        (path, bytes): (&str, u64),
        each: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> Result<(), CourierError> {
        let opened = self
            .session
            .open(path, OpenFlags::READ, FileAttributes::empty());
        let handle = match self.ssh.alive(opened).await {
            Ok(opened) => opened.handle,
            Err(error) => return Err(self.refused("read", path, error).await),
        };
        let outcome = self.read_open((&handle, bytes), each).await;
        // Whether it closes or not, what was read was read.
        let _ = self.ssh.alive(self.session.close(handle)).await;
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refused("read", path, error).await),
        }
    }

    async fn read_open(
        &self,
        (handle, bytes): (&str, u64),
        each: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> Answer<()> {
        let step = u64::try_from(self.request_bytes).unwrap_or(u64::MAX);
        let mut waiting = VecDeque::new();
        let (mut asked, mut place) = (0, 0);
        while place < bytes {
            while asked < bytes && waiting.len() < AT_ONCE {
                let (session, handle) = (self.session.clone(), handle.to_owned());
                let want = u32::try_from(step.min(bytes - asked)).unwrap_or(u32::MAX);
                let at = asked;
                let mut read =
                    Box::pin(async move { (want, session.read(handle, at, want).await) });
                let first = std::future::poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await;
                waiting.push_back(match first {
                    Poll::Pending => (None, Some(read)),
                    Poll::Ready(answer) => (Some(answer), None),
                });
                asked += u64::from(want);
            }
            let (want, answer) = match waiting.pop_front() {
                Some((Some(answer), _)) => answer,
                Some((None, Some(read))) => self.ssh.alive(async { Ok(read.await) }).await?,
                Some((None, None)) | None => return Ok(()),
            };
            let data = match answer {
                Ok(data) => data.data,
                Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => {
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            if !each(&data) {
                return Ok(());
            }
            place += u64::try_from(data.len()).unwrap_or(u64::MAX);
            // A server may give less than was asked for: the rest is asked for anew.
            if data.len() < usize::try_from(want).unwrap_or(usize::MAX) {
                waiting.clear();
                asked = place;
            }
        }
        Ok(())
    }

    pub(crate) async fn rename(&mut self, from: &str, to: &str) -> Result<(), CourierError> {
        let renamed = if self.offers.contains(&Offer::PosixRename) {
            let asked = self.session.extended(POSIX_RENAME, two_paths(from, to));
            match self.ssh.alive(asked).await {
                Ok(Packet::Status(status)) if status.status_code == StatusCode::Ok => Ok(()),
                Ok(Packet::Status(status)) => Err(SftpError::Status(status)),
                Ok(_) => Err(SftpError::UnexpectedPacket),
                Err(error) => Err(error),
            }
        } else {
            // Version 3 renames nothing onto a name that is taken.
            if self.size(to).await?.is_some() {
                self.remove(to).await?;
            }
            let asked = self.session.rename(from, to);
            self.ssh.alive(asked).await.map(|_| ())
        };
        match renamed {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refused("rename", from, error).await),
        }
    }

    pub(crate) async fn remove(&mut self, path: &str) -> Result<(), CourierError> {
        match self.ssh.alive(self.session.remove(path)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.refused("remove", path, error).await),
        }
    }

    pub(crate) async fn close(&mut self) {
        // Everything that counts was answered before.
        let _ = self.session.close_session();
        self.ssh.close().await;
    }

    async fn refused(&self, to: &'static str, path: &str, error: SftpError) -> CourierError {
        let server = self.name.clone();
        let path = path.to_owned();
        let status = match error {
            SftpError::Status(status) => status,
            SftpError::Timeout => {
                let after = STALLED;
                return CourierError::Stalled { server, to, after };
            }
            other => return cut(&self.name, to, &other.to_string()),
        };
        let said = if status.error_message.is_empty() {
            status.status_code.to_string()
        } else {
            status.error_message
        };
        match status.status_code {
            StatusCode::NoSuchFile | StatusCode::PermissionDenied | StatusCode::OpUnsupported => {
                CourierError::Refused {
                    server,
                    to,
                    path,
                    said,
                }
            }
            // Version 3 has no word for a full disk.
            StatusCode::Failure if self.has_no_room(&path).await => CourierError::NoRoom {
                server,
                path,
                said: "its disk is full".to_owned(),
            },
            _ => CourierError::NotNow {
                server,
                to,
                path,
                said,
            },
        }
    }

    async fn has_no_room(&self, path: &str) -> bool {
        if !self.offers.contains(&Offer::Statvfs) {
            return false;
        }
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let folder = if folder.is_empty() { "/" } else { folder };
        let room = self.ssh.alive(self.session.statvfs(folder)).await;
        room.is_ok_and(|room| room.blocks_avail == 0)
    }
}

fn no_sftp(name: &str, said: &str) -> CourierError {
    CourierError::NotNow {
        server: name.to_owned(),
        to: "speak",
        path: "SFTP".to_owned(),
        said: said.to_owned(),
    }
}

fn cut(server: &str, to: &'static str, said: &str) -> CourierError {
    CourierError::Cut {
        server: server.to_owned(),
        to,
        said: said.to_owned(),
    }
}

fn is_not_there(status: &Status) -> bool {
    status.status_code == StatusCode::NoSuchFile
}

/// Two strings as SSH writes them: their length in four bytes, then their bytes.
fn two_paths(from: &str, to: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(from.len() + to.len() + 8);
    for path in [from, to] {
        let length = u32::try_from(path.len()).unwrap_or(u32::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend(path.as_bytes());
    }
    bytes
}
