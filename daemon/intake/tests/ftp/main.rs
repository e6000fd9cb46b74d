//! The FTP server against the clients that studios' customers use: curl, lftp, ncftpput, Python's
//! ftplib, and a bare socket where a client must misbehave.

mod house;
mod limits;
mod resuming;
mod uploads;
mod walls;
