//! The listening socket: limits, timeouts, and an end that lets answers finish.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use crate::patience::Patient;

/// Connections at once; more wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 1024;
/// How long a request's head may take, and how long an idle connection is kept.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long a peer may take nothing of an answer.
const STALL_PATIENCE: Duration = Duration::from_secs(60);
/// How long answers may still run after the end was asked for.
const FAREWELL: Duration = Duration::from_secs(10);
/// Header lines of a request.
const MOST_HEADERS: usize = 64;
/// Bytes of a request's head.
const LARGEST_HEAD: usize = 32 * 1024;

/// Why the pages could not be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The socket has no address: it is not listening.
    NotListening(io::Error),
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotListening(_) => f.write_str("the web pages' socket is not listening"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotListening(source) => Some(source),
        }
    }
}

/// Tells long answers, such as the stream of changes, that the server ends.
#[derive(Clone)]
pub(crate) struct Ending(pub(crate) watch::Receiver<bool>);

/// Serves `router` on `listener` until `shutdown` completes; then answers under way have 10 seconds.
///
/// At most 1,024 connections; a request's head must come within 10 seconds, and a peer who takes
/// nothing of an answer for 60 seconds is let go.
///
/// # Errors
/// A socket that does not listen.
pub async fn serve<F>(listener: TcpListener, router: Router, shutdown: F) -> Result<(), ServeError>
where
    F: Future<Output = ()>,
{
    let address = listener.local_addr().map_err(ServeError::NotListening)?;
    tracing::info!(%address, "the web pages are being served");
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let (end, ending) = watch::channel(false);
    tokio::pin!(shutdown);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut shutdown => break,
            next = accept(&listener, &places) => next,
        };
        let connection = answer(stream, peer, router.clone(), Ending(ending.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = end.send(true);
    if tokio::time::timeout(FAREWELL, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some answers were cut off when the web pages ended");
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let place = Arc::clone(places).acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                return (stream, peer, place);
            }
            Err(error) => {
                // Out of file descriptors, most likely: others will close theirs.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    ending: Ending,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + 'static {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(peer));
        extensions.insert(ending.clone());
        let router = router.clone();
        router.oneshot(request.map(Body::new))
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(Patient::new(stream, STALL_PATIENCE)), service)
}
