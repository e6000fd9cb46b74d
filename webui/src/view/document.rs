//! A quote, invoice or receipt as a line of a page.

use mastering::Zone;
use mastering::money::Amount;
use studio::DocumentLine;

use crate::words;

/// A document as a line.
pub(crate) struct DocumentView {
    pub(crate) no: String,
    pub(crate) series: String,
    pub(crate) made: String,
    pub(crate) due: Option<String>,
    pub(crate) state: String,
    pub(crate) total: String,
    pub(crate) open: String,
    pub(crate) client: String,
    pub(crate) number: Option<String>,
    /// Where its PDF is.
    pub(crate) paper: String,
}

impl DocumentView {
    /// A line on a page below `base`, or in the ledger.
    pub(crate) fn of(line: DocumentLine, base: Option<&str>, zone: &Zone) -> Self {
        let number = line.number.map(|number| number.to_string());
        let base = match (base, &number) {
            (Some(base), _) => base.to_owned(),
            (None, Some(number)) => format!("/orders/{number}"),
            (None, None) => String::new(),
        };
        Self {
            paper: format!("{base}/account/{}", line.no),
            no: line.no.to_string(),
            series: line.series,
            made: words::moment(zone, line.at),
            due: line.due_at.map(|at| words::day(zone, at)),
            state: line.state,
            total: line.total.to_string(),
            open: line.open.to_string(),
            client: line.client,
            number,
        }
    }

    /// Its kind in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.series.as_str() {
            "quote" => "Quote",
            "invoice" => "Invoice",
            "receipt" => "Receipt",
            "credit" => "Credit",
            _ => "Credit note",
        }
    }
}

/// Amounts of several currencies in one line.
pub(crate) fn amounts(amounts: &[Amount]) -> String {
    let written: Vec<String> = amounts.iter().map(ToString::to_string).collect();
    written.join(", ")
}
