//! The engine's golden checksums: what this revision makes of a short song, bit by bit, on every machine.
//!
//! They change only together with [`crate::ENGINE_REVISION`]. `lacquer doctor` runs them on the
//! studio's computer, the tests on every other.

use sha2::{Digest, Sha256};

use crate::{
    BandDynamics, BandKind, BandStage, Chain, CompressorStage, ConvertSettings, CutKind,
    DeEsserStage, Depth, DirectionKind, DomainKind, EqualiserBand, EqualiserStage, GainStage,
    Intensity, LimiterStage, Listening, MasterBlock, MasterSink, MemorySink, MemorySource,
    MultibandStage, On, PhaseKind, ReleaseKind, RumbleFilterStage, SinkError, Stage, Steepness,
    Target, TopologyKind, content_seed, convert, plan, render, render_master,
};

/// Rate of the song that everything is made of.
const RATE_HZ: u32 = 48_000;

/// Names of the goldens whose bits differ on this machine; none on a healthy one.
///
/// Takes less than a second of CPU in a release build.
#[must_use]
pub fn selftest() -> Vec<String> {
    all()
        .iter()
        .filter(|golden| !golden.holds_for(&golden.bytes()))
        .map(|golden| golden.name.to_owned())
        .collect()
}

/// One thing that the engine makes, and the checksum that it always had.
#[derive(Clone, Copy, Debug)]
pub struct Golden {
    /// What it is, for people.
    pub name: &'static str,
    /// First 12 bytes of the SHA-256 over [`Golden::bytes`], in lower-case hex.
    pub checksum: &'static str,
    make: fn() -> Vec<u8>,
}

impl Golden {
    /// Makes it on this machine: samples channel after channel, little-endian, or a chain's text.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        (self.make)()
    }

    /// Whether these are the bytes that it always had.
    #[must_use]
    pub fn holds_for(&self, bytes: &[u8]) -> bool {
        checksum(bytes) == self.checksum
    }
}

/// First 12 bytes of the SHA-256, in lower-case hex.
#[must_use]
pub fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Every golden: each processor alone, the chain, masters, conversions, and the plan.
#[must_use]
pub fn all() -> &'static [Golden] {
    const fn golden(name: &'static str, checksum: &'static str, make: fn() -> Vec<u8>) -> Golden {
        Golden {
            name,
            checksum,
            make,
        }
    }
    const ALL: &[Golden] = &[
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
            "1a121a13c542238032b535fb",
            || through(vec![equaliser_of_all_kinds(PhaseKind::Linear)]),
        ),
        golden("equaliser, mixed phase", "d53b876db3c5e7947c20cda7", || {
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
        golden("multiband, linear phase", "16127a3014bf22f318e39c16", || {
            through(vec![multiband(CutKind::LinearPhase)])
        }),
        golden("de-esser", "88d733e7e866ebbfd5913fda", || through(vec![de_esser()])),
        golden("gain", "a0e86f5a39012ae3cd563570", || through(vec![gain()])),
        golden("limiter", "b8a199540223147f29e29cbb", || {
            through(vec![limiter()])
        }),
        golden("whole chain", "7680332322d1b0bb9717ad04", || {
            through(whole_chain())
        }),
        golden("24-bit master", "20cb92438ecaa325da332492", || {
            master(Depth::Int24, None)
        }),
        golden("float master", "6ff696e4efb031d87a7a15a4", || {
            master(Depth::Float32, None)
        }),
        golden("16 bits at 44.1 kHz", "ca6efbc5b06fafac60468b8a", || {
            master(Depth::Int16, Some(44_100))
        }),
        golden("24 bits at 47,999 Hz", "a1c0253b1760768b4dfa0505", || {
            master(Depth::Int24, Some(47_999))
        }),
        golden("plan", "409b4e38f8d9ebc79ef3a281", plan_text),
    ];
    ALL
}

