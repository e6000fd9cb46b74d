//! Sentences about hum, repeated blocks and channels that are late.

use crate::codes;
use crate::decibel::db;
use crate::detect::hum::Hum;
use crate::detect::repeats::{RepeatWatch, Repeats};
use crate::finding::{Finding, Severity, SpanList, duration, timecode};
use crate::picture::waveform;
use crate::say::Seen;
use crate::say::fault::merged;
use crate::say::level::on_channels;

/// Hum on any channel, told by the channel that has most of it.
pub(crate) fn hum(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let hums: Vec<(u32, Hum)> = (0_u32..)
        .zip(seen.watches.hum.hums())
        .filter_map(|(channel, hum)| Some((channel, hum?)))
        .filter(|(channel, hum)| {
            let rms = usize::try_from(*channel)
                .ok()
                .and_then(|c| seen.measured.per_channel[c].rms_aes17_dbfs)
                .unwrap_or(f64::NEG_INFINITY);
            // A line that makes up much of the sound is what the piece is about.
            hum.level_dbfs >= limits.hum_note_dbfs && hum.level_dbfs <= rms - limits.hum_below_db
        })
        .collect();
    let worst = hums
        .iter()
        .map(|(_, hum)| hum)
        .reduce(|a, b| if b.level_dbfs > a.level_dbfs { b } else { a })?;
    // Hum has multiples; one line alone may be a note of a synthesiser.
    let severity = if worst.level_dbfs >= limits.hum_ask_dbfs && worst.lines.len() > 1 {
        Severity::Ask
    } else {
        Severity::Note
    };
    let channels: Vec<u32> = hums.iter().map(|h| h.0).collect();
    let place = on_channels(&channels, seen.measured.channels);
    let frequencies: Vec<String> = worst
        .lines
        .iter()
        .map(|&(number, level)| {
            let hz = worst.fundamental_hz * number as f64;
            format!("{hz:.1} Hz at {level:.0} dBFS")
        })
        .collect();
    let at = worst.clearest_seconds;
    let finding = Finding::new(codes::HUM, severity)
        .channels(channels)
        .evidence("level", worst.level_dbfs, "dBFS")
        .evidence("fundamental", worst.fundamental_hz, "Hz")
        .evidence("harmonics", worst.lines.len() as f64, "");
    let finding = worst.lines.iter().fold(finding, |finding, line| {
        finding.evidence(&format!("harmonic_{}", line.0), line.1, "dBFS")
    });
    Some(
        finding
            .client(format!(
                "A steady hum from the mains ({:.0} Hz) lies under the song; it is heard best at {}.",
                worst.fundamental_hz,
                timecode(at)
            ))
            .engineer(format!(
                "Hum of {:.1} dBFS in all on {place}, fundamental {:.2} Hz: {}.",
                worst.level_dbfs,
                worst.fundamental_hz,
                frequencies.join(", ")
            ))
            .advice("Mute the tracks one by one to find the one that hums (a guitar, an amplifier, a ground loop), clean or gate it and print again.")
            .picture(Some(worst.picture.clone()))
            .at(&SpanList::one(at, seen.watches.hum.window_seconds())),
    )
}

/// What was found of repeated blocks on all channels.
struct Repeated<'a> {
    kinds: Vec<&'a Repeats>,
    spans: SpanList,
    channels: Vec<u32>,
}

impl Repeated<'_> {
    fn most(&self, of: fn(&Repeats) -> f64) -> f64 {
        self.kinds.iter().map(|r| of(r)).fold(0.0, f64::max)
    }
}

fn all_repeats<'a>(seen: &Seen<'a>) -> Repeated<'a> {
    let watches = &seen.watches.repeats;
    let limits = &seen.watches.context.thresholds.fault;
    let others: u64 = watches.iter().map(|w| w.others).sum();
    let smooth: u64 = watches.iter().map(|w| w.smooth.count).sum();
    // A piece that repeats itself elsewhere too is synthetic: there only a jump tells a fault.
    let seldom = others <= limits.repeat_loops_most && smooth <= limits.repeat_ask_most;
    let kinds_of = |watch: &'a RepeatWatch| {
        let kinds = [
            Some(&watch.jumping),
            seldom.then_some(&watch.smooth),
            (others == 0).then_some(&watch.stuck),
        ];
        kinds.into_iter().flatten()
    };
    let lists: Vec<SpanList> = watches
        .iter()
        .map(|w| merged(kinds_of(w).map(|r| &r.spans)).0)
        .collect();
    let (spans, channels) = merged(lists.iter());
    Repeated {
        kinds: watches.iter().flat_map(kinds_of).collect(),
        spans,
        channels,
    }
}

