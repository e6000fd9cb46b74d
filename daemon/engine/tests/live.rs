//! A chain that sounds while its knobs are turned: the bits of a render, matched auditions, no allocation.
mod song;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use engine::*;
use measure::Meter;
use song::song;

#[global_allocator]
static ALLOCATIONS: AllocDisabler = AllocDisabler;

const RATE_HZ: u32 = 48_000;

fn chain() -> Chain {
    let band = EqualiserBand::new;
    Chain::new(vec![
        Stage::RumbleFilter(RumbleFilterStage {
            frequency_hz: 22.0,
            slope: Steepness::Db24,
        }),
        Stage::Equaliser(EqualiserStage::new(vec![
            band(BandKind::LowShelf, 110.0, 3.0, 0.707),
            band(BandKind::Bell, 3_200.0, -4.0, 0.7),
        ])),
        Stage::Compressor(CompressorStage {
            threshold_dbfs: -24.0,
            ratio: 2.0,
            ..CompressorStage::default()
        }),
        Stage::Gain(GainStage { gain_db: 5.0 }),
        Stage::Limiter(LimiterStage::new(-1.0, 4.0, 80.0)),
    ])
    .unwrap()
}

/// A minute of the song would be long for a debug build; this is enough to hear three seconds settle.
fn mix() -> Vec<Vec<f64>> {
    song(12.0, RATE_HZ)
}

/// Plays through a live chain in blocks; `turn` gives the knobs of the block that begins at a frame.
fn play(
    chain: &Chain,
    mix: &[Vec<f64>],
    block: usize,
    mut turn: impl FnMut(usize) -> Option<Knob>,
) -> Vec<Vec<f64>> {
    let mut live = LiveChain::new(chain, RATE_HZ, mix.len(), block).unwrap();
    let mut out = mix.to_vec();
    let frames = mix[0].len();
    let mut at = 0;
    while at < frames {
        let end = (at + block).min(frames);
        let knob = turn(at);
        let [left, right] = &mut out[..] else {
            unreachable!()
        };
        let mut piece = [&mut left[at..end], &mut right[at..end]];
        assert_no_alloc(|| live.process(&mut piece, knob.as_slice()));
        at = end;
    }
    out
}

fn rendered(chain: &Chain, mix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut sink = MemorySink::default();
    let mut source = MemorySource::new(RATE_HZ, mix.to_vec());
    render(&mut source, chain, &mut sink, &mut |_| ()).unwrap();
    sink.channels
}

fn latency(chain: &Chain) -> usize {
    let live = LiveChain::new(chain, RATE_HZ, 2, 64).unwrap();
    usize::try_from(live.latency_frames()).unwrap()
}

/// Loudness of a passage in LUFS.
fn loudness(audio: &[Vec<f64>], from: usize, to: usize) -> f64 {
    let mut meter = Meter::new(RATE_HZ, 2).unwrap();
    meter.feed(&[&audio[0][from..to], &audio[1][from..to]]);
    meter.finish().integrated_lufs.unwrap()
}

#[test]
fn with_still_knobs_it_has_the_bits_of_a_render_at_any_block_size() {
    let mix = song(0.625, RATE_HZ);
    for name in ["gentle_glue", "loud_modern"] {
        let chain = presets::named(name).unwrap().chain().unwrap();
        let (expected, late) = (rendered(&chain, &mix), latency(&chain));
        for block in [1, 13, 128, 512, 4096] {
            let out = play(&chain, &mix, block, |_| None);
            for (live, expected) in out.iter().zip(&expected) {
                let expected = &expected[..live.len() - late];
                let same = live[late..].iter().zip(expected);
                assert!(
                    same.into_iter().all(|(a, b)| a.to_bits() == b.to_bits()),
                    "{name}, blocks of {block}"
                );
            }
        }
    }
}

#[test]
fn bypassed_it_is_as_loud_as_processed_within_a_tenth_of_a_decibel() {
    let (chain, mix) = (chain(), mix());
    let processed = play(&chain, &mix, 256, |_| None);
    let from = RATE_HZ as usize * 4;
    let wanted = loudness(&processed, from, mix[0].len());
    let original = loudness(&mix, from, mix[0].len());
    assert!((wanted - original).abs() > 2.0, "{wanted} {original}");
    let stage = Knob::audition(&chain, 4, Audition::Bypassed).unwrap();
    for knob in [Knob::audition_all(Audition::Bypassed), stage] {
        let bypassed = play(&chain, &mix, 256, |at| (at == 0).then_some(knob));
        let heard = loudness(&bypassed, from, mix[0].len());
        assert!(
            (heard - wanted).abs() <= 0.1,
            "{knob:?}: {heard} beside {wanted}"
        );
    }
}

