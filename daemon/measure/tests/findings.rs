//! Every finding fires on the fault it names and stays quiet on music without it.

mod support;

use measure::{
    Declared, Finding, InspectContext, Inspection, Inspector, SampleKind, Severity, Thresholds,
};
use proptest::prelude::*;
use support::{Noise, Piece, print, render};

fn context(channels: usize, sample: SampleKind) -> InspectContext {
    InspectContext {
        rate_hz: 48_000,
        channels: u32::try_from(channels).unwrap(),
        sample,
        declared: None,
        lossy_source: None,
        thresholds: Thresholds::default(),
    }
}

fn inspect_in(context: InspectContext, planar: &[Vec<f64>], block: usize) -> Inspection {
    let mut inspector = Inspector::new(context).unwrap();
    let mut from = 0;
    while from < planar[0].len() {
        let to = (from + block).min(planar[0].len());
        let slices: Vec<&[f64]> = planar.iter().map(|c| &c[from..to]).collect();
        inspector.feed(&slices);
        from = to;
    }
    inspector.finish()
}

fn inspect(planar: &[Vec<f64>]) -> Inspection {
    inspect_in(context(planar.len(), SampleKind::I24), planar, 4096)
}

fn codes(answer: &Inspection) -> Vec<&str> {
    answer.findings.iter().map(|f| f.code.as_str()).collect()
}

#[track_caller]
fn find<'a>(answer: &'a Inspection, code: &str) -> &'a Finding {
    answer
        .findings
        .iter()
        .find(|f| f.code == code)
        .unwrap_or_else(|| panic!("no {code} among {:?}", codes(answer)))
}

/// Only this finding, of this severity.
#[track_caller]
fn only<'a>(answer: &'a Inspection, code: &str, severity: Severity) -> &'a Finding {
    assert_eq!(codes(answer), [code]);
    assert_eq!(answer.findings[0].severity, severity);
    &answer.findings[0]
}

#[track_caller]
fn at(finding: &Finding, seconds: f64) {
    let start = finding.spans[0].start_seconds;
    // The issue asks for timecodes within 10 ms.
    assert!(
        (start - seconds).abs() < 0.01,
        "{start} instead of {seconds}"
    );
}

fn music() -> [Vec<f64>; 2] {
    render(Piece::default())
}

#[test]
fn music_of_many_kinds_has_no_finding() {
    for seed in 1..13 {
        let piece = Piece {
            rate_hz: [44_100, 48_000, 96_000][seed as usize % 3],
            seconds: 14.0,
            tempo_bpm: 70.0 + 9.0 * seed as f64,
            seed,
            peak: [0.7, 0.35, 0.1, 0.55][seed as usize % 4],
            bits: 24,
        };
        let planar = render(piece);
        let mut context = context(2, SampleKind::I24);
        context.rate_hz = piece.rate_hz;
        context.declared = Some(Declared {
            rate_hz: piece.rate_hz,
            bits: 24,
        });
        let answer = inspect_in(context, &planar, 4096);
        assert_eq!(
            codes(&answer),
            Vec::<&str>::new(),
            "{piece:?} {:#?}",
            answer.findings
        );
    }
}

#[test]
fn a_clipped_mix_is_asked_about_with_its_places() {
    let mut planar = music();
    for v in planar.iter_mut().flat_map(|c| &mut c[400_000..500_000]) {
        *v = (*v * 4.0).clamp(-1.0, 1.0 - 1.0 / 8_388_608.0);
    }
    let answer = inspect(&planar);
    let finding = find(&answer, "clipping");
    assert_eq!(finding.severity, Severity::Ask);
    assert!(finding.spans[0].start_seconds >= 400_000.0 / 48_000.0);
    assert!(
        finding.client.contains("0:08") && finding.picture.is_some(),
        "{}",
        finding.client
    );
}

#[test]
fn a_few_touches_of_full_scale_are_a_note() {
    let mut planar = music();
    // A round summit that just touches full scale with three samples.
    for (k, v) in (-20..=20).zip(&mut planar[0][300_000 - 20..]) {
        let summit = 1.008 * (std::f64::consts::PI * f64::from(k) / 40.0).cos();
        *v = summit.min(1.0 - 1.0 / 8_388_608.0);
    }
    let answer = inspect(&planar);
    let finding = find(&answer, "clipping");
    assert_eq!((finding.severity, finding.span_count), (Severity::Note, 1));
    at(finding, 6.25);
}

