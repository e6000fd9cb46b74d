//! How an Ogg Vorbis stream begins: what its first page ends before is to be dropped.
//!
//! A stream is cropped at its start by letting the first page of audio end at a lower position than
//! its packets add up to (Vorbis I specification, A.2: such frames are "excess to the beginning").
//! Symphonia 0.6.1 takes them off the end of that page instead, or not at all: everything of the
//! first page is late then, and where it ends there is a click.

use symphonia::core::formats::FormatReader;

/// A page ends at most so many packets.
const PACKETS_OF_TWO_PAGES: u64 = 2 * 255;

/// What is to be put right at the start of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LeadIn {
    /// Frames that come before the first.
    pub(crate) frames: u64,
    /// Which packet, counted from 0, is whole although its end is to be taken off.
    pub(crate) whole: Option<u64>,
}

impl LeadIn {
    /// Reads the first packets of a track; the reader has to be opened anew afterwards.
    pub(crate) fn of(reader: &mut dyn FormatReader, track: u32) -> Self {
        let mut found = Self::default();
        let mut shortened = None;
        let mut number = 0;
        for _ in 0..PACKETS_OF_TWO_PAGES {
            // What cannot be read is found again by whoever decodes.
            let Ok(Some(packet)) = reader.next_packet() else {
                break;
            };
            if packet.track_id != track {
                continue;
            }
            if let Some((whole, frames)) = shortened {
                // Only a stream's last packet may lose its end.
                found.whole = Some(whole);
                found.frames += frames;
                break;
            }
            if number == 0 {
                let before = packet.pts.get().saturating_neg();
                let before = u64::try_from(before).unwrap_or(0);
                found.frames = before.saturating_sub(packet.trim_start.get());
            }
            if packet.trim_end.get() > 0 {
                shortened = Some((number, packet.trim_end.get()));
            }
            number += 1;
        }
        found
    }
}
