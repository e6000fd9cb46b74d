//! Stems beside their mix: they add up to the master, at any block size, and the master is what it is alone.
mod song;

use engine::*;

const RATE_HZ: u32 = 48_000;
const SECONDS: f64 = 3.0;

type Audio = Vec<Vec<f64>>;

/// Kick, bass, chords and hats, each in its own place, and their sum.
fn stems() -> (Audio, Vec<Audio>) {
    let rate = f64::from(RATE_HZ);
    let turn = std::f64::consts::TAU;
    let hiss = dsp::Dither::new(DitherSeed(3), 0);
    let frames = (SECONDS * rate) as usize;
    let make = |pan: f64, voice: &dyn Fn(usize, f64) -> f64| -> Audio {
        let side = |gain: f64| {
            let rows = (0..frames).map(|i| gain * voice(i, i as f64 / rate));
            rows.collect::<Vec<f64>>()
        };
        vec![side(1.0 - pan), side(1.0 + pan)]
    };
    let all = vec![
        make(0.0, &|_, t| {
            let beat = t * 2.0 % 1.0 / 2.0;
            0.5 * libm::sin(turn * 55.0 * beat) * libm::exp(-beat * 12.0)
        }),
        make(-0.1, &|_, t| 0.2 * libm::sin(turn * 65.4 * t)),
        make(0.4, &|_, t| {
            0.08 * (libm::sin(turn * 440.0 * t) + libm::sin(turn * 2_217.0 * t))
        }),
        make(-0.9, &|i, t| {
            let off = (t * 4.0 + 0.5) % 1.0 / 4.0;
            0.2 * hiss.at(i as u64) * libm::exp(-off * 40.0)
        }),
    ];
    (sum(&all), all)
}

fn sum(parts: &[Audio]) -> Audio {
    let rows = (0..2).map(|channel| {
        let frames = parts[0][channel].len();
        (0..frames)
            .map(|i| parts.iter().map(|part| part[channel][i]).sum())
            .collect()
    });
    rows.collect()
}

/// All that is linear or a gain, each working hard.
const CHAIN: &str = r#"
format = 1
[[stages]]
processor = "rumble_filter"
frequency_hz = 25.0
slope = "db24"
[[stages]]
processor = "equaliser"
bands = [
  { kind = "low_shelf", frequency_hz = 90.0, gain_db = 2.0 },
  { kind = "bell", frequency_hz = 440.0, gain_db = 1.0, q = 1.0, on = "mid", dynamic = { threshold_dbfs = -40.0, ratio = 3.0, range_db = -6.0, attack_ms = 5.0, release_ms = 60.0 } },
  { kind = "high_shelf", frequency_hz = 5000.0, gain_db = -1.0, on = "side", dynamic = { threshold_dbfs = -60.0, ratio = 2.0, range_db = 4.0, attack_ms = 2.0, release_ms = 80.0 } },
]
[[stages]]
processor = "compressor"
threshold_dbfs = -28.0
ratio = 3.0
knee_db = 6.0
attack_ms = 10.0
release_ms = 120.0
lookahead_ms = 2.0
detector = "rms"
sidechain_highpass_hz = 80.0
link_percent = 60.0
mix = 0.8
makeup_db = 1.0
auto_makeup = true
[[stages]]
processor = "multiband"
corners_hz = [150.0, 2500.0]
[[stages.bands]]
gain_db = 1.0
[stages.bands.compressor]
threshold_dbfs = -30.0
ratio = 2.0
knee_db = 6.0
attack_ms = 20.0
release_ms = 150.0
detector = "rms"
sidechain_highpass_hz = 0.0
mix = 1.0
makeup_db = 0.0
[[stages.bands]]
[[stages.bands]]
[stages.bands.compressor]
threshold_dbfs = -40.0
ratio = 2.0
knee_db = 6.0
attack_ms = 3.0
release_ms = 50.0
detector = "peak"
sidechain_highpass_hz = 0.0
mix = 1.0
makeup_db = 0.0
[[stages]]
processor = "de_esser"
from_hz = 4000.0
to_hz = 12000.0
threshold_dbfs = -42.0
ratio = 4.0
range_db = 8.0
attack_ms = 1.0
release_ms = 60.0
[[stages]]
processor = "transient"
attack_db = 3.0
sustain_db = -2.0
[[stages]]
processor = "stereo"
mono_below_hz = 100.0
width_percent = [250.0]
least_correlation = 0.9
[[stages]]
processor = "gain"
gain_db = 9.0
[[stages]]
processor = "limiter"
ceiling_dbtp = -1.0
lookahead_ms = 4.0
release_ms = 80.0
"#;

