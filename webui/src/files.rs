//! A file that was made for whoever asked, such as a PDF or a spreadsheet.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use studio::MadeFile;

use crate::disposition::{Manner, disposition};

/// Answers with a file to be saved.
pub(crate) fn file(made: MadeFile) -> Response {
    sent(made, Manner::Attachment)
}

/// Answers with a picture of ours to be shown.
pub(crate) fn picture(made: MadeFile) -> Response {
    let mut response = sent(made, Manner::Inline);
    // Its address is its checksum.
    let forever = HeaderValue::from_static("private, max-age=31536000, immutable");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, forever);
    response
}

fn sent(made: MadeFile, manner: Manner) -> Response {
    let name = disposition(manner, &made.file_name);
    let mut response = made.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(made.mime));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    // What somebody owes is nobody's cache's business.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
