//! What whole flows are made of: a real daemon, real clients, real servers, real readers.
//!
//! Every flow runs the built `lacquer` in a folder of its own on free ports of loopback, and ends
//! only processes that it started.

pub mod booted;
pub mod browser;
pub mod clients;
pub mod desk;
pub mod hostile;
pub mod jack;
mod jack_list;
pub mod lacquer;
pub mod mixes;
pub mod overseer;
pub mod pipewire;
pub mod readers;
pub mod recipients;
pub mod remote;
pub mod room;
pub mod small_disk;
pub mod wait;

pub use lacquer::{Lacquer, Settings};
pub use wait::until;
