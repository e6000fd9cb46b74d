//! Sentences about level: clipping, headroom, limiting, silence.

use crate::codes;
use crate::detect::flat_tops::FlatTops;
use crate::finding::{Finding, Severity, SpanList, timecode};
use crate::say::{Seen, channel_name};

pub(crate) fn all(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let clipped = clipping(seen);
    let is_clipped = clipped.is_some();
    findings.extend(clipped);
    findings.extend(clipped_below(seen));
    findings.extend(limited(seen));
    findings.extend(float_overs(seen));
    findings.extend(intersample_overs(seen));
    if !is_clipped {
        findings.extend(headroom(seen));
    }
    findings.extend(peak_low(seen));
}

/// Nothing audible anywhere.
pub(crate) fn silent(seen: &Seen<'_>) -> Finding {
    let peak = seen.measured.sample_peak_dbfs;
    Finding::new(codes::SILENT, Severity::Blocks)
        .evidence("sample_peak", peak.unwrap_or(f64::NEG_INFINITY), "dBFS")
        .client(format!(
            "There is nothing to hear in this file: {} of silence.",
            timecode(seen.measured.duration_seconds)
        ))
        .engineer(match peak {
            Some(peak) => format!("Sample peak {peak:.1} dBFS over the whole file."),
            None => "Digital silence from first to last frame.".to_owned(),
        })
        .advice("Check the print: a muted bus or the wrong output is the usual cause.")
        .picture(seen.plot(&[]))
}

/// Merges what was seen on all channels.
fn merged<'a>(tops: impl Iterator<Item = (usize, &'a FlatTops)>) -> (FlatTops, Vec<u32>) {
    let mut all = FlatTops::default();
    let mut channels = Vec::new();
    let mut spans = Vec::new();
    let mut most = 0;
    for (channel, top) in tops.filter(|(_, t)| t.runs > 0) {
        all.runs += top.runs;
        all.samples += top.samples;
        all.longest_frames = all.longest_frames.max(top.longest_frames);
        channels.push(u32::try_from(channel).expect("at most 32"));
        spans.extend(top.spans.kept.iter().copied());
        most = most.max(top.spans.count);
    }
    spans.sort_by(|a, b| a.start_seconds.total_cmp(&b.start_seconds));
    for span in spans {
        all.spans.add(span.start_seconds, span.length_seconds);
    }
    all.spans.count = all.spans.count.max(most);
    (all, channels)
}

fn clipping(seen: &Seen<'_>) -> Option<Finding> {
    let tops = seen.watches.flat_tops.iter().map(|t| &t.at_full_scale);
    let (all, channels) = merged(tops.enumerate());
    if all.runs == 0 {
        return None;
    }
    let limits = &seen.watches.context.thresholds.level;
    let is_heavy = all.runs >= limits.clip_ask_runs
        || all.longest_frames >= u64::from(limits.clip_ask_run_frames);
    let at = timecode(all.spans.first_seconds());
    let (client, severity) = if is_heavy {
        let places = if all.spans.count == 1 {
            format!("at {at}")
        } else {
            format!("in {} places, first at {at}", all.spans.count)
        };
        (
            format!(
                "The mix clips {places}: the peaks are cut off flat, which can be heard as distortion."
            ),
            Severity::Ask,
        )
    } else {
        (
            format!("A few peaks touch full scale, first at {at}; this is rarely heard."),
            Severity::Note,
        )
    };
    Some(
        Finding::new(codes::CLIPPING, severity)
            .channels(channels)
            .evidence("runs", all.runs as f64, "")
            .evidence("samples", all.samples as f64, "frames")
            .evidence("longest", all.longest_frames as f64, "frames")
            .client(client)
            .engineer(format!(
                "{} runs of {} or more samples at full scale, the longest {} samples, {} samples in all.",
                all.runs, limits.clip_run_frames, all.longest_frames, all.samples
            ))
            .advice("Turn the master fader down by 3 dB or more, or take the limiter off the mix bus, and print again.")
            .picture(seen.watches.history.drawing("clipping"))
            .at(&all.spans),
    )
}

