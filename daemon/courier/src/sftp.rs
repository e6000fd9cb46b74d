//! SFTP, version 3, over SSH.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use delivery::upload::Fingerprint;
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse, Msg};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, decode_secret_key};
use russh::{Channel, ChannelMsg, MethodKind};
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::client::rawsession::Limits;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, Status, StatusCode};

use crate::error::CourierError;
use crate::secret::Secret;
use crate::server::{STALLED, Server, Shown, connect, within};

/// Requests that are under way at once: with their bytes, what is on the wire over a long line.
const AT_ONCE: usize = 32;
/// Bytes of one request; what OpenSSH takes without being asked, and what slower lines carry well within the time to wait.
const REQUEST_BYTES: usize = 32 * 1024;
/// How often a quiet server is asked whether it still lives, and how many questions it may leave open.
const ASKED_EVERY: Duration = Duration::from_secs(15);
const LEFT_OPEN: usize = 3;
/// How often it is looked whether the connection still stands while an answer is waited for.
const LOOKED_EVERY: Duration = Duration::from_millis(250);
/// Questions of a login that are answered with the password.
const MOST_QUESTIONS: usize = 4;

/// What renames a file in the place of another, as OpenSSH's servers offer it.
const POSIX_RENAME: &str = "posix-rename@openssh.com";
const FSYNC: &str = "fsync@openssh.com";
const LIMITS: &str = "limits@openssh.com";
const STATVFS: &str = "statvfs@openssh.com";

type Answer<T> = Result<T, SftpError>;
type Waiting = Pin<Box<dyn Future<Output = Answer<Status>> + Send>>;

/// Looks at the key that the server shows.
struct Gate {
    expected: Option<Fingerprint>,
    shown: Arc<OnceLock<(Fingerprint, String)>>,
}

impl client::Handler for Gate {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &russh::keys::PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let key = key.public_key();
        let shown = key.fingerprint(HashAlg::Sha256).to_string();
        let Ok(shown) = Fingerprint::try_from(shown) else {
            return Ok(false);
        };
        let is_expected = self.expected.as_ref() == Some(&shown);
        let kind = key.algorithm().as_str().to_owned();
        // A second key exchange shows the same key, or the connection ends.
        let first = self.shown.get_or_init(|| (shown.clone(), kind));
        Ok(is_expected && first.0 == shown)
    }
}

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
    ssh: Handle<Gate>,
    session: Arc<RawSftpSession>,
    offers: Vec<Offer>,
    request_bytes: usize,
    begun: Option<Begun>,
}

