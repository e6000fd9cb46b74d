//! Plans: measured, honest, and exactly what is rendered.
mod song;

use engine::*;
use measure::{Measurements, Meter};

fn measured(rate_hz: u32, channels: &[Vec<f64>]) -> Measurements {
    let mut meter = Meter::new(rate_hz, channels.len() as u32).unwrap();
    let block: Vec<&[f64]> = channels.iter().map(|c| &c[..]).collect();
    meter.feed(&block);
    meter.finish()
}

fn scaled(channels: &[Vec<f64>], db: f64) -> Vec<Vec<f64>> {
    let gain = dsp::db_to_gain(db);
    channels
        .iter()
        .map(|c| c.iter().map(|x| x * gain).collect())
        .collect()
}

/// Plans, renders, measures again; returns the plan and the master's own measurements.
fn mastered(
    mix: Vec<Vec<f64>>,
    rate_hz: u32,
    target: Target,
    how: Intensity,
) -> (Plan, Measurements) {
    let mut source = MemorySource::new(rate_hz, mix);
    let brief = Brief {
        target,
        intensity: how,
        ..Brief::default()
    };
    let plan = plan(&mut source, &brief).unwrap();
    let mut sink = MemorySink::default();
    render(&mut source, &plan.chain, &mut sink, &mut |_| ()).unwrap();
    (plan, measured(rate_hz, &sink.channels))
}

fn gentle() -> Brief {
    Brief {
        intensity: Intensity::Gentle,
        ..Brief::default()
    }
}

#[test]
fn a_master_lands_on_its_target_at_every_rate_and_level() {
    let target = Target::default();
    for (rate_hz, level_db) in [(44_100, 0.0), (48_000, -8.0), (48_000, 5.0), (96_000, -3.0)] {
        let mix = scaled(&song::song(8.0, rate_hz), level_db);
        let (plan, master) = mastered(mix, rate_hz, target, Intensity::Balanced);
        let lufs = master.integrated_lufs.unwrap();
        let peak = master.true_peak_dbtp.unwrap();
        println!("{rate_hz} Hz, {level_db} dB: {lufs:.3} LUFS, {peak:.3} dBTP");
        assert_eq!(plan.outcome, Outcome::Reached);
        assert!((lufs + 14.0).abs() <= 0.1, "{lufs} LUFS");
        assert!(peak <= -1.0 + 0.02, "{peak} dBTP");
        assert_eq!(
            plan.predicted.measurements, master,
            "the plan foretells the master exactly"
        );
        assert_eq!(plan.engine_revision, ENGINE_REVISION);
    }
}

#[test]
fn a_loud_target_works_the_limiter_and_says_so() {
    let target = Target {
        integrated_lufs: -11.0,
        true_peak_max_dbtp: -1.0,
    };
    let mix = song::song(8.0, 48_000);
    let (plan, master) = mastered(mix, 48_000, target, Intensity::Balanced);
    assert!((master.integrated_lufs.unwrap() + 11.0).abs() <= 0.1);
    assert!(master.true_peak_dbtp.unwrap() <= -0.98);
    let deepest = plan.predicted.render.max_gain_reduction_db;
    assert!(deepest > 1.0 && deepest <= 6.05, "{deepest} dB");
    let said = plan
        .reasons
        .iter()
        .find(|r| r.stage == Subject::Limiter)
        .unwrap();
    assert!(
        said.text
            .contains(&format!("{deepest:.1} dB at its deepest")),
        "{}",
        said.text
    );
}

#[test]
fn beyond_the_budget_the_master_stays_quieter_and_the_plan_says_by_how_much() {
    // Clicks far above the music: loudness costs more limiting than the budget has.
    let mut mix = scaled(&song::song(8.0, 48_000), -12.0);
    for channel in &mut mix {
        channel.iter_mut().step_by(24_000).for_each(|x| *x = 0.9);
    }
    for (how, budget) in [
        (Intensity::Gentle, 4.0),
        (Intensity::Balanced, 6.0),
        (Intensity::Loud, 8.0),
    ] {
        let (plan, master) = mastered(mix.clone(), 48_000, Target::default(), how);
        let deepest = plan.predicted.render.max_gain_reduction_db;
        assert!((deepest - budget).abs() < 0.1, "{how:?}: {deepest} dB");
        let Outcome::BelowTarget { short_by_lu } = plan.outcome else {
            panic!("{how:?}: {:?}", plan.outcome)
        };
        assert!((short_by_lu - (-14.0 - master.integrated_lufs.unwrap())).abs() < 1e-9);
        let said = &plan.reasons.last().unwrap().text;
        assert!(
            said.contains(&format!("{short_by_lu:.1} LU below it")),
            "{said}"
        );
    }
}