#[test]
fn a_tone_at_full_scale_does_not_clip() {
    for (bits, kind) in [(16, SampleKind::I16), (24, SampleKind::I24)] {
        for hz in [30.0, 41.0, 1_000.0] {
            let scale = f64::from(1 << (bits - 1));
            let tone: Vec<f64> = (0..96_000)
                .map(|n| (2.0 * std::f64::consts::PI * hz * f64::from(n) / 48_000.0).sin())
                .map(|v| (v * (scale - 1.0)).round() / scale)
                .collect();
            let answer = inspect_in(context(2, kind), &[tone.clone(), tone], 4096);
            assert!(
                !codes(&answer).contains(&"clipping"),
                "{hz} Hz at {bits} bits"
            );
            assert!(
                !codes(&answer).contains(&"clipped_below_full_scale"),
                "{hz} Hz at {bits} bits"
            );
        }
    }
}

#[test]
fn a_mix_that_was_clipped_and_turned_down_is_found_even_through_dither() {
    for bits in [24, 16] {
        let mut planar = render(Piece {
            bits: 0,
            ..Piece::default()
        });
        for v in planar.iter_mut().flatten() {
            *v = (*v * 5.0).clamp(-1.0, 1.0) * 0.6;
        }
        print(&mut planar, bits, &mut Noise::new(5));
        let kind = if bits == 16 {
            SampleKind::I16
        } else {
            SampleKind::I24
        };
        let answer = inspect_in(context(2, kind), &planar, 4096);
        assert_eq!(
            find(&answer, "clipped_below_full_scale").severity,
            Severity::Ask
        );
        assert!(!codes(&answer).contains(&"clipping"));
    }
}

#[test]
fn little_headroom_is_a_note_that_the_studio_can_raise() {
    let planar = render(Piece {
        peak: 0.9,
        ..Piece::default()
    });
    let answer = inspect(&planar);
    only(&answer, "headroom_low", Severity::Note);
    let mut strict = context(2, SampleKind::I24);
    strict.thresholds.level.headroom_severity = Severity::Ask;
    only(
        &inspect_in(strict, &planar, 4096),
        "headroom_low",
        Severity::Ask,
    );
}

#[test]
fn floats_beyond_full_scale_are_fine_and_said_so() {
    let planar = render(Piece {
        peak: 1.4,
        bits: 0,
        ..Piece::default()
    });
    let answer = inspect_in(context(2, SampleKind::F32), &planar, 4096);
    assert_eq!(find(&answer, "float_overs").severity, Severity::Note);
    assert!(!codes(&answer).contains(&"clipping"));
}

#[test]
fn dither_and_floats_beyond_full_scale_are_notes_that_the_studio_can_raise() {
    let beyond = render(Piece {
        peak: 1.4,
        bits: 0,
        ..Piece::default()
    });
    let mut strict = context(2, SampleKind::F32);
    strict.thresholds.level.float_overs_severity = Severity::Ask;
    let answer = inspect_in(strict, &beyond, 4096);
    assert_eq!(find(&answer, "float_overs").severity, Severity::Ask);

    let dithered = render(Piece {
        bits: 16,
        ..Piece::default()
    });
    let mut strict = context(2, SampleKind::I16);
    strict.thresholds.numbers.dither_present_severity = Severity::Ask;
    let answer = inspect_in(strict, &dithered, 4096);
    assert_eq!(find(&answer, "dither_present").severity, Severity::Ask);

    let cut = render(Piece {
        bits: 0,
        ..Piece::default()
    })
    .map(|c| {
        c.iter()
            .map(|v| (v * 32_768.0).trunc() / 32_768.0)
            .collect::<Vec<f64>>()
    });
    let mut strict = context(2, SampleKind::I16);
    strict.thresholds.numbers.dither_missing_severity = Severity::Ask;
    let answer = inspect_in(strict, &cut, 4096);
    assert_eq!(find(&answer, "dither_missing").severity, Severity::Ask);
}

