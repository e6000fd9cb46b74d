//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Waits until `look` gives something, and gives it; panics with `what` after `limit`.
///
/// The limits are generous: the machine is shared, and they only bound a test that hangs.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            began.elapsed() < limit,
            "waited {} s in vain: {what}",
            limit.as_secs()
        );
        std::thread::sleep(LOOK_EVERY);
    }
}
