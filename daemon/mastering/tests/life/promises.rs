//! What holds in any order of commands.

use std::collections::BTreeMap;

use mastering::*;
use proptest::prelude::*;

use crate::order::*;

fn any_command() -> impl Strategy<Value = (Command, Actor)> {
    let track = mix_id(1).as_track();
    let command = prop_oneof![
        (1..4u64, 0..3u8).prop_map(|(n, worst)| {
            let worst = [None, Some(Severity::Ask), Some(Severity::Blocks)][usize::from(worst)];
            Command::ReceiveMix(mix(n, &format!("{n}.wav"), worst))
        }),
        (1..4u64).prop_map(|n| Command::GoOnWith {
            mix: mix_id(n),
            by: "E".to_owned(),
            reason: "r".to_owned()
        }),
        (1..4u64).prop_map(|n| Command::SetAside { mix: mix_id(n) }),
        (1..8u64, any::<bool>()).prop_map(|(which, asks)| {
            let worst = asks.then_some(Severity::Ask);
            let mixes: Vec<_> = (1..4)
                .filter(|n| which >> (n - 1) & 1 == 1)
                .map(|n| (n, worst))
                .collect();
            set(&mixes, Showing::Held)
        }),
        Just(Command::ReleaseFindings { by: "E".to_owned() }),
        Just(Command::CloseIntake),
        Just(Command::StartMastering),
        (1..9u64).prop_map({
            let track = track.clone();
            move |n| Command::ChangePlan {
                track: track.clone(),
                plan: object(n),
            }
        }),
        (1..4u32, 1..4u64, 1..9u64).prop_map(|(r, t, n)| Command::RecordMaster {
            revision: r.try_into().unwrap(),
            track: mix_id(t).as_track(),
            master: master(n),
        }),
        Just(Command::RequestRevision {
            words: "more".to_owned(),
            topics: Default::default(),
        }),
        (1..4u32, 1..9u64).prop_map({
            let track = track.clone();
            move |(r, n)| Command::Approve {
                revision: r.try_into().unwrap(),
                name: "A".to_owned(),
                wording: "yes".to_owned(),
                samples: BTreeMap::from([(track.clone(), samples(2000 + n))]),
            }
        }),
        (1..4u32, 1..9u64).prop_map(move |(r, n)| Command::RecordFinals {
            revision: r.try_into().unwrap(),
            finals: finals(&track, samples(2000 + n)),
        }),
        Just(Command::OfferFinals),
        Just(Command::Complete),
    ];
    (
        command,
        prop_oneof![Just(staff()), Just(client()), Just(Actor::House)],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever is clicked and whatever finishes when: nothing is mastered before all mixes are
    /// verified, only approved samples become finals, and the journal tells the same story.
    #[test]
    fn the_promises_hold_for_any_order_of_commands(
        commands in prop::collection::vec(any_command(), 0..60),
        songs in prop_oneof![Just(None), (1..3u32).prop_map(Some)],
    ) {
        let mut order = Order::open(Service::instant(), songs);
        for (command, by) in commands {
            let Ok(codes) = order.give(command, &by) else { continue };
            if codes.contains(&"mastering_started") {
                prop_assert_eq!(order.project.unverified().count(), 0);
            }
            if codes.contains(&"intake_closed") {
                prop_assert_eq!(order.project.set_to_compare(), None);
            }
            for file in order.project.finals.iter().filter(|f| f.format.holds_approved_samples()) {
                let approval = order.project.approval.as_ref().expect("finals come from an approval");
                prop_assert_eq!(Some(&file.samples), approval.samples.get(&file.track));
            }
        }
    }
}
