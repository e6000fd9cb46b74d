//! What a side of a record asks of the lathe and its head: bass that is wide or out of phase, sibilants, treble.

use dsp::{Band, BandShape, Equaliser, Processor as _, Spec};
use serde::Serialize;

/// Below this the two channels should move the groove sideways only, in hertz: what is different between them moves it up and
/// down, until the stylus leaves the lacquer or the groove.
const BASS_HZ: f64 = 150.0;
/// Where sibilants lie, in hertz. The RIAA curve (IEC 60098) cuts 7 kHz 11 dB louder than 1 kHz, so a burst there is what a
/// head is driven hardest by.
const SIBILANCE_HZ: (f64, f64) = (5_000.0, 10_000.0);
/// From here on the same curve adds 14 dB and more, in hertz.
const TREBLE_HZ: f64 = 10_000.0;
/// Seconds of a window: a sibilant lasts some 50 ms.
const WINDOW_SECONDS: f64 = 0.02;
/// Windows in which bass is judged: two periods of 20 Hz.
const BASS_WINDOWS: usize = 5;
/// Windows in which treble is judged: what warms a head is a second, not a peak.
const TREBLE_WINDOWS: usize = 50;
/// Windows apart that are one passage: half a second.
const APART: usize = 25;

/// Bass more than this below the side's loudness moves no groove that matters, in dB.
const BASS_FLOOR_DB: f64 = -12.0;
/// Bass whose difference lies nearer to its sum than this is wide, in dB; at 0 it is out of phase.
const WIDE_DB: f64 = -6.0;
/// A burst that is louder than all below it, and not further than this below the side's loudness, in dB, is cut some 8 dB above
/// what the side is set by.
const SIBILANCE_DB: f64 = -3.0;
/// Treble not further than this below the side's loudness, in dB: most music has −20 to −15.
const TREBLE_DB: f64 = -12.0;

/// What a cutter has to know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CutterKind {
    /// The bass of the channels points against each other.
    BassOutOfPhase,
    /// The bass of the channels is far from being one.
    BassWide,
    /// Sibilants, or other bursts of treble.
    Sibilance,
    /// Much treble for a second or longer.
    Treble,
}

/// Something that a cutter has to know of, in one track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CutterFinding {
    /// What.
    pub kind: CutterKind,
    /// The track, by its place among the marks.
    pub track: usize,
    /// The first frame of the worst place, on the side.
    pub at_frame: u64,
    /// How bad it is there, in dB: difference against sum for bass, the band against the side's loudness for the others.
    pub worst_db: f64,
    /// Passages of the track in which it is so.
    pub passages: usize,
}

/// Listens to a side.
#[derive(Debug)]
pub struct CutterEar {
    bands: [Equaliser; 3],
    rows: Vec<Vec<f64>>,
    window_frames: usize,
    /// Frames of the window at hand.
    filled: usize,
    sums: Window,
    windows: Vec<Window>,
}

/// Energy of a window: sums of squares of all channels.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    bass_sum: f64,
    bass_difference: f64,
    sibilance: f64,
    treble: f64,
    all: f64,
}

impl Window {
    fn and(self, other: Self) -> Self {
        Self {
            bass_sum: self.bass_sum + other.bass_sum,
            bass_difference: self.bass_difference + other.bass_difference,
            sibilance: self.sibilance + other.sibilance,
            treble: self.treble + other.treble,
            all: self.all + other.all,
        }
    }
}

/// Most frames that are heard at a time.
const BLOCK_FRAMES: usize = 4096;

