//! An inspection by the house's thresholds, of a mix of which nothing was declared.

use measure::{InspectContext, Inspector, SampleKind, Thresholds};

/// An inspector for samples stored in this way.
pub(crate) fn inspector(rate_hz: u32, channels: usize, sample: SampleKind) -> Inspector {
    Inspector::new(InspectContext {
        rate_hz,
        channels: u32::try_from(channels).unwrap(),
        sample,
        declared: None,
        lossy_source: None,
        thresholds: Thresholds::default(),
    })
    .unwrap()
}
