//! What systemd is told: ready, stopping, and that the desk still advances.

use std::time::Duration;

use studio::Studio;
use systemd::daemon::{STATE_READY, STATE_STOPPING, STATE_WATCHDOG};

/// Says that the daemon is ready.
pub(crate) fn ready() {
    tell(STATE_READY);
}

/// Says that it is stopping.
pub(crate) fn stopping() {
    tell(STATE_STOPPING);
}

fn tell(state: &str) {
    // Without systemd there is nobody to tell.
    if let Err(error) = systemd::daemon::notify([(state, "1")].iter()) {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// Feeds the watchdog, if there is one, while the desk and the database writer advance.
pub(crate) async fn feed_watchdog(studio: Studio) {
    let Some(every) = watchdog_interval() else {
        return;
    };
    loop {
        tokio::time::sleep(every / 3).await;
        // A desk that does not answer in time leaves the dog unfed, and systemd starts us again.
        match tokio::time::timeout(every / 2, studio.is_advancing()).await {
            Ok(true) => tell(STATE_WATCHDOG),
            Ok(false) => tracing::error!(
                "the desk or the database writer has stopped; the watchdog is not fed"
            ),
            Err(_) => tracing::error!("the desk does not answer; the watchdog is not fed"),
        }
    }
}

fn watchdog_interval() -> Option<Duration> {
    let microseconds: u64 = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    (microseconds > 0).then(|| Duration::from_micros(microseconds))
}
