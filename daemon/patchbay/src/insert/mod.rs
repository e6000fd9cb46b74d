//! An insert: sound goes out to gear and comes back, through a JACK server or through the loopback engine.
//!
//! Send and return are two clients (one alone would hear everything a period late) that count by the server's
//! clock. Rings lie between them and the thread that runs a pass; nothing here holds up the audio thread, and
//! nothing waits for a server that does not answer. Where the return is on another server than the send, a process of its
//! own holds it, because libjack knows one server a process.

mod by_loopback;
mod clients;
mod cost;
mod elsewhere;
mod ends;
mod guard;
mod pass;
mod return_process;
mod returns;
mod shared;
mod sides;
mod told;

use std::io;
use std::time::Duration;

use gear::Mark;

use crate::freewheel::Pace;
use crate::insert::by_loopback::LoopbackPass;
pub use crate::insert::cost::CallCosts;
pub use crate::insert::elsewhere::{ReturnCommand, ReturnServer};
pub(crate) use crate::insert::guard::Guard;
use crate::insert::pass::Jack;
pub use crate::insert::return_process::serve_return;
use crate::insert::sides::MOST_CHANNELS;
use crate::loopback::LoopbackSettings;

/// Frames moved at a time.
const BLOCK: usize = 2_048;

/// Gear behind the ports of a JACK server.
#[derive(Clone, Debug, PartialEq)]
pub struct JackInsert {
    /// Beginning of the clients' names: `NAME-send` and `NAME-return`.
    pub name: String,
    /// Ports that lead to the gear, by their full names, channel after channel.
    pub send: Vec<String>,
    /// Ports that lead back from it, as many.
    pub back: Vec<String>,
    /// The server that they are on, where it is another than the send's: it has a clock and a rate of its own.
    pub back_on: Option<ReturnServer>,
    /// Refuses a server that runs at another rate.
    pub rate_hz: Option<u32>,
    /// In the world's time, or as fast as software can.
    pub pace: Pace,
    /// Level of 5 ms on the return above which everything falls silent, in dBFS root mean square; 0 is a square
    /// wave at full scale.
    pub ceiling_dbfs: f64,
}

/// Where the gear is.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertTarget {
    /// Behind a JACK server's ports.
    Jack(JackInsert),
    /// In the loopback engine.
    Loopback(LoopbackSettings),
}

/// Why an insert does not work, or works no more.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// No server can be used.
    #[error("no JACK server can be used: {why}; start it, or name it by JACK_DEFAULT_SERVER")]
    NoServer {
        /// Why, in plain words.
        why: String,
    },
    /// The server hangs, or a client of it does.
    #[error("the JACK server is there but does not answer; end the client that holds it up")]
    NotAnswering,
    /// As many ports out as in, and not too many.
    #[error("an insert has 1 to {MOST_CHANNELS} sends and as many returns, not {send} and {back}")]
    Channels {
        /// Sends given.
        send: usize,
        /// Returns given.
        back: usize,
    },
    /// Another rate.
    #[error(
        "the JACK server runs at {server_hz} Hz and this is {wanted_hz} Hz: restart the server at {wanted_hz} Hz, or convert to {server_hz} Hz first"
    )]
    OtherRate {
        /// The server's.
        server_hz: u32,
        /// What was asked for.
        wanted_hz: u32,
    },
    /// A port that is not there, or of the wrong kind.
    #[error(
        "{from} could not be connected to {to}: {why}; `lacquer insert list` shows the ports there are"
    )]
    Connection {
        /// Port that sound comes out of.
        from: String,
        /// Port that it goes into.
        to: String,
        /// What JACK said.
        why: String,
    },
    /// The return's own server.
    #[error("the return on the server {server}: {why}")]
    Elsewhere {
        /// Its name.
        server: String,
        /// Why, and the next step.
        why: String,
    },
    /// Two servers cannot run faster than the world together.
    #[error(
        "send and return are on two servers, which only run in real time together; leave freewheeling out"
    )]
    TwoPaces,
    /// The server ended, or calls no more.
    #[error("the JACK server has ended or stands still; start it again and repeat this")]
    Gone,
    /// A port vanished, or somebody pulled a connection.
    #[error("a port of this insert is gone or was disconnected; patch it again and repeat this")]
    PortsLost,
    /// The guard fell.
    #[error(
        "the return stood above {ceiling_dbfs:.1} dBFS, {seconds:.2} s in: the loop feeds back or is far too loud; sends are silent, look at the patch and turn it down"
    )]
    Feedback {
        /// Frame of the pass.
        frame: u64,
        /// The same in seconds.
        seconds: f64,
        /// What it stood above.
        ceiling_dbfs: f64,
    },
    /// What is to be sent could not be read.
    #[error("what is to be sent could not be read")]
    Source(#[source] io::Error),
    /// What came back could not be kept.
    #[error("what came back could not be written")]
    Sink(#[source] io::Error),
}

/// What a pass moves: interleaved samples from `source` out, what comes back into `sink`.
pub struct Pass<'a> {
    /// Frames that are sent and recorded. What comes back by another clock begins up to a second ahead of what is sent
    /// and goes on for half a second behind it, by its own rate.
    pub frames: u64,
    /// Fills a block, whole frames; silence is its own business.
    pub source: &'a mut dyn FnMut(&mut [f32]) -> io::Result<()>,
    /// Takes a block, whole frames, in order and without gaps: lost frames are silence and marked.
    pub sink: &'a mut dyn FnMut(&[f32]) -> io::Result<()>,
    /// Told what slipped, as it is heard; frames are those that came back.
    pub marks: &'a mut dyn FnMut(Mark),
}

