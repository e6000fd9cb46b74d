//! What stands at the ends of a file, and what two channels can be: found, and not heard where it is not.

#[path = "support/inspection.rs"]
mod inspection;
mod support;

use inspection::inspector;
use measure::{Finding, Inspection, SampleKind, Severity};
use support::{Noise, Piece, print, render};

fn inspect(planar: &[Vec<f64>]) -> Inspection {
    let mut inspector = inspector(48_000, planar.len(), SampleKind::I24);
    let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
    inspector.feed(&slices);
    inspector.finish()
}

fn codes(answer: &Inspection) -> Vec<&str> {
    answer.findings.iter().map(|f| f.code.as_str()).collect()
}

/// Only this finding, and a note.
#[track_caller]
fn only_noted<'a>(answer: &'a Inspection, code: &str) -> &'a Finding {
    assert_eq!(codes(answer), [code], "{:#?}", answer.findings);
    assert_eq!(answer.findings[0].severity, Severity::Note);
    &answer.findings[0]
}

fn unprinted() -> [Vec<f64>; 2] {
    render(Piece {
        bits: 0,
        ..Piece::default()
    })
}

fn printed(mut planar: [Vec<f64>; 2]) -> [Vec<f64>; 2] {
    print(&mut planar, 24, &mut Noise::new(31));
    planar
}

#[test]
fn a_song_that_starts_at_once_and_one_that_ends_in_its_decay_miss_space() {
    // The lead-in of a quarter of a second is cut away to where the first attack begins.
    let at_once = unprinted().map(|c| c[11_995..].to_vec());
    let answer = inspect(&printed(at_once));
    let finding = only_noted(&answer, "space_missing");
    assert!(finding.spans[0].start_seconds == 0.0 && finding.client.contains("starts at once"));
    // The ring-out falls by 26 dB a second; at -63 dBFS it is missed, at -70 dBFS nobody hears it.
    let planar = printed(unprinted());
    let level = |end: usize| {
        let part = planar.iter().flat_map(|c| &c[end - 960..end]);
        10.0 * (part.map(|v| v * v).sum::<f64>() / 1920.0).log10()
    };
    let falls_below = |dbfs: f64| {
        (780_000..950_000)
            .step_by(480)
            .find(|&end| level(end) < dbfs)
            .unwrap()
    };
    let end = falls_below(-70.0);
    let answer = inspect(&planar.clone().map(|c| c[..end].to_vec()));
    assert_eq!(codes(&answer), [""; 0]);
    let end = falls_below(-63.0);
    let answer = inspect(&planar.map(|c| c[..end].to_vec()));
    let finding = only_noted(&answer, "space_missing");
    let expected = end as f64 / 48_000.0 - 0.02;
    assert!((finding.spans[0].start_seconds - expected).abs() < 0.01);
    assert!(finding.client.contains("died away"));
}

#[test]
fn zeros_behind_a_decay_are_space_and_hiss_to_the_end_is_no_decay() {
    let planar = printed(unprinted());
    let mut hissing = unprinted();
    let mut noise = Noise::new(6);
    for v in hissing.iter_mut().flatten() {
        *v += 4.0e-4 * noise.next();
    }
    assert_eq!(codes(&inspect(&planar)), [""; 0]);
    assert_eq!(codes(&inspect(&printed(hissing))), [""; 0]);
}

#[test]
fn a_click_on_the_first_or_on_the_last_samples_is_noted_with_its_place() {
    let frames = unprinted()[0].len();
    for (at, place, channel) in [
        (0, "first", 1),
        (1, "first", 0),
        (200, "first", 1),
        (frames - 1, "last", 0),
        (frames - 150, "last", 1),
    ] {
        let mut planar = printed(unprinted());
        planar[channel][at] += 0.1;
        let answer = inspect(&planar);
        let finding = only_noted(&answer, "edge_click");
        assert!(finding.client.contains(place), "{at}: {}", finding.client);
        assert_eq!(finding.channels, [u32::try_from(channel).unwrap()]);
        assert!((finding.spans[0].start_seconds - at as f64 / 48_000.0).abs() < 0.001);
        assert!(finding.picture.is_some());
    }
    // The same with zeros behind it, as a print with a fixed length has them.
    let mut planar = printed(unprinted());
    for channel in &mut planar {
        channel[frames - 1] += 0.1;
        channel.extend(vec![0.0; 20_000]);
    }
    let finding = &inspect(&planar).findings[0];
    assert_eq!(finding.span_count, 1);
    assert!((finding.spans[0].start_seconds - (frames - 1) as f64 / 48_000.0).abs() < 0.01);
}

#[test]
fn a_drum_on_the_first_sample_is_no_click() {
    let mut planar = unprinted().map(|c| c[12_000..].to_vec());
    for (n, v) in planar.iter_mut().flat_map(|c| c.iter_mut().enumerate()) {
        let t = n as f64 / 48_000.0;
        *v += 0.4 * (-t * 60.0).exp() * (2.0 * std::f64::consts::PI * 180.0 * t).cos();
    }
    assert!(!codes(&inspect(&printed(planar))).contains(&"edge_click"));
}

