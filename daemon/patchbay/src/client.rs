//! A client of a JACK server on a thread of its own: ports in, ports out, and work on what they carry.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use jack::{
    AudioIn, AudioOut, ClientStatus, Control, NotificationHandler, Port, ProcessHandler,
    ProcessScope,
};

use crate::live::{LiveError, LiveServer};
use crate::pulled::PulledWatch;
use crate::seat::{self, LossNotice, NoSeat, Seated};

/// Longest time that opening takes: a healthy server answers within some 20 ms, making work ready adds to it.
const OPEN_DEADLINE: Duration = Duration::from_secs(20);
/// How often the holder looks after ports.
const LOOK: Duration = Duration::from_millis(100);
/// Most ports of each kind.
const MOST_PORTS: usize = 64;

/// What is done on the audio thread: what came in, and what goes out, in rows of one length.
pub(crate) type PortWork = Box<dyn FnMut(&[&[f32]], &mut [&mut [f32]]) + Send>;

/// A port of ours, and the one it is to be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PortWish {
    pub(crate) name: String,
    /// By its full name.
    pub(crate) other: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PortSettings {
    pub(crate) name: String,
    pub(crate) inputs: Vec<PortWish>,
    pub(crate) outputs: Vec<PortWish>,
}

/// A running client; dropping it closes it, and waits for nobody.
pub(crate) struct Client {
    server: LiveServer,
    shared: Arc<Shared>,
    /// The client's thread ends when this is gone.
    _stop: SyncSender<()>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    calls: AtomicU64,
    frames: AtomicU64,
    xruns: AtomicU64,
    is_gone: AtomicBool,
    are_ports_lost: AtomicBool,
}

impl Client {
    /// Opens it on the server named by `JACK_DEFAULT_SERVER` (else `default`), has its work made ready, and lets it
    /// run. The client lives on a thread of its own: a server that is stopped stalls whoever opens or closes one.
    pub(crate) fn open(
        settings: PortSettings,
        make: impl FnOnce(LiveServer) -> Result<PortWork, String> + Send + 'static,
    ) -> Result<Self, LiveError> {
        let ports = settings.inputs.len().max(settings.outputs.len());
        if ports > MOST_PORTS {
            return Err(LiveError::Channels { channels: ports });
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

    pub(crate) fn server(&self) -> LiveServer {
        self.server
    }

    /// Frames that were worked on.
    pub(crate) fn frames(&self) -> u64 {
        self.shared.frames.load(Ordering::Relaxed)
    }

    /// Times at which the server says that sound was lost.
    pub(crate) fn xruns(&self) -> u64 {
        self.shared.xruns.load(Ordering::Relaxed)
    }

    /// True when the server has ended or thrown the client out.
    pub(crate) fn is_gone(&self) -> bool {
        self.shared.is_gone.load(Ordering::Acquire)
    }

    /// True while a connection that was made stands no more.
    pub(crate) fn are_ports_lost(&self) -> bool {
        self.shared.are_ports_lost.load(Ordering::Acquire)
    }
}

/// Opens the client, tells how that went, and holds it until nobody wants it.
fn hold(
    settings: &PortSettings,
    make: impl FnOnce(LiveServer) -> Result<PortWork, String>,
    shared: &Arc<Shared>,
    (opened, stopped): (&SyncSender<Result<LiveServer, LiveError>>, &Receiver<()>),
) {
    let (client, server) = match start(settings, make, shared) {
        Ok(started) => started,
        Err(error) => {
            // The asker may have stopped waiting.
            let _ = opened.try_send(Err(error));
            return;
        }
    };
    if opened.try_send(Ok(server)).is_err() {
        return;
    }
    let mut pulled = PulledWatch::default();
    // Nothing is ever sent: the other end is dropped.
    while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        if client.is_lost() {
            shared.is_gone.store(true, Ordering::Release);
            return;
        }
        let are_lost = if are_connected(client.as_client(), settings) {
            pulled.stand();
            false
        } else {
            pulled.missing(shared.calls.load(Ordering::Relaxed))
        };
        shared.are_ports_lost.store(are_lost, Ordering::Release);
    }
}

/// Our ports, by their full names, with those they are to be connected to.
fn wanted<'s>(
    client: &jack::Client,
    wishes: &'s [PortWish],
) -> impl Iterator<Item = (String, &'s String)> {
    // The server may have given another name where this one was taken.
    let name = client.name().to_owned();
    wishes.iter().filter_map(move |wish| {
        let other = wish.other.as_ref()?;
        Some((format!("{name}:{}", wish.name), other))
    })
}