impl std::fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass")
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

/// An open insert. Dropping it closes its clients, and waits for nobody.
#[derive(Debug)]
pub struct Insert {
    rate_hz: u32,
    returned_hz: Option<u32>,
    channels: usize,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Jack(Box<Jack>),
    Loopback(Box<LoopbackPass>),
}

impl Insert {
    /// Opens an insert on the server named by `JACK_DEFAULT_SERVER` (else `default`), or in the loopback engine.
    ///
    /// Sends are silent until a pass runs. Starts no server, and touches nobody else's connections.
    ///
    /// # Errors
    /// No server, one that does not answer or runs at another rate, no such ports.
    pub fn open(target: InsertTarget) -> Result<Self, InsertError> {
        match target {
            InsertTarget::Jack(settings) => Self::on_jack(settings),
            InsertTarget::Loopback(settings) => Ok(Self {
                rate_hz: settings.rate_hz,
                returned_hz: settings.returned_hz,
                channels: settings.channels.len(),
                way: Way::Loopback(Box::new(LoopbackPass::new(&settings))),
            }),
        }
    }

    fn on_jack(settings: JackInsert) -> Result<Self, InsertError> {
        let (channels, back) = (settings.send.len(), settings.back.len());
        if !(1..=MOST_CHANNELS).contains(&channels) || back != channels {
            return Err(InsertError::Channels {
                send: channels,
                back,
            });
        }
        let jack = Jack::open(settings)?;
        Ok(Self {
            rate_hz: jack.rate_hz(),
            returned_hz: jack.returned_hz(),
            channels,
            way: Way::Jack(Box::new(jack)),
        })
    }

    /// Closes it and waits until that is done, but no longer than this; true where it was. A process that ends
    /// without it may leave a server that freewheels standing still.
    pub fn close(self, patience: Duration) -> bool {
        match self.way {
            Way::Loopback(_) => true,
            Way::Jack(jack) => jack.close(patience),
        }
    }

    /// Counts from now on what the clients' calls cost; it makes two system calls of each, so it is for benchmarks.
    pub fn count_costs(&self) {
        if let Way::Jack(jack) = &self.way {
            jack.count_costs();
        }
    }

    /// What the calls of the send and of the return cost since; none through the loopback engine.
    pub fn costs(&self) -> Option<[CallCosts; 2]> {
        match &self.way {
            Way::Jack(jack) => Some(jack.costs()),
            Way::Loopback(_) => None,
        }
    }

    /// Frames per second, of the send.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Frames per second of the return, where it comes back by another clock.
    pub fn returned_hz(&self) -> Option<u32> {
        self.returned_hz
    }

    /// Channels of the send, and of the return.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Runs one pass; by one clock, frame 0 of what comes back was recorded as frame 0 of what is sent went out.
    ///
    /// # Errors
    /// The server, the ports, a loop that feeds back; a source or sink that fails. Sends are silent then.
    pub fn run(&mut self, pass: &mut Pass<'_>) -> Result<(), InsertError> {
        let channels = self.channels;
        match &mut self.way {
            Way::Jack(jack) => jack.run(pass, channels),
            Way::Loopback(engine) => engine.run(pass, channels),
        }
    }
}
