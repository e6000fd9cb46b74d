//! Sound that is not packed, out of a film: samples as they lie in its chunks.

use std::io::{self, Read, Seek, SeekFrom};

use super::atoms::{Atoms, u16_at, u32_at, u64_at};
use super::table::{Chunk, Table};
use super::{Movie, NoMovie, top};

/// Most channels that are read.
const MOST_CHANNELS: u32 = 32;
/// Bytes that are read at once, about.
const BLOCK_BYTES: u64 = 64 * 1024;

/// How a sound track's samples are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Layout {
    pub(super) channels: u32,
    pub(super) rate_hz: u32,
    pub(super) bits: u32,
    pcm: Option<Pcm>,
}

/// A sample that is not packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pcm {
    bytes: u32,
    number: Number,
    order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Signed,
    /// Eight bits around 128.
    Unsigned,
    Float,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Big,
    Little,
}

impl Layout {
    /// Reads a sound description of version 0, 1 or 2.
    pub(super) fn read(entry: &[u8]) -> Option<Self> {
        let code: [u8; 4] = entry.get(4..8)?.try_into().ok()?;
        let version = u16_at(entry, 16)?;
        if version == 2 {
            let rate_hz = f64::from_bits(u64_at(entry, 40)?);
            let flags = u32_at(entry, 60)?;
            let bits = u32_at(entry, 56)?;
            let number = match (flags & 1, flags & 4) {
                (1, _) => Number::Float,
                (_, 0) => Number::Unsigned,
                _ => Number::Signed,
            };
            let order = if flags & 2 == 0 {
                Order::Little
            } else {
                Order::Big
            };
            let pcm = (&code == b"lpcm").then(|| Pcm::of(bits, number, order));
            return Self {
                channels: u32_at(entry, 48)?,
                rate_hz: whole_hz(rate_hz)?,
                bits,
                pcm: pcm.flatten(),
            }
            .checked();
        }
        let further = entry.get(if version == 1 { 52 } else { 36 }..);
        let order = order_of(further.unwrap_or_default());
        let said = u32::from(u16_at(entry, 26)?);
        let (bits, number, order) = match &code {
            b"sowt" => (said, Number::Signed, Order::Little),
            b"twos" => (said, Number::Signed, Order::Big),
            b"in24" => (24, Number::Signed, order),
            b"in32" => (32, Number::Signed, order),
            b"fl32" => (32, Number::Float, order),
            b"fl64" => (64, Number::Float, order),
            b"raw " => (8, Number::Unsigned, order),
            _ => (0, Number::Signed, order),
        };
        Self {
            channels: u32::from(u16_at(entry, 24)?),
            rate_hz: u32_at(entry, 32)? >> 16,
            bits,
            pcm: Pcm::of(bits, number, order),
        }
        .checked()
    }

    fn checked(self) -> Option<Self> {
        (1..=MOST_CHANNELS).contains(&self.channels).then_some(self)
    }

    /// Bytes of a sample on every channel, where nothing is packed.
    pub(super) fn pcm_frame_bytes(self) -> Option<u32> {
        Some(self.pcm?.bytes * self.channels)
    }
}

fn whole_hz(rate: f64) -> Option<u32> {
    let is_rate = rate.is_finite() && (1.0..=1e6).contains(&rate);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "looked at in the line above"
    )]
    is_rate.then_some(rate as u32)
}

/// The order of bytes that `enda` within `wave` tells; big without one.
fn order_of(further: &[u8]) -> Order {
    let little = Atoms::along(further, &[b"wave", b"enda"]).and_then(|enda| u16_at(enda, 0));
    match little {
        Some(1) => Order::Little,
        _ => Order::Big,
    }
}

impl Pcm {
    fn of(bits: u32, number: Number, order: Order) -> Option<Self> {
        let is_known = match number {
            Number::Signed => matches!(bits, 8 | 16 | 24 | 32),
            Number::Unsigned => bits == 8,
            Number::Float => matches!(bits, 32 | 64),
        };
        is_known.then_some(Self {
            bytes: bits / 8,
            number,
            order,
        })
    }

