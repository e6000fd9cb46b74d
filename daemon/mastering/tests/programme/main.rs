//! Programmes laid out on their discs: exact places, what grids move, and all that is refused.

mod faults;
mod layouts;
mod random;

use std::collections::BTreeMap;

use mastering::programme::{Programme, Source};

/// Sources by name, each `name rate frames`.
fn sources(lines: &[(&str, u32, u64)]) -> BTreeMap<String, Source> {
    let source = |(name, rate_hz, frames): &(&str, u32, u64)| {
        let source = Source {
            rate_hz: *rate_hz,
            channels: 2,
            frames: *frames,
        };
        ((*name).to_owned(), source)
    };
    lines.iter().map(source).collect()
}

fn programme(text: &str) -> Programme {
    Programme::read(&format!("title = \"Northern Lines\"\n{text}")).unwrap()
}
