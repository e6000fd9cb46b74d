//! Keys: the studio's own, the recovery key, and one per project.
//!
//! ```text
//! keys/studio.key            the studio's age identity, readable by the daemon only
//! keys/projects/<id>.age     the project's identity, encrypted to the studio and to recovery
//! ```
//!
//! A project's key lies in exactly one place, so that throwing that file away deletes provably.
//! The recovery identity is shown once at set-up and never stored here.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use age::secrecy::ExposeSecret as _;
use age::x25519::{Identity, Recipient};
use durable::Draft;

use crate::error::{KeyTrouble, VaultError};

/// A wrapped key is a few hundred bytes; more is something else.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// The keys that this vault can use.
pub(crate) struct KeyRing {
    projects: PathBuf,
    studio: Identity,
    /// Held for reading while a key is wrapped, so that none misses a change of the recovery key.
    recovery: RwLock<Recipient>,
    /// Unwrapped project keys.
    known: Mutex<HashMap<String, Identity>>,
}

/// Where a studio's keys lie.
pub(crate) struct KeyPlaces {
    studio: PathBuf,
    projects: PathBuf,
}

/// A recovery key that was just made: the public half is kept, the secret half is shown once.
pub(crate) struct NewRecovery {
    pub(crate) recipient: Recipient,
    pub(crate) secret: String,
}

impl NewRecovery {
    pub(crate) fn generate() -> Self {
        let identity = Identity::generate();
        Self {
            recipient: identity.to_public(),
            secret: identity.to_string().expose_secret().to_owned(),
        }
    }
}

impl KeyPlaces {
    pub(crate) fn make(root: &Path) -> Result<Self, VaultError> {
        let folder = root.join("keys");
        let projects = folder.join("projects");
        durable::make_folder(&projects)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))
            .map_err(VaultError::file("protect", &folder))?;
        Ok(Self {
            studio: folder.join("studio.key"),
            projects,
        })
    }

    /// Reads the studio's key, or makes one where there is none yet.
    pub(crate) fn open(&self, recovery: Recipient) -> Result<KeyRing, VaultError> {
        let studio = if self.studio.exists() {
            self.read_studio()?
        } else {
            self.make_studio()?
        };
        Ok(KeyRing {
            projects: self.projects.clone(),
            studio,
            recovery: RwLock::new(recovery),
            known: Mutex::default(),
        })
    }

    pub(crate) fn has_studio_key(&self) -> bool {
        self.studio.exists()
    }

    pub(crate) fn studio_missing(&self) -> VaultError {
        trouble(&self.studio, KeyTrouble::Missing)
    }

    fn read_studio(&self) -> Result<Identity, VaultError> {
        let text =
            fs::read_to_string(&self.studio).map_err(VaultError::file("read", &self.studio))?;
        identity_in(&text).ok_or_else(|| trouble(&self.studio, KeyTrouble::Unreadable))
    }

    fn make_studio(&self) -> Result<Identity, VaultError> {
        let identity = Identity::generate();
        let text = identity_text("Lacquer: the studio's own key. Keep it secret.", &identity);
        publish_private(&self.studio, text.as_bytes())?;
        Ok(identity)
    }
}

impl KeyRing {
    /// The place of a project's key.
    pub(crate) fn path(&self, project: &str) -> PathBuf {
        self.projects.join(format!("{project}.age"))
    }

