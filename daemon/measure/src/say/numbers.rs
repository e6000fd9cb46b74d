//! Sentences about format, bits and dither.

use crate::codes;
use crate::detect::grids::{self, Codec};
use crate::detect::spectrum::Wall;
use crate::detect::usual_rates_below;
use crate::finding::{Finding, Severity};
use crate::say::Seen;

pub(crate) fn all(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    findings.extend(padded(seen));
    findings.extend(dither(seen));
    let grid = coded_grid(seen);
    // What the grid proves needs no cut-off to speak for it.
    let bandwidth = bandwidth(seen).filter(|f| grid.is_none() || f.code != codes::LOSSY_SOURCE);
    findings.extend(grid);
    findings.extend(bandwidth);
}

/// Bits that count: what the file really uses, where that can be told.
fn bits_in_use(seen: &Seen<'_>) -> u32 {
    let container = seen.watches.context.sample.bits();
    seen.measured
        .effective_bit_depth
        .map_or(container, |b| b.min(container))
}

/// Another rate or depth than the client declared.
pub(crate) fn declared(seen: &Seen<'_>) -> Option<Finding> {
    let context = &seen.watches.context;
    let declared = context.declared?;
    let bits = context.sample.bits();
    if declared.rate_hz == context.rate_hz && declared.bits == bits {
        return None;
    }
    let name =
        |rate_hz: u32, bits: u32| format!("{} kHz / {bits} bit", f64::from(rate_hz) / 1000.0);
    let (said, is) = (
        name(declared.rate_hz, declared.bits),
        name(context.rate_hz, bits),
    );
    Some(
        Finding::new(codes::FORMAT_NOT_AS_DECLARED, Severity::Ask)
            .evidence("declared_rate", f64::from(declared.rate_hz), "Hz")
            .evidence("rate", f64::from(context.rate_hz), "Hz")
            .evidence("declared_bits", f64::from(declared.bits), "bits")
            .evidence("bits", f64::from(bits), "bits")
            .client(format!("The mix was announced as {said}, but the file is {is}."))
            .engineer(format!("Declared {said}; the file holds {is}."))
            .advice("Say which is right; print at the session's own rate and depth if this one was converted."),
    )
}

fn padded(seen: &Seen<'_>) -> Option<Finding> {
    let sample = seen.watches.context.sample;
    let used = bits_in_use(seen);
    // A float that holds 24-bit integers is an ordinary print.
    let is_padded = if sample.is_float() {
        used <= 16
    } else {
        used < sample.bits().min(24)
    };
    if !is_padded {
        return None;
    }
    Some(
        Finding::new(codes::PADDED_BITS, Severity::Note)
            .evidence("bits_used", f64::from(used), "bits")
            .evidence("bits_held", f64::from(sample.bits()), "bits")
            .client(format!(
                "The file has room for {} bits, but only {used} are used: it was made at {used} bits and saved as more.",
                sample.bits()
            ))
            .engineer(format!(
                "All samples are multiples of one {used}-bit step; the lower bits are zero throughout."
            ))
            .advice("If a print with more bits exists, send that one; otherwise this one will do."),
    )
}

fn dither(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.numbers;
    let count = seen.watches.bits.dither_at_16()?;
    let used = bits_in_use(seen);
    // Under dither nothing rests: a few such stretches are proof, however much noise lies elsewhere.
    if count.without >= limits.dither_blocks {
        return Some(
            Finding::new(codes::DITHER_MISSING, limits.dither_missing_severity)
                .evidence("quiet_blocks_without", count.without as f64, "")
                .evidence("quiet_blocks_with", count.with as f64, "")
                .client(format!(
                    "The mix was shortened to {used} bits without dither, so that quiet passages and fades end roughly."
                ))
                .engineer(format!(
                    "{} stretches of 10 ms rest on single steps of {used} bits, as dying sound does without dither.",
                    count.without
                ))
                .advice("Print again at 24 bits; dither belongs into the last step, which is mastering."),
        );
    }
    if count.with >= limits.dither_blocks && count.without == 0 {
        let advice = if limits.dither_present_severity == Severity::Note {
            "Nothing to do; a 24-bit print would leave this step to mastering."
        } else {
            "This studio dithers in mastering: print again at 24 bits without dither."
        };
        return Some(
            Finding::new(codes::DITHER_PRESENT, limits.dither_present_severity)
                .evidence("quiet_blocks_with", count.with as f64, "")
                .client(format!(
                    "The mix was dithered to {used} bits, as it should be at that depth."
                ))
                .engineer(format!(
                    "{} quiet stretches of 10 ms carry noise of about one step at {used} bits.",
                    count.with
                ))
                .advice(advice),
        );
    }
    None
}

