//! In the child: reads a distributor's report, and writes what it says as JSON.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, Write as _};

use sales::{Ask, MOST_BYTES, Report};

use crate::protocol::Reply;

/// Longest form of a report that is read back, in bytes.
const MOST_WRITTEN_BYTES: u64 = 256 * 1024 * 1024;

fn failed(step: &str, error: &io::Error) -> Reply {
    Reply::Failed {
        step: step.to_owned(),
        os_error: error.raw_os_error(),
        what: error.to_string(),
    }
}

/// Reads a report.
pub(crate) fn read(mut input: File, output: &File, ask: &Ask) -> Reply {
    let mut bytes = Vec::new();
    let whole = input
        .rewind()
        .and_then(|()| input.take(MOST_BYTES).read_to_end(&mut bytes));
    if let Err(error) = whole {
        return failed("read the report", &error);
    }
    let report = match sales::read(&bytes, ask) {
        Ok(report) => report,
        Err(trouble) => return Reply::SalesRefused(trouble),
    };
    drop(bytes);
    match write(&report, output) {
        Ok(()) => Reply::Done,
        Err(error) => failed("write what the report says", &error),
    }
}

fn write(report: &Report, output: &File) -> io::Result<()> {
    let mut out = BufWriter::new(output);
    serde_json::to_writer(&mut out, report)?;
    out.flush()
}

/// In the parent: what the child wrote; none where it is no report.
pub(crate) fn read_back(mut written: &File) -> io::Result<Option<Report>> {
    written.rewind()?;
    let mut bytes = Vec::new();
    written.take(MOST_WRITTEN_BYTES).read_to_end(&mut bytes)?;
    let report: Option<Report> = serde_json::from_slice(&bytes).ok();
    Ok(report.filter(Report::is_sound))
}