impl Sftp {
    pub(crate) async fn open(server: &Server) -> Result<Self, CourierError> {
        let name = server.name();
        let stream = connect(server).await?;
        let shown = Arc::new(OnceLock::new());
        let gate = Gate {
            expected: server.host_key.clone(),
            shown: shown.clone(),
        };
        let config = client::Config {
            keepalive_interval: Some(ASKED_EVERY),
            keepalive_max: LEFT_OPEN,
            nodelay: true,
            ..client::Config::default()
        };
        let mut ssh = within(&name, ("agree on a safe connection", STALLED), async {
            let agreed = client::connect_stream(Arc::new(config), stream, gate).await;
            agreed.map_err(|error| no_agreement(server, shown.get(), &error))
        })
        .await?;
        let Some((key, kind)) = shown.get().cloned() else {
            return Err(cut(&name, "show its key", "it showed none"));
        };
        within(&name, ("let us in", STALLED), log_in(&mut ssh, server)).await?;
        let mut session = RawSftpSession::new_with_config(
            open_channel(&ssh, &name).await?.into_stream(),
            russh_sftp::client::Config {
                request_timeout_secs: STALLED.as_secs(),
                ..russh_sftp::client::Config::default()
            },
        );
        let begin = |error: SftpError| no_sftp(&name, &error.to_string());
        let version = alive(&ssh, session.init()).await.map_err(begin)?;
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
            let limits = Limits::from(alive(&ssh, session.limits()).await.map_err(begin)?);
            let most = |limit: Option<u64>| limit.and_then(|limit| usize::try_from(limit).ok());
            for most in [most(limits.write_len), most(limits.read_len)] {
                request_bytes = request_bytes.min(most.unwrap_or(REQUEST_BYTES));
            }
            session.set_limits(limits);
        }
        Ok(Self {
            shown: Shown {
                key: Some(key),
                kind,
            },
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
        match alive(&self.ssh, self.session.stat(path)).await {
            Ok(found) => Ok(found.attrs.is_dir()),
            Err(SftpError::Status(status)) if is_not_there(&status) => Ok(false),
            Err(error) => Err(self.refused("look at", path, error).await),
        }
    }

    pub(crate) async fn make_folder(&mut self, path: &str) -> Result<(), CourierError> {
        let made = self.session.mkdir(path, FileAttributes::empty());
        match alive(&self.ssh, made).await {
            Ok(_) => Ok(()),
            // Somebody else may have made it in between.
            Err(_) if self.is_folder(path).await? => Ok(()),
            Err(error) => Err(self.refused("make the folder", path, error).await),
        }
    }

    pub(crate) async fn size(&mut self, path: &str) -> Result<Option<u64>, CourierError> {
        match alive(&self.ssh, self.session.stat(path)).await {
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
        match alive(&self.ssh, opened).await {
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
            // Asked for now, so that a server that is cut off has no holes; its answer is waited for later.
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
            if let Err(error) = alive(&self.ssh, oldest).await {
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
            && let Err(error) = alive(&self.ssh, session.fsync(handle.as_str())).await
        {
            return Err(self.refused("keep", &begun.path, error).await);
        }
        match alive(&self.ssh, session.close(handle)).await {
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
        let handle = match alive(&self.ssh, opened).await {
            Ok(opened) => opened.handle,
            Err(error) => return Err(self.refused("read", path, error).await),
        };
        let outcome = self.read_open((&handle, bytes), each).await;
        // Whether it closes or not, what was read was read.
        let _ = alive(&self.ssh, self.session.close(handle)).await;
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
                Some((None, Some(read))) => alive(&self.ssh, async { Ok(read.await) }).await?,
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
            match alive(&self.ssh, asked).await {
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
            alive(&self.ssh, asked).await.map(|_| ())
        };
        match renamed {
            Ok(()) => Ok(()),
            Err(error) => Err(self.refused("rename", from, error).await),
        }
    }

    pub(crate) async fn remove(&mut self, path: &str) -> Result<(), CourierError> {
        match alive(&self.ssh, self.session.remove(path)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.refused("remove", path, error).await),
        }
    }

    pub(crate) async fn close(&mut self) {
        // Everything that counts was answered before.
        let _ = self.session.close_session();
        let bye = russh::Disconnect::ByApplication;
        let _ = self.ssh.disconnect(bye, "", "en").await;
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
        let room = alive(&self.ssh, self.session.statvfs(folder)).await;
        room.is_ok_and(|room| room.blocks_avail == 0)
    }
}

/// Opens what SFTP is spoken over.
async fn open_channel(ssh: &Handle<Gate>, name: &str) -> Result<Channel<Msg>, CourierError> {
    within(name, ("open SFTP", STALLED), async {
        let refused = |error: russh::Error| cut(name, "open SFTP", &error.to_string());
        let mut channel = ssh.channel_open_session().await.map_err(refused)?;
        let asked = channel.request_subsystem(true, "sftp").await;
        asked.map_err(refused)?;
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Success) => return Ok(channel),
                Some(ChannelMsg::Failure) => return Err(no_sftp(name, "it offers none")),
                Some(_) => {}
                None => return Err(cut(name, "open SFTP", "it ended")),
            }
        }
    })
    .await
}

/// Waits for an answer as long as the connection stands: russh-sftp leaves questions open where it has ended.
async fn alive<T>(ssh: &Handle<Gate>, asked: impl Future<Output = Answer<T>>) -> Answer<T> {
    let ended = async {
        while !ssh.is_closed() {
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    };
    tokio::select! {
        biased;
        answer = asked => answer,
        () = ended => Err(SftpError::IO("it ended".to_owned())),
    }
}

async fn log_in(ssh: &mut Handle<Gate>, server: &Server) -> Result<(), CourierError> {
    let name = server.name();
    let user = server.to.user.as_str();
    let broke = |error: russh::Error| cut(&name, "let us in", &error.to_string());
    let outcome = match &server.secret {
        Secret::Password(password) => {
            let outcome = ssh
                .authenticate_password(user, password.as_str())
                .await
                .map_err(broke)?;
            let asks = MethodKind::KeyboardInteractive;
            match &outcome {
                AuthResult::Failure {
                    remaining_methods, ..
                } if remaining_methods.contains(&asks) => answer_questions(ssh, (user, password))
                    .await
                    .map_err(broke)?,
                AuthResult::Failure { .. } | AuthResult::Success => outcome,
            }
        }
        Secret::Key(text) => {
            let key = decode_secret_key(text, None).map_err(|error| CourierError::NoKey {
                said: error.to_string(),
            })?;
            let hash = match ssh.best_supported_rsa_hash().await.map_err(broke)? {
                Some(hash) => hash,
                None => Some(HashAlg::Sha512),
            };
            let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
            ssh.authenticate_publickey(user, key).await.map_err(broke)?
        }
    };
    match outcome {
        AuthResult::Success => Ok(()),
        AuthResult::Failure {
            remaining_methods,
            partial_success,
        } => {
            let methods: Vec<&str> = remaining_methods.iter().map(<&str>::from).collect();
            let methods = methods.join(", ");
            let said = if partial_success {
                format!("it wants {methods} as well")
            } else {
                format!("it takes {methods}")
            };
            Err(CourierError::LoginRefused {
                server: name,
                user: user.to_owned(),
                with: server.secret.word(),
                said,
            })
        }
    }
}

/// Answers a login that asks for the password in words of its own.
async fn answer_questions(
    ssh: &mut Handle<Gate>,
    (user, password): (&str, &str),
) -> Result<AuthResult, russh::Error> {
    let mut asked = ssh
        .authenticate_keyboard_interactive_start(user, None::<String>)
        .await?;
    for _ in 0..MOST_QUESTIONS {
        let prompts = match asked {
            KeyboardInteractiveAuthResponse::Success => return Ok(AuthResult::Success),
            KeyboardInteractiveAuthResponse::Failure {
                remaining_methods,
                partial_success,
            } => {
                return Ok(AuthResult::Failure {
                    remaining_methods,
                    partial_success,
                });
            }
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
        };
        let answers = prompts.iter().map(|_| password.to_owned()).collect();
        asked = ssh
            .authenticate_keyboard_interactive_respond(answers)
            .await?;
    }
    Err(russh::Error::NoAuthMethod)
}

/// Why no safe connection came about.
fn no_agreement(
    server: &Server,
    shown: Option<&(Fingerprint, String)>,
    error: &russh::Error,
) -> CourierError {
    let name = server.name();
    match (error, shown, &server.host_key) {
        (russh::Error::UnknownKey, Some((shown, kind)), Some(expected)) => CourierError::Another {
            server: name,
            expected: expected.clone(),
            shown: shown.clone(),
            kind: kind.clone(),
        },
        (russh::Error::UnknownKey, Some((shown, kind)), None) => CourierError::Unknown {
            server: name,
            shown: shown.clone(),
            kind: kind.clone(),
        },
        (russh::Error::NoCommonAlgo { .. } | russh::Error::Version, _, _) => {
            CourierError::NoAgreement {
                server: name,
                said: error.to_string(),
            }
        }
        _ => cut(&name, "agree on a safe connection", &error.to_string()),
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