/// A short song made from numbers, in stereo: kick, bass, chords, hats; peaks near −6 dBFS.
///
/// `seconds` long at `rate_hz`; one `Vec` per channel. Its bits are the same everywhere.
#[must_use]
pub fn song(seconds: f64, rate_hz: u32) -> Vec<Vec<f64>> {
    let rate = f64::from(rate_hz);
    let turn = std::f64::consts::TAU;
    let hiss = dsp::Dither::new(dsp::DitherSeed(7), 0);
    let channel = |side: f64| {
        (0..(seconds * rate) as usize)
            .map(|i| {
                let t = i as f64 / rate;
                let beat = t * 2.0 % 1.0 / 2.0;
                let kick = libm::sin(turn * (50.0 * beat + 4.0 * (1.0 - libm::exp(-beat * 30.0))))
                    * libm::exp(-beat * 12.0);
                let off = (t * 4.0 + 0.5) % 1.0 / 4.0;
                let hat = hiss.at(i as u64) * libm::exp(-off * 60.0);
                let root = [55.0, 65.4, 49.0, 73.4][(t / 2.0) as usize % 4];
                let bass = libm::sin(turn * root * t) + 0.3 * libm::sin(2.0 * turn * root * t);
                let chord: f64 = [4.0, 5.0, 6.0, 8.0]
                    .iter()
                    .map(|n| libm::sin(turn * root * n * t * (1.0 + 0.0005 * side)))
                    .sum();
                0.3 * kick + 0.07 * hat * (1.0 + 0.3 * side) + 0.13 * bass + 0.04 * chord
            })
            .collect()
    };
    vec![channel(-1.0), channel(1.0)]
}

fn rumble_filter() -> Stage {
    Stage::RumbleFilter(RumbleFilterStage {
        frequency_hz: 22.0,
        slope: Steepness::Db24,
    })
}

fn equaliser() -> Stage {
    let band = EqualiserBand::new;
    Stage::Equaliser(EqualiserStage::new(vec![
        band(BandKind::LowShelf, 110.0, -1.5, 0.707),
        band(BandKind::Bell, 3_200.0, 2.0, 0.7),
        band(BandKind::HighShelf, 8_000.0, 2.5, 0.707),
    ]))
}

fn equaliser_of_all_kinds(phase: PhaseKind) -> Stage {
    let band = EqualiserBand::new;
    let mut bands = vec![
        EqualiserBand {
            db_per_octave: Some(48),
            ..band(BandKind::HighPass, 28.0, 0.0, 0.707)
        },
        EqualiserBand {
            slope: Some(0.6),
            on: On::Side,
            ..band(BandKind::LowShelf, 180.0, -3.0, 0.707)
        },
        EqualiserBand {
            on: On::Mid,
            ..band(BandKind::Notch, 1_900.0, 0.0, 12.0)
        },
        EqualiserBand {
            on: On::Left,
            ..band(BandKind::Bell, 11_000.0, 3.0, 0.8)
        },
        EqualiserBand {
            on: On::Right,
            ..band(BandKind::Band, 900.0, 0.0, 0.1)
        },
        band(BandKind::Tilt, 700.0, 1.5, 0.707),
        EqualiserBand {
            db_per_octave: Some(18),
            ..band(BandKind::LowPass, 17_000.0, 0.0, 0.707)
        },
    ];
    if phase == PhaseKind::Minimum {
        let dynamic = BandDynamics {
            threshold_dbfs: -45.0,
            ratio: 3.0,
            range_db: -5.0,
            attack_ms: 4.0,
            release_ms: 70.0,
        };
        bands.push(EqualiserBand {
            dynamic: Some(dynamic),
            ..band(BandKind::HighShelf, 5_000.0, 1.0, 0.707)
        });
    }
    Stage::Equaliser(EqualiserStage {
        phase,
        mix: 0.9,
        bands,
    })
}

fn compressor() -> Stage {
    Stage::Compressor(CompressorStage {
        threshold_dbfs: -24.0,
        ratio: 2.0,
        knee_db: 6.0,
        attack_ms: 20.0,
        release_ms: 120.0,
        detector: Listening::Rms,
        sidechain_highpass_hz: 90.0,
        mix: 0.9,
        makeup_db: 1.0,
        ..CompressorStage::default()
    })
}

