//! Words of songs: pasted, timed in a real browser along with the sound, corrected by keys, delivered beside and inside the
//! songs' files at the times of the cut, and read there by programs of others.

mod by_file;
mod tapped;
