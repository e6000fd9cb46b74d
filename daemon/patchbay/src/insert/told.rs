//! What a process that holds a return is told, and what it tells, as bytes on a pipe.

use std::io::{self, Read, Write};

use crate::insert::JackInsert;

/// No message is longer: a block of every channel.
const LONGEST: usize = 1 << 20;
/// Nobody has more ports, or longer names of them.
const MOST_PORTS: u32 = 64;
const LONGEST_NAME: u32 = 4_096;

/// What the process tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    /// The server's rate and period; the client runs.
    Opened { rate_hz: u32, period_frames: u32 },
    /// Why there is no return, or none any more, in a sentence.
    Ended(String),
    /// A pass has begun: what follows is its.
    Began,
    /// The next frames, interleaved.
    Sound(Vec<f32>),
    /// As [`gear::Mark`] has them; frames are the return's.
    Xrun { frame: u64 },
    /// The same.
    Lost { frame: u64, frames: u64 },
    /// The guard fell.
    Feedback { frame: u64 },
}

/// What it is told once it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Record from now on.
    Begin,
    /// Stop recording.
    End,
}

impl Word {
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Begin => b'b',
            Self::End => b'e',
        }
    }

    pub(super) fn of(byte: u8) -> Option<Self> {
        [Self::Begin, Self::End]
            .into_iter()
            .find(|word| word.byte() == byte)
    }
}

impl Told {
    fn kind(&self) -> u8 {
        match self {
            Self::Opened { .. } => 1,
            Self::Ended(_) => 2,
            Self::Began => 3,
            Self::Sound(_) => 4,
            Self::Xrun { .. } => 5,
            Self::Lost { .. } => 6,
            Self::Feedback { .. } => 7,
        }
    }

    /// Writes it as its kind, the length of what follows, and that.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let body: Vec<u8> = match self {
            Self::Opened {
                rate_hz,
                period_frames,
            } => [rate_hz.to_le_bytes(), period_frames.to_le_bytes()].concat(),
            Self::Ended(why) => why.as_bytes().to_vec(),
            Self::Began => Vec::new(),
            Self::Sound(samples) => samples.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::Xrun { frame } | Self::Feedback { frame } => frame.to_le_bytes().to_vec(),
            Self::Lost { frame, frames } => [frame.to_le_bytes(), frames.to_le_bytes()].concat(),
        };
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        to.write_all(&[self.kind()])?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(&body)?;
        to.flush()
    }

    /// Reads the next one; `None` at the end.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut kind = [0];
        if from.read(&mut kind)? == 0 {
            return Ok(None);
        }
        let length = number(from)? as usize;
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        let told = Self::of(kind[0], &body);
        told.map(Some)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn of(kind: u8, body: &[u8]) -> Option<Self> {
        let half = |n: usize| {
            let bytes = body.get(4 * n..4 * n + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let whole = |n: usize| {
            let bytes = body.get(8 * n..8 * n + 8)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        };
        Some(match kind {
            1 => Self::Opened {
                rate_hz: half(0)?,
                period_frames: half(1)?,
            },
            2 => Self::Ended(String::from_utf8_lossy(body).into_owned()),
            3 => Self::Began,
            4 => {
                let samples = body.chunks_exact(4);
                let sample = |x: &[u8]| x.try_into().map(f32::from_le_bytes).ok();
                Self::Sound(samples.map(sample).collect::<Option<_>>()?)
            }
            5 => Self::Xrun { frame: whole(0)? },
            6 => Self::Lost {
                frame: whole(0)?,
                frames: whole(1)?,
            },
            7 => Self::Feedback { frame: whole(0)? },
            _ => return None,
        })
    }
}

fn number(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

/// What the process needs to open the return: names of the client and of the ports, and the guard's ceiling.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) back: Vec<String>,
    pub(super) ceiling_dbfs: f64,
}

impl Asked {
    pub(super) fn of(settings: &JackInsert) -> Self {
        Self {
            name: settings.name.clone(),
            back: settings.back.clone(),
            ceiling_dbfs: settings.ceiling_dbfs,
        }
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let count = u32::try_from(self.back.len()).map_err(io::Error::other)?;
        to.write_all(&self.ceiling_dbfs.to_le_bytes())?;
        to.write_all(&count.to_le_bytes())?;
        for name in [&self.name].into_iter().chain(&self.back) {
            let length = u32::try_from(name.len()).map_err(io::Error::other)?;
            to.write_all(&length.to_le_bytes())?;
            to.write_all(name.as_bytes())?;
        }
        to.flush()
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut ceiling = [0; 8];
        from.read_exact(&mut ceiling)?;
        let count = number(from)?;
        if count > MOST_PORTS {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut names = Vec::new();
        for _ in 0..=count {
            let length = number(from)?;
            if length > LONGEST_NAME {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut name = vec![0; length as usize];
            from.read_exact(&mut name)?;
            names.push(String::from_utf8(name).map_err(io::Error::other)?);
        }
        Ok(Self {
            ceiling_dbfs: f64::from_le_bytes(ceiling),
            name: names.remove(0),
            back: names,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told() -> impl Strategy<Value = Told> {
        prop_oneof![
            (any::<u32>(), any::<u32>()).prop_map(|(rate_hz, period_frames)| Told::Opened {
                rate_hz,
                period_frames
            }),
            ".{0,40}".prop_map(Told::Ended),
            Just(Told::Began),
            prop::collection::vec(-1.0_f32..1.0, 0..200).prop_map(Told::Sound),
            any::<u64>().prop_map(|frame| Told::Xrun { frame }),
            (any::<u64>(), any::<u64>()).prop_map(|(frame, frames)| Told::Lost { frame, frames }),
            any::<u64>().prop_map(|frame| Told::Feedback { frame }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_told_is_heard(all in prop::collection::vec(told(), 0..12)) {
            let mut pipe = Vec::new();
            for told in &all {
                told.write(&mut pipe).unwrap();
            }
            let mut pipe = pipe.as_slice();
            let heard = std::iter::from_fn(|| Told::read(&mut pipe).unwrap());
            prop_assert_eq!(heard.collect::<Vec<_>>(), all);
        }

        #[test]
        fn what_is_no_message_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut pipe = bytes.as_slice();
            while let Ok(Some(_)) = Told::read(&mut pipe) {}
            let _ = Asked::read(&mut bytes.as_slice());
        }

        #[test]
        fn what_is_asked_is_understood(name in ".{0,20}", back in prop::collection::vec(".{0,30}", 0..8)) {
            let asked = Asked { name, back, ceiling_dbfs: -0.5 };
            let mut pipe = Vec::new();
            asked.write(&mut pipe).unwrap();
            prop_assert_eq!(Asked::read(&mut pipe.as_slice()).unwrap(), asked);
        }
    }
}
