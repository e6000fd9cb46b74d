//! Sound on the audio thread: what comes in at JACK's ports is worked on and goes out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use jack::{
    AudioIn, AudioOut, Client, ClientOptions, ClientStatus, Control, LoggerType,
    NotificationHandler, Port, ProcessHandler, ProcessScope,
};

/// Longest time that opening takes: a healthy server answers within some 20 ms, making work ready adds to it.
const OPEN_DEADLINE: Duration = Duration::from_secs(20);

/// Most channels.
const MOST_CHANNELS: usize = 64;

/// What is done to each block, in place, on the audio thread: one row per channel, 1 to [`LiveServer::max_frames`]
/// frames. It must not allocate, lock, call the system, log or panic.
pub type LiveWork = Box<dyn FnMut(&mut [&mut [f64]]) + Send>;

/// The server as the work finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveServer {
    /// Frames per second.
    pub rate_hz: u32,
    /// Most frames of a block; a server that changes to a longer period gets its work in pieces.
    pub max_frames: usize,
}

/// What is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// Name of the client; its ports are `in_1`, `in_2`, ... and `out_1`, ...
    pub name: String,
    /// Channels, 1 to 64.
    pub channels: usize,
    /// Ports to listen to, by their full names, in the order of the channels; may be fewer.
    pub from: Vec<String>,
    /// Ports to play to, likewise.
    pub to: Vec<String>,
}

/// Why nothing sounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// No server can be used.
    #[error("no JACK server can be used: {why}")]
    NoServer {
        /// Why, in plain words.
        why: String,
    },
    /// The server hangs, or a client of it does.
    #[error("the JACK server is there but does not answer; end the client that holds it up")]
    NotAnswering,
    /// The number of channels.
    #[error("a chain sounds on 1 to {MOST_CHANNELS} channels, not {channels}")]
    Channels {
        /// What was asked for.
        channels: usize,
    },
    /// The work could not be made ready.
    #[error("{why}")]
    Work {
        /// What its maker said.
        why: String,
    },
    /// A port that is not there, or of the wrong kind.
    #[error("{from} could not be connected to {to}: {why}; `jack_lsp` lists the ports there are")]
    Connection {
        /// Port that sound comes out of.
        from: String,
        /// Port that it goes into.
        to: String,
        /// What JACK said.
        why: String,
    },
}

/// A running client; dropping it ends the sound.
pub struct Live {
    server: LiveServer,
    shared: Arc<Shared>,
    /// The client's thread ends when this is gone.
    _stop: SyncSender<()>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    frames: AtomicU64,
    xruns: AtomicU64,
    is_gone: AtomicBool,
}

impl Live {
    /// Opens a client on the server named by `JACK_DEFAULT_SERVER` (else `default`), has its work made ready, and
    /// lets it sound.
    ///
    /// The client lives on a thread of its own: a server that is stopped stalls whoever opens or closes a client.
    /// Starts no server.
    ///
    /// # Errors
    /// No server, one that does not answer, no such ports, or what `make` said.
    pub fn open(
        settings: LiveSettings,
        make: impl FnOnce(LiveServer) -> Result<LiveWork, String> + Send + 'static,
    ) -> Result<Self, LiveError> {
        let channels = settings.channels;
        if !(1..=MOST_CHANNELS).contains(&channels) {
            return Err(LiveError::Channels { channels });
        }
        let shared = Arc::new(Shared::default());
        let (opened, answer) = mpsc::sync_channel(1);
        let (stop, stopped) = mpsc::sync_channel(0);
        let theirs = Arc::clone(&shared);
        let named = thread::Builder::new().name("patchbay-live".to_owned());
        let spawned = named.spawn(move || hold(&settings, make, &theirs, (&opened, &stopped)));
        if let Err(error) = spawned {
            let why = format!("no thread could be started for it: {error}");
            return Err(LiveError::NoServer { why });
        }
        match answer.recv_timeout(OPEN_DEADLINE) {
            Ok(server) => Ok(Self {
                server: server?,
                shared,
                _stop: stop,
            }),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(LiveError::NotAnswering)
            }
        }
    }

    /// The server as it was when it was opened.
    pub fn server(&self) -> LiveServer {
        self.server
    }

    /// Frames that were worked on.
    pub fn frames(&self) -> u64 {
        self.shared.frames.load(Ordering::Relaxed)
    }

    /// Times at which the server says that sound was lost.
    pub fn xruns(&self) -> u64 {
        self.shared.xruns.load(Ordering::Relaxed)
    }

    /// True when the server has ended or thrown the client out.
    pub fn is_gone(&self) -> bool {
        self.shared.is_gone.load(Ordering::Acquire)
    }
}

/// Opens the client, tells how that went, and holds it until nobody wants it.
fn hold(
    settings: &LiveSettings,
    make: impl FnOnce(LiveServer) -> Result<LiveWork, String>,
    shared: &Arc<Shared>,
    (opened, stopped): (&SyncSender<Result<LiveServer, LiveError>>, &Receiver<()>),
) {
    // libjack prints every failed attempt to standard error; the answer says it already.
    jack::set_logger(LoggerType::None);
    match start(settings, make, shared) {
        Err(error) => {
            // The asker may have stopped waiting.
            let _ = opened.try_send(Err(error));
        }
        Ok((client, server)) => {
            if opened.try_send(Ok(server)).is_ok() {
                // Nothing is ever sent: this returns when the other end is dropped.
                let _ = stopped.recv();
            }
            drop(client);
        }
    }
}