#[test]
fn a_mix_that_needs_little_is_left_nearly_alone() {
    // Noise of the target's own colour, as dense as a finished master, at −14 LUFS.
    let mut noise = balanced_noise();
    let loudness = measured(48_000, &noise).integrated_lufs.unwrap();
    noise = scaled(&noise, -14.0 - loudness);
    let (plan, _) = mastered(noise, 48_000, Target::default(), Intensity::Gentle);
    let kinds: Vec<_> = plan.chain.stages().to_vec();
    let is_tonal = |s: &Stage| matches!(s, Stage::Equaliser(_) | Stage::Compressor(_));
    assert!(!kinds.iter().any(is_tonal), "{kinds:?}");
    let gain = kinds.iter().find_map(|s| match s {
        Stage::Gain(gain) => Some(gain.gain_db),
        _ => None,
    });
    assert!(gain.unwrap().abs() < 0.2, "{gain:?}");
}

/// Noise whose third-octaves follow the target curve: bands of the equaliser over pink-ish noise.
fn balanced_noise() -> Vec<Vec<f64>> {
    let frames = 48_000 * 6;
    let mut fft_size = 1usize;
    while fft_size < frames {
        fft_size *= 2;
    }
    let fft = dsp::Fft::new(fft_size.trailing_zeros());
    let phases = dsp::Dither::new(DitherSeed(11), 0);
    let (mut re, mut im) = (vec![0.0; fft_size], vec![0.0; fft_size]);
    for k in 1..fft_size / 2 {
        let hz = k as f64 * 48_000.0 / fft_size as f64;
        if !(25.0..18_000.0).contains(&hz) {
            continue;
        }
        // A third-octave holds a number of bins that grows with its frequency.
        let amplitude = dsp::db_to_gain(tonal_target_db(hz)) / hz.sqrt();
        // Triangular over many turns is as good as even over one.
        let angle = phases.at(k as u64) * 1e4;
        re[k] = amplitude * libm::cos(angle);
        im[k] = amplitude * libm::sin(angle);
    }
    fft.forward(&mut re, &mut im);
    let peak = re.iter().take(frames).fold(0.0f64, |m, x| m.max(x.abs()));
    let channel: Vec<f64> = re[..frames].iter().map(|x| 0.3 * x / peak).collect();
    vec![channel.clone(), channel]
}

#[test]
fn rumble_and_a_dull_balance_are_heard_and_answered() {
    let mut mix = balanced_noise();
    // Rumble at 8 Hz and a treble 9 dB down.
    let dull = Chain::new(vec![Stage::Equaliser(EqualiserStage::new(vec![
        EqualiserBand::new(BandKind::HighShelf, 7_000.0, -9.0, 0.7),
    ]))])
    .unwrap();
    let mut sink = MemorySink::default();
    render(
        &mut MemorySource::new(48_000, mix),
        &dull,
        &mut sink,
        &mut |_| (),
    )
    .unwrap();
    mix = sink.channels;
    for channel in &mut mix {
        for (i, x) in channel.iter_mut().enumerate() {
            *x += 0.05 * libm::sin(std::f64::consts::TAU * 8.0 * i as f64 / 48_000.0);
        }
    }
    let (plan, _) = mastered(mix, 48_000, Target::default(), Intensity::Balanced);
    let stages = plan.chain.stages();
    assert!(matches!(stages[0], Stage::RumbleFilter(_)), "{stages:?}");
    let Stage::Equaliser(equaliser) = &stages[1] else {
        panic!("{stages:?}")
    };
    let treble = equaliser
        .bands
        .iter()
        .find(|b| b.kind == BandKind::HighShelf)
        .unwrap();
    assert!(treble.gain_db > 0.5 && treble.gain_db <= 2.0, "{treble:?}");
    assert!(equaliser.bands.iter().all(|b| b.gain_db.abs() <= 2.0));
}

