//! Loudness to a target, judged by the `ebur128` crate: by gain, by a limiter within its budget, and what is said where
//! that does not go.
mod song;

use engine::*;

const RATE: u32 = 48_000;

fn goal(integrated_lufs: f64, way: LoudnessWay, over_budget: OverBudget) -> LoudnessGoal {
    LoudnessGoal {
        integrated_lufs,
        way,
        budget_db: 12.0,
        ceiling_dbtp: None,
        over_budget,
    }
}

fn with_goal(stages: Vec<Stage>, goal: LoudnessGoal) -> Chain {
    Chain::new(stages).unwrap().with_loudness(goal).unwrap()
}

/// A song that swells from far away, as classical music does, and one that is dense all the time.
fn mixes() -> Vec<(&'static str, Vec<Vec<f64>>)> {
    let song = song::song(24.0, RATE);
    let shaped = |level: &dyn Fn(f64) -> f64| -> Vec<Vec<f64>> {
        let channel = |c: &Vec<f64>| {
            let frames = c.iter().enumerate();
            frames
                .map(|(i, x)| x * level(i as f64 / f64::from(RATE)))
                .collect()
        };
        song.iter().map(channel).collect()
    };
    vec![
        ("as it is", song.clone()),
        ("swelling", shaped(&|t| libm_exp(t / 6.0 - 4.0))),
        (
            "with a pause",
            shaped(&|t| if t % 8.0 < 3.0 { 1e-4 } else { 0.5 }),
        ),
        ("hits", shaped(&|t| if t % 1.0 < 0.05 { 1.6 } else { 0.2 })),
    ]
}

fn libm_exp(x: f64) -> f64 {
    10f64.powf(x / std::f64::consts::LN_10)
}

fn mastered(mix: &[Vec<f64>], chain: &Chain) -> Result<(Vec<Vec<f64>>, MasterReport), RenderError> {
    let mut source = MemorySource::new(RATE, mix.to_vec());
    let seed = content_seed(&mut source).unwrap();
    let mut kept = song::Kept::default();
    let depth = Depth::Int24;
    let report = render_master(&mut source, chain, depth, seed, &mut kept, &mut |_| ())?;
    let floats = |row: &Vec<i32>| row.iter().map(|x| f64::from(*x) / 8_388_608.0).collect();
    Ok((kept.ints.iter().map(floats).collect(), report))
}

/// Integrated loudness by another implementation.
fn independent_lufs(channels: &[Vec<f64>]) -> f64 {
    let mut meter = ebur128::EbuR128::new(2, RATE, ebur128::Mode::I).unwrap();
    let rows: Vec<&[f64]> = channels.iter().map(Vec::as_slice).collect();
    meter.add_frames_planar_f64(&rows).unwrap();
    meter.loudness_global().unwrap()
}

/// True peak of the last second at 64 points per sample, by 1,024 taps.
fn true_peak_dbtp(channels: &[Vec<f64>]) -> f64 {
    let last = |c: &Vec<f64>| c.len() - RATE as usize..c.len();
    let peak = |c: &Vec<f64>| measure::reference_peak::true_peak_64(c, last(c));
    dsp::gain_to_db(channels.iter().map(peak).fold(0.0, f64::max))
}

