//! The sandboxed child process in which everything from outside is opened.
//!
//! One process per file. The parent side is [`Workers`]; the child side is [`child_main`], which
//! the binary calls first of all when it is started as `lacquer worker`. The child gets open
//! files, never paths; it shuts itself in before it reads their first byte; it answers with
//! length-prefixed, size-capped messages. A child that dies is a finding, not an outage.

mod attached;
mod child;
mod close_range;
mod converse;
mod decode;
mod disc;
mod document;
mod error;
mod inspect;
mod job;
mod label_copy;
mod meter;
mod photograph;
mod protocol;
mod returned;
mod sales_report;
mod sandbox;
mod trial;
mod unzip;
mod words;
mod workers;
mod zero_tail;

pub use attached::MovieFacts;
pub use child::child_main;
pub use decode::{Decoded, Loudness};
pub use disc::{DiscFile, DiscRequest, MOST_DESCRIPTOR_BYTES, MOST_DISC_FILES};
pub use document::{Document, MOST_DOCUMENT_BYTES};
pub use error::WorkerError;
pub use inspect::{CutShort, Inspected, kind_of};
pub use job::{WorkerCommand, WorkerLimits};
pub use meter::Measured;
pub use photograph::{MOST_PHOTOGRAPH_BYTES, Photographed};
pub use protocol::{PROTOCOL_VERSION, ProtocolError};
pub use returned::{Fate, MOST_RETURNED_BYTES, Returned, ReturnedTo};
pub use sandbox::{Landlock, SandboxStatus};
pub use trial::Trial;
pub use unzip::{MOST_ENTRIES, MOST_INFLATED_BYTES, MOST_INFLATION, Skipped, Unpacked, ZipEntry};
pub use workers::{InspectRequest, Workers};