#[test]
fn mono_and_six_channels_are_mastered_too() {
    let stereo = song::song(4.0, 48_000);
    let mono = vec![stereo[0].clone()];
    let (plan, _) = mastered(mono, 48_000, Target::default(), Intensity::Balanced);
    assert_eq!(plan.outcome, Outcome::Reached);
    let six: Vec<Vec<f64>> = stereo.iter().cycle().take(6).cloned().collect();
    let (plan, _) = mastered(six, 48_000, Target::default(), Intensity::Balanced);
    assert_eq!(plan.outcome, Outcome::Reached);
}

#[test]
fn what_cannot_be_planned_is_refused_with_a_reason() {
    let refused = |mix: Vec<Vec<f64>>, target: Target| {
        plan(
            &mut MemorySource::new(48_000, mix),
            &Brief {
                target,
                intensity: Intensity::Balanced,
                ..Brief::default()
            },
        )
        .unwrap_err()
        .to_string()
    };
    let silent = "the mix is silent or shorter than 0.4 seconds: it has no loudness to plan with";
    assert_eq!(
        refused(vec![vec![0.0; 48_000]; 2], Target::default()),
        silent
    );
    assert_eq!(refused(vec![vec![0.5; 100]; 2], Target::default()), silent);
    assert_eq!(
        refused(vec![vec![f64::NAN; 48_000]; 2], Target::default()),
        silent
    );
    let loud = Target {
        integrated_lufs: 0.0,
        true_peak_max_dbtp: -1.0,
    };
    assert_eq!(
        refused(song::song(1.0, 48_000), loud),
        "a target has −40 to −5 LUFS and −20 to 0 dBTP, not 0 LUFS and -1 dBTP"
    );
}

#[test]
fn a_plan_survives_being_stored() {
    let mut source = MemorySource::new(48_000, song::song(3.0, 48_000));
    let made = plan(&mut source, &gentle()).unwrap();
    let json = serde_json::to_string(&made).unwrap();
    let read: Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(read, made);
    assert_eq!(made, plan(&mut source, &gentle()).unwrap(), "repeatable");
}

fn plan_of(mix: &[Vec<f64>], style: Style, intensity: Intensity) -> Plan {
    let mut source = MemorySource::new(48_000, mix.to_vec());
    plan(&mut source, &Brief::of(style, intensity)).unwrap()
}

fn said(plan: &Plan, stage: Subject) -> &str {
    let reason = plan.reasons.iter().find(|r| r.stage == stage);
    reason.map_or("", |reason| reason.text.as_str())
}

#[test]
fn every_style_has_its_loudness_in_three_intensities() {
    for style in Style::ALL {
        let [gentle, balanced, loud] = [Intensity::Gentle, Intensity::Balanced, Intensity::Loud]
            .map(|intensity| style.loudness_lufs(intensity));
        assert!(gentle < balanced && balanced < loud, "{style:?}");
        assert!(
            (-24.0..=-8.0).contains(&gentle) && loud <= -8.0,
            "{style:?}"
        );
    }
    let mix = song::song(8.0, 48_000);
    let plan = plan_of(&mix, Style::Classical, Intensity::Balanced);
    assert_eq!(plan.target.integrated_lufs, -19.0);
    assert_eq!(plan.outcome, Outcome::Reached);
    let is_compressed = |p: &Plan| {
        p.chain
            .stages()
            .iter()
            .any(|s| matches!(s, Stage::Compressor(_)))
    };
    assert!(!is_compressed(&plan));
    assert!(said(&plan, Subject::Compressor).contains("the composer's"));
    assert!(is_compressed(&plan_of(
        &mix,
        Style::Pop,
        Intensity::Balanced
    )));
}

