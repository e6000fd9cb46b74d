//! Programmes in a real browser: an album from its order to its finals, edits inside a song, sides, balance.

mod album;
mod edits;
mod room;
mod tone;
mod wishes;
