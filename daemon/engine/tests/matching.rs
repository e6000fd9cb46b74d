//! Reference match: a mix that was coloured in a known way is brought back to what it was.
mod song;

use engine::*;
use measure::Meter;

type Audio = Vec<Vec<f64>>;

const RATE_HZ: u32 = 48_000;

/// Noise as full as music in every third-octave, louder and softer by turns, the side 8 dB below the middle.
fn music(seed: u64, seconds: usize) -> Audio {
    let noise = |k: u64| dsp::Dither::new(DitherSeed(seed + k), 0);
    let (mid, side) = (noise(1), noise(2));
    let frames = seconds * RATE_HZ as usize;
    let swell = |i: usize| {
        let t = i as f64 / f64::from(RATE_HZ);
        0.2 * (1.0 + 0.6 * libm::sin(std::f64::consts::TAU * t / 7.0))
            * libm::exp(-2.0 * (t * 2.0 % 1.0))
    };
    let row = |sign: f64| {
        (0..frames)
            .map(|i| swell(i) * (mid.at(i as u64) + sign * 0.4 * side.at(i as u64)))
            .collect()
    };
    // White to something like music: 4 dB per octave less from the bass to the top.
    let tilted = "format = 1\n[[stages]]\nprocessor = \"equaliser\"\nbands = [{ kind = \"low_shelf\", frequency_hz = 150.0, gain_db = 9.0, q = 0.4 }, { kind = \"high_shelf\", frequency_hz = 3000.0, gain_db = -14.0, q = 0.4 }]\n";
    through(&vec![row(1.0), row(-1.0)], tilted)
}

fn through(audio: &Audio, chain: &str) -> Audio {
    played(audio, &Chain::from_toml(chain).unwrap())
}

fn played(audio: &Audio, chain: &Chain) -> Audio {
    let mut source = MemorySource::new(RATE_HZ, audio.clone());
    let mut sink = MemorySink::default();
    render(&mut source, chain, &mut sink, &mut |_| ()).unwrap();
    sink.channels
}

const COLOUR: &str = r#"
format = 1
[[stages]]
processor = "equaliser"
bands = [
  { kind = "low_shelf", frequency_hz = 110.0, gain_db = 4.0, q = 0.7 },
  { kind = "bell", frequency_hz = 700.0, gain_db = -3.0, q = 1.0 },
  { kind = "bell", frequency_hz = 3200.0, gain_db = 4.5, q = 1.2 },
  { kind = "high_shelf", frequency_hz = 9000.0, gain_db = -4.0, q = 0.7 },
]
[[stages]]
processor = "stereo"
width_percent = [70.0]
[[stages]]
processor = "gain"
gain_db = -7.0
"#;

fn portrait(audio: &Audio) -> Portrait {
    Portrait::of(&mut MemorySource::new(RATE_HZ, audio.clone())).unwrap()
}

/// The same with its loudness from a meter, as the command line has it.
fn metered(audio: &Audio) -> Portrait {
    portrait(audio).with_metered(Some(lufs(audio)))
}

fn matched(mix: &Audio, references: &[&Audio], settings: MatchSettings) -> Match {
    let references: Vec<Portrait> = references.iter().map(|audio| portrait(audio)).collect();
    match_to(&portrait(mix), &references, settings).unwrap()
}

/// Third-octave levels of all channels in dB from 40 Hz to 16 kHz, by one transform of the whole: no windows, no
/// weights, nothing of what the match does.
fn thirds(audio: &Audio) -> Vec<f64> {
    let mut length = 1;
    let mut exponent = 0;
    while length < audio[0].len() {
        (length, exponent) = (2 * length, exponent + 1);
    }
    let fft = dsp::Fft::new(exponent);
    let mut levels = vec![0.0; 27];
    for channel in audio {
        let mut re = channel.clone();
        re.resize(length, 0.0);
        let mut im = vec![0.0; length];
        fft.forward(&mut re, &mut im);
        for (third, level) in levels.iter_mut().enumerate() {
            let centre = 1_000.0 * libm::pow(10.0, (third as f64 - 14.0) / 10.0);
            let edge = libm::pow(10.0, 0.05);
            let bin = |hz: f64| (hz * length as f64 / f64::from(RATE_HZ)) as usize;
            for k in bin(centre / edge)..bin(centre * edge) {
                *level += re[k] * re[k] + im[k] * im[k];
            }
        }
    }
    levels.into_iter().map(dsp::power_to_db).collect()
}

