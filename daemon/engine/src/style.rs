use serde::{Deserialize, Serialize};

use crate::intensity::Intensity;

/// What kind of music a plan is made for: how its tone is judged, how loud it is wont to be, and what is left alone.
///
/// The figures are the house's own, around the long-term spectra of P. Pestana et al. (AES 135, 2013), whose genres
/// part by some 3 to 6 dB in bass and treble, and around what shops turn down to. They are a beginning; a plan is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Nobody has said.
    #[default]
    Usual,
    /// Orchestra, choir, chamber music.
    Classical,
    /// Folk, jazz, singer and guitar.
    Acoustic,
    /// Pop, and R&B.
    Pop,
    /// Rock, and metal.
    Rock,
    /// Club and electronic music.
    Electronic,
    /// Hip hop and trap.
    HipHop,
    /// A person who talks.
    Speech,
}

/// How the tone of a style is judged.
pub(crate) struct Tone {
    /// Where its target lies beside the usual one, in dB: at 70 Hz, 300 Hz, 3.2 kHz and 10 kHz.
    pub(crate) offsets_db: [f64; 4],
    /// Differences up to this are the song's own business, in dB.
    pub(crate) tolerance_db: f64,
}

/// Where the offsets of a tone stand.
const OFFSETS_HZ: [f64; 4] = [70.0, 300.0, 3_200.0, 10_000.0];

impl Tone {
    /// What a style adds to the usual target at a frequency, in dB: straight between its offsets over the logarithm of
    /// frequency, level beyond them.
    pub(crate) fn offset_db(&self, frequency_hz: f64) -> f64 {
        let hz = frequency_hz.clamp(OFFSETS_HZ[0], OFFSETS_HZ[3]);
        for (k, pair) in OFFSETS_HZ.windows(2).enumerate() {
            if hz <= pair[1] {
                let t = libm::log2(hz / pair[0]) / libm::log2(pair[1] / pair[0]);
                let (from, to) = (self.offsets_db[k], self.offsets_db[k + 1]);
                return from + (to - from) * t;
            }
        }
        self.offsets_db[3]
    }
}

impl Style {
    /// Every style, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Usual,
        Self::Classical,
        Self::Acoustic,
        Self::Pop,
        Self::Rock,
        Self::Electronic,
        Self::HipHop,
        Self::Speech,
    ];

    /// The integrated loudness a master of this style and intensity is planned for, in LUFS.
    #[must_use]
    pub fn loudness_lufs(self, intensity: Intensity) -> f64 {
        let [gentle, balanced, loud] = match self {
            Self::Usual => [-16.0, -14.0, -11.0],
            Self::Classical => [-22.0, -19.0, -16.0],
            Self::Acoustic => [-18.0, -16.0, -13.0],
            Self::Pop => [-15.0, -12.5, -10.0],
            Self::Rock => [-15.0, -12.0, -9.5],
            Self::Electronic => [-14.0, -11.0, -9.0],
            Self::HipHop => [-14.0, -11.5, -9.0],
            Self::Speech => [-19.0, -16.0, -14.0],
        };
        match intensity {
            Intensity::Gentle => gentle,
            Intensity::Balanced => balanced,
            Intensity::Loud => loud,
        }
    }

    /// How a reason names it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Classical => "usual of classical music",
            Self::Acoustic => "usual of acoustic music",
            Self::Pop => "usual of pop",
            Self::Rock => "usual of rock",
            Self::Electronic => "usual of electronic music",
            Self::HipHop => "usual of hip hop",
            Self::Speech => "usual of speech",
        }
    }

    pub(crate) fn tone(self) -> Tone {
        let (offsets_db, tolerance_db) = match self {
            Self::Usual => ([0.0, 0.0, 0.0, 0.0], 3.0),
            Self::Classical => ([-4.0, 0.5, -1.0, -4.0], 5.0),
            Self::Acoustic => ([-2.0, 0.5, 0.0, -2.0], 4.0),
            Self::Pop => ([0.5, -0.5, 0.5, 1.0], 3.0),
            Self::Rock => ([0.0, 0.5, 1.0, 0.0], 3.0),
            Self::Electronic => ([3.0, -1.0, 0.0, 1.0], 3.0),
            Self::HipHop => ([4.0, 0.0, -1.0, 0.0], 3.0),
            Self::Speech => ([-3.0, 1.0, 1.0, -2.0], 4.0),
        };
        Tone {
            offsets_db,
            tolerance_db,
        }
    }

    /// True where dynamics are the composer's, and no compressor is planned.
    pub(crate) fn keeps_its_dynamics(self) -> bool {
        self == Self::Classical
    }

    /// True where the bass stands in a room, and is not drawn to the middle.
    pub(crate) fn keeps_its_room(self) -> bool {
        matches!(self, Self::Classical | Self::Acoustic)
    }
}
