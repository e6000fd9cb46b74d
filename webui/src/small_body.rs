//! Everything but an upload has a small body, and sends it soon.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::ApiTrouble;
use crate::trouble::Trouble;

/// Largest form or command, in bytes. A plan with long reasons stays far below.
const LARGEST: usize = 256 * 1024;
/// How long its sender may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads the body whole before the handler runs, so that a slow sender holds nothing but its socket.
pub(crate) async fn limit(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let declared = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|bytes| bytes > LARGEST) {
        return refuse(parts.uri.path(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    match tokio::time::timeout(PATIENCE, to_bytes(body, LARGEST)).await {
        Ok(Ok(bytes)) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Ok(Err(_)) => refuse(parts.uri.path(), StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => refuse(parts.uri.path(), StatusCode::REQUEST_TIMEOUT),
    }
}

fn refuse(path: &str, status: StatusCode) -> Response {
    let sentence = if status == StatusCode::REQUEST_TIMEOUT {
        "The request took too long to arrive."
    } else {
        "This is more than a form may hold. Files go through the upload form, FTP or the share."
    };
    if path.starts_with("/api/") {
        ApiTrouble::new(status, "body", sentence).into_response()
    } else {
        Trouble::new(status, sentence).into_response()
    }
}