#[test]
fn overs_between_the_samples_are_noted() {
    let mut planar = music();
    // A quarter of the rate at 45°: the true peak is 3 dB above the samples.
    for (n, v) in (0..).zip(&mut planar[0][200_000..200_800]) {
        let edge = f64::from(n.min(799 - n)) / 100.0;
        *v = 0.75 * edge.min(1.0) * if n % 4 < 2 { 1.0 } else { -1.0 };
    }
    let answer = inspect(&planar);
    let finding = find(&answer, "intersample_overs");
    assert_eq!(
        (finding.severity, &finding.channels[..]),
        (Severity::Note, &[0][..])
    );
}

#[test]
fn a_limited_mix_is_asked_about() {
    let mut planar = render(Piece {
        bits: 0,
        tempo_bpm: 140.0,
        ..Piece::default()
    });
    // A soft clipper that holds every beat at one level, as a loud master does.
    for v in planar.iter_mut().flatten() {
        *v = (*v * 60.0).tanh() * 0.9 + *v * 0.01;
    }
    print(&mut planar, 24, &mut Noise::new(3));
    assert_eq!(
        find(&inspect(&planar), "limited_already").severity,
        Severity::Ask
    );
}

#[test]
fn a_very_quiet_mix_is_noted() {
    let answer = inspect(&render(Piece {
        peak: 0.02,
        ..Piece::default()
    }));
    only(&answer, "peak_low", Severity::Note);
}

#[test]
fn silence_blocks() {
    let answer = inspect(&[vec![0.0; 96_000], vec![0.0; 96_000]]);
    only(&answer, "silent", Severity::Blocks);
    let empty = inspect(&[vec![], vec![]]);
    only(&empty, "empty", Severity::Blocks);
}

#[test]
fn damaged_samples_block_and_are_named() {
    let mut planar = music();
    planar[1][240_000] = f64::NAN;
    let answer = inspect(&planar);
    let finding = only(&answer, "non_finite", Severity::Blocks);
    assert_eq!(finding.channels, [1]);
    at(finding, 5.0);
    assert!(finding.client.contains("0:05"));
}

#[test]
fn a_head_cut_in_a_sound_is_asked_about() {
    let planar = music().map(|c| c[123_456..].to_vec());
    let answer = inspect(&planar);
    let finding = find(&answer, "head_cut");
    at(finding, 0.0);
    assert!(!codes(&answer).contains(&"tail_cut"));
}

#[test]
fn a_tail_cut_in_a_sound_is_asked_about_even_with_zeros_behind_it() {
    for padding in [0, 30_000] {
        let planar = music().map(|c| {
            let mut cut = c[..600_000].to_vec();
            cut.resize(600_000 + padding, 0.0);
            cut
        });
        let answer = inspect(&planar);
        let finding = find(&answer, "tail_cut");
        assert_eq!(finding.severity, Severity::Ask);
        assert!((finding.spans[0].start_seconds - 12.48).abs() < 0.02);
    }
}

#[test]
fn a_fade_is_noted_and_a_ring_out_is_not() {
    let mut planar = render(Piece {
        bits: 0,
        ..Piece::default()
    });
    for c in &mut planar {
        c.truncate(760_000);
        for (n, v) in (0..).zip(c.iter_mut()) {
            let left = (760_000.0 - f64::from(n)) / 48_000.0;
            *v *= (left / 9.0).min(1.0).powi(2);
        }
    }
    print(&mut planar, 24, &mut Noise::new(4));
    only(&inspect(&planar), "fade_made", Severity::Note);
}

#[test]
fn long_silences_are_noted_where_they_are() {
    let mut planar = music();
    for c in &mut planar {
        let mut long = vec![0.0; 48_000 * 6];
        long.extend_from_slice(c);
        long.extend(vec![0.0; 48_000 * 20]);
        *c = long;
    }
    let answer = inspect(&planar);
    let finding = only(&answer, "silence_long", Severity::Note);
    assert_eq!(finding.span_count, 2);
    at(finding, 0.0);
}