fn rms_difference(a: &[f64], b: &[f64]) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    (squares / a.len() as f64).sqrt()
}

fn lufs(audio: &Audio) -> f64 {
    let mut meter = Meter::new(RATE_HZ, 2).unwrap();
    let block: Vec<&[f64]> = audio.iter().map(|c| &c[..]).collect();
    meter.feed(&block);
    meter.finish().integrated_lufs.unwrap()
}

/// The side's share of the power, in dB.
fn side_db(audio: &Audio) -> f64 {
    let (mut mid, mut side) = (0.0, 0.0);
    for (l, r) in audio[0].iter().zip(&audio[1]) {
        mid += (l + r) * (l + r);
        side += (l - r) * (l - r);
    }
    dsp::power_to_db(side / mid)
}

/// What a chain's equaliser does to the middle, in dB.
fn response_db(chain: &Chain, hz: f64) -> f64 {
    let bands = chain.stages().iter().flat_map(|stage| match stage {
        Stage::Equaliser(s) => s.bands.clone(),
        _ => Vec::new(),
    });
    bands
        .filter(|band| band.on == On::Stereo)
        .map(|band| {
            let design = match band.kind {
                BandKind::LowShelf => dsp::low_shelf,
                BandKind::HighShelf => dsp::high_shelf,
                _ => dsp::bell,
            };
            let sections = design(band.frequency_hz, band.gain_db, band.q, RATE_HZ);
            dsp::response_db(&sections, hz, RATE_HZ)
        })
        .sum()
}

#[test]
fn a_coloured_mix_is_brought_back_in_tone_width_and_level() {
    let reference = music(1, 20);
    let mix = through(&reference, COLOUR);
    let made = matched(&mix, &[&reference], MatchSettings::default());
    let master = played(&mix, &made.chain);
    let before = rms_difference(&thirds(&mix), &thirds(&reference));
    let after = rms_difference(&thirds(&master), &thirds(&reference));
    assert!(before > 6.0 && after <= 0.5, "{before} {after}");
    assert!(
        made.error_before_db > 2.0 && made.error_after_db < 0.5,
        "{made:#?}"
    );
    let (now, then) = (lufs(&master), lufs(&reference));
    assert!((now - then).abs() <= 0.2, "{now} {then} LUFS");
    let (now, then) = (side_db(&master), side_db(&reference));
    assert!((now - then).abs() <= 0.3, "{now} {then} dB of side");
    // In closed form: the inverse of the colour, but for the level.
    let colour = Chain::from_toml(COLOUR).unwrap();
    let sum = |hz: f64| response_db(&colour, hz) + response_db(&made.chain, hz);
    let level = sum(1_000.0);
    for third in 0..27 {
        let hz = 1_000.0 * libm::pow(10.0, (f64::from(third) - 14.0) / 10.0);
        let off = sum(hz) - level;
        assert!(off.abs() < 1.0, "{off:.2} dB at {hz:.0} Hz");
    }
    // As a file: its reasons above it, and the same chain again.
    let text = made.to_toml().unwrap();
    assert!(text.starts_with("# The reference measures"), "{text}");
    assert_eq!(Chain::from_toml(&text).unwrap(), made.chain);
    assert!(
        made.reasons[2].text.contains("wider"),
        "{:#?}",
        made.reasons
    );
}

