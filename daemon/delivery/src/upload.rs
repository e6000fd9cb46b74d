//! Where a package goes when it is sent to its recipient's own server: the `[upload]` of a profile.

mod address;
mod layout;

use serde::Deserialize;

pub use self::address::{Address, BadAddress, Protocol};
pub use self::layout::{BadPath, NotPlaced, Placed, RemotePath, Source, place};

/// Where packages of a profile are sent, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "UploadFile")]
pub struct Upload {
    /// Where to.
    pub to: Address,
    /// What the server shows of itself: without it nothing is sent by SFTP, and by FTPS only where an authority that everybody
    /// knows signed its certificate.
    pub host_key: Option<Fingerprint>,
    /// The file of the password or the private key, in the secrets' place.
    pub secret: SecretName,
    /// Which files lie where.
    pub layout: Layout,
    /// How it is made sure of that a file is whole over there.
    pub check: Check,
    /// Whether the client releases a package before it is sent.
    pub release_first: ReleaseFirst,
}

/// Which files lie where over there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// The DDEX batch alone, as its choreography has it: the file that says that it is complete comes last.
    Batch,
    /// The package's folder as it is, in a folder of its own; its checksums come last.
    #[default]
    Folder,
    /// The package as one ZIP.
    Archive,
}

/// How it is made sure of that a file is whole over there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// By its size.
    #[default]
    Size,
    /// It is read back, and its SHA-256 compared.
    Read,
}

/// Whether the client releases a package for production before it is sent. A disc for a plant is always released first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "bool")]
pub enum ReleaseFirst {
    /// It may be sent once it may be handed over.
    #[default]
    No,
    /// It waits for the release.
    Yes,
}

impl From<bool> for ReleaseFirst {
    fn from(is_first: bool) -> Self {
        if is_first { Self::Yes } else { Self::No }
    }
}

/// A file's name in the secrets' place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SecretName(String);

/// A name that names no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`secret` is the name of a file in the secrets' place, without folders: \u{201c}{0}\u{201d} is none"
)]
pub struct NotAName(String);

impl TryFrom<String> for SecretName {
    type Error = NotAName;

    fn try_from(name: String) -> Result<Self, NotAName> {
        let is_name = !name.is_empty()
            && name.len() <= 255
            && !name.starts_with('.')
            && !name.contains(['/', '\\'])
            && !name.contains(char::is_control);
        if is_name {
            Ok(Self(name))
        } else {
            Err(NotAName(name))
        }
    }
}

impl SecretName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a server shows of itself, as OpenSSH writes it: `SHA256:` and 43 characters of base64. Of an SSH server it is that of
/// its host key, of an FTPS server that of its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Fingerprint(String);

/// Characters of 32 bytes in base64 without padding.
const FINGERPRINT_CHARACTERS: usize = 43;

/// A text that is no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`host_key` is a fingerprint as `ssh-keygen -l` prints it, SHA256: and 43 characters; \u{201c}{0}\u{201d} is none"
)]
pub struct NotAFingerprint(String);

impl TryFrom<String> for Fingerprint {
    type Error = NotAFingerprint;

    fn try_from(text: String) -> Result<Self, NotAFingerprint> {
        let is_one = text.strip_prefix("SHA256:").is_some_and(|sum| {
            let is_base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
            sum.len() == FINGERPRINT_CHARACTERS && sum.chars().all(is_base64)
        });
        if is_one {
            Ok(Self(text))
        } else {
            Err(NotAFingerprint(text.chars().take(100).collect()))
        }
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadFile {
    to: String,
    host_key: Option<Fingerprint>,
    secret: SecretName,
    #[serde(default)]
    layout: Layout,
    #[serde(default)]
    check: Check,
    #[serde(default)]
    release_first: ReleaseFirst,
    #[serde(default)]
    in_the_clear: bool,
}

/// An `[upload]` that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUpload {
    /// The address.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// Everybody on the way could read it.
    #[error(
        "ftp sends the password and the music in the clear, where everybody on the way can read and change them: take ftps or sftp, or write `in_the_clear = true`"
    )]
    InTheClear,
}

impl TryFrom<UploadFile> for Upload {
    type Error = BadUpload;

    fn try_from(file: UploadFile) -> Result<Self, BadUpload> {
        let to: Address = file.to.parse()?;
        if to.protocol == Protocol::Ftp && !file.in_the_clear {
            return Err(BadUpload::InTheClear);
        }
        Ok(Self {
            to,
            host_key: file.host_key,
            secret: file.secret,
            layout: file.layout,
            check: file.check,
            release_first: file.release_first,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Upload, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn an_upload_is_read_with_what_it_does_not_say() {
        let upload = read(
            "to = \"sftp://lacquer@ingest.example.com/incoming\"\nsecret = \"distributor.key\"\n",
        )
        .unwrap();
        assert_eq!(upload.to.port, 22);
        assert_eq!(upload.to.folder, "/incoming");
        assert_eq!(upload.layout, Layout::Folder);
        assert_eq!(upload.check, Check::Size);
        assert_eq!(upload.release_first, ReleaseFirst::No);
    }

    #[track_caller]
    fn refused(text: &str, said: &str) {
        let why = read(text).unwrap_err();
        assert!(why.contains(said), "{why}");
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_the_next_step() {
        refused(
            "to = \"ftp://l@example.com/in\"\nsecret = \"a\"\n",
            "in the clear",
        );
        let clear = "to = \"ftp://l@example.com/in\"\nsecret = \"a\"\nin_the_clear = true\n";
        assert_eq!(read(clear).unwrap().to.port, 21);
        let to = "to = \"sftp://l@example.com/in\"\n";
        refused(&format!("{to}secret = \"../key\"\n"), "without folders");
        refused(&format!("{to}secret = \".key\"\n"), "without folders");
        refused(to, "secret");
        refused(
            &format!("{to}secret = \"a\"\nhost_key = \"MD5:00\"\n"),
            "ssh-keygen -l",
        );
        refused(
            &format!("{to}secret = \"a\"\npassword = \"b\"\n"),
            "password",
        );
    }
}
