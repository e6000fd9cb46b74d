//! Sentences about mixes beside each other.

use crate::codes;
use crate::finding::{Finding, Severity, SpanList, duration, timecode};
use crate::set::Fingerprint;
use crate::set::alternates::{Moved, Offset, Pair};
use crate::set::judge::{Member, Shares};
use crate::set::picture;

/// A song much louder or quieter than the others; `place` is its place among `all`.
pub(crate) fn loudness_apart(lufs: f64, usual: f64, all: &[f64], place: usize) -> Finding {
    let apart = lufs - usual;
    let word = if apart > 0.0 { "louder" } else { "quieter" };
    let (low, high) = all
        .iter()
        .fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    Finding::new(codes::LOUDNESS_APART, Severity::Note)
        .evidence("integrated", lufs, "LUFS")
        .evidence("other_songs", usual, "LUFS")
        .evidence("difference", apart, "LU")
        .client(format!(
            "This song is {:.0} LU {word} than the others, which is a lot; mastering balances the songs, so it is fine if you mean it.",
            apart.abs()
        ))
        .engineer(format!(
            "{lufs:.1} LUFS integrated; the median of the other songs is {usual:.1} LUFS ({apart:+.1} LU)."
        ))
        .advice("Nothing to do if it is meant; otherwise look for a fader or a limiter that only this song has.")
        .picture(Some(picture::bars(all, place, low - 3.0, high + 1.0)))
}

/// A song much brighter, duller, thinner or fuller than the others.
pub(crate) fn tone_apart(hz: f64, db: f64, apart: &[Option<f64>]) -> Finding {
    let region = match hz {
        f if f < 250.0 => "bass",
        f if f < 2_000.0 => "middle",
        _ => "treble",
    };
    let word = if db > 0.0 { "more" } else { "less" };
    Finding::new(codes::TONE_APART, Severity::Note)
        .evidence("octave_around", hz, "Hz")
        .evidence("difference", db, "dB")
        .client(format!(
            "This song has much {word} {region} than the others ({:.0} dB); mastering can bring it closer if you wish.",
            db.abs()
        ))
        .engineer(format!(
            "The octave around {hz:.0} Hz stands {db:+.1} dB from the median of the other songs, at equal loudness."
        ))
        .advice("Say so if it is meant; otherwise compare the mix bus of this song with the others.")
        .picture(Some(picture::tone(apart)))
}

fn khz(rate_hz: u32) -> String {
    format!("{} kHz", f64::from(rate_hz) / 1000.0)
}

/// Another rate or depth than most of the set; what is given differs.
pub(crate) fn formats_differ(
    here: &Fingerprint,
    rate_hz: Option<u32>,
    bits: Option<u32>,
    severity: Severity,
) -> Finding {
    let is = format!("{}, {} bit", khz(here.rate_hz), here.bits);
    let others = format!(
        "{}, {} bit",
        khz(rate_hz.unwrap_or(here.rate_hz)),
        bits.unwrap_or(here.bits)
    );
    Finding::new(codes::FORMATS_DIFFER, severity)
        .evidence("rate", f64::from(here.rate_hz), "Hz")
        .evidence("bits", f64::from(here.bits), "")
        .client(format!(
            "This song has another format ({is}) than the other songs ({others})."
        ))
        .engineer(format!("{is}; the other songs: {others}."))
        .advice("Send it in the rate and depth of its own session; if that is this one, there is nothing to do.")
}

fn about<'a>(pair: Pair<'a>, code: &str, severity: Severity) -> (Finding, &'a str) {
    let picture = picture::overlaid(pair.main.fingerprint, pair.alternate.fingerprint);
    (
        Finding::new(code, severity).picture(Some(picture)),
        pair.main.name,
    )
}

