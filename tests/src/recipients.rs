//! Servers of those who take packages: OpenSSH's and ProFTPD as Debian has them, each with a configuration, a port and folders of
//! its own, and a line to them that can be slow.

mod proftpd;
mod relay;
mod sshd;

use std::path::Path;
use std::process::{Child, Command};

pub use self::proftpd::{Proftpd, Safety};
pub use self::relay::Relay;
pub use self::sshd::Sshd;
use crate::readers::read_with;

/// Who we are on this machine, which is who logs in.
///
/// # Panics
/// Where the system does not say.
#[must_use]
pub fn me() -> String {
    let said = Command::new("id").arg("-un").output();
    let said = said.expect("the system knows its users").stdout;
    String::from_utf8_lossy(&said).trim().to_owned()
}

/// Waits until somebody answers at a port of loopback.
fn answers(port: u16) {
    crate::until("the server answers", crate::lacquer::PATIENCE, || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
}

/// Ends a server and the processes that it made for each who logged in, as a power cut would end them.
fn kill(mut server: Child) {
    // Children first: once their parent has ended, nobody knows any more whose they were.
    let mut all = vec![server.id()];
    let mut at = 0;
    while let Some(&parent) = all.get(at) {
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        all.extend(
            children
                .split_whitespace()
                .filter_map(|id| id.parse::<u32>().ok()),
        );
        at += 1;
    }
    for id in all {
        let id = i32::try_from(id)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        // It may have ended by itself in the same moment.
        let _ = id.map(|id| rustix::process::kill_process(id, rustix::process::Signal::KILL));
    }
    server.wait().expect("a killed child can be waited for");
}

/// The checksums of all files below a folder, as the system's own tool says them: a line for each, in order.
#[must_use]
pub fn checksums(folder: &Path) -> Vec<String> {
    let said = read_with(
        folder,
        "find . -type f -print0 | sort -z | xargs -0r sha256sum",
    );
    said.lines().map(str::to_owned).collect()
}

/// All files below a folder by when they got their names, oldest first; each by its path.
#[must_use]
pub fn in_the_order_of_time(folder: &Path) -> Vec<String> {
    let said = read_with(
        folder,
        "find . -type f -printf '%C@ %P\\n' | sort -n | cut -d' ' -f2-",
    );
    said.lines().map(str::to_owned).collect()
}
