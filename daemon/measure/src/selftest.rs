//! The EBU's own test cases for loudness meters, made in code, so that `lacquer doctor` can prove
//! the meter on the studio's machine, and a second opinion by the `ebur128` crate.
//!
//! Tech 3341 (2023) cases 1–6 and 9–23 and Tech 3342 (2023) cases 1–4; cases 7 and 8 (5 and 6) are
//! recorded programme and cannot be made in code.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::decibel::{db, power};
use crate::meter::{Measurements, Meter};
use crate::reference_peak::true_peak_64;
use crate::true_peak::kernel;

const RATE_HZ: u32 = 48_000;
/// Tech 3341: loudness within 0.1 LU.
const LOUDNESS_TOLERANCE: Tolerance = Tolerance {
    below: 0.1,
    above: 0.1,
};
/// Tech 3341: true peak at most 0.2 dB over and 0.4 dB under.
const PEAK_TOLERANCE: Tolerance = Tolerance {
    below: 0.4,
    above: 0.2,
};
/// Tech 3342: loudness range within 1 LU.
const RANGE_TOLERANCE: Tolerance = Tolerance {
    below: 1.0,
    above: 1.0,
};

/// How far a reading may lie from the nominal value, in the case's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Below it.
    pub below: f64,
    /// Above it.
    pub above: f64,
}

/// Ours, on steady tones: within 0.01 LU.
const OWN_LOUDNESS_TOLERANCE: Tolerance = Tolerance {
    below: 0.01,
    above: 0.01,
};
/// Ours, on true peaks: within 0.05 dB of 64-fold oversampling.
const OWN_PEAK_TOLERANCE: Tolerance = Tolerance {
    below: 0.05,
    above: 0.05,
};

/// What we ask of our own meter, where that is more than the standard asks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnLimit {
    /// The nominal value, or what a far longer interpolator reads.
    pub expected: f64,
    /// How far from it the reading may lie.
    pub tolerance: Tolerance,
}

/// One reading against its published value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// Such as `3341-13 segment 4`.
    pub name: String,
    /// The nominal value.
    pub expected: f64,
    /// The reading; `None` where the meter had none.
    pub measured: Option<f64>,
    /// `LUFS`, `LU` or `dBTP`.
    pub unit: String,
    /// The published tolerance.
    pub tolerance: Tolerance,
    /// Our own, narrower limit, on steady tones and on true peaks.
    pub own: Option<OwnLimit>,
    /// Whether the reading is within both.
    pub passed: bool,
}

impl Tolerance {
    fn holds(self, expected: f64, measured: Option<f64>) -> bool {
        measured.is_some_and(|m| m >= expected - self.below && m <= expected + self.above)
    }
}

impl CaseResult {
    fn new(name: String, expected: f64, measured: Option<f64>, of: Quantity) -> Self {
        let (unit, tolerance) = match of {
            Quantity::Loudness => ("LUFS", LOUDNESS_TOLERANCE),
            Quantity::Range => ("LU", RANGE_TOLERANCE),
            Quantity::Peak => ("dBTP", PEAK_TOLERANCE),
        };
        Self {
            name,
            expected,
            measured,
            unit: unit.to_owned(),
            tolerance,
            own: None,
            passed: tolerance.holds(expected, measured),
        }
    }

    fn with_own(mut self, own: OwnLimit) -> Self {
        self.passed &= own.tolerance.holds(own.expected, self.measured);
        self.own = Some(own);
        self
    }
}

#[derive(Clone, Copy)]
enum Quantity {
    Loudness,
    Range,
    Peak,
}

/// A stretch of a 1 kHz tone; silence is a tone of `None`.
#[derive(Clone, Copy)]
struct Tone {
    dbfs: Option<f64>,
    seconds: f64,
}

fn tone(dbfs: f64, seconds: f64) -> Tone {
    Tone {
        dbfs: Some(dbfs),
        seconds,
    }
}

fn silence(seconds: f64) -> Tone {
    Tone {
        dbfs: None,
        seconds,
    }
}

