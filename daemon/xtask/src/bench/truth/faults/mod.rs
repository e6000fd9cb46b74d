//! The faults that are planted, each with a grid of severities and the one from which on it is claimed.
//!
//! To add a fault: write a function that takes a [`Take`] and the severity, and list it in [`ALL`].

mod channels;
mod clicks;
mod clips;
mod edges;
mod files;
mod limited;
mod lossy;
mod mains;

use measure::{SampleKind, codes};

use super::music::chance::Chance;
use super::music::{self, Piece, Print, Recipe};

/// A mix on its way to the inspection, as floats until it is printed.
pub(super) struct Take {
    pub(super) rate_hz: u32,
    pub(super) kind: SampleKind,
    pub(super) planar: Vec<Vec<f64>>,
    pub(super) chance: Chance,
    /// Where the fault stands, in seconds; empty for faults of the whole file.
    pub(super) places: Vec<f64>,
    /// How the music was made, for faults that need it at another rate.
    pub(super) recipe: Option<Recipe>,
}

impl Take {
    /// Takes a piece at a mix's usual level; `purpose` makes every trial another one.
    pub(super) fn of(piece: &Piece, recipe: Option<Recipe>, seed: u64, purpose: u64) -> Self {
        let mut chance = Chance::new(seed, 1_000 + purpose);
        let mut take = Self {
            rate_hz: piece.rate_hz,
            kind: SampleKind::F64,
            planar: piece.planar.clone(),
            places: Vec::new(),
            recipe,
            chance: Chance::new(seed, 2_000 + purpose),
        };
        take.level(chance.between(-10.0, -3.0));
        take
    }

    pub(super) fn rate(&self) -> f64 {
        f64::from(self.rate_hz)
    }

    fn frames(&self) -> usize {
        self.planar[0].len()
    }

    /// Sets the highest sample, in dBFS.
    fn level(&mut self, dbfs: f64) {
        let gain = libm::exp10(dbfs / 20.0) / music::peak(&self.planar);
        self.gain(gain);
    }

    fn gain(&mut self, gain: f64) {
        for v in self.planar.iter_mut().flatten() {
            *v *= gain;
        }
    }

    fn print(&mut self, print: Print) {
        print.apply(&mut self.planar, &mut self.chance);
        self.kind = print.kind();
    }

    /// RMS of all channels in a window, in dBFS.
    fn rms_dbfs(&self, from: usize, frames: usize) -> f64 {
        let to = (from + frames).min(self.frames());
        let squares: f64 = self
            .planar
            .iter()
            .flat_map(|c| &c[from.min(to)..to])
            .map(|v| v * v)
            .sum();
        let count = (to.saturating_sub(from) * self.planar.len()).max(1);
        10.0 * libm::log10(squares / count as f64 + 1.0e-30)
    }

    /// Up to `count` places at least a second apart for which `fits` holds.
    fn find_places(&mut self, count: usize, fits: impl Fn(&Self, usize) -> bool) -> Vec<usize> {
        let second = self.rate_hz as usize;
        let mut places: Vec<usize> = Vec::new();
        for _ in 0..40 * count {
            if places.len() == count || self.frames() < 2 * second {
                break;
            }
            let range = self.frames() - second;
            let at = second / 2 + self.chance.below(range);
            if places.iter().all(|p| p.abs_diff(at) > second) && fits(self, at) {
                places.push(at);
            }
        }
        places.sort_unstable();
        places
    }

    fn remember(&mut self, frames: &[usize]) {
        self.places = frames.iter().map(|f| *f as f64 / self.rate()).collect();
    }
}

/// One step of a fault's grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) value: f64,
    pub(super) name: &'static str,
    /// True where the finding claims to see it.
    pub(super) is_claimed: bool,
}

pub(super) const fn seen(value: f64, name: &'static str) -> Step {
    Step {
        value,
        name,
        is_claimed: true,
    }
}

pub(super) const fn below(value: f64, name: &'static str) -> Step {
    Step {
        value,
        name,
        is_claimed: false,
    }
}

/// Plants a fault of a severity; false where this music cannot carry it.
pub(super) type Plant = fn(&mut Take, f64) -> bool;

/// A fault to plant.
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// Any of these findings counts as seeing it.
    pub(super) codes: &'static [&'static str],
    pub(super) plant: Plant,
    pub(super) grid: &'static [Step],
    /// What the fault needs of the machine.
    pub(super) needs: Needs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// Encoders and filters written by others.
    Ffmpeg,
}

const fn fault(
    name: &'static str,
    codes: &'static [&'static str],
    plant: Plant,
    grid: &'static [Step],
) -> Fault {
    Fault {
        name,
        codes,
        plant,
        grid,
        needs: Needs::Nothing,
    }
}