#[test]
fn the_limiter_s_way_arrives_within_a_twentieth_and_holds_the_ceiling() {
    let punchy = Stage::Limiter(LimiterStage {
        character: CharacterKind::Punchy,
        ..LimiterStage::new(-1.0, 2.0, 40.0)
    });
    let dense = Stage::Limiter(LimiterStage {
        character: CharacterKind::Dense,
        link_percent: 30.0,
        ..LimiterStage::new(-0.3, 5.0, 200.0)
    });
    let (mut passes, mut count, mut worst) = (0, 0, 0.0_f64);
    for (name, mix) in mixes() {
        for stages in [vec![], vec![punchy.clone()], vec![dense.clone()]] {
            for target in [-14.0, -10.0] {
                let goal = LoudnessGoal {
                    ceiling_dbtp: Some(-1.0),
                    ..goal(target, LoudnessWay::Limiter, OverBudget::Report)
                };
                let (out, report) = mastered(&mix, &with_goal(stages.clone(), goal)).unwrap();
                let said = report.loudness.unwrap();
                println!("{name}, {target}: {} ({} passes)", said.text(), said.passes);
                let lufs = independent_lufs(&out);
                // The bar of the engine's figures.
                worst = worst.max((lufs - target).abs());
                assert!((lufs - target).abs() <= 0.05, "{name}: {lufs} for {target}");
                assert!((lufs - said.integrated_lufs).abs() <= 0.01);
                if target > -12.0 {
                    let peak = true_peak_dbtp(&out);
                    assert!(peak <= -0.95, "{name}: {peak} dBTP");
                }
                (passes, count) = (passes + said.passes, count + 1);
            }
        }
    }
    println!(
        "figure: {:<66} {worst:>12.5}   0.05",
        "loudness off its target, limiter in the loop, LU"
    );
    // What makes it cheap: the model foresees the limiter.
    assert!(
        2 * passes < 5 * count,
        "{passes} trials for {count} masters"
    );
}

#[test]
fn gain_alone_arrives_exactly_and_changes_nothing_else() {
    for (name, mix) in mixes() {
        let goal = goal(-33.0, LoudnessWay::Gain, OverBudget::Refuse);
        let (out, report) = mastered(&mix, &with_goal(vec![], goal)).unwrap();
        let said = report.loudness.unwrap();
        let lufs = independent_lufs(&out);
        assert!((lufs + 33.0).abs() <= 0.05, "{name}: {lufs}");
        assert_eq!((said.outcome, said.passes), (LoudnessOutcome::Reached, 1));
        let gain = dsp::db_to_gain(said.gain_db);
        let same = mix.iter().flatten().zip(out.iter().flatten());
        // Dither and rounding to 24 bits.
        assert!(
            same.into_iter()
                .all(|(x, y)| (x * gain - y).abs() < 2.0 / 8_388_608.0)
        );
    }
}

#[test]
fn over_the_budget_it_refuses_reports_or_stops_as_asked() {
    let mix = song::song(12.0, RATE);
    let chain = |over_budget| {
        let goal = LoudnessGoal {
            budget_db: 3.0,
            ..goal(-9.0, LoudnessWay::Limiter, over_budget)
        };
        with_goal(vec![], goal)
    };
    let refused = mastered(&mix, &chain(OverBudget::Refuse))
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("-9 LUFS would take") && refused.contains("the budget is 3 dB"),
        "{refused}"
    );
    let (out, report) = mastered(&mix, &chain(OverBudget::Report)).unwrap();
    let said = report.loudness.unwrap();
    assert_eq!(said.outcome, LoudnessOutcome::OverBudget);
    assert!((independent_lufs(&out) + 9.0).abs() <= 0.05);
    let deepest = report.render.max_gain_reduction_db;
    assert!((deepest - 3.0 - said.over_budget_db).abs() < 0.05 && deepest > 3.5);
    assert!(said.text().contains("over the budget"), "{}", said.text());
    let (out, report) = mastered(&mix, &chain(OverBudget::Stop)).unwrap();
    let said = report.loudness.unwrap();
    assert_eq!(said.outcome, LoudnessOutcome::StoppedAtBudget);
    let deepest = report.render.max_gain_reduction_db;
    assert!((deepest - 3.0).abs() <= 0.05, "{deepest} dB");
    assert!((independent_lufs(&out) + 9.0 + said.missing_lu()).abs() < 0.01);
    assert!(
        said.text().contains("LU short of -9 LUFS"),
        "{}",
        said.text()
    );
}

#[test]
fn gain_alone_minds_the_ceiling_as_asked() {
    let mix = song::song(12.0, RATE);
    let chain = |over| with_goal(vec![], goal(-9.0, LoudnessWay::Gain, over));
    let refused = mastered(&mix, &chain(OverBudget::Refuse))
        .unwrap_err()
        .to_string();
    assert!(
        refused.starts_with("by gain alone -9 LUFS would peak at +"),
        "{refused}"
    );
    let (out, report) = mastered(&mix, &chain(OverBudget::Report)).unwrap();
    let said = report.loudness.unwrap();
    assert_eq!(said.outcome, LoudnessOutcome::OverBudget);
    assert!(said.text().contains("over the ceiling") && report.clipped_samples > 0);
    drop(out);
    let (out, report) = mastered(&mix, &chain(OverBudget::Stop)).unwrap();
    assert_eq!(
        report.loudness.unwrap().outcome,
        LoudnessOutcome::StoppedAtBudget
    );
    let mut meter = measure::Meter::new(RATE, 2).unwrap();
    meter.feed(&[&out[0], &out[1]]);
    let peak = meter.finish().true_peak_dbtp.unwrap();
    assert!((-1.06..=-0.95).contains(&peak), "{peak} dBTP");
}

