//! What can be heard at a place of the song: the mix, references, revisions, made ready ahead of time.

use std::io::{Read, Seek};

use dsp::Resampler;
use soundfile::{WavError, WavReader};

use crate::session::loudness::gated_power;

/// Frames read at a time.
const BLOCK: usize = 65_536;

/// Most samples of one source: half an hour of stereo at 48 kHz, 700 MB.
const MOST_SAMPLES: u64 = 30 * 60 * 48_000 * 2;

/// Why a source cannot be heard.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It could not be read.
    #[error("{name} could not be read")]
    Read {
        /// Which one.
        name: String,
        /// Why.
        #[source]
        source: WavError,
    },
    /// It could not be read to its end.
    #[error("{name} could not be read to its end")]
    End {
        /// Which one.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another rate, and it is not to be converted.
    #[error(
        "{name} is at {rate_hz} Hz and the session at {session_hz} Hz: restart the audio server at {rate_hz} Hz, or have it converted"
    )]
    OtherRate {
        /// Which one.
        name: String,
        /// Its rate.
        rate_hz: u32,
        /// The session's.
        session_hz: u32,
    },
    /// Another number of channels.
    #[error(
        "{name} has {channels} channels and the session {session}; one channel, or as many, can be heard"
    )]
    Channels {
        /// Which one.
        name: String,
        /// Its channels.
        channels: u16,
        /// The session's.
        session: usize,
    },
    /// Too long to be held ready.
    #[error(
        "{name} is too long to be held ready: half an hour of stereo at 48 kHz is the most; cut out the passage you work on"
    )]
    TooLong {
        /// Which one.
        name: String,
    },
}

/// What becomes of a source at another rate than the session's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherRate {
    /// It is refused: what is worked on stays as it is.
    Refuse,
    /// It is converted, ahead of time.
    Convert,
}

/// A source in memory, as 32-bit samples at the session's rate.
#[derive(Clone, PartialEq)]
pub struct Source {
    name: String,
    rows: Vec<Vec<f32>>,
    /// K-weighted, gated.
    power: f64,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("frames", &self.frames())
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Rows of one length, full scale 1.0, at `rate_hz`.
    pub fn new(name: impl Into<String>, rate_hz: u32, mut rows: Vec<Vec<f32>>) -> Self {
        let frames = rows.iter().map(Vec::len).min().unwrap_or(0);
        for row in &mut rows {
            row.truncate(frames);
            row.iter_mut()
                .filter(|x| !x.is_finite())
                .for_each(|x| *x = 0.0);
        }
        Self {
            name: name.into(),
            power: gated_power(rate_hz, &rows),
            rows,
        }
    }

