//! What a plan listens for beside loudness and spectrum: the width of the bass, and sibilance.

use dsp::{Band, BandShape, Equaliser, Processor, Spec, power_to_db};

use crate::render::BLOCK_FRAMES;

/// Up to here bass is judged, in hertz.
const BASS_HZ: f64 = 120.0;
/// Sibilance lies between these, in hertz.
pub(crate) const SIBILANCE_HZ: [f64; 2] = [5_000.0, 9_500.0];
/// A voice without its sibilants lies between these, in hertz.
const VOICE_HZ: [f64; 2] = [300.0, 4_000.0];
/// Length of the moments in which sibilance is looked for, in seconds: an "s" has 50 to 150 ms.
const MOMENT_SECONDS: f64 = 0.04;
/// Moments quieter than this are no speech, in dBFS.
const QUIET_DBFS: f64 = -50.0;
/// So few moments say nothing: two seconds.
const LEAST_MOMENTS: u64 = 50;
/// The sharpest fiftieth lies above this share.
const SHARPEST: f64 = 0.98;
/// Levels are counted in steps of half a dB.
const STEPS_PER_DB: f64 = 2.0;
const STEPS: usize = 240;
/// The lowest level that is told from silence, in dB.
const LOWEST_DB: f64 = -80.0;

/// How often each level occurred.
struct Levels([u64; STEPS]);

impl Levels {
    fn count(&mut self, db: f64) {
        let step = ((db - LOWEST_DB) * STEPS_PER_DB).clamp(0.0, (STEPS - 1) as f64);
        self.0[step as usize] += 1;
    }

    fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The level below which this share of the moments lies, in dB.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.total() as f64;
        let mut seen = 0.0;
        for (step, count) in self.0.iter().enumerate() {
            seen += *count as f64;
            if seen >= wanted {
                return LOWEST_DB + (step as f64 + 0.5) / STEPS_PER_DB;
            }
        }
        LOWEST_DB + STEPS as f64 / STEPS_PER_DB
    }
}

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Character {
    /// Power of the side below 120 Hz against the middle's, in dB; none for mono and for a mix without bass.
    pub(crate) bass_side_to_mid_db: Option<f64>,
    /// Power of the whole side against the middle's, in dB; none for mono.
    pub(crate) side_to_mid_db: Option<f64>,
    /// Sibilance, where there is enough sound to speak of it.
    pub(crate) sibilance: Option<Sibilance>,
}

/// How sharp the sharpest moments are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sibilance {
    /// Level of 5 to 9.5 kHz against 300 Hz to 4 kHz in the sharpest fiftieth of the moments, in dB.
    pub(crate) sharpest_db: f64,
    /// The same in the middle of all moments, in dB.
    pub(crate) usual_db: f64,
    /// RMS of 5 to 9.5 kHz in the sharpest fiftieth of the moments, in dBFS.
    pub(crate) level_dbfs: f64,
}

/// Listens to a mix in blocks of up to [`BLOCK_FRAMES`].
pub(crate) struct Listener {
    bass: Equaliser,
    /// Sharp and voice; none where the rate does not reach them.
    speech: Option<[Equaliser; 2]>,
    /// Mid and side, as they came and after the bass filter.
    rows: [Vec<f64>; 2],
    low: [Vec<f64>; 2],
    /// The middle after the filters of speech.
    parts: [Vec<f64>; 2],
    channels: usize,
    whole_power: [f64; 2],
    bass_power: [f64; 2],
    moments: Moments,
}

impl Listener {
    pub(crate) fn new(rate_hz: u32, channels: usize) -> Self {
        use BandShape::{HighPass, LowPass};
        let row = || vec![0.0; BLOCK_FRAMES];
        let reaches = f64::from(rate_hz) * 0.45 > SIBILANCE_HZ[1];
        let speech = reaches.then(|| {
            [SIBILANCE_HZ, VOICE_HZ]
                .map(|[from, to]| filter(rate_hz, 1, &[(HighPass(2), from), (LowPass(2), to)]))
        });
        Self {
            bass: filter(rate_hz, 2, &[(LowPass(2), BASS_HZ)]),
            speech,
            rows: [row(), row()],
            low: [row(), row()],
            parts: [row(), row()],
            channels,
            whole_power: [0.0; 2],
            bass_power: [0.0; 2],
            moments: Moments::new(rate_hz),
        }
    }

