//! Chain files: readable, exact, and strict about what they hold.
mod song;

use engine::*;

fn full_chain() -> Chain {
    Chain::new(vec![
        Stage::RumbleFilter(RumbleFilterStage {
            frequency_hz: 22.0,
            slope: Steepness::Db24,
        }),
        Stage::Equaliser(EqualiserStage::new(vec![
            EqualiserBand::new(BandKind::LowShelf, 110.0, -1.3, 0.707),
            EqualiserBand::new(BandKind::Bell, 3_200.0, 0.1 + 0.2, 0.7),
        ])),
        Stage::Compressor(CompressorStage {
            threshold_dbfs: -20.0,
            ratio: 1.5,
            knee_db: 6.0,
            attack_ms: 30.0,
            release_ms: 150.0,
            detector: Listening::Rms,
            sidechain_highpass_hz: 90.0,
            mix: 1.0,
            makeup_db: 0.0,
            ..CompressorStage::default()
        }),
        Stage::Gain(GainStage { gain_db: 3.37 }),
        Stage::Limiter(LimiterStage::new(-1.0, 4.0, 80.0)),
    ])
    .unwrap()
}

#[test]
fn a_chain_file_gives_the_same_chain_again() {
    let chain = full_chain();
    let text = chain.to_toml().unwrap();
    assert!(text.starts_with("format = 1\n"), "{text}");
    assert!(text.contains("processor = \"rumble_filter\""), "{text}");
    assert_eq!(Chain::from_toml(&text).unwrap(), chain);
    let json = serde_json::to_string(&chain).unwrap();
    assert_eq!(serde_json::from_str::<Chain>(&json).unwrap(), chain);
}

fn check_refused(text: &str, expected: &str) {
    let error = Chain::from_toml(text).unwrap_err();
    let mut said = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        said = format!("{said}: {cause}");
        source = cause.source();
    }
    assert!(said.contains(expected), "{said}");
}

#[test]
fn a_wrong_chain_file_is_refused_with_what_is_wrong() {
    let gain = |line: &str| format!("format = 1\n[[stages]]\nprocessor = \"gain\"\n{line}\n");
    check_refused(
        &gain("gain_db = 99.0"),
        "stage 1 (gain): gain_db must be from -60 to 60, not 99",
    );
    check_refused(&gain("gain_db = nan"), "not NaN");
    check_refused(&gain("gain_db = 1.0\ngian = 2.0"), "unknown field `gian`");
    check_refused(&gain(""), "missing field `gain_db`");
    check_refused(
        "format = 2\nstages = []",
        "the chain file has format 2, this engine reads format 1",
    );
    check_refused(
        "format = 1\nstages = []\nextra = 1",
        "unknown field `extra`",
    );
    check_refused(
        "format = 1\n[[stages]]\nprocessor = \"flanger\"",
        "unknown variant `flanger`",
    );
    check_refused("format = ", "line 1");
    let json = r#"{"format":1,"stages":[{"processor":"gain","gain_db":70.0}]}"#;
    let refused = serde_json::from_str::<Chain>(json).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("must be from -60 to 60, not 70"),
        "{refused}"
    );
}

#[test]
fn a_render_has_the_mix_s_frames_in_their_places() {
    let mix = song::song(1.0, 48_000);
    let mut source = MemorySource::new(48_000, mix.clone());
    // Limiter and gain below the ceiling: the master is the mix times the gain, to the bit.
    let chain = Chain::new(full_chain().stages()[3..].to_vec()).unwrap();
    let mut sink = MemorySink::default();
    let mut told = 0;
    let report = render(&mut source, &chain, &mut sink, &mut |done| told = done).unwrap();
    assert_eq!((report.frames, told), (48_000, 48_000));
    assert_eq!(report.max_gain_reduction_db, 0.0);
    let gain = dsp::db_to_gain(3.37);
    for (mix, master) in mix.iter().zip(&sink.channels) {
        assert_eq!(master.len(), 48_000);
        assert!(
            mix.iter()
                .zip(master)
                .all(|(x, y)| (x * gain).to_bits() == y.to_bits())
        );
    }
}