    /// Reads a WAV stream for a session at `rate_hz` of `channels`; a single channel is heard on all of them.
    ///
    /// # Errors
    /// What cannot be read, is too long, or has other channels; another rate where that is refused.
    pub fn read<R: Read + Seek>(
        name: &str,
        stream: R,
        (rate_hz, channels): (u32, usize),
        other: OtherRate,
    ) -> Result<Self, SourceError> {
        let unread = |source| SourceError::Read {
            name: name.to_owned(),
            source,
        };
        let mut reader = WavReader::open(stream).map_err(unread)?;
        let spec = reader.spec();
        if spec.channels != 1 && usize::from(spec.channels) != channels {
            return Err(SourceError::Channels {
                name: name.to_owned(),
                channels: spec.channels,
                session: channels,
            });
        }
        if spec.rate_hz != rate_hz && other == OtherRate::Refuse {
            return Err(SourceError::OtherRate {
                name: name.to_owned(),
                rate_hz: spec.rate_hz,
                session_hz: rate_hz,
            });
        }
        if reader.frames() * u64::from(spec.channels) > MOST_SAMPLES {
            return Err(SourceError::TooLong {
                name: name.to_owned(),
            });
        }
        let cut = |source| SourceError::End {
            name: name.to_owned(),
            source,
        };
        let mut rows = if spec.rate_hz == rate_hz {
            as_it_is(&mut reader).map_err(cut)?
        } else {
            converted(&mut reader, rate_hz).map_err(cut)?
        };
        if let [only] = rows.as_slice() {
            rows = vec![only.clone(); channels];
        }
        Ok(Self::new(name, rate_hz, rows))
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its length.
    pub fn frames(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        self.rows.len()
    }

    /// Integrated loudness; `None` for silence.
    pub fn loudness_lufs(&self) -> Option<f64> {
        super::loudness::lufs(self.power)
    }

    /// By how much it is to be turned to be as loud as another one.
    pub(crate) fn ratio_to(&self, other: &Self) -> f64 {
        if self.power <= 0.0 || other.power <= 0.0 {
            return 1.0;
        }
        // Nothing is turned up or down by more than 24 dB.
        (other.power / self.power).sqrt().clamp(1.0 / 16.0, 16.0)
    }

    /// Real-time: a sample; silence beyond both ends.
    pub(crate) fn at(&self, channel: usize, frame: i32) -> f64 {
        let Ok(frame) = usize::try_from(frame) else {
            return 0.0;
        };
        let sample = self.rows.get(channel).and_then(|row| row.get(frame));
        sample.map_or(0.0, |x| f64::from(*x))
    }
}

fn as_it_is<R: Read + Seek>(reader: &mut WavReader<R>) -> std::io::Result<Vec<Vec<f32>>> {
    let channels = usize::from(reader.spec().channels);
    let (mut rows, mut block) = (vec![Vec::new(); channels], vec![Vec::new(); channels]);
    while reader.read_planar(&mut block, BLOCK)? > 0 {
        for (row, block) in rows.iter_mut().zip(&block) {
            row.extend(block.iter().map(|x: &f64| *x as f32));
        }
    }
    Ok(rows)
}

fn converted<R: Read + Seek>(
    reader: &mut WavReader<R>,
    rate_hz: u32,
) -> std::io::Result<Vec<Vec<f32>>> {
    let spec = reader.spec();
    let channels = usize::from(spec.channels);
    let mut converter =
        Resampler::new(spec.rate_hz, rate_hz, channels, BLOCK).map_err(std::io::Error::other)?;
    let mut rows: Vec<Vec<f32>> = vec![Vec::new(); channels];
    let mut block = vec![Vec::new(); channels];
    let mut out = vec![vec![0.0; converter.max_output_frames()]; channels];
    loop {
        let read = reader.read_planar(&mut block, BLOCK)?;
        let heard: Vec<&[f64]> = block.iter().map(Vec::as_slice).collect();
        let mut given: Vec<&mut [f64]> = out.iter_mut().map(Vec::as_mut_slice).collect();
        let frames = if read > 0 {
            converter.process(&heard, &mut given)
        } else {
            converter.finish(&mut given)
        };
        for (row, out) in rows.iter_mut().zip(&out) {
            row.extend(out[..frames].iter().map(|x| *x as f32));
        }
        if read == 0 && frames == 0 {
            return Ok(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use soundfile::{AudioSpec, SampleType, WavWriter};

    use super::*;

    fn wav(rate_hz: u32, rows: &[Vec<f64>]) -> Cursor<Vec<u8>> {
        let spec = AudioSpec {
            rate_hz,
            channels: u16::try_from(rows.len()).unwrap(),
            sample: SampleType::I24,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec, &[]).unwrap();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        writer.write_planar(&rows).unwrap();
        writer.finish().unwrap();
        file.set_position(0);
        file
    }

    fn sine(rate_hz: i32, seconds: i32) -> Vec<f64> {
        let angle = 2.0 * std::f64::consts::PI * 1_000.0 / f64::from(rate_hz);
        let samples = (0..rate_hz * seconds).map(|n| 0.25 * libm::sin(angle * f64::from(n)));
        samples.collect()
    }

    #[test]
    fn a_source_keeps_every_bit_or_is_converted_where_that_is_wanted() {
        let row: Vec<f64> = sine(48_000, 1)
            .iter()
            .map(|x| (x * 8_388_608.0).round() / 8_388_608.0)
            .collect();
        let read = Source::read(
            "mix",
            wav(48_000, std::slice::from_ref(&row)),
            (48_000, 2),
            OtherRate::Refuse,
        );
        let source = read.unwrap();
        assert!((0..48_000).all(|n| source.at(1, n) == row[n as usize]));
        assert_eq!((source.at(0, -1), source.at(0, 48_000)), (0.0, 0.0));
        let other = || wav(44_100, &[sine(44_100, 1), sine(44_100, 1)]);
        let refused = Source::read("ref", other(), (48_000, 2), OtherRate::Refuse);
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("44100 Hz and the session at 48000 Hz")
        );
        let converted = Source::read("ref", other(), (48_000, 2), OtherRate::Convert).unwrap();
        assert_eq!(converted.frames(), 48_000);
        // A sine is the same sine at another rate, away from where it begins and ends at once.
        let truth = sine(48_000, 1);
        assert!((2_000..46_000).all(|n| (converted.at(0, n) - truth[n as usize]).abs() < 1e-5));
        assert!(
            (converted.loudness_lufs().unwrap() - source.loudness_lufs().unwrap()).abs() < 0.01
        );
        let refused = Source::read("ref", other(), (48_000, 5), OtherRate::Convert);
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("2 channels and the session 5")
        );
    }
}
