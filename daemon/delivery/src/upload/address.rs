//! A recipient's server as people write it: `sftp://lacquer@ingest.example.com:22/incoming`.

use std::fmt;
use std::str::FromStr;

use super::layout::{BadPath, RemotePath};

/// How files travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Over SSH.
    Sftp,
    /// FTP with explicit TLS (RFC 4217), for commands and files.
    Ftps,
    /// FTP in the clear.
    Ftp,
}

impl Protocol {
    const ALL: [(Self, &str, u16); 3] = [
        (Self::Sftp, "sftp", 22),
        (Self::Ftps, "ftps", 21),
        (Self::Ftp, "ftp", 21),
    ];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sftp => "sftp",
            Self::Ftps => "ftps",
            Self::Ftp => "ftp",
        }
    }
}

/// A folder on somebody's server. It holds no secret, and is shown as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// How files travel there.
    pub protocol: Protocol,
    /// As whom we log in.
    pub user: String,
    /// The server's name or address; IPv6 without its brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The folder: from the root, or from where the login leads where it is written behind `/~/`. Empty for that very place.
    pub folder: String,
}

/// An address that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not in the form of one.
    #[error(
        "\u{201c}{0}\u{201d} is no address: write sftp://user@server/folder, or ftps:// (a port behind the server, where it is another)"
    )]
    Form(String),
    /// With a password.
    #[error(
        "an address holds no password: put it into a file in the secrets' place and name that as `secret`"
    )]
    Password,
    /// Its folder.
    #[error("the folder of an address cannot be used: {0}")]
    Folder(BadPath),
}

/// Longest address, in bytes.
const LONGEST: usize = 1000;

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let no_form = || BadAddress::Form(text.chars().take(100).collect());
        if text.len() > LONGEST || text.contains(char::is_control) {
            return Err(no_form());
        }
        let (word, rest) = text.split_once("://").ok_or_else(no_form)?;
        let known = Protocol::ALL.iter().find(|(_, known, _)| *known == word);
        let (protocol, _, usual) = *known.ok_or_else(no_form)?;
        let (place, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, server) = place.rsplit_once('@').ok_or_else(no_form)?;
        if user.contains(':') {
            return Err(BadAddress::Password);
        }
        let (host, port) = split_port(server).ok_or_else(no_form)?;
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0),
            None => Some(usual),
        };
        let is_host = |host: &&str| {
            let is_known = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
            !host.is_empty() && host.chars().all(is_known)
        };
        Ok(Self {
            protocol,
            user: Some(user)
                .filter(|u| !u.is_empty())
                .ok_or_else(no_form)?
                .to_owned(),
            host: Some(host).filter(is_host).ok_or_else(no_form)?.to_owned(),
            port: port.ok_or_else(no_form)?,
            folder: folder_of(folder)?,
        })
    }
}

/// A server's name, and its port where one stands behind it.
fn split_port(server: &str) -> Option<(&str, Option<&str>)> {
    let Some(six) = server.strip_prefix('[') else {
        return Some(match server.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        });
    };
    let (host, port) = six.split_once(']')?;
    match port {
        "" => Some((host, None)),
        port => Some((host, Some(port.strip_prefix(':')?))),
    }
}

fn folder_of(written: &str) -> Result<String, BadAddress> {
    let written = written.trim_end_matches('/');
    if written.is_empty() {
        return Ok(String::new());
    }
    let (root, inner) = match written.strip_prefix('~') {
        Some("") => return Ok(String::new()),
        Some(rest) if rest.starts_with('/') => ("", rest.trim_start_matches('/')),
        Some(_) | None => ("/", written),
    };
    let path = RemotePath::new(inner).map_err(BadAddress::Folder)?;
    Ok(format!("{root}{path}"))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user, host, port, ..
        } = self;
        let word = self.protocol.word();
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        write!(f, "{word}://{user}@{host}:{port}")?;
        match self.folder.as_str() {
            "" => Ok(()),
            folder if folder.starts_with('/') => f.write_str(folder),
            folder => write!(f, "/~/{folder}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said = match text.parse::<Address>() {
            Ok(address) => address.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(expected), "{text}: {said}");
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        check(
            "sftp://lacquer@ingest.example.com/incoming",
            "sftp://lacquer@ingest.example.com:22/incoming",
        );
        check(
            "ftps://ada@host:990/in/new music/",
            "ftps://ada@host:990/in/new music",
        );
        check("sftp://a@b@host/~/in", "sftp://a@b@host:22/~/in");
        check("sftp://a@[::1]:2222/~", "sftp://a@[::1]:2222");
        check("sftp://a@host", "sftp://a@host:22");
        check("ftp://a@host/Müsik", "ftp://a@host:21/Müsik");
        check("sftp://a:secret@host/in", "holds no password");
        check("sftp://a@host/../etc", "`..`");
        check("sftp://host/in", "is no address");
        check("http://a@host/in", "is no address");
        check("sftp://a@host:0/in", "is no address");
        check("sftp://a@ho st/in", "is no address");
        check("sftp://a@host/in\r\nDELE x", "is no address");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_so_that_it_reads_the_same(text in "(sftp|ftps|ftp)://[a-zäß@]{1,6}@[a-z.]{1,9}(:[0-9]{1,5})?(/[a-zü .~]{0,9}){0,4}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
            }
        }

        #[test]
        fn nothing_that_is_written_makes_it_panic(text in "\\PC{0,80}") {
            let _ = text.parse::<Address>();
        }
    }
}
