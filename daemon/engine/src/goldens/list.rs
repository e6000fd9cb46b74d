//! Every golden with its checksum.

use super::stages::*;
use super::{
    Golden, RATE_HZ, automated, converted, delta, dithered, float_bytes, master, plan_text, preset,
    song, through,
};
use crate::{
    CharacterKind, CompressorStage, ConversionChoice, CurveKind, CutKind, Depth, DitherName,
    DomainKind, LimiterStage, ListenKind, Listening, PeakOversampling, PhaseKind, ReleaseKind,
    Stage, TopologyKind,
};

const fn golden(name: &'static str, checksum: &'static str, make: fn() -> Vec<u8>) -> Golden {
    Golden {
        name,
        checksum,
        make,
    }
}

pub(super) const ALL: &[Golden] = &[
    golden("the song itself", "34fda1fed35a4ce9d2073bc8", || {
        float_bytes(&song(3.0, RATE_HZ))
    }),
    golden("rumble filter", "d4ec36e4071b38b4a0c6ca71", || {
        through(vec![rumble_filter()])
    }),
    golden("equaliser", "8e6b7383c3b152d9c2ab5aa7", || {
        through(vec![equaliser()])
    }),
    golden("equaliser of all kinds", "7cfac8277f3203b2a203cd20", || {
        through(vec![equaliser_of_all_kinds(PhaseKind::Minimum)])
    }),
    golden(
        "equaliser, linear phase",
        "71960d978b4ceabcd36956a4",
        || through(vec![equaliser_of_all_kinds(PhaseKind::Linear)]),
    ),
    golden("equaliser, mixed phase", "4487fe28338efe52ba5ba19a", || {
        through(vec![equaliser_of_all_kinds(PhaseKind::Mixed)])
    }),
    golden("compressor", "853aecf9473e5a68b07edfc2", || {
        through(vec![compressor()])
    }),
    golden("compressor, feed-back", "0ac50cbe87c8d86bd3c851b5", || {
        through(vec![Stage::Compressor(CompressorStage {
            threshold_dbfs: -26.0,
            ratio: 3.0,
            topology: TopologyKind::FeedBack,
            domain: DomainKind::MidSide,
            link_percent: 40.0,
            auto_makeup: true,
            ..CompressorStage::default()
        })])
    }),
    golden("compressor, ahead", "5005569691ad64591b0a1a7e", || {
        through(vec![Stage::Compressor(CompressorStage {
            threshold_dbfs: -24.0,
            detector: Listening::Loudness,
            release: ReleaseKind::Fixed,
            hold_ms: 12.0,
            lookahead_ms: 6.0,
            sidechain_bell_hz: 3_000.0,
            sidechain_bell_db: 5.0,
            ..CompressorStage::default()
        })])
    }),
    golden("multiband", "daf87f2bcf23f6b0f2aff233", || {
        through(vec![multiband(CutKind::LinkwitzRiley)])
    }),
    golden(
        "multiband, linear phase",
        "8162afbea050d224571d7b15",
        || through(vec![multiband(CutKind::LinearPhase)]),
    ),
    golden("de-esser", "88d733e7e866ebbfd5913fda", || {
        through(vec![de_esser()])
    }),
    golden("tape", "c956d7edda80f81f9d856c5f", || {
        through(vec![saturation(CurveKind::Tape, [0.0; 2])])
    }),
    golden("valve", "c33c472b394c7a55ecaf5fb6", || {
        through(vec![saturation(CurveKind::Valve, [0.0; 2])])
    }),
    golden("transformer", "04d58fa175a8c6fe3c5d3747", || {
        through(vec![saturation(CurveKind::Transformer, [60.0, 2_000.0])])
    }),
    golden("polynomial", "46e98183cfc2a7de3d794cae", || {
        through(vec![saturation(CurveKind::Polynomial, [0.0, 5_000.0])])
    }),
    golden("soft clipper", "26baeed5b4c13af42adce380", || {
        through(vec![soft_clipper()])
    }),
    golden("transient", "339f7c5d270fdee1d512411d", || {
        through(vec![transient()])
    }),
    golden("stereo", "ecf095f75d637c590b2bd8f7", || {
        through(vec![stereo()])
    }),
    golden(
        "channels, DC filter, delay",
        "84d20bfbd6e89f28c4805380",
        || through(channels()),
    ),
    golden("trims", "0d7d7c159ad7a6ff1849502a", || {
        through(vec![trims()])
    }),
    golden("gain", "a0e86f5a39012ae3cd563570", || through(vec![gain()])),
    golden("limiter", "a9e8903d1ff245dd27ade6d3", || {
        through(vec![limiter()])
    }),
    golden(
        "limiter, dense and unlinked",
        "18394cb43cecc41cfb314bf9",
        || {
            through(vec![Stage::Limiter(LimiterStage {
                character: CharacterKind::Dense,
                link_percent: 30.0,
                ..LimiterStage::new(-10.0, 15.0, 40.0)
            })])
        },
    ),
    golden("limiter, 4 times", "296b5e3bbab13ed163065aa3", || {
        through(vec![limiter_at(PeakOversampling::X4)])
    }),
    golden("limiter, 16 times", "84c9df1167b8f10eaa451822", || {
        through(vec![limiter_at(PeakOversampling::X16)])
    }),
    golden("limiter, 32 times", "472366e960752dea6acca0ef", || {
        through(vec![limiter_at(PeakOversampling::X32)])
    }),
    golden("limiter's delta", "a1ea464dab07fdf07b32303d", || {
        through(vec![Stage::Limiter(LimiterStage {
            character: CharacterKind::Punchy,
            listen: ListenKind::Delta,
            ..LimiterStage::new(-9.0, 1.5, 80.0)
        })])
    }),
    golden("whole chain", "e9754efd7dfc1aacf44385a9", || {
        through(whole_chain())
    }),
    golden("24-bit master", "90b4e7f3a09f36680e662695", || {
        master(Depth::Int24, None)
    }),
    golden("float master", "501cc1cb5f634c944b7f36eb", || {
        master(Depth::Float32, None)
    }),
    golden("16 bits at 44.1 kHz", "61106ba068eefc3da64d47eb", || {
        master(Depth::Int16, Some(44_100))
    }),
    golden("24 bits at 47,999 Hz", "fb1d96a935ff0e1aed5bea71", || {
        master(Depth::Int24, Some(47_999))
    }),
    golden(
        "16 bits at 44.1 kHz, minimum phase",
        "c65489608415d8ab36456762",
        || converted(Depth::Int16, Some(44_100), ConversionChoice::MinimumPhase),
    ),
    golden("automation", "ffd457cda20b3dd7f7489241", automated),
    golden("delta of a stage", "89c8950d4e8a91ca33544018", delta),
    golden("preset transparent", "c1860721b9acca3c25660ddc", || {
        preset("transparent")
    }),
    golden("preset gentle_glue", "373d3a93ac5eac7fba2b8ea7", || {
        preset("gentle_glue")
    }),
    golden("preset acoustic", "d01c1962784cf6334ae15736", || {
        preset("acoustic")
    }),
    golden("preset warm_tape", "23c7420d850e5b6d2ca1fe1e", || {
        preset("warm_tape")
    }),
    golden("preset bright_voice", "fbb6bc046a8b4e89db7fc0e5", || {
        preset("bright_voice")
    }),
    golden("preset low_end", "94685e90ecc6ea5fc3943d1b", || {
        preset("low_end")
    }),
    golden("preset loud_modern", "b807a6c91be8d32641e58ca3", || {
        preset("loud_modern")
    }),
    golden("preset vinyl", "e0d4e9cad056d157b9aa9129", || {
        preset("vinyl")
    }),
    golden("preset cd_sixteen_bit", "3e61f9160b39e46f9b589f79", || {
        preset("cd_sixteen_bit")
    }),
    golden("preset speech", "d38f318ed0dad85a51536ec5", || {
        preset("speech")
    }),
    golden("16 bits, rectangular", "536e69610068125e0cfe817a", || {
        dithered(DitherName::Rectangular)
    }),
    golden("16 bits, high-passed", "329165d4c65dd6098a30fa0d", || {
        dithered(DitherName::HighPassed)
    }),
    golden(
        "16 bits, shaped a little",
        "c7a81f0a665b8f5cabde0647",
        || dithered(DitherName::ShapedLight),
    ),
    golden("16 bits, shaped", "8284d479470c0ebd66d41282", || {
        dithered(DitherName::Shaped)
    }),
    golden("16 bits, all shaped", "aa4a35642fd0b91f7cf487b1", || {
        dithered(DitherName::ShapedFull)
    }),
    golden("plan", "409b4e38f8d9ebc79ef3a281", plan_text),
];
