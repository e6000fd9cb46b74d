//! Reference match: what of tone, width and level sets a mix apart from one or several references becomes an equaliser,
//! a width and a gain in a chain, with the reasons in words.

mod fit;
mod portrait;
mod settle;
mod words;

use dsp::{db_to_power, gain_to_db, power_to_db};
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, ChainError};
use crate::intensity::Intensity;
use crate::reason::Reason;
use crate::render::RenderError;
use crate::stages::{
    EqualiserBand, EqualiserStage, GainStage, LimiterStage, On, Stage, StereoStage,
};
use fit::{FitLimits, Fitted, fit, sum_db};
use portrait::{BANDS, Bands, Moved, centre_hz};

pub use portrait::Portrait;

/// Where a match begins, in hertz; what lies below is the room's and the stage's business.
const LOWEST_HZ: f64 = 30.0;
/// A band this far below its octave is a gap between notes, which says nothing of tone; full weight begins so many dB
/// above.
const GAP_DB: f64 = -16.0;
const SOLID_DB: f64 = 10.0;
/// Below this the ear does not tell, in dB of the side.
const SMALLEST_WIDTH_DB: f64 = 0.3;
/// Music whose side lies this far below its middle is mono.
const MONO_DB: f64 = -50.0;
/// A side this far below the middle is not worth a move, and full weight begins so many dB above.
const FAINT_SIDE_DB: f64 = -40.0;
const CLEAR_SIDE_DB: f64 = 20.0;
/// Highest limit of a match: several bands on top of each other.
const MOST_LIMIT_DB: f64 = 48.0;
/// What one band of the equaliser can be moved by.
const MOST_BAND_DB: f64 = 24.0;
/// From this limit on gaps between notes count more and more, as much as music so many dB further on: whoever opens the
/// limit so far wants the curve.
const OPEN_DB: f64 = 12.0;
const WIDE_OPEN_DB: f64 = 12.0;
const LOOKAHEAD_MS: f64 = 4.0;
const RELEASE_MS: f64 = 80.0;

/// How finely a mix follows its references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// By octaves: the broad balance.
    Octave,
    /// By third-octaves.
    #[default]
    Third,
    /// By sixths of an octave: resonances too.
    Sixth,
}

impl Resolution {
    /// Bands of the portrait to either side that are averaged; the outermost count by half.
    fn reach(self) -> usize {
        match self {
            Self::Octave => 6,
            Self::Third => 2,
            Self::Sixth => 1,
        }
    }

    fn limits(self, top_hz: f64, limit_db: f64) -> FitLimits {
        let (bands, highest_q) = match self {
            Self::Octave => (6, 1.5),
            Self::Third => (12, 4.0),
            Self::Sixth => (18, 8.0),
        };
        FitLimits {
            // Steep walls take several bands.
            bands: if limit_db > OPEN_DB { bands + 6 } else { bands },
            gain_db: (1.5 * limit_db).min(MOST_BAND_DB),
            highest_q,
            top_hz,
            close_db: 0.25,
        }
    }
}

/// How far a match may go.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MatchSettings {
    /// Share of the difference that is moved, 0 to 100 %: of the tone, the width and the level.
    pub amount_percent: f64,
    /// Most that any frequency is moved, in dB, 0.5 to 48. Beyond 12 dB what is a gap between notes is moved too.
    pub limit_db: f64,
    /// How finely.
    pub resolution: Resolution,
    /// Ceiling of the limiter that stands guard at the end, in dBTP, −20 to 0.
    pub ceiling_dbtp: f64,
    /// Most that this limiter may take for the sake of loudness, in dB, 0 to 24.
    pub limiter_budget_db: f64,
    /// Loudness to arrive at in LUFS, −40 to −5, in place of the references'.
    pub integrated_lufs: Option<f64>,
}

impl Default for MatchSettings {
    fn default() -> Self {
        Self {
            amount_percent: 100.0,
            limit_db: 6.0,
            resolution: Resolution::Third,
            ceiling_dbtp: -1.0,
            limiter_budget_db: Intensity::Balanced.limiter_budget_db(),
            integrated_lufs: None,
        }
    }
}

