//! Sound on the audio thread: what comes in at JACK's ports is worked on and goes out.

use crate::client::{Client, PortSettings, PortWish, PortWork};

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
#[derive(Debug)]
pub struct Live(Client);

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
        let wishes = |kind: &str, others: &[String]| {
            let wish = |n: usize| PortWish {
                name: format!("{kind}_{}", n + 1),
                other: others.get(n).cloned(),
            };
            (0..channels).map(wish).collect()
        };
        let ports = PortSettings {
            inputs: wishes("in", &settings.from),
            outputs: wishes("out", &settings.to),
            name: settings.name,
        };
        let make = move |server| Ok(in_place(make(server)?, channels, server.max_frames));
        Client::open(ports, make).map(Self)
    }

    /// The server as it was when it was opened.
    pub fn server(&self) -> LiveServer {
        self.0.server()
    }

    /// Frames that were worked on.
    pub fn frames(&self) -> u64 {
        self.0.frames()
    }

    /// Times at which the server says that sound was lost.
    pub fn xruns(&self) -> u64 {
        self.0.xruns()
    }

    /// True when the server has ended or thrown the client out.
    pub fn is_gone(&self) -> bool {
        self.0.is_gone()
    }
}

/// Work on rows of 64-bit samples between ports of 32-bit ones.
fn in_place(mut work: LiveWork, channels: usize, max_frames: usize) -> PortWork {
    let mut rows = vec![vec![0.0; max_frames]; channels];
    Box::new(move |heard, played| {
        let frames = played.first().map_or(0, |channel| channel.len());
        for (row, heard) in rows.iter_mut().zip(heard) {
            for (x, heard) in row.iter_mut().zip(*heard) {
                *x = f64::from(*heard);
            }
        }
        with_rows(&mut rows, frames, &mut work);
        for (row, played) in rows.iter().zip(played) {
            to_port(row, played);
        }
    })
}

/// Real-time: the beginnings of rows as a block, on the stack.
pub(crate) fn with_rows<T>(
    rows: &mut [Vec<f64>],
    frames: usize,
    work: impl FnOnce(&mut [&mut [f64]]) -> T,
) -> T {
    let mut slots: [&mut [f64]; MOST_CHANNELS] = std::array::from_fn(|_| &mut [][..]);
    let channels = rows.len().min(MOST_CHANNELS);
    for (slot, row) in slots.iter_mut().zip(rows) {
        *slot = &mut row[..frames];
    }
    work(&mut slots[..channels])
}

/// Real-time: samples as JACK carries them.
pub(crate) fn to_port(row: &[f64], played: &mut [f32]) {
    for (played, x) in played.iter_mut().zip(row) {
        let sample = *x as f32;
        // Beyond the largest 32-bit float there is no sound.
        *played = if sample.is_finite() { sample } else { 0.0 };
    }
}
