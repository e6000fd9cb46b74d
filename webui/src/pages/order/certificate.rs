//! The certificate of a project that was let go: what was deleted, when, and who confirmed it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use studio::DeletionCertificate;

use crate::Web;
use crate::door::Door;
use crate::pages::draw;
use crate::trouble::Trouble;
use crate::view::Frame;
use crate::words;

#[derive(Template)]
#[template(path = "certificate.html")]
struct Page {
    frame: Frame,
    base: String,
    when: String,
    certificate: DeletionCertificate,
}

impl Page {
    /// Each file's checksum and its size in words.
    fn files(&self) -> Vec<(&str, String)> {
        let files = self.certificate.files.iter();
        files
            .map(|(sum, bytes)| (sum.as_str(), words::size(*bytes)))
            .collect()
    }

    fn all(&self) -> String {
        words::size(self.certificate.files.iter().map(|(_, bytes)| bytes).sum())
    }
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    let reading = web.studio.certificate(&door.visitor, door.number).await;
    let certificate = reading.map_err(|denied| door.trouble(denied))?;
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    draw(&Page {
        frame,
        base: door.base.clone(),
        when: words::moment(&web.zone(), certificate.released_at),
        certificate,
    })
}