/// Why nothing can be matched.
#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    /// Silence has no tone.
    #[error("the mix is silent: there is nothing to match")]
    SilentMix,
    /// The same of a reference.
    #[error("reference {reference} is silent: leave it out")]
    SilentReference {
        /// Which one, from 1.
        reference: usize,
    },
    /// Nothing to match to.
    #[error("a match needs a reference")]
    NoReference,
    /// Settings out of range.
    #[error("{setting} must be from {low} to {high}, not {value}")]
    OutOfRange {
        /// Which one.
        setting: &'static str,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// The value found.
        value: f64,
    },
    /// A trial of the chain on the mix failed.
    #[error("the match could not be tried on the mix")]
    Render(#[from] RenderError),
    /// The match's own chain was refused.
    #[error("the match led to a chain that cannot be played")]
    Chain(#[from] ChainError),
}

/// One third-octave of a match, in dB at equal loudness.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchedBand {
    /// Its centre in hertz.
    pub frequency_hz: f64,
    /// The reference's level minus the mix's.
    pub asked_db: f64,
    /// What is left of it after the match.
    pub left_db: f64,
}

/// A chain that brings a mix to its references, with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// How far it was allowed to go.
    pub settings: MatchSettings,
    /// The processors; may be edited.
    pub chain: Chain,
    /// Every decision in words, with its figures.
    pub reasons: Vec<Reason>,
    /// Third-octaves from 40 Hz up.
    pub bands: Vec<MatchedBand>,
    /// RMS of what the third-octaves differ by, in dB at equal loudness, before; gaps between notes count less.
    pub error_before_db: f64,
    /// The same after, as the chain's responses say.
    pub error_after_db: f64,
    /// RMS of what the limit cut off, in dB; zero where it let everything through.
    #[serde(default)]
    pub held_back_db: f64,
    /// The mix's loudness in LUFS.
    pub mix_lufs: f64,
    /// The loudness that is aimed at: the references' mean, or the share of the way to it.
    pub target_lufs: f64,
    /// Above this nothing is moved: a reference or the mix has nothing there.
    pub top_hz: f64,
}

impl Match {
    /// The chain as a file, its reasons as comments above it.
    pub fn to_toml(&self) -> Result<String, ChainError> {
        let mut text = String::new();
        for reason in &self.reasons {
            text.push_str("# ");
            text.push_str(&reason.text);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.chain.to_toml()?);
        Ok(text)
    }

    /// The gain before the limiter, in dB.
    pub fn gain_db(&self) -> f64 {
        let mut gains = self.chain.stages().iter().filter_map(|stage| match stage {
            Stage::Gain(gain) => Some(gain.gain_db),
            _ => None,
        });
        gains.next().unwrap_or(0.0)
    }
}

/// Makes a match of a mix to one or several references. Their tones are averaged in dB at equal loudness, each as far up
/// as it has one; the rates need not be the mix's.
///
/// # Errors
/// Silence, no reference, settings out of range.
pub fn match_to(
    mix: &Portrait,
    references: &[Portrait],
    settings: MatchSettings,
) -> Result<Match, MatchError> {
    check(&settings)?;
    let tones = Tones::new(mix, references, settings.resolution)?;
    let asked = tones.asked(&settings);
    let limits = settings
        .resolution
        .limits(tones.top_hz.min(18_000.0), settings.limit_db);
    let common = fit(&asked.mid_db, &asked.mid_weights, &limits);
    let common_db = sum_db(&common);
    let (width_db, side) = side_moves(&asked, &common_db, &settings, &limits);
    let side_db = sum_db(&side);
    let moved_mid: Bands = common_db.map(db_to_power);
    let moved_side: Bands =
        core::array::from_fn(|k| db_to_power(common_db[k] + side_db[k] + width_db));
    let moved = Moved {
        mid: &moved_mid,
        side: &moved_side,
    };
    let moved_lufs = mix.lufs_moved(&moved).ok_or(MatchError::SilentMix)?;
    let change_lu = moved_lufs - mix.lufs().ok_or(MatchError::SilentMix)?;
    let way = settings.amount_percent / 100.0;
    let target_lufs = settings
        .integrated_lufs
        .unwrap_or(tones.mix_lufs + way * (tones.reference_lufs - tones.mix_lufs));
    let gain_db = hundredths((target_lufs - tones.mix_lufs - change_lu).clamp(-60.0, 60.0));
    let (bands, [error_before_db, error_after_db]) = tones.compared(&moved, -change_lu);
    let mut made = Match {
        settings,
        chain: Chain::new(stages(&common, &side, width_db, gain_db, &settings))?,
        reasons: Vec::new(),
        bands,
        error_before_db,
        error_after_db,
        held_back_db: asked.held_back_db,
        mix_lufs: tones.mix_lufs,
        target_lufs,
        top_hz: tones.top_hz,
    };
    made.reasons = words::reasons(&made, references, &tones, &asked, width_db);
    Ok(made)
}

