//! What clients and staff do over the API: log in, look, listen, approve, fetch.

use serde_json::{Value, json};

use crate::Lacquer;

/// What an address of the API gave for download.
pub struct Download {
    /// The status.
    pub status: u16,
    /// `Content-Range`, or empty.
    pub range: String,
    /// `Content-Disposition`, or empty.
    pub disposition: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Lacquer {
    /// Logs in with the password of the flows and gives the session's token.
    #[must_use]
    pub fn log_in(&self, login: &str) -> String {
        let said = json!({ "login": login, "password": format!("pw-{login}-1234") });
        let session = self.must("POST", "/session", "", &said);
        text(&session["token"])
    }

    /// Asks the API for what must be given.
    pub fn must(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        self.api(method, path, token, body)
            .unwrap_or_else(|(status, why)| panic!("{method} {path}: {status} {why}"))
    }

    /// Asks the API for what must be refused, and gives the status.
    pub fn refused(&self, method: &str, path: &str, token: &str, body: &Value) -> u16 {
        match self.api(method, path, token, body) {
            Err((status, _)) => status,
            Ok(given) => panic!("{method} {path} was not refused: {given}"),
        }
    }

    /// An order as the visitor sees it over the API.
    #[must_use]
    pub fn order_seen(&self, number: &str, token: &str) -> Value {
        self.must("GET", &format!("/orders/{number}"), token, &Value::Null)
    }

    /// Downloads from the API, or a part: `Some("bytes=0-99")`.
    #[must_use]
    pub fn download(&self, path: &str, token: &str, range: Option<&str>) -> Download {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let url = format!("{}/api/v1{path}", self.web);
        let mut request = agent
            .get(&url)
            .header("Authorization", format!("Bearer {token}"));
        if let Some(range) = range {
            request = request.header("Range", range);
        }
        let mut answer = request.call().unwrap_or_else(|e| panic!("GET {url}: {e}"));
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|v| v.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (range, disposition) = (header("content-range"), header("content-disposition"));
        Download {
            status: answer.status().as_u16(),
            range,
            disposition,
            bytes: answer
                .body_mut()
                .with_config()
                .limit(512 * 1024 * 1024)
                .read_to_vec()
                .unwrap_or_else(|e| panic!("GET {url}: {e}")),
        }
    }

    /// What a client sends to approve a revision: the checksums of what they heard.
    #[must_use]
    pub fn approval(&self, number: &str, portal: &str, revision: u32) -> Value {
        let order = self.order_seen(number, portal);
        let tracks = order["project"]["revisions"][revision.to_string()]["tracks"]
            .as_object()
            .unwrap_or_else(|| panic!("revision {revision} is not to be seen: {order:#}"));
        let samples: serde_json::Map<String, Value> = tracks
            .iter()
            .map(|(track, version)| {
                // A programme delivers what it cuts of a song.
                let made = &order["project"]["revisions"][revision.to_string()]["made"]["songs"];
                let cut = made.get(track).map(|song| &song["samples"]);
                let alone = &version["master"]["samples"];
                (track.clone(), cut.unwrap_or(alone).clone())
            })
            .collect();
        json!({
            "revision": revision,
            "name": "Ada Example",
            "wording": order["approval_wording"],
            "samples": samples,
        })
    }
}

/// The text of a JSON value that must be one.
#[must_use]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

/// The items of a JSON value that must be a list.
#[must_use]
pub fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is no list"))
}
