//! Sentences about heads, tails, fades and silence.

use crate::codes;
use crate::decibel::db;
use crate::detect::borders::BorderClick;
use crate::finding::{Finding, Severity, SpanList, duration, timecode};
use crate::picture::waveform;
use crate::say::Seen;
use crate::say::level::on_channels;

/// A noisier piece than this does not excuse a cut tail.
const LOUDEST_NOISE_DBFS: f64 = -50.0;

pub(crate) fn all(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    // A click is neither sound that was cut nor sound that starts: it is told as what it is.
    let clicks = [
        seen.watches.borders.at_head(),
        seen.watches.borders.at_tail(),
    ];
    let head = head_cut(seen).filter(|_| clicks[0].is_none());
    let tail = tail_cut(seen).filter(|_| clicks[1].is_none());
    let is_tail_cut = tail.is_some();
    let can_have_space = [
        head.is_none() && clicks[0].is_none(),
        tail.is_none() && clicks[1].is_none(),
    ];
    let spaces = Spaces {
        head_dbfs: head_without_space(seen).filter(|_| can_have_space[0]),
        tail_dbfs: tail_without_space(seen).filter(|_| can_have_space[1]),
    };
    findings.extend(head);
    findings.extend(tail);
    findings.extend(space_missing(seen, spaces));
    findings.extend(border_clicks(seen, clicks.into_iter().flatten().collect()));
    if !is_tail_cut {
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
    let is_noise = level < noise + limits.tail_above_noise_db;
    // Where nothing in the piece is quieter than its end, a decay is still no noise.
    if level < limits.tail_cut_note_dbfs || (is_noise && !seen.watches.edges.tail_is_falling()) {
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

/// Levels at the borders where there is no space.
#[derive(Clone, Copy)]
struct Spaces {
    head_dbfs: Option<f64>,
    tail_dbfs: Option<f64>,
}

fn head_without_space(seen: &Seen<'_>) -> Option<f64> {
    let limit = seen.watches.context.thresholds.edges.space_head_dbfs;
    let level = seen.watches.edges.head_dbfs()?;
    // Noise that goes through the whole piece is no sound that starts.
    let noise = seen.measured.noise_floor_dbfs?.min(LOUDEST_NOISE_DBFS);
    let above = seen.watches.context.thresholds.edges.tail_above_noise_db;
    (level >= limit && level >= noise + above).then_some(level)
}

fn tail_without_space(seen: &Seen<'_>) -> Option<f64> {
    /// Zeros behind a decay are space enough.
    const SPACE_SECONDS: f64 = 0.05;
    let edges = &seen.watches.edges;
    let limit = seen.watches.context.thresholds.edges.space_tail_dbfs;
    let level = edges.tail_dbfs()?;
    let is_bare = edges.tail_is_decaying() && edges.tail_zeros_seconds() < SPACE_SECONDS;
    (level >= limit && is_bare).then_some(level)
}

fn space_missing(seen: &Seen<'_>, spaces: Spaces) -> Option<Finding> {
    let end = seen.watches.edges.tail_start_seconds();
    let mut spans = SpanList::default();
    let mut finding = Finding::new(codes::SPACE_MISSING, Severity::Note);
    if let Some(level) = spaces.head_dbfs {
        spans.add(0.0, 0.01);
        finding = finding.evidence("first_10_ms_rms", level, "dBFS");
    }
    if let Some(level) = spaces.tail_dbfs {
        spans.add(end, 0.02);
        finding = finding.evidence("last_20_ms_rms", level, "dBFS");
    }
    let (client, place) = match (spaces.head_dbfs, spaces.tail_dbfs) {
        (Some(_), Some(_)) => (
            "The song begins and ends without any space: it starts at once, and its last sound has not quite died away.",
            "in the first 10 ms and in the last 20 ms",
        ),
        (Some(_), None) => (
            "The song starts at once, without any space before the first sound.",
            "in the first 10 ms",
        ),
        (None, Some(_)) => (
            "The file ends just before the last sound has quite died away.",
            "in the last 20 ms",
        ),
        (None, None) => return None,
    };
    let levels: Vec<String> = [spaces.head_dbfs, spaces.tail_dbfs]
        .into_iter()
        .flatten()
        .map(|level| format!("{level:.0} dBFS RMS"))
        .collect();
    Some(
        finding
            .client(client)
            .engineer(format!("No silence {place}: {}.", levels.join(" and ")))
            .advice("If you print again, leave a second of space before the first sound and after the last.")
            .picture(seen.plot(&spans.marks()))
            .at(&spans),
    )
}

fn border_clicks(seen: &Seen<'_>, clicks: Vec<BorderClick>) -> Option<Finding> {
    let rate = f64::from(seen.measured.rate_hz);
    let mut spans = SpanList::default();
    let mut channels = Vec::new();
    for click in &clicks {
        spans.add(click.frame as f64 / rate, 1.0 / rate);
        channels.push(u32::try_from(click.channel).expect("at most 32"));
    }
    channels.sort_unstable();
    channels.dedup();
    let first = clicks.first()?;
    let size = clicks.iter().map(|c| c.size).fold(0.0, f64::max);
    let place = match clicks.len() {
        1 if first.frame as f64 / rate < 0.01 => "on its first samples",
        1 => "on its last samples",
        _ => "on its first and on its last samples",
    };
    Some(
        Finding::new(codes::EDGE_CLICK, Severity::Note)
            .channels(channels.clone())
            .evidence("places", clicks.len() as f64, "")
            .evidence("largest_step", db(size).unwrap_or_default(), "dBFS")
            .client(format!("The file has a click {place}; it is trimmed in mastering."))
            .engineer(format!(
                "A step of up to {:.1} dBFS {place}, on {}, the first at {:.4} s.",
                db(size).unwrap_or_default(),
                on_channels(&channels, seen.measured.channels),
                first.frame as f64 / rate
            ))
            .advice("Nothing to do for mastering; a fade of a few milliseconds at the borders of the print avoids it.")
            .picture(Some(waveform(&first.samples, first.mark as f64)))
            .at(&spans),
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