    /// A sample as a share of full scale.
    fn value(self, bytes: &[u8]) -> f64 {
        // To the front of eight bytes, the highest first.
        let mut wide = [0; 8];
        match self.order {
            Order::Big => wide
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, from)| *to = *from),
            Order::Little => {
                let from = bytes.iter().rev();
                wide.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
        let [a, b, c, d, ..] = wide;
        let high = i32::from_be_bytes([a, b, c, d]);
        match (self.number, self.bytes) {
            (Number::Float, 4) => f64::from(f32::from_be_bytes([a, b, c, d])),
            (Number::Float, _) => f64::from_be_bytes(wide),
            (Number::Unsigned, _) => (f64::from(a) - 128.0) / 128.0,
            (Number::Signed, _) => f64::from(high) / -f64::from(i32::MIN),
        }
    }
}

/// The first sound track of a film, where nothing of it is packed.
#[derive(Debug)]
pub struct PcmSound {
    layout: Layout,
    pcm: Pcm,
    chunks: Vec<Chunk>,
    frames: u64,
}

impl PcmSound {
    /// The first sound track; none where there is none, or where it is packed.
    ///
    /// # Errors
    /// As [`Movie::read`].
    pub fn of(file: &mut (impl Read + Seek)) -> Result<Option<Self>, NoMovie> {
        let bytes = file.seek(SeekFrom::End(0))?;
        let description = top(file, bytes)?.description(file)?;
        Ok(Self::find(&description))
    }

    fn find(description: &[u8]) -> Option<Self> {
        let is_sound = |mdia: &&[u8]| {
            let handler = Atoms::first(mdia, b"hdlr").and_then(|hdlr| hdlr.get(8..12));
            handler == Some(b"soun".as_slice())
        };
        let tracks = Atoms::new(description).filter(|atom| &atom.kind == b"trak");
        let mut media = tracks.filter_map(|trak| Atoms::first(trak.body, b"mdia"));
        let mdia = media.find(is_sound)?;
        let stbl = Atoms::along(mdia, &[b"minf", b"stbl"])?;
        let layout = Layout::read(Atoms::first(stbl, b"stsd")?.get(8..)?)?;
        let table = Table::read(stbl)?;
        Some(Self {
            pcm: layout.pcm?,
            layout,
            chunks: table.chunks().collect(),
            frames: table.samples(),
        })
    }

    /// Rate in hertz.
    pub fn rate_hz(&self) -> u32 {
        self.layout.rate_hz
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        usize::try_from(self.layout.channels).unwrap_or(0)
    }

    /// Reads all of it, block by block: each channel's samples as shares of full scale.
    ///
    /// # Errors
    /// A file that ends before its sound does, or cannot be read.
    pub fn read(
        &self,
        file: &mut (impl Read + Seek),
        each: &mut dyn FnMut(&[Vec<f64>]),
    ) -> io::Result<()> {
        let frame = u64::from(self.pcm.bytes) * u64::from(self.layout.channels);
        let at_once = (BLOCK_BYTES / frame).max(1);
        let mut planar = vec![Vec::new(); self.channels()];
        let mut bytes = Vec::new();
        let mut left = self.frames;
        for chunk in &self.chunks {
            file.seek(SeekFrom::Start(chunk.at))?;
            let mut of_chunk = u64::from(chunk.samples).min(left);
            left -= of_chunk;
            while of_chunk > 0 {
                let frames = of_chunk.min(at_once);
                of_chunk -= frames;
                bytes.resize(usize::try_from(frames * frame).unwrap_or(0), 0);
                file.read_exact(&mut bytes)?;
                self.take_apart(&bytes, &mut planar);
                each(&planar);
            }
        }
        Ok(())
    }

    fn take_apart(&self, bytes: &[u8], planar: &mut [Vec<f64>]) {
        for channel in planar.iter_mut() {
            channel.clear();
        }
        let size = usize::try_from(self.pcm.bytes).unwrap_or(1);
        for frame in bytes.chunks_exact(size * planar.len().max(1)) {
            for (channel, sample) in planar.iter_mut().zip(frame.chunks_exact(size)) {
                channel.push(self.pcm.value(sample));
            }
        }
    }
}

impl Movie {
    /// The rate of pictures of its first track of them.
    pub fn frame_rate(&self) -> Option<f64> {
        self.of_kind(super::TrackKind::Picture).next()?.frame_rate
    }
}
