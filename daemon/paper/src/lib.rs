//! Papers and tables as bytes: a sheet as PDF, a table as CSV or as a spreadsheet (xlsx).
//!
//! Nothing here opens a file, asks the time or knows what an invoice is: whoever calls says what
//! stands where. The same sheet gives the same bytes.

mod font;
mod sheet;
mod table;

pub use sheet::{PaperError, Row, Sheet, pdf};
pub use table::{Cell, Column, Table, csv, xlsx};
