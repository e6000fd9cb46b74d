//! The Samba share over the dropboxes: its configuration and its accounts.
//!
//! Samba is a program of its own, run by the system's service manager. To set it up:
//!
//! 1. Render [`render_config`] to `smb.conf` and [`render_user_map`] to `<state>/users.map`, and make the
//!    folders of [`SmbConfig::folders`].
//! 2. For each account create its Unix user, once and as root: [`unix_user_command`]. Samba insists
//!    on one; it owns nothing and cannot log in, all files belong to the daemon's user.
//! 3. Give the account its password with [`set_password`].
//! 4. Start `smbd --foreground --no-process-group --configfile=smb.conf` in a session of its own (on its
//!    way out it signals its whole process group). Debian needs `samba-vfs-modules`, or every
//!    share fails for want of `fruit`.
//! 5. After a change, write both files anew and [`reload`].
//!
//! A file that came over SMB says nothing of being complete: a client killed in the middle of an upload
//! closes it like any other. The [`Watcher`](crate::Watcher) waits for quiet, for writers and for holes;
//! the rest is found out by decoding.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

const TEMPLATE: &str = include_str!("../../../config/smb.conf.template");

/// The longest login, so that its Unix user's name stays within Linux's 32 bytes.
const MAX_LOGIN_BYTES: usize = 29;

/// A fault or refusal around the Samba share.
#[derive(Debug, thiserror::Error)]
pub enum SmbError {
    /// A login that cannot be a share's and a user's name.
    #[error(
        "{login:?} cannot be an SMB login: lower-case letters, digits, '-' and '_', at most 29"
    )]
    Login {
        /// The login.
        login: String,
    },
    /// A value that would change the meaning of the configuration.
    #[error("{value:?} cannot stand in the SMB configuration")]
    Value {
        /// The value.
        value: String,
    },
    /// A password with a line break.
    #[error("an SMB password cannot have a line break")]
    Password,
    /// A program of Samba's is not there or cannot be run.
    #[error("could not run {program}")]
    Run {
        /// The program.
        program: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A program of Samba's said no.
    #[error("{program} refused: {said}")]
    Refused {
        /// The program.
        program: &'static str,
        /// What it said.
        said: String,
    },
}

/// What the whole share needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmbConfig {
    /// Name of the server, as clients see it.
    pub server_name: String,
    /// TCP port; clients expect 445.
    pub port: u16,
    /// Interfaces or addresses to listen on, such as `lo` or `192.0.2.10/24`.
    pub interfaces: Vec<String>,
    /// Where Samba keeps its passwords, locks and logs.
    pub state: PathBuf,
    /// The user whose files all dropboxes are: the daemon's.
    pub owner: String,
    /// That user's group.
    pub group: String,
}

impl SmbConfig {
    /// The folders Samba needs, to be made with mode 0700 before it is started.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        ["private", "lock", "state", "cache", "pid", "ncalrpc", "log"]
            .iter()
            .map(|name| self.state.join(name))
            .collect()
    }
}

/// One client's share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmbAccount {
    login: String,
    unix_user: String,
    folder: PathBuf,
}

impl SmbAccount {
    /// An account over the dropbox `folder`; its Unix user is `lq-` and the login, so that no login
    /// can be one of the system's own users.
    pub fn new(login: &str, folder: PathBuf) -> Result<Self, SmbError> {
        Self::with_unix_user(login, &format!("lq-{login}"), folder)
    }

    /// An account with a Unix user that exists under another name.
    pub fn with_unix_user(login: &str, unix_user: &str, folder: PathBuf) -> Result<Self, SmbError> {
        let plain = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_')
        };
        let is_login = !login.is_empty()
            && login.len() <= MAX_LOGIN_BYTES
            && login.chars().all(plain)
            && !login.starts_with(['-', '_'])
            // Names that mean something to Samba.
            && !["global", "homes", "printers", "ipc"].contains(&login);
        if !is_login || !unix_user.chars().all(plain) {
            return Err(SmbError::Login {
                login: login.to_owned(),
            });
        }
        Ok(Self {
            login: login.to_owned(),
            unix_user: unix_user.to_owned(),
            folder,
        })
    }

    /// The login, which is the share's name as well.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.login
    }

    /// The share of the client's finals.
    #[must_use]
    pub fn finals_share(&self) -> String {
        format!("{}-finals", self.login)
    }
}

/// Writes out `smb.conf`.
pub fn render_config(config: &SmbConfig, accounts: &[SmbAccount]) -> Result<String, SmbError> {
    let mut text = TEMPLATE.to_owned();
    let interfaces = config.interfaces.join(" ");
    for (name, value) in [
        ("{server_name}", plain(&config.server_name)?),
        ("{port}", &config.port.to_string()),
        ("{interfaces}", plain(&interfaces)?),
        ("{state}", plain_path(&config.state)?),
    ] {
        text = text.replace(name, value);
    }
    let (owner, group) = (plain(&config.owner)?, plain(&config.group)?);
    for account in accounts {
        let (login, user, folder) = (
            &account.login,
            &account.unix_user,
            plain_path(&account.folder)?,
        );
        let finals = account.finals_share();
        write!(
            text,
            "\n[{login}]\n  path = {folder}\n  valid users = {user}\n  read only = no\n  browseable = no\n  \
             force user = {owner}\n  force group = {group}\n\
             \n[{finals}]\n  path = {folder}/Finals\n  valid users = {user}\n  read only = yes\n  \
             browseable = no\n  force user = {owner}\n  force group = {group}\n"
        )
        .expect("a text takes whatever is written");
    }
    Ok(text)
}