#[test]
fn silence_inside_is_noted_where_it_is() {
    let mut planar = printed(unprinted());
    for channel in &mut planar {
        // Faded, as a muted track is; a hard cut would be a dropout as well.
        for (n, v) in channel[400_000..560_000].iter_mut().enumerate() {
            let edge = n.min(159_999 - n) as f64 / 4_800.0;
            *v = if edge < 1.0 { *v * (1.0 - edge) } else { 0.0 };
        }
    }
    let answer = inspect(&planar);
    let finding = only_noted(&answer, "silence_long");
    assert_eq!(finding.span_count, 1);
    assert!((finding.spans[0].start_seconds - 404_800.0 / 48_000.0).abs() < 0.02);
    assert!((finding.spans[0].length_seconds - 150_400.0 / 48_000.0).abs() < 0.04);
}

#[test]
fn two_channels_that_differ_by_dither_alone_are_mono() {
    let [left, _] = unprinted();
    let answer = inspect(&printed([left.clone(), left.clone()]));
    let finding = only_noted(&answer, "mono_file");
    assert!(finding.client.contains("traces"));
    // A little of something else makes it stereo.
    let other: Vec<f64> = left
        .iter()
        .zip(&unprinted()[1])
        .map(|(l, r)| l + 0.02 * (r - l))
        .collect();
    assert_eq!(codes(&inspect(&printed([left, other]))), [""; 0]);
}

#[test]
fn a_wide_mix_with_one_channel_upside_down_is_asked_about_and_upright_it_is_not() {
    let mut wide = unprinted();
    let other = render(Piece {
        seed: 23,
        tempo_bpm: 112.0,
        bits: 0,
        ..Piece::default()
    });
    // Wide above 300 Hz: a second song, upside down on one side, louder there than the middle.
    for (sign, channel) in [1.0, -1.0].into_iter().zip(&mut wide) {
        let mut low = 0.0;
        for (v, o) in channel.iter_mut().zip(&other[0]) {
            low += 0.04 * (o - low);
            *v = 0.4 * *v + 0.25 * sign * (o - low);
        }
    }
    assert!(!codes(&inspect(&printed(wide.clone()))).contains(&"polarity_inverted"));
    for v in &mut wide[1] {
        *v = -*v;
    }
    let answer = inspect(&printed(wide));
    let finding = answer
        .findings
        .iter()
        .find(|f| f.code == "polarity_inverted")
        .unwrap();
    assert_eq!(finding.severity, Severity::Ask);
}

#[test]
fn channels_of_a_surround_mix_without_sound_are_noted() {
    let [left, right] = printed(unprinted());
    let silent = vec![0.0; left.len()];
    let answer = inspect(&[
        left.clone(),
        right.clone(),
        silent.clone(),
        silent,
        left,
        right,
    ]);
    let finding = only_noted(&answer, "one_channel");
    assert_eq!(finding.channels, [2, 3]);
}

#[test]
fn the_octaves_say_where_the_sound_is_and_how_wide() {
    let seconds = 10;
    let tone = |hz: f64, gain: f64| -> Vec<f64> {
        (0..seconds * 48_000)
            .map(|n| gain * (2.0 * std::f64::consts::PI * hz * f64::from(n) / 48_000.0).sin())
            .collect()
    };
    let (low, high) = (tone(125.0, 0.1), tone(4_000.0, 0.05));
    let left: Vec<f64> = low.iter().zip(&high).map(|(l, h)| l + h).collect();
    let right: Vec<f64> = low.iter().zip(&high).map(|(l, h)| l - 0.5 * h).collect();
    let octaves = inspect(&[left, right]).measurements.octaves;
    let at = |hz: f64| {
        octaves
            .iter()
            .find(|o| o.low_hz < hz && o.high_hz > hz)
            .unwrap()
    };
    // A tone of -20 dBFS on both channels, alike.
    assert!((at(125.0).rms_aes17_dbfs.unwrap() + 20.0).abs() < 0.05);
    assert!(at(125.0).correlation.unwrap() > 0.9999);
    // -26 dBFS left and -32 right, upside down: mid is a third of side.
    let power = (0.05_f64.powi(2) + 0.025_f64.powi(2)) / 2.0;
    assert!((at(4_000.0).rms_aes17_dbfs.unwrap() - 10.0 * power.log10()).abs() < 0.05);
    assert!((at(4_000.0).side_to_mid_db.unwrap() - 20.0 * 3.0_f64.log10()).abs() < 0.05);
    assert!(at(4_000.0).correlation.unwrap() < -0.9999);
    assert!(at(500.0).rms_aes17_dbfs.unwrap() < -70.0);
    assert_eq!(octaves.len(), 10);
}
