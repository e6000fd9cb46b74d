//! Listening, letting in, and stopping.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use libunftp::options::{FtpsRequired, PassiveHost};
use libunftp::{Server, ServerBuilder, ServerError};
use rustix::net::sockopt;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use unftp_core::auth::{
    AuthenticationError, Authenticator, ChannelEncryptionState, Credentials, Principal,
    UserDetailError, UserDetailProvider,
};

use super::backend::{Backend, Guest, House};
use super::control::Client;
use super::ledger::{Ledger, Seat};
use super::ports::{Ports, PortsOf};
use super::staging::{Key, StagedUpload, Staging};
use super::{FtpConfig, FtpHooks, Login, TlsFiles, TlsPolicy};
use crate::IntakeError;

const GREETING: &str = "Lacquer: the dropbox is open";

/// How long stopping waits for uploads to be put down safely.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How many tasks run at most before clients are looked at again.
const TASKS_BETWEEN_LOOKS: u32 = 1024;

/// How long a client may take to log in.
const LOGIN_TIME: Duration = Duration::from_secs(60);

/// Bytes of commands before logging in, TLS included.
const COMMAND_BYTES_BEFORE_LOGIN: u64 = 64 * 1024;

/// Bytes of commands of one connection; a hundred thousand uploads fit.
const COMMAND_BYTES: u64 = 32 * 1024 * 1024;

/// A client whose computer is gone without a word is noticed after this time.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// The dropboxes' FTP server.
pub struct FtpServer {
    address: SocketAddr,
    house: Arc<House>,
    /// Stops the server when it is dropped.
    stopping: DropGuard,
    thread: JoinHandle<()>,
}

impl fmt::Debug for FtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FtpServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl FtpServer {
    /// Starts listening. Creates the staging folder where there is none.
    pub async fn start(config: FtpConfig, hooks: FtpHooks) -> Result<Self, IntakeError> {
        if config.require_tls == TlsPolicy::Required && config.tls.is_none() {
            return Err(IntakeError::NoCertificate);
        }
        durable::make_folder(&config.staging).map_err(IntakeError::Staging)?;
        let staging = Staging::open(&config.staging).map_err(|source| IntakeError::Folder {
            path: config.staging.clone(),
            source,
        })?;
        let asked = config.listen;
        let listening = |source| IntakeError::Listen {
            address: asked,
            source,
        };
        let listener = std::net::TcpListener::bind(config.listen).map_err(listening)?;
        listener.set_nonblocking(true).map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let house = Arc::new(House {
            staging,
            ledger: Ledger::new(config.limits.clone()),
            ports: Ports::new(config.passive_ports.clone()),
            hooks,
            under_way: TaskTracker::new(),
        });
        let stopping = CancellationToken::new();
        if let Some(tls) = &config.tls {
            check_certificate(tls).map_err(|source| IntakeError::Certificate {
                certificate: tls.certificate.clone(),
                source,
            })?;
        }
        let host = Arc::new(Host {
            config,
            house: Arc::clone(&house),
            stopping: stopping.clone(),
        });
        let thread = thread_of(host, listener).map_err(listening)?;
        tracing::info!(address = %address, "FTP: listening");
        Ok(Self {
            address,
            house,
            stopping: stopping.drop_guard(),
            thread,
        })
    }

    /// The address of the control port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The uploads that clients have begun and not finished. Reads the disk.
    pub fn staged(&self) -> io::Result<Vec<StagedUpload>> {
        self.house.staging.list()
    }

    /// Removes what came of an unfinished upload, on a person's decision. One that is under way is
    /// broken off.
    pub async fn discard(&self, upload: &StagedUpload) -> io::Result<()> {
        let key = Key::of(&upload.login, &upload.path);
        let _turn = self
            .house
            .staging
            .my_turn(&key)
            .await
            .ok_or(io::ErrorKind::TimedOut)?;
        self.house.staging.forget(&key)
    }

    /// Stops: no new connections, and uploads under way are put down so that they can go on later.
    pub async fn stop(self) {
        drop(self.stopping);
        let ended = tokio::task::spawn_blocking(move || self.thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!("FTP: the listener had ended already");
        }
    }
}

