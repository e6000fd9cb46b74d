//! What the watch tells: the server, its ports and connections, what was wanted and what happened.

use crate::Pace;

/// The audio server at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Grows with every change but those of levels and load.
    pub version: u64,
    /// The server.
    pub server: ServerState,
    /// Since when it is so, in milliseconds since 1970.
    pub since_ms: i64,
    /// Every port of it but the watch's own, in its order.
    pub ports: Vec<SeenPort>,
    /// Every connection between those.
    pub connections: Vec<Connection>,
    /// The connections that are wanted, in the order of the wishes.
    pub wanted: Vec<WantedConnection>,
    /// Times at which the server said that sound was lost, since the watch began.
    pub xruns: u64,
    /// What happened, oldest first; the last [`HAPPENINGS_KEPT`](super::HAPPENINGS_KEPT).
    pub happened: Vec<Happening>,
}

/// How the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// Nobody has looked yet.
    Looking,
    /// No server can be used.
    Absent {
        /// Why, in plain words.
        why: String,
    },
    /// A server is there, and calls nobody or answers nothing: it counts as dead.
    NotAnswering,
    /// It calls its clients.
    Running(ServerFacts),
}

/// A server that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// Frames per second.
    pub rate_hz: u32,
    /// Frames of one period.
    pub period_frames: u32,
    /// Whether it keeps the world's time.
    pub pace: Pace,
}

/// What a port is to whoever looks at the patchbay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// Brings sound in from hardware.
    Capture,
    /// Brings sound out to hardware.
    Playback,
    /// Sound comes out of some program here.
    Output,
    /// Sound goes into some program here.
    Input,
}

impl PortKind {
    /// True where sound comes out of the port.
    pub fn is_source(self) -> bool {
        match self {
            Self::Capture | Self::Output => true,
            Self::Playback | Self::Input => false,
        }
    }
}

/// A port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPort {
    /// Its full name, such as `system:capture_1`.
    pub name: String,
    /// Other names that it goes by.
    pub aliases: Vec<String>,
    /// What it is.
    pub kind: PortKind,
    /// True where it carries MIDI, not sound.
    pub is_midi: bool,
    /// Least and most frames between the plugs and this port, as the server tells it.
    pub latency_frames: [u32; 2],
}

/// Two ports and a cable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Connection {
    /// Full name of the port that sound comes out of.
    pub from: String,
    /// Full name of the port that it goes into.
    pub to: String,
}

/// A connection that the studio wants to stand whenever both of its ports are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which.
    pub connection: Connection,
    /// True where somebody else had made it before it was wished for: it is never taken apart, unless the watch
    /// had to make it again.
    pub is_anothers: bool,
}

/// A wish and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedConnection {
    /// The wish.
    pub wish: Wish,
    /// How it stands.
    pub state: WantedState,
}

/// How a wanted connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedState {
    /// There is no server to make it in.
    NoServer,
    /// A port is not there.
    Waits {
        /// Which ones.
        missing: Vec<String>,
    },
    /// Both ports are there, and it will be made in a moment.
    Due,
    /// It stands.
    Stands,
    /// Somebody took it apart while both ports stayed; it is left so until it is asked for again.
    Parted,
    /// It cannot be made.
    Refused {
        /// Why, in plain words.
        why: String,
    },
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// In milliseconds since 1970.
    pub at_ms: i64,
    /// What.
    pub what: What,
}

/// What can happen to a patchbay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A server is there, for the first time or again.
    Came(ServerFacts),
    /// It is gone.
    Gone,
    /// It calls no more.
    Silent,
    /// It calls again.
    CallsAgain,
    /// It runs otherwise than before: rate, period or pace.
    Changed(ServerFacts),
    /// Sound was lost.
    Xruns {
        /// How often, one soon after the other.
        times: u64,
    },
    /// Wanted connections were made.
    Patched {
        /// How many.
        connections: usize,
    },
    /// Wanted connections that had stood before were made again.
    Restored {
        /// How many.
        connections: usize,
    },
    /// Somebody took a wanted connection apart.
    Parted(Connection),
    /// A wanted connection cannot be made.
    Refused {
        /// Which.
        connection: Connection,
        /// Why, in plain words.
        why: String,
    },
}

/// What the server's ports carry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// How much of each period the server and its clients need, in per cent.
    pub load_percent: f32,
    /// The ports of hardware, in the order of [`Seen::ports`].
    pub ports: Vec<Level>,
}

/// What a port carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its full name.
    pub port: String,
    /// The highest sample of late, falling by [`FALL_DB_PER_S`](super::FALL_DB_PER_S); none below −140 dBFS.
    pub peak_dbfs: Option<f64>,
    /// True where a sample was no number.
    pub is_broken: bool,
}