fn rendered(
    chain: &Chain,
    (mix, stems): (&Audio, &[Audio]),
    piece: usize,
) -> Result<(KeyedReport, Vec<song::Kept>), RenderError> {
    let crumbs = |audio: &Audio| song::Crumbs {
        inner: MemorySource::new(RATE_HZ, audio.clone()),
        piece,
        lie: 0,
    };
    let mut sources: Vec<_> = stems.iter().map(crumbs).collect();
    let mut kept: Vec<song::Kept> = stems.iter().map(|_| song::Kept::default()).collect();
    let (mut first, mut master) = (crumbs(mix), song::Kept::default());
    let mut parts: Vec<Part<'_>> = sources
        .iter_mut()
        .zip(&mut kept)
        .map(|(source, sink)| Part {
            source,
            seed: DitherSeed(1),
            sink,
        })
        .collect();
    let mix = Part {
        source: &mut first,
        seed: DitherSeed(1),
        sink: &mut master,
    };
    let report = render_keyed(mix, &mut parts, None, chain, Depth::Float32, &mut |_| ())?;
    drop(parts);
    kept.insert(0, master);
    Ok((report, kept))
}

#[test]
fn four_stems_add_up_to_the_master_and_the_master_is_what_it_is_alone() {
    let (mix, stems) = stems();
    let chain = Chain::from_toml(CHAIN).unwrap();
    let (report, kept) = rendered(&chain, (&mix, &stems), 4096).unwrap();
    let moved = |k: usize| report.mix.stages[k].max_gain_change_db.unwrap();
    for (stage, least) in [
        (1, 2.0),
        (2, 3.0),
        (3, 2.0),
        (4, 1.0),
        (5, 1.0),
        (6, 0.3),
        (8, 2.0),
    ] {
        assert!(moved(stage) > least, "{:?}", report.mix.stages[stage]);
    }
    assert!(report.before.unwrap().is_sum());
    let after = report.after.unwrap();
    assert!(after.peak_dbfs.unwrap() <= -230.0, "{after:?}");
    assert_eq!(report.bent_by, [0; 0]);
    // The same from the files: what is left is the rounding of five 32-bit floats.
    let mut worst = 0.0f64;
    for channel in 0..2 {
        for (i, x) in kept[0].floats[channel].iter().enumerate() {
            let sum: f64 = kept[1..]
                .iter()
                .map(|k| f64::from(k.floats[channel][i]))
                .sum();
            worst = worst.max((f64::from(*x) - sum).abs());
        }
    }
    assert!(
        dsp::gain_to_db(worst) <= -130.0,
        "{} dBFS",
        dsp::gain_to_db(worst)
    );
    let mut alone = song::Kept::default();
    let mut source = MemorySource::new(RATE_HZ, mix);
    let seed = DitherSeed(1);
    let by_itself = render_master(
        &mut source,
        &chain,
        Depth::Float32,
        seed,
        &mut alone,
        &mut |_| (),
    )
    .unwrap();
    assert_eq!((&alone, by_itself), (&kept[0], report.mix));
}

#[test]
fn stems_have_the_same_bits_at_any_block_size() {
    let (mix, stems) = stems();
    let short = |audio: &Audio| -> Audio { audio.iter().map(|c| c[..24_000].to_vec()).collect() };
    let (mix, stems) = (short(&mix), stems.iter().map(short).collect::<Vec<_>>());
    let chain = Chain::from_toml(CHAIN).unwrap();
    let (_, whole) = rendered(&chain, (&mix, &stems), 4096).unwrap();
    for piece in [1, 13, 128, 512] {
        let (_, cut) = rendered(&chain, (&mix, &stems), piece).unwrap();
        assert!(whole == cut, "{piece}");
    }
}

#[test]
fn what_bends_the_wave_is_named_and_its_residual_measured() {
    let (mix, stems) = stems();
    let saturated = "[[stages]]\nprocessor = \"saturation\"\ncurve = \"tape\"\ndrive_db = 9.0\n";
    let chain = Chain::from_toml(&format!("{CHAIN}{saturated}")).unwrap();
    let (report, _) = rendered(&chain, (&mix, &stems), 4096).unwrap();
    assert_eq!(report.bent_by, [10]);
    let after = report.after.unwrap().rms_dbfs.unwrap();
    assert!((-70.0..-10.0).contains(&after), "{after}");
    // An alternate alone is no sum, and is keyed all the same.
    let chain = Chain::from_toml(CHAIN).unwrap();
    let (report, kept) = rendered(&chain, (&mix, &stems[..1]), 4096).unwrap();
    assert!(!report.before.unwrap().is_sum());
    let (_, all) = rendered(&chain, (&mix, &stems), 4096).unwrap();
    assert!(kept[1] == all[1], "a stem does not depend on the others");
}

