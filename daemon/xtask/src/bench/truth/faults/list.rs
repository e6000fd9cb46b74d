//! The list of everything that is planted, and with which severities.

use measure::codes;

use super::{
    Aim, Fault, Step, channels, clicks, clips, edges, fault, files, foreign, limited, lossy,
    lossy_origin, mains, step,
};

const RUNS: &[Step] = &[
    step(1.0, "1 flat top"),
    step(4.0, "4 flat tops"),
    step(12.0, "12 flat tops"),
    step(40.0, "40 flat tops"),
    step(150.0, "150 flat tops"),
];

const FULL_SCALE_RUNS: &[Step] = &[
    step(1.0, "1 flat top"),
    step(4.0, "4 flat tops"),
    step(12.0, "12 flat tops"),
    step(40.0, "40 flat tops"),
];

const STANDS_OUT: &[Step] = &[
    step(20.0, "20 dB over the highs around"),
    step(28.0, "28 dB over the highs around"),
    step(34.0, "34 dB over the highs around"),
    step(40.0, "40 dB over the highs around"),
];

const ABSOLUTE: &[Step] = &[
    step(-30.0, "-30 dBFS anywhere"),
    step(-20.0, "-20 dBFS anywhere"),
    step(-12.0, "-12 dBFS anywhere"),
    step(-6.0, "-6 dBFS anywhere"),
];

const HOLES: &[Step] = &[
    step(0.000_2, "0.2 ms"),
    step(0.000_7, "0.7 ms"),
    step(0.003, "3 ms"),
    step(0.02, "20 ms"),
    step(0.3, "300 ms"),
];

const BITRATES: &[Step] = &[
    step(320.0, "320 kbit/s"),
    step(256.0, "256 kbit/s"),
    step(192.0, "192 kbit/s"),
    step(128.0, "128 kbit/s"),
];

