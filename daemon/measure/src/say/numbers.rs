//! Sentences about format, bits and dither.

use crate::codes;
use crate::detect::spectrum::Wall;
use crate::finding::{Finding, Severity};
use crate::say::Seen;

pub(crate) fn all(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    findings.extend(padded(seen));
    findings.extend(dither(seen));
    findings.extend(bandwidth(seen));
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
    if count.without >= limits.dither_blocks && count.without > 4 * count.with {
        return Some(
            Finding::new(codes::DITHER_MISSING, limits.dither_missing_severity)
                .evidence("quiet_blocks_without", count.without as f64, "")
                .evidence("quiet_blocks_with", count.with as f64, "")
                .client(format!(
                    "The mix was shortened to {used} bits without dither, so that quiet passages and fades end roughly."
                ))
                .engineer(format!(
                    "{} quiet stretches of 10 ms step without noise at {used} bits.",
                    count.without
                ))
                .advice("Print again at 24 bits; dither belongs into the last step, which is mastering."),
        );
    }
    if count.with >= limits.dither_blocks && count.with > 4 * count.without {
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

/// Rates a print may have come from, in Hz.
const USUAL_RATES_HZ: [f64; 8] = [
    22_050.0, 32_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0,
];

/// A wall with nothing above it: a lossy codec's, a resampler's, or one that could be either.
fn bandwidth(seen: &Seen<'_>) -> Option<Finding> {
    let context = &seen.watches.context;
    let limits = &context.thresholds.numbers;
    let bits = seen.measured.effective_bit_depth;
    let wall = seen.watches.spectrum.wall(bits, limits.wall_db)?;
    let rate = f64::from(context.rate_hz);
    // A resampler begins to fall at about 0.9 of half the lower rate and has ended at half of it.
    let lower = USUAL_RATES_HZ
        .into_iter()
        .filter(|&r| r < 0.95 * rate)
        .find(|&r| wall.edge_hz >= 0.9 * r / 2.0 && wall.edge_hz <= 1.02 * r / 2.0);
    // The file itself says so already.
    let is_known = context.lossy_source.is_some();
    let is_codec = wall.edge_hz <= limits.lossy_wall_hz;
    let finding = match lower {
        _ if is_codec && wall.holes >= limits.lossy_holes_share && !is_known => {
            lossy_origin(&wall, Severity::Ask)
        }
        Some(lower_hz) if wall.edge_hz > limits.lossy_wall_hz || rate > 50_000.0 => {
            upsampled(&wall, lower_hz)
        }
        Some(_) | None if is_codec && !is_known => lossy_origin(&wall, Severity::Note),
        Some(_) | None => return None,
    };
    Some(
        finding
            .evidence("edge", wall.edge_hz, "Hz")
            .evidence("drop", wall.drop_db, "dB")
            .evidence("floor", wall.floor_dbfs, "dBFS")
            .evidence("holes", wall.holes, "")
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

fn lossy_origin(wall: &Wall, severity: Severity) -> Finding {
    let khz = wall.edge_hz / 1000.0;
    let client = if severity == Severity::Note {
        format!(
            "There is no sound above {khz:.1} kHz; a lossy file on the way, such as an MP3, may be the reason."
        )
    } else {
        format!(
            "The mix seems to come from a lossy file such as an MP3: above {khz:.1} kHz everything is missing, and below it moments are."
        )
    };
    Finding::new(codes::LOSSY_SOURCE, severity)
        .client(client)
        .engineer(format!(
            "The spectrum falls {:.0} dB at {khz:.1} kHz to an empty floor ({:.0} dBFS per band); bands below it are empty in {:.0} % of loud frames.",
            wall.drop_db,
            wall.floor_dbfs,
            wall.holes * 100.0
        ))
        .advice("Send the original print if there is one; an MP3 saved as WAV stays an MP3.")
}
