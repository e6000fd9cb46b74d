//! Golden checksums: these change only together with `ENGINE_REVISION`.

use engine::goldens::{self, Golden};
use engine::{ENGINE_REVISION, selftest};

#[test]
fn everything_the_engine_makes_has_the_bits_it_always_had() {
    assert_eq!(
        ENGINE_REVISION, "5",
        "a new revision needs new checksums in goldens.rs"
    );
    let changed: Vec<_> = goldens::all()
        .iter()
        .map(|golden| {
            (
                golden.name,
                golden.checksum,
                goldens::checksum(&golden.bytes()),
            )
        })
        .filter(|(_, expected, found)| expected != found)
        .collect();
    assert!(changed.is_empty(), "name, expected, found: {changed:#?}");
    assert_eq!(selftest(), [""; 0]);
}

#[test]
fn one_changed_bit_is_noticed_wherever_it_stands() {
    for golden in goldens::all() {
        let mut bytes = golden.bytes();
        assert!(golden.holds_for(&bytes), "{}", golden.name);
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            bytes[at] ^= 1;
            assert!(!golden.holds_for(&bytes), "{}, byte {at}", golden.name);
            bytes[at] ^= 1;
        }
    }
}

#[test]
fn many_threads_give_the_same_bits_as_one() {
    let chain: Golden = *goldens::all()
        .iter()
        .find(|golden| golden.name == "whole chain")
        .unwrap();
    let together: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(move || chain.bytes()))
        .collect();
    for thread in together {
        assert!(chain.holds_for(&thread.join().unwrap()));
    }
}