/// Everything that is planted.
pub(in super::super) const ALL: &[Fault] = &[
    fault(
        "clipped at full scale",
        &[codes::CLIPPING],
        clips::at_full_scale,
        FULL_SCALE_RUNS,
    ),
    fault(
        "clipped, then turned down, 24 bit",
        &[codes::CLIPPED_BELOW_FULL_SCALE],
        clips::turned_down_24,
        RUNS,
    ),
    fault(
        "clipped, then turned down, 16 bit",
        &[codes::CLIPPED_BELOW_FULL_SCALE],
        clips::turned_down_16,
        RUNS,
    ),
    fault(
        "over between the samples",
        &[codes::INTERSAMPLE_OVERS],
        clips::between_samples,
        &[step(0.1, "0.1 dB"), step(0.5, "0.5 dB"), step(2.0, "2 dB")],
    ),
    fault(
        "limited by our limiter",
        &[codes::LIMITED_ALREADY],
        limited::ours,
        &[
            step(3.0, "3 dB"),
            step(6.0, "6 dB"),
            step(9.0, "9 dB"),
            step(12.0, "12 dB"),
            step(16.0, "16 dB"),
        ],
    ),
    foreign(
        "limited by ffmpeg's alimiter",
        &[codes::LIMITED_ALREADY, codes::CLIPPED_BELOW_FULL_SCALE],
        limited::theirs,
        &[step(6.0, "6 dB"), step(12.0, "12 dB"), step(16.0, "16 dB")],
    ),
    fault(
        "click of one sample",
        &[codes::CLICKS],
        clicks::impulse,
        STANDS_OUT,
    ),
    fault(
        "click of three samples",
        &[codes::CLICKS],
        clicks::wide,
        STANDS_OUT,
    ),
    fault(
        "click of one sample, by level",
        &[codes::CLICKS],
        clicks::impulse_absolute,
        ABSOLUTE,
    ),
    fault(
        "edit inside a sound, no crossfade",
        &[codes::CLICKS],
        clicks::edit,
        &[
            step(20.0, "20 dB over the highs around"),
            step(28.0, "28 dB over the highs around"),
            step(34.0, "34 dB over the highs around"),
            step(40.0, "40 dB over the highs around"),
        ],
    ),
    fault(
        "pop of half a millisecond",
        &[codes::CLICKS],
        clicks::pop,
        &[
            step(-30.0, "-30 dBFS"),
            step(-18.0, "-18 dBFS"),
            step(-9.0, "-9 dBFS"),
        ],
    ),
    fault(
        "pop of half a ms, over its band",
        &[codes::CLICKS],
        clicks::pop_over,
        &[
            step(20.0, "20 dB over its band"),
            step(28.0, "28 dB over its band"),
            step(34.0, "34 dB over its band"),
            step(40.0, "40 dB over its band"),
        ],
    ),
    fault(
        "moment of zeros, with a jump",
        &[codes::DROPOUTS],
        clicks::zeros,
        HOLES,
    ),
    fault(
        "moment of zeros, anywhere",
        &[codes::DROPOUTS],
        clicks::zeros_anywhere,
        &[step(0.003, "3 ms"), step(0.02, "20 ms")],
    ),
    fault(
        "moment of one value, with a jump",
        &[codes::DROPOUTS],
        clicks::held,
        HOLES,
    ),
    fault(
        "head cut",
        &[codes::HEAD_CUT],
        edges::head_cut,
        &[
            step(-50.0, "-50 dBFS"),
            step(-36.0, "-36 dBFS"),
            step(-24.0, "-24 dBFS"),
            step(-15.0, "-15 dBFS"),
        ],
    ),
    fault(
        "tail cut",
        &[codes::TAIL_CUT],
        edges::tail_cut,
        &[
            step(-66.0, "-66 dBFS"),
            step(-56.0, "-56 dBFS"),
            step(-40.0, "-40 dBFS"),
            step(-25.0, "-25 dBFS"),
        ],
    ),
    fault(
        "hum of 50 Hz and its multiples",
        &[codes::HUM],
        mains::hum,
        &[
            step(-90.0, "-90 dBFS"),
            step(-75.0, "-75 dBFS"),
            step(-60.0, "-60 dBFS"),
            step(-45.0, "-45 dBFS"),
        ],
    ),
    fault(
        "block played twice",
        &[codes::REPEATED_SAMPLES],
        clicks::played_twice,
        &[
            step(64.0, "64 frames"),
            step(256.0, "256 frames"),
            step(1_024.0, "1,024 frames"),
        ],
    ),
    fault(
        "one channel late",
        &[codes::CHANNEL_DELAYED],
        channels::late,
        &[
            step(300.0, "300 frames"),
            step(10.0, "10 frames"),
            step(1.0, "1 frame"),
        ],
    ),
    fault(
        "fade at the end",
        &[codes::FADE_MADE],
        edges::fade,
        &[step(4.0, "4 s"), step(8.0, "8 s"), step(14.0, "14 s")],
    ),
    fault(
        "silence inside",
        &[codes::SILENCE_LONG],
        edges::silence_inside,
        &[
            step(0.5, "0.5 s"),
            step(1.0, "1 s"),
            step(2.2, "2.2 s"),
            step(6.0, "6 s"),
        ],
    ),
    fault(
        "silent file",
        &[codes::SILENT],
        files::silent,
        &[step(-90.0, "-90 dBFS")],
    ),
    fault(
        "very quiet file",
        &[codes::PEAK_LOW],
        files::quiet,
        &[step(-33.0, "-33 dBFS")],
    ),
    fault(
        "NaN",
        &[codes::NON_FINITE],
        files::not_a_number,
        &[step(1.0, "one sample")],
    ),
    fault(
        "padded to 24 bit",
        &[codes::PADDED_BITS],
        files::padded,
        &[step(16.0, "16 bits"), step(20.0, "20 bits")],
    ),
    fault(
        "16 bit without dither",
        &[codes::DITHER_MISSING],
        files::undithered,
        &[step(16.0, "rounded, with a fade")],
    ),
    fault(
        "16 bit with dither",
        &[codes::DITHER_PRESENT],
        files::dithered,
        &[step(16.0, "dithered, with a fade")],
    ),
    fault(
        "converted up by our converter",
        &[codes::UPSAMPLED],
        files::converted_up,
        &[
            step(44_100.0, "44.1 to 48 kHz"),
            step(44_101.0, "44.1 to 96 kHz"),
            step(48_000.0, "48 to 96 kHz"),
            step(88_200.0, "88.2 to 96 kHz"),
        ],
    ),
    foreign(
        "converted up by ffmpeg",
        &[codes::UPSAMPLED],
        lossy::converted_up,
        &[
            step(44_101.0, "44.1 to 96 kHz"),
            step(44_100.0, "44.1 to 48 kHz"),
        ],
    ),
    fault(
        "control: steep low-pass, no codec",
        &[codes::LOSSY_SOURCE],
        files::low_passed,
        &[step(16_000.0, "16 kHz"), step(19_000.0, "19 kHz")],
    )
    .aim(Aim::NotAsked),
    lossy_origin("MP3 (lame), kept at 24 bit", lossy::mp3_24, BITRATES),
    lossy_origin("MP3 (lame), kept at 16 bit", lossy::mp3_16, BITRATES),
    lossy_origin(
        "AAC (ffmpeg), kept at 24 bit",
        lossy::aac,
        &[
            step(256.0, "256 kbit/s"),
            step(192.0, "192 kbit/s"),
            step(128.0, "128 kbit/s"),
            step(96.0, "96 kbit/s"),
        ],
    ),
    lossy_origin(
        "AAC (ffmpeg), kept at 16 bit",
        lossy::aac_16,
        &[step(256.0, "256 kbit/s"), step(128.0, "128 kbit/s")],
    ),
    lossy_origin(
        "Vorbis, kept at 24 bit",
        lossy::vorbis,
        &[
            step(256.0, "256 kbit/s"),
            step(192.0, "192 kbit/s"),
            step(128.0, "128 kbit/s"),
            step(96.0, "96 kbit/s"),
        ],
    ),
    lossy_origin(
        "Opus, kept at 24 bit",
        lossy::opus,
        &[step(128.0, "128 kbit/s"), step(64.0, "64 kbit/s")],
    ),
    fault(
        "DC offset",
        &[codes::DC_OFFSET],
        channels::dc,
        &[
            step(-66.0, "-66 dBFS"),
            step(-57.0, "-57 dBFS"),
            step(-38.0, "-38 dBFS"),
        ],
    ),
    fault(
        "one channel dead",
        &[codes::ONE_CHANNEL],
        channels::dead,
        &[
            step(-40.0, "-40 dB"),
            step(-70.0, "-70 dB"),
            step(-300.0, "zeros"),
        ],
    ),
    fault(
        "both channels the same",
        &[codes::MONO_FILE],
        channels::dual_mono,
        &[step(0.0, "exactly")],
    ),
    fault(
        "one channel inverted",
        &[codes::POLARITY_INVERTED],
        channels::inverted,
        &[step(0.0, "whole piece")],
    ),
    fault(
        "bass of one side inverted",
        &[codes::BASS_OUT_OF_PHASE, codes::POLARITY_INVERTED],
        channels::bass_inverted,
        &[step(0.0, "below 150 Hz")],
    ),
    fault(
        "one side louder",
        &[codes::CHANNEL_IMBALANCE],
        channels::louder,
        &[step(3.0, "3 dB"), step(5.0, "5 dB"), step(12.0, "12 dB")],
    ),
];