/// Plays tones into a meter with one continuous phase, the same on every channel but for its gain.
struct Player {
    meter: Meter,
    gains: Vec<f64>,
    /// 1 kHz repeats every 48 frames, which keeps the phase exact for hours.
    cycle: [f64; 48],
    frame: usize,
}

impl Player {
    fn new(channel_gains_db: &[f64]) -> Self {
        let channels = u32::try_from(channel_gains_db.len()).expect("a handful");
        Self {
            meter: Meter::new(RATE_HZ, channels).expect("a usual format"),
            gains: channel_gains_db
                .iter()
                .map(|&g| crate::decibel::amplitude(g))
                .collect(),
            cycle: std::array::from_fn(|n| libm::sin(2.0 * PI * n as f64 / 48.0)),
            frame: 0,
        }
    }

    fn play(&mut self, part: Tone) {
        const BLOCK: usize = 4096;
        let amplitude = part.dbfs.map_or(0.0, crate::decibel::amplitude);
        let mut left = (part.seconds * f64::from(RATE_HZ) + 0.5) as usize;
        while left > 0 {
            let length = left.min(BLOCK);
            let base: Vec<f64> = (self.frame..)
                .take(length)
                .map(|frame| amplitude * self.cycle[frame % 48])
                .collect();
            let planar: Vec<Vec<f64>> = self
                .gains
                .iter()
                .map(|g| base.iter().map(|v| v * g).collect())
                .collect();
            let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
            self.meter.feed(&slices);
            self.frame += length;
            left -= length;
        }
    }

    /// The figures of what was played so far.
    fn so_far(&self) -> Measurements {
        self.meter.clone().finish()
    }
}

fn measure(tones: &[Tone], channel_gains_db: &[f64]) -> Measurements {
    let mut player = Player::new(channel_gains_db);
    for &part in tones {
        player.play(part);
    }
    player.so_far()
}

const STEREO: &[f64] = &[0.0, 0.0];

/// Runs every case, in threads of its own. Takes a few seconds of CPU.
///
/// # Panics
/// Where a case does: the meter is broken.
#[must_use]
pub fn run() -> Vec<CaseResult> {
    let groups: [fn() -> Vec<CaseResult>; 6] = [
        integrated_cases,
        short_term_cases,
        momentary_cases,
        || peak_cases(RATE_HZ),
        range_cases,
        crate::second_opinion::cases,
    ];
    std::thread::scope(|scope| {
        let running = groups.map(|group| scope.spawn(group));
        running
            .into_iter()
            .flat_map(|group| group.join().expect("no case panics"))
            .collect()
    })
}

/// Tech 3341 cases 1–6.
fn integrated_cases() -> Vec<CaseResult> {
    let result = |name: &str, expected, measured| {
        CaseResult::new(
            format!("3341-{name}"),
            expected,
            measured,
            Quantity::Loudness,
        )
    };
    let steady = |exact| OwnLimit {
        expected: exact,
        tolerance: OWN_LOUDNESS_TOLERANCE,
    };
    let mut results = Vec::new();
    for (case, level) in [(1, -23.0), (2, -33.0)] {
        let m = measure(&[tone(level, 20.0)], STEREO);
        for (name, reading) in [
            ("M", m.max_momentary_lufs),
            ("S", m.max_short_term_lufs),
            ("I", m.integrated_lufs),
        ] {
            results.push(result(&format!("{case} {name}"), level, reading).with_own(steady(level)));
        }
    }
    let three = [tone(-36.0, 10.0), tone(-23.0, 60.0), tone(-36.0, 10.0)];
    let four = [
        tone(-72.0, 10.0),
        tone(-36.0, 10.0),
        tone(-23.0, 60.0),
        tone(-36.0, 10.0),
        tone(-72.0, 10.0),
    ];
    let five = [tone(-26.0, 20.0), tone(-20.0, 20.1), tone(-26.0, 20.0)];
    for (case, tones) in [("3 I", &three[..]), ("4 I", &four), ("5 I", &five)] {
        results.push(result(case, -23.0, measure(tones, STEREO).integrated_lufs));
    }
    // L R C Ls Rs against a tone of 0 dBFS.
    let surround = measure(&[tone(0.0, 20.0)], &[-28.0, -28.0, -24.0, -30.0, -30.0]);
    // Its levels are rounded to whole decibels: with the weight of 1.41 they come to -23.023 LUFS.
    let energy = 2.0 * power(-28.0) + power(-24.0) + 2.0 * 1.41 * power(-30.0);
    let exact = -23.0 + 10.0 * libm::log10(energy / (2.0 * power(-23.0)));
    results.push(result("6 I", -23.0, surround.integrated_lufs).with_own(steady(exact)));
    results
}

