//! Label copy of an order: what a list of titles, codes and credits would change, and how what a person chose is entered.

mod laid;
mod meant;
mod songs;

use labelcopy::LabelCopy;
use mastering::ObjectSum;

pub use self::laid::{Laid, Proposed};
pub(crate) use self::laid::{chosen, laid};

/// The name of the document that holds what a file says.
pub(crate) fn document_name(object: &ObjectSum) -> String {
    format!("label_copy:{object}")
}

/// What a file says, as it is kept; none where that cannot be read any more.
pub(crate) fn kept(body: &str) -> Option<LabelCopy> {
    serde_json::from_str(body).ok().filter(LabelCopy::is_sound)
}
