//! The control connection as a witness: is the client still there, and did it say anything?
//!
//! libunftp reports the end of a plain data connection as the end of the file, whatever caused
//! it. A second handle on the control connection tells more.

use std::io::Write as _;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio_util::sync::CancellationToken;
use unftp_core::storage::{ErrorKind, Result};

use super::Account;
use super::ledger::Seat;
use crate::kernel::{Heard, heard_on};

/// How long after the last byte the control connection is watched. A killed client's two
/// connections end within microseconds of each other; this leaves room for the network between.
const GRACE: Duration = Duration::from_millis(150);

/// How long a client has to read an answer before its connection is closed.
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// A command this shortly before the data's end belongs to it: `ABOR`. One long before is a
/// client that says `NOOP` to keep a router awake.
const ABORT_WINDOW: Duration = Duration::from_secs(2);

/// How an upload over a data connection came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client is still there and waits for the answer.
    Clean,
    /// The client has closed its control connection as well.
    ClientGone,
    /// The client sent a command together with the end, as one does to cancel.
    Cancelled,
}

/// One client's connection, from greeting to goodbye.
#[derive(Debug)]
pub(super) struct Client {
    number: u64,
    address: IpAddr,
    control: TcpStream,
    encrypted: AtomicBool,
    /// A transfer from a place within a file has failed (see [`Client::note_place`]).
    place_is_stale: AtomicBool,
    account: Mutex<Option<(Account, Seat)>>,
    /// Ends transfers when the server stops.
    pub(super) stopping: CancellationToken,
}

impl Client {
    pub(super) fn new(
        number: u64,
        address: IpAddr,
        control: TcpStream,
        stopping: CancellationToken,
    ) -> Self {
        Self {
            number,
            address,
            control,
            encrypted: AtomicBool::new(false),
            place_is_stale: AtomicBool::new(false),
            account: Mutex::default(),
            stopping,
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn address(&self) -> IpAddr {
        self.address
    }

    fn account_slot(&self) -> MutexGuard<'_, Option<(Account, Seat)>> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn logged_in(&self, account: Account, seat: Seat) {
        *self.account_slot() = Some((account, seat));
    }

    pub(super) fn account(&self) -> Option<Account> {
        self.account_slot()
            .as_ref()
            .map(|(account, _)| account.clone())
    }

    /// The login, or nothing before there is one.
    pub(super) fn login(&self) -> String {
        self.account()
            .map(|account| account.login)
            .unwrap_or_default()
    }

    pub(super) fn is_encrypted(&self) {
        self.encrypted.store(true, Ordering::Release);
    }

    /// Says why, ahead of libunftp's own reply, whose words cannot be chosen.
    ///
    /// FTP allows a reply of several lines (RFC 959, 4.2): this writes `550-reason`, and libunftp's
    /// `550 Permission denied` ends it. Only on plain connections: TLS is not ours to write into.
    pub(super) fn explain(&self, code: u16, reason: &str) {
        if self.encrypted.load(Ordering::Acquire) {
            return;
        }
        let line = format!("{code}-{reason}\r\n");
        // A short line goes out whole or not at all; without it the reply is still right.
        if let Err(error) = (&self.control).write_all(line.as_bytes()) {
            tracing::debug!(login = self.login(), error = %error, "could not explain a refusal");
        }
    }

    /// Notes how a transfer from byte `from` on has ended.
    ///
    /// libunftp forgets the place given by `REST` only after a success. The client's next transfer,
    /// meant to begin at the first byte, would begin in mid-file, and a part could get a whole file
    /// stuck to its end. So after such a failure the connection does no more transfers, and is closed
    /// when the client has heard the answer; it comes back with a clean slate.
    pub(super) fn note_place<T>(self: &Arc<Self>, from: u64, result: &Result<T>) {
        if from == 0 || result.is_ok() {
            return;
        }
        self.place_is_stale.store(true, Ordering::Release);
        let client = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(ANSWER_TIME).await;
            client.hang_up();
        });
    }

    /// Refuses a transfer whose place may be left over from another.
    pub(super) fn check_place_is_meant(&self) -> Result<()> {
        if self.place_is_stale.load(Ordering::Acquire) {
            return Err(ErrorKind::ConnectionClosed.into());
        }
        Ok(())
    }

    /// Ends the connection; libunftp sees it closed by the client.
    pub(super) fn hang_up(&self) {
        if let Err(error) = self.control.shutdown(Shutdown::Both) {
            tracing::debug!(error = %error, "the client was gone already");
        }
    }

    /// What the client has said so far, to compare with later.
    pub(super) fn heard(&self) -> Option<Heard> {
        heard_on(self.control.as_fd()).ok()
    }

    /// Judges the end of a data connection by what the control connection does around it.
    pub(super) async fn judge_end(&self, before: Option<Heard>) -> Ending {
        let deadline = tokio::time::Instant::now() + GRACE;
        loop {
            if self.is_gone() {
                return Ending::ClientGone;
            }
            if tokio::time::Instant::now() >= deadline {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        match (before, self.heard()) {
            (Some(before), Some(now))
                if now.bytes != before.bytes && now.silence < ABORT_WINDOW + GRACE =>
            {
                Ending::Cancelled
            }
            _ => Ending::Clean,
        }
    }

    fn is_gone(&self) -> bool {
        let mut asked = [PollFd::new(&self.control, PollFlags::RDHUP)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        match poll(&mut asked, Some(&at_once)) {
            Ok(_) => asked[0]
                .revents()
                .intersects(PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR),
            Err(_) => false,
        }
    }
}
