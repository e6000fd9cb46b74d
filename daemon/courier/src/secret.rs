//! A password or a private key, from a file that nobody else reads.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use delivery::upload::SecretName;

/// What opens a server. It is never shown.
#[derive(Clone)]
pub struct Secret {
    path: PathBuf,
    holds: Holds,
}

/// What a secret's file holds.
#[derive(Clone)]
pub(crate) enum Holds {
    Password(String),
    /// A private key, which OpenSSH reads itself.
    Key,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.word(), self.path.display())
    }
}

/// Who keeps the secrets' place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// The studio: nobody but the daemon's own user may read a file in it.
    Ours,
    /// systemd, for this service: it lets the service in by an access list, which shows as the group's right to read.
    Systemd,
}

/// A secret that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSecret {
    /// It is not there.
    #[error(
        "the secret {} cannot be read: put the password or the private key there, readable by Lacquer's user alone",
        path.display()
    )]
    Unread {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others can read it.
    #[error(
        "the secret {} can be read by others on this machine (mode {mode:03o}): chmod 600 it, and have another made if it was seen",
        path.display()
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its rights.
        mode: u32,
    },
    /// It holds nothing.
    #[error("the secret {} holds neither a password of one line nor a private key", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
}

/// Largest file of a secret, in bytes: a private key of RSA with 16384 bits takes 13 KB.
const LARGEST: u64 = 64 * 1024;

impl Secret {
    /// Reads a secret out of its place.
    ///
    /// # Errors
    /// A file that is not there, that others can read, or that holds neither a password nor a private key.
    pub fn read(place: &Path, keeping: Keeping, name: &SecretName) -> Result<Self, BadSecret> {
        let path = place.join(name.as_str());
        let unread = |source| BadSecret::Unread {
            path: path.clone(),
            source,
        };
        let file = File::open(&path).map_err(unread)?;
        let facts = file.metadata().map_err(unread)?;
        let mode = facts.mode() & 0o777;
        let others = match keeping {
            Keeping::Ours => 0o077,
            Keeping::Systemd => 0o037,
        };
        if mode & others != 0 {
            return Err(BadSecret::Open { path, mode });
        }
        let mut text = String::new();
        file.take(LARGEST)
            .read_to_string(&mut text)
            .map_err(unread)?;
        if text.trim_start().starts_with("-----BEGIN") {
            let holds = Holds::Key;
            return Ok(Self { path, holds });
        }
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() || password.contains(char::is_control) {
            return Err(BadSecret::Empty { path });
        }
        let holds = Holds::Password(password.to_owned());
        Ok(Self { path, holds })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    pub(crate) fn holds(&self) -> &Holds {
        &self.holds
    }

    /// What it is, in a word.
    pub(crate) fn word(&self) -> &'static str {
        match self.holds {
            Holds::Password(_) => "password",
            Holds::Key => "private key",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn read(text: &str, mode: u32, keeping: Keeping) -> Result<Secret, String> {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("distributor");
        let mut file = File::create_new(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(mode))
            .unwrap();
        let name = "distributor".to_owned().try_into().unwrap();
        let read = Secret::read(place.path(), keeping, &name);
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_what_nobody_else_reads() {
        let sesame = read("open sesame\n", 0o600, Keeping::Ours).unwrap();
        assert!(matches!(sesame.holds(), Holds::Password(p) if p == "open sesame"));
        let key = read(
            "-----BEGIN OPENSSH PRIVATE KEY-----\n",
            0o400,
            Keeping::Ours,
        );
        assert!(matches!(key.unwrap().holds(), Holds::Key));
        for mode in [0o640, 0o604, 0o660] {
            let why = read("x", mode, Keeping::Ours).unwrap_err();
            assert!(why.contains("chmod 600"), "{why}");
        }
        assert!(read("x", 0o440, Keeping::Systemd).is_ok());
        assert!(read("x", 0o444, Keeping::Systemd).is_err());
        for text in ["", "\n", "one\ntwo\n"] {
            assert!(read(text, 0o600, Keeping::Ours).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = read("open sesame", 0o600, Keeping::Ours).unwrap();
        assert!(!format!("{secret:?}").contains("sesame"));
    }
}