#[test]
fn what_is_usual_in_one_style_is_much_in_another() {
    // The target's own colour with six decibels more below 110 Hz.
    let mut source = MemorySource::new(48_000, balanced_noise());
    let shelf = EqualiserBand::new(BandKind::LowShelf, 110.0, 7.0, 0.707);
    let chain = Chain::new(vec![Stage::Equaliser(EqualiserStage::new(vec![shelf]))]).unwrap();
    let mut heavy = MemorySink::default();
    render(&mut source, &chain, &mut heavy, &mut |_| ()).unwrap();
    let bass_move = |style| {
        let plan = plan_of(&heavy.channels, style, Intensity::Balanced);
        let equaliser = plan.chain.stages().iter().find_map(|s| match s {
            Stage::Equaliser(equaliser) => Some(equaliser.clone()),
            _ => None,
        });
        let words = said(&plan, Subject::Equaliser).to_owned();
        let bands = equaliser.map_or_else(Vec::new, |equaliser| equaliser.bands);
        let low = bands.iter().find(|b| b.kind == BandKind::LowShelf);
        (low.map_or(0.0, |band| band.gain_db), words)
    };
    let (usual, words) = bass_move(Style::Usual);
    assert!(usual < -0.5, "{usual} dB: {words}");
    let (acoustic, words) = bass_move(Style::Acoustic);
    assert!(acoustic < -0.5, "{acoustic} dB: {words}");
    assert!(words.contains("usual of acoustic music"), "{words}");
    let (hip_hop, words) = bass_move(Style::HipHop);
    assert_eq!(hip_hop, 0.0, "{words}");
}

#[test]
fn a_wide_bass_goes_to_the_middle_except_where_a_room_makes_it_wide() {
    let mut mix = song::song(8.0, 48_000);
    let turn = std::f64::consts::TAU / 48_000.0;
    for (channel, sign) in mix.iter_mut().zip([1.0, -1.0]) {
        for (n, x) in channel.iter_mut().enumerate() {
            *x += sign * 0.2 * libm::sin(turn * 70.0 * n as f64);
        }
    }
    let plan = plan_of(&mix, Style::Pop, Intensity::Balanced);
    let mono_below = plan.chain.stages().iter().find_map(|s| match s {
        Stage::Stereo(stereo) => Some(stereo.mono_below_hz),
        _ => None,
    });
    assert_eq!(mono_below, Some(100.0));
    let words = said(&plan, Subject::Stereo);
    assert!(words.contains("bass goes to the middle"), "{words}");
    for (mix, style) in [
        (mix, Style::Classical),
        (song::song(8.0, 48_000), Style::Pop),
    ] {
        let plan = plan_of(&mix, style, Intensity::Balanced);
        let is_drawn = |s: &Stage| matches!(s, Stage::Stereo(s) if s.mono_below_hz > 0.0);
        assert!(!plan.chain.stages().iter().any(is_drawn), "{style:?}");
    }
}

#[test]
fn a_side_louder_than_the_middle_is_narrowed_and_said() {
    let song = song::song(8.0, 48_000);
    // Almost out of phase: mono would lose it.
    let mix = vec![
        song[0].clone(),
        song[0].iter().map(|x| -0.8 * x).collect::<Vec<f64>>(),
    ];
    let plan = plan_of(&mix, Style::Classical, Intensity::Gentle);
    let words = said(&plan, Subject::Stereo);
    assert!(words.contains("85 % of the width"), "{words}");
}

#[test]
fn hissing_moments_are_turned_down_and_an_even_brightness_is_not() {
    let mut hissing = song::song(10.0, 48_000);
    let hiss = dsp::Dither::new(DitherSeed(3), 0);
    // Sibilants: bright noise of 80 ms, twice a second.
    let bright = |n: u64| hiss.at(n) - 2.0 * hiss.at(n + 1) + hiss.at(n + 2);
    for channel in &mut hissing {
        for (n, x) in channel.iter_mut().enumerate() {
            if n % 24_000 < 3_840 {
                *x += 0.12 * bright(n as u64);
            }
        }
    }
    let de_esser = |mix: &[Vec<f64>]| {
        let plan = plan_of(mix, Style::Pop, Intensity::Balanced);
        let stage = plan.chain.stages().iter().find_map(|s| match s {
            Stage::DeEsser(stage) => Some(stage.range_db),
            _ => None,
        });
        (stage, said(&plan, Subject::DeEsser).to_owned())
    };
    let (range, words) = de_esser(&hissing);
    assert!(
        range.is_some_and(|db| db > 0.0 && db <= 3.0),
        "{range:?}: {words}"
    );
    let mut even = song::song(10.0, 48_000);
    for channel in &mut even {
        for (n, x) in channel.iter_mut().enumerate() {
            *x += 0.12 * bright(n as u64);
        }
    }
    for mix in [song::song(10.0, 48_000), even] {
        let (range, words) = de_esser(&mix);
        assert_eq!(range, None, "{words}");
    }
}
