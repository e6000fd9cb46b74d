//! Bags: a project as a plain folder that any archive tool reads, and as a copy that only the
//! recovery key opens.

mod verify;
mod write;

pub use verify::{BagVerdict, verify_bag};
pub use write::{BagEntry, BagSource};
