//! Who uses how much of the FTP server: connections, and wrong passwords.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::FtpLimits;

/// Connections at a time, of everybody together.
pub(super) const MAX_CONNECTIONS: usize = 512;

/// Addresses and logins whose failures are remembered; beyond it the oldest are forgotten.
const MAX_REMEMBERED: usize = 10_000;

#[derive(Debug, Default)]
struct Book {
    by_address: HashMap<IpAddr, usize>,
    by_login: HashMap<String, usize>,
    failures: HashMap<(IpAddr, Option<String>), Failures>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// Counts connections and wrong passwords of all clients.
#[derive(Debug)]
pub(super) struct Ledger {
    limits: FtpLimits,
    book: Mutex<Book>,
}

/// A connection that is counted until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    ledger: Arc<Ledger>,
    what: Counted,
}

#[derive(Debug)]
enum Counted {
    Address(IpAddr),
    Login(String),
}

impl Ledger {
    pub(super) fn new(limits: FtpLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            book: Mutex::default(),
        })
    }

    pub(super) fn limits(&self) -> &FtpLimits {
        &self.limits
    }

    // A panic elsewhere cannot leave a count half written.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a new connection; `None` when the address or the house is full.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let mut book = self.book();
        if book.by_address.values().sum::<usize>() >= MAX_CONNECTIONS
            || !take(
                &mut book.by_address,
                address,
                self.limits.sessions_per_address,
            )
        {
            return None;
        }
        Some(Seat {
            ledger: Arc::clone(self),
            what: Counted::Address(address),
        })
    }

    /// Counts a connection for its login; `None` when the login has enough of them.
    pub(super) fn seat(self: &Arc<Self>, login: &str) -> Option<Seat> {
        let login = login.to_owned();
        take(
            &mut self.book().by_login,
            login.clone(),
            self.limits.sessions_per_user,
        )
        .then(|| Seat {
            ledger: Arc::clone(self),
            what: Counted::Login(login),
        })
    }

    /// True while too many wrong passwords were given, for this login or from this address.
    pub(super) fn is_locked(&self, address: IpAddr, login: &str, now: Instant) -> bool {
        let book = self.book();
        let passed = |key: &(IpAddr, Option<String>), limit: u32| {
            book.failures.get(key).is_some_and(|failures| {
                failures.count >= limit && now.duration_since(failures.last) < self.limits.lock
            })
        };
        passed(
            &(address, Some(login.to_owned())),
            self.limits.failed_logins,
        ) || passed(
            &(address, None),
            self.limits.failed_logins.saturating_mul(4),
        )
    }

    /// Notes a wrong password.
    pub(super) fn failed(&self, address: IpAddr, login: &str, now: Instant) {
        let lock = self.limits.lock;
        let mut book = self.book();
        if book.failures.len() >= MAX_REMEMBERED {
            forget_old(&mut book.failures, now, lock);
        }
        for key in [(address, Some(login.to_owned())), (address, None)] {
            let failures = book.failures.entry(key).or_insert(Failures {
                count: 0,
                last: now,
            });
            if now.duration_since(failures.last) >= lock {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
        }
    }

    /// Forgets this login's wrong passwords after a right one.
    pub(super) fn succeeded(&self, address: IpAddr, login: &str) {
        self.book()
            .failures
            .remove(&(address, Some(login.to_owned())));
    }
}

fn forget_old(
    failures: &mut HashMap<(IpAddr, Option<String>), Failures>,
    now: Instant,
    lock: Duration,
) {
    failures.retain(|_, failures| now.duration_since(failures.last) < lock);
    if failures.len() >= MAX_REMEMBERED {
        let mut times: Vec<Instant> = failures.values().map(|failures| failures.last).collect();
        times.sort_unstable();
        let middle = times[times.len() / 2];
        failures.retain(|_, failures| failures.last > middle);
    }
}

fn take<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: K, limit: usize) -> bool {
    let count = counts.entry(key).or_insert(0);
    let free = *count < limit;
    if free {
        *count += 1;
    }
    free
}

fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut book = self.ledger.book();
        match &self.what {
            Counted::Address(address) => give_back(&mut book.by_address, address),
            Counted::Login(login) => give_back(&mut book.by_login, login),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn ledger() -> Arc<Ledger> {
        Ledger::new(FtpLimits {
            sessions_per_user: 2,
            sessions_per_address: 3,
            ..FtpLimits::default()
        })
    }

    #[test]
    fn five_wrong_passwords_lock_the_login_from_that_address_for_a_time() {
        let (ledger, start) = (ledger(), Instant::now());
        for _ in 0..5 {
            assert!(!ledger.is_locked(HOME, "ada", start));
            ledger.failed(HOME, "ada", start);
        }
        assert!(ledger.is_locked(HOME, "ada", start));
        assert!(
            !ledger.is_locked(AWAY, "ada", start),
            "the client's own address is not locked"
        );
        assert!(!ledger.is_locked(HOME, "bob", start), "nor are others");
        assert!(!ledger.is_locked(HOME, "ada", start + ledger.limits().lock));
    }

    #[test]
    fn trying_many_logins_locks_the_address() {
        let (ledger, now) = (ledger(), Instant::now());
        for number in 0..20 {
            ledger.failed(HOME, &format!("login{number}"), now);
        }
        assert!(ledger.is_locked(HOME, "ada", now));
        assert!(!ledger.is_locked(AWAY, "ada", now));
    }

    #[test]
    fn seats_come_back_when_connections_end() {
        let ledger = ledger();
        let seats: Vec<_> = (0..2).map(|_| ledger.seat("ada").unwrap()).collect();
        assert!(ledger.seat("ada").is_none());
        assert!(ledger.seat("bob").is_some());
        drop(seats);
        assert!(ledger.seat("ada").is_some());
        let connections: Vec<_> = (0..3).map(|_| ledger.admit(HOME).unwrap()).collect();
        assert!(ledger.admit(HOME).is_none());
        assert!(ledger.admit(AWAY).is_some());
        drop(connections);
        assert!(ledger.admit(HOME).is_some());
    }
}
