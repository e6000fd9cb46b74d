//! Publishes files so that a power cut leaves them absent or complete, and nothing else.
//!
//! The order is always the same: a draft with a hidden name in the same folder, write, sync
//! the file, rename without replacing, sync the folder. Leaving out either sync loses files in
//! a power cut; see `ARCHITECTURE.md`. A failed sync is final: the kernel may already have
//! thrown the unwritten pages away, so nothing here ever tries it a second time.

mod draft;
mod error;
mod folder;

pub use draft::{Draft, is_draft_name, replace, store_once};
pub use error::{DurableError, Step};
pub use folder::{DraftFolder, make_folder, publish_folder, remove, sync_folder};
