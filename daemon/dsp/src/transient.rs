use crate::GRID_FRAMES;
use crate::decibel::{db_to_gain, power_to_db};
use crate::oversampler::{Delay, Oversampler, Oversampling};
use crate::processor::{
    Faults, GainReduction, ParamEvent, Processor, Spec, Steps, frames_of, zero_non_finite,
};

/// Settings of the transient shaper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransientSettings {
    /// Most gain in dB on attacks; negative softens them.
    pub attack_db: f64,
    /// Most gain in dB on what rings after them; negative dries it up.
    pub sustain_db: f64,
    /// How long an attack counts as one, in milliseconds.
    pub attack_ms: f64,
    /// How long what rings is heard as belonging to it, in milliseconds.
    pub sustain_ms: f64,
}

impl Default for TransientSettings {
    fn default() -> Self {
        Self {
            attack_db: 0.0,
            sustain_db: 0.0,
            attack_ms: 20.0,
            sustain_ms: 200.0,
        }
    }
}

/// A rise (or fall) of this many dB beyond the slow envelope gets the full gain.
const FULL_DB: f64 = 12.0;
/// Time constant in milliseconds in which a level counts as there, and as gone, for the fast envelopes.
const FAST_RISE_MS: f64 = 0.3;
const FAST_FALL_MS: f64 = 5.0;
/// A peak is remembered for this long, in milliseconds, so that the waves of a tone are no attacks.
const PEAK_MS: f64 = 30.0;
/// Smooths the gain: no edge faster than this, in milliseconds.
const SMOOTH_MS: f64 = 0.5;
/// Levels below this are silence.
const FLOOR_DB: f64 = -120.0;
const SNAP_DB: f64 = 1e-9;
/// The rate at which peaks are read and the gain is applied: gain and signal each reach up to half the
/// rate, their product up to the whole of it.
const OVERSAMPLING: Oversampling = Oversampling::X4;
const TIMES: usize = 4;
const STRETCH: usize = GRID_FRAMES as usize;

/// Raises or lowers attacks and what rings after them, whatever their level: the gain follows the difference of
/// two envelopes (SPL's differential envelope technology, patent DE 198 04 992, expired).
///
/// All channels get one gain. A steady tone is left alone. Peaks between samples count, and the gain is applied at
/// four times the rate, so that a quick change of it folds nothing back; only what it changes goes through the
/// filters of that rate. The amount is read as [`GainReduction`].
#[derive(Debug, Clone)]
pub struct TransientShaper {
    settings: TransientSettings,
    times: Times,
    state: State,
    /// Highest power per frame, then by what share the gain changes it.
    changes: Vec<f64>,
    /// The last frame's.
    change_before: f64,
    ways: Vec<Oversampler>,
    key_ways: Vec<Oversampler>,
    dry: Delay,
    cut: Vec<f64>,
    position: u64,
    faults: Faults,
}

#[derive(Debug, Clone, Copy, Default)]
struct Times {
    fast_rise: f64,
    fast_fall: f64,
    slow_rise: f64,
    slow_fall: f64,
    smooth: f64,
    peak_keep: f64,
}

/// Envelopes in dB above the floor, and the gain in dB.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    peak: f64,
    fast: f64,
    /// Rises slowly, falls like the fast one.
    late: f64,
    /// Rises like the fast one, falls slowly.
    long: f64,
    gain_db: f64,
    max_db: f64,
    sum_db: f64,
}

fn follow(value: &mut f64, level: f64, rise: f64, fall: f64) {
    let share = if level > *value { rise } else { fall };
    *value += (level - *value) * share;
}

impl State {
    fn next(&mut self, power: f64, settings: &TransientSettings, times: &Times) -> f64 {
        self.peak = power.max(self.peak * times.peak_keep);
        let level = (power_to_db(self.peak.max(1e-12)) - FLOOR_DB).max(0.0);
        follow(&mut self.fast, level, times.fast_rise, times.fast_fall);
        follow(&mut self.late, level, times.slow_rise, times.fast_fall);
        follow(&mut self.long, level, times.fast_rise, times.slow_fall);
        let attack = ((self.fast - self.late) / FULL_DB).clamp(0.0, 1.0);
        let ring = ((self.long - self.fast) / FULL_DB).clamp(0.0, 1.0);
        let wanted = settings.attack_db * attack + settings.sustain_db * ring;
        self.gain_db += (wanted - self.gain_db) * times.smooth;
        self.max_db = self.max_db.max(self.gain_db.abs());
        self.sum_db += self.gain_db.abs();
        self.gain_db
    }

