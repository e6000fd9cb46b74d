//! A server that runs as fast as its clients: the one call that the `jack` crate does not have.

use std::ffi::{c_int, c_void};

use jack::Client;

#[expect(unsafe_code, reason = "libjack's C interface")]
unsafe extern "C" {
    /// `jack/jack.h`: 0 where the server took it.
    fn jack_set_freewheel(client: *mut c_void, onoff: c_int) -> c_int;
}

/// Whether time is the world's or the clients'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A sample rate's worth of frames a second.
    RealTime,
    /// As fast as everything in the server can; for gear that is software.
    Freewheel,
}

/// Asks the server for a pace; true where it agreed. The client must have been active before: one that joins a
/// server that freewheels is never called.
pub(crate) fn set(client: &Client, pace: Pace) -> bool {
    let on = c_int::from(pace == Pace::Freewheel);
    #[expect(unsafe_code, reason = "the client is alive: it is borrowed")]
    // SAFETY: the pointer is that of a client that lives as long as the borrow, and libjack locks by itself.
    let refused = unsafe { jack_set_freewheel(client.raw().cast(), on) };
    refused == 0
}