impl CutterEar {
    /// An ear for a side of one or two channels.
    #[must_use]
    pub fn new(rate_hz: u32, channels: usize) -> Self {
        let spec = Spec { rate_hz, channels };
        let pass = |shapes: &[(BandShape, f64)]| {
            let bands: Vec<Band> = shapes
                .iter()
                .map(|(shape, hz)| Band::new(*shape, *hz, 0.0, 1.0))
                .collect();
            let mut equaliser = Equaliser::new(&bands);
            equaliser.prepare(spec, BLOCK_FRAMES);
            equaliser
        };
        let (low, high) = SIBILANCE_HZ;
        Self {
            bands: [
                pass(&[(BandShape::LowPass(4), BASS_HZ)]),
                pass(&[(BandShape::HighPass(4), low), (BandShape::LowPass(4), high)]),
                pass(&[(BandShape::HighPass(8), TREBLE_HZ)]),
            ],
            rows: vec![vec![0.0; BLOCK_FRAMES]; channels],
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "some thousand frames"
            )]
            window_frames: ((f64::from(rate_hz) * WINDOW_SECONDS) as usize).max(1),
            filled: 0,
            sums: Window::default(),
            windows: Vec::new(),
        }
    }

    /// Hears the next frames; all channels have one length.
    pub fn feed(&mut self, block: &[&[f64]]) {
        let frames = block.first().map_or(0, |row| row.len());
        let mut at = 0;
        while at < frames {
            let count = (frames - at)
                .min(self.window_frames - self.filled)
                .min(BLOCK_FRAMES);
            let stretch: Vec<&[f64]> = block.iter().map(|row| &row[at..at + count]).collect();
            self.hear(&stretch, count);
            at += count;
            self.filled += count;
            if self.filled == self.window_frames {
                self.windows.push(std::mem::take(&mut self.sums));
                self.filled = 0;
            }
        }
    }

    fn hear(&mut self, block: &[&[f64]], count: usize) {
        self.sums.all += energy(block.iter().copied());
        for band in 0..self.bands.len() {
            for (to, from) in self.rows.iter_mut().zip(block) {
                to[..count].copy_from_slice(from);
            }
            let rows = self.rows.iter_mut();
            let mut rows: Vec<&mut [f64]> = rows.map(|row| &mut row[..count]).collect();
            self.bands[band].process(&mut rows, None, &[]);
            let whole = energy(rows.iter().map(|row| &**row));
            match (band, &rows[..]) {
                (0, [left, right]) => {
                    for (l, r) in left.iter().zip(right.iter()) {
                        self.sums.bass_sum += (l + r) * (l + r) / 2.0;
                        self.sums.bass_difference += (l - r) * (l - r) / 2.0;
                    }
                }
                (0, _) => self.sums.bass_sum += whole,
                (1, _) => self.sums.sibilance += whole,
                _ => self.sums.treble += whole,
            }
        }
    }

    /// What there is to know, track by track: `marks` are their first frames in order, `lufs` the loudness of the whole side. A
    /// silent side has nothing.
    #[must_use]
    pub fn finish(self, marks: &[u64], lufs: Option<f64>) -> Vec<CutterFinding> {
        let Some(lufs) = lufs else {
            return Vec::new();
        };
        let kinds = [
            (CutterKind::BassOutOfPhase, BASS_WINDOWS),
            (CutterKind::BassWide, BASS_WINDOWS),
            (CutterKind::Sibilance, 1),
            (CutterKind::Treble, TREBLE_WINDOWS),
        ];
        let mut found: Vec<CutterFinding> = Vec::new();
        for (kind, windows) in kinds {
            let mut last: Option<(usize, usize)> = None;
            for (place, group) in self.windows.chunks(windows).enumerate() {
                let sum = group
                    .iter()
                    .fold(Window::default(), |sum, own| sum.and(*own));
                let frames = (group.len() * self.window_frames) as f64;
                let Some(worst_db) = judge(kind, &sum, frames, lufs) else {
                    continue;
                };
                let first = place * windows;
                let at_frame = (first * self.window_frames) as u64;
                let track = marks.partition_point(|mark| *mark <= at_frame);
                let track = track.saturating_sub(1);
                let is_new = last.is_none_or(|(before, of)| of != track || first > before + APART);
                last = Some((first + windows, track));
                let known = found
                    .iter_mut()
                    .find(|f| f.kind == kind && f.track == track);
                match known {
                    None => found.push(CutterFinding {
                        kind,
                        track,
                        at_frame,
                        worst_db,
                        passages: 1,
                    }),
                    Some(known) => {
                        known.passages += usize::from(is_new);
                        if worst_db > known.worst_db {
                            (known.worst_db, known.at_frame) = (worst_db, at_frame);
                        }
                    }
                }
            }
        }
        found.sort_by_key(|f| (f.track, f.at_frame, f.kind));
        found
    }
}

fn energy<'a>(rows: impl Iterator<Item = &'a [f64]>) -> f64 {
    rows.flatten().map(|x| x * x).sum()
}