fn clipped_below(seen: &Seen<'_>) -> Option<Finding> {
    let tops = seen.watches.flat_tops.iter().map(|t| &t.below);
    let (all, channels) = merged(tops.enumerate());
    let limits = &seen.watches.context.thresholds.level;
    if all.runs < limits.clip_ask_runs {
        return None;
    }
    let peak = seen.measured.sample_peak_dbfs.unwrap_or_default();
    Some(
        Finding::new(codes::CLIPPED_BELOW_FULL_SCALE, Severity::Ask)
            .channels(channels)
            .evidence("runs", all.runs as f64, "")
            .evidence("longest", all.longest_frames as f64, "frames")
            .evidence("level", peak, "dBFS")
            .client(format!(
                "The peaks are cut off flat, first at {}, although the file is not at full scale: it was clipped and turned down afterwards.",
                timecode(all.spans.first_seconds())
            ))
            .engineer(format!(
                "{} flat tops of {} or more samples at the file's peak of {peak:.2} dBFS, the longest {} samples.",
                all.runs, limits.flat_run_frames, all.longest_frames
            ))
            .advice("Print again without the clipper or limiter, or with the level turned down in front of it.")
            .picture(seen.watches.history.drawing("flat"))
            .at(&all.spans),
    )
}

fn limited(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.level;
    let plr = seen.measured.plr_lu?;
    let density = seen.watches.density.share_near_peak();
    let is_dense = plr <= limits.limited_note_plr_lu && density >= limits.limited_density_share;
    let ceiling = seen.watches.density.ceiling();
    let is_flat = ceiling.peaks as f64 >= limits.ceiling_share * ceiling.below as f64
        || plr <= limits.limited_note_plr_lu;
    let has_ceiling = plr <= limits.ceiling_plr_lu
        && ceiling.lanes == ceiling.all_lanes
        && ceiling.peaks >= limits.ceiling_peaks
        && is_flat;
    if !is_dense && !has_ceiling {
        return None;
    }
    let (severity, client) = if is_dense && plr <= limits.limited_ask_plr_lu {
        (
            Severity::Ask,
            "The mix was already made loud with a limiter; there is little left that mastering can shape.",
        )
    } else {
        (
            Severity::Note,
            "The loudest peaks all end at one level: a limiter was on the mix already.",
        )
    };
    let psr = seen.measured.psr_min_lu.unwrap_or(plr);
    Some(
        Finding::new(codes::LIMITED_ALREADY, severity)
            .evidence("plr", plr, "LU")
            .evidence("psr_min", psr, "LU")
            .evidence("stretches_near_peak", density, "")
            .evidence("peaks_at_ceiling", ceiling.peaks as f64, "")
            .evidence("peaks_below_ceiling", ceiling.below as f64, "")
            .client(client)
            .engineer(format!(
                "PLR {plr:.1} LU, smallest PSR {psr:.1} LU; {:.0} % of all 50 ms stretches peak within 0.5 dB of the highest. {} peaks of 10 ms stand within 0.4 dB of it and {} in the 0.8 dB below, on {} of {} polarities and channels.",
                density * 100.0,
                ceiling.peaks,
                ceiling.below,
                ceiling.lanes,
                ceiling.all_lanes
            ))
            .advice("Send the mix without the limiter on the mix bus; keep the limited one in a References folder to show what you like.")
            .picture(seen.plot(&[])),
    )
}

fn float_overs(seen: &Seen<'_>) -> Option<Finding> {
    let peak = seen.measured.sample_peak_dbfs?;
    if !seen.watches.context.sample.is_float() || peak <= 0.0 {
        return None;
    }
    let severity = seen.watches.context.thresholds.level.float_overs_severity;
    let (what, advice) = if severity == Severity::Note {
        (
            "which is fine in a floating-point file",
            "Leave it as it is.",
        )
    } else {
        (
            "but it is a floating-point file",
            "This studio asks for peaks below full scale: turn the master fader down and print again.",
        )
    };
    let at = seen.measured.true_peak_seconds?;
    Some(
        Finding::new(codes::FLOAT_OVERS, severity)
            .evidence("sample_peak", peak, "dBFS")
            .client(format!(
                "The mix goes {peak:.1} dB over full scale, {what}: nothing is lost."
            ))
            .engineer(format!(
                "Float samples up to {peak:+.2} dBFS; intact, no flat tops at full scale."
            ))
            .advice(advice)
            .picture(seen.plot(&[(at, 0.0)])),
    )
}