const fn foreign(
    name: &'static str,
    codes: &'static [&'static str],
    plant: Plant,
    grid: &'static [Step],
) -> Fault {
    Fault {
        name,
        codes,
        plant,
        grid,
        needs: Needs::Ffmpeg,
    }
}

const RUNS: &[Step] = &[
    below(1.0, "1 flat top"),
    below(4.0, "4 flat tops"),
    seen(12.0, "12 flat tops"),
    seen(40.0, "40 flat tops"),
    seen(150.0, "150 flat tops"),
];

const FULL_SCALE_RUNS: &[Step] = &[
    seen(1.0, "1 flat top"),
    seen(4.0, "4 flat tops"),
    seen(12.0, "12 flat tops"),
    seen(40.0, "40 flat tops"),
];

const STANDS_OUT: &[Step] = &[
    below(20.0, "20 dB over the highs around"),
    seen(28.0, "28 dB over the highs around"),
    seen(34.0, "34 dB over the highs around"),
    seen(40.0, "40 dB over the highs around"),
];

const ABSOLUTE: &[Step] = &[
    below(-30.0, "-30 dBFS anywhere"),
    below(-20.0, "-20 dBFS anywhere"),
    below(-12.0, "-12 dBFS anywhere"),
    below(-6.0, "-6 dBFS anywhere"),
];

const HOLES: &[Step] = &[
    below(0.000_2, "0.2 ms"),
    seen(0.000_7, "0.7 ms"),
    seen(0.003, "3 ms"),
    seen(0.02, "20 ms"),
    seen(0.3, "300 ms"),
];

const BITRATES: &[Step] = &[
    seen(128.0, "128 kbit/s"),
    seen(192.0, "192 kbit/s"),
    below(256.0, "256 kbit/s"),
    below(320.0, "320 kbit/s"),
];

/// True where foreign encoders can be had.
pub(super) fn encoders_are_here() -> bool {
    lossy::is_here()
}

