use dsp::Fft;

use crate::keyed::{Misfit, check_key};
use crate::stream::{Source, SourceError, SourceSpec};

/// Points of a transform at up to 50 kHz; twice as many for each doubling of the rate.
const EXPONENT: u32 = 18;
/// Share of a transform that is the mix: the rest is how far the alternate may lie away, half of it to either side.
const WINDOW_SHARE: usize = 4;
/// Windows over the song.
const WINDOWS: u64 = 12;
/// Power of a window of silence, against full scale: −80 dB.
const SILENT: f64 = 1e-8;
/// Two that have nothing in common correlate by less; an a cappella below a full mix by more.
const LEAST: f64 = 0.1;

/// Where an alternate lies against its mix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Frame n of the mix is frame n + this of the alternate.
    pub shift_frames: i64,
    /// Whether the alternate's waves point the same way.
    pub polarity: AlignedPolarity,
    /// How alike they are there, 0 to 1, on average over the windows in which both sound.
    pub correlation: f64,
    /// Windows in which both sound.
    pub sounding: usize,
    /// Those of them that by themselves say the same place to the frame.
    pub agreeing: usize,
}

/// Which way an alternate's waves point against its mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlignedPolarity {
    /// The same.
    Kept,
    /// Turned over.
    Inverted,
}

/// Why an alternate has no place against its mix.
#[derive(Debug, thiserror::Error)]
pub enum AlignError {
    /// Another rate, or other channels.
    #[error("the alternate does not go with the mix")]
    Misfit(#[from] Misfit),
    /// One of them is silent wherever the other sounds.
    #[error("the mix and the alternate sound nowhere together")]
    Silent,
    /// They are not alike at any place.
    #[error(
        "the alternate is not alike the mix at any place within {reach_seconds:.1} s of where it lies (correlation {correlation:.2}): it is another song, or another tempo"
    )]
    Unlike {
        /// The best there was.
        correlation: f64,
        /// How far was looked.
        reach_seconds: f64,
    },
    /// They are alike at several places.
    #[error(
        "only {agreeing} of {sounding} passages of the alternate lie at one place against the mix: it runs at another speed, or is cut differently"
    )]
    Unsteady {
        /// Passages that lie there.
        agreeing: usize,
        /// Passages in which both sound.
        sounding: usize,
    },
    /// One of them could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Finds where an alternate lies against its mix, to the frame, by their correlation in windows over the whole song.
///
/// Looks some 2 s to either side; an alternate of one channel goes with any mix, as a key does. Memory is a few transforms, however long the song is.
pub fn align(mix: &mut dyn Source, alternate: &mut dyn Source) -> Result<Alignment, AlignError> {
    check_key(mix.spec(), alternate.spec())?;
    let rate_hz = mix.spec().rate_hz;
    let mut search = Search::new(rate_hz);
    let window = search.window as u64;
    let last = mix.frames().saturating_sub(window);
    let mut best = Vec::new();
    for number in 0..WINDOWS {
        let from = last * number / (WINDOWS - 1);
        let Some(own) = search.window_at(from, mix, alternate)? else {
            continue;
        };
        best.push(own);
        if last == 0 {
            break;
        }
    }
    search.judge(&best, rate_hz)
}

struct Search {
    fft: Fft,
    window: usize,
    reach: usize,
    /// The normalised correlations of all windows, lag by lag, added up.
    sum: Vec<f64>,
    mix: [Vec<f64>; 2],
    other: [Vec<f64>; 2],
}

impl Search {
    fn new(rate_hz: u32) -> Self {
        let doublings = (rate_hz / 50_000)
            .min(7)
            .checked_ilog2()
            .map_or(0, |n| n + 1);
        let fft = Fft::new(EXPONENT + doublings);
        let length = fft.length();
        let window = length / WINDOW_SHARE;
        let zeros = || [vec![0.0; length], vec![0.0; length]];
        Self {
            reach: (length - window) / 2,
            sum: vec![0.0; length - window + 1],
            window,
            mix: zeros(),
            other: zeros(),
            fft,
        }
    }

    /// Adds a window of the mix; gives where it alone is most alike, none where one of them is silent.
    fn window_at(
        &mut self,
        from: u64,
        mix: &mut dyn Source,
        alternate: &mut dyn Source,
    ) -> Result<Option<Own>, SourceError> {
        let (window, reach) = (self.window, self.reach);
        for half in self.mix.iter_mut().chain(&mut self.other) {
            half.fill(0.0);
        }
        let [mix_re, _] = &mut self.mix;
        read_mid(mix, from, &mut mix_re[..window])?;
        // What lies before the alternate's first frame is silent.
        let early = usize::try_from((reach as u64).saturating_sub(from)).unwrap_or(reach);
        let begin = from.saturating_sub(reach as u64);
        let [other_re, _] = &mut self.other;
        read_mid(alternate, begin, &mut other_re[early..])?;
        let power = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>();
        let own = power(&self.mix[0][..window]);
        if own < SILENT * window as f64 {
            return Ok(None);
        }
        // Power of the alternate under the window at each lag.
        let mut sums = vec![0.0; self.other[0].len() + 1];
        for (place, x) in self.other[0].iter().enumerate() {
            sums[place + 1] = sums[place] + x * x;
        }
        let under = |lag: usize| sums[lag + window] - sums[lag];
        let most = (0..self.sum.len()).map(under).fold(0.0, f64::max);
        if most < SILENT * window as f64 {
            return Ok(None);
        }
        self.correlate();
        let least = SILENT * window as f64;
        let alike = |(lag, x): (usize, &f64)| x / (own * under(lag).max(least)).sqrt();
        let alike: Vec<f64> = self.other[0][..self.sum.len()]
            .iter()
            .enumerate()
            .map(alike)
            .collect();
        self.sum
            .iter_mut()
            .zip(&alike)
            .for_each(|(sum, x)| *sum += x);
        let lag = highest(&alike);
        Ok(Some(Own {
            lag,
            alike: alike[lag].abs(),
        }))
    }

