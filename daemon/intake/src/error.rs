//! What can go wrong with the dropboxes as a whole.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A fault that keeps a part of intake from starting.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The address is in use or not ours.
    #[error("could not listen for FTP on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// The folder for unfinished uploads or the dropboxes' folder cannot be used.
    #[error("could not open the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The folder for unfinished uploads cannot be made.
    #[error("could not make the folder for unfinished uploads")]
    Staging(#[source] durable::DurableError),
    /// The certificate or its key cannot be used.
    #[error("could not use the FTP certificate {}", certificate.display())]
    Certificate {
        /// The certificate's file.
        certificate: PathBuf,
        /// What the TLS library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS is required but no certificate is configured.
    #[error("FTP is set to require TLS, but no certificate is configured")]
    NoCertificate,
    /// The thread that watches the dropboxes could not be started.
    #[error("could not start watching the dropboxes")]
    Thread(#[source] io::Error),
}
