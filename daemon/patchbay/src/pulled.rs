//! Telling a connection that somebody pulled from one that went with its server.

/// Calls of the audio thread that a connection has to be missing for: one may still run when its server dies.
const CALLS: u64 = 3;

/// Watches connections of ours that are not there.
///
/// A server that dies takes every port along and tells of it later, at times much later; but it calls no more. So
/// what is missing counts as pulled once the server has gone on calling without it.
#[derive(Debug, Default)]
pub(crate) struct PulledWatch {
    /// Calls there had been when a connection was first found missing.
    since: Option<u64>,
}

impl PulledWatch {
    /// All connections stand.
    pub(crate) fn stand(&mut self) {
        self.since = None;
    }

    /// One is missing, after so many calls of the audio thread; true once it counts as pulled.
    pub(crate) fn missing(&mut self, calls: u64) -> bool {
        let since = *self.since.get_or_insert(calls);
        calls.saturating_sub(since) >= CALLS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_with_its_server_was_not_pulled() {
        let mut watch = PulledWatch::default();
        assert!(!watch.missing(20));
        // One call was on its way.
        assert!((0..100).all(|_| !watch.missing(21)));
    }

    #[test]
    fn what_is_missing_while_the_server_calls_was_pulled() {
        let mut watch = PulledWatch::default();
        assert!(!watch.missing(20));
        assert!(!watch.missing(22));
        assert!(watch.missing(23));
        watch.stand();
        assert!(!watch.missing(30), "it was patched again");
        assert!(watch.missing(33), "and pulled anew");
    }
}