#[test]
fn what_the_limiter_takes_is_given_back_within_its_budget() {
    // Peaks of 14 dB above the loudness, and a reference that is 12 dB louder.
    let mix = through(
        &music(1, 70),
        "format = 1\n[[stages]]\nprocessor = \"gain\"\ngain_db = -12.0\n",
    );
    let dense = "format = 1\n[[stages]]\nprocessor = \"gain\"\ngain_db = 17.0\n[[stages]]\nprocessor = \"limiter\"\nceiling_dbtp = -1.0\nlookahead_ms = 4.0\nrelease_ms = 80.0\n";
    let reference = through(&music(50, 30), dense);
    let settled = |limiter_budget_db| {
        let settings = MatchSettings {
            limiter_budget_db,
            ..MatchSettings::default()
        };
        let made = match_to(&metered(&mix), &[metered(&reference)], settings).unwrap();
        let mut source = MemorySource::new(RATE_HZ, mix.clone());
        made.settle(&mut source).unwrap()
    };
    let made = settled(24.0);
    let missing = made.target_lufs - lufs(&played(&mix, &made.chain));
    assert!(missing.abs() <= 0.3, "{missing} {:#?}", made.reasons);
    assert!(
        made.reasons[4].text.contains("give back"),
        "{:#?}",
        made.reasons
    );
    let held = settled(1.0);
    assert!(held.gain_db() < made.gain_db());
    assert!(
        held.reasons[4]
            .text
            .contains("Its budget of 1 dB ends there")
    );
}

#[test]
fn other_music_is_matched_within_a_decibel() {
    let reference = through(&music(40, 20), COLOUR);
    let mix = music(7, 15);
    let made = matched(&mix, &[&reference], MatchSettings::default());
    let master = played(&mix, &made.chain);
    let level = lufs(&reference) - lufs(&master);
    assert!(level.abs() <= 0.3, "{level} LU");
    // Lengths differ, and with them the whole energy: levels per second.
    let per_second = |audio: &Audio| -> Vec<f64> {
        let seconds = audio[0].len() as f64;
        let levels = thirds(audio).into_iter();
        levels.map(|db| db - dsp::power_to_db(seconds)).collect()
    };
    let error = rms_difference(&per_second(&master), &per_second(&reference));
    assert!(error <= 1.0, "{error} dB");
}

#[test]
fn a_reference_at_another_rate_says_the_same() {
    let reference = music(1, 20);
    let mix = through(&reference, COLOUR);
    let same = matched(&mix, &[&reference], MatchSettings::default());
    for rate_hz in [44_100, 96_000] {
        let mut kept = song::Kept::default();
        let settings = ConvertSettings {
            rate_hz,
            depth: Depth::Float32,
            ceiling_dbtp: None,
            dither: DitherChoice::default(),
            conversion: ConversionChoice::LinearPhase,
        };
        let mut source = MemorySource::new(RATE_HZ, reference.clone());
        convert(&mut source, settings, DitherSeed(1), &mut kept, &mut |_| ()).unwrap();
        let wide = |c: &Vec<f32>| c.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
        let other = kept.floats.iter().map(wide).collect();
        let other = Portrait::of(&mut MemorySource::new(rate_hz, other)).unwrap();
        let made = match_to(&portrait(&mix), &[other], MatchSettings::default()).unwrap();
        for hz in [50.0, 200.0, 1_000.0, 3_000.0, 10_000.0, 16_000.0] {
            let off = response_db(&made.chain, hz) - response_db(&same.chain, hz);
            assert!(off.abs() < 0.5, "{rate_hz}: {off} dB at {hz} Hz");
        }
        assert!((made.target_lufs - same.target_lufs).abs() < 0.1);
    }
}

#[test]
fn above_the_wall_of_a_codec_nothing_is_moved() {
    let reference = music(1, 12);
    let mix = through(&reference, COLOUR);
    let wall = "format = 1\n[[stages]]\nprocessor = \"equaliser\"\nbands = [{ kind = \"low_pass\", frequency_hz = 15000.0, db_per_octave = 96 }, { kind = \"low_pass\", frequency_hz = 15000.0, db_per_octave = 96 }]\n";
    let walled = through(&reference, wall);
    let made = matched(&mix, &[&walled], MatchSettings::default());
    assert!(
        (12_500.0..15_500.0).contains(&made.top_hz),
        "{}",
        made.top_hz
    );
    assert!(made.reasons[0].text.contains("nothing is moved there"));
    let full = matched(&mix, &[&reference], MatchSettings::default());
    assert!(response_db(&full.chain, 19_500.0) > 2.5);
    let above = response_db(&made.chain, 19_500.0) - response_db(&made.chain, 1_000.0);
    let below = response_db(&full.chain, 11_000.0) - response_db(&made.chain, 11_000.0);
    assert!(above.abs() < 1.5 && below.abs() < 1.0, "{above} {below}");
    assert!(full.top_hz > 19_000.0);
}

