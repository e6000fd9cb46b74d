//! The studio's audio hardware: JACK ports, ALSA cards and the insert loop.
//!
//! Nothing here makes its caller wait for an audio server: a server that is stopped, or one stopped
//! client of it, stalls everybody who opens a client, so that is done on a thread of its own.

mod hardware;
mod live;
mod loopback;

pub use hardware::{Card, Hardware, JackStatus, PROBE_DEADLINE, hardware};
pub use live::{Live, LiveError, LiveServer, LiveSettings, LiveWork};
pub use loopback::{Loopback, SelfTest, self_test};
