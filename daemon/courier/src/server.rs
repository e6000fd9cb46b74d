//! A server, and the connection to it.

use std::future::Future;
use std::time::Duration;

use delivery::upload::{Address, Check, Fingerprint, Protocol, Upload};
use tokio::net::TcpStream;

use crate::error::CourierError;
use crate::ftp::Ftp;
use crate::secret::Secret;
use crate::sftp::Sftp;

/// How long a server may take to answer at first.
const CONNECT: Duration = Duration::from_secs(20);
/// How long it may say nothing later.
pub(crate) const STALLED: Duration = Duration::from_secs(60);

/// A server, and what opens it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where it is.
    pub to: Address,
    /// What it has to show.
    pub host_key: Option<Fingerprint>,
    /// How it is made sure of that a file is whole over there.
    pub check: Check,
    /// What lets us in.
    pub secret: Secret,
}

impl Server {
    /// A profile's server.
    #[must_use]
    pub fn of(upload: &Upload, secret: Secret) -> Self {
        Self {
            to: upload.to.clone(),
            host_key: upload.host_key.clone(),
            check: upload.check,
            secret,
        }
    }

    /// How it is called in sentences.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.to.host, self.to.port)
    }
}

/// What a server showed of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its key's or certificate's fingerprint; none in the clear.
    pub key: Option<Fingerprint>,
    /// What kind of key, and over what it speaks: `ssh-ed25519`, `TLS 1.3`.
    pub kind: String,
}

/// A connection to a server, logged in.
pub struct Courier {
    pub(crate) server: Server,
    pub(crate) remote: Remote,
    /// Folders that are there.
    pub(crate) folders: std::collections::BTreeSet<String>,
}

/// What speaks with the server.
pub(crate) enum Remote {
    Sftp(Box<Sftp>),
    Ftp(Box<Ftp>),
}

/// Waits for something that the server at `name` is asked for, no longer than `after`.
pub(crate) async fn within<T>(
    name: &str,
    (to, after): (&'static str, Duration),
    work: impl Future<Output = Result<T, CourierError>>,
) -> Result<T, CourierError> {
    match tokio::time::timeout(after, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(CourierError::Stalled {
            server: name.to_owned(),
            to,
            after,
        }),
    }
}

/// Connects to a server's port.
pub(crate) async fn connect(server: &Server) -> Result<TcpStream, CourierError> {
    let unreachable = |source| CourierError::Unreachable {
        server: server.name(),
        source,
    };
    let place = (server.to.host.as_str(), server.to.port);
    let stream = within(&server.name(), ("answer", CONNECT), async {
        TcpStream::connect(place).await.map_err(unreachable)
    })
    .await?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}

impl Courier {
    /// Connects to a server and logs in.
    ///
    /// # Errors
    /// Nobody answers; it shows another key than it should, or none is known; it refuses the login; its folder is not there.
    pub async fn open(server: Server) -> Result<Self, CourierError> {
        let mut remote = match server.to.protocol {
            Protocol::Sftp => Remote::Sftp(Box::new(Sftp::open(&server).await?)),
            Protocol::Ftps | Protocol::Ftp => Remote::Ftp(Box::new(Ftp::open(&server).await?)),
        };
        let folder = &server.to.folder;
        if !folder.is_empty() && !remote.is_folder(folder).await? {
            return Err(CourierError::NoFolder {
                server: server.name(),
                path: folder.clone(),
            });
        }
        Ok(Self {
            server,
            remote,
            folders: std::collections::BTreeSet::new(),
        })
    }

    /// What the server showed of itself.
    #[must_use]
    pub fn shown(&self) -> &Shown {
        match &self.remote {
            Remote::Sftp(sftp) => sftp.shown(),
            Remote::Ftp(ftp) => ftp.shown(),
        }
    }

    /// Tries whether its folder can be written: makes an empty file of an own name there, and removes it.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn try_folder(&mut self) -> Result<(), CourierError> {
        let mut name = [0; 8];
        getrandom::fill(&mut name).map_err(|error| CourierError::Here {
            path: "a random name".to_owned(),
            source: std::io::Error::other(error.to_string()),
        })?;
        let path = self.below(&format!("lacquer-{}.part", hex::encode(name)));
        self.remote.begin(&path, 0).await?;
        self.remote.end().await?;
        self.remote.remove(&path).await
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        self.remote.close().await;
    }

    /// A path below the address's folder.
    pub(crate) fn below(&self, path: &str) -> String {
        match self.server.to.folder.as_str() {
            "" => path.to_owned(),
            folder => format!("{folder}/{path}"),
        }
    }
}

/// Each protocol has the same few words; both stand here, so that what is done with them is written once.
impl Remote {
    pub(crate) async fn is_folder(&mut self, path: &str) -> Result<bool, CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.is_folder(path).await,
            Self::Ftp(ftp) => ftp.is_folder(path).await,
        }
    }

    pub(crate) async fn make_folder(&mut self, path: &str) -> Result<(), CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.make_folder(path).await,
            Self::Ftp(ftp) => ftp.make_folder(path).await,
        }
    }

    /// Bytes of a file; none where there is no such file.
    pub(crate) async fn size(&mut self, path: &str) -> Result<Option<u64>, CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.size(path).await,
            Self::Ftp(ftp) => ftp.size(path).await,
        }
    }

    /// Begins to write a file behind its first `from` bytes; what lay there before is gone where `from` is 0.
    pub(crate) async fn begin(&mut self, path: &str, from: u64) -> Result<(), CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.begin(path, from).await,
            Self::Ftp(ftp) => ftp.begin(path, from).await,
        }
    }

    pub(crate) async fn write(&mut self, block: &[u8]) -> Result<(), CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.write(block).await,
            Self::Ftp(ftp) => ftp.write(block).await,
        }
    }

    /// Ends what was begun, once the server has all of it.
    pub(crate) async fn end(&mut self) -> Result<(), CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.end().await,
            Self::Ftp(ftp) => ftp.end().await,
        }
    }

    /// Reads the first `bytes` of a file, a block at a time, until `each` says that it has seen enough.
    pub(crate) async fn read(
        &mut self,
        (path, bytes): (&str, u64),
        each: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> Result<(), CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.read((path, bytes), each).await,
            Self::Ftp(ftp) => ftp.read((path, bytes), each).await,
        }
    }

    /// Gives a file its final name, in the place of whatever has it.
    pub(crate) async fn rename(&mut self, from: &str, to: &str) -> Result<(), CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.rename(from, to).await,
            Self::Ftp(ftp) => ftp.rename(from, to).await,
        }
    }

    pub(crate) async fn remove(&mut self, path: &str) -> Result<(), CourierError> {
        match self {
            Self::Sftp(sftp) => sftp.remove(path).await,
            Self::Ftp(ftp) => ftp.remove(path).await,
        }
    }

    async fn close(&mut self) {
        match self {
            Self::Sftp(sftp) => sftp.close().await,
            Self::Ftp(ftp) => ftp.close().await,
        }
    }
}
