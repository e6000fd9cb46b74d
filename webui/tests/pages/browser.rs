//! What a browser does without script: it gets pages, fills in their forms, keeps the cookie.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};
use tower::ServiceExt;

/// Largest answer of these tests.
const LARGEST: usize = 64 << 20;

pub(crate) struct Browser {
    router: Router,
    pub(crate) cookie: Option<String>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

type Fields = Vec<(String, String)>;

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The hidden fields of the form that posts to `action` and mentions `word`.
    pub(crate) fn form_with(&self, action: &str, word: &str) -> Fields {
        let page = self.text();
        let opening = format!("action=\"{action}\"");
        let forms = page.match_indices("<form").map(|(at, _)| &page[at..]);
        let mut forms = forms.map(|rest| &rest[..rest.find("</form>").unwrap_or(rest.len())]);
        let form = forms
            .find(|form| form.contains(&opening) && form.contains(word))
            .unwrap_or_else(|| panic!("no form posts to {action} about {word:?} in:\n{page}"));
        let inputs = form.split("<input type=\"hidden\" ").skip(1);
        inputs
            .map(|input| (value(input, "name"), value(input, "value")))
            .collect()
    }

    /// Whether the page holds a form that posts there.
    pub(crate) fn has_form(&self, action: &str) -> bool {
        self.text().contains(&format!("action=\"{action}\""))
    }
}

/// An attribute's value, unescaped.
fn value(tag: &str, name: &str) -> String {
    let opening = format!("{name}=\"");
    let from = tag
        .find(&opening)
        .unwrap_or_else(|| panic!("{name} in {tag}"))
        + opening.len();
    let raw = tag[from..].split('"').next().unwrap();
    raw.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

/// Percent-encodes a field as browsers do.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            cookie: None,
        }
    }

    pub(crate) async fn ask(&mut self, mut request: Request<Body>) -> Answer {
        if let Some(cookie) = &self.cookie {
            let headers = request.headers_mut();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(set) = parts.headers.get(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: axum::body::to_bytes(body, LARGEST).await.unwrap(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.plain(Method::GET, path, headers).await
    }

    pub(crate) async fn plain(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// Sends fields as they are.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Answer {
        let pairs = fields
            .iter()
            .map(|(n, v)| format!("{}={}", encode(n), encode(v)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "lacquer.test")
            .header(header::ORIGIN, "http://lacquer.test")
            .body(Body::from(body))
            .unwrap();
        self.ask(request).await
    }

    /// Fills in the form of `page` that posts to `action`, and sends it.
    pub(crate) async fn send(
        &mut self,
        page: &Answer,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut all = page.form_with(action, "");
        for (name, value) in fields {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.post(action, &all).await
    }

    /// Sends files through the upload form of `page`, which lies at `base`.
    pub(crate) async fn upload(
        &mut self,
        page: &Answer,
        base: &str,
        folder: &str,
        files: &[(&str, &[u8])],
    ) -> Answer {
        let action = format!("{base}/upload");
        let mut body = Vec::new();
        let mut part = |head: &str, content: &[u8]| {
            let opening = format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            body.extend_from_slice(opening.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in page.form_with(&action, "") {
            part(&format!("name=\"{name}\""), value.as_bytes());
        }
        part("name=\"folder\"", folder.as_bytes());
        for (name, content) in files {
            part(&format!("name=\"files\"; filename=\"{name}\""), content);
        }
        body.extend_from_slice(b"--edge--\r\n");
        self.multipart(&action, body).await
    }

    /// Sends the form of `page` with some fields and one file.
    pub(crate) async fn send_file(
        &mut self,
        page: &Answer,
        action: &str,
        fields: &[(&str, &str)],
        (name, content): (&str, &[u8]),
    ) -> Answer {
        let mut body = Vec::new();
        let mut part = |head: &str, content: &[u8]| {
            let opening = format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            body.extend_from_slice(opening.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        let token = page.form_with(action, "");
        let token = token.iter().find(|(name, _)| name == "form_token").unwrap();
        part("name=\"form_token\"", token.1.as_bytes());
        for (name, value) in fields {
            part(&format!("name=\"{name}\""), value.as_bytes());
        }
        part(&format!("name=\"file\"; filename=\"{name}\""), content);
        body.extend_from_slice(b"--edge--\r\n");
        self.multipart(action, body).await
    }

    /// Sends a multipart body as it is.
    pub(crate) async fn multipart(&mut self, action: &str, body: Vec<u8>) -> Answer {
        let request = Request::post(action)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .header(header::HOST, "lacquer.test")
            .header(header::ORIGIN, "http://lacquer.test")
            .body(Body::from(body))
            .unwrap();
        self.ask(request).await
    }

    /// Sends a payment service's message.
    pub(crate) async fn message(&mut self, path: &str, signature: &str, body: String) -> Answer {
        let request = Request::post(format!("/api/v1{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("lacquer-signature", signature)
            .body(Body::from(body))
            .unwrap();
        self.ask(request).await
    }

    /// Asks the API with a token, or with the browser's session.
    pub(crate) async fn api(
        &mut self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&serde_json::Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"));
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.ask(request.body(body).unwrap()).await
    }
}
