//! Every processor with settings that make it work, and events that move what it has.

use dsp::{
    Band, BandShape, ChannelTools, Compressor, CompressorSettings, CrossoverKind, Curve, Delta,
    Detector, Direction, Domain, Dynamics, Equaliser, FractionalDelay, Gain, Highpass, Limiter,
    LimiterSettings, LinearPhaseEqualiser, Multiband, MultibandBand, MultibandSettings,
    Oversampling, Param, ParamEvent, Placement, Polarity, Processor, Recode, Saturation,
    SaturationSettings, Slope, SoftClipper, Stereo, StereoSettings, Topology, TransientSettings,
    TransientShaper, Trim, Trims,
};

pub(crate) const RATE: u32 = 48_000;

fn event(frame: u64, param: Param, value: f64, ramp_frames: u32) -> ParamEvent {
    ParamEvent {
        frame,
        param,
        value,
        ramp_frames,
    }
}

pub(crate) type Case = (&'static str, Box<dyn Processor>, Vec<ParamEvent>);

/// Every processor with events that move what it has.
pub(crate) fn processors() -> Vec<Case> {
    let limiter = LimiterSettings {
        ceiling_dbtp: -12.0,
        ..Default::default()
    };
    let mut all: Vec<Case> = vec![
        (
            "gain",
            Box::new(Gain::new(-2.0)),
            vec![
                event(100, Param::GainDb, 3.0, 777),
                event(2000, Param::GainDb, -6.0, 0),
            ],
        ),
        (
            "rumble filter",
            Box::new(Highpass::new(30.0, Slope::Db12)),
            vec![],
        ),
        (
            "rumble filter, steep",
            Box::new(Highpass::new(25.0, Slope::Db24)),
            vec![event(500, Param::FrequencyHz, 80.0, 1000)],
        ),
        (
            "limiter",
            Box::new(Limiter::new(limiter)),
            vec![event(1000, Param::CeilingDbtp, -15.0, 1000)],
        ),
    ];
    all.push(equaliser());
    all.extend(more_equalisers());
    all.extend(compressors());
    all.extend(more_compressors());
    all.extend(multibands());
    all.extend(benders());
    all.extend(placers());
    all
}

fn equaliser() -> Case {
    let band = Band::new;
    let bands = [
        band(BandShape::LowShelf, 90.0, 2.0, 0.7),
        band(BandShape::Bell, 1_200.0, -4.0, 2.0),
        band(BandShape::HighShelf, 9_000.0, 3.0, 0.7),
    ];
    let events = vec![
        event(64, Param::BandGainDb(1), 4.0, 500),
        event(900, Param::BandFrequencyHz(2), 5_000.0, 333),
        event(1800, Param::BandQ(1), 0.5, 0),
    ];
    ("equaliser", Box::new(Equaliser::new(&bands)), events)
}

fn more_equalisers() -> [Case; 3] {
    let bands = [
        Band::new(BandShape::HighPass(5), 40.0, 0.0, 0.7),
        Band {
            placement: Placement::Mid,
            ..Band::new(BandShape::Notch, 2_000.0, 0.0, 4.0)
        },
        Band {
            placement: Placement::Side,
            dynamics: Some(Dynamics {
                threshold_db: -50.0,
                ratio: 3.0,
                range_db: 6.0,
                attack_ms: 3.0,
                release_ms: 40.0,
            }),
            ..Band::new(BandShape::HighShelf, 3_000.0, 1.0, 0.7)
        },
        Band::new(BandShape::Tilt, 700.0, 2.0, 0.7),
        Band {
            placement: Placement::Left,
            ..Band::new(BandShape::LowPass(8), 15_000.0, 0.0, 0.7)
        },
    ];
    let events = vec![
        event(64, Param::BandFrequencyHz(4), 9_000.0, 700),
        event(333, Param::Mix, 0.3, 1000),
        event(1500, Param::BandGainDb(3), -4.0, 100),
        event(1600, Param::BandGainDb(2), 6.0, 900),
    ];
    [
        (
            "equaliser of all kinds",
            Box::new(Equaliser::with_mix(&bands, 0.9)),
            events,
        ),
        (
            "equaliser, linear phase",
            Box::new(LinearPhaseEqualiser::new(&bands[..2], 0.0, 1.0)),
            vec![],
        ),
        (
            "equaliser, mixed phase",
            Box::new(LinearPhaseEqualiser::new(&bands[3..], 0.5, 0.5)),
            vec![],
        ),
    ]
}

fn compressors() -> [Case; 2] {
    let rms = CompressorSettings {
        threshold_db: -24.0,
        ratio: 3.0,
        ..Default::default()
    };
    let peak = CompressorSettings {
        detector: Detector::Peak,
        sidechain_highpass_hz: 0.0,
        mix: 0.7,
        ..rms
    };
    let events = vec![
        event(300, Param::ThresholdDb, -30.0, 1000),
        event(1500, Param::Ratio, 5.0, 0),
        event(2500, Param::Mix, 0.5, 700),
        event(2500, Param::MakeupDb, 3.0, 10),
    ];
    [
        (
            "compressor, RMS",
            Box::new(Compressor::new(rms)),
            events.clone(),
        ),
        ("compressor, peak", Box::new(Compressor::new(peak)), events),
    ]
}

fn more_compressors() -> [Case; 3] {
    let base = CompressorSettings {
        threshold_db: -28.0,
        ratio: 3.0,
        ..Default::default()
    };
    let back = CompressorSettings {
        topology: Topology::FeedBack,
        domain: Domain::MidSide,
        link: 0.5,
        sidechain_lowpass_hz: 5_000.0,
        ..base
    };
    let ahead = CompressorSettings {
        detector: Detector::Loudness,
        lookahead_ms: 7.0,
        hold_ms: 3.0,
        sidechain_bell: [2_000.0, 4.0],
        auto_makeup: true,
        ..base
    };
    let expander = CompressorSettings {
        direction: Direction::Expand,
        range_db: 18.0,
        link: 0.0,
        ..base
    };
    let events = vec![
        event(300, Param::ThresholdDb, -33.0, 1000),
        event(2500, Param::Mix, 0.5, 700),
    ];
    [
        (
            "compressor, feed-back",
            Box::new(Compressor::new(back)),
            events.clone(),
        ),
        (
            "compressor, ahead",
            Box::new(Compressor::new(ahead)),
            events.clone(),
        ),
        ("expander", Box::new(Compressor::new(expander)), events),
    ]
}

fn multibands() -> [Case; 2] {
    let band = |threshold_db, direction| MultibandBand {
        compressor: Some(CompressorSettings {
            threshold_db,
            direction,
            range_db: 12.0,
            ratio: 2.0,
            sidechain_highpass_hz: 0.0,
            ..Default::default()
        }),
        ..MultibandBand::default()
    };
    let settings = |crossover| MultibandSettings {
        crossover,
        corners_hz: vec![120.0, 900.0, 5_000.0],
        lookahead_ms: 1.0,
        bands: vec![
            band(-30.0, Direction::Compress),
            MultibandBand::default(),
            band(-60.0, Direction::Expand),
            band(-40.0, Direction::Compress),
        ],
    };
    let events = vec![
        event(500, Param::BandGainDb(1), 2.0, 800),
        event(1_200, Param::BandThresholdDb(0), -36.0, 500),
    ];
    [
        (
            "multiband",
            Box::new(Multiband::new(settings(CrossoverKind::LinkwitzRiley))),
            events.clone(),
        ),
        (
            "multiband, linear phase",
            Box::new(Multiband::new(settings(CrossoverKind::LinearPhase))),
            events,
        ),
    ]
}

fn benders() -> [Case; 5] {
    let saturation = |curve, oversampling, range_hz| {
        Box::new(Saturation::new(SaturationSettings {
            curve,
            drive_db: 9.0,
            even: 0.3,
            mix: 0.8,
            output_db: -0.5,
            range_hz,
            oversampling,
        }))
    };
    let events = vec![
        event(300, Param::DriveDb, 3.0, 1000),
        event(1_100, Param::Mix, 0.2, 500),
        event(2_100, Param::GainDb, 1.0, 400),
    ];
    let transient = TransientSettings {
        attack_db: 4.0,
        sustain_db: -3.0,
        ..Default::default()
    };
    [
        (
            "tape",
            saturation(Curve::Tape, Oversampling::X16, [0.0; 2]),
            events.clone(),
        ),
        (
            "valve",
            saturation(Curve::Valve, Oversampling::X2, [0.0, 4_000.0]),
            events.clone(),
        ),
        (
            "transformer",
            saturation(Curve::Transformer, Oversampling::X4, [100.0, 5_000.0]),
            events,
        ),
        (
            "soft clipper",
            Box::new(SoftClipper::new(-14.0, 0.4, Oversampling::X8)),
            vec![event(777, Param::ThresholdDb, -18.0, 300)],
        ),
        (
            "transient shaper",
            Box::new(TransientShaper::new(transient)),
            vec![],
        ),
    ]
}

fn placers() -> [Case; 6] {
    let stereo = StereoSettings {
        mono_below_hz: 120.0,
        corners_hz: vec![2_000.0],
        widths: vec![1.2, 1.5],
        rotation_degrees: 5.0,
        least_correlation: 0.3,
    };
    [
        (
            "stereo",
            Box::new(Stereo::new(stereo)),
            vec![
                event(100, Param::Width(1), 0.2, 2_000),
                event(1_000, Param::RotationDegrees, -10.0, 777),
            ],
        ),
        (
            "channels",
            Box::new(ChannelTools::new(
                Polarity::InvertLeft,
                1.5,
                Recode::ToMidSide,
            )),
            vec![event(700, Param::BalanceDb, -2.0, 900)],
        ),
        (
            "trims",
            Box::new(Trims::new(&[
                Trim {
                    gain_db: -1.5,
                    is_inverted: true,
                },
                Trim::default(),
            ])),
            vec![
                event(300, Param::ChannelGainDb(1), -3.0, 800),
                event(900, Param::ChannelGainDb(0), 2.0, 100),
            ],
        ),
        (
            "delay",
            Box::new(FractionalDelay::new(&[0.0, 17.0])),
            vec![],
        ),
        (
            "delta of a limiter",
            Box::new(Delta::of(Box::new(Limiter::new(LimiterSettings {
                ceiling_dbtp: -16.0,
                ..Default::default()
            })))),
            vec![event(1000, Param::CeilingDbtp, -20.0, 1000)],
        ),
        (
            "delay by fractions",
            Box::new(FractionalDelay::new(&[0.25, 301.5])),
            vec![],
        ),
    ]
}
