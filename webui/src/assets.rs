//! Style, script and icon: compiled in, named by checksum, kept by browsers for ever.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::Web;

struct Asset {
    /// The name in the sources, such as `player.js`.
    name: &'static str,
    /// The name in the address, such as `player.0f1e2d3c4b5a6978.js`.
    hashed: String,
    mime: &'static str,
    bytes: Vec<u8>,
}

/// A module stands after the ones it imports, since its checksum covers their names.
const SOURCES: [(&str, &str, &[u8]); 9] = [
    (
        "style.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/style.css"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_bytes!("../assets/icon.svg"),
    ),
    (
        "pcm.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/pcm.js"),
    ),
    (
        "stream.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/stream.js"),
    ),
    (
        "player.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/player.js"),
    ),
    (
        "patchbay.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/patchbay.js"),
    ),
    (
        "live.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/live.js"),
    ),
    (
        "programme.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/programme.js"),
    ),
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/page.js"),
    ),
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets: Vec<Asset> = Vec::with_capacity(SOURCES.len());
    for (name, mime, source) in SOURCES {
        let bytes = if name.ends_with(".js") {
            with_hashed_imports(&lean(source), &assets)
        } else {
            source.to_vec()
        };
        let sum = hex::encode(&Sha256::digest(&bytes)[..8]);
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        assets.push(Asset {
            name,
            hashed: format!("{stem}.{sum}.{extension}"),
            mime,
            bytes,
        });
    }
    assets
});

/// Script without what only its readers need: indentation, empty lines, and comments that stand alone on a line.
fn lean(source: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(source);
    let is_comment =
        |line: &&str| line.starts_with("//") || (line.starts_with("/**") && line.ends_with("*/"));
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !is_comment(line));
    lines
        .flat_map(|line| [line, "\n"])
        .collect::<String>()
        .into_bytes()
}

/// Script of one module asks for another as `"./pcm.js"`; the address holds a checksum.
fn with_hashed_imports(source: &[u8], known: &[Asset]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(source).into_owned();
    for asset in known {
        text = text.replace(
            &format!("\"./{}\"", asset.name),
            &format!("\"./{}\"", asset.hashed),
        );
    }
    text.into_bytes()
}

/// The address of an asset.
pub(crate) fn url(name: &str) -> String {
    let asset = ASSETS.iter().find(|a| a.name == name);
    let asset = asset.expect("templates name assets that are compiled in");
    format!("/assets/{}", asset.hashed)
}

async fn show(Path(hashed): Path<String>) -> Response {
    let Some(asset) = ASSETS.iter().find(|a| a.hashed == hashed) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    (
        [
            (header::CONTENT_TYPE, asset.mime),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        asset.bytes.as_slice(),
    )
        .into_response()
}

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/assets/{name}", get(show))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_script_stays_under_60_kilobytes() {
        let script = ASSETS.iter().filter(|a| a.name.ends_with(".js"));
        let bytes: usize = script.map(|a| a.bytes.len()).sum();
        assert!(bytes < 60_000, "{bytes}");
    }

    #[test]
    fn what_only_readers_need_is_not_sent() {
        let source = b"// Why.\n\n/** What. */\nfunction a() {\n  return \"// no\"; // kept\n}\n";
        let sent = lean(source);
        assert_eq!(sent, b"function a() {\nreturn \"// no\"; // kept\n}\n");
        // A text over several lines would lose its indentation: no script of ours has one.
        for (name, _, source) in SOURCES.iter().filter(|(name, ..)| name.ends_with(".js")) {
            let text = std::str::from_utf8(source).unwrap();
            let is_whole = |line: &str| line.matches('`').count().is_multiple_of(2);
            assert!(text.lines().all(is_whole), "{name}");
        }
    }

    #[test]
    fn a_module_imports_others_by_their_hashed_names() {
        for asset in ASSETS.iter().filter(|a| a.name.ends_with(".js")) {
            let text = std::str::from_utf8(&asset.bytes).unwrap();
            for (_, rest) in text
                .match_indices("from \"./")
                .map(|(i, m)| (i, &text[i + m.len()..]))
            {
                let name = rest.split('"').next().unwrap();
                assert!(
                    ASSETS.iter().any(|a| a.hashed == name),
                    "{}: {name}",
                    asset.name
                );
            }
        }
    }
}