    /// Leaves the correlation for each lag in the alternate's real part.
    fn correlate(&mut self) {
        let ([a_re, a_im], [b_re, b_im]) = (&mut self.mix, &mut self.other);
        self.fft.forward(a_re, a_im);
        self.fft.forward(b_re, b_im);
        for ((ar, ai), (br, bi)) in a_re.iter().zip(&*a_im).zip(b_re.iter_mut().zip(&mut *b_im)) {
            // conj(A) · B, conjugated once more: the way back is the same transform.
            let (re, im) = (ar * *br + ai * *bi, ar * *bi - ai * *br);
            (*br, *bi) = (re, -im);
        }
        self.fft.forward(b_re, b_im);
        let scale = 1.0 / b_re.len() as f64;
        b_re.iter_mut().for_each(|x| *x *= scale);
    }

    fn judge(&self, own: &[Own], rate_hz: u32) -> Result<Alignment, AlignError> {
        let sounding = own.len();
        if sounding == 0 {
            return Err(AlignError::Silent);
        }
        let lag = highest(&self.sum);
        let mean = self.sum[lag] / sounding as f64;
        let correlation = own.iter().map(|own| own.alike).sum::<f64>() / sounding as f64;
        if correlation < LEAST {
            let reach_seconds = self.reach as f64 / f64::from(rate_hz);
            return Err(AlignError::Unlike {
                correlation,
                reach_seconds,
            });
        }
        let agreeing = own.iter().filter(|own| own.lag == lag).count();
        if 2 * agreeing < sounding {
            return Err(AlignError::Unsteady { agreeing, sounding });
        }
        Ok(Alignment {
            shift_frames: lag as i64 - self.reach as i64,
            polarity: if mean < 0.0 {
                AlignedPolarity::Inverted
            } else {
                AlignedPolarity::Kept
            },
            correlation: mean.abs(),
            sounding,
            agreeing,
        })
    }
}

/// Where one window of the mix is most alike the alternate.
struct Own {
    lag: usize,
    alike: f64,
}

/// The place of the largest value, whatever its sign.
fn highest(values: &[f64]) -> usize {
    let best = values
        .iter()
        .enumerate()
        .fold((0, 0.0), |best: (usize, f64), (place, x)| {
            if x.abs() > best.1 {
                (place, x.abs())
            } else {
                best
            }
        });
    best.0
}

/// Reads the sum of a source's channels from a frame on; what it does not have stays as it is.
fn read_mid(source: &mut dyn Source, from: u64, to: &mut [f64]) -> Result<(), SourceError> {
    source.seek(from)?;
    let mut room = vec![Vec::new(); source.spec().channels];
    let mut got = 0;
    while got < to.len() {
        let wanted = (to.len() - got).min(crate::render::BLOCK_FRAMES);
        room.iter_mut().for_each(|row| row.resize(wanted, 0.0));
        let read = source.read(&mut room)?;
        if read == 0 {
            break;
        }
        for row in &room {
            for (y, x) in to[got..got + read].iter_mut().zip(row) {
                *y += if x.is_finite() { *x } else { 0.0 };
            }
        }
        got += read;
    }
    Ok(())
}

/// An alternate brought to its mix: its first frame is the mix's, and so is its length.
///
/// Frames that the alternate does not have are silent. The same start, end, fades and edits then mean the same moments.
pub struct Brought<'a> {
    source: Box<dyn Source + 'a>,
    shift: i64,
    frames: u64,
    at: u64,
}

impl core::fmt::Debug for Brought<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Brought")
            .field("shift", &self.shift)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl<'a> Brought<'a> {
    /// Brings an alternate to a mix of so many frames; it begins at its first.
    pub fn new(
        alternate: Box<dyn Source + 'a>,
        alignment: &Alignment,
        mix_frames: u64,
    ) -> Result<Self, SourceError> {
        let mut brought = Self {
            source: alternate,
            shift: alignment.shift_frames,
            frames: mix_frames,
            at: 0,
        };
        brought.seek(0)?;
        Ok(brought)
    }
}

