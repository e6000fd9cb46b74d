//! The engine's golden checksums: what this revision makes of a short song, bit by bit, on every machine.
//!
//! They change only together with [`crate::ENGINE_REVISION`]. `lacquer doctor` runs them on the
//! studio's computer, the tests on every other.

mod list;
mod stages;

use sha2::{Digest, Sha256};

use crate::{
    Brief, Chain, ConversionChoice, ConvertSettings, Depth, DitherChoice, DitherName, MasterBlock,
    MasterSink, MemorySink, MemorySource, Move, Setting, SinkError, Stage, content_seed, convert,
    plan, render, render_master,
};

/// Rate of the song that everything is made of.
const RATE_HZ: u32 = 48_000;

/// Names of the goldens whose bits differ on this machine; none on a healthy one.
///
/// Takes a few seconds of CPU in a release build.
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
    list::ALL
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

fn automated() -> Vec<u8> {
    let to = |stage, setting, band, frame, value| Move {
        stage,
        setting,
        band,
        frame,
        value,
        ramp_frames: 7_777,
    };
    let moves = vec![
        to(2, Setting::GainDb, Some(2), 9_000, -4.0),
        to(3, Setting::ThresholdDbfs, None, 30_000, -30.0),
        to(4, Setting::GainDb, None, 50_001, 1.0),
        to(5, Setting::CeilingDbtp, None, 60_000, -11.0),
    ];
    let chain = Chain::new(stages::whole_chain())
        .and_then(|chain| chain.with_automation(moves))
        .expect("the goldens' settings are within ranges");
    mastered(&chain, Depth::Int24)
}

fn delta() -> Vec<u8> {
    let chain = Chain::new(stages::whole_chain())
        .and_then(|chain| chain.with_delta_of(3))
        .expect("the goldens' settings are within ranges");
    mastered(&chain, Depth::Int24)
}

fn preset(name: &str) -> Vec<u8> {
    let preset = crate::presets::named(name).expect("a preset of the house");
    let chain = preset.chain().expect("a test reads every preset");
    mastered(&chain, Depth::Int16)
}

fn dithered(kind: DitherName) -> Vec<u8> {
    let chain = Chain::new(vec![]).expect("nothing is within its ranges");
    let dither = DitherChoice {
        kind,
        auto_blank: true,
    };
    mastered(&chain.with_dither(dither), Depth::Int16)
}

fn mastered(chain: &Chain, depth: Depth) -> Vec<u8> {
    const READS: &str = "memory is read to its end";
    let mut source = MemorySource::new(RATE_HZ, song(1.5, RATE_HZ));
    let seed = content_seed(&mut source).expect(READS);
    let mut kept = Kept::default();
    render_master(&mut source, chain, depth, seed, &mut kept, &mut |_| ()).expect(READS);
    kept.channels.concat()
}

fn master(depth: Depth, rate_hz: Option<u32>) -> Vec<u8> {
    converted(depth, rate_hz, ConversionChoice::LinearPhase)
}

fn converted(depth: Depth, rate_hz: Option<u32>, conversion: ConversionChoice) -> Vec<u8> {
    const READS: &str = "memory is read to its end";
    let mut source = MemorySource::new(RATE_HZ, song(3.0, RATE_HZ));
    let seed = content_seed(&mut source).expect(READS);
    let mut kept = Kept::default();
    if let Some(rate_hz) = rate_hz {
        let settings = ConvertSettings {
            rate_hz,
            depth,
            ceiling_dbtp: Some(-9.0),
            dither: DitherChoice::default(),
            conversion,
        };
        convert(&mut source, settings, seed, &mut kept, &mut |_| ()).expect(READS);
    } else {
        let chain =
            Chain::new(stages::whole_chain()).expect("the goldens' settings are within ranges");
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
            MasterBlock::Double(rows) => self.keep(rows, |sample| sample.to_le_bytes()),
        }
        Ok(())
    }
}

impl Kept {
    fn keep<T: Copy, const N: usize>(&mut self, rows: &[&[T]], bytes: fn(T) -> [u8; N]) {
        self.channels.resize(rows.len(), Vec::new());
        for (channel, row) in self.channels.iter_mut().zip(rows) {
            channel.extend(row.iter().flat_map(|sample| bytes(*sample)));
        }
    }
}

fn plan_text() -> Vec<u8> {
    let mut source = MemorySource::new(RATE_HZ, song(8.0, RATE_HZ));
    let made = plan(&mut source, &Brief::default());
    let chain = made.expect("the song is one that has a plan").chain;
    chain.to_toml().expect("a chain has a text").into_bytes()
}
