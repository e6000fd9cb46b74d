//! A recall is proved by the spread of two prints of the original day.

mod rig;

use gear::{Doubt, Proof, ProofError, prove};
use rig::{White, add_noise, delayed, low_pass};

/// Twelve seconds of noise with a beat, of two channels that differ.
fn passage() -> Vec<Vec<f64>> {
    let channel = |seed| {
        let mut white = White::new(seed);
        let mut song: Vec<f64> = (0..576_000)
            .map(|n| 0.05 * white.next() * (1.0 + 0.5 * (f64::from(n) / 3_000.0).sin()))
            .collect();
        low_pass(&mut song, 48_000.0, 12_000.0, 2);
        song
    };
    vec![channel(1), channel(2)]
}

/// A print through gear with noise of its own: 46 dB below the passage.
fn print(passage: &[Vec<f64>], day: u64) -> Vec<Vec<f64>> {
    let mut print = passage.to_vec();
    for (channel, seed) in print.iter_mut().zip(10 * day..) {
        add_noise(channel, -75.0, seed);
    }
    print
}

fn proved(now: &[Vec<f64>]) -> Proof {
    let passage = passage();
    let (first, second) = (print(&passage, 1), print(&passage, 2));
    prove([&first, &second], now, 48_000, 4_800).unwrap()
}

#[test]
fn a_print_as_close_as_two_of_the_day_is_proved() {
    let proof = proved(&print(&passage(), 3));
    assert!(proof.holds(), "{:?}", proof.doubts);
    assert_eq!(proof.channels.len(), 2);
    for channel in &proof.channels {
        assert!(channel.bands.len() > 8, "{channel:?}");
        for band in &channel.bands {
            assert!((band.now_db - band.then_db).abs() < 1.5, "{band:?}");
            assert!(band.louder_db.abs() < 0.02, "{band:?}");
        }
    }
    // The whole later and a hair softer is the same recall.
    let later: Vec<Vec<f64>> = print(&passage(), 4)
        .iter()
        .map(|channel| delayed(channel, 40.25).iter().map(|x| 0.995 * x).collect())
        .collect();
    let proof = proved(&later);
    assert!(proof.holds(), "{:?}", proof.doubts);
    let (_, worst) = proof.worst().unwrap();
    assert!(worst.holds() && worst.now_db < -20.0, "{worst:?}");
}

#[test]
fn a_control_that_stands_otherwise_is_named_by_its_band() {
    let mut now = print(&passage(), 3);
    let _ = rig::bell(&mut now[1], 48_000.0, (4_000.0, 1.4, 1.0));
    let proof = proved(&now);
    let [
        doubt @ Doubt::Band {
            channel: 2, band, ..
        },
    ] = proof.doubts.as_slice()
    else {
        panic!("{:?}", proof.doubts);
    };
    assert_eq!(band.from_hz, 2_828.0, "{band:?}");
    assert!((0.9..1.4).contains(&band.louder_db), "{band:?}");
    let words = doubt.to_string();
    assert!(
        words.starts_with("from 2828 to 5657 Hz today\u{2019}s print leaves -16.0 dB on channel 2, where two prints"),
        "{words}"
    );
    assert!(
        words.contains("it is +1.19 dB there: look at the controls that act on it"),
        "{words}"
    );
    // What does not move the level is looked for elsewhere.
    let mut now = print(&passage(), 3);
    now[0].iter_mut().for_each(|x| *x += 4.0 * *x * *x);
    let doubts = proved(&now).doubts;
    assert_eq!(doubts.len(), 1, "{doubts:?}");
    assert!(
        doubts[0]
            .to_string()
            .contains("look at what moves or distorts"),
        "{}",
        doubts[0]
    );
}

#[test]
fn level_polarity_and_skew_are_doubts_of_their_own() {
    let doubts = |change: &dyn Fn(&mut Vec<Vec<f64>>)| {
        let mut now = print(&passage(), 3);
        change(&mut now);
        proved(&now).doubts
    };
    let louder = doubts(&|now| now[0].iter_mut().for_each(|x| *x *= 1.05));
    match louder.as_slice() {
        [
            Doubt::Level {
                channel: 1,
                louder_db,
                ..
            },
        ] => {
            assert!((louder_db - 0.424).abs() < 0.01, "{louder:?}");
        }
        other => panic!("{other:?}"),
    }
    let turned = doubts(&|now| now[1].iter_mut().for_each(|x| *x = -*x));
    assert_eq!(turned, [Doubt::Polarity { channel: 2 }]);
    let apart = doubts(&|now| now[1] = delayed(&now[1], 1.5));
    match apart.as_slice() {
        [
            Doubt::Skew {
                channel: 2,
                later_frames,
                ..
            },
        ] => {
            assert!((later_frames - 1.5).abs() < 0.01, "{apart:?}");
        }
        other => panic!("{other:?}"),
    }
    let dead = doubts(&|now| now[0].fill(0.0));
    assert_eq!(dead, [Doubt::Silent { channel: 1 }]);
    let passage = passage();
    assert_eq!(
        prove([&passage, &passage], &passage[..1], 48_000, 100),
        Err(ProofError::Channels {
            first: 2,
            second: 2,
            now: 1
        })
    );
}