fn intersample_overs(seen: &Seen<'_>) -> Option<Finding> {
    let (peak, sample) = seen
        .measured
        .true_peak_dbtp
        .zip(seen.measured.sample_peak_dbfs)?;
    let at = seen.measured.true_peak_seconds?;
    // Beyond full scale in the samples is another finding.
    if peak <= 0.0 || sample > 0.0 {
        return None;
    }
    let channels = (0_u32..)
        .zip(&seen.measured.per_channel)
        .filter(|(_, c)| c.true_peak_dbtp.is_some_and(|p| p > 0.0))
        .map(|(index, _)| index)
        .collect();
    Some(
        Finding::new(codes::INTERSAMPLE_OVERS, Severity::Note)
            .channels(channels)
            .evidence("true_peak", peak, "dBTP")
            .client(format!(
                "Between the samples the sound goes over full scale, most at {}; mastering takes care of it.",
                timecode(at)
            ))
            .engineer(format!(
                "True peak {peak:+.2} dBTP at {at:.3} s; sample peak {sample:.2} dBFS."
            ))
            .advice("Nothing to do; 2 dB more headroom would avoid it.")
            .picture(seen.plot(&[(at, 0.0)]))
            .at(&SpanList::one(at, 0.0)),
    )
}

fn headroom(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.level;
    let peak = seen.measured.true_peak_dbtp?;
    if peak <= -limits.headroom_db {
        return None;
    }
    let severity = if seen.watches.context.sample.is_float() {
        Severity::Note
    } else {
        limits.headroom_severity
    };
    let at = seen.measured.true_peak_seconds?;
    // A float file may go over full scale: then there is none, not 0.0 dB of it.
    let left = if peak < -0.05 {
        format!("only {:.1} dB of headroom", -peak)
    } else {
        "no headroom".to_owned()
    };
    Some(
        Finding::new(codes::HEADROOM_LOW, severity)
            .evidence("true_peak", peak, "dBTP")
            .client(format!(
                "The loudest peak, at {}, leaves {left}; it can be mastered, a little more room would be better.",
                timecode(at)
            ))
            .engineer(format!(
                "True peak {peak:+.2} dBTP at {at:.3} s; {:.0} dB of headroom are asked for.",
                limits.headroom_db
            ))
            .advice("If you print again, leave 3 to 6 dB below full scale.")
            .picture(seen.plot(&[(at, 0.0)]))
            .at(&SpanList::one(at, 0.0)),
    )
}

fn peak_low(seen: &Seen<'_>) -> Option<Finding> {
    let limit = seen.watches.context.thresholds.level.peak_low_dbfs;
    let peak = seen.measured.sample_peak_dbfs.filter(|&p| p < limit)?;
    Some(
        Finding::new(codes::PEAK_LOW, Severity::Note)
            .evidence("sample_peak", peak, "dBFS")
            .client(format!(
                "The mix is very quiet: its loudest peak is {:.0} dB below full scale.",
                -peak
            ))
            .engineer(format!("Sample peak {peak:.1} dBFS."))
            .advice("Check the level of the print; 24 bits keep the quality, 16 bits at this level do not.")
            .picture(seen.plot(&[])),
    )
}

/// Names the channels of a finding in a sentence.
pub(crate) fn on_channels(channels: &[u32], all: u32) -> String {
    let names: Vec<String> = channels
        .iter()
        .map(|&c| channel_name(usize::try_from(c).expect("at most 32"), all))
        .collect();
    names.join(" and ")
}