/// Blocks that were played twice.
pub(crate) fn repeated(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let all = all_repeats(seen);
    if all.spans.count == 0 {
        return None;
    }
    let longest = all.most(|r| r.block_frames.map_or(0.0, |b| b.1 as f64));
    let blocks = all
        .kinds
        .iter()
        .filter_map(|r| Some(r.block_frames?.0 as f64));
    let shortest = blocks.fold(longest, f64::min);
    let times = all.most(|r| r.most_times as f64);
    let step = db(all.most(|r| r.largest_step)).unwrap_or(f64::NEG_INFINITY);
    let place = on_channels(&all.channels, seen.measured.channels);
    let first = all.spans.first_seconds();
    let at = timecode(first);
    let length = duration(longest / f64::from(seen.measured.rate_hz));
    let (severity, client) = match all.spans.count {
        1 => (
            Severity::Ask,
            format!(
                "At {at} a moment of {length} is played twice, as when a computer cannot keep up."
            ),
        ),
        n if n <= limits.repeat_ask_most => (
            Severity::Ask,
            format!(
                "In {n} places, first at {at}, a moment of up to {length} is played twice, as when a computer cannot keep up."
            ),
        ),
        n => (
            Severity::Note,
            format!(
                "In {n} places, first at {at}, a short moment is played twice; so many are probably meant."
            ),
        ),
    };
    let mut drawings = all.kinds.iter().filter_map(|r| r.first.as_ref());
    Some(
        Finding::new(codes::REPEATED_SAMPLES, severity)
            .channels(all.channels.clone())
            .evidence("places", all.spans.count as f64, "")
            .evidence("shortest_block", shortest, "frames")
            .evidence("longest_block", longest, "frames")
            .evidence("most_times", times, "")
            .evidence("largest_step", step, "dBFS")
            .client(client)
            .engineer(format!(
                "In {} places a block of {shortest:.0} to {longest:.0} frames comes again right after itself, bit for bit, on {place}, up to {times:.0} times, first at {first:.3} s.",
                all.spans.count
            ))
            .advice("Print again with a larger audio buffer, and listen to the places named.")
            .picture(drawings.next().map(|(samples, mark)| waveform(samples, *mark as f64)))
            .at(&all.spans),
    )
}

/// True where every place is the border of a repeated block, which is told already.
pub(crate) fn are_repeats(seen: &Seen<'_>, places: &SpanList) -> bool {
    const NEAR_SECONDS: f64 = 0.01;
    let repeats = all_repeats(seen).spans;
    places.kept.iter().all(|place| {
        repeats.kept.iter().any(|repeat| {
            let end = repeat.start_seconds + repeat.length_seconds;
            place.start_seconds >= repeat.start_seconds - NEAR_SECONDS
                && place.start_seconds <= end + NEAR_SECONDS
        })
    })
}

/// A whole channel that is late.
pub(crate) fn delayed(seen: &Seen<'_>) -> Option<Finding> {
    let limits = &seen.watches.context.thresholds.fault;
    let delay = seen.watches.together.delay?;
    let frames = delay.right_late_frames.abs();
    let holds = delay.segments as f64 >= limits.delay_segments_share * delay.of_segments as f64;
    if frames < limits.delay_frames
        || delay.segments == 0
        || !holds
        || delay.peak < limits.delay_peak
        || delay.rival > limits.delay_rival_share * delay.peak
        || delay.fit < limits.delay_fit
        || delay.bass < limits.delay_bass
    {
        return None;
    }
    let (late, early) = if delay.right_late_frames > 0.0 {
        (1, 0)
    } else {
        (0, 1)
    };
    let side = |channel: u32| if channel == 0 { "left" } else { "right" };
    let milliseconds = frames / f64::from(seen.measured.rate_hz) * 1000.0;
    Some(
        Finding::new(codes::CHANNEL_DELAYED, Severity::Ask)
            .channels(vec![late])
            .evidence("delay", frames, "frames")
            .evidence("delay_ms", milliseconds, "ms")
            .evidence("peak", delay.peak, "")
            .evidence("other_peak", delay.rival, "")
            .evidence("phase_fit", delay.fit, "")
            .evidence("bass", delay.bass, "")
            .evidence("segments", delay.segments as f64, "")
            .client(format!(
                "The {} side comes {milliseconds:.2} ms later than the {} side through the whole song, which blurs the middle and thins it in mono.",
                side(late),
                side(early)
            ))
            .engineer(format!(
                "The {} channel is {frames:.2} frames ({milliseconds:.3} ms) behind the {} one in {} of {} segments.",
                side(late),
                side(early),
                delay.segments,
                delay.of_segments
            ))
            .advice("Look for a delay or an unaligned converter or plug-in on one side of the mix bus, and print again.")
            .picture(seen.watches.together.drawing.clone()),
    )
}
