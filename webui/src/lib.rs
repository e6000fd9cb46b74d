//! Staff pages, the client portal and the JSON API.
//!
//! Handlers translate: they read a form, submit one command to the studio, and redirect. Pages
//! never compute a state; they show the one they are given, and offer only what the rules would
//! accept. Each visitor's rights are checked in one place, inside [`studio::Studio`].

mod address;
mod api;
mod assets;
mod audio_body;
mod changes;
mod disposition;
mod door;
mod file_form;
mod files;
mod form;
mod hardware;
mod headers;
mod health;
mod live_told;
mod pages;
mod patience;
mod ranges;
mod serve;
mod session;
mod small_body;
mod stamp;
mod trouble;
mod upload;
mod view;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use studio::Studio;

pub use self::serve::{ServeError, serve};

/// Whether browsers reach the server over an encrypted connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BehindTls {
    /// A proxy in front speaks TLS: cookies are sent over https alone, and the address of whoever
    /// logs in is the last one that the proxy wrote into `X-Forwarded-For`.
    Yes,
    /// Browsers connect to this server directly.
    No,
}

/// How the pages are reached.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The address people type, such as `https://lacquer.example.org`, without a slash at the end.
    pub public_url: String,
    /// Whether a TLS proxy stands in front.
    pub behind_tls: BehindTls,
}

/// What each handler is given.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) studio: Studio,
    pub(crate) config: Arc<WebConfig>,
}

impl Web {
    /// The studio's time zone: that of every time on a page.
    pub(crate) fn zone(&self) -> mastering::Zone {
        self.studio.catalogue().calendar.time_zone.clone()
    }
}

/// All pages, the API, health and assets.
pub fn router(studio: Studio, config: WebConfig) -> Router {
    let web = Web {
        studio,
        config: Arc::new(config),
    };
    let small = Router::new()
        .merge(pages::routes())
        .nest("/api/v1", api::routes())
        .merge(health::routes())
        .merge(assets::routes())
        .fallback(trouble::no_such_page)
        .method_not_allowed_fallback(trouble::no_such_method)
        .layer(middleware::from_fn(small_body::limit));
    // Uploads alone stream their bodies; everything else is read whole, within a limit, first.
    small
        .merge(pages::upload_routes())
        .nest("/api/v1", api::upload_routes())
        .layer(middleware::from_fn(headers::add_headers))
        .with_state(web)
}
