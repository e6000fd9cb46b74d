//! Chains in a row with rings to the hand at their knobs.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use engine::{Audition, Chain, GainStage, LiveRemotes, Move, Setting, Stage};

#[global_allocator]
static ALLOCATIONS: AllocDisabler = AllocDisabler;

fn chain(gains: &[f64]) -> Chain {
    let stage = |gain_db: &f64| Stage::Gain(GainStage { gain_db: *gain_db });
    Chain::new(gains.iter().map(stage).collect()).unwrap()
}

fn gain(stage: usize, value: f64) -> Move {
    Move {
        stage,
        setting: Setting::GainDb,
        band: None,
        frame: 0,
        value,
        ramp_frames: 0,
    }
}

/// The level of ones behind the chains, when every ramp has arrived; nothing is allocated on the way.
fn level(players: &mut [engine::LivePlayer]) -> f64 {
    let mut row = vec![1.0; 4_800];
    for _ in 0..2 {
        row.fill(1.0);
        for player in players.iter_mut() {
            assert_no_alloc(|| player.process(&mut [&mut row]));
        }
    }
    dsp::gain_to_db(row[4_799])
}

#[test]
fn stages_are_numbered_through_and_a_new_hand_turns_what_the_old_one_had() {
    let chains = [chain(&[-3.0, -4.0]), chain(&[]), chain(&[-5.0])];
    let plug = || LiveRemotes::plug(&chains, 48_000, 1, 4_800).unwrap();
    let (mut players, mut remotes) = plug();
    assert_eq!(
        remotes.stages(),
        [(1, 0, "gain"), (2, 0, "gain"), (3, 2, "gain")]
    );
    assert!((level(&mut players) + 12.0).abs() < 1e-9);
    remotes.turn(&gain(3, -1.0)).unwrap();
    remotes.turn(&gain(2, -2.0)).unwrap();
    remotes.hear(1, Audition::Difference).unwrap();
    assert_eq!(remotes.heard(1), Audition::Difference);
    let heard = level(&mut players);
    let expected = dsp::gain_to_db(1.0 - dsp::db_to_gain(-3.0)) - 3.0;
    assert!((heard - expected).abs() < 1e-9, "{heard} {expected}");
    let said = remotes.turn(&gain(4, 0.0)).unwrap_err().to_string();
    assert!(said.contains('4'), "{said}");
    assert!(remotes.turn(&gain(1, 400.0)).is_err());

    let (mut players, mut next) = plug();
    next.again(&remotes).unwrap();
    assert_eq!(next.turned(), remotes.turned());
    assert!((level(&mut players) - expected).abs() < 1e-9);
}