#[test]
fn sixteen_bits_in_a_24_bit_file_are_padded_and_their_dither_is_seen() {
    let planar = render(Piece {
        bits: 16,
        ..Piece::default()
    });
    let answer = inspect(&planar);
    assert_eq!(answer.measurements.effective_bit_depth, Some(16));
    let finding = find(&answer, "padded_bits");
    assert_eq!(finding.severity, Severity::Note);
    assert!(codes(&answer).contains(&"dither_present"));
    assert!(!codes(&answer).contains(&"dither_missing"));
}

#[test]
fn sixteen_bits_without_dither_are_seen_in_the_ring_out() {
    let planar = render(Piece {
        bits: 0,
        ..Piece::default()
    })
    .map(|c| {
        c.iter()
            .map(|v| (v * 32_768.0).trunc() / 32_768.0)
            .collect::<Vec<f64>>()
    });
    let answer = inspect_in(context(2, SampleKind::I16), &planar, 4096);
    only(&answer, "dither_missing", Severity::Note);
}

#[test]
fn another_format_than_declared_is_asked_about() {
    let mut said = context(2, SampleKind::I24);
    said.declared = Some(Declared {
        rate_hz: 96_000,
        bits: 24,
    });
    let answer = inspect_in(said, &music(), 4096);
    let finding = only(&answer, "format_not_as_declared", Severity::Ask);
    assert!(
        finding.client.contains("96 kHz / 24 bit") && finding.client.contains("48 kHz / 24 bit")
    );
}

#[test]
fn a_lossy_file_is_asked_about_by_its_codecs_name() {
    let mut lossy = context(2, SampleKind::F32);
    lossy.lossy_source = Some("MP3".to_owned());
    let answer = inspect_in(lossy, &music(), 4096);
    let finding = only(&answer, "lossy_source", Severity::Ask);
    assert!(finding.client.contains("MP3"));
}

#[test]
fn dc_is_noted_and_much_of_it_asked_about() {
    for (offset, severity) in [(0.003, Severity::Note), (0.02, Severity::Ask)] {
        let mut planar = music();
        for v in &mut planar[1] {
            *v += offset;
        }
        let answer = inspect(&planar);
        let finding = find(&answer, "dc_offset");
        assert_eq!(
            (finding.severity, &finding.channels[..]),
            (severity, &[1][..])
        );
    }
}

#[test]
fn an_inverted_channel_is_asked_about() {
    let mut planar = music();
    for v in &mut planar[1] {
        *v = -*v;
    }
    only(&inspect(&planar), "polarity_inverted", Severity::Ask);
}

#[test]
fn a_dead_channel_is_asked_about() {
    let mut planar = music();
    planar[1].fill(0.0);
    let answer = inspect(&planar);
    let finding = find(&answer, "one_channel");
    assert_eq!(
        (finding.severity, &finding.channels[..]),
        (Severity::Ask, &[1][..])
    );
    assert!(finding.client.contains("right"));
}

#[test]
fn mono_in_one_or_two_channels_is_noted() {
    let [left, _] = music();
    only(
        &inspect(&[left.clone(), left.clone()]),
        "mono_file",
        Severity::Note,
    );
    only(&inspect(&[left]), "mono_file", Severity::Note);
}

#[test]
fn a_louder_side_is_noted_and_a_much_louder_one_asked_about() {
    for (gain, severity) in [(0.5, Severity::Note), (0.2, Severity::Ask)] {
        let mut planar = music();
        for v in &mut planar[0] {
            *v = (*v * gain * 8_388_608.0).round() / 8_388_608.0;
        }
        let answer = inspect(&planar);
        let finding = only(&answer, "channel_imbalance", severity);
        assert!(finding.client.contains("right side"));
    }
}

#[test]
fn bass_against_itself_is_noted() {
    let mut planar = render(Piece {
        bits: 0,
        ..Piece::default()
    });
    let (mut low, mut lower) = (0.0, 0.0);
    for v in &mut planar[1] {
        low += 0.04 * (*v - low);
        lower += 0.04 * (low - lower);
        *v -= 2.0 * lower;
    }
    print(&mut planar, 24, &mut Noise::new(9));
    let answer = inspect(&planar);
    assert_eq!(find(&answer, "bass_out_of_phase").severity, Severity::Note);
}