#[test]
fn an_empty_chain_gives_the_mix_and_an_empty_mix_gives_nothing() {
    let chain = Chain::new(vec![]).unwrap();
    let mix = song::song(0.2, 44_100);
    let mut sink = MemorySink::default();
    render(
        &mut MemorySource::new(44_100, mix.clone()),
        &chain,
        &mut sink,
        &mut |_| (),
    )
    .unwrap();
    assert_eq!(sink.channels, mix);
    for chain in [chain, full_chain()] {
        let mut sink = MemorySink::default();
        let mut nothing = MemorySource::new(44_100, vec![vec![], vec![]]);
        let report = render(&mut nothing, &chain, &mut sink, &mut |_| ()).unwrap();
        assert_eq!(report.frames, 0);
        assert!(sink.channels.iter().all(Vec::is_empty));
    }
}

#[test]
fn how_the_source_is_cut_changes_no_bit() {
    let mix = song::song(0.5, 48_000);
    let whole = rendered(MemorySource::new(48_000, mix.clone()));
    for piece in [1, 13, 128, 512, 4096] {
        let inner = MemorySource::new(48_000, mix.clone());
        assert_eq!(
            rendered(song::Crumbs {
                inner,
                piece,
                lie: 0
            }),
            whole,
            "pieces of {piece}"
        );
    }
}

fn rendered(mut source: impl Source) -> MemorySink {
    let mut sink = MemorySink::default();
    render(&mut source, &full_chain(), &mut sink, &mut |_| ()).unwrap();
    sink
}

#[test]
fn a_source_that_delivers_another_length_stops_the_render() {
    let inner = MemorySource::new(48_000, song::song(0.1, 48_000));
    let mut source = song::Crumbs {
        inner,
        piece: 4096,
        lie: 5,
    };
    let error = render(
        &mut source,
        &full_chain(),
        &mut MemorySink::default(),
        &mut |_| (),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mix was said to have 4805 frames and delivered 4800"
    );
    let mut none = MemorySource::new(48_000, vec![]);
    assert!(
        render(
            &mut none,
            &full_chain(),
            &mut MemorySink::default(),
            &mut |_| ()
        )
        .is_err()
    );
}

#[test]
fn samples_that_are_no_audio_are_zeroed_and_counted() {
    let mut mix = song::song(0.3, 48_000);
    mix[0][100] = f64::NAN;
    mix[1][200] = f64::INFINITY;
    let mut sink = MemorySink::default();
    let mut source = MemorySource::new(48_000, mix);
    let report = render(&mut source, &full_chain(), &mut sink, &mut |_| ()).unwrap();
    assert_eq!(report.non_finite_samples, 2);
    assert!(sink.channels.iter().flatten().all(|x| x.is_finite()));
}

#[test]
fn an_equaliser_file_says_only_what_is_unusual() {
    let text = r#"
format = 1

[[stages]]
processor = "equaliser"
mix = 0.5
bands = [
  { kind = "high_pass", frequency_hz = 25.0, db_per_octave = 24 },
  { kind = "bell", frequency_hz = 300.0, gain_db = -1.5, q = 1.2, on = "mid" },
  { kind = "low_shelf", frequency_hz = 90.0, gain_db = 2.0, slope = 0.5 },
  { kind = "tilt", frequency_hz = 700.0, gain_db = 1.0 },
  { kind = "notch", frequency_hz = 50.0, q = 20.0 },
  { kind = "high_shelf", frequency_hz = 8000.0, on = "side", dynamic = { threshold_dbfs = -40.0, ratio = 2.0, range_db = -4.0, attack_ms = 2.0, release_ms = 80.0 } },
]
"#;
    let chain = Chain::from_toml(text).unwrap();
    assert_eq!(Chain::from_toml(&chain.to_toml().unwrap()).unwrap(), chain);
    let Stage::Equaliser(equaliser) = &chain.stages()[0] else {
        unreachable!()
    };
    assert_eq!(equaliser.phase, PhaseKind::Minimum);
    assert_eq!(equaliser.bands[1].on, On::Mid);
    let mut sink = MemorySink::default();
    let mut source = MemorySource::new(48_000, song::song(0.3, 48_000));
    render(&mut source, &chain, &mut sink, &mut |_| ()).unwrap();
    for (wrong, said) in [
        (
            ("q = 20.0", "q = 20.0, gain_db = 1.0"),
            "a notch, a band or a pass has no gain_db",
        ),
        (
            ("slope = 0.5", "slope = 1.5"),
            "slope must be from 0.1 to 1, not 1.5",
        ),
        (("db_per_octave = 24", "db_per_octave = 25"), "steps of 6"),
        (
            ("on = \"mid\"", "on = \"middle\""),
            "unknown variant `middle`",
        ),
        (
            ("q = 1.2", "q = 1.2, slope = 1.0"),
            "only a shelf has a slope",
        ),
        (("q = 1.2", "q = 1.2, colour = 3"), "unknown field `colour`"),
        (
            ("mix = 0.5", "phase = \"linear\""),
            "a dynamic band needs minimum phase",
        ),
        (
            ("ratio = 2.0", "ratio = 0.5"),
            "ratio must be from 1 to 100",
        ),
    ] {
        check_refused(&text.replace(wrong.0, wrong.1), said);
    }
}