#[test]
fn a_stem_that_does_not_fit_is_refused_in_words() {
    let (mix, stems) = stems();
    let chain = Chain::from_toml(CHAIN).unwrap();
    let mut short = stems[1].clone();
    short.iter_mut().for_each(|c| c.truncate(143_000));
    let error = rendered(&chain, (&mix, &[stems[0].clone(), short]), 4096).unwrap_err();
    assert_eq!(error.to_string(), "stem 2 does not go with the mix");
    let why = |error: &dyn std::error::Error| error.source().unwrap().to_string();
    assert_eq!(
        why(&error),
        "it is 143000 frames long and the mix 144000: export both from the same start to the same end"
    );
    let mono = vec![stems[0][0].clone()];
    let error = rendered(&chain, (&mix, &[mono]), 4096).unwrap_err();
    assert!(
        why(&error).starts_with("its channels are 1, the mix's 2"),
        "{}",
        why(&error)
    );
    let (here, there) = (
        MemorySource::new(48_000, mix),
        MemorySource::new(44_100, stems[0].clone()),
    );
    assert_eq!(
        check_stem(&here, &there).unwrap_err().to_string(),
        "it has 44100 Hz and the mix 48000 Hz: export it again at the mix's rate"
    );
}

/// A steady mix behind a limiter's latency, and a key that sets in at half a second.
fn ducked(chain: &Chain, key: Option<Audio>) -> Result<(Audio, u64), RenderError> {
    let mut source = MemorySource::new(RATE_HZ, vec![vec![0.25; 48_000]; 2]);
    let mut kept = song::Kept::default();
    let mix = Part {
        source: &mut source,
        seed: DitherSeed(1),
        sink: &mut kept,
    };
    let mut key = key.map(|key| MemorySource::new(RATE_HZ, key));
    let key = key.as_mut().map(|key| key as &mut dyn Source);
    let report = render_keyed(mix, &mut [], key, chain, Depth::Float32, &mut |_| ())?;
    assert_eq!((report.before, report.after), (None, None));
    let wide = |c: Vec<f32>| c.into_iter().map(f64::from).collect();
    Ok((
        kept.floats.into_iter().map(wide).collect(),
        report.mix.render.frames,
    ))
}

const DUCKING: &str = r#"
format = 1
keyed = [2]
[[stages]]
processor = "limiter"
ceiling_dbtp = -1.0
lookahead_ms = 4.0
release_ms = 80.0
[[stages]]
processor = "compressor"
threshold_dbfs = -20.0
ratio = 20.0
knee_db = 0.0
attack_ms = 0.1
release_ms = 50.0
release = "fixed"
detector = "peak"
sidechain_highpass_hz = 0.0
mix = 1.0
makeup_db = 0.0
"#;

#[test]
fn a_compressor_listens_to_a_key_of_its_own_in_time() {
    let chain = Chain::from_toml(DUCKING).unwrap();
    assert_eq!(chain.to_toml().unwrap().matches("keyed = [2]").count(), 1);
    // Shorter than the mix, and of one channel: 0 dBFS from half a second on.
    let mut key = vec![0.0; 40_000];
    key[24_000..].fill(1.0);
    let (out, frames) = ducked(&chain, Some(vec![key])).unwrap();
    assert_eq!(frames, 48_000);
    for channel in out {
        assert!(channel[..24_000].iter().all(|x| (x - 0.25).abs() < 1e-7));
        assert!(channel[24_001] < 0.25);
        // 20 dB above the threshold at 20 : 1 are 19 dB less.
        let held = dsp::gain_to_db(channel[30_000] / 0.25);
        assert!((held + 19.0).abs() < 0.01, "{held}");
        assert!(channel[47_999] > 0.2, "after its end the key is silent");
    }
}

#[test]
fn a_key_without_a_listener_and_a_listener_without_a_key_are_refused() {
    let chain = Chain::from_toml(DUCKING).unwrap();
    let words =
        "stage 2 of the chain listens to a key and none was given: name its file as the key";
    assert_eq!(ducked(&chain, None).unwrap_err().to_string(), words);
    let mut source = MemorySource::new(RATE_HZ, vec![vec![0.0; 100]; 2]);
    let error = render(&mut source, &chain, &mut MemorySink::default(), &mut |_| ());
    assert_eq!(error.unwrap_err().to_string(), words);
    let deaf = Chain::from_toml(&DUCKING.replace("keyed = [2]", "")).unwrap();
    let error = ducked(&deaf, Some(vec![vec![0.0; 10]])).unwrap_err();
    assert!(error.to_string().contains("no stage of the chain listens"));
    let three = vec![vec![0.0; 10]; 3];
    assert!(matches!(
        ducked(&chain, Some(three)).unwrap_err(),
        RenderError::Key(Misfit::Channels { its: 3, mix: 2 })
    ));
    let gain = "format = 1\nkeyed = [1]\n[[stages]]\nprocessor = \"gain\"\ngain_db = 1.0\n";
    assert_eq!(
        Chain::from_toml(gain).unwrap_err().to_string(),
        "stage 1 (gain): it has no detector that could listen to a key"
    );
}
