//! What the findings promise to see, and from which severity on.
//!
//! `xtask bench truth` plants these faults into music and prints what is found of them beside each
//! promise; a finding may well see less than is promised here, but nobody should count on it.

use crate::codes;

/// A promise: of a hundred faults of this kind and severity, in music, 98 are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The finding's code.
    pub code: &'static str,
    /// What is wrong with the mix, as the truth bench plants it.
    pub fault: &'static str,
    /// The mildest severity that is promised, as the truth bench names it.
    pub from: &'static str,
}

const fn claim(code: &'static str, fault: &'static str, from: &'static str) -> Claim {
    Claim { code, fault, from }
}

/// Every promise.
pub const CLAIMS: &[Claim] = &[
    claim(codes::CLIPPING, "clipped at full scale", "1 flat top"),
    claim(
        codes::CLIPPED_BELOW_FULL_SCALE,
        "clipped, then turned down, 24 bit",
        "12 flat tops",
    ),
    claim(
        codes::CLIPPED_BELOW_FULL_SCALE,
        "clipped, then turned down, 16 bit",
        "12 flat tops",
    ),
    claim(
        codes::INTERSAMPLE_OVERS,
        "over between the samples",
        "0.1 dB",
    ),
    claim(
        codes::LIMITED_ALREADY,
        "limited by ffmpeg's alimiter",
        "6 dB",
    ),
    claim(
        codes::CLICKS,
        "click of one sample",
        "40 dB over the highs around",
    ),
    claim(
        codes::CLICKS,
        "click of three samples",
        "40 dB over the highs around",
    ),
    claim(
        codes::CLICKS,
        "edit inside a sound, no crossfade",
        "40 dB over the highs around",
    ),
    claim(codes::DROPOUTS, "moment of zeros, with a jump", "0.7 ms"),
    claim(
        codes::DROPOUTS,
        "moment of one value, with a jump",
        "0.7 ms",
    ),
    claim(codes::HEAD_CUT, "head cut", "-36 dBFS"),
    claim(codes::TAIL_CUT, "tail cut", "-56 dBFS"),
    claim(codes::HUM, "hum of 50 Hz and its multiples", "-75 dBFS"),
    claim(codes::REPEATED_SAMPLES, "block played twice", "64 frames"),
    claim(codes::SILENCE_LONG, "silence inside", "1 s"),
    claim(codes::SILENT, "silent file", "-90 dBFS"),
    claim(codes::PEAK_LOW, "very quiet file", "-33 dBFS"),
    claim(codes::NON_FINITE, "NaN", "one sample"),
    claim(codes::PADDED_BITS, "padded to 24 bit", "16 bits"),
    claim(
        codes::DITHER_MISSING,
        "16 bit without dither",
        "rounded, with a fade",
    ),
    claim(
        codes::DITHER_PRESENT,
        "16 bit with dither",
        "dithered, with a fade",
    ),
    claim(
        codes::UPSAMPLED,
        "converted up by our converter",
        "44.1 to 48 kHz",
    ),
    claim(codes::UPSAMPLED, "converted up by ffmpeg", "44.1 to 48 kHz"),
    claim(
        codes::LOSSY_SOURCE,
        "MP3 (lame), kept at 24 bit",
        "256 kbit/s",
    ),
    claim(
        codes::LOSSY_SOURCE,
        "MP3 (lame), kept at 16 bit",
        "192 kbit/s",
    ),
    claim(
        codes::LOSSY_SOURCE,
        "AAC (ffmpeg), kept at 24 bit",
        "128 kbit/s",
    ),
    claim(
        codes::LOSSY_SOURCE,
        "AAC (ffmpeg), kept at 16 bit",
        "128 kbit/s",
    ),
    claim(codes::LOSSY_SOURCE, "Vorbis, kept at 24 bit", "96 kbit/s"),
    claim(codes::DC_OFFSET, "DC offset", "-57 dBFS"),
    claim(codes::ONE_CHANNEL, "one channel dead", "-70 dB"),
    claim(codes::MONO_FILE, "both channels the same", "exactly"),
    claim(
        codes::POLARITY_INVERTED,
        "one channel inverted",
        "whole piece",
    ),
    claim(
        codes::BASS_OUT_OF_PHASE,
        "bass of one side inverted",
        "below 150 Hz",
    ),
    claim(codes::CHANNEL_IMBALANCE, "one side louder", "5 dB"),
];