#[test]
fn a_multiband_and_a_de_esser_are_refused_where_they_do_not_fit() {
    let multiband = r#"
format = 1

[[stages]]
processor = "multiband"
corners_hz = [120.0, 2500.0]

[[stages.bands]]
compressor = { threshold_dbfs = -24.0, ratio = 2.0, knee_db = 6.0, attack_ms = 30.0, release_ms = 200.0, detector = "rms", sidechain_highpass_hz = 0.0, mix = 1.0, makeup_db = 0.0 }

[[stages.bands]]
gain_db = -0.5

[[stages.bands]]

[[stages]]
processor = "de_esser"
from_hz = 5000.0
to_hz = 10000.0
threshold_dbfs = -35.0
ratio = 4.0
range_db = 6.0
attack_ms = 1.0
release_ms = 60.0
"#;
    let chain = Chain::from_toml(multiband).unwrap();
    assert_eq!(Chain::from_toml(&chain.to_toml().unwrap()).unwrap(), chain);
    let mut sink = MemorySink::default();
    let mut source = MemorySource::new(48_000, song::song(0.5, 48_000));
    let report = render(&mut source, &chain, &mut sink, &mut |_| ()).unwrap();
    assert!(report.compressor_max_gr_db > 0.5);
    for (wrong, said) in [
        (
            ("[120.0, 2500.0]", "[120.0]"),
            "one corner between each two bands",
        ),
        (("[120.0, 2500.0]", "[2500.0, 120.0]"), "corners rise"),
        (
            ("[120.0, 2500.0]", "[12.0, 2500.0]"),
            "corners_hz must be from 20 to 20000, not 12",
        ),
        (
            ("mix = 1.0", "mix = 1.0, lookahead_ms = 1.0"),
            "look-ahead is set once",
        ),
        (
            (
                "mix = 1.0",
                "mix = 1.0, topology = \"feed_back\", direction = \"expand\"",
            ),
            "an expander listens",
        ),
        (("to_hz = 10000.0", "to_hz = 5100.0"), "corners rise"),
    ] {
        check_refused(&multiband.replace(wrong.0, wrong.1), said);
    }
}

/// A stage of each processor that no other test has in a file.
const EVERY_OTHER_PROCESSOR: &str = r#"
format = 1

[[stages]]
processor = "dc_filter"

[[stages]]
processor = "channels"
invert = "right"
balance_db = 0.5

[[stages]]
processor = "delay"
frames = [0.0, 1.5]

[[stages]]
processor = "saturation"
curve = "tape"
drive_db = 6.0
oversampling = "x4"

[[stages]]
processor = "transient"
attack_db = 2.0

[[stages]]
processor = "stereo"
mono_below_hz = 100.0
corners_hz = [3000.0]
width_percent = [100.0, 120.0]

[[stages]]
processor = "soft_clipper"
ceiling_dbfs = -1.0
softness = 0.3

