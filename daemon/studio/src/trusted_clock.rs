//! The clock that letting go by itself follows: it never runs ahead of the true time.
//!
//! While the daemon runs it advances by the smaller of what the wall clock and the clock since boot
//! say. The time it was off is credited only where the wall clock is known to be synchronised, and
//! never more than [`MOST_OFF_MS`] at once. It never goes back, and never past the wall clock.

use std::time::Instant;

use mastering::UnixMs;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The longest rest that is believed: 60 days.
const MOST_OFF_MS: i64 = 60 * DAY_MS;
/// How long after its date something still waits, when nobody confirms it: a week to say stop.
pub(crate) const WAITS_MS: i64 = 7 * DAY_MS;

/// Whether somebody vouches for the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vouched {
    /// It is synchronised with the network's time.
    Yes,
    /// Nobody knows.
    No,
}

impl Vouched {
    /// What systemd says of its time service.
    pub(crate) fn now() -> Self {
        let mark = std::path::Path::new("/run/systemd/timesync/synchronized");
        if mark.exists() { Self::Yes } else { Self::No }
    }
}

/// What is kept of the clock between runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The trusted time.
    pub(crate) trusted: UnixMs,
    /// The wall clock at that moment.
    pub(crate) wall: UnixMs,
}

impl Kept {
    /// The clock of a box that never kept one: it begins now.
    pub(crate) fn new(wall: UnixMs) -> Self {
        Self {
            trusted: wall,
            wall,
        }
    }

    fn advanced(self, by: i64, wall: UnixMs) -> Self {
        let ahead = self.trusted.saturating_add(by.max(0));
        Self {
            trusted: ahead.min(wall).max(self.trusted),
            wall,
        }
    }

    /// After a while in which the daemon ran, `since_boot` by the clock that nobody can set.
    pub(crate) fn ran(self, since_boot: i64, wall: UnixMs) -> Self {
        let by_wall = wall.saturating_sub(self.wall);
        self.advanced(by_wall.min(since_boot), wall)
    }

    /// After a while in which it did not run.
    pub(crate) fn rested(self, vouched: Vouched, wall: UnixMs) -> Self {
        let credit = match vouched {
            Vouched::Yes => wall.saturating_sub(self.wall).min(MOST_OFF_MS),
            Vouched::No => 0,
        };
        self.advanced(credit, wall)
    }
}

/// The clock of this run.
#[derive(Debug)]
pub(crate) struct TrustedClock {
    kept: Kept,
    looked: Instant,
}

impl TrustedClock {
    /// Goes on from what was kept.
    pub(crate) fn open(kept: Option<Kept>, wall: UnixMs) -> Self {
        let kept = kept.map_or(Kept::new(wall), |kept| kept.rested(Vouched::now(), wall));
        Self {
            kept,
            looked: Instant::now(),
        }
    }

    /// The time now, to be kept.
    pub(crate) fn look(&mut self, wall: UnixMs) -> Kept {
        let now = Instant::now();
        let since = now.duration_since(self.looked).as_millis();
        self.kept = self
            .kept
            .ran(i64::try_from(since).unwrap_or(i64::MAX), wall);
        self.looked = now;
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixMs = 1_800_000_000_000;
    const HOUR: i64 = DAY_MS / 24;

    #[test]
    fn nine_wrong_clocks_let_nothing_go_early() {
        let start = Kept::new(NOW);
        let trusted = |kept: Kept| kept.trusted - NOW;
        // Right, running; ahead; behind; set ahead while running; set back while running.
        assert_eq!(trusted(start.ran(HOUR, NOW + HOUR)), HOUR);
        assert_eq!(trusted(start.ran(HOUR, NOW + 700 * DAY_MS)), HOUR);
        assert_eq!(trusted(start.ran(HOUR, NOW - 700 * DAY_MS)), 0);
        // Off: nobody vouches; vouched for; vouched for and too long; set back; an empty battery.
        assert_eq!(trusted(start.rested(Vouched::No, NOW + 700 * DAY_MS)), 0);
        assert_eq!(trusted(start.rested(Vouched::Yes, NOW + DAY_MS)), DAY_MS);
        let long = start.rested(Vouched::Yes, NOW + 700 * DAY_MS);
        assert_eq!(trusted(long), MOST_OFF_MS);
        assert_eq!(trusted(start.rested(Vouched::Yes, NOW - DAY_MS)), 0);
        assert_eq!(trusted(start.rested(Vouched::No, 0)), 0);
        // Back from 1970, the clock goes on from where it stood, not from what the wall leapt by.
        let back = start.rested(Vouched::No, 0).ran(HOUR, NOW + DAY_MS);
        assert_eq!(trusted(back), HOUR);
    }

    proptest! {
        /// Whatever the wall clock does, the trusted time never runs ahead of the true one, nor back.
        #[test]
        fn it_never_runs_ahead_nor_back(
            jumps in prop::collection::vec((any::<bool>(), 0i64..400 * HOUR, -900 * DAY_MS..900 * DAY_MS), 1..60),
        ) {
            let mut kept = Kept::new(NOW);
            let mut true_now = NOW;
            for (runs, passed, error) in jumps {
                let before = kept.trusted;
                true_now += passed;
                let wall = true_now + error;
                // Nobody vouches for a clock that is wrong.
                kept = if runs { kept.ran(passed, wall) } else { kept.rested(Vouched::No, wall) };
                prop_assert!(kept.trusted <= true_now);
                prop_assert!(kept.trusted >= before);
            }
        }
    }
}
