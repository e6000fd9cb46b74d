//! Where a session sounds: a JACK server's ports, or the loopback engine in the world's time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, PortSettings, PortWish, PortWork};
use crate::live::{LiveError, LiveServer};
use crate::loopback::{Loopback, LoopbackSettings};

/// Frames of a period where no server gives one; what comes back of the loopback engine is so much later than it says.
pub const LOOPBACK_PERIOD: usize = 256;
/// What is late by more than this is not made up for.
const LATEST: Duration = Duration::from_millis(200);

/// A unit's ports, by their full names, channel after channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayPorts {
    /// Ports that lead to it.
    pub send: Vec<String>,
    /// Ports that lead back from it.
    pub back: Vec<String>,
}

/// Where a session sounds.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionPlace {
    /// On the JACK server named by `JACK_DEFAULT_SERVER` (else `default`).
    Jack {
        /// Name of the client; its ports are `send_1_1` (unit, channel), `return_1_1`, and `monitor_1`.
        name: String,
        /// The units' ports, in the order of the chain.
        ways: Vec<WayPorts>,
        /// Ports to listen by; may be fewer than channels, or none.
        monitors: Vec<String>,
    },
    /// Without a server or gear; nothing is heard, and everything else is as it is there.
    Loopback {
        /// Each unit.
        ways: Vec<LoopbackSettings>,
        /// Frames per second.
        rate_hz: u32,
    },
}

/// What holds the audio thread.
#[derive(Debug)]
pub(crate) enum Player {
    Jack(Client),
    Loopback(Clockwork),
}

impl Player {
    pub(crate) fn open(
        place: &SessionPlace,
        channels: usize,
        make: impl FnOnce(LiveServer) -> Result<PortWork, String> + Send + 'static,
    ) -> Result<Self, LiveError> {
        match place {
            SessionPlace::Jack {
                name,
                ways,
                monitors,
            } => Client::open(ports(name, ways, (monitors, channels)), make).map(Self::Jack),
            SessionPlace::Loopback { ways, rate_hz } => {
                let server = LiveServer {
                    rate_hz: *rate_hz,
                    max_frames: LOOPBACK_PERIOD,
                };
                let work = make(server).map_err(|why| LiveError::Work { why })?;
                let engines = ways.iter().map(Loopback::with).collect();
                Clockwork::start(server, engines, channels, work).map(Self::Loopback)
            }
        }
    }

    pub(crate) fn server(&self) -> LiveServer {
        match self {
            Self::Jack(client) => client.server(),
            Self::Loopback(clockwork) => clockwork.server,
        }
    }

    pub(crate) fn frames(&self) -> u64 {
        match self {
            Self::Jack(client) => client.frames(),
            Self::Loopback(clockwork) => clockwork.shared.frames.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn xruns(&self) -> u64 {
        match self {
            Self::Jack(client) => client.xruns(),
            Self::Loopback(_) => 0,
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        match self {
            Self::Jack(client) => client.is_gone(),
            Self::Loopback(_) => false,
        }
    }

    pub(crate) fn are_ports_lost(&self) -> bool {
        match self {
            Self::Jack(client) => client.are_ports_lost(),
            Self::Loopback(_) => false,
        }
    }
}

fn ports(name: &str, ways: &[WayPorts], (monitors, channels): (&[String], usize)) -> PortSettings {
    let numbered = |kind: &'static str, of: fn(&WayPorts) -> &Vec<String>| {
        let ways = ways.iter().enumerate();
        ways.flat_map(move |(way, ports)| {
            (0..channels).map(move |n| PortWish {
                name: format!("{kind}_{}_{}", way + 1, n + 1),
                other: of(ports).get(n).cloned(),
            })
        })
    };
    let listened = (0..channels).map(|n| PortWish {
        name: format!("monitor_{}", n + 1),
        other: monitors.get(n).cloned(),
    });
    PortSettings {
        name: name.to_owned(),
        inputs: numbered("return", |ways| &ways.back).collect(),
        outputs: numbered("send", |ways| &ways.send)
            .chain(listened)
            .collect(),
    }
}

#[derive(Debug, Default)]
struct Beat {
    frames: AtomicU64,
    is_stopping: AtomicBool,
}

/// A thread that stands in for a server: it calls for blocks as the world's time goes by.
#[derive(Debug)]
pub(crate) struct Clockwork {
    server: LiveServer,
    shared: Arc<Beat>,
}

impl Drop for Clockwork {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::Release);
    }
}

impl Clockwork {
    fn start(
        server: LiveServer,
        mut engines: Vec<Loopback>,
        channels: usize,
        mut work: PortWork,
    ) -> Result<Self, LiveError> {
        let shared = Arc::new(Beat::default());
        let theirs = Arc::clone(&shared);
        let named = thread::Builder::new().name("patchbay-loop".to_owned());
        let spawned = named.spawn(move || {
            let mut bench = Bench::new(engines.len(), channels);
            let period =
                Duration::from_secs_f64(LOOPBACK_PERIOD as f64 / f64::from(server.rate_hz.max(1)));
            let mut due = Instant::now();
            while !theirs.is_stopping.load(Ordering::Acquire) {
                bench.period(&mut work, &mut engines);
                let frames = LOOPBACK_PERIOD as u64;
                theirs.frames.fetch_add(frames, Ordering::Relaxed);
                due += period;
                let now = Instant::now();
                match due.checked_duration_since(now) {
                    Some(rest) => thread::sleep(rest),
                    None if now.duration_since(due) > LATEST => due = now,
                    None => (),
                }
            }
        });
        if let Err(error) = spawned {
            let why = format!("no thread could be started for it: {error}");
            return Err(LiveError::NoServer { why });
        }
        Ok(Self { server, shared })
    }
}

/// What lies between the periods of the clockwork: what comes back is a period later than its engine says, as with
/// a server's own software.
struct Bench {
    channels: usize,
    returned: Vec<Vec<f32>>,
    out: Vec<Vec<f32>>,
}

impl Bench {
    fn new(ways: usize, channels: usize) -> Self {
        Self {
            channels,
            returned: vec![vec![0.0; LOOPBACK_PERIOD]; ways * channels],
            out: vec![vec![0.0; LOOPBACK_PERIOD]; (ways + 1) * channels],
        }
    }

    fn period(&mut self, work: &mut PortWork, engines: &mut [Loopback]) {
        let returned: Vec<&[f32]> = self.returned.iter().map(Vec::as_slice).collect();
        let mut out: Vec<&mut [f32]> = self.out.iter_mut().map(Vec::as_mut_slice).collect();
        work(&returned, &mut out);
        for (way, engine) in engines.iter_mut().enumerate() {
            let mine = way * self.channels..(way + 1) * self.channels;
            let wide = |row: &Vec<f32>| row.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
            let sent: Vec<Vec<f64>> = self.out[mine.clone()].iter().map(wide).collect();
            let mut heard = vec![vec![0.0; LOOPBACK_PERIOD]; self.channels];
            {
                let sent: Vec<&[f64]> = sent.iter().map(Vec::as_slice).collect();
                let mut heard: Vec<&mut [f64]> = heard.iter_mut().map(Vec::as_mut_slice).collect();
                engine.process(&sent, &mut heard);
            }
            for (row, heard) in self.returned[mine].iter_mut().zip(&heard) {
                for (to, x) in row.iter_mut().zip(heard) {
                    *to = *x as f32;
                }
            }
        }
    }
}
