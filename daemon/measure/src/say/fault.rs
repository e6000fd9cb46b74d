//! Sentences about faults of channels and signal.

use crate::codes;
use crate::decibel::{db, power_db};
use crate::detect::pops::PopWatch;
use crate::finding::{Finding, Severity, SpanList, duration, timecode};
use crate::say::level::on_channels;
use crate::say::{Seen, channel_name, signal};

pub(crate) fn all(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    findings.extend(dc_offset(seen));
    let dead = one_channel(seen);
    let is_dead = dead.is_some();
    findings.extend(dead);
    findings.extend(mono_file(seen));
    let inverted = polarity(seen);
    if !is_dead && inverted.is_none() {
        findings.extend(bass(seen));
        findings.extend(imbalance(seen));
    }
    findings.extend(inverted);
    // A damaged sample was heard as silence, which clicks; it is told once.
    if seen.non_finite.samples == 0 {
        findings.extend(dropouts(seen));
        findings.extend(clicks(seen));
        findings.extend(signal::repeated(seen));
    }
    if !is_dead {
        findings.extend(signal::delayed(seen));
    }
    findings.extend(signal::hum(seen));
}

/// Samples that are no numbers.
pub(crate) fn non_finite(seen: &Seen<'_>) -> Option<Finding> {
    let count = seen.non_finite.samples;
    let first = seen.non_finite.first_frame.iter().flatten().min()?;
    let at = *first as f64 / f64::from(seen.measured.rate_hz);
    let channels: Vec<u32> = (0_u32..)
        .zip(&seen.non_finite.first_frame)
        .filter(|(_, frame)| frame.is_some())
        .map(|(channel, _)| channel)
        .collect();
    let place = on_channels(&channels, seen.measured.channels);
    Some(
        Finding::new(codes::NON_FINITE, Severity::Blocks)
            .channels(channels)
            .evidence("samples", count as f64, "")
            .client(format!(
                "The file holds damaged samples, first at {}: a plug-in or the print went wrong there.",
                timecode(at)
            ))
            .engineer(format!(
                "{count} samples are NaN or infinite, on {place}, the first at {at:.3} s."
            ))
            .advice("Find the plug-in that failed, usually a reverb or a filter, reset it and print again.")
            .picture(seen.plot(&[(at, 0.0)]))
            .at(&SpanList::one(at, 0.0)),
    )
}

fn dc_offset(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let levels: Vec<(u32, f64)> = (0_u32..)
        .zip(&seen.measured.per_channel)
        .filter_map(|(channel, c)| Some((channel, db(c.dc.abs())?)))
        .filter(|(_, level)| *level >= limits.dc_note_dbfs)
        .collect();
    let worst = levels.iter().map(|l| l.1).reduce(f64::max)?;
    let severity = if worst >= limits.dc_ask_dbfs {
        Severity::Ask
    } else {
        Severity::Note
    };
    let channels: Vec<u32> = levels.iter().map(|l| l.0).collect();
    let place = on_channels(&channels, seen.measured.channels);
    Some(
        Finding::new(codes::DC_OFFSET, severity)
            .channels(channels)
            .evidence("dc", worst, "dBFS")
            .client("The waveform does not sit on the centre line (a DC offset), which costs level; mastering removes it.")
            .engineer(format!("DC of {worst:.1} dBFS on {place}."))
            .advice("Nothing to do for mastering; look for the unit or plug-in that adds it.")
            .picture(seen.plot(&[])),
    )
}

fn rms_difference(seen: &Seen<'_>) -> Option<f64> {
    let [left, right] = &seen.measured.per_channel[..] else {
        return None;
    };
    Some(left.rms_aes17_dbfs? - right.rms_aes17_dbfs?)
}

fn one_channel(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds;
    if seen.measured.channels != 2 {
        return empty_channels(seen);
    }
    let level = |channel: usize| {
        seen.measured.per_channel[channel]
            .rms_aes17_dbfs
            .unwrap_or(f64::NEG_INFINITY)
    };
    let (quiet, loud) = if level(0) < level(1) { (0, 1) } else { (1, 0) };
    let peak = seen.measured.per_channel[quiet]
        .sample_peak_dbfs
        .unwrap_or(f64::NEG_INFINITY);
    let is_dead = peak < limits.level.silent_dbfs
        || level(loud) - level(quiet) >= limits.fault.dead_channel_db;
    is_dead.then(|| {
        let name = channel_name(quiet, 2);
        Finding::new(codes::ONE_CHANNEL, Severity::Ask)
            .channels(vec![u32::try_from(quiet).expect("0 or 1")])
            .evidence("quiet_rms", level(quiet), "dBFS")
            .evidence("loud_rms", level(loud), "dBFS")
            .client(format!(
                "There is no sound on {name}; the whole mix comes from the other side."
            ))
            .engineer(format!(
                "On {name} nothing above {:.0} dBFS; the other has {:.1} dBFS RMS.",
                peak.max(-200.0),
                level(loud)
            ))
            .advice("Check the panning and the outputs of the print, and print again.")
            .picture(seen.plot(&[]))
    })
}