[[stages]]
processor = "limiter"
ceiling_dbtp = -1.0
lookahead_ms = 4.0
release_ms = 80.0
oversampling = "x32"

[[stages]]
processor = "trims"
gain_db = [-0.5, 0.0]
invert = [1]
"#;

#[test]
fn every_processor_has_its_place_in_a_file() {
    let text = EVERY_OTHER_PROCESSOR;
    let chain = Chain::from_toml(text).unwrap();
    assert_eq!(Chain::from_toml(&chain.to_toml().unwrap()).unwrap(), chain);
    let names: Vec<_> = chain.stages().iter().map(Stage::name).collect();
    assert_eq!(
        names.join(" "),
        "dc_filter channels delay saturation transient stereo soft_clipper limiter trims"
    );
    let mut sink = MemorySink::default();
    let mut source = MemorySource::new(48_000, song::song(0.5, 48_000));
    render(&mut source, &chain, &mut sink, &mut |_| ()).unwrap();
    assert_eq!(sink.channels[0].len(), 24_000);
    for (wrong, said) in [
        (
            ("\"dc_filter\"", "\"dc_filter\"\nhz = 3"),
            "unknown field `hz`",
        ),
        (("1.5]", "-1.5]"), "frames must be from 0 to 1000000"),
        (("\"tape\"", "\"tapes\""), "unknown variant `tapes`"),
        (("\"x4\"", "\"x3\""), "unknown variant `x3`"),
        (("\"x32\"", "\"x2\""), "unknown variant `x2`"),
        (("invert = [1]", "invert = [3]"), "invert names channels"),
        (("[100.0, 120.0]", "[100.0]"), "one width more than corners"),
        (
            (
                "mono_below_hz = 100.0",
                "mono_below_hz = 450.0\nleast_correlation = 1.0",
            ),
            "least_correlation must be",
        ),
        (
            ("softness = 0.3", "softness = 0.0"),
            "softness must be from 0.01 to 1, not 0",
        ),
        (("attack_db = 2.0", "attack_db = 20.0"), "attack_db must be"),
    ] {
        check_refused(&text.replace(wrong.0, wrong.1), said);
    }
}

#[test]
fn a_chain_names_its_dither() {
    let text = "format = 1\nstages = []\n[dither]\nkind = \"shaped\"\nauto_blank = true\n";
    let chain = Chain::from_toml(text).unwrap();
    assert_eq!(chain.dither().kind, DitherName::Shaped);
    assert_eq!(Chain::from_toml(&chain.to_toml().unwrap()).unwrap(), chain);
    assert_eq!(
        Chain::new(vec![]).unwrap().dither(),
        DitherChoice::default()
    );
    let early = format!("conversion = \"minimum_phase\"\n{text}");
    let early = Chain::from_toml(&early).unwrap();
    assert_eq!(early.conversion(), ConversionChoice::MinimumPhase);
    assert_eq!(Chain::from_toml(&early.to_toml().unwrap()).unwrap(), early);
    check_refused(&text.replace("shaped", "pink"), "unknown variant `pink`");
    check_refused(
        &text.replace("auto_blank", "blank"),
        "unknown field `blank`",
    );
}