    fn tidy(&mut self) {
        if self.peak < 1e-30 {
            self.peak = 0.0;
        }
        for value in [&mut self.fast, &mut self.late, &mut self.long] {
            if *value < SNAP_DB {
                *value = 0.0;
            }
        }
        if self.gain_db.abs() < SNAP_DB {
            self.gain_db = 0.0;
        }
    }
}

impl TransientShaper {
    /// A shaper with these settings.
    pub fn new(settings: TransientSettings) -> Self {
        Self {
            settings,
            times: Times::default(),
            state: State::default(),
            changes: vec![0.0; STRETCH],
            change_before: 0.0,
            ways: Vec::new(),
            key_ways: Vec::new(),
            dry: Delay::default(),
            cut: vec![0.0; STRETCH],
            position: 0,
            faults: Faults::default(),
        }
    }

    /// Turns powers into changes by the gain, in place.
    fn follow(&mut self, frames: usize) {
        for value in &mut self.changes[..frames] {
            let gain_db = self.state.next(*value, &self.settings, &self.times);
            *value = if gain_db.abs() < SNAP_DB {
                0.0
            } else {
                db_to_gain(gain_db) - 1.0
            };
        }
    }

    /// Adds what the gain changes to one channel, which comes later by the filters.
    fn apply(&mut self, channel: usize, samples: &mut [f64]) {
        let frames = samples.len();
        let mut before = self.change_before;
        let way = &mut self.ways[channel];
        let high = way.high(frames).as_chunks_mut::<TIMES>().0;
        for (points, change) in high.iter_mut().zip(&self.changes[..frames]) {
            let step = (change - before) / TIMES as f64;
            for (k, x) in points.iter_mut().enumerate() {
                *x *= before + step * (k + 1) as f64;
            }
            before = *change;
        }
        let cut = &mut self.cut[..frames];
        way.down(cut);
        self.dry.run(channel, samples);
        for (x, cut) in samples.iter_mut().zip(cut) {
            *x += *cut;
        }
    }
}

/// Notes the highest power around each frame.
fn hear(powers: &mut [f64], high: &[f64]) {
    for (power, points) in powers.iter_mut().zip(high.as_chunks::<TIMES>().0) {
        for x in points {
            let square = x * x;
            if square.is_finite() {
                *power = power.max(square);
            }
        }
    }
}

impl Processor for TransientShaper {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        let share = |ms: f64| {
            1.0 - libm::exp(-1.0 / (ms.max(0.05) * 0.001 * f64::from(spec.rate_hz)).max(1.0))
        };
        self.times = Times {
            fast_rise: share(FAST_RISE_MS),
            fast_fall: share(FAST_FALL_MS),
            slow_rise: share(self.settings.attack_ms),
            slow_fall: share(self.settings.sustain_ms),
            smooth: share(SMOOTH_MS),
            peak_keep: 1.0 - share(PEAK_MS),
        };
        self.ways = vec![Oversampler::new(OVERSAMPLING); spec.channels];
        self.key_ways = self.ways.clone();
        self.dry = Delay::new(Oversampler::delay_frames(OVERSAMPLING), spec.channels);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                self.state.tidy();
            }
            let length = step.range.len();
            let powers = &mut self.changes[..length];
            powers.fill(0.0);
            for (way, channel) in self.ways.iter_mut().zip(&*block) {
                let high = way.up(&channel[step.range.clone()]);
                if key.is_none() {
                    hear(powers, high);
                }
            }
            for (way, channel) in self.key_ways.iter_mut().zip(key.unwrap_or_default()) {
                hear(powers, way.up(&channel[step.range.clone()]));
            }
            self.follow(length);
            for (channel, samples) in block.iter_mut().enumerate() {
                self.apply(channel, &mut samples[step.range.clone()]);
            }
            self.dry.advance(length);
            self.change_before = self.changes[length - 1];
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        Oversampler::delay_frames(OVERSAMPLING) as u64
    }

    fn tail_frames(&self) -> u64 {
        2 * self.latency_frames()
    }

    fn reset(&mut self) {
        self.state = State::default();
        let ways = self.ways.iter_mut().chain(&mut self.key_ways);
        ways.for_each(Oversampler::reset);
        self.dry.reset();
        self.change_before = 0.0;
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    /// How far it raised or lowered, whichever way.
    fn gain_reduction(&self) -> Option<GainReduction> {
        Some(GainReduction {
            max_db: self.state.max_db,
            mean_db: self.state.sum_db / self.position.max(1) as f64,
        })
    }
}