/// A wall with nothing above it: a lossy codec's, a resampler's, or one that could be either.
fn bandwidth(seen: &Seen<'_>) -> Option<Finding> {
    let context = &seen.watches.context;
    let limits = &context.thresholds.numbers;
    let bits = seen.measured.effective_bit_depth;
    let Some(wall) = seen.watches.spectrum.wall(bits, limits.wall_db) else {
        return images(seen);
    };
    let rate = f64::from(context.rate_hz);
    // A resampler begins to fall at about 0.9 of half the lower rate and has ended at half of it.
    let lower = usual_rates_below(rate)
        .find(|&r| wall.edge_hz >= 0.9 * r / 2.0 && wall.edge_hz <= 1.02 * r / 2.0);
    // The file itself says so already.
    let is_known = context.lossy_source.is_some();
    let is_codec = wall.edge_hz <= limits.lossy_wall_hz;
    let has_holes = wall.holes >= limits.lossy_holes_share && wall.gaps >= limits.lossy_gaps_share;
    // The mirror tells the rate more surely than the place of the wall.
    let images = images(seen);
    let finding = match lower {
        _ if is_codec && has_holes && !is_known => lossy_origin(&wall, limits.lossy_holes_severity),
        _ if images.is_some() => return images,
        Some(lower_hz) if wall.edge_hz > limits.lossy_wall_hz || rate > 50_000.0 => {
            upsampled(&wall, lower_hz)
        }
        Some(_) | None if !is_codec || is_known => return None,
        Some(_) | None => cut_off(&wall),
    };
    Some(
        finding
            .evidence("edge", wall.edge_hz, "Hz")
            .evidence("drop", wall.drop_db, "dB")
            .evidence("floor", wall.floor_dbfs, "dBFS")
            .evidence("holes", wall.holes, "")
            .evidence("gaps", wall.gaps, "")
            .picture(Some(seen.watches.spectrum.svg(wall.edge_hz))),
    )
}

fn upsampled(wall: &Wall, lower_hz: f64) -> Finding {
    Finding::new(codes::UPSAMPLED, Severity::Note)
        .evidence("likely_rate", lower_hz, "Hz")
        .client(format!(
            "There is no sound above {:.1} kHz: the mix was probably made at {} kHz and converted to a higher rate.",
            wall.edge_hz / 1000.0,
            lower_hz / 1000.0
        ))
        .engineer(format!(
            "The spectrum falls {:.0} dB at {:.1} kHz to an empty floor ({:.0} dBFS per band), as a resampler from {} kHz leaves it.",
            wall.drop_db,
            wall.edge_hz / 1000.0,
            wall.floor_dbfs,
            lower_hz / 1000.0
        ))
        .advice("Print at the session's own rate; converting up adds nothing.")
}