fn check(settings: &MatchSettings) -> Result<(), MatchError> {
    let ranges = [
        ("amount_percent", settings.amount_percent, 0.0, 100.0),
        ("limit_db", settings.limit_db, 0.5, MOST_LIMIT_DB),
        ("ceiling_dbtp", settings.ceiling_dbtp, -20.0, 0.0),
        ("limiter_budget_db", settings.limiter_budget_db, 0.0, 24.0),
        (
            "integrated_lufs",
            settings.integrated_lufs.unwrap_or(-14.0),
            -40.0,
            -5.0,
        ),
    ];
    for (setting, value, low, high) in ranges {
        if !(low..=high).contains(&value) {
            return Err(MatchError::OutOfRange {
                setting,
                low,
                high,
                value,
            });
        }
    }
    Ok(())
}

fn hundredths(value: f64) -> f64 {
    libm::round(value * 100.0) / 100.0
}

fn stages(
    common: &[Fitted],
    side: &[Fitted],
    width_db: f64,
    gain_db: f64,
    settings: &MatchSettings,
) -> Vec<Stage> {
    let band = |on: On| {
        move |fitted: &Fitted| EqualiserBand {
            on,
            ..EqualiserBand::new(fitted.kind, fitted.frequency_hz, fitted.gain_db, fitted.q)
        }
    };
    let bands: Vec<EqualiserBand> = common
        .iter()
        .map(band(On::Stereo))
        .chain(side.iter().map(band(On::Side)))
        .collect();
    let mut stages = Vec::new();
    if !bands.is_empty() {
        stages.push(Stage::Equaliser(EqualiserStage::new(bands)));
    }
    if width_db != 0.0 {
        stages.push(Stage::Stereo(StereoStage {
            mono_below_hz: 0.0,
            corners_hz: Vec::new(),
            width_percent: vec![libm::round(100.0 * dsp::db_to_gain(width_db))],
            rotation_degrees: 0.0,
            least_correlation: None,
        }));
    }
    stages.push(Stage::Gain(GainStage { gain_db }));
    stages.push(Stage::Limiter(LimiterStage::new(
        settings.ceiling_dbtp,
        LOOKAHEAD_MS,
        RELEASE_MS,
    )));
    stages
}

/// The tones of a mix and its references, in dB at equal loudness.
struct Tones {
    mix: [Bands; 2],
    /// Mean of the references that reach so far up; none where none does.
    mid: [Option<f64>; BANDS],
    /// The same of those that are stereo.
    side: [Option<f64>; BANDS],
    /// Powers of mid and side in the loud passages, at the loudness of 0 LUFS.
    mix_power: [Bands; 2],
    /// How much there is in each band of the mix and of every reference, 0 to 1.
    solid: Bands,
    is_stereo: bool,
    mix_lufs: f64,
    reference_lufs: f64,
    top_hz: f64,
}

impl Tones {
    fn new(
        mix: &Portrait,
        references: &[Portrait],
        resolution: Resolution,
    ) -> Result<Self, MatchError> {
        if references.is_empty() {
            return Err(MatchError::NoReference);
        }
        let (mix_lufs, mix_power) = at_equal_loudness(mix).ok_or(MatchError::SilentMix)?;
        let (mut mid, mut side) = ([(0.0, 0.0); BANDS], [(0.0, 0.0); BANDS]);
        let (mut lufs, mut top_hz) = (0.0, 0.0f64);
        let mut solid = solidity(&mix_power[0]);
        for (index, reference) in references.iter().enumerate() {
            let (its_lufs, powers) =
                at_equal_loudness(reference).ok_or(MatchError::SilentReference {
                    reference: index + 1,
                })?;
            lufs += its_lufs / references.len() as f64;
            top_hz = top_hz.max(reference.top_hz());
            let is_stereo = is_stereo(&powers);
            let its = solidity(&powers[0]);
            solid = core::array::from_fn(|band| solid[band].min(its[band]));
            let [mid_db, side_db] = powers.map(|power| smoothed_db(&power, resolution));
            for band in (0..BANDS).filter(|band| centre_hz(*band) <= reference.top_hz()) {
                mid[band] = (mid[band].0 + mid_db[band], mid[band].1 + 1.0);
                if is_stereo {
                    side[band] = (side[band].0 + side_db[band], side[band].1 + 1.0);
                }
            }
        }
        let mean = |(sum, count): (f64, f64)| (count > 0.0).then(|| sum / count);
        Ok(Self {
            mix: mix_power.map(|power| smoothed_db(&power, resolution)),
            mid: mid.map(mean),
            side: side.map(mean),
            solid,
            is_stereo: is_stereo(&mix_power),
            mix_power,
            mix_lufs,
            reference_lufs: lufs,
            top_hz: top_hz.min(mix.top_hz()),
        })
    }