/// Starts the thread that serves all connections.
///
/// They have a runtime of one thread to themselves, which looks for what clients say only when it has nothing else to do, or
/// seldom. libunftp answers `AUTH TLS` and tells itself of it through a task of its own; on several threads a client that
/// begins with TLS at once is read in between, as a command, and answered in the clear: one of some thirty on an idle machine.
fn thread_of(host: Arc<Host>, listener: std::net::TcpListener) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(TASKS_BETWEEN_LOOKS)
        .build()?;
    let serve = async move {
        let listener = match TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(error = %error, "FTP: could not listen"),
        };
        let under_way = host.house.under_way.clone();
        host.accept(listener).await;
        under_way.close();
        if tokio::time::timeout(STOP_PATIENCE, under_way.wait())
            .await
            .is_err()
        {
            tracing::warn!("FTP: a connection did not end in time");
        }
    };
    let thread = std::thread::Builder::new().name("ftp".to_owned());
    thread.spawn(move || {
        runtime.block_on(serve);
        // A transfer that did not end in time holds up nobody.
        runtime.shutdown_background();
    })
}

/// Loads certificate and key once, so that a bad one shows at the start and not at the first client.
fn check_certificate(tls: &TlsFiles) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let chain = CertificateDer::pem_file_iter(&tls.certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&tls.key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(())
}

/// What each connection is served with.
struct Host {
    config: FtpConfig,
    house: Arc<House>,
    stopping: CancellationToken,
}

impl Host {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        let mut number = 0;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stopping.cancelled() => return,
            };
            match accepted {
                Ok((stream, from)) => {
                    number += 1;
                    let host = Arc::clone(&self);
                    self.house.under_way.spawn(host.serve(number, stream, from));
                }
                Err(error) => {
                    // Out of descriptors, most likely: some come back when others leave.
                    tracing::warn!(error = %error, "FTP: could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn serve(self: Arc<Self>, number: u64, mut stream: TcpStream, from: SocketAddr) {
        let address = from.ip().to_canonical();
        let Some(_seat) = self.house.ledger.admit(address) else {
            tracing::info!(address = %address, "FTP: too many connections");
            let busy = b"421 Too many connections from your address. Please close one.\r\n";
            if let Err(error) = stream.write_all(busy).await {
                tracing::debug!(error = %error, "FTP: the client was gone already");
            }
            return;
        };
        let (stream, client) = match self.witness(number, stream, address) {
            Ok(both) => both,
            Err(error) => {
                tracing::debug!(error = %error, "FTP: the client was gone already");
                return;
            }
        };
        let client = Arc::new(client);
        let (host, known) = (Arc::clone(&self), Arc::clone(&client));
        // Building reads the certificate from the disk.
        let built = tokio::task::spawn_blocking(move || host.server_for(known)).await;
        match built {
            Ok(Ok(server)) => self.converse(server, stream, &client).await,
            Ok(Err(error)) => {
                tracing::error!(error = %error, "FTP: the certificate cannot be used")
            }
            Err(error) => tracing::error!(error = %error, "FTP: could not serve a connection"),
        }
        self.house.ports.ended(number);
    }

    fn witness(
        &self,
        number: u64,
        stream: TcpStream,
        address: std::net::IpAddr,
    ) -> io::Result<(TcpStream, Client)> {
        let stream = stream.into_std()?;
        sockopt::set_socket_keepalive(&stream, true)?;
        sockopt::set_tcp_keepidle(&stream, KEEPALIVE)?;
        let client = Client::new(
            number,
            address,
            stream.try_clone()?,
            self.stopping.child_token(),
        );
        Ok((TcpStream::from_std(stream)?, client))
    }

    async fn converse(&self, server: Server<Backend, Guest>, stream: TcpStream, client: &Client) {
        let mut service = std::pin::pin!(server.service(stream));
        let ended = tokio::select! {
            ended = &mut service => ended,
            () = self.stopping.cancelled() => {
                client.hang_up();
                service.await
            }
            () = outstays(client) => {
                tracing::warn!(login = client.login(), address = %client.address(),
                    "FTP: a connection was closed because it says too much or does not log in");
                client.hang_up();
                service.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(login = client.login(), error = ?error, "FTP: a connection ended badly");
        }
    }

    fn server_for(&self, client: Arc<Client>) -> Result<Server<Backend, Guest>, ServerError> {
        let (house, known) = (Arc::clone(&self.house), Arc::clone(&client));
        let storage = Box::new(move || Backend::new(Arc::clone(&house), Arc::clone(&known)));
        let door = Arc::new(Door {
            house: Arc::clone(&self.house),
            client: Arc::clone(&client),
        });
        let mut builder = ServerBuilder::<Backend, Guest>::with_user_detail_provider(
            storage,
            Arc::clone(&door) as Arc<dyn UserDetailProvider<User = Guest> + Send + Sync>,
        )
        .authenticator(door)
        .greeting(GREETING)
        .idle_session_timeout(self.config.limits.idle_seconds)
        .passive_ports(self.config.passive_ports.clone())
        .binder(PortsOf {
            ports: Arc::clone(&self.house.ports),
            client,
        });
        if let Some(host) = self.config.passive_host {
            builder = builder.passive_host(PassiveHost::Ip(host));
        }
        if let Some(tls) = &self.config.tls {
            builder = builder.ftps(&tls.certificate, &tls.key);
        }
        let required = match self.config.require_tls {
            TlsPolicy::Offered => FtpsRequired::None,
            TlsPolicy::Required => FtpsRequired::All,
        };
        builder.ftps_required(required, required).build()
    }
}

/// Waits until a client has had its time to log in, or says more than commands need: libunftp
/// gathers a line without an end for as long as it comes.
async fn outstays(client: &Client) {
    let began = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let heard = client.heard().map_or(0, |heard| heard.bytes);
        let too_much = match client.account() {
            Some(_) => heard > COMMAND_BYTES,
            None => heard > COMMAND_BYTES_BEFORE_LOGIN || began.elapsed() > LOGIN_TIME,
        };
        if too_much {
            return;
        }
    }
}

/// Lets one connection's client in, or not.
struct Door {
    house: Arc<House>,
    client: Arc<Client>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("client", &self.client.number())
            .finish_non_exhaustive()
    }
}