#[test]
fn clicks_are_found_where_they_are() {
    let mut planar = music();
    let places = [150_000, 340_000, 585_600];
    for place in places {
        planar[0][place] += 0.3;
    }
    let answer = inspect(&planar);
    let finding = find(&answer, "clicks");
    assert_eq!((finding.severity, finding.span_count), (Severity::Ask, 3));
    assert_eq!(finding.channels, [0]);
    for (span, place) in finding.spans.iter().zip(places) {
        assert!((span.start_seconds - place as f64 / 48_000.0).abs() < 0.01);
    }
    assert!(finding.picture.is_some());
}

#[test]
fn a_click_is_found_wherever_the_blocks_begin() {
    let planar = music();
    for offset in 0..6 {
        let mut clicked = planar.clone();
        // Blocks of 10 ms are looked at in quarters of 120 frames.
        clicked[0][149_997 + offset] += 0.2;
        for v in &mut clicked[1][339_957 + offset..] {
            *v += 0.1;
        }
        let answer = inspect(&clicked);
        let finding = find(&answer, "clicks");
        assert_eq!(finding.channels, [0, 1], "offset {offset}");
        assert_eq!(finding.span_count, 2, "offset {offset}");
    }
}

#[test]
fn a_dropout_is_found_where_it_is_and_not_told_twice() {
    for (length, value) in [(64, 0.0), (2_000, 0.0), (300, 0.11)] {
        let mut planar = music();
        // Where the signal is loud on both sides.
        let loud = |n: &usize| planar[0][*n].abs() > 0.2 && planar[0][*n + length].abs() > 0.2;
        let place = (300_000..500_000).find(loud).unwrap();
        planar[0][place..place + length].fill(value);
        let answer = inspect(&planar);
        let finding = only(&answer, "dropouts", Severity::Ask);
        at(finding, place as f64 / 48_000.0);
    }
}

/// Keeps only what lies below a frequency, as a steep resampler or an encoder does.
fn low_passed(planar: &[Vec<f64>; 2], rate_hz: f64, cutoff_hz: f64) -> [Vec<f64>; 2] {
    use std::f64::consts::PI;
    let half = 200_i32;
    let taps: Vec<f64> = (-half..=half)
        .map(|k| {
            let t = f64::from(k);
            let x = 2.0 * cutoff_hz / rate_hz;
            let sinc = if k == 0 {
                x
            } else {
                (PI * x * t).sin() / (PI * t)
            };
            let u = PI * (t / f64::from(half) + 1.0);
            sinc * (0.358_75 - 0.488_29 * u.cos() + 0.141_28 * (2.0 * u).cos()
                - 0.011_68 * (3.0 * u).cos())
        })
        .collect();
    planar.clone().map(|c| {
        (0..c.len())
            .map(|n| {
                let from = n.saturating_sub(200);
                let to = (n + 201).min(c.len());
                (from..to).map(|i| c[i] * taps[i + 200 - n]).sum()
            })
            .collect()
    })
}

#[test]
fn an_upsampled_mix_is_noted_with_its_likely_rate() {
    let piece = Piece {
        rate_hz: 96_000,
        seconds: 16.0,
        bits: 0,
        ..Piece::default()
    };
    let mut planar = low_passed(&render(piece), 96_000.0, 21_000.0);
    print(&mut planar, 24, &mut Noise::new(8));
    let mut at_96 = context(2, SampleKind::I24);
    at_96.rate_hz = 96_000;
    let answer = inspect_in(at_96, &planar, 4096);
    let finding = only(&answer, "upsampled", Severity::Note);
    assert!(finding.client.contains("44.1 kHz") && finding.picture.is_some());
}

