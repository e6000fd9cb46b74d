//! Passwords: checked slowly, counted when wrong, kept as hashes.

use std::net::IpAddr;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use mastering::{PersonId, UnixMs};
use vault::PersonState;

use super::{Access, view};
use crate::clock::now_ms;
use crate::denied::Denied;
use crate::views::{PersonView, Telling};

/// Wrong passwords of one login or one address before it has to wait.
const FREE_TRIES: u32 = 5;
/// How long it waits then, in milliseconds; doubled with each further wrong one.
const FIRST_WAIT_MS: i64 = 2_000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
/// How many logins and addresses are remembered.
const REMEMBERED: usize = 10_000;
/// Shortest password, in characters.
const PASSWORD_MIN: usize = 8;
/// Longest password, in bytes.
const PASSWORD_MAX: usize = 1024;

/// What is remembered of a door at which somebody tried.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tries {
    wrong: u32,
    wait_until: UnixMs,
}

impl Access {
    /// Checks a login and its password. Unknown logins take as long as wrong passwords.
    pub(crate) async fn verify(
        &self,
        login: &str,
        password: String,
        address: IpAddr,
    ) -> Result<PersonView, Denied> {
        let doors = [format!("login {login}"), format!("address {address}")];
        self.may_try(&doors)?;
        let found = self.person_by_login(login).await?;
        let active = found.filter(|p| p.state == PersonState::Active);
        let hash = active.as_ref().and_then(|p| p.password_hash.clone());
        let is_right = self.matches(password, hash).await?;
        match active {
            Some(person) if is_right => {
                self.forget(&doors);
                view(&person, Telling::AtOnce)
            }
            _ => {
                tracing::warn!(login, %address, "a wrong password");
                self.count_wrong(&doors);
                Err(Denied::NotLoggedIn)
            }
        }
    }

    async fn matches(&self, password: String, hash: Option<String>) -> Result<bool, Denied> {
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|e| Denied::fault("the password could not be checked", &e))?;
        tokio::task::spawn_blocking(move || {
            let Some(hash) = hash else {
                // The same work as for a known login, so that the time tells nothing.
                let _ = Argon2::default().hash_password(password.as_bytes());
                return false;
            };
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            })
        })
        .await
        .map_err(|e| Denied::fault("the password could not be checked", &e))
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String, Denied> {
        if password.chars().count() < PASSWORD_MIN || password.len() > PASSWORD_MAX {
            return Err(Denied::Invalid(format!(
                "a password has at least {PASSWORD_MIN} characters"
            )));
        }
        let _turn = self
            .hashing
            .acquire()
            .await
            .map_err(|e| Denied::fault("the password could not be kept", &e))?;
        tokio::task::spawn_blocking(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|h| h.to_string())
        })
        .await
        .map_err(|e| Denied::fault("the password could not be kept", &e))?
        .map_err(|e| Denied::Fault(format!("the password could not be kept: {e}")))
    }

    /// Whether somebody may be mailed a way back in now. Only too many asks from one network
    /// address are told; too many for one person are passed over in silence, or the answer would
    /// say that there is such a person.
    pub(crate) fn may_recover(&self, named: &str, address: IpAddr) -> Result<bool, Denied> {
        let place = [format!("recovery from {address}")];
        self.may_try(&place)?;
        self.count_wrong(&place);
        let person = [format!("recovery of {named}")];
        let may = self.may_try(&person).is_ok();
        if may {
            self.count_wrong(&person);
        }
        Ok(may)
    }

    /// Whether somebody may put one more question into the inbox now; it is counted.
    pub(crate) fn may_ask(&self, person: &PersonId) -> Result<(), Denied> {
        let door = [format!("help for {person}")];
        match self.may_try(&door) {
            Ok(()) => {
                self.count_wrong(&door);
                Ok(())
            }
            Err(Denied::TooManyTries {
                retry_after_seconds,
            }) => Err(Denied::Invalid(format!(
                "the studio has your last questions; send another in {retry_after_seconds} seconds"
            ))),
            Err(other) => Err(other),
        }
    }

    fn may_try(&self, doors: &[String]) -> Result<(), Denied> {
        let now = now_ms();
        let tries = self.tries.lock().expect("no panic holds the list of tries");
        let wait = doors
            .iter()
            .filter_map(|door| tries.get(door))
            .map(|t| t.wait_until - now)
            .max()
            .unwrap_or(0);
        if wait <= 0 {
            return Ok(());
        }
        Err(Denied::TooManyTries {
            retry_after_seconds: u64::try_from(wait / 1000 + 1).unwrap_or(1),
        })
    }

    fn count_wrong(&self, doors: &[String]) {
        let now = now_ms();
        let mut tries = self.tries.lock().expect("no panic holds the list of tries");
        if tries.len() > REMEMBERED {
            tries.retain(|_, t| t.wait_until > now);
        }
        for door in doors {
            let entry = tries.entry(door.clone()).or_default();
            entry.wrong += 1;
            if entry.wrong >= FREE_TRIES {
                let doublings = (entry.wrong - FREE_TRIES).min(16);
                entry.wait_until = now + (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS);
            }
        }
    }

    fn forget(&self, doors: &[String]) {
        let mut tries = self.tries.lock().expect("no panic holds the list of tries");
        for door in doors {
            tries.remove(door);
        }
    }
}
