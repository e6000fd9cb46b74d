//! A line to the mail server that can lose answers.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use flows::lacquer::PATIENCE;
use flows::until;

/// A line to the mail server that can lose the server's last answer, as a broken connection does.
pub(crate) struct Line {
    pub(crate) port: u16,
    pub(crate) loses_answers: Arc<AtomicBool>,
    lost: Arc<AtomicUsize>,
}

impl Line {
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (loses_answers, lost) = <(Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
        let line = Self {
            port,
            loses_answers: loses_answers.clone(),
            lost: lost.clone(),
        };
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
                let (loses, lost) = (loses_answers.clone(), lost.clone());
                std::thread::spawn(move || carry(&client, &server, &loses, &lost));
            }
        });
        line
    }

    pub(crate) fn until_lost(&self, count: usize) {
        until(&format!("{count} answers are lost"), PATIENCE, || {
            (self.lost.load(Ordering::SeqCst) >= count).then_some(())
        });
    }
}

/// Carries a connection; where answers get lost, the one to the whole mail does not come through.
fn carry(client: &TcpStream, server: &TcpStream, loses: &AtomicBool, lost: &AtomicUsize) {
    let is_whole = Arc::new(AtomicBool::new(false));
    let up = {
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let is_whole = is_whole.clone();
        std::thread::spawn(move || {
            let mut said = Vec::new();
            let mut piece = [0u8; 4096];
            while let Ok(n @ 1..) = from.read(&mut piece) {
                said.extend_from_slice(&piece[..n]);
                // The end of a mail; from here on the server has it.
                if said.windows(5).any(|w| w == b"\r\n.\r\n") {
                    is_whole.store(true, Ordering::SeqCst);
                }
                if to.write_all(&piece[..n]).is_err() {
                    break;
                }
            }
            // The other side may have closed first.
            let _ = to.shutdown(Shutdown::Write);
        })
    };
    let (mut from, mut to) = (server, client);
    let mut piece = [0u8; 4096];
    while let Ok(n @ 1..) = from.read(&mut piece) {
        if is_whole.load(Ordering::SeqCst) && loses.load(Ordering::SeqCst) {
            lost.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if to.write_all(&piece[..n]).is_err() {
            break;
        }
    }
    // The client keeps waiting for the answer until it is killed or gives up.
    up.join().unwrap();
}