type Running = jack::AsyncClient<Notices, Callback>;

fn start(
    settings: &LiveSettings,
    make: impl FnOnce(LiveServer) -> Result<LiveWork, String>,
    shared: &Arc<Shared>,
) -> Result<(Running, LiveServer), LiveError> {
    let no_server = |error: jack::Error| match error {
        jack::Error::ClientError(status) if status.contains(ClientStatus::SERVER_FAILED) => {
            let why = "no server runs under this name, or it belongs to another user".to_owned();
            LiveError::NoServer { why }
        }
        error => LiveError::NoServer {
            why: error.to_string(),
        },
    };
    let (client, _) =
        Client::new(&settings.name, ClientOptions::NO_START_SERVER).map_err(no_server)?;
    let max_frames = usize::try_from(client.buffer_size()).unwrap_or(usize::MAX);
    let server = LiveServer {
        rate_hz: client.sample_rate(),
        max_frames,
    };
    let work = make(server).map_err(|why| LiveError::Work { why })?;
    let numbered = 1..=settings.channels;
    let inputs = numbered
        .clone()
        .map(|n| client.register_port(&format!("in_{n}"), AudioIn::default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(no_server)?;
    let outputs = numbered
        .map(|n| client.register_port(&format!("out_{n}"), AudioOut::default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(no_server)?;
    let callback = Callback {
        rows: vec![vec![0.0; max_frames]; settings.channels],
        inputs,
        outputs,
        work,
        shared: Arc::clone(shared),
    };
    let notices = Notices(Arc::clone(shared));
    let running = client
        .activate_async(notices, callback)
        .map_err(no_server)?;
    connect(running.as_client(), settings)?;
    Ok((running, server))
}

fn connect(client: &Client, settings: &LiveSettings) -> Result<(), LiveError> {
    // The server may have given another name where this one was taken.
    let own = |kind: &str, n: usize| format!("{}:{kind}_{}", client.name(), n + 1);
    let numbered = |ports: &[String]| {
        let most = settings.channels;
        ports
            .iter()
            .take(most)
            .cloned()
            .enumerate()
            .collect::<Vec<_>>()
    };
    let into = numbered(&settings.from)
        .into_iter()
        .map(|(n, port)| (port, own("in", n)));
    let out = numbered(&settings.to)
        .into_iter()
        .map(|(n, port)| (own("out", n), port));
    for (from, to) in into.chain(out) {
        client
            .connect_ports_by_name(&from, &to)
            .map_err(|error| LiveError::Connection {
                from,
                to,
                why: error.to_string(),
            })?;
    }
    Ok(())
}

/// What runs on the audio thread.
struct Callback {
    inputs: Vec<Port<AudioIn>>,
    outputs: Vec<Port<AudioOut>>,
    rows: Vec<Vec<f64>>,
    work: LiveWork,
    shared: Arc<Shared>,
}

impl ProcessHandler for Callback {
    const SLOW_SYNC: bool = false;

    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let frames = usize::try_from(scope.n_frames()).unwrap_or(0);
        let most = self.rows.first().map_or(0, Vec::len);
        let mut at = 0;
        while at < frames && most > 0 {
            let end = frames.min(at + most);
            self.piece(scope, at..end);
            at = end;
        }
        let worked = u64::from(scope.n_frames());
        self.shared.frames.fetch_add(worked, Ordering::Relaxed);
        Control::Continue
    }
}

impl Callback {
    /// Works on one piece of a period.
    fn piece(&mut self, scope: &ProcessScope, range: std::ops::Range<usize>) {
        let frames = range.len();
        for (row, port) in self.rows.iter_mut().zip(&self.inputs) {
            let heard = &port.as_slice(scope)[range.clone()];
            for (x, heard) in row.iter_mut().zip(heard) {
                *x = f64::from(*heard);
            }
        }
        let mut slots: [&mut [f64]; MOST_CHANNELS] = std::array::from_fn(|_| &mut [][..]);
        let channels = self.rows.len();
        for (slot, row) in slots.iter_mut().zip(&mut self.rows) {
            *slot = &mut row[..frames];
        }
        (self.work)(&mut slots[..channels]);
        for (row, port) in self.rows.iter().zip(&mut self.outputs) {
            let played = &mut port.as_mut_slice(scope)[range.clone()];
            for (played, x) in played.iter_mut().zip(row) {
                let sample = *x as f32;
                // Beyond the largest 32-bit float there is no sound.
                *played = if sample.is_finite() { sample } else { 0.0 };
            }
        }
    }
}

/// What the server says besides.
struct Notices(Arc<Shared>);

impl NotificationHandler for Notices {
    #[expect(
        unsafe_code,
        reason = "the trait has it so; an atomic store is safe in a signal handler"
    )]
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.0.is_gone.store(true, Ordering::Release);
    }

    fn xrun(&mut self, _: &Client) -> Control {
        self.0.xruns.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}