#[test]
fn bypassed_the_whole_chain_is_the_mix_itself_at_another_gain() {
    let (chain, mix) = (chain(), mix());
    let knob = Knob::audition_all(Audition::Bypassed);
    let heard = play(&chain, &mix, 512, |at| (at == 0).then_some(knob));
    let late = latency(&chain);
    // The gain moves slowly: over a hundredth of a second it stands still.
    let from = RATE_HZ as usize * 6;
    for start in (from..from + 48_000).step_by(4_800) {
        let (heard, mix) = (&heard[0][start..start + 480], &mix[0][start - late..]);
        let gain = heard.iter().zip(mix).map(|(a, b)| a * b).sum::<f64>()
            / mix[..480].iter().map(|b| b * b).sum::<f64>();
        let rest = heard.iter().zip(mix).map(|(a, b)| (a - gain * b).powi(2));
        let power = heard.iter().map(|a| a * a).sum::<f64>();
        assert!(rest.sum::<f64>() < power * 1e-6, "at {start}");
    }
}

#[test]
fn the_difference_is_what_a_render_of_it_holds() {
    let (chain, mix) = (chain(), song(1.0, RATE_HZ));
    let knob = Knob::audition(&chain, 5, Audition::Difference).unwrap();
    let heard = play(&chain, &mix, 64, |at| (at == 0).then_some(knob));
    let late = latency(&chain);
    let expected = rendered(&chain.with_delta_of(5).unwrap(), &mix);
    // The switch arrives within 20 ms.
    for (a, b) in heard[0][late + 2_000..]
        .iter()
        .zip(&expected[0][2_000..mix[0].len() - late])
    {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

#[test]
fn switching_and_turning_make_no_click() {
    let tone: Vec<f64> = (0..RATE_HZ as usize * 3)
        .map(|n| 0.25 * (std::f64::consts::TAU * 200.0 * n as f64 / f64::from(RATE_HZ)).sin())
        .collect();
    let mix = vec![tone.clone(), tone];
    let chain = Chain::new(vec![Stage::Gain(GainStage { gain_db: 3.0 })]).unwrap();
    let turned = Move {
        stage: 1,
        setting: Setting::GainDb,
        band: None,
        frame: 0,
        value: -3.0,
        ramp_frames: 0,
    };
    let knobs = [
        Knob::setting(&chain, &turned).unwrap(),
        Knob::audition(&chain, 1, Audition::Difference).unwrap(),
        Knob::audition_all(Audition::Bypassed),
    ];
    for knob in knobs {
        let middle = 72_000 + 37;
        let mut is_turned = false;
        let heard = play(&chain, &mix, 64, |at| {
            let now = at >= middle && !is_turned;
            is_turned |= now;
            now.then_some(knob)
        });
        assert!(is_turned);
        assert_ne!(heard[0], play(&chain, &mix, 64, |_| None)[0], "{knob:?}");
        // A tone bends by its amplitude times its angle per frame squared; a knob's ramp has corners of its
        // slope, a switch has none. A click would bend it by its own height.
        let bend = heard[0]
            .windows(3)
            .map(|w| (w[0] - 2.0 * w[1] + w[2]).abs());
        let angle = std::f64::consts::TAU * 200.0 / f64::from(RATE_HZ);
        let corner = if knob == knobs[0] {
            0.25 * (1.42 - 0.7) / 960.0
        } else {
            0.0
        };
        let most = 0.25 * 1.42 * angle * angle + corner + 1e-5;
        let worst = bend.fold(0.0, f64::max);
        assert!(worst < most, "{knob:?}: {worst} beyond {most}");
    }
}

#[test]
fn a_turned_knob_arrives_where_a_chain_file_would_have_set_it() {
    let mix = song(1.0, RATE_HZ);
    let at = |gain_db| {
        Chain::new(vec![
            Stage::Gain(GainStage { gain_db }),
            Stage::Limiter(LimiterStage::new(-1.0, 4.0, 80.0)),
        ])
        .unwrap()
    };
    let turned = Move {
        stage: 1,
        setting: Setting::GainDb,
        band: None,
        frame: 0,
        value: 2.0,
        ramp_frames: 0,
    };
    let knob = Knob::setting(&at(0.0), &turned).unwrap();
    let heard = play(&at(0.0), &mix, 128, |at| (at == 0).then_some(knob));
    let set = play(&at(2.0), &mix, 128, |_| None);
    for (a, b) in heard[0].iter().zip(&set[0]).skip(30_000) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    let beyond = Move {
        value: 99.0,
        ..turned
    };
    let refused = Knob::setting(&at(0.0), &beyond).unwrap_err().to_string();
    assert!(refused.contains("must be from -60 to 60"), "{refused}");
    assert!(Knob::audition(&at(0.0), 3, Audition::Bypassed).is_err());
}

/// An equaliser at this phase with one bell at 200 Hz.
fn convolving(phase: PhaseKind, gain_db: f64) -> Chain {
    Chain::new(vec![Stage::Equaliser(EqualiserStage {
        phase,
        mix: 1.0,
        bands: vec![EqualiserBand::new(BandKind::Bell, 200.0, gain_db, 0.7)],
    })])
    .unwrap()
}

fn bell_at(value: f64) -> Move {
    Move {
        stage: 1,
        setting: Setting::GainDb,
        band: Some(1),
        frame: 0,
        value,
        ramp_frames: 0,
    }
}

#[test]
fn an_equaliser_without_phase_fades_to_what_its_knobs_say() {
    let tone: Vec<f64> = (0..RATE_HZ as usize * 2)
        .map(|n| 0.25 * (std::f64::consts::TAU * 200.0 * n as f64 / f64::from(RATE_HZ)).sin())
        .collect();
    let mix = vec![tone.clone(), tone];
    for phase in [PhaseKind::Linear, PhaseKind::Mixed] {
        let set = play(&convolving(phase, -3.0), &mix, 64, |_| None);
        let still = play(&convolving(phase, 3.0), &mix, 64, |_| None);
        let mut live = LiveChain::new(&convolving(phase, 3.0), RATE_HZ, 2, 64).unwrap();
        let mut knobs = live.take_knobs().unwrap();
        assert!(live.take_knobs().is_none(), "they are turned by one hand");
        let mut heard = mix.clone();
        let [left, right] = &mut heard[..] else {
            unreachable!()
        };
        let blocks = left.chunks_mut(64).zip(right.chunks_mut(64));
        for (number, (left, right)) in blocks.enumerate() {
            if number == 600 {
                // Faster than anything can be designed and heard: the last turn counts.
                for turn in 0..20 {
                    let on_its_way = knobs.turn(&bell_at(f64::from(turn) - 10.0)).unwrap();
                    assert_eq!(on_its_way, None);
                }
                assert_eq!(knobs.turn(&bell_at(-3.0)).unwrap(), None);
            }
            assert_no_alloc(|| live.process(&mut [left, right], &[]));
            knobs.tend();
        }
        // Untouched up to the turn, and half a second later to the bit as if it had always been so.
        assert_eq!(heard[0][..38_400], still[0][..38_400], "{phase:?}");
        assert_eq!(heard[1][72_000..], set[1][72_000..], "{phase:?}");
        assert_ne!(heard[0][72_000..], still[0][72_000..], "{phase:?}");
        // A tone bends by its amplitude times its angle per frame squared, and the fade by a little more.
        let settled = latency(&convolving(phase, 3.0)) + 9_000;
        let bend = heard[0][settled..]
            .windows(3)
            .map(|w| (w[0] - 2.0 * w[1] + w[2]).abs());
        let angle = std::f64::consts::TAU * 200.0 / f64::from(RATE_HZ);
        let most = 0.25 * 1.42 * angle * angle * 1.1;
        let worst = bend.fold(0.0, f64::max);
        assert!(worst < most, "{phase:?}: {worst} beyond {most}");
        let beyond = knobs.turn(&bell_at(99.0)).unwrap_err().to_string();
        assert!(beyond.contains("must be from -24 to 24"), "{beyond}");
    }
}

#[test]
fn the_meters_show_what_each_stage_made_of_the_level() {
    let tone = vec![vec![0.5; 4_800]; 2];
    let chain = Chain::new(vec![
        Stage::Gain(GainStage { gain_db: -6.0 }),
        Stage::Gain(GainStage { gain_db: 2.0 }),
    ])
    .unwrap();
    let mut live = LiveChain::new(&chain, RATE_HZ, 2, 4_800).unwrap();
    let mut audio = tone;
    let [left, right] = &mut audio[..] else {
        unreachable!()
    };
    let mut block = [&mut left[..], &mut right[..]];
    live.process(&mut block, &[]);
    let mut meters = [LiveMeter::default(); 8];
    assert_eq!(assert_no_alloc(|| live.read_meters(&mut meters)), 3);
    for (meter, expected) in meters.iter().zip([-6.0206, -12.0206, -10.0206]) {
        let (rms, peak) = (meter.rms_dbfs.unwrap(), meter.peak_dbfs.unwrap());
        assert!((rms - expected).abs() < 1e-3 && (peak - expected).abs() < 1e-3);
    }
    live.read_meters(&mut meters);
    assert_eq!(meters[0], LiveMeter::default());
}
