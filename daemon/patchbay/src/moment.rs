//! When something happened, as people and the studio count.

use std::time::SystemTime;

/// Milliseconds since 1970; 0 where the clock stands before.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