#[test]
fn the_chain_it_came_to_gives_the_same_samples_and_its_moves_stay_in_place() {
    let mix = song::song(6.0, RATE);
    let moves = vec![
        Move {
            stage: 1,
            setting: Setting::GainDb,
            band: None,
            frame: 48_000,
            value: 2.0,
            ramp_frames: 4_800,
        },
        Move {
            stage: 2,
            setting: Setting::CeilingDbtp,
            band: None,
            frame: 96_000,
            value: -6.0,
            ramp_frames: 9_600,
        },
    ];
    let stages = vec![
        Stage::Gain(GainStage { gain_db: 0.0 }),
        Stage::Limiter(LimiterStage::new(-2.0, 4.0, 80.0)),
    ];
    let chain = Chain::new(stages).unwrap().with_automation(moves).unwrap();
    let chain = chain
        .with_loudness(goal(-13.0, LoudnessWay::Limiter, OverBudget::Report))
        .unwrap();
    let text = chain.to_toml().unwrap();
    assert_eq!(Chain::from_toml(&text).unwrap(), chain);
    let (out, report) = mastered(&mix, &chain).unwrap();
    assert!((independent_lufs(&out) + 13.0).abs() <= 0.05);
    let settled = chain.settled_at(report.loudness.unwrap().gain_db).unwrap();
    assert!(settled.loudness().is_none());
    let names: Vec<_> = settled.stages().iter().map(Stage::name).collect();
    assert_eq!(names, ["gain", "gain", "limiter"]);
    assert_eq!(settled.automation()[1].stage, 3);
    let (again, _) = mastered(&mix, &settled).unwrap();
    assert_eq!(out, again);
    // The limiter's own ceiling, lower at the end.
    let late = again.iter().flat_map(|c| &c[4 * 48_000..]);
    let highest = late.fold(0.0_f64, |peak, x| peak.max(x.abs()));
    assert!(dsp::gain_to_db(highest) < -5.9);
}

#[test]
fn a_loudness_that_cannot_be_asked_for_is_refused() {
    let check = |text: &str, expected: &str| {
        let error = Chain::from_toml(text).unwrap_err();
        let source = std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
        let said = format!("{error}: {source}");
        assert!(said.contains(expected), "{said}");
    };
    let of = |more: &str| {
        let head = "format = 1\nstages = []\n[loudness]\nintegrated_lufs = -14.0\nway = \"gain\"\n";
        format!("{head}{more}")
    };
    assert!(Chain::from_toml(&of("")).is_ok());
    check(&of("target = 3"), "line 6: there is no key `target`");
    check(
        &of("budget_db = 30.0"),
        "budget_db must be from 0 to 24, not 30",
    );
    check(&of("over_budget = \"ignore\""), "unknown variant `ignore`");
    let loud = of("").replace("-14.0", "-3.0");
    check(&loud, "integrated_lufs must be from -40 to -5, not -3");
    let delta = "format = 1\ndelta_of = 1\n[loudness]\nintegrated_lufs = -14.0\nway = \"gain\"\n\
                 [[stages]]\nprocessor = \"gain\"\ngain_db = 1.0\n";
    check(delta, "a chain that gives a delta has no loudness to reach");
    let silent = vec![vec![0.0; 96_000]; 2];
    for way in [LoudnessWay::Gain, LoudnessWay::Limiter] {
        let chain = with_goal(vec![], goal(-14.0, way, OverBudget::Report));
        let said = mastered(&silent, &chain).unwrap_err().to_string();
        assert!(said.starts_with("the mix is silent"), "{said}");
    }
}
