//! A line to a server that carries so many bytes a second, so that something can happen in the middle.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A port whose bytes go on to another.
pub struct Relay {
    port: u16,
    /// Bytes in a hundredth of a second, towards the server.
    speed: Arc<AtomicU64>,
}

/// How long a piece takes.
const STEP: Duration = Duration::from_millis(10);
/// As fast as it goes.
const FAST: u64 = 1 << 20;

impl Relay {
    /// A line to a port of loopback.
    ///
    /// # Panics
    /// Where no port is free.
    #[must_use]
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
        let port = listener.local_addr().expect("it is bound").port();
        let speed = Arc::new(AtomicU64::new(FAST));
        let told = speed.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
                    continue;
                };
                let back = (server.try_clone(), client.try_clone());
                let speed = told.clone();
                std::thread::spawn(move || carry(client, server, &speed));
                if let (Ok(server), Ok(client)) = back {
                    let fast = Arc::new(AtomicU64::new(FAST));
                    std::thread::spawn(move || carry(server, client, &fast));
                }
            }
        });
        Self { port, speed }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on it carries so many bytes a second.
    pub fn slow_down(&self, bytes_a_second: u64) {
        self.speed
            .store((bytes_a_second / 100).max(1), Ordering::Relaxed);
    }

    /// From now on it carries what comes.
    pub fn speed_up(&self) {
        self.speed.store(FAST, Ordering::Relaxed);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, speed: &AtomicU64) {
    let mut block = vec![0; 1 << 20];
    loop {
        let most = speed.load(Ordering::Relaxed);
        let most = usize::try_from(most)
            .unwrap_or(block.len())
            .min(block.len());
        let Ok(count @ 1..) = from.read(&mut block[..most]) else {
            break;
        };
        if to.write_all(&block[..count]).is_err() {
            break;
        }
        if speed.load(Ordering::Relaxed) < FAST {
            std::thread::sleep(STEP);
        }
    }
    // Whoever reads at either end sees that it ended; it may have ended before.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