#[test]
fn a_cut_off_alone_is_no_proof_of_a_lossy_origin_but_holes_below_it_are() {
    let piece = Piece {
        seconds: 16.0,
        bits: 0,
        ..Piece::default()
    };
    let full = render(piece);
    let mut cut = low_passed(&full, 48_000.0, 16_000.0);
    let deeper = low_passed(&full, 48_000.0, 13_000.0);
    let mut holed = cut.clone();
    print(&mut cut, 24, &mut Noise::new(8));
    let answer = inspect(&cut);
    let finding = find(&answer, "lossy_source");
    assert_eq!(finding.severity, Severity::Note);
    assert!(
        finding.client.contains("does not tell"),
        "{}",
        finding.client
    );
    // Every fifth 50 ms nothing above 13 kHz, as an encoder that runs out of bits leaves it.
    for (channel, low) in holed.iter_mut().zip(&deeper) {
        for start in (0..channel.len() - 2400).step_by(12_000) {
            for n in 0..2400 {
                // Faded in and out, as an encoder's overlapping windows do.
                let edge = f64::from(i32::try_from(n.min(2399 - n)).unwrap()) / 480.0;
                let share = 0.5 - 0.5 * (std::f64::consts::PI * edge.min(1.0)).cos();
                channel[start + n] += share * (low[start + n] - channel[start + n]);
            }
        }
    }
    print(&mut holed, 24, &mut Noise::new(8));
    let answer = inspect(&holed);
    let finding = find(&answer, "lossy_source");
    assert_eq!(finding.severity, Severity::Note);
    assert!(finding.client.contains("moments are"), "{}", finding.client);
    // A studio that wants to decide about each raises it; a bare cut-off stays a note.
    let mut strict = context(2, SampleKind::I24);
    strict.thresholds.numbers.lossy_holes_severity = Severity::Ask;
    let answer = inspect_in(strict.clone(), &holed, 4096);
    assert_eq!(find(&answer, "lossy_source").severity, Severity::Ask);
    let answer = inspect_in(strict, &cut, 4096);
    assert_eq!(find(&answer, "lossy_source").severity, Severity::Note);
}

#[test]
fn the_waveform_has_at_most_2000_bins_and_shows_the_peaks() {
    for frames in [10, 127_999, 128_001, 960_000] {
        let mut planar = [vec![0.0; frames], vec![0.0; frames]];
        planar[1][frames / 2] = -0.5;
        planar[0][frames - 1] = 0.25;
        let overview = inspect(&planar).overview;
        let [left, right] = &overview.lanes[..] else {
            panic!("two lanes")
        };
        assert!(left.min.len() <= measure::MOST_BINS && left.min.len() == right.max.len());
        assert_eq!(
            left.min.len() as u64,
            (frames as u64).div_ceil(overview.frames_per_bin)
        );
        assert_eq!(right.min.iter().min(), Some(&-16_383));
        assert_eq!(left.max.last(), Some(&8_191));
        let svg = overview.svg(600, 120);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    }
}

#[test]
fn sentences_carry_no_raw_numbers_that_are_none() {
    let mut planar = music();
    planar[1].fill(0.0);
    for finding in inspect(&planar).findings {
        for text in [&finding.client, &finding.engineer, &finding.advice] {
            assert!(
                !text.is_empty() && !text.contains("inf") && !text.contains("NaN"),
                "{text}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// However the stream is cut up, the answer is the same to the last letter.
    #[test]
    fn the_findings_do_not_depend_on_the_blocks(block in 1_usize..6000) {
        let mut planar = render(Piece { seconds: 5.0, peak: 0.9, ..Piece::default() });
        planar[0][100_000] += 0.5;
        for v in &mut planar[1][150_000..150_400] { *v = 0.0; }
        for v in planar.iter_mut().flat_map(|c| &mut c[60_000..70_000]) { *v = (*v * 4.0).clamp(-1.0, 0.999_999_9); }
        planar[1][5_000] = f64::NAN;
        let whole = inspect(&planar);
        let cut = inspect_in(context(2, SampleKind::I24), &planar, block);
        prop_assert!(whole.findings.len() >= 3);
        prop_assert_eq!(whole, cut);
    }

    /// Nothing that a file can hold makes the inspection panic or a figure infinite.
    #[test]
    fn hostile_samples_are_survived(
        values in prop::collection::vec(prop_oneof![
            Just(f64::NAN), Just(f64::INFINITY), Just(-1.0e308), Just(5.0e-324), Just(1.0), Just(-1.0), any::<f64>(), -1.0_f64..1.0,
        ], 0..3000),
        channels in 1_usize..7,
    ) {
        let planar = vec![values; channels];
        let answer = inspect_in(context(channels, SampleKind::F64), &planar, 700);
        let text = serde_json::to_string(&answer).unwrap();
        // JSON writes an infinite number as null, which `f64` does not read back.
        prop_assert!(serde_json::from_str::<Inspection>(&text).is_ok());
    }
}