impl Door {
    fn hooks(&self) -> &FtpHooks {
        &self.house.hooks
    }

    fn seat(&self, login: &str) -> Result<Seat, AuthenticationError> {
        self.house.ledger.seat(login).ok_or_else(|| {
            tracing::info!(login, "FTP: too many connections of this login");
            self.client
                .explain(530, "too many connections of this login; please close one");
            AuthenticationError::BadUser
        })
    }
}

#[async_trait]
impl Authenticator for Door {
    async fn authenticate(
        &self,
        username: &str,
        creds: &Credentials,
    ) -> Result<Principal, AuthenticationError> {
        if creds.command_channel_security == ChannelEncryptionState::Tls {
            self.client.is_encrypted();
        }
        let (ledger, address) = (&self.house.ledger, self.client.address());
        if ledger.is_locked(address, username, Instant::now()) {
            tracing::warn!(login = username, address = %address, "FTP: locked after too many wrong passwords");
            self.client
                .explain(530, "too many wrong passwords; please try again later");
            return Err(AuthenticationError::BadPassword);
        }
        let login = Login {
            login: username.to_owned(),
            password: creds.password.clone().unwrap_or_default(),
            address,
        };
        let Some(account) = (self.hooks().authenticate)(login).await else {
            ledger.failed(address, username, Instant::now());
            tracing::info!(login = username, address = %address, "FTP: wrong login or password");
            return Err(AuthenticationError::BadPassword);
        };
        ledger.succeeded(address, username);
        let seat = self.seat(&account.login)?;
        tracing::info!(login = account.login, address = %address, "FTP: logged in");
        let principal = Principal {
            username: account.login.clone(),
        };
        self.client.logged_in(account, seat);
        Ok(principal)
    }
}

#[async_trait]
impl UserDetailProvider for Door {
    type User = Guest;

    async fn provide_user_detail(&self, principal: &Principal) -> Result<Guest, UserDetailError> {
        Ok(Guest(principal.username.clone()))
    }
}
