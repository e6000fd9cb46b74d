//! What control and audio threads know of each other: numbers, no locks.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use crate::insert::cost::CostCounter;

/// Times at which the pass began, as both clients read it.
const IS_SET: u64 = 1 << 63;

/// Between the control side, the two clients' audio threads, and the thread that holds them.
#[derive(Debug, Default)]
pub(crate) struct Shared {
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
    /// Calls that both clients have had.
    pub(crate) fn calls(&self) -> u64 {
        let sent = self.send_calls.load(Ordering::Relaxed);
        sent.min(self.return_calls.load(Ordering::Relaxed))
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
