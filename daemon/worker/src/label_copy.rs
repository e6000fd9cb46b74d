//! In the child: reads label copy.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use labelcopy::{LabelCopy, MOST_BYTES};

use crate::protocol::Reply;

/// Reads label copy; none where the file is too long, or says nothing of a release.
pub(crate) fn read(mut input: File) -> Reply {
    let mut bytes = Vec::new();
    let whole = input
        .rewind()
        .and_then(|()| input.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    match whole {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= MOST_BYTES) => {
            Reply::LabelCopy(labelcopy::read(&bytes).map(Box::new))
        }
        Ok(_) => Reply::LabelCopy(None),
        Err(error) => Reply::Failed {
            step: "read the label copy".to_owned(),
            os_error: error.raw_os_error(),
            what: error.to_string(),
        },
    }
}

/// In the parent: what the child told, where it keeps the limits.
pub(crate) fn sound(told: Option<Box<LabelCopy>>) -> Option<LabelCopy> {
    told.map(|copy| *copy).filter(LabelCopy::is_sound)
}
