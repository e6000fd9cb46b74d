//! The finished audio of one mix at one revision, and the finals made from it.

use serde::{Deserialize, Serialize};

use crate::ids::{MixId, ObjectSum, SampleSum, TrackId};

/// Where a master came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MasterOrigin {
    /// Rendered here from a plan.
    Rendered {
        /// The plan, as an object in the vault.
        plan: ObjectSum,
        /// The engine revision that made it; recall runs that one.
        engine: String,
    },
    /// Printed through a chain of the studio's rack.
    Printed {
        /// What is kept of the print: chain, sheet, certificates, takes; an object in the vault.
        print: ObjectSum,
        /// The chain, by the rack's name.
        chain: String,
        /// The engine revision that rendered what is digital in it.
        engine: String,
    },
    /// Rendered here beside its song: through the song's plan, keyed by the song's mix.
    Beside {
        /// The song's plan, as an object in the vault.
        plan: ObjectSum,
        /// The engine revision that made it; recall runs that one.
        engine: String,
        /// The song's mix.
        mix: MixId,
        /// The samples of the song's master that it goes with.
        song: SampleSum,
        /// Frame n of the song is frame n + this of the alternate's mix.
        shift_frames: i64,
    },
    /// Made elsewhere and dropped into the studio's `Masters` folder.
    Elsewhere {
        /// The file's name.
        file_name: String,
        /// The file as received, in the vault.
        original: ObjectSum,
    },
}

/// The finished audio of one mix at one revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Master {
    /// The audio file in the vault.
    pub object: ObjectSum,
    /// Checksum of its samples: what an approval pins.
    pub samples: SampleSum,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// Bits per sample.
    pub bits: u32,
    /// Length in frames.
    pub frames: u64,
    /// Integrated loudness in LUFS; none for silence.
    pub integrated_lufs: Option<f64>,
    /// True peak in dBTP; none for silence.
    pub true_peak_dbtp: Option<f64>,
    /// Where it came from.
    pub origin: MasterOrigin,
}

/// The formats in which finals are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalFormat {
    /// WAV, 24 bit, the mix's rate: the approved samples.
    Wav24,
    /// WAV, 16 bit, 44.1 kHz, dithered.
    Wav16,
    /// FLAC, 24 bit, the mix's rate: the approved samples.
    Flac24,
    /// MP3, 320 kbit/s.
    Mp3,
    /// WAV, 24 bit, 44.1 kHz; made where it was ordered.
    #[serde(rename = "wav24_44")]
    Wav24At44,
    /// WAV, 24 bit, 48 kHz, for film and video; made where it was ordered.
    #[serde(rename = "wav24_48")]
    Wav24At48,
    /// WAV, 16 bit, 48 kHz, dithered; made where it was ordered.
    #[serde(rename = "wav16_48")]
    Wav16At48,
}

impl FinalFormat {
    /// What every order is handed over in, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Wav24, Self::Wav16, Self::Flac24, Self::Mp3];
    /// What is made beside them where it was ordered, early or late.
    pub const ORDERED: [Self; 3] = [Self::Wav24At44, Self::Wav24At48, Self::Wav16At48];

    /// The format with this code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter().chain(Self::ORDERED);
        all.find(|format| format.code() == code)
    }

    /// Whether it is only made where it was ordered.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        Self::ORDERED.contains(&self)
    }

    /// Whether the file holds exactly the approved samples.
    #[must_use]
    pub fn holds_approved_samples(self) -> bool {
        match self {
            Self::Wav24 | Self::Flac24 => true,
            Self::Wav16 | Self::Mp3 | Self::Wav24At44 | Self::Wav24At48 | Self::Wav16At48 => false,
        }
    }

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Wav24 => "wav24",
            Self::Wav16 => "wav16",
            Self::Flac24 => "flac24",
            Self::Mp3 => "mp3",
            Self::Wav24At44 => "wav24_44",
            Self::Wav24At48 => "wav24_48",
            Self::Wav16At48 => "wav16_48",
        }
    }
}

/// A file made from an approved revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Final {
    /// The song.
    pub track: TrackId,
    /// Its format.
    pub format: FinalFormat,
    /// The file's name for the client.
    pub file_name: String,
    /// The file in the vault.
    pub object: ObjectSum,
    /// Its size in bytes.
    pub bytes: u64,
    /// Checksum of the samples that came out when it was decoded again.
    pub samples: SampleSum,
    /// The format in words, and what reading it back showed.
    pub read_back: String,
}
