//! A song that goes out by one clock and comes back by another: chirps round it say where it lies, and how fast the other
//! clock runs.
//!
//! Two interfaces, two servers: nothing tells how many frames lie between what one sent and what the other recorded. So
//! chirps go ahead of the song and behind it, through the same gear and cables, and what the gear does to their phase is
//! told from their delay as in a measurement.

use std::{fmt, io};

use dsp::Resampler;

use crate::align::settled;
use crate::delay::{PhaseKind, PureDelay, pure_delay};
use crate::impulse::{PLACES, SweepLab, Transfer, scatter};
use crate::retime::retimed;
use crate::signals::Sweep;

/// Silence ahead of everything, in seconds: sends ramp up in it.
const LEAD_S: f64 = 0.25;
/// Length of a chirp, in seconds.
const CHIRP_S: f64 = 0.7;
/// Silence behind a chirp, in seconds: its answer dies away in it.
const GAP_S: f64 = 0.6;
/// Chirps at each end: what they differ by is noise, and only the first has another behind it.
const REPEATS: usize = 2;
/// Least silence behind the first chirps and ahead of the last, in seconds: where chirps are looked for is no song.
const APART_S: f64 = LATE_S;
/// Longest that the first chirp is looked for beyond its place, in seconds: recording begins ahead of sending.
const LATE_S: f64 = 1.5;
/// How near the last one's place is known but for the clocks, in seconds.
const NEAR_S: f64 = 0.1;
/// No two clocks differ by more, in parts in a million.
const MOST_PPM: f64 = 300.0;
/// A clock that seems to differ by less is left alone: over ten minutes it is a quarter of a frame at 44.1 kHz.
const LEAST_PPM: f64 = 0.01;
/// Frames ahead of its place that an answer is cut from.
const AHEAD: usize = 8_192;

/// What is sent round a song, and when; frames are those of the send.
#[derive(Clone, Debug)]
pub struct Chirps {
    sent_hz: u32,
    returned_hz: u32,
    sweep: Sweep,
    chirp: Vec<f64>,
    period: usize,
    /// Silence behind the first chirps, for the gear to settle.
    settle_frames: u64,
    song_frames: u64,
    tail_frames: u64,
}

/// How the return's clock lies to the send's.
#[derive(Clone, Debug, PartialEq)]
pub struct Clocks {
    /// Where frame 0 of the song lies in the recording, channel by channel.
    pub song_at: Vec<f64>,
    /// So many frames more than the rates say come back of a million, as in [`crate::Measurement::clock_drift_ppm`].
    pub drift_ppm: f64,
}

/// One of the two places where chirps are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SongEnd {
    /// Ahead of the song.
    Ahead,
    /// Behind it.
    Behind,
}

impl fmt::Display for SongEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ahead => "ahead of",
            Self::Behind => "behind",
        })
    }
}

/// Why nobody knows where the song lies.
#[derive(Debug, thiserror::Error)]
pub enum NoClocks {
    /// The recording could not be read.
    #[error("the take could not be read")]
    Read(#[from] io::Error),
    /// A chirp is not there.
    #[error(
        "the chirp {end} the song did not come back on return {channel}, so nothing tells where the song lies: see that the return is patched and that nothing was cut off, then print again"
    )]
    Lost {
        /// Which one.
        end: SongEnd,
        /// From 1.
        channel: usize,
    },
    /// The clocks lie too far apart.
    #[error(
        "the return's clock seems to run {ppm:+.0} parts in a million off the send's, which no converter does: sound was lost in between; print again"
    )]
    TooFar {
        /// How far.
        ppm: f64,
    },
}

/// Reads frames of a recording: from which, how many, channel by channel; silence beyond its end.
pub type CutFrames<'a> = &'a mut dyn FnMut(u64, usize) -> io::Result<Vec<Vec<f64>>>;

impl Chirps {
    /// For a song of so many frames that is sent at one rate and comes back at another; the peak of the chirps in dBFS.
    pub fn new([sent_hz, returned_hz]: [u32; 2], level_dbfs: f64, song_frames: u64) -> Self {
        let rate = f64::from(sent_hz);
        let sweep = Sweep {
            rate_hz: sent_hz,
            frames: (CHIRP_S * rate) as usize,
            level_dbfs,
        };
        Self {
            period: sweep.frames + (GAP_S * rate) as usize,
            chirp: sweep.samples().iter().map(|x| whole(*x)).collect(),
            sweep,
            sent_hz,
            returned_hz,
            settle_frames: 0,
            song_frames,
            tail_frames: 0,
        }
    }

