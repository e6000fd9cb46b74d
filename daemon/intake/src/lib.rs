//! Dropboxes: the FTP server, SMB accounts, watching folders and settling.
//!
//! Mixes arrive in one folder per login, by FTP ([`FtpServer`]), over a Samba share ([`smb`]) or by
//! any other way a file gets into a folder. The [`Watcher`] hands each one out once, opened, when
//! nobody is writing to it any more. What a mix means, whether it is complete, and who may log
//! in is decided elsewhere and passed in as functions; nothing here moves, changes or deletes
//! what a client has dropped.

mod disc_names;
mod drafts;
mod error;
mod folder;
mod ftp;
mod kernel;
mod names;
mod placing;
pub mod smb;
mod watch;

pub use disc_names::{
    describes_disc, files_beside, is_cue_sheet, is_ddp_id, is_disc_checksum, may_be_of_disc,
};
pub use drafts::clear_drafts;
pub use error::IntakeError;
pub use ftp::{
    Account, Authenticate, FtpConfig, FtpHooks, FtpLimits, FtpServer, HasRoom, Hint, IsTaken,
    Login, StagedUpload, TlsFiles, TlsPolicy,
};
pub use names::{DropKind, FINALS, NOTE_ENDINGS, is_litter, numbered, order_number_in};
pub use placing::{
    OpenDrop, Upload, fingerprint_of, is_archive, may_be_audio, may_be_booklet, may_be_label_copy,
    may_be_video, open_drop, put_final, put_note,
};
pub use watch::{
    Arrival, Events, FromDropbox, IsKnown, Known, MAX_DEPTH, MAX_ENTRIES, Sighting, Source,
    Waiting, WatchConfig, WatchHooks, Watcher, Why,
};
