//! The one place where a client of the audio server is opened.
//!
//! libjack keeps one set of globals for a whole process. Where a client is opened while others are still open whose
//! server has ended, it closes and frees those itself, under the hands of whoever holds them (jackd2,
//! `JackLibGlobals::Init`); so none is opened here before the last of them is closed by its own holder.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, Client, ClientOptions, ClientStatus, LoggerType, NotificationHandler,
    ProcessHandler,
};

/// How long the clients of a server that ended may take to be closed: their holders look every tenth of a second.
const CLOSING: Duration = Duration::from_secs(5);
/// libjack first counts the server as gone and then tells its clients: longest time between.
const TELLING: Duration = Duration::from_millis(20);
const LOOK: Duration = Duration::from_millis(5);

/// All clients that this process opened while one server ran.
static SITTING: Mutex<Weak<Loss>> = Mutex::new(Weak::new());

/// Whether the server of a sitting has ended, or has thrown one of its clients out.
#[derive(Debug, Default)]
struct Loss(Arc<AtomicBool>);

/// A client, and its place among those of this process.
#[derive(Debug)]
pub(crate) struct Seated<C> {
    // Fields are dropped in this order: the place is given back when the client is closed.
    client: C,
    loss: Arc<Loss>,
}

/// What a client's notices tell when the server goes; safe in a signal handler.
#[derive(Clone, Debug)]
pub(crate) struct LossNotice(Arc<AtomicBool>);

impl LossNotice {
    pub(crate) fn tell(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Loss {
    fn is_told(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl<C> Seated<C> {
    /// What this client's notices hold; it keeps no place.
    pub(crate) fn notice(&self) -> LossNotice {
        LossNotice(Arc::clone(&self.loss.0))
    }

    /// True when this client's server is gone: the client is to be closed now, because nobody can open one before.
    pub(crate) fn is_lost(&self) -> bool {
        self.loss.is_told()
    }
}

impl<C> Deref for Seated<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.client
    }
}

impl Seated<Client> {
    pub(crate) fn activate<N, P>(
        self,
        notices: N,
        process: P,
    ) -> Result<Seated<AsyncClient<N, P>>, NoSeat>
    where
        N: 'static + Send + Sync + NotificationHandler,
        P: 'static + Send + ProcessHandler,
    {
        let Self { client, loss } = self;
        let client = client.activate_async(notices, process)?;
        Ok(Seated { client, loss })
    }
}

/// Why no client could be opened, in plain words.
#[derive(Debug)]
pub(crate) enum NoSeat {
    /// There is no server.
    NoServer,
    /// A client of the server before cannot be closed.
    HeldUp,
    /// What libjack says.
    Refused(jack::Error),
}

impl fmt::Display for NoSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer => {
                f.write_str("no server runs under this name, or it belongs to another user")
            }
            Self::HeldUp => f.write_str(
                "a client of the server that ended cannot be closed; restart the service where this stays",
            ),
            Self::Refused(error) => write!(f, "{error}"),
        }
    }
}

impl From<jack::Error> for NoSeat {
    fn from(error: jack::Error) -> Self {
        match error {
            jack::Error::ClientError(status) if status.contains(ClientStatus::SERVER_FAILED) => {
                Self::NoServer
            }
            error => Self::Refused(error),
        }
    }
}

/// Opens a client of the server named by `JACK_DEFAULT_SERVER` (else `default`); starts none.
///
/// # Errors
/// No server; one before, of which a client is still open after some seconds.
pub(crate) fn open(name: &str) -> Result<Seated<Client>, NoSeat> {
    // libjack prints every failed attempt to standard error; the answer says it already.
    jack::set_logger(LoggerType::None);
    let mut sitting = SITTING.lock().unwrap_or_else(PoisonError::into_inner);
    let loss = sitting_down(&sitting)?;
    *sitting = Arc::downgrade(&loss);
    let (client, _) = Client::new(name, ClientOptions::NO_START_SERVER)?;
    Ok(Seated { client, loss })
}

/// The sitting that goes on, or a new one when the last client of the one before is closed.
fn sitting_down(before: &Weak<Loss>) -> Result<Arc<Loss>, NoSeat> {
    let Some(others) = before.upgrade() else {
        return Ok(Arc::default());
    };
    thread::sleep(TELLING);
    if !others.is_told() {
        return Ok(others);
    }
    drop(others);
    let began = Instant::now();
    while before.strong_count() > 0 {
        if began.elapsed() > CLOSING {
            return Err(NoSeat::HeldUp);
        }
        thread::sleep(LOOK);
    }
    Ok(Arc::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seated(loss: Arc<Loss>) -> Seated<()> {
        Seated { client: (), loss }
    }

    #[test]
    fn nobody_sits_down_beside_a_client_of_a_server_that_ended() {
        let first = seated(sitting_down(&Weak::new()).unwrap());
        let sitting = Arc::downgrade(&first.loss);
        let second = seated(sitting_down(&sitting).unwrap());
        assert!(
            Arc::ptr_eq(&first.loss, &second.loss),
            "one server, one sitting"
        );
        first.notice().tell();
        assert!(second.is_lost(), "who was told tells all");
        let leaving = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            drop(first);
            thread::sleep(Duration::from_millis(100));
            drop(second);
        });
        let next = seated(sitting_down(&sitting).unwrap());
        assert_eq!(sitting.strong_count(), 0, "all have left");
        assert!(!next.is_lost());
        leaving.join().unwrap();
    }

    #[test]
    fn a_client_that_cannot_be_closed_is_said() {
        let stuck = seated(Arc::default());
        stuck.notice().tell();
        let refused = sitting_down(&Arc::downgrade(&stuck.loss));
        assert!(matches!(refused, Err(NoSeat::HeldUp)));
    }
}