    /// Hears a block; beyond two channels, the first two.
    pub(crate) fn feed(&mut self, block: &[&[f64]]) {
        let frames = block.first().map_or(0, |channel| channel.len());
        let (left, right) = (block[0], block[if self.channels > 1 { 1 } else { 0 }]);
        let [mid, side] = &mut self.rows;
        let [mid, side] = [&mut mid[..frames], &mut side[..frames]];
        for ((mid, side), (l, r)) in mid
            .iter_mut()
            .zip(side.iter_mut())
            .zip(left.iter().zip(right))
        {
            let (l, r) = (audio(*l), audio(*r));
            (*mid, *side) = (0.5 * (l + r), 0.5 * (l - r));
        }
        for (low, row) in self.low.iter_mut().zip(&self.rows) {
            low[..frames].copy_from_slice(&row[..frames]);
        }
        let [low_mid, low_side] = &mut self.low;
        let mut both = [&mut low_mid[..frames], &mut low_side[..frames]];
        self.bass.process(&mut both, None, &[]);
        for k in 0..2 {
            self.whole_power[k] += power(&self.rows[k][..frames]);
            self.bass_power[k] += power(&self.low[k][..frames]);
        }
        let Some(speech) = &mut self.speech else {
            return;
        };
        for (filter, part) in speech.iter_mut().zip(&mut self.parts) {
            let part = &mut part[..frames];
            part.copy_from_slice(&self.rows[0][..frames]);
            filter.process(&mut [part], None, &[]);
        }
        let [sharp, voice] = &self.parts;
        self.moments.feed(&sharp[..frames], &voice[..frames]);
    }

    pub(crate) fn finish(self) -> Character {
        let is_stereo = self.channels > 1;
        let ratio = |[mid, side]: [f64; 2]| {
            (is_stereo && mid > 0.0).then(|| power_to_db(side / mid).max(-200.0))
        };
        let has_bass = self.bass_power[0] > 1e-3 * self.whole_power[0];
        Character {
            bass_side_to_mid_db: ratio(self.bass_power).filter(|_| has_bass),
            side_to_mid_db: ratio(self.whole_power),
            sibilance: self.moments.finish(),
        }
    }
}

fn filter(rate_hz: u32, channels: usize, shapes: &[(BandShape, f64)]) -> Equaliser {
    let band = |(shape, hz): &(BandShape, f64)| Band::new(*shape, *hz, 0.0, 0.707);
    let mut equaliser = Equaliser::new(&shapes.iter().map(band).collect::<Vec<_>>());
    equaliser.prepare(Spec { rate_hz, channels }, BLOCK_FRAMES);
    equaliser
}

/// What is no audio is silence.
fn audio(sample: f64) -> f64 {
    if sample.abs() < dsp::LARGEST_SAMPLE {
        sample
    } else {
        0.0
    }
}

fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|x| x * x).sum()
}

/// The levels of moments, counted: memory does not grow with the length.
struct Moments {
    frames: usize,
    filled: usize,
    /// Sums of squares of the moment at hand: sharp and voice.
    sums: [f64; 2],
    /// Sharp against voice, and sharp alone.
    against_voice: Levels,
    sharpness: Levels,
}

impl Moments {
    fn new(rate_hz: u32) -> Self {
        Self {
            frames: (f64::from(rate_hz) * MOMENT_SECONDS) as usize,
            filled: 0,
            sums: [0.0; 2],
            against_voice: Levels([0; STEPS]),
            sharpness: Levels([0; STEPS]),
        }
    }

    fn feed(&mut self, sharp: &[f64], voice: &[f64]) {
        let mut at = 0;
        while at < sharp.len() {
            let end = sharp.len().min(at + self.frames - self.filled);
            for (sum, part) in self.sums.iter_mut().zip([sharp, voice]) {
                for x in &part[at..end] {
                    *sum += x * x;
                }
            }
            self.filled += end - at;
            at = end;
            if self.filled == self.frames {
                self.count();
            }
        }
    }

    fn count(&mut self) {
        let [sharp, voice] = self
            .sums
            .map(|sum| power_to_db(sum / self.frames as f64 + 1e-30));
        if voice.max(sharp) > QUIET_DBFS {
            self.against_voice.count(sharp - voice);
            self.sharpness.count(sharp);
        }
        (self.sums, self.filled) = ([0.0; 2], 0);
    }

    fn finish(&self) -> Option<Sibilance> {
        (self.against_voice.total() >= LEAST_MOMENTS).then(|| Sibilance {
            sharpest_db: self.against_voice.quantile(SHARPEST),
            usual_db: self.against_voice.quantile(0.5),
            level_dbfs: self.sharpness.quantile(SHARPEST),
        })
    }
}