/// Everything that is planted.
pub(super) const ALL: &[Fault] = &[
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
        &[seen(0.1, "0.1 dB"), seen(0.5, "0.5 dB"), seen(2.0, "2 dB")],
    ),
    fault(
        "limited by our limiter",
        &[codes::LIMITED_ALREADY],
        limited::ours,
        &[
            below(3.0, "3 dB"),
            below(6.0, "6 dB"),
            below(9.0, "9 dB"),
            seen(12.0, "12 dB"),
            seen(16.0, "16 dB"),
        ],
    ),
    foreign(
        "limited by ffmpeg's alimiter",
        &[codes::LIMITED_ALREADY, codes::CLIPPED_BELOW_FULL_SCALE],
        limited::theirs,
        &[below(6.0, "6 dB"), seen(12.0, "12 dB"), seen(16.0, "16 dB")],
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
        "click of one sample",
        &[codes::CLICKS],
        clicks::impulse_absolute,
        ABSOLUTE,
    ),
    fault(
        "edit without a crossfade",
        &[codes::CLICKS],
        clicks::edit,
        &[
            below(20.0, "20 dB over the highs around"),
            seen(28.0, "28 dB over the highs around"),
            seen(34.0, "34 dB over the highs around"),
        ],
    ),
    fault(
        "pop of half a millisecond",
        &[codes::CLICKS],
        clicks::pop,
        &[
            below(-30.0, "-30 dBFS"),
            below(-18.0, "-18 dBFS"),
            below(-9.0, "-9 dBFS"),
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
        &[below(0.003, "3 ms"), below(0.02, "20 ms")],
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
            below(-50.0, "-50 dBFS"),
            seen(-36.0, "-36 dBFS"),
            seen(-24.0, "-24 dBFS"),
            seen(-15.0, "-15 dBFS"),
        ],
    ),
    fault(
        "tail cut",
        &[codes::TAIL_CUT],
        edges::tail_cut,
        &[
            below(-66.0, "-66 dBFS"),
            seen(-56.0, "-56 dBFS"),
            seen(-40.0, "-40 dBFS"),
            seen(-25.0, "-25 dBFS"),
        ],
    ),
    fault(
        "hum of 50 Hz and its multiples",
        &[codes::HUM],
        mains::hum,
        &[
            below(-90.0, "-90 dBFS"),
            seen(-75.0, "-75 dBFS"),
            seen(-60.0, "-60 dBFS"),
            seen(-45.0, "-45 dBFS"),
        ],
    ),
    fault(
        "block played twice",
        &[codes::REPEATED_SAMPLES],
        clicks::played_twice,
        &[
            seen(64.0, "64 frames"),
            seen(256.0, "256 frames"),
            seen(1_024.0, "1,024 frames"),
        ],
    ),
    fault(
        "one channel late",
        &[codes::CHANNEL_DELAYED],
        channels::late,
        &[
            seen(1.0, "1 frame"),
            seen(10.0, "10 frames"),
            seen(300.0, "300 frames"),
        ],
    ),
    fault(
        "fade at the end",
        &[codes::FADE_MADE],
        edges::fade,
        &[below(4.0, "4 s"), seen(8.0, "8 s"), seen(14.0, "14 s")],
    ),
    fault(
        "silence inside",
        &[codes::SILENCE_LONG],
        edges::silence_inside,
        &[below(1.5, "1.5 s"), seen(2.2, "2.2 s"), seen(6.0, "6 s")],
    ),
    fault(
        "silent file",
        &[codes::SILENT],
        files::silent,
        &[seen(-90.0, "-90 dBFS")],
    ),
    fault(
        "very quiet file",
        &[codes::PEAK_LOW],
        files::quiet,
        &[seen(-33.0, "-33 dBFS")],
    ),
    fault(
        "NaN",
        &[codes::NON_FINITE],
        files::not_a_number,
        &[seen(1.0, "one sample")],
    ),
    fault(
        "padded to 24 bit",
        &[codes::PADDED_BITS],
        files::padded,
        &[seen(16.0, "16 bits"), seen(20.0, "20 bits")],
    ),
    fault(
        "16 bit without dither",
        &[codes::DITHER_MISSING],
        files::undithered,
        &[seen(16.0, "rounded, with a fade")],
    ),
    fault(
        "16 bit with dither",
        &[codes::DITHER_PRESENT],
        files::dithered,
        &[seen(16.0, "dithered, with a fade")],
    ),
    fault(
        "converted up by our converter",
        &[codes::UPSAMPLED],
        files::converted_up,
        &[
            seen(44_100.0, "44.1 to 48 kHz"),
            seen(44_101.0, "44.1 to 96 kHz"),
            seen(48_000.0, "48 to 96 kHz"),
            seen(88_200.0, "88.2 to 96 kHz"),
        ],
    ),
    foreign(
        "converted up by ffmpeg",
        &[codes::UPSAMPLED],
        lossy::converted_up,
        &[
            seen(44_100.0, "44.1 to 48 kHz"),
            seen(44_101.0, "44.1 to 96 kHz"),
        ],
    ),
    fault(
        "control: steep low-pass, no codec",
        &[codes::LOSSY_SOURCE],
        files::low_passed,
        &[
            below(16_000.0, "16 kHz (should not ask)"),
            below(19_000.0, "19 kHz (should not ask)"),
        ],
    ),
    foreign(
        "MP3 (lame), kept at 24 bit",
        &[codes::LOSSY_SOURCE],
        lossy::mp3_24,
        BITRATES,
    ),
    foreign(
        "MP3 (lame), kept at 16 bit",
        &[codes::LOSSY_SOURCE],
        lossy::mp3_16,
        BITRATES,
    ),
    foreign(
        "AAC (ffmpeg), kept at 24 bit",
        &[codes::LOSSY_SOURCE],
        lossy::aac,
        &[
            seen(96.0, "96 kbit/s"),
            seen(128.0, "128 kbit/s"),
            below(256.0, "256 kbit/s"),
        ],
    ),
    foreign(
        "Vorbis, kept at 24 bit",
        &[codes::LOSSY_SOURCE],
        lossy::vorbis,
        &[
            seen(96.0, "96 kbit/s"),
            below(128.0, "128 kbit/s"),
            below(192.0, "192 kbit/s"),
        ],
    ),
    foreign(
        "Opus, kept at 24 bit",
        &[codes::LOSSY_SOURCE],
        lossy::opus,
        &[below(64.0, "64 kbit/s"), below(128.0, "128 kbit/s")],
    ),
    fault(
        "DC offset",
        &[codes::DC_OFFSET],
        channels::dc,
        &[
            below(-66.0, "-66 dBFS"),
            seen(-57.0, "-57 dBFS"),
            seen(-38.0, "-38 dBFS"),
        ],
    ),
    fault(
        "one channel dead",
        &[codes::ONE_CHANNEL],
        channels::dead,
        &[
            below(-40.0, "-40 dB"),
            seen(-70.0, "-70 dB"),
            seen(-300.0, "zeros"),
        ],
    ),
    fault(
        "both channels the same",
        &[codes::MONO_FILE],
        channels::dual_mono,
        &[seen(0.0, "exactly")],
    ),
    fault(
        "one channel inverted",
        &[codes::POLARITY_INVERTED],
        channels::inverted,
        &[seen(0.0, "whole piece")],
    ),
    fault(
        "bass of one side inverted",
        &[codes::BASS_OUT_OF_PHASE, codes::POLARITY_INVERTED],
        channels::bass_inverted,
        &[seen(0.0, "below 150 Hz")],
    ),
    fault(
        "one side louder",
        &[codes::CHANNEL_IMBALANCE],
        channels::louder,
        &[below(3.0, "3 dB"), seen(5.0, "5 dB"), seen(12.0, "12 dB")],
    ),
];