/// How bad a window is, where it is.
fn judge(kind: CutterKind, window: &Window, frames: f64, lufs: f64) -> Option<f64> {
    // The scale of BS.1770 without its weighting: the channels' powers added, less 0.691 dB.
    let beside = |energy: f64| 10.0 * (energy / frames).log10() - 0.691 - lufs;
    let width = 10.0 * (window.bass_difference / window.bass_sum).log10();
    let is_bass = beside(window.bass_sum + window.bass_difference) > BASS_FLOOR_DB;
    match kind {
        CutterKind::BassOutOfPhase => (is_bass && width >= 0.0).then_some(width),
        CutterKind::BassWide => (is_bass && (WIDE_DB..0.0).contains(&width)).then_some(width),
        CutterKind::Sibilance => {
            let level = beside(window.sibilance);
            let below = window.all - window.sibilance - window.treble;
            (level > SIBILANCE_DB && window.sibilance > below).then_some(level)
        }
        CutterKind::Treble => {
            let level = beside(window.treble);
            (level > TREBLE_DB).then_some(level)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::TAU;

    const RATE_HZ: u32 = 48_000;

    /// Six seconds of a 400 Hz tone at −20 dBFS with something else in the fourth.
    fn heard(hz: f64, left: f64, right: f64) -> Vec<(CutterKind, usize, f64, f64)> {
        let sine = |hz: f64, n: u32| (TAU * hz * f64::from(n) / f64::from(RATE_HZ)).sin();
        let row = |gain: f64| {
            (0..6 * RATE_HZ)
                .map(|n| {
                    let is_there = (3 * RATE_HZ..4 * RATE_HZ).contains(&n);
                    let other = if is_there { gain * sine(hz, n) } else { 0.0 };
                    0.1 * sine(400.0, n) + other
                })
                .collect::<Vec<f64>>()
        };
        let rows = [row(left), row(right)];
        let mut ear = CutterEar::new(RATE_HZ, 2);
        // Blocks of any length.
        for from in (0..rows[0].len()).step_by(7001) {
            let to = (from + 7001).min(rows[0].len());
            ear.feed(&rows.each_ref().map(|row| &row[from..to]));
        }
        // The tone alone: −20 dBFS in two channels is −20.7 on this scale.
        let found = ear.finish(
            &[0, 2 * u64::from(RATE_HZ), 5 * u64::from(RATE_HZ)],
            Some(-20.7),
        );
        found
            .iter()
            .map(|f| {
                let seconds = f.at_frame as f64 / f64::from(RATE_HZ);
                (f.kind, f.track, seconds, f.worst_db)
            })
            .collect()
    }

    #[test]
    fn bass_between_the_channels_is_told_by_how_wide_it_is() {
        assert_eq!(
            heard(60.0, 0.1, 0.1),
            [],
            "the same in both is what a lathe likes"
        );
        let found = heard(60.0, 0.1, -0.1);
        assert_eq!(
            (found.len(), found[0].0, found[0].1),
            (1, CutterKind::BassOutOfPhase, 1)
        );
        assert!((3.0..4.0).contains(&found[0].2), "{found:?}");
        // One channel alone is as much difference as sum; slopes of the filter's beginning and end may be beside it.
        let found = heard(60.0, 0.2, 0.05);
        assert_eq!((found[0].0, found[0].1), (CutterKind::BassWide, 1));
        // (0.15 / 0.25)² is −4.4 dB; where the tone begins and ends the filter adds a little.
        assert!((found[0].3 + 4.4).abs() < 0.5, "{found:?}");
        // Bass far below the music moves nothing.
        assert_eq!(heard(60.0, 0.01, -0.01), []);
    }

    #[test]
    fn sibilants_and_treble_are_told_with_their_place() {
        let found = heard(7000.0, 0.15, 0.15);
        assert!(
            matches!(found[..], [(CutterKind::Sibilance, 1, at, _)] if (3.0..4.0).contains(&at)),
            "{found:?}"
        );
        // Of 0.15 against 0.1: 3.5 dB above the side's loudness, less 0.5 dB by the two slopes of the band.
        assert!((found[0].3 - 3.0).abs() < 0.1, "{found:?}");
        let found = heard(12_000.0, 0.05, 0.05);
        assert!(
            matches!(found[..], [(CutterKind::Treble, 1, 3.0, _)]),
            "{found:?}"
        );
        assert!((found[0].3 + 6.0).abs() < 0.3, "{found:?}");
        assert_eq!(heard(7000.0, 0.02, 0.02), []);
        assert_eq!(heard(12_000.0, 0.01, 0.01), []);
    }

    #[test]
    fn silence_and_one_channel_have_nothing_between_channels() {
        let mut ear = CutterEar::new(RATE_HZ, 1);
        ear.feed(&[&vec![0.3; 48_000]]);
        assert_eq!(ear.finish(&[0], Some(-10.0)), []);
        let mut ear = CutterEar::new(RATE_HZ, 2);
        ear.feed(&[&[0.0; 48_000], &[0.0; 48_000]]);
        assert_eq!(ear.finish(&[0], None), []);
    }
}