    /// With so much silence ahead of the song, and behind it for what sounds on.
    #[must_use]
    pub fn with_silence(mut self, settle_frames: u64, tail_frames: u64) -> Self {
        (self.settle_frames, self.tail_frames) = (settle_frames, tail_frames);
        self
    }

    fn lead(&self) -> u64 {
        (LEAD_S * f64::from(self.sent_hz)) as u64
    }

    fn apart(&self) -> u64 {
        (APART_S * f64::from(self.sent_hz)) as u64
    }

    fn chirping(&self) -> u64 {
        (REPEATS * self.period) as u64
    }

    /// The song's first frame in what is sent.
    pub fn song_at(&self) -> u64 {
        self.lead() + self.chirping() + self.settle_frames.max(self.apart())
    }

    fn behind_at(&self) -> u64 {
        self.song_at() + self.song_frames + self.tail_frames + self.apart()
    }

    /// Frames that are sent.
    pub fn sent_frames(&self) -> u64 {
        self.behind_at() + self.chirping()
    }

    /// Frames of the return's that one of the send's is, where both clocks are right.
    fn ratio(&self) -> f64 {
        f64::from(self.returned_hz) / f64::from(self.sent_hz)
    }

    /// Frames that the song has at the return's rate.
    pub fn song_frames_returned(&self) -> u64 {
        (self.song_frames as f64 * self.ratio()).round() as u64
    }

    /// Adds the chirps of these frames to what is sent on a channel from `from` on.
    pub fn sound(&self, from: u64, block: &mut [f64]) {
        let (begins, ends) = (from, from + block.len() as u64);
        let chirping = [self.lead(), self.behind_at()];
        let touched = |at: &u64| *at < ends && at + self.chirping() > begins;
        if !chirping.iter().any(touched) {
            return;
        }
        for at in chirping {
            for repeat in 0..REPEATS {
                let at = at + (repeat * self.period) as u64;
                for (n, x) in (begins..).zip(block.iter_mut()) {
                    if let Some(of) = n.checked_sub(at) {
                        *x += self.chirp.get(of as usize).copied().unwrap_or(0.0);
                    }
                }
            }
        }
    }

    /// Finds both ends in what came back, and with them the song.
    ///
    /// # Errors
    /// A chirp that did not come back; clocks that no converters have; a recording that cannot be read.
    pub fn find(&self, channels: usize, cut: CutFrames<'_>) -> Result<Clocks, NoClocks> {
        self.found(channels, cut, None)
    }