/// Tech 3341 cases 9–11.
fn short_term_cases() -> Vec<CaseResult> {
    let mut results = Vec::new();
    let nine = [tone(-20.0, 1.34), tone(-30.0, 1.66)].repeat(5);
    let m = measure(&nine, STEREO);
    results.push(CaseResult::new(
        "3341-9 S".to_owned(),
        -23.0,
        m.max_short_term_lufs,
        Quantity::Loudness,
    ));
    for i in 0..20 {
        let lead = f64::from(i) * 0.15;
        let m = measure(&[silence(lead), tone(-23.0, 3.0), silence(1.0)], STEREO);
        results.push(CaseResult::new(
            format!("3341-10 segment {}", i + 1),
            -23.0,
            m.max_short_term_lufs,
            Quantity::Loudness,
        ));
    }
    // The segments rise by 1 LU, so the maximum after each is that segment's own.
    let mut player = Player::new(STEREO);
    for i in 0..20 {
        let (lead, level) = (f64::from(i) * 0.15, -38.0 + f64::from(i));
        for part in [silence(lead), tone(level, 3.0), silence(3.0 - lead)] {
            player.play(part);
        }
        results.push(CaseResult::new(
            format!("3341-11 segment {}", i + 1),
            level,
            player.so_far().max_short_term_lufs,
            Quantity::Loudness,
        ));
    }
    results
}

/// Tech 3341 cases 12–14.
fn momentary_cases() -> Vec<CaseResult> {
    let mut results = Vec::new();
    let twelve = [tone(-20.0, 0.18), tone(-30.0, 0.22)].repeat(25);
    let m = measure(&twelve, STEREO);
    results.push(CaseResult::new(
        "3341-12 M".to_owned(),
        -23.0,
        m.max_momentary_lufs,
        Quantity::Loudness,
    ));
    for i in 0..20 {
        let lead = f64::from(i) * 0.02;
        let m = measure(&[silence(lead), tone(-23.0, 0.4), silence(1.0)], STEREO);
        results.push(CaseResult::new(
            format!("3341-13 segment {}", i + 1),
            -23.0,
            m.max_momentary_lufs,
            Quantity::Loudness,
        ));
    }
    let mut player = Player::new(STEREO);
    for i in 0..20 {
        let (lead, level) = (f64::from(i) * 0.02, -38.0 + f64::from(i));
        for part in [silence(lead), tone(level, 0.4), silence(0.4 - lead)] {
            player.play(part);
        }
        results.push(CaseResult::new(
            format!("3341-14 segment {}", i + 1),
            level,
            player.so_far().max_momentary_lufs,
            Quantity::Loudness,
        ));
    }
    results
}

/// Signal 1 of Tech 3341's true-peak cases: a tone with 10 ms of fade at both ends.
///
/// `divider` is the rate over the frequency.
#[must_use]
pub fn faded_tone(rate_hz: u32, divider: f64, amplitude: f64, phase_degrees: f64) -> Vec<f64> {
    let frames = rate_hz / 2;
    let fade = f64::from(rate_hz) * 0.01;
    (0..frames)
        .map(|n| {
            let n = f64::from(n);
            let edge = n.min(f64::from(frames) - 1.0 - n) / fade;
            let phase = 2.0 * PI * n / divider + phase_degrees * PI / 180.0;
            edge.min(1.0) * amplitude * libm::sin(phase)
        })
        .collect()
}