    fn is_matched(&self, band: usize) -> bool {
        (LOWEST_HZ..=self.top_hz).contains(&centre_hz(band)) && self.mid[band].is_some()
    }

    /// What the references ask of mid and side, within the limits.
    fn asked(&self, settings: &MatchSettings) -> Asked {
        let way = settings.amount_percent / 100.0;
        let difference = |band: usize| self.mid[band].map_or(0.0, |db| db - self.mix[0][band]);
        let inside: Vec<usize> = (0..BANDS).filter(|b| self.is_matched(*b)).collect();
        let middle = inside
            .iter()
            .filter(|band| (60.0..=12_000.0).contains(&centre_hz(**band)));
        let (sum, count) = middle.fold((0.0, 0.0), |(s, n), band| (s + difference(*band), n + 1.0));
        let offset_db = if count > 0.0 { sum / count } else { 0.0 };
        let mut asked = Asked {
            mid_db: [0.0; BANDS],
            mid_weights: [0.0; BANDS],
            side_db: [0.0; BANDS],
            side_weights: [0.0; BANDS],
            beyond: None,
            held_back_db: 0.0,
        };
        let (mut cut, mut counted) = (0.0, 0.0f64);
        let open = ((settings.limit_db - OPEN_DB) / WIDE_OPEN_DB).clamp(0.0, 1.0);
        for band in inside {
            let wanted = way * (difference(band) - offset_db);
            asked.mid_db[band] = wanted.clamp(-settings.limit_db, settings.limit_db);
            asked.mid_weights[band] = self.solid[band].max(open);
            let beyond_db = wanted - asked.mid_db[band];
            cut += self.solid[band] * beyond_db * beyond_db;
            counted += self.solid[band];
            let deepest = asked.beyond.map_or(0.0, |(_, db): (f64, f64)| db.abs());
            let counts = self.solid[band] > 0.5;
            if counts && wanted.abs() > settings.limit_db && wanted.abs() > deepest {
                asked.beyond = Some((centre_hz(band), wanted));
            }
            if let (true, Some(side)) = (self.is_stereo, self.side[band]) {
                asked.side_db[band] = way * (side - self.mix[1][band] - offset_db);
                let here = self.mix[1][band] - self.mix[0][band];
                let there = side - self.mid[band].unwrap_or(side);
                let clear = (here.min(there) - FAINT_SIDE_DB) / CLEAR_SIDE_DB;
                asked.side_weights[band] = self.solid[band] * clear.clamp(0.0, 1.0);
            }
        }
        asked.held_back_db = (cut / counted.max(1e-9)).sqrt();
        self.close_above(&mut asked);
        asked
    }

    /// Above the top the curve goes back to nothing within a third of an octave.
    fn close_above(&self, asked: &mut Asked) {
        let Some(last) = (0..BANDS).rev().find(|band| self.is_matched(*band)) else {
            return;
        };
        for above in last + 1..BANDS {
            let left = (1.0 - (above - last) as f64 / 4.0).max(0.0);
            asked.mid_db[above] = left * asked.mid_db[last];
            asked.mid_weights[above] = if left > 0.0 { 0.25 } else { 0.5 };
        }
    }

