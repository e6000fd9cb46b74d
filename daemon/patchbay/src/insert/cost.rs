//! What the calls of an insert's clients cost on the audio thread: the processor's own time, told only where asked.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Steps of an octave; a cost is told to within a thirty-second of itself.
const STEPS: usize = 32;
/// Steps of all octaves up to half a minute.
const PLACES: usize = 31 * STEPS;

/// What calls cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallCosts {
    /// Calls that were counted.
    pub calls: u64,
    /// What half of them stayed below.
    pub median: Duration,
    /// What all but one in ten thousand stayed below.
    pub p9999: Duration,
    /// The dearest one.
    pub dearest: Duration,
}

/// Counts calls by what they cost.
#[derive(Debug)]
pub(crate) struct CostCounter {
    is_asked: AtomicBool,
    counts: Box<[AtomicU64]>,
}

impl Default for CostCounter {
    fn default() -> Self {
        Self {
            is_asked: AtomicBool::new(false),
            counts: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl CostCounter {
    /// Counts from now on; until somebody asks, a call costs nothing and makes no system call for this.
    pub(crate) fn begin(&self) {
        self.is_asked.store(true, Ordering::Relaxed);
    }

    /// Does a call's work, and counts it where somebody asked.
    pub(crate) fn count(&self, work: impl FnOnce()) {
        if !self.is_asked.load(Ordering::Relaxed) {
            return work();
        }
        let began = thread_time();
        work();
        let cost = thread_time().saturating_sub(began);
        if let Some(count) = self.counts.get(place(cost)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn costs(&self) -> CallCosts {
        let counts = self
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        let counts: Vec<u64> = counts.collect();
        let calls: u64 = counts.iter().sum();
        let below = |share: f64| {
            let wanted = (calls as f64 * share).ceil() as u64;
            let mut so_far = 0;
            let found = counts.iter().position(|count| {
                so_far += count;
                so_far >= wanted && so_far > 0
            });
            found.map_or(Duration::ZERO, end_of)
        };
        CallCosts {
            calls,
            median: below(0.5),
            p9999: below(0.9999),
            dearest: below(1.0),
        }
    }
}

/// The processor time of the thread that asks.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec);
    Duration::new(
        u64::try_from(seconds).unwrap_or(0),
        u32::try_from(nanoseconds).unwrap_or(0),
    )
}

fn place(cost: Duration) -> usize {
    let ns = usize::try_from(cost.as_nanos()).unwrap_or(usize::MAX);
    if ns < STEPS {
        return ns;
    }
    let octave = ns.ilog2() as usize - STEPS.ilog2() as usize;
    (octave * STEPS + (ns >> octave)).min(PLACES - 1)
}

/// The longest cost that is counted there.
fn end_of(place: usize) -> Duration {
    let octave = (place / STEPS).saturating_sub(1);
    let step = place - octave * STEPS;
    Duration::from_nanos((((step + 1) << octave) - 1) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_told_to_within_a_step() {
        for ns in [
            0_u64,
            1,
            31,
            32,
            63,
            64,
            1_000,
            166_667,
            999_999,
            20_000_000_000,
        ] {
            let told = end_of(place(Duration::from_nanos(ns))).as_nanos() as f64;
            let is = ns as f64;
            assert!(
                told >= is && told <= is * (1.0 + 1.0 / 32.0) + 1.0,
                "{ns}: {told}"
            );
        }
    }

    #[test]
    fn nothing_is_counted_before_somebody_asks() {
        let counter = CostCounter::default();
        counter.count(|| ());
        assert_eq!(counter.costs().calls, 0);
        counter.begin();
        let busy = || {
            let began = thread_time();
            while thread_time() - began < Duration::from_millis(2) {}
        };
        for _ in 0..9_999 {
            counter.count(|| ());
        }
        counter.count(busy);
        let costs = counter.costs();
        assert_eq!(costs.calls, 10_000);
        assert!(costs.median < Duration::from_millis(1), "{costs:?}");
        assert!(costs.p9999 < Duration::from_millis(1), "{costs:?}");
        assert!(costs.dearest >= Duration::from_millis(2), "{costs:?}");
    }
}
