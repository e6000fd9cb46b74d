//! What the studio is told at its start. Each section is checked before it comes here.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mastering::{Catalogue, Retention, Target};

use crate::notices::Words;

/// Everything the studio needs to know to open.
#[derive(Debug, Clone)]
pub struct StudioConfig {
    /// The data folder: vault, dropboxes, control socket.
    pub data: PathBuf,
    /// The studio's name on notes and mails.
    pub studio_name: String,
    /// Where pages are reached from outside, such as `http://lacquer.local:8080`.
    pub public_url: String,
    /// How the sandboxed worker is started.
    pub worker: worker::WorkerCommand,
    /// How a return on another audio server is held.
    pub returns: patchbay::ReturnCommand,
    /// The FTP server, unless it is off.
    pub ftp: Option<FtpSection>,
    /// How long a file in a folder must be quiet before it is looked at.
    pub quiet: Duration,
    /// How often every dropbox is walked, whatever the events said.
    pub rescan: Duration,
    /// Whether file events are used; without them folders are only walked.
    pub events: FileEvents,
    /// Outgoing mail, if there is any.
    pub mail: Option<MailSection>,
    /// The words of notices.
    pub words: Arc<Words>,
    /// When what is due soon is told.
    pub reminders: RemindersSection,
    /// The terms that people agree to for their account, if the studio has any.
    pub terms: Option<String>,
    /// A second place for archives: a folder on another disk.
    pub second_place: Option<PathBuf>,
    /// A folder of the studio's own delivery profiles.
    pub profiles: Option<PathBuf>,
    /// Where passwords and private keys for recipients' servers lie, if anywhere.
    pub secrets: Option<SecretsSection>,
    /// Letterhead and the payment service.
    pub books: BooksSection,
    /// Thresholds of the intake check.
    pub thresholds: measure::Thresholds,
    /// What the studio offers.
    pub catalogue: Catalogue,
    /// Who lets go what is due.
    pub lets_go: LetsGo,
    /// The text of the studio's own file of services; none where the house's holds.
    pub catalogue_text: Option<String>,
    /// How long things are kept where the service says nothing else.
    pub retention: Retention,
    /// The loudness an order gets that states none.
    pub target: Target,
    /// What looks at the audio hardware; none where that is switched off.
    pub patchbay: Option<PatchbaySection>,
    /// Linux's folder of power supplies: prints hold while a battery is drained.
    pub power_supply: PathBuf,
    /// What restarts the audio server at another rate, `{rate}` in hertz; empty where Lacquer does not run it.
    pub restart_server: Vec<String>,
    /// The MIDI port of whatever plays, stops and locates in the live room; empty where nothing is connected to ours.
    pub transport: String,
    /// Free space that uploads may not use up.
    pub reserve: Reserve,
    /// How many checks run side by side.
    pub checks_at_once: usize,
    /// Songs that are mastered, or projects whose finals are made, at the same time.
    pub renders_at_once: usize,
}

/// Where passwords and private keys for recipients' servers lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsSection {
    /// In a folder of the studio's, which nobody else reads.
    Folder(PathBuf),
    /// Where systemd puts a service's credentials.
    Systemd(PathBuf),
}

/// What printed quotes and invoices, and payments, need.
#[derive(Clone, Default)]
pub struct BooksSection {
    /// Lines below the studio's name: address, tax number, bank account.
    pub letterhead: Vec<String>,
    /// The secret shared with the payment service; none, and its door is shut.
    pub webhook_secret: Option<String>,
}

impl std::fmt::Debug for BooksSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BooksSection")
            .field("letterhead", &self.letterhead)
            .field("has_webhook_secret", &self.webhook_secret.is_some())
            .finish()
    }
}

/// How many days before or after its date each thing is told, one notice each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemindersSection {
    /// Before the working files are due to go.
    pub working_files_days: Vec<u32>,
    /// Before the archive is due to go.
    pub archive_days: Vec<u32>,
    /// Before an invoice is due.
    pub invoice_days: Vec<u32>,
    /// After an invoice was due.
    pub overdue_days: Vec<u32>,
    /// Before a credit lapses.
    pub credit_days: Vec<u32>,
}

impl Default for RemindersSection {
    fn default() -> Self {
        Self {
            working_files_days: vec![14, 3],
            archive_days: vec![60, 14],
            invoice_days: vec![3],
            overdue_days: vec![1, 14],
            credit_days: vec![5, 1],
        }
    }
}

/// Who lets go what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LetsGo {
    /// A person, who confirms a list.
    #[default]
    Confirmed,
    /// Lacquer, a week after the date by its own careful clock.
    ByItself,
}

/// Whether the file system tells about changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileEvents {
    /// The kernel tells.
    Kernel,
    /// Only walking tells (network mounts).
    WalkOnly,
}

/// The look at the audio hardware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchbaySection {
    /// What Lacquer calls itself at the audio server while it watches.
    pub client_name: String,
}

/// Space kept free for logins, deletions and mail when the disk is full.
#[derive(Debug, Clone, Copy)]
pub struct Reserve {
    /// Bytes.
    pub bytes: u64,
    /// Per cent of the disk; the larger of the two counts.
    pub percent: u8,
}

/// The built-in FTP server.
#[derive(Debug, Clone)]
pub struct FtpSection {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Ports for passive data connections.
    pub passive_ports: RangeInclusive<u16>,
    /// Certificate and key for FTPS.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// Outgoing mail.
#[derive(Debug, Clone)]
pub struct MailSection {
    /// Host of the SMTP server.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is secured.
    pub security: MailSecurity,
    /// Login and password, if the server wants them.
    pub login: Option<(String, String)>,
    /// Sender, such as `Studio <mastering@studio.example>`.
    pub from: String,
}

/// How a mail connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// None: for a relay on the box itself.
    Plain,
}