/// Another rate or depth than its main mix.
pub(crate) fn alternate_format(pair: Pair<'_>) -> Finding {
    let (here, main) = (pair.alternate.fingerprint, pair.main.fingerprint);
    // Two rates cannot be laid over each other; two depths can.
    let severity = if here.rate_hz == main.rate_hz {
        Severity::Note
    } else {
        Severity::Ask
    };
    let words = |f: &Fingerprint| format!("{}, {} bit", khz(f.rate_hz), f.bits);
    let (finding, name) = about(pair, codes::ALTERNATE_FORMAT, severity);
    finding
        .evidence("rate", f64::from(here.rate_hz), "Hz")
        .evidence("main_rate", f64::from(main.rate_hz), "Hz")
        .evidence("bits", f64::from(here.bits), "")
        .evidence("main_bits", f64::from(main.bits), "")
        .client(format!(
            "This alternate has another format ({}) than its main mix “{name}” ({}).",
            words(here),
            words(main)
        ))
        .engineer(format!(
            "{} against {} of “{name}”.",
            words(here),
            words(main)
        ))
        .advice("Print it again from the same session, with the settings of the main mix.")
}

/// Later or earlier than its main mix.
pub(crate) fn start(pair: Pair<'_>, offset: Offset, severity: Severity) -> Finding {
    let word = if offset.frames > 0 {
        "later"
    } else {
        "earlier"
    };
    let frames = offset.frames.unsigned_abs();
    let samples = if frames == 1 { "sample" } else { "samples" };
    let time = duration(offset.seconds.abs());
    let exactly = if offset.frames_sigma < 0.17 {
        "exactly".to_owned()
    } else {
        format!("give or take {:.0},", libm::ceil(3.0 * offset.frames_sigma))
    };
    let (finding, name) = about(pair, codes::ALTERNATE_START, severity);
    finding
        .evidence("offset", offset.frames as f64, "frames")
        .evidence("offset_seconds", offset.seconds, "seconds")
        .client(format!(
            "The music in this alternate comes {time} {word} than in “{name}” ({frames} {samples}), so the two do not run together."
        ))
        .engineer(format!(
            "{exactly} {frames} {samples} ({:+.6} s) {word} than “{name}”, by correlation.",
            offset.seconds
        ))
        .advice("Print all versions from the same start of the session; or tell us that it may be moved.")
}

/// Longer or shorter than its main mix; `missing_seconds` of music lie behind its end.
pub(crate) fn length(
    pair: Pair<'_>,
    differs_seconds: f64,
    missing_seconds: f64,
    severity: Severity,
) -> Finding {
    let word = if differs_seconds > 0.0 {
        "later"
    } else {
        "earlier"
    };
    let by = duration(differs_seconds.abs());
    let (here, main) = (pair.alternate.fingerprint, pair.main.fingerprint);
    let (finding, name) = about(pair, codes::ALTERNATE_LENGTH, severity);
    let client = match severity {
        Severity::Note => format!("This alternate ends {by} {word} than “{name}”."),
        Severity::Ask | Severity::Blocks => format!(
            "This alternate ends {by} {word} than “{name}”, while the music there still goes on for {}.",
            duration(missing_seconds)
        ),
    };
    finding
        .evidence("length", here.seconds(), "seconds")
        .evidence("main_length", main.seconds(), "seconds")
        .evidence("end_differs", differs_seconds, "seconds")
        .evidence("music_missing", missing_seconds, "seconds")
        .client(client)
        .engineer(format!(
            "{:.3} s against {:.3} s of “{name}”; with the starts laid together its end comes {:+.3} s from that of the main mix, {missing_seconds:.1} s of music lie behind it.",
            here.seconds(),
            main.seconds(),
            differs_seconds
        ))
        .advice("Print all versions over the same selection; for a version that is meant to be shorter there is nothing to do.")
}