    /// A project's identity, if its file is there.
    pub(crate) fn find(&self, project: &str) -> Result<Option<Identity>, VaultError> {
        let mut known = self.known();
        if let Some(identity) = known.get(project) {
            return Ok(Some(identity.clone()));
        }
        let path = self.path(project);
        let sealed = match fs::metadata(&path) {
            Ok(meta) if meta.len() > MAX_KEY_BYTES => {
                return Err(trouble(&path, KeyTrouble::Unreadable));
            }
            Ok(_) => fs::read(&path).map_err(VaultError::file("read", &path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(VaultError::file("read", &path)(error)),
        };
        let unreadable = || trouble(&path, KeyTrouble::Unreadable);
        let plain = age::decrypt(&self.studio, &sealed).map_err(|_| unreadable())?;
        let text = std::str::from_utf8(&plain).map_err(|_| unreadable())?;
        let identity = identity_in(text).ok_or_else(unreadable)?;
        known.insert(project.to_owned(), identity.clone());
        Ok(Some(identity))
    }

    /// Makes a key for a project that has none.
    pub(crate) fn make(&self, project: &str) -> Result<Identity, VaultError> {
        let identity = Identity::generate();
        let path = self.path(project);
        let recovery = self.recovery();
        let to = [&self.studio.to_public(), &*recovery];
        let sealed = wrap(&path, project, &identity, &to)?;
        match publish_private(&path, &sealed) {
            Ok(()) => {
                self.known().insert(project.to_owned(), identity.clone());
                Ok(identity)
            }
            // Another thread was quicker, and its key is the one that counts.
            Err(VaultError::Durable(error)) if error.is_already_there() => self
                .find(project)?
                .ok_or_else(|| trouble(&path, KeyTrouble::Missing)),
            Err(error) => Err(error),
        }
    }

    /// A project's identity encrypted to the recovery key alone, for a copy that leaves the box.
    pub(crate) fn wrapped_for_recovery(
        &self,
        project: &str,
        identity: &Identity,
    ) -> Result<Vec<u8>, VaultError> {
        wrap(&self.path(project), project, identity, &[&*self.recovery()])
    }

    /// Puts a new recovery key in the place of the old one, for every project's key.
    ///
    /// Each key opens with the old recovery key until `commit` has made the new one the studio's, so
    /// that an end in the middle leaves no key that only a secret nobody was shown can open.
    pub(crate) fn renew_recovery(
        &self,
        new: &Recipient,
        commit: impl FnOnce() -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let mut recovery = self
            .recovery
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let studio = self.studio.to_public();
        self.wrap_all(&[&studio, &*recovery, new])?;
        commit()?;
        *recovery = new.clone();
        self.wrap_all(&[&studio, new])
    }

    fn wrap_all(&self, to: &[&Recipient]) -> Result<(), VaultError> {
        let list = || VaultError::file("list", &self.projects);
        for entry in fs::read_dir(&self.projects).map_err(list())? {
            let path = entry.map_err(list())?.path();
            let name = path.file_name().and_then(OsStr::to_str);
            let Some(project) = name.and_then(|name| name.strip_suffix(".age")) else {
                continue;
            };
            let Some(identity) = self.find(project)? else {
                continue;
            };
            let sealed = wrap(&path, project, &identity, to)?;
            private_draft(&path, &sealed)?.publish_replacing(&path)?;
        }
        Ok(())
    }

    fn recovery(&self) -> RwLockReadGuard<'_, Recipient> {
        self.recovery.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Throws a project's key away, here and on the disk.
    pub(crate) fn throw_away(&self, project: &str) -> Result<(), VaultError> {
        self.known().remove(project);
        durable::remove(&self.path(project))?;
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Identity>> {
        // Nothing that can panic changes the map half way.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wrap(
    path: &Path,
    project: &str,
    identity: &Identity,
    to: &[&Recipient],
) -> Result<Vec<u8>, VaultError> {
    let text = identity_text(&format!("Lacquer: the key of project {project}"), identity);
    let recipients = to.iter().map(|one| *one as &dyn age::Recipient);
    let sealed = (|| {
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let mut writer = encryptor.wrap_output(Vec::new())?;
        writer.write_all(text.as_bytes())?;
        writer.finish()
    })();
    sealed.map_err(VaultError::file("encrypt", path))
}

fn publish_private(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    private_draft(path, bytes)?.publish(path)?;
    Ok(())
}

fn private_draft(path: &Path, bytes: &[u8]) -> Result<Draft, VaultError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut draft = Draft::create_private_in(folder)?;
    draft
        .write_all(bytes)
        .map_err(VaultError::file("write", path))?;
    Ok(draft)
}

/// The form `age-keygen` writes, so that `age -i` takes it as it is.
fn identity_text(about: &str, identity: &Identity) -> String {
    format!(
        "# {about}\n# public key: {}\n{}\n",
        identity.to_public(),
        identity.to_string().expose_secret()
    )
}

fn identity_in(text: &str) -> Option<Identity> {
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    line.trim().parse().ok()
}

fn trouble(path: &Path, trouble: KeyTrouble) -> VaultError {
    VaultError::Key {
        path: path.to_owned(),
        trouble,
    }
}
