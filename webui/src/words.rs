//! Times, sizes, levels and stages as people read them.

use jiff::Timestamp;
use mastering::{
    FinalFormat, Intensity, MixRole, Project, Service, ServiceKind, Severity, Style, UnixMs, Zone,
};

/// A moment on the studio's clock, such as `20 Nov 2026, 16:41`.
pub(crate) fn moment(zone: &Zone, at: UnixMs) -> String {
    zone.at(at).map_or_else(
        || "at an unknown time".to_owned(),
        |t| t.strftime("%-d %b %Y, %H:%M").to_string(),
    )
}

/// A day on the studio's calendar, such as `20 Nov 2026`.
pub(crate) fn day(zone: &Zone, at: UnixMs) -> String {
    zone.at(at).map_or_else(
        || "on an unknown day".to_owned(),
        |t| t.strftime("%-d %b %Y").to_string(),
    )
}

/// Now, in milliseconds since 1970.
pub(crate) fn now_ms() -> UnixMs {
    Timestamp::now().as_millisecond()
}

/// The same moment for machines.
pub(crate) fn machine_moment(at: UnixMs) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |t| t.to_string())
}

/// A place in a song, `m:ss`, with hours from one hour on.
pub(crate) fn clock(seconds: f64) -> String {
    // Display only: what is negative or no number is drawn as the start.
    let whole = if seconds.is_finite() && seconds > 0.0 {
        std::time::Duration::try_from_secs_f64(seconds).map_or(0, |d| d.as_secs())
    } else {
        0
    };
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A place given in milliseconds.
pub(crate) fn clock_ms(position_ms: u64) -> String {
    clock(std::time::Duration::from_millis(position_ms).as_secs_f64())
}

/// Reads `m:ss`, `h:mm:ss` or seconds, with decimals, into milliseconds.
pub(crate) fn read_clock(text: &str) -> Option<u64> {
    let mut seconds = 0.0;
    let parts: Vec<&str> = text.trim().split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    for (place, part) in parts.iter().enumerate() {
        let is_number = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let value: f64 = part.parse().ok().filter(|_| is_number)?;
        if place > 0 && value >= 60.0 {
            return None;
        }
        seconds = seconds * 60.0 + value;
    }
    // A day is longer than any programme.
    if seconds > 86_400.0 {
        return None;
    }
    let ms = std::time::Duration::try_from_secs_f64(seconds)
        .ok()?
        .as_millis();
    u64::try_from(ms).ok()
}

/// The same of a moment, or of a passage from one to another: `2:14-2:20`.
pub(crate) fn read_passage(text: &str) -> Option<(u64, Option<u64>)> {
    match text.split_once(['-', '\u{2013}']) {
        None => Some((read_clock(text)?, None)),
        Some((from, until)) => Some((read_clock(from)?, Some(read_clock(until)?))),
    }
}

/// A moment or a passage as people write it.
pub(crate) fn passage_ms(from_ms: u64, until_ms: Option<u64>) -> String {
    let from = clock_ms(from_ms);
    until_ms.map_or_else(
        || from.clone(),
        |until| format!("{from}\u{2013}{}", clock_ms(until)),
    )
}

/// A size, in units of 1,000 as disks are sold.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A level with its unit and a real minus sign, such as `−14.0 LUFS`.
pub(crate) fn level(value: Option<f64>, unit: &str) -> String {
    match value.filter(|v| v.is_finite()) {
        Some(value) => format!("{value:.1} {unit}").replace('-', "\u{2212}"),
        None => "silent".to_owned(),
    }
}

/// The first 12 digits of a checksum, in groups of four.
pub(crate) fn short_sum(sum: &str) -> String {
    let groups: Vec<&str> = [sum.get(..4), sum.get(4..8), sum.get(8..12)]
        .into_iter()
        .flatten()
        .collect();
    groups.join(" ")
}

/// The browser that a request names itself as, as people call it: “Firefox on Linux”.
pub(crate) fn browser(agent: &str) -> String {
    // Most name others before themselves, so the order matters.
    let named = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let program = named(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("Windows", "Windows"),
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Android", "Android"),
        ("Mac OS X", "a Mac"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, _) if agent.is_empty() => "An unnamed program".to_owned(),
        (None, _) => agent.to_owned(),
    }
}

/// A stage's name.
pub(crate) fn stage(code: &str) -> &str {
    match code {
        "intake" => "Intake",
        "mastering" => "Mastering",
        "in_review" => "In review",
        "adjusting" => "Adjusting",
        "approved" => "Approved",
        "delivered" => "Delivered",
        "completed" => "Complete",
        "archived" => "In the archive",
        // A code from a newer program is shown as it is, not guessed at.
        other => other,
    }
}

/// A finding's weight in a word.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "Note",
        Severity::Ask => "Please decide",
        Severity::Blocks => "Cannot be used",
    }
}

/// What a file is to the project.
pub(crate) fn role(role: MixRole) -> &'static str {
    match role {
        MixRole::Main => "Mix",
        MixRole::Alternate => "Alternate",
        MixRole::Reference => "Reference",
    }
}

/// What was ordered; orders from before the catalogue have no title of their own.
pub(crate) fn service(project: &Project) -> String {
    if !project.rules.title.is_empty() {
        return project.rules.title.clone();
    }
    match project.service.kind {
        ServiceKind::Instant => "Instant mastering",
        ServiceKind::Engineer => "Mastering by an engineer",
    }
    .to_owned()
}