/// Channels of a surround mix without any sound, which may be meant.
fn empty_channels(seen: &Seen<'_>) -> Option<Finding> {
    let limit = seen.watches.context.thresholds.level.silent_dbfs;
    let empty: Vec<u32> = (0_u32..)
        .zip(&seen.measured.per_channel)
        .filter(|(_, c)| c.sample_peak_dbfs.is_none_or(|p| p < limit))
        .map(|(channel, _)| channel)
        .collect();
    if empty.is_empty() {
        return None;
    }
    let place = on_channels(&empty, seen.measured.channels);
    Some(
        Finding::new(codes::ONE_CHANNEL, Severity::Note)
            .evidence("channels", empty.len() as f64, "")
            .channels(empty)
            .client(format!("There is no sound on {place}."))
            .engineer(format!("Nothing above {limit:.0} dBFS on {place}."))
            .advice("Nothing to do if these channels are meant to be empty; otherwise check the outputs of the print.")
            .picture(seen.plot(&[])),
    )
}

/// What differs between left and right against what they share, in dB; none where they are equal.
fn residual_db(seen: &Seen<'_>) -> Option<f64> {
    let correlation = seen.measured.correlation.filter(|c| *c > 0.0)?;
    power_db(1.0 - correlation * correlation)
}

fn mono_file(seen: &Seen<'_>) -> Option<Finding> {
    let is_identical = seen.watches.stereo.as_ref().is_some_and(|s| s.is_identical);
    let residual = residual_db(seen);
    let limit = seen.watches.context.thresholds.fault.mono_residual_db;
    let (client, engineer) = match seen.measured.channels {
        1 => (
            "This is a mono file with one channel.",
            "One channel.".to_owned(),
        ),
        2 if is_identical => (
            "Left and right are exactly the same: the mix is mono.",
            "Both channels are equal sample for sample.".to_owned(),
        ),
        2 if residual.is_some_and(|r| r <= limit) => (
            "Left and right are the same but for traces: the mix is mono.",
            format!(
                "What differs between the channels is {:.0} dB below what they share.",
                -residual.unwrap_or(limit)
            ),
        ),
        _ => return None,
    };
    Some(
        Finding::new(codes::MONO_FILE, Severity::Note)
            .evidence("channels", f64::from(seen.measured.channels), "")
            .evidence("difference", residual.unwrap_or(f64::NEG_INFINITY), "dB")
            .client(client)
            .engineer(engineer)
            .advice(
                "Nothing to do if the song is meant to be mono; otherwise print the stereo bus.",
            ),
    )
}

fn polarity(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let correlation = seen.measured.correlation?;
    let bass = seen.watches.stereo.as_ref()?.bass.correlation();
    let is_wide_and_inverted = correlation <= limits.inverted_wide_correlation
        && bass.is_some_and(|b| b <= limits.inverted_bass_correlation);
    if correlation > limits.inverted_correlation && !is_wide_and_inverted {
        return None;
    }
    Some(
        Finding::new(codes::POLARITY_INVERTED, Severity::Ask)
            .channels(vec![0, 1])
            .evidence("correlation", correlation, "")
            .evidence("bass_correlation", bass.unwrap_or(correlation), "")
            .client("Left and right work against each other: one channel seems to be upside down, and in mono the song would nearly vanish.")
            .engineer(format!(
                "Correlation {correlation:+.2} over the whole piece: the polarity of one channel is inverted."
            ))
            .advice("Look for a polarity switch or a badly wired cable on one side, and print again.")
            .picture(seen.plot(&[])),
    )
}

fn bass(seen: &Seen<'_>) -> Option<Finding> {
    let stereo = seen.watches.stereo.as_ref()?;
    let correlation = stereo.bass.correlation()?;
    if correlation > seen.watches.context.thresholds.fault.bass_correlation {
        return None;
    }
    Some(
        Finding::new(codes::BASS_OUT_OF_PHASE, Severity::Note)
            .channels(vec![0, 1])
            .evidence("bass_correlation", correlation, "")
            .client("The bass on the left and on the right works against itself and grows thin in mono.")
            .engineer(format!("Correlation below 150 Hz: {correlation:+.2}."))
            .advice("Keep kick and bass in the middle; look for a stereo widener on the bass.")
            .picture(seen.plot(&[])),
    )
}

fn imbalance(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let difference = rms_difference(seen)?;
    if difference.abs() < limits.imbalance_note_db {
        return None;
    }
    let severity = if difference.abs() >= limits.imbalance_ask_db {
        Severity::Ask
    } else {
        Severity::Note
    };
    let side = if difference > 0.0 { "left" } else { "right" };
    Some(
        Finding::new(codes::CHANNEL_IMBALANCE, severity)
            .channels(vec![0, 1])
            .evidence("left_over_right", difference, "dB")
            .client(format!(
                "The {side} side is {:.0} dB louder than the other.",
                difference.abs()
            ))
            .engineer(format!(
                "RMS left over right: {difference:+.1} dB over the whole piece."
            ))
            .advice("Check the balance of the mix bus and of its outboard.")
            .picture(seen.plot(&[])),
    )
}

