//! Sentences about heads, tails, fades and silence.

use crate::codes;
use crate::finding::{Finding, Severity, SpanList, duration, timecode};
use crate::say::Seen;

/// A noisier piece than this does not excuse a cut tail.
const LOUDEST_NOISE_DBFS: f64 = -50.0;

pub(crate) fn all(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    findings.extend(head_cut(seen));
    let tail = tail_cut(seen);
    let is_cut = tail.is_some();
    findings.extend(tail);
    if !is_cut {
        findings.extend(fade_made(seen));
    }
    findings.extend(silence(seen));
}

fn head_cut(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.edges;
    let (jump, level) = seen.watches.edges.head_levels()?;
    if jump < limits.head_jump_dbfs || level < limits.head_cut_dbfs {
        return None;
    }
    let is_sustained = seen.watches.edges.head_is_sustained();
    let (severity, client) = if is_sustained {
        (
            Severity::Ask,
            "The song starts in the middle of a sound: the beginning seems to be cut off.",
        )
    } else {
        (
            Severity::Note,
            "The first sound starts on the very first sample; its attack may be cut a little.",
        )
    };
    Some(
        Finding::new(codes::HEAD_CUT, severity)
            .evidence("first_sample", jump, "dBFS")
            .evidence("first_5_ms_rms", level, "dBFS")
            .client(client)
            .engineer(format!(
                "The first sample stands at {jump:.1} dBFS, the first 5 ms at {level:.1} dBFS RMS, with no lead-in."
            ))
            .advice("Print again with a second of space before the first sound.")
            .picture(seen.plot(&[(0.0, 0.005)]))
            .at(&SpanList::one(0.0, 0.005)),
    )
}

fn tail_cut(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.edges;
    let level = seen.watches.edges.tail_dbfs()?;
    let noise = seen.measured.noise_floor_dbfs?.min(LOUDEST_NOISE_DBFS);
    if level < limits.tail_cut_note_dbfs || level < noise + limits.tail_above_noise_db {
        return None;
    }
    let at = seen.watches.edges.tail_start_seconds();
    let (severity, client) = if level >= limits.tail_cut_ask_dbfs {
        (
            Severity::Ask,
            format!(
                "The end, at {}, is cut off while there is still sound.",
                timecode(at)
            ),
        )
    } else {
        (
            Severity::Note,
            format!(
                "The very end of the last sound, at {}, is cut off, though quietly.",
                timecode(at)
            ),
        )
    };
    Some(
        Finding::new(codes::TAIL_CUT, severity)
            .evidence("last_20_ms_rms", level, "dBFS")
            .evidence("noise_floor", noise, "dBFS")
            .client(client)
            .engineer(format!(
                "The data ends at {:.3} s with {level:.1} dBFS RMS in its last 20 ms; quietest 100 ms of the piece {:.1} dBFS.",
                at + 0.02,
                seen.measured.noise_floor_dbfs.unwrap_or(noise)
            ))
            .advice("Print again and let the last sound ring out to silence.")
            .picture(seen.plot(&[(at, 0.02)]))
            .at(&SpanList::one(at, 0.02)),
    )
}

fn fade_made(seen: &Seen<'_>) -> Option<Finding> {
    let (seconds, depth) = seen.watches.edges.fade()?;
    let start =
        (seen.measured.duration_seconds - seen.watches.edges.tail_silence_seconds() - seconds)
            .max(0.0);
    Some(
        Finding::new(codes::FADE_MADE, Severity::Note)
            .evidence("length", seconds, "seconds")
            .evidence("depth", depth, "dB")
            .client(format!(
                "The song ends in a fade or a long decay from {} on; it stays as it is.",
                timecode(start)
            ))
            .engineer(format!(
                "The level falls steadily by {depth:.0} dB over the last {seconds:.0} s."
            ))
            .advice("If the fade should be made in mastering, send the mix without it.")
            .picture(seen.plot(&[(start, seconds)]))
            .at(&SpanList::one(start, seconds)),
    )
}

fn silence(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.edges;
    let edges = &seen.watches.edges;
    let mut spans = SpanList::default();
    let mut places = Vec::new();
    let head = edges.head_silence_seconds();
    if head >= limits.head_silence_seconds {
        spans.add(0.0, head);
        places.push(format!("{} before the first sound", duration(head)));
    }
    for span in &edges.inner_silence.kept {
        spans.add(span.start_seconds, span.length_seconds);
        places.push(format!(
            "{} at {}",
            duration(span.length_seconds),
            timecode(span.start_seconds)
        ));
    }
    let tail = edges.tail_silence_seconds();
    if tail >= limits.tail_silence_seconds {
        spans.add(seen.measured.duration_seconds - tail, tail);
        places.push(format!("{} after the last sound", duration(tail)));
    }
    let longest = spans
        .kept
        .iter()
        .map(|s| s.length_seconds)
        .fold(0.0, f64::max);
    let first = places.first()?.clone();
    let list = if places.len() > 1 {
        format!("{first}, and {} more", places.len() - 1)
    } else {
        first
    };
    Some(
        Finding::new(codes::SILENCE_LONG, Severity::Note)
            .evidence("longest", longest, "seconds")
            .evidence("head", head, "seconds")
            .evidence("tail", tail, "seconds")
            .client(format!("There is a long silence: {list}."))
            .engineer(format!(
                "Below {:.0} dBFS: {}.",
                limits.silence_dbfs,
                places.join("; ")
            ))
            .advice("Say so if the silence is meant; heads and tails are trimmed in mastering.")
            .picture(seen.plot(&spans.marks()))
            .at(&spans),
    )
}
