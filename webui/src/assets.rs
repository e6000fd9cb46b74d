//! Style, script and icon: compiled in, named by checksum, kept by browsers for ever.

mod lean;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use self::lean::lean;
use crate::Web;

struct Asset {
    /// The name in the sources, such as `player.js`.
    name: &'static str,
    /// The name in the address, such as `player.0f1e2d3c4b5a6978.js`.
    hashed: String,
    mime: &'static str,
    bytes: Vec<u8>,
}

macro_rules! script {
    ($name:literal) => {
        (
            $name,
            "text/javascript; charset=utf-8",
            include_bytes!(concat!("../assets/", $name)) as &[u8],
        )
    };
}

/// A module stands after the ones it imports, since its checksum covers their names.
const SOURCES: &[(&str, &str, &[u8])] = &[
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
    script!("pcm.js"),
    script!("stream.js"),
    script!("player.js"),
    script!("lyrics_lines.js"),
    script!("lyrics_marks.js"),
    script!("lyrics_told.js"),
    script!("lyrics.js"),
    script!("patchbay.js"),
    script!("live.js"),
    script!("programme_state.js"),
    script!("programme_laid.js"),
    script!("programme_asked.js"),
    script!("programme_steps.js"),
    script!("programme_waves.js"),
    script!("programme_drawn.js"),
    script!("programme_told.js"),
    script!("programme_sound.js"),
    script!("programme_tone.js"),
    script!("programme_hands.js"),
    script!("programme_edits.js"),
    script!("programme_song.js"),
    script!("programme_panel.js"),
    script!("programme_discs.js"),
    script!("programme_balance.js"),
    script!("programme.js"),
    script!("upload.js"),
    script!("page.js"),
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets: Vec<Asset> = Vec::with_capacity(SOURCES.len());
    for &(name, mime, source) in SOURCES {
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
    use std::collections::BTreeMap;

    use super::*;

    /// What a script loads: itself and, through its imports, others.
    fn loaded<'a>(script: &'a Asset, known: &mut BTreeMap<&'a str, usize>) {
        known.insert(&script.hashed, script.bytes.len());
        let text = std::str::from_utf8(&script.bytes).unwrap();
        for other in ASSETS.iter() {
            let is_new = !known.contains_key(&*other.hashed);
            if is_new && text.contains(&format!("\"./{}\"", other.hashed)) {
                loaded(other, known);
            }
        }
    }

    #[test]
    fn the_script_that_one_page_loads_stays_under_60_kilobytes() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut pages = 0;
        for template in std::fs::read_dir(folder).unwrap() {
            let template = template.unwrap().path();
            let text = std::fs::read_to_string(&template).unwrap();
            let mut known = BTreeMap::new();
            for name in text.split("frame.asset(\"").skip(1) {
                let name = name.split('"').next().unwrap();
                let asset = ASSETS.iter().find(|a| a.name == name).unwrap();
                if name.ends_with(".js") {
                    loaded(asset, &mut known);
                }
            }
            let bytes: usize = known.values().sum();
            assert!(bytes < 60_000, "{}: {bytes}", template.display());
            pages += usize::from(bytes > 0);
        }
        // The base of all, the two of an order, and what has a script of its own.
        assert!(pages >= 6, "{pages}");
    }

    #[test]
    fn templates_stand_on_one_line() {
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
                .match_indices("\"./")
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