/// Kinds of music, as documents spell them and as people read them.
pub(crate) const STYLES: &[(&str, &str)] = &[
    ("usual", "Nobody has said"),
    ("classical", "Classical"),
    ("acoustic", "Acoustic, jazz, folk"),
    ("pop", "Pop, R&B"),
    ("rock", "Rock, metal"),
    ("electronic", "Electronic"),
    ("hip_hop", "Hip hop"),
    ("speech", "Speech"),
];

/// How far a plan may go, likewise.
pub(crate) const INTENSITIES: &[(&str, &str)] = &[
    ("gentle", "Gentle: as little as possible"),
    ("balanced", "Balanced: the house's measure"),
    ("loud", "Loud: dense and forward"),
];

/// Style, intensity and what the references are for, in a line.
pub(crate) fn sound(service: &Service) -> String {
    let style = match service.style {
        Style::Usual => "Kind of music not said",
        Style::Classical => "Classical",
        Style::Acoustic => "Acoustic",
        Style::Pop => "Pop",
        Style::Rock => "Rock",
        Style::Electronic => "Electronic",
        Style::HipHop => "Hip hop",
        Style::Speech => "Speech",
    };
    let intensity = match service.intensity {
        Intensity::Gentle => "gentle",
        Intensity::Balanced => "balanced",
        Intensity::Loud => "loud",
    };
    match service.match_percent {
        0 => format!("{style}, {intensity}"),
        percent => format!("{style}, {intensity}, {percent} % of the way to the references"),
    }
}

/// A format's name.
pub(crate) fn format(format: FinalFormat) -> &'static str {
    match format {
        FinalFormat::Wav24 => "WAV 24 bit",
        FinalFormat::Wav16 => "WAV 16 bit, 44.1 kHz",
        FinalFormat::Flac24 => "FLAC 24 bit",
        FinalFormat::Mp3 => "MP3 320",
        FinalFormat::Wav24At44 => "WAV 24 bit, 44.1 kHz",
        FinalFormat::Wav24At48 => "WAV 24 bit, 48 kHz",
        FinalFormat::Wav16At48 => "WAV 16 bit, 48 kHz",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_name_it() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(browser(phone), "Safari on an iPhone");
        assert_eq!(browser("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(browser(""), "An unnamed program");
    }

    #[test]
    fn a_place_in_a_song_is_written_and_read() {
        assert_eq!(clock(0.0), "0:00");
        assert_eq!(clock(134.9), "2:14");
        assert_eq!(clock(3_725.0), "1:02:05");
        assert_eq!(clock(f64::NAN), "0:00");
        assert_eq!(clock(-3.0), "0:00");
        assert_eq!(clock_ms(134_900), "2:14");
        for (text, ms) in [
            ("2:14", 134_000),
            (" 2:14.5 ", 134_500),
            ("1:02:05", 3_725_000),
            ("7", 7_000),
            ("125.25", 125_250),
        ] {
            assert_eq!(read_clock(text), Some(ms), "{text}");
        }
        for text in [
            "", "a", "1:60", "-1", "1e3", "1:2:3:4", ":", "1:", "inf", "99999999",
        ] {
            assert_eq!(read_clock(text), None, "{text}");
        }
        assert_eq!(
            read_passage("2:14 - 2:20.5"),
            Some((134_000, Some(140_500)))
        );
        assert_eq!(read_passage("2:14"), Some((134_000, None)));
        assert_eq!(read_passage("2:14-"), None);
        assert_eq!(passage_ms(134_000, Some(140_000)), "2:14\u{2013}2:20");
    }

    #[test]
    fn sizes_and_levels_are_readable() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1_000), "1.0 kB");
        assert_eq!(size(999_999), "1.0 MB");
        assert_eq!(size(12_096_044), "12.1 MB");
        assert_eq!(level(Some(-14.04), "LUFS"), "\u{2212}14.0 LUFS");
        assert_eq!(level(None, "LUFS"), "silent");
        assert_eq!(short_sum("0123456789abcdef"), "0123 4567 89ab");
    }

    #[test]
    fn a_moment_is_written_on_the_studios_clock() {
        let check = |name: &str, at: &str, said: &str| {
            let zone = Zone::try_from(name.to_owned()).unwrap();
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(moment(&zone, at.as_millisecond()), said, "{name}");
        };
        check("UTC", "2026-11-20T16:41:00Z", "20 Nov 2026, 16:41");
        check(
            "Europe/Berlin",
            "2026-11-20T16:41:00Z",
            "20 Nov 2026, 17:41",
        );
        // The clocks go forward and back: an hour is missing, another comes twice.
        check(
            "Europe/Berlin",
            "2027-03-28T00:59:00Z",
            "28 Mar 2027, 01:59",
        );
        check(
            "Europe/Berlin",
            "2027-03-28T01:00:00Z",
            "28 Mar 2027, 03:00",
        );
        check(
            "Europe/Berlin",
            "2027-10-31T00:30:00Z",
            "31 Oct 2027, 02:30",
        );
        check(
            "Europe/Berlin",
            "2027-10-31T01:30:00Z",
            "31 Oct 2027, 02:30",
        );
        // A year and a leap day begin elsewhere at another moment.
        check(
            "Pacific/Auckland",
            "2026-12-31T11:00:00Z",
            "1 Jan 2027, 00:00",
        );
        check(
            "America/New_York",
            "2028-03-01T04:59:00Z",
            "29 Feb 2028, 23:59",
        );
        let zone = Zone::default();
        assert_eq!(day(&zone, 1_795_192_860_000), "20 Nov 2026");
        assert_eq!(moment(&zone, i64::MAX), "at an unknown time");
    }
}