fn are_connected(client: &jack::Client, settings: &PortSettings) -> bool {
    let mut all = wanted(client, &settings.inputs).chain(wanted(client, &settings.outputs));
    all.all(|(own, other)| {
        let port = client.port_by_name(&own);
        port.is_some_and(|port| port.is_connected_to(other).unwrap_or(false))
    })
}

type Running = Seated<jack::AsyncClient<Notices, Callback>>;

fn start(
    settings: &PortSettings,
    make: impl FnOnce(LiveServer) -> Result<PortWork, String>,
    shared: &Arc<Shared>,
) -> Result<(Running, LiveServer), LiveError> {
    let no_server = |why: NoSeat| LiveError::NoServer {
        why: why.to_string(),
    };
    let client = seat::open(&settings.name).map_err(no_server)?;
    let max_frames = usize::try_from(client.buffer_size()).unwrap_or(usize::MAX);
    let server = LiveServer {
        rate_hz: client.sample_rate(),
        max_frames,
    };
    let work = make(server).map_err(|why| LiveError::Work { why })?;
    let inputs = settings.inputs.iter();
    let inputs = inputs
        .map(|wish| client.register_port(&wish.name, AudioIn::default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| no_server(error.into()))?;
    let outputs = settings.outputs.iter();
    let outputs = outputs
        .map(|wish| client.register_port(&wish.name, AudioOut::default()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| no_server(error.into()))?;
    let callback = Callback {
        inputs,
        outputs,
        max_frames,
        work,
        shared: Arc::clone(shared),
    };
    let notices = Notices {
        shared: Arc::clone(shared),
        loss: client.notice(),
    };
    let running = client.activate(notices, callback).map_err(no_server)?;
    connect(running.as_client(), settings)?;
    Ok((running, server))
}

fn connect(client: &jack::Client, settings: &PortSettings) -> Result<(), LiveError> {
    let into = wanted(client, &settings.inputs).map(|(own, other)| (other.clone(), own));
    let out = wanted(client, &settings.outputs).map(|(own, other)| (own, other.clone()));
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
    max_frames: usize,
    work: PortWork,
    shared: Arc<Shared>,
}

impl ProcessHandler for Callback {
    const SLOW_SYNC: bool = false;

    fn process(&mut self, _: &jack::Client, scope: &ProcessScope) -> Control {
        let frames = usize::try_from(scope.n_frames()).unwrap_or(0);
        let mut at = 0;
        while at < frames && self.max_frames > 0 {
            let end = frames.min(at + self.max_frames);
            self.piece(scope, at..end);
            at = end;
        }
        let worked = u64::from(scope.n_frames());
        self.shared.frames.fetch_add(worked, Ordering::Relaxed);
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

impl Callback {
    /// Works on one piece of a period.
    fn piece(&mut self, scope: &ProcessScope, range: Range<usize>) {
        let mut heard: [&[f32]; MOST_PORTS] = [&[]; MOST_PORTS];
        for (slot, port) in heard.iter_mut().zip(&self.inputs) {
            *slot = &port.as_slice(scope)[range.clone()];
        }
        let mut played: [&mut [f32]; MOST_PORTS] = std::array::from_fn(|_| &mut [][..]);
        let (ins, outs) = (self.inputs.len(), self.outputs.len());
        for (slot, port) in played.iter_mut().zip(&mut self.outputs) {
            *slot = &mut port.as_mut_slice(scope)[range.clone()];
        }
        (self.work)(&heard[..ins], &mut played[..outs]);
    }
}

/// What the server says besides.
struct Notices {
    shared: Arc<Shared>,
    loss: LossNotice,
}

impl NotificationHandler for Notices {
    #[expect(
        unsafe_code,
        reason = "the trait has it so; an atomic store is safe in a signal handler"
    )]
    unsafe fn shutdown(&mut self, _: ClientStatus, _: &str) {
        self.shared.is_gone.store(true, Ordering::Release);
        self.loss.tell();
    }

    fn xrun(&mut self, _: &jack::Client) -> Control {
        self.shared.xruns.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}