    /// The same where the recording ends inside the song: the drift has to be known, by a measurement.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_first(
        &self,
        channels: usize,
        drift_ppm: f64,
        cut: CutFrames<'_>,
    ) -> Result<Clocks, NoClocks> {
        self.found(channels, cut, Some(drift_ppm))
    }

    fn found(
        &self,
        channels: usize,
        cut: CutFrames<'_>,
        known_ppm: Option<f64>,
    ) -> Result<Clocks, NoClocks> {
        let mut drift_ppm = known_ppm.unwrap_or(0.0);
        let mut song_at = vec![0.0; channels];
        // A chirp that a clock has stretched seems to lie elsewhere; the second look sees it as it was sent.
        for _ in 0..3 {
            let at = (0.0, LEAD_S + LATE_S);
            let first = self.ends(SongEnd::Ahead, at, (channels, drift_ppm), cut)?;
            if known_ppm.is_none() {
                let far = (self.behind_at() - self.lead()) as f64 * self.ratio();
                let expected = first.iter().copied().fold(f64::MAX, f64::min) + far;
                let slack = MOST_PPM * 1e-6 * far + NEAR_S * f64::from(self.returned_hz);
                let search_s = 2.0 * slack / f64::from(self.returned_hz);
                let at = (expected - slack, search_s);
                let last = self.ends(SongEnd::Behind, at, (channels, drift_ppm), cut)?;
                let pairs = first.iter().zip(&last);
                let apart: f64 = pairs.map(|(first, last)| last - first).sum();
                drift_ppm = (apart / channels as f64 / far - 1.0) * 1e6;
                if drift_ppm.abs() > MOST_PPM {
                    return Err(NoClocks::TooFar { ppm: drift_ppm });
                }
            }
            let ahead = (self.song_at() - self.lead()) as f64 * self.ratio();
            song_at = first
                .iter()
                .map(|end| end + ahead * (1.0 + drift_ppm * 1e-6))
                .collect();
        }
        if drift_ppm.abs() < LEAST_PPM {
            // One word clock for both: where no fraction is left either, every bit passes.
            drift_ppm = 0.0;
            song_at.iter_mut().for_each(|at| *at = settled(*at));
        }
        Ok(Clocks { song_at, drift_ppm })
    }

    /// Where the chirps of one end begin in the recording, looked for from a place on.
    fn ends(
        &self,
        end: SongEnd,
        (from, search_s): (f64, f64),
        (channels, drift_ppm): (usize, f64),
        cut: CutFrames<'_>,
    ) -> Result<Vec<f64>, NoClocks> {
        let returned = f64::from(self.returned_hz);
        let from = from.max(0.0) as u64;
        let seconds = search_s + (self.chirping() as f64) / f64::from(self.sent_hz);
        let rows = cut(from, (seconds * returned) as usize)?;
        let search = (search_s * f64::from(self.sent_hz)) as usize;
        let found = (0..channels).map(|c| {
            let row = self.as_sent(rows.get(c).map_or(&[][..], Vec::as_slice), drift_ppm);
            let place = self.place(&row, search);
            let place = place.ok_or(NoClocks::Lost {
                end,
                channel: c + 1,
            })?;
            Ok(from as f64 + place * (1.0 + drift_ppm * 1e-6) * self.ratio())
        });
        found.collect()
    }

    /// At the send's rate and pace.
    fn as_sent(&self, row: &[f64], drift_ppm: f64) -> Vec<f64> {
        let row = at_rate(row, [self.returned_hz, self.sent_hz]);
        if drift_ppm == 0.0 {
            return row;
        }
        retimed(&row, drift_ppm)
    }

    /// Where the first of two chirps begins, the second one brought to it; `None` where there is none.
    fn place(&self, row: &[f64], search: usize) -> Option<f64> {
        let lab = SweepLab::new(self.sweep, row.len());
        let peak = lab.first_of_two(row, self.period, search)?;
        let lab = SweepLab::new(self.sweep, AHEAD + self.period);
        let transfers: Vec<Transfer> = (0..REPEATS)
            .map(|repeat| {
                let from = (peak + repeat * self.period) as i64 - AHEAD as i64;
                let sample = |n: usize| {
                    let at = usize::try_from(from + n as i64).ok()?;
                    row.get(at).copied()
                };
                let cut: Vec<f64> = (0..AHEAD + self.period)
                    .map(|n| sample(n).unwrap_or(0.0))
                    .collect();
                lab.transfer(&lab.answer_from(&cut, AHEAD), AHEAD)
            })
            .collect();
        let noise = scatter(&transfers);
        let top = 0.42 * f64::from(self.sent_hz.min(self.returned_hz));
        let band =
            [20.0, top].map(|hz| (hz * PLACES as f64 / f64::from(self.sent_hz)).round() as usize);
        let fits = transfers.iter();
        let fits = fits.filter_map(|transfer| pure_delay(&transfer.h, &noise, band));
        let fits: Vec<PureDelay> = fits.collect();
        let kind: PhaseKind = fits.first()?.kind;
        let same: Vec<f64> = fits
            .iter()
            .filter(|fit| fit.kind == kind)
            .map(|fit| fit.frames)
            .collect();
        Some(peak as f64 + same.iter().sum::<f64>() / same.len() as f64)
    }
}

/// In 24 bits: a take of a song that fits them fits them too.
fn whole(x: f64) -> f64 {
    (x * 8_388_608.0).round() / 8_388_608.0
}

/// A whole recording at another rate, each frame in its time; as it is where a rate cannot be converted.
pub(crate) fn at_rate(row: &[f64], [from_hz, to_hz]: [u32; 2]) -> Vec<f64> {
    const BLOCK: usize = 8_192;
    if from_hz == to_hz {
        return row.to_vec();
    }
    let Ok(mut converter) = Resampler::new(from_hz, to_hz, 1, BLOCK) else {
        return row.to_vec();
    };
    let mut piece = vec![0.0; converter.max_output_frames()];
    let mut all = Vec::new();
    for block in row.chunks(BLOCK) {
        let made = converter.process(&[block], &mut [&mut piece]);
        all.extend_from_slice(&piece[..made]);
    }
    loop {
        let made = converter.finish(&mut [&mut piece]);
        if made == 0 {
            return all;
        }
        all.extend_from_slice(&piece[..made]);
    }
}