    /// Third-octaves before and after, with the RMS of both; `level_db` brings what was moved back to equal loudness.
    fn compared(&self, moved: &Moved<'_>, level_db: f64) -> (Vec<MatchedBand>, [f64; 2]) {
        let mut bands = Vec::new();
        let (mut squares, mut count) = ([0.0; 2], 0.0f64);
        for at in (8..BANDS - 2).step_by(4) {
            let hz = centre_hz(at);
            let whole = at - 2..=at + 2;
            if hz < 39.0 || !whole.clone().all(|band| self.is_matched(band)) {
                continue;
            }
            let (mut here, mut then, mut there) = (0.0, 0.0, 0.0);
            for band in whole {
                let share = if band.abs_diff(at) == 2 { 0.5 } else { 1.0 };
                let [mid, side] = [self.mix_power[0][band], self.mix_power[1][band]];
                here += share * (mid + side);
                then += share * (mid * moved.mid[band] + side * moved.side[band]);
                let reference = |db: Option<f64>| db.map_or(0.0, db_to_power);
                there += share * (reference(self.mid[band]) + reference(self.side[band]));
            }
            let asked_db = power_to_db(there / here.max(1e-20));
            let left_db = power_to_db(there / then.max(1e-20)) - level_db;
            squares[0] += self.solid[at] * asked_db * asked_db;
            squares[1] += self.solid[at] * left_db * left_db;
            count += self.solid[at];
            bands.push(MatchedBand {
                frequency_hz: hz,
                asked_db,
                left_db,
            });
        }
        (bands, squares.map(|sum| (sum / count.max(1e-9)).sqrt()))
    }
}

/// Loudness, and the powers of mid and side brought to 0 LUFS.
fn at_equal_loudness(portrait: &Portrait) -> Option<(f64, [Bands; 2])> {
    let (mid, side) = portrait.loud()?;
    let scale = db_to_power(-portrait.lufs()?);
    Some((
        portrait.level_lufs()?,
        [mid, side].map(|bands| bands.map(|x| x * scale)),
    ))
}

fn is_stereo([mid, side]: &[Bands; 2]) -> bool {
    let (mid, side): (f64, f64) = (mid.iter().sum(), side.iter().sum());
    side > mid * db_to_power(MONO_DB)
}

/// What is a gap beside its octave, and what is not.
fn solidity(power: &Bands) -> Bands {
    let third = smoothed_db(power, Resolution::Third);
    let octave = smoothed_db(power, Resolution::Octave);
    core::array::from_fn(|band| {
        let beside = (third[band] - octave[band] - GAP_DB) / SOLID_DB;
        beside.clamp(0.05, 1.0)
    })
}

fn smoothed_db(power: &Bands, resolution: Resolution) -> Bands {
    let reach = resolution.reach();
    core::array::from_fn(|at| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (band, power) in power
            .iter()
            .enumerate()
            .take((at + reach + 1).min(BANDS))
            .skip(at.saturating_sub(reach))
        {
            let share = if band.abs_diff(at) == reach { 0.5 } else { 1.0 };
            sum += share * power;
            count += share;
        }
        power_to_db((sum / count).max(1e-20))
    })
}

/// What the references ask for.
struct Asked {
    /// Of the middle, within the limit.
    mid_db: Bands,
    mid_weights: Bands,
    /// Of the side, before it is moved together with the middle.
    side_db: Bands,
    side_weights: Bands,
    /// Where the limit cut off most: frequency and what was asked for.
    beyond: Option<(f64, f64)>,
    /// RMS of what it cut off, in dB.
    held_back_db: f64,
}

/// The width, and the bands that the side needs beyond it.
fn side_moves(
    asked: &Asked,
    common_db: &Bands,
    settings: &MatchSettings,
    limits: &FitLimits,
) -> (f64, Vec<Fitted>) {
    let limit_db = settings.limit_db;
    let rest: Bands = core::array::from_fn(|k| asked.side_db[k] - common_db[k]);
    let (mut sum, mut count) = (0.0, 0.0);
    for (band, (db, weight)) in rest.iter().zip(&asked.side_weights).enumerate() {
        // The bass is in the middle: width is heard above it.
        if centre_hz(band) >= 150.0 {
            sum += weight * db;
            count += weight;
        }
    }
    if count < 1.0 {
        return (0.0, Vec::new());
    }
    let wanted = (sum / count).clamp(-limit_db, limit_db.min(9.5));
    let percent = libm::round(100.0 * dsp::db_to_gain(wanted));
    let width_db = if wanted.abs() < SMALLEST_WIDTH_DB {
        0.0
    } else {
        gain_to_db(percent / 100.0)
    };
    let target: Bands = core::array::from_fn(|k| {
        let db = (rest[k] - width_db).clamp(-limit_db, limit_db);
        // Where there is hardly any side the curve stays where it is.
        if asked.side_weights[k] > 0.0 { db } else { 0.0 }
    });
    let weights = asked.side_weights.map(|weight| weight.max(0.05));
    let fewer = FitLimits {
        bands: limits.bands / 2,
        close_db: 0.7,
        ..*limits
    };
    (width_db, fit(&target, &weights, &fewer))
}
