//! Golden checksums: these change only together with `ENGINE_REVISION`.
mod song;

use engine::*;
use sha2::{Digest, Sha256};

fn checksum(channels: &[Vec<f64>]) -> String {
    let mut hash = Sha256::new();
    for sample in channels.iter().flatten() {
        hash.update(sample.to_le_bytes());
    }
    short(&hash.finalize())
}

fn short(digest: &[u8]) -> String {
    digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn through(stages: Vec<Stage>) -> String {
    let mut source = MemorySource::new(48_000, song::song(3.0, 48_000));
    let mut sink = MemorySink::default();
    render(
        &mut source,
        &Chain::new(stages).unwrap(),
        &mut sink,
        &mut |_| (),
    )
    .unwrap();
    checksum(&sink.channels)
}

fn stages() -> Vec<(&'static str, Stage)> {
    let band = |kind, frequency_hz, gain_db, q| EqualiserBand {
        kind,
        frequency_hz,
        gain_db,
        q,
    };
    let bands = vec![
        band(BandKind::LowShelf, 110.0, -1.5, 0.707),
        band(BandKind::Bell, 3_200.0, 2.0, 0.7),
        band(BandKind::HighShelf, 8_000.0, 2.5, 0.707),
    ];
    let compressor = CompressorStage {
        threshold_dbfs: -24.0,
        ratio: 2.0,
        knee_db: 6.0,
        attack_ms: 20.0,
        release_ms: 120.0,
        detector: Listening::Rms,
        sidechain_highpass_hz: 90.0,
        mix: 0.9,
        makeup_db: 1.0,
    };
    let limiter = LimiterStage {
        ceiling_dbtp: -9.0,
        lookahead_ms: 4.0,
        release_ms: 80.0,
    };
    vec![
        (
            "rumble filter",
            Stage::RumbleFilter(RumbleFilterStage {
                frequency_hz: 22.0,
                slope: Steepness::Db24,
            }),
        ),
        ("equaliser", Stage::Equaliser(EqualiserStage { bands })),
        ("compressor", Stage::Compressor(compressor)),
        ("gain", Stage::Gain(GainStage { gain_db: 4.7 })),
        ("limiter", Stage::Limiter(limiter)),
    ]
}

fn master_checksum(depth: Depth, rate_hz: Option<u32>) -> String {
    let mut source = MemorySource::new(48_000, song::song(3.0, 48_000));
    let seed = content_seed(&mut source).unwrap();
    let mut kept = song::Kept::default();
    if let Some(rate_hz) = rate_hz {
        let settings = ConvertSettings {
            rate_hz,
            depth,
            ceiling_dbtp: -9.0,
        };
        convert(&mut source, settings, seed, &mut kept, &mut |_| ()).unwrap();
    } else {
        let chain = Chain::new(stages().into_iter().map(|(_, stage)| stage).collect()).unwrap();
        render_master(&mut source, &chain, depth, seed, &mut kept, &mut |_| ()).unwrap();
    }
    let mut hash = Sha256::new();
    kept.ints
        .iter()
        .flatten()
        .for_each(|x| hash.update(x.to_le_bytes()));
    kept.floats
        .iter()
        .flatten()
        .for_each(|x| hash.update(x.to_le_bytes()));
    short(&hash.finalize())
}

#[test]
fn every_processor_and_the_whole_chain_give_the_bits_they_always_gave() {
    assert_eq!(
        ENGINE_REVISION, "1",
        "a new revision needs new checksums below"
    );
    let mut found = vec![("the song itself", checksum(&song::song(3.0, 48_000)))];
    found.extend(
        stages()
            .into_iter()
            .map(|(name, stage)| (name, through(vec![stage]))),
    );
    found.push((
        "whole chain",
        through(stages().into_iter().map(|(_, stage)| stage).collect()),
    ));
    found.push(("24-bit master", master_checksum(Depth::Int24, None)));
    found.push(("float master", master_checksum(Depth::Float32, None)));
    found.push((
        "16 bits at 44.1 kHz",
        master_checksum(Depth::Int16, Some(44_100)),
    ));
    found.push((
        "24 bits at 47,999 Hz",
        master_checksum(Depth::Int24, Some(47_999)),
    ));
    let expected = [
        ("the song itself", "34fda1fed35a4ce9d2073bc8"),
        ("rumble filter", "d4ec36e4071b38b4a0c6ca71"),
        ("equaliser", "6911027d03a186b7e1a49c71"),
        ("compressor", "853aecf9473e5a68b07edfc2"),
        ("gain", "a0e86f5a39012ae3cd563570"),
        ("limiter", "b8a199540223147f29e29cbb"),
        ("whole chain", "ad90852e7ff43c3584cbb1b7"),
        ("24-bit master", "26a29bbaeb0602e08cc5011d"),
        ("float master", "23f8c10cb9946509ed938b68"),
        ("16 bits at 44.1 kHz", "ca6efbc5b06fafac60468b8a"),
        ("24 bits at 47,999 Hz", "a1c0253b1760768b4dfa0505"),
    ];
    let found: Vec<(&str, &str)> = found.iter().map(|(name, sum)| (*name, &sum[..])).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_plan_is_the_plan_it_always_was() {
    let mut source = MemorySource::new(48_000, song::song(8.0, 48_000));
    let made = plan(&mut source, Target::default(), Intensity::Standard).unwrap();
    let text = made.chain.to_toml().unwrap();
    assert_eq!(
        short(&Sha256::digest(text.as_bytes())),
        "409b4e38f8d9ebc79ef3a281",
        "{text}"
    );
}

#[test]
fn many_threads_give_the_same_bits_as_one() {
    let all = || through(stages().into_iter().map(|(_, stage)| stage).collect());
    let alone = all();
    let together: Vec<_> = (0..4).map(|_| std::thread::spawn(all)).collect();
    for thread in together {
        assert_eq!(thread.join().unwrap(), alone);
    }
}
