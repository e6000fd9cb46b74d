//! A refusal, for programs.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mastering::LyricFault;
use serde::Serialize;
use studio::Denied;

use crate::trouble::{as_sentence, lyric_faults, sentences_of, status_of, wait_of};

/// A request that was not granted, as JSON.
#[derive(Serialize)]
pub(crate) struct ApiTrouble {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    message: String,
    safe: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq_now: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    /// What is wrong line by line, where a song's words are refused.
    #[serde(skip_serializing_if = "<[LyricFault]>::is_empty")]
    lines: Box<[LyricFault]>,
}

impl ApiTrouble {
    /// A refusal that the studio was not asked about.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self {
            status,
            code,
            message: as_sentence(message),
            safe: "Nothing was changed.".to_owned(),
            seq_now: None,
            retry_after_seconds: None,
            lines: Box::default(),
        }
    }
}

fn code(denied: &Denied) -> &'static str {
    match denied {
        Denied::NotLoggedIn => "not_logged_in",
        Denied::NotAllowed => "not_allowed",
        Denied::NotFound => "not_found",
        Denied::Refused(_) => "refused",
        Denied::Stale { .. } => "stale",
        Denied::TooManyTries { .. } => "too_many_tries",
        Denied::Invalid(_) => "invalid",
        Denied::NoRoom(_) => "no_room",
        Denied::Fault(_) => "fault",
    }
}

impl From<Denied> for ApiTrouble {
    fn from(denied: Denied) -> Self {
        let (message, safe) = sentences_of(&denied);
        let seq_now = if let Denied::Stale { seq_now } = denied {
            Some(seq_now)
        } else {
            None
        };
        Self {
            status: status_of(&denied),
            code: code(&denied),
            message,
            safe,
            seq_now,
            retry_after_seconds: wait_of(&denied),
            lines: lyric_faults(&denied).into(),
        }
    }
}

impl IntoResponse for ApiTrouble {
    fn into_response(self) -> Response {
        let wait = self.retry_after_seconds;
        let mut response = (self.status, Json(self)).into_response();
        if let Some(seconds) = wait {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
