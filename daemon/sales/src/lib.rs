//! What distributors report: sales and streams of releases, read from their tables exactly.
//!
//! A distributor's table comes as CSV, as text between tabs, or as a spreadsheet, with columns of any name
//! and in any order, figures in either way of writing decimals, months in a dozen ways. Nothing is guessed
//! where two readings are possible: the question is asked. Money is whole billionths of its currency's unit,
//! because a stream earns less than any minor unit.
//!
//! Nothing here opens a file or asks the time; the studio has the bytes read in its sandboxed worker.

mod columns;
mod earned;
mod figures;
mod month;
mod quarter;
mod read;
mod report;

pub use columns::{Part, usual};
pub use earned::{BadEarned, Earned};
pub use figures::Decimals;
pub use month::{BadMonth, DateOrder, Month};
pub use quarter::{BadQuarter, Quarter};
pub use read::{Ask, MOST_BYTES, Trouble, read};
pub use report::{LeftOut, Line, Report, SaleKind, Song};