/// Places on several channels as one list, and the channels that have any.
pub(crate) fn merged<'a>(lists: impl Iterator<Item = &'a SpanList>) -> (SpanList, Vec<u32>) {
    let mut spans = Vec::new();
    let mut channels = Vec::new();
    let mut most = 0;
    for (channel, list) in (0_u32..).zip(lists).filter(|(_, l)| l.count > 0) {
        channels.push(channel);
        spans.extend(list.kept.iter().copied());
        most = most.max(list.count);
    }
    spans.sort_by(|a, b| a.start_seconds.total_cmp(&b.start_seconds));
    let mut all = SpanList::default();
    for span in spans {
        all.add(span.start_seconds, span.length_seconds);
    }
    all.count = all.count.max(most);
    (all, channels)
}

fn dropouts(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let (all, channels) = merged(seen.watches.dropouts.iter().map(|d| &d.spans));
    if all.count == 0 || all.count > limits.dropout_most {
        return None;
    }
    let longest = seen
        .watches
        .dropouts
        .iter()
        .map(|d| d.longest_seconds)
        .fold(0.0, f64::max);
    let place = on_channels(&channels, seen.measured.channels);
    let at = timecode(all.first_seconds());
    let times = if all.count == 1 {
        format!("at {at}")
    } else {
        format!("{} times, first at {at},", all.count)
    };
    Some(
        Finding::new(codes::DROPOUTS, Severity::Ask)
            .channels(channels)
            .evidence("places", all.count as f64, "")
            .evidence("longest", longest, "seconds")
            .client(format!(
                "The sound drops out {times} for up to {}.",
                duration(longest)
            ))
            .engineer(format!(
                "{} stretches of one held value between signal on {place}, the longest {longest:.4} s, the first at {:.3} s.",
                all.count,
                all.first_seconds()
            ))
            .advice("Print again with a larger audio buffer, or freeze the tracks that overload the computer.")
            .picture(seen.watches.history.drawing("dropouts"))
            .at(&all),
    )
}

/// True where every place is a click at the border, which is told already.
fn are_at_borders(seen: &Seen<'_>, places: &SpanList) -> bool {
    let rate = f64::from(seen.measured.rate_hz);
    let borders = [
        seen.watches.borders.at_head(),
        seen.watches.borders.at_tail(),
    ];
    places.kept.iter().all(|place| {
        borders
            .iter()
            .flatten()
            .any(|click| (click.frame as f64 / rate - place.start_seconds).abs() < 0.001)
    })
}

fn clicks(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let (clicks, pops) = (&seen.watches.clicks, &seen.watches.pops);
    // What is both is one place.
    let per_channel: Vec<SpanList> = (clicks.iter().zip(pops))
        .map(|(click, pops)| merged(std::iter::once(&click.spans).chain(pops.spans())).0)
        .collect();
    let (all, channels) = merged(per_channel.iter());
    if all.count == 0 {
        return None;
    }
    // The edges of a dropout click too; they are told once.
    let dropped = seen.watches.dropouts.iter().map(|d| d.spans.count).max();
    if dropped.is_some_and(|count| count > 0 && count <= limits.dropout_most) {
        return None;
    }
    if signal::are_repeats(seen, &all) || are_at_borders(seen, &all) {
        return None;
    }
    let sizes = (clicks.iter().map(|c| c.largest)).chain(pops.iter().map(PopWatch::largest));
    let size = sizes.fold(0.0, f64::max);
    let drawing = |name| seen.watches.history.drawing(name);
    let place = on_channels(&channels, seen.measured.channels);
    let at = timecode(all.first_seconds());
    let are_pops = clicks.iter().all(|click| click.spans.count == 0);
    let (severity, client) = match all.count {
        // A dry stroke of wood or skin can be as short.
        1 if are_pops => (
            limits.pop_severity,
            format!("There is a short pop at {at}; a dry stroke can look the same."),
        ),
        n if are_pops && n <= limits.click_ask_most => (
            limits.pop_severity,
            format!("There are {n} short pops, the first at {at}; dry strokes can look the same."),
        ),
        1 => (Severity::Ask, format!("There is a click at {at}.")),
        n if n <= limits.click_ask_most => (
            Severity::Ask,
            format!("There are {n} clicks, the first at {at}."),
        ),
        n => (
            Severity::Note,
            format!("There are {n} short clicks, the first at {at}; so many are probably meant."),
        ),
    };
    Some(
        Finding::new(codes::CLICKS, severity)
            .channels(channels)
            .evidence("places", all.count as f64, "")
            .evidence("largest_step", db(size).unwrap_or_default(), "dBFS")
            .client(client)
            .engineer(format!(
                "{} isolated steps or pops on {place} that stand {:.0} dB out of the sound of their band around them, the first at {:.3} s.",
                all.count,
                limits.click_ratio_db.min(limits.pop_ratio_db),
                all.first_seconds()
            ))
            .advice("Listen there; an edit without a crossfade or a word-clock fault is the usual cause.")
            .picture(drawing("clicks").or_else(|| drawing("pops")))
            .at(&all),
    )
}