fn multiband(crossover: CutKind) -> Stage {
    let band = |threshold_dbfs, direction| BandStage {
        compressor: Some(CompressorStage {
            threshold_dbfs,
            direction,
            range_db: 10.0,
            ratio: 2.0,
            sidechain_highpass_hz: 0.0,
            ..CompressorStage::default()
        }),
        gain_db: 0.5,
        solo: false,
    };
    Stage::Multiband(MultibandStage {
        crossover,
        corners_hz: vec![120.0, 1_100.0, 6_000.0],
        lookahead_ms: 0.0,
        bands: vec![
            band(-24.0, DirectionKind::Compress),
            BandStage::default(),
            band(-36.0, DirectionKind::Compress),
            band(-50.0, DirectionKind::Expand),
        ],
    })
}

fn de_esser() -> Stage {
    Stage::DeEsser(DeEsserStage {
        from_hz: 5_000.0,
        to_hz: 11_000.0,
        threshold_dbfs: -45.0,
        ratio: 4.0,
        range_db: 8.0,
        attack_ms: 1.0,
        release_ms: 60.0,
        lookahead_ms: 1.0,
        solo: false,
    })
}

fn gain() -> Stage {
    Stage::Gain(GainStage { gain_db: 4.7 })
}

fn limiter() -> Stage {
    Stage::Limiter(LimiterStage {
        ceiling_dbtp: -9.0,
        lookahead_ms: 4.0,
        release_ms: 80.0,
    })
}

fn whole_chain() -> Vec<Stage> {
    vec![
        rumble_filter(),
        equaliser(),
        compressor(),
        gain(),
        limiter(),
    ]
}

fn float_bytes(channels: &[Vec<f64>]) -> Vec<u8> {
    let samples = channels.iter().flatten();
    samples.flat_map(|sample| sample.to_le_bytes()).collect()
}

fn through(stages: Vec<Stage>) -> Vec<u8> {
    let mut source = MemorySource::new(RATE_HZ, song(3.0, RATE_HZ));
    let mut sink = MemorySink::default();
    let chain = Chain::new(stages).expect("the goldens' settings are within their ranges");
    render(&mut source, &chain, &mut sink, &mut |_| ()).expect("memory is read to its end");
    float_bytes(&sink.channels)
}

fn master(depth: Depth, rate_hz: Option<u32>) -> Vec<u8> {
    const READS: &str = "memory is read to its end";
    let mut source = MemorySource::new(RATE_HZ, song(3.0, RATE_HZ));
    let seed = content_seed(&mut source).expect(READS);
    let mut kept = Kept::default();
    if let Some(rate_hz) = rate_hz {
        let settings = ConvertSettings {
            rate_hz,
            depth,
            ceiling_dbtp: -9.0,
        };
        convert(&mut source, settings, seed, &mut kept, &mut |_| ()).expect(READS);
    } else {
        let chain = Chain::new(whole_chain()).expect("the goldens' settings are within ranges");
        render_master(&mut source, &chain, depth, seed, &mut kept, &mut |_| ()).expect(READS);
    }
    kept.channels.concat()
}

/// Keeps a master's samples as bytes, channel by channel.
#[derive(Default)]
struct Kept {
    channels: Vec<Vec<u8>>,
}

impl MasterSink for Kept {
    fn write(&mut self, block: MasterBlock<'_>) -> Result<(), SinkError> {
        match block {
            MasterBlock::Int(rows) => self.keep(rows, |sample| sample.to_le_bytes()),
            MasterBlock::Float(rows) => self.keep(rows, |sample| sample.to_le_bytes()),
        }
        Ok(())
    }
}

impl Kept {
    fn keep<T: Copy>(&mut self, rows: &[&[T]], bytes: fn(T) -> [u8; 4]) {
        self.channels.resize(rows.len(), Vec::new());
        for (channel, row) in self.channels.iter_mut().zip(rows) {
            channel.extend(row.iter().flat_map(|sample| bytes(*sample)));
        }
    }
}

fn plan_text() -> Vec<u8> {
    let mut source = MemorySource::new(RATE_HZ, song(8.0, RATE_HZ));
    let made = plan(&mut source, Target::default(), Intensity::Standard);
    let chain = made.expect("the song is one that has a plan").chain;
    chain.to_toml().expect("a chain has a text").into_bytes()
}