impl Source for Brought<'_> {
    fn spec(&self) -> SourceSpec {
        self.source.spec()
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn read(&mut self, block: &mut [Vec<f64>]) -> Result<usize, SourceError> {
        let wanted = block.first().map_or(0, Vec::len) as u64;
        let frames = wanted.min(self.frames - self.at);
        let count = usize::try_from(frames).unwrap_or(0);
        // Before the alternate begins there is silence.
        let before = -(self.at.cast_signed() + self.shift);
        let silent = u64::try_from(before).unwrap_or(0).min(frames);
        let silent = usize::try_from(silent).unwrap_or(0);
        block.iter_mut().for_each(|row| row[..count].fill(0.0));
        let mut got = silent;
        let mut room = vec![Vec::new(); block.len()];
        while got < count {
            room.iter_mut().for_each(|row| row.resize(count - got, 0.0));
            let read = self.source.read(&mut room)?;
            if read == 0 {
                break;
            }
            for (to, from) in block.iter_mut().zip(&room) {
                to[got..got + read].copy_from_slice(&from[..read]);
            }
            got += read;
        }
        self.at += frames;
        Ok(count)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.seek(0)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.at = frame.min(self.frames);
        let own = self.at.cast_signed() + self.shift;
        self.source.seek(u64::try_from(own).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::MemorySource;

    const RATE_HZ: u32 = 48_000;

    fn noise(seed: u64, frames: usize) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let next = move |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        (0..frames).map(next).collect()
    }

    /// Music that is a band and a voice; the band repeats itself each half second, as bands do.
    fn parts(frames: usize) -> (Vec<f64>, Vec<f64>) {
        let bar = noise(1, 24_000);
        let air = noise(2, frames);
        let band = (0..frames)
            .map(|n| 0.3 * bar[n % 24_000] + 0.1 * air[n])
            .collect();
        let voice = noise(3, frames).iter().map(|x| 0.25 * x).collect();
        (band, voice)
    }

    fn source(row: Vec<f64>) -> MemorySource {
        MemorySource::new(RATE_HZ, vec![row.clone(), row])
    }

    fn shifted(row: &[f64], by: i64) -> Vec<f64> {
        let at = |n: i64| {
            usize::try_from(n - by)
                .ok()
                .and_then(|n| row.get(n))
                .copied()
        };
        (0..row.len() as i64)
            .map(|n| at(n).unwrap_or(0.0))
            .collect()
    }

    #[test]
    fn an_alternate_is_found_to_the_frame() {
        let (band, voice) = parts(500_000);
        let mix: Vec<f64> = band.iter().zip(&voice).map(|(a, b)| a + b).collect();
        for (part, shift, sign) in [
            (&band, 0, 1.0),
            (&band, 1234, 1.0),
            (&voice, -77, 1.0),
            (&band, -40_000, -1.0),
        ] {
            let other: Vec<f64> = shifted(part, shift).iter().map(|x| x * sign).collect();
            let found = align(&mut source(mix.clone()), &mut source(other)).unwrap();
            assert_eq!(found.shift_frames, shift);
            let is_kept = found.polarity == AlignedPolarity::Kept;
            assert_eq!(is_kept, sign > 0.0, "{shift}");
            assert!(found.correlation > 0.5, "{found:?}");
        }
    }

    #[test]
    fn what_does_not_belong_is_refused() {
        let (band, _) = parts(500_000);
        let check = |other: Vec<f64>, words: &str| {
            let error = align(&mut source(band.clone()), &mut source(other)).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        };
        check(noise(9, 500_000), "not alike the mix");
        check(vec![0.0; 500_000], "sound nowhere together");
        // One frame is lost each 40 000, as between two clocks.
        let faster: Vec<f64> = (0..480_000).map(|n| band[n + n / 40_000]).collect();
        check(faster, "passages of the alternate lie at one place");
        let other_rate = &mut MemorySource::new(44_100, vec![band.clone(), band.clone()]);
        assert!(matches!(
            align(&mut source(band.clone()), other_rate),
            Err(AlignError::Misfit(_))
        ));
    }

    #[test]
    fn a_brought_alternate_lies_frame_by_frame_on_its_mix() {
        let row = noise(4, 10_000);
        for shift in [-300_i64, 0, 300] {
            let alignment = Alignment {
                shift_frames: shift,
                polarity: AlignedPolarity::Kept,
                correlation: 1.0,
                sounding: 1,
                agreeing: 1,
            };
            let boxed = Box::new(source(row.clone()));
            let mut brought = Brought::new(boxed, &alignment, 12_000).unwrap();
            let mut block = vec![vec![0.0; 700]; 2];
            let mut heard = Vec::new();
            loop {
                let read = brought.read(&mut block).unwrap();
                if read == 0 {
                    break;
                }
                heard.extend_from_slice(&block[0][..read]);
            }
            assert_eq!(heard.len(), 12_000);
            for (n, x) in (0_i64..).zip(&heard) {
                let own = usize::try_from(n + shift).ok().and_then(|n| row.get(n));
                assert_eq!(*x, own.copied().unwrap_or(0.0), "{n}");
            }
            brought.seek(5000).unwrap();
            brought.read(&mut block).unwrap();
            assert_eq!(block[0], heard[5000..5700]);
        }
    }
}
