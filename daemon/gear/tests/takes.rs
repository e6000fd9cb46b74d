//! Two takes against each other, and a take against its source.

mod rig;

use gear::{Mark, Watch, WatchSettings, null_test};
use rig::{White, add_noise, delayed, low_pass};

/// Twelve seconds of noise with a beat, loud enough to be music.
fn song(seed: u64) -> Vec<f64> {
    let mut white = White::new(seed);
    let mut song: Vec<f64> = (0..576_000)
        .map(|n| 0.05 * white.next() * (1.0 + 0.5 * (f64::from(n) / 3_000.0).sin()))
        .collect();
    low_pass(&mut song, 48_000.0, 8_000.0, 4);
    song
}

#[test]
fn a_recall_that_differs_in_delay_and_gain_alone_nulls() {
    let song = song(1);
    for (late, gain) in [(17.3, 0.8), (2_000.77, -1.2)] {
        let mut take: Vec<f64> = delayed(&song, late).iter().map(|x| gain * x).collect();
        let null = null_test(&song, &take, 48_000, 4_800).unwrap();
        assert!((null.delay_frames - late).abs() < 1e-4, "{null:?}");
        assert!((null.gain_db - 20.0 * f64::abs(gain).log10()).abs() < 1e-4);
        assert_eq!(null.is_inverted, gain < 0.0);
        assert!(null.residual_db < -85.0, "{null:?}");
        // Noise 40 dB under the take is what is left then, in each band as much as lies in it.
        let own = take.iter().map(|x| x * x).sum::<f64>() / take.len() as f64;
        add_noise(&mut take, 10.0 * own.log10() - 40.0, 5);
        let null = null_test(&song, &take, 48_000, 4_800).unwrap();
        assert!((null.residual_db + 40.0).abs() < 0.2, "{null:?}");
        let early = null_test(&take, &song, 48_000, 4_800).unwrap();
        assert!((early.delay_frames + late).abs() < 0.01, "{early:?}");
    }
    assert_eq!(null_test(&song, &vec![0.0; song.len()], 48_000, 100), None);
}

#[test]
fn a_recall_with_another_setting_leaves_it_in_its_band() {
    let song = song(2);
    let mut take = song.clone();
    let _ = rig::bell(&mut take, 48_000.0, (4_000.0, 1.0, 2.0));
    let null = null_test(&song, &take, 48_000, 4_800).unwrap();
    let band = |hz: f64| {
        let mut all = null.bands.iter();
        let of = all.find(|b| (b.from_hz..b.to_hz).contains(&hz));
        of.unwrap().residual_db
    };
    assert!(band(4_000.0) > -24.0 && band(100.0) < -29.0, "{null:?}");
    assert!(band(4_000.0) > band(250.0) + 5.0, "{null:?}");
}

fn marks(source: &[f64], take: &[f64]) -> Vec<Mark> {
    let settings = WatchSettings {
        level_step_db: 1.0,
        delay_step_frames: 0.3,
    };
    let mut watch = Watch::new(1, settings);
    let pieces = source.chunks(1_000).zip(take.chunks(1_000));
    pieces.flat_map(|(a, b)| watch.feed(&[a], &[b])).collect()
}

#[test]
fn what_slips_is_marked_where_it_slipped_and_nothing_else_is() {
    let song = song(3);
    let mut gear = song.clone();
    low_pass(&mut gear, 48_000.0, 12_000.0, 2);
    add_noise(&mut gear, -80.0, 8);
    assert_eq!(marks(&song, &gear), []);
    let slipped = |change: &dyn Fn(&mut Vec<f64>)| {
        let mut take = gear.clone();
        change(&mut take);
        marks(&song, &take)
    };
    let near = |frame: u64, at: u64| frame.abs_diff(at) <= 8_192;

    let dropout = slipped(&|t| t[200_000..200_100].fill(0.0));
    assert!(
        matches!(
            dropout[..],
            [Mark::Dropout {
                frame: 200_000,
                frames: 100
            }]
        ),
        "{dropout:?}"
    );
    let step = slipped(&|t| t[300_000..].iter_mut().for_each(|x| *x *= 0.7));
    let [Mark::LevelStep { frame, db }] = step[..] else {
        panic!("{step:?}")
    };
    assert!(near(frame, 300_000) && (db + 3.1).abs() < 0.3, "{step:?}");
    let moved = slipped(&|t| {
        t.splice(250_000..250_000, [0.01; 5]);
    });
    let delay = moved.iter().find_map(|m| match m {
        Mark::DelayChanged { frame, by_frames } => Some((*frame, *by_frames)),
        _ => None,
    });
    let (frame, by) = delay.unwrap();
    assert!(near(frame, 250_000) && (by - 5.0).abs() < 0.1, "{moved:?}");
    let click = slipped(&|t| t[123_456] += 0.9);
    assert!(
        matches!(click[..], [Mark::Click { frame }] if near(frame, 123_456)),
        "{click:?}"
    );
    let over = slipped(&|t| t[400_000..400_004].fill(1.0));
    assert!(
        over.contains(&Mark::Over {
            frame: 400_000,
            samples: 4,
            channel: 1
        }),
        "{over:?}"
    );
}
