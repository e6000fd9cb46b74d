//! The faults that are planted, each with a grid of severities, the mildest first; from which of them
//! on it is promised to be found stands in [`measure::CLAIMS`].
//!
//! To add a fault: write a function that takes a [`Take`] and the severity, and list it in [`ALL`].

mod channels;
mod clicks;
mod clips;
mod edges;
mod files;
mod limited;
mod list;
mod lossy;
mod mains;

use measure::{SampleKind, codes};

pub(super) use list::ALL;

use super::music::chance::Chance;
use super::music::{self, Piece, Print, Recipe};

/// A mix on its way to the inspection, as floats until it is printed.
pub(super) struct Take {
    pub(super) rate_hz: u32,
    pub(super) kind: SampleKind,
    pub(super) planar: Vec<Vec<f64>>,
    pub(super) chance: Chance,
    /// Where the fault stands, in seconds; empty for faults of the whole file.
    pub(super) places: Vec<f64>,
    /// How the music was made, for faults that need it at another rate.
    pub(super) recipe: Option<Recipe>,
}

impl Take {
    /// Takes a piece at a mix's usual level; `purpose` makes every trial another one.
    pub(super) fn of(piece: &Piece, recipe: Option<Recipe>, seed: u64, purpose: u64) -> Self {
        let mut chance = Chance::new(seed, 1_000 + purpose);
        let mut take = Self {
            rate_hz: piece.rate_hz,
            kind: SampleKind::F64,
            planar: piece.planar.clone(),
            places: Vec::new(),
            recipe,
            chance: Chance::new(seed, 2_000 + purpose),
        };
        take.level(chance.between(-10.0, -3.0));
        take
    }

    pub(super) fn rate(&self) -> f64 {
        f64::from(self.rate_hz)
    }

    fn frames(&self) -> usize {
        self.planar[0].len()
    }

    /// Sets the highest sample, in dBFS.
    fn level(&mut self, dbfs: f64) {
        let gain = libm::exp10(dbfs / 20.0) / music::peak(&self.planar);
        self.gain(gain);
    }

    fn gain(&mut self, gain: f64) {
        for v in self.planar.iter_mut().flatten() {
            *v *= gain;
        }
    }

    fn print(&mut self, print: Print) {
        print.apply(&mut self.planar, &mut self.chance);
        self.kind = print.kind();
    }

    /// RMS of all channels in a window, in dBFS.
    fn rms_dbfs(&self, from: usize, frames: usize) -> f64 {
        let to = (from + frames).min(self.frames());
        let squares: f64 = self
            .planar
            .iter()
            .flat_map(|c| &c[from.min(to)..to])
            .map(|v| v * v)
            .sum();
        let count = (to.saturating_sub(from) * self.planar.len()).max(1);
        10.0 * libm::log10(squares / count as f64 + 1.0e-30)
    }

    /// Up to `count` places at least a second apart for which `fits` holds.
    fn find_places(&mut self, count: usize, fits: impl Fn(&Self, usize) -> bool) -> Vec<usize> {
        let second = self.rate_hz as usize;
        let mut places: Vec<usize> = Vec::new();
        for _ in 0..40 * count {
            if places.len() == count || self.frames() < 2 * second {
                break;
            }
            let range = self.frames() - second;
            let at = second / 2 + self.chance.below(range);
            if places.iter().all(|p| p.abs_diff(at) > second) && fits(self, at) {
                places.push(at);
            }
        }
        places.sort_unstable();
        places
    }

    fn remember(&mut self, frames: &[usize]) {
        self.places = frames.iter().map(|f| *f as f64 / self.rate()).collect();
    }
}

/// One step of a fault's grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) value: f64,
    pub(super) name: &'static str,
}

const fn step(value: f64, name: &'static str) -> Step {
    Step { value, name }
}

/// Plants a fault of a severity; false where this music cannot carry it.
pub(super) type Plant = fn(&mut Take, f64) -> bool;

/// A fault to plant.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// Any of these findings counts as seeing it.
    pub(super) codes: &'static [&'static str],
    pub(super) plant: Plant,
    /// From the mildest to the gravest.
    pub(super) grid: &'static [Step],
    /// What the fault needs of the machine.
    pub(super) needs: Needs,
    pub(super) aim: Aim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// Encoders and filters written by others.
    Ffmpeg,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Any finding.
    Found,
    /// Only one that asks, which must not be.
    NotAsked,
}

impl Fault {
    const fn new(
        name: &'static str,
        codes: &'static [&'static str],
        plant: Plant,
        grid: &'static [Step],
    ) -> Self {
        Self {
            name,
            codes,
            plant,
            grid,
            needs: Needs::Nothing,
            aim: Aim::Found,
        }
    }

    const fn foreign(self) -> Self {
        Self {
            needs: Needs::Ffmpeg,
            ..self
        }
    }

    const fn aim(self, aim: Aim) -> Self {
        Self { aim, ..self }
    }

    /// True where its name or one of its findings contains the word.
    pub(super) fn is_about(&self, word: &str) -> bool {
        self.name.contains(word) || self.codes.iter().any(|code| code.contains(word))
    }

    /// The step from which the finding promises to see it; none where nothing is promised.
    pub(super) fn promised(&self) -> Option<usize> {
        let claim = measure::CLAIMS.iter().find(|c| c.fault == self.name)?;
        self.grid.iter().position(|step| step.name == claim.from)
    }
}

const fn fault(
    name: &'static str,
    codes: &'static [&'static str],
    plant: Plant,
    grid: &'static [Step],
) -> Fault {
    Fault::new(name, codes, plant, grid)
}

const fn foreign(
    name: &'static str,
    codes: &'static [&'static str],
    plant: Plant,
    grid: &'static [Step],
) -> Fault {
    Fault::new(name, codes, plant, grid).foreign()
}

const fn lossy_origin(name: &'static str, plant: Plant, grid: &'static [Step]) -> Fault {
    Fault::new(name, &[codes::LOSSY_SOURCE], plant, grid).foreign()
}

/// True where foreign encoders can be had.
pub(super) fn encoders_are_here() -> bool {
    lossy::is_here()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_names_a_fault_that_is_planted_and_one_of_its_steps() {
        for claim in measure::CLAIMS {
            let fault = ALL.iter().find(|f| f.name == claim.fault);
            let fault = fault.unwrap_or_else(|| panic!("{} is not planted", claim.fault));
            assert!(fault.codes.contains(&claim.code), "{}", claim.fault);
            assert!(
                fault.promised().is_some(),
                "{}: {}",
                claim.fault,
                claim.from
            );
        }
    }

    #[test]
    fn no_two_faults_have_one_name() {
        for (index, fault) in ALL.iter().enumerate() {
            assert!(
                ALL[..index].iter().all(|f| f.name != fault.name),
                "{}",
                fault.name
            );
        }
    }
}
