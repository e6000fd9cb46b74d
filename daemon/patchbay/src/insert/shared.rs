//! What control and audio threads know of each other: numbers, no locks.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::insert::cost::CostCounter;

/// Times at which the pass began, as both clients read it.
const IS_SET: u64 = 1 << 63;

/// Which ends of an insert a server's clients are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Which {
    /// Send and return.
    #[default]
    Both,
    /// The send alone: the return is on another server.
    Send,
    /// The return alone, which begins a pass by itself.
    Return,
}

/// Between the control side, the two clients' audio threads, and the thread that holds them.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) which: Which,
    /// Even: nothing is sent. Odd: a pass; each has a number of its own.
    pub(crate) phase: AtomicU32,
    /// Frames of the pass.
    pub(crate) frames: AtomicU64,
    /// The pass's first frame in the server's time, and which pass.
    start: AtomicU64,
    pub(crate) send_seen: AtomicU32,
    pub(crate) return_seen: AtomicU32,
    pub(crate) send_calls: AtomicU64,
    pub(crate) return_calls: AtomicU64,
    pub(crate) is_freewheeling: AtomicBool,
    /// The guard fell: sends are silent.
    pub(crate) is_muted: AtomicBool,
    /// The server ended, or threw a client out.
    pub(crate) is_gone: AtomicBool,
    /// A port or a connection of ours is no more.
    pub(crate) are_ports_lost: AtomicBool,
    pub(crate) xruns: AtomicU64,
    /// Reports that found no room.
    pub(crate) unsaid: AtomicU64,
    pub(crate) non_finite: AtomicU64,
    pub(crate) send_cost: CostCounter,
    pub(crate) return_cost: CostCounter,
}

impl Shared {
    pub(crate) fn new(which: Which) -> Self {
        Self {
            which,
            ..Self::default()
        }
    }

    /// Calls of send and return; an end that is not here has the other's.
    pub(crate) fn calls_of_each(&self) -> [u64; 2] {
        let sent = self.send_calls.load(Ordering::Acquire);
        let returned = self.return_calls.load(Ordering::Acquire);
        match self.which {
            Which::Both => [sent, returned],
            Which::Send => [sent; 2],
            Which::Return => [returned; 2],
        }
    }

    /// Calls that all clients have had.
    pub(crate) fn calls(&self) -> u64 {
        let [sent, returned] = self.calls_of_each();
        sent.min(returned)
    }

    /// Whether all clients have been called and have seen this phase.
    pub(crate) fn is_seen(&self, phase: u32) -> bool {
        let has_seen = |seen: &AtomicU32| seen.load(Ordering::Acquire) == phase;
        let seen = match self.which {
            Which::Both => has_seen(&self.send_seen) && has_seen(&self.return_seen),
            Which::Send => has_seen(&self.send_seen),
            Which::Return => has_seen(&self.return_seen),
        };
        seen && self.calls() > 0
    }

    /// Real-time.
    pub(crate) fn set_start(&self, phase: u32, time: u32) {
        let packed = IS_SET | u64::from(phase & 0x7fff_ffff) << 32 | u64::from(time);
        self.start.store(packed, Ordering::Release);
    }

    /// Real-time: the pass's first frame, once it is agreed on.
    pub(crate) fn start_of(&self, phase: u32) -> Option<u32> {
        let packed = self.start.load(Ordering::Acquire);
        let of = (packed >> 32) & 0x7fff_ffff;
        let is_this = packed & IS_SET != 0 && of == u64::from(phase & 0x7fff_ffff);
        #[expect(clippy::cast_possible_truncation, reason = "the low half is the time")]
        is_this.then_some(packed as u32)
    }
}

/// What the audio threads say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Frames of the pass that were not recorded; they come in the return's order.
    Lost { frame: u64, frames: u64 },
    /// The server said that it lost time.
    Xrun { frame: u64 },
    /// The send had nothing to play, or was not called in time.
    Starved { frame: u64 },
    /// The return stayed above the ceiling.
    Feedback { frame: u64 },
}
