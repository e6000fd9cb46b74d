//! The FTP(S) server of the dropboxes.
//!
//! An upload is written into a staging folder and gets its name in the dropbox only after a
//! clean end: file synced, named without replacing, folder synced, and only then `226`.
//!
//! What a clean end can mean: over FTPS the client closes its side of TLS, and anything else is
//! an error. Over plain FTP a killed client's connection ends exactly like a finished one's, so the
//! [`control`] connection is asked as well: a client that is gone, or that said
//! something (`ABOR`) just before the end, did not finish. What remains undetected is a client or a
//! device in between that closes the data connection early and then waits for the answer as if
//! all were well. Such a file is found out when it is decoded, and the client may go on with it:
//! an upload that has not been taken yet can be resumed or replaced under its name.

mod backend;
mod control;
mod ledger;
mod ports;
mod server;
mod staging;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

pub use server::FtpServer;
pub use staging::StagedUpload;

/// Where and how the FTP server listens.
#[derive(Debug, Clone)]
pub struct FtpConfig {
    /// Address of the control port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Ports for data connections; one that starts at 0 takes any free port.
    pub passive_ports: RangeInclusive<u16>,
    /// The address clients are told for data connections; `None` tells the one they came to.
    pub passive_host: Option<Ipv4Addr>,
    /// Certificate and key; read anew for each connection, so a renewed one counts at once.
    pub tls: Option<TlsFiles>,
    /// Whether a client may do without TLS.
    pub require_tls: TlsPolicy,
    /// Where unfinished uploads lie; on the same file system as the dropboxes, but not in them.
    pub staging: PathBuf,
    /// What one client may use up.
    pub limits: FtpLimits,
}

/// PEM files of the server's certificate chain and private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by its issuers.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Whether a client may do without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsPolicy {
    /// TLS is there for those who ask.
    Offered,
    /// Passwords and data go over TLS or not at all.
    Required,
}

/// What one client may use up, so that others are not starved.
#[derive(Debug, Clone)]
pub struct FtpLimits {
    /// Connections of one login at a time.
    pub sessions_per_user: usize,
    /// Connections from one address at a time, before and after logging in.
    pub sessions_per_address: usize,
    /// Wrong passwords for one login from one address before the two are locked out together;
    /// four times as many lock the address whatever login it tries.
    pub failed_logins: u32,
    /// How long the lock lasts after the last wrong password.
    pub lock: Duration,
    /// Seconds without a command, or without a byte during an upload, before the connection ends.
    pub idle_seconds: u64,
    /// The longest upload taken, in bytes.
    pub max_file_bytes: u64,
}

impl Default for FtpLimits {
    /// 10 connections per login, 20 per address, 5 wrong passwords for 15 minutes, 5 minutes idle,
    /// 20 GB.
    fn default() -> Self {
        Self {
            sessions_per_user: 10,
            sessions_per_address: 20,
            failed_logins: 5,
            lock: Duration::from_secs(15 * 60),
            idle_seconds: 300,
            max_file_bytes: 20_000_000_000,
        }
    }
}

/// A try to log in.
#[derive(Clone)]
pub struct Login {
    /// The name given.
    pub login: String,
    /// The password given.
    pub password: String,
    /// Where the client sits.
    pub address: IpAddr,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("login", &self.login)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Who logged in, and into which folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The login, as the dropbox is named.
    pub login: String,
    /// The dropbox; the client sees nothing above it.
    pub folder: PathBuf,
}

/// Asks who may log in.
pub type Authenticate = Arc<dyn Fn(Login) -> BoxFuture<'static, Option<Account>> + Send + Sync>;
/// Asks whether the file of this login at this path (relative to the dropbox) has been taken.
pub type IsTaken = Arc<dyn Fn(&str, &Path) -> BoxFuture<'static, bool> + Send + Sync>;
/// Asks whether this many more bytes may be written.
pub type HasRoom = Arc<dyn Fn(u64) -> bool + Send + Sync>;

/// What the FTP server asks of the studio, and what it tells.
#[derive(Clone)]
pub struct FtpHooks {
    /// Who may log in. Slow password checks belong on a thread of their own.
    pub authenticate: Authenticate,
    /// Whether a file has been taken: it is then never overwritten, renamed or deleted by FTP.
    pub is_taken: IsTaken,
    /// Whether there is room. Asked before each upload and every 32 MiB; must not block.
    pub has_room: HasRoom,
    /// Told of each file that got its final name. A full channel is waited on for 100 ms at
    /// most: the watcher's next scan finds the file as well.
    pub arrived: mpsc::Sender<Hint>,
}

/// A file that an FTP client has finished: it needs no quiet time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The login, which is the dropbox's name.
    pub dropbox: String,
    /// The file, relative to the dropbox.
    pub path: PathBuf,
}
