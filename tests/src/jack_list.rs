//! JACK's list of servers, which has eight places: one that was killed, or fell while it ended, keeps its place until a server of
//! its name comes and goes.

use std::path::Path;

/// Where jackd 1.9 keeps it.
const LIST: &str = "/dev/shm/jack-shm-registry";
/// Bytes before the first place.
const HEAD: usize = 24;
/// Bytes of a place: the process, and the name behind a prefix and before a colon.
const PLACE: usize = 264;
/// Places.
const PLACES: usize = 8;

/// The names whose servers are gone.
pub(crate) fn left_behind() -> Vec<String> {
    let list = std::fs::read(LIST).unwrap_or_default();
    let places = list.get(HEAD..).unwrap_or_default();
    let places = places.chunks_exact(PLACE).take(PLACES);
    places.filter_map(gone).collect()
}

fn gone(place: &[u8]) -> Option<String> {
    let (pid, name) = place.split_first_chunk::<4>()?;
    let pid = i32::from_le_bytes(*pid);
    if pid == 0 || Path::new(&format!("/proc/{pid}")).exists() {
        return None;
    }
    let name = String::from_utf8_lossy(name.split(|byte| *byte == 0).next()?).into_owned();
    // "jack-0:NAME:", where 0 is the user.
    let name = name.strip_suffix(':').unwrap_or(&name);
    Some(
        name.split_once(':')
            .map_or(name, |(_, name)| name)
            .to_owned(),
    )
}
