//! Passive ports: a bounded range that no single login can use up.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use libunftp::options::Binder;
use tokio::net::TcpSocket;

use super::control::Client;

/// How long libunftp waits for the client on a port it has told; a second is added for its own
/// clean-up.
const HELD: Duration = Duration::from_secs(16);

/// How long a client waits for a port before it hears that there is none.
const PATIENCE: Duration = Duration::from_secs(10);

/// One login may hold this part of the ports at a time.
const SHARE: usize = 4;

/// Ports that wait for their client's connection.
#[derive(Debug)]
pub(super) struct Ports {
    range: RangeInclusive<u16>,
    held: Mutex<Vec<HeldPort>>,
    next: AtomicUsize,
}

#[derive(Debug)]
struct HeldPort {
    port: u16,
    login: String,
    connection: u64,
    since: Instant,
}

impl Ports {
    pub(super) fn new(range: RangeInclusive<u16>) -> Arc<Self> {
        Arc::new(Self {
            range,
            held: Mutex::default(),
            next: AtomicUsize::new(0),
        })
    }

    fn held(&self) -> MutexGuard<'_, Vec<HeldPort>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn share(&self) -> usize {
        (self.range.len() / SHARE).max(2)
    }

    /// Gives back the port whose client has connected.
    pub(super) fn connected(&self, connection: u64) {
        let mut held = self.held();
        if let Some(at) = held.iter().position(|port| port.connection == connection) {
            held.remove(at);
        }
    }

    /// Gives back all ports of a connection that has ended. Their sockets may listen for some
    /// seconds more; binding one of them fails until then, and the next is tried.
    pub(super) fn ended(&self, connection: u64) {
        self.held().retain(|port| port.connection != connection);
    }

    /// Binds a free port; `None` when the login holds its share already or nothing is free.
    fn try_bind(
        &self,
        address: IpAddr,
        login: &str,
        connection: u64,
    ) -> io::Result<Option<TcpSocket>> {
        let now = Instant::now();
        let mut held = self.held();
        held.retain(|port| now.duration_since(port.since) < HELD);
        if held.iter().filter(|port| port.login == login).count() >= self.share() {
            return Ok(None);
        }
        let (first, count) = (*self.range.start(), self.range.len());
        // Going round keeps a port out of use for a while after its end.
        let start = self.next.fetch_add(1, Ordering::Relaxed) % count;
        for step in 0..count {
            let offset = u16::try_from((start + step) % count).expect("below 65536");
            let port = first + offset;
            if port != 0 && held.iter().any(|held| held.port == port) {
                continue;
            }
            let socket = match address {
                IpAddr::V4(_) => TcpSocket::new_v4()?,
                IpAddr::V6(_) => TcpSocket::new_v6()?,
            };
            socket.set_reuseaddr(true)?;
            if socket.bind(SocketAddr::new(address, port)).is_ok() {
                let port = socket.local_addr()?.port();
                held.push(HeldPort {
                    port,
                    login: login.to_owned(),
                    connection,
                    since: now,
                });
                return Ok(Some(socket));
            }
        }
        Ok(None)
    }
}

/// Hands libunftp the ports for one connection.
pub(super) struct PortsOf {
    pub(super) ports: Arc<Ports>,
    pub(super) client: Arc<Client>,
}

impl fmt::Debug for PortsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortsOf").finish_non_exhaustive()
    }
}

#[async_trait]
impl Binder for PortsOf {
    async fn bind(
        &mut self,
        address: IpAddr,
        _range: RangeInclusive<u16>,
    ) -> io::Result<TcpSocket> {
        let (login, number) = (self.client.login(), self.client.number());
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(socket) = self.ports.try_bind(address, &login, number)? {
                return Ok(socket);
            }
            if tokio::time::Instant::now() >= deadline {
                tracing::warn!(login, "no passive port is free for this login");
                return Err(io::Error::from(io::ErrorKind::AddrInUse));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn one_login_gets_a_quarter_of_the_ports_and_others_still_find_one() {
        let ports = Ports::new(0..=39);
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let sockets: Vec<_> = std::iter::from_fn(|| {
            // Port 0 of the range stands for any free one; the rest are privileged and may be refused.
            ports.try_bind(here, "greedy", 1).unwrap()
        })
        .take(40)
        .collect();
        assert_eq!(sockets.len(), 10);
        assert!(ports.try_bind(here, "modest", 2).unwrap().is_some());
        ports.connected(1);
        assert!(ports.try_bind(here, "greedy", 1).unwrap().is_some());
        ports.ended(1);
        assert!(ports.try_bind(here, "greedy", 3).unwrap().is_some());
    }
}