#[test]
fn automation_moves_a_setting_at_its_frame_of_the_mix() {
    let text = r#"
format = 1

[[stages]]
processor = "soft_clipper"
ceiling_dbfs = 0.0
softness = 0.1

[[stages]]
processor = "gain"
gain_db = 0.0

[[automation]]
stage = 2
setting = "gain_db"
frame = 6000
value = -6.0
ramp_frames = 100

[[automation]]
stage = 2
setting = "gain_db"
frame = 9000
value = 0.0
"#;
    let chain = Chain::from_toml(text).unwrap();
    assert_eq!(Chain::from_toml(&chain.to_toml().unwrap()).unwrap(), chain);
    let mix = song::song(0.5, 48_000);
    let rendered = |piece: usize| {
        let inner = MemorySource::new(48_000, mix.clone());
        let mut sink = MemorySink::default();
        let mut source = song::Crumbs {
            inner,
            piece,
            lie: 0,
        };
        render(&mut source, &chain, &mut sink, &mut |_| ()).unwrap();
        sink.channels
    };
    let out = rendered(4096);
    // The clipper is late and its latency is taken out: the move stands at its frame of the mix, to the frame.
    let gain = dsp::db_to_gain(-6.0);
    for (i, (master, mix)) in out[0].iter().zip(&mix[0]).enumerate() {
        match i {
            0..6_000 | 9_000.. => assert_eq!(master, mix, "frame {i}"),
            6_100..9_000 => assert_eq!(*master, mix * gain, "frame {i}"),
            _ => assert!(master.abs() <= mix.abs()),
        }
    }
    assert_eq!(rendered(77), out);
    for (wrong, said) in [
        (("stage = 2", "stage = 3"), "there is no stage 3"),
        (
            ("\"gain_db\"\nframe", "\"drive_db\"\nframe"),
            "a setting or band that it does not have",
        ),
        (
            ("\"gain_db\"\nframe", "\"gain_db\"\nband = 1\nframe"),
            "a setting or band that it does not have",
        ),
        (
            ("value = -6.0", "value = -66.0"),
            "value must be from -60 to 60, not -66",
        ),
        (
            ("\"gain_db\"\nframe", "\"colour\"\nframe"),
            "unknown variant `colour`",
        ),
        (
            ("ramp_frames = 100", "ramp_frames = 5000000"),
            "a ramp has at most",
        ),
    ] {
        check_refused(&text.replacen(wrong.0, wrong.1, 1), said);
    }
}

#[test]
fn the_delta_of_a_stage_is_what_it_takes_away() {
    let mix = song::song(0.5, 48_000);
    let through = |chain: &Chain| {
        let mut sink = MemorySink::default();
        let mut source = MemorySource::new(48_000, mix.clone());
        render(&mut source, chain, &mut sink, &mut |_| ()).unwrap();
        sink.channels
    };
    let stages = vec![
        Stage::Gain(GainStage { gain_db: 8.0 }),
        Stage::Limiter(LimiterStage::new(-6.0, 4.0, 80.0)),
        Stage::Gain(GainStage { gain_db: -40.0 }),
    ];
    let before = through(&Chain::new(stages[..1].to_vec()).unwrap());
    let after = through(&Chain::new(stages[..2].to_vec()).unwrap());
    let chain = Chain::new(stages).unwrap().with_delta_of(2).unwrap();
    let text = chain.to_toml().unwrap();
    assert_eq!(Chain::from_toml(&text).unwrap(), chain);
    let delta = through(&chain);
    assert!(delta[0].iter().any(|x| x.abs() > 0.01));
    for ((before, after), delta) in before
        .iter()
        .flatten()
        .zip(after.iter().flatten())
        .zip(delta.iter().flatten())
    {
        assert_eq!((before - after).to_bits(), delta.to_bits());
    }
    check_refused(
        &text.replace("delta_of = 2", "delta_of = 4"),
        "there is no stage 4",
    );
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let text = "format = 1\n\n[[stages]]\nprocessor = \"gain\"\ngain_db = 1.0\ngian = 2.0\n";
    check_refused(text, "line 6: there is no key `gian` here");
    // A key that an earlier stage has.
    let second = "format = 1\n[[stages]]\nprocessor = \"rumble_filter\"\nfrequency_hz = 20.0\nslope = \"db12\"\n[[stages]]\nprocessor = \"gain\"\ngain_db = 1.0\nfrequency_hz = 20.0\n";
    check_refused(second, "line 9: there is no key `frequency_hz` here");
    check_refused(
        "format = 1\nstages = []\nextra = 1",
        "line 3: there is no key `extra`",
    );
    let bands = "format = 1\n[[stages]]\nprocessor = \"equaliser\"\nbands = [\n{ kind = \"tilt\", frequency_hz = 700.0 },\n{ kind = \"notch\", colour = 3, frequency_hz = 50.0 },\n]\n";
    check_refused(bands, "line 6: there is no key `colour`");
    let table = "format = 1\nstages = []\n[ditter]\nkind = \"none\"\n";
    check_refused(table, "line 3: there is no key `ditter`");
}