#[test]
fn amount_and_limit_hold() {
    let reference = music(1, 12);
    let mix = through(&reference, COLOUR);
    let with = |amount_percent, limit_db| {
        let settings = MatchSettings {
            amount_percent,
            limit_db,
            ..MatchSettings::default()
        };
        matched(&mix, &[&reference], settings)
    };
    let none = with(0.0, 6.0);
    let stages: Vec<&str> = none.chain.stages().iter().map(Stage::name).collect();
    assert_eq!((stages, none.gain_db()), (vec!["gain", "limiter"], 0.0));
    let half = with(50.0, 6.0);
    let whole = with(100.0, 6.0);
    for hz in [60.0, 3_200.0, 14_000.0] {
        let off = response_db(&half.chain, hz) - 0.5 * response_db(&whole.chain, hz);
        assert!(off.abs() < 0.5, "{off} dB at {hz} Hz");
    }
    let middle = 0.5 * (half.mix_lufs + whole.target_lufs);
    assert!((half.target_lufs - middle).abs() < 1e-9);
    let limited = with(100.0, 1.5);
    for third in 0..27 {
        let hz = 1_000.0 * libm::pow(10.0, (f64::from(third) - 14.0) / 10.0);
        let moved = response_db(&limited.chain, hz);
        assert!(moved.abs() < 2.0, "{moved} dB at {hz} Hz");
    }
    assert!(
        limited.reasons[1]
            .text
            .contains("the limit of 1.5 dB holds there")
    );
}

#[test]
fn several_references_are_averaged_and_one_of_mono_leaves_the_width() {
    let reference = music(1, 12);
    let mix = through(&reference, COLOUR);
    // Half-way between the mix and the reference.
    let both = matched(&mix, &[&reference, &mix], MatchSettings::default());
    let one = matched(&mix, &[&reference], MatchSettings::default());
    for hz in [60.0, 3_200.0, 14_000.0] {
        let off = response_db(&both.chain, hz) - 0.5 * response_db(&one.chain, hz);
        assert!(off.abs() < 0.5, "{off} dB at {hz} Hz");
    }
    let has_width = |made: &Match| made.chain.stages().iter().any(|s| s.name() == "stereo");
    assert!(has_width(&one));
    let mono = vec![reference[0].clone()];
    let made = matched(&mix, &[&mono], MatchSettings::default());
    assert!(!has_width(&made) && made.reasons[2].text.contains("mono"));
    let made = matched(&mono, &[&reference], MatchSettings::default());
    assert!(!has_width(&made) && made.reasons[2].text.contains("mono"));
    let master = played(&mono, &made.chain);
    assert_eq!(master.len(), 1);
}

#[test]
fn a_match_does_not_depend_on_the_block_size_and_silence_is_refused() {
    let reference = music(1, 8);
    let mix = through(&reference, COLOUR);
    let whole = matched(&mix, &[&reference], MatchSettings::default());
    let crumbs = |audio: &Audio, piece| {
        Portrait::of(&mut song::Crumbs {
            inner: MemorySource::new(RATE_HZ, audio.clone()),
            piece,
            lie: 0,
        })
        .unwrap()
    };
    let again = match_to(
        &crumbs(&mix, 13),
        &[crumbs(&reference, 1_000)],
        MatchSettings::default(),
    );
    assert_eq!(again.unwrap(), whole);
    let silence = portrait(&vec![vec![0.0; 48_000]; 2]);
    let settings = MatchSettings::default();
    let refused = |mix: &Portrait, references: &[Portrait]| {
        match_to(mix, references, settings).unwrap_err().to_string()
    };
    let there = portrait(&mix);
    assert!(refused(&silence, std::slice::from_ref(&there)).contains("the mix is silent"));
    assert!(refused(&there, &[there.clone(), silence]).contains("reference 2 is silent"));
    assert!(refused(&there, &[]).contains("needs a reference"));
    let error = match_to(
        &there,
        std::slice::from_ref(&there),
        MatchSettings {
            amount_percent: 120.0,
            ..settings
        },
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "amount_percent must be from 0 to 100, not 120"
    );
}