/// Writes out the map from logins to Unix users.
#[must_use]
pub fn render_user_map(accounts: &[SmbAccount]) -> String {
    accounts.iter().fold(String::new(), |mut text, account| {
        writeln!(text, "!{} = {}", account.unix_user, account.login)
            .expect("a text takes whatever is written");
        text
    })
}

fn plain(value: &str) -> Result<&str, SmbError> {
    // `%` begins one of Samba's substitutions, `;` and `#` a comment, a backslash a longer line.
    let means_something =
        |letter: char| letter.is_control() || matches!(letter, '%' | ';' | '#' | '\\' | '"');
    if value.is_empty() || value.trim() != value || value.contains(means_something) {
        return Err(SmbError::Value {
            value: value.to_owned(),
        });
    }
    Ok(value)
}

fn plain_path(path: &Path) -> Result<&str, SmbError> {
    let refused = || SmbError::Value {
        value: path.display().to_string(),
    };
    plain(path.to_str().ok_or_else(refused)?)
}

/// The command, to be run once as root, that creates an account's Unix user.
#[must_use]
pub fn unix_user_command(account: &SmbAccount) -> Vec<String> {
    [
        "useradd",
        "--no-create-home",
        "--no-user-group",
        "--gid",
        "nogroup",
        "--shell",
        "/usr/sbin/nologin",
    ]
    .iter()
    .map(ToString::to_string)
    .chain([account.unix_user.clone()])
    .collect()
}

/// Creates an account's SMB password or changes it. Its Unix user must exist.
pub async fn set_password(
    config: &Path,
    account: &SmbAccount,
    password: &str,
) -> Result<(), SmbError> {
    if password.contains(['\n', '\r', '\0']) || password.is_empty() {
        return Err(SmbError::Password);
    }
    let twice = format!("{password}\n{password}\n");
    let mut command = Command::new("smbpasswd");
    command
        .arg("-c")
        .arg(config)
        .args(["-s", "-a", &account.unix_user]);
    run("smbpasswd", command, &twice).await
}

/// Takes an account's SMB password away; it can no longer log in.
pub async fn remove_password(config: &Path, account: &SmbAccount) -> Result<(), SmbError> {
    let mut command = Command::new("smbpasswd");
    command
        .arg("-c")
        .arg(config)
        .args(["-x", &account.unix_user]);
    run("smbpasswd", command, "").await
}

/// Has Samba itself check a configuration.
pub async fn check_config(config: &Path) -> Result<(), SmbError> {
    let mut command = Command::new("testparm");
    command.arg("-s").arg(config);
    run("testparm", command, "").await
}

/// Tells the running `smbd` of a new configuration.
pub async fn reload(config: &Path) -> Result<(), SmbError> {
    let mut command = Command::new("smbcontrol");
    command
        .arg("-s")
        .arg(config)
        .args(["smbd", "reload-config"]);
    run("smbcontrol", command, "").await
}

async fn run(program: &'static str, mut command: Command, input: &str) -> Result<(), SmbError> {
    let failed = |source| SmbError::Run { program, source };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    // A password goes in this way and not as an argument, which everybody on the machine can read.
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).await.map_err(failed)?;
    }
    let output = child.wait_with_output().await.map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(SmbError::Refused { program, said })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_would_break_the_configuration_is_refused() {
        for login in [
            "",
            "Ada",
            "a b",
            "a]\n[global",
            "global",
            "homes",
            "-a",
            "a/b",
            &"x".repeat(30),
        ] {
            assert!(SmbAccount::new(login, "/d".into()).is_err(), "{login:?}");
        }
        assert_eq!(
            SmbAccount::new("ada-2", "/d".into())
                .unwrap()
                .finals_share(),
            "ada-2-finals"
        );
    }

    #[test]
    fn values_that_mean_something_to_samba_are_refused() {
        let config = SmbConfig {
            server_name: "LACQUER".to_owned(),
            port: 445,
            interfaces: vec!["lo".to_owned()],
            state: "/var/lib/lacquer/samba".into(),
            owner: "lacquer".to_owned(),
            group: "lacquer".to_owned(),
        };
        let ada = |folder: &str| [SmbAccount::new("ada", folder.into()).unwrap()];
        let text = render_config(&config, &ada("/srv/drop boxes/ada")).unwrap();
        assert!(text.contains("\n[ada]\n  path = /srv/drop boxes/ada\n") && !text.contains('{'));
        for folder in ["/srv/%u", "/srv/a\n[global]", "/srv/a;b"] {
            assert!(render_config(&config, &ada(folder)).is_err(), "{folder:?}");
        }
    }
}