/// What a gentle resampler leaves above the lower rate's half.
fn images(seen: &Seen<'_>) -> Option<Finding> {
    let spectrum = &seen.watches.spectrum;
    let limit = seen.watches.context.thresholds.numbers.image_correlation;
    let images = spectrum.images().filter(|i| i.correlation >= limit)?;
    let (lower, half) = (images.rate_hz / 1000.0, images.rate_hz / 2_000.0);
    Some(
        Finding::new(codes::UPSAMPLED, Severity::Note)
            .evidence("likely_rate", images.rate_hz, "Hz")
            .evidence("mirror", images.correlation, "")
            .client(format!(
                "Above {half:.1} kHz there is only a mirror image of the highs below: the mix was probably made at {lower} kHz and converted to a higher rate."
            ))
            .engineer(format!(
                "What lies above {half:.2} kHz is the mirror of what lies below it (correlation {:.2}), as a resampler from {lower} kHz with a gentle filter leaves it.",
                images.correlation
            ))
            .advice("Print at the session's own rate; converting up adds nothing.")
            .picture(Some(spectrum.svg(images.rate_hz / 2.0))),
    )
}

/// The frames of a lossy encoder, found in the decoded sound.
fn coded_grid(seen: &Seen<'_>) -> Option<Finding> {
    let context = &seen.watches.context;
    let limits = &context.thresholds.numbers;
    // Encoders of music work at these rates, and after a conversion no frame is left.
    let is_usual = (22_000..=50_000).contains(&context.rate_hz);
    if context.lossy_source.is_some() || !is_usual || limits.lossy_grid_sigmas <= 0.0 {
        return None;
    }
    let grid = grids::find(&seen.watches.excerpts)?;
    if grid.sigmas < limits.lossy_grid_sigmas {
        return None;
    }
    let (name, long_name) = match grid.codec {
        Codec::Mp3 => ("MP3", "MP3 (MPEG audio layer III)"),
        Codec::Aac => ("AAC", "AAC"),
        Codec::Vorbis => ("Ogg Vorbis", "Vorbis"),
    };
    Some(
        Finding::new(codes::LOSSY_SOURCE, limits.lossy_grid_severity)
            .evidence("frame", grid.hop as f64, "frames")
            .evidence("frame_start", grid.place as f64, "frames")
            .evidence("sigmas", grid.sigmas, "")
            .evidence("excerpts", grid.excerpts as f64, "")
            .client(format!(
                "The mix was once a lossy {name} file: the sound still lies in that format's frames, and what it threw away is missing."
            ))
            .engineer(format!(
                "Seen through the transform of {long_name}, lines are empty where its frames of {} samples begin at sample {}, by {:.0} standard deviations over all other places; no filter and no limiter leaves that.",
                grid.hop, grid.place, grid.sigmas
            ))
            .advice("Send the print it was made from; a lossy file saved as WAV stays lossy.")
            .picture(Some(grid.svg())),
    )
}

fn lossy_origin(wall: &Wall, severity: Severity) -> Finding {
    let khz = wall.edge_hz / 1000.0;
    Finding::new(codes::LOSSY_SOURCE, severity)
        .client(format!(
            "The mix may come from a lossy file such as an MP3: above {khz:.1} kHz everything is missing, and below it moments are, which a filter alone rarely does."
        ))
        .engineer(format!(
            "The spectrum falls {:.0} dB at {khz:.1} kHz to an empty floor ({:.0} dBFS per band); in a hundred loud moments of 21 ms the bands below it drop out and come back {:.0} times, and the worst of them is empty beside music in {:.0}.",
            wall.drop_db,
            wall.floor_dbfs,
            wall.holes * 100.0,
            wall.gaps * 100.0
        ))
        .advice("Send the original print if there is one; an MP3 saved as WAV stays an MP3.")
}

/// A cut-off alone proves nothing, and the words say so.
fn cut_off(wall: &Wall) -> Finding {
    let khz = wall.edge_hz / 1000.0;
    Finding::new(codes::LOSSY_SOURCE, Severity::Note)
        .client(format!(
            "There is no sound above {khz:.1} kHz. A steep filter does that, and so does a lossy file such as an MP3; the cut-off alone does not tell which."
        ))
        .engineer(format!(
            "The spectrum falls {:.0} dB at {khz:.1} kHz to an empty floor ({:.0} dBFS per band); nothing else speaks for a codec.",
            wall.drop_db, wall.floor_dbfs
        ))
        .advice("Nothing to do if a filter was meant; if an MP3 was on the way, send the print it was made from.")
}