/// A part of it lies elsewhere than the rest.
pub(crate) fn edited(pair: Pair<'_>, moved: &Moved) -> Finding {
    let severity = match pair.shares {
        Shares::Most => Severity::Ask,
        Shares::Some | Shares::Edited | Shares::Unknown => Severity::Note,
    };
    let word = if moved.by_seconds > 0.0 {
        "later"
    } else {
        "earlier"
    };
    let (finding, name) = about(pair, codes::ALTERNATE_EDITED, severity);
    finding
        .at(&SpanList::one(moved.from_seconds, moved.length_seconds))
        .evidence("moved", moved.by_seconds, "seconds")
        .client(format!(
            "From about {} on this alternate runs {} {word} than “{name}”: one of the two was cut or extended there.",
            timecode(moved.from_seconds),
            duration(moved.by_seconds.abs())
        ))
        .engineer(format!(
            "From {:.0} s on, for {:.0} s, it agrees with “{name}” {:+.4} s from where the rest does.",
            moved.from_seconds, moved.length_seconds, moved.by_seconds
        ))
        .advice("Make the same edit in all versions; for a radio or promotional edit there is nothing to do.")
}

/// Left and right changed places.
pub(crate) fn swapped(pair: Pair<'_>, correlation: f64) -> Finding {
    let (finding, name) = about(pair, codes::ALTERNATE_SWAPPED, Severity::Ask);
    finding
        .channels(vec![0, 1])
        .evidence("side_correlation", correlation, "")
        .client(format!(
            "Left and right have changed places against “{name}”."
        ))
        .engineer(format!(
            "The side of this alternate correlates {correlation:+.2} with that of “{name}” while the middles agree: the channels are swapped in one of the two."
        ))
        .advice("Listen which of the two is right, and print the other again.")
}

/// Upside down against its main mix.
pub(crate) fn inverted(pair: Pair<'_>, correlation: f64) -> Finding {
    let (finding, name) = about(pair, codes::ALTERNATE_INVERTED, Severity::Note);
    finding
        .evidence("correlation", correlation, "")
        .client(format!(
            "The polarity of this alternate is opposite to that of “{name}”; alone that cannot be heard, together the two would cancel."
        ))
        .engineer(format!(
            "Correlation {correlation:+.2} with “{name}” at the common start."
        ))
        .advice("Nothing to do if the versions are never mixed; otherwise print with the polarity of the main mix.")
}

/// The wave of another song of the set.
pub(crate) fn of_another_song(pair: Pair<'_>, is: &Member<'_>, correlation: f64) -> Finding {
    let (finding, name) = about(pair, codes::ALTERNATE_OTHER_SONG, Severity::Ask);
    finding
        .evidence("correlation", correlation, "")
        .client(format!(
            "By its name this is a version of “{name}”, but it holds the music of “{}”.",
            is.name
        ))
        .engineer(format!(
            "No common wave with “{name}”; with “{}” it correlates {correlation:+.2}.",
            is.name
        ))
        .advice("Check the names, and send the version that is missing.")
}

/// Another song than the one it is named after, and none of the set.
pub(crate) fn another_song(pair: Pair<'_>, correlation: f64, rhythm: f64) -> Finding {
    let (finding, name) = about(pair, codes::ALTERNATE_OTHER_SONG, Severity::Ask);
    finding
        .evidence("correlation", correlation, "")
        .evidence("rhythm_correlation", rhythm, "")
        .client(format!(
            "By its name this is a version of “{name}”, but it does not seem to be the same song."
        ))
        .engineer(format!(
            "Neither the wave ({correlation:+.2}) nor the rhythm ({rhythm:.2}) agrees with “{name}” at any offset."
        ))
        .advice("Check that this is the file you meant, and its name.")
}

/// It could not be laid over its main mix; nothing more is known.
pub(crate) fn not_aligned(pair: Pair<'_>, correlation: f64, rhythm: f64) -> Finding {
    let (finding, name) = about(pair, codes::ALTERNATE_NOT_ALIGNED, Severity::Note);
    finding
        .evidence("correlation", correlation, "")
        .evidence("rhythm_correlation", rhythm, "")
        .client(format!(
            "This alternate could not be compared with “{name}”: it seems to be another recording or performance of it."
        ))
        .engineer(format!(
            "Best correlation with “{name}” {correlation:+.2}, of the rhythms {rhythm:.2}: start and length were not compared."
        ))
        .advice("Nothing to do if it was played or made anew; otherwise check that it is the right file.")
}
