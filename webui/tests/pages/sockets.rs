//! Real sockets: slow ones do no harm, and the end lets answers finish.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::house::{House, in_a_house};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("200 slow sockets harm nobody and are closed", slow_sockets),
    (
        "the end lets an answer finish and ends the stream of changes",
        ending,
    ),
];

struct Serving {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

async fn serve(house: &House) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let router = house.router.clone();
    let task = tokio::spawn(async move {
        let end = async move {
            let _ = stopped.await;
        };
        webui::serve(listener, router, end).await.unwrap();
    });
    Serving {
        address,
        stop,
        task,
    }
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: lacquer.test\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

fn slow_sockets() {
    in_a_house(|house| async move {
        let serving = serve(&house).await;
        let mut slow = Vec::new();
        for n in 0..200 {
            let mut socket = TcpStream::connect(serving.address).await.unwrap();
            let head = match n % 3 {
                0 => "",
                1 => "GET /login HTTP/1.1\r\nHost: lacq",
                _ => {
                    "POST /login HTTP/1.1\r\nHost: lacquer.test\r\nContent-Length: 100\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nlogin="
                }
            };
            socket.write_all(head.as_bytes()).await.unwrap();
            slow.push(socket);
        }
        // The limit is generous: this machine may be busy with other things.
        for _ in 0..10 {
            let begun = Instant::now();
            let answer = ask(serving.address, "/login").await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "{:?}",
                begun.elapsed()
            );
        }
        // Heads have 10 seconds, small bodies 20.
        for mut socket in slow {
            let mut rest = Vec::new();
            let closed =
                tokio::time::timeout(Duration::from_secs(40), socket.read_to_end(&mut rest)).await;
            let closed = closed.expect("a slow socket is closed");
            let said = String::from_utf8_lossy(&rest);
            assert!(
                closed.is_err() || rest.is_empty() || said.starts_with("HTTP/1.1 408"),
                "{said}"
            );
        }
        serving.stop.send(()).unwrap();
        serving.task.await.unwrap();
    });
}

fn ending() {
    in_a_house(|house| async move {
        let staff = house.staff().await;
        let serving = serve(&house).await;
        let mut socket = TcpStream::connect(serving.address).await.unwrap();
        let cookie = staff.cookie.clone().unwrap();
        let request = format!(
            "GET /api/v1/changes HTTP/1.1\r\nHost: lacquer.test\r\nCookie: {cookie}\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut piece = [0; 4096];
        let read = socket.read(&mut piece).await.unwrap();
        assert!(piece[..read].starts_with(b"HTTP/1.1 200"));
        let begun = Instant::now();
        serving.stop.send(()).unwrap();
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).await.unwrap();
        serving.task.await.unwrap();
        assert!(
            begun.elapsed() < Duration::from_secs(8),
            "{:?}",
            begun.elapsed()
        );
        assert!(TcpStream::connect(serving.address).await.is_err());
    });
}
