//! Why something did not arrive, and whether it may the next time.

use std::io;
use std::time::Duration;

use delivery::upload::Fingerprint;

/// Why something did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// Nobody answers there.
    #[error("{server} does not answer")]
    Unreachable {
        /// Which server.
        server: String,
        /// What the network said.
        source: io::Error,
    },
    /// It took too long.
    #[error("{server} said nothing for {} seconds while it was asked to {to}", after.as_secs())]
    Stalled {
        /// Which server.
        server: String,
        /// To do what.
        to: &'static str,
        /// For how long.
        after: Duration,
    },
    /// The connection broke.
    #[error("the connection to {server} broke while it was asked to {to}: {said}")]
    Cut {
        /// Which server.
        server: String,
        /// To do what.
        to: &'static str,
        /// What the network said.
        said: String,
    },
    /// The server is not known yet.
    #[error(
        "{server} is not known yet, and nothing was sent: it shows the key {shown} ({kind}); ask its people whether that is theirs, and write it into the profile as `host_key`"
    )]
    Unknown {
        /// Which server.
        server: String,
        /// What it shows.
        shown: Fingerprint,
        /// What kind of key.
        kind: String,
    },
    /// The server shows another key than it should.
    #[error(
        "{server} shows the key {shown} ({kind}), and the profile's `host_key` is {expected}: nothing was sent; somebody may stand in between, or the key was changed: ask its people before you change the profile"
    )]
    Another {
        /// Which server.
        server: String,
        /// What it should show.
        expected: Fingerprint,
        /// What it shows.
        shown: Fingerprint,
        /// What kind of key.
        kind: String,
    },
    /// Its certificate is not good.
    #[error(
        "the certificate of {server} is not signed by an authority that everybody knows ({said}), and nothing was sent: it shows {shown}; ask its people whether that is theirs, and write it into the profile as `host_key`"
    )]
    Certificate {
        /// Which server.
        server: String,
        /// What is wrong with it.
        said: String,
        /// What it shows.
        shown: Fingerprint,
    },
    /// We found no common language.
    #[error("{server} and Lacquer could not agree on a safe connection: {said}")]
    NoAgreement {
        /// Which server.
        server: String,
        /// What was said.
        said: String,
    },
    /// The login was refused.
    #[error(
        "{server} did not let \u{201c}{user}\u{201d} in with the {with} of the secrets' place ({said}): check the name in the address and the secret's file"
    )]
    LoginRefused {
        /// Which server.
        server: String,
        /// Who.
        user: String,
        /// With a password or a private key.
        with: &'static str,
        /// What it said.
        said: String,
    },
    /// Something was refused there.
    #[error(
        "{server} refused to {to} {path} ({said}): ask its people whether the login may do that in this folder"
    )]
    Refused {
        /// Which server.
        server: String,
        /// To do what.
        to: &'static str,
        /// With what.
        path: String,
        /// What it said.
        said: String,
    },
    /// A folder is not there.
    #[error(
        "{server} has no folder {path}: ask its people for the right one, and write it into the address"
    )]
    NoFolder {
        /// Which server.
        server: String,
        /// Which folder.
        path: String,
    },
    /// The disk over there is full.
    #[error("{server} has no room left for {path} ({said}); it is tried again later")]
    NoRoom {
        /// Which server.
        server: String,
        /// For what.
        path: String,
        /// What it said.
        said: String,
    },
    /// Something does not work there now.
    #[error("{server} could not {to} {path} now ({said})")]
    NotNow {
        /// Which server.
        server: String,
        /// To do what.
        to: &'static str,
        /// With what.
        path: String,
        /// What it said.
        said: String,
    },
    /// What lies there is not what was sent.
    #[error("{path} lies on {server} otherwise than it was sent ({said})")]
    Differs {
        /// Which server.
        server: String,
        /// What.
        path: String,
        /// In what.
        said: String,
    },
    /// Our own file does not read as it was kept.
    #[error("{path} could not be read here")]
    Here {
        /// What.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The private key cannot be used.
    #[error(
        "the secret's file holds no private key that can be used ({said}): take one in the form of OpenSSH without a passphrase, ed25519 or RSA"
    )]
    NoKey {
        /// Why.
        said: String,
    },
    /// OpenSSH's programs are not there, or cannot be used.
    #[error("{program} could not be started here: install Debian's package openssh-client")]
    NoProgram {
        /// Which.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Whoever asked for it wants it no more.
    #[error("it was called off")]
    CalledOff,
    /// A private key does not open this kind of server.
    #[error(
        "{server} takes a password, and the secret's file holds a private key: put the password there"
    )]
    KeyForFtp {
        /// Which server.
        server: String,
    },
}

impl CourierError {
    /// Whether it may go well later without anybody's doing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Stalled { .. }
            | Self::Cut { .. }
            | Self::NoRoom { .. }
            | Self::NotNow { .. }
            | Self::Differs { .. } => true,
            Self::Unknown { .. }
            | Self::Another { .. }
            | Self::Certificate { .. }
            | Self::NoAgreement { .. }
            | Self::LoginRefused { .. }
            | Self::Refused { .. }
            | Self::NoFolder { .. }
            | Self::Here { .. }
            | Self::NoKey { .. }
            | Self::CalledOff
            | Self::NoProgram { .. }
            | Self::KeyForFtp { .. } => false,
        }
    }
}
