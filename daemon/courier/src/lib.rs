//! Sends files to somebody's server, by SFTP, FTPS or FTP, and says what lies there.
//!
//! It knows servers, folders and files, and nothing of orders. A file is written under a name of its own until it is whole, and only
//! then gets the one it is known by: what breaks off leaves nothing half under its final name. What was begun is gone on with
//! where what lies there reads as ours, and is written anew where not.
//!
//! Files are read where the caller waits, so these calls belong on a thread of their own.

mod error;
mod fingerprint;
mod ftp;
mod put;
mod secret;
mod server;
mod sftp;
mod ssh;
mod tls;

pub use error::CourierError;
pub use put::{Before, Parcel, Put};
pub use secret::{BadSecret, Keeping, Secret};
pub use server::{Courier, Server, Shown};
