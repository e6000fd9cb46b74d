//! The processors as the goldens set them.

use crate::{
    BandDynamics, BandKind, BandStage, ChannelsStage, CompressorStage, CurveKind, CutKind,
    DcFilterStage, DeEsserStage, DelayStage, DirectionKind, EqualiserBand, EqualiserStage,
    GainStage, Invert, LimiterStage, Listening, MultibandStage, On, OversamplingKind,
    PeakOversampling, PhaseKind, RecodeKind, RumbleFilterStage, SaturationStage, SoftClipperStage,
    Stage, Steepness, StereoStage, TransientStage, TrimsStage,
};

pub(super) fn rumble_filter() -> Stage {
    Stage::RumbleFilter(RumbleFilterStage {
        frequency_hz: 22.0,
        slope: Steepness::Db24,
    })
}

pub(super) fn equaliser() -> Stage {
    let band = EqualiserBand::new;
    Stage::Equaliser(EqualiserStage::new(vec![
        band(BandKind::LowShelf, 110.0, -1.5, 0.707),
        band(BandKind::Bell, 3_200.0, 2.0, 0.7),
        band(BandKind::HighShelf, 8_000.0, 2.5, 0.707),
    ]))
}

pub(super) fn equaliser_of_all_kinds(phase: PhaseKind) -> Stage {
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

pub(super) fn compressor() -> Stage {
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

pub(super) fn multiband(crossover: CutKind) -> Stage {
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

pub(super) fn de_esser() -> Stage {
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

pub(super) fn gain() -> Stage {
    Stage::Gain(GainStage { gain_db: 4.7 })
}

pub(super) fn limiter() -> Stage {
    Stage::Limiter(LimiterStage::new(-9.0, 4.0, 80.0))
}

pub(super) fn limiter_at(oversampling: PeakOversampling) -> Stage {
    Stage::Limiter(LimiterStage {
        oversampling,
        ..LimiterStage::new(-10.0, 2.0, 60.0)
    })
}

pub(super) fn whole_chain() -> Vec<Stage> {
    vec![
        rumble_filter(),
        equaliser(),
        compressor(),
        gain(),
        limiter(),
    ]
}

pub(super) fn saturation(curve: CurveKind, [from_hz, to_hz]: [f64; 2]) -> Stage {
    Stage::Saturation(SaturationStage {
        curve,
        drive_db: 9.0,
        even: 0.2,
        mix: 0.7,
        output_db: -0.3,
        from_hz,
        to_hz,
        oversampling: match curve {
            CurveKind::Tape => OversamplingKind::X16,
            CurveKind::Valve => OversamplingKind::X8,
            CurveKind::Transformer => OversamplingKind::X4,
            CurveKind::Polynomial => OversamplingKind::X2,
        },
    })
}

pub(super) fn soft_clipper() -> Stage {
    Stage::SoftClipper(SoftClipperStage {
        ceiling_dbfs: -9.0,
        softness: 0.4,
        oversampling: OversamplingKind::X8,
    })
}

pub(super) fn transient() -> Stage {
    Stage::Transient(TransientStage {
        attack_db: 4.0,
        sustain_db: -3.0,
        attack_ms: 15.0,
        sustain_ms: 150.0,
    })
}

pub(super) fn stereo() -> Stage {
    Stage::Stereo(StereoStage {
        mono_below_hz: 110.0,
        corners_hz: vec![2_500.0],
        width_percent: vec![110.0, 140.0],
        rotation_degrees: -3.0,
        least_correlation: Some(0.9),
    })
}

pub(super) fn trims() -> Stage {
    Stage::Trims(TrimsStage {
        gain_db: vec![-2.5, 1.25],
        invert: vec![2],
    })
}

pub(super) fn channels() -> Vec<Stage> {
    vec![
        Stage::Channels(ChannelsStage {
            invert: Invert::Right,
            balance_db: 0.7,
            recode: RecodeKind::ToMidSide,
        }),
        Stage::DcFilter(DcFilterStage {}),
        Stage::Delay(DelayStage {
            frames: vec![0.0, 12.34],
        }),
    ]
}
