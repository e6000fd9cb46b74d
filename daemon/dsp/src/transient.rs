use crate::GRID_FRAMES;
use crate::decibel::{db_to_gain, power_to_db};
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

/// Raises or lowers attacks and what rings after them, whatever their level: the gain follows the difference of
/// two envelopes (SPL's differential envelope technology, patent DE 198 04 992, expired).
///
/// All channels get one gain. A steady tone is left alone.
#[derive(Debug, Clone)]
pub struct TransientShaper {
    settings: TransientSettings,
    times: Times,
    state: State,
    gains: Vec<f64>,
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
            gains: vec![0.0; GRID_FRAMES as usize],
            position: 0,
            faults: Faults::default(),
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
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                self.state.tidy();
            }
            let gains = &mut self.gains[..step.range.len()];
            gains.fill(0.0);
            let mut hear = |samples: &[f64]| {
                for (power, x) in gains.iter_mut().zip(samples) {
                    let square = x * x;
                    *power = if square.is_finite() {
                        power.max(square)
                    } else {
                        *power
                    };
                }
            };
            match key {
                Some(key) => key.iter().for_each(|c| hear(&c[step.range.clone()])),
                None => block.iter().for_each(|c| hear(&c[step.range.clone()])),
            }
            for value in gains.iter_mut() {
                let gain_db = self.state.next(*value, &self.settings, &self.times);
                *value = if gain_db.abs() < SNAP_DB {
                    1.0
                } else {
                    db_to_gain(gain_db)
                };
            }
            for channel in block.iter_mut() {
                for (x, gain) in channel[step.range.clone()].iter_mut().zip(&*gains) {
                    *x *= gain;
                }
            }
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        0
    }

    fn reset(&mut self) {
        self.state = State::default();
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