/// Signal 2: a tone of 0.50 at a sixth of the rate that holds one cycle of 1.00 at a quarter of
/// the rate, with continuous phase, made at four times the rate, low-pass filtered and
/// brought down to the rate from sample `offset` on.
#[must_use]
pub fn burst(rate_hz: u32, offset: usize) -> Vec<f64> {
    const CYCLES: usize = 200;
    const HALF_TAPS: i64 = 512;
    let fade = f64::from(rate_hz) * 0.01 * 4.0;
    // One cycle is 24 samples of the slow tone and 16 of the fast one.
    let before = CYCLES * 24;
    let length = 2 * before + 16;
    let fine: Vec<f64> = (0..length)
        .map(|n| {
            let edge = (n.min(length - 1 - n) as f64 / fade).min(1.0);
            let value = match n {
                n if n < before => 0.5 * libm::sin(2.0 * PI * (n % 24) as f64 / 24.0),
                n if n < before + 16 => libm::sin(2.0 * PI * (n - before) as f64 / 16.0),
                n => 0.5 * libm::sin(2.0 * PI * ((n - before - 16) % 24) as f64 / 24.0),
            };
            edge * value
        })
        .collect();
    (0..length / 4)
        .map(|n| {
            let centre = (4 * n + offset) as i64;
            (-HALF_TAPS..=HALF_TAPS)
                .filter_map(|k| {
                    let index = usize::try_from(centre + k).ok()?;
                    // The cut-off at half the target rate is a quarter of the fine grid's band.
                    let tap = kernel(k as f64 / 4.0, HALF_TAPS as f64 / 4.0, 8.0) / 4.0;
                    Some(fine.get(index)? * tap)
                })
                .sum()
        })
        .collect()
}

/// Tech 3341 cases 15–23 as name, nominal true peak and samples.
#[must_use]
pub fn peak_signals(rate_hz: u32) -> Vec<(String, f64, Vec<f64>)> {
    let tones = [
        (15, -6.0, 4.0, 0.5, 0.0),
        (16, -6.0, 4.0, 0.5, 45.0),
        (17, -6.0, 6.0, 0.5, 60.0),
        (18, -6.0, 8.0, 0.5, 67.5),
        (19, 3.0, 4.0, 1.41, 45.0),
    ];
    let mut signals: Vec<(String, f64, Vec<f64>)> = tones
        .iter()
        .map(|&(case, nominal, divider, amplitude, phase)| {
            let samples = faded_tone(rate_hz, divider, amplitude, phase);
            (format!("3341-{case}"), nominal, samples)
        })
        .collect();
    for offset in 0..4 {
        signals.push((format!("3341-{}", 20 + offset), 0.0, burst(rate_hz, offset)));
    }
    signals
}

/// Tech 3341 cases 15–23 at a rate.
fn peak_cases(rate_hz: u32) -> Vec<CaseResult> {
    peak_signals(rate_hz)
        .into_iter()
        .map(|(name, nominal, samples)| {
            let mut meter = Meter::new(rate_hz, 2).expect("a usual format");
            meter.feed(&[&samples, &samples]);
            let peak = meter.finish().true_peak_dbtp;
            // The middle holds the burst, and as much of a steady tone as is needed.
            let middle = samples.len() / 2;
            let part = middle.saturating_sub(300)..(middle + 300).min(samples.len());
            let reference = true_peak_64(&samples, part);
            CaseResult::new(name, nominal, peak, Quantity::Peak).with_own(OwnLimit {
                expected: db(reference).unwrap_or(f64::NEG_INFINITY),
                tolerance: OWN_PEAK_TOLERANCE,
            })
        })
        .collect()
}

/// Tech 3342 cases 1–4.
fn range_cases() -> Vec<CaseResult> {
    let cases: [(f64, &[f64]); 4] = [
        (10.0, &[-20.0, -30.0]),
        (5.0, &[-20.0, -15.0]),
        (20.0, &[-40.0, -20.0]),
        (15.0, &[-50.0, -35.0, -20.0, -35.0, -50.0]),
    ];
    (1..)
        .zip(cases)
        .map(|(case, (expected, levels))| {
            let tones: Vec<Tone> = levels.iter().map(|&l| tone(l, 20.0)).collect();
            let m = measure(&tones, STEREO);
            CaseResult::new(format!("3342-{case}"), expected, m.lra_lu, Quantity::Range)
        })
        .collect()
}
