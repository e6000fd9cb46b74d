//! Prints what a controller says to the transport's port, for so many seconds; `cargo xtask gear` listens to it.

use std::time::{Duration, Instant};

use patchbay::MidiTransport;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let seconds: u64 = words.next().unwrap_or_default().parse()?;
    let mut transport = MidiTransport::open(&words.next().unwrap_or_default())?;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        while let Some(word) = transport.next_word() {
            println!("{word:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
