//! Prints CPU seconds per minute of stereo at 48 kHz for chains, rounded to 24 bits, from memory to nowhere.
use engine::*;

/// Throws samples away.
struct Nowhere;

impl MasterSink for Nowhere {
    fn write(&mut self, _: MasterBlock<'_>) -> Result<(), SinkError> {
        Ok(())
    }
}

/// CPU seconds of this thread.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

const MINUTES: f64 = 2.0;

fn row(name: &str, chain: &Chain, bar: &str) {
    let mut source = MemorySource::new(48_000, goldens::song(60.0 * MINUTES, 48_000));
    let (seed, begin) = (DitherSeed(1), cpu_seconds());
    let made = render_master(
        &mut source,
        chain,
        Depth::Int24,
        seed,
        &mut Nowhere,
        &mut |_| (),
    );
    made.expect("memory is read to its end");
    let spent = (cpu_seconds() - begin) / MINUTES;
    println!("{name:<40} {spent:>6.3}   {bar}");
}

fn equaliser() -> Stage {
    let band = EqualiserBand::new;
    let bell = |hz, gain_db| band(BandKind::Bell, hz, gain_db, 1.0);
    Stage::Equaliser(EqualiserStage::new(vec![
        band(BandKind::HighPass, 25.0, 0.0, 0.707),
        band(BandKind::LowShelf, 100.0, 1.0, 0.707),
        bell(250.0, -1.5),
        bell(600.0, 1.0),
        bell(1_500.0, -2.0),
        bell(3_500.0, 1.5),
        bell(7_000.0, -1.0),
        band(BandKind::HighShelf, 11_000.0, 2.0, 0.707),
    ]))
}

fn multiband() -> Stage {
    let band = BandStage {
        compressor: Some(CompressorStage {
            threshold_dbfs: -26.0,
            sidechain_highpass_hz: 0.0,
            ..CompressorStage::default()
        }),
        ..BandStage::default()
    };
    Stage::Multiband(MultibandStage {
        crossover: CutKind::LinkwitzRiley,
        corners_hz: vec![120.0, 900.0, 5_000.0],
        lookahead_ms: 0.0,
        bands: vec![band; 4],
    })
}

fn saturation() -> Stage {
    Stage::Saturation(SaturationStage {
        curve: CurveKind::Tape,
        drive_db: 4.0,
        even: 0.0,
        mix: 1.0,
        output_db: 0.0,
        from_hz: 0.0,
        to_hz: 0.0,
        oversampling: OversamplingKind::X4,
    })
}

fn main() {
    let chain = |stages| Chain::new(stages).expect("within their ranges");
    let (gain, limiter) = (
        Stage::Gain(GainStage { gain_db: 6.0 }),
        Stage::Limiter(LimiterStage::new(-1.0, 4.0, 80.0)),
    );
    println!("CPU s per minute; the bars are for whole programs, from file to file");
    row("nothing but rounding to 24 bits", &chain(vec![]), "");
    row("equaliser, 8 bands", &chain(vec![equaliser()]), "bar 0.15");
    row(
        "multiband compressor, 4 bands",
        &chain(vec![multiband()]),
        "bar 0.50",
    );
    let driven = vec![gain.clone(), limiter.clone()];
    row("true-peak limiter, 6 dB driven", &chain(driven), "bar 0.30");
    let whole = vec![equaliser(), multiband(), saturation(), gain, limiter];
    row("whole chain", &chain(whole), "bar 1.0");
    for preset in presets::ALL {
        let chain = preset.chain().expect("a test reads them all");
        row(preset.name, &chain, "");
    }
}
